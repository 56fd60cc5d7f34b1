//! Operations that need more than memory: a client, and a server in a process of its own.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

#[test]
fn both_clients_have_all_downloads_and_none_before_its_time() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(["operations", "a download", "--rounds", "1", "--json", "-"])
        .output()
        .expect("the bench runs");
    assert!(output.status.success(), "{output:?}");
    let record: Value = serde_json::from_slice(&output.stdout).expect("a record");
    let rows = record["rows"].as_array().expect("rows");
    let by: Vec<&str> = rows.iter().filter_map(|row| row["by"].as_str()).collect();
    assert_eq!(by, ["ch05", "hyper-util"]);
    // Fifteen at a time, 50 ms each, are eleven times 50 ms for 160.
    let ideal = Duration::from_millis(50) * 11;
    for row in rows {
        let each = row["ns"].as_f64().expect("a time");
        assert!(each * 160.0 >= ideal.as_secs_f64() * 1e9, "more than 15 at a time: {row}");
    }
}
