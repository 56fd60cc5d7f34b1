//! Datagram endpoints on the loop.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::event_loop::EventLoop;
use ch03_selectors::protocol::{DatagramProtocol, DatagramTransport};

type Log = Rc<RefCell<Vec<String>>>;

/// Writes down what it is told, and sends each datagram back.
struct Recorder(Log);

impl Recorder {
    fn note(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }
}

impl DatagramProtocol for Recorder {
    fn connection_made(&mut self, _transport: &DatagramTransport) {
        self.note("made");
    }

    fn datagram_received(&mut self, transport: &DatagramTransport, data: &[u8], from: SocketAddr) {
        assert_ne!(data, b"panic", "asked to");
        self.note(format!("{} bytes", data.len()));
        transport.send_to(data, Some(from));
    }

    fn error_received(&mut self, _transport: &DatagramTransport, error: io::Error) {
        self.note(format!("error {:?}", error.kind()));
    }

    fn connection_lost(&mut self, _transport: &DatagramTransport, error: Option<io::Error>) {
        self.note(format!("lost {}", error.is_some()));
    }
}

fn bound() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
    socket
}

fn endpoint(event_loop: &EventLoop, socket: UdpSocket) -> (DatagramTransport, Log) {
    let log = Log::default();
    let recorder = Recorder(Rc::clone(&log));
    (event_loop.create_datagram_endpoint(socket, recorder).expect("an endpoint"), log)
}

fn run_until(event_loop: &EventLoop, mut done: impl FnMut() -> bool) {
    let deadline = event_loop.time() + Duration::from_secs(20);
    while !done() {
        assert!(event_loop.time() < deadline, "in vain");
        event_loop.call_later(Duration::from_millis(1), EventLoop::stop);
        event_loop.run_forever().expect("the selector works");
    }
}

#[test]
fn datagrams_come_whole_from_an_empty_one_to_the_largest() {
    let event_loop = EventLoop::new().expect("a loop");
    let (transport, log) = endpoint(&event_loop, bound());
    let addr = transport.local_addr().expect("bound");
    let client = bound();
    // The largest over IPv4: 65535 less two headers.
    for size in [0, 1, 65_507] {
        client.send_to(&vec![7; size], addr).expect("sent");
        run_until(&event_loop, || log.borrow().contains(&format!("{size} bytes")));
        let mut buffer = vec![0; 70_000];
        assert_eq!(client.recv(&mut buffer).expect("its echo"), size);
    }
    transport.close();
    transport.send_to(b"to nobody", Some(addr));
    run_until(&event_loop, || event_loop.transports() == 0);
    assert_eq!(log.take(), ["made", "0 bytes", "1 bytes", "65507 bytes", "lost false"]);
}

#[test]
fn errors_of_one_datagram_are_told_and_do_not_end_the_endpoint() {
    let event_loop = EventLoop::new().expect("a loop");
    // Connected to itself, it takes from nobody else: so the port is held, and refuses.
    let held = bound();
    let nobody = held.local_addr().expect("bound");
    held.connect(nobody).expect("to itself");
    let socket = bound();
    socket.connect(nobody).expect("no packet is sent for it");
    let (transport, log) = endpoint(&event_loop, socket);
    for _ in 0..2 {
        log.borrow_mut().clear();
        transport.send_to(b"hello", None);
        run_until(&event_loop, || log.borrow().contains(&"error ConnectionRefused".to_owned()));
    }
    // Larger than any datagram: an error of sending, and of that one alone.
    log.borrow_mut().clear();
    transport.send_to(&vec![0; 70_000], None);
    run_until(&event_loop, || log.borrow().iter().any(|entry| entry.starts_with("error")));
    assert_eq!(event_loop.transports(), 1);
}

#[test]
fn a_protocol_that_panics_loses_its_endpoint_and_its_neighbour_serves_on() {
    let event_loop = EventLoop::new().expect("a loop");
    event_loop.set_exception_handler(|_, _| ());
    let ((victim, log), (neighbour, other)) =
        (endpoint(&event_loop, bound()), endpoint(&event_loop, bound()));
    let client = bound();
    client.send_to(b"panic", victim.local_addr().expect("bound")).expect("sent");
    run_until(&event_loop, || event_loop.transports() == 1);
    assert_eq!(log.take(), ["made", "lost true"]);
    client.send_to(b"hello", neighbour.local_addr().expect("bound")).expect("sent");
    run_until(&event_loop, || other.borrow().contains(&"5 bytes".to_owned()));
}
