//! A small web framework: what stands between requests and the functions that answer them.
//!
//! Fixes: an application is a table of routes and some functions, and not one large `match`.
//! Still fails: it carries nothing itself; and it has only what this book needs.
//! Next: servers that carry it, each waiting in its own way.
//!
//! ```
//! use ch05_http::web::{Path, Router};
//!
//! async fn greet(Path(name): Path<String>) -> String {
//!     format!("hello, {name}\n")
//! }
//!
//! let router = Router::new().get("/greet/{name}", greet);
//! ```
//!
//! It knows no socket and no runtime. A [`Request`] has its head, a body that comes piece by piece,
//! and a [`Clock`] of whoever carries it; a [`Response`] goes back. Handlers need not be `Send`:
//! each request stays on the thread on which it came. The [`Router`] itself is shared by threads.
//!
//! In reading order:
//!
//! - [`Body`], [`Source`]: bytes that come when they are asked for.
//! - [`Request`], [`Response`], and [`IntoResponse`]: what a handler may give.
//! - [`FromRequest`]: what a handler may take; [`Path`], [`Query`], [`Json`].
//! - [`Handler`], [`Router`], [`Middleware`].
//! - [`Files`]: a folder, served.

mod body;
mod clock;
mod conditions;
mod error;
mod extract;
mod files;
mod handler;
mod log;
mod middleware;
mod range;
mod request;
mod response;
mod router;
mod timely;
mod transfer;

pub use body::{Body, FilePart, Source};
pub(crate) use body::{poll_caught, shorter};
pub use clock::{Clock, Sleep};
pub use error::Error;
pub use extract::{BODY_BYTES_MAX, FromRequest, Json, Path, Query};
pub use files::Files;
pub use handler::Handler;
pub use log::AccessLog;
pub use middleware::{Middleware, Next};
pub use request::{Head, Request};
pub use response::{IntoResponse, Response};
pub use router::{Answer, Router};
pub use timely::Timely;
pub(crate) use transfer::names_one_host;
pub use transfer::{Incoming, Outgoing, answer_http};
