//! What children promise: their streams, their ends, and that none is left behind.

mod support;

use std::future::{Future, poll_fn};
use std::io::{ErrorKind, Read};
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::Stdio;
use std::task::Poll;
use std::time::Duration;

use ch04_async::process::{Child, Command};
use ch04_async::signal::SignalKind;
use ch04_async::{Runtime, spawn, timeout, yield_now};
use futures_util::StreamExt;
use futures_util::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use support::{run, until};

/// Far more than any pipe holds: 64 KiB on Linux, up to 1 MiB if asked for.
const MEBIBYTE: usize = 1024 * 1024;

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Starts it with three pipes.
fn piped(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true).spawn().expect("a child")
}

/// Whether the kernel has forgotten this child of ours: it has ended, and was waited for.
fn is_reaped(id: u32) -> bool {
    let id = Pid::from_raw(id.cast_signed()).expect("a number");
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::Pid(id), look), Err(rustix::io::Errno::CHILD))
}

#[test]
fn output_brings_both_streams_and_how_it_ended() {
    run(async {
        let output = shell("echo out; echo err >&2; exit 3").output().await.unwrap();
        assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.status.code(), Some(3));
        assert!(Command::new("true").status().await.unwrap().success());
        let error = Command::new("/nonexistent/program").spawn().expect_err("no such program");
        assert_eq!(error.kind(), ErrorKind::NotFound);
        // Its input is empty, and not ours.
        assert_eq!(Command::new("cat").output().await.unwrap().stdout, b"");
    });
}

#[test]
fn an_end_by_a_signal_is_told_from_a_code() {
    run(async {
        for (script, code, signal) in
            [("exit 0", Some(0), None), ("exit 9", Some(9), None), ("kill -9 $$", None, Some(9))]
        {
            let status = shell(script).status().await.unwrap();
            assert_eq!((status.code(), status.signal()), (code, signal), "{script}");
        }
    });
}

#[test]
fn communicate_hangs_at_no_size() {
    run(async {
        for size in [0, 1, 65_536, 65_537, 3 * MEBIBYTE] {
            let input: Vec<u8> = (0..size).map(|n| n.to_le_bytes()[0]).collect();
            // What comes in goes out twice: nothing would move if one of the three waited.
            let output = piped(shell("tee /dev/stderr")).communicate(&input).await.unwrap();
            assert!(output.status.success());
            assert!(output.stdout == input && output.stderr == input, "{size} bytes");
        }
    });
}

#[test]
fn a_child_that_writes_a_mebibyte_to_both_pipes_before_it_reads_is_no_deadlock() {
    run(async {
        let script = "head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2; wc -c >&2";
        let input = vec![b'x'; MEBIBYTE];
        let output = piped(shell(script)).communicate(&input).await.unwrap();
        assert_eq!(output.stdout.len(), MEBIBYTE);
        let (zeros, count) = output.stderr.split_at(MEBIBYTE);
        assert!(zeros.iter().all(|byte| *byte == 0));
        assert_eq!(String::from_utf8_lossy(count).trim(), MEBIBYTE.to_string());
    });
}

#[test]
fn a_child_that_does_not_read_its_input_is_no_error_of_communicate_and_an_error_of_a_write() {
    run(async {
        let input = vec![b'x'; MEBIBYTE];
        let output = piped(shell("exec 0<&-; echo done")).communicate(&input).await.unwrap();
        assert_eq!(output.stdout, b"done\n");
        // By hand it is EPIPE; and this program is still there, so no SIGPIPE has ended it.
        let mut child = piped(Command::new("true"));
        let stdin = child.stdin.take().expect("piped");
        let error = stdin.write_all(&input).await.expect_err("it has ended");
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        assert!(child.wait().await.unwrap().success());
    });
}

#[test]
fn a_conversation_goes_line_by_line() {
    run(async {
        let mut child = piped(shell("while read line; do echo \"got $line\"; done"));
        let stdin = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        for number in 0..100 {
            stdin.write_all(format!("{number}\n").as_bytes()).await.unwrap();
            assert_eq!(lines.next().await.unwrap().unwrap(), format!("got {number}"));
        }
        drop(stdin);
        assert!(lines.next().await.is_none());
        assert!(child.wait().await.unwrap().success());
    });
}

#[test]
fn wait_closes_the_input_first_and_may_be_given_up_and_asked_again() {
    run(async {
        let mut child = piped(Command::new("cat"));
        assert!(child.id().is_some());
        assert_eq!(child.try_wait().unwrap(), None);
        let input = child.stdin.take();
        let given_up = timeout(Duration::from_millis(5), child.wait()).await;
        assert!(given_up.is_err(), "its input is still open");
        child.stdin = input;
        let status = child.wait().await.unwrap();
        assert!(status.success());
        assert_eq!(child.wait().await.unwrap(), status, "remembered");
        assert_eq!(child.try_wait().unwrap(), Some(status));
        // Its number may be another's now.
        assert_eq!(child.id(), None);
        child.kill().expect("nobody to kill, and no error");
        let error = child.signal(SignalKind::TERMINATE).expect_err("nobody to send it to");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    });
}

#[test]
fn a_child_can_be_asked_to_end_and_made_to() {
    run(async {
        // `exec`: the signal is for the one who sleeps, and not for a shell around it.
        let mut child = piped(shell("echo up; exec sleep 1000"));
        let mut up = [0; 3];
        child.stdout.as_mut().unwrap().read_exact(&mut up).await.unwrap();
        child.signal(SignalKind::TERMINATE).unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(15));

        let mut child = piped(shell("trap '' TERM; echo up; while :; do sleep 1000; done"));
        child.stdout.as_mut().unwrap().read_exact(&mut up).await.unwrap();
        child.signal(SignalKind::TERMINATE).unwrap();
        assert!(timeout(Duration::from_millis(20), child.wait()).await.is_err(), "it refuses");
        child.kill().unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    });
}

