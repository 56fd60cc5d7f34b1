//! What reader and writer promise, without sockets: portions however the input is cut, errors with
//! what there was, and a writer that neither loses nor hoards.

mod stage;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use ch04_async::streams::writer::HIGH_WATER_BYTES;
use ch04_async::streams::{ReadError, StreamReader, StreamWriter};
use ch04_async::{Clock, Runtime, yield_now};
use futures_io::{AsyncRead, AsyncWrite};
use proptest::prelude::*;

use stage::{Stage, poll, turn};

/// Input that comes in pieces of one size, after a turn of waiting each.
struct Pieces {
    left: VecDeque<u8>,
    size: usize,
    waited: bool,
}

impl Pieces {
    fn of(input: &[u8], size: usize) -> Pieces {
        Pieces { left: input.iter().copied().collect(), size, waited: false }
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        memory: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.waited = !self.waited;
        if self.waited {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = self.size.min(memory.len()).min(self.left.len());
        for byte in &mut memory[..read] {
            *byte = self.left.pop_front().expect("as many");
        }
        Poll::Ready(Ok(read))
    }
}

/// Polls until it is ready.
fn finish<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    loop {
        if let Poll::Ready(output) = poll(&mut future) {
            return output;
        }
    }
}

fn overrun(result: Result<Bytes, ReadError>) -> usize {
    match result.expect_err("too long") {
        ReadError::LimitOverrun { consumed } => consumed,
        other => panic!("{other}"),
    }
}

#[test]
fn every_portion_comes_whole_however_the_input_is_cut() {
    for size in 1..=24 {
        let mut reader = StreamReader::new(Pieces::of(b"GET /\r\nhost: a\r\n\r\nbody\nlast", size));
        assert_eq!(finish(reader.read_line()).expect("a line"), "GET /\r\n");
        assert_eq!(finish(reader.read_until(b"\r\n\r\n")).expect("a head"), "host: a\r\n\r\n");
        assert_eq!(finish(reader.read_exact(4)).expect("a body"), "body");
        assert_eq!(finish(reader.read_exact(0)).expect("nothing"), "");
        assert_eq!(finish(reader.read_line()).expect("an empty line"), "\n");
        assert!(!reader.at_eof());
        assert_eq!(finish(reader.read_line()).expect("no end of line"), "last");
        assert!(reader.at_eof());
        assert_eq!(finish(reader.read_line()).expect("nothing more"), "");
        assert_eq!(finish(reader.read(7)).expect("nothing more"), "");
    }
}

#[test]
fn a_read_brings_what_is_there_and_keeps_what_is_too_much() {
    let mut reader = StreamReader::new(Pieces::of(b"abcdef", 4));
    assert_eq!(finish(reader.read(0)).expect("nothing asked for"), "");
    assert_eq!(finish(reader.read(3)).expect("three of four"), "abc");
    assert_eq!(finish(reader.read(3)).expect("what was kept"), "d");
    assert_eq!(overrun(finish(reader.read_to_end(1))), 2);
    assert_eq!(finish(reader.read_to_end(9)).expect("kept"), "ef");
    assert!(reader.at_eof());
}

#[test]
fn an_input_that_ends_too_early_is_an_error_with_what_there_was() {
    for size in 1..=4 {
        let mut reader = StreamReader::new(Pieces::of(b"abc", size));
        let Err(ReadError::Incomplete { partial, expected }) = finish(reader.read_exact(5)) else {
            panic!("there are three")
        };
        assert_eq!((&partial[..], expected), (&b"abc"[..], Some(5)));
        assert!(reader.at_eof());
        let mut reader = StreamReader::new(Pieces::of(b"abc\r", size));
        let Err(ReadError::Incomplete { partial, expected }) = finish(reader.read_until(b"\r\n"))
        else {
            panic!("there is no separator")
        };
        assert_eq!((&partial[..], expected), (&b"abc\r"[..], None));
    }
    let error: io::Error = finish(StreamReader::new(Pieces::of(b"a", 1)).read_exact(2))
        .map_err(io::Error::from)
        .expect_err("too early");
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(error.to_string(), "input ended after 1 of 2 bytes");
}

