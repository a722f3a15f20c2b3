//! Bytes to UTF-8: which encoding a file is in, and its letters.

use std::io;

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::{ReadError, SAMPLE_BYTES};

/// The bytes of a file as UTF-8. Bytes that are UTF-8 already pass untouched, broken ones included.
pub(super) struct Decoded<R> {
    bytes: R,
    pub(super) encoding: &'static Encoding,
    decoder: Option<encoding_rs::Decoder>,
    sample: Vec<u8>,
    ended: bool,
    /// Nothing but ASCII came so far, so that the first other letter decides.
    open: bool,
}

impl<R: io::Read> Decoded<R> {
    /// Starts with the encoding of the byte order mark, else with `encoding`, else with the likeliest.
    pub(super) fn open(
        mut bytes: R,
        encoding: Option<&'static Encoding>,
    ) -> Result<Self, ReadError> {
        let mut sample = vec![0; SAMPLE_BYTES];
        let mut filled = 0_usize;
        while let Some(rest) = sample.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match bytes.read(rest) {
                Ok(0) => break,
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let ended = filled < sample.len();
        sample.truncate(filled);
        let marked = Encoding::for_bom(&sample);
        let open = encoding.is_none() && marked.is_none() && sample.is_ascii();
        let (found, mark) = match marked {
            Some((encoding, mark)) => (encoding, mark),
            None => (encoding.unwrap_or_else(|| likeliest(&sample, ended)), 0),
        };
        drop(sample.drain(..mark));
        let decoder = decoder_of(found);
        let open = open && found == UTF_8;
        Ok(Self { bytes, encoding: found, decoder, sample, ended, open })
    }

    /// What the file begins with, as it stands.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.sample
    }

    /// From here on bytes pass as they are.
    pub(super) fn leave_as_it_is(&mut self) {
        self.decoder = None;
        self.open = false;
    }

    /// Appends some more to `out`; false at the end.
    pub(super) fn more(&mut self, out: &mut Vec<u8>) -> Result<bool, ReadError> {
        if self.sample.is_empty() && self.ended {
            return Ok(self.flush(out));
        }
        if self.sample.is_empty() {
            self.sample.resize(SAMPLE_BYTES, 0);
            let read = loop {
                match self.bytes.read(&mut self.sample) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.sample.truncate(read);
            self.ended = read == 0;
            if self.ended {
                return Ok(self.flush(out));
            }
        }
        if self.open && !self.sample.is_ascii() {
            self.open = false;
            self.encoding = likeliest(&self.sample, false);
            self.decoder = decoder_of(self.encoding);
        }
        match &mut self.decoder {
            None => out.append(&mut self.sample),
            Some(decoder) => decode(decoder, &core::mem::take(&mut self.sample), false, out),
        }
        Ok(true)
    }

    /// What the decoder still holds back at the end.
    fn flush(&mut self, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        if let Some(mut decoder) = self.decoder.take() {
            decode(&mut decoder, &[], true, out);
        }
        out.len() > before
    }
}

fn decoder_of(encoding: &'static Encoding) -> Option<encoding_rs::Decoder> {
    (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling())
}

fn decode(decoder: &mut encoding_rs::Decoder, mut from: &[u8], last: bool, out: &mut Vec<u8>) {
    loop {
        let start = out.len();
        let room = decoder.max_utf8_buffer_length(from.len()).unwrap_or(from.len()).max(16);
        out.resize(start.saturating_add(room), 0);
        let (result, read, wrote, _) =
            decoder.decode_to_utf8(from, out.get_mut(start..).unwrap_or_default(), last);
        out.truncate(start.saturating_add(wrote));
        from = from.get(read..).unwrap_or_default();
        if result == encoding_rs::CoderResult::InputEmpty {
            break;
        }
    }
}

/// What a sample is most likely written in: UTF-16 by its zero bytes, UTF-8 where it is that, else by statistics.
///
/// `whole` says that nothing follows the sample.
pub(super) fn likeliest(sample: &[u8], whole: bool) -> &'static Encoding {
    if let Some(wide) = two_bytes(sample) {
        return wide;
    }
    let valid = match core::str::from_utf8(sample) {
        Ok(_) => true,
        // A letter that the sample cuts in two.
        Err(error) => !whole && error.error_len().is_none(),
    };
    if valid {
        return UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    let guess = detector.guess(None, chardetng::Utf8Detection::Deny);
    // GBK is the older half of it.
    if guess == encoding_rs::GBK || guess.is_single_byte() && is_paired(sample) {
        return GB18030;
    }
    guess
}

/// UTF-16 without its mark: no other text has zero bytes, and those of line ends, delimiters and digits stand behind
/// (little-endian) or before (big-endian) their letter.
fn two_bytes(sample: &[u8]) -> Option<&'static Encoding> {
    if !sample.contains(&0) {
        return None;
    }
    let plain = |byte: u8| matches!(byte, b'\n' | b'\r' | b',' | b'\t' | b';' | b'|' | b'1'..=b'9' | b'a'..=b'z');
    let (mut little, mut big) = (0_usize, 0_usize);
    for pair in sample.chunks_exact(2) {
        match pair {
            [letter, 0] if plain(*letter) => little = little.saturating_add(1),
            [0, letter] if plain(*letter) => big = big.saturating_add(1),
            _ => {}
        }
    }
    match little.cmp(&big) {
        core::cmp::Ordering::Greater => Some(UTF_16LE),
        core::cmp::Ordering::Less => Some(UTF_16BE),
        core::cmp::Ordering::Equal => None,
    }
}

/// Whether all bytes beyond ASCII come in pairs of GB 2312. A few Chinese headings over columns of numbers are too little
/// text for statistics, but letters of an alphabet do not fall into such pairs.
fn is_paired(sample: &[u8]) -> bool {
    let runs = sample.split(u8::is_ascii).filter(|run| !run.is_empty());
    let paired = |pair: &[u8]| match pair {
        [lead, trail] => matches!(lead, 0xa1..=0xa3 | 0xb0..=0xf7) && *trail >= 0xa1,
        _ => false,
    };
    runs.clone().count() > 1 && runs.flat_map(|run| run.chunks(2)).all(paired)
}
