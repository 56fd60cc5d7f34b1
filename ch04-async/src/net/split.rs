//! The two directions of a connection, as two values: one to read from, one to write to.
//!
//! Borrowed halves serve two futures of one task. They are views, and dropping them does nothing.
//! Owned halves can go to two tasks. Then nobody is left who could end the output by hand, so
//! dropping the owned writing half does it: the other side sees the end of input, while the reading
//! half goes on. The descriptor is closed with the second of the two.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use ch03_selectors::Source;
use futures_io::{AsyncRead, AsyncWrite};

use crate::net::stream::Duplex;
use crate::reactor::Async;

/// The direction from the other side to us. `P` points to the connection.
#[derive(Debug)]
pub struct ReadHalf<P>(P);

/// The direction from us to the other side. `P` points to the connection.
#[derive(Debug)]
pub struct WriteHalf<P>(P);

/// A reading half for a task of its own.
pub type OwnedReadHalf<T> = ReadHalf<Rc<Async<T>>>;

/// A writing half for a task of its own. Dropping it ends the output.
pub type OwnedWriteHalf<T> = WriteHalf<EndsOutput<T>>;

/// A share of a connection, with which its output ends.
pub struct EndsOutput<T: Duplex>(Option<Rc<Async<T>>>);

impl<T: Duplex> Async<T> {
    /// Both directions, for as long as the borrow lasts. (Not `split`: a method of that name in
    /// `futures-util` takes `self`, and would be called instead.)
    pub fn halves(&mut self) -> (ReadHalf<&Async<T>>, WriteHalf<&Async<T>>) {
        (ReadHalf(self), WriteHalf(self))
    }

    /// Both directions, each to keep.
    pub fn into_halves(self) -> (OwnedReadHalf<T>, OwnedWriteHalf<T>) {
        let shared = Rc::new(self);
        (ReadHalf(Rc::clone(&shared)), WriteHalf(EndsOutput(Some(shared))))
    }
}

impl<T: Duplex> WriteHalf<EndsOutput<T>> {
    /// Puts the connection together again, and nothing is ended.
    ///
    /// # Errors
    ///
    /// When the two are not of one connection: both come back.
    ///
    /// # Panics
    ///
    /// Never: there are two halves, and no third share.
    pub fn reunite(
        mut self,
        reading: OwnedReadHalf<T>,
    ) -> Result<Async<T>, (OwnedReadHalf<T>, OwnedWriteHalf<T>)> {
        if !Rc::ptr_eq(&reading.0, self.0.shared()) {
            return Err((reading, self));
        }
        self.0.0 = None;
        Ok(Rc::into_inner(reading.0).expect("there were two shares, and this is the last"))
    }
}

impl<T: Duplex> EndsOutput<T> {
    fn shared(&self) -> &Rc<Async<T>> {
        self.0.as_ref().expect("taken by `reunite` only, which takes us, too")
    }
}

impl<T: Duplex> Deref for EndsOutput<T> {
    type Target = Async<T>;

    fn deref(&self) -> &Async<T> {
        self.shared()
    }
}

impl<T: Duplex> Drop for EndsOutput<T> {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take() {
            // A drop has nobody to tell; the reading half will hear of whatever is wrong.
            let _ = stream.end_output();
        }
    }
}

impl<T: Duplex> fmt::Debug for EndsOutput<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EndsOutput").finish_non_exhaustive()
    }
}

/// All that a connection offers can be had from its halves, too: `readable`, `peer_addr`, `read`.
impl<P: Deref> Deref for ReadHalf<P> {
    type Target = P::Target;

    fn deref(&self) -> &P::Target {
        &self.0
    }
}

impl<P: Deref> Deref for WriteHalf<P> {
    type Target = P::Target;

    fn deref(&self) -> &P::Target {
        &self.0
    }
}

impl<P, T> AsyncRead for ReadHalf<P>
where
    P: Deref<Target = Async<T>> + Unpin,
    T: Source,
    for<'a> &'a T: Read,
{
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self.0).poll_read(context, buffer)
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self.0).poll_read_vectored(context, buffers)
    }
}

impl<P, T> AsyncWrite for WriteHalf<P>
where
    P: Deref<Target = Async<T>> + Unpin,
    T: Duplex,
    for<'a> &'a T: Write,
{
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self.0).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut &*self.0).poll_write_vectored(context, buffers)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self.0).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut &*self.0).poll_close(context)
    }
}
