//! What takes how long.

use std::rc::Rc;
use std::time::Duration;

use ch04_async::net::unix::UnixStream;
use ch04_async::time::{Clock, now, sleep};
use ch04_async::{JoinHandle, Runtime, spawn};
use ch05_http::connection::Ended;
use ch05_http::settings::{
    BODY_TIMEOUT, HEAD_TIMEOUT, IDLE_TIMEOUT, LINGER_TIMEOUT, TOTAL_TIMEOUT, WRITE_TIMEOUT,
};

use super::{connect, paused, rest};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: ladder\r\n\r\n";

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
