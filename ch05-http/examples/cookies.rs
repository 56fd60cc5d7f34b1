//! What a session remembers of its servers: `cargo run -p ch05-http --example cookies`.

use std::error::Error;

use ch04_async::Runtime;
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::client::Session;
use ch05_http::executor;
use ch05_http::settings::Settings;
use ch05_http::web::{Body, Request, Response, Router};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderValue, StatusCode};

const TINY: usize = 1 << 10;

// ANCHOR: server
/// Knows by a cookie who asks: HTTP itself forgets everything between two requests.
fn router() -> Router {
    Router::new()
        .get("/", async |request: Request| {
            format!("cookie: {}\n", request.field_text("cookie").unwrap_or("none"))
        })
        .get("/login", async || {
            let name = HeaderValue::from_static("name=ada; Path=/; HttpOnly; Max-Age=3600");
            Response::new(StatusCode::SEE_OTHER, Body::Empty)
                .with(SET_COOKIE, name)
                .with(LOCATION, HeaderValue::from_static("/"))
        })
        .get("/logout", async || {
            let over = HeaderValue::from_static("name=; Path=/; Max-Age=0");
            Response::text(StatusCode::OK, "bye\n").with(SET_COOKIE, over)
        })
}
// ANCHOR_END: server

fn start() -> Result<Background, Box<dyn Error>> {
    Ok(Background::start(|listener, stop| {
        let serve = executor::serve_with(listener, stop, App::from(router()), Settings::default());
        Runtime::new()?.block_on(serve)
    })?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (server, other) = (start()?, start()?);
    let port = server.addr().port();
    Runtime::new()?.block_on(async {
        let session = Session::new();
        // Asks, and checks what the server was told.
        let ask = async |what: &str, url: &str, expected: &str| {
            let text = session.get(url).send().await?.text(TINY).await?;
            println!("{what:<40} {}", text.trim_end());
            assert_eq!(text.trim_end(), expected);
            Ok::<(), Box<dyn Error>>(())
        };
        ask("before", &server.url("/"), "cookie: none").await?;
        ask("GET /login, which leads to /", &server.url("/login"), "cookie: name=ada").await?;
        ask("later", &server.url("/"), "cookie: name=ada").await?;
        ask("another port of the same host", &other.url("/"), "cookie: name=ada").await?;
        let localhost = format!("http://localhost:{port}/");
        ask("the same place by another name", &localhost, "cookie: none").await?;
        ask("GET /logout", &server.url("/logout"), "bye").await?;
        ask("after that", &server.url("/"), "cookie: none").await?;

        let without = Session::builder().cookies(false).build();
        without.get(&server.url("/login")).send().await?.text(TINY).await?;
        let text = without.get(&server.url("/")).send().await?.text(TINY).await?;
        println!("{:<40} {}", "a session that keeps none", text.trim_end());
        assert_eq!(text, "cookie: none\n");
        Ok(())
    })
}
