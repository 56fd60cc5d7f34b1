//! A request over TLS, and certificates that are refused: `cargo run -p ch05-http --example tls`.
//!
//! The authority is made on the spot. Who trusts it trusts what it signed, for the name and the
//! time that stand there, and nothing else.

use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use ch04_async::net::tcp::TcpListener as AsyncListener;
use ch04_async::{Runtime, spawn};
use ch05_http::app::App;
use ch05_http::client::{Page, Session, get};
use ch05_http::executor;
use ch05_http::proto::Fields;
use ch05_http::settings::Settings;
use ch05_http::tls::{self, Authority, Connector, Identity, blocking, why_io};
use http::Method;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use tokio_rustls::TlsConnector;

const NAME: &str = "localhost";

const TINY: usize = 1 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let authority = Authority::new("an authority for an example")?;
    let client = tls::client_config(authority.roots(), &["http/1.1"])?;
    let good = serve(authority.issue(&[NAME, "127.0.0.1"])?)?;

    println!("-- the same request, three ways of waiting");
    let page = blocking_get(good, &client, NAME)?;
    println!("   a thread:    {} {:?}", page.head.status(), text(&page.body));
    assert_eq!(page.body, b"hello\n");
    println!("   our runtime: {:?}", ours(good, &client)?);
    println!("   tokio:       {:?}", on_tokio(good, &client, NAME)?);

    println!("-- and those that are refused");
    let nobody = Authority::new("an authority that nobody knows")?;
    for (what, identity, expected) in [
        ("another name", authority.issue(&["elsewhere.test"])?, "another name"),
        ("expired", authority.issue_expired(&[NAME])?, "expired"),
        ("from tomorrow on", authority.issue_too_early(&[NAME])?, "not valid yet"),
        ("unknown issuer", nobody.issue(&[NAME])?, "nobody we trust"),
        ("self-signed", Identity::self_signed(&[NAME])?, "nobody we trust"),
    ] {
        let addr = serve(identity)?;
        let refused = blocking_get(addr, &client, NAME).expect_err("it must be refused");
        let ours = ours(addr, &client).expect_err("it must be refused");
        let tokio = on_tokio(addr, &client, NAME).expect_err("it must be refused");
        println!("   {what:<17} {}", why_io(&refused));
        for why in [why_io(&refused), ours.to_string(), why_io(&tokio)] {
            assert!(why.contains(expected), "{what}: {why}");
        }
    }
    Ok(())
}

/// The chapter's application over TLS, on our runtime, on a thread that ends with the program.
fn serve(identity: Identity) -> Result<SocketAddr, Box<dyn Error>> {
    let config = tls::server_config(identity, &["http/1.1"])?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    thread::spawn(move || Runtime::new()?.block_on(accept(listener, config)));
    Ok(addr)
}

// ANCHOR: serve
async fn accept(listener: TcpListener, config: Arc<ServerConfig>) -> io::Result<()> {
    let (listener, app) = (AsyncListener::from_std(listener)?, App::new()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let (config, app) = (Arc::clone(&config), app.clone());
        spawn(async move {
            // A client that does not like our certificate is one client's affair.
            let Ok(stream) = tls::accept(stream, config).await else { return };
            let _ = executor::serve_connection(stream, app.router(), Settings::default()).await;
        });
    }
}
// ANCHOR_END: serve

fn blocking_get(addr: SocketAddr, config: &Arc<ClientConfig>, host: &str) -> io::Result<Page> {
    let socket = std::net::TcpStream::connect(addr)?;
    let mut stream = blocking::connect(socket, Arc::clone(config), host)?;
    let mut fields = Fields::new();
    fields.push("host", format!("{host}:{}", addr.port()).as_bytes());
    let page = get::exchange(&mut stream, &Method::GET, "/", &fields, TINY);
    blocking::close(&mut stream)?;
    page.map_err(io::Error::other)
}

fn ours(addr: SocketAddr, config: &Arc<ClientConfig>) -> Result<String, Box<dyn Error>> {
    Runtime::new()?.block_on(async {
        let connector = Connector::new(Arc::clone(config));
        let session = Session::builder().connect(connector).build();
        let answer = session.get(&format!("https://{NAME}:{}/", addr.port())).send().await;
        let answer = answer.map_err(|error| match error {
            ch05_http::client::Error::Connect(_, error) => why_io(&error),
            error => error.to_string(),
        })?;
        let text = answer.text(TINY).await?;
        // The next request needs no handshake.
        session.get(&format!("https://{NAME}:{}/", addr.port())).send().await?;
        assert_eq!(session.counts().opened, 1);
        Ok(text)
    })
}

fn on_tokio(addr: SocketAddr, config: &Arc<ClientConfig>, host: &str) -> io::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(addr).await?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut stream = TlsConnector::from(Arc::clone(config)).connect(name, stream).await?;
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
    })
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or("no text")
}
