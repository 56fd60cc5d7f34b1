//! `bench ratio`: processor time a message against a base.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use ladder::{Chapter, Idle, Protocol};
use serde::Serialize;

use super::asked::{Asked, chosen, clients, once};
use super::outputs::Outputs;
use super::{OfUsage, Outcome, check_descriptors};
use crate::measure::{Case, MESSAGE_BYTES};
use crate::pinning::Pinning;
use crate::ratio::{Plan, Run};
use crate::record::Header;
use crate::script::Ask;
use crate::subject::{self, Subject};

/// What distinguishes this kind of record.
const KIND: &str = "ratio";

/// Where others use the machine a run may take so many times as long as it would alone.
const PATIENCE: u32 = 4;

/// About how long a server's turn in a cycle takes.
const TURN: Duration = Duration::from_millis(60);

/// And with many connections.
const TURN_OF_MANY: Duration = Duration::from_millis(200);

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- ratio                            all that sleep, against a loop in C
  cargo run --release -p bench -- ratio --models epoll,mio --connections 10,100
  cargo run --release -p bench -- ratio --base ch04/tokio --models executor --connections 1000
  cargo run --release -p bench -- ratio --protocol http --peers --connections 64 --depth 1,16
  cargo run --release -p bench -- ratio --json bench/runs/DATE-ratio.json

The base is measured twice. When its second row is off by more than 2 % (4 % from 1000 connections on) the
run is thrown away and made again, up to --tries times; the last one is then shown, and said to be no good.

Exit status: 0, 1 when a server failed, 2 for wrong arguments.";

/// Processor time a message as a ratio to a base, so fine that one per cent shows
///
/// All servers live at the same time on one core, and one load on another core visits them in slices of 40
/// ms. Linux only.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Ratio {
    /// Only these: names (epoll), full names (ch03/epoll), patterns ('ch03/*') or peers (hyper-flush)
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    models: Vec<String>,

    /// Also all peers that can be started here
    #[arg(long)]
    peers: bool,

    /// What is spoken, where the base does not say it
    #[arg(long, value_name = "PROTOCOL", default_value = "echo")]
    #[arg(value_parser = ["echo", "http"])]
    protocol: String,

    /// What they are compared with: a model or a peer [default: the least loop that there is, c-epoll or
    /// peer/http-raw]
    #[arg(long, value_name = "NAME")]
    base: Option<String>,

    /// Numbers of clients
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "10,100")]
    #[arg(value_parser = clients)]
    connections: Vec<usize>,

    #[command(flatten)]
    asked: Asked,

    /// How often each is visited
    #[arg(long, value_name = "N", default_value = "25")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    cycles: u32,

    /// How often a run is made until its control is near enough to 1
    #[arg(long, value_name = "N", default_value = "3")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,

    /// Drop a cycle in which other programs had more of the cores than this. Less than 10 % may be
    /// nothing but the kernel's ticks of 10 ms; on a machine that is never quiet allow 100, and look
    /// at the control
    #[arg(long, value_name = "PERCENT", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=100))]
    others: u32,

    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Serialize)]
struct Record {
    #[serde(flatten)]
    header: Header,
    settings: Settings,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Settings {
    base: String,
    cycles: u32,
    tries: u32,
    others_percent_max: u32,
    message_bytes: usize,
    pinning: String,
}

impl Ratio {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let mut plan = self.plan(chapters).of_usage()?;
        let pinning = Pinning::apply();
        let mut runs = Vec::new();
        let asked = match plan.base.protocol() {
            Protocol::Echo => vec![(Ask::Echo, 1)],
            Protocol::Http => self.asked.each(&[1]),
        };
        for connections in once(&self.connections) {
            let turn = if connections < 1000 { TURN } else { TURN_OF_MANY };
            let turns = u32::try_from(plan.subjects.len() + 2).unwrap_or(u32::MAX);
            plan.patience = (turn * turns * self.cycles).saturating_mul(PATIENCE);
            for &(ask, depth) in &asked {
                plan.case = Case { ask, depth, ..plan.case };
                runs.push(self.kept(&plan, connections, pinning)?);
            }
        }
        let settings = Settings {
            base: plan.base.name().to_owned(),
            cycles: self.cycles,
            tries: self.tries,
            others_percent_max: self.others,
            message_bytes: MESSAGE_BYTES,
            pinning: pinning.to_string(),
        };
        let record = Record { header: Header::new(KIND), settings, runs };
        self.outputs.write(&record, || report(&record.runs))?;
        Ok(ExitCode::SUCCESS)
    }

