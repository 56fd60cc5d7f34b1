//! `bench echo`: the echo models in a closed loop, or in an open one.

use clap::Args;
use ladder::{Chapter, Protocol};

use super::asked::{Models, Rates, clients, once};
use super::frame::Frame;
use super::{OfUsage, Outcome};
use crate::measure::{self, Case};

/// What distinguishes this kind of record.
const KIND: &str = "echo";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- echo                                 as fast as each answers
  cargo run --release -p bench -- echo epoll tokio --connections 100
  cargo run --release -p bench -- echo epoll c-epoll --rate 20000      20,000 messages are due each second
  cargo run --release -p bench -- echo 'ch0[34]/*' --rate 10000,40000,80000
  cargo run --release -p bench -- echo threads --rate 20000 --json bench/runs/DATE-echo.json

Without --rate each client waits for its answer before it sends again: a slow server is asked less, and hides
by that how slow it is. With --rate messages are due whatever the server does, and the response time counts
from then (\"no coordinated omission\"); the service time counts from when a message was really sent.

Exit status: 0, 1 when a model failed (its row says why, the others stand), 2 for wrong arguments.";

/// Echo: messages a second, latency and processor time, as fast as can be or at a fixed rate
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Echo {
    #[command(flatten)]
    models: Models,

    /// Numbers of clients
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "50")]
    #[arg(value_parser = clients)]
    connections: Vec<usize>,

    #[command(flatten)]
    rates: Rates,

    #[command(flatten)]
    frame: Frame,
}

impl Echo {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let subjects = self.models.choose(chapters, Protocol::Echo).of_usage()?;
        let closed = once(&self.connections).into_iter().map(Case::closed);
        let cases = closed.flat_map(|case| self.rates.each(case)).collect();
        let plan = self.frame.plan(subjects, cases).of_usage()?;
        Ok(self.frame.run(KIND, &plan, self.rates.layout(), measure::slice)?)
    }
}
