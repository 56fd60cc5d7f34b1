//! Two records beside each other: what got worse beyond the spread, and what did not.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use bench::compare::{Comparison, Verdict, report};
use bench::recorded::Recorded;
use serde_json::{Value, json};

fn record(test: &str, name: &str, kind: &str, rest: &Value) -> Recorded {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare").join(test);
    fs::create_dir_all(&folder).expect("a temporary folder");
    let path = folder.join(format!("{name}.json"));
    let mut record = json!({
        "schema": 1, "kind": kind, "date": "2026-01-02T03:04:05Z", "command": "cargo run", "commit": null,
        "versions": {}, "machine": {"os": "Linux", "arch": "x86_64", "cpu": "A", "cores": 2, "memory_mib": null},
    });
    let fields = rest.as_object().expect("fields").clone();
    record.as_object_mut().expect("an object").extend(fields);
    fs::write(&path, record.to_string()).expect("a file");
    Recorded::read(&path).expect("a record")
}

/// A ladder of models, each with the processor time of five rounds.
fn ladder(test: &str, name: &str, costs: &[(&str, [f64; 5])]) -> Recorded {
    let row = |(model, costs): &(&str, [f64; 5])| {
        let rounds: Vec<Value> = costs.iter().map(|us| json!({"cpu_us_per_message": us})).collect();
        json!({"model": model, "protocol": "echo", "connections": 50, "status": "measured",
            "cpu_us_per_message": costs[2], "messages_per_second": 1e6 / costs[2], "rounds": rounds})
    };
    let rows: Vec<Value> = costs.iter().map(row).collect();
    record(test, name, "ladder", &json!({ "rows": rows }))
}

/// Rounds around `us`, which differ by some per cent.
fn around(us: f64) -> [f64; 5] {
    [0.99, 1.01, 1.0, 1.02, 0.98].map(|part| us * part)
}

fn verdicts(comparison: &Comparison) -> String {
    let mut text = String::new();
    for row in comparison.rows.iter().filter(|row| row.verdict.is_some()) {
        let _ = write!(text, "{} {:?} {:.2}; ", row.model, row.verdict, row.ratio.unwrap_or(0.0));
    }
    text
}

#[test]
fn a_slowdown_of_a_tenth_is_found_and_nothing_else() {
    let four = |epoll: f64| {
        [
            ("epoll", around(epoll)),
            ("mio", around(5.1)),
            ("poll", around(5.2)),
            ("tokio", around(6.0)),
        ]
    };
    let then = ladder("tenth", "then", &four(5.0));
    let now = ladder("tenth", "now", &four(5.5));
    let comparison = Comparison::of(&then, &now).expect("comparable");
    assert_eq!(verdicts(&comparison), "epoll Some(Worse) 1.10; ");
    assert!(comparison.got_worse());
    let back = Comparison::of(&now, &then).expect("comparable");
    assert_eq!(verdicts(&back), "epoll Some(Better) 0.91; ");
    assert!(!back.got_worse());
}

#[test]
fn a_machine_that_is_slower_today_makes_no_model_worse_and_is_told() {
    let all = |by: f64| ["epoll", "mio", "poll"].map(|name| (name, around(5.0 * by)));
    let (then, now) = (ladder("slower", "then", &all(1.0)), ladder("slower", "now", &all(1.3)));
    let comparison = Comparison::of(&then, &now).expect("comparable");
    assert_eq!(verdicts(&comparison), "");
    let text = report(&comparison, false);
    assert!(text.contains("all of them together moved by 1.30"), "{text}");
}

#[test]
fn of_two_rows_alone_nobody_can_tell_which_one_moved() {
    let two = |epoll: f64| [("epoll", around(epoll)), ("mio", around(5.0))];
    let (then, now) = (ladder("two", "then", &two(5.0)), ladder("two", "now", &two(6.0)));
    let comparison = Comparison::of(&then, &now).expect("comparable");
    assert_eq!(verdicts(&comparison), "");
    assert!(report(&comparison, true).contains("2 times were not judged"));
}

#[test]
fn a_model_that_fails_now_is_worse_and_says_why() {
    let three = ["epoll", "mio", "poll"].map(|name| (name, around(5.0)));
    let then = ladder("fails", "then", &three);
    let failed = json!({"rows": [{"model": "epoll", "protocol": "echo", "connections": 50, "status": "failed",
        "why": "it died", "cpu_us_per_message": null, "rounds": []},
        {"model": "mio", "protocol": "echo", "connections": 50, "status": "measured", "cpu_us_per_message": 5.0,
        "rounds": []}]});
    let now = record("fails", "now", "ladder", &failed);
    let comparison = Comparison::of(&then, &now).expect("comparable");
    assert_eq!(verdicts(&comparison), "epoll Some(Worse) 0.00; ");
    assert!(report(&comparison, false).contains("now: it died"));
}

