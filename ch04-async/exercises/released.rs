//! Released, whatever happens.
//!
//! A server counts its open connections. The task below counts its own up when it begins, and down when it is done. A
//! task that is aborted is dropped at an await: the line that counts down is never reached, and a connection that is
//! gone is counted for ever.
//!
//! Let the count go down on success, on an error, and when the task is aborted.
//!
//! Hint: what runs in all three cases is a destructor.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::{Runtime, sleep, spawn, yield_now};

type Open = Rc<Cell<i32>>;

// SOLUTION
/// Counted as long as it lives.
struct Counted(Open);

impl Counted {
    fn new(open: Open) -> Counted {
        open.set(open.get() + 1);
        Counted(open)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

async fn serve(open: Open, outcome: Result<Duration, &'static str>) -> Result<(), &'static str> {
    let _counted = Counted::new(open);
    sleep(outcome?).await;
    Ok(())
}
// START
// async fn serve(open: Open, outcome: Result<Duration, &'static str>) -> Result<(), &'static str> {
//     open.set(open.get() + 1);
//     sleep(outcome?).await;
//     open.set(open.get() - 1);
//     Ok(())
// }
// END

const AN_HOUR: Duration = Duration::from_secs(3600);

#[test]
fn the_count_goes_down_on_success_and_on_an_error() {
    let open = Open::default();
    let runtime = Runtime::new().expect("a runtime");
    assert_eq!(runtime.block_on(serve(Rc::clone(&open), Ok(Duration::ZERO))), Ok(()));
    assert_eq!(open.get(), 0, "after success");
    assert_eq!(runtime.block_on(serve(Rc::clone(&open), Err("a reset"))), Err("a reset"));
    assert_eq!(open.get(), 0, "after an error");
}

#[test]
fn the_count_goes_down_when_the_task_is_aborted() {
    let open = Open::default();
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let task = spawn(serve(Rc::clone(&open), Ok(AN_HOUR)));
        yield_now().await;
        assert_eq!(open.get(), 1, "it has begun");
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
        assert_eq!(open.get(), 0, "after the abort");
    });
}
