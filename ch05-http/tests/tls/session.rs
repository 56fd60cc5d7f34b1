//! The application, and a client's session, over TLS.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use ch04_async::{Runtime, spawn};
use ch05_http::app::App;
use ch05_http::client::{Error, Session};
use ch05_http::executor;
use ch05_http::settings::Settings;
use ch05_http::tls::{self, Authority, Connector, blocking, why_io};

use super::{NAME, authority, run};

/// The chapter's application over TLS.
fn serve(authority: &Authority) -> String {
    let identity = authority.issue(&["localhost"]).expect("a name");
    let config = tls::server_config(identity, &["http/1.1"]).expect("a configuration");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let url = format!("https://localhost:{}", listener.local_addr().expect("bound").port());
    thread::spawn(move || {
        Runtime::new().expect("a runtime").block_on(async move {
            let listener = ch04_async::net::tcp::TcpListener::from_std(listener).expect("a socket");
            let app = App::new().expect("its files");
            while let Ok((stream, _)) = listener.accept().await {
                let (config, app) = (Arc::clone(&config), app.clone());
                spawn(async move {
                    let Ok(stream) = tls::accept(stream, config).await else { return };
                    let settings = Settings::default();
                    let _ = executor::serve_connection(stream, app.router(), settings).await;
                });
            }
        });
    });
    url
}

#[test]
fn a_session_over_tls_keeps_its_connection_and_refuses_strangers() {
    let authority = authority();
    let url = serve(&authority);
    run(async {
        let trusted =
            tls::client_config(authority.roots(), &["http/1.1"]).expect("a configuration");
        let session = Session::builder().connect(Connector::new(trusted)).build();
        for _ in 0..3 {
            let answer = session.get(&format!("{url}/files/numbers.txt")).send().await;
            let body = answer.expect("an answer").bytes(1 << 20).await.expect("all of it");
            assert_eq!((body.len(), &body[..8]), (80_000, &b"0000000\n"[..]));
        }
        assert_eq!(session.counts().opened, 1);
        let body: Vec<u8> = (0..2_000_000_u32).map(|at| (at % 253) as u8).collect();
        let answer = session.post(&format!("{url}/echo")).body(body.clone()).send().await;
        let echoed = answer.expect("an answer").bytes(usize::MAX).await.expect("all of it");
        assert!(echoed == body, "it came back changed");

        let stranger = Authority::new("another one").expect("a key");
        let nobody = tls::client_config(stranger.roots(), &[]).expect("a configuration");
        let session = Session::builder().connect(Connector::new(nobody)).build();
        let error = session.get(&url).send().await.expect_err("a stranger");
        let Error::Connect(_, error) = error else { panic!("{error}") };
        assert!(why_io(&error).contains("nobody we trust"), "{error}");
    });
}

/// The same on threads: a handshake that is not finished keeps its own.
fn serve_by_threads(authority: &Authority) -> SocketAddr {
    let identity = authority.issue(&[NAME]).expect("a name");
    let config = tls::server_config(identity, &[]).expect("a configuration");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for socket in listener.incoming() {
            let (socket, config) = (socket.expect("a client"), Arc::clone(&config));
            thread::spawn(move || {
                let mut stream = blocking::accept(socket, config)?;
                stream.write_all(b"served")?;
                blocking::close(&mut stream)
            });
        }
    });
    addr
}

/// Clients who do not finish their handshake: some say nothing, some half of a hello.
fn unfinished(addr: SocketAddr) -> Vec<TcpStream> {
    let begun = |number| {
        let mut socket = TcpStream::connect(addr).expect("listening");
        if number % 2 == 0 {
            // A record of a handshake, of which 508 bytes are yet to come.
            socket.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252]).expect("room");
        }
        socket
    };
    (0..20).map(begun).collect()
}

#[test]
fn handshakes_that_are_not_finished_keep_nobody_waiting() {
    let authority = authority();
    let url = serve(&authority);
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let held = unfinished((Ipv4Addr::LOCALHOST, port).into());
    run(async {
        let trusted =
            tls::client_config(authority.roots(), &["http/1.1"]).expect("a configuration");
        let session = Session::builder().connect(Connector::new(trusted)).build();
        let answer = session.get(&url).send().await.expect("an answer");
        assert_eq!(answer.text(100).await.expect("all of it"), "hello\n");
    });
    drop(held);
}

#[test]
fn handshakes_that_are_not_finished_keep_nobody_waiting_on_threads() {
    let authority = authority();
    let addr = serve_by_threads(&authority);
    let held = unfinished(addr);
    let trusted = tls::client_config(authority.roots(), &[]).expect("a configuration");
    let socket = TcpStream::connect(addr).expect("listening");
    let mut stream = blocking::connect(socket, trusted, NAME).expect("a server");
    let mut served = String::new();
    stream.read_to_string(&mut served).expect("an end that was said");
    assert_eq!(served, "served");
    drop(held);
}
