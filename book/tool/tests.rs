//! The check held against a small workspace (`book/tests/fixture`), sound and broken in one place at a time;
//! and then against the real one.

mod exercises;
mod python;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::workspace::{Workspace, files_below, here};
use super::{check, html, record};

/// A copy of the fixture, to be broken.
struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture");
        for path in files_below(&fixture, &[]).unwrap() {
            let copy = folder.path().join(path.strip_prefix(&fixture).unwrap());
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&path, copy).unwrap();
        }
        Self { folder }
    }

    /// The fixture with `text` below its first page.
    fn with(text: &str) -> Self {
        let fixture = Self::new();
        let page = fixture.read("book/src/all.md");
        fixture.write("book/src/all.md", &format!("{page}\n{text}\n"));
        fixture
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.folder.path().join(name)).unwrap();
    }

    fn replace(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "{name} has no {old:?}");
        self.write(name, &text.replace(old, new));
    }

    fn workspace(&self) -> Workspace {
        Workspace::open(self.folder.path().to_path_buf()).unwrap()
    }

    fn problems(&self) -> Vec<String> {
        let problems = check::problems(&self.workspace()).unwrap();
        problems.iter().map(ToString::to_string).collect()
    }

    /// The check finds exactly these problems, each by its file and a part of its text.
    #[track_caller]
    fn fails_by(&self, wanted: &[(&str, &str)]) {
        let found = self.problems();
        let matches = |problem: &String, (file, part): &(&str, &str)| {
            problem.starts_with(&format!("{file}:")) && problem.contains(part)
        };
        let agree = found.len() == wanted.len()
            && found.iter().zip(wanted).all(|(problem, wanted)| matches(problem, wanted));
        assert!(agree, "wanted {wanted:#?}, found {found:#?}");
    }
}

/// Adding `text` to a page is a problem, and this is what is said of it.
#[track_caller]
fn refused(text: &str, part: &str) {
    Fixture::with(text).fails_by(&[("all.md", part)]);
}

#[test]
fn the_sound_fixture_passes() {
    Fixture::new().fails_by(&[]);
}

#[test]
fn the_real_book_agrees_with_the_workspace() {
    let problems = check::problems(&Workspace::open(here()).unwrap()).unwrap();
    assert!(problems.is_empty(), "{}", check::one_a_line(&problems));
}

#[test]
fn unknown_directives_files_and_anchors_are_refused() {
    refused("{{#include one.rs}}", "unknown directive `include`");
    refused("{{#code ch01-demo/src/none.rs}}", "reading ch01-demo/src/none.rs");
    refused("{{#code ch01-demo/src/one.rs:gone}}", "no anchor `gone`");
    refused("{{#code ../outside.rs}}", "not a path from the root");
    refused("See {{#code ch01-demo/src/one.rs}}", "stands alone");
    refused("{{#constant ch01-demo/src/one.rs GONE}}", "no constant `GONE`");
    refused("{{#diff ch01-demo/src/one.rs ch01-demo/src/one.rs}}", "do not differ");
}

#[test]
fn an_empty_anchor_and_an_unused_one_are_problems() {
    let empty = Fixture::with("{{#code ch01-demo/src/three.rs:a}}");
    empty.write("ch01-demo/src/three.rs", "// ANCHOR: a\n// ANCHOR_END: a\n");
    empty.fails_by(&[("all.md", "anchor `a` is empty")]);

    let unused = Fixture::new();
    unused.write("ch01-demo/src/three.rs", "// ANCHOR: a\nx\n// ANCHOR_END: a\n");
    unused.fails_by(&[("ch01-demo/src/three.rs:1", "no page uses anchor `a`")]);
}

#[test]
fn a_problem_names_the_line_of_the_page() {
    let fixture = Fixture::new();
    fixture.write(
        "book/src/part/deeper.md",
        "# Deeper\n\n## A heading\n\nIt takes\nabout 12 µs.\n\n    code\n",
    );
    fixture.fails_by(&[
        ("part/deeper.md:6", "`12 µs` looks measured"),
        ("part/deeper.md:8", "typed code block"),
    ]);
}

