//! From the first byte on.
//!
//! A head may take a second. The server gives each read a second, which is not the same: a client that sends a byte
//! each half second keeps its connection for as long as it likes.
//!
//! Let the second be that of the whole head.
//!
//! Hint: `timeout` takes any future, and that may be a loop.

use std::io::{self, ErrorKind};
use std::time::Duration;

use ch04_async::net::unix::UnixStream;
use ch04_async::time::now;
use ch04_async::{Clock, Runtime, sleep, spawn, timeout};

const HEAD_TIMEOUT: Duration = Duration::from_secs(1);

/// All up to the empty line.
async fn head(client: &UnixStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    // SOLUTION
    let whole = async {
        while !head.ends_with(b"\r\n\r\n") {
            more(client, &mut head).await?;
        }
        io::Result::Ok(())
    };
    timeout(HEAD_TIMEOUT, whole).await.map_err(|_| ErrorKind::TimedOut)??;
    // START
    // while !head.ends_with(b"\r\n\r\n") {
    //     timeout(HEAD_TIMEOUT, more(client, &mut head)).await.map_err(|_| ErrorKind::TimedOut)??;
    // }
    // END
    Ok(head)
}

async fn more(client: &UnixStream, head: &mut Vec<u8>) -> io::Result<()> {
    let mut byte = [0];
    if client.read(&mut byte).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    head.push(byte[0]);
    Ok(())
}

/// What became of a head whose bytes come so long after each other, and after how long.
fn with_pauses(pause: Duration) -> (io::Result<Vec<u8>>, Duration) {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        let (client, server) = UnixStream::pair().expect("a pair");
        spawn(async move {
            for byte in b"GET / HTTP/1.1\r\n\r\n" {
                sleep(pause).await;
                if client.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
            sleep(Duration::from_secs(3600)).await;
        });
        let start = now();
        (head(&server).await, now() - start)
    })
}

#[test]
fn a_head_that_is_quick_enough_is_read() {
    let (head, _) = with_pauses(Duration::from_millis(50));
    assert_eq!(head.expect("in time"), b"GET / HTTP/1.1\r\n\r\n");
}

#[test]
fn a_head_that_trickles_ends_after_its_time() {
    let (head, took) = with_pauses(Duration::from_millis(500));
    assert_eq!(head.expect_err("it is too slow").kind(), ErrorKind::TimedOut);
    assert_eq!(took, HEAD_TIMEOUT);
}
