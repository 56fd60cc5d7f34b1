//! Certificates that are refused, each with its reason.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use ch04_async::net::unix::UnixStream;
use ch04_async::structure::join;
use ch05_http::tls::{self, Authority, Identity, blocking, why_io};

use super::{NAME, authority, configs, run};

/// What is wrong with each, and the words that say so.
fn bad(authority: &Authority) -> Vec<(Identity, &'static str)> {
    let nobody = Authority::new("nobody knows it").expect("a key");
    vec![
        (authority.issue(&["another.test"]).expect("a name"), "another name"),
        (authority.issue_expired(&[NAME]).expect("a name"), "expired"),
        (authority.issue_too_early(&[NAME]).expect("a name"), "not valid yet"),
        (nobody.issue(&[NAME]).expect("a name"), "nobody we trust"),
        (Identity::self_signed(&[NAME]).expect("a name"), "nobody we trust"),
    ]
}

#[test]
fn a_wrong_certificate_is_refused_with_its_reason_on_blocking_sockets() {
    let authority = authority();
    let (client, _) = configs(&authority);
    for (identity, expected) in bad(&authority) {
        let server = tls::server_config(identity, &[]).expect("a configuration");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let addr = listener.local_addr().expect("bound");
        let accepting = thread::spawn(move || blocking::accept(listener.accept()?.0, server));
        let socket = TcpStream::connect(addr).expect("listening");
        let error = blocking::connect(socket, Arc::clone(&client), NAME).expect_err("refused");
        assert!(why_io(&error).contains(expected), "{error}");
        let told = accepting.join().expect("no panic").expect_err("refused");
        assert!(why_io(&told).contains("the other side"), "the server is told: {told}");
    }
}

#[test]
fn a_wrong_certificate_is_refused_with_its_reason_on_our_runtime() {
    let authority = authority();
    let (client, _) = configs(&authority);
    for (identity, expected) in bad(&authority) {
        let server = tls::server_config(identity, &[]).expect("a configuration");
        let (ours, theirs) = run(async {
            let (ours, theirs) = UnixStream::pair().expect("sockets");
            let connected = tls::connect(ours, Arc::clone(&client), NAME);
            join(connected, tls::accept(theirs, server)).await
        });
        let error = ours.expect_err("refused");
        assert!(why_io(&error).contains(expected), "{error}");
        let told = theirs.expect_err("refused");
        assert!(why_io(&told).contains("the other side"), "the server is told: {told}");
    }
}

#[test]
fn a_wrong_certificate_is_refused_with_its_reason_on_tokio() {
    let authority = authority();
    let (client, _) = configs(&authority);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for (identity, expected) in bad(&authority) {
        let server = tls::server_config(identity, &[]).expect("a configuration");
        let (ours, theirs) = tokio::io::duplex(16 << 10);
        let (ours, theirs) = runtime.block_on(async {
            let name = NAME.try_into().expect("a name");
            tokio::join!(
                tokio_rustls::TlsConnector::from(Arc::clone(&client)).connect(name, ours),
                tokio_rustls::TlsAcceptor::from(server).accept(theirs),
            )
        });
        let error = ours.expect_err("refused");
        assert!(why_io(&error).contains(expected), "{error}");
        theirs.expect_err("refused");
    }
}
