//! The headers of a URL, http and https: `cargo run -p ch05-http --example headers`. With URLs
//! behind `--`, theirs.
//!
//! HEAD asks for what GET would say, without the body. The `etag` of our own file is not printed: it is
//! made of the file's time, and so is another one in each copy of the repository.

use std::env;
use std::error::Error;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;

use ch04_async::net::tcp::TcpListener as AsyncListener;
use ch04_async::{Runtime, spawn};
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::client::Session;
use ch05_http::executor;
use ch05_http::settings::Settings;
use ch05_http::tls::{self, Authority, Connector};

fn main() -> Result<(), Box<dyn Error>> {
    let authority = Authority::new("an authority for an example")?;
    let plain = Background::start(executor::serve)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let secure = format!("https://localhost:{}/files/numbers.txt", listener.local_addr()?.port());
    let config = tls::server_config(authority.issue(&["localhost"])?, &["http/1.1"])?;
    thread::spawn(move || {
        Runtime::new()?.block_on(async {
            let (listener, app) = (AsyncListener::from_std(listener)?, App::new()?);
            loop {
                let (stream, _) = listener.accept().await?;
                let (config, app) = (Arc::clone(&config), app.clone());
                spawn(async move {
                    let Ok(stream) = tls::accept(stream, config).await else { return };
                    let settings = Settings::default();
                    let _ = executor::serve_connection(stream, app.router(), settings).await;
                });
            }
            #[expect(unreachable_code, reason = "says what the loop may fail of")]
            std::io::Result::Ok(())
        })
    });

    let given: Vec<String> = env::args().skip(1).collect();
    let urls = if given.is_empty() { vec![plain.url("/files/numbers.txt"), secure] } else { given };
    Runtime::new()?.block_on(async {
        let trusted = tls::client_config(authority.roots(), &["http/1.1"])?;
        let session = Session::builder().connect(Connector::new(trusted)).build();
        for url in &urls {
            let answer = session.head(url).send().await?;
            println!("{url}: {}", answer.status());
            let own = url.ends_with("/numbers.txt");
            for (name, value) in answer.head().fields().iter() {
                if own && name == "etag" {
                    continue;
                }
                println!("  {name}: {}", value.escape_ascii());
            }
            if own {
                assert!(answer.field("etag").is_some());
                assert_eq!(answer.field("content-length"), Some("80000"));
                assert_eq!(answer.field("content-type"), Some("text/plain"));
            }
            assert!(answer.bytes(0).await?.is_empty(), "HEAD has no body");
        }
        Ok::<_, Box<dyn Error>>(())
    })
}
