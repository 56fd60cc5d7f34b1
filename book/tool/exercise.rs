//! Exercises: `chNN-…/exercises/NAME.rs` is the solution, tested like all code, and holds the start as well.
//!
//! ```text
//! //! The title.                     the lesson: what to do, what to look at; a paragraph that begins
//! //!                                with "Hint: " is folded in the page
//! //! What is to be done.
//!
//! fn flush(&mut self) -> bool {
//!     // SOLUTION                    up to START: what a reader has to find
//!     self.pending.drain(..written);
//!     // START                       up to END: what stands there at first, as a comment
//!     // self.pending.clear();
//!     // END
//! }
//!
//! #[test]                            the reader gets the tests as they are
//! ```
//!
//! The file is a `[[test]]` of its chapter, so `cargo test` runs every solution. The reader's copy lies in
//! `chNN-…/benches/my_NAME.rs`, which git ignores. That is the one folder where cargo finds a file without a
//! line in a manifest, builds its tests, and leaves it alone unless it is asked: a copy that does not compile
//! yet stops neither `cargo test --workspace` nor an example.

mod cargo;
pub(crate) mod proof;
pub(crate) mod reader;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use similar::get_close_matches;

use super::workspace::{Workspace, files_below, read_toml};

/// How a reader asks for one.
pub(crate) const COMMAND: &str = "cargo run -p book -- exercise";

pub(crate) struct Exercise {
    pub(crate) name: String,
    pub(crate) package: String,
    /// Of the package, from the root.
    pub(crate) folder: String,
    pub(crate) text: String,
}

pub(crate) struct Lesson {
    pub(crate) title: String,
    /// Markdown.
    pub(crate) text: String,
}

/// All of them, in the order of packages and names.
pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Exercise>> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        for path in files_below(&workspace.path(&package.folder).join("exercises"), &[])? {
            let file = workspace.relative(&path);
            let name = file.rsplit('/').next().and_then(|name| name.strip_suffix(".rs"));
            let Some(name) = name else { continue };
            found.push(Exercise {
                name: name.to_string(),
                package: package.name.clone(),
                folder: package.folder.clone(),
                text: workspace.read(&file)?,
            });
        }
    }
    Ok(found)
}

pub(crate) fn named(workspace: &Workspace, name: &str) -> Result<Exercise> {
    let mut all = all(workspace)?;
    if let Some(index) = all.iter().position(|exercise| exercise.name == name) {
        return Ok(all.swap_remove(index));
    }
    let names: Vec<&str> = all.iter().map(|exercise| exercise.name.as_str()).collect();
    // As it may come from a path: `my_frames.rs`.
    let typed = name.rsplit('/').next().unwrap_or(name);
    let typed = typed.trim_end_matches(".rs").trim_start_matches("my_");
    match get_close_matches(typed, &names, 1, 0.6).first() {
        Some(close) => {
            bail!("no exercise `{name}`; is `{close}` meant? `{COMMAND}` lists them all")
        }
        None => bail!("no exercise `{name}`; `{COMMAND}` lists them all"),
    }
}

impl Exercise {
    /// Of the solution, from the root.
    pub(crate) fn file(&self) -> String {
        format!("{}/exercises/{}.rs", self.folder, self.name)
    }

    /// Of the reader's copy, from the root.
    pub(crate) fn copy(&self) -> String {
        format!("{}/benches/my_{}.rs", self.folder, self.name)
    }

    pub(crate) fn start(&self) -> Result<String> {
        cut(&self.text, Keep::Start).map_err(|at| self.malformed(&at))
    }

    pub(crate) fn solution(&self) -> Result<String> {
        cut(&self.text, Keep::Solution).map_err(|at| self.malformed(&at))
    }

    /// What is wrong with its marks, if anything is.
    pub(crate) fn fault(&self) -> Option<Malformed> {
        cut(&self.text, Keep::Start).err()
    }

    fn malformed(&self, at: &Malformed) -> anyhow::Error {
        anyhow!("{}:{}: {}", self.file(), at.line, at.what)
    }

    /// The comment that the file begins with.
    pub(crate) fn lesson(&self) -> Result<Lesson> {
        let comment = self.text.lines().map_while(|line| line.strip_prefix("//!"));
        let mut lines = comment.map(|line| line.strip_prefix(' ').unwrap_or(line));
        let title = lines.next().unwrap_or_default().trim_end_matches('.').to_string();
        let text = lines.collect::<Vec<_>>().join("\n").trim().to_string();
        if title.is_empty() || text.is_empty() {
            bail!("{} does not begin with a title and a lesson, in `//!`", self.file());
        }
        Ok(Lesson { title, text })
    }

