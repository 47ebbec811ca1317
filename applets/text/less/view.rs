//! A line as it is shown: its characters with their widths and attributes, cut into rows.

use base::term::width::{char_width, is_printable, next_char};

/// How lines are shown.
#[derive(Clone)]
pub struct Style {
    pub utf8: bool,
    /// Colour sequences (and, if all, every control character) go to the terminal: `-R`, `-r`.
    pub colors: bool,
    pub raw: bool,
    /// Tabs, backspaces and carriage returns are shown: `-U`.
    pub literal: bool,
    pub tab: usize,
}

pub const BOLD: u8 = 1;
pub const UNDERLINE: u8 = 2;

/// One character, or a byte that is none.
#[derive(Clone, Copy)]
pub struct Cell {
    /// Where its bytes are in the line's text, and how many.
    pub at: u32,
    pub bytes: u8,
    pub width: u8,
    pub attributes: u8,
    /// Which of the line's colours it has.
    pub color: u16,
}

/// How a link begins: parameters, `;` and the address follow, and BEL or `ESC \` behind them. Without an address it ends one.
const LINK: &[u8] = b"\x1b]8;";

/// A line taken apart.
#[derive(Default)]
pub struct View {
    pub cells: Vec<Cell>,
    /// What patterns see: without overstriking and colours.
    pub text: Vec<u8>,
    /// The sequences that set a colour and begin a link.
    colors: Vec<Vec<u8>>,
    /// The colour of what comes next.
    color: u16,
    /// Tabs are shown as characters.
    literal: bool,
    has_links: bool,
}

/// The length of the sequence that `bytes` begins with, if it is one of a colour or a link.
fn color_length(bytes: &[u8]) -> Option<usize> {
    if let Some(rest) = bytes.strip_prefix(LINK) {
        let end = memchr::memchr2(7, 27, rest)?;
        let length = LINK.len() + end + 1;
        return if rest.get(end) == Some(&7) {
            Some(length)
        } else {
            (bytes.get(length) == Some(&b'\\')).then_some(length + 1)
        };
    }
    let rest = bytes.strip_prefix(b"\x1b[")?;
    let end = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    matches!(rest.get(end), Some(b'm' | b'K')).then_some(end + 3)
}

