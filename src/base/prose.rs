//! Text for people (summaries, the options' help, notes), held in half of its bytes: what recurs in it is one byte each.
//!
//! `applet!` packs its declaration's texts when it is compiled, `prose!("…")` any other text; only `--help`, the manual and completion unpack.

/// What a byte from 0x80 on stands for. In the order of the first byte, and a longer one before a shorter one that it begins with:
/// packing takes the first that fits. Found by merging the most frequent pair of neighbours in all texts again and again.
#[rustfmt::skip]
const PARTS: [&str; 128] = [
    " where ", "    ", " is ", " -", " b", "'s ", "(default ", "(defaul", ", or ", ", ", "COMMAND", "FILE ", "FILE",
    "NUM ", "Print ", "With ", "all ", "and ", "are ", "as ", "at ", "a ", "ac", "al", "an", "ar", "at", "by ", "byt",
    "be", "column", "ch ", "com", "ch", "director", "do not ", "d ", "de", "each ", "end ", "e, ", "ed ", "es ",
    "ess", "e ", "em", "en", "er", "es", "ex", "files ", "file ", "from ", "for ", "for", "fi", "grou", "ing ",
    "its ", "in ", "is ", "it ", "in", "it", "ke ", "lines of ", "lines ", "line ", "line", "link", "lea", "mat",
    "ma", "mo", "names ", "number", "not ", "nam", "no ", "ne", "no", "only ", "one ", "out ", "of ", "on ", "or ",
    "ow ", "on", "or", "print ", "proc", "par", "read", "run", "re", "standard inpu", "standard ", "symbolic",
    "s of ", "show ", "say ", "s, ", "st ", "s ", "se", "st", "the sam", "these ", "that ", "the s", "this ", "the ",
    "ter", "to ", "t ", "ta", "th", "un", "ve ", "ver", "what is ", "with -", "what ", "when ", "with ", "writ", "y ",
];

const fn parts_length() -> usize {
    let (mut length, mut rest) = (0, PARTS.as_slice());
    while let [part, others @ ..] = rest {
        length += part.len() + 1;
        rest = others;
    }
    length
}

/// The parts for unpacking: a NUL after each, as a table of pointers would be four times as large.
static JOINED: [u8; parts_length()] = {
    let mut joined = [0; parts_length()];
    let (mut at, mut rest) = (0, PARTS.as_slice());
    while let [part, others @ ..] = rest {
        let mut bytes = part.as_bytes();
        while let [byte, more @ ..] = bytes {
            joined[at] = *byte;
            at += 1;
            bytes = more;
        }
        at += 1;
        rest = others;
    }
    joined
};

/// Where the parts that begin with an ASCII character begin in `PARTS`.
const STARTS: [usize; 129] = {
    let (mut starts, mut at, mut first) = ([0; 129], 0, 0);
    while first < starts.len() {
        while at < PARTS.len() && (PARTS[at].as_bytes()[0] as usize) < first {
            at += 1;
        }
        starts[first] = at;
        first += 1;
    }
    starts
};

/// Declares a text for people.
#[macro_export]
macro_rules! prose {
    ($text:expr) => {{
        const TEXT: &str = $text;
        const PACKED: [u8; $crate::prose::packed_length(TEXT.as_bytes())] = {
            let mut packed = [0; $crate::prose::packed_length(TEXT.as_bytes())];
            $crate::prose::pack(TEXT.as_bytes(), &mut packed, 0);
            packed
        };
        $crate::prose::Prose::new(&PACKED)
    }};
}

/// A packed text.
#[derive(Clone, Copy)]
pub struct Prose(&'static [u8]);

impl Prose {
    /// No text.
    pub const NONE: Prose = Prose(&[]);

    /// What [`pack`] made.
    pub const fn new(packed: &'static [u8]) -> Prose {
        Prose(packed)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The text.
    pub fn unpack(self) -> String {
        let mut text = String::new();
        for byte in self.0 {
            match byte.checked_sub(0x80) {
                None => text.push(char::from(*byte)),
                Some(number) => {
                    let part = JOINED.split(|byte| *byte == 0).nth(usize::from(number)).unwrap_or_default();
                    text.extend(part.iter().map(|byte| char::from(*byte)));
                }
            }
        }
        text
    }
}

/// How many bytes [`pack`] makes of `text`.
pub const fn packed_length(mut text: &[u8]) -> usize {
    let mut length = 0;
    while let [_, ..] = text {
        text = text.split_at(next(text).1).1;
        length += 1;
    }
    length
}

/// Packs `text`, which must be ASCII, into `packed` from `at` on and gives the place after it.
pub const fn pack(mut text: &[u8], packed: &mut [u8], mut at: usize) -> usize {
    while let [_, ..] = text {
        let (byte, taken) = next(text);
        packed[at] = byte;
        at += 1;
        text = text.split_at(taken).1;
    }
    at
}

/// The byte that `text`, which is not empty, is packed to next, and how many bytes of it that is.
const fn next(text: &[u8]) -> (u8, usize) {
    let first = text[0];
    assert!(first < 0x80, "text for people is ASCII");
    let mut number = STARTS[first as usize];
    while number < STARTS[first as usize + 1] {
        let part = PARTS[number].as_bytes();
        if begins(text, part) {
            return (0x80 + number as u8, part.len());
        }
        number += 1;
    }
    (first, 1)
}

pub const fn begins(mut text: &[u8], mut part: &[u8]) -> bool {
    loop {
        match (text, part) {
            (_, []) => return true,
            ([a, text_rest @ ..], [b, part_rest @ ..]) if *a == *b => (text, part) = (text_rest, part_rest),
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks() {
        let prose = crate::prose!("read standard input where FILE is -\nand print lines (default 10) the same \t~");
        assert_eq!(prose.unpack(), "read standard input where FILE is -\nand print lines (default 10) the same \t~");
        assert!(prose.0.len() < 50);
        assert_eq!(crate::prose!("").unpack(), "");
    }

    #[test]
    fn parts_are_in_order() {
        for pair in PARTS.windows(2) {
            let (before, after) = (pair[0], pair[1]);
            assert!(before.as_bytes()[0] <= after.as_bytes()[0], "{before:?} {after:?}");
            assert!(!after.starts_with(before), "{before:?} hides {after:?}");
        }
    }
}
