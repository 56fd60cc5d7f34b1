//! TLS on blocking sockets, on our runtime and on tokio.

use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use ch04_async::net::unix::UnixStream;
use ch04_async::structure::join;
use ch04_async::{Clock, Runtime, spawn};
use ch05_http::app::App;
use ch05_http::client::{Error, Session};
use ch05_http::executor;
use ch05_http::settings::Settings;
use ch05_http::tls::{
    self, Authority, Connector, HANDSHAKE_TIMEOUT, Identity, TlsStream, blocking, why_io,
};
use futures_io::{AsyncRead, AsyncWrite};
use rustls::{ClientConfig, HandshakeKind, ServerConfig};

const NAME: &str = "server.test";

const PATIENCE: Duration = Duration::from_secs(20);

fn run<T>(test: impl Future<Output = T>) -> T {
    let limited = async { ch04_async::timeout(PATIENCE, test).await.expect("in time") };
    Runtime::new().expect("a runtime").block_on(limited)
}

fn authority() -> Authority {
    Authority::new("an authority for tests").expect("a key")
}

fn configs(authority: &Authority) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let identity = authority.issue(&[NAME]).expect("a name");
    let client = tls::client_config(authority.roots(), &[]).expect("a configuration");
    (client, tls::server_config(identity, &[]).expect("a configuration"))
}

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

/// A pair that has agreed, over a pair of sockets.
async fn agreed() -> (TlsStream<UnixStream>, TlsStream<UnixStream>) {
    let (client, server) = configs(&authority());
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    let (ours, theirs) = join(tls::connect(ours, client, NAME), tls::accept(theirs, server)).await;
    (ours.expect("a client"), theirs.expect("a server"))
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut [u8]) -> io::Result<usize> {
    poll_fn(|context| Pin::new(&mut *stream).poll_read(context, buffer)).await
}

async fn write_all<S: AsyncWrite + Unpin>(stream: &mut S, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let write = poll_fn(|context| Pin::new(&mut *stream).poll_write(context, bytes));
        bytes = &bytes[write.await?..];
    }
    poll_fn(|context| Pin::new(&mut *stream).poll_flush(context)).await
}

async fn close<S: AsyncWrite + Unpin>(stream: &mut S) -> io::Result<()> {
    poll_fn(|context| Pin::new(&mut *stream).poll_close(context)).await
}

async fn read_to_end<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Vec<u8>> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; 5000]);
    loop {
        match read(stream, &mut buffer).await? {
            0 => return Ok(all),
            some => all.extend_from_slice(&buffer[..some]),
        }
    }
}

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

/// A stream that takes and gives one byte at a time, and is not ready every other time.
struct Trickle<S> {
    stream: S,
    ready: bool,
}

impl<S> Trickle<S> {
    fn new(stream: S) -> Trickle<S> {
        Trickle { stream, ready: false }
    }

    fn turn(&mut self, context: &Context<'_>) -> bool {
        self.ready = !self.ready;
        if !self.ready {
            context.waker().wake_by_ref();
        }
        self.ready
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Trickle<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if !self.turn(context) {
            return Poll::Pending;
        }
        let some = buffer.len().min(1);
        Pin::new(&mut self.stream).poll_read(context, &mut buffer[..some])
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Trickle<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.turn(context) {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write(context, &bytes[..bytes.len().min(1)])
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}

#[test]
fn a_handshake_and_a_message_byte_by_byte() {
    let (client, server) = configs(&authority());
    run(async {
        let (ours, theirs) = UnixStream::pair().expect("sockets");
        let (ours, theirs) = (Trickle::new(ours), Trickle::new(theirs));
        let (ours, theirs) =
            join(tls::connect(ours, client, NAME), tls::accept(theirs, server)).await;
        let (mut ours, mut theirs) = (ours.expect("a client"), theirs.expect("a server"));
        let say = async {
            write_all(&mut ours, b"byte by byte").await?;
            close(&mut ours).await
        };
        let (said, heard) = join(say, read_to_end(&mut theirs)).await;
        said.expect("room");
        assert_eq!(heard.expect("an end"), b"byte by byte");
    });
}

#[test]
fn much_goes_both_ways_at_once() {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    run(async {
        let (mut ours, mut theirs) = agreed().await;
        // One echoes as it reads, so each waits for the other again and again.
        let echo = spawn(async move {
            let mut buffer = vec![0; 7000];
            loop {
                match read(&mut theirs, &mut buffer).await? {
                    0 => return close(&mut theirs).await,
                    some => write_all(&mut theirs, &buffer[..some]).await?,
                }
            }
        });
        let (mut sent, mut heard, mut buffer) = (0, Vec::new(), vec![0; 9000]);
        poll_fn(|context| {
            while sent < bytes.len() {
                match Pin::new(&mut ours).poll_write(context, &bytes[sent..]) {
                    Poll::Ready(some) => sent += some.expect("room"),
                    Poll::Pending => break,
                }
            }
            while let Poll::Ready(some) = Pin::new(&mut ours).poll_read(context, &mut buffer) {
                heard.extend_from_slice(&buffer[..some.expect("more")]);
                if heard.len() == bytes.len() {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
        .await;
        assert!(heard == bytes, "it came back changed");
        close(&mut ours).await.expect("room");
        echo.await.expect("no panic").expect("an end");
        assert!(read_to_end(&mut ours).await.expect("an end").is_empty());
    });
}

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
