//! The page as it is set: words fill lines between margins.

use base::term::width::char_width;

/// A character and how it looks: the flags are beside the code point.
pub type Cell = u32;
pub const BOLD: Cell = 1 << 24;
pub const ITALIC: Cell = 1 << 25;
/// A minus, not a hyphen, behind which a word may be parted.
pub const WHOLE: Cell = 1 << 26;
/// A blank at which no line ends.
pub const NO_BREAK: Cell = 0xa0;

/// The character of a cell.
pub fn character(cell: Cell) -> char {
    char::from_u32(cell & 0x1f_ffff).unwrap_or('?')
}

/// How many columns cells take.
pub fn width(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| char_width(character(*cell)).unwrap_or(0)).sum()
}

/// Adds so many of a cell.
#[inline(never)]
pub fn pad(line: &mut Vec<Cell>, count: usize, cell: Cell) {
    line.resize(line.len().saturating_add(count), cell);
}

/// What is set so far.
pub struct Page {
    pub lines: Vec<Vec<Cell>>,
    /// The right margin.
    pub width: usize,
    /// The left margin of lines to come; `once` is that of the next one alone.
    pub left: usize,
    pub once: Option<usize>,
    /// Words fill lines; else a line of input is a line of output.
    pub fill: bool,
    /// Lines that are still to be centred.
    pub centre: usize,
    line: Vec<Cell>,
    /// The columns of `line`, with its margin.
    column: usize,
    word: Vec<Cell>,
    /// Blanks before the next word.
    pub gap: usize,
    /// No line is left blank before the next one: a heading stands above it.
    pub tight: bool,
    blanks: usize,
}

impl Page {
    pub fn new(width: usize) -> Page {
        Page {
            lines: Vec::new(),
            width,
            left: 0,
            once: None,
            fill: true,
            centre: 0,
            line: Vec::new(),
            column: 0,
            word: Vec::new(),
            gap: 0,
            tight: false,
            blanks: 0,
        }
    }

    /// Adds a character to the word.
    #[inline(never)]
    pub fn put(&mut self, cell: Cell) {
        self.word.push(cell);
    }

    /// Whether the word has nothing yet.
    pub fn is_word_empty(&self) -> bool {
        self.word.is_empty()
    }

    /// Takes the word away.
    #[inline(never)]
    pub fn take_word(&mut self) -> Vec<Cell> {
        core::mem::take(&mut self.word)
    }

    /// The columns used of the line, margin and all.
    pub fn column(&self) -> usize {
        if self.line.is_empty() && self.word.is_empty() {
            return self.once.unwrap_or(self.left);
        }
        self.column.saturating_add(width(&self.word))
    }

    /// Ends the word; the next one comes `gap` blanks behind it.
    pub fn end_word(&mut self, gap: usize) {
        if !self.word.is_empty() {
            let mut word = core::mem::take(&mut self.word);
            let mut wide = width(&word);
            let room = self.width.saturating_sub(self.column).saturating_sub(self.gap);
            if self.fill && !self.line.is_empty() && wide > room {
                if let Some(at) = parting(&word, room) {
                    let rest = word.split_off(at);
                    pad(&mut self.line, self.gap, u32::from(' '));
                    self.line.append(&mut word);
                    word = rest;
                    wide = width(&word);
                }
                self.flush();
            }
            if self.line.is_empty() {
                self.column = self.once.take().unwrap_or(self.left);
                pad(&mut self.line, self.column.min(1000), u32::from(' '));
                // A word alone is a line, even an empty margin.
            } else {
                pad(&mut self.line, self.gap, u32::from(' '));
                self.column = self.column.saturating_add(self.gap);
            }
            self.line.extend_from_slice(&word);
            self.column = self.column.saturating_add(wide);
            if self.line.is_empty() {
                self.line.push(NO_BREAK);
            }
            self.gap = 0;
        }
        self.gap = self.gap.max(gap);
    }

