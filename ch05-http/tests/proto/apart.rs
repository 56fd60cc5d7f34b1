//! The protocol is free of I/O. Its sources are looked through for what would bind it to a way of
//! waiting.

use std::fs;
use std::path::Path;

const FOREIGN: [&str; 12] = [
    "std::fs",
    "std::io",
    "std::thread",
    "Tcp",
    "Instant",
    "async ",
    "crate::",
    "ch04_async",
    "rustix",
    "socket2",
    "tokio",
    "hyper::",
];

#[test]
fn the_protocol_knows_no_socket_no_runtime_and_no_clock() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/proto");
    let mut clocks = Vec::new();
    for file in fs::read_dir(&folder).expect("the protocol's folder") {
        let path = file.expect("an entry").path();
        let source = fs::read_to_string(&path).expect("a source");
        for (number, line) in source.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for foreign in FOREIGN {
                let at = format!("{}:{}: {line}", path.display(), number + 1);
                assert!(!code.contains(foreign), "{foreign:?} in {at}");
            }
            if code.contains("SystemTime::now") {
                clocks.push(path.file_name().expect("a name").to_owned());
            }
        }
    }
    // For who wants it: a server must be told the date.
    assert_eq!(clocks, ["date.rs"]);
}
