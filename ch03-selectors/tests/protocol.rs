//! What a transport tells its protocol, and when.

mod jump;

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use ch03_selectors::event_loop::EventLoop;
use ch03_selectors::protocol::buffer::{BUFFERED_BYTES_MAX, HIGH_WATER_BYTES};
use ch03_selectors::protocol::{Protocol, Transport};
use socket2::SockRef;

/// More than a socket's buffers hold, on any system.
const LARGE_BYTES: usize = 16 << 20;

/// What a protocol was told, in order; data as its number of bytes.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn add(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    fn has(&self, what: &str) -> bool {
        self.0.borrow().iter().any(|entry| entry == what)
    }

    fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

type OnMade = Box<dyn FnOnce(&Transport)>;
type OnData = Box<dyn FnMut(&Transport, &[u8])>;

/// Writes down what it is told.
#[derive(Default)]
struct Recorder {
    log: Log,
    on_made: Option<OnMade>,
    on_data: Option<OnData>,
    stay_after_eof: bool,
    is_over: bool,
}

impl Recorder {
    fn new(log: &Log) -> Recorder {
        Recorder { log: log.clone(), ..Recorder::default() }
    }

    fn on_made(mut self, call: impl FnOnce(&Transport) + 'static) -> Recorder {
        self.on_made = Some(Box::new(call));
        self
    }

    fn on_data(mut self, call: impl FnMut(&Transport, &[u8]) + 'static) -> Recorder {
        self.on_data = Some(Box::new(call));
        self
    }
}

impl Protocol for Recorder {
    fn connection_made(&mut self, transport: &Transport) {
        self.log.add("made");
        if let Some(call) = self.on_made.take() {
            call(transport);
            self.log.add("made is back");
        }
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        assert!(!self.is_over && !data.is_empty());
        self.log.add(format!("{} bytes", data.len()));
        if let Some(call) = &mut self.on_data {
            call(transport, data);
        }
    }

    fn eof_received(&mut self, _transport: &Transport) -> bool {
        assert!(!self.is_over);
        self.log.add("eof");
        self.stay_after_eof
    }

    fn pause_writing(&mut self, _transport: &Transport) {
        assert!(!self.is_over);
        self.log.add("pause");
    }

    fn resume_writing(&mut self, _transport: &Transport) {
        assert!(!self.is_over);
        self.log.add("resume");
    }

    fn connection_lost(&mut self, _transport: &Transport, error: Option<io::Error>) {
        assert!(!std::mem::replace(&mut self.is_over, true), "lost once");
        self.log.add(error.map_or("lost".to_owned(), |error| format!("lost: {:?}", error.kind())));
    }
}

/// A protocol on one end of a pair, and the other end.
fn on_pair(event_loop: &EventLoop, protocol: impl Protocol + 'static) -> (Transport, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let transport = event_loop.connect_accepted(ours, protocol).expect("a transport");
    (transport, theirs)
}

/// Runs the loop until `done`, and fails if it does not come to that.
fn run_until(event_loop: &EventLoop, mut done: impl FnMut() -> bool) {
    let deadline = event_loop.time() + Duration::from_secs(20);
    while !done() {
        assert!(event_loop.time() < deadline, "in vain");
        event_loop.call_later(Duration::from_millis(1), EventLoop::stop);
        event_loop.run_forever().expect("the selector works");
    }
}

fn iterate(event_loop: &EventLoop, times: usize) {
    for _ in 0..times {
        event_loop.stop();
        event_loop.run_forever().expect("the selector works");
    }
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = listener.local_addr().expect("bound");
    (listener, addr)
}

/// An address that refuses, as long as the socket lives.
fn refusing() -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let socket = socket.expect("a socket");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a port");
    let addr = socket.local_addr().expect("bound").as_socket().expect("IPv4");
    (socket, addr)
}

