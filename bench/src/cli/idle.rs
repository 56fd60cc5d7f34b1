//! `bench idle`: a few clients that speak, beside a crowd that does not.

use clap::Args;
use ladder::{Chapter, Protocol};

use super::asked::{Models, clients, once};
use super::frame::Frame;
use super::{OfUsage, Outcome};
use crate::measure::{self, Case};
use crate::table::CLOSED;

/// What distinguishes this kind of record.
const KIND: &str = "idle";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- idle                              up to 9000 silent clients
  cargo run --release -p bench -- idle threads poll epoll --silent 0,8000
  cargo run --release -p bench -- idle --rounds 5 --json bench/runs/DATE-idle.json

The crowd is the lesson: threads pay for it with memory, poll with time, epoll with neither. Server and load
are two processes, each of which has a descriptor for every client (ulimit -n).

Exit status: 0, 1 when a model failed (its row says why, the others stand), 2 for wrong arguments.";

/// A crowd: latency, processor time and memory a connection, with many clients that say nothing
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Idle {
    #[command(flatten)]
    models: Models,

    /// Numbers of clients that say nothing
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "0,1000,5000,9000")]
    silent: Vec<u32>,

    /// Clients beside them that speak
    #[arg(long, value_name = "COUNT", default_value = "50", value_parser = clients)]
    connections: usize,

    #[command(flatten)]
    frame: Frame,
}

impl Idle {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let subjects = self.models.choose(chapters, Protocol::Echo).of_usage()?;
        let case = |silent: u32| {
            let silent = usize::try_from(silent).unwrap_or(usize::MAX);
            Case { silent, ..Case::closed(self.connections) }
        };
        let cases = once(&self.silent).into_iter().map(case).collect();
        let plan = self.frame.plan(subjects, cases).of_usage()?;
        Ok(self.frame.run(KIND, &plan, &CLOSED, measure::slice)?)
    }
}
