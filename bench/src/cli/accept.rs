//! `bench accept`: bursts of clients that come at once.

use clap::Args;
use ladder::Chapter;

use super::asked::{clients, once};
use super::frame::Frame;
use super::{OfUsage, Outcome};
use crate::accept::{LAYOUT, slice};
use crate::measure::Case;
use crate::subject;

/// What distinguishes this kind of record.
const KIND: &str = "accept";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- accept                           bursts of 100 and of 1000 clients
  cargo run --release -p bench -- accept threads epoll tokio --burst 2000
  cargo run --release -p bench -- accept 'ch04/*' --json bench/runs/DATE-accept.json

Exit status: 0, 1 when a model failed (its row says why, the others stand), 2 for wrong arguments.";

/// Bursts: clients that come at once, say one message each, and leave
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Accept {
    /// Only these: names (epoll), full names (ch03/epoll), patterns ('ch03/*') or peers (c-epoll)
    #[arg(value_name = "MODELS")]
    models: Vec<String>,

    /// Clients that come at once
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "100,1000")]
    #[arg(value_parser = clients)]
    burst: Vec<usize>,

    #[command(flatten)]
    frame: Frame,
}

impl Accept {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let subjects = subject::choose(chapters, &self.models).of_usage()?;
        let cases = once(&self.burst).into_iter().map(Case::closed).collect();
        let plan = self.frame.plan(subjects, cases).of_usage()?;
        Ok(self.frame.run(KIND, &plan, &LAYOUT, slice)?)
    }
}
