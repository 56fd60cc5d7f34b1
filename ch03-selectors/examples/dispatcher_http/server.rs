//! A server on the same loop, which gives each client the same bytes: one in each turn of the loop.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use ch03_selectors::dispatcher::{Channel, Dispatcher, Map};

struct Server(&'static [u8]);

impl Dispatcher for Server {
    fn handle_accept(&mut self, channel: &mut Channel<'_>, client: TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        channel.add(client, Answer { asked: Vec::new(), left: self.0 });
        Ok(())
    }
}

struct Answer {
    asked: Vec<u8>,
    left: &'static [u8],
}

impl Answer {
    fn is_asked(&self) -> bool {
        self.asked.ends_with(b"\r\n\r\n")
    }
}

impl Dispatcher for Answer {
    fn readable(&self) -> bool {
        !self.is_asked()
    }

    fn writable(&self) -> bool {
        self.is_asked()
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let mut buffer = [0; 64];
        let read = channel.recv(&mut buffer)?;
        self.asked.extend_from_slice(&buffer[..read]);
        Ok(())
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let Some((_, rest)) = self.left.split_first() else {
            channel.close();
            return Ok(());
        };
        if channel.send(&self.left[..1])? == 1 {
            self.left = rest;
        }
        Ok(())
    }
}

/// Puts a server that says `response` into the map.
pub(crate) fn add(map: &mut Map, response: &'static [u8]) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    map.listen(listener, Server(response))?;
    Ok(addr)
}
