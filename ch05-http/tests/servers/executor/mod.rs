//! Our server on our runtime.

mod broken;
mod grace;
mod times;

use std::rc::Rc;

use ch04_async::net::unix::UnixStream;
use ch04_async::{Clock, JoinHandle, Runtime, spawn};
use ch05_http::app::App;
use ch05_http::connection::Ended;
use ch05_http::executor::serve_connection;
use ch05_http::settings::Settings;

/// Runs a test on a paused clock: when every task waits, it jumps to the next timer.
fn paused(test: impl Future<Output = ()>) {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(test);
}

/// A client's end of a connection that is served, and how that ends.
fn connect() -> (Rc<UnixStream>, JoinHandle<Result<(), Ended>>) {
    connect_to(App::new().expect("its files"))
}

/// The same to another application.
fn connect_to(app: App) -> (Rc<UnixStream>, JoinHandle<Result<(), Ended>>) {
    let (client, server) = UnixStream::pair().expect("descriptors");
    let serving =
        spawn(async move { serve_connection(server, app.router(), Settings::default()).await });
    (Rc::new(client), serving)
}

/// All that comes until the end, which may be a reset.
async fn rest(client: &UnixStream) -> String {
    let (mut came, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(some @ 1..) = client.read(&mut buffer).await {
        came.extend_from_slice(&buffer[..some]);
    }
    String::from_utf8_lossy(&came).into_owned()
}
