//! A record of any kind, read back as lines of named fields.
//!
//! The kinds of records nest what they hold in different ways. What is made *of* records, a CSV file, a table, a
//! comparison, a report, wants the same of all: lines, which say of whom they are and in what case, and have
//! figures under the names that `bench/runs/README.md` documents.

mod kind;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::record::Group;
use crate::table;

pub use kind::{Field, Kind, Shown};

/// The schema that this program knows.
const SCHEMA: u64 = 1;

/// A record.
#[derive(Debug)]
pub struct Recorded {
    /// The name of its file, without the end; of a run that was not written down, its kind.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// What all records begin with.
    pub head: Head,
    /// What was asked for.
    pub settings: Line,
    /// Versions of what a ledger of system calls depends on; empty in other kinds.
    pub tools: Line,
    /// The share of all cores that other programs had meanwhile, if that is known.
    pub others_share: Option<f64>,
    /// What was measured.
    pub lines: Vec<Line>,
}

/// When, by what, and where.
#[derive(Clone, Debug, Deserialize)]
pub struct Head {
    /// UTC, RFC 3339.
    pub date: String,
    /// What to type to run it again.
    pub command: String,
    /// Of the source.
    pub commit: Option<String>,
    /// Of the compiler, of the crates, and of what peers are made with.
    pub versions: Map<String, Value>,
    /// What it ran on.
    pub machine: Machine,
}

/// A computer.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of `machine::Machine`")]
pub struct Machine {
    pub os: String,
    pub arch: String,
    pub cpu: String,
    pub cores: u32,
    pub memory_mib: Option<u64>,
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} cores", self.cpu, self.cores)?;
        if let Some(mib) = self.memory_mib {
            write!(f, ", {mib} MiB")?;
        }
        write!(f, ", {} {}", self.os, self.arch)
    }
}

/// Fields by their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(Map<String, Value>);

impl Line {
    /// A number, if it is there and no null.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<f64> {
        self.0.get(field).and_then(Value::as_f64)
    }

    /// A text, if it is there and no null.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }

    /// Whether it is there and true.
    #[must_use]
    pub fn is(&self, field: &str) -> bool {
        self.0.get(field).and_then(Value::as_bool) == Some(true)
    }

    /// Whatever it is; null where it is not there.
    #[must_use]
    pub fn value(&self, field: &str) -> &Value {
        self.0.get(field).unwrap_or(&Value::Null)
    }

    /// What a list holds; nothing where it is not there.
    #[must_use]
    pub fn list(&self, field: &str) -> &[Value] {
        self.value(field).as_array().map_or(&[], Vec::as_slice)
    }

    /// What each round measured of `field`; nothing where the record does not say. A wait's rounds are pairs, and
    /// an operation's are numbers.
    #[must_use]
    pub fn rounds(&self, field: &str) -> Vec<f64> {
        let of = |round: &Value| match round {
            Value::Array(pair) => pair.get(usize::from(field == kind::WAIT_FIFTY))?.as_f64(),
            Value::Object(fields) => fields.get(field)?.as_f64(),
            round => round.as_f64(),
        };
        self.list("rounds").iter().filter_map(of).collect()
    }

    /// Of whom it is: a model or a peer; in an operation, who does it.
    #[must_use]
    pub fn who(&self) -> &str {
        self.text("model").unwrap_or_default()
    }

    /// Whether it has figures.
    #[must_use]
    pub fn measured(&self) -> bool {
        // Kinds that do not say it hold nothing else; base and control were measured like the rest.
        self.text("status").is_none_or(|status| !["limit", "failed"].contains(&status))
    }

    /// Whether it is the total of a ledger's step, and no single call.
    #[must_use]
    pub fn is_total(&self) -> bool {
        self.text("call") == Some(kind::ALL_CALLS) && self.value("kind").is_null()
    }

    fn of(value: &Value) -> Line {
        Line(value.as_object().cloned().unwrap_or_default())
    }

    /// This and what `more` has beside it.
    fn with(mut self, more: &Value) -> Line {
        let Line(more) = Line::of(more);
        self.0.extend(more);
        self
    }

    /// The same without lists, which are lines of their own.
    fn alone(mut self) -> Line {
        self.0.retain(|_, value| !value.is_array());
        self
    }

    fn renamed(mut self, from: &str, to: &str) -> Line {
        if let Some(value) = self.0.remove(from) {
            self.0.insert(to.to_owned(), value);
        }
        self
    }
}

