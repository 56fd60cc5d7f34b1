//! What a thread for each client costs: memory of ours, memory of the kernel, time, and switches.
//!
//! Each thread does what the model `threads` has it do: it is blocked in the read of [`echo`], for a
//! client that says nothing. Linux tells all of the figures; other systems tell fewer. Those of the
//! process are exact. One is of the whole machine, and whatever else runs there stirs it: it is told
//! only when it can be told apart.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ch01_blocking::echo::echo;
use ladder::socket::READ_BYTES;
use ladder::usage::{cpu_of_this_process, memory_of};

/// Fewer than the 8000 that the bench connects: this has to end soon, and each costs the same.
const THREADS: usize = 1000;

/// Threads that are made and joined, one after the other.
const MADE: u32 = 500;

/// Messages to one thread, each sent when the one before has come back.
const MESSAGES: u64 = 1000;

/// How long all of them are watched while they wait.
const WINDOW: Duration = Duration::from_millis(200);

/// What std gives a thread for its stack (std::thread). Asked for all the same: the environment may
/// say otherwise.
const STACK_BYTES: usize = 2 << 20;

/// Nothing here takes as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(8);

fn main() -> io::Result<()> {
    // Two descriptors for each: here, the client's is ours as well.
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    thousand_threads()?;
    making_one();
    one_message()
}

/// A client, and a thread that serves it; in the end, what the thread has counted of itself.
fn served() -> io::Result<(UnixStream, JoinHandle<io::Result<Option<u64>>>)> {
    let (client, stream) = UnixStream::pair()?;
    client.set_read_timeout(Some(PATIENCE))?;
    let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let before = switches_of_this_thread();
        echo(stream, &mut 0)?;
        Ok(switches_of_this_thread().and_then(|after| Some(after - before?)))
    })?;
    Ok((client, thread))
}

fn round_trip(mut client: &UnixStream) -> io::Result<()> {
    client.write_all(b"?")?;
    client.read_exact(&mut [0])
}

/// What is taken for all threads together.
struct Taken {
    resident: u64,
    addresses: Option<u64>,
    page_tables: Option<u64>,
    kernel_stacks: Option<u64>,
}

impl Taken {
    fn now() -> io::Result<Taken> {
        Ok(Taken {
            resident: memory_of(process::id())?,
            addresses: bytes("/proc/self/status", "VmSize:"),
            page_tables: bytes("/proc/self/status", "VmPTE:"),
            // Of the whole machine: a process is not told its own.
            kernel_stacks: bytes("/proc/meminfo", "KernelStack:"),
        })
    }
}

fn thousand_threads() -> io::Result<()> {
    println!("{THREADS} clients, a thread for each; to each of them belong");
    let before = Taken::now()?;
    let all = (0..THREADS).map(|_| served()).collect::<io::Result<Vec<_>>>()?;
    // One message each: then every thread has been in its read, and is in it again.
    all.iter().try_for_each(|(client, _)| round_trip(client))?;
    let after = Taken::now()?;
    let each = |after: u64, before: u64| after.saturating_sub(before) / THREADS as u64;
    let grown = |after: Option<u64>, before: Option<u64>| Some(each(after?, before?));

    let resident = each(after.resident, before.resident);
    if let Some(addresses) = grown(after.addresses, before.addresses) {
        row(addresses, "of addresses, most of them for its stack: a promise");
        assert!(addresses >= STACK_BYTES as u64, "as it was asked for");
    }
    row(resident, "of memory, where it has touched its stack");
    println!("  {:10} (the buffer that it reads into is {} KiB)", "", READ_BYTES / 1024);
    assert!(resident >= READ_BYTES as u64, "zeroing the buffer has touched it");
    assert!(resident < STACK_BYTES as u64 / 8, "most of the stack was never touched");
    if let Some(page_tables) = grown(after.page_tables, before.page_tables) {
        row(page_tables, "of the kernel's, to say where these pages are");
        assert!(page_tables > 0, "two stacks never share all their tables");
    }
    match grown(after.kernel_stacks, before.kernel_stacks) {
        Some(stack) if (4096..65_536).contains(&stack) => {
            row(stack, "of the kernel's, the stack for its system calls");
        }
        Some(_) => println!("  (the kernel's stacks cannot be told apart from others' just now)"),
        None => println!("  (of the kernel's part this system tells nothing)"),
    }

    let used = cpu_of_this_process();
    // Not a synchronisation: the window itself.
    thread::sleep(WINDOW);
    let used = cpu_of_this_process().saturating_sub(used);
    println!("while all of them wait, for {WINDOW:?}: {used:.1?} of processor time\n");
    assert!(used < WINDOW / 10, "who is blocked uses none");
    for (client, thread) in all {
        drop(client);
        thread.join().expect("an echo does not panic")?;
    }
    Ok(())
}

fn row(bytes: u64, what: &str) {
    println!("  {:6.1} KiB {what}", bytes as f64 / 1024.0);
}

fn making_one() {
    let began = (Instant::now(), cpu_of_this_process());
    for _ in 0..MADE {
        thread::spawn(|| ()).join().expect("it does nothing");
    }
    let (took, used) = (began.0.elapsed() / MADE, cpu_of_this_process().saturating_sub(began.1));
    println!(
        "to make a thread and to join it: {took:.1?}, and {:.1?} of processor time",
        used / MADE
    );
    assert!(used > Duration::ZERO, "it is not free");
}

fn one_message() -> io::Result<()> {
    let (client, thread) = served()?;
    for _ in 0..MESSAGES {
        round_trip(&client)?;
    }
    drop(client);
    let Some(switches) = thread.join().expect("an echo does not panic")? else {
        println!("(how often a thread was switched to, this system does not tell)");
        return Ok(());
    };
    let each = switches as f64 / MESSAGES as f64;
    println!("{MESSAGES} messages, one after the other: the thread fell asleep {switches} times");
    // Once a message. Now and then the next one is there before it has come back to its read.
    assert!(each > 0.1 && each < 2.0, "{each} a message");
    Ok(())
}

/// How often the calling thread has given its core away to wait (proc(5), /proc/PID/status).
fn switches_of_this_thread() -> Option<u64> {
    number("/proc/thread-self/status", "voluntary_ctxt_switches:")
}

fn bytes(file: &str, field: &str) -> Option<u64> {
    number(file, field).map(|kib| kib * 1024)
}

/// The number behind `field` in one of the kernel's lists. `None`: there is no such list here.
fn number(file: &str, field: &str) -> Option<u64> {
    let list = fs::read_to_string(file).ok()?;
    let rest = list.lines().find_map(|line| line.strip_prefix(field))?;
    rest.split_whitespace().next()?.parse().ok()
}
