//! screen - a model of a terminal's screen: what a person would see after these bytes.
//!
//! It knows what xterm's programs commonly send: cursor moves, erasing, inserting and deleting, a scroll region, the second screen,
//! wide and combining characters. Colours are kept as the text of their last SGR sequence.

use base::term::width::{char_width, next_char};

/// One place on the screen.
#[derive(Clone, PartialEq)]
pub struct Cell {
    /// The character and what combines with it; empty for the right half of a wide one.
    pub text: String,
    /// The numbers of the SGR sequences in force, `31` or `1;4`; empty for none.
    pub style: String,
}

impl Cell {
    fn blank() -> Cell {
        Cell { text: " ".to_string(), style: String::new() }
    }
}

/// The screen of a terminal.
pub struct Screen {
    pub columns: usize,
    pub rows: usize,
    cells: Vec<Vec<Cell>>,
    other: Vec<Vec<Cell>>,
    /// Row and column of the cursor, from 0.
    pub cursor: (usize, usize),
    saved: (usize, usize),
    /// A character was put in the last column: the next one begins a line.
    wraps: bool,
    region: (usize, usize),
    style: String,
    rest: Vec<u8>,
    /// What the terminal answers to questions.
    pub answers: Vec<u8>,
}

impl Screen {
    pub fn new(columns: usize, rows: usize) -> Screen {
        Screen {
            columns,
            rows,
            cells: vec![vec![Cell::blank(); columns]; rows],
            other: Vec::new(),
            cursor: (0, 0),
            saved: (0, 0),
            wraps: false,
            region: (0, rows.saturating_sub(1)),
            style: String::new(),
            rest: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// A new size. Lines are cut or filled, not wrapped anew; where rows go, they go at the top if the cursor needs it.
    pub fn resize(&mut self, columns: usize, rows: usize) {
        while self.cells.len() > rows {
            if self.cursor.0 >= rows {
                self.cells.remove(0);
                self.cursor.0 -= 1;
            } else {
                self.cells.pop();
            }
        }
        self.cells.resize(rows, vec![Cell::blank(); columns]);
        for line in &mut self.cells {
            line.resize(columns, Cell::blank());
        }
        self.columns = columns;
        self.rows = rows;
        self.cursor.1 = self.cursor.1.min(columns - 1);
        self.wraps = false;
        self.region = (0, rows - 1);
    }

    /// The lines without blanks at their ends, down to the last that is not empty.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .cells
            .iter()
            .map(|line| line.iter().map(|cell| cell.text.as_str()).collect::<String>().trim_end().to_string())
            .collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }

    /// The style of the first place where `text` stands; None where it is nowhere, or its parts differ in style.
    pub fn style_of(&self, text: &str) -> Option<String> {
        let wanted: Vec<String> = text.chars().map(String::from).collect();
        for line in &self.cells {
            let shown: Vec<&Cell> = line.iter().filter(|cell| !cell.text.is_empty()).collect();
            for window in shown.windows(wanted.len().max(1)) {
                if window.iter().map(|cell| &cell.text).eq(wanted.iter()) {
                    let style = &window.first()?.style;
                    return window.iter().all(|cell| cell.style == *style).then(|| style.clone());
                }
            }
        }
        None
    }

    /// Takes what a program wrote.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let mut at = 0;
        while at < all.len() {
            let rest = all.get(at..).unwrap_or_default();
            match self.one(rest) {
                Some(used) => at += used.max(1),
                None => break,
            }
        }
        self.rest = all.split_off(at.min(all.len()));
    }

    /// Takes one character or sequence; None where it is not complete.
    fn one(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes.first()? {
            0x1b => self.escape(bytes),
            b'\r' => {
                self.cursor.1 = 0;
                self.wraps = false;
                Some(1)
            }
            b'\n' | 0x0b | 0x0c => {
                self.line_feed();
                Some(1)
            }
            8 => {
                self.cursor.1 = self.cursor.1.saturating_sub(1);
                self.wraps = false;
                Some(1)
            }
            b'\t' => {
                self.cursor.1 = (self.cursor.1 / 8 * 8 + 8).min(self.columns - 1);
                Some(1)
            }
            0..0x20 | 0x7f => Some(1),
            first => {
                let wanted = match first {
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf4 => 4,
                    _ => 1,
                };
                let (c, used) = next_char(bytes);
                if c.is_none() && bytes.len() < wanted {
                    return None;
                }
                self.put(c.unwrap_or('\u{fffd}'));
                Some(used)
            }
        }
    }