    fn flush(&mut self) {
        if self.line.is_empty() {
            return;
        }
        if !self.lines.is_empty() {
            for _ in 0..self.blanks {
                self.lines.push(Vec::new());
            }
        }
        self.blanks = 0;
        let mut line = core::mem::take(&mut self.line);
        if self.centre > 0 {
            self.centre = self.centre.saturating_sub(1);
            let free = self.width.saturating_sub(self.column) / 2;
            let mut centred = vec![u32::from(' '); free];
            centred.append(&mut line);
            line = centred;
        }
        while line.last().is_some_and(|cell| matches!(character(*cell), ' ' | '\u{a0}')) {
            line.pop();
        }
        self.lines.push(line);
        self.column = 0;
        self.gap = 0;
        self.tight = false;
    }

    /// Ends the line.
    pub fn end_line(&mut self) {
        self.end_word(0);
        self.flush();
        self.gap = 0;
    }

    /// Ends the line and leaves at least so many lines blank.
    pub fn space(&mut self, lines: usize) {
        self.end_line();
        self.blanks = if self.tight { 0 } else { self.blanks.max(lines) };
    }

    /// Ends the line and leaves one more line blank.
    pub fn blank(&mut self) {
        self.end_line();
        self.blanks = if self.tight { 0 } else { self.blanks.saturating_add(1).min(5) };
    }

    /// Goes to a column of the line where there is room for a blank before it, else to a new line.
    pub fn go_to(&mut self, column: usize) {
        self.end_word(0);
        if !self.line.is_empty() && self.column.saturating_add(1) > column {
            self.end_line();
        } else if !self.line.is_empty() {
            let by = column.saturating_sub(self.column);
            pad(&mut self.line, by, NO_BREAK);
            self.column = column;
            self.gap = 0;
        }
    }

    /// Puts a line of its own, as it is.
    pub fn put_line(&mut self, cells: Vec<Cell>) {
        self.end_line();
        self.line = cells;
        self.column = width(&self.line);
        self.flush();
    }
}

/// Where a word is parted so that its front fits `room` columns: behind a hyphen between letters.
#[inline(never)]
fn parting(word: &[Cell], room: usize) -> Option<usize> {
    let is_letter = |cell: Cell| character(cell).is_ascii_alphabetic();
    let mut best = None;
    for (at, three) in word.windows(3).enumerate() {
        if let [before, hyphen, after] = *three
            && hyphen & (0x1f_ffff | WHOLE) == u32::from('-')
            && is_letter(before)
            && is_letter(after)
        {
            let at = at.saturating_add(2);
            if width(word.get(..at).unwrap_or_default()) > room {
                break;
            }
            best = Some(at);
        }
    }
    best
}

/// Adds a line to text. `styled`: bold and italic by overstriking, as pagers know it.
pub fn push_line(out: &mut Vec<u8>, line: &[Cell], styled: bool, utf8: bool) {
    for cell in line {
        let mut c = character(*cell);
        if c == '\u{a0}' {
            c = ' ';
        }
        if !utf8 && !c.is_ascii() {
            c = match c {
                '‐'..='―' | '−' | '─' => '-',
                '│' => '|',
                '┌'..='┼' => '+',
                '‘' | '’' | '′' => '\'',
                '“' | '”' | '″' | '«' | '»' => '"',
                '•' | '·' | '○' => 'o',
                _ => '?',
            };
        }
        let mut buffer = [0; 4];
        let bytes = c.encode_utf8(&mut buffer).as_bytes();
        if styled && c != ' ' && !c.is_control() {
            if cell & ITALIC != 0 {
                out.extend_from_slice(b"_\x08");
            }
            if cell & BOLD != 0 {
                out.extend_from_slice(bytes);
                out.push(8);
            }
        }
        out.extend_from_slice(bytes);
    }
    out.push(b'\n');
}
