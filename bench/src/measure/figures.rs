//! What a row of slices comes to: the medians over the rounds.

use serde::Serialize;

use super::{Late, Slice};
use crate::record::Measured;
use crate::rounds::median;
use crate::subject::Subject;

/// The figures of a loop, closed or open. See [`Slice`] for what they are.
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Slice` and `Open`")]
pub struct Figures {
    pub messages_per_second: Option<f64>,
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    pub cpu_us_per_message: Option<f64>,
    pub kib_per_connection: Option<f64>,
    pub client_share: Option<f64>,
    pub server_share: Option<f64>,
    /// Whether the load was what held the rate back, in most rounds.
    pub client_bound: Option<bool>,
    pub response_p50_us: Option<f64>,
    pub response_p99_us: Option<f64>,
    pub lag_p99_us: Option<f64>,
    /// Of the messages that were due, the share that was never sent.
    pub unsent_share: Option<f64>,
    /// Who did not keep to the schedule, in most rounds.
    pub late: Option<Late>,
}

impl Measured for Slice {
    type Figures = Figures;

    fn cost(&self) -> f64 {
        self.cpu_us_per_message
    }

    fn figures(slices: &[Slice], subject: &Subject) -> Figures {
        let of = |field: fn(&Slice) -> f64| Some(median(slices.iter().map(field)));
        let some = |field: fn(&Slice) -> Option<f64>| {
            slices.iter().map(field).collect::<Option<Vec<f64>>>().map(median)
        };
        let bound = |slice: &Slice| slice.client_bound(subject.idle());
        Figures {
            messages_per_second: of(|slice| slice.messages_per_second),
            p50_us: of(|slice| slice.p50_us),
            p99_us: of(|slice| slice.p99_us),
            cpu_us_per_message: of(|slice| slice.cpu_us_per_message),
            kib_per_connection: some(|slice| slice.kib_per_connection),
            client_share: of(|slice| slice.client_share),
            server_share: of(|slice| slice.server_share),
            client_bound: Some(slices.iter().filter(|s| bound(s)).count() * 2 > slices.len()),
            response_p50_us: some(|slice| Some(slice.open.as_ref()?.response_p50_us)),
            response_p99_us: some(|slice| Some(slice.open.as_ref()?.response_p99_us)),
            lag_p99_us: some(|slice| Some(slice.open.as_ref()?.lag_p99_us)),
            unsent_share: some(|slice| {
                let open = slice.open.as_ref()?;
                Some(open.unsent as f64 / open.due as f64)
            }),
            late: Late::in_most(slices, bound),
        }
    }
}
