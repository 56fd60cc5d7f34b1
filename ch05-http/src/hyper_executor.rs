//! hyper on our own runtime.
//!
//! Fixes: others have read the RFCs, and go on doing so (`executor`); and who waits is still ours.
//! Still fails: what others have built around hyper mostly wants tokio below it.
//! Next: `hyper`, which has it.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use ::hyper::service::service_fn;
use ch04_async::{Async, Runtime, spawn, time, timeout};
use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};
use ladder::{Report, Stop};

use crate::app::App;
use crate::executor::CLOCK;
use crate::hyper::{Counts, LINGER_TIMEOUT, settings};
use crate::rt::{Io, OurTimer};
use crate::settings::{BODY_TIMEOUT, TOTAL_TIMEOUT, WRITE_TIMEOUT};
use crate::total_timeout::{Requests, TotalTimeout};
use crate::web::answer_http;
use crate::write_timeout::WriteTimeout;

/// Serves each connection by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_with(listener, stop, &App::new()?)
}

/// The same with another application.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve_with(listener: TcpListener, stop: Stop, app: &App) -> io::Result<Report> {
    let counts = Rc::new(Counts::default());
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = Async::new(listener)?;
        let stop = Async::new(stop)?;
        let mut stopped = pin!(stop.requested());
        let mut accepting = pin!(accept(&listener, app, &counts));
        // Whichever comes first.
        poll_fn(|context| match stopped.as_mut().poll(context) {
            Poll::Pending => accepting.as_mut().poll(context),
            Poll::Ready(stopped) => Poll::Ready(stopped),
        })
        .await
    })?;
    // With the runtime go its tasks, and with them the connections, in the middle of whatever.
    drop(runtime);
    Ok(counts.report(app))
}

async fn accept(listener: &Async<TcpListener>, app: &App, counts: &Rc<Counts>) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                counts.accept();
                spawn(serve_connection(stream, app.clone(), Rc::clone(counts)));
            }
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                AcceptError::Pause => time::sleep(ACCEPT_PAUSE).await,
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}

// ANCHOR: serve
async fn serve_connection(stream: TcpStream, app: App, counts: Rc<Counts>) {
    // A client that is gone already has nothing to lose.
    let Ok(io) = Io::new(stream) else { return };
    let requests = Requests::default();
    let io = WriteTimeout::new(io, WRITE_TIMEOUT, CLOCK);
    let io = TotalTimeout::new(io, TOTAL_TIMEOUT, CLOCK, requests.clone());
    let answer = service_fn(|request| {
        requests.count(answer_http(app.router(), request, CLOCK, BODY_TIMEOUT))
    });
    let mut connection = settings(OurTimer).serve_connection(io, answer);
    let outcome = (&mut connection).await;
    if counts.note(&outcome) {
        linger(connection.into_parts().io.get_ref().get_ref().get_ref()).await;
    }
}
// ANCHOR_END: serve

/// Ends our side, and goes on reading for a moment what nobody wants, for the reason that
/// `hyper::linger` has.
async fn linger(stream: &Async<TcpStream>) {
    let drain = async {
        stream.end_output()?;
        while !stream.recv().await?.is_empty() {}
        io::Result::Ok(())
    };
    // Either way it is over: time is up, the client has ended its side, or it is gone.
    let _ = timeout(LINGER_TIMEOUT, drain).await;
}
