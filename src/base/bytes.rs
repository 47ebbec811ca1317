//! Runs of bytes, found many at a time, and words.

pub use crate::sys::count::count;

/// Bytes to `match` against words. A pattern of type `str` is one comparison, where one of bytes is compared byte by byte: with eleven
/// bytes of code for each. What is not UTF-8 is a character that no word has.
#[inline(never)]
pub fn word(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or("\u{fffd}")
}

/// The place of `word` in a list of words with a blank between them.
#[inline(never)]
pub fn place(list: &str, word: &[u8]) -> Option<usize> {
    list.as_bytes().split(|byte| *byte == b' ').position(|known| known == word)
}

/// Where the last part of a path begins.
#[inline(never)]
pub fn name_start(path: &[u8]) -> usize {
    memchr::memrchr(b'/', path).map_or(0, |at| at + 1)
}

/// Puts `count` times `byte` before what stands at `at`.
#[inline(never)]
pub fn insert(text: &mut Vec<u8>, at: usize, byte: u8, count: usize) {
    let tail = text.get(at..).unwrap_or_default().to_vec();
    text.truncate(at);
    text.resize(at.saturating_add(count), byte);
    text.extend_from_slice(&tail);
}

/// Where `what` is in `text` first. Compiled once: the search for one text that is looked for once is 360 bytes.
#[inline(never)]
pub fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, what)
}

/// How many bytes at the head of `text` are ASCII's visible characters and blanks (0x20 to 0x7e).
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
pub fn printable_run(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let mut run = 0usize;
    // Eight at a time: one below 0x20 borrows, one above 0x7e carries into its high bit or has it already.
    for piece in text.chunks_exact(8) {
        let word = u64::from_ne_bytes(piece.try_into().unwrap_or_default());
        let other = word.wrapping_sub(ONES * 0x20) & !word | word.wrapping_add(ONES) | word;
        if other & (ONES * 0x80) != 0 {
            break;
        }
        run = run.saturating_add(8);
    }
    let rest = text.get(run..).unwrap_or_default();
    run.saturating_add(rest.iter().position(|byte| !(0x20..0x7f).contains(byte)).unwrap_or(rest.len()))
}

/// The words with `between` in between.
#[inline(never)]
pub fn join(words: &[&[u8]], between: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            text.extend_from_slice(between);
        }
        text.extend_from_slice(word);
    }
    text
}

/// The parts of `text` between bytes `at`, as they are owned.
#[inline(never)]
pub fn pieces(text: &[u8], at: u8) -> Vec<Vec<u8>> {
    let mut list = Vec::new();
    for part in split(text, at) {
        list.push(part.to_vec());
    }
    list
}

/// The parts of `text` between bytes `at`.
#[inline(never)]
pub fn split(text: &[u8], at: u8) -> Vec<&[u8]> {
    text.split(|byte| *byte == at).collect()
}

/// `template` with the parts in the places of its `%`, for messages: `fill("%: not mounted", &[path])`. One text and its parts take
/// half of the code that a list of slices to join takes.
#[inline(never)]
pub fn fill(template: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut text = Vec::with_capacity(template.len());
    let mut parts = parts.iter();
    for byte in template.bytes() {
        match byte {
            b'%' => text.extend_from_slice(parts.next().copied().unwrap_or_default()),
            _ => text.push(byte),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn printable_run() {
        for at in 0..70 {
            for byte in [0, 0x1f, 0x7f, 0x80, 0xff] {
                let mut text = vec![b' '; 70];
                text.extend_from_slice(b"~~");
                text[at] = byte;
                assert_eq!(super::printable_run(&text), at);
                assert_eq!(super::printable_run(&text[..at]), at);
            }
        }
    }
}
