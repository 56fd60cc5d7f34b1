//! One client that never stops talking, and others who want a word.
//!
//! A server that goes on with one client until it has nothing left serves nobody else while the
//! first one is quick enough. Fair is a server that leaves it after a while, for the next one.

use std::thread;
use std::time::Instant;

use crate::client::{Client, Noise};
use crate::process::Server;

use super::case::{Case, Failure, Verdict, Within, ensure};
use super::frozen::while_frozen;

/// How much of the flood may be echoed before a word that came after it is answered. The largest
/// turn of the models is tokio's: 128 operations on sockets before a task must yield (its
/// cooperative budget), which are 64 reads of 16 KiB each with its write.
const BEFORE_ANSWER_BYTES_MAX: u64 = 2 << 20;

/// The flood is poured in chunks of this size.
const CHUNK_BYTES: usize = 16 * 1024;

/// Looks at who comes first. In each the server is frozen while the flood fills its queue and then
/// the other client asks; so the flood is certainly first, and both are there when it goes on.
///
/// - A server that drains the flood before it looks at others has echoed all that was under way
///   when the answer comes, however the machine schedules it and us: *no* look finds it fair.
/// - A fair server with one thread answers after one turn; one with several answers when its thread
///   for the other client runs, which on a busy machine may take a while. And we ourselves may be
///   kept from seeing the answer. Neither happens always: *some* looks find it fair.
const LOOKS_MAX: u32 = 200;
const FAIR_LOOKS: u32 = 3;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    if case.at_once() == 1 {
        return one_at_a_time(case, &server);
    }
    let mut flood = Flood { client: case.connect(&server)?, sent: 0, taken: 0 };
    flood.client.exchange(b"here")?;
    let mut other = case.connect(&server)?;
    other.exchange(b"here")?;
    // Exchanges that make the kernel grow its buffers.
    flood.client.exchange(&Noise(9).bytes(8 << 20))?;

    let (mut fair, mut least) = (0, u64::MAX);
    for _ in 0..LOOKS_MAX {
        let before = look(&server, &mut flood, &mut other)?;
        least = least.min(before);
        fair += u32::from(before <= BEFORE_ANSWER_BYTES_MAX);
        if fair == FAIR_LOOKS {
            return newcomer(case, &server, &mut flood);
        }
    }
    ensure(false, || {
        format!(
            "a flooding client had {least} bytes echoed before another client's byte was answered, \
             at the fairest of {LOOKS_MAX} looks"
        )
    })
}

/// How many bytes of the flood are echoed before the other client has its answer.
fn look(server: &Server, flood: &mut Flood, other: &mut Client) -> Result<u64, Failure> {
    while_frozen(server, || {
        while flood.pour()? {}
        Ok(other.ask(b"?")?)
    })?;
    let mut before = 0;
    while other.unread()? == 0 {
        before += flood.take()?;
    }
    // What came while we did not run counts as well: the server had echoed it.
    before += flood.client.unread()?;
    other.answer(b"?").within("a byte beside a flood")?;
    while flood.taken < flood.sent {
        flood.take()?;
    }
    Ok(before)
}

/// A client that connects during the flood is served, too.
fn newcomer(case: &Case<'_>, server: &Server, flood: &mut Flood) -> Verdict {
    let mut newcomer = case.connect(server)?;
    newcomer.ask(b"new")?;
    let deadline = Instant::now() + case.patience;
    while newcomer.unread()? == 0 {
        flood.pour()?;
        flood.take()?;
        ensure(Instant::now() < deadline, || {
            format!("a client that came during a flood has no answer after {:?}", case.patience)
        })?;
    }
    newcomer.answer(b"new").within("a client that came during a flood")
}

/// A model that serves one client at a time is fair in no way: the next one waits for the end.
fn one_at_a_time(case: &Case<'_>, server: &Server) -> Verdict {
    let mut flood = case.connect(server)?;
    flood.exchange(&Noise(9).bytes(8 << 20))?;
    let mut waiting = case.another_waits(server)?;
    flood.exchange(&Noise(9).bytes(8 << 20))?;
    drop(flood);
    waiting.answer(b"another").within("the one that waited, after the flood")
}

/// A client that writes all it can, and counts what comes back.
struct Flood {
    client: Client,
    sent: u64,
    taken: u64,
}

impl Flood {
    /// Sends as much of a chunk as there is room for; false if there is none.
    fn pour(&mut self) -> Result<bool, Failure> {
        let poured = self.client.send_some(&[b'~'; CHUNK_BYTES])? as u64;
        self.sent += poured;
        Ok(poured > 0)
    }

    /// Takes a chunk of what came back.
    fn take(&mut self) -> Result<u64, Failure> {
        let taken = self.client.take_some()? as u64;
        self.taken += taken;
        if taken == 0 {
            // Nothing has come yet: the server may need our core.
            thread::yield_now();
        }
        Ok(taken)
    }
}
