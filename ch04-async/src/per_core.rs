//! One runtime on each core, with a listener of its own.
//!
//! Fixes: the second core has something to do, and no task pays for it: nothing is shared, nothing
//! locked, and futures still need not be `Send` (`executor`).
//! Still fails: a client stays with the core that it came to. If the busy ones meet on one core, the
//! other cannot help.
//! Next: `tokio-multi`, where an idle core takes work from a busy one.

use std::io;
use std::net::TcpListener;
use std::num::NonZero;
use std::sync::Barrier;
use std::thread;

use ladder::socket::BACKLOG;
use ladder::{Report, Stop};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::executor;
use crate::runtime::Runtime;

/// Serves on all cores.
///
/// # Errors
///
/// When a runtime or a listener fails. The others are ended then.
///
/// # Panics
///
/// Never: tasks keep their panics to themselves.
#[expect(clippy::needless_pass_by_value, reason = "the contract of a model")]
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let mut listeners = Vec::new();
    for _ in 1..cores {
        listeners.push(beside(&listener)?);
    }
    listeners.push(listener);
    // Also requested by whichever core fails, without a word to the caller's.
    let all = Stop::new()?;
    let passed_on = all.clone();
    let _passes_on = stop.on_request(move || passed_on.request());
    // Nobody is served before all are up: what a core needs is there from the first client on.
    let all_up = Barrier::new(cores);
    let serve = |listener| {
        let runtime = Runtime::new();
        all_up.wait();
        let served = runtime.and_then(|own| executor::serve_on(own, listener, all.clone()));
        if served.is_err() {
            all.request();
        }
        served
    };
    let reports: Vec<_> = thread::scope(|scope| {
        let cores: Vec<_> =
            listeners.into_iter().map(|listener| scope.spawn(|| serve(listener))).collect();
        cores.into_iter().map(|core| core.join().expect("a panic is its own task's")).collect()
    });
    let mut sum = Report::default();
    for report in reports {
        let Report { accepted, bytes_echoed, lost, refused } = report?;
        sum.accepted += accepted;
        sum.bytes_echoed += bytes_echoed;
        sum.lost += lost;
        sum.refused += refused;
    }
    Ok(sum)
}

/// One more listener on the same address. The kernel deals the clients out among them, by a hash of
/// their addresses (socket(7), SO_REUSEPORT).
fn beside(first: &TcpListener) -> io::Result<TcpListener> {
    if !cfg!(target_os = "linux") {
        // Elsewhere the option means something else, or comes too late for a socket that listens. So
        // the same queue, seen by all: each core is woken for each client, and one of them gets it.
        return first.try_clone();
    }
    // Linux asks each socket whether it shares its port, also one that is bound already.
    SockRef::from(first).set_reuse_port(true)?;
    let addr = first.local_addr()?;
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
