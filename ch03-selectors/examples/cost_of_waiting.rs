//! What one wait costs with 10, 100, 1000 and 10000 descriptors registered that have nothing to say,
//! and one that has: for each selector of this system.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch03_selectors::select::FD_SETSIZE;
use ch03_selectors::{BACKENDS, Interest, Registration, Selector, Token, Trigger, Watch};

const CROWDS: [usize; 4] = [10, 100, 1000, 10_000];

/// Waits that are timed. The median of them is shown, which a busy machine moves least.
const WAITS: usize = 101;

/// Descriptors that are not of the crowd.
const OTHERS: usize = 24;

/// A thousand times the crowd makes a wait slower by this factor at least, where it is searched.
const GROWS_AT_LEAST: u32 = 20;

/// And by less than this, where it is not.
const GROWS_LESS_THAN: u32 = 10;

fn main() -> io::Result<()> {
    let room = rlimit::increase_nofile_limit(rlimit::INFINITY)?;
    let room = usize::try_from(room).unwrap_or(usize::MAX).saturating_sub(OTHERS);
    println!("one wait, one descriptor ready, the median of {WAITS}:");
    println!("{:10}{}", "idle:", CROWDS.map(|crowd| format!("{crowd:>12}")).concat());
    // One socket for all: a descriptor each, all of the same pair, which nobody writes to.
    let (idle, _silent) = UnixStream::pair()?;
    for backend in BACKENDS {
        let room = if backend.name == "select" { room.min(FD_SETSIZE - OTHERS) } else { room };
        let mut row = Vec::new();
        for crowd in CROWDS.into_iter().filter(|crowd| *crowd <= room) {
            row.push((crowd, median(&(backend.make)()?, &idle, crowd)?));
        }
        let shown: Vec<_> = row.iter().map(|(_, time)| format!("{:>12}", show(*time))).collect();
        let why = if row.len() < CROWDS.len() { "   (no room for more)" } else { "" };
        println!("{:10}{}{why}", backend.name, shown.concat());
        check(backend.name, &row);
    }
    println!();
    println!(
        "select and poll look at everybody, in every wait; the others at whom the kernel names"
    );
    Ok(())
}

/// The time of one wait that finds one of `crowd` + 1.
fn median(selector: &Rc<dyn Selector>, idle: &UnixStream, crowd: usize) -> io::Result<Duration> {
    // mio knows edges alone. An edge is spent by the first report, so it is asked for again.
    let level = selector.supports(Trigger::Level);
    let trigger = if level { Trigger::Level } else { Trigger::Edge };
    let register = |stream: UnixStream, number: usize| {
        let index = u32::try_from(number).expect("a small number");
        let token = Token { index, generation: 0 };
        let watch = Watch { token, interest: Interest::READABLE, trigger };
        Registration::new(selector, stream, watch)
    };
    let _crowd = (1..=crowd)
        .map(|number| register(idle.try_clone()?, number))
        .collect::<io::Result<Vec<_>>>()?;
    let (ready, mut peer) = UnixStream::pair()?;
    peer.write_all(b"x")?;
    let ready = register(ready, 0)?;
    let mut events = Vec::new();
    let mut times = Vec::new();
    for _ in 0..WAITS {
        ready.rearm()?;
        let start = Instant::now();
        selector.select(&mut events, Some(Duration::from_secs(5)))?;
        times.push(start.elapsed());
        assert_eq!(events.len(), 1, "one is ready");
    }
    times.sort_unstable();
    Ok(times[WAITS / 2])
}

/// The shape, and no number: each machine has its own.
fn check(name: &str, row: &[(usize, Duration)]) {
    let (Some((first, fastest)), Some((last, slowest))) = (row.first(), row.last()) else { return };
    if last / first < 1000 {
        // select ends before it shows; where descriptors are few, the others do, too.
        return;
    }
    let factor = slowest.as_nanos() / fastest.as_nanos().max(1);
    if name == "poll" {
        assert!(factor >= u128::from(GROWS_AT_LEAST), "poll: {factor} times");
    } else {
        assert!(factor < u128::from(GROWS_LESS_THAN), "{name}: {factor} times");
    }
}

fn show(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
