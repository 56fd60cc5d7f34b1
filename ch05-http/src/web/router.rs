//! Finds the handler of a request.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode;

use super::body::{Body, panic_text};
use super::error::Error;
use super::handler::{Answering, Handler};
use super::middleware::{Middleware, Next};
use super::request::Request;
use super::response::{IntoResponse, Response};

/// Routes and their handlers.
///
/// A route is a path whose segments are text, `{name}`, which stands for one segment whatever it
/// is, or `{*name}` at its end, which stands for one and all that follow. Text is looked at first.
/// A segment is compared as it came, or with its percent signs decoded; case matters, and so does
/// a slash at the end.
///
/// HEAD is answered as GET is, for its carrier leaves the body out (RFC 9110, section 9.3.2). A
/// path that has routes, but none of this method, is a 405 that names those there are; one without
/// is a 404. A handler that panics is a 500, and nobody else's affair.
#[derive(Default)]
pub struct Router {
    root: Node,
    layers: Vec<Box<dyn Middleware>>,
}

/// Where a route goes on.
#[derive(Default)]
struct Node {
    methods: Vec<Route>,
    /// What `Allow` says.
    allowed: String,
    texts: Vec<(Box<str>, Node)>,
    parameter: Option<Box<Node>>,
    rest: Option<Box<Node>>,
}

struct Route {
    method: Method,
    handler: Box<dyn Dispatch>,
}

/// A handler whose arguments are nobody's affair any more.
trait Dispatch: Send + Sync {
    fn answer(&self, request: Request) -> Answer<'_>;
}

struct Of<H, Arguments>(H, std::marker::PhantomData<fn(Arguments)>);

impl<Arguments: 'static, H: Handler<Arguments>> Dispatch for Of<H, Arguments> {
    fn answer(&self, request: Request) -> Answer<'_> {
        self.0.answer(request)
    }
}

impl Router {
    /// One that knows no path.
    #[must_use]
    pub fn new() -> Router {
        Router::default()
    }

    /// Answers GET, and so HEAD.
    #[must_use]
    pub fn get<A: 'static>(self, path: &str, handler: impl Handler<A>) -> Router {
        self.route_to(Method::GET, path, handler)
    }

    /// Answers POST.
    #[must_use]
    pub fn post<A: 'static>(self, path: &str, handler: impl Handler<A>) -> Router {
        self.route_to(Method::POST, path, handler)
    }

    /// Answers any method.
    ///
    /// # Panics
    ///
    /// When the path does not begin with a slash, has something behind its `{*rest}`, or has a
    /// route of this method already.
    #[must_use]
    pub fn route_to<A: 'static>(
        mut self,
        method: Method,
        path: &str,
        handler: impl Handler<A>,
    ) -> Router {
        let segments = path.strip_prefix('/').expect("a path begins with a slash");
        let mut node = &mut self.root;
        let mut segments = segments.split('/');
        while let Some(segment) = segments.next() {
            let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            node = match name {
                Some(name) if name.starts_with('*') => {
                    assert_eq!(segments.next(), None, "{path}: nothing can follow the rest");
                    node.rest.get_or_insert_default()
                }
                Some(_) => node.parameter.get_or_insert_default(),
                None => node.text(segment),
            };
        }
        let known = node.methods.iter().any(|route| route.method == method);
        assert!(!known, "{method} {path} has a handler already");
        let handler = Box::new(Of(handler, std::marker::PhantomData));
        node.methods.push(Route { method, handler });
        node.allowed = node.allow();
        self
    }

    /// Puts a middleware around all routes, and around those that were put there before.
    #[must_use]
    pub fn with(mut self, layer: impl Middleware) -> Router {
        self.layers.insert(0, Box::new(layer));
        self
    }

    /// Answers one request.
    #[inline]
    pub fn answer(&self, request: Request) -> Answer<'_> {
        Next { router: self, layers: &self.layers }.run(request)
    }

    /// Answers one request that has passed all layers. They see a handler's panic as the 500 that
    /// it becomes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "requests and answers are large to hand over")]
    pub(super) fn route(&self, mut request: Request) -> Answer<'_> {
        let response = match self.find(&mut request) {
            Found::Handler(handler) => return handler.answer(request),
            Found::NoMethod(allowed) => {
                let refused =
                    Response::text(StatusCode::METHOD_NOT_ALLOWED, "no such method here\n");
                // It must say what would be allowed (RFC 9110, section 15.5.6).
                let allow = HeaderValue::from_str(allowed).expect("methods are tokens");
                refused.with(ALLOW, allow)
            }
            Found::Nothing => Error::not_found().into_response(),
            // It is asked what the server can do, and not what a path can (RFC 9110, section 9.3.7).
            Found::Server => Response::new(StatusCode::NO_CONTENT, Body::Empty),
        };
        Answer::of(response)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "requests and answers are large to hand over")]
    fn find(&self, request: &mut Request) -> Found<'_> {
        let path = request.path_bytes();
        if path == b"*" && request.method() == Method::OPTIONS {
            return Found::Server;
        }
        let mut found = Vec::new();
        let node = path.strip_prefix(b"/").and_then(|path| self.root.find(path, &mut found));
        let Some(node) = node else { return Found::Nothing };
        let of = |method: &Method| node.methods.iter().find(|route| route.method == *method);
        let method = request.method();
        let Some(route) = of(method).or_else(|| of(as_get(method)?)) else {
            return Found::NoMethod(&node.allowed);
        };
        if !found.is_empty() {
            request.parameters = found;
        }
        Found::Handler(&*route.handler)
    }
}

