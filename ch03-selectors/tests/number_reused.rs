//! A descriptor that is closed within an iteration, and whose number is somebody else's before the
//! iteration is over. Alone in its process: nobody else may take the number.

use std::cell::{Cell, RefCell};
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use ch03_selectors::event_loop::EventLoop;

#[test]
fn a_number_reused_within_an_iteration_does_not_bring_the_old_event_to_the_new_owner() {
    let event_loop = EventLoop::new().expect("a loop");
    let ((first, mut peer_of_first), (second, mut peer_of_second)) = (pair(), pair());
    let wrong = Rc::new(Cell::new(false));
    event_loop.set_exception_handler(|_, fault| {
        eprintln!("{fault}");
        std::process::abort();
    });
    // Whichever is called first closes the other one, and puts a silent one in its place: with the
    // same number, for the kernel gives out the lowest.
    let slots = Rc::new(RefCell::new(vec![Some(first), Some(second)]));
    let kept = Rc::new(RefCell::new(Vec::new()));
    for index in 0..2 {
        let own = slots.borrow()[index].clone().expect("there");
        let (slots, kept, wrong) = (Rc::clone(&slots), Rc::clone(&kept), Rc::clone(&wrong));
        let reader = move |event_loop: &EventLoop| {
            let Some(other) = slots.borrow_mut()[1 - index].take() else { return };
            let number = other.as_fd().as_raw_fd();
            event_loop.remove_reader(&*other);
            drop(other);
            let silent = pair();
            assert_eq!(silent.0.as_fd().as_raw_fd(), number, "the lowest free number");
            let wrong = Rc::clone(&wrong);
            event_loop.add_reader(&silent.0, move |_| wrong.set(true)).expect("watched");
            kept.borrow_mut().push(silent);
            event_loop.stop();
        };
        event_loop.add_reader(&own, reader).expect("watched");
    }
    peer_of_first.write_all(b"x").expect("room");
    peer_of_second.write_all(b"x").expect("room");
    event_loop.run_forever().expect("the selector works");
    for _ in 0..3 {
        event_loop.stop();
        event_loop.run_forever().expect("the selector works");
    }
    assert!(!wrong.get() && kept.borrow().len() == 1);
}

fn pair() -> (Rc<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    ours.set_nonblocking(true).expect("non-blocking");
    (Rc::new(ours), theirs)
}
