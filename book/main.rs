//! The book's own tool: builds the pages, serves them while they are written, and holds them to the code.
//!
//! mdBook is used as a library. Pages carry no code, output or measured figure of their own: directives
//! (`tool/directive.rs`) bring all of it in from the workspace, and `check` fails on any that drifted.

mod tool;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use tool::workspace::Workspace;
use tool::{check, exercise, html, record, serve};

#[derive(Parser)]
#[command(name = "book", about = "Builds, serves and checks the book")]
struct Arguments {
    /// The workspace whose book is meant, instead of the one that this tool was built from
    #[arg(long, global = true, value_name = "FOLDER")]
    workspace: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the book as HTML into book/book/
    Build,
    /// Builds, serves, and builds again whenever a source changes
    Serve {
        /// Where to listen; port 0 takes any free one
        #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:3000")]
        addr: String,
    },
    /// Lists everything in the pages that the workspace does not bear out
    Check,
    /// Lists the exercises; begins one, or says whether it is solved
    Exercise {
        /// The one to begin or to look at
        name: Option<String>,
        /// Begins again, and keeps what was written so far beside it
        #[arg(long, requires = "name")]
        restart: bool,
        /// Shows what a solution changes
        #[arg(long, requires = "name", conflicts_with = "restart")]
        solution: bool,
        /// Tries every start, which must fail, and every solution, which must pass
        #[arg(long, conflicts_with = "name")]
        check: bool,
    },
    /// Runs the sessions of book/transcripts/ and writes down what they print
    Record {
        /// The sessions to run; all of them if none is named
        names: Vec<String>,
        /// Compares with what is written down, all but numbers and so without --release, instead of writing it
        #[arg(long)]
        check: bool,
    },
}

/// The exit status for wrong arguments.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error),
    };
    match run(arguments) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("book: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Shows the help where it was asked for, or where nothing was said; else what is wrong, in one line.
fn explain(error: &clap::Error) -> ExitCode {
    let unasked = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if unasked || !error.use_stderr() {
        // A reader who has seen enough of it is no failure.
        let _ = error.print();
    } else {
        let text = error.to_string();
        let wrong: Vec<&str> =
            text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let wrong = wrong.join(" ");
        eprintln!(
            "book: {} (--help shows the usage)",
            wrong.strip_prefix("error: ").unwrap_or(&wrong)
        );
    }
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}

fn run(arguments: Arguments) -> Result<ExitCode> {
    let workspace = Workspace::open(arguments.workspace.unwrap_or_else(tool::workspace::here))?;
    match arguments.command {
        Command::Build => {
            let index = html::build(&workspace, &workspace.path("book/book"))?;
            println!("built {}", index.display());
        }
        Command::Serve { addr } => serve::run(&workspace, &addr)?,
        Command::Check => check::run(&workspace)?,
        Command::Exercise { check: true, .. } => exercise::proof::run(&workspace)?,
        Command::Exercise { name: None, .. } => exercise::reader::list(&workspace)?,
        Command::Exercise { name: Some(name), solution: true, .. } => {
            exercise::reader::solution(&workspace, &name)?;
        }
        Command::Exercise { name: Some(name), restart, .. } => {
            if !exercise::reader::attempt(&workspace, &name, restart)? {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Record { names, check: false } => record::write(&workspace, &names)?,
        Command::Record { names, check: true } => record::compare(&workspace, &names)?,
    }
    Ok(ExitCode::SUCCESS)
}
