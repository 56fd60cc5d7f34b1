//! Goals held against records: what is met, what is missed, and what nobody knows.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bench::goals::{GOALS, Goal, Row, State, judge, report};
use bench::recorded::{Recorded, find};
use serde_json::{Value, json};

fn goal(name: &str) -> &'static Goal {
    GOALS.iter().find(|goal| goal.name == name).expect("there is such a goal")
}

fn recorded(name: &str) -> Recorded {
    let runs = Path::new(env!("CARGO_MANIFEST_DIR")).join("runs");
    Recorded::read(&find(Path::new(name), &runs).expect("a record")).expect("a record")
}

/// A record that was just made, of this kind.
fn record(kind: &str, rest: &Value) -> Recorded {
    let mut record = json!({
        "schema": 1, "kind": kind, "date": "2026-01-02T03:04:05Z", "command": "cargo run",
        "commit": null, "versions": {"rustc": "1.88.0"},
        "machine": {"os": "Linux", "arch": "x86_64", "cpu": "A", "cores": 2, "memory_mib": null},
    });
    let (Some(fields), Some(rest)) = (record.as_object_mut(), rest.as_object()) else {
        unreachable!("both are objects")
    };
    fields.extend(rest.clone());
    Recorded::of("mine", &record).expect("a record")
}

/// A run of `bench ratio` for HTTP, 64 clients and one request at a time, against the first of these.
fn ratio(kept: bool, rows: &[(&str, f64)]) -> Recorded {
    let row = |status: &str, (name, ratio): &(&str, f64)| {
        let (low, high) = (ratio - 0.01, ratio + 0.01);
        json!({"name": name, "status": status, "ratio": ratio, "low": low, "high": high})
    };
    let [base, models @ ..] = rows else { unreachable!("there is a base") };
    let mut all = vec![row("base", base), row("control", &(base.0, 1.5))];
    all.extend(models.iter().map(|model| row("measured", model)));
    let run = json!({
        "connections": 64, "request": "GET /", "depth": 1, "kept": kept, "cycles": 25, "rows": all,
    });
    record("ratio", &json!({"settings": {"base": base.0}, "runs": [run]}))
}

#[track_caller]
fn is(row: &Row, state: State, measured: Option<f64>) {
    assert_eq!(row.state, state, "{row:?}");
    let close = |(is, be): (f64, f64)| (is - be).abs() < 1e-3;
    assert!(row.measured.is_some() == measured.is_some(), "{row:?}");
    assert!(row.measured.zip(measured).is_none_or(close), "{row:?}");
}

#[test]
fn the_worst_of_ours_decides_in_the_worst_of_all_cases() {
    let row = judge(goal("echo/epoll"), &[recorded("2026-11-25-ratio")]);
    is(&row, State::Aim, Some(0.9965));
    assert_eq!(row.of.as_deref(), Some("ch03/epoll over c-epoll, 10 clients"));
    assert_eq!(row.record.as_deref(), Some("2026-11-25-ratio"));
}

#[test]
fn where_neither_is_the_base_the_one_ratio_is_over_the_other() {
    let row = judge(goal("echo/thousand"), &[recorded("2026-11-25-ratio")]);
    is(&row, State::Must, Some(0.9625));
    let (low, high) = (row.low.expect("a range"), row.high.expect("a range"));
    assert!(low < 0.9625 && 0.9625 < high, "wider than each of the two: {low} to {high}");
    assert_eq!(row.why.as_deref(), Some("the aim lies within the spread"));
}

#[test]
fn the_best_peer_that_is_there_is_the_one_to_beat_and_an_absent_one_is_named() {
    let rows =
        [("peer/http-raw", 1.0), ("ch05/executor", 1.0), ("peer/hyper", 1.3), ("peer/actix", 1.2)];
    let row = judge(goal("http/time"), &[ratio(true, &rows)]);
    is(&row, State::Must, Some(1.0 / 1.2));
    let note = row.why.expect("a note");
    assert!(note.starts_with("without peer/hyper-flush, peer/nginx, absent"), "{note}");
}

#[test]
fn without_any_peer_or_with_its_control_off_nothing_was_measured() {
    let alone = ratio(true, &[("peer/http-raw", 1.0), ("ch05/executor", 1.0)]);
    let row = judge(goal("http/time"), &[alone]);
    is(&row, State::Unknown, None);
    assert!(row.why.expect("a reason").contains("absent"));

    let off = ratio(false, &[("peer/http-raw", 1.0), ("ch05/executor", 1.0), ("peer/hyper", 1.3)]);
    let row = judge(goal("http/time"), &[off]);
    is(&row, State::Unknown, None);
    assert!(row.why.expect("a reason").contains("control"));
}

