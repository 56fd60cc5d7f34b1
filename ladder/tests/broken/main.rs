//! Echo servers that are broken on purpose, each of which the suite must fail, by the right
//! behaviour.
//!
//! One small server ([`server`]) is broken in one place after the other ([`fault`]); which
//! behaviour must find what is in [`rows`]. How they are run is in
//! [`broken`](ladder::conformance::broken).

mod fault;
mod rows;
mod server;

fn main() -> std::process::ExitCode {
    ladder::conformance::broken::main(&rows::FAMILY)
}
