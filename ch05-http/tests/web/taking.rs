//! What handlers take out of their requests, and what they give.

use std::time::{Duration, Instant};

use bytes::Bytes;
use ch05_http::web::{BODY_BYTES_MAX, Body, Clock, Error, Json, Path, Query, Router};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::ask::{Answer, ask, get};

#[derive(Debug, Deserialize, Serialize)]
struct Sum {
    terms: Vec<i64>,
}

async fn add(Json(sum): Json<Sum>) -> Result<Json<i64>, Error> {
    let added = sum.terms.iter().try_fold(0_i64, |sum, term| sum.checked_add(*term));
    added.map(Json).ok_or_else(|| Error::bad_request("too large a sum"))
}

fn post(router: &Router, target: &str, kind: &str, body: impl Into<Bytes>) -> Answer {
    ask(router, "POST", target, &[("Content-Type", kind)], Body::Bytes(body.into()))
}

#[test]
fn a_value_in_json_comes_and_goes() {
    let router = Router::new().post("/add", add);
    let answer = post(&router, "/add", "application/json", r#"{"terms":[1,2,3]}"#);
    assert_eq!((answer.status, answer.text()), (200, "6"));
    assert_eq!(answer.field("content-type"), Some("application/json"));
    let spelled = post(&router, "/add", "Application/JSON; charset=utf-8", r#"{"terms":[]}"#);
    assert_eq!(spelled.text(), "0");
    for (kind, body, status) in [
        ("text/plain", r#"{"terms":[1]}"#, 415),
        ("application/json", r#"{"terms":["#, 400),
        ("application/json", r#"{"terms":[9223372036854775807,1]}"#, 400),
        ("application/json", "", 400),
    ] {
        assert_eq!(post(&router, "/add", kind, body).status, status, "{kind} {body}");
    }
    // Deep nesting is bounded by serde_json: it is refused, and does not use up the stack.
    let deep = "[".repeat(100_000);
    assert_eq!(post(&router, "/add", "application/json", deep).status, 400);
}

#[test]
fn a_body_that_is_taken_whole_is_bounded() {
    let router = Router::new()
        .post("/bytes", async |bytes: Bytes| bytes.len().to_string())
        .post("/text", async |text: String| text.chars().count().to_string());
    let full = vec![b'a'; BODY_BYTES_MAX];
    let more = vec![b'a'; BODY_BYTES_MAX + 1];
    for target in ["/bytes", "/text"] {
        assert_eq!(post(&router, target, "", full.clone()).text(), BODY_BYTES_MAX.to_string());
        let refused = post(&router, target, "", more.clone());
        assert_eq!((refused.status, refused.field("connection")), (413, Some("close")));
    }
    assert_eq!(post(&router, "/text", "", "äöü").text(), "3");
    assert_eq!(post(&router, "/text", "", b"\xff".as_slice()).status, 400);
}

#[test]
fn a_query_is_pairs_in_order() {
    let router = Router::new().get("/", async |query: Query| {
        let pairs: Vec<String> =
            query.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} first {:?}", pairs.join(" "), query.get("a"))
    });
    for (target, expected) in [
        ("/", " first None"),
        ("/?", " first None"),
        ("/?a=1&b=2&a=3", "a=1 b=2 a=3 first Some(\"1\")"),
        ("/?a=x+y%26&=z", "a=x y& =z first Some(\"x y&\")"),
    ] {
        assert_eq!(get(&router, target).text(), expected, "{target}");
    }
}

#[test]
fn arguments_are_taken_from_left_to_right_and_the_first_that_fails_answers() {
    let handler = async |Path(number): Path<u8>, method: Method, Json(name): Json<String>| {
        (StatusCode::ACCEPTED, format!("{number} {method} {name}"))
    };
    let router = Router::new().post("/{number}", handler);
    let answer = post(&router, "/255", "application/json", "\"a\"");
    assert_eq!((answer.status, answer.text()), (202, "255 POST a"));
    assert_eq!(post(&router, "/256", "text/plain", "").status, 404);
    assert_eq!(post(&router, "/25", "text/plain", "").status, 415);
}

#[test]
fn a_handler_waits_by_the_clock_of_its_carrier() {
    let delay = Duration::from_millis(20);
    let router = Router::new().get("/", async move |clock: Clock| {
        clock.sleep(delay).await;
        "waited"
    });
    let start = Instant::now();
    assert_eq!(get(&router, "/").text(), "waited");
    assert!(start.elapsed() >= delay);
}
