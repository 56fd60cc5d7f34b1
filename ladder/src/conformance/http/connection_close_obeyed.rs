//! A client that says it is done gets its answer, and then the end; what it sent behind is not
//! answered (RFC 9112, section 9.6).

use super::super::case::{Case, Verdict, Within, ensure};
use super::{HELLO, SMUGGLED, is_ok};

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    for option in ["close", "Close", "close, x-other", "x-other,close"] {
        let request = format!("GET / HTTP/1.1\r\nHost: ladder\r\nConnection: {option}\r\n\r\n");
        for behind in [b"", SMUGGLED] {
            let mut client = case.connect(&server)?;
            let what = format!("Connection: {option}, and {} bytes behind", behind.len());
            let response = client.request(&[request.as_bytes(), behind].concat()).within(&what)?;
            is_ok(&response, HELLO).within(&what)?;
            let says = response.field("connection").unwrap_or("");
            ensure(says.eq_ignore_ascii_case("close"), || {
                format!("{what}: the answer should say so, too: {response}")
            })?;
            client.expect_eof().within(&what)?;
        }
    }
    Ok(())
}
