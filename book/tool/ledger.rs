//! Recorded ledgers of system calls (`bench/runs/*.json` of the kind `syscalls`): the part of their schema
//! that pages show.

use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::runs::{Header, matches, shown};
use super::workspace::Workspace;

/// What pages write to have the newest ledger: a model that is new, or costs less now, is in no older one.
const LATEST: &str = "latest";

#[derive(Deserialize)]
pub(crate) struct Ledger {
    /// Of the file.
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) header: Header,
    pub(crate) settings: Settings,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
pub(crate) struct Settings {
    pub(crate) burst_clients: u32,
}

#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) model: String,
    status: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
pub(crate) struct Step {
    #[serde(rename = "step")]
    name: String,
    pub(crate) why: Option<String>,
    pub(crate) total: Option<f64>,
    pub(crate) calls: Vec<Call>,
}

#[derive(Deserialize)]
pub(crate) struct Call {
    #[serde(rename = "call")]
    pub(crate) name: String,
    pub(crate) in_vain: bool,
    pub(crate) kind: Kind,
    pub(crate) each: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Exact,
    Varies,
    Rate,
    Unbounded,
}

/// The steps, by the word that pages write, the name in records, and the words that pages show.
pub(crate) const STEPS: [(&str, &str, &str); 4] = [
    ("echo", "echo", "one message"),
    ("burst", "burst", "one of a burst"),
    ("connection", "connection", "one connection"),
    ("idle", "idle second", "one idle second"),
];

#[derive(Deserialize)]
struct Kinded {
    kind: String,
    date: String,
}

pub(crate) fn read(workspace: &Workspace, name: &str) -> Result<Ledger> {
    let name = if name == LATEST { latest(workspace)? } else { name.to_string() };
    let path = format!("bench/runs/{name}.json");
    let text = workspace.read(&path).with_context(|| format!("no ledger `{name}`"))?;
    let ledger: Ledger = serde_json::from_str(&text)
        .with_context(|| format!("{path} is no ledger of system calls"))?;
    Ok(Ledger { name, ..ledger })
}

fn latest(workspace: &Workspace) -> Result<String> {
    let mut ledgers = Vec::new();
    for file in fs::read_dir(workspace.path("bench/runs"))? {
        let path = file?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Some(name) = name.strip_suffix(".json") else { continue };
        // The catalogue is a list, and no record.
        let record = serde_json::from_str::<Kinded>(&fs::read_to_string(&path)?);
        let ledger = record.ok().filter(|record| record.kind == "syscalls");
        ledgers.extend(ledger.map(|ledger| (ledger.date, name.to_string())));
    }
    ledgers
        .into_iter()
        .max()
        .map(|(_, name)| name)
        .context("no ledger of system calls was recorded")
}

impl Ledger {
    /// The models of these names or patterns, in the ladder's order.
    pub(crate) fn models(&self, patterns: &[&str]) -> Result<Vec<&Row>> {
        for pattern in patterns {
            if !self.rows.iter().any(|row| matches(pattern, &row.model)) {
                bail!("the ledger {} has no model `{pattern}`", self.name);
            }
        }
        let chosen = |row: &&Row| patterns.iter().any(|pattern| matches(pattern, &row.model));
        let rows: Vec<&Row> = self.rows.iter().filter(chosen).collect();
        match rows.iter().find(|row| row.status != "measured") {
            Some(row) => bail!("`{}` is not measured in the ledger {}", row.model, self.name),
            None => Ok(rows),
        }
    }

    /// Whether any model makes this call at any step.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let mut calls = self.rows.iter().flat_map(|r| &r.steps).flat_map(|step| &step.calls);
        calls.any(|call| call.name == name)
    }
}

impl Row {
    /// What a step of [`STEPS`] took of this model.
    pub(crate) fn step(&self, name: &str) -> Result<&Step> {
        let step = self.steps.iter().find(|step| step.name == name);
        step.with_context(|| format!("the ledger has no step `{name}` of `{}`", self.model))
    }
}

impl Step {
    pub(crate) fn call(&self, name: &str, in_vain: bool) -> Option<&Call> {
        self.calls.iter().find(|call| call.name == name && call.in_vain == in_vain)
    }
}

impl Call {
    /// How often, as pages show it.
    pub(crate) fn shown(&self) -> String {
        let each = self.each.unwrap_or(0.0);
        match self.kind {
            Kind::Exact => calls(each),
            Kind::Varies => format!("≈\u{202f}{}", calls(each)),
            // Under strace, and on some machine: no more than its size means anything.
            Kind::Rate => format!("≈\u{202f}{each:.0}"),
            Kind::Unbounded => "∗".to_string(),
        }
    }
}

/// A number of calls: whole where it is.
pub(crate) fn calls(number: f64) -> String {
    if (number - number.round()).abs() < 1e-9 { format!("{number:.0}") } else { shown(number) }
}
