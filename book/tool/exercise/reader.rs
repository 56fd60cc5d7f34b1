//! What a reader does with an exercise: find it, begin it, have it looked at, see the solution, begin again.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use similar::TextDiff;

use super::cargo::{self, Hearer, RUN_WITHIN, Run, Target};
use super::{COMMAND, Exercise, all, named};
use crate::tool::directive;
use crate::tool::html;
use crate::tool::workspace::Workspace;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Solved,
}

/// Lists all exercises with how far the reader has come.
pub(crate) fn list(workspace: &Workspace) -> Result<()> {
    let exercises = in_page_order(workspace)?;
    let width = exercises.iter().map(|exercise| exercise.name.len()).max().unwrap_or(0);
    let mut solved = 0;
    let mut package = "";
    let mut text = String::new();
    for exercise in &exercises {
        if exercise.package != package {
            package = &exercise.package;
            writeln!(text, "{package}")?;
        }
        let state = state(workspace, exercise);
        solved += usize::from(state == State::Solved);
        let sign = match state {
            State::New => "      ",
            State::Begun => "begun ",
            State::Solved => "solved",
        };
        writeln!(text, "  {sign}  {:width$}  {}", exercise.name, exercise.lesson()?.title)?;
    }
    writeln!(text, "\n{solved} of {} solved. Begin one, or have it looked at:", exercises.len())?;
    writeln!(text, "  {COMMAND} NAME")?;
    show(&text)
}

/// Prints what may be longer than a reader wants: `| head` is no error.
fn show(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("printing"),
        _ => Ok(()),
    }
}

/// Begins the exercise if it is new, and says whether it is solved.
pub(crate) fn attempt(workspace: &Workspace, name: &str, restart: bool) -> Result<bool> {
    let exercise = named(workspace, name)?;
    let path = workspace.path(&exercise.copy());
    println!("{} ({})", exercise.lesson()?.title, exercise.package);
    if restart && path.is_file() {
        println!("your file is kept as {}", shown(&keep(&path)?));
    }
    if !path.is_file() {
        begin(&exercise, &path)?;
        println!("your file is {}: its first comment says what to do\n", shown(&path));
    }
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let verdict = judge(workspace, &exercise)?;
    match verdict {
        Ok(()) => {
            fs::write(solved_record(&path), &text).context("writing down that it is solved")?;
            println!("\nsolved: all {} tests pass", exercise.tests().len());
            println!("  {COMMAND} {name} --solution    shows another solution");
            match next(workspace, name)? {
                Some(next) => println!("  {COMMAND} {next}    is the next one"),
                None => println!("that was the last one"),
            }
            Ok(true)
        }
        Err(why) => {
            println!("\nnot solved yet: {why}");
            println!("edit {}, and then again:", shown(&path));
            println!("  {COMMAND} {name}");
            println!("  {COMMAND} {name} --restart     begins again, and keeps your file");
            println!("  {COMMAND} {name} --solution    shows a solution");
            Ok(false)
        }
    }
}

/// Shows what the solution changes in the start.
pub(crate) fn solution(workspace: &Workspace, name: &str) -> Result<()> {
    let exercise = named(workspace, name)?;
    let (start, solution) = (exercise.start()?, exercise.solution()?);
    let diff = TextDiff::from_lines(&start, &solution);
    let whole = shown(&workspace.path(&exercise.file()));
    let diff = diff.unified_diff().header("the start", "a solution").to_string();
    show(&format!("{diff}\nthe whole of it: {whole}\n"))
}

/// Compiles the reader's file, runs its tests, and shows what both say. What is missing, if anything is.
fn judge(workspace: &Workspace, exercise: &Exercise) -> Result<Result<(), String>> {
    let name = format!("my_{}", exercise.name);
    let target = Target { package: &exercise.package, kind: "--bench", name: name.clone() };
    let built = cargo::build(workspace, &[target], Hearer::Reader)?;
    let Some(executable) = built.executables.get(&name).filter(|_| built.success) else {
        return Ok(Err("it does not compile".to_string()));
    };
    let run = cargo::run(executable, &workspace.path(&exercise.folder))?;
    println!("{}", run.printed.trim());
    Ok(missing(&run, &exercise.tests()))
}

