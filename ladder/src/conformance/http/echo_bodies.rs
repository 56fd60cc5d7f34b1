//! A body's length is said in one of two ways: before it, or chunk by chunk.

use crate::client::Noise;
use crate::socket::READ_BYTES;

use super::super::case::{Case, Verdict, Within};
use super::{chunked, is_ok, post, sized, still_serves};

const SIZES: [usize; 6] = [0, 1, READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 1 << 20];

/// Chunks of one byte, odd ones, and some larger than a read.
const CHUNKS: [usize; 3] = [1, 1021, 100_000];

/// One-byte chunks of a larger body are 6 bytes for each: enough is enough.
const SMALL_CHUNKS_OF_BYTES_MAX: usize = 20_000;

/// All that may be in a chunked body: leading zeros, both cases of a digit, an extension, a
/// trailer field (RFC 9112, section 7.1).
const ALL_SORTS: &[u8] = b"3\r\nabc\r\n00A;name=\"value\"\r\ndefghijklm\r\n1;x\r\nn\r\n\
    0\r\nTrailer-Field: value\r\n\r\n";
const ALL_SORTS_MEAN: &[u8] = b"abcdefghijklmn";

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    for size in SIZES {
        let body = Noise(size as u64).bytes(size);
        let what = format!("{size} bytes with a length");
        is_ok(&client.request(&sized(&body)).within(&what)?, &body).within(&what)?;
        for chunk in CHUNKS {
            if chunk == 1 && size > SMALL_CHUNKS_OF_BYTES_MAX {
                continue;
            }
            let what = format!("{size} bytes in chunks of {chunk}");
            is_ok(&client.request(&chunked(&body, chunk)).within(&what)?, &body).within(&what)?;
        }
    }
    let request = post("Transfer-Encoding: chunked\r\n", ALL_SORTS);
    let mut other = if case.at_once() > 1 { Some(case.connect(&server)?) } else { None };
    for cut in request.len() - ALL_SORTS.len()..request.len() {
        client.send(&request[..cut])?;
        if let Some(other) = &mut other {
            still_serves(other)?;
        }
        client.send(&request[cut..])?;
        let what = format!("a chunked request cut at {cut}");
        is_ok(&client.next_response(false).within(&what)?, ALL_SORTS_MEAN).within(&what)?;
    }
    client.send_each_byte(&request)?;
    let response = client.next_response(false).within("a chunked request byte by byte")?;
    is_ok(&response, ALL_SORTS_MEAN).within("a chunked request byte by byte")?;
    still_serves(&mut client).within("after all bodies")
}
