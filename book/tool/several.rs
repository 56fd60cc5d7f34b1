//! Several runs at a time, where most of what they do is to wait.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, bail};

/// What `run` makes of each of the items, in their order, at most `at_once` of them at a time.
///
/// # Errors
///
/// The first that a run fails with, in the same order; all others are run, too.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    at_once: usize,
    run: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return made };
            made.push((index, run(item)));
        }
    };
    let made = thread::scope(|scope| {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(work)).collect();
        let made = workers.into_iter().map(thread::ScopedJoinHandle::join);
        made.collect::<Result<Vec<_>, _>>().or_else(|_| bail!("a run panicked"))
    })?;
    let mut made: Vec<_> = made.into_iter().flatten().collect();
    made.sort_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_back_is_in_order_and_the_first_error_is_told() {
        let items: Vec<usize> = (0..20).collect();
        for at_once in [1, 3, 40] {
            let doubled = map(&items, at_once, |item| Ok(item * 2)).expect("no error");
            assert!(doubled.into_iter().eq((0..20).map(|item| item * 2)));
            let ran = AtomicUsize::new(0);
            let failed = map(&items, at_once, |item| {
                ran.fetch_add(1, Ordering::Relaxed);
                anyhow::ensure!(item % 7 != 5, "{item}");
                Ok(())
            });
            assert_eq!(failed.expect_err("one fails").to_string(), "5");
            assert_eq!(ran.into_inner(), items.len(), "{at_once} at a time");
        }
    }
}