    fn put(&mut self, c: char) {
        let width = char_width(c).unwrap_or(0);
        if width == 0 {
            let (row, column) = self.cursor;
            let column = if self.wraps { column } else { column.saturating_sub(1) };
            if let Some(line) = self.cells.get_mut(row) {
                let at = (0..=column).rev().find(|&i| line.get(i).is_some_and(|cell| !cell.text.is_empty()));
                if let Some(cell) = at.and_then(|at| line.get_mut(at)) {
                    cell.text.push(c);
                }
            }
            return;
        }
        if self.wraps || self.cursor.1 + width > self.columns {
            self.cursor.1 = 0;
            self.line_feed();
        }
        let style = self.style.clone();
        for part in 0..width {
            let text = if part == 0 { c.to_string() } else { String::new() };
            if let Some(cell) = self.cell(self.cursor.0, self.cursor.1 + part) {
                *cell = Cell { text, style: style.clone() };
            }
        }
        self.cursor.1 += width;
        if self.cursor.1 >= self.columns {
            self.cursor.1 = self.columns - 1;
            self.wraps = true;
        }
    }

    fn cell(&mut self, row: usize, column: usize) -> Option<&mut Cell> {
        self.cells.get_mut(row)?.get_mut(column)
    }

    fn line_feed(&mut self) {
        self.wraps = false;
        if self.cursor.0 == self.region.1 {
            self.scroll(self.region.0, 1);
        } else if self.cursor.0 + 1 < self.rows {
            self.cursor.0 += 1;
        }
    }

    /// Lines from `top` to the end of the region go up by `count`.
    fn scroll(&mut self, top: usize, count: usize) {
        let bottom = self.region.1;
        for _ in 0..count.min(self.rows) {
            if top <= bottom && bottom < self.cells.len() {
                self.cells.remove(top);
                self.cells.insert(bottom, vec![Cell::blank(); self.columns]);
            }
        }
    }

    fn scroll_down(&mut self, top: usize, count: usize) {
        let bottom = self.region.1;
        for _ in 0..count.min(self.rows) {
            if top <= bottom && bottom < self.cells.len() {
                self.cells.remove(bottom);
                self.cells.insert(top, vec![Cell::blank(); self.columns]);
            }
        }
    }

    fn escape(&mut self, bytes: &[u8]) -> Option<usize> {
        match bytes.get(1)? {
            b'[' => self.sequence(bytes),
            // A title and its like: up to BEL or ESC \.
            b']' | b'P' | b'_' => {
                let end = bytes.iter().position(|&b| b == 7).map(|at| at + 1);
                let other = bytes.windows(2).position(|pair| pair == b"\x1b\\").map(|at| at + 2);
                end.into_iter().chain(other).min()
            }
            b'(' | b')' | b'#' => bytes.get(2).map(|_| 3),
            letter => {
                match letter {
                    b'7' => self.saved = self.cursor,
                    b'8' => self.cursor = self.saved,
                    b'M' if self.cursor.0 == self.region.0 => self.scroll_down(self.region.0, 1),
                    b'M' => self.cursor.0 = self.cursor.0.saturating_sub(1),
                    b'D' => self.line_feed(),
                    b'E' => {
                        self.cursor.1 = 0;
                        self.line_feed();
                    }
                    b'c' => *self = Screen::new(self.columns, self.rows),
                    _ => {}
                }
                Some(2)
            }
        }
    }

