//! Once more?
//!
//! A client keeps a connection, and sends another request on it. The server has just hung up. That happens all the
//! time, for nobody tells the client that the server's patience is over. So the client tries again on a new
//! connection.
//!
//! But a request that was lost and a request whose answer was lost look the same. `again` knows that
//! a GET is harmless, and that a request without an answer was lost. Which requests may be sent twice?
//!
//! Hint: [RFC 9110, section 9.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2).

/// An exchange that failed because the server hung up.
struct Failed {
    method: &'static str,
    /// The connection had served another request before.
    reused: bool,
    /// Bytes of the answer that had come.
    answered: usize,
    /// The body was made while it was sent, and cannot be made again.
    body_is_gone: bool,
}

/// Whether to send the request once more.
fn again(failed: &Failed) -> bool {
    // SOLUTION
    let same_twice = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
    failed.reused
        && failed.answered == 0
        && !failed.body_is_gone
        && same_twice.contains(&failed.method)
    // START
    // let harmless = failed.method == "GET" || failed.answered == 0;
    // failed.reused && !failed.body_is_gone && harmless
    // END
}

const STALE: Failed = Failed { method: "GET", reused: true, answered: 0, body_is_gone: false };

#[test]
fn a_kept_connection_that_was_closed_is_no_reason_to_fail() {
    assert!(again(&STALE));
    assert!(again(&Failed { method: "PUT", ..STALE }));
    assert!(again(&Failed { method: "DELETE", ..STALE }));
}

#[test]
fn nothing_is_bought_twice() {
    assert!(!again(&Failed { method: "POST", ..STALE }));
    assert!(!again(&Failed { method: "PATCH", ..STALE }));
    assert!(!again(&Failed { method: "BUY", ..STALE }), "nobody knows what it does");
}

#[test]
fn a_server_that_has_begun_to_answer_has_had_the_request() {
    assert!(!again(&Failed { answered: 1, ..STALE }));
}

#[test]
fn a_new_connection_that_fails_is_no_bad_luck() {
    assert!(!again(&Failed { reused: false, ..STALE }));
    assert!(!again(&Failed { body_is_gone: true, method: "PUT", ..STALE }));
}
