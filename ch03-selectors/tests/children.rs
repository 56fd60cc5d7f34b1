//! Children of the loop: their pipes, their exit, and that none is left behind.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::process::{Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::event_loop::EventLoop;
use ch03_selectors::protocol::process::{ChildWatch, Pipe};
use ch03_selectors::protocol::{SubprocessProtocol, SubprocessTransport};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, waitpid};

/// More than any pipe holds.
const LARGE_BYTES: usize = 1 << 20;

/// Both ways of learning of an exit, as far as this platform has them.
fn watches() -> Vec<ChildWatch> {
    let mut all = vec![ChildWatch::BEST, ChildWatch::Sigchld];
    all.dedup();
    all
}

/// What a child did.
#[derive(Default)]
struct Record {
    out: RefCell<Vec<u8>>,
    err: RefCell<Vec<u8>>,
    log: RefCell<Vec<String>>,
    status: Cell<Option<ExitStatus>>,
    is_over: Cell<bool>,
}

struct Recorder(Rc<Record>);

impl Recorder {
    fn note(&self, what: impl Into<String>) {
        assert!(!self.0.is_over.get(), "the last word was spoken");
        self.0.log.borrow_mut().push(what.into());
    }
}

impl SubprocessProtocol for Recorder {
    fn connection_made(&mut self, _transport: &SubprocessTransport) {
        self.note("made");
    }

    fn pipe_data_received(&mut self, _transport: &SubprocessTransport, pipe: Pipe, data: &[u8]) {
        let all = if pipe == Pipe::Stdout { &self.0.out } else { &self.0.err };
        all.borrow_mut().extend_from_slice(data);
    }

    fn pipe_connection_lost(
        &mut self,
        _transport: &SubprocessTransport,
        pipe: Pipe,
        error: Option<io::Error>,
    ) {
        self.note(format!("{pipe:?} lost: {:?}", error.map(|error| error.kind())));
    }

    fn pause_writing(&mut self, _transport: &SubprocessTransport) {
        self.note("pause");
    }

    fn resume_writing(&mut self, _transport: &SubprocessTransport) {
        self.note("resume");
    }

    fn process_exited(&mut self, transport: &SubprocessTransport, status: ExitStatus) {
        self.note("exited");
        assert_eq!((transport.pid(), transport.status()), (None, Some(status)));
        self.0.status.set(Some(status));
    }

    fn connection_lost(&mut self, _transport: &SubprocessTransport) {
        self.note("lost");
        self.0.is_over.set(true);
    }
}

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(
    event_loop: &EventLoop,
    command: &mut Command,
    watch: ChildWatch,
) -> (SubprocessTransport, Rc<Record>) {
    let record = Rc::new(Record::default());
    let recorder = Recorder(Rc::clone(&record));
    let started = event_loop.subprocess_exec_watched(command, recorder, watch);
    (started.expect("a child"), record)
}

fn run_until(event_loop: &EventLoop, mut done: impl FnMut() -> bool) {
    let deadline = event_loop.time() + Duration::from_secs(20);
    while !done() {
        assert!(event_loop.time() < deadline, "in vain");
        event_loop.call_later(Duration::from_millis(1), EventLoop::stop);
        event_loop.run_forever().expect("the selector works");
    }
}

/// Whether this child was waited for: nobody can wait for it again (waitpid(2)).
fn is_reaped(pid: u32) -> bool {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a pid")).expect("not zero");
    matches!(waitpid(Some(pid), WaitOptions::NOHANG), Err(Errno::CHILD))
}

#[test]
fn output_errors_and_status_come_and_the_last_word_is_lost() {
    for watch in watches() {
        let event_loop = EventLoop::new().expect("a loop");
        let mut command = shell("read word; echo out $word; echo err >&2; exit 7");
        let (transport, record) = start(&event_loop, &mut command, watch);
        let pid = transport.pid().expect("it runs");
        transport.pipe(Pipe::Stdin).expect("a pipe").write(b"hello\n");
        run_until(&event_loop, || record.is_over.get());
        assert_eq!(record.out.take(), b"out hello\n");
        assert_eq!(record.err.take(), b"err\n");
        assert_eq!(record.status.get().and_then(|status| status.code()), Some(7));
        let log = record.log.take();
        assert_eq!((log[0].as_str(), log[log.len() - 1].as_str()), ("made", "lost"));
        for once in ["Stdin lost: None", "Stdout lost: None", "Stderr lost: None", "exited"] {
            assert_eq!(log.iter().filter(|entry| *entry == once).count(), 1, "{once}: {log:?}");
        }
        assert!(is_reaped(pid) && event_loop.transports() == 0);
    }
}

