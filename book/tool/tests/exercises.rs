//! Exercises: what the check says of them, and what a reader gets to see. Some of these tests run cargo, in a
//! copy of the fixture and with a target folder of its own.

use std::fs;

use super::Fixture;
use crate::tool::exercise::{proof, reader};

const SUM: &str = "ch01-demo/exercises/sum.rs";
const COPY: &str = "ch01-demo/benches/my_sum.rs";

#[test]
fn an_exercise_is_on_a_page_and_its_solution_tested() {
    let unseen = Fixture::new();
    unseen.replace("book/src/all.md", "{{#exercise sum}}", "");
    unseen.fails_by(&[(SUM, "no page names this exercise: a page needs `{{#exercise sum}}`")]);

    let untested = Fixture::new();
    untested.replace("ch01-demo/Cargo.toml", "[[test]]", "[[bench]]");
    untested.fails_by(&[(SUM, "nobody tests the solution")]);

    let gone = Fixture::new();
    gone.remove(SUM);
    gone.fails_by(&[("all.md", "no exercise `sum`")]);
    Fixture::with("{{#exercise sun}}").fails_by(&[("all.md", "is `sum` meant?")]);
}

#[test]
fn an_exercise_has_a_lesson_marks_and_a_test() {
    let refused = |old: &str, new: &str, part: &str| {
        let fixture = Fixture::new();
        fixture.replace(SUM, old, new);
        fixture.fails_by(&[(SUM, part)]);
    };
    refused("    // END\n", "", "`// END` is missing");
    refused(
        "    // SOLUTION\n    a + b\n    // START\n    // a - b\n    // END\n",
        "a + b",
        "no `// SOLUTION`",
    );
    refused("#[test]", "", "the exercise has no test");
    refused("Make the sum right.", "It takes 12 ms.", "`12 ms` looks measured");

    let silent = Fixture::new();
    silent.replace(SUM, "//!", "//");
    silent.fails_by(&[
        ("all.md", "does not begin with a title"),
        (SUM, "does not begin with a title"),
    ]);
}

#[test]
fn two_chapters_have_no_exercise_of_the_same_name() {
    let fixture = Fixture::new();
    fixture.replace("Cargo.toml", "[\"ch01-demo\"]", "[\"ch01-demo\", \"more\"]");
    fixture.write(
        "more/Cargo.toml",
        &fixture.read("ch01-demo/Cargo.toml").replace("ch01-demo", "more"),
    );
    fixture.write("more/exercises/sum.rs", &fixture.read(SUM));
    fixture.fails_by(&[("more/exercises/sum.rs", "another chapter has an exercise `sum`")]);
}

#[test]
fn a_reader_begins_tries_solves_and_begins_again() {
    let fixture = Fixture::new();
    let workspace = fixture.workspace();
    let attempt = |restart| reader::attempt(&workspace, "sum", restart).unwrap();

    assert!(!attempt(false), "the start is not the solution");
    let start = fixture.read(COPY);
    assert!(start.contains("a - b") && !start.contains("a + b") && !start.contains("SOLUTION"));

    fixture.replace(COPY, "a - b", "a * b");
    assert!(!attempt(false), "another fault");
    assert!(fixture.read(COPY).contains("a * b"), "what the reader wrote is left alone");
    fixture.replace(COPY, "a * b", "a +");
    assert!(!attempt(false), "it does not compile");
    fixture.replace(COPY, "a +", "a + b");
    assert!(attempt(false), "solved");

    let solved = fixture.read(COPY);
    assert!(!attempt(true), "the start again");
    assert_eq!(fixture.read(COPY), start);
    assert_eq!(fixture.read("ch01-demo/benches/my_sum.rs.1"), solved, "and what there was is kept");
    assert!(!attempt(true));
    assert_eq!(fixture.read("ch01-demo/benches/my_sum.rs.2"), start);
}

#[test]
fn a_test_that_was_taken_out_solves_nothing() {
    let fixture = Fixture::new();
    fixture.write(COPY, "#[test]\nfn nothing_more_is_nothing_more() {}\n");
    assert!(!reader::attempt(&fixture.workspace(), "sum", false).unwrap());
}

#[test]
fn the_proof_accepts_a_sound_exercise_and_leaves_nothing_behind() {
    let fixture = Fixture::new();
    proof::run(&fixture.workspace()).unwrap();
    assert!(!fixture.folder.path().join("ch01-demo/benches").exists());

    fixture.write(COPY, "the reader's own, and no Rust at all");
    proof::run(&fixture.workspace()).unwrap();
    let left = fs::read_dir(fixture.folder.path().join("ch01-demo/benches")).unwrap();
    assert_eq!(left.count(), 1, "a reader's file is neither compiled nor removed");
}

#[test]
fn the_proof_finds_what_is_no_exercise() {
    let fixture = Fixture::new();
    let says = |old: &str, new: &str| {
        fixture.replace(SUM, old, new);
        let error = proof::run(&fixture.workspace()).unwrap_err().to_string();
        fixture.replace(SUM, new, old);
        error
    };
    let solved = says("// a - b", "// b + a");
    assert!(solved.contains("sum.rs: the start passes: there is nothing to do"), "{solved}");
    let warned = says("// a - b", "// let unused = 0; a - b");
    assert!(warned.contains("complains about the start") && warned.contains("unused"), "{warned}");
    let untrue = says("    a + b\n", "    a + b + 1\n");
    assert!(untrue.contains("the solution does not pass"), "{untrue}");
    let broken = says("// a - b", "// a -");
    assert!(broken.contains("complains about the start"), "{broken}");
    let killed = says("// a - b", "// if b == 1 { std::process::exit(3) } else { a }");
    assert!(killed.contains("ends without a test's failing"), "{killed}");
}
