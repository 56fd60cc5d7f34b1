//! Traces as JSON, from which timelines are drawn again. Fields are added here and never renamed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Trace;
use crate::record::Header;

/// What distinguishes this kind of record.
pub const KIND: &str = "trace";

/// The timelines of some models, taken one after the other.
#[derive(Debug, Serialize)]
pub struct Record {
    #[serde(flatten)]
    header: Header,
    /// The version of strace.
    strace: String,
    /// One a model.
    pub traces: Vec<Trace>,
}

/// A record as far as timelines need it.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    kind: String,
    /// One a model.
    pub traces: Vec<Trace>,
}

impl Record {
    /// The record of `traces`, taken by that version of strace.
    #[must_use]
    pub fn new(strace: String, traces: Vec<Trace>) -> Record {
        Record { header: Header::new(KIND), strace, traces }
    }

    /// On a line for each span: a record is read by people, too.
    ///
    /// # Errors
    ///
    /// None that these fields could cause.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

impl Recorded {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is of another kind.
    pub fn read(path: &Path) -> Result<Recorded> {
        let text =
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let recorded: Recorded = serde_json::from_str(&text)
            .with_context(|| format!("{} holds no timelines", path.display()))?;
        ensure!(recorded.kind == KIND, "{} is a record of another kind", path.display());
        Ok(recorded)
    }
}

/// The name of a model's picture: `ch03-epoll.svg`.
#[must_use]
pub fn file_name(model: &str) -> String {
    format!("{}.svg", model.replace('/', "-"))
}