#[test]
fn made_data_eof_lost_in_this_order_and_each_once() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (_transport, mut theirs) = on_pair(&event_loop, Recorder::new(&log));
    theirs.write_all(b"hello").expect("room");
    drop(theirs);
    run_until(&event_loop, || log.has("lost"));
    iterate(&event_loop, 3);
    assert_eq!(log.take(), ["made", "5 bytes", "eof", "lost"]);
    assert_eq!(event_loop.transports(), 0);
}

#[test]
fn a_side_that_stays_open_after_the_end_of_the_other_still_writes() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let protocol = Recorder { stay_after_eof: true, ..Recorder::new(&log) };
    let (transport, mut theirs) = on_pair(&event_loop, protocol);
    theirs.shutdown(std::net::Shutdown::Write).expect("open");
    run_until(&event_loop, || log.has("eof"));
    iterate(&event_loop, 3);
    assert!(!transport.is_closing());
    transport.write(b"still here");
    transport.close();
    iterate(&event_loop, 3);
    let mut came = String::new();
    theirs.read_to_string(&mut came).expect("an end");
    assert_eq!(
        (came.as_str(), log.take()),
        ("still here", vec!["made".into(), "eof".into(), "lost".into()])
    );
}

#[test]
fn write_eof_comes_after_what_waits_and_reading_goes_on() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (transport, mut theirs) = on_pair(&event_loop, Recorder::new(&log));
    transport.write(&vec![7; LARGE_BYTES]);
    transport.write_eof();
    transport.write(b"too late");
    assert!(transport.write_buffer_size() > 0);
    let reading = thread::spawn(move || {
        let mut all = Vec::new();
        theirs.read_to_end(&mut all).expect("all, and the end");
        theirs.write_all(b"thanks").expect("it still reads");
        all
    });
    run_until(&event_loop, || log.has("6 bytes"));
    assert_eq!(reading.join().expect("read"), vec![7; LARGE_BYTES]);
}

#[test]
fn close_writes_what_waits_and_abort_drops_it() {
    for (abort, expected) in [(false, LARGE_BYTES), (true, 0)] {
        let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
        let (transport, mut theirs) = on_pair(&event_loop, Recorder::new(&log));
        transport.write(&vec![7; LARGE_BYTES]);
        let waiting = transport.write_buffer_size();
        if abort {
            transport.abort();
        } else {
            transport.close();
        }
        transport.write(b"not any more");
        assert!(transport.is_closing() && waiting > 0);
        let reading = thread::spawn(move || {
            let mut all = Vec::new();
            theirs.read_to_end(&mut all).map(|_| all.len())
        });
        run_until(&event_loop, || log.has("lost"));
        let came = reading.join().expect("no panic").expect("an end");
        assert_eq!(came, if abort { LARGE_BYTES - waiting } else { expected });
        let told = log.take();
        assert_eq!(
            (told.first().map(String::as_str), told.last().map(String::as_str)),
            (Some("made"), Some("lost"))
        );
    }
}

#[test]
fn a_peer_that_does_not_read_pauses_its_writer_and_one_that_reads_resumes_it() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let protocol = Recorder::new(&log).on_made(|transport| {
        transport.write(&vec![0; LARGE_BYTES]);
        transport.write(&[0; 10]);
    });
    let (transport, mut theirs) = on_pair(&event_loop, protocol);
    iterate(&event_loop, 3);
    // Told once, and when the method that wrote was back.
    assert_eq!(log.take(), ["made", "made is back", "pause"]);
    assert!(transport.write_buffer_size() > HIGH_WATER_BYTES);
    let mut buffer = vec![0; 1 << 16];
    let mut at_resume = usize::MAX;
    while transport.written() < LARGE_BYTES as u64 + 10 {
        assert!(theirs.read(&mut buffer).expect("bytes") > 0);
        iterate(&event_loop, 1);
        if log.has("resume") {
            at_resume = at_resume.min(transport.write_buffer_size());
        }
    }
    assert_eq!(log.take(), ["resume"]);
    assert!(at_resume <= HIGH_WATER_BYTES / 4, "resumed with {at_resume} waiting");
}

