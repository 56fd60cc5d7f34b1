//! What our server on our runtime does as time goes by, on a paused clock: when every task waits, the
//! clock jumps to the next timer. And whom it serves when there is no room, or no time, for all.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use ch04_async::net::unix::UnixStream;
use ch04_async::time::{Clock, now, sleep};
use ch04_async::{JoinHandle, Runtime, spawn};
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::connection::Ended;
use ch05_http::executor::{serve_connection, serve_with};
use ch05_http::settings::{
    BODY_TIMEOUT, HEAD_TIMEOUT, IDLE_TIMEOUT, LINGER_TIMEOUT, Settings, TOTAL_TIMEOUT,
    WRITE_TIMEOUT,
};
use ch05_http::web::{self, Router};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: ladder\r\n\r\n";

/// Nothing here takes long; this is for a test that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn paused(test: impl Future<Output = ()>) {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(test);
}

/// A client's end of a connection that is served, and how that ends.
fn connect() -> (Rc<UnixStream>, JoinHandle<Result<(), Ended>>) {
    let (client, server) = UnixStream::pair().expect("descriptors");
    let serving = spawn(async move {
        let app = App::new().expect("its files");
        serve_connection(server, app.router(), Settings::default()).await
    });
    (Rc::new(client), serving)
}

/// All that comes until the end, which may be a reset.
async fn rest(client: &UnixStream) -> String {
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(some @ 1..) = client.read(&mut buffer).await {
        came.extend_from_slice(&buffer[..some]);
    }
    String::from_utf8_lossy(&came).into_owned()
}

/// Sends a byte each `pause`, for as long as anybody takes them.
fn trickle(client: &Rc<UnixStream>, bytes: &'static [u8], pause: Duration) -> JoinHandle<usize> {
    let client = Rc::clone(client);
    spawn(async move {
        for (sent, byte) in bytes.iter().enumerate() {
            if client.write_all(&[*byte]).await.is_err() {
                return sent;
            }
            sleep(pause).await;
        }
        bytes.len()
    })
}

#[test]
fn a_silent_connection_is_closed_without_a_word() {
    paused(async {
        let start = now();
        let (client, serving) = connect();
        assert_eq!(rest(&client).await, "");
        assert_eq!(now() - start, IDLE_TIMEOUT);
        assert!(matches!(serving.await, Ok(Err(Ended::Failed(_)))));
    });
}

#[test]
fn a_kept_connection_may_be_silent_anew_after_each_answer() {
    paused(async {
        let start = now();
        let (client, _serving) = connect();
        for _ in 0..3 {
            sleep(IDLE_TIMEOUT.mul_f32(0.9)).await;
            client.write_all(GET).await.expect("it is served");
        }
        let answers = rest(&client).await;
        assert_eq!(answers.matches("200 OK").count(), 3, "{answers}");
        assert_eq!(now() - start, IDLE_TIMEOUT.mul_f32(0.9) * 3 + IDLE_TIMEOUT);
    });
}

#[test]
fn a_head_that_trickles_is_answered_by_408() {
    paused(async {
        let start = now();
        let (client, serving) = connect();
        let sent = trickle(&client, GET, Duration::from_secs(3));
        let answer = rest(&client).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
        assert_eq!(
            now() - start,
            HEAD_TIMEOUT,
            "the time of a head is not begun anew by each byte"
        );
        // It reads for a while what is still sent, and no longer.
        assert!(matches!(serving.await, Ok(Err(Ended::Fault(_)))));
        assert_eq!(now() - start, HEAD_TIMEOUT + LINGER_TIMEOUT);
        assert!(sent.await.expect("no panic") < GET.len());
    });
}

#[test]
fn a_second_head_that_trickles_is_answered_by_408_too() {
    paused(async {
        let (client, _serving) = connect();
        client.write_all(GET).await.expect("it is served");
        sleep(IDLE_TIMEOUT / 2).await;
        let start = now();
        let _sent = trickle(&client, GET, Duration::from_secs(3));
        let answers = rest(&client).await;
        assert!(answers.starts_with("HTTP/1.1 200 "), "{answers}");
        assert!(answers.contains("HTTP/1.1 408 "), "{answers}");
        assert_eq!(now() - start, HEAD_TIMEOUT);
    });
}

#[test]
fn a_body_that_stands_still_is_given_up() {
    paused(async {
        let start = now();
        let (client, serving) = connect();
        let head = "POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: 10\r\n\r\n";
        client.write_all(head.as_bytes()).await.expect("it is served");
        let answer = rest(&client).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert_eq!(now() - start, BODY_TIMEOUT);
        drop(client);
        // It was told, and so it ends in order.
        assert!(serving.await.expect("no panic").is_ok());
    });
}

