//! A record has what its readers expect of it.

use bench::catalogue;
use bench::measure::Slice;
use bench::pinning::Pinning;
use bench::record::Record;
use bench::rounds::{Cell, Outcome, Plan};
use serde_json::Value;
use std::time::Duration;

fn slice(cpu: f64) -> Slice {
    Slice {
        messages_per_second: 1e5,
        p50_us: 10.0,
        p99_us: 20.0,
        cpu_us_per_message: cpu,
        kib_per_connection: Some(0.5),
        client_share: 0.99,
        server_share: 0.5,
        messages: 1000,
        wall_s: 0.01,
    }
}

fn record() -> Value {
    let entries = catalogue::entries(bench::CHAPTERS);
    let outcomes = [
        Outcome::Measured(vec![slice(4.0), slice(9.0), slice(5.0)]),
        Outcome::Measured(vec![slice(10.0)]),
        Outcome::Limit("serves one client at a time".into()),
        Outcome::Failed("it died".into()),
    ];
    let cells = entries.iter().zip(outcomes).map(|(entry, outcome)| Cell {
        entry: entry.clone(),
        connections: 50,
        outcome,
    });
    let cells = cells.collect();
    let plan = Plan {
        entries,
        connections: vec![50],
        silent: 0,
        rounds: 3,
        budget: Duration::from_secs(1),
        deadline: None,
    };
    let json = Record::new(&plan, Pinning::Apart { server: 1, load: 0 }, cells, None).json();
    serde_json::from_str(&json.expect("plain fields")).expect("what was written")
}

#[test]
fn a_record_has_the_fields_that_the_book_reads() {
    let record = record();
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect();
    let top: Vec<String> = keys(&record);
    for key in ["schema", "kind", "date", "command", "commit", "versions", "machine"] {
        assert!(top.contains(&key.to_owned()), "{key} in {top:?}");
    }
    for (of, wanted) in [
        ("versions", vec!["rustc", "tokio", "mio", "polling", "hyper"]),
        ("machine", vec!["os", "arch", "cpu", "cores", "memory_mib"]),
        (
            "settings",
            vec!["connections", "rounds", "seconds_per_round", "message_bytes", "pinning"],
        ),
    ] {
        let keys: Vec<String> = keys(&record[of]);
        for key in wanted {
            assert!(keys.contains(&key.to_owned()), "{key} in {keys:?}");
        }
    }
    assert_eq!(record["schema"], 1);
    assert_eq!(record["settings"]["pinning"], "server on core 1, load on core 0");
    let versions = record["versions"].as_object().expect("an object");
    assert!(versions.values().all(|version| version.as_str().is_some_and(starts_with_digit)));
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

#[test]
fn a_row_is_the_median_of_its_rounds_and_its_ratio_that_to_the_lowest() {
    let rows = &record()["rows"];
    assert_eq!(rows[0]["status"], "measured");
    assert_eq!(rows[0]["cpu_us_per_message"], 5.0);
    assert_eq!(rows[0]["ratio"], 1.0);
    assert_eq!(rows[0]["client_bound"], true);
    assert_eq!(rows[0]["rounds"].as_array().map(Vec::len), Some(3));
    assert_eq!(rows[0]["rounds"][1]["cpu_us_per_message"], 9.0);
    assert_eq!(rows[1]["ratio"], 2.0);
}

#[test]
fn a_row_without_figures_says_why_and_has_nulls() {
    let rows = &record()["rows"];
    assert_eq!(rows[2]["status"], "limit");
    assert_eq!(rows[2]["why"], "serves one client at a time");
    assert_eq!(rows[3]["status"], "failed");
    assert_eq!(rows[3]["why"], "it died");
    for row in [&rows[2], &rows[3]] {
        for field in ["messages_per_second", "p99_us", "ratio", "client_bound"] {
            assert_eq!(row.get(field), Some(&Value::Null), "{field}");
        }
    }
}
