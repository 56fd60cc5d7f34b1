//! Servers that are broken on purpose, each of which the suite must fail, by the right behaviour.
//!
//! A suite that passes a broken model is worse than none. So one small server, right in every
//! respect ([`server`]), is broken in one place after the other ([`fault`]), and each time the
//! behaviour that is there for it must say so, while bytes that are simply sent still come back
//! ([`rows`]). Without a fault it must pass everything: a suite that fails all would pass here too.

mod fault;
mod rows;
mod server;

use std::panic;
use std::process::ExitCode;
use std::time::Duration;

use ladder::client::PATIENCE;
use ladder::conformance::{BEHAVIOURS, Case, check};
use ladder::{Chapter, Model, Protocol, process};
use libtest_mimic::{Arguments, Failed, Trial};

use rows::{BROKEN, RIGHT, Row};

/// How long a client waits for a server that is known to be broken.
const SHORT_PATIENCE: Duration = Duration::from_secs(3);

/// Most of a test is waiting.
const TEST_THREADS: usize = 4;

fn main() -> ExitCode {
    let models: Vec<Model> = [RIGHT].iter().chain(BROKEN).map(|row| row.model).collect();
    // The table lives as long as the process, as a chapter's does.
    let (package, title) = ("broken", "Servers that are broken on purpose");
    let chapter = Chapter { package, title, protocol: Protocol::Echo, models: models.leak() };
    // Some faults are panics, and nobody wants to read of them.
    panic::set_hook(Box::new(|_| ()));
    if let Some(code) = process::serve_if_asked(&[chapter]) {
        return code;
    }
    let _ = panic::take_hook();
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TEST_THREADS);
    let asked = BEHAVIOURS.iter().filter(|b| b.protocol.is_none_or(|p| p == chapter.protocol));
    let passes = asked.map(|behaviour| {
        let name = format!("right::passes_{}", behaviour.name);
        Trial::test(name, move || passes(&chapter, &RIGHT, behaviour.name, PATIENCE))
    });
    let fails = BROKEN.iter().flat_map(|row| {
        let fails = row.found_by.iter().map(move |&(behaviour, words)| {
            let name = format!("{}::fails_{behaviour}", row.model.name);
            Trial::test(name, move || fails(&chapter, row, behaviour, words))
        });
        fails.chain(still_passes(chapter, row))
    });
    let all_find = Trial::test("each_behaviour_finds_a_fault", each_behaviour_finds_a_fault);
    libtest_mimic::run(&arguments, passes.chain(fails).chain([all_find]).collect()).exit_code()
}

/// A broken model is broken in one place: the plainest behaviour does not notice, unless it is
/// the one that must.
fn still_passes(chapter: Chapter, row: &'static Row) -> Option<Trial> {
    const PLAINEST: &str = "exact_bytes";
    if row.found_by.iter().any(|(behaviour, _)| *behaviour == PLAINEST) {
        return None;
    }
    let name = format!("{}::passes_{PLAINEST}", row.model.name);
    Some(Trial::test(name, move || passes(&chapter, row, PLAINEST, PATIENCE)))
}

fn passes(chapter: &Chapter, row: &Row, behaviour: &str, patience: Duration) -> Result<(), Failed> {
    let case = Case { chapter, model: &row.model, patience };
    check(&case, behaviour).map_err(|failure| Failed::from(failure.to_string()))
}

/// How often a behaviour may look for a fault. Its bounds are such that no right server ever fails,
/// so on a busy machine a broken one may pass once: one that spins may not get a core to spin on.
const ATTEMPTS: u32 = 3;

fn fails(chapter: &Chapter, row: &Row, behaviour: &str, words: &str) -> Result<(), Failed> {
    let case = Case { chapter, model: &row.model, patience: SHORT_PATIENCE };
    match (0..ATTEMPTS).find_map(|_| check(&case, behaviour).err()) {
        None => Err(format!("{behaviour} passes a server that is broken").into()),
        Some(failure) if failure.to_string().contains(words) => Ok(()),
        Some(failure) => Err(format!("it should say '{words}', and says: {failure}").into()),
    }
}

/// A behaviour that fails for no row here may be one that cannot fail. HTTP has its own tests.
fn each_behaviour_finds_a_fault() -> Result<(), Failed> {
    let found = |name| BROKEN.iter().any(|row| row.found_by.iter().any(|(by, _)| *by == name));
    let mut asked = BEHAVIOURS.iter().filter(|b| b.protocol != Some(Protocol::Http));
    match asked.find(|behaviour| !found(behaviour.name)) {
        Some(behaviour) => Err(format!("no broken model fails by {}", behaviour.name).into()),
        None => Ok(()),
    }
}
