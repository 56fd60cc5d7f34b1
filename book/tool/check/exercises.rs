//! Exercises that no page names, that nobody tests, or that cannot be cut.

use anyhow::Result;

use super::prose;
use crate::tool::exercise::{Exercise, Malformed, all};
use crate::tool::page::{Page, Problem};
use crate::tool::sources::Sources;

pub(crate) fn problems(sources: &Sources<'_>) -> Result<Vec<Problem>> {
    let exercises = all(sources.workspace)?;
    let mut problems = Vec::new();
    for (index, exercise) in exercises.iter().enumerate() {
        let name = &exercise.name;
        let mut problem = |what: String| {
            problems.push(Problem { file: exercise.file(), line: 1, what });
        };
        if exercises[..index].iter().any(|other| other.name == *name) {
            problem(format!(
                "another chapter has an exercise `{name}`: names are the reader's handle"
            ));
        }
        if !sources.used.borrow().exercises.contains(name) {
            problem(format!(
                "no page names this exercise: a page needs `{{{{#exercise {name}}}}}`"
            ));
        }
        if !exercise.is_tested(sources.workspace)? {
            let path = format!("path = \"exercises/{name}.rs\"");
            problem(format!(
                "nobody tests the solution: Cargo.toml needs a [[test]] `{name}` with {path}"
            ));
        }
        if exercise.tests().is_empty() {
            problem("the exercise has no test".to_string());
        }
        if let Some(Malformed { line, what }) = exercise.fault() {
            let what = what.to_string();
            problems.push(Problem { file: exercise.file(), line, what });
        }
        problems.extend(lesson(exercise));
    }
    Ok(problems)
}

/// A lesson enters a page, so it may hold no more than one.
fn lesson(exercise: &Exercise) -> Vec<Problem> {
    match exercise.lesson() {
        Ok(lesson) => {
            let page = Page { name: exercise.file(), text: lesson.text };
            prose::problems(&page)
        }
        Err(error) => {
            vec![Problem { file: exercise.file(), line: 1, what: format!("{error:#}") }]
        }
    }
}
