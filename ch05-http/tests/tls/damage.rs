//! Records that were changed on the way.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use ch04_async::net::unix::UnixStream;
use ch04_async::structure::join;
use ch05_http::tls::{self, TlsStream};
use futures_io::{AsyncRead, AsyncWrite};

use super::{NAME, authority, close, configs, read_to_end, run, write_all};

/// A stream in which one bit of what comes is turned over: the bit, and after how many bytes from now on.
struct Flipping {
    stream: UnixStream,
    flip: Rc<Cell<Option<(usize, u8)>>>,
}

impl AsyncRead for Flipping {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let came = ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        match self.flip.get() {
            Some((at, bit)) if at < came => {
                buffer[at] ^= 1 << bit;
                self.flip.set(None);
            }
            Some((at, bit)) => self.flip.set(Some((at - came, bit))),
            None => {}
        }
        Poll::Ready(Ok(came))
    }
}

impl AsyncWrite for Flipping {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}

/// A client, a server, and what turns over a bit of what the client or the server reads.
async fn agreed(
    damaged: &Rc<Cell<Option<(usize, u8)>>>,
    of_client: bool,
) -> (TlsStream<Flipping>, TlsStream<Flipping>) {
    let (client, server) = configs(&authority());
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    let flip = |damaged: bool, flip: &Rc<_>| if damaged { Rc::clone(flip) } else { Rc::default() };
    let ours = Flipping { stream: ours, flip: flip(of_client, damaged) };
    let theirs = Flipping { stream: theirs, flip: flip(!of_client, damaged) };
    let (ours, theirs) = join(tls::connect(ours, client, NAME), tls::accept(theirs, server)).await;
    (ours.expect("a client"), theirs.expect("a server"))
}

const MESSAGE: &[u8] = b"one record of some length";

/// A record's head, which is its kind, a version and a length; its text; and the tag behind it.
const PLACES: [usize; 9] = [0, 1, 3, 4, 5, 6, 20, 29, 40];

/// Before this place a bit may not matter: the version says nothing any more (RFC 8446, section 5.1), and the kind
/// that counts is within. What comes must be the message all the same.
const MATTERS: usize = 3;

#[test]
fn a_record_with_one_bit_turned_over_is_no_other_data() {
    for of_client in [true, false] {
        for (at, bit) in PLACES.into_iter().flat_map(|at| [(at, 0), (at, 7)]) {
            run(async {
                let damaged = Rc::default();
                let (mut ours, mut theirs) = agreed(&damaged, of_client).await;
                // The server's tickets come before, and are whole.
                write_all(&mut theirs, b"welcome").await.expect("room");
                let mut welcome = [0; 7];
                assert_eq!(super::read(&mut ours, &mut welcome).await.expect("a word"), 7);
                damaged.set(Some((at, bit)));
                let (reader, writer) =
                    if of_client { (&mut ours, &mut theirs) } else { (&mut theirs, &mut ours) };
                write_all(writer, MESSAGE).await.expect("room");
                close(writer).await.expect("room");
                let place = format!("byte {at}, bit {bit}, of the client {of_client}");
                let outcome = read_to_end(reader).await;
                assert_eq!(damaged.get(), None, "{place}: it was not reached");
                let error = match outcome {
                    Ok(came) => {
                        assert!(at < MATTERS && came == MESSAGE, "{place}: {came:?}");
                        return;
                    }
                    Err(error) => error,
                };
                // A length that has become longer waits for bytes that do not come.
                let kinds = [ErrorKind::InvalidData, ErrorKind::UnexpectedEof];
                assert!(kinds.contains(&error.kind()), "{place}: {error}");
                // It stays an error: nothing behind it is believed either.
                read_to_end(reader).await.expect_err(&place);
            });
        }
    }
}

#[test]
fn who_sent_what_came_damaged_is_told() {
    run(async {
        let damaged = Rc::default();
        let (mut ours, mut theirs) = agreed(&damaged, false).await;
        damaged.set(Some((10, 3)));
        write_all(&mut ours, MESSAGE).await.expect("room");
        let error = read_to_end(&mut theirs).await.expect_err("it was damaged");
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        let told = read_to_end(&mut ours).await.expect_err("an alert");
        assert!(tls::why_io(&told).contains("the other side"), "{told}");
    });
}
