//! What the loop promises of its callbacks, timers, stop, and faults. Time jumps here.

mod jump;

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use ch03_selectors::event_loop::{EventLoop, Fault, Handle, REMOTE_CALLS_MAX, RunError};

const HOUR: Duration = Duration::from_secs(3600);

/// What happened, in order.
#[derive(Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    /// A callback that writes `what`.
    fn note(&self, what: impl Debug + 'static) -> impl FnOnce(&EventLoop) + 'static {
        let log = Rc::clone(&self.0);
        move |_| log.borrow_mut().push(format!("{what:?}"))
    }

    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

fn run(event_loop: &EventLoop) {
    event_loop.run_forever().expect("the selector works");
}

#[test]
fn callbacks_run_in_order_and_what_they_ask_for_runs_in_the_next_iteration() {
    let (event_loop, _) = jump::event_loop();
    let log = Log::default();
    let inner = log.note('i');
    event_loop.call_soon(move |event_loop| drop(event_loop.call_soon(inner)));
    event_loop.call_soon(log.note('a'));
    event_loop.call_soon(EventLoop::stop);
    event_loop.call_soon(log.note('b'));
    run(&event_loop);
    assert_eq!(log.take(), ["'a'", "'b'"], "stop lets the iteration end, and begins no other");
    event_loop.call_soon(EventLoop::stop);
    run(&event_loop);
    assert_eq!(log.take(), ["'i'"], "what was left runs when the loop is run again");
}

#[test]
fn a_stop_before_the_run_is_one_iteration_that_does_not_wait() {
    let (event_loop, now) = jump::event_loop();
    let log = Log::default();
    event_loop.call_later(HOUR, log.note("later"));
    event_loop.call_soon(log.note("soon"));
    event_loop.stop();
    let began = now.get();
    run(&event_loop);
    assert_eq!((log.take(), now.get()), (vec!["\"soon\"".to_owned()], began));
}

#[test]
fn a_chain_of_callbacks_without_end_starves_neither_timers_nor_readers() {
    fn again(event_loop: &EventLoop) {
        event_loop.call_soon(again);
    }
    let event_loop = EventLoop::new().expect("a loop");
    event_loop.call_soon(again);
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    std::io::Write::write_all(&mut writer, b"x").expect("room");
    let reader = Rc::new(reader);
    event_loop
        .add_reader(&reader, move |event_loop| {
            event_loop.call_later(Duration::from_millis(1), EventLoop::stop);
        })
        .expect("watched");
    run(&event_loop);
}

#[test]
fn a_handle_that_is_cancelled_in_the_iteration_of_its_call_is_not_called() {
    let (event_loop, _) = jump::event_loop();
    let log = Log::default();
    let slot: Rc<Cell<Option<Handle>>> = Rc::default();
    let victim = Rc::clone(&slot);
    event_loop.call_soon(move |_| victim.take().expect("set").cancel());
    slot.set(Some(event_loop.call_soon(log.note("never"))));
    let late = event_loop.call_later(HOUR, log.note("nor this"));
    event_loop.call_later(HOUR / 2, move |_| late.cancel());
    event_loop.call_later(2 * HOUR, EventLoop::stop);
    run(&event_loop);
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn a_cancelled_callback_lets_go_at_once_of_what_it_holds() {
    let (event_loop, _) = jump::event_loop();
    let held = Rc::new(());
    let holds = Rc::clone(&held);
    let handle = event_loop.call_later(HOUR, move |_| drop(holds));
    assert_eq!(Rc::strong_count(&held), 2);
    handle.cancel();
    handle.cancel();
    assert_eq!((Rc::strong_count(&held), handle.is_cancelled()), (1, true));
}

#[test]
fn timers_run_by_deadline_and_equal_ones_by_age() {
    let (event_loop, now) = jump::event_loop();
    let (log, start) = (Log::default(), now.get());
    for number in 0..8 {
        event_loop.call_at(start + HOUR, log.note(number));
    }
    event_loop.call_at(start + HOUR / 2, log.note("half"));
    event_loop.call_at(start + 2 * HOUR, EventLoop::stop);
    run(&event_loop);
    assert_eq!(log.take(), ["\"half\"", "0", "1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(now.get(), start + 2 * HOUR, "no wait was longer or shorter than asked");
}

#[test]
fn timers_of_zero_of_the_past_and_of_the_end_of_time() {
    let (event_loop, now) = jump::event_loop();
    let (log, start) = (Log::default(), now.get());
    let never = event_loop.call_later(Duration::MAX, log.note("never"));
    event_loop.call_later(Duration::ZERO, log.note("zero"));
    if let Some(past) = start.checked_sub(Duration::from_secs(1)) {
        event_loop.call_at(past, log.note("past"));
    }
    event_loop.call_soon(log.note("soon"));
    event_loop.call_later(HOUR, EventLoop::stop);
    run(&event_loop);
    // What is ready comes before what is due, as in asyncio.
    assert_eq!(log.take(), ["\"soon\"", "\"past\"", "\"zero\""]);
    never.cancel();
}

#[test]
fn a_timer_for_now_made_by_a_timer_waits_for_the_next_iteration() {
    fn again(event_loop: &EventLoop) {
        event_loop.call_later(Duration::ZERO, again);
    }
    let (event_loop, _) = jump::event_loop();
    event_loop.call_later(Duration::ZERO, again);
    event_loop.stop();
    // It ends; a loop that took new timers into the same iteration would not.
    run(&event_loop);
}

#[test]
fn no_timer_is_early_on_the_real_clock() {
    let event_loop = EventLoop::new().expect("a loop");
    let early = Rc::new(Cell::new(0));
    for micros in (0..5000).step_by(37) {
        let (early, deadline) = (Rc::clone(&early), Instant::now() + Duration::from_micros(micros));
        event_loop.call_at(deadline, move |_| {
            early.set(early.get() + u32::from(Instant::now() < deadline));
        });
    }
    event_loop.call_later(Duration::from_millis(6), EventLoop::stop);
    run(&event_loop);
    assert_eq!(early.get(), 0);
}

#[test]
fn a_panic_reaches_the_handler_with_its_line_and_the_loop_goes_on() {
    let (event_loop, _) = jump::event_loop();
    let log = Log::default();
    let faults = Rc::clone(&log.0);
    event_loop.set_exception_handler(move |_, fault| {
        let Fault::Panic { message, made_at } = fault else { panic!("{fault}") };
        assert!(made_at.file().ends_with("tests/event_loop.rs"), "{made_at}");
        faults.borrow_mut().push(message.clone());
    });
    event_loop.call_soon(|_| panic!("one callback of many"));
    event_loop.call_soon(log.note("next"));
    event_loop.call_later(HOUR, |_| panic!("number {}", 2));
    event_loop.call_later(2 * HOUR, EventLoop::stop);
    run(&event_loop);
    assert_eq!(log.take(), ["one callback of many", "\"next\"", "number 2"]);
}

#[test]
fn a_panic_of_the_handler_itself_does_not_end_the_loop() {
    let (event_loop, _) = jump::event_loop();
    event_loop.set_exception_handler(|_, _| panic!("in the handler"));
    event_loop.call_soon(|_| panic!("in a callback"));
    let log = Log::default();
    event_loop.call_soon(log.note("next"));
    event_loop.stop();
    run(&event_loop);
    assert_eq!(log.take(), ["\"next\""]);
}

#[test]
fn a_slow_callback_is_named_and_a_quick_one_is_not() {
    let (event_loop, now) = jump::event_loop();
    let slow = Rc::new(Cell::new(Vec::new()));
    let told = Rc::clone(&slow);
    event_loop.set_exception_handler(move |_, fault| {
        if let Fault::Slow { took, made_at } = fault {
            told.set([told.take(), vec![(*took, made_at.line())]].concat());
        }
    });
    event_loop.set_slow_callback(Some(Duration::from_millis(100)));
    let (almost, exactly) = (Rc::clone(&now), now);
    event_loop.call_soon(move |_| almost.set(almost.get() + Duration::from_millis(99)));
    let line = line!() + 1;
    event_loop.call_soon(move |_| exactly.set(exactly.get() + Duration::from_millis(100)));
    event_loop.stop();
    run(&event_loop);
    assert_eq!(slow.take(), [(Duration::from_millis(100), line)]);
}

#[test]
fn a_result_is_waited_for_and_a_promise_that_is_dropped_is_heard_of() {
    let (event_loop, _) = jump::event_loop();
    let (promise, deferred) = event_loop.deferred();
    event_loop.call_later(HOUR, move |_| promise.keep(42));
    assert_eq!(event_loop.run_until_complete(&deferred).expect("kept"), 42);

    let (promise, deferred) = event_loop.deferred::<i32>();
    event_loop.call_later(HOUR, move |_| drop(promise));
    let error = event_loop.run_until_complete(&deferred).expect_err("dropped");
    assert!(matches!(error, RunError::Abandoned), "{error}");

    // A panic of whoever had promised is the same.
    event_loop.set_exception_handler(|_, _| ());
    let (promise, deferred) = event_loop.deferred::<i32>();
    event_loop.call_soon(move |_| panic!("with {promise:?}"));
    let error = event_loop.run_until_complete(&deferred).expect_err("dropped");
    assert!(matches!(error, RunError::Abandoned), "{error}");
}

#[test]
fn a_wait_that_was_stopped_is_taken_up_again_and_leaves_no_stop_behind() {
    let (event_loop, now) = jump::event_loop();
    let (promise, deferred) = event_loop.deferred();
    event_loop.call_soon(EventLoop::stop);
    let error = event_loop.run_until_complete(&deferred).expect_err("stopped");
    assert!(matches!(error, RunError::Stopped), "{error}");
    promise.keep("late");
    assert_eq!(event_loop.run_until_complete(&deferred).expect("kept"), "late");

    // Kept and stopped in one iteration.
    let (promise, deferred) = event_loop.deferred();
    event_loop.call_soon(move |_| promise.keep(()));
    event_loop.call_soon(EventLoop::stop);
    event_loop.run_until_complete(&deferred).expect("kept in time");
    let began = now.get();
    event_loop.call_later(HOUR, EventLoop::stop);
    run(&event_loop);
    assert_eq!(now.get(), began + HOUR, "the run ended by its own stop");
}

#[test]
fn a_callback_on_a_result_runs_once_whether_it_came_before_or_after() {
    let (event_loop, _) = jump::event_loop();
    let log = Log::default();
    for keep_first in [true, false] {
        let (promise, deferred) = event_loop.deferred();
        let note = log.note(keep_first);
        let callback = move |event_loop: &EventLoop, result: Result<_, _>| {
            assert_eq!(result, Ok('r'));
            note(event_loop);
        };
        if keep_first {
            promise.keep('r');
            deferred.then(callback);
        } else {
            deferred.then(callback);
            promise.keep('r');
        }
    }
    event_loop.stop();
    run(&event_loop);
    assert_eq!(log.take(), ["true", "false"]);
}

#[test]
fn to_run_a_running_loop_is_refused() {
    let (event_loop, _) = jump::event_loop();
    let message = Rc::new(Cell::new(String::new()));
    let told = Rc::clone(&message);
    event_loop.set_exception_handler(move |_, fault| told.set(fault.to_string()));
    event_loop.call_soon(|event_loop| drop(event_loop.run_forever()));
    event_loop.stop();
    run(&event_loop);
    assert!(message.take().ends_with("this loop is running already"));
    // And that did not make it think that it runs still, or no more.
    event_loop.stop();
    run(&event_loop);
}

#[test]
fn calls_from_threads_run_on_the_loop_in_order_and_wake_it() {
    let event_loop = EventLoop::new().expect("a loop");
    let home = thread::current().id();
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let remote = event_loop.remote();
            thread::spawn(move || {
                for call in 0..1000_u32 {
                    let check = move |event_loop: &EventLoop| {
                        assert_eq!(thread::current().id(), home);
                        COUNTS.with_borrow_mut(|counts| {
                            assert_eq!(counts[number], call, "in order");
                            counts[number] += 1;
                            if counts.iter().all(|count| *count == 1000) {
                                event_loop.stop();
                            }
                        });
                    };
                    remote.call_soon_threadsafe(check).expect("the loop is there");
                }
            })
        })
        .collect();
    event_loop.set_exception_handler(|_, fault| {
        eprintln!("{fault}");
        std::process::abort();
    });
    run(&event_loop);
    for thread in threads {
        thread.join().expect("no panic");
    }
    thread_local! {
        static COUNTS: RefCell<[u32; 4]> = const { RefCell::new([0; 4]) };
    }
}

#[test]
fn calls_to_a_loop_that_is_stuck_are_bounded_and_to_one_that_is_gone_an_error() {
    let event_loop = EventLoop::new().expect("a loop");
    let remote = event_loop.remote();
    for _ in 0..REMOTE_CALLS_MAX {
        remote.call_soon_threadsafe(|_| ()).expect("room");
    }
    let error = remote.call_soon_threadsafe(|_| ()).expect_err("full");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    event_loop.stop();
    run(&event_loop);
    remote.call_soon_threadsafe(|_| ()).expect("room again");
    drop(event_loop);
    let error = remote.call_soon_threadsafe(|_| ()).expect_err("gone");
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}

#[test]
fn a_dropped_loop_drops_every_callback_once_and_lets_them_use_what_is_left() {
    struct CallsOnDrop(Rc<Cell<u32>>, ch03_selectors::event_loop::Remote);
    impl Drop for CallsOnDrop {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            // Whatever it answers, it must not panic or wait.
            let _ = self.1.call_soon_threadsafe(|_| ());
        }
    }
    let event_loop = EventLoop::new().expect("a loop");
    let dropped = Rc::new(Cell::new(0));
    let guard = || CallsOnDrop(Rc::clone(&dropped), event_loop.remote());
    let (soon, later, reading) = (guard(), guard(), guard());
    event_loop.call_soon(move |_| drop(soon));
    event_loop.call_later(HOUR, move |_| drop(later));
    let (reader, _writer) = std::io::pipe().expect("a pipe");
    event_loop
        .add_reader(&Rc::new(reader), move |_| {
            let _ = &reading;
        })
        .expect("watched");
    drop(event_loop);
    assert_eq!(dropped.get(), 3);
}
