//! The command line that all chapters share, seen from outside, on the binary of this one.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ch01-blocking");

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(PROGRAM).args(arguments).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

/// A running server, killed when a test fails.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Server {
    fn start(model: &str) -> Server {
        let mut child = Command::new(PROGRAM)
            .args([model, "--addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let output = BufReader::new(child.stdout.take().expect("asked for"));
        let mut server = Server { child, output, said: String::new() };
        while !server.said.contains("Ctrl-C stops it") {
            assert_ne!(
                server.output.read_line(&mut server.said).expect("output"),
                0,
                "{}",
                server.said
            );
        }
        server
    }

    fn addr(&self) -> &str {
        let after = self.said.split_once("listening on ").expect("says where").1;
        after.split_whitespace().next().expect("an address")
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("its id");
        kill_process(pid, signal).expect("it is there");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn list_names_every_model_and_why_it_is_there() {
    let (code, output, _) = run(&["list"]);
    assert_eq!(code, Some(0));
    for model in ch01_blocking::MODELS {
        for part in [model.name, model.summary, model.fixes, model.still_fails] {
            assert!(output.contains(part), "{part:?} is missing in {output}");
        }
    }
}

#[test]
fn a_signal_stops_a_server_with_a_client_connected_and_it_says_what_it_did() {
    for signal in [Signal::INT, Signal::TERM] {
        for model in ch01_blocking::MODELS {
            let mut server = Server::start(model.name);
            assert!(server.said.contains(model.summary), "{}", server.said);
            let mut client = TcpStream::connect(server.addr()).expect("listening");
            client.write_all(b"hello").expect("room");
            let mut echo = [0; 5];
            client.read_exact(&mut echo).expect("an echo");
            server.signal(signal);
            let mut last_words = String::new();
            server.output.read_to_string(&mut last_words).expect("output");
            let report = "stopped: 1 accepted, 5 bytes echoed, 0 lost to errors\n";
            assert_eq!(last_words, report, "{}, {signal:?}", model.name);
            assert!(server.child.wait().expect("it ended").success());
            assert_eq!(client.read(&mut echo).expect("an orderly end"), 0);
        }
    }
}

#[test]
fn a_wrong_argument_is_a_usage_error() {
    for (arguments, wrong) in [
        (&["nosuch"][..], "'nosuch'"),
        (&["--addr", "7000"], "expected HOST:PORT"),
        (&["--addr", "127.0.0.1:http"], "\"http\" is not a port"),
        (&["--addr", "127.0.0.1:65536"], "\"65536\" is not a port"),
        (&["--addr"], "a value is required"),
        (&["iterative", "--addr", ":7000"], "expected HOST:PORT"),
        (&["list", "threads"], "'threads'"),
        (&["--nosuch"], "'--nosuch'"),
    ] {
        let (code, output, errors) = run(arguments);
        assert_eq!((code, output.as_str()), (Some(2), ""), "{arguments:?}");
        assert_eq!(errors.lines().count(), 1, "{arguments:?}: {errors}");
        assert!(errors.starts_with("ch01-blocking: ") && errors.contains(wrong), "{errors}");
        assert!(errors.ends_with(" (--help shows the usage)\n"), "{errors}");
    }
}

#[test]
fn what_cannot_be_bound_is_one_line_and_exit_status_1() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let taken = listener.local_addr().expect("bound").to_string();
    // An address of the documentation's network (RFC 5737) is none of ours.
    // No name may have a label of more than 63 bytes (RFC 1035, section 2.3.4), so nobody is asked.
    let nobody = format!("{}.invalid:7000", "n".repeat(64));
    for addr in [&taken[..], "192.0.2.1:7000", &nobody] {
        let (code, output, errors) = run(&["iterative", "--addr", addr]);
        assert_eq!((code, output.as_str(), errors.lines().count()), (Some(1), "", 1), "{errors}");
        assert!(errors.starts_with("ch01-blocking: ") && errors.contains(addr), "{errors}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_reason_to_panic() {
    let mut child = Command::new(PROGRAM)
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let mut errors = String::new();
    child.stderr.take().expect("asked for").read_to_string(&mut errors).expect("output");
    assert_eq!((child.wait().expect("it ended").code(), errors.as_str()), (Some(0), ""));
}

/// Ports below this are for who may administer the machine (ip(7)). Where nobody says, it is 1024.
fn first_free_port() -> u16 {
    let told = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    told.ok().and_then(|port| port.trim().parse().ok()).unwrap_or(1024)
}

#[test]
fn a_port_that_needs_a_permission_is_one_line_and_exit_status_1() {
    /// Belongs to nobody, on every system.
    const NOBODY: u32 = 65_534;
    if first_free_port() <= 80 || cfg!(target_os = "macos") {
        println!("on this system everybody may have port 80");
        return;
    }
    // Whoever else runs this may not; root could, so the server is run as somebody else. And that
    // one may not look into every folder: it gets a program where it may.
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(PROGRAM);
    if rustix::process::geteuid().is_root() {
        let program = folder.path().join("server");
        // Not by us: a test beside this one might start a child while we have the file open for
        // writing, and a program that somebody has open like that is not started (ETXTBSY).
        let copied = Command::new("cp").arg(PROGRAM).arg(&program).status().expect("it starts");
        assert!(copied.success());
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        command = Command::new(program);
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
    }
    let output = command.args(["--addr", "127.0.0.1:80"]).output().expect("it starts");
    let errors = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), errors.lines().count()), (Some(1), 1), "{errors}");
    assert!(
        errors.starts_with("ch01-blocking: binding 127.0.0.1:80: Permission denied"),
        "{errors}"
    );
}
