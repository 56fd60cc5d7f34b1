//! `bench instructions`: what a message costs outside of the kernel.

use std::fmt::Write;
use std::process::ExitCode;

use clap::Args;
use indicatif::ProgressBar;
use ladder::{Chapter, Protocol};
use serde::Serialize;

use super::asked::Asked;
use super::outputs::Outputs;
use super::{OfUsage, Outcome};
use crate::callgrind;
use crate::instructions::{CLIENTS, ROUNDS, Row, row};
use crate::measure::MESSAGE_BYTES;
use crate::record::Plain;
use crate::script::Ask;
use crate::subject;

/// What distinguishes this kind of record.
const KIND: &str = "instructions";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- instructions                     all models, and the least loop in C
  cargo run --release -p bench -- instructions --models epoll,tokio
  cargo run --release -p bench -- instructions --models hyper,'peer/*' --request get,post --depth 1,16
  cargo run --release -p bench -- instructions --json bench/runs/DATE-instructions.json

Exit status: 0, 1 when a server failed or there is no valgrind, 2 for wrong arguments.";

/// How many instructions outside of the kernel a message takes
///
/// Counts them by callgrind of valgrind(1), which must be installed. The counts do not depend on how fast
/// or how busy the machine is.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Instructions {
    /// Only these: names (epoll), full names (ch03/epoll), patterns ('ch03/*') or peers (peer/hyper)
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    models: Vec<String>,

    #[command(flatten)]
    asked: Asked,

    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Serialize)]
struct Settings {
    valgrind: String,
    optimised: bool,
    burst_clients: usize,
    messages: usize,
    message_bytes: usize,
}

impl Instructions {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let mut subjects = subject::choose(chapters, &self.models).of_usage()?;
        self.outputs.check().of_usage()?;
        let valgrind = callgrind::version()?;
        // The least servers stand beside the models, unasked.
        for protocol in [Protocol::Echo, Protocol::Http] {
            let any = subjects.iter().any(|subject| subject.protocol() == protocol);
            if let Some(least) = subject::least(protocol).filter(|_| any) {
                subjects.retain(|subject| subject.name() != least.name());
                subjects.insert(0, least);
            }
        }
        let cases: Vec<(Protocol, Ask, usize)> = self
            .asked
            .each(&[1])
            .into_iter()
            .map(|(ask, depth)| (Protocol::Http, ask, depth))
            .chain([(Protocol::Echo, Ask::Echo, 1)])
            .collect();
        let bar = ProgressBar::new((subjects.len() * cases.len()) as u64);
        let mut rows = Vec::new();
        for &(protocol, ask, depth) in &cases {
            for subject in subjects.iter().filter(|subject| subject.protocol() == protocol) {
                rows.push(row(subject, ask, depth));
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        let settings = Settings {
            valgrind,
            optimised: !cfg!(debug_assertions),
            burst_clients: CLIENTS,
            messages: CLIENTS * ROUNDS,
            message_bytes: MESSAGE_BYTES,
        };
        self.outputs.write(&Plain::new(KIND, settings, &rows), || report(&rows))?;
        let failed = rows.iter().any(|row| row.status == "failed");
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn report(rows: &[Row]) -> String {
    let mut text = format!("{:<22}{:<20}{:>14}\n", "", "", "instructions");
    for row in rows {
        let asked = row.request.map(|request| format!("{request} {} deep", row.depth));
        let asked = asked.unwrap_or_default();
        let _ = match (row.instructions_per_message, &row.why) {
            (Some(count), _) => writeln!(text, "{:<22}{asked:<20}{count:>14.0}", row.name),
            (None, why) => {
                writeln!(text, "{:<22}{asked:<20}  {}", row.name, why.as_deref().unwrap_or("-"))
            }
        };
    }
    text + "\nOutside of the kernel, for one message, where 50 clients speak at once.\n"
}
