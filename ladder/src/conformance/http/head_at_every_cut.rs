//! A head comes in any number of pieces: what was read of it must not be forgotten, and not be
//! taken for the whole.

use super::super::case::{Case, Verdict, Within};
use super::{GET, HELLO, is_ok, still_serves};

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    // Its answer says that the server has most likely seen what another client sent before.
    let mut other = if case.at_once() > 1 { Some(case.connect(&server)?) } else { None };
    for cut in 1..GET.len() {
        let (first, second) = GET.split_at(cut);
        client.send(first)?;
        if let Some(other) = &mut other {
            still_serves(other)
                .within(format_args!("another client, while a head is cut at {cut}"))?;
        }
        client.send(second)?;
        let response = client.next_response(false);
        let response = response.within(format_args!("a head cut at {cut}"))?;
        is_ok(&response, HELLO).within(format_args!("a head cut at {cut}"))?;
    }
    client.send_each_byte(GET)?;
    let response = client.next_response(false).within("a head byte by byte")?;
    is_ok(&response, HELLO).within("a head byte by byte")
}
