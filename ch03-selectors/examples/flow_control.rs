//! A writer that is told to pause, and to go on.
//!
//! A server sends 8 MiB to a client that does not read at first. A protocol that wrote all of it at
//! once would have it all in memory. This one is told when too much waits, and when there is room.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::event_loop::{EventLoop, Promise};
use ch03_selectors::protocol::buffer::HIGH_WATER_BYTES;
use ch03_selectors::protocol::{Protocol, Transport};

const TOTAL_BYTES: usize = 8 << 20;
const CHUNK_BYTES: usize = 16 * 1024;

/// Sends as long as it may.
struct Sender {
    left: usize,
    paused: bool,
    /// The largest that ever waited, and how often it was told to pause.
    most: Rc<Cell<usize>>,
    pauses: Rc<Cell<u32>>,
}

impl Sender {
    /// Not in one go: a callback keeps everybody else waiting. A chunk, and then "call me soon".
    fn send(&mut self, transport: &Transport) {
        while self.left > 0 && transport.write_buffer_size() <= HIGH_WATER_BYTES {
            transport.write(&[b'x'; CHUNK_BYTES]);
            self.left -= CHUNK_BYTES;
            self.most.set(self.most.get().max(transport.write_buffer_size()));
        }
        if self.left == 0 {
            println!(
                "server: all is written; {} KiB still wait",
                transport.write_buffer_size() >> 10
            );
            transport.close();
        }
    }
}

impl Protocol for Sender {
    fn connection_made(&mut self, transport: &Transport) {
        println!("server: connection made");
        self.send(transport);
    }

    fn pause_writing(&mut self, transport: &Transport) {
        self.paused = true;
        self.pauses.set(self.pauses.get() + 1);
        if self.pauses.get() == 1 {
            println!(
                "server: told to pause, with {} KiB waiting",
                transport.write_buffer_size() >> 10
            );
        }
    }

    fn resume_writing(&mut self, transport: &Transport) {
        self.paused = false;
        if self.pauses.get() == 1 {
            println!("server: told to go on, with {} KiB", transport.write_buffer_size() >> 10);
        }
        self.send(transport);
    }

    fn connection_lost(&mut self, _transport: &Transport, error: Option<io::Error>) {
        println!(
            "server: connection lost, with {}",
            error.map_or("no error".into(), |e| e.to_string())
        );
        assert!(!self.paused || self.left == 0);
    }
}

/// Does not read for a while, and then all of it.
struct Receiver {
    log: Rc<RefCell<Vec<&'static str>>>,
    received: usize,
    done: Option<Promise<usize>>,
}

impl Receiver {
    /// Says it once.
    fn note(&self, what: &'static str) {
        if self.log.borrow().last() != Some(&what) {
            println!("client: {what}");
            self.log.borrow_mut().push(what);
        }
    }
}

impl Protocol for Receiver {
    fn connection_made(&mut self, transport: &Transport) {
        self.note("connection_made");
        transport.pause_reading();
        let paused = transport.clone();
        transport.with_loop(move |event_loop| {
            event_loop.call_later(Duration::from_millis(100), move |_| {
                println!("client: reads now");
                paused.resume_reading();
            });
        });
    }

    fn data_received(&mut self, _transport: &Transport, data: &[u8]) {
        self.note("data_received");
        self.received += data.len();
    }

    fn eof_received(&mut self, _transport: &Transport) -> bool {
        self.note("eof_received");
        false
    }

    fn connection_lost(&mut self, _transport: &Transport, error: Option<io::Error>) {
        self.note("connection_lost");
        assert!(error.is_none());
        if let Some(done) = self.done.take() {
            done.keep(self.received);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    let (most, pauses) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (its_most, its_pauses) = (Rc::clone(&most), Rc::clone(&pauses));
    event_loop.create_server(listener, move || Sender {
        left: TOTAL_BYTES,
        paused: false,
        most: Rc::clone(&its_most),
        pauses: Rc::clone(&its_pauses),
    })?;
    let (done, received) = event_loop.deferred();
    let log = Rc::default();
    let client = Receiver { log: Rc::clone(&log), received: 0, done: Some(done) };
    let connecting = event_loop.create_connection(&[addr], client);
    event_loop.run_until_complete(&connecting)??;
    let received = event_loop.run_until_complete(&received)?;

    println!("{} MiB came; told to pause {} times", received >> 20, pauses.get());
    println!("never more than {} KiB waited", most.get() >> 10);
    assert_eq!(received, TOTAL_BYTES);
    assert!(pauses.get() >= 1 && most.get() <= HIGH_WATER_BYTES + CHUNK_BYTES);
    let order = ["connection_made", "data_received", "eof_received", "connection_lost"];
    assert_eq!(*log.borrow(), order);
    Ok(())
}
