//! The answer to HEAD is the answer to GET without its body (RFC 9110, section 9.3.2).

use super::super::case::{Case, Verdict, Within, ensure};
use super::{bare, still_serves};

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    for path in ["/", "/nowhere", "/echo"] {
        let get = client.request(&bare("GET", path)).within(path)?;
        let head = client.request(&bare("HEAD", path)).within(path)?;
        for name in ["content-length", "content-type"] {
            ensure(get.status == head.status && get.field(name) == head.field(name), || {
                format!("{path}: GET and HEAD differ: {get} and {head}")
            })?;
        }
        // A body would be taken for the next answer.
        still_serves(&mut client).within(format_args!("after HEAD {path}"))?;
    }
    Ok(())
}
