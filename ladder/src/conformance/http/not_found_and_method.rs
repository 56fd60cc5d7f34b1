//! The two ways to be wrong in good form; the connection goes on after both.

use super::super::case::{Case, Verdict, Within, ensure};
use super::{bare, has_status, still_serves};

const PATHS: [&str; 7] = ["/nowhere", "//", "/echo/", "/echoes", "/Echo", "/%2f", "/../echo"];

/// What is allowed instead.
const METHODS: [(&str, &str, &str); 6] = [
    ("POST", "/", "GET, HEAD"),
    ("DELETE", "/", "GET, HEAD"),
    ("get", "/", "GET, HEAD"),
    ("BREW", "/?pot=1", "GET, HEAD"),
    ("GET", "/echo", "POST"),
    ("PUT", "/echo", "POST"),
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
    still_serves(&mut client).within("after errors")
}
