//! The echo server as a protocol.
//!
//! Fixes: no table of clients, no tokens, no kept output here: these are the loop's (`level`).
//! Still fails: what a client is in the middle of must be kept in fields, for every callback ends.
//! Next: chapter 4 lets the compiler keep it.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::TcpListener;
use std::rc::Rc;

use ladder::{Report, Stop};

use super::{Protocol, Transport};
use crate::event_loop::{EventLoop, Fault};

/// One client. All that there is to say about an echo.
struct Echo {
    report: Rc<Cell<Report>>,
}

impl Protocol for Echo {
    fn connection_made(&mut self, _transport: &Transport) {
        self.count(|report| report.accepted += 1);
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        transport.write(data);
    }

    // A client that does not read must not go on writing.
    fn pause_writing(&mut self, transport: &Transport) {
        transport.pause_reading();
    }

    fn resume_writing(&mut self, transport: &Transport) {
        transport.resume_reading();
    }

    // `eof_received` is left as it is: close, after what is pending.

    fn connection_lost(&mut self, transport: &Transport, error: Option<io::Error>) {
        self.count(|report| {
            report.bytes_echoed += transport.written();
            report.lost += u64::from(error.is_some());
        });
    }
}

impl Echo {
    fn count(&self, change: impl FnOnce(&mut Report)) {
        let mut report = self.report.get();
        change(&mut report);
        self.report.set(report);
    }
}

/// Serves until the stop is requested.
///
/// # Errors
///
/// When the loop or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let event_loop = EventLoop::new()?;
    let report = Rc::new(Cell::new(Report::default()));
    let counted = Rc::clone(&report);
    event_loop.create_server(listener, move || Echo { report: Rc::clone(&counted) })?;
    event_loop.add_reader(&Rc::new(stop), EventLoop::stop)?;
    let failed = Rc::new(RefCell::new(None));
    let failing = Rc::clone(&failed);
    event_loop.set_exception_handler(move |event_loop, fault| {
        if let Fault::Server(error) = fault {
            failing.replace(Some(io::Error::new(error.kind(), error.to_string())));
            event_loop.stop();
        }
    });
    event_loop.run_forever()?;
    // Those who are still here are told, and so counted, in the next iteration.
    event_loop.abort_all();
    event_loop.stop();
    event_loop.run_forever()?;
    failed.take().map_or(Ok(report.get()), Err)
}