#[test]
fn transcripts_are_recorded_used_and_true() {
    refused("{{#transcript gone}}", "gone.toml");

    let absent = Fixture::new();
    absent.remove("book/transcripts/echo.txt");
    absent.fails_by(&[("all.md", "`book record echo` was not run")]);

    let unused = Fixture::new();
    unused.replace("book/src/all.md", "{{#transcript echo}}", "");
    unused.fails_by(&[("book/transcripts/echo.toml", "no page uses this transcript")]);

    let untrue = Fixture::new();
    untrue.replace("book/transcripts/echo.toml", "-p ch01-demo", "-p ch09-gone");
    untrue.fails_by(&[("book/transcripts/echo.toml", "no package `ch09-gone`")]);
}

#[test]
fn a_session_is_recorded_and_its_drift_is_seen() {
    let fixture = Fixture::new();
    fixture.write("book/transcripts/say.toml", "[[step]]\ncommand = \"echo took 12 ms\"\n");
    let (workspace, say) = (fixture.workspace(), ["say".to_string()]);
    record::write(&workspace, &say).unwrap();
    assert_eq!(fixture.read("book/transcripts/say.txt"), "$ echo took 12 ms\ntook 12 ms\n");

    fixture.replace("book/transcripts/say.txt", "\ntook 12 ms", "\ntook 980 µs");
    record::compare(&workspace, &say).unwrap();
    fixture.replace("book/transcripts/say.txt", "\ntook", "\ngave");
    let error = record::compare(&workspace, &say).unwrap_err();
    assert_eq!(error.to_string(), "no longer as recorded: say");

    fixture.write("book/transcripts/say.toml", "[[step]]\ncommand = \"false\"\n");
    assert!(record::write(&workspace, &say).is_err());
}

#[test]
fn commands_name_what_there_is() {
    Fixture::with("{{#command cargo run -p ch01-demo -- list}}\n\n{{#command nc 127.0.0.1 7000}}")
        .fails_by(&[]);
    refused("{{#command cargo run -p ch02-gone}}", "no package `ch02-gone`");
    refused("{{#command cargo run -p ch01-demo --example gone}}", "no example `gone`");
    refused("{{#command cargo run -p ch01-demo -- gone}}", "no model `gone`");
    refused("{{#command python3 book/python/ch01/gone.py}}", "reading book/python/ch01/gone.py");
}

#[test]
fn figures_come_from_records() {
    refused("{{#models ch09}}", "no model of `ch09`");
    refused("{{#bench-table gone connections=50}}", "no record of run `gone`");
    refused("{{#bench-table demo connections=51}}", "no such rows");
    refused("{{#bench-table demo conections=50}}", "unknown option `conections`");
    refused("{{#bench-plot demo field=speed connections=50}}", "no field `speed`");
    refused("{{#bench-plot demo field=p50_us}}", "say `connections=`");
    refused("{{#number demo model=ch09/x connections=50 field=p50_us}}", "no model `ch09/x`");
    refused("{{#number demo model=ch01/one connections=1000 field=p50_us}}", "not measured");
}

#[test]
fn system_calls_come_from_ledgers() {
    refused("{{#syscalls gone models=ch01/*}}", "no ledger `gone`");
    refused("{{#syscalls demo models=ch01/*}}", "is no ledger of system calls");
    refused("{{#syscalls ledger models=ch09/*}}", "no model `ch09/*`");
    refused("{{#syscalls ledger models=ch01/one steps=nap}}", "no step `nap`");
    refused("{{#syscalls ledger}}", "`models=` is missing");
    refused("{{#calls ledger model=ch01/* step=echo}}", "must be one model");
    refused("{{#calls ledger model=ch01/one step=burst}}", "serves one client at a time");
    refused("{{#calls ledger model=ch01/one step=echo call=raed}}", "no model makes the call");
    refused("{{#calls ledger model=ch01/two step=echo call=read vain=yes}}", "no figure");
}

#[test]
fn a_ledger_is_a_table_of_calls_with_what_its_signs_mean() {
    let text =
        "{{#syscalls ledger models=ch01/two}}\n\n{{#calls ledger model=ch01/two step=burst}}";
    let fixture = Fixture::with(text);
    let built = fixture.folder.path().join("built");
    html::build(&fixture.workspace(), &built).unwrap();
    let page = fs::read_to_string(built.join("all.html")).unwrap();
    for part in ["<code>read</code>, in vain", "∗ As often as it can", "≈\u{202f}182", "A rate"]
    {
        assert!(page.contains(part), "no {part}");
    }
    assert!(page.contains(">2.02\u{a0}system calls</a>"));
    assert!(page.contains("source/bench/runs/ledger.json.txt"));
}

