//! Characters of a line: steps, classes, columns.

use base::term::width::{char_width, is_printable, next_char};

/// The end of the character at `at`, with the marks that stand on it.
pub fn next(text: &[u8], at: usize) -> usize {
    let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { return at };
    let mut end = at + next_char(rest).1;
    while let Some(rest) = text.get(end..)
        && let (Some(c), length) = next_char(rest)
        && char_width(c) == Some(0)
    {
        end += length;
    }
    end
}

/// The beginning of the character before `at`.
pub fn previous(text: &[u8], at: usize) -> usize {
    let mut start = at.min(text.len());
    loop {
        let end = start;
        start = end.saturating_sub(1);
        for back in 2..=4 {
            let from = end.saturating_sub(back);
            if text.get(from..end).is_some_and(|bytes| next_char(bytes).0.is_some() && next_char(bytes).1 == back) {
                start = from;
            }
        }
        let is_mark = text.get(start..).is_some_and(|rest| next_char(rest).0.and_then(char_width) == Some(0));
        if start == 0 || !is_mark {
            return start;
        }
    }
}

/// The beginning of the last character.
pub fn last(text: &[u8]) -> usize {
    previous(text, text.len())
}

/// The beginning of the first character that is not blank; the last one where all are.
pub fn first(text: &[u8]) -> usize {
    text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or_else(|| last(text))
}

/// The blanks a line begins with.
pub fn indent(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// What kind of word the character at `at` belongs to: 0 blanks, 1 words, 2 the rest. With `big`, only blanks differ.
pub fn class(text: &[u8], at: usize, big: bool) -> u8 {
    match text.get(at) {
        None | Some(b' ' | b'\t') => 0,
        Some(_) if big => 1,
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80 => 1,
        Some(_) => 2,
    }
}

/// Where the characters of this kind begin that end at `at`.
#[inline(never)]
pub fn run_start(text: &[u8], mut at: usize, kind: u8, big: bool) -> usize {
    while at > 0 {
        let before = previous(text, at);
        if class(text, before, big) != kind {
            break;
        }
        at = before;
    }
    at
}

/// Where the characters of this kind end that begin at `at`.
#[inline(never)]
pub fn run_end(text: &[u8], mut at: usize, kind: u8, big: bool) -> usize {
    while at < text.len() && class(text, at, big) == kind {
        at = next(text, at);
    }
    at
}

/// Where the word begins that ends at `at` or with blanks behind it there.
pub fn word_before(text: &[u8], at: usize) -> usize {
    let at = run_start(text, at, 0, false);
    run_start(text, at, class(text, previous(text, at), false), false)
}

/// The columns that the character at `at` takes when it begins in `column`, and how many bytes it has.
pub fn width(text: &[u8], at: usize, column: usize, tab: usize, utf8: bool) -> (usize, usize) {
    let rest = text.get(at..).unwrap_or_default();
    match rest.first() {
        None => (0, 0),
        Some(b'\t') if tab > 0 => (tab.saturating_sub(column.checked_rem(tab).unwrap_or(0)), 1),
        Some(0x20..=0x7e) => (1, 1),
        Some(0..=0x1f | 0x7f) => (2, 1),
        Some(_) => match if utf8 { next_char(rest) } else { (None, 1) } {
            (Some(c), length) if is_printable(c) => (char_width(c).unwrap_or(1), length),
            // Shown as its code, <200b>.
            (Some(c), length) => (if u32::from(c) > 0xffff { 8 } else { 6 }, length),
            (None, _) => (4, 1),
        },
    }
}

/// The column in which the character at `at` begins.
pub fn column(text: &[u8], at: usize, tab: usize, utf8: bool) -> usize {
    let (mut here, mut column) = (0usize, 0usize);
    while here < at.min(text.len()) {
        let (width, length) = width(text, here, column, tab, utf8);
        column = column.saturating_add(width);
        here += length.max(1);
    }
    column
}

/// The character that covers `column`; the last one where the line is shorter.
pub fn at_column(text: &[u8], wanted: usize, tab: usize, utf8: bool) -> usize {
    let (mut here, mut column) = (0usize, 0usize);
    while here < text.len() {
        let (width, length) = width(text, here, column, tab, utf8);
        column = column.saturating_add(width);
        if column > wanted {
            return here;
        }
        here += length.max(1);
    }
    last(text)
}

/// Turns the case of each character round (`~`), or makes all upper (`U`) or lower (`u`).
pub fn change_case(text: &[u8], how: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (c, length) = next_char(rest);
        let (character, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        match c {
            Some(c) => {
                let upper = match how {
                    b'~' => c.is_lowercase(),
                    _ => how == b'U',
                };
                let mut push = |c: char| out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                if upper { c.to_uppercase().for_each(&mut push) } else { c.to_lowercase().for_each(&mut push) }
            }
            None => out.extend_from_slice(character),
        }
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps() {
        let text = "aä日e\u{301}\u{ff}".as_bytes();
        let mut at = 0;
        let mut places = vec![];
        while at < text.len() {
            places.push(at);
            at = next(text, at);
        }
        assert_eq!(places, [0, 1, 3, 6, 9]);
        for place in places.iter().rev() {
            at = previous(text, at);
            assert_eq!(at, *place);
        }
        assert_eq!(next(b"\xff\xfe", 0), 1);
        assert_eq!(previous(b"\xff\xfe", 2), 1);
        assert_eq!(previous(b"", 0), 0);
    }

    #[test]
    fn columns() {
        let text = "a\t日\x01".as_bytes();
        assert_eq!(column(text, 5, 8, true), 10);
        assert_eq!(at_column(text, 9, 8, true), 2);
        assert_eq!(at_column(text, 99, 8, true), 5);
        assert_eq!(change_case("aÄß".as_bytes(), b'~'), "AäSS".as_bytes());
    }
}
