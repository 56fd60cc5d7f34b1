//! Connections that are kept, or not.

use std::future::poll_fn;
use std::io::Write;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use ch04_async::structure::join_all;
use ch04_async::{Clock, Runtime, time, yield_now};
use ch05_http::client::{Error, Session};
use ch05_http::proto::Fault;

use super::support::{OK, PATIENCE, always, head, server};
use super::{run, text};

#[test]
fn one_connection_serves_request_after_request() {
    let (addr, told) = always(OK);
    run(async {
        let session = Session::new();
        for _ in 0..5 {
            assert_eq!(text(&session, &format!("http://{addr}/")).await.expect("an answer"), "ok");
        }
        assert_eq!((session.counts().opened, session.counts().requests, session.idle()), (1, 5, 1));
    });
    let heads: Vec<_> = told.try_iter().collect();
    assert!(heads.iter().all(|(connection, _)| *connection == 0), "{heads:?}");
    assert!(heads[0].1.contains(&format!("host: {addr}\r\n")), "{heads:?}");
}

#[test]
fn no_more_connections_than_the_limit_and_first_come_first_served() {
    let (addr, _told) = always(OK);
    run(async {
        let session = Session::builder().limit(3).build();
        let url = format!("http://{addr}/");
        let answers = join_all((0..20).map(|_| text(&session, &url))).await;
        assert!(answers.iter().all(|answer| answer.as_deref().is_ok_and(|text| text == "ok")));
        assert!(session.counts().open_at_most <= 3, "{:?}", session.counts());
    });
}

#[test]
fn a_place_is_kept_until_the_body_is_whole_or_dropped() {
    let (addr, _told) = always(OK);
    run(async {
        let session = Session::builder().limit(1).build();
        let url = format!("http://{addr}/");
        let held = session.get(&url).send().await.expect("an answer");
        let mut second = pin!(text(&session, &url));
        for _ in 0..100 {
            let waits = poll_fn(|context| Poll::Ready(second.as_mut().poll(context).is_pending()));
            assert!(waits.await, "there is one place, and it is taken");
            yield_now().await;
        }
        drop(held);
        assert_eq!(second.await.expect("a place"), "ok");
        // Half read, the first one was not kept.
        assert_eq!(session.counts().opened, 2);
    });
}

#[test]
fn one_host_does_not_take_all_places() {
    let (first, _told) = always(OK);
    let (second, _told) = always(OK);
    run(async {
        let session = Session::builder().limit(10).limit_per_host(2).build();
        let to = |addr: SocketAddr| format!("http://{addr}/");
        let held = [
            session.get(&to(first)).send().await.expect("an answer"),
            session.get(&to(first)).send().await.expect("an answer"),
        ];
        let url = to(first);
        let mut third = pin!(text(&session, &url));
        let waits = poll_fn(|context| Poll::Ready(third.as_mut().poll(context).is_pending()));
        assert!(waits.await, "that host has its two");
        assert_eq!(text(&session, &to(second)).await.expect("another host"), "ok");
        drop(held);
        assert_eq!(third.await.expect("a place"), "ok");
    });
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_found_out() {
    let (tell, told) = mpsc::channel();
    let addr = server(move |_, mut stream| {
        head(&mut stream);
        stream.write_all(OK).expect("a client");
        drop(stream);
        tell.send(()).expect("a test");
    });
    run(async {
        let session = Session::new();
        for round in 1..=5 {
            assert_eq!(text(&session, &format!("http://{addr}/")).await.expect("an answer"), "ok");
            told.recv_timeout(PATIENCE).expect("closed");
            assert_eq!(session.counts().opened, round);
        }
    });
}

/// A server that answers the first request of its first connection, and at the second one hangs up
/// without a word: it had closed the connection when the request was on its way.
fn hangs_up_once() -> (SocketAddr, mpsc::Receiver<String>) {
    let (tell, told) = mpsc::channel();
    let addr = server(move |number, mut stream| {
        for request in 0.. {
            let head = head(&mut stream);
            if head.is_empty() {
                return;
            }
            tell.send(head).expect("a test");
            if number == 0 && request == 1 {
                return;
            }
            stream.write_all(OK).expect("a client");
        }
    });
    (addr, told)
}

#[test]
fn what_may_be_asked_twice_is_when_a_kept_connection_was_closed() {
    let (addr, told) = hangs_up_once();
    run(async {
        let (session, url) = (Session::new(), format!("http://{addr}/"));
        for _ in 0..2 {
            assert_eq!(text(&session, &url).await.expect("an answer"), "ok");
        }
        assert_eq!((session.counts().opened, session.counts().requests), (2, 3));
    });
    assert_eq!(told.try_iter().count(), 3);
}

#[test]
fn what_may_not_be_asked_twice_is_not() {
    let (addr, told) = hangs_up_once();
    run(async {
        let (session, url) = (Session::new(), format!("http://{addr}/"));
        text(&session, &url).await.expect("an answer");
        let error = session.post(&url).body("").send().await.expect_err("it hung up");
        assert!(matches!(error, Error::Fault(Fault::Unanswered) | Error::Io(_)), "{error}");
    });
    assert_eq!(told.try_iter().count(), 2);
}

#[test]
fn a_new_connection_that_fails_is_not_tried_again() {
    let (tell, told) = mpsc::channel();
    let addr = server(move |_, mut stream| tell.send(head(&mut stream)).expect("a test"));
    run(async {
        let session = Session::new();
        let error = text(&session, &format!("http://{addr}/")).await.expect_err("no answer");
        assert!(matches!(error, Error::Fault(Fault::Unanswered)), "{error}");
    });
    assert_eq!(told.try_iter().count(), 1);
}

#[test]
fn a_body_that_is_cut_off_is_never_whole() {
    for (answer, kept) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"[..], false),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", false),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n", false),
        // The end of the connection is the end of the body.
        (b"HTTP/1.1 200 OK\r\n\r\nhalf", true),
    ] {
        let addr = server(move |_, mut stream| {
            head(&mut stream);
            stream.write_all(answer).expect("a client");
        });
        run(async {
            let session = Session::new();
            let got = text(&session, &format!("http://{addr}/")).await;
            assert_eq!(got.is_ok(), kept, "{:?}: {got:?}", answer.escape_ascii().to_string());
            assert_eq!(session.idle(), 0);
        });
    }
}

