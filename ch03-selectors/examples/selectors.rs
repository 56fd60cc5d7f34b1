//! One program over every selector of this system: register, a wait that times out, select, the map,
//! modify, unregister. Python's `selectors`, with an owner for each registration.

use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch03_selectors::map::Mapped;
use ch03_selectors::{
    BACKENDS, Event, Interest, Registration, Selector, Token, Trigger, Watch, default_selector,
};

const READER: Token = Token { index: 0, generation: 0 };
const WRITER: Token = Token { index: 1, generation: 0 };

const A_MOMENT: Duration = Duration::from_millis(10);

fn main() -> io::Result<()> {
    for backend in BACKENDS {
        println!("{}:", backend.name);
        tour((backend.make)()?)?;
    }
    let default = format!("{:?}", default_selector()?);
    let default = default.split([' ', '<']).next().unwrap_or_default();
    println!("the default on this system: {default}");
    let expected = if cfg!(target_os = "linux") { "Epoll" } else { "" };
    assert!(default.starts_with(expected), "{default}");
    Ok(())
}

fn tour(selector: Rc<dyn Selector>) -> io::Result<()> {
    let supported: Vec<_> = Trigger::ALL.into_iter().filter(|t| selector.supports(*t)).collect();
    println!("  triggers:   {supported:?}");
    // A map is kept by who wants one: a wrapper, which is a selector itself.
    let map = Rc::new(Mapped::new(selector));
    let selector: Rc<dyn Selector> = map.clone();

    let (stream, mut peer) = UnixStream::pair()?;
    stream.set_nonblocking(true)?;
    let number = stream.as_raw_fd();
    let watch = Watch { token: READER, interest: Interest::READABLE, trigger: supported[0] };
    let mut stream = Registration::new(&selector, stream, watch)?;
    println!("  register:   for {}", words(stream.watch().interest));

    let start = Instant::now();
    let events = select(&selector)?;
    assert_eq!(events, []);
    assert!(start.elapsed() >= A_MOMENT, "a timeout is never cut short");
    println!("  select:     nothing, and not before {A_MOMENT:?} were over");

    peer.write_all(b"hello")?;
    let events = select(&selector)?;
    assert_eq!((events[0].token, events[0].readable), (READER, true));
    let mut buffer = [0; 16];
    let read = stream.read(&mut buffer)?;
    println!("  select:     readable: {:?}", String::from_utf8_lossy(&buffer[..read]));

    let watch = Watch { token: WRITER, interest: Interest::WRITABLE, ..stream.watch() };
    stream.modify(watch)?;
    assert_eq!(map.get_map().into_iter().collect::<Vec<_>>(), [(number, watch)]);
    println!("  modify:     for {}; so says the map", words(watch.interest));

    let events = select(&selector)?;
    assert_eq!((events[0].token, events[0].writable), (WRITER, true));
    println!("  select:     writable, under its new name");

    drop(stream);
    assert_eq!(map.get_map().len(), 0);
    assert_eq!(select(&selector)?, []);
    println!("  drop:       unregistered, and closed after that; the map is empty");
    Ok(())
}

fn select(selector: &Rc<dyn Selector>) -> io::Result<Vec<Event>> {
    let mut events = Vec::new();
    selector.select(&mut events, Some(A_MOMENT))?;
    Ok(events)
}

fn words(interest: Interest) -> &'static str {
    match interest {
        Interest::READABLE => "input",
        Interest::WRITABLE => "room for output",
        _ => "something else",
    }
}
