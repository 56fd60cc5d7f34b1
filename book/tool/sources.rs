//! What the pages draw on, and what they have drawn so far.
//!
//! One of these lives through one build or check. Directives read from it and note what they used; the
//! check then asks for anchors and transcripts that nobody used, the build for the files it has to write.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::{Context, Result};

use super::ledger::{self, Ledger};
use super::runs::{CatalogueEntry, Record};
use super::workspace::Workspace;

pub(crate) struct Sources<'w> {
    pub(crate) workspace: &'w Workspace,
    records: RefCell<BTreeMap<String, Rc<Record>>>,
    ledgers: RefCell<BTreeMap<String, Rc<Ledger>>>,
    pub(crate) used: RefCell<Used>,
}

#[derive(Default)]
pub(crate) struct Used {
    /// `(file, anchor)`, as the directives named them.
    pub(crate) anchors: BTreeSet<(String, String)>,
    pub(crate) transcripts: BTreeSet<String>,
    pub(crate) exercises: BTreeSet<String>,
    /// Chapters whose rows of "Python to Rust" are shown, and the Python programs beside them.
    pub(crate) python: BTreeSet<String>,
    pub(crate) programs: BTreeSet<String>,
    /// Workspace files that pages link to; the build copies them, since a browser sees only the book.
    pub(crate) files: BTreeSet<String>,
    /// Path in the built book, and its text.
    pub(crate) figures: BTreeMap<String, String>,
}

pub(crate) const CATALOGUE: &str = "bench/runs/models.json";

impl<'w> Sources<'w> {
    pub(crate) fn new(workspace: &'w Workspace) -> Self {
        Self {
            workspace,
            records: RefCell::default(),
            ledgers: RefCell::default(),
            used: RefCell::default(),
        }
    }

    /// The recorded run of that name, read once.
    pub(crate) fn record(&self, name: &str) -> Result<Rc<Record>> {
        if let Some(known) = self.records.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let path = format!("bench/runs/{name}.json");
        let text =
            self.workspace.read(&path).with_context(|| format!("no record of run `{name}`"))?;
        let record: Record =
            serde_json::from_str(&text).with_context(|| format!("understanding {path}"))?;
        let record = Rc::new(record);
        self.records.borrow_mut().insert(name.to_string(), Rc::clone(&record));
        Ok(record)
    }

    /// The ledger of system calls of that name, read once; by `latest` the newest one there is.
    pub(crate) fn ledger(&self, name: &str) -> Result<Rc<Ledger>> {
        if let Some(known) = self.ledgers.borrow().get(name) {
            return Ok(Rc::clone(known));
        }
        let ledger = Rc::new(ledger::read(self.workspace, name)?);
        self.ledgers.borrow_mut().insert(name.to_string(), Rc::clone(&ledger));
        Ok(ledger)
    }

    pub(crate) fn catalogue(&self) -> Result<Vec<CatalogueEntry>> {
        let text = self.workspace.read(CATALOGUE)?;
        serde_json::from_str(&text).with_context(|| format!("understanding {CATALOGUE}"))
    }

    /// Notes that the built book needs this workspace file, and says where it will lie in it.
    pub(crate) fn publish(&self, file: &str) -> String {
        self.used.borrow_mut().files.insert(file.to_string());
        published_name(file)
    }
}

/// As `.txt`: every browser shows that, where it would offer to download an `.rs`.
pub(crate) fn published_name(file: &str) -> String {
    format!("source/{file}.txt")
}
