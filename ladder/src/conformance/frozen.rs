//! What clients do between two looks of a server decides its faults: data and end of input that
//! come together, two hundred connections in one readiness, a reset before the accept. While it is
//! [`Frozen`] all of that happens in every run.

pub(super) use crate::process::Frozen;
use crate::process::Server;

use super::case::Failure;

/// Does `act` while no thread of `server` runs.
pub(super) fn while_frozen<T>(
    server: &Server,
    act: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let _frozen = Frozen::new(server)?;
    act()
}
