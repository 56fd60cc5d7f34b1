//! A small application on the framework of this chapter: `cargo run -p ch05-http --example framework`.
//!
//! Notes that can be written, listed and read; a middleware that counts; errors that become
//! responses; a folder of files. Its own client asks for all of it.

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::{Runtime, spawn};
use ch05_http::client::Session;
use ch05_http::executor;
use ch05_http::settings::Settings;
use ch05_http::web::{self, Files, Json, Path, Query, Request, Response, Router};
use http::{HeaderName, HeaderValue, Method, StatusCode};

const TINY: usize = 1 << 16;

/// What the application knows.
type Notes = Arc<Mutex<Vec<String>>>;

// ANCHOR: router
fn router(notes: &Notes, files: Files) -> Router {
    let (write, read, list) = (Arc::clone(notes), Arc::clone(notes), Arc::clone(notes));
    Router::new()
        .post("/notes", async move |note: String| {
            let mut notes = write.lock().expect("nobody panics with it");
            notes.push(note);
            (StatusCode::CREATED, format!("/notes/{}\n", notes.len() - 1))
        })
        .get("/notes", async move |query: Query| {
            let notes = list.lock().expect("nobody panics with it");
            let wanted = query.get("with").unwrap_or_default();
            let found = notes.iter().filter(|note| note.contains(wanted)).cloned();
            Json(found.collect::<Vec<String>>())
        })
        .get("/notes/{number}", async move |Path(number): Path<usize>| {
            let notes = read.lock().expect("nobody panics with it");
            notes.get(number).cloned().ok_or_else(web::Error::not_found)
        })
        .get("/broken", broken)
        .get("/files/{*path}", async move |request: Request| files.serve(&request))
        .with(Counted::default())
}
// ANCHOR_END: router

/// A number that is none is a fault of ours, and a 500 to the client.
async fn broken() -> Result<String, web::Error> {
    Ok(format!("{}\n", "seven".parse::<u32>()?))
}

/// Numbers the responses.
#[derive(Default)]
struct Counted(AtomicU32);

impl web::Middleware for Counted {
    fn handle<'a>(
        &'a self,
        request: Request,
        next: web::Next<'a>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Response> + 'a>> {
        Box::pin(async move {
            let response = next.run(request).await;
            let number = HeaderValue::from(self.0.fetch_add(1, Relaxed) + 1);
            response.with(HeaderName::from_static("x-number"), number)
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("files");
    let router = Arc::new(router(&Notes::default(), Files::new(folder)?));
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        spawn(serve(listener, router));
        let session = Session::new();
        for (method, path, body, status, says) in [
            (Method::POST, "/notes", "wait for nobody", 201, "/notes/0"),
            (Method::POST, "/notes", "wait for all", 201, "/notes/1"),
            (Method::GET, "/notes/1", "", 200, "wait for all"),
            (Method::GET, "/notes?with=nobody", "", 200, "[\"wait for nobody\"]"),
            (Method::GET, "/notes/2", "", 404, "nothing is here"),
            (Method::GET, "/notes/two", "", 404, "nothing is here"),
            (Method::DELETE, "/notes", "", 405, "no such method here"),
            (Method::GET, "/broken", "", 500, "something went wrong here"),
            (Method::GET, "/files/index.html", "", 200, "<!doctype html>"),
            (Method::GET, "/files/%2e%2e/Cargo.toml", "", 404, "nothing is here"),
        ] {
            let url = format!("http://{addr}{path}");
            let answer = session.request(method.clone(), &url).body(body).send().await?;
            let number = answer.field("x-number").unwrap_or("?").to_owned();
            let got = answer.status().as_u16();
            let text = answer.text(TINY).await?;
            let first = text.lines().next().unwrap_or_default();
            println!("{number:>2}  {:<6} {path:<25} {got} {first}", method.as_str());
            assert!(got == status && text.starts_with(says), "expected {status} {says}");
        }
        assert_eq!(session.counts().opened, 1, "errors end no connection");
        Ok(())
    })
}

async fn serve(listener: TcpListener, router: Arc<Router>) -> std::io::Result<()> {
    loop {
        let (stream, _): (TcpStream, _) = listener.accept().await?;
        let router = Arc::clone(&router);
        spawn(async move {
            let _ = executor::serve_connection(stream, &router, Settings::default()).await;
        });
    }
}
