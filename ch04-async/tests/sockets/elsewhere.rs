//! A socket outside of the runtime that it was made in: an error where it would wait for ever, and a way to hand it
//! over.

use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::pin::pin;
use std::process::Stdio;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use ch03_selectors::BACKENDS;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::net::unix::UnixStream;
use ch04_async::process::Command;
use ch04_async::signal::{SignalKind, signal};
use ch04_async::{Async, Runtime, spawn, timeout, yield_now};
use futures_util::io::AsyncReadExt;

use super::{ANY_PORT, poll_once, std_pair};

const PATIENCE: Duration = Duration::from_secs(20);

/// Runs it in another runtime, and not for ever.
fn elsewhere<T>(future: impl Future<Output = T>) -> T {
    let second = Runtime::new().expect("a runtime");
    second.block_on(timeout(PATIENCE, future)).expect("it neither works nor says that it does not")
}

fn says_why<T>(result: io::Result<T>) {
    let error = result.err().expect("it would wait for ever");
    assert_eq!(error.kind(), ErrorKind::Other);
    assert!(error.to_string().contains("outside of the runtime that it was made in"), "{error}");
}

/// A registered socket in a runtime of its own, over each selector of this system, and its peer.
fn each(test: impl Fn(Runtime, TcpStream, std::net::TcpStream)) {
    for backend in BACKENDS {
        let runtime = Runtime::over((backend.make)().expect("a selector")).expect("a runtime");
        let (peer, socket) = std_pair();
        let registered = runtime.block_on(async { Async::new(socket).expect("registered") });
        test(runtime, registered, peer);
    }
}

#[test]
fn a_read_that_would_wait_in_another_runtime_says_so_and_takes_no_wake_up_from_its_own() {
    each(|own, socket, mut peer| {
        let socket = Rc::new(socket);
        let waits = Rc::clone(&socket);
        let mut task = None;
        own.block_on(async {
            task = Some(spawn(async move { waits.read(&mut [0]).await }));
            yield_now().await;
        });
        says_why(elsewhere(socket.read(&mut [0])));
        peer.write_all(b"x").expect("a byte");
        let task = task.expect("spawned");
        let read = own.block_on(timeout(PATIENCE, task)).expect("woken").expect("no panic");
        assert_eq!(read.expect("a byte"), 1);
    });
}

#[test]
fn a_read_that_has_begun_to_wait_says_so_when_it_moves_to_another_runtime() {
    each(|own, socket, _peer| {
        let mut byte = [0];
        let mut reading = pin!(socket.read(&mut byte));
        own.block_on(async { assert!(poll_once(reading.as_mut()).await.is_pending()) });
        says_why(elsewhere(reading));
    });
}

#[test]
fn the_same_waker_in_another_runtime_is_no_excuse() {
    each(|own, socket, _peer| {
        let mut byte = [0];
        let mut reading = pin!(socket.read(&mut byte));
        let context = &mut Context::from_waker(Waker::noop());
        own.block_on(async { assert!(reading.as_mut().poll(context).is_pending()) });
        let polled =
            elsewhere(async { reading.as_mut().poll(&mut Context::from_waker(Waker::noop())) });
        match polled {
            Poll::Ready(result) => says_why(result),
            Poll::Pending => panic!("nobody would wake it"),
        }
    });
}

#[test]
fn what_is_ready_succeeds_anywhere_and_the_next_that_is_not_says_so() {
    each(|own, socket, mut peer| {
        peer.write_all(b"xy").expect("two bytes");
        let arrived = async { socket.readable().await.expect("they come") };
        own.block_on(timeout(PATIENCE, arrived)).expect("in time");
        elsewhere(async {
            let mut bytes = [0; 2];
            (&socket).read_exact(&mut bytes).await.expect("they are here");
            socket.write_all(&bytes).await.expect("there is room");
            says_why(socket.read(&mut bytes).await);
        });
        peer.read_exact(&mut [0; 2]).expect("an answer");
    });
}

#[test]
fn a_write_and_an_accept_that_would_wait_say_so_too_also_when_their_runtime_is_gone() {
    let own = Runtime::new().expect("a runtime");
    let (stream, _nobody_reads, listener) = own.block_on(async {
        let (one, other) = UnixStream::pair().expect("a pair");
        (one, other, TcpListener::bind(ANY_PORT).await.expect("a port"))
    });
    drop(own);
    elsewhere(async {
        let piece = [0; 4096];
        // More than there is room for, whatever the system gives.
        let filled = loop {
            if let Err(error) = stream.write_all(&piece).await {
                break Err::<(), _>(error);
            }
        };
        says_why(filled);
        says_why(listener.accept().await);
    });
}

#[test]
fn within_another_runtime_that_runs_inside_of_its_own_and_in_none_it_says_so() {
    each(|own, socket, mut peer| {
        own.block_on(async {
            says_why(elsewhere(socket.read(&mut [0])));
            // Its own runs again.
            let mut byte = [0];
            let mut reading = pin!(socket.read(&mut byte));
            assert!(poll_once(reading.as_mut()).await.is_pending());
            peer.write_all(b"x").expect("a byte");
            assert_eq!(timeout(PATIENCE, reading).await.expect("woken").expect("a byte"), 1);
        });
        let mut byte = [0];
        let reading = pin!(socket.read(&mut byte));
        match reading.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => says_why(result),
            Poll::Pending => panic!("nobody would wake it"),
        }
    });
}

#[test]
#[should_panic(expected = "outside of the runtime that it was made in")]
fn signals_that_are_awaited_elsewhere_panic() {
    let own = Runtime::new().expect("a runtime");
    let mut signals = own.block_on(async { signal(SignalKind::USER_2).expect("one's own") });
    elsewhere(signals.recv());
}

#[test]
fn a_child_that_is_awaited_elsewhere_says_so_and_can_still_be_awaited() {
    let own = Runtime::new().expect("a runtime");
    let spawned = async { Command::new("cat").stdin(Stdio::piped()).spawn() };
    let mut child = own.block_on(spawned).expect("a child");
    let keeps_it_running = child.stdin.take();
    says_why(elsewhere(child.wait()));
    drop(keeps_it_running);
    let status = own.block_on(timeout(PATIENCE, child.wait())).expect("it ends");
    assert!(status.expect("its status").success());
}

#[test]
fn a_duplicate_goes_to_a_runtime_on_another_thread_and_waits_there() {
    each(|own, socket, mut peer| {
        let mut byte = [0];
        own.block_on(async { assert!(poll_once(pin!(socket.read(&mut byte))).await.is_pending()) });
        let duplicate = socket.get_ref().try_clone().expect("a descriptor");
        drop(socket);
        let (waits, told) = mpsc::channel();
        let there = thread::spawn(move || {
            elsewhere(async {
                let socket = Async::new(duplicate).expect("registered");
                let mut byte = [0];
                let mut reading = pin!(socket.read(&mut byte));
                assert!(poll_once(reading.as_mut()).await.is_pending());
                waits.send(()).expect("it listens");
                reading.await.expect("a byte")
            })
        });
        told.recv().expect("it waits");
        peer.write_all(b"x").expect("a byte");
        assert_eq!(there.join().expect("no panic"), 1);
        drop(own);
    });
}
