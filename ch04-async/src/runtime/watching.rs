//! What the loop does around a poll when somebody watches.

use std::time::Instant;

use ch03_selectors::Token;

use super::Inner;
use crate::events::{Event, Watch};
use crate::ready;
use crate::task::TaskId;

/// Polls a task: with the time in hand in debug mode, and telling of what happens meanwhile.
#[cold]
pub(super) fn poll<R>(
    inner: &Inner,
    watch: &Watch,
    task: Token,
    poll: impl FnOnce() -> R,
    ended: impl FnOnce(&R) -> bool,
) -> R {
    // Who comes too late is not there any more.
    let number = inner.table.number_and_polls_of(task).map(|(number, _)| number);
    if let (Some(events), Some(task)) = (&watch.events, number) {
        events.tell(Event::Polled { task });
    }
    let before = ready::woken();
    let polled = timed(inner, watch, task, poll);
    tell_woken(inner, watch, before, number);
    if let (Some(events), Some(task)) = (&watch.events, number) {
        let ended = ended(&polled);
        events.tell(if ended { Event::Ended { task } } else { Event::Pending { task } });
    }
    polled
}

fn timed<R>(inner: &Inner, watch: &Watch, task: Token, poll: impl FnOnce() -> R) -> R {
    let Some(limit) = watch.slow_poll else { return poll() };
    let task = inner.table.info_of(task);
    let start = Instant::now();
    let polled = poll();
    let took = start.elapsed();
    if took >= limit
        && let Some(task) = task
    {
        inner.table.report_slow(task, took);
    }
    polled
}

/// Tells of those who are ready but for the first so many.
pub(super) fn tell_woken(inner: &Inner, watch: &Watch, before: usize, by: Option<TaskId>) {
    let Some(events) = &watch.events else { return };
    for token in ready::woken_after(before) {
        // One that has ended since has nothing more to do.
        let Some((task, polls)) = inner.table.number_and_polls_of(token) else { continue };
        let event = Event::Woken { task, by };
        events.tell(if polls == 0 { Event::Spawned { task, by } } else { event });
    }
}
