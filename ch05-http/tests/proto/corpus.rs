//! What the fuzzer keeps, through the same checks (`fuzz/Cargo.toml` says how it is run).

use std::fs;
use std::path::Path;

use crate::checks;

/// Runs a check on all files of a folder.
fn run(role: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(role);
    let files =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut count = 0;
    for file in files {
        let path = file.expect("an entry").path();
        println!("{}", path.display());
        let data = fs::read(&path).expect("a file");
        check(&data);
        // And in all other settings.
        for first in 0..=255 {
            check(&[&[first], data.get(1..).unwrap_or_default()].concat());
        }
        count += 1;
    }
    assert!(count > 5, "{count} files in {}", folder.display());
}

#[test]
fn the_corpus_for_a_server() {
    run("server", checks::server);
}

#[test]
fn the_corpus_for_a_client() {
    run("client", checks::client);
}