    /// What was asked for; an error here is one of the arguments.
    fn plan(&self, chapters: &[Chapter]) -> Result<Plan> {
        let base = self.base(chapters)?;
        if base.idle() != Idle::Waits {
            bail!("{} never sleeps: nobody can be measured beside it", base.name());
        }
        let mut subjects = chosen(chapters, &self.models, self.peers, base.protocol())?;
        if self.peers {
            // It is there twice already, and nobody has asked for it by name.
            subjects.retain(|subject| subject.name() != base.name());
        }
        let most = self.connections.iter().copied().max().unwrap_or(0);
        // The load holds the clients of all servers at once.
        check_descriptors(&[most * (subjects.len() + 2)], 0)?;
        self.outputs.check()?;
        let cycles = usize::try_from(self.cycles)?;
        let others_max = f64::from(self.others) / 100.0;
        let case = Case::closed(most);
        Ok(Plan { base, subjects, cycles, others_max, case, patience: Duration::ZERO })
    }

    fn base(&self, chapters: &[Chapter]) -> Result<Subject> {
        let Some(name) = &self.base else {
            let http = self.protocol == "http";
            let least = subject::least(if http { Protocol::Http } else { Protocol::Echo });
            return least.context("there is no such loop here; name a model as --base");
        };
        let named = subject::choose(chapters, std::slice::from_ref(name))?;
        let [base] = &named[..] else { bail!("--base must be one model, or a peer") };
        Ok(base.clone())
    }

    /// A run whose control is right, or the last one.
    fn kept(&self, plan: &Plan, connections: usize, pinning: Pinning) -> Result<Run> {
        let mut left = self.tries;
        loop {
            let bar = ProgressBar::new(u64::from(self.cycles));
            let run = plan.run(connections, pinning, || bar.inc(1))?;
            bar.finish_and_clear();
            left -= 1;
            if run.kept || left == 0 {
                return Ok(run);
            }
            eprintln!("bench: {}; once more", thrown_away(&run));
        }
    }
}

fn thrown_away(run: &Run) -> String {
    let control = run.rows.get(1).and_then(|row| row.ratio);
    let control = control.map_or("nothing".to_owned(), |ratio| format!("{ratio:.3}"));
    let (cycles, dropped) = (run.cycles, run.dropped);
    format!(
        "{}: the base against itself is {control} in {cycles} cycles, {dropped} more were \
         dropped because others used the cores: thrown away",
        case(run)
    )
}

/// In what a run differs from the others.
fn case(run: &Run) -> String {
    let Run { connections, request, depth, .. } = run;
    match request {
        None => format!("{connections} connections"),
        Some(request) => format!("{connections} connections, {request} {depth} deep"),
    }
}

fn report(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        let (cycles, dropped) = (run.cycles, run.dropped);
        let case = case(run);
        let _ = writeln!(text, "{case}, {cycles} cycles, {dropped} dropped");
        let _ = writeln!(
            text,
            "  {:<20}{:>8}{:>18}{:>14}",
            "", "ratio", "19 times of 20", "µs/message"
        );
        for row in &run.rows {
            let role = match row.status {
                "base" | "control" => format!("{} ({})", row.name, row.status),
                _ => row.name.clone(),
            };
            let figures = row.ratio.zip(row.low).zip(row.high).zip(row.cpu_us_per_message);
            let _ = match figures {
                Some((((ratio, low), high), us)) => {
                    let between = format!("{low:.3} to {high:.3}");
                    writeln!(text, "  {role:<20}{ratio:>8.3}{between:>18}{us:>14.2}")
                }
                None => writeln!(text, "  {role:<20}  {}", row.why.as_deref().unwrap_or("-")),
            };
        }
        if !run.kept {
            let _ = writeln!(text, "  NO GOOD: {}", thrown_away(run));
        }
        text.push('\n');
    }
    text + "ratio: processor time a message of the server over that of the base, the median of the cycles.\n"
}
