//! Callbacks in their order: soon, later, never, and from another thread.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ch03_selectors::event_loop::EventLoop;

fn main() -> Result<(), Box<dyn Error>> {
    hello()?;
    in_order()?;
    the_date()?;
    from_another_thread()
}

fn hello() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    event_loop.call_soon(|event_loop| {
        println!("hello");
        event_loop.stop();
    });
    event_loop.run_forever()?;
    Ok(())
}

/// Who is called when? The names are in the order in which they were asked for.
fn in_order() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    let called = Rc::new(RefCell::new(Vec::new()));
    let call = |name: &'static str| {
        let called = Rc::clone(&called);
        move |_: &EventLoop| called.borrow_mut().push(name)
    };
    let millis = Duration::from_millis;

    let cancelled = event_loop.call_later(millis(5), call("cancelled"));
    event_loop.call_later(millis(30), call("after 30 ms"));
    event_loop.call_later(millis(10), call("after 10 ms"));
    let nested = call("soon, from a callback");
    event_loop.call_soon(move |event_loop| drop(event_loop.call_soon(nested)));
    event_loop.call_soon(call("soon"));
    let (promise, done) = event_loop.deferred();
    event_loop.call_later(millis(40), move |_| promise.keep("the result"));
    cancelled.cancel();

    let result = event_loop.run_until_complete(&done)?;
    println!("{}; then {result}", called.borrow().join(", "));
    assert_eq!(*called.borrow(), ["soon", "soon, from a callback", "after 10 ms", "after 30 ms"]);
    Ok(())
}

/// A callback that asks for itself again is how one repeats something. A real clock would do this
/// each second; this one has little time.
fn the_date() -> Result<(), Box<dyn Error>> {
    const TICK: Duration = Duration::from_millis(100);
    fn tick(event_loop: &EventLoop, due: Instant, ticks: Rc<Cell<u32>>) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        println!("  {}.{} seconds since 1970", since.as_secs(), since.subsec_millis() / 100);
        ticks.set(ticks.get() + 1);
        if ticks.get() == 3 {
            return event_loop.stop();
        }
        // From when it was due, and not from now: else each tick would be late by all before it.
        let next = due + TICK;
        event_loop.call_at(next, move |event_loop| tick(event_loop, next, ticks));
    }
    println!("the date, three times:");
    let event_loop = EventLoop::new()?;
    let (began, ticks) = (event_loop.time(), Rc::new(Cell::new(0)));
    let counted = Rc::clone(&ticks);
    event_loop.call_soon(move |event_loop| tick(event_loop, began, counted));
    event_loop.run_forever()?;
    assert_eq!(ticks.get(), 3);
    assert!(began.elapsed() >= 2 * TICK, "no tick is early");
    Ok(())
}

/// A loop belongs to its thread. Others send it what is to be called there, and wake it by that.
fn from_another_thread() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    let remote = event_loop.remote();
    let home = thread::current().id();
    let worker = thread::spawn(move || {
        let sum: u64 = (1..=1_000_000).sum();
        remote.call_soon_threadsafe(move |event_loop| {
            println!("a thread has counted to {sum}, and the loop prints it");
            assert_eq!((sum, thread::current().id()), (500_000_500_000, home));
            event_loop.stop();
        })
    });
    event_loop.run_forever()?;
    worker.join().map_err(|_| "the worker panicked")??;
    Ok(())
}
