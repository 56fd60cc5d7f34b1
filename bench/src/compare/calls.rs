//! Ledgers of system calls, call by call. The check of a ledger (`bench syscalls --check`) and a comparison of
//! two agree in what a difference is.

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::{Machines, Row, Verdict, WITHHELD};
use crate::recorded::{Line, Recorded};
use crate::syscalls::check::enough;
use crate::syscalls::record::Kind;

/// A call of a step of a model.
type Key<'l> = (&'l str, &'l str, &'l str, bool);

pub(super) fn rows(then: &Recorded, now: &Recorded, machines: Machines) -> Result<Vec<Row>> {
    let optimised = |record: &Recorded| record.tools.is("optimised");
    ensure!(
        optimised(then) == optimised(now),
        "one of the programs was optimised and the other was not"
    );
    let steps = |record: &Recorded| -> Vec<(String, String)> {
        let counted = record.lines.iter().filter(|line| line.is_total() && line.measured());
        counted.map(place).collect()
    };
    let (before, after) = (steps(then), steps(now));
    let in_both = |line: &&Line| before.contains(&place(line)) && after.contains(&place(line));
    let mut keys: Vec<Key<'_>> = Vec::new();
    for line in now.lines.iter().chain(&then.lines).filter(in_both) {
        let key = key(line);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let found = |wanted| row(wanted, find(then, wanted), find(now, wanted), machines);
    Ok(keys.into_iter().map(found).collect())
}

fn find<'r>(record: &'r Recorded, wanted: Key<'_>) -> Option<&'r Line> {
    record.lines.iter().find(|line| key(line) == wanted)
}

fn place(line: &Line) -> (String, String) {
    (line.who().to_owned(), line.text("step").unwrap_or_default().to_owned())
}

fn key(line: &Line) -> Key<'_> {
    let text = |field| line.text(field).unwrap_or_default();
    (line.who(), text("step"), text("call"), line.is("in_vain"))
}

/// A call that was not made was made 0 times.
fn row(
    (model, step, call, in_vain): Key<'_>,
    then: Option<&Line>,
    now: Option<&Line>,
    machines: Machines,
) -> Row {
    let of = |line: Option<&Line>, field: &str| match line {
        Some(line) => line.number(field),
        None => Some(0.0),
    };
    let kinds = [then, now].into_iter().flatten();
    let kinds: Vec<Kind> =
        kinds.filter_map(|line| Kind::deserialize(line.value("kind")).ok()).collect();
    let total = kinds.is_empty();
    let limit = enough(&kinds, in_vain).filter(|_| !total);
    let judged = limit.is_some() && machines.allow(false);
    let withheld = limit.is_some() && !judged;
    let verdict = limit.filter(|_| judged).and_then(|enough| {
        let more = of(now, "low")? - of(then, "high")? >= enough;
        let fewer = of(then, "low")? - of(now, "high")? >= enough;
        more.then_some(Verdict::Worse).or(fewer.then_some(Verdict::Better))
    });
    let (before, after) = (of(then, "each"), of(now, "each"));
    let vain = if in_vain { " in vain" } else { "" };
    Row {
        case: step.to_owned(),
        model: model.to_owned(),
        figure: format!("{call}{vain}"),
        then: before,
        now: after,
        ratio: before.zip(after).and_then(|(then, now)| (then > 0.0).then_some(now / then)),
        among_others: None,
        judged,
        withheld,
        verdict,
        why: withheld.then(|| WITHHELD.to_owned()),
    }
}