/// What there is for a request.
enum Found<'a> {
    Handler(&'a dyn Dispatch),
    /// Other methods, which are these.
    NoMethod(&'a str),
    Nothing,
    /// It is for no path.
    Server,
}

/// HEAD is GET without the body.
fn as_get(method: &Method) -> Option<&'static Method> {
    (*method == Method::HEAD).then_some(&Method::GET)
}

impl Node {
    fn text(&mut self, segment: &str) -> &mut Node {
        let at = self.texts.iter().position(|(text, _)| **text == *segment);
        let at = at.unwrap_or_else(|| {
            self.texts.push((segment.into(), Node::default()));
            self.texts.len() - 1
        });
        &mut self.texts[at].1
    }

    /// Each node is asked once at the most for each place in the path, for what is under a
    /// parameter is not under a text: there are at most as many ways as there are routes.
    fn find<'n>(&'n self, path: &[u8], found: &mut Vec<String>) -> Option<&'n Node> {
        // A search for a character would be made ready first, which takes longer than this.
        let slash = path.iter().position(|&byte| byte == b'/');
        let (segment, rest) = match slash {
            Some(at) => (&path[..at], Some(&path[at + 1..])),
            None => (path, None),
        };
        let onward = |node: &'n Node, found: &mut Vec<String>| match rest {
            Some(rest) => node.find(rest, found),
            None => (!node.methods.is_empty()).then_some(node),
        };
        for (text, node) in &self.texts {
            if same(text.as_bytes(), segment)
                && let Some(node) = onward(node, found)
            {
                return Some(node);
            }
        }
        let before = found.len();
        if let Some(node) = &self.parameter
            && !segment.is_empty()
            && let Some(value) = decode(segment)
        {
            found.push(value);
            if let Some(node) = onward(node, found) {
                return Some(node);
            }
            found.truncate(before);
        }
        // As it came: what a percent sign means there is for the handler to say, who knows what its
        // slashes are.
        let rest = self.rest.as_deref()?;
        found.push(str::from_utf8(path).ok()?.to_owned());
        Some(rest)
    }

    fn allow(&self) -> String {
        let mut methods = Vec::new();
        for Route { method, .. } in &self.methods {
            methods.push(method.as_str());
            if method == Method::GET {
                methods.push("HEAD");
            }
        }
        methods.join(", ")
    }
}

fn same(text: &[u8], segment: &[u8]) -> bool {
    text == segment || (segment.contains(&b'%') && percent_decode(segment).eq(text.iter().copied()))
}

fn decode(segment: &[u8]) -> Option<String> {
    Some(percent_decode(segment).decode_utf8().ok()?.into_owned())
}

/// An answer that is there, or is being made. A panic on the way makes it a 500; what that leaves behind
/// is dropped with the future, and never looked at again.
#[must_use = "nothing is answered before it is awaited"]
pub struct Answer<'a> {
    stage: Stage<'a>,
}

enum Stage<'a> {
    Coming(Answering<'a>),
    There(Response),
    Given,
}

impl<'a> Answer<'a> {
    pub(super) fn of(response: Response) -> Answer<'a> {
        Answer { stage: Stage::There(response) }
    }

    /// By a function that does not wait.
    #[inline]
    pub(super) fn at_once(make: impl FnOnce() -> Response) -> Answer<'a> {
        let response = catch_unwind(AssertUnwindSafe(make));
        Answer::of(response.unwrap_or_else(|why| panicked(&*why)))
    }

    pub(super) fn coming(coming: Answering<'a>) -> Answer<'a> {
        Answer { stage: Stage::Coming(coming) }
    }

    /// The same where its making may panic already.
    pub(super) fn making(make: impl FnOnce() -> Answering<'a>) -> Answer<'a> {
        let begun = catch_unwind(AssertUnwindSafe(make));
        begun.map_or_else(|why| Answer::of(panicked(&*why)), Answer::coming)
    }

    /// The response, if it is there without being awaited.
    #[inline]
    pub fn there(&mut self) -> Option<&mut Response> {
        match &mut self.stage {
            Stage::There(response) => Some(response),
            _ => None,
        }
    }
}

/// It must not be polled again when the response was given.
impl Future for Answer<'_> {
    type Output = Response;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response> {
        if let Stage::Coming(coming) = &mut self.stage {
            let poll = || coming.as_mut().poll(context);
            return catch_unwind(AssertUnwindSafe(poll))
                .unwrap_or_else(|why| Poll::Ready(panicked(&*why)));
        }
        match mem::replace(&mut self.stage, Stage::Given) {
            Stage::There(response) => Poll::Ready(response),
            _ => panic!("an answer is given once"),
        }
    }
}

impl fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

#[cold]
fn panicked(why: &(dyn Any + Send)) -> Response {
    tracing::error!(panic = panic_text(why), "a handler panicked");
    Error::went_wrong().into_response()
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}