#[test]
fn a_record_that_says_nothing_is_passed_over_for_one_that_does() {
    let good = ratio(true, &[("peer/http-raw", 1.0), ("ch05/executor", 1.0), ("peer/hyper", 1.0)]);
    let row = judge(goal("http/time"), &[recorded("2026-11-25-ratio"), good]);
    is(&row, State::Missed, Some(1.0));
    assert_eq!(row.record.as_deref(), Some("mine"));
}

#[test]
fn rounds_are_held_against_each_other_where_there_are_some() {
    let row = judge(goal("runtime/timers"), &[recorded("2026-11-26-operations")]);
    is(&row, State::Aim, Some(0.058));
    assert!(row.low.is_some() && row.high.is_some());
    let row = judge(goal("echo/round-trip"), &[recorded("2026-11-25-ladder")]);
    is(&row, State::Must, Some(0.383));
    // A ladder's ratios are to whoever is cheapest there.
    is(&judge(goal("echo/executor"), &[recorded("2026-11-25-ladder")]), State::Unknown, None);
}

#[test]
fn memory_is_that_beside_the_largest_crowd() {
    let row = judge(goal("echo/memory"), &[recorded("2026-11-25-crowd")]);
    is(&row, State::Must, Some(0.028));
    is(&judge(goal("echo/memory"), &[recorded("2026-11-25-ladder")]), State::Unknown, None);
}

#[test]
fn a_call_that_must_not_be_made_misses_the_goal_however_few_there_are() {
    let row = judge(goal("echo/calls"), &[recorded("2026-11-26-syscalls")]);
    is(&row, State::Must, Some(2.02));

    let ledger = |call: &str| {
        let of = |model: &str| {
            let call = json!({"call": call, "in_vain": false, "kind": "exact", "each": 2.0, "low": 2.0, "high": 2.0});
            let step = json!({"step": "burst", "status": "measured", "why": null, "total": 2.0, "calls": [call]});
            json!({"model": model, "protocol": "echo", "status": "measured", "why": null, "steps": [step]})
        };
        let rows = ["ch03/epoll", "ch03/epoll-edge", "ch04/executor"].map(of);
        record("syscalls", &json!({ "rows": rows }))
    };
    is(&judge(goal("echo/calls"), &[ledger("read")]), State::Aim, Some(2.0));
    let row = judge(goal("echo/calls"), &[ledger("epoll_ctl")]);
    is(&row, State::Missed, Some(2.0));
    assert!(row.why.expect("a reason").starts_with("epoll_ctl by ch03/epoll"));
}

#[test]
fn every_goal_has_a_row_whatever_there_is() {
    let rows: Vec<Row> = GOALS.iter().map(|goal| judge(goal, &[])).collect();
    assert!(rows.iter().all(|row| row.state == State::Unknown && row.why.is_some()));
    let text = report(&rows);
    for goal in GOALS {
        assert!(text.contains(goal.name) && goal.aim <= goal.must, "{goal:?}");
    }
    let ends = format!("{} were not measured.\n", GOALS.len());
    assert!(text.ends_with(&ends), "{text}");
}

fn bench(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_bench"));
    program.arg("goals").args(arguments).output().expect("the bench runs")
}

#[test]
fn the_status_says_whether_a_goal_is_missed() {
    let met = bench(&["echo/epoll", "--from", "2026-11-25-ratio"]);
    assert_eq!(met.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&met.stdout).contains("aim met"));
    let missed = bench(&["echo/instructions", "--from", "2026-11-25-instructions"]);
    assert_eq!(missed.status.code(), Some(1));
    let unknown = bench(&["http/*", "--from", "2026-11-25-ratio"]);
    assert_eq!(unknown.status.code(), Some(0), "not measured is not missed");
    let wrong = bench(&["no-such-goal"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("runtime/spawn"),
        "it names those that are"
    );
}

#[test]
fn the_verdicts_are_a_record_like_all_others() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("goals.json");
    let file = path.to_str().expect("plain names");
    bench(&["runtime/*", "--from", "2026-11-26-operations", "--json", file]);
    let record = Recorded::read(&path).expect("a record");
    let states: Vec<&str> = record.lines.iter().filter_map(|line| line.text("state")).collect();
    assert_eq!(states, ["missed", "missed", "aim met"]);
    let page = bench::report::page(&[record]);
    assert!(
        page.contains("Missed: runtime/spawn and runtime/yield. Not measured: none."),
        "{page}"
    );
}

/// One that needs no peer, and is soon done.
#[test]
fn without_a_record_the_instrument_is_run_that_measures_it() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("goals-run.json");
    let output = bench(&["round-trip", "--json", path.to_str().expect("plain names")]);
    // Whether it is met is the machine's and the profile's to say.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let record = Recorded::read(&path).expect("a record");
    assert!(record.lines[0].number("measured").is_some(), "{:?}", record.lines);
    assert_eq!(record.settings.list("runs").len(), 1);
}
