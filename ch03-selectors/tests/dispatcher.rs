//! What the map promises its dispatchers.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use ch03_selectors::default_selector;
use ch03_selectors::dispatcher::{AsyncChat, Channel, Chat, Dispatcher, Map, Outbox, Terminator};
use socket2::SockRef;

/// More than the buffers of two sockets hold.
const LARGE_BYTES: usize = 16 << 20;

type Log = Rc<RefCell<Vec<String>>>;

fn map() -> Map {
    Map::new(default_selector().expect("a selector"))
}

/// Two ends of a connection over the loopback.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
    (listener.accept().expect("a client").0, client)
}

/// Takes turns until `done`. Each turn waits, so somebody must have something to do.
fn run_until(map: &mut Map, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "in vain");
        map.turn().expect("the selector works");
    }
}

/// Writes down what it is called with.
struct Recorder {
    log: Log,
}

impl Recorder {
    fn new(log: &Log) -> Recorder {
        Recorder { log: Rc::clone(log) }
    }

    fn note(&self, what: impl Into<String>) {
        self.log.borrow_mut().push(what.into());
    }
}

impl Dispatcher for Recorder {
    fn handle_connect(&mut self, _channel: &mut Channel<'_>) -> io::Result<()> {
        self.note("connect");
        Ok(())
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let read = channel.recv(&mut [0; 64])?;
        self.note(format!("read {read}"));
        // The next one finds nothing, and is no error.
        if read > 0 {
            let error = channel.recv(&mut [0; 64]).expect_err("drained");
            assert_eq!(error.kind(), ErrorKind::WouldBlock);

            return Err(error);
        }
        Ok(())
    }

    fn handle_close(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.note("close");
        channel.close();
        Ok(())
    }

    fn handle_error(&mut self, channel: &mut Channel<'_>, error: io::Error) {
        self.note(format!("error {:?}", error.kind()));
        channel.close();
    }

    fn handle_closed(&mut self) {
        self.note("closed");
    }
}

#[test]
fn read_close_closed_in_this_order_and_the_last_one_once() {
    let (mut map, log) = (map(), Log::default());
    let (ours, mut theirs) = pair();
    map.add(ours, Recorder::new(&log)).expect("taken");
    theirs.write_all(b"hello").expect("room");
    run_until(&mut map, || !log.borrow().is_empty());
    drop(theirs);
    map.run().expect("until nobody is left");
    assert_eq!(log.take(), ["read 5", "read 0", "close", "closed"]);
}

#[test]
fn a_reset_is_the_error_of_one_and_its_neighbour_goes_on() {
    let (mut map, log, neighbours) = (map(), Log::default(), Log::default());
    let ((ours, theirs), (neighbour, mut peer)) = (pair(), pair());
    map.add(ours, Recorder::new(&log)).expect("taken");
    map.add(neighbour, Recorder::new(&neighbours)).expect("taken");
    SockRef::from(&theirs).set_linger(Some(Duration::ZERO)).expect("set");
    drop(theirs);
    run_until(&mut map, || log.borrow().len() == 2);
    assert_eq!(log.take(), ["error ConnectionReset", "closed"]);
    peer.write_all(b"x").expect("room");
    run_until(&mut map, || !neighbours.borrow().is_empty());
    assert_eq!((neighbours.take(), map.len()), (vec!["read 1".to_owned()], 1));
}

#[test]
fn a_connect_that_succeeds_and_one_that_is_refused() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let refusing = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let refusing = refusing.expect("a socket");
    refusing.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port");
    let refuses = refusing.local_addr().expect("bound").as_socket().expect("IPv4");
    let answers = listener.local_addr().expect("bound");
    for (addr, expected) in [(answers, "connect"), (refuses, "error ConnectionRefused")] {
        let (mut map, log) = (map(), Log::default());
        // Some systems refuse at once.
        if map.connect(addr, Recorder::new(&log)).is_ok() {
            run_until(&mut map, || !log.borrow().is_empty());
            assert_eq!(log.borrow()[0], expected);
        }
    }
}

/// Waits for nothing at all.
struct Deaf(Log);

impl Dispatcher for Deaf {
    fn readable(&self) -> bool {
        false
    }

