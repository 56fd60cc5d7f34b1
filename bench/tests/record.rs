//! A record has what its readers expect of it.

use bench::measure::{Case, Open, Slice};
use bench::pinning::Pinning;
use bench::record::Record;
use bench::rounds::{Cell, Outcome, Plan};
use bench::subject;
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
        open: None,
    }
}

fn record() -> Value {
    record_of(
        Case::closed(50),
        vec![
            Outcome::Measured([4.0, 9.0, 5.0, 5.0, 5.0].map(slice).to_vec()),
            Outcome::Measured([10.0, 18.0, 10.0, 10.0, 10.0].map(slice).to_vec()),
            Outcome::Limit("serves one client at a time".into()),
            Outcome::Failed("it died".into()),
        ],
    )
}

fn record_of(case: Case, outcomes: Vec<Outcome<Slice>>) -> Value {
    let subjects = subject::choose(bench::CHAPTERS, &[]).expect("all of them");
    let cells = subjects.iter().zip(outcomes);
    let cells = cells.map(|(subject, outcome)| Cell { subject: subject.clone(), case, outcome });
    let cells = cells.collect();
    let cases = vec![case];
    let plan = Plan { subjects, cases, rounds: 5, budget: Duration::from_secs(1), deadline: None };
    let pinning = Pinning::Apart { server: 1, load: 0 };
    let json = Record::new("echo", &plan, pinning, cells, None).json();
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
    assert_eq!(rows[0]["rounds"].as_array().map(Vec::len), Some(5));
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

#[test]
fn rows_say_whether_anything_tells_them_apart() {
    let rows = &record()["rows"];
    assert_eq!(rows[0]["letters"], "a");
    assert_eq!(rows[0]["equal_to"], Value::Array(vec![]));
    assert_eq!(rows[1]["letters"], "b");
    let low = rows[1]["ratio_low"].as_f64().expect("five rounds");
    assert!(low <= 2.0 && 2.0 <= rows[1]["ratio_high"].as_f64().expect("five rounds"));
    let near = [4.0, 4.2, 4.1, 4.0, 4.2].map(slice).to_vec();
    let nearer = [4.1; 5].map(slice).to_vec();
    let equal =
        record_of(Case::closed(1), vec![Outcome::Measured(near), Outcome::Measured(nearer)]);
    assert_eq!(equal["rows"][0]["equal_to"][0], equal["rows"][1]["model"]);
    assert_eq!(equal["rows"][1]["letters"], "a");
}

#[test]
fn a_row_says_in_what_case_it_was_measured() {
    let open = Open {
        response_p50_us: 20.0,
        response_p99_us: 9000.0,
        lag_p99_us: 3.0,
        due: 1000,
        unsent: 400,
        client_idle_share: 0.5,
    };
    let slices = vec![Slice { open: Some(open), ..slice(4.0) }; 3];
    let case = Case { rate: Some(1000), silent: 7, ..Case::closed(50) };
    let record = record_of(case, vec![Outcome::Measured(slices)]);
    let row = &record["rows"][0];
    for (field, value) in [("connections", 50), ("silent", 7), ("rate", 1000), ("depth", 1)] {
        assert_eq!(row[field], value, "{field}");
    }
    assert_eq!(row["request"], Value::Null);
    assert_eq!(row["response_p99_us"], 9000.0);
    assert_eq!(row["late"], "server");
    assert_eq!(row["unsent_share"], 0.4);
    assert_eq!(row["rounds"][0]["unsent"], 400, "and each round its own");
}
