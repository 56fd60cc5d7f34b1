//! Processor time a message as a ratio to a base, so fine that one per cent shows.
//!
//! The ladder's rounds give each model a fresh server, some seconds after the one before, and on a machine
//! that is shared a second later is another machine. Here all servers live at the same time on one core,
//! and one load on the other core visits them in turn, for some hundredths of a second each. A *cycle* is a
//! visit to each, in an order of its own. What is told is the median over the cycles of the ratio *within*
//! the cycle.
//!
//! The base is there twice. The second one is a control: it should come out as 1, and when it does not,
//! nothing of that run can be believed, and the run is thrown away.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ladder::Idle;
use serde::Serialize;

use crate::alike::interval;
use crate::load::Load;
use crate::measure::Case;
use crate::others::Since;
use crate::pinning::Pinning;
use crate::rounds::{median, shuffled};
use crate::subject::{Running, Subject};

/// A visit. Long enough for thousands of messages, short enough for the machine to stay the same.
const SLICE: Duration = Duration::from_millis(40);

/// With more connections a visit is longer: each should have its turn often.
const SLICE_OF_MANY: Duration = Duration::from_millis(120);

/// From here on they are many.
const MANY: usize = 1000;

/// How far the control may be off.
const CONTROL_OFF_MAX: f64 = 0.02;

/// And with many connections, where a run spreads more.
const CONTROL_OFF_MAX_OF_MANY: f64 = 0.04;

/// With fewer cycles that were not dropped there is no median worth the name.
const CYCLES_MIN: usize = 3;

/// What is to be compared.
#[derive(Debug)]
pub struct Plan {
    /// With what.
    pub base: Subject,
    /// What.
    pub subjects: Vec<Subject>,
    /// How many cycles that count.
    pub cycles: usize,
    /// A cycle in which other programs had more of the cores than this is dropped.
    pub others_max: f64,
    /// What is asked of all of them, but for the number of connections.
    pub case: Case,
    /// For how long cycles are tried, where others use the machine.
    pub patience: Duration,
}

/// A run of one case.
#[derive(Debug, Serialize)]
pub struct Run {
    /// How many clients.
    pub connections: usize,
    /// What they ask for, in HTTP.
    pub request: Option<&'static str>,
    /// How many messages of each are sent at once.
    pub depth: usize,
    /// Whether the control came out as 1, or near enough.
    pub kept: bool,
    /// How far it may be off.
    pub control_off_max: f64,
    /// Cycles that count, and those that were dropped because others used the cores.
    pub cycles: usize,
    /// See there.
    pub dropped: usize,
    /// Of each visit.
    pub slice_ms: f64,
    /// The base, the control, and the models.
    pub rows: Vec<Row>,
}

/// A server of a run.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Full name of a model, or the peer's.
    pub name: String,
    /// `base`, `control`, `measured` or `limit`.
    pub status: &'static str,
    /// Why it was not measured.
    pub why: Option<String>,
    /// Its processor time a message over the base's: the median over the cycles.
    pub ratio: Option<f64>,
    /// The true median lies between these two, 19 times of 20.
    pub low: Option<f64>,
    /// See there.
    pub high: Option<f64>,
    /// Processor time a message, the median.
    pub cpu_us_per_message: Option<f64>,
}

