//! What every selector promises, asked of each of them: those of this platform, the one for
//! kqueue(2) on a stand-in where there is no kqueue, and one with a map around it.
//!
//! A test is a function that takes a selector with nothing in it.

mod basics;
mod interrupted;
mod map;
mod numbers;
mod one_shot;
mod stale;
#[cfg(target_os = "linux")]
#[path = "../stand_in/mod.rs"]
mod stand_in;
mod timeouts;
mod wake;

use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::map::Mapped;
use ch03_selectors::{BACKENDS, Event, Interest, Registration, Selector, Token, Trigger, Watch};

/// The list of tests, for each of the named ways to make a selector.
macro_rules! for_each_selector {
    ($tests:tt: $($name:ident = $make:expr;)*) => {
        $(for_each_selector!(@one $name, $make, $tests);)*
    };
    (@one $name:ident, $make:expr, { $($file:ident::$test:ident)* }) => {
        mod $name {
            $(#[test] fn $test() {
                super::$file::$test(&$make);
            })*
        }
    };
}

/// The list of tests, for each selector that this system has.
macro_rules! of_every_selector {
    ($($file:ident::$test:ident)*) => {
        for_each_selector! { { $($file::$test)* }:
            select = crate::backend("select");
            poll = crate::backend("poll");
            polling = crate::backend("polling");
            mio = crate::backend("mio");
            mapped = crate::mapped();
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        for_each_selector! { { $($file::$test)* }:
            epoll = crate::backend("epoll");
        }
        #[cfg(target_os = "linux")]
        for_each_selector! { { $($file::$test)* }:
            kqueue_on_a_stand_in = crate::on_a_stand_in();
        }
        #[cfg(any(target_os = "macos", target_os = "freebsd", target_os = "openbsd", target_os = "netbsd"))]
        for_each_selector! { { $($file::$test)* }:
            kqueue = crate::backend("kqueue");
        }
    };
}

of_every_selector! {
    basics::input_is_reported_under_its_token_by_every_trigger
    basics::level_repeats_what_the_others_say_once
    basics::an_edge_comes_again_with_new_input
    basics::writability_is_reported_only_to_those_who_ask
    basics::interest_can_be_changed
    basics::a_change_reports_what_is_ready_now
    basics::the_trigger_can_be_changed
    basics::a_dropped_registration_is_never_reported_again
    basics::an_end_of_input_is_readable_and_says_so
    basics::registering_twice_is_an_error
    basics::what_is_not_registered_cannot_be_changed_or_taken_out
    basics::an_unsupported_trigger_is_an_error
    basics::two_hundred_that_are_ready_are_all_reported
    interrupted::a_storm_of_signals_is_no_error_and_hides_nothing
    map::the_map_follows_every_change
    map::what_was_refused_is_not_in_the_map
    numbers::the_highest_number_of_a_set_and_the_one_behind_it
    one_shot::it_reports_once_until_it_is_armed_again
    one_shot::it_is_spent_for_both_directions
    one_shot::a_hang_up_waits_for_the_arming_too
    one_shot::setting_the_same_interest_arms_it
    stale::a_number_that_was_closed_and_reused_reports_its_new_owner_alone
    stale::an_event_for_somebody_who_left_in_the_same_wait_finds_nobody
    timeouts::a_wait_with_nothing_ready_takes_its_whole_timeout
    timeouts::no_time_at_all_is_a_look
    timeouts::the_longest_timeout_is_no_error_and_ends_with_an_event
    wake::a_thousand_wakes_are_one_event_and_the_next_one_counts
    wake::a_sleeper_is_woken_from_another_thread
    wake::no_wake_of_many_threads_is_lost
    wake::a_wake_before_the_wait_ends_it
    wake::waking_a_sleeper_that_is_gone_is_harmless
}

fn backend(name: &str) -> Rc<dyn Selector> {
    let backend = BACKENDS.iter().find(|backend| backend.name == name).expect("of this system");
    (backend.make)().expect("a selector")
}

fn mapped() -> Rc<dyn Selector> {
    Rc::new(Mapped::new(ch03_selectors::default_selector().expect("a selector")))
}

#[cfg(target_os = "linux")]
fn on_a_stand_in() -> Rc<dyn Selector> {
    use ch03_selectors::kqueue::Kqueue;
    Rc::new(Kqueue::<stand_in::StandIn>::new().expect("a selector"))
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
    Trigger::ALL.into_iter().filter(|trigger| selector.supports(*trigger)).collect()
}

fn select(selector: &Rc<dyn Selector>, timeout: Duration) -> Vec<Event> {
    let mut events = Vec::new();
    selector.select(&mut events, Some(timeout)).expect("a wait");
    joined(&events)
}

/// Reports of the two directions as one, for selectors that report them apart.
fn joined(events: &[Event]) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::new();
    for event in events {
        match all.iter_mut().find(|known| known.token == event.token) {
            Some(known) => {
                known.readable |= event.readable;
                known.writable |= event.writable;
                known.exceptional |= event.exceptional;
            }
            None => all.push(*event),
        }
    }
    all
}

fn readable(
    selector: &Rc<dyn Selector>,
    stream: UnixStream,
    trigger: Trigger,
) -> Registration<UnixStream> {
    Registration::new(selector, stream, watch(token(1), Interest::READABLE, trigger))
        .expect("registered")
}
