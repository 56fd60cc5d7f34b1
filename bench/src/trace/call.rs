//! A line of strace(1) with `-f -ttt -T`: `PID SECONDS call(arguments) = result <SECONDS>`.
//!
//! While one thread is in a call another one may come to its own; then the first one's line is cut,
//! `call(arguments <unfinished ...>`, and goes on later, `<... call resumed>arguments) = result <…>`.

use std::collections::HashMap;

use anyhow::{Context, Result};

/// A system call, from the moment a thread went into it until it came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) thread: u32,
    pub(super) name: String,
    pub(super) arguments: String,
    /// What it returned: a number, or `-1` and an error, or `?`.
    pub(super) result: String,
    /// Time of day in microseconds.
    pub(super) from_us: i64,
    /// The same; that of the last line for a call that never came back.
    pub(super) to_us: i64,
}

impl Call {
    /// The number that it returned; negative for an error, none for a call that never came back.
    pub(super) fn returned(&self) -> Option<i64> {
        self.result.split([' ', '<']).next()?.parse().ok()
    }

    /// Its first argument, where that is a descriptor.
    pub(super) fn descriptor(&self) -> Option<i32> {
        self.arguments.split([',', ')']).next()?.trim().parse().ok()
    }
}

/// All calls of a trace, in the order in which they began.
pub(super) fn parse(trace: &str) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    let mut open: HashMap<u32, Call> = HashMap::new();
    let mut last_us = 0;
    for line in trace.lines() {
        let Some((thread, at_us, rest)) = head(line) else { continue };
        last_us = at_us;
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let Some(mut call) = open.remove(&thread) else { continue };
            let (_, rest) = resumed.split_once(" resumed>").context("a resumed call")?;
            let (arguments, result) = rest.rsplit_once(" = ").unwrap_or((rest, "?"));
            call.arguments.push_str(arguments.trim_end().trim_end_matches(')'));
            call.result = String::from(without_time(result).0);
            call.to_us = at_us;
            calls.push(call);
            continue;
        }
        // Exits and signals, `+++` and `---`, are no calls.
        let Some((name, rest)) = rest.split_once('(') else { continue };
        let call = |arguments: &str, result: &str, to_us| Call {
            thread,
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            result: result.to_owned(),
            from_us: at_us,
            to_us,
        };
        if let Some(arguments) = rest.strip_suffix("<unfinished ...>") {
            open.insert(thread, call(arguments, "?", at_us));
        } else if let Some((arguments, result)) = rest.rsplit_once(" = ") {
            let (result, took_us) = without_time(result);
            let arguments = arguments.trim_end().trim_end_matches(')');
            calls.push(call(arguments, result, at_us + took_us));
        }
    }
    // Threads that were in a call when the process ended.
    calls.extend(open.into_values().map(|call| Call { to_us: last_us, ..call }));
    calls.sort_by_key(|call| (call.from_us, call.thread));
    Ok(calls)
}

fn head(line: &str) -> Option<(u32, i64, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (time, rest) = rest.trim_start().split_once(' ')?;
    Some((thread.parse().ok()?, micros(time)?, rest.trim_start()))
}

/// `1764043000.123456` in microseconds.
fn micros(seconds: &str) -> Option<i64> {
    let (whole, part) = seconds.split_once('.')?;
    let part: i64 = format!("{part:0<6}").get(..6)?.parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 1_000_000 + part)
}

/// A result, and how long the call took, which -T puts behind it.
fn without_time(result: &str) -> (&str, i64) {
    match result.rsplit_once(" <") {
        Some((result, time)) => (result, micros(time.trim_end_matches('>')).unwrap_or(0)),
        None => (result, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_lasts_from_its_line_for_the_time_behind_it_or_until_it_is_resumed() {
        let calls = parse(
            "7 10.000100 recvfrom(9, \"a = b\", 16, 0, NULL, NULL) = 5 <0.000020>\n\
             7 10.000200 poll([{fd=3, events=POLLIN}], 1, -1 <unfinished ...>\n\
             8 10.000300 close(4)              = 0 <0.000001>\n\
             7 10.000900 <... poll resumed>)   = 1 ([{fd=3, revents=POLLIN}]) <0.000700>\n\
             8 10.001000 exit_group(0)         = ?\n",
        )
        .expect("a trace");
        let seen: Vec<_> = calls
            .iter()
            .map(|c| (c.name.as_str(), c.from_us, c.to_us, c.returned(), c.descriptor()))
            .collect();
        assert_eq!(
            seen,
            [
                ("recvfrom", 10_000_100, 10_000_120, Some(5), Some(9)),
                ("poll", 10_000_200, 10_000_900, Some(1), None),
                ("close", 10_000_300, 10_000_301, Some(0), Some(4)),
                ("exit_group", 10_001_000, 10_001_000, None, Some(0)),
            ]
        );
        assert_eq!(calls[0].arguments, "9, \"a = b\", 16, 0, NULL, NULL");
    }

    #[test]
    fn a_call_that_never_came_back_ends_with_the_trace() {
        let calls =
            parse("7 1.5 futex(0x1, FUTEX_WAIT, 2, NULL <unfinished ...>\n8 2.0 x() = 0 <0.0>\n");
        let calls = calls.expect("a trace");
        assert_eq!((calls[0].to_us, calls[0].returned()), (2_000_000, None));
    }

    #[test]
    fn an_error_is_a_negative_number() {
        let calls = parse("7 1.0 accept4(3, 0x7f, [128], 0) = -1 EAGAIN (Resource …) <0.000010>\n");
        assert_eq!(calls.expect("a trace")[0].returned(), Some(-1));
    }
}
