//! Where an answer leads, and what may go there.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::mpsc;

use ch05_http::client::{Error, Session};

use super::run;
use super::support::{OK, PATIENCE, always, body, head, server};

/// A server that sends every request on to a place of the caller's choice.
fn redirects(
    status: u16,
    to: impl Fn(SocketAddr) -> String + Send + 'static,
) -> (SocketAddr, mpsc::Receiver<String>) {
    let (tell, told) = mpsc::channel();
    let addr = server(move |_, mut stream| {
        let here = stream.local_addr().expect("a socket");
        let head = head(&mut stream);
        let len = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let sent = body(&mut stream, len.map_or(0, |len| len.parse().expect("a length")));
        tell.send(head + str::from_utf8(&sent).expect("text")).expect("a test");
        let answer = format!(
            "HTTP/1.1 {status} Elsewhere\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            to(here)
        );
        stream.write_all(answer.as_bytes()).expect("a client");
    });
    (addr, told)
}

#[test]
fn credentials_stay_with_their_origin() {
    let (elsewhere, told) = always(OK);
    let (addr, first) = redirects(302, move |_| format!("http://{elsewhere}/there"));
    run(async {
        let session = Session::builder().field("authorization", "for all").build();
        let url = format!("http://{addr}/");
        let asked = Session::new().get(&url).field("Authorization", "secret").field("X-Mine", "a");
        let response = asked.field("cookie", "c=d").send().await.expect("an answer");
        assert_eq!(response.url().path(), "/there");
        drop((response, session));
    });
    let before = first.recv_timeout(PATIENCE).expect("a request");
    assert!(before.contains("Authorization: secret") && before.contains("cookie: c=d"), "{before}");
    let (_, after) = told.recv_timeout(PATIENCE).expect("a request");
    assert!(
        !after.to_lowercase().contains("authorization") && !after.contains("cookie"),
        "{after}"
    );
    assert!(after.contains("X-Mine: a"), "{after}");
}

#[test]
fn a_method_is_kept_where_it_should_be() {
    for (status, becomes) in [
        (301, "GET /there HTTP/1.1"),
        (302, "GET /there HTTP/1.1"),
        (303, "GET /there HTTP/1.1"),
        (307, "POST /there HTTP/1.1"),
        (308, "POST /there HTTP/1.1"),
    ] {
        let (there, told) = {
            let (tell, told) = mpsc::channel();
            let addr = server(move |_, mut stream| {
                tell.send(head(&mut stream)).expect("a test");
                stream.write_all(OK).expect("a client");
            });
            (addr, told)
        };
        let (addr, _first) = redirects(status, move |_| format!("http://{there}/there"));
        run(async {
            let url = format!("http://{addr}/");
            Session::new().post(&url).body("given").send().await.expect("an answer");
        });
        let head = told.recv_timeout(PATIENCE).expect("a request");
        assert!(head.starts_with(becomes), "{status}: {head}");
        assert_eq!(head.contains("content-length: 5"), becomes.starts_with("POST"), "{head}");
    }
}

#[test]
fn a_circle_of_redirects_ends() {
    let (addr, told) = redirects(302, |here| format!("http://{here}/again"));
    run(async {
        let url = format!("http://{addr}/");
        let error = Session::builder().redirects(5).build().get(&url).send().await;
        assert!(matches!(error, Err(Error::Redirects(5))), "{error:?}");
    });
    assert_eq!(told.try_iter().count(), 6);
    let (addr, _told) = redirects(302, |_| "file:///etc/passwd".to_owned());
    run(async {
        let error = Session::new().get(&format!("http://{addr}/")).send().await;
        assert!(matches!(error, Err(Error::Location(_))), "{error:?}");
    });
}