impl Recorded {
    /// What a record that was just made holds. `name` is what pages call it.
    ///
    /// # Errors
    ///
    /// When it is no record.
    pub fn of(name: &str, record: &impl Serialize) -> Result<Recorded> {
        Recorded::from_value(name, serde_json::to_value(record)?)
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is none, or is one of a later schema.
    pub fn read(path: &Path) -> Result<Recorded> {
        let text =
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        serde_json::from_str(&text)
            .map_err(anyhow::Error::from)
            .and_then(|value| Recorded::from_value(&name, value))
            .with_context(|| format!("{} is no record of the bench", path.display()))
    }

    fn from_value(name: &str, value: Value) -> Result<Recorded> {
        let schema = value["schema"].as_u64().context("it has no schema")?;
        ensure!(schema == SCHEMA, "its schema is {schema}, this program knows {SCHEMA}");
        let kind = Kind::named(value["kind"].as_str().unwrap_or_default())?;
        let settings = Line::of(&value["settings"]);
        let mut lines = lines(kind, &value);
        if kind.is_loop() {
            // Early records say it once for all rows.
            for Line(fields) in &mut lines {
                let silent = settings.value("silent").clone();
                fields.entry("silent").or_insert(silent);
            }
        }
        Ok(Recorded {
            name: name.to_owned(),
            kind,
            settings,
            tools: Line::of(&value["tools"]),
            others_share: value["others_share"].as_f64(),
            lines,
            head: serde_json::from_value(value)?,
        })
    }

    /// What lines have in common that may be compared, in words.
    #[must_use]
    pub fn case(&self, line: &Line) -> String {
        let clients = line.number("connections").unwrap_or(0.0);
        match self.kind {
            Kind::Ladder | Kind::Echo | Kind::Http | Kind::Idle => loop_case(line),
            Kind::Accept => {
                let protocol = if line.text("protocol") == Some("http") { ", HTTP" } else { "" };
                format!("bursts of {clients} clients{protocol}")
            }
            Kind::Ratio | Kind::Instructions => {
                let asked = asked(line);
                let clients = match self.kind {
                    Kind::Ratio => format!("{clients} clients"),
                    _ => String::new(),
                };
                [clients, asked]
                    .into_iter()
                    .filter(|text| !text.is_empty())
                    .collect::<Vec<_>>()
                    .join(", ")
            }
            Kind::Syscalls => line.text("step").unwrap_or_default().to_owned(),
            Kind::Operations => line.text("operation").unwrap_or_default().to_owned(),
            Kind::Waiting => format!("{clients} silent descriptors"),
            Kind::Comparison => line.text("case").unwrap_or_default().to_owned(),
            Kind::Trace => line.who().to_owned(),
            Kind::Goals => String::new(),
        }
    }

    /// Its lines by their cases, in the order in which these begin.
    #[must_use]
    pub fn cases(&self) -> Vec<(String, Vec<&Line>)> {
        let mut cases: Vec<(String, Vec<&Line>)> = Vec::new();
        for line in &self.lines {
            let case = self.case(line);
            match cases.iter_mut().find(|(known, _)| *known == case) {
                Some((_, lines)) => lines.push(line),
                None => cases.push((case, vec![line])),
            }
        }
        cases
    }
}

/// All records of a folder, the newest first. What is no record is passed over: the catalogue of models.
///
/// # Errors
///
/// When the folder or a file cannot be read.
pub fn all_in(folder: &Path) -> Result<Vec<Recorded>> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for file in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    let mut records = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("reading {}", path.display()))?;
        let value: Value = serde_json::from_str(&text)
            .with_context(|| format!("understanding {}", path.display()))?;
        if value["schema"].is_u64() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let record = Recorded::from_value(&name, value);
            records.push(record.with_context(|| format!("understanding {}", path.display()))?);
        }
    }
    records.sort_by(|one, other| other.head.date.cmp(&one.head.date));
    Ok(records)
}

