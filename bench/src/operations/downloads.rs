//! What a client spends on downloads: ours, and hyper-util's, each on its runtime; and others, if they are
//! asked for.
//!
//! Either the answers take their time, and nearly all of it is waiting; or they come at once. What is told is
//! the processor time of the client's process: making a runtime, connections and requests, being woken, reading
//! answers. The server is a process of its own.

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

use super::{Operation, Peer, Took, Watch};
use crate::peers::clients;

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "a download among 160",
        times: Some(160),
        cases: &[("ch05", ours::<WAITING>), ("hyper-util", hyper_util::<WAITING>)],
        peers: &peers::<WAITING>(),
    },
    Operation {
        name: "a small one among 3000",
        times: Some(3000),
        cases: &[("ch05", ours::<AT_ONCE>), ("hyper-util", hyper_util::<AT_ONCE>)],
        peers: &peers::<AT_ONCE>(),
    },
];

/// Who answers all of them.
const SERVER: &str = "ch05/executor";

/// What is asked for: something that takes the server 50 ms, or a greeting, which is there.
const PATHS: [&str; 2] = ["/delay/50", "/"];
const WAITING: usize = 0;
const AT_ONCE: usize = 1;

/// So many downloads at a time, and so many connections.
const LIMIT: usize = 15;

const fn peers<const PATH: usize>() -> [Peer; 4] {
    [
        Peer {
            name: "reqwest",
            prepare: || clients::in_rust("reqwest"),
            case: |times| timed::<PATH>(|url| clients::ask_in_rust("reqwest", url, times, LIMIT)),
        },
        Peer {
            name: "ureq",
            prepare: || clients::in_rust("ureq"),
            case: |times| timed::<PATH>(|url| clients::ask_in_rust("ureq", url, times, LIMIT)),
        },
        Peer {
            name: "aiohttp",
            prepare: || clients::in_python("aiohttp"),
            case: |times| timed::<PATH>(|url| clients::ask_in_python("aiohttp", url, times, LIMIT)),
        },
        Peer {
            name: "httpx",
            prepare: || clients::in_python("httpx"),
            case: |times| timed::<PATH>(|url| clients::ask_in_python("httpx", url, times, LIMIT)),
        },
    ]
}

/// An answer is a line.
const BODY_BYTES_MAX: usize = 1 << 10;

/// Lets `downloads` do all of it, against a server of its own.
fn timed<const PATH: usize>(downloads: impl FnOnce(&str) -> Took) -> Took {
    let server = Server::spawn(SERVER, Setup::default()).expect("this program serves itself");
    downloads(&format!("http://{}{}", server.addr(), PATHS[PATH]))
}

fn ours<const PATH: usize>(times: u64) -> Took {
    timed::<PATH>(|url| {
        let watch = Watch::start();
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
        watch.stop()
    })
}

fn hyper_util<const PATH: usize>(times: u64) -> Took {
    timed::<PATH>(|url| {
        let watch = Watch::start();
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
        watch.stop()
    })
}
