//! What signals promise. Each test has a signal of its own: handlers belong to the process.

mod support;

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;

use ch04_async::signal::{SignalKind, Signals, ctrl_c, signal, terminate};
use ch04_async::{spawn, yield_now};
use futures_util::StreamExt;
use rustix::process::{Signal, getpid, kill_process};
use support::run;

fn send(kind: SignalKind) {
    let signal = Signal::from_named_raw(kind.as_raw()).expect("a signal");
    kill_process(getpid(), signal).expect("it is us");
}

async fn is_pending(signals: &mut Signals) -> bool {
    let mut next = pin!(signals.recv());
    poll_fn(|context| Poll::Ready(next.as_mut().poll(context).is_pending())).await
}

#[test]
fn a_hundred_signals_at_once_are_seen_at_least_once_and_then_it_is_quiet() {
    run(async {
        let mut signals = signal(SignalKind::USER_1).unwrap();
        for _ in 0..3 {
            for _ in 0..100 {
                send(SignalKind::USER_1);
            }
            signals.recv().await;
            // The handler may still run on another thread, for the last of them.
            while !is_pending(&mut signals).await {
                yield_now().await;
            }
        }
        send(SignalKind::USER_1);
        signals.recv().await;
    });
}

#[test]
fn a_hundred_thousand_signals_that_nobody_takes_do_no_harm() {
    // More than the socket holds; the handler must not wait for room.
    run(async {
        let mut signals = signal(SignalKind::WINDOW_CHANGE).unwrap();
        for _ in 0..100_000 {
            send(SignalKind::WINDOW_CHANGE);
        }
        signals.recv().await;
    });
}

#[test]
fn every_listener_of_every_runtime_hears_of_it() {
    const RUNTIMES: usize = 4;
    let (ready, listening) = mpsc::channel();
    let threads: Vec<_> = (0..RUNTIMES)
        .map(|_| {
            let ready = ready.clone();
            thread::spawn(move || {
                run(async {
                    let listeners: Vec<_> = (0..5)
                        .map(|_| {
                            let mut signals = signal(SignalKind::USER_2).unwrap();
                            spawn(async move { signals.recv().await })
                        })
                        .collect();
                    ready.send(()).unwrap();
                    for listener in listeners {
                        listener.await.unwrap();
                    }
                });
            })
        })
        .collect();
    assert_eq!(listening.iter().take(RUNTIMES).count(), RUNTIMES);
    send(SignalKind::USER_2);
    for thread in threads {
        thread.join().expect("all of its listeners heard");
    }
}

#[test]
fn a_dropped_listener_leaves_the_others_and_the_process_alone() {
    run(async {
        let first = signal(SignalKind::HANGUP).unwrap();
        let mut second = signal(SignalKind::HANGUP).unwrap();
        drop(first);
        send(SignalKind::HANGUP);
        second.recv().await;
        drop(second);
        // By default this would end the process. The handler has stayed, and does nothing.
        send(SignalKind::HANGUP);
        let mut third = signal(SignalKind::HANGUP).unwrap();
        while !is_pending(&mut third).await {
            yield_now().await;
        }
        send(SignalKind::HANGUP);
        third.recv().await;
    });
}

#[test]
fn ctrl_c_listens_from_the_call_on() {
    run(async {
        let ctrl_c = ctrl_c();
        send(SignalKind::INTERRUPT);
        ctrl_c.await.unwrap();
    });
}

#[test]
fn signals_are_a_stream() {
    run(async {
        let mut signals = terminate().unwrap();
        for _ in 0..3 {
            send(SignalKind::TERMINATE);
            assert_eq!(signals.next().await, Some(()));
        }
    });
}

#[test]
fn what_cannot_be_handled_is_refused() {
    run(async {
        for number in [libc::SIGKILL, libc::SIGSTOP, libc::SIGSEGV, 0, 100_000] {
            let error = signal(SignalKind::from_raw(number)).expect_err("no");
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{number}");
        }
    });
}
