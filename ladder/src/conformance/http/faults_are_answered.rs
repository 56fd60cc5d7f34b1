//! A handler that fails, or even panics, is a 500 for the one who asked. The server's text of it is
//! for its log: a client could learn from it what to attack.

use crate::process::Setup;

use super::super::case::{Case, Verdict, Within, ensure};
use super::{GET, HELLO, bare, has_status, is_ok, still_serves};

/// Each several times: whatever a panic leaves behind is met by the next one.
const ROUNDS: usize = 3;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn_with(Setup { quiet: true, ..Setup::default() })?;
    let mut client = case.connect(&server)?;
    for path in ["/error", "/panic"] {
        for _ in 0..ROUNDS {
            let response = client.request(&bare("GET", path)).within(path)?;
            has_status(&response, 500).within(path)?;
            let text = String::from_utf8_lossy(&response.body);
            ensure(!text.contains("asked for"), || {
                format!("{path}: the client is told what went wrong inside: {text:?}")
            })?;
            has_status(&client.request(&bare("HEAD", path)).within(path)?, 500).within(path)?;
            still_serves(&mut client).within(format_args!("the same client, after {path}"))?;
            // Its answer keeps its place among others.
            let what = format!("{path} among others");
            let three = [GET, &bare("GET", path), GET].concat();
            is_ok(&client.request(&three).within(&what)?, HELLO).within(&what)?;
            has_status(&client.next_response(false).within(&what)?, 500).within(&what)?;
            is_ok(&client.next_response(false).within(&what)?, HELLO).within(&what)?;
            case.serves_another(&server, &format!("after {path}"))?;
        }
    }
    drop(client);
    let report = server.stop()?.report;
    ensure(report.lost == 0, || format!("{} lost of those who were answered", report.lost))
}
