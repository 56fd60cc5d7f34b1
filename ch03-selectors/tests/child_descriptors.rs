//! What a child inherits from a loop: nothing. Alone in its process, which must open nothing else.
#![cfg(target_os = "linux")]

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::rc::Rc;

use ch03_selectors::event_loop::EventLoop;
use ch03_selectors::protocol::process::Pipe;
use ch03_selectors::protocol::{DatagramProtocol, Protocol};
use ch03_selectors::protocol::{SubprocessProtocol, SubprocessTransport};

struct Silent;

impl Protocol for Silent {}
impl DatagramProtocol for Silent {}
impl SubprocessProtocol for Silent {}

/// Collects what a child writes, and stops the loop after it.
struct Output(Rc<RefCell<Vec<u8>>>);

impl SubprocessProtocol for Output {
    fn pipe_data_received(&mut self, _transport: &SubprocessTransport, _pipe: Pipe, data: &[u8]) {
        self.0.borrow_mut().extend_from_slice(data);
    }

    fn connection_lost(&mut self, transport: &SubprocessTransport) {
        transport.with_loop(EventLoop::stop);
    }
}

/// Has a child list its own descriptors.
fn lister() -> Command {
    let mut command = Command::new("ls");
    command.arg("/proc/self/fd").stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

#[test]
fn a_child_inherits_nothing_that_a_loop_has_opened() -> io::Result<()> {
    // What we have inherited ourselves, it inherits, too.
    let before = lister().output()?.stdout;
    assert!(!before.is_empty());

    let event_loop = EventLoop::new()?;
    event_loop.add_signal_handler(libc::SIGWINCH, |_| ())?;
    event_loop.create_server(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?, || Silent)?;
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    event_loop.create_datagram_endpoint(udp, Silent)?;
    let mut sleeper = Command::new("sleep");
    sleeper.arg("100").stdin(Stdio::piped()).stdout(Stdio::piped());
    event_loop.subprocess_exec(&mut sleeper, Silent)?;
    let (reader, writer) = io::pipe()?;
    event_loop.connect_read_pipe(reader, Silent)?;
    event_loop.connect_write_pipe(writer, Silent)?;

    let output = Rc::new(RefCell::new(Vec::new()));
    event_loop.subprocess_exec(&mut lister(), Output(Rc::clone(&output)))?;
    event_loop.run_forever()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(&output.borrow()), text(&before));
    Ok(())
}
