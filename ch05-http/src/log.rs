//! What servers tell about themselves, for whoever runs one.
//!
//! Requests are told at the level `info` ([`AccessLog`](crate::web::AccessLog), or tower-http's trace in
//! `axum`), faults of ours at `error`. `tracing` hands them to whoever listens, and mostly nobody does.

use std::env;
use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

/// The variable of the environment that names a level: `error`, `warn`, `info`, `debug`, `trace`.
pub const VARIABLE: &str = "RUST_LOG";

/// Writes to standard error what is told at the level that [`VARIABLE`] names, or at a more urgent one.
/// Without it nothing is written, and what names no level is said to do so.
pub fn to_stderr() {
    let Ok(level) = env::var(VARIABLE) else { return };
    let Ok(level) = level.parse::<LevelFilter>() else {
        eprintln!("{VARIABLE}: {level:?} is none of error, warn, info, debug, trace");
        return;
    };
    let writer = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level);
    // It fails where somebody listens already, and then he does.
    let _ = writer.with_ansi(io::stderr().is_terminal()).try_init();
}