    fn sequence(&mut self, bytes: &[u8]) -> Option<usize> {
        let end = bytes.iter().skip(2).position(|b| (0x40..=0x7e).contains(b))? + 2;
        let last = *bytes.get(end)?;
        let body = String::from_utf8_lossy(bytes.get(2..end)?).into_owned();
        let numbers: Vec<usize> =
            body.trim_start_matches(['?', '>', '!']).split(';').map(|n| n.parse().unwrap_or(0)).collect();
        let number = |index: usize, default: usize| numbers.get(index).copied().filter(|&n| n > 0).unwrap_or(default);
        let count = number(0, 1);
        let (row, column) = self.cursor;
        let (last_row, last_column) = (self.rows - 1, self.columns - 1);
        let at_rest = self.wraps;
        if last != b'm' {
            self.wraps = false;
        }
        match last {
            b'A' => self.cursor.0 = row.saturating_sub(count),
            b'B' => self.cursor.0 = (row + count).min(last_row),
            b'C' => self.cursor.1 = (column + count).min(last_column),
            b'D' => self.cursor.1 = column.saturating_sub(count),
            b'E' => self.cursor = ((row + count).min(last_row), 0),
            b'F' => self.cursor = (row.saturating_sub(count), 0),
            b'G' | b'`' => self.cursor.1 = (count - 1).min(last_column),
            b'd' => self.cursor.0 = (count - 1).min(last_row),
            b'H' | b'f' => self.cursor = ((count - 1).min(last_row), (number(1, 1) - 1).min(last_column)),
            b'J' => {
                let (from, to) = match number(0, 0) {
                    0 => (row * self.columns + column, self.rows * self.columns),
                    1 => (0, row * self.columns + column + 1),
                    _ => (0, self.rows * self.columns),
                };
                self.erase(from, to);
            }
            b'K' => {
                let start = row * self.columns;
                let (from, to) = match number(0, 0) {
                    0 => (start + column, start + self.columns),
                    1 => (start, start + column + 1),
                    _ => (start, start + self.columns),
                };
                self.erase(from, to);
            }
            b'L' => self.scroll_down(row, count),
            b'M' => self.scroll(row, count),
            b'S' => self.scroll(self.region.0, count),
            b'T' => self.scroll_down(self.region.0, count),
            b'X' => {
                self.erase(row * self.columns + column, row * self.columns + (column + count).min(self.columns));
            }
            b'P' | b'@' => {
                let columns = self.columns;
                if let Some(line) = self.cells.get_mut(row) {
                    for _ in 0..count.min(columns - column) {
                        if last == b'P' {
                            line.remove(column);
                            line.push(Cell::blank());
                        } else {
                            line.insert(column, Cell::blank());
                            line.pop();
                        }
                    }
                }
            }
            b'r' => {
                self.region = (count.saturating_sub(1).min(last_row), (number(1, self.rows) - 1).min(last_row));
                self.cursor = (0, 0);
            }
            b's' => self.saved = self.cursor,
            b'u' => self.cursor = self.saved,
            b'm' => self.set_style(&body),
            b'n' if body == "6" => {
                self.answers.extend_from_slice(format!("\x1b[{};{}R", row + 1, column + 1).as_bytes());
            }
            b'c' if body.is_empty() => self.answers.extend_from_slice(b"\x1b[?6c"),
            b'h' if body == "?1049" || body == "?47" => {
                self.saved = self.cursor;
                self.other = std::mem::replace(&mut self.cells, vec![vec![Cell::blank(); self.columns]; self.rows]);
            }
            b'l' if (body == "?1049" || body == "?47") && !self.other.is_empty() => {
                self.cells = std::mem::take(&mut self.other);
                self.cursor = self.saved;
                self.resize(self.columns, self.rows);
            }
            _ => self.wraps = at_rest,
        }
        Some(end + 1)
    }

    fn set_style(&mut self, body: &str) {
        for code in body.split(';') {
            match code {
                "" | "0" => self.style.clear(),
                _ => {
                    if !self.style.is_empty() {
                        self.style.push(';');
                    }
                    self.style.push_str(code);
                }
            }
        }
    }

    fn erase(&mut self, from: usize, to: usize) {
        for at in from..to {
            let (row, column) = (at / self.columns, at % self.columns);
            if let Some(cell) = self.cell(row, column) {
                *cell = Cell::blank();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Vec<String> {
        let mut screen = Screen::new(5, 3);
        // Cut anywhere, the bytes mean the same.
        bytes.iter().for_each(|byte| screen.feed(&[*byte]));
        screen.lines()
    }

    #[test]
    fn text_wraps_and_scrolls() {
        assert_eq!(shown(b"abcde"), ["abcde"]);
        assert_eq!(shown(b"abcdef"), ["abcde", "f"]);
        assert_eq!(shown(b"a\r\nb\r\nc\r\nd"), ["b", "c", "d"]);
        assert_eq!(shown("漢字漢".as_bytes()), ["漢字", "漢"]);
        assert_eq!(shown("e\u{301}x".as_bytes()), ["e\u{301}x"]);
    }

    #[test]
    fn sequences() {
        assert_eq!(shown(b"abc\x1b[2D\x1b[K"), ["a"]);
        assert_eq!(shown(b"a\x1b[2;3Hb\x1b[1;1H\x1b[P"), ["", "  b"]);
        assert_eq!(shown(b"old\x1b[?1049h\x1b[Hnew\x1b[?1049l"), ["old"]);
        assert_eq!(shown(b"\x1b]0;title\x07x"), ["x"]);
        let mut screen = Screen::new(9, 1);
        screen.feed(b"a\x1b[1;31mred\x1b[mb");
        assert_eq!(screen.style_of("red").as_deref(), Some("1;31"));
        assert_eq!(screen.style_of("b").as_deref(), Some(""));
        assert_eq!(screen.style_of("edb"), None);
    }
}
