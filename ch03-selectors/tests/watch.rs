//! Readers, writers and signals of the loop, and what they do to each other.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::event_loop::{EventLoop, Fault};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::low_level::raise;

fn event_loop() -> EventLoop {
    EventLoop::new().expect("a loop")
}

fn run(event_loop: &EventLoop) {
    // A loop that has nothing to do would hang its test. This one fails it.
    let deadline = event_loop.call_later(Duration::from_secs(20), |_| {
        eprintln!("a loop waited for 20 s for what does not come");
        std::process::abort();
    });
    event_loop.run_forever().expect("the selector works");
    deadline.cancel();
}

fn pair() -> (Rc<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    ours.set_nonblocking(true).expect("non-blocking");
    (Rc::new(ours), theirs)
}

/// Runs as many iterations as callbacks that are ready could need.
fn settle(event_loop: &EventLoop) {
    for _ in 0..3 {
        event_loop.stop();
        run(event_loop);
    }
}

#[test]
fn a_reader_is_called_while_there_is_input_and_not_after_it_was_removed() {
    let event_loop = event_loop();
    let (ours, mut theirs) = pair();
    let calls = Rc::new(Cell::new(0));
    let (counted, reading) = (Rc::clone(&calls), Rc::clone(&ours));
    let reader = move |event_loop: &EventLoop| {
        counted.set(counted.get() + 1);
        let read = (&*reading).read(&mut [0; 2]).expect("input");
        assert_eq!(read, 2);
        if counted.get() == 3 {
            event_loop.stop();
        }
    };
    event_loop.add_reader(&ours, reader).expect("watched");
    theirs.write_all(b"abcdef").expect("room");
    run(&event_loop);
    assert_eq!(calls.get(), 3);
    assert!(event_loop.remove_reader(&*ours));
    assert!(!event_loop.remove_reader(&*ours), "it is gone already");
    theirs.write_all(b"gh").expect("room");
    settle(&event_loop);
    assert_eq!(calls.get(), 3);
    assert_eq!(Rc::strong_count(&ours), 1, "nobody else owns it any more");
}

#[test]
fn of_two_readers_that_remove_each_other_one_is_called() {
    for _ in 0..10 {
        let event_loop = event_loop();
        let ((one, mut peer_of_one), (two, mut peer_of_two)) = (pair(), pair());
        let calls = Rc::new(Cell::new(0));
        for (own, other) in [(&one, &two), (&two, &one)] {
            let (calls, other) = (Rc::clone(&calls), Rc::clone(other));
            let reader = move |event_loop: &EventLoop| {
                calls.set(calls.get() + 1);
                event_loop.remove_reader(&*other);
            };
            event_loop.add_reader(own, reader).expect("watched");
        }
        peer_of_one.write_all(b"x").expect("room");
        peer_of_two.write_all(b"x").expect("room");
        event_loop.stop();
        run(&event_loop);
        assert_eq!(calls.get(), 1, "both were ready in the same iteration");
    }
}

#[test]
fn a_new_reader_replaces_the_old_one_and_reader_and_writer_live_side_by_side() {
    let event_loop = event_loop();
    let (ours, mut theirs) = pair();
    let log = Rc::new(RefCell::new(String::new()));
    let note = |what: char| {
        let log = Rc::clone(&log);
        move |_: &EventLoop| log.borrow_mut().push(what)
    };
    let old = event_loop.add_reader(&ours, note('o')).expect("watched");
    event_loop.add_reader(&ours, note('n')).expect("replaced");
    event_loop.add_writer(&ours, note('w')).expect("watched");
    assert!(old.is_cancelled());
    theirs.write_all(b"x").expect("room");
    event_loop.stop();
    run(&event_loop);
    assert_eq!(log.take(), "nw");
    assert!(event_loop.remove_writer(&*ours));
    event_loop.stop();
    run(&event_loop);
    assert_eq!(log.take(), "n");
}

#[test]
fn a_reader_may_remove_itself_replace_itself_and_be_cancelled_by_its_handle() {
    let event_loop = event_loop();
    let (ours, mut theirs) = pair();
    theirs.write_all(b"x").expect("room");
    let calls = Rc::new(Cell::new(0));
    let (counted, own) = (Rc::clone(&calls), Rc::clone(&ours));
    event_loop
        .add_reader(&ours, move |event_loop| {
            let counted = Rc::clone(&counted);
            event_loop
                .add_reader(&own, move |_| counted.set(counted.get() + 1))
                .expect("replaced itself");
        })
        .expect("watched");
    settle(&event_loop);
    assert!(calls.get() > 0);
    let (before, own) = (calls.get(), Rc::clone(&ours));
    event_loop
        .add_reader(&ours, move |event_loop| {
            event_loop.remove_reader(&*own);
        })
        .expect("watched");
    settle(&event_loop);
    assert_eq!((calls.get(), Rc::strong_count(&ours)), (before, 1));
    let handle = event_loop.add_reader(&ours, |_| unreachable!("cancelled")).expect("watched");
    handle.cancel();
    settle(&event_loop);
    assert_eq!(Rc::strong_count(&ours), 1, "the first event took it out");
}

