//! Random bytes for a client.

#![no_main]

#[path = "../../tests/proto/checks.rs"]
#[allow(dead_code, reason = "the other target has the others")]
mod checks;
#[path = "../../tests/proto/replay.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod replay;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::client(data));
