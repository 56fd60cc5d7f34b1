//! A client, with a server in the same process; or, given an address, a small netcat.
//!
//! `cargo run -p ch01-blocking --example echo_client` talks to a server of its own and ends.
//! `cargo run -p ch01-blocking --example echo_client -- 127.0.0.1 7000` sends what you type there,
//! and prints what comes back, until you end your input by Ctrl-D. `-- --help` shows the rest.

#[path = "echo_client/netcat.rs"]
mod netcat;
#[path = "echo_client/target.rs"]
mod target;

use std::env;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::thread;

use ladder::{Stop, socket};
use target::Target;

fn main() -> ExitCode {
    let outcome = match Target::parse(env::args_os()) {
        Ok(None) => talk_to_a_server_of_our_own(),
        Ok(Some(target)) => netcat_over_the_terminal(&target),
        Err(error) => return ladder::cli::explain("echo_client", &error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo_client: {error}");
            ExitCode::FAILURE
        }
    }
}

fn netcat_over_the_terminal(target: &Target) -> io::Result<()> {
    // Not `io::stdout()`, which keeps what has no end of line.
    let output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    netcat::run(target, io::stdin(), output)
}

fn talk_to_a_server_of_our_own() -> io::Result<()> {
    let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let addr = listener.local_addr()?;
    let stop = Stop::new()?;
    let stopping = stop.clone();
    let server = thread::spawn(move || ch01_blocking::iterative::serve(listener, stopping));
    println!("a server of our own listens on {addr}");

    // ANCHOR: client
    let mut stream = TcpStream::connect(addr)?;
    // Far more than the server reads at a time, so that no single read or write can do.
    let message: Vec<u8> = (0..=u8::MAX).cycle().take(1 << 20).collect();
    let mut writer = stream.try_clone()?;
    let sent = message.clone();
    // Two sides, two threads. One that wrote all of it first and read then would wait for a server
    // that waits for it: both their buffers full, and nobody reading.
    let writing = thread::spawn(move || {
        writer.write_all(&sent)?;
        // End of our input, not of the connection: the server's answer is still to come.
        writer.shutdown(Shutdown::Write)
    });
    let mut answer = Vec::new();
    let mut reads = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        reads.push(read);
        answer.extend_from_slice(&buffer[..read]);
    }
    // ANCHOR_END: client
    writing.join().expect("the writer does not panic")?;

    println!("sent {} bytes by one call of write_all", message.len());
    println!(
        "got  {} bytes by {} calls of read, which brought {} to {} bytes each",
        answer.len(),
        reads.len(),
        reads.iter().min().unwrap_or(&0),
        reads.iter().max().unwrap_or(&0)
    );
    assert_eq!(answer, message, "every byte came back, in order");
    stop.request();
    let report = server.join().expect("the server does not panic")?;
    println!("the server says: {report}");
    assert_eq!(report.bytes_echoed, message.len() as u64);
    Ok(())
}
