//! What the tests of this chapter's parts share.

use std::future::Future;
use std::time::Duration;

use ch04_async::{Runtime, sleep, timeout};

/// No test takes as long. One that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs `test` on a runtime of its own.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(timeout(PATIENCE, test)).expect("an end")
}

/// Waits until `condition` holds, and lets everybody else go on.
#[allow(dead_code, reason = "not every test waits for a condition")]
pub(crate) async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        sleep(Duration::from_millis(1)).await;
    }
}
