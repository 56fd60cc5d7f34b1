//! Two ways to say where a message ends, for everything that can be read or written.

use std::io::{self, BufRead, ErrorKind, Read, Write};

/// A peer that sends no line end must not fill our memory.
pub(crate) const LINE_BYTES_MAX: u64 = 64;

/// A length is four bytes of the peer's choosing: believed only up to here.
const FRAME_BYTES_MAX: u32 = 64 * 1024;

/// The next line, without its end; `None` at the end of the stream.
pub(crate) fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if reader.take(LINE_BYTES_MAX).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    match line.strip_suffix('\n') {
        Some(line) => Ok(Some(line.to_owned())),
        None if line.len() as u64 == LINE_BYTES_MAX => {
            Err(too_long(format!("a line of more than {LINE_BYTES_MAX} bytes")))
        }
        // Half a line is not a line: "pay 10" may have been on its way to "pay 1000".
        None => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// Writes a message and, before it, its length.
pub(crate) fn write_frame(writer: &mut impl Write, payload: &[u8]) -> io::Result<()> {
    let len = u32::try_from(payload.len()).ok().filter(|len| *len <= FRAME_BYTES_MAX);
    let len = len.ok_or(ErrorKind::InvalidInput)?;
    // Big-endian is what networks agreed on (RFC 1700).
    writer.write_all(&len.to_be_bytes())?;
    writer.write_all(payload)
}

/// The next frame; `None` if the stream ends before one. An end within one is an error.
pub(crate) fn read_frame(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut len = Vec::with_capacity(4);
    reader.take(4).read_to_end(&mut len)?;
    let len = match <[u8; 4]>::try_from(len) {
        Ok(len) => u32::from_be_bytes(len),
        Err(nothing) if nothing.is_empty() => return Ok(None),
        Err(_) => return Err(ErrorKind::UnexpectedEof.into()),
    };
    if len > FRAME_BYTES_MAX {
        return Err(too_long(format!("a frame of {len} bytes, more than {FRAME_BYTES_MAX}")));
    }
    let mut payload = vec![0; len as usize];
    reader.read_exact(&mut payload)?;
    Ok(Some(payload))
}

fn too_long(what: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
