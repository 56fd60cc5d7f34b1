//! A large body, up and down, in little memory: `cargo run -p ch05-http --example streaming`.
//!
//! Neither side ever has more of the body than a piece or two: a piece is made when the one before
//! is on its way, and read when the one before was used. So the slowest of all sets the pace, and
//! the kernels' buffers between them are all that lies about.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use ch04_async::{Runtime, sleep};
use ch05_http::background::Background;
use ch05_http::client::Session;
use ch05_http::executor;
use ch05_http::web::Source;
use ladder::usage;

const BODY_BYTES: u64 = 256 << 20;

const PIECE_BYTES: u64 = 16 << 10;

/// What both sides together may grow by: much less than the body.
const GROWTH_BYTES_MAX: u64 = 8 << 20;

/// A body that is made while it is sent. Each piece is one byte again and again, and no two that
/// follow each other are the same.
struct Made {
    made: Rc<Cell<u64>>,
}

impl Source for Made {
    fn poll_data(&mut self, _context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let at = self.made.get();
        if at == BODY_BYTES {
            return Poll::Ready(None);
        }
        self.made.set(at + PIECE_BYTES);
        Poll::Ready(Some(Ok(piece(at).into())))
    }
}

/// The piece that begins here.
#[expect(clippy::cast_possible_truncation, reason = "the low byte is meant")]
fn piece(at: u64) -> Vec<u8> {
    vec![(at / PIECE_BYTES) as u8; PIECE_BYTES as usize]
}

/// Whether this is what stands here in the body.
fn is_right(mut came: &[u8], mut at: u64) -> bool {
    while !came.is_empty() {
        let begin = at % PIECE_BYTES;
        let expected = &piece(at - begin)[usize::try_from(begin).unwrap_or(0)..];
        let (here, rest) = came.split_at(came.len().min(expected.len()));
        if *here != expected[..here.len()] {
            return false;
        }
        at += here.len() as u64;
        came = rest;
    }
    true
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = Background::start(executor::serve)?;
    Runtime::new()?.block_on(async {
        let session = Session::new();
        let mib = BODY_BYTES >> 20;

        println!("-- {mib} MiB to the server, which sends them back meanwhile");
        session.get(&server.url("/")).send().await?.bytes(100).await?;
        let before = usage::memory_of(std::process::id())?;
        let (start, made) = (Instant::now(), Rc::new(Cell::new(0)));
        let body = Made { made: Rc::clone(&made) };
        let mut answer = session.post(&server.url("/echo")).stream(body).send().await?;
        let (mut came, mut ahead, mut grown) = (0, 0, 0);
        while let Some(piece) = answer.data().await? {
            assert!(is_right(&piece, came), "another piece came at {came}");
            came += piece.len() as u64;
            ahead = ahead.max(made.get() - came);
            if came >> 24 != (came - piece.len() as u64) >> 24 {
                let now = usage::memory_of(std::process::id())?;
                grown = grown.max(now.saturating_sub(before));
            }
        }
        println!("   all came back, in {:.1?}", start.elapsed());
        println!("   at most {} KiB were sent and not back yet", ahead >> 10);
        println!("   the memory of both sides grew by {} KiB", grown >> 10);
        assert_eq!((came, made.get()), (BODY_BYTES, BODY_BYTES));
        assert!(grown < GROWTH_BYTES_MAX, "the body was kept somewhere: {grown} bytes");

        println!("-- and to a reader who does not read for a while");
        let made = Rc::new(Cell::new(0));
        let body = Made { made: Rc::clone(&made) };
        let answer = session.post(&server.url("/echo")).stream(body).send().await?;
        let mut before = u64::MAX;
        while made.get() != before {
            before = made.get();
            sleep(Duration::from_millis(100)).await;
        }
        println!("   {} KiB of {mib} MiB were made, and then no more", before >> 10);
        assert!(before < BODY_BYTES, "back-pressure reaches whoever makes the body");
        drop(answer);
        Ok::<_, Box<dyn Error>>(())
    })?;
    println!("the server: {}", server.stop()?);
    Ok(())
}
