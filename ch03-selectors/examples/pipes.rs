//! Bytes through both ends of a pipe, on one loop.

use std::error::Error;
use std::io::{self, ErrorKind};

use ch03_selectors::event_loop::{EventLoop, Promise};
use ch03_selectors::protocol::{Protocol, Transport};

/// More than a pipe holds, so that its writer has to wait for its reader.
const BYTES: usize = 1 << 20;

/// Counts what comes, until the end.
struct Reader {
    came: usize,
    done: Option<Promise<usize>>,
}

impl Protocol for Reader {
    fn data_received(&mut self, _transport: &Transport, data: &[u8]) {
        self.came += data.len();
    }

    fn connection_lost(&mut self, _transport: &Transport, error: Option<io::Error>) {
        assert!(error.is_none(), "an end of input is no error");
        println!("reader: the end, after {} KiB", self.came >> 10);
        if let Some(done) = self.done.take() {
            done.keep(self.came);
        }
    }
}

/// Writes, and tells what became of it.
struct Writer(Option<Promise<Option<ErrorKind>>>);

impl Protocol for Writer {
    fn connection_made(&mut self, transport: &Transport) {
        transport.write(&vec![b'x'; BYTES]);
        println!("writer: {} KiB of 1024 wait for room", transport.write_buffer_size() >> 10);
        assert!(transport.write_buffer_size() > 0);
        // The end of a pipe is its being closed: after what waits.
        transport.write_eof();
    }

    fn connection_lost(&mut self, _transport: &Transport, error: Option<io::Error>) {
        let kind = error.map(|error| error.kind());
        println!("writer: over, {}", kind.map_or("in order".into(), |kind| kind.to_string()));
        if let Some(told) = self.0.take() {
            told.keep(kind);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    println!("a writer and a reader");
    let (reader, writer) = io::pipe()?;
    let ((done, came), (told, over)) = (event_loop.deferred(), event_loop.deferred());
    event_loop.connect_read_pipe(reader, Reader { came: 0, done: Some(done) })?;
    event_loop.connect_write_pipe(writer, Writer(Some(told)))?;
    assert_eq!(event_loop.run_until_complete(&came)?, BYTES);
    assert_eq!(event_loop.run_until_complete(&over)?, None);

    println!("a writer whose reader leaves");
    let (reader, writer) = io::pipe()?;
    let (told, over) = event_loop.deferred();
    event_loop.connect_write_pipe(writer, Writer(Some(told)))?;
    event_loop.call_soon(|_| drop(reader));
    // An error of this one connection. For a program that did not ask, it would have been SIGPIPE
    // (pipe(7)); Rust's start-up code ignores that.
    assert_eq!(event_loop.run_until_complete(&over)?, Some(ErrorKind::BrokenPipe));
    Ok(())
}