/// The same bytes were given to Python's `StreamReader`, with these outcomes.
#[test]
fn the_limit_is_where_asyncio_has_it_and_the_rest_stays_as_it_does_there() {
    let reader = |input: &[u8]| StreamReader::with_limit(Pieces::of(input, 1000), 8);
    let until = |reader: &mut StreamReader<Pieces>| finish(reader.read_until(b"\n"));
    let line = |reader: &mut StreamReader<Pieces>| finish(reader.read_line());
    let rest = |reader: &mut StreamReader<Pieces>| finish(reader.read_to_end(99)).expect("short");

    let mut exact = reader(b"12345678\nrest");
    assert_eq!(until(&mut exact).expect("just within"), "12345678\n");
    let mut over = reader(b"123456789\nrest");
    assert_eq!(overrun(until(&mut over)), 9);
    assert_eq!(rest(&mut over), "123456789\nrest", "read_until keeps it all");
    let mut endless = reader(b"1234567890123");
    assert_eq!(overrun(until(&mut endless)), 13);
    assert_eq!(finish(endless.read_exact(13)).expect("kept"), "1234567890123");

    let mut over = reader(b"123456789\nrest\n");
    assert_eq!(overrun(line(&mut over)), 9);
    assert_eq!(line(&mut over).expect("the next"), "rest\n", "read_line drops the long line");
    let mut endless = reader(b"1234567890123");
    assert_eq!(overrun(line(&mut endless)), 13);
    assert_eq!(line(&mut endless).expect("nothing more"), "");
    assert_eq!(line(&mut reader(b"12345678")).expect("within"), "12345678");

    let mut split = reader(b"abcdefghij\r");
    assert_eq!(overrun(finish(split.read_until(b"\r\n"))), 10, "the \\r may belong to it");
}

#[test]
fn a_line_without_end_takes_no_more_memory_than_the_limit_and_one_read() {
    let mut reader = StreamReader::with_limit(Pieces::of(&vec![b'x'; 1 << 20], 1000), 4096);
    let consumed = overrun(finish(reader.read_line()));
    assert!((4097..=5096).contains(&consumed), "{consumed}");
}

#[test]
fn a_portion_cut_at_every_step_has_taken_nothing() {
    let read = |cut_after: usize| {
        let reader = Rc::new(RefCell::new(StreamReader::new(Pieces::of(b"line\n12345678end", 3))));
        let got = Rc::new(RefCell::new(Vec::<Bytes>::new()));
        #[expect(clippy::await_holding_refcell_ref, reason = "one of the two is alive at a time")]
        let play = |reader: Rc<RefCell<StreamReader<Pieces>>>, got: Rc<RefCell<Vec<Bytes>>>| async move {
            if got.borrow().is_empty() {
                let line = reader.borrow_mut().read_line().await.expect("a line");
                got.borrow_mut().push(line);
            }
            if got.borrow().len() == 1 {
                let bytes = reader.borrow_mut().read_exact(8).await.expect("eight");
                got.borrow_mut().push(bytes);
            }
            turn().await;
            let rest = reader.borrow_mut().read_until(b"end").await.expect("the end");
            got.borrow_mut().push(rest);
        };
        let mut stage = Stage::new(vec![Box::pin(play(Rc::clone(&reader), Rc::clone(&got)))]);
        for _ in 0..cut_after {
            stage.step(false);
        }
        let was_cut = stage.cut(0);
        if was_cut {
            stage.enter(Box::pin(play(reader, Rc::clone(&got))));
            stage.run(false);
        }
        assert_eq!(*got.borrow(), ["line\n", "12345678", "end"], "cut after {cut_after}");
        was_cut
    };
    let cuts = (0..100).take_while(|&step| read(step)).count();
    assert!((6..100).contains(&cuts), "{cuts} cuts");
}

