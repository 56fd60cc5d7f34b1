//! What lies ready for pages and is on none: an anchor or a session that nobody reads is a leftover.

use anyhow::Result;

use crate::tool::anchor;
use crate::tool::page::Problem;
use crate::tool::session::{self, FOLDER, Session};
use crate::tool::sources::Sources;

pub(crate) fn problems(sources: &Sources<'_>) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    let used = sources.used.borrow();
    for file in sources.workspace.rust_files()? {
        let text = sources.workspace.read(&file)?;
        for (line, name) in anchor::names(&text) {
            if !used.anchors.contains(&(file.clone(), name.to_string())) {
                let what = format!("no page uses anchor `{name}`");
                problems.push(Problem { file: file.clone(), line, what });
            }
        }
    }
    for name in session::names(sources.workspace)? {
        let file = format!("{FOLDER}/{name}.toml");
        if !used.transcripts.contains(&name) {
            let what = "no page uses this transcript".to_string();
            problems.push(Problem { file: file.clone(), line: 1, what });
        }
        let verified = Session::load(sources.workspace, &name).and_then(|s| s.verify(sources));
        if let Err(error) = verified {
            problems.push(Problem { file, line: 1, what: format!("{error:#}") });
        }
    }
    Ok(problems)
}
