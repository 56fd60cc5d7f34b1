//! A name server for the lookups of this process: prompt, late, with a no, or with no answer.
//!
//! It speaks as much of DNS (RFC 1035) over UDP as `getaddrinfo` needs, for four names. To have it
//! asked, and nobody else, we write its address into the state of the C library's resolver
//! (resolver(3)): in its file, /etc/resolv.conf, a server can be given no port.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// How late the answer for `slow.test.` is.
pub(crate) const DELAY: Duration = Duration::from_millis(300);

/// How long the C library is told to wait for an answer. It counts in whole seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// A query that is longer is not one of ours.
const QUERY_BYTES_MAX: usize = 512;

/// The server runs in a thread of its own until the process ends.
#[derive(Clone)]
pub(crate) struct NameServer {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl NameServer {
    /// Nothing, where lookups go another way than from the C library to a name server.
    pub(crate) fn start() -> io::Result<Option<Self>> {
        if !resolver::asks_by_itself() {
            return Ok(None);
        }
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let server = Self { port: socket.local_addr()?.port(), asked: Arc::default() };
        let asked = Arc::clone(&server.asked);
        thread::spawn(move || serve(&socket, &asked));
        Ok(Some(server))
    }

    /// From now on, lookups of the calling thread ask this server, once, and no other.
    pub(crate) fn is_asked_by_this_thread(&self) -> io::Result<()> {
        resolver::ask_only(self.port)
    }

    /// How many questions have come.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn serve(socket: &UdpSocket, asked: &AtomicUsize) -> io::Result<()> {
    let mut query = [0; QUERY_BYTES_MAX];
    loop {
        let (len, sender) = socket.recv_from(&mut query)?;
        asked.fetch_add(1, Ordering::Relaxed);
        if let Some(answer) = answer(&query[..len]) {
            socket.send_to(&answer, sender)?;
        }
    }
}

/// The answer to a query, if there is to be one. Both have a header of 12 bytes and the question;
/// behind it, an answer has a record for the address (RFC 1035, section 4).
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    const HEADER_BYTES: usize = 12;
    const TYPE_A: u8 = 1;
    const TYPE_AAAA: u8 = 28;
    // The question: a name, as labels with their length in front and a zero at the end; a type and
    // a class of two bytes each.
    let name_len = query.get(HEADER_BYTES..)?.iter().position(|byte| *byte == 0)? + 1;
    let question = query.get(HEADER_BYTES..HEADER_BYTES + name_len + 4)?;
    let wants = question[name_len + 1];
    let label = question.get(1..=usize::from(question[0]))?;
    if label == b"silent" {
        return None;
    }
    if label == b"slow" && wants == TYPE_A {
        thread::sleep(DELAY);
    }
    let address = match (label, wants) {
        (b"both" | b"slow", TYPE_A) => Ipv4Addr::LOCALHOST.octets().to_vec(),
        (b"both" | b"slow", TYPE_AAAA) => Ipv6Addr::LOCALHOST.octets().to_vec(),
        _ => Vec::new(),
    };
    // Code 3: the name does not exist. Flags: an answer, and recursion was wanted and is there.
    let code = if address.is_empty() { 3 } else { 0 };
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(code == 0), 0, 0, 0, 0]);
    answer.extend(question);
    if code == 0 {
        // The name: that of the question, at byte 12. Type, class, and zero seconds to keep it.
        answer.extend([0xC0, 12, 0, wants, 0, 1, 0, 0, 0, 0]);
        answer.extend([0, u8::try_from(address.len()).expect("4 or 16")]);
        answer.extend(address);
    }
    Some(answer)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod resolver {
    use std::ffi::{c_int, c_ulong};
    use std::fs;
    use std::io;
    use std::net::Ipv4Addr;
    use std::path::Path;

    use super::PATIENCE;

    /// The beginning of `struct __res_state` (resolv.h): programs are compiled against it, so it
    /// stays as it is. More follows that is not ours to touch.
    #[repr(C)]
    struct State {
        seconds: c_int,
        tries: c_int,
        options: c_ulong,
        servers: c_int,
        server: [libc::sockaddr_in; 3],
    }

    /// Of the options: the state is set up, and the server shall find the answer by itself. Left
    /// out is whatever resolv.conf wants of the machine's own servers, such as `no-aaaa`.
    const RES_INIT: c_ulong = 0x1;
    const RES_RECURSE: c_ulong = 0x40;

    #[expect(unsafe_code, reason = "no crate has these declarations of resolv.h")]
    unsafe extern "C" {
        /// What `_res` is a macro for: the state of the calling thread.
        fn __res_state() -> *mut State;
    }

    /// The name service switch (nsswitch.conf(5)) may name others to ask, such as systemd-resolved;
    /// and a cache may run, nscd(8), which asks in our place. None of them would come to us.
    pub(super) fn asks_by_itself() -> bool {
        const OURS: [&str; 4] = ["files", "dns", "myhostname", "mdns4_minimal"];
        let switch = fs::read_to_string("/etc/nsswitch.conf").unwrap_or_default();
        let Some(hosts) = switch.lines().find_map(|line| line.trim().strip_prefix("hosts:")) else {
            return false;
        };
        let hosts = hosts.split('#').next().unwrap_or_default();
        let mut asked = hosts.split_whitespace().filter(|word| !word.starts_with('['));
        asked.clone().any(|word| word == "dns")
            && asked.all(|word| OURS.contains(&word))
            && !Path::new("/var/run/nscd/socket").exists()
    }

    #[expect(unsafe_code, reason = "res_init and its state belong to the C library")]
    pub(super) fn ask_only(port: u16) -> io::Result<()> {
        // SAFETY: it takes nothing, and sets up the state of this thread (resolver(3)).
        if unsafe { libc::res_init() } != 0 {
            return Err(io::Error::other("setting up the resolver of the C library"));
        }
        // SAFETY: it takes nothing, and never fails.
        let state = unsafe { __res_state() };
        // SAFETY: it points to this thread's state, which lives as long as the thread; no other
        // thread has it, nor does any call of ours while the reference lives. `State` describes
        // its beginning, and `res_init` has filled it.
        let state = unsafe { &mut *state };
        state.seconds = c_int::try_from(PATIENCE.as_secs()).expect("a second");
        state.tries = 1;
        state.options = RES_INIT | RES_RECURSE;
        state.servers = 1;
        state.server[0].sin_family = libc::sa_family_t::try_from(libc::AF_INET).expect("it is 2");
        state.server[0].sin_addr.s_addr = u32::from_ne_bytes(Ipv4Addr::LOCALHOST.octets());
        state.server[0].sin_port = port.to_be();
        Ok(())
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod resolver {
    /// Who is asked is not ours to say.
    pub(super) fn asks_by_itself() -> bool {
        false
    }

    pub(super) fn ask_only(_port: u16) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}
