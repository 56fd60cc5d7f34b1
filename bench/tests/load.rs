//! The generator against servers of this process, right and wrong ones.

use bench::load::{Fault, Load, OpenSample, STALL_AFTER, Sample, Schedule};
use bench::script::{Ask, Script};
use ladder::Protocol;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

const SCRIPT: Script =
    Script { protocol: Protocol::Echo, ask: Ask::Echo, depth: 1, message_bytes: 64 };

/// Two clients of a server of this process, in which each has a thread of `serve`.
fn connected(serve: fn(TcpStream) -> io::Result<()>) -> Result<Load, Fault> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let addr = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for stream in listener.incoming().take(2).flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    let mut load = Load::new(SCRIPT).expect("a selector");
    load.connect(addr, 2)?;
    Ok(load)
}

/// Lets them exchange messages for a moment.
fn against(serve: fn(TcpStream) -> io::Result<()>) -> Result<Sample, Fault> {
    connected(serve)?.run(Duration::from_millis(20))
}

/// Lets each exchange a hundred messages, however long that takes.
fn a_hundred_times(serve: fn(TcpStream) -> io::Result<()>) -> Result<(), Fault> {
    let mut load = connected(serve)?;
    (0..100).try_for_each(|_| load.round_trip())
}

fn echo(mut stream: TcpStream, mut change: impl FnMut(&mut [u8])) -> io::Result<()> {
    let mut message = [0; 64];
    loop {
        stream.read_exact(&mut message)?;
        change(&mut message);
        stream.write_all(&message)?;
    }
}

#[test]
fn what_comes_back_is_counted_and_timed() {
    let sample = against(|stream| echo(stream, |_| ())).expect("nothing is wrong");
    assert!(sample.messages >= 2 && sample.messages == sample.latency.len());
    assert!(sample.wall >= Duration::from_millis(20));
    assert!(sample.cpu <= sample.wall + Duration::from_millis(1), "one thread");
    let longest = Duration::from_nanos(sample.latency.max());
    assert!(longest <= sample.wall * 2, "{longest:?}");
}

#[test]
fn an_answer_in_single_bytes_is_an_answer() {
    let serve = |mut stream: TcpStream| {
        stream.set_nodelay(true)?;
        let mut message = [0; 64];
        loop {
            stream.read_exact(&mut message)?;
            message.iter().try_for_each(|byte| stream.write_all(&[*byte]))?;
        }
    };
    assert!(against(serve).expect("whole and right").messages >= 2);
}

#[test]
fn a_flipped_bit_late_in_the_run_is_found() {
    let serve = |stream| {
        let mut left = 20;
        echo(stream, move |message| {
            left -= 1;
            message[63] ^= u8::from(left == 0);
        })
    };
    let fault = a_hundred_times(serve).expect_err("one byte is wrong").to_string();
    assert!(fault.contains("byte 63 of 64 came back as"), "{fault}");
}

#[test]
fn the_message_before_is_not_taken_for_an_answer() {
    let serve = |stream| {
        let mut before = [0; 64];
        let mut sent = 0;
        echo(stream, move |message| {
            let now: [u8; 64] = message.try_into().unwrap_or(before);
            sent += 1;
            if sent == 5 {
                message.copy_from_slice(&before);
            }
            before = now;
        })
    };
    let fault = a_hundred_times(serve).expect_err("a stale message").to_string();
    assert!(fault.contains("byte 0 of 64 came back as"), "{fault}");
}

#[test]
fn a_closed_connection_is_found_at_once() {
    let serve = |mut stream: TcpStream| stream.read_exact(&mut [0; 64]);
    let fault = against(serve).expect_err("closed").to_string();
    assert!(fault.contains("closed by the server after 0 bytes"), "{fault}");
}

#[test]
fn a_forgotten_client_is_found_in_time() {
    let start = Instant::now();
    let serve = |mut stream: TcpStream| {
        let mut message = [0; 64];
        stream.read_exact(&mut message)?;
        stream.write_all(&message[..63])?;
        stream.read_exact(&mut message)
    };
    let fault = against(serve).expect_err("a byte is missing").to_string();
    assert!(fault.contains("no answer in 5s, 63 bytes of it came"), "{fault}");
    assert!(start.elapsed() < STALL_AFTER * 4);
}

/// Runs two clients against a server of this process, at `per_second` messages for `time`.
fn due(
    per_second: u32,
    time: Duration,
    serve: fn(TcpStream) -> io::Result<()>,
) -> Result<OpenSample, Fault> {
    let mut load = connected(serve)?;
    load.run_open(Schedule::new(per_second), time)
}

#[test]
fn as_many_messages_as_are_due_are_sent_and_no_more() {
    let open = due(1000, Duration::from_millis(50), |stream| echo(stream, |_| ())).expect("right");
    assert_eq!(open.due, 50);
    assert_eq!(open.closed.messages + open.unsent, 50);
    assert_eq!(open.response.len(), 50, "those that were never sent have waited, too");
    assert_eq!(open.lag.len(), open.closed.messages);
    assert!(open.idle <= open.closed.wall);
}

#[test]
fn a_message_that_waits_for_its_turn_counts_from_when_it_was_due() {
    // Each answer takes 20 ms, so of two clients 100 a second can be served, and 1000 are due.
    let slow = |stream| echo(stream, |_| thread::sleep(Duration::from_millis(20)));
    let open = due(1000, Duration::from_millis(200), slow).expect("right, if late");
    assert_eq!(open.due, 200);
    assert!(open.unsent > 100, "{} of 200 were not sent", open.unsent);
    assert_eq!(open.closed.messages + open.unsent, 200);
    assert_eq!(open.response.len(), 200);
    // The last ones wait for the whole run, the first ones for nothing: half of them for about half.
    let median = Duration::from_nanos(open.response.value_at_quantile(0.5));
    assert!(median > Duration::from_millis(50), "{median:?} from when they were due");
    assert!(open.response.max() >= open.closed.latency.max());
}
