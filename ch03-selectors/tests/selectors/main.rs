//! What every selector promises, asked of each of them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch03_selectors::{Event, Interest, Registration, Selector, Token, Trigger, Watch};

/// Runs each test once for each selector of this platform.
macro_rules! for_each_selector {
    ($($test:ident)*) => {
        mod poll {
            $(#[test] fn $test() {
                super::$test(&(std::rc::Rc::new(ch03_selectors::poll::Poll::default()) as _));
            })*
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        mod epoll {
            $(#[test] fn $test() {
                super::$test(&(std::rc::Rc::new(ch03_selectors::epoll::Epoll::new().expect("epoll")) as _));
            })*
        }
        mod polling {
            $(#[test] fn $test() {
                super::$test(&(std::rc::Rc::new(ch03_selectors::polling::Polling::new().expect("made")) as _));
            })*
        }
        mod mio {
            $(#[test] fn $test() {
                super::$test(&(std::rc::Rc::new(ch03_selectors::mio::Mio::new().expect("made")) as _));
            })*
        }
    };
}

for_each_selector! {
    nothing_ready_means_the_whole_timeout_and_no_event
    input_is_reported_under_its_token_by_every_trigger
    level_repeats_what_edge_says_once
    an_edge_comes_again_with_new_input
    writability_is_reported_only_to_those_who_ask
    interest_can_be_changed
    a_dropped_registration_is_never_reported_again
    a_number_that_was_closed_and_reused_reports_its_new_owner_alone
    an_end_of_input_is_readable_and_says_so
    registering_twice_is_an_error
    an_unsupported_trigger_is_an_error
}

/// Long enough for an event on any machine; it ends the moment one comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked of a selector that should have nothing to say.
const GLANCE: Duration = Duration::ZERO;

fn token(index: u32) -> Token {
    Token { index, generation: 1 }
}

fn watch(token: Token, interest: Interest, trigger: Trigger) -> Watch {
    Watch { token, interest, trigger }
}

fn pair() -> (UnixStream, UnixStream) {
    let (a, b) = UnixStream::pair().expect("a pair");
    a.set_nonblocking(true).expect("non-blocking");
    (a, b)
}

fn triggers(selector: &Rc<dyn Selector>) -> Vec<Trigger> {
    let all = [Trigger::Level, Trigger::Edge];
    all.into_iter().filter(|trigger| selector.supports(*trigger)).collect()
}

fn select(selector: &Rc<dyn Selector>, timeout: Duration) -> Vec<Event> {
    let mut events = Vec::new();
    selector.select(&mut events, Some(timeout)).expect("a wait");
    events
}

fn readable(
    selector: &Rc<dyn Selector>,
    stream: UnixStream,
    trigger: Trigger,
) -> Registration<UnixStream> {
    Registration::new(selector, stream, watch(token(1), Interest::READABLE, trigger))
        .expect("registered")
}

fn nothing_ready_means_the_whole_timeout_and_no_event(selector: &Rc<dyn Selector>) {
    let (stream, _peer) = pair();
    let trigger = triggers(selector)[0];
    let _registered = readable(selector, stream, trigger);
    // 1.5 ms: a selector that counts in milliseconds must round up.
    let asked = Duration::from_micros(1500);
    let start = Instant::now();
    assert_eq!(select(selector, asked), []);
    assert!(start.elapsed() >= asked, "woke after {:?}", start.elapsed());
}

fn input_is_reported_under_its_token_by_every_trigger(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (stream, mut peer) = pair();
        let _registered = readable(selector, stream, trigger);
        peer.write_all(b"x").expect("room");
        let events = select(selector, PATIENCE);
        let [event] = &events[..] else { panic!("one event, not {events:?}") };
        assert_eq!((event.token, event.readable, event.writable), (token(1), true, false));
    }
}

fn level_repeats_what_edge_says_once(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (stream, mut peer) = pair();
        let _registered = readable(selector, stream, trigger);
        peer.write_all(b"x").expect("room");
        assert_eq!(select(selector, PATIENCE).len(), 1, "{trigger:?}");
        let again = select(selector, GLANCE).len();
        assert_eq!(again, usize::from(trigger == Trigger::Level), "{trigger:?}: unread input");
    }
}

