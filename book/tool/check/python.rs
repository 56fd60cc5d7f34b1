//! What the rows of "Python to Rust" say of the workspace, and what of the workspace they leave out.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::tool::page::Problem;
use crate::tool::python::{Chapter, FOLDER, Row, chapters, programs};
use crate::tool::sources::Sources;
use crate::tool::workspace::Package;

pub(crate) fn problems(sources: &Sources<'_>) -> Result<Vec<Problem>> {
    let workspace = sources.workspace;
    let mut problems = Vec::new();
    for name in chapters(workspace)? {
        let chapter = match Chapter::load(workspace, &name) {
            Ok(chapter) => chapter,
            // The page that shows it says so already.
            Err(_) if sources.used.borrow().python.contains(&name) => continue,
            Err(error) => {
                let file = format!("{FOLDER}/{name}.toml");
                problems.push(Problem { file, line: 1, what: format!("{error:#}") });
                continue;
            }
        };
        if !sources.used.borrow().python.contains(&name) {
            let what = format!("no page shows these rows: a page needs `{{{{#python {name}}}}}`");
            problems.push(Problem { file: chapter.path(), line: 1, what });
        }
        let package = chapter.package(workspace)?;
        for row in &chapter.rows {
            let problem = |what| Problem { file: chapter.path(), line: row.line, what };
            problems.extend(of_row(row, package, sources)?.into_iter().map(problem));
        }
        problems.extend(left_out(&chapter, package, sources)?);
    }
    problems.extend(without_rows(sources)?);
    for file in programs(workspace)? {
        if !sources.used.borrow().programs.contains(&file) {
            let what = "no page shows this program: name it in `programs` of a row".to_string();
            problems.push(Problem { file, line: 1, what });
        }
    }
    Ok(problems)
}

/// Each target is there, or said to come; and not both.
fn of_row(row: &Row, package: &Package, sources: &Sources<'_>) -> Result<Vec<String>> {
    let entry = &row.entry;
    let mut problems = Vec::new();
    let mut there = 0;
    let mut judge = |kind: &str, name: &str, exists: bool| {
        there += usize::from(exists);
        match (exists, entry.is_to_come(name)) {
            (true, true) => problems.push(format!(
                "{kind} `{name}` is there now: take it out of `to_come`, and say in `read` where to read on"
            )),
            (false, false) => problems.push(format!(
                "package `{}` has no {kind} `{name}`; if it is still to be written, say `to_come = [\"{name}\"]`",
                package.name
            )),
            _ => {}
        }
    };
    for name in &entry.examples {
        judge("example", name, sources.workspace.has_example(package, name));
    }
    for name in &entry.models {
        judge("model", name, entry.has_model(package, name, sources)?);
    }
    for (list, names) in [("to_come", &entry.to_come), ("elsewhere", &entry.elsewhere)] {
        for name in names {
            if !entry.examples.contains(name) && !entry.models.contains(name) {
                problems.push(format!("`{list}` names `{name}`, which is no target of this row"));
            }
        }
    }
    if there > 0 && entry.read.is_empty() {
        problems.push("the row does not say in `read` on which page to read on".to_string());
    }
    Ok(problems)
}

/// Chapters of the workspace that have no file at all.
fn without_rows(sources: &Sources<'_>) -> Result<Vec<Problem>> {
    let known = chapters(sources.workspace)?;
    let names = sources.workspace.packages.iter().filter_map(|package| {
        let (name, _) = package.name.split_once('-')?;
        (name.starts_with("ch") && !known.iter().any(|known| known == name)).then_some(name)
    });
    let problem = |name: &str| Problem {
        file: format!("{FOLDER}/{name}.toml"),
        line: 1,
        what: "the chapter has no rows: this file is missing".to_string(),
    };
    Ok(names.map(problem).collect())
}

/// Examples and models of the chapter that no row names.
fn left_out(chapter: &Chapter, package: &Package, sources: &Sources<'_>) -> Result<Vec<Problem>> {
    let rows = || chapter.rows.iter().map(|row| &row.entry);
    let examples: BTreeSet<&String> = rows().flat_map(|entry| &entry.examples).collect();
    let models: BTreeSet<&String> = rows().flat_map(|entry| &entry.models).collect();
    let mut missing = Vec::new();
    for name in sources.workspace.examples(package)? {
        if !examples.contains(&name) {
            missing.push(format!("no row names example `{name}`"));
        }
    }
    for model in sources.catalogue()? {
        if model.package == package.name && !models.iter().any(|name| *name == model.typed()) {
            missing.push(format!("no row names model `{}`", model.typed()));
        }
    }
    let problem = |what| Problem { file: chapter.path(), line: 1, what };
    Ok(missing.into_iter().map(problem).collect())
}
