//! 160 downloads, at most 15 at a time: `cargo run -p ch05-http --example download`.
//!
//! Each takes the server 50 ms, so that fifteen at a time could be done in 11 times 50 ms and one
//! after the other takes 160 times 50 ms. What is in between is waiting, and that can be shared.

use std::error::Error;
use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::Runtime;
use ch04_async::structure::as_completed;
use ch05_http::background::Background;
use ch05_http::client::{Session, get};
use ch05_http::executor;
use indicatif::ProgressBar;
use rustix::time::{ClockId, clock_gettime};

const DOWNLOADS: usize = 160;

const LIMIT: usize = 15;

/// What the server takes for each.
const DELAY: Duration = Duration::from_millis(50);

/// One after the other is shown with fewer, for all would take 8 s.
const FEW: usize = 20;

const PATIENCE: Duration = Duration::from_secs(5);

const TINY: usize = 1 << 10;

/// One way of doing all of it.
type All<'a> = Box<dyn FnOnce(&ProgressBar) -> Result<Outcome, Box<dyn Error>> + 'a>;

/// What became of all.
#[derive(Debug, Default)]
struct Outcome {
    bytes: usize,
    failed: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Of its own process, so that its processor time is not ours; here a thread is near enough, and
    // the downloads' own is taken from their threads.
    let server = Background::start(executor::serve)?;
    let sites: Vec<String> = (0..DOWNLOADS)
        .map(|number| match number {
            // Not all can be had.
            50 => server.url("/nowhere"),
            100 => server.url("/error"),
            _ => server.url(&format!("/delay/{}", DELAY.as_millis())),
        })
        .collect();
    let ideal = DELAY * u32::try_from(DOWNLOADS.div_ceil(LIMIT))?;
    println!("{DOWNLOADS} downloads of {DELAY:?} each, {LIMIT} at a time: {ideal:?} at best");

    let few = &sites[..FEW];
    let (sequential, outcome) = timed("one after the other", FEW, |bar| Ok(in_turn(few, bar)))?;
    assert!(outcome.failed.is_empty());
    println!("  … of {FEW}, and so {:.1?} for all", sequential * 8);
    assert!(sequential >= DELAY * 20);

    let ways: [(&str, All<'_>); 3] = [
        ("by threads", Box::new(|bar| Ok(by_threads(&sites, bar)))),
        ("on our runtime", Box::new(|bar| on_ours(&sites, bar))),
        ("on tokio", Box::new(|bar| on_tokio(&sites, bar))),
    ];
    for (name, way) in ways {
        let (took, outcome) = timed(name, DOWNLOADS, way)?;
        assert_eq!(outcome.failed.len(), 2, "{:?}", outcome.failed);
        assert!(took + DELAY >= ideal, "that would be too fast: {took:?}");
        assert!(took < sequential * 8, "no better than one after the other");
        if name == "on tokio" {
            println!("failed each time:");
            outcome.failed.iter().for_each(|failed| println!("  {failed}"));
        }
    }
    println!("the server: {}", server.stop()?);
    Ok(())
}

/// Runs one way with a progress bar, on a terminal, and shows how long it took.
fn timed(
    name: &str,
    downloads: usize,
    way: impl FnOnce(&ProgressBar) -> Result<Outcome, Box<dyn Error>>,
) -> Result<(Duration, Outcome), Box<dyn Error>> {
    let shown = stderr().is_terminal();
    let bar = if shown { ProgressBar::new(downloads as u64) } else { ProgressBar::hidden() };
    let (start, cpu) = (Instant::now(), processor());
    let outcome = way(&bar)?;
    let took = start.elapsed();
    let cpu = processor().saturating_sub(cpu);
    bar.finish_and_clear();
    println!(
        "  {name:<20} {took:>8.1?}, {:>6} bytes, {} failed; {cpu:.1?} of processor time with the server's",
        outcome.bytes,
        outcome.failed.len()
    );
    Ok((took, outcome))
}

fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

impl Outcome {
    fn note(&mut self, url: &str, got: Result<usize, String>) {
        match got {
            Ok(bytes) => self.bytes += bytes,
            Err(why) => self.failed.push(format!("{url}: {why}")),
        }
    }
}

fn in_turn(sites: &[String], bar: &ProgressBar) -> Outcome {
    let mut outcome = Outcome::default();
    for url in sites {
        outcome.note(url, blocking(url));
        bar.inc(1);
    }
    outcome
}

fn blocking(url: &str) -> Result<usize, String> {
    let page = get(url, PATIENCE, TINY).map_err(|error| error.to_string())?;
    if page.head.status().is_success() {
        Ok(page.body.len())
    } else {
        Err(page.head.status().to_string())
    }
}

/// As many threads as there may be downloads at a time, each with the next one that nobody has.
fn by_threads(sites: &[String], bar: &ProgressBar) -> Outcome {
    let (next, outcome) = (AtomicUsize::new(0), Mutex::new(Outcome::default()));
    thread::scope(|scope| {
        for _ in 0..LIMIT {
            scope.spawn(|| {
                while let Some(url) = sites.get(next.fetch_add(1, Relaxed)) {
                    let got = blocking(url);
                    outcome.lock().expect("nobody panics").note(url, got);
                    bar.inc(1);
                }
            });
        }
    });
    outcome.into_inner().expect("nobody panics")
}

// ANCHOR: ours
/// All at once; the session lets fifteen of them have a connection.
fn on_ours(sites: &[String], bar: &ProgressBar) -> Result<Outcome, Box<dyn Error>> {
    Runtime::new()?.block_on(async {
        let session = Session::builder().limit(LIMIT).build();
        let mut downloads = as_completed(sites.iter().map(async |url| {
            let answer = session.get(url).send().await.map_err(|error| error.to_string())?;
            match answer.status() {
                status if status.is_success() => {
                    answer.bytes(TINY).await.map(|b| b.len()).map_err(|error| error.to_string())
                }
                status => Err(status.to_string()),
            }
        }));
        let mut outcome = Outcome::default();
        while let Some((number, got)) = downloads.next().await {
            outcome.note(&sites[number], got);
            bar.inc(1);
        }
        assert!(session.counts().open_at_most <= LIMIT);
        Ok(outcome)
    })
}
// ANCHOR_END: ours

fn on_tokio(sites: &[String], bar: &ProgressBar) -> Result<Outcome, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        // reqwest has no limit, so there is one around it.
        let places = std::sync::Arc::new(tokio::sync::Semaphore::new(LIMIT));
        let mut downloads = tokio::task::JoinSet::new();
        for url in sites.iter().cloned() {
            let (client, places) = (client.clone(), std::sync::Arc::clone(&places));
            downloads.spawn(async move {
                let _place = places.acquire().await.expect("never closed");
                let got = async {
                    let answer = client.get(&url).send().await?.error_for_status()?;
                    answer.bytes().await.map(|bytes| bytes.len())
                };
                let got = got.await.map_err(|error: reqwest::Error| match error.status() {
                    Some(status) => status.to_string(),
                    None => error.to_string(),
                });
                (url, got)
            });
        }
        let mut outcome = Outcome::default();
        while let Some(done) = downloads.join_next().await {
            let (url, got) = done?;
            outcome.note(&url, got);
            bar.inc(1);
        }
        outcome.failed.sort();
        Ok(outcome)
    })
}
