//! Static strings packed for tables: the thousand options' declarations are the binary's largest data, and a fat pointer
//! for each text would make them more than twice as large.

/// Three static texts and a list of words, each of at most 255 bytes or entries, and two bytes of the owner's.
pub struct Packed {
    texts: [*const u8; 3],
    words: *const &'static str,
    lengths: [u8; 3],
    count: u8,
    /// What else the owner keeps about the entry.
    pub tags: [u8; 2],
}

// SAFETY: the pointers come from `&'static` references in `new`, and what they point to is never written.
unsafe impl Sync for Packed {}

impl Packed {
    /// Packs the texts and words; too long a one fails when the table is compiled.
    pub const fn new(texts: [&'static str; 3], words: &'static [&'static str], tags: [u8; 2]) -> Packed {
        let [a, b, c] = texts;
        assert!(a.len() < 256 && b.len() < 256 && c.len() < 256 && words.len() < 256);
        Packed {
            texts: [a.as_ptr(), b.as_ptr(), c.as_ptr()],
            words: words.as_ptr(),
            lengths: [a.len() as u8, b.len() as u8, c.len() as u8],
            count: words.len() as u8,
            tags,
        }
    }

    /// The text with this number, from 0 to 2; another number gives an empty one.
    pub fn text(&self, number: usize) -> &'static str {
        match (self.texts.get(number), self.lengths.get(number)) {
            (Some(start), Some(length)) => {
                // SAFETY: start and length were taken from one `&'static str` in `new`.
                unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(*start, usize::from(*length))) }
            }
            _ => "",
        }
    }

    /// The list of words.
    pub fn words(&self) -> &'static [&'static str] {
        // SAFETY: words and count were taken from one `&'static` slice in `new`.
        unsafe { core::slice::from_raw_parts(self.words, usize::from(self.count)) }
    }
}
