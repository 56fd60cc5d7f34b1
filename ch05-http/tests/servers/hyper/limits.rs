//! The hyper model's limits, from both sides: what just fits is served, one more is refused.

use std::io;
use std::sync::Arc;

use ch05_http::app::App;
use ch05_http::hyper::{FIELDS_MAX, HEAD_BYTES_MAX, serve_connection};
use ch05_http::settings::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

/// The status that `request` gets.
async fn status_of(request: &str) -> io::Result<u16> {
    // Room for all of it, so that one task after the other can do its part.
    let (mut client, server) = duplex(8 * HEAD_BYTES_MAX);
    client.write_all(request.as_bytes()).await?;
    client.shutdown().await?;
    let app = App::new().expect("its files");
    serve_connection(server, app, Arc::default(), Settings::default()).await;
    let mut answer = String::new();
    client.read_to_string(&mut answer).await?;
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, answer))
}

/// A GET whose head is exactly so long.
fn head_of(bytes: usize) -> String {
    let (begin, end) = ("GET / HTTP/1.1\r\nHost: ladder\r\nA: ", "\r\n\r\n");
    format!("{begin}{}{end}", "a".repeat(bytes - begin.len() - end.len()))
}

/// A GET with exactly so many fields.
fn with_fields(fields: usize) -> String {
    format!("GET / HTTP/1.1\r\nHost: ladder\r\n{}\r\n", "A: b\r\n".repeat(fields - 1))
}

#[tokio::test]
async fn a_head_may_fill_the_buffer_and_no_more() {
    assert_eq!(status_of(&head_of(HEAD_BYTES_MAX)).await.expect("an answer"), 200);
    assert_eq!(status_of(&head_of(HEAD_BYTES_MAX + 1)).await.expect("an answer"), 431);
}

#[tokio::test]
async fn a_head_has_so_many_fields_and_no_more() {
    assert_eq!(status_of(&with_fields(FIELDS_MAX)).await.expect("an answer"), 200);
    assert_eq!(status_of(&with_fields(FIELDS_MAX + 1)).await.expect("an answer"), 431);
}
