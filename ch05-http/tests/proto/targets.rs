//! The four forms of a target (RFC 9112, section 3.2).

use ch05_http::proto::Fault;

use crate::replay::{fault, request, requests};

#[test]
fn a_target_has_a_path_and_perhaps_a_query() {
    for (method, target, path, query) in [
        ("GET", "/", "/", None),
        ("GET", "/a/b", "/a/b", None),
        ("GET", "//", "//", None),
        ("GET", "/%2f%0d%0a", "/%2f%0d%0a", None),
        ("GET", "/../a;b=c", "/../a;b=c", None),
        ("GET", "/a?b", "/a", Some("b")),
        ("GET", "/?", "/", Some("")),
        ("GET", "/?a=b?c=/d", "/", Some("a=b?c=/d")),
        // As browsers send them.
        ("GET", "/?a|b{c}^`[d]\\", "/", Some("a|b{c}^`[d]\\")),
        ("GET", "http://b", "/", None),
        ("GET", "http://b/", "/", None),
        ("GET", "http://b?c", "/", Some("c")),
        ("GET", "http://b?c/d", "/", Some("c/d")),
        ("GET", "HTTP://b/c?d", "/c", Some("d")),
        ("GET", "https://b:8443/c", "/c", None),
        ("GET", "http://[::1]:80/c", "/c", None),
        ("OPTIONS", "*", "*", None),
        ("OPTIONS", "http://b", "*", None),
        ("OPTIONS", "http://b?", "/", Some("")),
        ("OPTIONS", "http://b/", "/", None),
        ("OPTIONS", "/", "/", None),
    ] {
        let head = request(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        assert_eq!(head.method().as_str(), method);
        assert_eq!((head.target(), head.path(), head.query()), (target, path, query));
        let authority = match target.split_once("://") {
            // The one in the target, whatever Host says (section 3.2.2).
            Some((_, rest)) => rest.split(['/', '?']).next().unwrap_or_default(),
            None => "a",
        };
        assert_eq!(head.authority(), Some(authority), "{target}");
    }
}

#[test]
fn what_has_none_of_the_forms_is_refused() {
    for target in [
        "a",
        "a/b",
        "?",
        "?a=b",
        "*",
        "**",
        "*/",
        "*?",
        "a:80",
        "/a#b",
        "/\"",
        "/<",
        "/>",
        "/\u{e4}",
        "http:",
        "http:/",
        "http://",
        "http:///",
        "http://?a",
        "http://:80/",
        "http:/b",
        "http:b",
        "http://me@b/",
        "http://b:x/",
        "http://b c/",
        "ftp://b/",
        "file:///etc/passwd",
        "h?t://b",
        "http://b\\c/",
        "://b",
        "http://[::1/",
    ] {
        let script = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let found = fault(&requests(script.as_bytes()));
        let expected = if target.contains(' ') { Fault::FirstLine } else { Fault::Target };
        assert_eq!(found, Some(expected), "{target}");
    }
    let found = fault(&requests(b"OPTIONS *?a HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(found, Some(Fault::Target));
}

#[test]
fn nobody_is_connected() {
    for target in ["a:80", "/", "http://a/", "*"] {
        let script = format!("CONNECT {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(fault(&requests(script.as_bytes())), Some(Fault::Connect), "{target}");
    }
    assert_eq!(Fault::Connect.status(), 501);
}