#[test]
fn a_reader_that_panics_is_taken_out_and_told_of_once() {
    let event_loop = event_loop();
    let (ours, mut theirs) = pair();
    let faults = Rc::new(Cell::new(0));
    let told = Rc::clone(&faults);
    event_loop.set_exception_handler(move |_, fault| {
        assert!(matches!(fault, Fault::Panic { .. }), "{fault}");
        told.set(told.get() + 1);
    });
    event_loop.add_reader(&ours, |_| panic!("each time there is input")).expect("watched");
    theirs.write_all(b"x").expect("room");
    settle(&event_loop);
    assert_eq!((faults.get(), Rc::strong_count(&ours)), (1, 1));
}

#[test]
fn a_watched_descriptor_stays_open_when_everybody_else_has_dropped_it() {
    let event_loop = event_loop();
    let (ours, mut theirs) = pair();
    event_loop.add_reader(&ours, EventLoop::stop).expect("watched");
    drop(ours);
    theirs.write_all(b"x").expect("somebody is there");
    run(&event_loop);
    drop(event_loop);
    assert_eq!(theirs.write(b"x").expect_err("gone").kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_regular_file_is_an_error_and_not_a_hang() {
    let event_loop = event_loop();
    let file: std::os::fd::OwnedFd = std::fs::File::open("Cargo.toml").expect("it is").into();
    let refused = event_loop.add_reader(&Rc::new(file), |_| ());
    assert_eq!(refused.is_err(), cfg!(any(target_os = "linux", target_os = "android")));
}

#[test]
fn many_signals_at_once_are_seen_and_each_kind_has_its_own_callback() {
    let event_loop = event_loop();
    let seen = Rc::new(RefCell::new(Vec::new()));
    for signal in [signal_hook::consts::SIGWINCH, signal_hook::consts::SIGURG] {
        let seen = Rc::clone(&seen);
        event_loop
            .add_signal_handler(signal, move |event_loop| {
                seen.borrow_mut().push(signal);
                if seen.borrow().len() == 2 {
                    event_loop.stop();
                }
            })
            .expect("handled");
    }
    for _ in 0..1000 {
        raise(signal_hook::consts::SIGURG).expect("sent");
        raise(signal_hook::consts::SIGWINCH).expect("sent");
    }
    run(&event_loop);
    let mut seen = seen.take();
    seen.sort_unstable();
    let mut both = [signal_hook::consts::SIGURG, signal_hook::consts::SIGWINCH];
    both.sort_unstable();
    assert_eq!(seen, both, "a thousand of a kind are one call");
}

#[test]
fn no_signal_is_lost_that_comes_after_its_callback_ran() {
    let event_loop = event_loop();
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    event_loop
        .add_signal_handler(signal_hook::consts::SIGUSR1, move |event_loop| {
            counted.set(counted.get() + 1);
            if counted.get() == 100 {
                event_loop.stop();
            } else {
                // To the process: any thread may get it.
                kill_process(getpid(), Signal::USR1).expect("it is us");
            }
        })
        .expect("handled");
    raise(signal_hook::consts::SIGUSR1).expect("sent");
    run(&event_loop);
    assert_eq!(calls.get(), 100);
}

#[test]
fn a_removed_signal_handler_is_not_called_and_two_loops_both_hear() {
    let (one, two) = (event_loop(), event_loop());
    let calls = Rc::new(Cell::new(0));
    for event_loop in [&one, &two] {
        let calls = Rc::clone(&calls);
        event_loop
            .add_signal_handler(signal_hook::consts::SIGUSR2, move |event_loop| {
                calls.set(calls.get() + 1);
                event_loop.stop();
            })
            .expect("handled");
    }
    raise(signal_hook::consts::SIGUSR2).expect("sent");
    run(&one);
    run(&two);
    assert_eq!(calls.get(), 2);
    assert!(one.remove_signal_handler(signal_hook::consts::SIGUSR2));
    assert!(!one.remove_signal_handler(signal_hook::consts::SIGUSR2));
    raise(signal_hook::consts::SIGUSR2).expect("sent");
    settle(&one);
    run(&two);
    assert_eq!(calls.get(), 3);
}

#[test]
fn signals_that_have_no_handler_are_refused() {
    let event_loop = event_loop();
    for signal in [libc::SIGKILL, libc::SIGSTOP, libc::SIGSEGV] {
        let error = event_loop.add_signal_handler(signal, |_| ()).expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