#[derive(Clone, Copy, Debug)]
enum Portion {
    Some(usize),
    Exact(usize),
    Line,
    Until(&'static [u8]),
}

/// What the next portion of `input` is, known as a whole.
fn expect(input: &mut &[u8], portion: Portion) -> Result<Vec<u8>, Vec<u8>> {
    let find = |separator: &[u8]| {
        let at = input.windows(separator.len()).position(|window| window == separator);
        at.map(|at| at + separator.len())
    };
    let (taken, whole) = match portion {
        Portion::Some(_) => unreachable!("depends on how the input comes"),
        Portion::Exact(bytes) => (bytes.min(input.len()), bytes <= input.len()),
        Portion::Line => (find(b"\n").unwrap_or(input.len()), true),
        Portion::Until(separator) => {
            (find(separator).unwrap_or(input.len()), find(separator).is_some())
        }
    };
    let (portion, rest) = input.split_at(taken);
    *input = rest;
    if whole { Ok(portion.to_vec()) } else { Err(portion.to_vec()) }
}

proptest! {
    #[test]
    fn portions_do_not_depend_on_how_the_input_comes(
        input in prop::collection::vec(prop::sample::select(&b"ab\n"[..]), 0..60),
        size in 1..9_usize,
        portions in prop::collection::vec(prop_oneof![
            (0..9_usize).prop_map(Portion::Some),
            (0..9_usize).prop_map(Portion::Exact),
            Just(Portion::Line),
            Just(Portion::Until(b"ab")),
            Just(Portion::Until(b"aab")),
            Just(Portion::Until(b"\n\n")),
        ], 1..20),
    ) {
        let mut reader = StreamReader::new(Pieces::of(&input, size));
        let mut left = &input[..];
        for portion in portions {
            let got = match portion {
                Portion::Some(bytes_max) => {
                    let some = finish(reader.read(bytes_max)).expect("no error");
                    prop_assert!(some.len() <= bytes_max);
                    prop_assert!(!some.is_empty() || bytes_max == 0 || left.is_empty());
                    prop_assert!(left.starts_with(&some));
                    left = &left[some.len()..];
                    continue;
                }
                Portion::Exact(bytes) => finish(reader.read_exact(bytes)),
                Portion::Line => finish(reader.read_line()),
                Portion::Until(separator) => finish(reader.read_until(separator)),
            };
            let got = got.map(|bytes| bytes.to_vec()).map_err(|error| match error {
                ReadError::Incomplete { partial, .. } => partial.to_vec(),
                other => panic!("{other}"),
            });
            prop_assert_eq!(got, expect(&mut left, portion));
        }
    }
}

/// An output with room for so much, until somebody takes it.
#[derive(Clone, Default)]
struct Wire(Rc<Ends>);

#[derive(Default)]
struct Ends {
    room: Cell<usize>,
    sent: RefCell<Vec<u8>>,
    ended: Cell<bool>,
    broken: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Wire {
    fn make_room(&self, bytes: usize) {
        self.0.room.set(self.0.room.get() + bytes);
        self.0.waiting.take().into_iter().for_each(Waker::wake);
    }

    fn sent(&self) -> usize {
        self.0.sent.borrow().len()
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.0.broken.get() {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
        }
        let written = bytes.len().min(self.0.room.get());
        if written == 0 {
            *self.0.waiting.borrow_mut() = Some(context.waker().clone());
            return Poll::Pending;
        }
        self.0.room.set(self.0.room.get() - written);
        self.0.sent.borrow_mut().extend_from_slice(&bytes[..written]);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        assert!(!self.0.ended.replace(true), "the end is said once");
        Poll::Ready(Ok(()))
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    Runtime::builder().clock(Clock::paused()).build().expect("a runtime").block_on(future)
}

async fn turns() {
    for _ in 0..5 {
        yield_now().await;
    }
}

#[test]
fn what_there_is_room_for_is_sent_at_once_and_in_order() {
    run(async {
        let wire = Wire::default();
        wire.make_room(5);
        let mut writer = StreamWriter::new(wire.clone());
        writer.write(b"abc");
        assert_eq!((wire.sent(), writer.pending()), (3, 0));
        writer.write(b"defg");
        writer.write(b"hi");
        assert_eq!((wire.sent(), writer.pending()), (5, 4));
        wire.make_room(3);
        turns().await;
        assert_eq!((wire.sent(), writer.pending()), (8, 1), "while the writer did something else");
        wire.make_room(100);
        turns().await;
        writer.write(b"jk");
        writer.write_eof();
        writer.close();
        writer.wait_closed().await.expect("sent");
        assert_eq!(*wire.0.sent.borrow(), b"abcdefghijk");
        assert!(wire.0.ended.get());
    });
}

#[test]
fn drain_waits_above_the_high_mark_until_the_low_one() {
    run(async {
        let wire = Wire::default();
        let mut writer = StreamWriter::new(wire.clone());
        writer.write(&vec![1; HIGH_WATER_BYTES]);
        assert!(poll(&mut Box::pin(writer.drain())).is_ready(), "up to the mark there is no wait");
        writer.write(&[1]);
        assert!(poll(&mut Box::pin(writer.drain())).is_pending());
        wire.make_room(HIGH_WATER_BYTES / 4 * 3);
        turns().await;
        assert!(poll(&mut Box::pin(writer.drain())).is_pending(), "below the one mark only");
        wire.make_room(1);
        turns().await;
        assert_eq!(writer.pending(), HIGH_WATER_BYTES / 4);
        writer.drain().await.expect("sent");
        writer.set_high_water(0);
        assert!(poll(&mut Box::pin(writer.drain())).is_pending());
        wire.make_room(HIGH_WATER_BYTES);
        writer.drain().await.expect("sent");
        assert_eq!(writer.pending(), 0);
    });
}

#[test]
fn an_error_reaches_drain_each_time_and_nothing_waits_for_ever() {
    run(async {
        let wire = Wire::default();
        let mut writer = StreamWriter::new(wire.clone());
        writer.write(&vec![1; HIGH_WATER_BYTES + 1]);
        let mut waiting = Box::pin(async move {
            let failed = writer.drain().await.map_err(|error| error.kind());
            (writer, failed)
        });
        assert!(poll(&mut waiting).is_pending());
        wire.0.broken.set(true);
        wire.make_room(1);
        let (mut writer, failed) = waiting.await;
        assert_eq!(failed, Err(io::ErrorKind::ConnectionReset));
        writer.write(b"more");
        assert_eq!(writer.pending(), 0, "nothing is kept that cannot be sent");
        assert!(writer.drain().await.is_err());
        writer.close();
        assert!(writer.wait_closed().await.is_err());
    });
}

#[test]
fn writing_after_the_end_is_an_error_and_sends_nothing() {
    run(async {
        let wire = Wire::default();
        wire.make_room(100);
        let mut writer = StreamWriter::new(wire.clone());
        writer.write_eof();
        writer.write(b"late");
        assert_eq!(writer.drain().await.expect_err("late").kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(wire.sent(), 0);
    });
}

#[test]
fn a_writer_that_was_closed_sends_on_when_it_is_dropped_and_another_does_not() {
    run(async {
        for close in [true, false] {
            let wire = Wire::default();
            let mut writer = StreamWriter::new(wire.clone());
            writer.write(b"kept");
            if close {
                writer.close();
            }
            drop(writer);
            turns().await;
            wire.make_room(100);
            turns().await;
            assert_eq!(
                (wire.sent(), wire.0.ended.get()),
                if close { (4, true) } else { (0, false) }
            );
            assert_eq!(Rc::strong_count(&wire.0), 1, "the sink is dropped");
        }
    });
}

#[test]
fn a_runtime_that_ends_drops_what_was_never_sent_and_its_sink() {
    let wire = Wire::default();
    let ours = wire.clone();
    run(async move {
        let mut writer = StreamWriter::new(ours);
        writer.write(b"kept");
        writer.close();
    });
    assert_eq!((wire.sent(), Rc::strong_count(&wire.0)), (0, 1));
}