impl View {
    /// Takes `line`, without its newline, apart.
    pub fn new(line: &[u8], style: &Style) -> View {
        let mut view = View { colors: vec![Vec::new()], literal: style.literal, ..View::default() };
        let line = if style.literal { line } else { line.strip_suffix(b"\r").unwrap_or(line) };
        let mut at = 0;
        let mut column = 0usize;
        let mut color: Vec<u8> = Vec::new();
        let mut link: &[u8] = &[];
        let mut room = 4usize << 20;
        while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty()) {
            if style.colors
                && let Some(length) = color_length(rest)
            {
                let sequence = rest.get(..length).unwrap_or_default();
                if sequence.starts_with(LINK) {
                    view.has_links = true;
                    let ends = sequence.ends_with(b";\x07") || sequence.ends_with(b";\x1b\\");
                    link = if ends { &[] } else { sequence };
                } else if sequence == b"\x1b[m" || sequence.starts_with(b"\x1b[0") && sequence.len() == 4 {
                    color.clear();
                } else if sequence.ends_with(b"m") && color.len() < 200 {
                    color.extend_from_slice(sequence);
                }
                let both = [&color, link].concat();
                if both.is_empty() {
                    view.color = 0;
                } else if let Some(left) =
                    room.checked_sub(both.len()).filter(|_| view.colors.len() < usize::from(u16::MAX))
                {
                    room = left;
                    view.color = view.colors.len() as u16;
                    view.colors.push(both);
                }
                at += length;
                continue;
            }
            let (c, length) = if style.utf8 { next_char(rest) } else { (None, 1) };
            // Overstriking: bold by the same again, underlined by an underscore; any other backspace deletes.
            if rest.first() == Some(&8) && !style.literal {
                at += 1;
                if let Some(cell) = view.cells.pop() {
                    let before = view.text.split_off(cell.at as usize);
                    column = column.saturating_sub(usize::from(cell.width));
                    let next = line.get(at..).unwrap_or_default();
                    let (_, length) = if style.utf8 { next_char(next) } else { (None, 1) };
                    let struck = next.get(..length).unwrap_or_default();
                    let (kept, attribute) = match (before.as_slice(), struck) {
                        (b"_", b"_") => (struck, cell.attributes | BOLD),
                        (_, b"_") => (before.as_slice(), cell.attributes | UNDERLINE),
                        (b"_", _) => (struck, UNDERLINE),
                        (before, struck) if before == struck => (struck, cell.attributes | BOLD),
                        _ => continue,
                    };
                    if struck.is_empty() {
                        continue;
                    }
                    let kept = kept.to_vec();
                    at += length;
                    column += view.push(&kept, column, attribute, style);
                }
                continue;
            }
            let bytes = rest.get(..length).unwrap_or_default();
            if c.is_some_and(|c| char_width(c) == Some(0)) && !view.cells.is_empty() {
                // A mark belongs to the character before it.
                if let Some(cell) = view.cells.last_mut()
                    && let Some(sum) = cell.bytes.checked_add(bytes.len() as u8)
                {
                    cell.bytes = sum;
                    view.text.extend_from_slice(bytes);
                }
                at += length;
                continue;
            }
            column += view.push(bytes, column, 0, style);
            at += length;
        }
        view
    }

    fn push(&mut self, bytes: &[u8], column: usize, attributes: u8, style: &Style) -> usize {
        let width = match bytes {
            b"\t" if !style.literal => style.tab.max(1) - column % style.tab.max(1),
            [0..=31 | 127] if style.raw => 0,
            b"\x1b" => 3,
            [0..=31 | 127] => 2,
            [128..=255] => 4,
            _ => match next_char(bytes).0 {
                Some(c) if is_printable(c) => char_width(c).unwrap_or(1),
                // Shown as the code: <U+200B>.
                Some(_) => 8,
                None => 1,
            },
        };
        let at = self.text.len() as u32;
        let color = self.color;
        let width = width.min(255) as u8;
        self.cells.push(Cell { at, bytes: bytes.len().min(255) as u8, width, attributes, color });
        self.text.extend_from_slice(bytes);
        usize::from(width)
    }

    /// The cells of row `row` where rows have `columns` columns, and the number of rows.
    pub fn rows(&self, columns: usize) -> Vec<(usize, usize)> {
        let mut rows = Vec::new();
        let (mut start, mut used) = (0, 0);
        for (index, cell) in self.cells.iter().enumerate() {
            let width = usize::from(cell.width);
            if used + width > columns && index > start {
                rows.push((start, index));
                start = index;
                used = 0;
            }
            used += width;
        }
        rows.push((start, self.cells.len()));
        rows
    }

    /// Appends the cells `from..to`, at most `columns` columns of them, after skipping `skip`; `matches` are byte ranges of the
    /// text to set off.
    #[inline(never)]
    pub fn push_row(
        &self,
        out: &mut Vec<u8>,
        (from, to): (usize, usize),
        skip: usize,
        columns: usize,
        matches: &[(usize, usize)],
    ) {
        let mut state = (0u8, 0u16, false);
        let (mut column, mut used) = (0usize, 0usize);
        let mut cells = self.cells.get(from..to).unwrap_or_default();
        while let Some((cell, after)) = cells.split_first() {
            cells = after;
            let mut width = usize::from(cell.width);
            column += width;
            if column <= skip && width > 0 {
                continue;
            }
            width = width.min(column - skip.min(column));
            if used + width >= columns && (used + width > columns || cells.iter().any(|cell| cell.width > 0)) {
                // The line is cut here, and goes on to the right.
                self.reset(out);
                out.resize(out.len() + (columns - used).saturating_sub(1), b' ');
                out.extend_from_slice(b"\x1b[7m>");
                state = (0, 0, true);
                break;
            }
            let at = cell.at as usize;
            let marked = matches.iter().any(|(start, end)| (*start..*end).contains(&at));
            let text = self.text.get(at..at + usize::from(cell.bytes)).unwrap_or_default();
            let special = match text {
                [b'\t'] => self.literal,
                [0..=31 | 127] => width > 0,
                [128..=255] => true,
                _ => cell.width == 8,
            };
            let wanted = (cell.attributes, cell.color, marked || special);
            if wanted != state {
                self.reset(out);
                out.extend_from_slice(self.colors.get(usize::from(cell.color)).map_or(&[][..], Vec::as_slice));
                if cell.attributes & BOLD != 0 {
                    out.extend_from_slice(b"\x1b[1m");
                }
                if cell.attributes & UNDERLINE != 0 {
                    out.extend_from_slice(b"\x1b[4m");
                }
                if wanted.2 {
                    out.extend_from_slice(b"\x1b[7m");
                }
                state = wanted;
            }
            match text {
                b"\t" if !self.literal => out.resize(out.len() + width, b' '),
                [byte @ (0..=31 | 127)] if width == 0 => out.push(*byte),
                b"\x1b" => out.extend_from_slice(b"ESC".get(..width).unwrap_or(b"ESC")),
                [byte @ (0..=31 | 127)] => {
                    let shown = [b'^', byte ^ 0x40];
                    out.extend_from_slice(shown.get(..width).unwrap_or(&shown));
                }
                [byte] if *byte >= 128 => {
                    out.push(b'<');
                    base::number::push_radix(out, u64::from(*byte), 16, 2, b'0');
                    let length = out.len();
                    if let Some(digits) = out.get_mut(length - 2..) {
                        digits.make_ascii_uppercase();
                    }
                    out.push(b'>');
                }
                _ if special => {
                    out.extend_from_slice(b"<U+");
                    let code = next_char(text).0.map_or(0, u32::from);
                    base::number::push_radix(out, u64::from(code), 16, 4, b'0');
                    out.push(b'>');
                }
                _ => out.extend_from_slice(text),
            }
            used += width;
        }
        if state != (0, 0, false) {
            self.reset(out);
        }
    }

    /// Ends attributes and a link.
    #[inline(never)]
    fn reset(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\x1b[m");
        if self.has_links {
            out.extend_from_slice(LINK);
            out.extend_from_slice(b";\x1b\\");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &[u8]) -> String {
        let style = Style { utf8: true, colors: true, raw: false, literal: false, tab: 8 };
        let view = View::new(line, &style);
        let mut out = Vec::new();
        view.push_row(&mut out, (0, view.cells.len()), 0, 80, &[]);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn characters() {
        assert_eq!(shown(b"a\tb"), "a       b");
        assert_eq!(shown(b"\x01\xff"), "\x1b[m\x1b[7m^A<FF>\x1b[m");
        assert_eq!(shown(b"a\x08a_\x08b"), "\x1b[m\x1b[1ma\x1b[m\x1b[4mb\x1b[m");
        assert_eq!(shown(b"\x1b[31mred\x1b[m."), "\x1b[m\x1b[31mred\x1b[m.");
        assert_eq!(shown(b"end\r"), "end");
        assert_eq!(
            shown(b"a\x1b]8;;x:y\x1b\\\x1b[1mb\x1b]8;;\x07c"),
            "a\x1b[m\x1b]8;;\x1b\\\x1b[1m\x1b]8;;x:y\x1b\\b\x1b[m\x1b]8;;\x1b\\\x1b[1mc\x1b[m\x1b]8;;\x1b\\"
        );
    }

    #[test]
    fn rows_of_wide_characters() {
        let style = Style { utf8: true, colors: false, raw: false, literal: false, tab: 8 };
        let view = View::new("日本語".as_bytes(), &style);
        assert_eq!(view.rows(5), [(0, 2), (2, 3)]);
        assert_eq!(View::new(b"", &style).rows(5), [(0, 0)]);
    }
}