fn an_edge_comes_again_with_new_input(selector: &Rc<dyn Selector>) {
    if !selector.supports(Trigger::Edge) {
        return;
    }
    let (stream, mut peer) = pair();
    let mut registered = readable(selector, stream, Trigger::Edge);
    for _ in 0..3 {
        peer.write_all(b"x").expect("room");
        assert_eq!(select(selector, PATIENCE).len(), 1);
        let mut buffer = [0; 8];
        assert_eq!(registered.read(&mut buffer).expect("input"), 1);
        let drained = registered.read(&mut buffer).expect_err("drained");
        assert_eq!(drained.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(select(selector, GLANCE), []);
    }
}

fn writability_is_reported_only_to_those_who_ask(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (one, _peer_of_one) = pair();
    let (two, _peer_of_two) = pair();
    let _silent = readable(selector, one, trigger);
    let _asking = Registration::new(selector, two, watch(token(2), Interest::WRITABLE, trigger));
    let events = select(selector, PATIENCE);
    let [event] = &events[..] else { panic!("one event, not {events:?}") };
    assert_eq!((event.token, event.readable, event.writable), (token(2), false, true));
}

fn interest_can_be_changed(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (stream, _peer) = pair();
    let registered = readable(selector, stream, trigger);
    assert_eq!(select(selector, GLANCE), []);
    registered.set_interest(Interest::BOTH).expect("changed");
    assert!(select(selector, PATIENCE)[0].writable);
    registered.set_interest(Interest::READABLE).expect("changed back");
    assert_eq!(select(selector, GLANCE), []);
}

fn a_dropped_registration_is_never_reported_again(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (stream, mut peer) = pair();
    // A second descriptor of the same socket: epoll(7) goes on reporting a closed descriptor while
    // another one is open, unless it was taken out.
    let other = stream.try_clone().expect("a second descriptor");
    let registered = readable(selector, stream, trigger);
    drop(registered);
    peer.write_all(b"x").expect("room");
    assert_eq!(select(selector, GLANCE), []);
    drop(other);
}

fn a_number_that_was_closed_and_reused_reports_its_new_owner_alone(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (stream, _peer) = pair();
    drop(readable(selector, stream, trigger));
    // The kernel gives out the lowest free number.
    let (stream, mut peer) = pair();
    let _registered =
        Registration::new(selector, stream, watch(token(9), Interest::READABLE, trigger))
            .expect("taken");
    peer.write_all(b"x").expect("room");
    let tokens: Vec<Token> = select(selector, PATIENCE).iter().map(|event| event.token).collect();
    assert_eq!(tokens, [token(9)]);
}

fn an_end_of_input_is_readable_and_says_so(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (stream, peer) = pair();
        let mut registered = readable(selector, stream, trigger);
        drop(peer);
        let events = select(selector, PATIENCE);
        assert!(events[0].readable && events[0].exceptional, "{trigger:?}: {events:?}");
        assert_eq!(registered.read(&mut [0; 8]).expect("an end"), 0);
    }
}

fn registering_twice_is_an_error(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (stream, _peer) = pair();
    let registered = readable(selector, stream, trigger);
    // The same descriptor again, by a borrow: only an unsafe call can ask for it.
    #[expect(unsafe_code, reason = "the raw call is what is tested")]
    // SAFETY: `registered` keeps the descriptor open for the rest of this test.
    let again = unsafe {
        use std::os::fd::AsFd;
        selector.register(registered.source().as_fd(), watch(token(2), Interest::READABLE, trigger))
    };
    assert_eq!(again.expect_err("refused").kind(), io::ErrorKind::AlreadyExists);
}

fn an_unsupported_trigger_is_an_error(selector: &Rc<dyn Selector>) {
    for trigger in [Trigger::Level, Trigger::Edge] {
        let (stream, _peer) = pair();
        let made =
            Registration::new(selector, stream, watch(token(1), Interest::READABLE, trigger));
        match made {
            Ok(_) => assert!(selector.supports(trigger), "{trigger:?}"),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{trigger:?}");
                assert!(!selector.supports(trigger), "{trigger:?}");
            }
        }
    }
}

/// Regular files are always ready, so epoll refuses them (`epoll_ctl(2)`, EPERM) and poll reports
/// them at once (poll(2)). Either way the caller hears of it.
#[test]
fn a_regular_file_is_refused_or_ready_but_never_waited_for() {
    for selector in [
        Rc::new(ch03_selectors::poll::Poll::default()) as Rc<dyn Selector>,
        ch03_selectors::default_selector().expect("a selector"),
    ] {
        let file: OwnedFd = File::open("Cargo.toml").expect("the manifest").into();
        let made =
            Registration::new(&selector, file, watch(token(1), Interest::READABLE, Trigger::Level));
        match made {
            Ok(_registered) => assert!(select(&selector, PATIENCE)[0].readable),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
        }
    }
}