#[test]
fn marks_of_ones_own_count_at_once() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (transport, _theirs) = on_pair(&event_loop, Recorder::new(&log));
    iterate(&event_loop, 1);
    transport.set_write_buffer_limits(LARGE_BYTES * 2, 0).expect("in order");
    transport.write(&vec![0; LARGE_BYTES]);
    assert!(!log.has("pause"));
    transport.set_write_buffer_limits(1, 0).expect("in order");
    assert!(log.has("pause"));
    let error = transport.set_write_buffer_limits(1, 2).expect_err("crossed");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_protocol_that_heeds_no_pause_loses_its_connection_and_not_the_process_its_memory() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (transport, _theirs) = on_pair(&event_loop, Recorder::new(&log));
    let chunk = vec![0; 1 << 20];
    let mut written = 0;
    while !transport.is_closing() {
        transport.write(&chunk);
        written += chunk.len();
        assert!(written <= BUFFERED_BYTES_MAX + LARGE_BYTES);
    }
    iterate(&event_loop, 2);
    assert_eq!(log.take().last().map(String::as_str), Some("lost: OutOfMemory"));
}

#[test]
fn paused_reading_hears_nothing_also_from_the_start_and_then_all() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (transport, mut theirs) =
        on_pair(&event_loop, Recorder::new(&log).on_made(Transport::pause_reading));
    theirs.write_all(b"hello").expect("room");
    iterate(&event_loop, 5);
    assert_eq!(log.take(), ["made", "made is back"]);
    transport.resume_reading();
    transport.resume_reading();
    iterate(&event_loop, 1);
    assert_eq!(log.take(), ["5 bytes"]);
    transport.pause_reading();
    drop(theirs);
    iterate(&event_loop, 5);
    assert_eq!(log.take(), [""; 0]);
    transport.resume_reading();
    iterate(&event_loop, 3);
    assert_eq!(log.take(), ["eof", "lost"]);
}

#[test]
fn a_transport_closed_or_aborted_inside_data_received_hears_no_more_data() {
    for end in [Transport::close, Transport::abort] {
        let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
        let protocol = Recorder::new(&log).on_data(move |transport, _| {
            end(transport);
            end(transport);
        });
        let (_, mut theirs) = on_pair(&event_loop, protocol);
        theirs.write_all(&vec![0; 100_000]).expect("room");
        run_until(&event_loop, || log.has("lost"));
        iterate(&event_loop, 3);
        let told = log.take();
        assert_eq!((told.len(), told[2].as_str()), (3, "lost"), "{told:?}");
    }
}

#[test]
fn a_neighbour_aborted_in_the_same_iteration_is_told_of_that_alone() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let others: Rc<RefCell<Vec<Transport>>> = Rc::default();
    let mut peers = Vec::new();
    for _ in 0..2 {
        let others_of_it = Rc::clone(&others);
        let protocol = Recorder::new(&log).on_data(move |_, _| {
            others_of_it.borrow().iter().for_each(Transport::abort);
        });
        let (transport, mut theirs) = on_pair(&event_loop, protocol);
        others.borrow_mut().push(transport);
        theirs.write_all(b"x").expect("room");
        peers.push(theirs);
    }
    iterate(&event_loop, 4);
    assert_eq!(log.take(), ["made", "made", "1 bytes", "lost", "lost"]);
}

/// Panics in the method of this number.
struct Panics(usize);

impl Panics {
    fn at(&self, method: usize) {
        assert!(self.0 != method, "in method {method}");
    }
}

impl Protocol for Panics {
    fn connection_made(&mut self, transport: &Transport) {
        self.at(0);
        transport.write(&vec![0; LARGE_BYTES]);
    }

    fn data_received(&mut self, _transport: &Transport, _data: &[u8]) {
        self.at(1);
    }

