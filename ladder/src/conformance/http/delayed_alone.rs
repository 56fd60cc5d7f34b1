//! An answer that takes its time keeps nobody waiting but the one who asked for it, and whoever
//! asked for something behind it on the same connection (RFC 9112, section 9.3.2).

use std::time::{Duration, Instant};

use super::super::case::{Case, Verdict, Within, ensure};
use super::{GET, HELLO, bare, has_status, is_ok};

/// The longest delay that the application takes.
const LONG_MS: u64 = 10_000;

/// A stranger's wish for a delay must be bounded, and be a number.
const NO_DELAYS: [&str; 7] = [
    "/delay/10001",
    "/delay/18446744073709551615",
    "/delay/18446744073709551616",
    "/delay/-1",
    "/delay/a",
    "/delay/",
    "/delay/1/",
];

/// Beside which others are served; a server that serves one after the other is through with all of
/// them only after it.
const EXCHANGES: usize = 20;

/// So many at once take hardly longer than one of them; one after the other, twenty seconds.
const TOGETHER: usize = 40;
const TOGETHER_MS: u64 = 500;
const TOGETHER_MAX: Duration = Duration::from_secs(10);

/// Short, and long enough to be seen.
const SHORT: Duration = Duration::from_millis(200);

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    for path in ["/delay/0", "/delay/1"] {
        has_status(&client.request(&bare("GET", path)).within(path)?, 200).within(path)?;
    }
    for path in NO_DELAYS {
        let response = client.request(&bare("GET", path)).within(path)?;
        // Too long, or no number, or no such path: servers say it in one way or the other.
        ensure(matches!(response.status, 400 | 404), || {
            format!("{path}: expected a 400 or 404, got {response}")
        })?;
    }

    // In order, and not early.
    let began = Instant::now();
    let delayed = bare("GET", &format!("/delay/{}", SHORT.as_millis()));
    let response = client.request(&[&delayed, GET].concat()).within("an answer that is delayed")?;
    let took = began.elapsed();
    has_status(&response, 200)?;
    ensure(took >= SHORT, || format!("{took:?} is too early for a delay of {SHORT:?}"))?;
    let behind = "the answer behind one that is delayed";
    is_ok(&client.next_response(false).within(behind)?, HELLO).within(behind)?;

    if case.at_once() > 1 {
        let mut waits = case.connect(&server)?;
        waits.send(&bare("GET", &format!("/delay/{LONG_MS}")))?;
        for _ in 0..EXCHANGES {
            client.exchange(b"beside").within("beside one who waits")?;
        }
        waits.stays_silent(Duration::ZERO).within("others were served after one who waits")?;
        waits.reset()?;
    }
    if case.at_once() > TOGETHER {
        let mut clients = case.held(&server, TOGETHER)?;
        let began = Instant::now();
        for client in &mut clients {
            client.send(&bare("GET", &format!("/delay/{TOGETHER_MS}")))?;
        }
        for client in &mut clients {
            has_status(&client.next_response(false).within("one of many who wait")?, 200)?;
        }
        let took = began.elapsed();
        ensure(took < TOGETHER_MAX, || {
            format!("{TOGETHER} delays of {TOGETHER_MS} ms took {took:?}: one after the other")
        })?;
    }
    case.serves_another(&server, "after those who waited")
}
