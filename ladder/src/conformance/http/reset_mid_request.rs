//! Clients that vanish in the middle of a request: of its head, of its body, and between two.

use super::super::case::{Case, Verdict, Within, ensure};
use super::super::descriptors;
use super::{GET, post};

const CLIENTS: usize = 5;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let before = descriptors::baseline(case, &server)?;
    let mut neighbour = if case.at_once() > 1 { case.held(&server, 1)?.pop() } else { None };
    let before = before.map(|before| before + usize::from(neighbour.is_some()));
    let middles = [
        GET[..GET.len() - 5].to_vec(),
        post("Content-Length: 100\r\n", b"not a hundred"),
        post("Transfer-Encoding: chunked\r\n", b"ff\r\nnot 255"),
    ];
    for middle in &middles {
        for _ in 0..CLIENTS {
            let mut client = case.connect(&server)?;
            // So that its reset meets a server that knows it.
            client.exchange(b"here")?;
            client.send(middle)?;
            client.reset()?;
        }
    }
    descriptors::wait_until_back(case, &server, before).within("after resets")?;
    if let Some(neighbour) = &mut neighbour {
        neighbour.exchange(b"neighbour").within("a neighbour of clients that were reset")?;
    }
    drop(neighbour);
    let report = server.stop().within("stopping after resets")?.report;
    let resets = (middles.len() * CLIENTS) as u64;
    ensure(report.lost == resets, || {
        format!("the report should count {resets} clients lost by reset: {report}")
    })
}
