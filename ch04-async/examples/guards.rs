//! `async with`, in Rust: a guard that is released by `Drop` on success, on error and on
//! cancellation; and where that is not enough.

use std::cell::Cell;
use std::future::pending;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::net::unix::UnixStream;
use ch04_async::streams::{StreamReader, StreamWriter};
use ch04_async::{Runtime, spawn, timeout, yield_now};

/// More than a socket's buffer takes, so that some of it is still kept when the block ends.
const BODY_BYTES: usize = 1 << 20;

fn main() -> io::Result<()> {
    let runtime = Runtime::new()?;
    runtime.block_on(released_on_all_three_ways_out());
    runtime.block_on(where_drop_is_not_enough())
}

/// Connections that may be open at once.
#[derive(Clone, Default)]
struct Pool {
    open: Rc<Cell<u32>>,
}

/// One of them. What Python does in `__aexit__` is done by its drop.
struct Connection {
    pool: Pool,
}

impl Pool {
    fn connect(&self) -> Connection {
        self.open.set(self.open.get() + 1);
        Connection { pool: self.clone() }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.pool.open.set(self.pool.open.get() - 1);
    }
}

/// `async with pool.connect() as connection: ...`
async fn work(pool: Pool, answers: bool, for_ever: bool) -> Result<u32, &'static str> {
    let connection = pool.connect();
    yield_now().await;
    if for_ever {
        pending::<()>().await;
    }
    if !answers {
        return Err("no answer");
    }
    Ok(connection.pool.open.get())
}

async fn released_on_all_three_ways_out() {
    let pool = Pool::default();
    let success = work(pool.clone(), true, false).await;
    println!("success:      {success:?}, then {} open", pool.open.get());
    assert_eq!((success, pool.open.get()), (Ok(1), 0));

    let error = work(pool.clone(), false, false).await;
    println!("error:        {error:?}, then {} open", pool.open.get());
    assert_eq!((error, pool.open.get()), (Err("no answer"), 0));

    let task = spawn(work(pool.clone(), true, true));
    yield_now().await;
    assert_eq!(pool.open.get(), 1);
    task.abort();
    let cancelled = task.await.expect_err("aborted");
    println!("cancellation: {cancelled}, then {} open", pool.open.get());
    assert!(cancelled.is_cancelled());
    assert_eq!(pool.open.get(), 0);
}

/// A drop cannot wait. What has to be said to the other side, or to be sent before the end, needs a
/// call that can.
async fn where_drop_is_not_enough() -> io::Result<()> {
    for close in [false, true] {
        let (ours, theirs) = UnixStream::pair()?;
        let received = spawn(async move {
            let (reading, _writing) = theirs.into_halves();
            StreamReader::new(reading).read_to_end(BODY_BYTES).await.map(|body| body.len())
        });
        let (_reading, writing) = ours.into_halves();
        let mut writer = StreamWriter::new(writing);
        writer.write(&vec![7; BODY_BYTES]);
        assert!(writer.pending() > 0, "more than the socket takes");
        if close {
            writer.close();
            writer.wait_closed().await?;
        }
        drop(writer);
        let received = timeout(Duration::from_secs(8), received).await?;
        let received = received.expect("no panic").expect("no more than was sent");
        let how = if close { "closed and waited for" } else { "only dropped" };
        let all = if received == BODY_BYTES { "all" } else { "not all" };
        println!("{how:<22} the other side got {all} of it");
        assert_eq!(received == BODY_BYTES, close);
    }
    println!("and it could not tell: in both cases it saw an orderly end");
    Ok(())
}
