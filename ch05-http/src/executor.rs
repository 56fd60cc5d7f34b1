//! Our own HTTP server on our own runtime.
//!
//! Fixes: a client costs a task, and not a thread (`threads`).
//! Still fails: it is one thread, and speaks what is written here: no HTTP/2, for one.
//! Next: `hyper-executor` lets somebody else read the requests.

mod carried;
mod socket;

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use ch04_async::sync::{Event, Permit, Semaphore};
use ch04_async::{Async, JoinHandle, Runtime, spawn, time};
use futures_io::{AsyncRead, AsyncWrite};
use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};
use ladder::{Report, Stop};

pub use self::socket::Socket;

use self::carried::Carried;
use crate::app::App;
use crate::connection::{Connection, Ended};
use crate::settings::Settings;
use crate::web::{Clock, Router};

/// The clock of the runtime that the thread is in.
pub const CLOCK: Clock = Clock { now: time::now, sleep: |time| Box::pin(time::sleep(time)) };

/// Serves each client by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let app = App::new()?;
    Runtime::new()?.block_on(serve_with(listener, stop, app, Settings::default()))
}

/// The same on a runtime of the caller's, until the stop is requested. Then those whose requests
/// are being answered have the grace period.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve_with(
    listener: TcpListener,
    stop: Stop,
    app: App,
    settings: Settings,
) -> io::Result<Report> {
    listener.set_nonblocking(true)?;
    let listener = Async::new(listener)?;
    let stop = Async::new(stop)?;
    let clients = Rc::new(Clients {
        app,
        settings,
        report: RefCell::default(),
        open: RefCell::default(),
        none: Event::new(),
    });
    let mut stopped = pin!(stop.requested());
    let mut accepting = pin!(accept(&listener, &clients));
    // Whichever comes first.
    poll_fn(|context| match stopped.as_mut().poll(context) {
        Poll::Pending => accepting.as_mut().poll(context),
        Poll::Ready(stopped) => Poll::Ready(stopped),
    })
    .await?;
    clients.drain().await;
    let mut report = clients.report.take();
    report.bytes_echoed = clients.app.bytes_echoed();
    Ok(report)
}

// ANCHOR: serve
async fn accept(listener: &Async<TcpListener>, clients: &Rc<Clients>) -> io::Result<()> {
    let places = Rc::new(Semaphore::new(clients.settings.connections));
    loop {
        // The kernel keeps those for whom there is no place yet.
        let place = Rc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok(stream) => {
                clients.start(stream, place);
            }
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                AcceptError::Pause => time::sleep(ACCEPT_PAUSE).await,
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}
// ANCHOR_END: serve

/// Serves one connection of whatever kind, over TLS for one, until either side ends it.
///
/// # Errors
///
/// Why it ended, if not in order.
pub async fn serve_connection<S>(
    stream: S,
    router: &Router,
    settings: Settings,
) -> Result<(), Ended>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    Connection::new(Carried::new(stream), settings).serve(router, || ()).await
}

/// Who is served.
struct Clients {
    app: App,
    settings: Settings,
    report: RefCell<Report>,
    open: RefCell<HashMap<u64, Open>>,
    /// The last one is gone.
    none: Event,
}

/// One of so many connections.
type Place = Permit<Rc<Semaphore>>;

type Open = (Rc<Connection<Socket>>, JoinHandle<()>);

impl Clients {
    fn start(self: &Rc<Self>, stream: TcpStream, place: Place) {
        let id = self.report.borrow().accepted;
        self.report.borrow_mut().accepted += 1;
        let Ok(socket) = Socket::new(stream) else {
            // It is gone already, or there was no room for it.
            self.report.borrow_mut().lost += 1;
            return;
        };
        let connection = Connection::new(socket, self.settings);
        let leaves = Leaves { clients: Rc::clone(self), id };
        let serving = Rc::clone(&connection);
        let task = spawn(async move {
            let _place = place;
            let Leaves { clients, .. } = &leaves;
            let lost = || clients.report.borrow_mut().lost += 1;
            // Why is the client's affair, and it was told.
            let _ = serving.serve(clients.app.router(), lost).await;
        });
        self.open.borrow_mut().insert(id, (connection, task));
    }

    /// Ends those who are owed nothing, and gives the others their time.
    async fn drain(&self) {
        for (connection, task) in self.open.borrow().values() {
            if connection.is_idle() {
                task.abort();
            } else {
                connection.close_after_this();
            }
        }
        let all_gone = async {
            while !self.open.borrow().is_empty() {
                self.none.clear();
                self.none.wait().await;
            }
        };
        if ch04_async::timeout(self.settings.grace, all_gone).await.is_err() {
            self.open.borrow().values().for_each(|(_, task)| task.abort());
            while !self.open.borrow().is_empty() {
                self.none.clear();
                self.none.wait().await;
            }
        }
    }
}

/// Takes a connection out of the list when its task ends, however that is.
struct Leaves {
    clients: Rc<Clients>,
    id: u64,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        let gone = self.clients.open.borrow_mut().remove(&self.id);
        // Outside of the borrow.
        drop(gone);
        if self.clients.open.borrow().is_empty() {
            self.clients.none.set();
        }
    }
}
