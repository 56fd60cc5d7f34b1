//! What it costs to ask instead of to wait: processor time while idle, and time to answer.
//!
//! The three models of this chapter, and beside them a thread that blocks. Each serves in a process
//! of its own, so that its processor time is nobody else's, and has one client, which
//!
//! 1. says nothing for a while,
//! 2. holds a conversation: it sends a byte, takes the echo, thinks for a moment, and so on,
//! 3. says a word now and then, after a silence.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use ch02_nonblocking::sleep::NAP;
use ladder::Chapter;
use ladder::process::{Server, Setup, serve_if_asked};

const CHAPTERS: &[Chapter] = &[ch01_blocking::CHAPTER, ch02_nonblocking::CHAPTER];

/// Each with whether it naps.
const MODELS: [(&str, bool); 4] =
    [("ch01/threads", false), ("ch02/spin", false), ("ch02/sleep", true), ("ch02/backoff", true)];

/// How long we watch an idle server. A server that naps wakes up dozens of times meanwhile.
const IDLE_WINDOW: Duration = Duration::from_millis(400);

/// Messages of the conversation.
const MESSAGES: usize = 40;

/// What the client thinks between two messages: long for a server, which finds nobody there, and
/// nothing for a person.
const THINKING: Duration = Duration::from_micros(200);

/// The silences. Each is longer than any nap, and each another time, so that words do not come at
/// the same moment of every nap.
const SILENCES_MS: [u64; 7] = [30, 31, 33, 34, 36, 37, 39];

/// How often the words after a silence are said, until one of them has come during a nap. On a
/// machine with other work a client that sleeps is often woken together with the server.
const ATTEMPTS: usize = 4;

/// Nothing here takes long.
const PATIENCE: Duration = Duration::from_secs(8);

/// How much more a server that spins uses than one that rests, at the very least. On a machine that
/// is free it is hundreds of times as much; on one with other work it gets less of a core.
const SPIN_TIMES_MIN: f64 = 4.0;

/// What was measured of one model.
struct Cost {
    model: &'static str,
    /// Processor time used while idle, as a share of one core.
    idle: f64,
    /// Round trips, sorted.
    conversation: Vec<Duration>,
    /// Round trips, sorted.
    after_silence: Vec<Duration>,
}

fn main() -> ExitCode {
    // The servers are this program, run again.
    if let Some(status) = serve_if_asked(CHAPTERS) {
        return status;
    }
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cpu_cost: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> io::Result<()> {
    println!("              idle:       in a conversation:    after a silence:");
    println!("              of a core   median                median      longest");
    let mut costs = Vec::new();
    for (model, naps) in MODELS {
        let cost = measure(model, naps)?;
        println!(
            "{:12}  {:7.2} %   {:>9}             {:>9}   {:>9}",
            cost.model,
            cost.idle * 100.0,
            shown(median(&cost.conversation)),
            shown(median(&cost.after_silence)),
            shown(longest(&cost.after_silence)),
        );
        costs.push(cost);
    }
    let [blocking, spin, sleep, backoff] = &costs[..] else { unreachable!("as many as MODELS") };

    for rests in [blocking, sleep, backoff] {
        assert!(spin.idle > rests.idle * SPIN_TIMES_MIN, "{} rests, spin does not", rests.model);
    }
    for looks in [sleep, backoff] {
        assert!(
            blocking.idle < looks.idle,
            "{} pays for each look, who is blocked for none",
            looks.model
        );
    }
    // Who waits in the kernel is woken at once; who naps is not.
    assert!(blocking.conversation[0] < NAP, "a blocking thread knows no nap");
    assert!(spin.conversation[0] < NAP / 5, "who never sleeps knows none either");
    assert!(median(&sleep.conversation) > NAP / 5, "a nap for nearly every message");
    // The better half of its answers: a busy machine keeps some of them, whatever the nap.
    assert!(
        quartile(&backoff.conversation) < median(&sleep.conversation),
        "naps that grow are short"
    );
    for naps in [sleep, backoff] {
        assert!(longest(&naps.after_silence) > NAP / 5, "{}: a word came during a nap", naps.model);
    }
    println!();
    println!("One thread that asks everybody burns a core (spin) or comes late (sleep, backoff).");
    println!("A thread that waits in the kernel does neither, but it waits for one client only.");
    Ok(())
}

fn measure(model: &'static str, naps: bool) -> io::Result<Cost> {
    let mut server = Server::spawn(model, Setup::default())?;
    let mut client = TcpStream::connect_timeout(&server.addr(), PATIENCE)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_nodelay(true)?;
    // An answer shows that the client was accepted, and that the server is at its work.
    round_trip(&mut client)?;

    let (began, before) = (Instant::now(), server.cpu()?);
    // Not a synchronisation: the window itself.
    thread::sleep(IDLE_WINDOW);
    let used = server.cpu()?.saturating_sub(before);
    let idle = used.as_secs_f64() / began.elapsed().as_secs_f64();

    let mut times = |pauses: &mut dyn Iterator<Item = Duration>| {
        let times = pauses.map(|pause| {
            thread::sleep(pause);
            round_trip(&mut client)
        });
        let mut times = times.collect::<io::Result<Vec<Duration>>>()?;
        times.sort_unstable();
        io::Result::Ok(times)
    };
    let conversation = times(&mut std::iter::repeat_n(THINKING, MESSAGES))?;
    let mut silences = || times(&mut SILENCES_MS.into_iter().map(Duration::from_millis));
    let mut after_silence = silences()?;
    for _ in 1..ATTEMPTS {
        if naps && longest(&after_silence) <= NAP / 5 {
            after_silence = silences()?;
        }
    }
    drop(client);
    server.stop()?;
    Ok(Cost { model, idle, conversation, after_silence })
}

/// Sends a byte and takes it back.
fn round_trip(client: &mut TcpStream) -> io::Result<Duration> {
    let began = Instant::now();
    client.write_all(b"?")?;
    client.read_exact(&mut [0])?;
    Ok(began.elapsed())
}

fn longest(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() - 1]
}

fn quartile(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 4]
}

fn median(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
