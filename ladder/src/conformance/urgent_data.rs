//! A byte out of band (RFC 6093), which servers of today neither want nor expect.

use crate::client::Client;
use crate::process::Server;

use super::case::{Case, SEEN_TO_WAIT, Verdict, Within};
use super::frozen::while_frozen;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let mut server = case.spawn()?;
    let mut client = case.connect(&server)?;
    client.exchange(b"before")?;
    client.send_urgent(b'!')?;
    // POLLPRI stays until the byte is passed; a selector that asks for it gets it again and again.
    case.rests(&mut server, "after an urgent byte")?;
    client.exchange(b"after").within("after an urgent byte")?;
    in_mid_stream(case, &server, &mut client)?;
    client.half_close()?;
    client.expect_eof().within("after an urgent byte")
}

/// A read ends at the urgent mark, with fewer bytes than there are. So a short read is no proof
/// that nothing is left.
fn in_mid_stream(case: &Case<'_>, server: &Server, client: &mut Client) -> Verdict {
    while_frozen(server, || {
        client.send(b"a")?;
        client.send_urgent(b'!')?;
        Ok(client.send(b"b")?)
    })?;
    let place = "around an urgent byte in mid-stream";
    if !case.limits().stalls_at_urgent_data {
        return client.expect(b"ab").within(place);
    }
    client.expect(b"a").within(place)?;
    client
        .stays_silent(SEEN_TO_WAIT)
        .within("the model claims to leave what is behind an urgent byte unread")?;
    client.send(b"c")?;
    client.expect(b"bc").within(place)
}