#[test]
fn what_comes_without_being_asked_for_ends_the_connection() {
    let (addr, _told) =
        always(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
    run(async {
        let session = Session::new();
        for round in 1..=3 {
            assert_eq!(text(&session, &format!("http://{addr}/")).await.expect("an answer"), "ok");
            assert_eq!((session.idle(), session.counts().opened), (0, round));
        }
    });
}

#[test]
fn a_request_dropped_at_any_await_leaves_nothing_behind() {
    let (addr, _told) = always(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n2\r\nok\r\n0\r\n\r\n",
    );
    run(async {
        let session = Session::builder().limit(2).build();
        let url = format!("http://{addr}/");
        let mut finished = 0;
        for polls in 0..30 {
            let mut asking = Box::pin(text(&session, &url));
            for _ in 0..polls {
                let done = poll_fn(|context| Poll::Ready(asking.as_mut().poll(context).is_ready()));
                if done.await {
                    finished += 1;
                    break;
                }
                time::sleep(Duration::from_micros(200)).await;
            }
            drop(asking);
            // Neither a place is lost nor a connection that knows too much was kept.
            assert_eq!(
                text(&session, &url).await.expect("an answer"),
                "okok",
                "after {polls} polls"
            );
        }
        assert!(finished > 0, "at least the longest was whole");
    });
}

#[test]
fn kept_connections_expire() {
    let (addr, _told) = always(OK);
    let clock = Clock::paused();
    let runtime = Runtime::builder().clock(clock.clone()).build().expect("a runtime");
    runtime.block_on(async {
        let session = Session::builder().idle(Duration::from_secs(15)).build();
        // The time that the server takes is not this clock's.
        let hold = clock.hold();
        assert_eq!(text(&session, &format!("http://{addr}/")).await.expect("an answer"), "ok");
        drop(hold);
        assert_eq!(session.idle(), 1);
        time::sleep(Duration::from_secs(14)).await;
        assert_eq!(session.idle(), 1);
        time::sleep(Duration::from_secs(2)).await;
        assert_eq!(session.idle(), 0);
    });
}

#[test]
fn a_closed_session_keeps_nothing_and_asks_nothing() {
    let (addr, _told) = always(OK);
    run(async {
        let (session, url) = (Session::new(), format!("http://{addr}/"));
        text(&session, &url).await.expect("an answer");
        let under_way = session.get(&url).send().await.expect("an answer");
        session.close();
        assert_eq!(under_way.text(10).await.expect("the rest"), "ok");
        assert_eq!(session.idle(), 0);
        assert!(matches!(text(&session, &url).await, Err(Error::Closed)));
    });
}

#[test]
fn nobody_there_is_an_error_of_the_connection() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("bound")
    };
    run(async {
        let error = text(&Session::new(), &format!("http://{gone}/")).await.expect_err("nobody");
        assert!(
            error.to_string().starts_with(&format!("connecting to http://{gone}: ")),
            "{error}"
        );
        let error = text(&Session::new(), "https://127.0.0.1:1/").await.expect_err("no TLS");
        assert!(error.to_string().contains("no TLS"), "{error}");
    });
}