#[test]
fn the_latest_ledger_is_the_one_of_the_last_date() {
    let fixture = Fixture::with("{{#calls latest model=ch01/one step=connection call=accept4}}");
    let ledger = fixture.read("bench/runs/ledger.json");
    fixture.write("bench/runs/a.json", &ledger.replace("2026-01-02", "2026-01-09"));
    fixture.fails_by(&[]);
    let built = fixture.folder.path().join("built");
    html::build(&fixture.workspace(), &built).unwrap();
    assert!(built.join("source/bench/runs/a.json.txt").is_file(), "the newer one was read");
}

#[test]
fn ratios_and_instructions_need_their_records_and_models() {
    refused("{{#ratio gone}}", "reading bench/runs/gone.json");
    refused("{{#ratio demo}}", "understanding bench/runs/demo.json");
    refused("{{#instructions counts models=ch09/*}}", "no model `ch09/*`");
    let off = Fixture::with("{{#ratio ratios}}");
    off.fails_by(&[]);
    off.replace("bench/runs/ratios.json", "\"kept\": true", "\"kept\": false");
    off.fails_by(&[("all.md", "it says nothing"), ("all.md", "it says nothing")]);
}

#[test]
fn a_run_of_several_cases_is_shown_by_case() {
    let fixture = Fixture::with(
        "{{#bench-table cases connections=50 models=ch01/*}}\n\n\
         {{#bench-plot cases field=response_p99_us kind=lines connections=50 over=rate silent=0}}\n\n\
         With a crowd {{#number cases model=ch01/one connections=50 silent=9 field=p99_us}}.",
    );
    let demo = fixture.read("bench/runs/demo.json");
    let head = demo.split("\"rows\"").next().unwrap();
    let row = |silent: u32, rate: u32, p99: u32| {
        format!(
            r#"{{ "model": "ch01/one", "protocol": "echo", "connections": 50, "silent": {silent},
                "rate": {rate}, "request": null, "depth": 1, "status": "measured", "p99_us": {p99}.5,
                "response_p50_us": 20.5, "response_p99_us": {p99}.7, "ratio": 1.0, "letters": "a-c" }}"#
        )
    };
    let rows = [row(0, 1000, 30), row(0, 20000, 40), row(9, 1000, 700)].join(",");
    fixture.write("bench/runs/cases.json", &format!("{head}\"rows\": [{rows}] }}"));
    fixture.fails_by(&[]);
    let built = fixture.folder.path().join("built");
    html::build(&fixture.workspace(), &built).unwrap();
    let page = fs::read_to_string(built.join("all.html")).unwrap();
    let columns = [
        "<th style=\"text-align: right\">silent",
        ">rate</th>",
        "response p99",
        "a-c",
        "share a letter",
    ];
    for part in columns {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        page.contains("over the messages due in a second") && page.contains(">700\u{a0}µs</a>")
    );
    for (text, part) in [
        (
            "{{#number cases model=ch01/one connections=50 field=p99_us}}",
            "choose one by silent, rate",
        ),
        ("{{#bench-plot cases field=p99_us connections=50}}", "differ in silent, rate: choose one"),
        ("{{#bench-table cases request=put}}", "there are get and post"),
        ("{{#bench-plot cases field=p99_us kind=lines over=luck}}", "nothing is drawn over `luck`"),
    ] {
        let broken = Fixture::with(text);
        broken.write("bench/runs/cases.json", &format!("{head}\"rows\": [{rows}] }}"));
        broken.fails_by(&[("all.md", part)]);
    }
}

