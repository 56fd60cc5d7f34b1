//! A ledger of system calls against a recorded one.

use std::fs;
use std::path::PathBuf;

use bench::syscalls::check::{Found, Recorded, newest};
use bench::syscalls::record::{CallRow, Kind, Record, Row, StepRow};

/// A call that is made as often in every window.
fn exact(call: &str, each: f64) -> CallRow {
    between(call, Kind::Exact, each, each)
}

fn between(call: &str, kind: Kind, low: f64, high: f64) -> CallRow {
    let (each, low, high) = (Some(f64::midpoint(low, high)), Some(low), Some(high));
    CallRow { call: call.into(), in_vain: false, kind, each, low, high }
}

/// The ledger of one model and one step.
fn ledger(model: &str, calls: &[CallRow]) -> Record {
    let step = StepRow {
        step: "echo".into(),
        status: "measured".into(),
        why: None,
        total: None,
        calls: calls.to_vec(),
    };
    let row = Row {
        model: model.into(),
        protocol: "echo".into(),
        status: "measured".into(),
        why: None,
        steps: vec![step],
    };
    Record::new("6.1".into(), vec![row])
}

/// Writes `record` down, as a file of this test, and reads it.
fn recorded(name: &str, record: &Record) -> Recorded {
    let path = scratch(name).join("record.json");
    fs::write(&path, record.json().expect("plain fields")).expect("a temporary file");
    Recorded::read(&path).expect("what was written")
}

fn scratch(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&path).expect("a temporary folder");
    path
}

fn found(name: &str, then: &[CallRow], now: &[CallRow]) -> Found {
    let then = recorded(name, &ledger("ch01/pool", then));
    then.against(&ledger("ch01/pool", now), &[]).expect("comparable")
}

#[test]
fn one_call_more_is_found_by_its_model_step_and_name() {
    let then = [exact("read", 1.0), exact("write", 1.0)];
    let now = [exact("read", 2.0), exact("write", 1.0)];
    let found = found("more", &then, &now);
    assert_eq!(found.more, ["ch01/pool, echo: read 2 times, was 1"]);
    assert_eq!(found.fewer, [""; 0]);
}

#[test]
fn a_call_that_was_not_made_at_all_was_made_0_times() {
    let found = found("new", &[exact("read", 1.0)], &[exact("read", 1.0), exact("poll", 0.02)]);
    assert_eq!(found.more, ["ch01/pool, echo: poll 0.02 times, was 0"]);
}

#[test]
fn fewer_calls_are_no_fault() {
    let found = found("fewer", &[exact("read", 2.0), exact("poll", 1.0)], &[exact("read", 1.0)]);
    assert_eq!(found.more, [""; 0]);
    assert_eq!(
        found.fewer,
        ["ch01/pool, echo: read 1 times, was 2", "ch01/pool, echo: poll 0 times, was 1"]
    );
}

#[test]
fn where_threads_race_less_than_a_call_is_no_news() {
    let varies = |low, high| [between("futex", Kind::Varies, low, high)];
    assert_eq!(found("race", &varies(3.9, 4.4), &varies(4.7, 5.1)), Found::default());
    assert_eq!(found("race-more", &varies(3.9, 4.4), &varies(5.5, 6.0)).more.len(), 1);
}

#[test]
fn one_look_in_vain_in_a_whole_window_is_no_news_and_one_a_message_is() {
    let looks = |each| [CallRow { in_vain: true, ..exact("epoll_wait", each) }];
    assert_eq!(found("looks", &looks(4.0), &looks(4.01)), Found::default());
    assert_eq!(found("looks-more", &looks(4.0), &looks(5.0)).more.len(), 1);
}

#[test]
fn a_model_whose_library_races_with_it_is_not_compared() {
    let then = recorded("races", &ledger("ch01/pool", &[exact("read", 1.0)]));
    let now = ledger("ch01/pool", &[exact("read", 2.0)]);
    let found = then.against(&now, &["ch01/pool"]).expect("comparable");
    assert_eq!((found.more.len(), found.apart.len()), (0, 1));
}

#[test]
fn a_rate_is_not_compared() {
    let rate = |each| [between("recvfrom", Kind::Rate, each, each)];
    assert_eq!(found("rate", &rate(180.0), &rate(400.0)), Found::default());
}

#[test]
fn a_model_that_the_record_does_not_have_is_said_to_be_missing() {
    let then = recorded("missing", &ledger("ch01/pool", &[]));
    let found =
        then.against(&ledger("ch01/threads", &[exact("read", 9.0)]), &[]).expect("comparable");
    assert_eq!(found.apart, ["ch01/threads: not in the record"]);
    assert_eq!(found.more, [""; 0]);
}

#[test]
fn calls_of_libraries_are_compared_only_with_the_same_libraries() {
    let calls = |each| [exact("mmap", each), exact("read", each)];
    let mut then = ledger("ch01/pool", &calls(1.0));
    then.tools.libc = Some("another 1.0".into());
    let found = recorded("libraries", &then).against(&ledger("ch01/pool", &calls(2.0)), &[]);
    let found = found.expect("comparable");
    assert_eq!(found.more, ["ch01/pool, echo: read 2 times, was 1"]);
    assert_eq!(found.apart.len(), 1, "{:?}", found.apart);
}

#[test]
fn a_debug_build_is_not_compared_with_an_optimised_one() {
    let mut then = ledger("ch01/pool", &[]);
    then.tools.optimised = !then.tools.optimised;
    let error = recorded("profile", &then).against(&ledger("ch01/pool", &[]), &[]);
    assert!(error.expect_err("other programs").to_string().contains("optimised"));
}

#[test]
fn the_newest_ledger_of_a_folder_is_found_among_other_records() {
    let folder = scratch("newest");
    for (name, kind, date) in [
        ("b", "syscalls", "2026-01-02T00:00:00Z"),
        ("a", "syscalls", "2026-01-03T00:00:00Z"),
        ("c", "ladder", "2026-01-04T00:00:00Z"),
    ] {
        let text = format!(r#"{{ "kind": "{kind}", "date": "{date}" }}"#);
        fs::write(folder.join(name).with_extension("json"), text).expect("a temporary file");
    }
    assert!(newest(&folder).expect("there is one").ends_with("a.json"));
    assert!(newest(&scratch("none")).is_err());
}
