//! How a session begins, or does not.

use std::io::ErrorKind;
use std::sync::Arc;

use ch04_async::net::unix::UnixStream;
use ch04_async::structure::join;
use ch04_async::{Clock, Runtime};
use ch05_http::tls::{self, HANDSHAKE_TIMEOUT};
use rustls::HandshakeKind;

use super::{NAME, authority, configs, read, read_to_end, run, write_all};

#[test]
fn who_was_there_before_is_known() {
    let (client, server) = configs(&authority());
    run(async {
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Resumed] {
            let (ours, theirs) = UnixStream::pair().expect("sockets");
            let connecting = tls::connect(ours, Arc::clone(&client), NAME);
            let (ours, theirs) = join(connecting, tls::accept(theirs, Arc::clone(&server))).await;
            let (mut ours, mut theirs) = (ours.expect("a client"), theirs.expect("a server"));
            assert_eq!(ours.session().handshake_kind(), Some(kind));
            // Tickets come behind the handshake, with the first bytes that are read.
            write_all(&mut theirs, b"welcome").await.expect("room");
            assert_eq!(read(&mut ours, &mut [0; 20]).await.expect("a word"), 7);
        }
    });
}

#[test]
fn a_handshake_that_is_never_finished_is_not_waited_for_and_keeps_nobody() {
    let (_, server) = configs(&authority());
    let clock = Clock::paused();
    let runtime = Runtime::builder().clock(clock.clone()).build().expect("a runtime");
    runtime.block_on(async {
        let (_silent, theirs) = UnixStream::pair().expect("sockets");
        let start = ch04_async::time::now();
        let error = tls::accept(theirs, server).await.expect_err("nobody speaks");
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert_eq!(ch04_async::time::now() - start, HANDSHAKE_TIMEOUT);
    });
}

#[test]
fn what_is_no_tls_gets_an_alert_and_an_end() {
    let (_, server) = configs(&authority());
    for garbage in [&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..], &[0; 100], &[22, 3, 1, 255, 255, 0]]
    {
        run(async {
            let (mut ours, theirs) = UnixStream::pair().expect("sockets");
            write_all(&mut ours, garbage).await.expect("room");
            ours.end_output().expect("open");
            let error = tls::accept(theirs, Arc::clone(&server)).await.expect_err("no TLS");
            let kinds = [ErrorKind::InvalidData, ErrorKind::UnexpectedEof];
            assert!(kinds.contains(&error.kind()), "{error}");
            let said = read_to_end(&mut ours).await.expect("an end");
            // An alert is a record of kind 21.
            assert!(said.is_empty() || said[0] == 21, "{said:?}");
        });
    }
}
