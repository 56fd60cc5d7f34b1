//! Everything that happens to two tasks: `cargo run -p ch04-async --example events`.
//!
//! The same of any program of this chapter that runs on our runtime, as it happens:
//! `LEARNING_TO_WAIT_EVENTS=/dev/stderr`.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::events::Event;
use ch04_async::sync::Event as Bell;
use ch04_async::{Clock, Runtime, sleep, spawn};

fn main() -> io::Result<()> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let see = Rc::clone(&seen);
    let watch = move |event: &Event| see.borrow_mut().push(event.to_string());
    // On a clock that jumps, so that it is the same each time.
    let runtime = Runtime::builder().clock(Clock::paused()).on_event(watch).build()?;
    runtime.block_on(async {
        let bell = Rc::new(Bell::new());
        let rings = Rc::clone(&bell);
        let child = spawn(async move {
            sleep(Duration::from_secs(1)).await;
            rings.set();
            sleep(Duration::from_secs(1)).await;
        });
        bell.wait().await;
        child.await.expect("no panic");
    });
    for line in seen.borrow().iter() {
        println!("{line}");
    }
    assert_eq!(seen.borrow().iter().filter(|line| *line == "wake 2").count(), 2, "two timers");
    assert!(seen.borrow().contains(&"wake 1 by 2".to_owned()), "the bell");
    Ok(())
}
