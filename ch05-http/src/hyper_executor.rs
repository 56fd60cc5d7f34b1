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
use std::time::Duration;

use ::hyper::service::service_fn;
use ch04_async::sync::Semaphore;
use ch04_async::{Async, Runtime, spawn, time, timeout};
use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};
use ladder::{Report, Stop};

use crate::app::App;
use crate::executor::CLOCK;
use crate::hyper::{Counts, builder, timed};
use crate::rt::{Io, OurTimer};
use crate::settings::Settings;
use crate::total_timeout::Requests;
use crate::web::answer_http;

/// Serves each connection by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_with(listener, stop, &App::new()?, Settings::default())
}

/// The same with another application and other settings, of which hyper goes without those that
/// [`hyper::serve_with`](crate::hyper::serve_with) names.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve_with(
    listener: TcpListener,
    stop: Stop,
    app: &App,
    settings: Settings,
) -> io::Result<Report> {
    let counts = Rc::new(Counts::default());
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = Async::new(listener)?;
        let stop = Async::new(stop)?;
        let mut stopped = pin!(stop.requested());
        let mut accepting = pin!(accept(&listener, app, &counts, settings));
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

async fn accept(
    listener: &Async<TcpListener>,
    app: &App,
    counts: &Rc<Counts>,
    settings: Settings,
) -> io::Result<()> {
    let places = Rc::new(Semaphore::new(settings.connections));
    loop {
        // The kernel keeps those for whom there is no place yet.
        let place = Rc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok(stream) => {
                counts.accept();
                let (app, counts) = (app.clone(), Rc::clone(counts));
                spawn(async move {
                    let _place = place;
                    serve_connection(stream, app, counts, settings).await;
                });
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
async fn serve_connection(stream: TcpStream, app: App, counts: Rc<Counts>, settings: Settings) {
    // A client that is gone already has nothing to lose.
    let Ok(io) = Io::new(stream) else { return };
    let requests = Requests::default();
    let answer = service_fn(|request| {
        requests.count(answer_http(app.router(), request, CLOCK, settings.body))
    });
    let io = timed(io, CLOCK, &requests, &settings);
    let mut connection = builder(OurTimer, &settings).serve_connection(io, answer);
    let outcome = (&mut connection).await;
    if counts.note(&outcome) {
        let io = connection.into_parts().io.into_inner().into_inner();
        linger(io.get_ref(), settings.linger).await;
    }
}
// ANCHOR_END: serve

/// Ends our side, and goes on reading for a moment what nobody wants, for the reason that
/// `hyper::linger` has.
async fn linger(stream: &Async<TcpStream>, within: Duration) {
    let drain = async {
        stream.end_output()?;
        while !stream.recv().await?.is_empty() {}
        io::Result::Ok(())
    };
    // Either way it is over: time is up, the client has ended its side, or it is gone.
    let _ = timeout(within, drain).await;
}
