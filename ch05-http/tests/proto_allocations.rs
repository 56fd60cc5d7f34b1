//! What a request costs in allocations, counted.
//!
//! A test that replaces the allocator is a program of its own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use bytes::BytesMut;
use ch05_http::proto::{Length, Limits, Next, Received, Server};
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
fn a_head_is_one_allocation_and_an_answer_none() {
    assert_eq!(allocations("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 1);
    let fields = "A: b\r\n".repeat(99);
    assert_eq!(allocations(&format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")), 1);
    // `http::Method` keeps no more than fifteen bytes in itself.
    assert_eq!(allocations("UPDATEREDIRECTREF / HTTP/1.1\r\nHost: a\r\n\r\n"), 2);
}
