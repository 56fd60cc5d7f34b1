//! The rows of "Python to Rust", each wrong in one way.

use super::Fixture;

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
