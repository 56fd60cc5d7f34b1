//! Cookies of a session, as its servers see them.

use std::sync::mpsc::Receiver;

use ch05_http::client::Session;

use super::support::{OK, PATIENCE, always};
use super::{run, text};

const GIVES: &[u8] =
    b"HTTP/1.1 200 OK\r\nSet-Cookie: n=v; HttpOnly\r\nset-cookie: m=w; Path=/x\r\n\
    set-cookie: o=\xc3\xa9\tb\r\nset-cookie: nothing\r\nContent-Length: 2\r\n\r\nok";

const N_AND_O: &str = "n=v; o=é\tb";

/// What the next request says in its field, if it has one.
fn said(told: &Receiver<(usize, String)>) -> Option<String> {
    let (_, head) = told.recv_timeout(PATIENCE).expect("a request");
    let mut lines = head.lines().filter_map(|line| line.strip_prefix("cookie: "));
    let line = lines.next().map(str::to_owned);
    assert_eq!(lines.next(), None, "one field (RFC 6265, section 5.4)");
    line
}

#[test]
fn what_a_server_gives_is_said_to_it_again() {
    let (addr, told) = always(GIVES);
    run(async {
        let session = Session::new();
        let url = format!("http://{addr}/");
        text(&session, &url).await.expect("an answer");
        assert_eq!(said(&told), None);
        text(&session, &url).await.expect("an answer");
        assert_eq!(said(&told).as_deref(), Some(N_AND_O));
        text(&session, &format!("{url}x/y")).await.expect("an answer");
        assert_eq!(said(&told).as_deref(), Some("m=w; n=v; o=é\tb"));
        assert_eq!(session.cookies(&url).expect("a URL").as_deref(), Some(N_AND_O));

        let own = session.get(&url).field("Cookie", "mine=alone").send().await;
        drop(own.expect("an answer"));
        let (_, head) = told.recv_timeout(PATIENCE).expect("a request");
        assert!(head.contains("Cookie: mine=alone\r\n") && !head.contains("n=v"), "{head}");

        text(&session.clone(), &url).await.expect("an answer");
        assert_eq!(said(&told).as_deref(), Some(N_AND_O), "a clone is the same session");
        text(&Session::new(), &url).await.expect("an answer");
        assert_eq!(said(&told), None, "and another one is not");

        session.forget_cookies();
        text(&session, &url).await.expect("an answer");
        assert_eq!(said(&told), None);
    });
}

#[test]
fn a_session_may_be_without() {
    let (addr, told) = always(GIVES);
    run(async {
        let session = Session::builder().cookies(false).build();
        for _ in 0..2 {
            text(&session, &format!("http://{addr}/")).await.expect("an answer");
            assert_eq!(said(&told), None);
        }
    });
}

#[test]
fn what_a_redirect_gives_is_said_where_it_leads_if_that_is_the_same_host() {
    let (there, told) = always(OK);
    // Two names of one place are two hosts.
    for (host, expected) in [("127.0.0.1", Some("n=v")), ("localhost", None)] {
        let to = format!("http://{host}:{}/", there.port());
        let answer = format!(
            "HTTP/1.1 303 See Other\r\nSet-Cookie: n=v\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
        );
        let (addr, _asked) = always(answer.into_bytes().leak());
        run(async {
            let session = Session::new();
            text(&session, &format!("http://{addr}/login")).await.expect("an answer");
            assert_eq!(said(&told).as_deref(), expected, "{host}");
        });
    }
}
