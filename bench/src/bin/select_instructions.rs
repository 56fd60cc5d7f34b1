//! What `Selector::select` adds to epoll_wait(2), in instructions of the program: counted, not timed,
//! so that it is the same on a busy machine.
//!
//! `cargo run --release -p bench --bin select_instructions`. It needs valgrind, and says so where
//! there is none. The program runs itself under callgrind, with the raw call and with ours, and twice
//! as often: the difference of those two is the waits alone.

#[cfg(target_os = "linux")]
mod linux {
    use std::env;
    use std::io::Write;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::process::ExitCode;
    use std::rc::Rc;
    use std::time::Duration;

    use bench::callgrind::{executed, version};
    use ch03_selectors::epoll::{EVENTS_MAX, Epoll};
    use ch03_selectors::{Interest, Registration, Selector, Token, Trigger, Watch};

    const WAITS: u64 = 10_000;
    const READY: [usize; 3] = [0, 1, 50];

    /// What a wait may cost above the call, and what each event may. A copy from the kernel's form
    /// into ours is all there is to do.
    const WAIT_MAX: u64 = 80;
    const EVENT_MAX: u64 = 30;

    pub(super) fn main() -> ExitCode {
        let arguments: Vec<String> = env::args().collect();
        if let [_, way, waits, ready] = &arguments[..] {
            let numbers = (waits.parse().expect("a number"), ready.parse().expect("a number"));
            run(way, numbers.0, numbers.1);
            return ExitCode::SUCCESS;
        }
        if version().is_err() {
            println!("not counted: there is no valgrind");
            return ExitCode::SUCCESS;
        }
        println!("instructions of the program for one wait:");
        println!("{:>8}{:>14}{:>10}{:>12}", "ready", "epoll_wait", "select", "difference");
        for ready in READY {
            let (raw, ours) = (for_one_wait("raw", ready), for_one_wait("ours", ready));
            let more = ours.saturating_sub(raw);
            println!("{ready:>8}{raw:>14}{ours:>10}{more:>12}");
            assert!(more <= WAIT_MAX + EVENT_MAX * ready as u64, "{more} more, with {ready} ready");
        }
        ExitCode::SUCCESS
    }

    fn for_one_wait(way: &str, ready: usize) -> u64 {
        let count = |waits: u64| {
            let arguments = [way, &waits.to_string(), &ready.to_string()];
            executed(&arguments).expect("this program under valgrind")
        };
        (count(2 * WAITS) - count(WAITS)) / WAITS
    }

    fn run(way: &str, waits: u64, ready: usize) {
        let pairs: Vec<_> = (0..=ready).map(|_| UnixStream::pair().expect("a pair")).collect();
        // The first one has nothing to say.
        for (_, peer) in &pairs[1..] {
            (&*peer).write_all(b"x").expect("room");
        }
        let streams = pairs.iter().map(|(stream, _)| stream.try_clone().expect("another"));
        let sum = if way == "raw" { raw(streams, waits) } else { ours(streams, waits) };
        // Each index is its number.
        assert_eq!(sum, waits * (1..=ready as u64).sum::<u64>());
    }

    fn ours(streams: impl Iterator<Item = UnixStream>, waits: u64) -> u64 {
        let selector: Rc<dyn Selector> = Rc::new(Epoll::new().expect("a selector"));
        let register = |(index, stream): (usize, UnixStream)| {
            let token = Token { index: u32::try_from(index).expect("few"), generation: 0 };
            let watch = Watch { token, interest: Interest::READABLE, trigger: Trigger::Level };
            Registration::new(&selector, stream, watch).expect("registered")
        };
        let _registered: Vec<_> = streams.enumerate().map(register).collect();
        let (mut events, mut sum) = (Vec::new(), 0);
        for _ in 0..waits {
            selector.select(&mut events, Some(Duration::ZERO)).expect("a wait");
            sum += events.iter().map(|event| u64::from(event.token.index)).sum::<u64>();
        }
        sum
    }

    #[expect(unsafe_code, reason = "the calls that the selector is compared with")]
    fn raw(streams: impl Iterator<Item = UnixStream>, waits: u64) -> u64 {
        // SAFETY: the call takes a flag and no pointer.
        let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        assert!(epoll >= 0);
        // SAFETY: the call made this descriptor, so nobody else owns it.
        let epoll = unsafe { OwnedFd::from_raw_fd(epoll) };
        let streams: Vec<_> = streams.collect();
        for (index, stream) in streams.iter().enumerate() {
            let mut event =
                libc::epoll_event { events: libc::EPOLLIN.cast_unsigned(), u64: index as u64 };
            let (what, fd) = (libc::EPOLL_CTL_ADD, stream.as_raw_fd());
            // SAFETY: the event is ours, and the kernel copies it before it returns.
            let added = unsafe { libc::epoll_ctl(epoll.as_raw_fd(), what, fd, &raw mut event) };
            assert_eq!(added, 0);
        }
        let mut ready = vec![libc::epoll_event { events: 0, u64: 0 }; EVENTS_MAX];
        let room = i32::try_from(EVENTS_MAX).expect("few");
        let mut sum = 0;
        for _ in 0..waits {
            // SAFETY: `ready` has room for `room` events, and nobody else uses it during the call.
            let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), ready.as_mut_ptr(), room, 0) };
            let count = usize::try_from(count).expect("no error");
            sum += ready[..count].iter().map(|event| event.u64).sum::<u64>();
        }
        sum
    }
}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("not counted: there is no epoll");
}
