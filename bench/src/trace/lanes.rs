//! What a thread did, out of its calls: it waits in some, passes through others, and runs in between.

use std::collections::{BTreeMap, HashMap};

use super::call::Call;
use super::scenario::Played;
use super::tasks::{self, Event};
use super::{Kind, Lane, Span, What};

/// A call for one client that takes longer has slept. Under strace a call that need not wait takes a
/// tenth of this.
const SLEPT_US: i64 = 1000;

/// Calls that wait for whichever of many is ready first.
const WAITS: [&str; 8] = [
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "io_uring_enter",
];

const READS: [&str; 5] = ["read", "readv", "recvfrom", "recvmsg", "recv"];
const WRITES: [&str; 5] = ["write", "writev", "sendto", "sendmsg", "send"];
const NAPS: [&str; 2] = ["nanosleep", "clock_nanosleep"];

/// The lanes of threads that had to do with a client, and how many had not.
pub(super) fn of_threads(calls: &[Call], events: &[Event], played: &Played) -> (Vec<Lane>, usize) {
    let end_us = played.origin_us + played.took_us();
    let connections = connections(calls, played);
    let mut threads: BTreeMap<u32, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        threads.entry(call.thread).or_default().push(call);
    }
    // The thread that answers the parent reads its standard input; its waiting is none of the server's.
    let is_control =
        |calls: &[&Call]| calls.iter().any(|call| reads(call) && call.descriptor() == Some(0));
    threads.retain(|_, calls| !is_control(calls));
    let all = threads.len();
    let (mut lanes, mut shown) = (Vec::new(), 0);
    for (thread, calls) in threads {
        let lane = Thread::new(&connections, played.origin_us, end_us).lane(&calls);
        let Some(spans) = lane else { continue };
        shown += 1;
        lanes.push(Lane { name: format!("thread {shown}"), kind: Kind::Thread, spans });
        if let Some(spans) = tasks::lane(events, thread, played) {
            lanes.push(Lane { name: format!("tasks {shown}"), kind: Kind::Tasks, spans });
        }
    }
    (lanes, all - shown)
}

/// Whose a descriptor is, from when to when.
struct Connection {
    descriptor: i32,
    from_us: i64,
    to_us: i64,
    client: char,
}

fn connections(calls: &[Call], played: &Played) -> Vec<Connection> {
    let mut open: HashMap<i32, Connection> = HashMap::new();
    let mut closed = Vec::new();
    // By their ends: a descriptor is there when `accept` has come back, and gone when `close` has.
    let mut by_end: Vec<&Call> = calls.iter().collect();
    by_end.sort_by_key(|call| call.to_us);
    for call in by_end {
        if let Some((descriptor, client)) = accepted(call, played) {
            let connection =
                Connection { descriptor, from_us: call.to_us, to_us: i64::MAX, client };
            open.insert(descriptor, connection);
        } else if call.name == "close" {
            let ended = call.descriptor().and_then(|descriptor| open.remove(&descriptor));
            closed.extend(ended.map(|ended| Connection { to_us: call.to_us, ..ended }));
        }
    }
    closed.extend(open.into_values());
    closed
}

/// The descriptor that `accept` returned, and the client whose port it names.
fn accepted(call: &Call, played: &Played) -> Option<(i32, char)> {
    if !call.name.starts_with("accept") {
        return None;
    }
    let descriptor = i32::try_from(call.returned()?).ok().filter(|number| *number >= 0)?;
    let (_, port) = call.arguments.split_once("htons(")?;
    let port = port.split(')').next()?.parse().ok()?;
    Some((descriptor, played.client(port)?))
}

fn reads(call: &Call) -> bool {
    READS.contains(&call.name.as_str())
}

/// The lane of one thread, while it is put together.
struct Thread<'c> {
    connections: &'c [Connection],
    origin_us: i64,
    end_us: i64,
    spans: Vec<Span>,
    /// Whether it has had to do with a client, or waits for some.
    seen: bool,
    /// Since when it runs, and what it asked meanwhile.
    runs_since_us: i64,
    calls: usize,
    in_vain: usize,
}

