//! The two ways to be wrong in good form; the connection goes on after both.

use super::super::case::{Case, Verdict, Within, ensure};
use super::{bare, has_status, still_serves};

const PATHS: [&str; 7] = ["/nowhere", "//", "/echo/", "/echoes", "/Echo", "/%2f", "/../echo"];

/// What is allowed instead.
const METHODS: [(&str, &str, &str); 11] = [
    ("POST", "/", "GET, HEAD"),
    ("DELETE", "/", "GET, HEAD"),
    ("get", "/", "GET, HEAD"),
    ("BREW", "/?pot=1", "GET, HEAD"),
    ("GET", "/echo", "POST"),
    ("PUT", "/echo", "POST"),
    ("POST", "/delay/1", "GET, HEAD"),
    ("DELETE", "/files/numbers.txt", "GET, HEAD"),
    ("POST", "/error", "GET, HEAD"),
    ("POST", "/panic", "GET, HEAD"),
    ("OPTIONS", "/", "GET, HEAD"),
];

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    for path in PATHS {
        let response = client.request(&bare("GET", path)).within(path)?;
        has_status(&response, 404).within(path)?;
    }
    for (method, path, allowed) in METHODS {
        let what = format!("{method} {path}");
        let response = client.request(&bare(method, path)).within(&what)?;
        has_status(&response, 405).within(&what)?;
        let allow = response.field("allow").unwrap_or("");
        let same = allow.split(',').map(str::trim).eq(allowed.split(", "));
        ensure(same, || format!("{what}: expected Allow: {allowed}, got {response}"))?;
    }
    still_serves(&mut client).within("after errors")?;
    // Of the server as a whole, which is at no path (RFC 9110, section 9.3.7).
    let response = client.request(&bare("OPTIONS", "*")).within("OPTIONS *")?;
    ensure((200..300).contains(&response.status), || format!("OPTIONS *: got {response}"))?;
    still_serves(&mut client).within("after OPTIONS *")?;
    // Nothing else is (RFC 9112, section 3.2.4).
    let response = client.request(&bare("GET", "*")).within("GET *")?;
    ensure(matches!(response.status, 400 | 404 | 405), || format!("GET *: got {response}"))
}
