//! One client that never stops talking, and others who want a word.
//!
//! A server that goes on with one client until it has nothing left serves nobody else while the
//! first one is quick enough. Fair is a server that leaves it after a while, for the next one.

use std::time::{Duration, Instant};

use crate::Idle;
use crate::client::{Client, Noise};
use crate::process::Server;

use super::case::{Case, Failure, Verdict, Within, ensure};
use super::frozen::while_frozen;
use super::trap::Trap;

/// How much of the flood may be echoed before a word that came after it is answered. The largest
/// turn of the models is tokio's: 128 operations on sockets before a task must yield (its
/// cooperative budget), which are 64 reads of 16 KiB each with its write.
const BEFORE_ANSWER_BYTES_MAX: u64 = 2 << 20;

/// The flood is poured in chunks of this size.
const CHUNK_BYTES: usize = 16 * 1024;

/// Looks at who comes first. In each the server is frozen while the flood fills its queue and the
/// other client asks after that; so the flood is certainly first, and both are there when it goes
/// on. Its answer freezes it again, and what it had echoed by then is counted.
///
/// - A server that drains the flood before it looks at others has echoed all of it: that was so in
///   each of a thousand looks, on a machine at rest and on a busy one.
/// - A fair server with one thread has echoed one turn, in each look too. With several threads it
///   is the scheduler that decides when the other client's runs: nearly always in time on a machine
///   at rest, and seldom on one with ten busy processes for each core. But never is not seldom.
const LOOKS: Looks = Looks { max: 600, fair: 2 };

/// A server that never waits is frozen at any place of its round, so an unfair one may be just
/// about to ask the other client, and look fair by chance: in up to half of all looks. A fair one
/// has a single thread, and looks fair in all.
const LOOKS_AT_A_ROUND: Looks = Looks { max: 20, fair: 19 };

/// How many looks of how many must find the server fair.
#[derive(Clone, Copy)]
struct Looks {
    max: u32,
    fair: u32,
}

/// When a frozen server's kernel has sent nothing for this long, it has nothing left to send.
const SENT_ALL: Duration = Duration::from_millis(20);

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

    let looks = if case.limits().idle == Idle::Waits { LOOKS } else { LOOKS_AT_A_ROUND };
    let (mut fair, mut least) = (0, u64::MAX);
    for _ in 0..looks.max {
        let Look { poured, before } = look(case, &server, &mut flood, &mut other)?;
        least = least.min(before);
        // Where buffers are small, all that was under way is less than a turn may be.
        fair += u32::from(before <= BEFORE_ANSWER_BYTES_MAX.min(poured - poured / 4));
        if fair == looks.fair {
            let room = case.at_once() > 2;
            return if room { newcomer(case, &server, &mut flood) } else { Ok(()) };
        }
    }
    ensure(false, || {
        format!(
            "a flooding client had {least} bytes echoed before another client's byte was answered, \
             at the fairest of {} looks, and only {fair} were fair",
            looks.max
        )
    })
}

/// Bytes of the flood that were under way, and those of them that were echoed before the other
/// client had its answer.
struct Look {
    poured: u64,
    before: u64,
}

fn look(
    case: &Case<'_>,
    server: &Server,
    flood: &mut Flood,
    other: &mut Client,
) -> Result<Look, Failure> {
    // The last one that the server looked at is the flood, so that it is the next one again: a
    // selector may have kept a client on its list whom it reported before.
    flood.client.exchange(b"first")?;
    let trap = while_frozen(server, || {
        while flood.pour()? {}
        other.ask(b"?")?;
        Ok(Trap::set(server, other)?)
    })?;
    let frozen = trap.sprung(case.patience).within("a byte beside a flood")?;
    let poured = flood.sent - flood.taken;
    // The kernel goes on sending what the server wrote.
    let mut before = 0;
    while flood.taken < flood.sent && flood.client.has_more(SENT_ALL)? {
        before += flood.take()?;
    }
    drop(frozen);
    other.answer(b"?").within("a byte beside a flood")?;
    while flood.taken < flood.sent {
        let more = flood.client.has_more(case.patience)?;
        ensure(more, || format!("{} bytes of a flood came back of {}", flood.taken, flood.sent))?;
        flood.take()?;
    }
    Ok(Look { poured, before })
}

/// A client that connects during the flood is served, too.
fn newcomer(case: &Case<'_>, server: &Server, flood: &mut Flood) -> Verdict {
    let mut newcomer = case.connect(server)?;
    newcomer.ask(b"new")?;
    let deadline = Instant::now() + case.patience;
    while newcomer.unread()? == 0 {
        if !flood.pour()? && flood.take()? == 0 {
            flood.client.has_more(Duration::from_millis(1))?;
        }
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
        Ok(taken)
    }
}
