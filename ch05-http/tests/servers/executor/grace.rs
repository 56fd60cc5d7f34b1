//! Who is served to the end when the server stops.

use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use ch04_async::Runtime;
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::executor::serve_with;
use ch05_http::settings::Settings;
use ch05_http::web::{self, Router};

use super::super::all::{PATIENCE, answered, ask, client};

/// A server of an application whose `/held` is entered, and goes on when it is released.
struct Held {
    server: Background,
    entered: Arc<AtomicUsize>,
    released: Arc<AtomicBool>,
}

impl Held {
    fn start(settings: Settings) -> Held {
        let (entered, released) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (enter, release) = (Arc::clone(&entered), Arc::clone(&released));
        let server = Background::start(move |listener, stop| {
            let held = async move |clock: web::Clock| {
                enter.fetch_add(1, SeqCst);
                while !release.load(SeqCst) {
                    clock.sleep(Duration::from_millis(1)).await;
                }
                "held\n"
            };
            let app = App::from(Router::new().get("/", async || "hello\n").get("/held", held));
            Runtime::new()?.block_on(serve_with(listener, stop, app, settings))
        });
        Held { server: server.expect("a server"), entered, released }
    }

    fn client(&self) -> TcpStream {
        client(&self.server, PATIENCE).expect("a connection")
    }

    fn wait_for(&self, entered: usize) {
        let start = Instant::now();
        while self.entered.load(SeqCst) < entered {
            assert!(start.elapsed() < PATIENCE, "nobody has entered");
            std::thread::yield_now();
        }
    }
}

#[test]
fn at_a_stop_whoever_is_being_answered_has_the_grace_period() {
    let held = Held::start(Settings { grace: PATIENCE, ..Settings::default() });
    let (mut idle, mut busy) = (held.client(), held.client());
    ask(&mut idle, "/");
    answered(&mut idle, "hello\n");
    ask(&mut busy, "/held");
    held.wait_for(1);
    std::thread::scope(|scope| {
        let Held { server, released, .. } = held;
        let stopping = scope.spawn(|| server.stop());
        // Who is owed nothing goes at once, and so it is known that the stop has begun.
        assert_eq!(idle.read(&mut [0]).expect("an end"), 0);
        released.store(true, SeqCst);
        answered(&mut busy, "held\n");
        assert_eq!(busy.read(&mut [0]).expect("an end"), 0, "it was told to be the last");
        // Otherwise its own end would be waited for.
        drop(busy);
        let report = stopping.join().expect("no panic").expect("an orderly end");
        assert_eq!((report.accepted, report.lost), (2, 0));
    });
}

#[test]
fn after_the_grace_period_nobody_is_waited_for() {
    let held = Held::start(Settings { grace: Duration::ZERO, ..Settings::default() });
    let mut busy = held.client();
    ask(&mut busy, "/held");
    held.wait_for(1);
    let report = held.server.stop().expect("an end");
    assert_eq!(report.accepted, 1);
    // An end or a reset, and no answer.
    assert!(!matches!(busy.read(&mut [0]), Ok(1..)));
}
