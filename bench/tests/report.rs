//! The page made of records: it needs nothing else, its plots say in words what they show, and what those
//! say is in the data.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bench::recorded::{Kind, Recorded, all_in, find};
use bench::report::page;

fn runs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runs")
}

fn recorded(name: &str) -> Recorded {
    let path = find(Path::new(name), &runs()).expect("a record");
    Recorded::read(&path).expect("a record")
}

/// The text between the first `from` and the next `to`.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}

/// The sentence below the first plot whose head begins so.
fn said<'t>(page: &'t str, title: &str) -> &'t str {
    between(between(page, &format!("<h4>{title}"), "</figure>"), "<figcaption>", "</figcaption>")
}

/// A record of a loop with these costs, round by round.
fn of_rounds(rows: &[(&str, [f64; 5])]) -> Recorded {
    let row = |(model, costs): &(&str, [f64; 5])| {
        let mut sorted = *costs;
        sorted.sort_by(f64::total_cmp);
        let rounds = costs.map(|cost| serde_json::json!({"cpu_us_per_message": cost}));
        serde_json::json!({
            "model": model, "protocol": "echo", "connections": 50, "silent": 0, "rate": null,
            "request": null, "depth": 1, "status": "measured", "why": null,
            "cpu_us_per_message": sorted[2], "rounds": rounds,
        })
    };
    let record = serde_json::json!({
        "schema": 1, "kind": "echo", "date": "2026-01-02T03:04:05Z", "command": "cargo run <&>",
        "commit": null, "versions": {"rustc": "1.88.0"}, "settings": {"pinning": "none"},
        "machine": {"os": "Linux", "arch": "x86_64", "cpu": "A", "cores": 2, "memory_mib": null},
        "rows": rows.iter().map(row).collect::<Vec<_>>(),
    });
    Recorded::of("mine", &record).expect("a record")
}

#[test]
fn a_page_of_every_record_needs_nothing_else_and_every_plot_has_a_sentence() {
    let page = page(&all_in(&runs()).expect("all records"));
    for outside in ["<script", "src=", "<link", "@import", "url(", "href=\"http"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("name=\"viewport\""));
    let figures: Vec<&str> = page.split("<figure>").skip(1).collect();
    assert!(figures.len() > 30, "{}", figures.len());
    for figure in figures {
        let caption = between(figure, "<figcaption>", "</figcaption>");
        assert!(caption.ends_with('.') && caption.len() > 20, "{caption}");
        let svg = between(figure, "<svg", "</svg>");
        assert!(svg.contains(&format!("aria-label=\"{caption}\"")), "{caption}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
}

#[test]
fn rows_that_nothing_tells_apart_are_called_equal_and_the_others_ranked() {
    let page = page(&[of_rounds(&[
        ("a", [1.0, 1.1, 1.2, 1.1, 1.0]),
        ("b", [1.2, 1.0, 1.1, 1.2, 1.1]),
        ("c", [2.0, 2.1, 2.0, 2.2, 2.1]),
    ])]);
    let said = said(&page, "Processor time a message");
    assert!(
        said.starts_with(
            "Least, 1.10 µs, by a and b, which are equal. Of the others the most, 2.10 µs, by c;"
        ),
        "{said}"
    );
    // Both of the equal ones stand out in the plot.
    assert_eq!(page.matches("<g class=\"lead\">").count(), 2);
    assert!(page.contains("cargo run &lt;&amp;&gt;"), "what means something in HTML is escaped");
}

#[test]
fn where_all_are_equal_none_is_the_least() {
    let page =
        page(&[of_rounds(&[("a", [1.0, 1.1, 1.2, 1.1, 1.0]), ("b", [1.2, 1.0, 1.1, 1.2, 1.1])])]);
    let said = said(&page, "Processor time a message");
    assert_eq!(said, "All 2 are equal, 1.10 µs: nothing tells them apart.");
}

#[test]
fn with_few_rounds_nobody_is_called_equal() {
    // Three rounds.
    let page = page(&[recorded("2026-11-25-crowd")]);
    let said = said(&page, "Processor time a message");
    assert!(said.contains("too few rounds") && !said.contains("are equal"), "{said}");
}

#[test]
fn a_ratio_is_told_by_whether_its_interval_holds_one() {
    let page = page(&[recorded("2026-11-25-ratio")]);
    let hundred = between(&page, "<h3>100 clients</h3>", "</section>");
    let said = said(hundred, "Processor time a message, over that of c-epoll");
    assert_eq!(
        said,
        "Equal to c-epoll: ch03/epoll and ch03/polling. Less than c-epoll: ch03/epoll-edge, ch03/mio and \
         ch04/executor. More than c-epoll: ch04/tokio."
    );
}

#[test]
fn a_ladder_has_plots_over_its_clients_and_a_ledger_tells_who_asks_without_end() {
    let page = page(&[recorded("2026-11-25-ladder"), recorded("2026-11-26-syscalls")]);
    for title in [
        "Processor time a message, µs, over clients (echo)",
        "Memory for all clients, MiB, over clients (echo)",
        "Throughput, messages a second",
        "Round trip, µs",
    ] {
        assert!(page.contains(&format!("<h4>{title}")), "{title}");
    }
    let idle = said(&page, "System calls, idle second");
    assert!(idle.contains("as often as they can: ch02/spin"), "{idle}");
}

fn bench(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_bench"));
    program.arg("report").args(arguments).output().expect("the bench runs")
}

#[test]
fn a_report_is_written_where_it_was_asked_for_and_ends_with_where_it_lies() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    let path = file.to_str().expect("plain names");
    let output = bench(&["2026-11-25-ratio", "2026-11-25-waiting", "--html", path]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("report: {path}\n"));
    let page = std::fs::read_to_string(&file).expect("the page");
    assert!(page.contains("2026-11-25-ratio") && page.contains("2026-11-25-waiting"));
}

#[test]
fn without_a_record_the_newest_of_each_kind_is_shown() {
    let output = bench(&["--html", "-"]);
    let page = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && page.starts_with("<!doctype html>"));
    let all = all_in(&runs()).expect("all records");
    let mut ledgers = all.iter().filter(|record| record.kind == Kind::Syscalls);
    let shown = |record: &Recorded| page.contains(&format!("<dd>{}</dd>", record.name));
    assert!(ledgers.next().is_some_and(shown), "the newest is shown");
    assert!(!ledgers.any(shown), "and no other");
    // One of echo, and one of HTTP: the one says nothing of the other.
    let of_ratios = |record: &&Recorded| record.kind == Kind::Ratio && shown(record);
    assert_eq!(all.iter().filter(of_ratios).count(), 2);
}

#[test]
fn what_is_no_record_is_a_wrong_argument() {
    let output = bench(&["2026-13-01", "--html", "-"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("no such file, and no such record"), "{error}");
}
