//! A child's output by callbacks, its exit status, and no zombie.

use std::error::Error;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use ch03_selectors::event_loop::{EventLoop, Promise};
use ch03_selectors::protocol::process::Pipe;
use ch03_selectors::protocol::{SubprocessProtocol, SubprocessTransport};
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, waitpid};

/// Sorts three lines.
struct Sorter {
    output: Vec<u8>,
    done: Option<Promise<(String, ExitStatus)>>,
    status: Option<ExitStatus>,
}

impl SubprocessProtocol for Sorter {
    fn connection_made(&mut self, transport: &SubprocessTransport) {
        println!("made: three lines for its input, and the end of it");
        if let Some(stdin) = transport.pipe(Pipe::Stdin) {
            stdin.write(b"pear\napple\nfig\n");
            // A child that reads to the end waits for it.
            stdin.write_eof();
        }
    }

    fn pipe_data_received(&mut self, _transport: &SubprocessTransport, pipe: Pipe, data: &[u8]) {
        println!("{pipe:?}: {:?}", String::from_utf8_lossy(data));
        self.output.extend_from_slice(data);
    }

    fn pipe_connection_lost(
        &mut self,
        _transport: &SubprocessTransport,
        _pipe: Pipe,
        error: Option<io::Error>,
    ) {
        assert!(error.is_none());
    }

    fn process_exited(&mut self, _transport: &SubprocessTransport, status: ExitStatus) {
        // Its output may still be on its way: the result is not complete before `connection_lost`.
        self.status = Some(status);
    }

    fn connection_lost(&mut self, _transport: &SubprocessTransport) {
        if let (Some(done), Some(status)) = (self.done.take(), self.status) {
            println!("over: {status}");
            done.keep((String::from_utf8_lossy(&self.output).into_owned(), status));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    let (done, result) = event_loop.deferred();
    let mut command = Command::new("sh");
    command.args(["-c", "sort; echo 'that was all' >&2; exit 3"]);
    command.env("LC_ALL", "C");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    // Complaints go where ours go.
    command.stderr(Stdio::inherit());
    let sorter = Sorter { output: Vec::new(), done: Some(done), status: None };
    let child = event_loop.subprocess_exec(&mut command, sorter)?;
    let pid = child.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);

    // The loop does other things meanwhile; a wait(2) would not.
    event_loop.call_soon(|_| println!("(the loop goes on)"));
    let (output, status) = event_loop.run_until_complete(&result)?;
    assert_eq!((output.as_str(), status.code()), ("apple\nfig\npear\n", Some(3)));
    // A zombie would still have to be waited for, and only by us.
    assert!(matches!(waitpid(pid, WaitOptions::NOHANG), Err(Errno::CHILD)));
    println!("no zombie is left");
    Ok(())
}
