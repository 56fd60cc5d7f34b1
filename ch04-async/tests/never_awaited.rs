//! A future that is made and never awaited does nothing. The compiler says so, for each of ours.
//!
//! What it says changes from one compiler to the next; the name of its lint does not. So each line
//! that forgets a future *expects* the lint, and where none comes, this file does not compile.

#![deny(unfulfilled_lint_expectations)]

use std::net::TcpStream;
use std::time::Duration;

use ch04_async::{Async, sleep, timeout, yield_now};

/// Never called: it is for the compiler to look at.
async fn forgets(stream: Async<TcpStream>) {
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    sleep(Duration::from_secs(1));
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    timeout(Duration::from_secs(1), async {});
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    yield_now();
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    stream.recv();
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    stream.send_all(b"never sent");
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    ch04_async::time::interval(Duration::from_secs(1));
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    ch04_async::task::Builder::new().name("never spawned");
    #[expect(unused_must_use, reason = "forgotten on purpose")]
    forgotten();
}

#[expect(clippy::unused_async, reason = "as short as can be")]
async fn forgotten() {}

#[test]
fn each_future_that_is_never_awaited_is_a_warning() {
    // It was, or this would not have been compiled.
    let _ = forgets;
}
