//! The suite's own test: servers that are broken on purpose.
//!
//! A suite that passes a broken model is worse than none. So a small server, right in every
//! respect, is broken in one place after the other. Each time the behaviour that is there for it
//! must fail, and say why, while the plainest behaviour still passes. Without a fault the server
//! must pass everything: a suite that fails all would find every fault.

use std::panic;
use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};

use super::{Behaviour, Case, TEST_THREADS, behaviours, check};
use crate::client::PATIENCE;
use crate::{Chapter, Model, Protocol, process};

/// How long a client waits for a server that is known to be broken.
const SHORT_PATIENCE: Duration = Duration::from_secs(3);

/// How often a behaviour may look for a fault. Its bounds are such that no right server ever fails,
/// so on a busy machine a broken one may pass once: one that spins may not get a core to spin on.
const ATTEMPTS: u32 = 3;

/// A model with a fault.
#[derive(Clone, Copy, Debug)]
pub struct Broken {
    /// The model; its name says what is wrong with it.
    pub model: Model,
    /// The behaviours that must fail, each with a part of what it must say. What is seen of a
    /// server that ended depends on the moment: a reset, a refusal, silence. Then the part is empty.
    pub found_by: &'static [(&'static str, &'static str)],
}

/// A right server and its broken sisters.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What they speak.
    pub protocol: Protocol,
    /// The behaviour that a server broken in one place does not notice.
    pub plainest: &'static str,
    /// The server without a fault, which must pass the whole suite.
    pub right: Model,
    /// The others.
    pub broken: &'static [Broken],
}

/// The whole of a test that has such a family: one test of each fault and each behaviour that must
/// find it, with the command line of `cargo test`.
#[must_use]
pub fn main(family: &'static Family) -> ExitCode {
    let models: Vec<Model> =
        [family.right].into_iter().chain(family.broken.iter().map(|row| row.model)).collect();
    let (package, title) = ("broken", "Servers that are broken on purpose");
    // The table lives as long as the process, as a chapter's does.
    let chapter = Chapter { package, title, protocol: family.protocol, models: models.leak() };
    // Some faults are panics, and nobody wants to read of them.
    panic::set_hook(Box::new(|_| ()));
    if let Some(code) = process::serve_if_asked(&[chapter]) {
        return code;
    }
    let _ = panic::take_hook();
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TEST_THREADS);
    libtest_mimic::run(&arguments, trials(chapter, family)).exit_code()
}

fn trials(chapter: Chapter, family: &'static Family) -> Vec<Trial> {
    let right = behaviours(family.protocol).map(|behaviour| {
        let name = format!("right::passes_{}", behaviour.name);
        Trial::test(name, move || passes(&chapter, &family.right, behaviour.name))
    });
    let broken = family.broken.iter().flat_map(|row| {
        let fails = row.found_by.iter().map(move |&(behaviour, words)| {
            let name = format!("{}::fails_{behaviour}", row.model.name);
            Trial::test(name, move || fails(&chapter, row, behaviour, words))
        });
        fails.chain(still_passes(chapter, family, row))
    });
    let all = Trial::test("each_behaviour_finds_a_fault", || each_finds_a_fault(family));
    right.chain(broken).chain([all]).collect()
}

fn still_passes(chapter: Chapter, family: &Family, row: &'static Broken) -> Option<Trial> {
    let plainest = family.plainest;
    if row.found_by.iter().any(|(behaviour, _)| *behaviour == plainest) {
        return None;
    }
    let name = format!("{}::passes_{plainest}", row.model.name);
    Some(Trial::test(name, move || passes(&chapter, &row.model, plainest)))
}

fn passes(chapter: &Chapter, model: &Model, behaviour: &str) -> Result<(), Failed> {
    let case = Case { chapter, model, patience: PATIENCE };
    check(&case, behaviour).map_err(|failure| Failed::from(failure.to_string()))
}

fn fails(chapter: &Chapter, row: &Broken, behaviour: &str, words: &str) -> Result<(), Failed> {
    let case = Case { chapter, model: &row.model, patience: SHORT_PATIENCE };
    match (0..ATTEMPTS).find_map(|_| check(&case, behaviour).err()) {
        None => Err(format!("{behaviour} passes a server that is broken").into()),
        Some(failure) if failure.to_string().contains(words) => Ok(()),
        Some(failure) => Err(format!("it should say '{words}', and says: {failure}").into()),
    }
}

/// A behaviour that fails for no row may be one that cannot fail. Those that do for any protocol
/// are proved by the echo family.
fn each_finds_a_fault(family: &Family) -> Result<(), Failed> {
    let found =
        |name: &str| family.broken.iter().any(|row| row.found_by.iter().any(|(by, _)| *by == name));
    let proved_here =
        |behaviour: &&Behaviour| behaviour.protocol.unwrap_or(Protocol::Echo) == family.protocol;
    let asked = behaviours(family.protocol).filter(proved_here);
    let missing: Vec<&str> = asked.map(|b| b.name).filter(|name| !found(name)).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no broken model fails by {}", missing.join(", ")).into())
    }
}