    fn eof_received(&mut self, _transport: &Transport) -> bool {
        self.at(2);
        true
    }

    fn pause_writing(&mut self, _transport: &Transport) {
        self.at(3);
    }

    fn resume_writing(&mut self, _transport: &Transport) {
        self.at(4);
    }

    fn connection_lost(&mut self, _transport: &Transport, _error: Option<io::Error>) {
        self.at(5);
    }
}

#[test]
fn a_panic_in_any_method_ends_its_own_connection_and_no_other() {
    for method in 0..6 {
        let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
        let faults = Log::default();
        let told = faults.clone();
        event_loop.set_exception_handler(move |_, fault| told.add(fault.to_string()));
        let (victim, mut theirs) = on_pair(&event_loop, Panics(method));
        let neighbour = Recorder::new(&log).on_data(Transport::write);
        let (_, mut neighbours) = on_pair(&event_loop, neighbour);
        theirs.write_all(b"x").expect("room");
        theirs.shutdown(std::net::Shutdown::Write).expect("open");
        let reading = thread::spawn(move || {
            let _ = io::copy(&mut theirs, &mut io::sink());
        });
        run_until(&event_loop, || {
            // Closed from outside, so that each comes to its connection_lost.
            if method == 5 {
                victim.abort();
            }
            !faults.0.borrow().is_empty()
        });
        run_until(&event_loop, || event_loop.transports() == 1);
        reading.join().expect("the peer sees the end");
        let told = faults.take();
        assert!(told.len() == 1 && told[0].ends_with(&format!("in method {method}")), "{told:?}");
        neighbours.write_all(b"hi").expect("served");
        run_until(&event_loop, || log.has("2 bytes"));
        neighbours.read_exact(&mut [0; 2]).expect("echoed");
    }
}

#[test]
fn a_reset_is_an_error_of_that_connection_once() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (listener, addr) = listener();
    let told = log.clone();
    let server =
        event_loop.create_server(listener, move || Recorder::new(&told)).expect("listening");
    let client = TcpStream::connect(addr).expect("connected");
    run_until(&event_loop, || log.has("made"));
    SockRef::from(&client).set_linger(Some(Duration::ZERO)).expect("set");
    drop(client);
    run_until(&event_loop, || log.0.borrow().len() > 1);
    assert_eq!(log.take(), ["made", "lost: ConnectionReset"]);
    assert!(server.is_serving());
}

#[test]
fn an_idle_connection_keeps_the_loop_asleep_also_after_it_had_to_wait_for_room() {
    // Time jumps, and the selector counts: a writer that is left in makes this loop run without end.
    let (event_loop, now) = jump::event_loop();
    let log = Log::default();
    let (transport, mut theirs) = on_pair(&event_loop, Recorder::new(&log));
    transport.write(&vec![0; LARGE_BYTES]);
    let mut buffer = vec![0; 1 << 20];
    while transport.written() < LARGE_BYTES as u64 {
        assert!(theirs.read(&mut buffer).expect("bytes") > 0);
        iterate(&event_loop, 1);
    }
    let began = now.get();
    event_loop.call_later(Duration::from_secs(3600), EventLoop::stop);
    event_loop.run_forever().expect("the selector works");
    assert_eq!(now.get(), began + Duration::from_secs(3600));
}

#[test]
fn addresses_are_tried_in_order_and_the_protocol_hears_before_the_result_is_there() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let ((_held, refuses), (listener, answers)) = (refusing(), listener());
    let connecting = event_loop.create_connection(&[refuses, answers], Recorder::new(&log));
    let outcome = event_loop.run_until_complete(&connecting).expect("an outcome");
    let transport = outcome.expect("the second one answers");
    assert_eq!((log.take(), transport.peer_addr()), (vec!["made".to_owned()], Some(answers)));
    transport.write(b"hello");
    let (mut accepted, _) = listener.accept().expect("a client");
    let mut hello = [0; 5];
    accepted.read_exact(&mut hello).expect("its word");
    assert_eq!(&hello, b"hello");
}

