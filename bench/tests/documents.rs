//! The README and the catalogue that the book reads say what the code says.
//!
//! On Linux only: elsewhere some models do not exist, and the documents list them all.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;

use bench::catalogue;

fn at_the_root(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", path].iter().collect()
}

fn listed() -> Vec<catalogue::Entry> {
    catalogue::documented(catalogue::entries(bench::CHAPTERS))
}

#[test]
fn the_readme_has_the_ladder_as_it_is() {
    let path = at_the_root("README.md");
    let page = fs::read_to_string(&path).expect("a README");
    let table = catalogue::markdown(&listed());
    let fresh = catalogue::put_table(&page, &table).expect("both markers");
    assert!(page == fresh, "refresh it: cargo run -p bench -- --list --markdown README.md");
}

#[test]
fn the_catalogue_of_the_book_is_the_ladder_as_it_is() {
    let path = at_the_root("bench/runs/models.json");
    let recorded = fs::read_to_string(&path).expect("a catalogue");
    let fresh = catalogue::json(&listed()).expect("only strings");
    assert!(
        recorded == fresh,
        "refresh it: cargo run -p bench -- --list --json bench/runs/models.json"
    );
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let page = fs::read_to_string(at_the_root(document)).expect("a document");
        // A link's target stands behind `](`; these pages have no other use for that.
        let targets = page.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        for target in targets.filter(|target| !target.starts_with("http")) {
            assert!(at_the_root(target).exists(), "{document} names {target}");
        }
    }
}
