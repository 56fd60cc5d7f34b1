//! A byte out of band (RFC 6093), which servers of today neither want nor expect.

use super::case::{Case, Verdict, Within};

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let mut server = case.spawn()?;
    let mut client = case.connect(&server)?;
    client.exchange(b"before")?;
    client.send_urgent(b'!')?;
    // POLLPRI stays until the byte is passed; a selector that asks for it gets it again and again.
    case.rests(&mut server, "after an urgent byte")?;
    client.exchange(b"after").within("after an urgent byte")?;

    client.send(b"a")?;
    client.send_urgent(b'!')?;
    client.send(b"b")?;
    client.expect(b"a").within("before an urgent byte")?;
    // A read ends at the urgent mark, with fewer bytes than there are. An edge-triggered server
    // that takes a short read for the last one, as tokio does, finds 'b' only with the byte after
    // it. That is accepted here, and that a byte is changed or lost is not.
    client.send(b"c")?;
    client.expect(b"bc").within("after an urgent byte in mid-stream")?;
    client.half_close()?;
    client.expect_eof().within("after an urgent byte")
}
