//! The table of bursts.

use super::{LATE_AFTER, Slice};
use crate::record::{Record, Row, Status};
use crate::table::{Column, Layout, letters, percent, ratio, show, thousands, three_digits};

/// Of bursts.
pub const LAYOUT: Layout<Slice> = Layout {
    columns: &[
        Column::text("model", 20, |row| format!(" {}", row.model)),
        Column::number("clients/s", 10, |row| show(row.figures.connections_per_second, thousands)),
        Column::number("p50\nms", 7, |row| show(row.figures.p50_ms, three_digits)),
        Column::number("p99\nms", 7, |row| show(row.figures.p99_ms, three_digits)),
        Column::number("last\nms", 7, |row| show(row.figures.last_ms, three_digits)),
        Column::number("processor\nµs/client", 10, |row| {
            show(row.figures.cpu_us_per_connection, |us| format!("{us:.1}"))
        }),
        Column::number("±", 4, |row| show(row.spread(), percent)),
        Column::number("ratio", 5, ratio),
        Column::text("=", 4, letters),
        Column::text("note", 17, note),
    ],
    legend,
};

fn note(row: &Row<Slice>) -> String {
    let (late, failed) = (row.figures.late.unwrap_or(0), row.figures.failed.unwrap_or(0));
    match (row.status, late, failed) {
        (Status::Failed, ..) => "FAILED: below".to_owned(),
        (Status::Limit, ..) => row.why.clone().unwrap_or_default(),
        (_, 0, 0) if row.figures.client_bound == Some(true) => "client-bound".to_owned(),
        (_, 0, 0) => String::new(),
        (_, late, 0) => format!("{late} late"),
        (_, 0, failed) => format!("{failed} not served"),
        (_, late, failed) => format!("{late} late, {failed} not served"),
    }
}

fn legend(record: &Record<Slice>) -> String {
    let has = |test: fn(&Row<Slice>) -> bool| record.rows.iter().any(test);
    let late = format!(
        "late: served later than {LATE_AFTER:?}. The listener's queue was full; the client's kernel asked \
         again after a second.\n"
    );
    let failed =
        record.rows.iter().flat_map(|row| &row.rounds).find_map(|slice| slice.why.as_ref());
    let failed = failed.map(|why| format!("not served: {why}\n")).unwrap_or_default();
    [
        "Clients of a burst come at once, say one message, and leave. last: when the last one had its answer;\n\
         ratio: the server's processor time a client over the lowest of its group.\n",
        if has(|row| row.figures.late.is_some_and(|late| late > 0)) { &late } else { "" },
        &failed,
    ]
    .concat()
}
