//! What goes through a session comes out of it, however it is cut.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ch04_async::net::unix::UnixStream;
use ch04_async::spawn;
use ch04_async::structure::join;
use ch05_http::tls;
use futures_io::{AsyncRead, AsyncWrite};
use proptest::collection::vec;
use proptest::prelude::*;

use super::{NAME, agreed, authority, close, configs, read, read_to_end, run, write_all};

/// A stream that takes and gives so many bytes at a time, one size after the other and again from the first;
/// where that is 0, it is not ready.
struct Cut<S> {
    stream: S,
    sizes: Vec<usize>,
    turn: usize,
}

impl<S> Cut<S> {
    fn new(stream: S, sizes: &[usize]) -> Cut<S> {
        Cut { stream, sizes: sizes.to_vec(), turn: 0 }
    }

    fn next(&mut self, context: &Context<'_>) -> Poll<usize> {
        let size = self.sizes[self.turn % self.sizes.len()];
        self.turn += 1;
        if size == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(size)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Cut<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let some = ready!(self.next(context)).min(buffer.len());
        Pin::new(&mut self.stream).poll_read(context, &mut buffer[..some])
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Cut<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let some = ready!(self.next(context)).min(bytes.len());
        Pin::new(&mut self.stream).poll_write(context, &bytes[..some])
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}

#[test]
fn a_handshake_and_a_message_byte_by_byte() {
    let (client, server) = configs(&authority());
    run(async {
        let (ours, theirs) = UnixStream::pair().expect("sockets");
        let (ours, theirs) = (Cut::new(ours, &[0, 1]), Cut::new(theirs, &[0, 1]));
        let (ours, theirs) =
            join(tls::connect(ours, client, NAME), tls::accept(theirs, server)).await;
        let (mut ours, mut theirs) = (ours.expect("a client"), theirs.expect("a server"));
        let say = async {
            write_all(&mut ours, b"byte by byte").await?;
            close(&mut ours).await
        };
        let (said, heard) = join(say, read_to_end(&mut theirs)).await;
        said.expect("room");
        assert_eq!(heard.expect("an end"), b"byte by byte");
    });
}

#[test]
fn much_goes_both_ways_at_once() {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    run(async {
        let (mut ours, mut theirs) = agreed().await;
        // One echoes as it reads, so each waits for the other again and again.
        let echo = spawn(async move {
            let mut buffer = vec![0; 7000];
            loop {
                match read(&mut theirs, &mut buffer).await? {
                    0 => return close(&mut theirs).await,
                    some => write_all(&mut theirs, &buffer[..some]).await?,
                }
            }
        });
        let (mut sent, mut heard, mut buffer) = (0, Vec::new(), vec![0; 9000]);
        poll_fn(|context| {
            while sent < bytes.len() {
                match Pin::new(&mut ours).poll_write(context, &bytes[sent..]) {
                    Poll::Ready(some) => sent += some.expect("room"),
                    Poll::Pending => break,
                }
            }
            while let Poll::Ready(some) = Pin::new(&mut ours).poll_read(context, &mut buffer) {
                heard.extend_from_slice(&buffer[..some.expect("more")]);
                if heard.len() == bytes.len() {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        })
        .await;
        assert!(heard == bytes, "it came back changed");
        close(&mut ours).await.expect("room");
        echo.await.expect("no panic").expect("an end");
        assert!(read_to_end(&mut ours).await.expect("an end").is_empty());
    });
}

/// How a stream is cut: sometimes by the byte, sometimes beyond the largest record, and never not at all.
fn cuts() -> impl Strategy<Value = Vec<usize>> {
    let sizes = vec(prop_oneof![Just(0), 1..20_usize, 1..20_000_usize], 0..6);
    (sizes, 500..20_000_usize).prop_map(|(mut sizes, last)| {
        sizes.push(last);
        sizes
    })
}

/// Each message is of other bytes, so that one in place of another is seen.
fn message(number: usize, size: usize) -> Vec<u8> {
    (0..=250).cycle().skip(number * 31).take(size).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Sizes about that of a record, which is 16 KiB at most, and far from it.
    #[test]
    fn bytes_come_whole_however_they_are_written_and_cut(
        sizes in vec(prop_oneof![0..3_usize, 16_300..16_500_usize, 0..50_000_usize], 1..6),
        (ours_cut, theirs_cut) in (cuts(), cuts()),
        buffer in prop_oneof![1..30_usize, 1..40_000_usize],
    ) {
        let (client, server) = configs(&authority());
        let sent: Vec<Vec<u8>> =
            sizes.iter().enumerate().map(|(number, size)| message(number, *size)).collect();
        let whole = sent.concat();
        run(async {
            let (ours, theirs) = UnixStream::pair().expect("sockets");
            let (ours, theirs) = (Cut::new(ours, &ours_cut), Cut::new(theirs, &theirs_cut));
            let (ours, theirs) =
                join(tls::connect(ours, client, NAME), tls::accept(theirs, server)).await;
            let (mut ours, mut theirs) = (ours.expect("a client"), theirs.expect("a server"));
            let say = async {
                for message in &sent {
                    write_all(&mut ours, message).await.expect("room");
                }
                close(&mut ours).await.expect("room");
                ours
            };
            let hear = async {
                let (mut heard, mut buffer) = (Vec::new(), vec![0; buffer]);
                loop {
                    match read(&mut theirs, &mut buffer).await.expect("an end that was said") {
                        0 => return heard,
                        some => heard.extend_from_slice(&buffer[..some]),
                    }
                }
            };
            let (mut ours, heard) = join(say, hear).await;
            assert!(heard == whole, "{} bytes came of {}", heard.len(), whole.len());
            // And the other way, when the first way has ended.
            let back = async {
                write_all(&mut theirs, &heard).await.expect("room");
                close(&mut theirs).await.expect("room");
            };
            let ((), again) = join(back, read_to_end(&mut ours)).await;
            assert!(again.expect("an end that was said") == whole, "it came back changed");
        });
    }
}
