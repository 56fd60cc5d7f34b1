//! A chunk in pieces.
//!
//! A body in chunks is a line with a size in hexadecimal, so many bytes, an end of line, and again; the last size is
//! 0. `feed` gets whatever a read has brought. It works as long as each read brings a whole number of chunks, as it
//! does on your machine, and mostly nowhere else.
//!
//! Let it work for every cut.
//!
//! Hint: what cannot be used yet has to be kept for the next call.

#[derive(Default)]
struct Chunks {
    /// What came and was not used.
    kept: Vec<u8>,
    body: Vec<u8>,
    ended: bool,
}

impl Chunks {
    fn feed(&mut self, bytes: &[u8]) {
        // SOLUTION
        self.kept.extend_from_slice(bytes);
        while let Some(used) = self.chunk() {
            self.kept.drain(..used);
        }
        // START
        // self.kept = bytes.to_vec();
        // while let Some(used) = self.chunk() {
        //     self.kept.drain(..used);
        // }
        // END
    }

    /// Takes the chunk at the front, if all of it is there, and says how many bytes it had.
    fn chunk(&mut self) -> Option<usize> {
        let line = self.kept.windows(2).position(|end| end == b"\r\n")?;
        let size = str::from_utf8(&self.kept[..line]).ok()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        let begin = line + 2;
        let data = self.kept.get(begin..begin + size)?;
        // SOLUTION
        let end = begin + size + 2;
        if self.kept.len() < end {
            return None;
        }
        // START
        // let end = (begin + size + 2).min(self.kept.len());
        // END
        self.body.extend_from_slice(data);
        self.ended |= size == 0;
        Some(end)
    }
}

#[test]
fn a_body_is_the_same_however_it_was_cut() {
    let text = b"5\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\n\r\n";
    for cut in 1..=text.len() {
        let mut chunks = Chunks::default();
        for piece in text.chunks(cut) {
            assert!(!chunks.ended, "more comes, in pieces of {cut}");
            chunks.feed(piece);
        }
        assert_eq!(chunks.body, b"hello, world", "in pieces of {cut}");
        assert!(chunks.ended, "in pieces of {cut}");
    }
}
