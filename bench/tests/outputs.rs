//! What is made of a record: CSV and Markdown, of every kind, with the fields that the documentation names.

use std::fs;
use std::path::{Path, PathBuf};

use bench::recorded::{Kind, Recorded, all_in, find};
use bench::report;
use bench::sheet::{csv, markdown, sheets};

fn runs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runs")
}

/// A record as the bench writes it, with these fields.
fn record(name: &str, kind: &str, rest: &str) -> Recorded {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outputs");
    fs::create_dir_all(&folder).expect("a temporary folder");
    let path = folder.join(format!("{name}.json"));
    let head = r#""schema": 1, "date": "2026-01-02T03:04:05Z", "command": "cargo run", "commit": "abc1234",
        "versions": {"rustc": "1.88.0"},
        "machine": {"os": "Linux 6", "arch": "x86_64", "cpu": "A | B", "cores": 2, "memory_mib": 4000}"#;
    fs::write(&path, format!(r#"{{ {head}, "kind": "{kind}", {rest} }}"#)).expect("a file");
    Recorded::read(&path).expect("a record")
}

fn two_rows() -> Recorded {
    let rest = r#""rows": [
        {"model": "ch03/epoll", "protocol": "echo", "connections": 50, "status": "measured", "why": null,
         "messages_per_second": 123456.7, "cpu_us_per_message": 5.126, "ratio": 1.0, "client_bound": false},
        {"model": "ch01/iterative", "protocol": "echo", "connections": 50, "status": "limit",
         "why": "serves \"one\", and waits", "messages_per_second": null}]"#;
    record("two", "ladder", rest)
}

#[test]
fn a_record_as_csv_has_a_line_for_each_row_and_quotes_what_needs_it() {
    assert_eq!(
        csv(&two_rows()),
        "model,protocol,connections,silent,rate,request,depth,status,messages_per_second,p50_us,p99_us,\
         response_p50_us,response_p99_us,lag_p99_us,unsent_share,late,cpu_us_per_message,ratio,ratio_low,\
         ratio_high,letters,kib_per_connection,client_share,server_share,client_bound,why\n\
         ch03/epoll,echo,50,,,,,measured,123456.7,,,,,,,,5.126,1.0,,,,,,,false,\n\
         ch01/iterative,echo,50,,,,,limit,,,,,,,,,,,,,,,,,,\"serves \"\"one\"\", and waits\"\n"
    );
}

#[test]
fn a_record_as_markdown_has_a_table_for_each_case_without_empty_columns() {
    assert_eq!(
        markdown(&two_rows()),
        "**50 clients**\n\n\
         | model | messages/s | processor, µs/message | ratio | note |\n\
         | --- | --: | --: | --: | --- |\n\
         | ch03/epoll | 123,457 | 5.13 | 1.00 |  |\n\
         | ch01/iterative |  |  |  | serves \"one\", and waits |\n\n\
         A | B, 2 cores, 4000 MiB, Linux 6 x86_64; 2026-01-02T03:04:05Z, commit abc1234; `cargo run`\n"
    );
}

#[test]
fn the_runs_of_a_ratio_become_lines_with_the_case_of_their_run() {
    let rest = r#""settings": {"base": "c-epoll"}, "runs": [{"connections": 10, "kept": true, "cycles": 25,
        "rows": [{"name": "ch03/mio", "status": "measured", "ratio": 0.99, "low": 0.98, "high": 1.0}]}]"#;
    let record = record("ratio", "ratio", rest);
    let line = &record.lines[0];
    assert_eq!((line.who(), line.number("connections")), ("ch03/mio", Some(10.0)));
    assert!(line.is("kept") && line.measured());
    assert_eq!(record.settings.text("base"), Some("c-epoll"));
}

