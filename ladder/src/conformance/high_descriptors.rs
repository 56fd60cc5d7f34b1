//! More clients than a set of select(2) has bits.
//!
//! Such a set ends at FD_SETSIZE, and a program that puts a higher number into it writes behind it.
//! A model that has a limit of this kind must refuse who is beyond it, at once and in words, which
//! are a count of its report; go on with the others; and take new clients when some have left. All
//! others do not even notice.

use std::io::{self, ErrorKind};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::process::Server;

use super::case::{Case, DESCRIPTORS_OF_A_SERVER, Failure, Verdict, Within, ensure};

/// FD_SETSIZE is 1024 on most systems.
const CLIENTS: usize = 1100;

/// Clients that come when the model is full.
const BEYOND: usize = 3;

/// How many of those who are served leave.
const LEAVING: usize = 10;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    if let Some(limit) = case.limits().descriptors {
        return at_its_limit(case, server, limit);
    }
    let mut held = case.held(&server, CLIENTS)?;
    for (number, client) in held.iter_mut().enumerate() {
        client.exchange(b"still").within(format_args!("client {number} of {CLIENTS}"))?;
    }
    Ok(())
}

fn at_its_limit(case: &Case<'_>, mut server: Server, limit: usize) -> Verdict {
    let mut held = Vec::new();
    while let Some(client) = enter(case, &server, held.len())? {
        held.push(client);
        ensure(held.len() < limit, || {
            format!(
                "the model claims to refuse descriptors from {limit} on, and serves {limit} clients"
            )
        })?;
    }
    let full = held.len();
    ensure(full + DESCRIPTORS_OF_A_SERVER >= limit, || {
        format!("client {full} was refused, long before descriptor {limit}")
    })?;
    for number in 1..BEYOND {
        let one_more = enter(case, &server, full + number)?;
        ensure(one_more.is_none(), || {
            format!("client {} was served, beyond others", full + number)
        })?;
    }
    case.rests(&mut server, "when it has refused clients")?;
    for (number, client) in held.iter_mut().enumerate() {
        client.exchange(b"still").within(format_args!("client {number}, beside the refused"))?;
    }
    held.truncate(full - LEAVING);
    let refused_since = until_served(case, &server)?;
    let report = server.stop().within("stopping after clients were refused")?.report;
    let refused = (BEYOND + refused_since) as u64;
    ensure(report.refused == refused && report.lost == 0, || {
        format!("{refused} clients were refused, and the report says: {report}")
    })
}

/// A new client, if it is served; `None` if its connection is ended instead.
fn enter(case: &Case<'_>, server: &Server, number: usize) -> Result<Option<Client>, Failure> {
    let mut client = case.connect(server)?;
    match client.exchange(b"here") {
        Ok(()) => Ok(Some(client)),
        Err(error) if was_closed(&error) => Ok(None),
        Err(error) => {
            Err(error).within(format_args!("client {number}, neither served nor refused"))
        }
    }
}

fn was_closed(error: &io::Error) -> bool {
    let ended = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    ended.contains(&error.kind())
}

/// Comes again until the server has seen that others left. How often it was refused.
fn until_served(case: &Case<'_>, server: &Server) -> Result<usize, Failure> {
    let deadline = Instant::now() + case.patience;
    let mut refused = 0;
    while enter(case, server, 0)?.is_none() {
        refused += 1;
        ensure(Instant::now() < deadline, || {
            format!(
                "{LEAVING} clients left, and after {:?} a new one is still refused",
                case.patience
            )
        })?;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(refused)
}
