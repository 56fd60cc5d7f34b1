//! A server ends when it is asked to, whatever its clients are doing, and leaves nothing behind.

use std::thread;
use std::time::Duration;

use crate::client::{Client, Noise};
use crate::process::{Server, Stopped};

use super::case::{Case, Failure, Verdict, Within, ensure};

/// From the request to the return of `serve`.
const PROMPT: Duration = Duration::from_millis(100);

/// Fresh servers for each situation, until one was prompt. A busy machine delays one now and then;
/// a server that looks for the request every so often is late every time, because each is asked
/// when it has just begun to wait.
const RUNS_MAX: u32 = 10;

/// The server answers before it looks for a request, and waits after that. A request that came in
/// between would be found at once by a server that naps, too.
const BEGINS_TO_WAIT: Duration = Duration::from_millis(50);

/// What a reactor that belongs to the process may consist of: a selector, a bell, a timer and one to
/// spare; and a thread.
const REACTOR_MAX: (i64, i64) = (4, 1);

const FILL_BYTES_MAX: u64 = 64 << 20;

type Situation = fn(&Case<'_>, &Server) -> Result<Vec<Client>, Failure>;

const SITUATIONS: [(&str, Situation); 4] = [
    ("with no client", |_, _| Ok(Vec::new())),
    ("with clients that are silent", |case, server| case.held(server, 20)),
    ("with a client in the middle of a message", |case, server| {
        let mut clients = case.held(server, 1)?;
        clients[0].begin_exchange()?;
        Ok(clients)
    }),
    ("with output for a client that never reads", |case, server| {
        let mut client = case.connect_narrow(server)?;
        client.announce(FILL_BYTES_MAX)?;
        client.fill(Noise(8), FILL_BYTES_MAX)?;
        Ok(vec![client])
    }),
];

pub(super) fn run(case: &Case<'_>) -> Verdict {
    for (when, situation) in SITUATIONS {
        let mut quickest = Duration::MAX;
        for _ in 0..RUNS_MAX {
            quickest = quickest.min(once(case, situation).within(when)?);
            if quickest <= PROMPT {
                break;
            }
        }
        ensure(quickest <= PROMPT, || {
            format!("{when}: the server took {quickest:?} to stop, at best of {RUNS_MAX} times")
        })?;
    }
    Ok(())
}

fn once(case: &Case<'_>, situation: Situation) -> Result<Duration, Failure> {
    let server = case.spawn()?;
    let clients = situation(case, &server)?;
    // Not a synchronisation: should it be too short, a server that naps may pass once.
    thread::sleep(BEGINS_TO_WAIT);
    let stopped = server.stop()?;
    for mut client in clients {
        client.expect_end().within("after the stop")?;
    }
    leaves_nothing(case, &stopped)?;
    Ok(stopped.took)
}

fn leaves_nothing(case: &Case<'_>, stopped: &Stopped) -> Verdict {
    let (descriptors, threads) = (stopped.descriptors_left, stopped.threads_left);
    let (descriptors_max, threads_max) =
        if case.limits().keeps_reactor { REACTOR_MAX } else { (0, 0) };
    ensure(descriptors <= descriptors_max, || {
        format!("the stop left {descriptors} descriptors open")
    })?;
    ensure(threads <= threads_max, || format!("the stop left {threads} threads behind"))?;
    ensure(!case.limits().keeps_reactor || descriptors > 0, || {
        "the model claims to keep its reactor, and the stop left nothing".to_owned()
    })
}
