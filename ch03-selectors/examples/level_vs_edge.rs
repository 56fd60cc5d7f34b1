//! The same half-read socket under level and under edge triggering, and what the second one costs
//! those who do not drain.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ch03_selectors::{Interest, Registration, Token, Trigger, Watch, default_selector};

const SOCKET: Token = Token { index: 0, generation: 0 };

fn main() -> io::Result<()> {
    let level = waits_that_report(Trigger::Level)?;
    let edge = waits_that_report(Trigger::Edge)?;
    println!();
    println!("level: named {level} times, until all of it was read");
    println!(
        "edge:  named {edge} time, though four bytes are left: whoever waits now, waits for ever"
    );
    assert_eq!((level, edge), (3, 1));
    Ok(())
}

/// Six bytes come at once, and are read two at a time: one read for each report. Says how many
/// reports there were.
fn waits_that_report(trigger: Trigger) -> io::Result<usize> {
    println!("{trigger:?}:");
    let selector = default_selector()?;
    let (stream, mut peer) = UnixStream::pair()?;
    stream.set_nonblocking(true)?;
    // ANCHOR: loop
    let watch = Watch { token: SOCKET, interest: Interest::READABLE, trigger };
    let mut stream = Registration::new(&selector, stream, watch)?;
    peer.write_all(b"abcdef")?;
    let mut events = Vec::new();
    let mut reports = 0;
    loop {
        // What is ready, is ready now. A server would wait without end here.
        selector.select(&mut events, Some(Duration::from_millis(50)))?;
        if events.is_empty() {
            break;
        }
        reports += 1;
        let mut two = [0; 2];
        let read = stream.read(&mut two)?;
        println!("  named, and read {:?}", String::from_utf8_lossy(&two[..read]));
    }
    // ANCHOR_END: loop
    println!("  no further report within 50 ms");
    Ok(reports)
}
