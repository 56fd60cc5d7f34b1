//! hyper's tasks.
//!
//! A connection of HTTP/2 answers many requests at once, and hyper starts a task for what goes on beside the
//! connection itself. It has no runtime to start it on. So it asks for an `Executor`, and ours forgets what it is
//! given.
//!
//! Let hyper's tasks run on our runtime, and all of them end with the runtime.
//!
//! Hint: `spawn` gives a handle, and a task goes on when its handle is dropped. What does `JoinHandle` say of a task that
//! nobody awaits?

use std::cell::Cell;
use std::convert::Infallible;
use std::future::pending;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use ch04_async::{Runtime, spawn, timeout};
use ch05_http::rt::{Io, OurTimer};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::service::service_fn;
use hyper::{Request, Response};

/// The runtime that the thread is in.
#[derive(Clone, Copy)]
struct Ours;

impl<F> Executor<F> for Ours
where
    F: Future + 'static,
{
    fn execute(&self, task: F) {
        // SOLUTION
        drop(spawn(async move {
            task.await;
        }));
        // START
        // drop(task);
        // END
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from(request.uri().path().to_owned())))
}

#[test]
fn requests_over_one_connection_are_answered() {
    let asked = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let addr = listener.local_addr().expect("its address");
        let near = TcpStream::connect(addr).expect("a connection");
        let (far, _) = listener.accept().expect("its other end");
        let server = hyper::server::conn::http2::Builder::new(Ours)
            .timer(OurTimer)
            .serve_connection(Io::new(far).expect("a socket"), service_fn(answer));
        drop(spawn(async move { server.await.expect("a connection in order") }));
        let near = Io::new(near).expect("a socket");
        let (sender, driving) =
            hyper::client::conn::http2::handshake(Ours, near).await.expect("HTTP/2");
        let driving = spawn(driving);
        let answers: Vec<_> = (0..10)
            .map(|number| {
                let mut sender = sender.clone();
                spawn(async move {
                    let request = Request::get(format!("http://here/{number}"));
                    let request = request.body(Empty::<Bytes>::new()).expect("a request");
                    let answer = sender.send_request(request).await.expect("an answer");
                    answer.into_body().collect().await.expect("a body").to_bytes()
                })
            })
            .collect();
        for (number, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.await.expect("a task"), format!("/{number}"));
        }
        drop(sender);
        driving.await.expect("a task").expect("an end in order");
    };
    let runtime = Runtime::new().expect("a runtime");
    // Only who fails waits so long.
    runtime.block_on(timeout(Duration::from_secs(5), asked)).expect("in time");
}

/// Notes its end.
struct Ends(Rc<Cell<bool>>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn what_waits_is_kept_and_ends_with_the_runtime() {
    let ended = Rc::new(Cell::new(false));
    let ends = Ends(Rc::clone(&ended));
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        Ours.execute(async move {
            let _ends = ends;
            pending::<()>().await;
        });
        ch04_async::yield_now().await;
    });
    assert!(!ended.get(), "it was dropped where it waited");
    drop(runtime);
    assert!(ended.get(), "nobody dropped it");
}