    fn handle_error(&mut self, channel: &mut Channel<'_>, error: io::Error) {
        self.0.borrow_mut().push(format!("{:?}", error.kind()));
        channel.close();
    }
}

#[test]
fn whoever_waits_for_nothing_is_told_when_both_sides_are_gone_and_nobody_spins() {
    let (mut map, log) = (map(), Log::default());
    let (ours, theirs) = pair();
    SockRef::from(&theirs).set_linger(Some(Duration::ZERO)).expect("set");
    map.add(ours, Deaf(Rc::clone(&log))).expect("taken");
    drop(theirs);
    map.run().expect("until nobody is left");
    assert_eq!(log.take(), ["ConnectionAborted"]);
}

/// Answers each line with a number of bytes.
struct Generous {
    closed: Log,
}

impl Chat for Generous {
    fn found_terminator(
        &mut self,
        line: Vec<u8>,
        outbox: &mut Outbox,
    ) -> io::Result<Option<Terminator>> {
        if line == b"much" {
            outbox.push_producer((0..LARGE_BYTES / 65_536).map(|_| vec![b'x'; 65_536]))?;
        } else {
            outbox.push(line)?;
        }
        Ok(None)
    }

    fn closed(&mut self, error: Option<io::Error>) {
        self.closed.borrow_mut().push(format!("{:?}", error.map(|error| error.kind())));
    }
}

fn generous(closed: &Log) -> AsyncChat<Generous> {
    let chat = Generous { closed: Rc::clone(closed) };
    AsyncChat::new(chat, Terminator::Bytes(b"\n".to_vec()), 16)
}

#[test]
fn a_producer_serves_a_late_reader_a_piece_at_a_time_also_after_the_half_close() {
    let (mut map, closed) = (map(), Log::default());
    let (ours, mut theirs) = pair();
    let chat = generous(&closed);
    let outbox = chat.outbox();
    map.add(ours, chat).expect("taken");
    theirs.write_all(b"much\n").expect("room");
    theirs.shutdown(Shutdown::Write).expect("open");
    let reading = thread::spawn(move || {
        let mut all = Vec::new();
        theirs.read_to_end(&mut all).map(|_| all.len())
    });
    let mut most = 0;
    run_until(&mut map, || {
        most = most.max(outbox.borrow().len());
        !closed.borrow().is_empty()
    });
    assert_eq!(reading.join().expect("no panic").expect("an end"), LARGE_BYTES);
    assert_eq!((closed.take(), most <= 65_536), (vec!["None".to_owned()], true));
}

#[test]
fn lines_come_whole_wherever_the_stream_is_cut_and_a_long_one_ends_its_channel_alone() {
    let (mut map, closed) = (map(), Log::default());
    let ((ours, mut theirs), (other, mut long)) = (pair(), pair());
    map.add(ours, generous(&closed)).expect("taken");
    map.add(other, generous(&closed)).expect("taken");
    theirs.set_nodelay(true).expect("set");
    for byte in b"one\ntwo\n" {
        theirs.write_all(&[*byte]).expect("room");
        map.turn().expect("the selector works");
    }
    long.write_all(&[b'x'; 17]).expect("room");
    run_until(&mut map, || !closed.borrow().is_empty());
    assert_eq!((closed.take(), map.len()), (vec!["Some(InvalidData)".to_owned()], 1));
    theirs.shutdown(Shutdown::Write).expect("open");
    map.run().expect("until nobody is left");
    let mut echo = String::new();
    theirs.read_to_string(&mut echo).expect("an end");
    assert_eq!(echo, "onetwo");
}

#[test]
fn a_peer_that_is_put_out_leaves_in_the_next_turn_though_it_never_reads() {
    let (mut map, closed) = (map(), Log::default());
    let (ours, _theirs) = pair();
    let chat = generous(&closed);
    let outbox = chat.outbox();
    map.add(ours, chat).expect("taken");
    while outbox.borrow_mut().push(vec![0; 1024]).is_ok() {}
    outbox.borrow_mut().abandon();
    map.run().expect("until nobody is left");
    assert_eq!(closed.take(), ["None"]);
}
