//! Which handler answers what, and what is around it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use ch05_http::web::{Body, Error, Next, Path, Request, Response, Router};
use http::{HeaderValue, Method, StatusCode, header::SERVER};

use super::ask::{ask, get};

fn router() -> Router {
    Router::new()
        .get("/", async || "root")
        .get("/users", async || "users")
        .get("/users/me", async || "me")
        .get("/users/{name}", async |Path(name): Path<String>| name)
        .get("/users/{name}/posts/{id}", async |Path(name): Path<String>, Path(id): Path<u32>| {
            format!("{name} {id}")
        })
        .post("/users", async || StatusCode::CREATED)
        .route_to(Method::DELETE, "/users/{name}", async || ())
        .get("/all/{*rest}", async |Path(rest): Path<String>| rest)
        .get("/ways/{one}/end", async |Path(one): Path<String>| format!("one {one}"))
        .get("/ways/text/{*rest}", async |Path(rest): Path<String>| format!("rest {rest}"))
}

#[test]
fn a_path_is_text_parameters_and_a_rest() {
    let router = router();
    for (target, expected) in [
        ("/", "root"),
        ("/users", "users"),
        ("/users?q=/users/me", "users"),
        ("http://elsewhere/users/me", "me"),
        // Text first; and percent signs are another spelling of the same (RFC 3986, section 6.2.2).
        ("/users/me", "me"),
        ("/users/%6de", "me"),
        ("/%75sers/%6De", "me"),
        ("/users/m", "m"),
        ("/users/J%C3%B6rg", "Jörg"),
        // A slash in a parameter divides nothing.
        ("/users/a%2Fb", "a/b"),
        ("/users/%252F", "%2F"),
        ("/users/a/posts/7", "a 7"),
        ("/users/posts/posts/0", "posts 0"),
        ("/all/", ""),
        ("/all/a/b//c", "a/b//c"),
        // Whoever takes a rest decodes it: it alone knows what its slashes mean.
        ("/all/%2e%2e/%2f", "%2e%2e/%2f"),
        ("/ways/a/end", "one a"),
        ("/ways/text/end", "rest end"),
    ] {
        let answer = get(&router, target);
        assert_eq!((answer.status, answer.text()), (200, expected), "{target}");
    }
}

#[test]
fn what_is_nowhere_is_a_404() {
    let router = router();
    for target in [
        "/nowhere",
        "//",
        "/users/",
        "/Users",
        "/users/a/",
        "/users/a/posts",
        "/users/a/posts/",
        "/users/a/posts/seven",
        "/users/a/posts/-1",
        "/users//posts/1",
        "/users/%ff",
        "/users/a%2fposts%2f7/",
        "/all",
        "/ways",
        "/{name}",
    ] {
        assert_eq!(get(&router, target).status, 404, "{target}");
    }
}

#[test]
fn another_method_is_told_what_there_is() {
    let router = router();
    for (method, target, allow) in [
        ("DELETE", "/users", "GET, HEAD, POST"),
        ("POST", "/users/a", "GET, HEAD, DELETE"),
        ("OPTIONS", "/", "GET, HEAD"),
        // Text is looked at first, and nothing else then.
        ("DELETE", "/users/me", "GET, HEAD"),
    ] {
        let answer = ask(&router, method, target, &[], Body::Empty);
        let seen = (answer.status, answer.field("allow"));
        assert_eq!(seen, (405, Some(allow)), "{method} {target}");
    }
    assert_eq!(ask(&router, "HEAD", "/users/me", &[], Body::Empty).text(), "me");
    assert_eq!(ask(&router, "POST", "/users", &[], Body::Empty).status, 201);
    assert_eq!(ask(&router, "OPTIONS", "*", &[], Body::Empty).status, 204);
}

#[test]
#[should_panic(expected = "GET /a has a handler already")]
fn a_second_handler_for_the_same_is_a_mistake() {
    let _ = Router::new().get("/a", async || ()).get("/a", async || ());
}