#[test]
fn a_child_that_writes_much_before_it_reads_much_does_not_stand_in_its_own_way() {
    let event_loop = EventLoop::new().expect("a loop");
    let script = "head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2; wc -c";
    let (transport, record) = start(&event_loop, &mut shell(script), ChildWatch::BEST);
    let stdin = transport.pipe(Pipe::Stdin).expect("a pipe");
    stdin.write(&vec![b'x'; LARGE_BYTES]);
    stdin.write_eof();
    run_until(&event_loop, || record.is_over.get());
    let out = record.out.take();
    assert_eq!(record.err.take().len(), LARGE_BYTES);
    assert_eq!(&out[..LARGE_BYTES], vec![0; LARGE_BYTES]);
    let counted = String::from_utf8(out[LARGE_BYTES..].to_vec()).expect("digits");
    assert_eq!(counted.trim().parse(), Ok(LARGE_BYTES));
    let log = record.log.take();
    let at = |what: &str| log.iter().position(|entry| entry == what);
    assert!(at("pause").is_some() && at("pause") < at("resume"), "{log:?}");
}

#[test]
fn a_thousand_children_are_all_reaped_by_either_watch() {
    for watch in watches() {
        let event_loop = EventLoop::new().expect("a loop");
        let mut pids = Vec::new();
        for _ in 0..20 {
            let records: Vec<_> = (0..25)
                .map(|_| {
                    let (transport, record) = start(&event_loop, &mut Command::new("true"), watch);
                    pids.push(transport.pid().expect("it runs"));
                    record
                })
                .collect();
            run_until(&event_loop, || records.iter().all(|record| record.is_over.get()));
            assert!(records.iter().all(|it| it.status.get().is_some_and(|it| it.success())));
        }
        assert_eq!((pids.len(), event_loop.transports()), (500, 0));
        assert!(pids.into_iter().all(is_reaped));
    }
}

#[test]
fn a_child_that_is_killed_says_so_and_its_number_is_not_used_again() {
    for watch in watches() {
        let event_loop = EventLoop::new().expect("a loop");
        let (transport, record) = start(&event_loop, &mut shell("exec sleep 100"), watch);
        transport.send_signal(Signal::TERM).expect("sent");
        run_until(&event_loop, || record.is_over.get());
        let status = record.status.get().expect("it ended");
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        assert_eq!((status.code(), signal), (None, Some(libc::SIGTERM)));
        transport.send_signal(Signal::KILL).expect("nobody is there, and nobody is hit");
    }
}

#[test]
fn closing_ends_a_child_that_does_not_want_to() {
    let event_loop = EventLoop::new().expect("a loop");
    let script = "trap '' TERM; echo ready; exec sleep 100";
    let (transport, record) = start(&event_loop, &mut shell(script), ChildWatch::BEST);
    run_until(&event_loop, || !record.out.borrow().is_empty());
    transport.close();
    run_until(&event_loop, || record.is_over.get());
    assert_eq!(event_loop.transports(), 0);
}

#[test]
fn a_dropped_loop_leaves_no_child_and_no_zombie() {
    for watch in watches() {
        let event_loop = EventLoop::new().expect("a loop");
        let (living, _) = start(&event_loop, &mut shell("exec sleep 100"), watch);
        let (dead, _) = start(&event_loop, &mut Command::new("true"), watch);
        let pids = [living.pid().expect("runs"), dead.pid().expect("not waited for")];
        drop(event_loop);
        assert!(pids.into_iter().all(is_reaped));
        assert_eq!(living.pid(), None);
    }
}

#[test]
fn a_program_that_is_not_there_is_an_error_at_once() {
    let event_loop = EventLoop::new().expect("a loop");
    let recorder = Recorder(Rc::default());
    let mut command = Command::new("/nowhere/to/be/found");
    let error = event_loop.subprocess_exec(&mut command, recorder).expect_err("not there");
    assert_eq!((error.kind(), event_loop.transports()), (ErrorKind::NotFound, 0));
}

#[test]
fn input_that_a_child_does_not_take_is_a_broken_pipe_and_nobody_s_signal() {
    let event_loop = EventLoop::new().expect("a loop");
    let (transport, record) = start(&event_loop, &mut shell("exit 0"), ChildWatch::BEST);
    transport.pipe(Pipe::Stdin).expect("a pipe").write(&vec![0; LARGE_BYTES]);
    run_until(&event_loop, || record.is_over.get());
    assert!(record.log.borrow().iter().any(|entry| entry == "Stdin lost: Some(BrokenPipe)"));
}

#[test]
fn a_protocol_that_panics_has_its_child_killed_and_reaped() {
    struct Panics(Rc<Cell<bool>>);
    impl SubprocessProtocol for Panics {
        fn connection_made(&mut self, _transport: &SubprocessTransport) {
            panic!("at once");
        }
        fn connection_lost(&mut self, _transport: &SubprocessTransport) {
            self.0.set(true);
        }
    }
    let event_loop = EventLoop::new().expect("a loop");
    event_loop.set_exception_handler(|_, _| ());
    let over = Rc::new(Cell::new(false));
    let panics = Panics(Rc::clone(&over));
    let child = event_loop.subprocess_exec(&mut shell("exec sleep 100"), panics).expect("a child");
    let pid = child.pid().expect("it runs");
    run_until(&event_loop, || over.get());
    assert!(is_reaped(pid));
}