#[test]
fn a_body_that_moves_on_has_its_time_anew_and_no_more_than_that_of_all() {
    paused(async {
        let start = now();
        let (client, serving) = connect();
        let head = "POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: 1000\r\n\r\n";
        client.write_all(head.as_bytes()).await.expect("it is served");
        let pause = BODY_TIMEOUT.saturating_sub(Duration::from_secs(1));
        let sent = trickle(&client, &[b'a'; 1000], pause);
        let answer = rest(&client).await;
        let echoed = answer.split_once("\r\n\r\n").expect("a head").1;
        let bytes = TOTAL_TIMEOUT.as_secs() / pause.as_secs();
        assert!(bytes > 10, "the body was let go on for a good while");
        assert!(
            (bytes..=bytes + 1).contains(&(echoed.len() as u64)),
            "{} of {bytes}",
            echoed.len()
        );
        assert_eq!(now() - start, TOTAL_TIMEOUT);
        assert!(serving.await.expect("no panic").is_err());
        assert!(sent.await.expect("no panic") < 1000);
    });
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    paused(async {
        let start = now();
        let (client, serving) = connect();
        let writer = Rc::clone(&client);
        // Echoed until the kernel's buffers are full, both ways.
        let sent = spawn(async move {
            let head = "POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: 1000000000\r\n\r\n";
            writer.write_all(head.as_bytes()).await.expect("it is served");
            while writer.write_all(&[b'a'; 4096]).await.is_ok() {}
        });
        assert!(matches!(serving.await, Ok(Err(Ended::Failed(_)))));
        assert_eq!(now() - start, WRITE_TIMEOUT);
        sent.await.expect("no panic");
    });
}

/// Sends all of it, and gives what comes back.
async fn asked(requests: &str) -> String {
    let (client, _serving) = connect();
    client.write_all(requests.as_bytes()).await.expect("it is served");
    rest(&client).await
}

#[test]
fn a_body_that_breaks_before_its_answer_is_written_gets_another_one() {
    paused(async {
        let post = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let second = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for broken in ["5\r\nhelloXX", "5\r\nhello\r\n5g\r\n", "5\r\nhello\r\n0\r\nA : b\r\n\r\n"] {
            let answers = asked(&format!("{second}{post}{broken}{second}")).await;
            assert!(answers.starts_with("HTTP/1.1 200 "), "the one before it: {answers}");
            assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "{answers}");
            assert!(answers.contains("hello\nHTTP/1.1 400 "), "{answers}");
        }
    });
}

#[test]
fn a_body_that_breaks_later_leaves_an_answer_that_is_not_whole() {
    paused(async {
        let (client, serving) = connect();
        let post = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        client.write_all(format!("{post}5\r\nhello\r\n").as_bytes()).await.expect("it is served");
        let (mut came, mut buffer) = (String::new(), [0; 4096]);
        while !came.ends_with("hello\r\n") {
            let some = client.read(&mut buffer).await.expect("the first of it");
            came.push_str(str::from_utf8(&buffer[..some]).expect("text"));
        }
        client.write_all(b"5g\r\n").await.expect("it is read");
        assert_eq!(rest(&client).await, "", "neither a last chunk nor another answer");
        drop(client);
        assert!(matches!(serving.await, Ok(Err(Ended::Broken(_)))));
    });
}

#[test]
fn answers_that_take_long_are_not_the_clients_fault() {
    paused(async {
        let start = now();
        let (client, _serving) = connect();
        let delay = Duration::from_millis(ch05_http::app::DELAY_MS_MAX);
        let get = format!("GET /delay/{} HTTP/1.1\r\nHost: a\r\n\r\n", delay.as_millis());
        // Longer in all than any time that a client has.
        client.write_all(get.repeat(7).as_bytes()).await.expect("it is served");
        let answers = rest(&client).await;
        assert_eq!(answers.matches("200 OK").count(), 7, "{answers}");
        assert_eq!(now() - start, delay * 7 + IDLE_TIMEOUT);
    });
}

#[test]
fn a_thousand_requests_leave_one_timer() {
    let clock = Clock::paused();
    let runtime = Runtime::builder().clock(clock.clone()).build().expect("a runtime");
    runtime.block_on(async {
        let (client, _serving) = connect();
        let mut answer = [0; 4096];
        for _ in 0..1000 {
            client.write_all(GET).await.expect("it is served");
            let some = client.read(&mut answer).await.expect("an answer");
            assert!(answer[..some].ends_with(b"hello\n"));
            // Time goes by, so that each deadline is another one.
            clock.advance(Duration::from_millis(1));
        }
        let last = now();
        assert_eq!(rest(&client).await, "");
        assert!(now() - last <= IDLE_TIMEOUT, "{:?}", now() - last);
        assert!(
            now() - last > IDLE_TIMEOUT.saturating_sub(Duration::from_secs(1)),
            "{:?}",
            now() - last
        );
    });
}

