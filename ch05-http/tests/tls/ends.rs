//! How a stream ends, and what a cut looks like.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use ch05_http::tls::blocking;

use super::{NAME, agreed, authority, close, configs, read_to_end, run, write_all};

#[test]
fn an_end_that_was_said_is_told_from_a_cut() {
    run(async {
        for says in [true, false] {
            let (mut ours, mut theirs) = agreed().await;
            write_all(&mut theirs, b"all of it").await.expect("room");
            if says {
                close(&mut theirs).await.expect("room");
            }
            // The server's end: the client has not read its tickets yet, and would reset.
            drop(theirs);
            let end = read_to_end(&mut ours).await;
            match end {
                Ok(all) => assert!(says && all == b"all of it", "{all:?}"),
                Err(error) => {
                    assert!(!says && error.kind() == ErrorKind::UnexpectedEof, "{error}");
                }
            }
        }
    });
}

#[test]
fn an_end_that_was_said_is_told_from_a_cut_on_blocking_sockets() {
    let (client, server) = configs(&authority());
    for says in [true, false] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let addr = listener.local_addr().expect("bound");
        let server = Arc::clone(&server);
        let accepting = thread::spawn(move || {
            let mut stream = blocking::accept(listener.accept()?.0, server)?;
            stream.write_all(b"all of it")?;
            if says {
                blocking::close(&mut stream)?;
            }
            stream.sock.shutdown(std::net::Shutdown::Write)?;
            // Its end, so that nothing unread makes ours a reset.
            stream.sock.read_to_end(&mut Vec::new())
        });
        let socket = TcpStream::connect(addr).expect("listening");
        let mut stream = blocking::connect(socket, Arc::clone(&client), NAME).expect("a server");
        let mut all = Vec::new();
        let end = stream.read_to_end(&mut all);
        assert_eq!(all, b"all of it");
        assert_eq!(
            end.map_err(|error| error.kind()).err(),
            (!says).then_some(ErrorKind::UnexpectedEof)
        );
        drop(stream);
        accepting.join().expect("no panic").expect("an end");
    }
}

#[test]
fn an_end_that_was_said_is_told_from_a_cut_on_tokio() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let (client, server) = configs(&authority());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for says in [true, false] {
        let (ours, theirs) = tokio::io::duplex(16 << 10);
        let (all, end) = runtime.block_on(async {
            let name = NAME.try_into().expect("a name");
            let (ours, theirs) = tokio::join!(
                tokio_rustls::TlsConnector::from(Arc::clone(&client)).connect(name, ours),
                tokio_rustls::TlsAcceptor::from(Arc::clone(&server)).accept(theirs),
            );
            let (mut ours, mut theirs) = (ours.expect("a client"), theirs.expect("a server"));
            theirs.write_all(b"all of it").await.expect("room");
            theirs.flush().await.expect("room");
            if says {
                theirs.shutdown().await.expect("room");
            }
            drop(theirs);
            let mut all = Vec::new();
            let end = ours.read_to_end(&mut all).await;
            (all, end)
        });
        assert_eq!(all, b"all of it");
        let cut = (!says).then_some(ErrorKind::UnexpectedEof);
        assert_eq!(end.map_err(|error| error.kind()).err(), cut);
    }
}
