//! HTTP servers that are broken on purpose, each of which the suite must fail, by the right
//! behaviour.
//!
//! One small server ([`server`], [`request`], [`body`], [`answers`], [`files`]) is broken in one
//! place after the other ([`fault`]); which behaviour must find what is in [`rows`]. Without a
//! fault it must pass everything: so the suite asks for what the RFCs say, and not for what hyper
//! does. How they are run is in [`broken`](ladder::conformance::broken).

mod answers;
mod body;
mod fault;
mod files;
mod request;
mod rows;
mod server;

fn main() -> std::process::ExitCode {
    ladder::conformance::broken::main(&rows::FAMILY)
}