#[test]
fn bursts_of_different_protocols_are_different_cases() {
    let row = |model: &str, protocol: &str| {
        format!(
            r#"{{"model": "{model}", "protocol": "{protocol}", "connections": 100, "status": "measured",
                "connections_per_second": 1000.0}}"#
        )
    };
    let rows = [row("ch03/epoll", "echo"), row("ch05/hyper", "http")].join(",");
    let record = record("bursts", "accept", &format!(r#""rows": [{rows}]"#));
    let titles: Vec<String> = sheets(&record).into_iter().map(|sheet| sheet.title).collect();
    assert_eq!(titles, ["bursts of 100 clients", "bursts of 100 clients, HTTP"]);
}

#[test]
fn a_ledger_is_one_table_of_totals_and_a_csv_line_for_each_call() {
    let rest = r#""rows": [{"model": "ch01/pool", "protocol": "echo", "status": "measured", "why": null, "steps": [
        {"step": "echo", "status": "measured", "why": null, "total": 2.0, "calls": [
            {"call": "read", "in_vain": false, "kind": "exact", "each": 1.0, "low": 1.0, "high": 1.0},
            {"call": "write", "in_vain": false, "kind": "exact", "each": 1.0, "low": 1.0, "high": 1.0}]}]}]"#;
    let record = record("ledger", "syscalls", rest);
    let [sheet] = &sheets(&record)[..] else { panic!("one table") };
    assert_eq!(sheet.rows, [["ch01/pool", "2.00"]]);
    let text = csv(&record);
    assert!(text.contains("ch01/pool,echo,echo,measured,all,,,2.0,,,\n"), "{text}");
    assert!(
        text.contains("ch01/pool,echo,echo,measured,write,false,exact,1.0,1.0,1.0,\n"),
        "{text}"
    );
}

#[test]
fn every_record_can_be_read_and_shown_in_every_form() {
    let records = all_in(&runs()).expect("all of them");
    assert!(records.len() > 5);
    assert!(records.windows(2).all(|two| two[0].head.date >= two[1].head.date), "newest first");
    for record in &records {
        assert!(!record.lines.is_empty(), "{}", record.name);
        let lines = csv(record).lines().count();
        assert_eq!(lines, record.lines.len() + 1, "{}: a line a row", record.name);
        assert!(markdown(record).contains(&record.head.date));
        for sheet in sheets(record) {
            assert!(sheet.rows.iter().all(|row| row.len() == sheet.columns.len()), "{sheet:?}");
        }
    }
    let page = report::page(&records);
    for record in &records {
        assert!(page.contains(&record.name), "{}", record.name);
    }
}

#[test]
fn every_field_is_documented_with_the_records() {
    let text = fs::read_to_string(runs().join("README.md")).expect("the documentation");
    for kind in [
        Kind::Ladder,
        Kind::Accept,
        Kind::Ratio,
        Kind::Instructions,
        Kind::Syscalls,
        Kind::Operations,
        Kind::Waiting,
        Kind::Trace,
        Kind::Comparison,
        Kind::Goals,
    ] {
        assert!(text.contains(&format!("`{}`", kind.name())), "{kind:?}");
        for field in kind.fields() {
            assert!(text.contains(&format!("`{}`", field.name)), "{kind:?}: `{}`", field.name);
        }
    }
}

#[test]
fn a_record_is_found_by_its_file_or_by_its_name() {
    let ladder = runs().join("2026-11-25-ladder.json");
    assert_eq!(find(Path::new("2026-11-25-ladder"), &runs()).expect("by name"), ladder);
    assert_eq!(find(&ladder, Path::new("nowhere")).expect("by file"), ladder);
    let error = find(Path::new("2026-13-01"), &runs()).expect_err("no such record").to_string();
    assert_eq!(error, "2026-13-01: no such file, and no such record");
}

#[test]
fn what_is_no_record_is_refused_with_a_reason() {
    let error = Recorded::read(&runs().join("models.json")).expect_err("the catalogue");
    assert!(format!("{error:#}").contains("is no record of the bench"), "{error:#}");
}
