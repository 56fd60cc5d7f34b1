//! Few clients keep all others out, by being slow: `cargo run -p ch05-http --example slow_loris`.
//!
//! Each takes a place and holds it for a byte now and then, or for none. No bound on sizes helps
//! against it. What helps is a bound on time for each thing that a client can make a server wait for.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::Runtime;
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::client::get;
use ch05_http::settings::Settings;
use ch05_http::{executor, threads};
use ladder::{Report, Stop};

/// As many clients are served at a time, and as many attack. A real server has more places, and an
/// attacker has no need of more than that either.
const PLACES: usize = 50;

/// A client has so long for each thing, where there is a bound.
const BOUND: Duration = Duration::from_millis(300);

/// Who is no attacker waits so long for the answer.
const PATIENCE: Duration = Duration::from_millis(500);

/// So long is for ever.
const HOUR: Duration = Duration::from_secs(3600);

/// Between two bytes of an attacker. That is quick, for an example; a real one takes seconds.
const PAUSE: Duration = Duration::from_millis(50);

struct Attack {
    name: &'static str,
    first: &'static [u8],
    /// And then so much, again and again.
    drop: &'static [u8],
    /// What its client is told when its time is up.
    told: &'static str,
}

const HEAD: Attack = Attack {
    name: "a head without end",
    first: b"GET / HTTP/1.1\r\nHost: a\r\nA: ",
    drop: b"a",
    told: "HTTP/1.1 408 ",
};

const BODY: Attack = Attack {
    name: "a body that stands still",
    first: b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
    drop: b"",
    told: "HTTP/1.1 408 ",
};

const SILENCE: Attack = Attack { name: "nothing at all", first: b"", drop: b"", told: "" };

type Serve = fn(TcpListener, Stop, Settings) -> io::Result<Report>;

fn main() -> Result<(), Box<dyn Error>> {
    let on_runtime: Serve = |listener, stop, settings| {
        Runtime::new()?.block_on(executor::serve_with(listener, stop, App::new()?, settings))
    };
    let on_threads: Serve =
        |listener, stop, settings| threads::serve_with(listener, stop, &App::new()?, settings);
    let settings = Settings { connections: PLACES, ..Settings::default() };
    let patient = Settings { head: HOUR, body: HOUR, idle: HOUR, ..settings };
    let strict = Settings { head: BOUND, body: BOUND, idle: BOUND, linger: BOUND, ..settings };

    println!("{PLACES} places, all taken by {PLACES} slow clients; then another one asks");
    for (model, serve, attack) in [
        ("executor", on_runtime, HEAD),
        ("executor", on_runtime, BODY),
        ("executor", on_runtime, SILENCE),
        ("threads", on_threads, HEAD),
    ] {
        println!("{model}, {}", attack.name);
        let (answered, _) = under(serve, patient, &attack, PATIENCE)?;
        println!("  without a bound   no answer within {PATIENCE:?}");
        assert!(answered.is_none(), "all places are taken");
        let (answered, told) = under(serve, strict, &attack, 10 * PATIENCE)?;
        let waited = answered.ok_or("it was kept out")?;
        println!("  {BOUND:?} for each    answered after {:.1} s", waited.as_secs_f32());
        assert!(told.iter().all(|told| told.starts_with(attack.told)), "{told:?}");
        match attack.told {
            "" => assert!(told.iter().all(String::is_empty), "{told:?}"),
            told => println!("                    the {PLACES} were told {}", told[9..].trim()),
        }
    }
    Ok(())
}

/// How long one more client waited for its answer, if it got one; and what the attackers were told.
fn under(
    serve: Serve,
    settings: Settings,
    attack: &Attack,
    patience: Duration,
) -> Result<(Option<Duration>, Vec<String>), Box<dyn Error>> {
    let server = Background::start(move |listener, stop| serve(listener, stop, settings))?;
    let attackers = attackers(server.addr(), attack)?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) {
                // Who was cut off already is no worse off.
                for mut stream in &attackers {
                    let _ = stream.write(attack.drop);
                }
                thread::sleep(PAUSE);
            }
        });
        let start = Instant::now();
        let page = get(&server.url("/"), patience, 1 << 10);
        let waited = start.elapsed();
        over.store(true, SeqCst);
        let answered = page.is_ok().then_some(waited);
        let told = if answered.is_some() { attackers.iter().map(heard).collect() } else { vec![] };
        Ok((answered, told))
    })
}

/// They have connected before anybody else does.
fn attackers(addr: SocketAddr, attack: &Attack) -> io::Result<Vec<TcpStream>> {
    let attacker = |_| {
        let mut stream = TcpStream::connect(addr)?;
        stream.set_nodelay(true)?;
        // If it is served for ever, that is to be seen, and not to be waited for.
        stream.set_read_timeout(Some(10 * PATIENCE))?;
        stream.write_all(attack.first)?;
        Ok(stream)
    };
    (0..PLACES).map(attacker).collect()
}

/// All that came until the end, in whatever way that came.
fn heard(mut stream: &TcpStream) -> String {
    let (mut heard, mut buffer) = (Vec::new(), [0; 1024]);
    while let Ok(some @ 1..) = stream.read(&mut buffer) {
        heard.extend_from_slice(&buffer[..some]);
    }
    String::from_utf8_lossy(&heard).into_owned()
}