/// Finds `named` as a file, or as the name of a record in `folder`.
///
/// # Errors
///
/// When it is neither.
pub fn find(named: &Path, folder: &Path) -> Result<PathBuf> {
    let recorded = folder.join(named).with_extension("json");
    match (named.is_file(), recorded.is_file()) {
        (true, _) => Ok(named.to_owned()),
        (false, true) => Ok(recorded),
        (false, false) => bail!("{}: no such file, and no such record", named.display()),
    }
}

/// The lines of a record, without what nests them.
fn lines(kind: Kind, record: &Value) -> Vec<Line> {
    let list = |value: &Value, of: &str| value[of].as_array().cloned().unwrap_or_default();
    let mut lines = Vec::new();
    match kind {
        Kind::Ratio => {
            for run in list(record, "runs") {
                let row = |row: &Value| Line::of(&run).alone().with(row).renamed("name", "model");
                lines.extend(list(&run, "rows").iter().map(row));
            }
        }
        Kind::Syscalls => {
            for row in list(record, "rows") {
                let of_model = Line::of(&row).alone();
                for step in list(&row, "steps") {
                    let of_step = of_model.clone().with(&step).alone();
                    lines.push(all_calls(of_step.clone()));
                    let call = |call: &Value| of_step.clone().with(call);
                    lines.extend(list(&step, "calls").iter().map(call));
                }
            }
        }
        Kind::Trace => {
            for trace in list(record, "traces") {
                let of_model = Line::of(&trace).alone();
                for lane in list(&trace, "lanes") {
                    let of_lane = of_model.clone().with(&lane).alone().renamed("name", "lane");
                    let span = |span: &Value| of_lane.clone().with(span);
                    lines.extend(list(&lane, "spans").iter().map(span));
                }
            }
        }
        Kind::Instructions => {
            let row = |row: &Value| Line::of(row).renamed("name", "model");
            lines.extend(list(record, "rows").iter().map(row));
        }
        Kind::Operations => {
            let row = |row: &Value| Line::of(row).renamed("by", "model");
            lines.extend(list(record, "rows").iter().map(row));
        }
        _ => lines.extend(list(record, "rows").iter().map(Line::of)),
    }
    lines
}

/// The line of a step's total, as if that were a call.
fn all_calls(step: Line) -> Line {
    let Line(mut fields) = step.renamed("total", "each");
    fields.insert("call".into(), kind::ALL_CALLS.into());
    Line(fields)
}

/// The case of a loop, as its table says it.
fn loop_case(line: &Line) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole numbers of clients and of messages a second"
    )]
    let whole = |field: &str| line.number(field).map(|number| number as usize);
    let group = Group {
        connections: whole("connections").unwrap_or(0),
        silent: whole("silent").unwrap_or(0),
        rate: whole("rate").and_then(|rate| u32::try_from(rate).ok()),
        protocol: if line.text("protocol") == Some("http") { "http" } else { "echo" },
        request: match line.text("request") {
            Some("GET /") => Some("GET /"),
            Some(_) => Some("POST /echo"),
            None => None,
        },
        depth: whole("depth").unwrap_or(1),
    };
    table::title(&group).join(", ")
}

/// What is asked for in HTTP, and how many at once; echo says nothing of that.
fn asked(line: &Line) -> String {
    match (line.text("request"), line.number("depth")) {
        (None, _) => String::new(),
        (Some(request), None) => request.to_owned(),
        (Some(request), Some(depth)) => format!("{request} {depth} deep"),
    }
}
