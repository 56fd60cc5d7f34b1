//! Connections that are kept for later keep nobody waiting, and are there later.

use super::super::case::{Case, Verdict, Within};
use super::still_serves;

const KEPT: usize = 200;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut kept = case.held(&server, KEPT.min(case.at_once().saturating_sub(1)))?;
    // Each asks once, and says nothing then.
    for (number, client) in kept.iter_mut().enumerate() {
        still_serves(client).within(format_args!("client {number}, to be kept"))?;
    }
    case.serves_another(&server, "beside those that are kept")?;
    // Half of them leave; the others ask again, those first who asked last.
    let mut number = 0;
    kept.retain(|_| {
        number += 1;
        number % 2 == 0
    });
    for (number, client) in kept.iter_mut().enumerate().rev() {
        still_serves(client).within(format_args!("kept client {number}, asking again"))?;
    }
    Ok(())
}
