//! Answers that break off.

use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use ch05_http::app::App;
use ch05_http::connection::Ended;
use ch05_http::web::{Body, Router, Source};

use super::{connect, connect_to, paused, rest};

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

/// One piece, and then an error.
struct Fails(Option<Bytes>);

impl Source for Fails {
    fn poll_data(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let failed = || Err(io::Error::other("a secret of the server's"));
        Poll::Ready(Some(self.0.take().map_or_else(failed, Ok)))
    }
}

#[test]
fn an_answer_that_fails_before_it_is_written_becomes_a_500_and_tells_nobody_why() {
    paused(async {
        let fails = async || Body::Stream(Box::new(Fails(Some(Bytes::from_static(b"begun")))));
        let router = Router::new().get("/", async || "before\n").get("/fails", fails);
        let (client, serving) = connect_to(App::from(router));
        let get = |path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let requests = get("/") + &get("/fails") + &get("/");
        client.write_all(requests.as_bytes()).await.expect("it is served");
        let answers = rest(&client).await;
        assert!(answers.contains("before\nHTTP/1.1 500 "), "{answers}");
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 2, "the connection ends: {answers}");
        assert!(!answers.contains("begun") && !answers.contains("secret"), "{answers}");
        drop(client);
        assert!(matches!(serving.await, Ok(Err(Ended::Broken(_)))));
    });
}