#[test]
fn instructions_have_a_column_for_each_case() {
    let fixture = Fixture::with("{{#instructions http models=ch01/*}}");
    let counts = fixture.read("bench/runs/counts.json");
    let row = |name: &str, request: &str, depth: u32, count: u32| {
        format!(
            r#"{{ "name": "{name}", "request": "{request}", "depth": {depth}, "instructions_per_message": {count} }}"#
        )
    };
    let rows = [
        row("peer/http-raw", "GET /", 1, 1117),
        row("ch01/one", "GET /", 1, 5600),
        row("ch01/one", "GET /", 16, 3900),
    ];
    let head = counts.split("\"rows\"").next().unwrap();
    fixture.write("bench/runs/http.json", &format!("{head}\"rows\": [{}] }}", rows.join(",")));
    let built = fixture.folder.path().join("built");
    html::build(&fixture.workspace(), &built).unwrap();
    let page = fs::read_to_string(built.join("all.html")).unwrap();
    for part in ["<code>GET /</code>, 16 deep", "the least HTTP loop", "5,600", "3,900", "1,117"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn operations_need_their_record_and_their_names() {
    refused("{{#operations gone}}", "reading bench/runs/gone.json");
    refused("{{#operations single begin=yield}}", "no operation begins with `yield`");
    refused("It is {{#operation single name=timer by=other}}", "no `timer` by `other`");
    let fixture = Fixture::new();
    let built = fixture.folder.path().join("built");
    html::build(&fixture.workspace(), &built).unwrap();
    let page = fs::read_to_string(built.join("all.html")).unwrap();
    assert!(page.contains(">100\u{a0}ns</a>") && page.contains(">2.50\u{a0}×</a>"));
    assert!(page.contains("<small>240 to 260</small>"));
}

#[test]
fn a_timeline_needs_its_record_its_model_and_its_picture() {
    refused("{{#timeline gone model=ch01/one}}", "reading bench/runs/gone.json");
    refused("{{#timeline walk}}", "`model=` is missing");
    refused("{{#timeline walk model=ch01/two}}", "reading bench/runs/walk/ch01-two.svg");
}

#[test]
fn typed_code_and_typed_figures_are_refused() {
    refused("```rust\nlet a = 1;\n```", "typed code block");
    refused("<pre>a</pre>", "typed `<pre>`");
    refused("- an item of 3 MiB\n- another", "`3 MiB` looks measured");
    refused("| a | b |\n|---|---|\n| 97 % | c |", "`97 %` looks measured");
    Fixture::with("It took 12 µs in [the record](../../bench/runs/demo.json).").fails_by(&[]);
}

#[test]
fn links_lead_somewhere() {
    refused("[a](gone.md)", "no page gone.md");
    refused("[a](part/deeper.md#gone)", "no heading #gone");
    refused("[a](#gone)", "no heading #gone");
    refused("[a](../../ch01-demo/src/gone.rs)", "no file ch01-demo/src/gone.rs");
    refused("[a](../../ch01-demo)", "is a folder");
    refused("![a](gone.png)", "no image gone.png");
    Fixture::with("[a](https://example.org/x) and [b](#what-changes)").fails_by(&[]);
}

#[test]
fn a_page_is_in_the_summary() {
    let fixture = Fixture::new();
    fixture.write("book/src/stray.md", "# Stray\n");
    fixture.fails_by(&[("stray.md", "not in SUMMARY.md")]);
}

#[test]
fn a_build_holds_the_files_that_its_pages_name() {
    let fixture = Fixture::new();
    let built = fixture.folder.path().join("built");
    html::build(&fixture.workspace(), &built).unwrap();
    for page in ["all.html", "part/deeper.html"] {
        let html = fs::read_to_string(built.join(page)).unwrap();
        assert!(!html.contains("{{#"), "{page} has a directive left");
        let lines = html.split("<svg").nth(1).map(|svg| svg.split("</svg>").next().unwrap_or(""));
        assert!(!lines.unwrap_or("").contains("<p>"), "{page}: a picture is taken for text");
        let folder = built.join(page).parent().unwrap().to_path_buf();
        let named = html
            .split("src=\"")
            .chain(html.split("href=\""))
            .filter_map(|rest| rest.split('"').next());
        let ours: Vec<&str> =
            named.filter(|name| name.contains("figures/") || name.contains("source/")).collect();
        assert!(!ours.is_empty(), "{page} names no figure");
        for name in ours {
            assert!(folder.join(name).is_file(), "{page} names {name}, which is not there");
        }
    }
}

#[test]
fn a_build_can_be_searched() {
    let fixture = Fixture::new();
    let built = fixture.folder.path().join("built");
    html::build(&fixture.workspace(), &built).unwrap();
    let names = fs::read_dir(&built).unwrap().map(|entry| entry.unwrap().file_name());
    let index = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("searchindex");
    assert_eq!(names.filter(index).count(), 1, "mdBook's feature `search` makes it");
}

#[test]
fn a_build_fails_on_a_broken_directive() {
    let fixture = Fixture::with("{{#code gone.rs}}\n\n{{#nothing}}");
    let error =
        html::build(&fixture.workspace(), &fixture.folder.path().join("built")).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("reading gone.rs") && text.contains("unknown directive `nothing`"),
        "{text}"
    );
}
