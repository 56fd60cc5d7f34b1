//! The session against servers that are right, wrong, slow and gone.

#[path = "../support/mod.rs"]
mod support;

mod bodies;
mod cookies;
mod kept;
mod redirects;
mod times;

use ch04_async::Runtime;
use ch05_http::client::{Error, Session};

use self::support::PATIENCE;

fn run<T>(test: impl Future<Output = T>) -> T {
    let limited = async { ch04_async::timeout(PATIENCE, test).await.expect("in time") };
    Runtime::new().expect("a runtime").block_on(limited)
}

async fn text(session: &Session, url: &str) -> Result<String, Error> {
    session.get(url).send().await?.text(1 << 20).await
}
