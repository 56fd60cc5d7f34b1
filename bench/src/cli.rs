//! The command line: the comparison of all models, and the other instruments as subcommands.

mod accept;
mod asked;
mod compare;
mod completions;
mod echo;
mod frame;
mod goals;
mod http;
mod idle;
mod instructions;
mod ladder;
mod operations;
mod outputs;
mod ratio;
mod report;
mod syscalls;
mod trace;
mod waiting;

use std::env;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::ladder::Chapter;
use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

use crate::table::Style;

/// Descriptors that are not clients: standard streams, selectors, pipes to the server.
const DESCRIPTORS_OF_OURS: usize = 64;

/// Wrong arguments, as those that clap finds.
const USAGE: u8 = 2;

/// Runs every model of the ladder under the same load, each in a process of its own, and compares
/// them in one table. The subcommands look at other things than time.
#[derive(Debug, Parser)]
#[command(name = "bench", after_help = ladder::EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    instrument: Option<Instrument>,
    #[command(flatten)]
    ladder: ladder::Ladder,
}

#[derive(Debug, Subcommand)]
enum Instrument {
    Accept(accept::Accept),
    Compare(compare::Compare),
    Completions(completions::Completions),
    Echo(echo::Echo),
    Goals(goals::Goals),
    Http(http::Http),
    Idle(idle::Idle),
    Instructions(instructions::Instructions),
    Operations(operations::Operations),
    Ratio(ratio::Ratio),
    Report(report::Report),
    Syscalls(syscalls::Syscalls),
    Trace(trace::Traces),
    Waiting(waiting::Waiting),
}

/// Why a command came to no end.
enum Failure {
    /// An argument cannot be meant.
    Usage(anyhow::Error),
    /// Something went wrong on the way.
    Run(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Run(error)
    }
}

/// What the program ends with, where it came to an end.
type Outcome = Result<ExitCode, Failure>;

/// Marks errors of the arguments.
trait OfUsage<T> {
    fn of_usage(self) -> Result<T, Failure>;
}

impl<T> OfUsage<T> for Result<T> {
    fn of_usage(self) -> Result<T, Failure> {
        self.map_err(Failure::Usage)
    }
}

/// Runs the command line `arguments`, of which the first is the program, over `chapters`.
#[must_use]
pub fn run(chapters: &[Chapter], arguments: impl Iterator<Item = String>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return ::ladder::cli::explain("bench", &error),
    };
    let outcome = match cli.instrument {
        None => cli.ladder.run(chapters),
        Some(Instrument::Accept(accept)) => accept.run(chapters),
        Some(Instrument::Compare(compare)) => compare.run(),
        Some(Instrument::Completions(completions)) => completions.run(),
        Some(Instrument::Echo(echo)) => echo.run(chapters),
        Some(Instrument::Goals(goals)) => goals.run(),
        Some(Instrument::Http(http)) => http.run(chapters),
        Some(Instrument::Idle(idle)) => idle.run(chapters),
        Some(Instrument::Instructions(instructions)) => instructions.run(chapters),
        Some(Instrument::Operations(operations)) => operations.run(),
        Some(Instrument::Ratio(ratio)) => ratio.run(chapters),
        Some(Instrument::Report(report)) => report.run(),
        Some(Instrument::Syscalls(syscalls)) => syscalls.run(chapters),
        Some(Instrument::Trace(traces)) => traces.run(chapters),
        Some(Instrument::Waiting(waiting)) => waiting.run(),
    };
    let (error, status) = match outcome {
        Ok(status) => return status,
        Err(Failure::Usage(error)) => (error, ExitCode::from(USAGE)),
        Err(Failure::Run(error)) => (error, ExitCode::FAILURE),
    };
    eprintln!("bench: {error:#}");
    status
}

/// Where dated records are.
fn runs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runs")
}

/// A server inherits our limit, and has a descriptor for each client too.
fn check_descriptors(connections: &[usize], silent: usize) -> Result<()> {
    let limit = rlimit::increase_nofile_limit(rlimit::INFINITY).context("reading `ulimit -n`")?;
    let most = connections.iter().copied().max().unwrap_or(0) + silent;
    if u64::try_from(most + DESCRIPTORS_OF_OURS)? > limit {
        let room = limit.saturating_sub(DESCRIPTORS_OF_OURS as u64);
        bail!(
            "{most} clients are more than this process may have descriptors (ulimit -Hn: {limit}); \
             --connections and --silent can be {room} together"
        );
    }
    Ok(())
}

/// Whether a file can be written to `path`: found out before the run, and not after it.
fn check_folder(path: Option<&Path>) -> Result<()> {
    let folder = path.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => {
            bail!("writing {}: there is no such folder", folder.display())
        }
        _ => Ok(()),
    }
}

/// A terminal gets lines, and colours unless it asks for none (no-color.org).
fn style() -> Style {
    let terminal = io::stdout().is_terminal();
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    Style { lines: terminal, colours: terminal && !no_color && !dumb }
}

/// To standard output. Whoever stops reading it, as `head` does, has seen enough: no error.
fn print(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome.context("writing the table"),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_agree_with_each_other() {
        Cli::command().debug_assert();
    }
}
