//! A client that ended its side still wants its answer (RFC 9293, section 3.6).

use crate::client::Noise;

use super::super::case::{Case, Verdict, Within, ensure};
use super::super::frozen::while_frozen;
use super::{GET, HELLO, is_ok, list, post, sized, until_end};

/// Several of the server's reads, and little enough for the first packets.
const BODY_BYTES: usize = 40_000;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;

    let mut client = case.connect(&server)?;
    client.half_close()?;
    client.expect_eof().within("a client that says nothing and ends")?;

    let body = Noise(3).bytes(BODY_BYTES);
    for (what, request, expected) in
        [("GET", GET.to_vec(), HELLO), ("POST", sized(&body), body.as_slice())]
    {
        let mut client = case.connect(&server)?;
        while_frozen(&server, || {
            client.send(&request)?;
            Ok(client.half_close()?)
        })?;
        let response = client.next_response(false);
        let response = response.within(format_args!("{what} and end of input found together"))?;
        is_ok(&response, expected)?;
        client.expect_eof().within(what)?;
    }

    // Half a request gets no 200, and above all is not waited for.
    for request in [&GET[..GET.len() - 2], &post("Content-Length: 10\r\n", b"half ")] {
        let mut client = case.connect(&server)?;
        client.send(request)?;
        client.half_close()?;
        let answers = until_end(&mut client).within("half a request and the end")?;
        ensure(answers.iter().all(|response| response.status == 400), || {
            format!("half a request and the end was answered: {}", list(&answers))
        })?;
    }
    case.serves_another(&server, "after half-closed ones")
}