#[test]
#[should_panic(expected = "nothing can follow the rest")]
fn a_rest_that_goes_on_is_a_mistake() {
    let _ = Router::new().get("/{*a}/b", async || ());
}

/// What middlewares saw, in order.
type Seen = Arc<Mutex<Vec<String>>>;

fn noting(name: &'static str, seen: &Seen) -> impl ch05_http::web::Middleware {
    let seen = Arc::clone(seen);
    Noting { name, seen }
}

struct Noting {
    name: &'static str,
    seen: Seen,
}

impl ch05_http::web::Middleware for Noting {
    fn handle<'a>(
        &'a self,
        request: Request,
        next: Next<'a>,
    ) -> Pin<Box<dyn Future<Output = Response> + 'a>> {
        Box::pin(async move {
            let note = |text: String| self.seen.lock().expect("no panic").push(text);
            note(format!("{} sees {}", self.name, request.path()));
            let response = next.run(request).await;
            note(format!("{} sees {}", self.name, response.status.as_u16()));
            response.with(SERVER, HeaderValue::from_static(self.name))
        })
    }
}

fn guard(request: Request, next: Next<'_>) -> Pin<Box<dyn Future<Output = Response> + '_>> {
    Box::pin(async move {
        if request.field("authorization").is_none() {
            return Response::new(StatusCode::UNAUTHORIZED, Body::Empty);
        }
        next.run(request).await
    })
}

#[test]
fn middleware_is_around_whatever_becomes_of_a_request() {
    let seen = Seen::default();
    let router = Router::new()
        .get("/", async || "here")
        .get("/error", async || -> Result<(), Error> { Err(io::Error::other("secret"))? })
        .get("/panic", async || -> () { panic!("secret") })
        .with(guard)
        .with(noting("inner", &seen))
        .with(noting("outer", &seen));
    for (target, status) in [("/", 200), ("/error", 500), ("/panic", 500), ("/nowhere", 404)] {
        let answer = ask(&router, "GET", target, &[("Authorization", "yes")], Body::Empty);
        assert_eq!(answer.status, status, "{target}");
        assert!(!answer.text().contains("secret"), "{target}: {answer:?}");
        let servers = answer.fields.iter().filter(|(name, _)| name == SERVER);
        let servers: Vec<&str> = servers.map(|(_, value)| value.as_str()).collect();
        assert_eq!(servers, ["inner", "outer"], "{target}");
        let seen = std::mem::take(&mut *seen.lock().expect("no panic"));
        let expected = [
            format!("outer sees {target}"),
            format!("inner sees {target}"),
            format!("inner sees {status}"),
            format!("outer sees {status}"),
        ];
        assert_eq!(seen, expected);
    }
    // Who is turned away comes no further.
    assert_eq!(get(&router, "/panic").status, 401);
}

#[test]
fn a_function_that_does_not_wait_is_a_handler_too() {
    let router = Router::new()
        .get("/", || "here")
        .get("/error", || -> Result<(), Error> { Err(io::Error::other("secret"))? })
        .get("/panic", || -> () { panic!("secret") });
    let statuses = |router: &Router| ["/", "/error", "/panic"].map(|at| get(router, at).status);
    assert_eq!(get(&router, "/").text(), "here");
    assert_eq!(statuses(&router), [200, 500, 500]);
    assert!(!get(&router, "/panic").text().contains("secret"));
    // It is the same within a layer, which sees the panic as the 500 that it becomes.
    let seen = Seen::default();
    assert_eq!(statuses(&router.with(noting("around", &seen))), [200, 500, 500]);
    assert_eq!(seen.lock().expect("no panic").last().map(String::as_str), Some("around sees 500"));
}

fn fails(_: Request, _: Next<'_>) -> Pin<Box<dyn Future<Output = Response> + '_>> {
    panic!("before there is a future")
}

#[test]
fn a_panic_of_a_middleware_is_a_500() {
    let router = Router::new().get("/", async || "here").with(fails);
    assert_eq!(get(&router, "/").status, 500);
}
