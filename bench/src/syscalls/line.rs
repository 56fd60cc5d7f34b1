//! A line of strace(1), with `-f -o`: `PID call(arguments) = result`.
//!
//! While one thread is in a call another may have its own printed; then the first one's line is cut,
//! `call(arguments <unfinished ...>`, and goes on later, `<... call resumed>arguments) = result`.

/// A thread has come back from a call, or leaves by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call<'a> {
    pub(super) thread: u32,
    pub(super) name: &'a str,
    /// What it returned: a number, or `-1` and an error, or `?`.
    pub(super) result: &'a str,
}

/// What a call brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something, be it an error.
    Done,
    /// Nothing: it was too early (EAGAIN), time was over (ETIMEDOUT, or a wait's 0), or the call is
    /// there to pass time.
    InVain,
    /// It was cut by a signal, which here is our SIGSTOP, and the server makes it again.
    Cut,
    /// It was cut in the same way, and the kernel goes on with it under the name of [`RESTART`].
    Suspended,
}

/// What the kernel calls a call that it takes up again (restart_syscall(2)).
pub(super) const RESTART: &str = "restart_syscall";

/// Waits that return how many are ready: 0 is none.
const WAITS: [&str; 7] =
    ["epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6"];

/// Calls that are made to pass time.
const NAPS: [&str; 3] = ["nanosleep", "clock_nanosleep", "sched_yield"];

/// The call that ended with `line`, if one did.
pub(super) fn ended(line: &str) -> Option<Call<'_>> {
    let (thread, rest) = thread_of(line)?;
    let (name, result) = match rest.strip_prefix("<... ") {
        Some(resumed) => (resumed.split_once(" resumed>")?.0, rest.rsplit_once(" = ")?.1),
        None => (rest.split_once('(')?.0, rest.rsplit_once(" = ")?.1),
    };
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if name.is_empty() || !is_name(name) || rest.ends_with("<unfinished ...>") {
        return None;
    }
    Some(Call { thread, name, result: result.trim() })
}

/// What the call of this name brought with this result.
pub(super) fn outcome(name: &str, result: &str) -> Outcome {
    if result.starts_with("? ERESTART_RESTARTBLOCK") {
        return Outcome::Suspended;
    }
    if result.starts_with("? ERESTART") || result.starts_with("-1 EINTR") {
        return Outcome::Cut;
    }
    let nothing = result.starts_with("-1 EAGAIN") || result.starts_with("-1 ETIMEDOUT");
    // `0`, or `0 (Timeout)`.
    let none = WAITS.contains(&name) && result.split(' ').next() == Some("0");
    if nothing || none || NAPS.contains(&name) { Outcome::InVain } else { Outcome::Done }
}

/// Whether `line` is where a thread begins to write `text` to standard output, and which thread.
pub(super) fn says(line: &str, text: &str) -> Option<u32> {
    let (thread, rest) = thread_of(line)?;
    rest.strip_prefix("write(1, \"")?.starts_with(text).then_some(thread)
}

fn thread_of(line: &str) -> Option<(u32, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    Some((thread.parse().ok()?, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<(&str, Outcome)> {
        ended(line).map(|call| (call.name, outcome(call.name, call.result)))
    }

    #[test]
    fn a_call_ends_on_its_line_or_where_it_is_resumed() {
        assert_eq!(of("12 read(5, \"abc\"..., 16384) = 64"), Some(("read", Outcome::Done)));
        assert_eq!(of("12 read(5,  <unfinished ...>"), None);
        assert_eq!(of("12 <... read resumed>\"a = b\", 9) = 5"), Some(("read", Outcome::Done)));
        assert_eq!(of("12 exit_group(0)       = ?"), Some(("exit_group", Outcome::Done)));
        assert_eq!(ended("7    close(5) = 0").map(|call| call.thread), Some(7));
    }

    #[test]
    fn what_brings_nothing_is_in_vain() {
        for line in [
            "12 read(5, 0x7f, 16384) = -1 EAGAIN (Resource temporarily unavailable)",
            "12 <... futex resumed>) = -1 ETIMEDOUT (Connection timed out)",
            "12 epoll_wait(4, [], 1024, 20) = 0",
            "12 poll([{fd=3, events=POLLIN}], 1, 5) = 0 (Timeout)",
            "12 sched_yield() = 0",
        ] {
            assert_eq!(of(line).map(|(_, outcome)| outcome), Some(Outcome::InVain), "{line}");
        }
        let write = "12 write(5, \"\", 0) = 0";
        assert_eq!(of(write), Some(("write", Outcome::Done)), "only of a wait 0 is nothing");
    }

    #[test]
    fn what_a_signal_cuts_is_told_apart_by_who_goes_on_with_it() {
        let kernel = "12 poll([{fd=3}], 1, 5000) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)";
        assert_eq!(of(kernel), Some(("poll", Outcome::Suspended)));
        let again = "12 read(4, 0x5, 9) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)";
        assert_eq!(of(again), Some(("read", Outcome::Cut)));
        let wait = "12 epoll_wait(4, 0x5, 1024, -1) = -1 EINTR (Interrupted system call)";
        assert_eq!(of(wait), Some(("epoll_wait", Outcome::Cut)));
        let on = "12 restart_syscall(<... resuming interrupted poll ...>) = 1";
        assert_eq!(of(on).map(|(name, _)| name), Some(RESTART));
    }

    #[test]
    fn what_is_no_call_is_none() {
        for line in ["", "strace: ptrace: not permitted", "12 +++ exited with 0 +++"] {
            assert_eq!(ended(line), None, "{line}");
        }
        assert_eq!(ended("12 --- stopped by SIGSTOP ---"), None);
    }

    #[test]
    fn a_mark_is_found_by_its_text() {
        assert_eq!(says("12 write(1, \"cpu 123\\n\", 8) = 8", "cpu "), Some(12));
        assert_eq!(says("12 write(1, \"cpu 123\\n\", 8 <unfinished ...>", "cpu "), Some(12));
        assert_eq!(says("12 write(5, \"cpu 123\\n\", 8) = 8", "cpu "), None);
    }
}
