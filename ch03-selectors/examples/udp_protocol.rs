//! An echo of datagrams: server and client on one loop.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use ch03_selectors::event_loop::{EventLoop, Handle, Promise};
use ch03_selectors::protocol::{DatagramProtocol, DatagramTransport};

/// How long the client waits for an answer, before it asks again.
const RETRY: Duration = Duration::from_millis(200);

struct Echo {
    /// The first question is lost on its way, as datagrams are.
    lost: bool,
}

impl DatagramProtocol for Echo {
    fn datagram_received(&mut self, transport: &DatagramTransport, data: &[u8], from: SocketAddr) {
        if !std::mem::replace(&mut self.lost, true) {
            println!("server: (the first one is lost)");
            return;
        }
        println!("server: {:?} from a client", String::from_utf8_lossy(data));
        transport.send_to(data, Some(from));
    }
}

/// Asks again until there is an answer: nobody else does that for a datagram.
struct Client {
    question: &'static str,
    retry: Option<Handle>,
    asked: u32,
    done: Option<Promise<(String, u32)>>,
}

fn ask_again_later(transport: &DatagramTransport, question: &'static str) -> Option<Handle> {
    let again = transport.clone();
    transport.with_loop(|event_loop| {
        event_loop.call_later(RETRY, move |_| {
            println!("client: no answer; asks again");
            again.send_to(question.as_bytes(), None);
        })
    })
}

impl DatagramProtocol for Client {
    fn connection_made(&mut self, transport: &DatagramTransport) {
        println!("client: asks {:?}", self.question);
        transport.send_to(self.question.as_bytes(), None);
        self.asked = 2;
        self.retry = ask_again_later(transport, self.question);
    }

    fn datagram_received(&mut self, transport: &DatagramTransport, data: &[u8], _from: SocketAddr) {
        let answer = String::from_utf8_lossy(data).into_owned();
        println!("client: the answer is {answer:?}");
        if let Some(retry) = self.retry.take() {
            retry.cancel();
        }
        if let Some(done) = self.done.take() {
            done.keep((answer, self.asked));
        }
        transport.close();
    }
}

/// Waits to hear that nobody is there.
struct Refused(Option<Promise<ErrorKind>>);

impl DatagramProtocol for Refused {
    fn connection_made(&mut self, transport: &DatagramTransport) {
        transport.send_to(b"anybody?", None);
    }

    fn error_received(&mut self, _transport: &DatagramTransport, error: io::Error) {
        println!("client: nobody is there: {error}");
        if let Some(told) = self.0.take() {
            told.keep(error.kind());
        }
    }
}

fn connected_to(addr: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(addr)?;
    Ok(socket)
}

fn main() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = socket.local_addr()?;
    let server = event_loop.create_datagram_endpoint(socket, Echo { lost: false })?;

    let (done, answered) = event_loop.deferred();
    let client = Client { question: "what time is it", retry: None, asked: 0, done: Some(done) };
    event_loop.create_datagram_endpoint(connected_to(addr)?, client)?;
    let (answer, asked) = event_loop.run_until_complete(&answered)?;
    assert_eq!((answer.as_str(), asked), ("what time is it", 2));

    // A socket that is connected hears of its peer's absence (udp(7)).
    server.close();
    event_loop.stop();
    event_loop.run_forever()?;
    let (told, refused) = event_loop.deferred();
    event_loop.create_datagram_endpoint(connected_to(addr)?, Refused(Some(told)))?;
    assert_eq!(event_loop.run_until_complete(&refused)?, ErrorKind::ConnectionRefused);
    Ok(())
}
