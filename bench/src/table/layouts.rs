//! The tables of the loops: what a closed one shows, and what an open one does.

use super::{Column, Layout, percent, show, thousands, three_digits};
use crate::measure::{Late, Slice};
use crate::record::{Measured, Record, Row, Status};

/// Of a closed loop.
pub const CLOSED: Layout<Slice> = Layout {
    columns: &[
        NAME,
        RATE,
        Column::number("p50\nµs", 7, |row| show(row.figures.p50_us, three_digits)),
        Column::number("p99\nµs", 7, |row| show(row.figures.p99_us, three_digits)),
        PROCESSOR,
        Column::number("±", 4, |row| show(row.spread(), percent)),
        RATIO,
        EQUAL,
        Column::number("KiB/\nclient", 6, |row| {
            show(row.figures.kib_per_connection, |kib| format!("{kib:.1}"))
        }),
        Column::text("note", 17, note),
    ],
    legend: closed,
};

/// Of an open loop.
pub const OPEN: Layout<Slice> = Layout {
    columns: &[
        NAME,
        RATE,
        Column::number("service\np50 µs", 7, |row| show(row.figures.p50_us, three_digits)),
        Column::number("\np99 µs", 7, |row| show(row.figures.p99_us, three_digits)),
        Column::number("response\np50 µs", 8, |row| {
            show(row.figures.response_p50_us, three_digits)
        }),
        Column::number("\np99 µs", 7, |row| show(row.figures.response_p99_us, three_digits)),
        PROCESSOR,
        RATIO,
        EQUAL,
        Column::text("note", 13, note),
    ],
    legend: open,
};

const NAME: Column<Slice> = Column::text("model", 20, |row| format!(" {}", row.model));
const RATE: Column<Slice> =
    Column::number("messages/s", 10, |row| show(row.figures.messages_per_second, thousands));
const PROCESSOR: Column<Slice> = Column::number("processor\nµs/message", 10, |row| {
    show(row.figures.cpu_us_per_message, |us| format!("{us:.2}"))
});
const RATIO: Column<Slice> = Column::number("ratio", 5, ratio);
const EQUAL: Column<Slice> = Column::text("=", 4, letters);

/// Cost over the lowest of the group.
pub(crate) fn ratio<S: Measured>(row: &Row<S>) -> String {
    show(row.compared.ratio, |ratio| format!("{ratio:.2}"))
}

/// Which rows are equal.
pub(crate) fn letters<S: Measured>(row: &Row<S>) -> String {
    row.compared.letters.clone().unwrap_or_default()
}

fn note(row: &Row<Slice>) -> String {
    match (row.status, row.figures.late, row.figures.client_bound) {
        (Status::Failed, ..) => "FAILED: below".to_owned(),
        (Status::Limit, ..) => row.why.clone().unwrap_or_default(),
        (_, Some(Late::Generator), _) => "LOAD WAS LATE".to_owned(),
        (_, Some(Late::Server), _) => "too much".to_owned(),
        (_, None, Some(true)) => "client-bound".to_owned(),
        _ => String::new(),
    }
}

fn closed(record: &Record<Slice>) -> String {
    let single =
        "With 1 client a round trip includes two wake-ups, the server's and the client's.\n";
    let bound =
        "client-bound: the load had no time left while the server had; its rate could be higher.\n";
    let has = |test: fn(&Row<Slice>) -> bool| record.rows.iter().any(test);
    [
        "ratio: the server's processor time a message over the lowest of its group; ±: how far the\n\
         rounds lie from each other in it. Nothing is said of idle servers: spin uses a core then, too.\n",
        if has(|row| row.connections == 1) { single } else { "" },
        if has(|row| row.figures.client_bound == Some(true)) { bound } else { "" },
    ]
    .concat()
}

fn open(record: &Record<Slice>) -> String {
    let has = |late: Late| record.rows.iter().any(|row| row.figures.late == Some(late));
    let server = "too much: the server answered fewer messages than were due; what was never sent counts with the\n\
         time that it had waited by the end.\n";
    let generator = "LOAD WAS LATE: the load sent late what nothing hindered it to send, or had no time left: those\n\
         response times are its own. Something else used its core, or the rate is more than it can make.\n";
    [
        "service: from when a message was sent; response: from when it was due, whoever was late. ratio: the\n\
         server's processor time a message over the lowest of its group.\n",
        if has(Late::Server) { server } else { "" },
        if has(Late::Generator) { generator } else { "" },
    ]
    .concat()
}