/// Why a run of the tests is not the solution.
fn missing(run: &Run, tests: &[String]) -> Result<(), String> {
    let (passed, failed) = (run.tests("ok"), run.tests("FAILED"));
    let absent = |name: &&String| !passed.contains(&name.as_str());
    if run.passed() {
        // A test that was taken out proves nothing.
        return match tests.iter().find(absent) {
            Some(name) => Err(format!("your file has no test `{name}` that passes")),
            None => Ok(()),
        };
    }
    if run.status.is_some() && !failed.is_empty() {
        return Err(format!("{} of {} tests fail", failed.len(), passed.len() + failed.len()));
    }
    let unfinished = tests.iter().filter(absent).find(|name| !failed.contains(&name.as_str()));
    let name = unfinished.map_or("a test", String::as_str);
    match run.status {
        Some(status) => Err(format!("{name} ended the whole program ({status})")),
        None => Err(format!("{name} had not ended after {RUN_WITHIN:?}, and was stopped")),
    }
}

fn begin(exercise: &Exercise, path: &Path) -> Result<()> {
    let folder = path.parent().context("a file in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(path, exercise.start()?).with_context(|| format!("writing {}", path.display()))
}

/// Puts the reader's file aside, where nothing of the kind is yet.
fn keep(path: &Path) -> Result<PathBuf> {
    let numbered = (1..).map(|number: u32| path.with_extension(format!("rs.{number}")));
    let free = numbered.into_iter().find(|copy| !copy.exists()).context("a free name")?;
    fs::rename(path, &free).with_context(|| format!("keeping {}", path.display()))?;
    Ok(free)
}

/// Holds the text that was found to be a solution.
fn solved_record(path: &Path) -> PathBuf {
    path.with_extension("rs.solved")
}

fn state(workspace: &Workspace, exercise: &Exercise) -> State {
    let path = workspace.path(&exercise.copy());
    let Ok(text) = fs::read(&path) else { return State::New };
    // Changed since: nobody knows.
    let solved = fs::read(solved_record(&path)).is_ok_and(|record| record == text);
    if solved { State::Solved } else { State::Begun }
}

/// As the pages name them; what no page names comes last.
fn in_page_order(workspace: &Workspace) -> Result<Vec<Exercise>> {
    let pages = html::listed(&html::load(workspace)?);
    let named: Vec<String> =
        pages.iter().flat_map(|page| directive::exercises(&page.text)).collect();
    let mut exercises = all(workspace)?;
    exercises.sort_by_key(|exercise| {
        named.iter().position(|name| *name == exercise.name).unwrap_or(usize::MAX)
    });
    Ok(exercises)
}

/// The first one after `name` that is not solved, or else the first of all.
fn next(workspace: &Workspace, name: &str) -> Result<Option<String>> {
    let exercises = in_page_order(workspace)?;
    let here = exercises.iter().position(|exercise| exercise.name == name).unwrap_or(0);
    let (before, after) = exercises.split_at(here);
    let mut rest = after.iter().chain(before);
    let next = rest.find(|exercise| state(workspace, exercise) != State::Solved);
    Ok(next.map(|exercise| exercise.name.clone()))
}

/// As the reader would type it from where they are.
fn shown(path: &Path) -> String {
    let here = env::current_dir().ok();
    let near = here.and_then(|here| path.strip_prefix(here).ok());
    near.unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    /// What is said of tests `a` and `b` when a run has ended so and printed this.
    fn said(status: Option<i32>, printed: &str) -> Option<String> {
        let status = status.map(ExitStatus::from_raw);
        let run = Run { status, printed: printed.to_string() };
        missing(&run, &["a", "b"].map(String::from)).err()
    }

    #[test]
    fn a_reader_is_told_what_is_missing() {
        const FAILED: i32 = 101 << 8;
        const ABORTED: i32 = 6;
        let says = |status, printed: &str| said(status, printed).unwrap();
        assert_eq!(said(Some(0), "test a ... ok\ntest b ... ok\n"), None);
        assert_eq!(says(Some(0), "test a ... ok\n"), "your file has no test `b` that passes");
        assert_eq!(says(Some(FAILED), "test a ... ok\ntest b ... FAILED\n"), "1 of 2 tests fail");
        assert!(says(None, "test a ... ok\n").starts_with("b had not ended after"));
        assert!(says(Some(ABORTED), "test a ... ok\n").starts_with("b ended the whole program"));
    }
}
