//! A ledger against a recorded one: which step of which model costs a call more.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::record::{CallRow, KIND, Kind, Record, Row, Tools};

/// A ledger that was recorded.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    kind: String,
    date: String,
    tools: Tools,
    rows: Vec<Row>,
}

/// What a comparison found, each as a line of text.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Costs more than it did.
    pub more: Vec<String>,
    /// Costs less, or a call is gone: the record should be made anew.
    pub fewer: Vec<String>,
    /// Could not be compared, and why.
    pub apart: Vec<String>,
}

/// Calls that the C library and the standard library make for memory and threads. How many depends
/// on their versions, so they are compared only where those are the same.
const OF_LIBRARIES: [&str; 16] = [
    "brk",
    "clone",
    "clone3",
    "exit",
    "futex",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mmap",
    "mprotect",
    "munmap",
    "prctl",
    "rseq",
    "rt_sigprocmask",
    "sigaltstack",
];

/// And these two, which begin a thread.
const OF_THREADS: [&str; 2] = ["sched_getaffinity", "set_robust_list"];

/// Where counts differ from window to window, less than a whole call is no news.
const VARIES: f64 = 1.0;

/// Counts are rounded to four digits; anything above that is a call.
const EXACT: f64 = 0.001;

/// A look that brings nothing may be one more or one fewer in a window of many messages: whether a
/// server that looks before it sleeps has just come to its end is a matter of time.
const IN_VAIN: f64 = 0.1;

/// The newest ledger among the records of `folder`, by its own date.
///
/// # Errors
///
/// When there is none, or one cannot be read.
pub fn newest(folder: &Path) -> Result<PathBuf> {
    let mut ledgers = Vec::new();
    for file in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let text = fs::read_to_string(&path);
            let text = text.with_context(|| format!("reading {}", path.display()))?;
            let value: serde_json::Value = serde_json::from_str(&text)
                .with_context(|| format!("understanding {}", path.display()))?;
            if value["kind"] == KIND {
                ledgers.push((value["date"].as_str().unwrap_or_default().to_owned(), path));
            }
        }
    }
    let newest = ledgers.into_iter().max().map(|(_, path)| path);
    newest.with_context(|| format!("no record of kind {KIND} in {}", folder.display()))
}

impl Recorded {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is of another kind.
    pub fn read(path: &Path) -> Result<Recorded> {
        let text =
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let recorded: Recorded = serde_json::from_str(&text)
            .with_context(|| format!("{} is no ledger of system calls", path.display()))?;
        ensure!(recorded.kind == KIND, "{} is a record of another kind", path.display());
        Ok(recorded)
    }

    /// When it was made.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// Compares `now` with it, without the models of `races`: a thread of a library's own is at work
    /// beside the server's there, and which of the two comes first is another count each time.
    ///
    /// # Errors
    ///
    /// When the one was optimised and the other was not: they are different programs.
    pub fn against(&self, now: &Record, races: &[&str]) -> Result<Found> {
        if self.tools.optimised != now.tools.optimised {
            let how = |optimised| if optimised { "optimised" } else { "not optimised" };
            let (then, now) = (how(self.tools.optimised), how(now.tools.optimised));
            bail!("the recorded ledger is of a program that was {then}, this one is {now}");
        }
        let same_libraries =
            (&self.tools.libc, &self.tools.rustc) == (&now.tools.libc, &now.tools.rustc);
        let mut found = Found::default();
        if !same_libraries {
            let text = "calls of libraries, for memory and threads: other versions of them";
            found.apart.push(text.to_owned());
        }
        for row in &now.rows {
            if races.contains(&row.model.as_str()) {
                let text =
                    format!("{}: a thread of its library races with the server's", row.model);
                found.apart.push(text);
                continue;
            }
            match self.rows.iter().find(|then| then.model == row.model) {
                Some(then) if then.status == "measured" => {
                    compare_rows(then, row, same_libraries, &mut found);
                }
                _ => found.apart.push(format!("{}: not in the record", row.model)),
            }
        }
        Ok(found)
    }
}

fn compare_rows(then: &Row, now: &Row, same_libraries: bool, found: &mut Found) {
    for step in &now.steps {
        let place = format!("{}, {}", now.model, step.step);
        let Some(before) = then.step(&step.step).filter(|before| before.status == step.status)
        else {
            found.apart.push(format!("{place}: not in the record"));
            continue;
        };
        let compared = |call: &&CallRow| {
            let name = call.call.as_str();
            same_libraries || !(OF_LIBRARIES.contains(&name) || OF_THREADS.contains(&name))
        };
        for call in step.calls.iter().filter(compared) {
            let before = before.calls.iter().find(|before| same(before, call));
            compare(&place, before, Some(call), found);
        }
        for call in before.calls.iter().filter(compared) {
            if !step.calls.iter().any(|now| same(now, call)) {
                compare(&place, Some(call), None, found);
            }
        }
    }
}

fn same(one: &CallRow, other: &CallRow) -> bool {
    (&one.call, one.in_vain) == (&other.call, other.in_vain)
}

/// One call of one step; a call that was not made was made 0 times.
fn compare(place: &str, then: Option<&CallRow>, now: Option<&CallRow>, found: &mut Found) {
    let kinds: Vec<Kind> = [then, now].into_iter().flatten().map(|call| call.kind).collect();
    let in_vain = [then, now].into_iter().flatten().any(|call| call.in_vain);
    let Some(enough) = enough(&kinds, in_vain) else { return };
    let range = |call: Option<&CallRow>| {
        let of = |value: Option<f64>| value.unwrap_or(0.0);
        call.map_or((0.0, 0.0), |call| (of(call.low), of(call.high)))
    };
    let ((then_low, then_high), (now_low, now_high)) = (range(then), range(now));
    let Some(call) = now.or(then) else { return };
    let name = name(call);
    if now_low - then_high >= enough {
        found.more.push(format!(
            "{place}: {name} {} times, was {}",
            digits(now_low),
            digits(then_high)
        ));
    } else if then_low - now_high >= enough {
        found.fewer.push(format!(
            "{place}: {name} {} times, was {}",
            digits(now_high),
            digits(then_low)
        ));
    }
}

/// How much two numbers of calls must lie apart to be different, by how they came about; `None` for those that
/// are not compared.
pub(crate) fn enough(kinds: &[Kind], in_vain: bool) -> Option<f64> {
    if kinds.contains(&Kind::Rate) || kinds.contains(&Kind::Unbounded) {
        return None;
    }
    Some(match (kinds.contains(&Kind::Varies), in_vain) {
        (true, _) => VARIES,
        (false, true) => IN_VAIN,
        (false, false) => EXACT,
    })
}

/// A call as tables name it.
pub(super) fn name(call: &CallRow) -> String {
    let vain = if call.in_vain { " in vain" } else { "" };
    format!("{}{vain}", call.call)
}

/// A number of calls: whole where it is.
pub(super) fn digits(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
