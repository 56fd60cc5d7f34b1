//! The application on hyper, on tokio's current-thread runtime.
//!
//! Fixes: what others have built for tokio can be used (`hyper-executor`).
//! Still fails: it says nothing of how requests are answered.
//! Next: `axum`, which does.

use std::error::Error;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use ::hyper::rt::Timer;
use ::hyper::server::conn::http1;
use ::hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};
use ladder::{Report, Stop, socket};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::{LocalSet, spawn_local};

use crate::app::App;
use crate::settings::Settings;
use crate::total_timeout::{Requests, TotalTimeout};
use crate::web::{Clock, answer_http};
use crate::write_timeout::WriteTimeout;

/// What hyper keeps of a connection's input: a head must fit into it (431 otherwise), and a body
/// passes through it. Browsers send less than 8 KiB, cookies and all; this is what one read may
/// bring in every model of this workspace.
pub const HEAD_BYTES_MAX: usize = socket::READ_BYTES;

/// Fields in a head; one more gets a 431. It is hyper's own bound, which it keeps room for on the
/// stack; setting any number, even this one, would make it allocate for every request.
pub const FIELDS_MAX: usize = 100;

/// The clock of the tokio runtime that the thread is in.
pub const CLOCK: Clock = Clock {
    now: || tokio::time::Instant::now().into_std(),
    sleep: |time| Box::pin(tokio::time::sleep(time)),
};

/// What the tasks count together.
#[derive(Debug, Default)]
pub struct Counts {
    accepted: AtomicU64,
    lost: AtomicU64,
}

impl Counts {
    /// Connections that ended by an error, so far.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    /// Counts how a connection ended; says whether somebody is there still who might read why.
    pub(crate) fn note(&self, outcome: &Result<(), ::hyper::Error>) -> bool {
        let Err(error) = outcome else { return true };
        self.lost.fetch_add(1, Relaxed);
        // A reset, say: nobody is there to whom anything could be explained.
        !error.source().is_some_and(<dyn Error>::is::<io::Error>)
    }

    /// One more client.
    pub(crate) fn accept(&self) {
        self.accepted.fetch_add(1, Relaxed);
    }

    /// What was done.
    pub(crate) fn report(&self, app: &App) -> Report {
        self.report_of(app.bytes_echoed())
    }

    pub(crate) fn report_of(&self, bytes_echoed: u64) -> Report {
        Report {
            accepted: self.accepted.load(Relaxed),
            bytes_echoed,
            lost: self.lost(),
            refused: 0,
        }
    }
}

/// Serves each connection by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_with(listener, stop, &App::new()?, Settings::default())
}

/// The same with another application and other settings. Of these, hyper goes without three. It has
/// one time for a head and for the silence before it: the longer of the two is given. Its limits are
/// [`HEAD_BYTES_MAX`] and [`FIELDS_MAX`]. And at the stop there is no grace.
///
/// # Errors
///
/// When the runtime or the listener fails.
#[expect(clippy::needless_pass_by_value, reason = "the contract of a model")]
pub fn serve_with(
    listener: TcpListener,
    stop: Stop,
    app: &App,
    settings: Settings,
) -> io::Result<Report> {
    let counts = Arc::new(Counts::default());
    serve_by(listener, &stop, &counts, settings.connections, |stream, place| {
        let (app, counts) = (app.clone(), Arc::clone(&counts));
        spawn_local(async move {
            let _place = place;
            serve_connection(stream, app, counts, settings).await;
        });
    })?;
    Ok(counts.report(app))
}

/// One of so many connections.
pub(crate) type Place = OwnedSemaphorePermit;

/// Runs tokio on this thread, and hands each connection to `start`, until the stop is requested.
pub(crate) fn serve_by(
    listener: TcpListener,
    stop: &Stop,
    counts: &Counts,
    connections: usize,
    start: impl FnMut(tokio::net::TcpStream, Place),
) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let stopped = Arc::new(Notify::new());
    let notified = Arc::clone(&stopped);
    let _on_stop = stop.on_request(move || notified.notify_one());
    // Requests stay on this thread, so their handlers need not be `Send`; tokio's own tasks must.
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::select! {
            () = stopped.notified() => Ok(()),
            failed = accept(&listener, counts, connections, start) => failed,
        }
    })
    // With the runtime go its tasks, and with them the connections, in the middle of whatever.
}

// ANCHOR: serve
async fn accept(
    listener: &tokio::net::TcpListener,
    counts: &Counts,
    connections: usize,
    mut start: impl FnMut(tokio::net::TcpStream, Place),
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
    loop {
        // The kernel keeps those for whom there is no place yet.
        let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
        match listener.accept().await {
            Ok((stream, _)) => {
                counts.accept();
                // Fails only for a client that is gone already; then so does what follows.
                let _ = socket::tune(&stream);
                start(stream, place);
            }
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                AcceptError::Pause => tokio::time::sleep(ACCEPT_PAUSE).await,
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}

/// Serves one connection, whatever carries its bytes, until either side ends it. It is lost by the
/// client's fault, its silence for too long, or its leaving in the middle of something; what could
/// still be answered (a 400, a 431) was answered.
pub async fn serve_connection<S>(stream: S, app: App, counts: Arc<Counts>, settings: Settings)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let requests = Requests::default();
    let answer = service_fn(|request| {
        requests.count(answer_http(app.router(), request, CLOCK, settings.body))
    });
    let io = timed(TokioIo::new(stream), CLOCK, &requests, &settings);
    let mut connection = builder(TokioTimer::new(), &settings).serve_connection(io, answer);
    let outcome = (&mut connection).await;
    if counts.note(&outcome) {
        let stream = connection.into_parts().io.into_inner().into_inner().into_inner();
        linger(stream, settings.linger).await;
    }
}
// ANCHOR_END: serve

/// How hyper is set up.
// ANCHOR: settings
pub(crate) fn builder(
    timer: impl Timer + Send + Sync + 'static,
    settings: &Settings,
) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(timer)
        // From the moment when a head could begin, so that it bounds a silent connection, too.
        .header_read_timeout(settings.idle.max(settings.head))
        .max_buf_size(HEAD_BYTES_MAX)
        // A client that has ended its side still wants its answer; without this hyper hangs up.
        .half_close(true)
        // On, this keeps an answer back while the next request is only half here, and a client may
        // well wait for the one before it sends the other.
        .pipeline_flush(false);
    builder
}
// ANCHOR_END: settings

/// The bytes of a connection, with the times that hyper does not have.
pub(crate) fn timed<T>(
    io: T,
    clock: Clock,
    requests: &Requests,
    settings: &Settings,
) -> TotalTimeout<WriteTimeout<T>> {
    let io = WriteTimeout::new(io, settings.write, clock);
    TotalTimeout::new(io, settings.total, clock, requests.clone())
}

/// Ends our side, and goes on reading for a moment what nobody wants.
///
/// If unread input is left when a socket is closed, the kernel sends a reset, and a reset makes the
/// client's kernel throw away what it has not read yet: the 431 would be lost that explains why
/// (RFC 9112, section 9.6). After an orderly end by the client this returns at once.
pub(crate) async fn linger(mut stream: impl AsyncRead + AsyncWrite + Unpin, within: Duration) {
    let drain = async {
        stream.shutdown().await?;
        let mut unwanted = vec![0; socket::READ_BYTES];
        while stream.read(&mut unwanted).await? > 0 {}
        io::Result::Ok(())
    };
    // Either way it is over: time is up, the client has ended its side, or it is gone.
    let _ = tokio::time::timeout(within, drain).await;
}
