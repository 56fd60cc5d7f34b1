//! Everything in the pages that can drift from the workspace, found without writing into the tree.
//!
//! All problems are listed, not the first alone: whoever renames a thing sees every page that named it.

mod exercises;
pub(crate) mod links;
mod prose;
mod python;
mod unused;

use anyhow::{Result, bail};

use super::html;
use super::page::{self, Page, Problem};
use super::sources::Sources;
use super::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let problems = problems(workspace)?;
    if !problems.is_empty() {
        bail!(one_a_line(&problems));
    }
    println!("the book agrees with the workspace");
    Ok(())
}

pub(crate) fn one_a_line(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| format!("\n{problem}")).collect();
    let noun = if problems.len() == 1 { "problem" } else { "problems" };
    format!("{} {noun}{}", problems.len(), lines.concat())
}

pub(crate) fn problems(workspace: &Workspace) -> Result<Vec<Problem>> {
    let sources = Sources::new(workspace);
    let listed = html::listed(&html::load(workspace)?);
    let pages = page::all(workspace)?;
    let is_listed = |page: &Page| listed.iter().any(|other| other.name == page.name);

    let mut problems = Vec::new();
    for page in &pages {
        if is_listed(page) {
            problems.extend(page.expand(&sources).1);
        } else {
            problems.push(page.problem(1, "the page is not in SUMMARY.md"));
        }
        problems.extend(prose::problems(page));
        problems.extend(links::problems(page, &pages, workspace));
    }
    problems.extend(unused::problems(&sources)?);
    problems.extend(exercises::problems(&sources)?);
    problems.extend(python::problems(&sources)?);
    Ok(problems)
}
