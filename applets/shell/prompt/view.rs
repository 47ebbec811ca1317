//! view - draws the prompt and the text on the terminal, and only what has changed of them.

use base::term::width::{char_width, is_printable, next_char};

/// How a part of the text looks: an index into [`SGR`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Style {
    Plain,
    Unknown,
    Keyword,
    Quoted,
    Comment,
    Variable,
    Suggestion,
}

/// Wipes the row and all below it. Not from the corner of the screen: what is wiped from there, tmux keeps among the lines
/// above it, and shows again in a window that grows.
pub const ERASE: &[u8] = b"\r \x1b[J\r";

static SGR: [&[u8]; 7] =
    [b"\x1b[m", b"\x1b[0;31m", b"\x1b[0;1m", b"\x1b[0;33m", b"\x1b[0;90m", b"\x1b[0;36m", b"\x1b[0;90m"];

/// One character as it is shown.
#[derive(Clone, Copy)]
struct Glyph {
    row: usize,
    column: usize,
    style: Style,
    /// Its bytes in `Shown::bytes`.
    start: usize,
    end: usize,
}

/// What is, or is to be, on the screen. Rows count from the last line of the prompt.
#[derive(Default)]
struct Shown {
    glyphs: Vec<Glyph>,
    bytes: Vec<u8>,
    row: usize,
    column: usize,
}

/// The prompt and the text on the screen.
pub struct View {
    pub columns: usize,
    pub rows: usize,
    pub utf8: bool,
    /// The lines of the prompt before its last, and the last.
    head: Vec<u8>,
    prompt: Vec<u8>,
    shown: Shown,
    /// Where the cursor is.
    row: usize,
    column: usize,
    /// The first row that is on the screen, where the text is taller than it.
    top: usize,
    /// The prompt has to be drawn.
    is_new: bool,
    out: Vec<u8>,
}

impl View {
    /// A view of so many columns and rows.
    pub fn new(prompt: &[u8], columns: usize, rows: usize, utf8: bool) -> View {
        let mut view = View {
            columns: columns.max(2),
            rows: rows.max(1),
            utf8,
            head: Vec::new(),
            prompt: Vec::new(),
            shown: Shown::default(),
            row: 0,
            column: 0,
            top: 0,
            is_new: true,
            out: Vec::new(),
        };
        view.set_prompt(prompt);
        view
    }

    /// Another prompt, from the next drawing on.
    pub fn set_prompt(&mut self, prompt: &[u8]) {
        let at = memchr::memrchr(b'\n', prompt).map_or(0, |at| at.saturating_add(1));
        let (head, last) = prompt.split_at_checked(at).unwrap_or((b"", prompt));
        self.head = head.to_vec();
        self.prompt = last.to_vec();
    }

    /// The current row and the rest of the screen are empty, the cursor at the left: all has to be drawn.
    pub fn renew(&mut self) {
        self.shown = Shown::default();
        (self.row, self.column, self.top) = (0, 0, 0);
        self.is_new = true;
    }

    /// Does not draw the prompt's lines before the last again.
    pub fn drop_head(&mut self) {
        self.head.clear();
    }

    /// Wipes what was drawn, up to the last line of the prompt; the next drawing draws all. The head of the prompt stays.
    pub fn wipe(&mut self) {
        if !self.is_new {
            self.go(self.top, 0);
            self.out.extend_from_slice(ERASE);
            self.renew();
            self.head.clear();
        }
    }

    /// The window has another size: the terminal has wrapped what was there anew.
    pub fn resize(&mut self, columns: usize, rows: usize, text: &[u8], cursor: usize) {
        self.columns = columns.max(2);
        self.rows = rows.max(1);
        // Where the cursor must be now.
        let (_, row, column) = self.arrange(text, &[], cursor, b"");
        (self.row, self.column) = (row, column);
        self.wipe();
    }

    /// Clears the screen; all has to be drawn.
    pub fn clear_screen(&mut self) {
        self.out.extend_from_slice(b"\x1b[H\x1b[2J");
        self.renew();
    }