impl Plan {
    /// Compares with so many connections. `progress` is told of each cycle that counts.
    ///
    /// # Errors
    ///
    /// When a server cannot be started, dies, or answers anything but what it was sent.
    pub fn run(&self, connections: usize, pinning: Pinning, progress: impl Fn()) -> Result<Run> {
        let slice = if connections < MANY { SLICE } else { SLICE_OF_MANY };
        let case = Case { connections, ..self.case };
        let start = |subject: &Subject| Contender::start(subject, case, pinning);
        let mut contenders = vec![start(&self.base)?, start(&self.base)?];
        let mut refused = Vec::new();
        for subject in &self.subjects {
            match refusal(subject, case) {
                Some(why) => refused.push(Row::limit(subject, why)),
                None => contenders.push(start(subject)?),
            }
        }
        for contender in &mut contenders {
            contender.visit(slice)?;
        }
        let mut costs: Vec<Vec<f64>> = Vec::new();
        let (mut dropped, begun) = (0, Instant::now());
        while costs.len() < self.cycles && begun.elapsed() < self.patience {
            let (cost, others) = cycle(&mut contenders, slice, costs.len() + dropped)?;
            if others > self.others_max {
                dropped += 1;
            } else {
                costs.push(cost);
                progress();
            }
        }
        let mut rows: Vec<Row> =
            contenders.iter().enumerate().map(|(i, c)| c.row(i, &costs)).collect();
        rows.extend(refused);
        let most = if connections < MANY { CONTROL_OFF_MAX } else { CONTROL_OFF_MAX_OF_MANY };
        let near = |ratio: f64| (ratio - 1.0).abs() <= most;
        let kept = costs.len() >= CYCLES_MIN && rows[1].ratio.is_some_and(near);
        let slice_ms = slice.as_secs_f64() * 1e3;
        Ok(Run {
            connections,
            request: case.ask.name(self.base.protocol()),
            depth: case.depth,
            kept,
            control_off_max: most,
            cycles: costs.len(),
            dropped,
            slice_ms,
            rows,
        })
    }
}

/// Why a model cannot live beside others, if it cannot.
fn refusal(subject: &Subject, case: Case) -> Option<String> {
    let never_sleeps = (subject.idle() != Idle::Waits)
        .then(|| "never sleeps: it would use the core while others are visited".to_owned());
    subject.refuses(case).or(never_sleeps)
}

/// Visits each once. The processor time a message of each, and the share of the cores that others had.
fn cycle(contenders: &mut [Contender], slice: Duration, number: usize) -> Result<(Vec<f64>, f64)> {
    let since = Since::now();
    let before: Duration = contenders.iter_mut().map(Contender::cpu).sum::<Result<_>>()?;
    let mut costs = vec![0.0; contenders.len()];
    for index in shuffled(contenders.len(), number) {
        costs[index] = contenders[index].visit(slice)?;
    }
    let after: Duration = contenders.iter_mut().map(Contender::cpu).sum::<Result<_>>()?;
    let others = since.share_beside(after.saturating_sub(before));
    Ok((costs, others.unwrap_or(0.0)))
}

/// A server and its clients.
struct Contender {
    name: String,
    server: Running,
    load: Load,
}

impl Contender {
    fn start(subject: &Subject, case: Case, pinning: Pinning) -> Result<Contender> {
        let server = subject.start(pinning)?;
        let script = case.script(subject.protocol());
        let mut load = Load::new(script).context("making the load's selector")?;
        load.connect(server.addr(), case.connections).with_context(|| subject.name().to_owned())?;
        Ok(Contender { name: subject.name().to_owned(), server, load })
    }

    fn cpu(&mut self) -> Result<Duration> {
        self.server.cpu().with_context(|| self.name.clone())
    }

    /// Keeps it busy for a slice. Processor time a message, in µs.
    fn visit(&mut self, slice: Duration) -> Result<f64> {
        let before = self.cpu()?;
        let sample = self.load.run(slice).with_context(|| self.name.clone())?;
        let used = self.cpu()?.saturating_sub(before);
        Ok(used.as_secs_f64() * 1e6 / sample.messages as f64)
    }

    /// Its row, from what each cycle cost: the base is first, the control second.
    fn row(&self, index: usize, costs: &[Vec<f64>]) -> Row {
        let mut ratios: Vec<f64> = costs.iter().map(|cost| cost[index] / cost[0]).collect();
        ratios.sort_by(f64::total_cmp);
        let (low, high) = interval(&ratios);
        let some = |value: f64| (!costs.is_empty()).then_some(value);
        Row {
            name: self.name.clone(),
            status: ["base", "control"].get(index).copied().unwrap_or("measured"),
            why: None,
            ratio: some(median(ratios.iter().copied())),
            low,
            high,
            cpu_us_per_message: some(median(costs.iter().map(|cost| cost[index]))),
        }
    }
}

impl Row {
    fn limit(subject: &Subject, why: String) -> Row {
        Row {
            name: subject.name().to_owned(),
            status: "limit",
            why: Some(why),
            ratio: None,
            low: None,
            high: None,
            cpu_us_per_message: None,
        }
    }
}
