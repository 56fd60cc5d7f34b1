//! A router that is asked, with nothing in between.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use ch04_async::{Runtime, timeout};
use ch05_http::executor::CLOCK;
use ch05_http::proto::{Limits, Received, Server};
use ch05_http::web::{Body, Head, Request, Router};
use http::HeaderName;
use http::header::CONTENT_TYPE;

/// Nothing here takes long; this is for a test that hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) fields: Vec<(HeaderName, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).expect("text")
    }
}

/// Asks for `target`.
pub(crate) fn get(router: &Router, target: &str) -> Answer {
    ask(router, "GET", target, &[], Body::Empty)
}

/// Asks in any way.
pub(crate) fn ask(
    router: &Router,
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: Body,
) -> Answer {
    run(async {
        let request = request(method, target, fields, body).expect("a request");
        let mut response = router.answer(request).await;
        let media_type = response.media_type.map(|known| (CONTENT_TYPE, known.as_str().to_owned()));
        let text = |value: &http::HeaderValue| value.to_str().expect("text").to_owned();
        let fields = response.fields.iter().map(|(name, value)| (name.clone(), text(value)));
        Answer {
            status: response.status.as_u16(),
            fields: media_type.into_iter().chain(fields).collect(),
            body: response.body.whole(1 << 30).await.expect("a body").into(),
        }
    })
}

/// A request as our own protocol makes it of its text; an error for one that it refuses.
pub(crate) fn request(
    method: &str,
    target: &str,
    fields: &[(&str, &str)],
    body: Body,
) -> io::Result<Request> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: ladder\r\n");
    for (name, value) in fields {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text += "\r\n";
    match Server::new(Limits::default()).receive(&mut BytesMut::from(text.as_bytes())) {
        Ok(Received::Head(head)) => Ok(Request::new(Head::Own(head), body, CLOCK)),
        other => Err(io::Error::other(format!("{other:?}"))),
    }
}

/// Runs on a runtime of ours.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let limited = async { timeout(PATIENCE, test).await.expect("in time") };
    Runtime::new().expect("a runtime").block_on(limited)
}