impl<'c> Thread<'c> {
    fn new(connections: &'c [Connection], origin_us: i64, end_us: i64) -> Thread<'c> {
        Thread {
            connections,
            origin_us,
            end_us,
            spans: Vec::new(),
            seen: false,
            runs_since_us: 0,
            calls: 0,
            in_vain: 0,
        }
    }

    fn lane(mut self, calls: &[&Call]) -> Option<Vec<Span>> {
        // It begins with its first call: what it did before is not known, or it was not there.
        self.runs_since_us = calls.first()?.from_us;
        for call in calls {
            // Before the first client, and after the last.
            if call.to_us < self.origin_us {
                self.runs_since_us = call.to_us;
                continue;
            }
            if call.from_us > self.end_us {
                break;
            }
            self.take(call);
        }
        self.runs_until(calls.last()?.from_us.min(self.end_us));
        self.seen.then_some(self.spans)
    }

    fn take(&mut self, call: &Call) {
        let client = self.client(call);
        let slept = call.to_us - call.from_us >= SLEPT_US;
        let name = call.name.as_str();
        let whose = client.map_or("somebody".to_owned(), String::from);
        let returned = call.returned();
        if WAITS.contains(&name) {
            self.seen = true;
            let ready = match returned {
                Some(1) => ", and one is ready".to_owned(),
                Some(0) => ", until its time is over".to_owned(),
                Some(ready) if ready > 0 => format!(", and {ready} are ready"),
                _ => String::new(),
            };
            if slept || returned != Some(0) {
                self.span(call, What::Waits, format!("waits for all of them, in {name}{ready}"));
            } else {
                self.passes(true);
            }
        } else if NAPS.contains(&name)
            || name == "futex" && call.arguments.contains("{tv_sec=") && slept
        {
            self.span(call, What::Naps, format!("naps, in {name}"));
        } else if name == "futex" && slept {
            self.span(call, What::Parked, "sleeps until another thread wakes it".to_owned());
        } else if name.starts_with("accept") {
            self.seen = true;
            if slept {
                self.span(
                    call,
                    What::Blocked,
                    "is blocked in accept, until somebody comes".to_owned(),
                );
            }
            match client {
                Some(client) => self.mark(call, What::Accepts, format!("accepts {client}")),
                None => self.passes(true),
            }
        } else if client.is_some() && (reads(call) || WRITES.contains(&name)) {
            self.seen = true;
            self.moves(call, slept, &whose);
        } else if name == "close" && client.is_some() {
            self.mark(call, What::Closes, format!("closes the connection of {whose}"));
        } else if slept {
            // Something of the process's own; it does not run meanwhile.
            self.span(call, What::Parked, format!("sleeps in {name}"));
        } else {
            self.passes(false);
        }
    }

    /// A read or a write of a client's bytes.
    fn moves(&mut self, call: &Call, slept: bool, whose: &str) {
        let reads = reads(call);
        if slept {
            let what = if reads {
                "read, until something comes from"
            } else {
                "write, until there is room for"
            };
            self.span(call, What::Blocked, format!("is blocked in {what} {whose}"));
        }
        match (call.returned(), reads) {
            (Some(0), true) => self.mark(call, What::Reads, format!("reads the end of {whose}")),
            (Some(bytes), true) if bytes > 0 => {
                self.mark(call, What::Reads, format!("reads {bytes} bytes of {whose}"));
            }
            (Some(bytes), false) if bytes > 0 => {
                self.mark(call, What::Writes, format!("writes {bytes} bytes to {whose}"));
            }
            _ => self.passes(true),
        }
    }

    /// The client whose descriptor the call is about.
    fn client(&self, call: &Call) -> Option<char> {
        let descriptor = match call.name.as_str() {
            name if name.starts_with("accept") => i32::try_from(call.returned()?).ok()?,
            _ => call.descriptor()?,
        };
        let here = |c: &&Connection| {
            c.descriptor == descriptor && c.from_us <= call.to_us && call.from_us <= c.to_us
        };
        self.connections.iter().find(here).map(|connection| connection.client)
    }

    /// A call that came back at once: it is a part of running.
    fn passes(&mut self, in_vain: bool) {
        self.calls += 1;
        self.in_vain += usize::from(in_vain);
    }

    fn mark(&mut self, call: &Call, what: What, text: String) {
        // Those before it, then the mark, then it goes on running.
        self.calls += 1;
        let at = call.to_us.clamp(self.origin_us, self.end_us) - self.origin_us;
        self.spans.push(Span { from_us: at, to_us: at, what, text });
    }

    fn span(&mut self, call: &Call, what: What, text: String) {
        self.runs_until(call.from_us);
        let from_us = call.from_us.max(self.origin_us) - self.origin_us;
        let to_us = call.to_us.min(self.end_us) - self.origin_us;
        self.spans.push(Span { from_us, to_us, what, text });
        self.runs_since_us = call.to_us;
    }

    fn runs_until(&mut self, until_us: i64) {
        let from_us = self.runs_since_us.max(self.origin_us) - self.origin_us;
        let to_us = until_us - self.origin_us;
        let (calls, in_vain) = (std::mem::take(&mut self.calls), std::mem::take(&mut self.in_vain));
        if from_us >= to_us {
            return;
        }
        let asked = match (calls, in_vain) {
            (0, _) => String::new(),
            (1, 0) => ": one call".to_owned(),
            (1, _) => ": one call, in vain".to_owned(),
            (_, 0) => format!(": {calls} calls"),
            _ => format!(": {calls} calls, {in_vain} of them in vain"),
        };
        self.spans.push(Span { from_us, to_us, what: What::Runs, text: format!("runs{asked}") });
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::parse;
    use super::*;

    fn played() -> Played {
        let spans =
            vec![Span { from_us: 0, to_us: 100_000, what: What::Quiet, text: String::new() }];
        let lanes = vec![Lane { name: "client A".to_owned(), kind: Kind::Client, spans }];
        Played { origin_us: 10_000_000, lanes, ports: vec![(5000, 'A')] }
    }

    fn lanes(trace: &str) -> (Vec<Lane>, usize) {
        of_threads(&parse(trace).expect("a trace"), &[], &played())
    }

    fn told(lane: &Lane) -> Vec<(What, &str)> {
        lane.spans.iter().map(|span| (span.what, span.text.as_str())).collect()
    }

    #[test]
    fn a_blocked_thread_reads_and_writes_for_the_client_of_its_port() {
        let (lanes, left_out) = lanes(
            "7 10.001000 accept4(3, {sa_family=AF_INET, sin_port=htons(5000), x}, [128 => 16], 0) = 9 <0.004000>\n\
             7 10.006000 recvfrom(9, \"hello\", 16384, 0, NULL, NULL) = 5 <0.010000>\n\
             7 10.016100 sendto(9, \"hello\", 5, MSG_NOSIGNAL, NULL, 0) = 5 <0.000010>\n\
             7 10.017000 recvfrom(9, \"\", 16384, 0, NULL, NULL) = 0 <0.010000>\n\
             7 10.030000 close(9) = 0 <0.000010>\n\
             8 10.002000 read(0, \"stop\", 8192) = 4 <0.050000>\n\
             9 10.002000 futex(0x1, FUTEX_WAIT, 2, NULL <unfinished ...>\n",
        );
        assert_eq!((lanes.len(), left_out), (1, 1), "{lanes:?}");
        assert_eq!(
            told(&lanes[0]),
            [
                (What::Blocked, "is blocked in accept, until somebody comes"),
                (What::Accepts, "accepts A"),
                (What::Runs, "runs: one call"),
                (What::Blocked, "is blocked in read, until something comes from A"),
                (What::Reads, "reads 5 bytes of A"),
                (What::Writes, "writes 5 bytes to A"),
                (What::Runs, "runs: 2 calls"),
                (What::Blocked, "is blocked in read, until something comes from A"),
                (What::Reads, "reads the end of A"),
                (What::Closes, "closes the connection of A"),
                (What::Runs, "runs: 2 calls"),
            ]
        );
    }

    #[test]
    fn a_thread_that_spins_is_one_span_however_often_it_asks() {
        let vain = "= -1 EAGAIN (Resource temporarily unavailable) <0.000005>\n";
        let asks = (0..50).map(|at| format!("7 10.00{at:02}00 accept4(3, 0x1, [128], 0) {vain}"));
        let trace: String = asks.collect();
        let (lanes, _) = lanes(&trace);
        assert_eq!(told(&lanes[0]), [(What::Runs, "runs: 50 calls, 50 of them in vain")]);
    }

    #[test]
    fn waiting_for_all_is_told_from_napping() {
        let (lanes, _) = lanes(
            "7 10.001000 epoll_wait(4, [{events=EPOLLIN, data={u32=0, u64=0}}], 1024, -1) = 1 <0.020000>\n\
             7 10.022000 futex(0x5, FUTEX_WAIT_BITSET_PRIVATE, 0, {tv_sec=1, tv_nsec=2}, x) = -1 ETIMEDOUT (x) <0.005000>\n",
        );
        let whats: Vec<What> = lanes[0].spans.iter().map(|span| span.what).collect();
        assert_eq!(whats, [What::Waits, What::Runs, What::Naps]);
        assert_eq!(
            lanes[0].spans[0].text,
            "waits for all of them, in epoll_wait, and one is ready"
        );
    }
}
