//! What a request costs in allocations, counted.
//!
//! A test that replaces the allocator is a program of its own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use ch05_http::app::App;
use ch05_http::proto::{Length, Limits, Next, Received, Server};
use ch05_http::threads::CLOCK;
use ch05_http::web::{self, Body, Head, Request, Response, Router};
use http::StatusCode;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, which counts for each thread what it hands out.
struct Counting;

#[expect(unsafe_code, reason = "there is no other way to count allocations")]
// SAFETY: all is left to the system's allocator, which keeps the contract; the count is a thread's
// own, is never dropped, and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is handed on.
        unsafe { System.dealloc(pointer, layout) };
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Allocations for one request and its answer, in buffers that are there.
fn allocations(request: &str) -> usize {
    let mut server = Server::new(Limits::default());
    let mut input = BytesMut::with_capacity(1 << 14);
    let mut out = Vec::with_capacity(1 << 14);
    input.extend_from_slice(request.as_bytes());
    let before = ALLOCATIONS.get();
    assert!(matches!(server.receive(&mut input), Ok(Received::Head(_))));
    let fields = [("content-type", "text/plain")];
    server.send_head(StatusCode::OK, fields, Length::Sized(2), &mut out).expect("a head");
    server.send_data(b"ok", &mut out).expect("a body");
    server.send_end(&mut out).expect("an end");
    assert_eq!(server.next(), Next::Another);
    ALLOCATIONS.get() - before
}

#[test]
fn a_small_head_takes_the_memory_of_the_one_before_and_an_answer_none() {
    // Of the first one on a thread: the head's own, and its text's.
    assert_eq!(allocations("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 2);
    assert_eq!(allocations("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
    // `http::Method` keeps no more than fifteen bytes in itself.
    assert_eq!(allocations("UPDATEREDIRECTREF / HTTP/1.1\r\nHost: a\r\n\r\n"), 1);
    // A large one has one of its own, which is not kept.
    let fields = "A: b\r\n".repeat(99);
    for _ in 0..2 {
        assert_eq!(allocations(&format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")), 1);
    }
    assert_eq!(allocations("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
}

/// Allocations for the answer to a GET, from the router to the end of its body.
fn answered_by(router: &Router, path: &str) -> usize {
    let mut server = Server::new(Limits::default());
    let mut input = BytesMut::from(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
    let Ok(Received::Head(head)) = server.receive(&mut input) else { panic!("no head") };
    let request = Request::new(Head::Own(head), Body::Empty, CLOCK);
    let before = ALLOCATIONS.get();
    let answering = pin!(router.answer(request));
    let Poll::Ready(response) = answering.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("not at once");
    };
    assert_eq!(response.status, StatusCode::OK);
    drop(response);
    ALLOCATIONS.get() - before
}

fn passes_on(
    request: Request,
    next: web::Next<'_>,
) -> Pin<Box<dyn Future<Output = Response> + '_>> {
    Box::pin(next.run(request))
}

#[test]
fn an_answer_costs_a_box_for_its_handler_and_one_for_each_middleware() {
    let router = Router::new().get("/", async || "hello\n");
    assert_eq!(answered_by(&router, "/"), 1);
    assert_eq!(answered_by(&router.with(passes_on), "/"), 2);
}

#[test]
fn an_answer_that_waits_for_nothing_costs_none() {
    let router = Router::new().get("/", || "hello\n");
    assert_eq!(answered_by(&router, "/"), 0);
    // The log has nothing to do while nobody listens, and is passed by.
    let app = App::new().expect("its files");
    assert_eq!(answered_by(app.router(), "/"), 0);
}
