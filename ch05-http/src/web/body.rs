//! Bodies: bytes that come when they are asked for.

use std::any::Any;
use std::fmt;
use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

/// A body that comes piece by piece: a request's from its client, or a response's from whoever
/// makes it.
///
/// Back-pressure needs no line of code: a piece is asked for when the one before was taken. Whoever
/// does not read takes none, so none is read for it, and the kernel makes the sender wait.
pub trait Source {
    /// The next piece, never empty; `None` after the last one.
    ///
    /// # Errors
    ///
    /// When it will not come whole. `InvalidData` if its sender framed it wrongly, `TimedOut` if
    /// it was too slow, `UnexpectedEof` if it left.
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>>;

    /// Bytes that are still to come, where that is known.
    fn length(&self) -> Option<u64> {
        None
    }
}

/// The body of a request or of a response.
#[derive(Default)]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// All there already.
    Bytes(Bytes),
    /// Part of a file. Each carrier sends it in its own way.
    File(FilePart),
    /// In pieces.
    Stream(Box<dyn Source>),
}

/// Bytes of a file.
#[derive(Clone, Debug)]
pub struct FilePart {
    /// The file. Its position is not used.
    pub file: Arc<File>,
    /// Where the part begins.
    pub offset: u64,
    /// How long it is.
    pub len: u64,
}

impl Body {
    /// How long it is, where that is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Body::Empty => Some(0),
            Body::Bytes(bytes) => Some(bytes.len() as u64),
            Body::File(part) => Some(part.len),
            Body::Stream(source) => source.length(),
        }
    }

    /// The next piece; `None` after the last one.
    ///
    /// # Errors
    ///
    /// As [`Source::poll_data`].
    pub async fn data(&mut self) -> Option<io::Result<Bytes>> {
        poll_fn(|context| self.poll_data(context)).await
    }

    /// All of it, if it is at most `bytes_max` bytes.
    ///
    /// # Errors
    ///
    /// `FileTooLarge` for a longer one, and what [`Source::poll_data`] says.
    pub async fn whole(&mut self, bytes_max: usize) -> io::Result<Bytes> {
        let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "the body is too large");
        if self.length().is_some_and(|length| length > bytes_max as u64) {
            return Err(too_large());
        }
        let Some(first) = self.data().await.transpose()? else { return Ok(Bytes::new()) };
        let mut whole = Vec::new();
        let mut next = Some(first);
        while let Some(piece) = next {
            next = self.data().await.transpose()?;
            if whole.is_empty() && next.is_none() && piece.len() <= bytes_max {
                // The one piece that there is, without a copy.
                return Ok(piece);
            }
            if whole.len() + piece.len() > bytes_max {
                return Err(too_large());
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }
}

impl Source for Body {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match self {
            Body::Empty => Poll::Ready(None),
            Body::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Body::Empty;
                Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
            }
            Body::File(part) => Poll::Ready(part.read()),
            Body::Stream(source) => source.poll_data(context),
        }
    }

    fn length(&self) -> Option<u64> {
        Body::length(self)
    }
}

/// Asks a body of a response for its next piece. One that panics has failed like any other: it is
/// the end of its own connection, and of no server. It must not be asked again then.
pub(crate) fn poll_caught(
    source: &mut dyn Source,
    context: &mut Context<'_>,
) -> Poll<Option<io::Result<Bytes>>> {
    let poll = || source.poll_data(context);
    catch_unwind(AssertUnwindSafe(poll)).unwrap_or_else(|why| {
        tracing::error!(panic = panic_text(&*why), "a body panicked");
        Poll::Ready(Some(Err(io::Error::other("the body panicked"))))
    })
}

/// What a panic says.
pub(super) fn panic_text(why: &(dyn Any + Send)) -> &str {
    let text = why.downcast_ref::<&str>().copied();
    text.or_else(|| why.downcast_ref::<String>().map(String::as_str)).unwrap_or("of no text")
}

impl FilePart {
    /// Its next piece, read by pread(2), for carriers that have no better way. `UnexpectedEof` when
    /// the file was longer once: its length was promised, and the rest cannot be made up.
    pub(crate) fn read(&mut self) -> Option<io::Result<Bytes>> {
        use std::os::unix::fs::FileExt;

        if self.len == 0 {
            return None;
        }
        let most = usize::try_from(self.len).unwrap_or(usize::MAX);
        let mut piece = vec![0; most.min(ladder::socket::READ_BYTES)];
        match self.file.read_at(&mut piece, self.offset) {
            Ok(0) => Some(Err(shorter())),
            Ok(read) => {
                self.offset += read as u64;
                self.len -= read as u64;
                piece.truncate(read);
                Some(Ok(piece.into()))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

/// A file that is not as long any more as was promised.
pub(crate) fn shorter() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter")
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("Empty"),
            Body::Bytes(bytes) => f.debug_tuple("Bytes").field(bytes).finish(),
            Body::File(part) => f.debug_tuple("File").field(part).finish(),
            Body::Stream(source) => f.debug_tuple("Stream").field(&source.length()).finish(),
        }
    }
}
