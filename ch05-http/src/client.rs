//! Clients: one page with a plain socket, and a session that keeps connections.
//!
//! In reading order:
//!
//! - [`get`](mod@get): a URL fetched by a thread that waits.
//! - [`Origin`]: whom a URL asks. [`Error`], [`Timeouts`]: what can go wrong, and for how long.
//! - [`connect`]: streams to an origin, of whatever kind.
//! - `connection`: one request and its answer over a stream.
//! - `pool`: connections in use, and those that wait for their next use.
//! - [`Session`]: what a program uses. [`Response`]: what it gets.
//! - `redirect`, `decode`: where an answer leads, and how its body is unpacked.
//! - `cookies`: what servers have given, to be said again.

pub mod connect;
mod connection;
mod cookies;
mod decode;
mod error;
pub mod get;
mod origin;
mod pool;
mod redirect;
mod request;
mod response;
mod session;
mod timeouts;

pub use connect::{Connect, Stream, Tcp};
pub use cookies::{COOKIE_BYTES_MAX, COOKIES_MAX, COOKIES_PER_HOST_MAX};
pub use decode::{DECODED_BYTES_FREE, DECODED_RATIO_MAX};
pub use error::Error;
pub use get::{Page, get};
pub use origin::{Origin, Scheme};
pub use pool::Counts;
pub use redirect::REDIRECTS_MAX;
pub use request::RequestBuilder;
pub use response::Response;
pub use session::{Builder, IDLE_EXPIRY, LIMIT, Session, TOTAL_TIMEOUT};
pub use timeouts::{Timeout, Timeouts};
