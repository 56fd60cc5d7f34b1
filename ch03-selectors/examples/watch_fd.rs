//! A callback for a readable descriptor, and one for a writable one.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::event_loop::EventLoop;

fn main() -> io::Result<()> {
    readable()?;
    writable()
}

fn readable() -> io::Result<()> {
    let event_loop = EventLoop::new()?;
    let (ours, mut theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    // The loop wants a share of it: so it is open as long as the loop watches it.
    let ours = Rc::new(ours);
    let came = Rc::new(RefCell::new(String::new()));
    let (reading, collected) = (Rc::clone(&ours), Rc::clone(&came));
    theirs.write_all(b"one")?;
    // The other side answers each read with its next word, and leaves when it has none.
    let (mut words, mut theirs) = (["two", "three"].into_iter(), Some(theirs));
    event_loop.add_reader(&ours, move |event_loop| {
        let mut buffer = [0; 64];
        let read = (&*reading).read(&mut buffer).expect("it was said to be readable");
        let text = String::from_utf8_lossy(&buffer[..read]);
        println!("readable: read {text:?}");
        collected.borrow_mut().push_str(&text);
        match (words.next(), &mut theirs) {
            (Some(word), Some(theirs)) => theirs.write_all(word.as_bytes()).expect("room"),
            _ => theirs = None,
        }
        if read == 0 {
            println!("that is the end");
            // An end stays readable for ever.
            event_loop.remove_reader(&*reading);
            event_loop.stop();
        }
    })?;
    event_loop.run_forever()?;
    assert_eq!(*came.borrow(), "onetwothree");
    Ok(())
}

/// Room for output is there nearly always. So the writer is added when there is none, and removed
/// when all is written.
fn writable() -> io::Result<()> {
    const BYTES: usize = 4 << 20;
    let event_loop = EventLoop::new()?;
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    theirs.set_nonblocking(true)?;
    let (ours, theirs) = (Rc::new(ours), Rc::new(theirs));
    let (written, calls) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));

    let (writing, total, counted) = (Rc::clone(&ours), Rc::clone(&written), Rc::clone(&calls));
    let payload = vec![b'x'; BYTES];
    event_loop.add_writer(&ours, move |event_loop| {
        counted.set(counted.get() + 1);
        match (&*writing).write(&payload[total.get()..]) {
            Ok(wrote) => total.set(total.get() + wrote),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("writing: {error}"),
        }
        if total.get() == BYTES {
            event_loop.remove_writer(&*writing);
        }
    })?;
    let (reading, mut read, mut buffer) = (Rc::clone(&theirs), 0, vec![0; 64 * 1024]);
    event_loop.add_reader(&theirs, move |event_loop| {
        read += (&*reading).read(&mut buffer).expect("it was said to be readable");
        if read == BYTES {
            event_loop.stop();
        }
    })?;
    event_loop.run_forever()?;
    println!("writable: 4 MiB in {} calls, each as much as there was room for", calls.get());
    assert!(written.get() == BYTES && calls.get() > 1);

    // What is removed is not called, though there is all the room in the world.
    let before = calls.get();
    event_loop.call_later(Duration::from_millis(20), EventLoop::stop);
    event_loop.run_forever()?;
    assert_eq!(calls.get(), before);
    println!("and none since it was removed");
    Ok(())
}
