//! The echo server as dispatchers.
//!
//! Fixes: the table, the tokens and the loop are a library's; the server says what is its own.
//! Still fails: every turn asks everybody what they wait for; and reads and writes are still ours.
//! Next: `protocol` leaves reading and writing to the loop, too.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;

use ladder::socket::{self, READ_BYTES};
use ladder::{Report, Stop};

use super::{Channel, Dispatcher, Map};
use crate::default_selector;

/// What all of them count in.
type Shared = Rc<Cell<Report>>;

/// Where all of them read to: what a read brings is sent or kept before the next one. A buffer on the
/// stack would have to be zeroed for each.
type Buffer = Rc<RefCell<Box<[u8]>>>;

fn count(report: &Shared, change: impl FnOnce(&mut Report)) {
    let mut counted = report.get();
    change(&mut counted);
    report.set(counted);
}

/// The listener's.
struct Server {
    report: Shared,
    buffer: Buffer,
    failure: Rc<Cell<Option<io::Error>>>,
    stop: Stop,
}

impl Dispatcher for Server {
    fn handle_accept(&mut self, channel: &mut Channel<'_>, client: TcpStream) -> io::Result<()> {
        count(&self.report, |report| report.accepted += 1);
        // It fails, on some systems, for a client that is gone. Its first read will say so.
        let _ = socket::tune(&client);
        let (report, buffer) = (Rc::clone(&self.report), Rc::clone(&self.buffer));
        channel.add(client, Echo { pending: Vec::new(), ended: false, report, buffer });
        Ok(())
    }

    fn handle_error(&mut self, channel: &mut Channel<'_>, error: io::Error) {
        // Without a listener there is no server.
        self.failure.set(Some(error));
        self.stop.request();
        channel.close();
    }
}

/// One client.
struct Echo {
    /// Read, and not yet taken back. Nothing is read while there is any, so one read bounds it.
    pending: Vec<u8>,
    /// The client has ended its side.
    ended: bool,
    report: Shared,
    buffer: Buffer,
}

impl Dispatcher for Echo {
    fn readable(&self) -> bool {
        self.pending.is_empty()
    }

    fn writable(&self) -> bool {
        !self.pending.is_empty()
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let shared = Rc::clone(&self.buffer);
        let mut buffer = shared.borrow_mut();
        let read = channel.recv(&mut buffer)?;
        let sent = self.send(channel, &buffer[..read])?;
        self.pending.extend_from_slice(&buffer[sent..read]);
        Ok(())
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let sent = self.send(channel, &pending)?;
        self.pending.extend_from_slice(&pending[sent..]);
        if self.ended && self.pending.is_empty() {
            channel.close();
        }
        Ok(())
    }

    fn handle_close(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        // It reads on, perhaps.
        self.ended = true;
        if self.pending.is_empty() {
            channel.close();
        }
        Ok(())
    }

    fn handle_error(&mut self, channel: &mut Channel<'_>, _error: io::Error) {
        count(&self.report, |report| report.lost += 1);
        channel.close();
    }
}

impl Echo {
    fn send(&self, channel: &mut Channel<'_>, bytes: &[u8]) -> io::Result<usize> {
        let sent = channel.send(bytes)?;
        count(&self.report, |report| report.bytes_echoed += sent as u64);
        Ok(sent)
    }
}

/// Serves until the stop is requested.
///
/// # Errors
///
/// When the selector or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let mut map = Map::new(default_selector()?);
    let (report, failure) = (Shared::default(), Rc::default());
    let registered = map.watch_stop(stop.clone())?;
    let buffer = Rc::new(RefCell::new(vec![0; READ_BYTES].into_boxed_slice()));
    let server = Server { report: Rc::clone(&report), buffer, failure: Rc::clone(&failure), stop };
    map.listen(listener, server)?;
    map.run_until(&registered)?;
    failure.take().map_or(Ok(report.get()), Err)
}