#[test]
fn rates_are_told_and_never_judged() {
    let row = |rate: f64| {
        let row = json!({"model": "epoll", "protocol": "echo", "connections": 1, "status": "measured",
            "messages_per_second": rate, "rounds": []});
        json!({ "rows": [row] })
    };
    let then = record("rates", "then", "echo", &row(1000.0));
    let now = record("rates", "now", "ladder", &row(10.0));
    let comparison = Comparison::of(&then, &now).expect("both are loops");
    assert!(!comparison.got_worse());
    assert!(report(&comparison, true).contains("messages/s"), "{}", report(&comparison, true));
}

#[test]
fn ratios_compare_by_their_own_ranges_and_only_where_the_control_was_right() {
    let runs = |ratio: f64, kept: bool| {
        let row = json!({"name": "ch03/epoll", "status": "measured", "ratio": ratio, "low": ratio - 0.005,
            "high": ratio + 0.005, "cpu_us_per_message": 5.0});
        let base =
            json!({"name": "c-epoll", "status": "base", "ratio": 1.0, "low": 1.0, "high": 1.0});
        json!({"settings": {"base": "c-epoll"}, "runs": [{"connections": 10, "kept": kept, "rows": [base, row]}]})
    };
    let then = record("ratio", "then", "ratio", &runs(1.0, true));
    let worse = record("ratio", "worse", "ratio", &runs(1.03, true));
    let thrown = record("ratio", "thrown", "ratio", &runs(1.03, false));
    let found = Comparison::of(&then, &worse).expect("comparable");
    assert_eq!(verdicts(&found), "ch03/epoll Some(Worse) 1.03; ");
    let error = Comparison::of(&then, &thrown).expect_err("a run that says nothing");
    assert!(error.to_string().contains("no figure in common"), "{error}");
}

#[test]
fn a_call_more_is_worse_and_a_few_instructions_are_not() {
    let ledger = |reads: f64| {
        let call = json!({"call": "read", "in_vain": false, "kind": "exact", "each": reads, "low": reads,
            "high": reads});
        let step = json!({"step": "echo", "status": "measured", "total": reads, "calls": [call]});
        json!({"tools": {"optimised": true}, "rows": [{"model": "m", "protocol": "echo", "status": "measured",
            "steps": [step]}]})
    };
    let (then, now) = (ledger(1.0), ledger(2.0));
    let then = record("calls", "then", "syscalls", &then);
    let now = record("calls", "now", "syscalls", &now);
    assert_eq!(verdicts(&Comparison::of(&then, &now).expect("comparable")), "m Some(Worse) 2.00; ");

    let count = |of: f64| json!({"rows": [{"name": "m", "status": "measured", "instructions_per_message": of}]});
    let then = record("instructions", "then", "instructions", &count(1000.0));
    let alike = record("instructions", "alike", "instructions", &count(1030.0));
    let more = record("instructions", "more", "instructions", &count(1100.0));
    assert_eq!(verdicts(&Comparison::of(&then, &alike).expect("comparable")), "");
    assert_eq!(
        verdicts(&Comparison::of(&then, &more).expect("comparable")),
        "m Some(Worse) 1.10; "
    );
}

#[test]
fn a_record_compared_with_itself_has_not_changed() {
    for record in bench::recorded::all_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("runs"))
        .expect("records")
    {
        if let Ok(comparison) = Comparison::of(&record, &record) {
            let changed = comparison.rows.iter().find(|row| row.verdict.is_some());
            assert_eq!(changed, None, "{}", record.name);
            assert!(comparison.rows.iter().any(|row| row.judged), "{}", record.name);
        }
    }
}

#[test]
fn the_status_says_whether_it_got_worse_and_whether_the_arguments_can_be_meant() {
    let then = ladder("status", "then", &["a", "b", "c", "d"].map(|name| (name, around(5.0))));
    let worse = [("a", around(6.0)), ("b", around(5.0)), ("c", around(5.0)), ("d", around(5.0))];
    let now = ladder("status", "now", &worse);
    assert_eq!(
        Comparison::of(&then, &now).expect("comparable").rows[0].verdict,
        Some(Verdict::Worse)
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare/status");
    let bench = |arguments: &[&str]| {
        let bench = Command::new(env!("CARGO_BIN_EXE_bench"))
            .current_dir(&folder)
            .arg("compare")
            .args(arguments)
            .output();
        bench.expect("it runs").status.code()
    };
    assert_eq!(bench(&["then.json", "now.json"]), Some(0));
    assert_eq!(bench(&["then.json", "now.json", "--fail-on-worse"]), Some(1));
    assert_eq!(bench(&["now.json", "then.json", "--fail-on-worse", "--csv", "-"]), Some(0));
    assert_eq!(bench(&["then.json", "gone.json"]), Some(2));
    assert_eq!(bench(&["then.json", "now.json", "--csv", "-", "--json", "-"]), Some(2));
}
