//! Clients that ask without end and read no answer: one sends a body to be echoed, one sends
//! requests. In both the server must stop reading when it cannot write.

use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, Noise};
use crate::process::Server;
use crate::usage;

use super::super::case::{Case, Failure, Verdict, Within, ensure};
use super::{GET, post};

/// What each client tries to send.
const FILL_BYTES_MAX: u64 = 64 << 20;

/// By how much the server may grow: its buffers for a client are some KiB, an allocator takes its
/// memory in larger pieces.
const GROWTH_BYTES_MAX: u64 = 4 << 20;

/// A server that takes nothing for this long has stopped reading.
const FULL_AFTER: Duration = Duration::from_millis(300);

/// Each of [`GET`] again, in one write.
const GETS_AT_ONCE: usize = 500;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let mut server = case.spawn()?;
    case.serves_another(&server, "first of all")?;
    let mut neighbours = case.held(&server, case.at_once().saturating_sub(2).min(3))?;
    let before = usage::memory_of(server.id())?;
    let id = server.id();
    let grown = |when: &str| -> Verdict {
        let grown = usage::memory_of(id)?.saturating_sub(before);
        ensure(grown < GROWTH_BYTES_MAX, || format!("memory grew by {grown} bytes for {when}"))
    };

    let mut echoing = case.connect_narrow(&server)?;
    echoing.send(&post(&format!("Content-Length: {FILL_BYTES_MAX}\r\n"), b""))?;
    let taken = echoing.fill(Noise(7), FILL_BYTES_MAX)?;
    ensure(taken < FILL_BYTES_MAX, || format!("{taken} bytes taken from one who reads none"))?;
    grown("a body whose echo is not read")?;

    let mut asking = case.connect_narrow(&server)?;
    let asked = ask_until_full(&mut asking)?;
    ensure(asked < FILL_BYTES_MAX, || format!("{asked} bytes of requests taken, none answered"))?;
    comes_to_rest(case, &mut server)?;
    grown("requests whose answers are not read")?;

    for neighbour in &mut neighbours {
        neighbour.exchange(b"neighbour").within("another client, while two do not read")?;
    }
    echoing.reset()?;
    asking.reset()?;
    case.serves_another(&server, "after those who never read were reset")
}

/// On a busy machine the server may still have some thousand requests to answer before its output
/// is full, long after we found that it takes no more. One that spins never rests.
fn comes_to_rest(case: &Case<'_>, server: &mut Server) -> Verdict {
    let deadline = Instant::now() + case.patience;
    loop {
        match case.rests(server, "while clients do not read") {
            Err(_) if Instant::now() < deadline => {}
            verdict => return verdict,
        }
    }
}

/// Sends requests until the server takes no more; says how many bytes it took.
fn ask_until_full(client: &mut Client) -> Result<u64, Failure> {
    let requests = GET.repeat(GETS_AT_ONCE);
    let mut taken = 0;
    let mut deadline = Instant::now() + FULL_AFTER;
    while taken < FILL_BYTES_MAX && Instant::now() < deadline {
        // Goes on where the last write was cut.
        let from = usize::try_from(taken % requests.len() as u64).unwrap_or(0);
        match client.send_some(&requests[from..])? {
            0 => thread::sleep(Duration::from_millis(1)),
            some => {
                taken += some as u64;
                deadline = Instant::now() + FULL_AFTER;
            }
        }
    }
    Ok(taken)
}
