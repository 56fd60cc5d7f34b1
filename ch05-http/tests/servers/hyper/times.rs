//! What the hyper model does as time goes by, on tokio's paused clock: when every task waits, the
//! clock jumps to the next timer, so a minute takes no time, and nothing is ever a bit late.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ch05_http::app::App;
use ch05_http::hyper::{Counts, serve_connection};
use ch05_http::settings::{
    BODY_TIMEOUT, IDLE_TIMEOUT, LINGER_TIMEOUT, Settings, TOTAL_TIMEOUT, WRITE_TIMEOUT,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::{Instant, sleep};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: ladder\r\n\r\n";

/// What tokio's timers are exact to.
const TICK: Duration = Duration::from_millis(1);

/// Runs a test by a clock that jumps.
fn paused(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    LocalSet::new().block_on(&runtime.expect("a runtime"), test);
}

/// A client's end of a connection that is served, and how many were lost when it is over: 0 or 1.
fn connect() -> (DuplexStream, JoinHandle<u64>) {
    connect_with(Settings::default())
}

fn connect_with(settings: Settings) -> (DuplexStream, JoinHandle<u64>) {
    let (client, server) = duplex(1024);
    let task = tokio::task::spawn_local(async move {
        let counts = Arc::new(Counts::default());
        let app = App::new().expect("its files");
        serve_connection(server, app, Arc::clone(&counts), settings).await;
        counts.lost()
    });
    (client, task)
}

/// Reads to the end; how long after `start` that was.
async fn ends_after(client: &mut (impl AsyncRead + Unpin), start: Instant) -> io::Result<Duration> {
    client.read_to_end(&mut Vec::new()).await?;
    Ok(start.elapsed())
}

fn is_about(took: Duration, expected: Duration) {
    assert!(took >= expected && took <= expected + 2 * TICK, "{took:?} instead of {expected:?}");
}

#[test]
fn a_head_that_trickles_is_cut_off() {
    paused(async {
        let start = Instant::now();
        let (client, served) = connect();
        let (mut reader, mut writer) = tokio::io::split(client);
        let trickle = tokio::spawn(async move {
            for byte in GET {
                if writer.write_all(&[*byte]).await.is_err() {
                    return true;
                }
                sleep(Duration::from_secs(7)).await;
            }
            false
        });
        is_about(ends_after(&mut reader, start).await.expect("an end"), IDLE_TIMEOUT);
        assert!(trickle.await.expect("no panic"), "refused before the head was whole");
        assert_eq!(served.await.expect("no panic"), 1, "by the client's fault");
    });
}

#[test]
fn a_silent_connection_ends_after_its_time_or_that_of_a_head_if_that_is_longer() {
    paused(async {
        let start = Instant::now();
        let (mut client, _served) = connect();
        is_about(ends_after(&mut client, start).await.expect("an end"), IDLE_TIMEOUT);
        let (start, longer) = (Instant::now(), IDLE_TIMEOUT * 2);
        let (mut client, _served) = connect_with(Settings { head: longer, ..Settings::default() });
        is_about(ends_after(&mut client, start).await.expect("an end"), longer);
    });
}

#[test]
fn a_kept_connection_has_that_time_anew_for_each_request() {
    paused(async {
        let (mut client, served) = connect();
        let mut answer = vec![0; 1024];
        for _ in 0..3 {
            sleep(IDLE_TIMEOUT / 2).await;
            client.write_all(GET).await.expect("still here");
            let read = client.read(&mut answer).await.expect("still here");
            assert!(answer[..read].starts_with(b"HTTP/1.1 200 "), "an answer");
        }
        let start = Instant::now();
        is_about(ends_after(&mut client, start).await.expect("an end"), IDLE_TIMEOUT);
        drop(client);
        assert_eq!(served.await.expect("no panic"), 1, "for its silence");
    });
}

#[test]
fn a_client_that_does_not_hang_up_is_left_after_a_while() {
    paused(async {
        let (mut client, served) = connect();
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.expect("room");
        let start = Instant::now();
        let ended = ends_after(&mut client, start).await.expect("an end");
        assert!(ended < LINGER_TIMEOUT, "the answer and its end do not wait: {ended:?}");
        assert_eq!(served.await.expect("no panic"), 0, "refused in order");
        is_about(start.elapsed(), LINGER_TIMEOUT);
    });
}

#[test]
fn a_body_that_does_not_come_is_waited_for_so_long() {
    paused(async {
        let (mut client, served) = connect();
        let head = b"POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: 2\r\n\r\n";
        client.write_all(head).await.expect("room");
        let start = Instant::now();
        let mut answer = vec![0; 1024];
        let read = client.read(&mut answer).await.expect("still here");
        assert!(answer[..read].starts_with(b"HTTP/1.1 408 "), "an answer");
        is_about(ends_after(&mut client, start).await.expect("an end"), BODY_TIMEOUT);
        drop(client);
        assert_eq!(served.await.expect("no panic"), 0, "it was told");
    });
}

/// An echo of more than fits into what lies between the two.
const LARGE: usize = 1 << 20;

#[test]
fn a_client_that_does_not_read_is_given_up() {
    paused(async {
        let (client, served) = connect();
        let (_unread, mut writer) = tokio::io::split(client);
        let head =
            format!("POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: {LARGE}\r\n\r\n");
        let start = Instant::now();
        writer.write_all(head.as_bytes()).await.expect("it is served");
        assert!(writer.write_all(&vec![b'a'; LARGE]).await.is_err(), "it was given up");
        is_about(start.elapsed(), WRITE_TIMEOUT);
        assert_eq!(served.await.expect("no panic"), 1, "by the client's slowness");
    });
}

#[test]
fn a_client_that_reads_slowly_is_waited_for() {
    paused(async {
        let (client, _served) = connect();
        let (mut reader, mut writer) = tokio::io::split(client);
        let head = "POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: 8192\r\n\r\n";
        let start = Instant::now();
        let sent = tokio::spawn(async move {
            writer.write_all(head.as_bytes()).await.expect("it is served");
            writer.write_all(&[b'a'; 8192]).await.expect("it is taken");
            writer
        });
        let (mut answer, mut some) = (Vec::new(), [0; 512]);
        while !answer.ends_with(&[b'a'; 8192]) {
            sleep(WRITE_TIMEOUT / 2).await;
            let read = reader.read(&mut some).await.expect("still here");
            assert!(read > 0, "cut off after {} bytes", answer.len());
            answer.extend_from_slice(&some[..read]);
        }
        assert!(start.elapsed() > 3 * WRITE_TIMEOUT, "each piece has its time");
        sent.await.expect("no panic");
    });
}

#[test]
fn a_body_that_goes_on_slowly_is_waited_for() {
    paused(async {
        let (mut client, _served) = connect();
        let head = b"POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: 4\r\n\r\n";
        client.write_all(head).await.expect("room");
        for byte in b"slow" {
            sleep(BODY_TIMEOUT / 2).await;
            client.write_all(&[*byte]).await.expect("still here");
        }
        let mut answer = Vec::new();
        while !answer.ends_with(b"slow") {
            let mut some = vec![0; 1024];
            let read = client.read(&mut some).await.expect("still here");
            assert!(read > 0, "cut off at {:?}", String::from_utf8_lossy(&answer));
            answer.extend_from_slice(&some[..read]);
        }
    });
}

#[test]
fn a_body_that_comes_slowly_for_ever_does_not() {
    paused(async {
        let (client, served) = connect();
        let (mut reader, mut writer) = tokio::io::split(client);
        let start = Instant::now();
        let trickle = tokio::spawn(async move {
            let head = "POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: 1000\r\n\r\n";
            writer.write_all(head.as_bytes()).await.expect("it is served");
            while writer.write_all(b"a").await.is_ok() {
                sleep(BODY_TIMEOUT / 2).await;
            }
        });
        is_about(ends_after(&mut reader, start).await.expect("an end"), TOTAL_TIMEOUT);
        trickle.await.expect("no panic");
        assert_eq!(served.await.expect("no panic"), 1, "by the client's slowness");
    });
}

#[test]
fn an_answer_that_is_taken_slowly_for_ever_is_not_given() {
    paused(async {
        let (client, served) = connect();
        let (mut reader, mut writer) = tokio::io::split(client);
        let start = Instant::now();
        tokio::spawn(async move {
            let head =
                format!("POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: {LARGE}\r\n\r\n");
            let _ = writer.write_all(head.as_bytes()).await;
            let _ = writer.write_all(&vec![b'a'; LARGE]).await;
        });
        // What lies between the two is small, so that a byte that is taken is a byte that is written.
        while reader.read(&mut [0]).await.is_ok_and(|read| read > 0) && !served.is_finished() {
            sleep(WRITE_TIMEOUT / 2).await;
        }
        let took = start.elapsed();
        assert!(took >= TOTAL_TIMEOUT && took < TOTAL_TIMEOUT + WRITE_TIMEOUT, "{took:?}");
        assert_eq!(served.await.expect("no panic"), 1, "by the client's slowness");
    });
}

#[test]
fn a_connection_may_be_older_than_any_of_its_requests() {
    paused(async {
        let (mut client, _served) = connect();
        let (start, mut answer) = (Instant::now(), vec![0; 1024]);
        while start.elapsed() < 2 * TOTAL_TIMEOUT {
            // Some wait for an answer, and some do not.
            for path in ["/", "/delay/9000"] {
                let request = format!("GET {path} HTTP/1.1\r\nHost: ladder\r\n\r\n");
                client.write_all(request.as_bytes()).await.expect("still here");
                let read = client.read(&mut answer).await.expect("still here");
                assert!(
                    answer[..read].starts_with(b"HTTP/1.1 200 "),
                    "after {:?}",
                    start.elapsed()
                );
                sleep(IDLE_TIMEOUT / 2).await;
            }
        }
    });
}

#[test]
fn the_time_of_a_request_ends_with_its_answer() {
    paused(async {
        let (mut client, _served) = connect();
        let (start, pieces) =
            (Instant::now(), 2 * TOTAL_TIMEOUT.as_secs() / BODY_TIMEOUT.as_secs() - 1);
        let head =
            format!("POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: {pieces}\r\n\r\n");
        client.write_all(head.as_bytes()).await.expect("it is served");
        let mut answer = vec![0; 1024];
        for _ in 0..pieces {
            sleep(BODY_TIMEOUT / 2).await;
            client.write_all(b"a").await.expect("still here");
            assert!(client.read(&mut answer).await.expect("still here") > 0, "its echo");
        }
        assert!(start.elapsed() < TOTAL_TIMEOUT);
        sleep(IDLE_TIMEOUT / 2).await;
        assert!(start.elapsed() > TOTAL_TIMEOUT);
        client.write_all(GET).await.expect("still here");
        let read = client.read(&mut answer).await.expect("still here");
        assert!(
            answer[..read].starts_with(b"HTTP/1.1 200 "),
            "{:?}",
            answer[..read].escape_ascii().to_string()
        );
    });
}
