//! `bench trace`: timelines, which show who waits for whom.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::ProgressBar;
use ladder::Chapter;

use super::outputs::Outputs;
use super::{OfUsage, Outcome, print, write};
use crate::catalogue;
use crate::syscalls::strace;
use crate::trace::record::{Record, Recorded, file_name};
use crate::trace::{Kind, Trace, draw, take};

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- trace --models epoll            what each thread did, in words
  cargo run --release -p bench -- trace --models 'ch01/*' --svg target/timelines
  cargo run --release -p bench -- trace --json bench/runs/DATE-trace.json --svg bench/runs/DATE-trace
  cargo run --release -p bench -- trace --from bench/runs/DATE-trace.json --svg FOLDER   draws it again

Exit status: 0, 1 when a model failed or there is no strace, 2 for wrong arguments.";

/// Who waits for whom: a few clients with a fixed script, and each thread's time beside theirs
///
/// Runs the servers under strace(1), which must be installed. It slows a server down: the order
/// of things is true, how long a call takes is not.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Traces {
    /// Only these: names (epoll), full names (ch03/epoll) or patterns ('ch03/*')
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    models: Vec<String>,

    /// Draw each timeline into this folder, which is made if need be
    #[arg(long, value_name = "FOLDER")]
    svg: Option<PathBuf>,

    #[command(flatten)]
    outputs: Outputs,

    /// Take the timelines from this record, and run nothing
    #[arg(long, value_name = "RECORD", conflicts_with = "Outputs")]
    from: Option<PathBuf>,
}

impl Traces {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let entries = catalogue::choose(catalogue::entries(chapters), &self.models).of_usage()?;
        self.outputs.check().of_usage()?;
        let chosen = |model: &str| entries.iter().any(|entry| entry.path == model);
        let (mut traces, mut failed) = (Vec::new(), Vec::new());
        if let Some(path) = &self.from {
            traces = Recorded::read(path).of_usage()?.traces;
            traces.retain(|trace| chosen(&trace.model));
        } else {
            let strace = strace()?;
            let bar = ProgressBar::new(entries.len() as u64);
            for entry in &entries {
                match take(entry) {
                    Ok(trace) => traces.push(trace),
                    Err(error) => failed.push(format!("{}: {error:#}\n", entry.path)),
                }
                bar.inc(1);
            }
            bar.finish_and_clear();
            let record = Record::new(strace, traces);
            self.outputs.write(&record, String::new)?;
            traces = record.traces;
        }
        match &self.svg {
            Some(folder) => print(&draw_into(folder, &traces)?)?,
            None if !self.outputs.any() => {
                print(&traces.iter().map(in_words).collect::<String>())?;
            }
            None => {}
        }
        print(&failed.concat())?;
        Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn draw_into(folder: &Path, traces: &[Trace]) -> Result<String> {
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let mut said = String::new();
    for trace in traces {
        let path = folder.join(file_name(&trace.model));
        write(&path, &draw::svg(trace))?;
        let _ = writeln!(said, "{}", path.display());
    }
    Ok(said)
}

/// All spans of all lanes, in the order of time.
fn in_words(trace: &Trace) -> String {
    let mut text = format!("{}\n", trace.model);
    let lanes = trace.lanes.iter();
    let mut spans: Vec<_> =
        lanes.flat_map(|lane| lane.spans.iter().map(move |span| (lane, span))).collect();
    spans.sort_by_key(|(_, span)| (span.from_us, span.to_us));
    for (lane, span) in spans {
        // A client's spans name it already.
        let who = if lane.kind == Kind::Client { "" } else { &lane.name };
        let took_us = span.to_us - span.from_us;
        let took = if took_us == 0 { String::new() } else { format!("{:.1}", ms(took_us)) };
        let _ = writeln!(text, "  {:>6.1} {took:>6}  {who} {}", ms(span.from_us), span.text);
    }
    text.push('\n');
    text
}

fn ms(us: i64) -> f64 {
    us as f64 / 1000.0
}
