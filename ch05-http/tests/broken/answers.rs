//! What is answered to a request that is understood.

use std::io;
use std::time::Duration;

use crate::fault::Fault;
use crate::files;
use crate::request::{Framing, Request};
use crate::server::Connection;

const DELAY_MS_MAX: u64 = 10_000;

/// One answer, but for its framing.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: &'static str,
    /// Each with its CRLF.
    pub(crate) fields: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(status: &'static str, text: &str) -> Answer {
        Answer { status, fields: String::new(), body: text.into() }
    }
}

impl Connection {
    /// Answers one request; false if it was the last one.
    pub(crate) async fn answer(&mut self, request: &Request) -> io::Result<bool> {
        let path = request.path.as_str();
        let allowed = match path {
            "/echo" => "POST",
            "/" | "/error" | "/panic" => "GET, HEAD",
            _ if path.starts_with("/files/") || delay(path).is_some() => "GET, HEAD",
            "*" if request.method == "OPTIONS" && self.fault != Fault::StarIsAPath => "OPTIONS",
            _ => "",
        };
        let answer = if allowed.is_empty() {
            Answer::text("404 Not Found", "nowhere\n")
        } else if !allowed.split(", ").any(|method| method == request.method) {
            let mut no = Answer::text("405 Method Not Allowed", "no\n");
            if self.fault != Fault::NoAllow {
                no.fields = format!("Allow: {allowed}\r\n");
            }
            no
        } else {
            match path {
                "/echo" => return self.echo(request).await,
                "/" => Answer::text("200 OK", "hello\n"),
                "*" => Answer::text("200 OK", "all sorts\n"),
                "/panic" if self.fault == Fault::PanicsClose => panic!("asked for"),
                "/error" | "/panic" if self.fault == Fault::ShowsItsErrors => {
                    Answer::text("500 Internal Server Error", "asked for\n")
                }
                "/error" | "/panic" => Answer::text("500 Internal Server Error", "wrong\n"),
                _ => match (path.strip_prefix("/files/"), delay(path)) {
                    (Some(path), _) => files::answer(request, path, self.fault),
                    (None, ms) => self.delayed(ms.unwrap_or(0)).await,
                },
            }
        };
        let unread = request.framing != Framing::Sized(0);
        let wrong = self.fault == Fault::ErrorsClose && !answer.status.starts_with('2');
        let close = request.close || unread || wrong;
        self.text(answer, close, request.method == "HEAD").await?;
        Ok(!close)
    }

    async fn delayed(&mut self, ms: u64) -> Answer {
        let time = Duration::from_millis(ms);
        match self.fault {
            Fault::UnboundedDelay => tokio::time::sleep(time).await,
            _ if ms > DELAY_MS_MAX => return Answer::text("400 Bad Request", "too long\n"),
            Fault::DelaysEverybody => std::thread::sleep(time),
            Fault::ReadyTooEarly => tokio::time::sleep(time / 2).await,
            _ => tokio::time::sleep(time).await,
        }
        Answer::text("200 OK", "at last\n")
    }

    pub(crate) async fn text(
        &mut self,
        answer: Answer,
        close: bool,
        to_head: bool,
    ) -> io::Result<()> {
        let Answer { status, fields, body } = answer;
        let unchanged = status.starts_with("304");
        let size = format!("Content-Length: {}\r\n", body.len());
        let len = if unchanged { "" } else { &size };
        let close = if close { "Connection: close\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 {status}\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
             Content-Type: text/plain\r\n{len}{fields}{close}\r\n"
        );
        let body = match (to_head && self.fault != Fault::BodyToHead, unchanged) {
            (true, _) => &[],
            (false, true) if self.fault == Fault::BodyTo304 => b"unchanged\n".as_slice(),
            _ => &body,
        };
        self.send(&[head.as_bytes(), body].concat()).await
    }
}

/// The milliseconds in a path that has some.
fn delay(path: &str) -> Option<u64> {
    let digits = path.strip_prefix("/delay/")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
