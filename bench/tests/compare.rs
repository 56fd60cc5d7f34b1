//! Two records beside each other: what got worse beyond the spread, and what did not.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use bench::compare::{Comparison, Verdict, report};
use bench::recorded::{Machine, Recorded};
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

/// A ledger of a model that reads so often for a message.
fn ledger(reads: f64) -> Value {
    let call = json!({"call": "read", "in_vain": false, "kind": "exact", "each": reads, "low": reads,
        "high": reads});
    let step = json!({"step": "echo", "status": "measured", "total": reads, "calls": [call]});
    json!({"tools": {"optimised": true}, "rows": [{"model": "m", "protocol": "echo", "status": "measured",
        "steps": [step]}]})
}

/// Of a model that takes so many instructions for a message.
fn instructions(count: f64) -> Value {
    json!({"rows": [{"name": "m", "status": "measured", "instructions_per_message": count}]})
}

/// Rounds around `us`, which differ by some per cent.
fn around(us: f64) -> [f64; 5] {
    [0.99, 1.01, 1.0, 1.02, 0.98].map(|part| us * part)
}

/// The same, made on another machine.
fn elsewhere(mut record: Recorded, change: impl FnOnce(&mut Machine)) -> Recorded {
    change(&mut record.head.machine);
    record
}

/// A machine of the same kind.
fn another_cpu(machine: &mut Machine) {
    "B".clone_into(&mut machine.cpu);
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
    let (then, now) = (ledger(1.0), ledger(2.0));
    let then = record("calls", "then", "syscalls", &then);
    let now = record("calls", "now", "syscalls", &now);
    assert_eq!(verdicts(&Comparison::of(&then, &now).expect("comparable")), "m Some(Worse) 2.00; ");

    let then = record("instructions", "then", "instructions", &instructions(1000.0));
    let alike = record("instructions", "alike", "instructions", &instructions(1030.0));
    let more = record("instructions", "more", "instructions", &instructions(1100.0));
    assert_eq!(verdicts(&Comparison::of(&then, &alike).expect("comparable")), "");
    assert_eq!(
        verdicts(&Comparison::of(&then, &more).expect("comparable")),
        "m Some(Worse) 1.10; "
    );
}

#[test]
fn of_records_from_two_machines_times_get_no_verdict_and_memory_does() {
    let rows = |us: f64, kib: f64| {
        let row = |model: &str, us: f64| {
            let rounds: Vec<Value> = around(us)
                .map(|us| json!({"cpu_us_per_message": us, "kib_per_connection": kib}))
                .into();
            json!({"model": model, "protocol": "echo", "connections": 50, "status": "measured",
                "cpu_us_per_message": us, "kib_per_connection": kib, "rounds": rounds})
        };
        json!({"rows": [row("epoll", us), row("mio", 5.0), row("poll", 5.0), row("tokio", 5.0)]})
    };
    let then = record("machines", "then", "ladder", &rows(5.0, 1.0));
    let now = || record("machines", "now", "ladder", &rows(6.0, 4.0));
    let here = Comparison::of(&then, &now()).expect("comparable");
    assert!(verdicts(&here).starts_with("epoll Some(Worse) 1.20; epoll Some(Worse) 4.00; "));
    assert!(!here.rows.iter().any(|row| row.withheld));

    let there = Comparison::of(&then, &elsewhere(now(), another_cpu)).expect("comparable");
    assert_eq!(verdicts(&there).matches("epoll").count(), 1);
    assert_eq!(verdicts(&there).matches("Some(Worse) 4.00").count(), 4);
    let text = report(&there, true);
    for said in
        ["no verdict on what depends on the machine: times, rates", "on B, 2 cores", "1.200"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.contains("4 figures got no verdict"), "{text}");
    assert!(!text.contains("times were not judged"), "the reason is another one: {text}");
}

#[test]
fn a_ratio_of_times_is_a_time_and_needs_one_machine_with_one_kernel() {
    let runs = |ratio: f64| {
        let row = json!({"name": "ch03/epoll", "status": "measured", "ratio": ratio, "low": ratio - 0.005,
            "high": ratio + 0.005});
        json!({"settings": {"base": "c-epoll"}, "runs": [{"connections": 10, "kept": true, "rows": [row]}]})
    };
    let then = record("kernels", "then", "ratio", &runs(1.0));
    let now = record("kernels", "now", "ratio", &runs(1.5));
    assert!(Comparison::of(&then, &now).expect("comparable").got_worse());
    let newer = elsewhere(now, |machine| "Linux 7".clone_into(&mut machine.os));
    let comparison = Comparison::of(&then, &newer).expect("comparable");
    assert!(!comparison.got_worse() && !comparison.judged_any());
    assert!(comparison.rows.iter().any(|row| row.withheld && row.ratio == Some(1.5)));
}

#[test]
fn what_is_counted_is_judged_across_machines_of_one_kind() {
    let instructions = |name: &str, of| record("kinds", name, "instructions", &instructions(of));
    let calls = |name: &str, of| record("kinds", name, "syscalls", &ledger(of));
    for (then, now) in [
        (instructions("less", 1000.0), instructions("more", 2000.0)),
        (calls("fewer", 1.0), calls("another", 2.0)),
    ] {
        let now = elsewhere(now, another_cpu);
        let comparison = Comparison::of(&then, &now).expect("comparable");
        assert_eq!(verdicts(&comparison), "m Some(Worse) 2.00; ");

        let now = elsewhere(now, |machine| "aarch64".clone_into(&mut machine.arch));
        let comparison = Comparison::of(&then, &now).expect("comparable");
        assert_eq!(verdicts(&comparison), "");
        assert!(comparison.rows.iter().any(|row| row.withheld));
        assert!(report(&comparison, false).contains("machines of different kinds"));
    }
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
    // A gate that could look at nothing does not pass.
    let here = fs::read_to_string(folder.join("now.json")).expect("a file");
    fs::write(folder.join("there.json"), here.replace(r#""cpu":"A""#, r#""cpu":"B""#))
        .expect("a file");
    assert_eq!(bench(&["then.json", "there.json"]), Some(0));
    assert_eq!(bench(&["then.json", "there.json", "--fail-on-worse"]), Some(2));
    assert_eq!(bench(&["then.json", "gone.json"]), Some(2));
    assert_eq!(bench(&["then.json", "now.json", "--csv", "-", "--json", "-"]), Some(2));
}
