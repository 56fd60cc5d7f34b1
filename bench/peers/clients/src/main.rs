//! HTTP clients in Rust as peers of the bench.
//!
//! ```text
//! clients-peer reqwest http://127.0.0.1:PORT/delay/50 160 15     on tokio's current thread
//! clients-peer ureq    http://127.0.0.1:PORT/delay/50 160 15     by that many threads
//! clients-peer reqwest version
//! ```
//!
//! It asks for the URL so many times, so many at a time, reads each answer whole, and says how long all of
//! that took, in nanoseconds: by the wall's clock, and of processor time.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["reqwest", "version"] => println!("{}", env!("REQWEST_VERSION")),
        ["ureq", "version"] => println!("{}", env!("UREQ_VERSION")),
        [name, url, times, limit] => {
            let (times, limit) = (times.parse()?, limit.parse()?);
            let (wall, cpu) = (Instant::now(), processor_time());
            match name {
                "reqwest" => reqwest(url, times, limit)?,
                "ureq" => ureq(url, times, limit)?,
                _ => return Err(format!("there are reqwest and ureq, and no {name}").into()),
            }
            println!("{} {}", wall.elapsed().as_nanos(), (processor_time() - cpu).as_nanos());
        }
        _ => return Err("wanted: CLIENT URL TIMES LIMIT".into()),
    }
    Ok(())
}

/// Of all threads of this process.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

fn reqwest(url: &str, times: u64, limit: usize) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        // It has no limit, so there is one around it.
        let places = Arc::new(Semaphore::new(limit));
        let mut asking = JoinSet::new();
        for _ in 0..times {
            let (client, places, url) = (client.clone(), Arc::clone(&places), url.to_owned());
            asking.spawn(async move {
                let _place = places.acquire().await?;
                let answer = client.get(url).send().await?.error_for_status()?;
                answer.bytes().await?;
                Outcome::Ok(())
            });
        }
        while let Some(asked) = asking.join_next().await {
            asked??;
        }
        Ok(())
    })
}

fn ureq(url: &str, times: u64, limit: usize) -> Outcome {
    let agent = ureq::Agent::config_builder()
        .proxy(None)
        .max_idle_connections(limit)
        .max_idle_connections_per_host(limit)
        .build()
        .new_agent();
    let asked = AtomicU64::new(0);
    thread::scope(|scope| {
        let ask = || {
            while asked.fetch_add(1, Relaxed) < times {
                agent.get(url).call()?.body_mut().read_to_vec()?;
            }
            Outcome::Ok(())
        };
        let threads: Vec<_> = (0..limit).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
    })
}
