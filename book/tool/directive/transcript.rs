//! `{{#transcript NAME}}`: what `book record NAME` wrote down, one block for each terminal in turn.

use anyhow::{Context, Result};

use super::{Place, escape, listing};
use crate::tool::session::{FOLDER, Session, TERMINAL};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let sources = place.sources;
    sources.used.borrow_mut().transcripts.insert(arguments.to_string());
    Session::load(sources.workspace, arguments)?;
    let text = sources
        .workspace
        .read(&format!("{FOLDER}/{arguments}.txt"))
        .with_context(|| format!("`book record {arguments}` was not run"))?;
    let blocks = blocks(&text);
    Ok(blocks.iter().map(|(caption, text)| listing(&escape(caption), "console", text)).collect())
}

/// Captions with their lines. Without terminals there is one block, and the reader's only terminal.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(terminal) = line.strip_prefix(TERMINAL) {
            blocks.push((format!("terminal {terminal}"), String::new()));
            continue;
        }
        if blocks.is_empty() {
            blocks.push(("terminal".to_string(), String::new()));
        }
        if let Some((_, block)) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_terminal_has_its_block() {
        let text = format!("{TERMINAL}A\n$ server\n{TERMINAL}B\n$ nc\nhi\n");
        let captions: Vec<String> = blocks(&text).into_iter().map(|(caption, _)| caption).collect();
        assert_eq!(captions, ["terminal A", "terminal B"]);
        assert_eq!(blocks("$ one\n"), [("terminal".to_string(), "$ one\n".to_string())]);
    }
}