#[test]
fn a_dropped_child_is_killed_if_that_was_asked_for_and_reaped_in_any_case() {
    run(async {
        let killed = shell("exec sleep 1000").kill_on_drop(true).spawn().unwrap();
        let id = killed.id().unwrap();
        drop(killed);
        until(|| is_reaped(id)).await;

        // This one goes on: it still answers, and is reaped when it has ended by itself.
        let mut command = Command::new("cat");
        let mut left = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (id, stdin) = (left.id().unwrap(), left.stdin.take().unwrap());
        let mut stdout = left.stdout.take().unwrap();
        drop(left);
        stdin.write_all(b"alive").await.unwrap();
        let mut answer = [0; 5];
        stdout.read_exact(&mut answer).await.unwrap();
        assert!(!is_reaped(id));
        drop(stdin);
        until(|| is_reaped(id)).await;
    });
}

#[test]
fn a_child_that_outlives_its_runtime_is_reaped_all_the_same() {
    let runtime = Runtime::new().unwrap();
    let (orphans, release) = runtime.block_on(async {
        let (held, release) = std::io::pipe().unwrap();
        let mut ids = Vec::new();
        // One whose owner is dropped first, one whose owner goes with the runtime, and one whose
        // owner is somewhere else by then.
        for owner in 0..3 {
            let input = held.try_clone().unwrap();
            let child = Command::new("cat").stdin(input).spawn().unwrap();
            ids.push(child.id().unwrap());
            match owner {
                0 => drop(child),
                1 => drop(spawn(async move {
                    let mut child = child;
                    child.wait().await
                })),
                _ => drop(spawn(async move {
                    let _child = child;
                    std::future::pending::<()>().await;
                })),
            }
        }
        yield_now().await;
        (ids, release)
    });
    drop(runtime);
    assert!(orphans.iter().all(|id| !is_reaped(*id)), "they still run");
    drop(release);
    run(async {
        until(|| orphans.iter().all(|id| is_reaped(*id))).await;
    });
}

#[test]
fn a_thousand_children_whose_handles_were_dropped_leave_no_zombie() {
    run(async {
        let mut ids = Vec::new();
        for round in 0..10 {
            let children: Vec<_> =
                (0..100).map(|_| Command::new("true").spawn().expect("a child")).collect();
            ids.extend(children.iter().map(|child| child.id().expect("it was not waited for")));
            if round % 2 == 0 {
                // By the time of the drop, some have ended and some have not.
                yield_now().await;
            }
            drop(children);
            until(|| ids.iter().all(|id| is_reaped(*id))).await;
        }
        assert_eq!(ids.len(), 1000);
    });
}

#[test]
fn children_that_end_together_are_each_told_to_their_own_waiter() {
    run(async {
        let (held, release) = std::io::pipe().unwrap();
        let waiters: Vec<_> = (0..50)
            .map(|code| {
                let mut command = shell(&format!("cat; exit {code}"));
                let mut child = command.stdin(held.try_clone().unwrap()).spawn().unwrap();
                spawn(async move { child.wait().await.unwrap().code() })
            })
            .collect();
        drop(held);
        drop(release);
        for (code, waiter) in (0..).zip(waiters) {
            assert_eq!(waiter.await.unwrap(), Some(code));
        }
    });
}

#[test]
fn a_child_dropped_in_the_middle_of_communicate_is_killed_and_reaped() {
    run(async {
        let mut child = piped(Command::new("cat"));
        let id = child.id().unwrap();
        let input = vec![b'x'; 4 * MEBIBYTE];
        {
            // Polled once, so that all of its pipes are in use.
            let mut talk = pin!(child.communicate(&input));
            poll_fn(|context| {
                assert!(talk.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        drop(child);
        until(|| is_reaped(id)).await;
    });
}

#[test]
fn communicate_that_is_given_up_closes_the_pipes_and_leaves_the_child_alive() {
    run(async {
        let mut child = piped(shell("exec sleep 1000"));
        let talk = child.communicate(b"so much");
        timeout(Duration::from_millis(5), talk).await.expect_err("it talks on");
        assert!(child.stdin.is_none() && child.stdout.is_none() && child.stderr.is_none());
        assert_eq!(child.try_wait().expect("ours"), None, "alive");
        child.kill().expect("alive");
        assert_eq!(child.wait().await.expect("ours").code(), None, "ended by the signal");
    });
}

#[test]
fn a_pipe_given_to_a_child_is_its_own_and_stays_blocking() {
    run(async {
        // Were the child's end non-blocking, `cat` would fail with EAGAIN.
        let mut child = piped(shell("cat; echo \"cat: $?\" >&2"));
        let stdin = child.stdin.take().unwrap();
        for _ in 0..5 {
            yield_now().await;
        }
        stdin.write_all(b"late").await.unwrap();
        drop(stdin);
        let output = child.communicate(b"").await.unwrap();
        assert_eq!((&*output.stdout, &*output.stderr), (&b"late"[..], &b"cat: 0\n"[..]));
    });
}

#[test]
fn ready_made_commands_of_std_can_be_started_too() {
    run(async {
        let mut command = std::process::Command::new("cat");
        let (reader, mut writer) = std::io::pipe().unwrap();
        command.stdin(reader);
        std::io::Write::write_all(&mut writer, b"by hand").unwrap();
        drop(writer);
        let output = Command::from(command).output().await.unwrap();
        let mut bytes = Vec::new();
        Read::read_to_end(&mut &*output.stdout, &mut bytes).unwrap();
        assert_eq!(bytes, b"by hand");
    });
}
