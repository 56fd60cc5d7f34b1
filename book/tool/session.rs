//! A recorded session: `book/transcripts/NAME.toml` says what is done, `NAME.txt` holds what it printed.
//!
//! ```toml
//! alone = true                    # optional; it measures: a check runs nothing beside it
//!
//! [server]                        # optional; runs in terminal A, is stopped by SIGINT at the end
//! command = "cargo run -q -p ch01-blocking -- iterative"
//! ready = "Ctrl-C stops it"       # run with `--addr 127.0.0.1:0`; what the last line of its greeting says
//! port = 7000                     # the port that the reader will see
//!
//! [[step]]                        # a TCP client, shown as `nc`
//! terminal = "B"                  # "B" unless another is named
//! connect = true
//! send = "hello\n"
//! expect = "hello\n"
//!
//! [[step]]                        # a second send over the same terminal's connection
//! send = "again\n"
//! silent = true                   # nothing comes back
//! close = true
//!
//! [[step]]                        # a command, without a shell, run to its end; `{addr}` is the server's
//! command = "cargo run -q -p ch01-blocking -- list"
//! ```
//!
//! With `--release` a command is recorded, and shown, where its numbers want it; a check leaves that out.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::sources::Sources;
use super::workspace::{Workspace, files_below, read_toml};

pub(crate) const FOLDER: &str = "book/transcripts";

/// Opens the part of a transcript that happens in another terminal.
pub(crate) const TERMINAL: &str = "--- terminal ";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    #[serde(default)]
    pub(crate) alone: bool,
    pub(crate) server: Option<Server>,
    #[serde(default)]
    pub(crate) step: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) command: String,
    pub(crate) ready: String,
    pub(crate) port: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) terminal: Option<String>,
    pub(crate) command: Option<String>,
    #[serde(default)]
    pub(crate) connect: bool,
    pub(crate) send: Option<String>,
    pub(crate) expect: Option<String>,
    #[serde(default)]
    pub(crate) silent: bool,
    #[serde(default)]
    pub(crate) close: bool,
}

impl Session {
    pub(crate) fn load(workspace: &Workspace, name: &str) -> Result<Self> {
        let session: Self = read_toml(&workspace.path(&format!("{FOLDER}/{name}.toml")))?;
        if session.server.is_none() && session.step.is_empty() {
            bail!("the session does nothing");
        }
        Ok(session)
    }

    pub(crate) fn commands(&self) -> impl Iterator<Item = &str> {
        let server = self.server.as_ref().map(|server| server.command.as_str());
        server.into_iter().chain(self.step.iter().filter_map(|step| step.command.as_deref()))
    }

    /// The examples that it runs, by their names.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &str> {
        self.commands().filter_map(|command| command.split(" --example ").nth(1)?.split(' ').next())
    }

    /// Whether the workspace has every package, example and model that the session runs.
    pub(crate) fn verify(&self, sources: &Sources<'_>) -> Result<()> {
        for command in self.commands() {
            super::directive::verify_command(command, sources)
                .with_context(|| format!("`{command}`"))?;
        }
        Ok(())
    }
}

/// The names of all sessions, in order.
pub(crate) fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let files = files_below(&workspace.path(FOLDER), &[])?;
    let described = files.iter().filter(|path| path.extension().is_some_and(|end| end == "toml"));
    Ok(described
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect())
}
