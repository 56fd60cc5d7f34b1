//! The contract of a model, and everything that holds every model to it.
//!
//! A *model* is one way to wait for clients. Each chapter is a list of models; each model is a row
//! of that list and a file. With its row a model gets a command line ([`cli`]), the conformance
//! suite ([`conformance`]), a place in the bench and a row in the book's tables.
//!
//! In reading order:
//!
//! - [`model`]: what a model is, and what it may admit it cannot do.
//! - [`stop`]: how a server is asked to end, whatever it is waiting in.
//! - [`socket`]: the settings that all models share, in one place.
//! - [`cli`]: the command line of every chapter.
//! - [`process`]: a model in a process of its own, so that it can be measured.
//! - [`usage`]: what the operating system says a process uses.
//! - [`client`]: the test client, which is hostile on purpose.
//! - [`conformance`]: the suite.

pub mod cli;
pub mod client;
pub mod conformance;
pub mod model;
pub mod process;
pub mod socket;
pub mod stop;
pub mod usage;

pub use model::{Chapter, Idle, Limits, Model, Protocol, Report};
pub use stop::Stop;