#[test]
fn an_address_that_refuses_is_an_error_with_the_address_in_it_and_none_is_an_error_too() {
    let event_loop = EventLoop::new().expect("a loop");
    let (log, (_held, refuses)) = (Log::default(), refusing());
    let connecting = event_loop.create_connection(&[refuses], Recorder::new(&log));
    let outcome = event_loop.run_until_complete(&connecting).expect("an outcome");
    let error = outcome.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().starts_with(&format!("connecting to {refuses}: ")), "{error}");
    let connecting = event_loop.create_connection(&[], Recorder::new(&log));
    let outcome = event_loop.run_until_complete(&connecting).expect("an outcome");
    assert_eq!(outcome.expect_err("nowhere").kind(), ErrorKind::InvalidInput);
    assert_eq!((log.take().len(), event_loop.transports()), (0, 0));
}

#[test]
fn a_unix_server_and_its_client_on_one_loop() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("a path");
    let echo = || Recorder::default().on_data(Transport::write);
    let server = event_loop.create_server(listener, echo).expect("listening");
    let client = Recorder::new(&log).on_made(|transport| transport.write(b"over a path"));
    let transport = event_loop.create_unix_connection(&path, client).expect("connected");
    run_until(&event_loop, || log.has("11 bytes"));
    transport.close();
    run_until(&event_loop, || event_loop.transports() == 0);
    server.close();
    let refused = event_loop.create_unix_connection(&path, Recorder::new(&log));
    assert_eq!(refused.expect_err("closed").kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_closed_server_refuses_newcomers_and_keeps_those_who_are_here() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (listener, addr) = listener();
    let told = log.clone();
    let server =
        event_loop.create_server(listener, move || Recorder::new(&told)).expect("listening");
    let mut client = TcpStream::connect(addr).expect("connected");
    run_until(&event_loop, || log.has("made"));
    server.close();
    server.close();
    iterate(&event_loop, 2);
    let refused = TcpStream::connect(addr).expect_err("nobody listens");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    client.write_all(b"still").expect("served");
    run_until(&event_loop, || log.has("5 bytes"));
    assert!(!server.is_serving());
}

#[test]
fn a_factory_that_panics_loses_one_client() {
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    event_loop.set_exception_handler(|_, _| ());
    let (listener, addr) = listener();
    let (served, mut made) = (log.clone(), 0);
    let factory = move || {
        made += 1;
        assert!(made != 1, "the first one");
        Recorder::new(&served)
    };
    event_loop.create_server(listener, factory).expect("listening");
    let mut first = TcpStream::connect(addr).expect("connected");
    let _second = TcpStream::connect(addr).expect("connected");
    run_until(&event_loop, || log.has("made"));
    assert_eq!(first.read(&mut [0]).expect("the end"), 0);
}

#[test]
fn a_dropped_loop_drops_its_protocols_once_and_closes_their_sockets() {
    struct Guard(Log);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.add("dropped");
        }
    }
    struct Holds(Option<Transport>, #[expect(dead_code, reason = "its drop counts")] Guard);
    impl Protocol for Holds {
        fn connection_made(&mut self, transport: &Transport) {
            // A protocol that keeps its own transport, as asyncio's do, keeps nothing alive.
            self.0 = Some(transport.clone());
            transport.pause_reading();
        }
    }
    let (event_loop, log) = (EventLoop::new().expect("a loop"), Log::default());
    let (transport, mut theirs) = on_pair(&event_loop, Holds(None, Guard(log.clone())));
    iterate(&event_loop, 2);
    drop(event_loop);
    assert_eq!((log.take(), theirs.read(&mut [0]).expect("the end")), (vec!["dropped".into()], 0));
    transport.write(b"to nobody");
    transport.close();
    assert!(transport.is_closing());
}