    /// Adds to what is written with the next drawing.
    #[inline(never)]
    pub fn add(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Writes what has gathered.
    pub fn flush(&mut self) {
        crate::shell::tell(&self.out);
        self.out.clear();
    }

    /// Goes below the text: the cursor is at the left of an empty row then.
    pub fn leave(&mut self) {
        let (row, column) = (self.shown.row, self.shown.column);
        let row = row.min(self.top.saturating_add(self.rows).saturating_sub(1));
        self.go(row, column);
        if column > 0 || row == 0 {
            self.out.extend_from_slice(b"\r\n");
        }
        self.renew();
    }

    /// Moves the cursor.
    fn go(&mut self, row: usize, column: usize) {
        if row < self.row {
            sequence(&mut self.out, self.row.saturating_sub(row), b'A');
        } else if row > self.row {
            sequence(&mut self.out, row.saturating_sub(self.row), b'B');
        }
        if column < self.column && self.column.saturating_sub(column) < 4 {
            self.out.extend(core::iter::repeat_n(8, self.column.saturating_sub(column)));
        } else if column != self.column {
            self.out.push(b'\r');
            if column > 0 {
                sequence(&mut self.out, column, b'C');
            }
        }
        (self.row, self.column) = (row, column);
    }

    /// Lays the text out; also the row and column of the cursor.
    fn arrange(&self, text: &[u8], styles: &[Style], cursor: usize, suggestion: &[u8]) -> (Shown, usize, usize) {
        let mut shown = Shown::default();
        let width = prompt_width(&self.prompt, self.utf8);
        shown.row = width / self.columns;
        shown.column = width % self.columns;
        let mut place = None;
        let mut at = 0usize;
        for (part, suggested) in [(text, false), (suggestion, true)] {
            let mut rest = part;
            while !rest.is_empty() {
                if !suggested && at == cursor {
                    place = Some(shown.glyphs.len());
                }
                let style = if suggested { Style::Suggestion } else { styles.get(at).copied().unwrap_or(Style::Plain) };
                let used = self.add_glyph(&mut shown, rest, style);
                at = at.saturating_add(used);
                rest = rest.get(used..).unwrap_or_default();
            }
            if !suggested && place.is_none() {
                place = Some(shown.glyphs.len());
            }
        }
        if shown.column == self.columns {
            shown.row = shown.row.saturating_add(1);
            shown.column = 0;
        }
        let (row, column) = match place.and_then(|place| shown.glyphs.get(place)) {
            Some(glyph) if glyph.column < self.columns => (glyph.row, glyph.column),
            Some(glyph) => (glyph.row.saturating_add(1), 0),
            None => (shown.row, shown.column),
        };
        (shown, row, column)
    }

    /// Adds the character that `text` begins with, and what combines with it; how many bytes it was.
    fn add_glyph(&self, shown: &mut Shown, text: &[u8], style: Style) -> usize {
        let start = shown.bytes.len();
        let (c, mut used) = if self.utf8 { next_char(text) } else { (text.first().map(|b| char::from(*b)), 1) };
        let first = text.first().copied().unwrap_or(0);
        let mut width = 1usize;
        let mut newline = false;
        match c {
            Some('\n') => {
                newline = true;
                shown.bytes.push(b'\n');
            }
            Some('\t') => {
                width = 8usize.saturating_sub(shown.column % 8);
                width = width.min(self.columns.saturating_sub(shown.column).max(1));
                shown.bytes.extend(core::iter::repeat_n(b' ', width));
            }
            Some(c) if c.is_ascii_control() => {
                width = 2;
                shown.bytes.extend_from_slice(&[b'^', first ^ 0x40]);
            }
            Some(c) if is_printable(c) => {
                width = char_width(c).unwrap_or(1);
                while let Some(rest) = text.get(used..)
                    && let (Some(next), len @ 2..) = next_char(rest)
                    && self.utf8
                    && char_width(next) == Some(0)
                {
                    used = used.saturating_add(len);
                }
                shown.bytes.extend_from_slice(text.get(..used).unwrap_or_default());
            }
            _ => shown.bytes.push(b'?'),
        }
        if !newline && shown.column.saturating_add(width) > self.columns {
            shown.row = shown.row.saturating_add(1);
            shown.column = 0;
        }
        let (row, column) = (shown.row, shown.column);
        shown.glyphs.push(Glyph { row, column, style, start, end: shown.bytes.len() });
        if newline {
            shown.row = shown.row.saturating_add(1);
            shown.column = 0;
        } else {
            shown.column = shown.column.saturating_add(width);
        }
        used
    }

    /// Draws the text with its styles (a byte each) and the cursor.
    pub fn draw(&mut self, text: &[u8], styles: &[Style], cursor: usize, suggestion: &[u8]) {
        let (next, row, column) = self.arrange(text, styles, cursor, suggestion);
        let mut top = self.top;
        if next.row < self.rows {
            top = 0;
        } else if row < top {
            top = row;
        } else if row >= top.saturating_add(self.rows) {
            top = row.saturating_sub(self.rows.saturating_sub(1));
        }
        if top != self.top && !self.is_new {
            self.wipe();
        }
        let mut first = 0usize;
        if self.is_new {
            self.is_new = false;
            let head = core::mem::take(&mut self.head);
            push_visible(&mut self.out, &head);
            self.row = top;
            self.column = 0;
            if top == 0 {
                let prompt = core::mem::take(&mut self.prompt);
                push_visible(&mut self.out, &prompt);
                self.prompt = prompt;
                let width = prompt_width(&self.prompt, self.utf8);
                (self.row, self.column) = (width / self.columns, width % self.columns);
                if width > 0 && self.column == 0 {
                    self.out.extend_from_slice(b"\r\n");
                }
            }
        } else {
            let old = &self.shown;
            while let (Some(a), Some(b)) = (next.glyphs.get(first), old.glyphs.get(first))
                && (a.row, a.column, a.style) == (b.row, b.column, b.style)
                && next.bytes.get(a.start..a.end) == old.bytes.get(b.start..b.end)
            {
                first += 1;
            }
        }
        let same = first == next.glyphs.len() && first == self.shown.glyphs.len();
        if !same {
            self.draw_from(&next, first, top);
        }
        self.top = top;
        self.shown = next;
        self.go(row, column);
        self.flush();
    }

    fn draw_from(&mut self, next: &Shown, first: usize, top: usize) {
        let bottom = top.saturating_add(self.rows);
        let mut style = Style::Plain;
        let mut first = first;
        while next.glyphs.get(first).is_some_and(|glyph| glyph.row < top) {
            first += 1;
        }
        match next.glyphs.get(first) {
            Some(glyph) if glyph.column < self.columns => {
                self.go(glyph.row.min(bottom.saturating_sub(1)), glyph.column)
            }
            Some(glyph) => self.go(glyph.row.saturating_add(1), 0),
            None => self.go(next.row, next.column),
        }
        let mut full = false;
        for glyph in next.glyphs.get(first..).unwrap_or_default() {
            if glyph.row >= bottom {
                full = true;
                break;
            }
            if glyph.style != style {
                style = glyph.style;
                self.out.extend_from_slice(SGR.get(style as usize).copied().unwrap_or_default());
            }
            let bytes = next.bytes.get(glyph.start..glyph.end).unwrap_or_default();
            if bytes == b"\n" {
                // At the right edge the cursor stands on the last character: erasing would take it.
                if glyph.column < self.columns {
                    self.out.extend_from_slice(b"\x1b[K");
                }
                if glyph.row.saturating_add(1) < bottom {
                    self.out.extend_from_slice(b"\r\n");
                } else {
                    (self.row, self.column) = (glyph.row, glyph.column);
                    full = true;
                    break;
                }
            } else {
                self.out.extend_from_slice(bytes);
            }
            (self.row, self.column) = (glyph.row, glyph.column);
        }
        if style != Style::Plain {
            self.out.extend_from_slice(b"\x1b[m");
        }
        if full {
            // Only the row is sure: the next move starts from the left.
            self.out.push(b'\r');
            self.column = 0;
            return;
        }
        if next.column == 0
            && next.glyphs.last().is_some_and(|last| next.bytes.get(last.start..last.end) != Some(b"\n"))
        {
            self.out.extend_from_slice(b"\r\n");
        }
        (self.row, self.column) = (next.row, next.column);
        self.out.extend_from_slice(b"\x1b[J");
    }
}

fn sequence(out: &mut Vec<u8>, number: usize, letter: u8) {
    out.extend_from_slice(b"\x1b[");
    if number != 1 {
        base::number::push_u64(out, u64::try_from(number).unwrap_or(0));
    }
    out.push(letter);
}

/// The prompt without the marks around what takes no room.
fn push_visible(out: &mut Vec<u8>, prompt: &[u8]) {
    for byte in prompt {
        match byte {
            1 | 2 => {}
            b'\n' => out.extend_from_slice(b"\r\n"),
            _ => out.push(*byte),
        }
    }
}

/// The columns that a line of the prompt takes: without what stands between the marks 1 and 2, and without escape sequences that
/// somebody forgot to mark.
pub fn prompt_width(prompt: &[u8], utf8: bool) -> usize {
    let mut width = 0usize;
    let mut rest = prompt;
    while let Some(first) = rest.first() {
        let used = match first {
            1 => memchr::memchr(2, rest).map_or(rest.len(), |at| at.saturating_add(1)),
            0x1b => escape_length(rest),
            0..0x20 => 1,
            _ => {
                let (c, used) = if utf8 { next_char(rest) } else { (None, 1) };
                width = width.saturating_add(c.map_or(1, |c| char_width(c).unwrap_or(0)));
                used
            }
        };
        rest = rest.get(used.max(1)..).unwrap_or_default();
    }
    width
}

fn escape_length(text: &[u8]) -> usize {
    let end = match text.get(1) {
        Some(b'[') => text.iter().skip(2).position(|byte| (0x40..=0x7e).contains(byte)).map(|at| at.saturating_add(3)),
        Some(b']') => {
            let bell = memchr::memchr(7, text).map(|at| at.saturating_add(1));
            bell.or_else(|| memchr::memmem::find(text, b"\x1b\\").map(|at| at.saturating_add(2)))
        }
        _ => Some(2),
    };
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_prompts() {
        assert_eq!(prompt_width(b"\x01\x1b[1m\x02$ ", true), 2);
        assert_eq!(prompt_width(b"\x1b[1;32mab\x1b[m\x1b]0;title\x07c", true), 3);
        assert_eq!(prompt_width("漢é".as_bytes(), true), 3);
        assert_eq!(prompt_width(b"\x01", true), 0);
    }

    #[test]
    fn arranges() {
        let view = View::new(b"$ ", 5, 4, true);
        let (shown, row, column) = view.arrange(b"abc", &[], 3, b"");
        assert_eq!((shown.row, shown.column, row, column), (1, 0, 1, 0));
        let (_, row, column) = view.arrange("ab漢".as_bytes(), &[], 2, b"");
        assert_eq!((row, column), (1, 0));
        let (_, row, column) = view.arrange(b"a\nb", &[], 3, b"");
        assert_eq!((row, column), (1, 1));
    }
}
