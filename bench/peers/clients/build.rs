//! The versions of the clients, out of the lock file: they are what a record names.

use std::fs;

fn main() {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let lock = fs::read_to_string("Cargo.lock").expect("it is committed");
    for name in ["reqwest", "ureq"] {
        let entry = lock.split("[[package]]").find(|entry| {
            entry.lines().any(|line| line == format!("name = \"{name}\""))
        });
        let version = entry.and_then(|entry| {
            entry.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        });
        let version = version.expect("it is locked");
        println!("cargo::rustc-env={}_VERSION={version}", name.to_uppercase());
    }
}
