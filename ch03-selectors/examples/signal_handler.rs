//! SIGINT and SIGTERM as events of the loop.
//!
//! The callbacks run on the loop, between other callbacks, and so may do what a signal's handler
//! must not: allocate, lock, print, stop the loop. The program sends the signals to itself.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::event_loop::EventLoop;
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGINT, SIGTERM};

fn main() -> io::Result<()> {
    let event_loop = EventLoop::new()?;
    let came = Rc::new(RefCell::new(Vec::new()));

    let log = Rc::clone(&came);
    event_loop.add_signal_handler(SIGINT, move |_| {
        println!("SIGINT: once more, and by SIGTERM, if you mean it");
        log.borrow_mut().push("SIGINT");
    })?;
    let log = Rc::clone(&came);
    event_loop.add_signal_handler(SIGTERM, move |event_loop| {
        println!("SIGTERM: the loop stops when this iteration is over");
        log.borrow_mut().push("SIGTERM");
        event_loop.stop();
    })?;

    let send = |signal| move |_: &EventLoop| kill_process(getpid(), signal).expect("it is us");
    event_loop.call_later(Duration::from_millis(20), send(Signal::INT));
    event_loop.call_later(Duration::from_millis(40), send(Signal::TERM));
    println!("waiting");
    event_loop.run_forever()?;
    assert_eq!(*came.borrow(), ["SIGINT", "SIGTERM"]);

    // A hundred at once. What is pending is a bit for each kind, and no counter.
    came.borrow_mut().clear();
    for _ in 0..100 {
        kill_process(getpid(), Signal::INT)?;
    }
    kill_process(getpid(), Signal::TERM)?;
    event_loop.run_forever()?;
    let calls = came.borrow().iter().filter(|name| **name == "SIGINT").count();
    println!("a hundred SIGINT were {calls} call, or a few");
    assert!((1..100).contains(&calls));
    println!("stopped cleanly");
    Ok(())
}
