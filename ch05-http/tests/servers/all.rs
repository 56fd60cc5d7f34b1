//! All five, with the same settings.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use ch04_async::Runtime;
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::settings::Settings;
use ch05_http::{axum, executor, hyper, hyper_executor, threads};

/// Nothing here takes long; this is for a test that hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Starts a server.
pub(crate) type Start = fn(Settings) -> io::Result<Background>;

/// Each of them, by its name.
pub(crate) const SERVERS: [(&str, Start); 5] = [
    ("threads", |settings| {
        Background::start(move |listener, stop| {
            threads::serve_with(listener, stop, &App::new()?, settings)
        })
    }),
    ("executor", |settings| {
        Background::start(move |listener, stop| {
            let serve = executor::serve_with(listener, stop, App::new()?, settings);
            Runtime::new()?.block_on(serve)
        })
    }),
    ("hyper-executor", |settings| {
        Background::start(move |listener, stop| {
            hyper_executor::serve_with(listener, stop, &App::new()?, settings)
        })
    }),
    ("hyper", |settings| {
        Background::start(move |listener, stop| {
            hyper::serve_with(listener, stop, &App::new()?, settings)
        })
    }),
    ("axum", |settings| {
        Background::start(move |listener, stop| axum::serve_with(listener, stop, settings))
    }),
];

/// A connection to a server, for which a read waits only so long.
pub(crate) fn client(server: &Background, patience: Duration) -> io::Result<TcpStream> {
    let client = TcpStream::connect(server.addr())?;
    client.set_read_timeout(Some(patience))?;
    client.set_write_timeout(Some(patience))?;
    // Two requests in a row would wait for the kernel's acknowledgement, 40 ms each.
    client.set_nodelay(true)?;
    Ok(client)
}

/// Asks for a path.
pub(crate) fn ask(client: &mut TcpStream, path: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nHost: ladder\r\n\r\n");
    client.write_all(head.as_bytes()).expect("it is read");
}

/// Reads up to an answer that ends so.
pub(crate) fn answered(client: &mut TcpStream, by: &str) {
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    while !came.ends_with(by.as_bytes()) {
        let some = client.read(&mut buffer).expect("an answer");
        assert!(some > 0, "closed after {}", came.escape_ascii());
        came.extend_from_slice(&buffer[..some]);
    }
}
