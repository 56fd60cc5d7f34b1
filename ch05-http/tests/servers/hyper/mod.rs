//! The hyper model: its times and its limits.

mod limits;
mod times;
