//! Arguments that several instruments take: who is measured, with how many clients, and what those ask.

use anyhow::{Result, ensure};
use clap::Args;
use clap::builder::RangedI64ValueParser;
use ladder::{Chapter, Protocol};

use crate::catalogue::protocol_name;
use crate::measure::{Case, Slice};
use crate::script::Ask;
use crate::subject::{self, Subject};
use crate::table::{CLOSED, Layout, OPEN};

/// Requests that are sent at once must fit into the buffers on the way, for their answers are read later.
const DEPTH_MAX: usize = 256;

/// No generator on one core can send more in a second.
const RATE_MAX: i64 = 10_000_000;

/// Who is compared, by the instruments that speak one protocol.
#[derive(Args, Debug)]
pub(super) struct Models {
    /// Only these: names (epoll), full names (ch03/epoll), patterns ('ch03/*') or peers (c-epoll)
    #[arg(value_name = "MODELS")]
    models: Vec<String>,

    /// Also all peers that can be started here
    #[arg(long)]
    peers: bool,
}

impl Models {
    /// Those that speak `protocol`; an error here is one of the arguments. A peer that was not named and
    /// cannot be started is said to be absent.
    pub(super) fn choose(&self, chapters: &[Chapter], protocol: Protocol) -> Result<Vec<Subject>> {
        chosen(chapters, &self.models, self.peers, protocol)
    }
}

/// Those that `patterns` mean and that speak `protocol`, and with `peers` all peers that do.
pub(super) fn chosen(
    chapters: &[Chapter],
    patterns: &[String],
    peers: bool,
    protocol: Protocol,
) -> Result<Vec<Subject>> {
    let mut subjects = subject::choose(chapters, patterns)?;
    subjects.retain(|subject| subject.protocol() == protocol);
    for peer in subject::peers().filter(|peer| peers && peer.protocol() == protocol) {
        if subjects.iter().all(|subject| subject.name() != peer.name()) {
            match peer.prepare() {
                Ok(()) => subjects.push(peer),
                Err(why) => eprintln!("bench: {} is absent: {why:#}", peer.name()),
            }
        }
    }
    ensure!(!subjects.is_empty(), "none of these speaks {}", protocol_name(protocol));
    Ok(subjects)
}

/// What HTTP models are asked, and how many at once.
#[derive(Args, Debug)]
pub(super) struct Asked {
    /// What is asked for in HTTP: get for GET /, post for POST /echo with a message
    #[arg(long, value_name = "REQUESTS", value_delimiter = ',', default_value = "get")]
    #[arg(value_parser = ask)]
    request: Vec<Ask>,

    /// Requests that a client sends at once in HTTP, before the first answer (pipelining)
    #[arg(long, value_name = "COUNTS", value_delimiter = ',')]
    #[arg(value_parser = depth)]
    depth: Vec<usize>,
}

impl Asked {
    /// Each request with each depth, of which `unasked` are those where none was given.
    pub(super) fn each(&self, unasked: &[usize]) -> Vec<(Ask, usize)> {
        let depths = once(if self.depth.is_empty() { unasked } else { &self.depth });
        let of = |ask: Ask| depths.iter().map(move |depth| (ask, *depth));
        once(&self.request).into_iter().flat_map(of).collect()
    }
}

fn ask(text: &str) -> Result<Ask, String> {
    match text {
        "get" => Ok(Ask::Greeting),
        "post" => Ok(Ask::Echo),
        _ => Err("there are get and post".into()),
    }
}

fn depth(text: &str) -> Result<usize, String> {
    let depth: usize = text.parse().map_err(|error| format!("{error}"))?;
    if (1..=DEPTH_MAX).contains(&depth) {
        Ok(depth)
    } else {
        Err(format!("must be 1 to {DEPTH_MAX}"))
    }
}

/// Whether messages are due at a rate.
#[derive(Args, Debug)]
pub(super) struct Rates {
    /// Messages that are due in a second, all clients together: an open loop for each of these
    #[arg(long, value_name = "RATES", value_delimiter = ',', value_parser = rate())]
    rate: Vec<u32>,
}

impl Rates {
    /// Whether all loops are closed.
    pub(super) fn none(&self) -> bool {
        self.rate.is_empty()
    }

    /// `closed` at each rate, or as it is where there is none.
    pub(super) fn each(&self, closed: Case) -> Vec<Case> {
        if self.none() {
            return vec![closed];
        }
        let open = |rate| Case { rate: Some(rate), ..closed };
        once(&self.rate).into_iter().map(open).collect()
    }

    /// The table that shows it.
    pub(super) fn layout(&self) -> &'static Layout<Slice> {
        if self.none() { &CLOSED } else { &OPEN }
    }
}

fn rate() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=RATE_MAX)
}

/// A number of clients, on the command line.
pub(super) fn clients(text: &str) -> Result<usize, String> {
    match text.parse::<u32>() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(count) => usize::try_from(count).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Each once, in the order in which they were asked for.
pub(super) fn once<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut each = Vec::new();
    for value in values {
        if !each.contains(value) {
            each.push(*value);
        }
    }
    each
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_client_is_no_number_of_clients() {
        assert_eq!(clients("50"), Ok(50));
        assert!(clients("0").is_err() && clients("x").is_err());
    }

    #[test]
    fn what_is_asked_for_twice_is_measured_once() {
        assert_eq!(once(&[50, 1, 50, 2, 1]), [50, 1, 2]);
    }
    #[test]
    fn each_rate_is_a_case_and_without_one_the_loop_is_closed() {
        let closed = Case::closed(50);
        let rates = |rate: &[u32]| {
            let cases = Rates { rate: rate.to_vec() }.each(closed);
            cases.iter().map(|case| case.rate).collect::<Vec<_>>()
        };
        assert_eq!(rates(&[]), [None]);
        assert_eq!(rates(&[7, 9, 7]), [Some(7), Some(9)]);
    }
}
