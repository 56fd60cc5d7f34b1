//! `bench http`: the HTTP models, for requests one at a time and pipelined.

use anyhow::anyhow;
use clap::Args;
use ladder::{Chapter, Protocol};

use super::asked::{Asked, Models, Rates, clients, once};
use super::frame::Frame;
use super::{Failure, OfUsage, Outcome};
use crate::measure::{self, Case};

/// What distinguishes this kind of record.
const KIND: &str = "http";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- http                                 GET /, one at a time and 16 deep
  cargo run --release -p bench -- http hyper --request get,post
  cargo run --release -p bench -- http --peers                         beside hyper, axum, actix, nginx as they are
  cargo run --release -p bench -- http executor peer/hyper --depth 1,4,16,64
  cargo run --release -p bench -- http executor --rate 5000,20000      requests are due at a fixed rate
  cargo run --release -p bench -- http --json bench/runs/DATE-http.json

A client that asks DEPTH deep sends so many requests at once, and the next when all answers are there. Rates
depend on who else uses the machine, and on the load itself; compare by processor time. So fine that one per
cent shows: `bench ratio --base peer/http-raw --depth 1`; without any noise: `bench instructions`.

Exit status: 0, 1 when a model failed (its row says why, the others stand), 2 for wrong arguments.";

/// HTTP: requests a second, latency and processor time, plain and pipelined
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Http {
    #[command(flatten)]
    models: Models,

    /// Numbers of clients
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "64")]
    #[arg(value_parser = clients)]
    connections: Vec<usize>,

    #[command(flatten)]
    asked: Asked,

    #[command(flatten)]
    rates: Rates,

    #[command(flatten)]
    frame: Frame,
}

impl Http {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let subjects = self.models.choose(chapters, Protocol::Http).of_usage()?;
        // In an open loop one message is on its way on a client.
        let unasked = if self.rates.none() { &[1, 16][..] } else { &[1] };
        let asked = self.asked.each(unasked);
        let deep = asked.iter().any(|(_, depth)| *depth > 1);
        if deep && !self.rates.none() {
            let error = anyhow!("--rate is for requests one at a time: leave out --depth");
            return Err(Failure::Usage(error));
        }
        let mut cases = Vec::new();
        for connections in once(&self.connections) {
            for &(ask, depth) in &asked {
                let closed = Case { ask, depth, ..Case::closed(connections) };
                cases.extend(self.rates.each(closed));
            }
        }
        let plan = self.frame.plan(subjects, cases).of_usage()?;
        Ok(self.frame.run(KIND, &plan, self.rates.layout(), measure::slice)?)
    }
}
