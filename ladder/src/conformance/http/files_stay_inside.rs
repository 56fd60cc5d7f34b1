//! No spelling of a path leads out of the folder that is served.
//!
//! A path is decoded once, taken apart, and looked at; servers that do it in another order, or
//! twice, have shown their passwords since there were servers.

use super::super::case::{Case, Verdict, Within, ensure};
use super::bare;

/// What lies beside the folder in every package, and what it says.
const OUTSIDE: &str = "[package]";

/// Paths below `/files/`, all of which would lead to something if they were read wrongly.
const PATHS: [&str; 27] = [
    "../Cargo.toml",
    "./../Cargo.toml",
    "numbers.txt/../../Cargo.toml",
    "%2e%2e/Cargo.toml",
    ".%2e/Cargo.toml",
    "%2E%2E/Cargo.toml",
    "..%2fCargo.toml",
    "..%2FCargo.toml",
    "%2e%2e%2fCargo.toml",
    "..%5cCargo.toml",
    "..\\Cargo.toml",
    "%252e%252e/Cargo.toml",
    "%252e%252e%252fCargo.toml",
    "..%252fCargo.toml",
    // Longer than they need be, as no UTF-8 may be (RFC 3629, section 3).
    "%c0%ae%c0%ae/Cargo.toml",
    "..%c0%afCargo.toml",
    "%e0%80%ae%e0%80%ae/Cargo.toml",
    "..;/Cargo.toml",
    "....//Cargo.toml",
    "..%00/Cargo.toml",
    "../Cargo.toml%00.txt",
    "numbers.txt%00.html",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "../../../../../../../../../../../../etc/passwd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "file:///etc/passwd",
];

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    for path in PATHS {
        // A server may hang up on a target that it does not like.
        let mut client = case.connect(&server)?;
        let target = format!("/files/{path}");
        let response = client.request(&bare("GET", &target)).within(&target)?;
        let text = String::from_utf8_lossy(&response.body);
        let shown = text.contains(OUTSIDE) || text.contains("root:");
        ensure(!shown, || format!("{target} shows what is outside: {response}"))?;
        ensure(matches!(response.status, 400 | 404), || {
            format!("{target}: expected a 400 or 404, got {response}")
        })?;
    }
    case.serves_another(&server, "after paths that lead out")
}