    /// The names of its tests.
    pub(crate) fn tests(&self) -> Vec<String> {
        let mut lines = self.text.lines().map(str::trim);
        let mut names = Vec::new();
        while lines.any(|line| line == "#[test]") {
            let function = lines.find_map(|line| line.strip_prefix("fn "));
            names.extend(function.and_then(|rest| Some(rest.split_once('(')?.0.to_string())));
        }
        names
    }

    /// Whether the package's manifest makes a test of the solution.
    pub(crate) fn is_tested(&self, workspace: &Workspace) -> Result<bool> {
        let path = workspace.path(&self.folder).join("Cargo.toml");
        let manifest: Manifest = read_toml(&path).context("looking for tests")?;
        let own = format!("exercises/{}.rs", self.name);
        Ok(manifest.test.iter().any(|test| test.name == self.name && test.path == own))
    }
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    test: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    name: String,
    #[serde(default)]
    path: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Solution,
    Start,
}

/// What is wrong with a file's marks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) line: usize,
    pub(crate) what: &'static str,
}

/// The file without its marks, and with one side of each choice.
fn cut(text: &str, keep: Keep) -> Result<String, Malformed> {
    let mut kept = String::new();
    let mut side = None;
    for (index, line) in text.lines().enumerate() {
        let malformed = |what| Malformed { line: index + 1, what };
        side = match (line.trim(), side) {
            ("// SOLUTION", None) => Some(Keep::Solution),
            ("// START", Some(Keep::Solution)) => Some(Keep::Start),
            ("// END", Some(Keep::Start)) => None,
            ("// SOLUTION", _) => return Err(malformed("`// SOLUTION` inside of another")),
            ("// START", _) => return Err(malformed("`// START` without `// SOLUTION` before it")),
            ("// END", _) => return Err(malformed("`// END` without `// START` before it")),
            (_, side) => {
                let line = match side {
                    Some(Keep::Start) => uncommented(line).ok_or(malformed(
                        "a line of the start is no comment, or `// END` is missing",
                    ))?,
                    _ => line.to_string(),
                };
                if side.is_none() || side == Some(keep) {
                    kept.push_str(line.trim_end());
                    kept.push('\n');
                }
                side
            }
        };
    }
    let line = text.lines().count();
    match side {
        None if kept.trim() == text.trim() => Err(Malformed {
            line,
            what: "nothing is left to the reader: there is no `// SOLUTION`",
        }),
        None => Ok(kept),
        Some(_) => Err(Malformed { line, what: "`// END` is missing" }),
    }
}

fn uncommented(line: &str) -> Option<String> {
    let inside = line.trim_start();
    let indentation = &line[..line.len() - inside.len()];
    let code = inside.strip_prefix("//")?;
    Some(format!("{indentation}{}", code.strip_prefix(' ').unwrap_or(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "//! A title.\n//!\n//! Do it.\n\nfn f() -> u8 {\n    // SOLUTION\n    1\n    // START\n    // if true {\n    \
                        //     2\n    // }\n    //\n    // END\n}\n\n#[test]\nfn it_is_done() {}\n";

    fn exercise(text: &str) -> Exercise {
        let [name, package, folder] = ["x", "ch01-demo", "ch01-demo"].map(String::from);
        Exercise { name, package, folder, text: text.to_string() }
    }

    #[test]
    fn a_file_holds_its_start_and_its_solution() {
        let (start, solution) = (exercise(FILE).start(), exercise(FILE).solution());
        assert!(solution.unwrap().contains("fn f() -> u8 {\n    1\n}\n"));
        assert!(start.unwrap().contains("fn f() -> u8 {\n    if true {\n        2\n    }\n\n}\n"));
        assert_eq!(exercise(FILE).tests(), ["it_is_done"]);
        let lesson = exercise(FILE).lesson().unwrap();
        assert_eq!((lesson.title.as_str(), lesson.text.as_str()), ("A title", "Do it."));
    }

    #[test]
    fn marks_out_of_order_are_errors() {
        let says = |text| cut(text, Keep::Start).map_err(|at| (at.line, at.what)).unwrap_err();
        assert_eq!(says("a\n").1, "nothing is left to the reader: there is no `// SOLUTION`");
        assert_eq!(says("// SOLUTION\n// START\n"), (2, "`// END` is missing"));
        assert_eq!(says("// START\n"), (1, "`// START` without `// SOLUTION` before it"));
        assert_eq!(says("// SOLUTION\n// END\n"), (2, "`// END` without `// START` before it"));
        assert_eq!(says("// SOLUTION\n// SOLUTION\n"), (2, "`// SOLUTION` inside of another"));
        let code = says("// SOLUTION\n// START\nlet a;\n// END\n");
        assert_eq!(code, (3, "a line of the start is no comment, or `// END` is missing"));
    }
}