/// A server of an application whose `/held` is entered, and goes on when it is released.
struct Held {
    server: Background,
    entered: Arc<AtomicUsize>,
    released: Arc<AtomicBool>,
}

impl Held {
    fn start(settings: Settings) -> Held {
        let (entered, released) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (enter, release) = (Arc::clone(&entered), Arc::clone(&released));
        let server = Background::start(move |listener, stop| {
            let held = async move |clock: web::Clock| {
                enter.fetch_add(1, SeqCst);
                while !release.load(SeqCst) {
                    clock.sleep(Duration::from_millis(1)).await;
                }
                "held\n"
            };
            let app = App::from(Router::new().get("/", async || "hello\n").get("/held", held));
            Runtime::new()?.block_on(serve_with(listener, stop, app, settings))
        });
        Held { server: server.expect("a server"), entered, released }
    }

    fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.server.addr()).expect("a connection");
        client.set_read_timeout(Some(PATIENCE)).expect("a socket");
        // Two requests in a row would wait for the kernel's acknowledgement, 40 ms each.
        client.set_nodelay(true).expect("a socket");
        client
    }

    fn wait_for(&self, entered: usize) {
        let start = Instant::now();
        while self.entered.load(SeqCst) < entered {
            assert!(start.elapsed() < PATIENCE, "nobody has entered");
            std::thread::yield_now();
        }
    }
}

fn ask(client: &mut TcpStream, path: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nHost: ladder\r\n\r\n");
    client.write_all(head.as_bytes()).expect("it is read");
}

fn answered(client: &mut TcpStream, by: &str) {
    let mut came = Vec::new();
    let mut buffer = [0; 4096];
    while !came.ends_with(by.as_bytes()) {
        let some = client.read(&mut buffer).expect("an answer");
        assert!(some > 0, "closed after {}", came.escape_ascii());
        came.extend_from_slice(&buffer[..some]);
    }
}

#[test]
fn at_a_stop_whoever_is_being_answered_has_the_grace_period() {
    let held = Held::start(Settings { grace: PATIENCE, ..Settings::default() });
    let (mut idle, mut busy) = (held.client(), held.client());
    ask(&mut idle, "/");
    answered(&mut idle, "hello\n");
    ask(&mut busy, "/held");
    held.wait_for(1);
    std::thread::scope(|scope| {
        let Held { server, released, .. } = held;
        let stopping = scope.spawn(|| server.stop());
        // Who is owed nothing goes at once, and so it is known that the stop has begun.
        assert_eq!(idle.read(&mut [0]).expect("an end"), 0);
        released.store(true, SeqCst);
        answered(&mut busy, "held\n");
        assert_eq!(busy.read(&mut [0]).expect("an end"), 0, "it was told to be the last");
        // Otherwise its own end would be waited for.
        drop(busy);
        let report = stopping.join().expect("no panic").expect("an orderly end");
        assert_eq!((report.accepted, report.lost), (2, 0));
    });
}

#[test]
fn after_the_grace_period_nobody_is_waited_for() {
    let held = Held::start(Settings { grace: Duration::ZERO, ..Settings::default() });
    let mut busy = held.client();
    ask(&mut busy, "/held");
    held.wait_for(1);
    let report = held.server.stop().expect("an end");
    assert_eq!(report.accepted, 1);
    // An end or a reset, and no answer.
    assert!(!matches!(busy.read(&mut [0]), Ok(1..)));
}

#[test]
fn who_comes_when_all_places_are_taken_waits_for_one() {
    let held = Held::start(Settings { connections: 2, ..Settings::default() });
    let (mut one, mut two, mut three) = (held.client(), held.client(), held.client());
    ask(&mut three, "/");
    for _ in 0..100 {
        for client in [&mut one, &mut two] {
            ask(client, "/");
            answered(client, "hello\n");
        }
    }
    three.set_nonblocking(true).expect("a socket");
    let early = three.read(&mut [0]).expect_err("there is no place for it");
    assert_eq!(early.kind(), std::io::ErrorKind::WouldBlock);
    three.set_nonblocking(false).expect("a socket");
    drop(one);
    answered(&mut three, "hello\n");
    drop((two, three));
    assert_eq!(held.server.stop().expect("an end").accepted, 3);
}
