//! HTTP servers that are broken on purpose, each of which the suite must fail, by the right
//! behaviour.
//!
//! One small server, right in every respect ([`server`], [`request`], [`body`]), is broken in one
//! place after the other ([`fault`]), and each time the behaviour that is there for it must say so
//! ([`rows`]). Without a fault it must pass everything; so the suite asks for what RFC 9112 says,
//! and not for what hyper does.

mod body;
mod fault;
mod request;
mod rows;
mod server;

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
    let (package, title) = ("broken", "HTTP servers that are broken on purpose");
    let chapter = Chapter { package, title, protocol: Protocol::Http, models: models.leak() };
    if let Some(code) = process::serve_if_asked(&[chapter]) {
        return code;
    }
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TEST_THREADS);
    let asked = BEHAVIOURS.iter().filter(|b| b.protocol.is_none_or(|p| p == Protocol::Http));
    let right = asked.map(|behaviour| {
        let name = format!("right::passes_{}", behaviour.name);
        Trial::test(name, move || passes(&chapter, &RIGHT, behaviour.name))
    });
    let fails = BROKEN.iter().flat_map(|row| {
        let name = row.model.name;
        // Broken in one place: the plainest behaviour does not notice.
        let plainest =
            Trial::test(format!("{name}::passes_hello"), move || passes(&chapter, row, "hello"));
        let fails = row.found_by.iter().map(move |&(behaviour, words)| {
            Trial::test(format!("{name}::fails_{behaviour}"), move || {
                fails(&chapter, row, behaviour, words)
            })
        });
        fails.chain([plainest])
    });
    libtest_mimic::run(&arguments, right.chain(fails).collect()).exit_code()
}

fn passes(chapter: &Chapter, row: &Row, behaviour: &str) -> Result<(), Failed> {
    let case = Case { chapter, model: &row.model, patience: PATIENCE };
    check(&case, behaviour).map_err(|failure| Failed::from(failure.to_string()))
}

fn fails(chapter: &Chapter, row: &Row, behaviour: &str, words: &str) -> Result<(), Failed> {
    let case = Case { chapter, model: &row.model, patience: SHORT_PATIENCE };
    match check(&case, behaviour) {
        Ok(()) => Err(format!("{behaviour} passes a server that is broken").into()),
        Err(failure) if failure.to_string().contains(words) => Ok(()),
        Err(failure) => Err(format!("it should say '{words}', and says: {failure}").into()),
    }
}
