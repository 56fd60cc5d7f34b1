//! A server on a thread of its own, for whoever wants to ask it something: examples, tests.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use ladder::{Report, Stop, socket};

/// A server that runs until it is [stopped](Background::stop), or dropped.
#[derive(Debug)]
pub struct Background {
    addr: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<io::Result<Report>>>,
}

impl Background {
    /// Starts a model, or anything that serves as models do, on a free port of the loopback.
    ///
    /// # Errors
    ///
    /// When there is no port, or no thread.
    pub fn start(
        serve: impl FnOnce(TcpListener, Stop) -> io::Result<Report> + Send + 'static,
    ) -> io::Result<Background> {
        let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into())?;
        let addr = listener.local_addr()?;
        let stop = Stop::new()?;
        let asked = stop.clone();
        let thread = thread::Builder::new().name("server".into());
        let thread = thread.spawn(move || serve(listener, asked))?;
        Ok(Background { addr, stop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    ///
    /// What it failed of.
    pub fn stop(mut self) -> io::Result<Report> {
        self.end().unwrap_or_else(|| Ok(Report::default()))
    }

    fn end(&mut self) -> Option<io::Result<Report>> {
        self.stop.request();
        let ended = self.thread.take()?.join();
        Some(ended.unwrap_or_else(|_| Err(io::Error::other("the server panicked"))))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Whoever wanted to know has asked before.
        let _ = self.end();
    }
}
