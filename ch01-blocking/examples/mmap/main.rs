//! Memory maps: a file that is served without reading it, a page that two processes share, and
//! what a map costs when its file shrinks.
//!
//! mmap(2) makes a file's pages appear in memory: nothing is copied, and the kernel fetches a page
//! when it is first touched. That is its charm and its danger: touching memory cannot return an
//! error, so an I/O error arrives as a signal.

mod process;
mod serve;

use std::error::Error;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::{MmapOptions, MmapRaw};
use process::{Forked, Shared};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};

fn main() -> Result<(), Box<dyn Error>> {
    serve::three_ways()?;
    shared_between_processes()?;
    file_shrinks()?;
    Ok(())
}

/// Parent and child count on two counters: one lies in a shared map, one in ordinary memory, which
/// fork(2) copies.
fn shared_between_processes() -> io::Result<()> {
    const STEPS: u64 = 100_000;
    println!("an anonymous map, shared by a parent and its child");
    let shared = Shared::new()?;
    let ordinary = AtomicU64::new(0);
    let count = || {
        for _ in 0..STEPS {
            shared.fetch_add(1, Ordering::Relaxed);
            ordinary.fetch_add(1, Ordering::Relaxed);
        }
    };
    let child = Forked::start(count)?;
    count();
    let status = child.wait()?;
    assert_eq!(status.exit_status(), Some(0));
    let counts = [shared.load(Ordering::Relaxed), ordinary.into_inner()];
    println!("  each counted to {STEPS}, at the same time");
    println!("  the counter in the map says {}, the one beside it {}\n", counts[0], counts[1]);
    // Atomic, or some would be lost: two processes race in a map as two threads do.
    assert_eq!(counts, [2 * STEPS, STEPS]);
    Ok(())
}

/// The map of two pages stays when the file loses the second. What is behind the end is gone, and
/// everyone who touches it is told in his own way.
fn file_shrinks() -> Result<(), Box<dyn Error>> {
    println!("a file that shrinks under its map");
    let page = rustix::param::page_size();
    // Without a name, so nothing is left whatever happens.
    let mut file = tempfile::tempfile()?;
    file.write_all(&vec![b'x'; 2 * page])?;
    // Raw: a pointer, and no promise. A `&[u8]` would be one, that nobody changes these bytes; for a
    // file that others may write it cannot be kept, and so `Mmap::map` is unsafe.
    let map = MmapOptions::new().map_raw_read_only(&file)?;
    assert_eq!((byte(&map, 0), byte(&map, page)), (b'x', b'x'));
    file.set_len(page as u64)?;
    println!("  mapped {} bytes, then cut the file to {page}", map.len());

    // Whoever reads the file is told as ever.
    let read = file.read_at(&mut vec![0; page], page as u64)?;
    println!("  read there:             {read} bytes, the end");
    assert_eq!(read, 0);

    write_from(&map, 0)?;
    let error = write_from(&map, page).expect_err("there is nothing to send");
    println!("  write from there:       {error}");
    assert_eq!(error.raw_os_error(), Some(libc::EFAULT));

    // In a child: that is what contains it.
    let child = Forked::start(|| {
        // A process that ends so leaves a core file, where it may.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        byte(&map, page);
    })?;
    let status = child.wait()?;
    // The number is not everywhere the same: 7 on Linux, 10 on macOS and the BSDs.
    assert_eq!(status.terminating_signal(), Some(Signal::BUS.as_raw()), "{status:?}");
    println!("  touch it (in a child):  ended by signal {}, SIGBUS", Signal::BUS.as_raw());

    assert_eq!(byte(&map, 0), b'x');
    println!("  the first page:         as it was");
    file.set_len(2 * page as u64)?;
    assert_eq!(byte(&map, page), 0);
    println!("  after growing it again: zeros, and not what was there");
    println!(
        "so a server maps only files that nobody cuts, or lets the kernel do the touching: a write"
    );
    println!("from the map, or sendfile, fails like any call, for one client");
    Ok(())
}

/// Reads one byte of the map, or ends the process.
#[expect(unsafe_code, reason = "the map is read while its file changes")]
fn byte(map: &MmapRaw, at: usize) -> u8 {
    assert!(at < map.len());
    // SAFETY: within the map, which is readable; volatile, so that it is read here and each time.
    // Where the file has no page any more the processor cannot go on, and the kernel sends SIGBUS:
    // the end of the process, but no byte that was never there.
    unsafe { map.as_ptr().wrapping_add(at).read_volatile() }
}

/// Has the kernel send one byte of the map to a socket.
#[expect(unsafe_code, reason = "std writes from slices, and no slice may be made of this")]
fn write_from(map: &MmapRaw, at: usize) -> io::Result<()> {
    assert!(at < map.len());
    let (ours, _peer) = UnixStream::pair()?;
    let from = map.as_ptr().wrapping_add(at).cast();
    // SAFETY: within the map. The kernel looks at each page before it takes from it; one that
    // cannot be had is an error of the call (write(2), EFAULT).
    let written = unsafe { libc::write(ours.as_raw_fd(), from, 1) };
    if written == 1 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
