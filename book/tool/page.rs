//! The pages, and how the text of one becomes what mdBook gets to see.

use std::fs;

use anyhow::{Context, Result};

use super::check::links;
use super::directive::{self, Place};
use super::sources::Sources;
use super::workspace::{Workspace, files_below};

pub(crate) const SOURCE: &str = "book/src";

pub(crate) struct Page {
    /// From `book/src`: `introduction.md`.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What is wrong, and where; shown as `page.md:12: what`.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl Page {
    pub(crate) fn problem(&self, line: usize, what: impl Into<String>) -> Problem {
        Problem { file: self.name.clone(), line, what: what.into() }
    }

    /// The way from this page back to the root of the built book: empty, or `../` for each folder.
    pub(crate) fn up(&self) -> String {
        "../".repeat(self.name.matches('/').count())
    }

    /// The page with every directive replaced by what it stands for.
    pub(crate) fn expand(&self, sources: &Sources<'_>) -> (String, Vec<Problem>) {
        let mut expanded = String::with_capacity(self.text.len());
        let mut problems = Vec::new();
        let mut taken = 0;
        for found in directive::find(&self.text) {
            let place = Place { sources, up: self.up() };
            match directive::render(&found, &place) {
                Ok(text) => {
                    expanded.push_str(&self.text[taken..found.range.start]);
                    expanded.push_str(&text);
                    taken = found.range.end;
                }
                Err(error) => problems.push(self.problem(found.line, format!("{error:#}"))),
            }
        }
        expanded.push_str(&self.text[taken..]);
        (links::to_published(self, &expanded, sources), problems)
    }
}

/// Every page below `book/src`, listed in the summary or not. The summary itself is not a page.
pub(crate) fn all(workspace: &Workspace) -> Result<Vec<Page>> {
    let source = workspace.path(SOURCE);
    let mut pages = Vec::new();
    for path in files_below(&source, &[])? {
        let name = path.strip_prefix(&source)?.to_string_lossy().replace('\\', "/");
        if name != "SUMMARY.md" && path.extension().is_some_and(|end| end == "md") {
            let text = fs::read_to_string(&path).with_context(|| format!("reading {name}"))?;
            pages.push(Page { name, text });
        }
    }
    Ok(pages)
}

/// The line, from 1, that holds the byte at `offset`.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
