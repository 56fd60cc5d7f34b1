//! Which behaviour must find which fault, and by which words.

use ladder::conformance::broken::{Broken, Family};
use ladder::{Limits, Model, Protocol};

use crate::fault::Fault;
use crate::server::serve;

/// The server without a fault, and with each of them.
pub(crate) const FAMILY: Family =
    Family { protocol: Protocol::Http, plainest: "hello", right: RIGHT.model, broken: BROKEN };

/// A row for a fault: the name is the fault's.
macro_rules! fault {
    ($fault:ident, $found_by:expr) => {
        Broken {
            model: Model {
                name: stringify!($fault),
                summary: "a broken HTTP server",
                fixes: "nothing",
                still_fails: "by its name",
                limits: Limits::NONE,
                serve: |listener, stop| serve(listener, &stop, Fault::$fault),
            },
            found_by: &$found_by,
        }
    };
}

/// The server without a fault, which must pass the whole suite.
const RIGHT: Broken = fault!(None, []);

/// Every fault, in the order of [`Fault`].
const BROKEN: &[Broken] = &[
    fault!(OneReadIsOneRequest, [("head_at_every_cut", "a head cut at")]),
    fault!(NoEmptyLineBefore, [("hello", "an empty line before")]),
    fault!(ForgetsWhatIsBehind, [("pipelined", "of a mixed row")]),
    fault!(HoldsAnswers, [("pipelined", "one and a half")]),
    fault!(UnboundedHead, [("bounded_input", "without an end")]),
    fault!(FirstLengthWins, [("bad_requests", "Content-Length: 6")]),
    fault!(SignedLength, [("bad_requests", "+5")]),
    fault!(NearlyChunked, [("bad_requests", "xchunked")]),
    fault!(UnknownEncodingIgnored, [("bad_requests", "identity")]),
    fault!(LengthBeforeChunks, [("bad_requests", "should be its connection's last")]),
    fault!(ChunksAndGoesOn, [("bad_requests", "the server should hang up")]),
    fault!(DecimalChunkSize, [("echo_bodies", "in chunks of 1021")]),
    fault!(SignedChunkSize, [("bad_requests", "+5")]),
    fault!(WrappingChunkSize, [("bad_requests", "10000000000000005")]),
    fault!(AnyChunkEnd, [("bad_requests", "hello!")]),
    fault!(AnyHost, [("bad_requests", "GET / HTTP/1.1\\r\\n\\r\\n")]),
    fault!(BodyToHead, [("head_has_no_body", "after HEAD /"), ("pipelined", "of a mixed row")]),
    fault!(NoAllow, [("not_found_and_method", "expected Allow")]),
    fault!(ErrorsClose, [("not_found_and_method", ""), ("pipelined", "")]),
    fault!(Keeps10, [("http10_closes", "after GET by HTTP/1.0")]),
    fault!(IgnoresClose, [("connection_close_obeyed", "should say so, too")]),
    fault!(NeverContinues, [("expect_continue", "waits for 100 Continue")]),
    fault!(ContinuesTo10, [("expect_continue", "expected a 200")]),
    fault!(WriteTakenForWriteAll, [("large_echo", "")]),
    fault!(StarIsAPath, [("not_found_and_method", "OPTIONS *")]),
    fault!(DelaysEverybody, [("delayed_alone", "beside one who waits")]),
    fault!(ReadyTooEarly, [("delayed_alone", "too early")]),
    fault!(UnboundedDelay, [("delayed_alone", "/delay/10001")]),
    fault!(HeadsInTurn, [("slow_heads", "another client, after 1 of")]),
    fault!(BodiesInTurn, [("slow_bodies", "another client, after 1 of")]),
    fault!(KeptInTurn, [("kept_connections", "to be kept")]),
    fault!(PanicsClose, [("faults_are_answered", "/panic")]),
    fault!(ShowsItsErrors, [("faults_are_answered", "is told what went wrong")]),
    fault!(RangeWithoutItsLast, [("files", "bytes=0-0")]),
    fault!(SuffixFromTheFront, [("files", "bytes=-8")]),
    fault!(NoLengthIn416, [("files", "expected a 416 of 80000 bytes")]),
    fault!(RangeForHead, [("files", "HEAD with a range")]),
    fault!(RangeOfAnotherFile, [("files", "If-Range: \"other\"")]),
    fault!(ConditionsIgnored, [("files", "If-None-Match: \"1\"")]),
    fault!(DateBeforeTag, [("files", "If-Modified-Since")]),
    fault!(BodyTo304, [("files", "")]),
    fault!(LooksBeforeDecoding, [("files_stay_inside", "%2e%2e/Cargo.toml shows")]),
    fault!(DecodesTwice, [("files_stay_inside", "%252e%252e/Cargo.toml shows")]),
    fault!(ClosesOnHalfClose, [("half_close_is_answered", "found together")]),
    fault!(ClosesUnread, [("error_before_body_ends", "")]),
    fault!(CollectsTheBody, [("never_reads", "")]),
    fault!(CountsNoLoss, [("reset_mid_request", "0 lost"), ("reset_mid_write", "0 lost")]),
];
