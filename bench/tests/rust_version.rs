//! The workspace's `rust-version` is a promise: no dependency in the lock file may ask for more.

use std::process::Command;

use serde_json::Value;

#[test]
fn no_dependency_needs_a_newer_rust_than_the_workspace_promises() {
    let packages = packages();
    let promised = packages.iter().find(|package| package["name"] == "bench");
    let promised = version(&promised.expect("this package")["rust_version"]);
    let promised = promised.expect("the workspace says one");
    let newer = packages.iter().filter(|p| version(&p["rust_version"]) > Some(promised));
    let newer: Vec<String> = newer
        .map(|p| format!("{} {} needs {}", p["name"], p["version"], p["rust_version"]))
        .collect();
    assert!(newer.is_empty(), "rust-version is {promised:?}, but {}", newer.join(", "));
}

/// All packages that this platform's build of the workspace uses. Those of other platforms need
/// not be on this disk.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--format-version", "1"])
        .args(["--filter-platform", env!("BENCH_TARGET")])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("what cargo writes");
    metadata["packages"].as_array().expect("a list").clone()
}

/// `"1.88"` or `"1.88.0"` as numbers; `None` for a package that promises nothing.
fn version(text: &Value) -> Option<[u32; 3]> {
    let mut numbers = text.as_str()?.split('.').map(|part| part.parse().expect("a number"));
    Some([(); 3].map(|()| numbers.next().unwrap_or(0)))
}
