//! What a client spends on downloads that take their time: ours, and hyper-util's, each on its runtime.
//!
//! Nearly all of it is waiting. What is left is the processor time of the client's process: making a runtime,
//! connections and requests, being woken, reading answers. The server is a process of its own.

use std::sync::Arc;

use ch04_async::Runtime;
use ch04_async::structure::as_completed;
use ch05_http::client::Session;
use http::Uri;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use ladder::process::{Server, Setup};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Operation, Took, Watch};

/// All of them.
pub const OPERATIONS: &[Operation] = &[Operation {
    name: "a download among 160",
    times: Some(160),
    cases: &[("ch05", ours), ("hyper-util", hyper_util)],
}];

/// Who answers both.
const SERVER: &str = "ch05/executor";

/// Takes the server 50 ms.
const PATH: &str = "/delay/50";

/// So many downloads at a time, and so many connections.
const LIMIT: usize = 15;

/// An answer is a line.
const BODY_BYTES_MAX: usize = 1 << 10;

/// Lets `downloads` do all of it, against a server of its own.
fn timed(downloads: impl FnOnce(&str)) -> Took {
    let server = Server::spawn(SERVER, Setup::default()).expect("this program serves itself");
    let url = format!("http://{}{PATH}", server.addr());
    let watch = Watch::start();
    downloads(&url);
    watch.stop()
}

fn ours(times: u64) -> Took {
    timed(|url| {
        let runtime = Runtime::new().expect("a few descriptors");
        runtime.block_on(async {
            let session = Session::builder().limit(LIMIT).build();
            let mut downloads = as_completed((0..times).map(async |_| {
                let answer = session.get(url).send().await.expect("an answer");
                assert!(answer.status().is_success(), "{}", answer.status());
                answer.bytes(BODY_BYTES_MAX).await.expect("a body")
            }));
            while downloads.next().await.is_some() {}
        });
    })
}

fn hyper_util(times: u64) -> Took {
    timed(|url| {
        let url: Uri = url.parse().expect("a plain URL");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a few descriptors").block_on(async {
            let mut connector = HttpConnector::new();
            connector.set_nodelay(true);
            let client: Client<_, Empty<Bytes>> =
                Client::builder(TokioExecutor::new()).build(connector);
            // It has no limit, so there is one around it.
            let places = Arc::new(Semaphore::new(LIMIT));
            let mut downloads = JoinSet::new();
            for _ in 0..times {
                let (client, places, url) = (client.clone(), Arc::clone(&places), url.clone());
                downloads.spawn(async move {
                    let _place = places.acquire().await.expect("never closed");
                    let answer = client.get(url).await.expect("an answer");
                    assert!(answer.status().is_success(), "{}", answer.status());
                    answer.into_body().collect().await.expect("a body").to_bytes()
                });
            }
            while let Some(done) = downloads.join_next().await {
                done.expect("no panic");
            }
        });
    })
}
