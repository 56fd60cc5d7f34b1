//! HTTP/1.0 knows neither chunks nor, unless it is asked for, a second request (RFC 9112, section
//! 9.3 and appendix C.2).

use crate::client::Noise;

use super::super::case::{Case, Verdict, Within, ensure};
use super::{HELLO, is_ok};

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    // Without Host, which it did not have.
    let mut client = case.connect(&server)?;
    is_ok(&client.request(b"GET / HTTP/1.0\r\n\r\n")?, HELLO)?;
    client.expect_eof().within("after GET by HTTP/1.0")?;

    let body = Noise(10).bytes(100_000);
    let head = format!("POST /echo HTTP/1.0\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut client = case.connect(&server)?;
    let response = client.request(&[head.as_bytes(), &body].concat())?;
    is_ok(&response, &body).within("POST by HTTP/1.0")?;
    ensure(response.field("transfer-encoding").is_none(), || {
        format!("HTTP/1.0 does not know chunks: {response}")
    })?;
    client.expect_eof().within("after POST by HTTP/1.0")?;

    // A server may keep the connection, and must say so if it does.
    let mut client = case.connect(&server)?;
    let request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    let response = client.request(request)?;
    is_ok(&response, HELLO)?;
    if response.field("connection").is_some_and(|value| value.eq_ignore_ascii_case("keep-alive")) {
        is_ok(&client.request(request).within("a second request by HTTP/1.0")?, HELLO)
    } else {
        client.expect_eof().within("a connection that was not said to be kept")
    }
}
