//! A child that is fed and read at once, one that is killed, and no zombie.
//!
//! A pipe holds 64 KiB on Linux, and who writes more waits until somebody reads. A child that writes
//! before it has read everything, and a parent that does the same, wait for each other for ever.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use std::time::Duration;

use ch04_async::process::{Child, Command};
use ch04_async::{Runtime, sleep, timeout};
use futures_util::io::{AsyncBufReadExt, BufReader};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// Far more than the two pipes and the child's own memory hold.
const BYTES: usize = 8 * 1024 * 1024;

/// How long we look at two who wait for each other.
const GLANCE: Duration = Duration::from_millis(300);

fn main() -> io::Result<()> {
    Runtime::new()?.block_on(async {
        one_after_the_other().await?;
        at_once().await?;
        line_by_line().await?;
        killed().await
    })
}

/// `cat`, with a pipe at each end.
fn cat() -> io::Result<Child> {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()
}

async fn one_after_the_other() -> io::Result<()> {
    println!("first write everything, then read");
    let child = cat()?;
    let stdin = child.stdin.as_ref().expect("piped");
    let (message, mut written) = (vec![7; BYTES], 0);
    let writing = async {
        while written < BYTES {
            written += stdin.write(&message[written..]).await?;
        }
        io::Result::Ok(())
    };
    assert!(timeout(GLANCE, writing).await.is_err(), "nobody reads");
    println!("  {written} of {BYTES} bytes, and both wait; given up, and the child killed\n");
    assert!(written < BYTES);
    Ok(())
}

async fn at_once() -> io::Result<()> {
    println!("both at once");
    let message: Vec<u8> = (0..BYTES).map(|n| n.to_le_bytes()[0]).collect();
    let output = cat()?.communicate(&message).await?;
    println!("  {} bytes there and back; {}\n", output.stdout.len(), output.status);
    assert!(output.status.success() && output.stdout == message);
    Ok(())
}

async fn line_by_line() -> io::Result<()> {
    println!("a conversation");
    let mut command = Command::new("sh");
    command.args(["-c", "while read name; do echo \"hello, $name\"; done; exit 3"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    for name in ["Ada", "Grace"] {
        child.stdin.as_ref().expect("piped").write_all(format!("{name}\n").as_bytes()).await?;
        let mut line = String::new();
        stdout.read_line(&mut line).await?;
        println!("  {}", line.trim_end());
        assert_eq!(line, format!("hello, {name}\n"));
    }
    // This closes its input, and so it comes to its end.
    let status = child.wait().await?;
    println!("  {status}\n");
    assert_eq!(status.code(), Some(3));
    Ok(())
}

async fn killed() -> io::Result<()> {
    println!("one that would sleep for an hour");
    let mut child = Command::new("sleep").arg("3600").spawn()?;
    child.kill()?;
    let status = child.wait().await?;
    println!("  killed: {status}");
    assert_eq!((status.code(), status.signal()), (None, Some(9)));

    let forgotten = Command::new("sleep").arg("3600").kill_on_drop(true).spawn()?;
    let id = forgotten.id().and_then(|id| Pid::from_raw(id.cast_signed())).expect("it runs");
    drop(forgotten);
    // No child of that number any more: it has ended, and somebody has asked how.
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    while !matches!(waitid(WaitId::Pid(id), look), Err(Errno::CHILD)) {
        sleep(Duration::from_millis(1)).await;
    }
    println!("  dropped: killed and waited for behind our back; no zombie is left");
    Ok(())
}
