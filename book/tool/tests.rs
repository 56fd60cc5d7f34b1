//! The check held against a small workspace (`tests/fixture`), sound and broken in one place at a time; and
//! then against the real one.

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
        fs::write(self.folder.path().join(name), text).unwrap();
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

const ROWS: &str = "book/python/ch01.toml";

/// One change to the rows of the fixture is a problem, and this is what is said of it.
#[track_caller]
fn row_refused(old: &str, new: &str, part: &str) {
    let fixture = Fixture::new();
    fixture.replace(ROWS, old, new);
    fixture.fails_by(&[(ROWS, part)]);
}

#[test]
fn a_row_names_what_is_there_and_flags_what_is_to_come() {
    row_refused(
        "[\"tour\"]",
        "[\"tour\", \"gone\"]",
        "no example `gone`; if it is still to be written",
    );
    row_refused("\"two\"]", "\"two\", \"gone\"]", "no model `gone`; if it is still to be written");
    row_refused("to_come = [\"later\"]\n", "", "no example `later`");
    row_refused("\"later\"]\nto", "\"later\"]\nelsewhere = [\"x\"]\nto", "no target of this row");
    row_refused("read = [", "to_come = [\"one\"]\nread = [", "model `one` is there now");
    let written = Fixture::new();
    written.write("ch01-demo/examples/later.rs", "fn main() {}\n");
    written.fails_by(&[
        (&format!("{ROWS}:9"), "example `later` is there now: take it out of `to_come`"),
        (ROWS, "which page to read on"),
    ]);
}

#[test]
fn a_model_that_linux_has_not_got_is_known_by_its_file() {
    let fixture = Fixture::new();
    fixture.replace(ROWS, "\"two\"]", "\"two\", \"kqueue\"]\nelsewhere = [\"kqueue\"]");
    fixture.fails_by(&[(ROWS, "no model `kqueue`")]);
    fixture.write("ch01-demo/src/kqueue.rs", "//! Waits.\n");
    fixture.fails_by(&[]);
}

#[test]
fn every_example_and_every_model_has_a_row() {
    row_refused("examples = [\"tour\"]\n", "", "no row names example `tour`");
    row_refused("\"one\", \"two\"", "\"one\"", "no row names model `two`");
    let absent = Fixture::new();
    absent.replace("book/src/all.md", "{{#python ch01}}", "");
    absent.remove(ROWS);
    absent
        .fails_by(&[(ROWS, "this file is missing"), ("book/python/ch01/echo.py", "no page shows")]);
}

#[test]
fn a_row_leads_on_to_a_heading() {
    let refused = |old: &str, new: &str, part: &str| {
        let fixture = Fixture::new();
        fixture.replace(ROWS, old, new);
        let found = fixture.problems();
        assert!(found.iter().any(|problem| problem.contains(part)), "{found:#?}");
    };
    refused("#what-changes", "#gone", "all.md has no heading #gone");
    refused("part/deeper.md", "gone.md", "no page gone.md");
    row_refused(
        "read = [\"all.md#what-changes\", \"part/deeper.md\"]\n",
        "",
        "which page to read on",
    );
    refused("[[row]]", "[[row]]\nextra = 1", "unknown field `extra`");
}

#[test]
fn rows_are_on_a_page_and_a_python_program_beside_its_twin() {
    let unseen = Fixture::new();
    unseen.replace("book/src/all.md", "{{#python ch01}}", "");
    unseen.fails_by(&[
        (ROWS, "no page shows these rows"),
        ("book/python/ch01/echo.py", "no page shows"),
    ]);

    let stray = Fixture::new();
    stray.write("book/python/ch01/stray.py", "\"\"\"Stray.\"\"\"\n");
    stray.fails_by(&[("book/python/ch01/stray.py", "no page shows this program")]);

    let untitled = Fixture::new();
    untitled.write("book/python/ch01/echo.py", "print()\n");
    let found = untitled.problems().concat();
    assert!(found.contains("echo.py does not begin with its title"), "{found}");

    let alone = Fixture::new();
    alone.replace(ROWS, "#serve", "#gone");
    let found = alone.problems().concat();
    assert!(found.contains("no function or type `gone`"), "{found}");
}
