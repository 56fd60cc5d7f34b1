//! A server: a listener, a task for each client, and an end that can be waited for.
//!
//! It is asyncio's `start_server` and its `Server`, without their streams.

use std::future::Future;
use std::io;
use std::time::Duration;

use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};

use crate::JoinHandle;
use crate::net::tcp::{TcpListener, TcpStream};
use crate::net::unix::{UnixListener, UnixStream};
use crate::shutdown::{Counts, Shutdown};
use crate::sleep;
use crate::spawn;

/// What clients come from.
pub trait Listener {
    /// A client's connection.
    type Stream;

    /// The next client.
    ///
    /// # Errors
    ///
    /// What accept(2) says.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>>;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).await.map(|(stream, _)| stream)
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<UnixStream> {
        UnixListener::accept(self).await.map(|(stream, _)| stream)
    }
}

/// A server that runs as tasks. Dropping the handle leaves it running, as other handles do.
#[derive(Debug)]
pub struct Server {
    shutdown: Shutdown,
    accepting: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Serves each client of `listener` by a task that runs `handle`.
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    #[track_caller]
    pub fn start<L, F>(listener: L, handle: impl FnMut(L::Stream) -> F + 'static) -> Server
    where
        L: Listener + 'static,
        F: Future<Output = ()> + 'static,
    {
        let shutdown = Shutdown::new();
        let accepting = spawn(accept_until_begun(shutdown.clone(), listener, handle));
        Server { shutdown, accepting }
    }

    /// No new clients. Those under way go on. The listener is closed in the next turn of the loop.
    pub fn close(&self) {
        self.shutdown.begin();
    }

    /// Ends when the server was closed and its last client has been served.
    ///
    /// # Errors
    ///
    /// When the listener had failed before.
    pub async fn wait_closed(self) -> io::Result<Counts> {
        let accepted = self.accepting.await;
        self.shutdown.idle().await;
        accepted.map_err(io::Error::other)??;
        Ok(self.shutdown.counts())
    }

    /// Closes it, gives the clients under way `grace_period`, and cancels the rest.
    ///
    /// # Errors
    ///
    /// When the listener had failed before.
    pub async fn drain(self, grace_period: Duration) -> io::Result<Counts> {
        self.close();
        // First the listener: a client that it has accepted is to be drained, too.
        let accepted = self.accepting.await;
        let counts = self.shutdown.drain(grace_period).await;
        accepted.map_err(io::Error::other)??;
        Ok(counts)
    }

    /// Its clients, and how they have ended.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }
}

/// Serves the clients of `listener` as tasks of `shutdown`, until that begins. The listener is closed
/// then; the clients are left to [`Shutdown::drain`].
///
/// # Errors
///
/// When the listener fails; the clients that it brought go on.
pub async fn accept_until_begun<L: Listener, F: Future<Output = ()> + 'static>(
    shutdown: Shutdown,
    listener: L,
    mut handle: impl FnMut(L::Stream) -> F,
) -> io::Result<()> {
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok(stream) => shutdown.spawn(handle(stream)),
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    AcceptError::Pause => sleep(ACCEPT_PAUSE).await,
                    AcceptError::Fatal => return Err(error),
                },
            }
        }
    };
    shutdown.until_begun(accepting).await.unwrap_or(Ok(()))
}
