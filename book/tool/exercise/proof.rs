//! Whether every exercise is one: its start compiles without a warning and fails, its solution passes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::cargo::{self, Built, Hearer, RUN_WITHIN, Run, Target};
use super::{Exercise, all};
use crate::tool::several;
use crate::tool::workspace::Workspace;

/// Programs run at a time. Most of what they do is to wait.
const RUNS_MAX: usize = 8;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let exercises = all(workspace)?;
    if exercises.is_empty() {
        println!("there are no exercises");
        return Ok(());
    }
    let laid_out = LaidOut::new(workspace, &exercises)?;
    let targets = exercises.iter().flat_map(|exercise| {
        let target = |kind, name| Target { package: &exercise.package, kind, name };
        [target("--bench", start(exercise)), target("--test", exercise.name.clone())]
    });
    let built = cargo::build(workspace, &targets.collect::<Vec<_>>(), Hearer::Us)?;
    drop(laid_out);

    let mut problems = compiled(&exercises, &built);
    if problems.is_empty() && !built.success {
        bail!("cargo could not build the exercises");
    }
    for exercise in &exercises {
        if !exercise.is_tested(workspace)? {
            problems.push(format!("{}: no [[test]] of its package", exercise.file()));
        }
    }
    if problems.is_empty() {
        problems = ran(workspace, &exercises, &built)?;
    }
    if !problems.is_empty() {
        bail!("{} of the exercises:\n{}", problems.len(), problems.join("\n"));
    }
    println!("{} exercises: each start compiles and fails, each solution passes", exercises.len());
    Ok(())
}

/// The target's name of a start. A reader's own file has another, and is left alone.
fn start(exercise: &Exercise) -> String {
    format!("start_{}", exercise.name)
}

/// The starts, where a reader's would be. They go when this does.
struct LaidOut {
    paths: Vec<PathBuf>,
}

impl LaidOut {
    fn new(workspace: &Workspace, exercises: &[Exercise]) -> Result<Self> {
        let mut laid_out = Self { paths: Vec::new() };
        for exercise in exercises {
            let folder = workspace.path(&exercise.folder).join("benches");
            fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
            let path = folder.join(format!("{}.rs", start(exercise)));
            fs::write(&path, exercise.start()?)
                .with_context(|| format!("writing {}", path.display()))?;
            laid_out.paths.push(path);
        }
        Ok(laid_out)
    }
}

impl Drop for LaidOut {
    fn drop(&mut self) {
        for path in &self.paths {
            // What stays behind is ignored by git, and overwritten the next time.
            let _ = fs::remove_file(path);
            // A reader's folder is not empty, and so it stays.
            let _ = path.parent().map(fs::remove_dir);
        }
    }
}

/// What the compiler has to say against starts and solutions.
fn compiled(exercises: &[Exercise], built: &Built) -> Vec<String> {
    let mut problems = Vec::new();
    for exercise in exercises {
        for (name, what) in [(start(exercise), "start"), (exercise.name.clone(), "solution")] {
            let said = built.said.iter().filter(|(target, _)| *target == name);
            let said: Vec<&str> = said.map(|(_, text)| text.as_str()).collect();
            if !said.is_empty() {
                problems.push(format!(
                    "{}: the compiler complains about the {what}\n{}",
                    exercise.file(),
                    said.concat()
                ));
            }
        }
    }
    problems
}

/// Runs all starts and solutions, a few at a time.
fn ran(workspace: &Workspace, exercises: &[Exercise], built: &Built) -> Result<Vec<String>> {
    let problems = several::map(exercises, RUNS_MAX, |exercise| {
        let folder = workspace.path(&exercise.folder);
        let run = |name: &str| run_one(built, name, &folder);
        Ok(judge(exercise, &run(&start(exercise))?, &run(&exercise.name)?))
    })?;
    Ok(problems.concat())
}

fn run_one(built: &Built, name: &str, folder: &Path) -> Result<Run> {
    let executable = built.executables.get(name);
    cargo::run(executable.with_context(|| format!("cargo did not build `{name}`"))?, folder)
}

fn judge(exercise: &Exercise, start: &Run, solution: &Run) -> Vec<String> {
    let mut problems = Vec::new();
    let mut problem = |what: &str| problems.push(format!("{}: {what}", exercise.file()));
    if start.status.is_none() {
        problem(&format!("the start did not end within {RUN_WITHIN:?}: its test needs a deadline"));
    } else if start.passed() {
        problem("the start passes: there is nothing to do");
    } else if start.tests("FAILED").is_empty() {
        problem(&format!("the start ends without a test's failing:\n{}", start.printed));
    }
    if !solution.passed() {
        problem(&format!("the solution does not pass:\n{}", solution.printed));
    }
    problems
}
