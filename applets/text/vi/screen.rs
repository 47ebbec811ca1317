//! The screen: which lines are on it, how they look, and the last line, where messages and questions stand.

use super::input::{self, ESC, ctrl, key};
use super::{Mode, Vi, text};
use base::number::push_u64;
use base::term::width::{next_char, truncate};

/// What is on the screen.
#[derive(Default)]
pub struct Screen {
    /// The first line, and how many of its rows are above the screen.
    pub top: usize,
    pub skip: usize,
    size: (usize, usize),
    /// A question stands on the last line: reading its keys does not draw the text.
    asks: bool,
    /// The rows as they were drawn last, the last line too.
    drawn: Vec<Vec<u8>>,
}

impl Screen {
    /// Everything must be drawn anew, in a size that may be another.
    pub fn forget(&mut self) {
        self.drawn.clear();
        self.size = (0, 0);
    }

    /// Rows of text.
    #[inline(never)]
    pub fn rows(&self) -> usize {
        if self.size.0 == 0 { 23 } else { self.size.0.saturating_sub(1).max(1) }
    }

    #[inline(never)]
    pub fn columns(&self) -> usize {
        if self.size.1 == 0 { 80 } else { self.size.1 }
    }
}

/// The columns that a line number takes.
const NUMBERS: usize = 8;

impl Vi<'_, '_> {
    pub fn open_screen(&mut self) {
        if self.draws {
            // What cannot be written will be noticed at the end.
            let _ = self.cx.stdout.put(b"\x1b[?1049h\x1b[H\x1b[2J");
            self.measure();
        }
        self.screen.forget();
        self.measure();
    }

    pub fn close_screen(&mut self) {
        if self.draws {
            let mut out = b"\x1b[".to_vec();
            push_u64(&mut out, self.screen.rows().saturating_add(1) as u64);
            out.extend_from_slice(b";1H\x1b[K\x1b[?1049l");
            let _ = self.cx.stdout.put(&out);
            let _ = self.cx.stdout.finish();
        }
    }

    fn measure(&mut self) {
        let size = self.cx.stdout.fd().filter(|_| self.draws).and_then(base::term::size);
        self.screen.size = size.filter(|(rows, _)| *rows > 1).unwrap_or((24, 80));
    }

    /// Stops the job.
    pub fn suspend(&mut self) {
        self.close_screen();
        if let Some(tty) = &mut self.tty {
            tty.suspend();
        }
        self.open_screen();
    }

    /// The columns there are for text.
    #[inline(never)]
    pub fn text_columns(&self) -> usize {
        let columns = self.screen.columns();
        if self.opt.number { columns.saturating_sub(NUMBERS).max(1) } else { columns }
    }

    /// The tab width in use: 0 where tabs are shown as `^I`.
    fn tab(&self) -> usize {
        if self.opt.list { 0 } else { self.opt.tabstop }
    }

    /// The rows that line `n` takes.
    fn rows_of(&self, n: usize) -> usize {
        if !self.opt.wrap {
            return 1;
        }
        let text = self.buf.line(n);
        let columns = self.text_columns();
        if text.len() <= columns && text.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            return 1;
        }
        self.place_in(n, text.len() + 1).0.saturating_add(1)
    }

    /// The row and column, within its line, of the character at `col`.
    fn place_in(&self, n: usize, col: usize) -> (usize, usize) {
        let text = self.buf.line(n);
        let columns = self.text_columns();
        let (mut row, mut used, mut column, mut at) = (0usize, 0usize, 0usize, 0usize);
        while at < text.len() {
            let (width, length) = text::width(text, at, column, self.tab(), self.utf8);
            if self.opt.wrap && used.saturating_add(width) > columns && used > 0 {
                row += 1;
                used = 0;
            }
            if at >= col {
                // The cursor stands on a tab's last column.
                let on_tab = text.get(at) == Some(&b'\t') && self.tab() > 0 && matches!(self.mode, Mode::Normal);
                return (row, if on_tab { used.saturating_add(width.saturating_sub(1)) } else { used });
            }
            used = used.saturating_add(width);
            column = column.saturating_add(width);
            at += length.max(1);
        }
        if self.opt.wrap && used >= columns && col == text.len() {
            return (row.saturating_add(1), 0);
        }
        (row, used)
    }

    /// The first and the last line that are whole on the screen.
    pub fn visible(&self) -> (usize, usize) {
        let top = self.screen.top.min(self.buf.last());
        let rows = self.screen.rows();
        let mut used = 0usize;
        let mut line = top;
        while line <= self.buf.last() {
            used = used.saturating_add(self.rows_of(line));
            if used > rows {
                break;
            }
            line += 1;
        }
        (top, line.saturating_sub(1).max(top))
    }

    /// The first line of the screen where `line` is in its middle, but for the end of the text, which fills the screen.
    fn middle(&self, line: usize) -> usize {
        let rows = self.screen.rows();
        let mut top = line.saturating_sub(rows / 2);
        let mut below = 0usize;
        for n in top..self.buf.count() {
            below = below.saturating_add(self.rows_of(n));
            if below >= rows {
                return top;
            }
        }
        while let Some(before) = top.checked_sub(1) {
            below = below.saturating_add(self.rows_of(before));
            if below > rows {
                break;
            }
            top = before;
        }
        top
    }

    /// Moves the screen so that the cursor is on it; gives the cursor's row and column there.
    fn follow(&mut self) -> (usize, usize) {
        let rows = self.screen.rows();
        let line = self.cur.line;
        let (in_line, column) = self.place_in(line, self.cur.col);
        let own = self.rows_of(line);
        let top = self.screen.top;
        if line < top {
            // A line a little above is scrolled to; one further away is put into the middle.
            let near = top.saturating_sub(line) < rows / 2;
            self.screen.top = if near { line } else { self.middle(line) };
            self.screen.skip = 0;
        }
        if line.saturating_sub(self.screen.top) > rows.saturating_mul(2) {
            self.screen.top = self.middle(line);
            self.screen.skip = 0;
        }
        if line > self.screen.top {
            self.screen.skip = 0;
        }
        loop {
            let above: usize = (self.screen.top..line).map(|n| self.rows_of(n)).sum();
            let need = above.saturating_add(own.min(rows));
            if self.screen.top < line && need > rows {
                let far = need.saturating_sub(rows) > rows / 2;
                self.screen.top =
                    if far { self.middle(line).max(self.screen.top.saturating_add(1)) } else { self.screen.top + 1 };
                continue;
            }
            // A line longer than the screen is moved under it.
            if self.screen.top == line {
                if in_line < self.screen.skip {
                    self.screen.skip = in_line;
                } else if in_line >= self.screen.skip.saturating_add(rows) {
                    self.screen.skip = in_line.saturating_add(1).saturating_sub(rows);
                }
            }
            let row = above.saturating_add(in_line).saturating_sub(self.screen.skip);
            return (row.min(rows.saturating_sub(1)), column);
        }
    }

    pub fn draw(&mut self) {
        if self.screen.asks {
            return;
        }
        if !self.draws {
            self.message.clear();
            self.output.clear();
            return;
        }
        if !self.output.is_empty() && !self.show_output() {
            return;
        }
        let status = self.status();
        self.paint(&status, None);
        self.message.clear();
    }

    /// Draws what has changed. `question` is the column of the cursor on the last line, where it stands there.
    fn paint(&mut self, status: &[u8], question: Option<usize>) {
        if self.screen.size == (0, 0) {
            self.measure();
            let _ = self.cx.stdout.put(b"\x1b[2J");
        }
        let (cursor_row, mut cursor_column) = self.follow();
        let rows = self.screen.rows();
        let columns = self.screen.columns();
        let left = if self.opt.wrap { 0 } else { cursor_column.saturating_sub(self.text_columns().saturating_sub(1)) };
        cursor_column = cursor_column.saturating_sub(left);
        if self.opt.number {
            cursor_column = cursor_column.saturating_add(NUMBERS);
        }
        let mut lines: Vec<Vec<u8>> = Vec::with_capacity(rows.saturating_add(1));
        let mut n = self.screen.top;
        let mut skip = self.screen.skip;
        while lines.len() < rows {
            if n > self.buf.last() {
                lines.push(b"~".to_vec());
                continue;
            }
            let room = rows.saturating_sub(lines.len());
            let mut parts = self.render(n, skip, room + 1, left);
            if parts.len() > room {
                // A last line that is not whole is not begun, unless it is all there is.
                if n == self.screen.top {
                    parts.truncate(room);
                } else {
                    parts.clear();
                    while parts.len() < room {
                        parts.push(b"@".to_vec());
                    }
                }
            }
            lines.append(&mut parts);
            skip = 0;
            n += 1;
        }
        lines.push(truncate(status, columns.saturating_sub(1), self.utf8).to_vec());
        let mut out = b"\x1b[?25l".to_vec();
        for (index, line) in lines.iter().enumerate() {
            if self.screen.drawn.get(index) != Some(line) {
                go(&mut out, index, 0);
                out.extend_from_slice(b"\x1b[K");
                out.extend_from_slice(line);
            }
        }
        match question {
            Some(column) => go(&mut out, rows, column.min(columns.saturating_sub(1))),
            None => go(&mut out, cursor_row, cursor_column.min(columns.saturating_sub(1))),
        }
        out.extend_from_slice(b"\x1b[?25h");
        self.screen.drawn = lines;
        let _ = self.cx.stdout.put(&out);
        let _ = self.cx.stdout.finish();
    }

    /// The rows of line `n` after the first `skip`, at most `most` of them.
    fn render(&self, n: usize, skip: usize, most: usize, left: usize) -> Vec<Vec<u8>> {
        let text = self.buf.line(n);
        let columns = self.text_columns();
        let mut rows: Vec<Vec<u8>> = Vec::new();
        let mut row: Vec<u8> = Vec::new();
        if self.opt.number {
            base::number::push_right(&mut row, (n + 1) as u64, NUMBERS.saturating_sub(1));
            row.push(b' ');
        }
        let selected = self.selection_on(n);
        let (mut index, mut used, mut column, mut at) = (0usize, 0usize, 0usize, 0usize);
        let mut found = (0usize, 0usize);
        let pattern = if self.opt.hlsearch && self.find.shown { self.find.pattern.clone() } else { None };
        let mut searched = 0usize;
        let mut more = pattern.is_some();
        let mut marked = false;
        while at < text.len() {
            let (width, length) = text::width(text, at, column, self.tab(), self.utf8);
            let fits = used.saturating_add(width) <= columns;
            if !self.opt.wrap && column < left {
                column = column.saturating_add(width);
                at += length.max(1);
                continue;
            }
            if !fits && used > 0 {
                if !self.opt.wrap {
                    break;
                }
                if marked {
                    row.extend_from_slice(b"\x1b[m");
                    marked = false;
                }
                if index >= skip {
                    rows.push(core::mem::take(&mut row));
                }
                row.clear();
                if self.opt.number {
                    row.resize(NUMBERS, b' ');
                }
                index += 1;
                used = 0;
                if rows.len() >= most {
                    return rows;
                }
            }
            while more && found.1 <= at {
                match pattern.as_ref().and_then(|pattern| pattern.find_at(text, searched)) {
                    Some((start, end)) => {
                        found = (start, end);
                        searched = end.max(text::next(text, start)).max(searched + 1);
                        more = searched <= text.len();
                    }
                    None => more = false,
                }
            }
            let sets_off = (found.0..found.1).contains(&at) || selected.is_some_and(|(from, to)| from <= at && at < to);
            if sets_off != marked {
                row.extend_from_slice(if sets_off { b"\x1b[7m" } else { b"\x1b[m" });
                marked = sets_off;
            }
            push_shown(&mut row, text.get(at..at + length).unwrap_or_default(), width, self.tab());
            used = used.saturating_add(width);
            column = column.saturating_add(width);
            at += length.max(1);
        }
        if selected.is_some_and(|(from, to)| from <= text.len() && text.len() < to) && used < columns {
            row.extend_from_slice(b"\x1b[7m ");
            marked = true;
        }
        if marked {
            row.extend_from_slice(b"\x1b[m");
        }
        if self.opt.list {
            row.push(b'$');
        }
        rows.push(row);
        // The cursor behind a full row has a row of its own.
        if self.opt.wrap && used >= columns && n == self.cur.line && self.cur.col == text.len() && rows.len() < most {
            rows.push(Vec::new());
        }
        rows
    }

    /// The bytes of line `n` that are selected.
    fn selection_on(&self, n: usize) -> Option<(usize, usize)> {
        let Mode::Visual(how) = self.mode else { return None };
        let (a, b) = self.ends();
        if n < a.line || n > b.line {
            return None;
        }
        let text = self.buf.line(n);
        match how {
            b'V' => Some((0, usize::MAX)),
            b'v' => {
                let from = if n == a.line { a.col } else { 0 };
                let to = if n == b.line { text::next(text, b.col).max(b.col + 1) } else { usize::MAX };
                Some((from, to))
            }
            _ => {
                let (first, last) = self.block_columns();
                let byte = |column: usize| {
                    let length = self.column(text, text.len());
                    if column >= length { text.len() } else { self.at_column(text, column) }
                };
                Some((byte(first), byte(last)))
            }
        }
    }

    /// What the last line says.
    fn status(&mut self) -> Vec<u8> {
        if !self.message.is_empty() {
            let mut out = self.message.clone();
            for byte in &mut out {
                *byte = (*byte).max(b' ');
            }
            return out;
        }
        let mode: &[u8] = match self.mode {
            Mode::Normal => b"",
            Mode::Insert => b"-- INSERT --",
            Mode::Replace => b"-- REPLACE --",
            Mode::Visual(b'v') => b"-- VISUAL --",
            Mode::Visual(b'V') => b"-- VISUAL LINE --",
            Mode::Visual(_) => b"-- VISUAL BLOCK --",
        };
        let mut out = mode.to_vec();
        if self.input.recording.is_some() {
            out.extend_from_slice(b"recording");
        }
        let column = self.column(self.line(), self.cur.col);
        let columns = self.screen.columns();
        let start = columns.saturating_sub(18);
        if out.len() < start {
            out.resize(start, b' ');
            push_u64(&mut out, (self.cur.line + usize::from(!self.buf.is_empty())) as u64);
            out.push(b',');
            push_u64(&mut out, column.saturating_add(1) as u64);
        }
        out
    }

    /// Shows lines that a command gave: one in the last line, several on a screen of their own. False where that was the last
    /// that is seen.
    fn show_output(&mut self) -> bool {
        let lines = core::mem::take(&mut self.output);
        if let [line] = lines.as_slice() {
            if self.message.is_empty() {
                self.message = line.clone();
            }
            return true;
        }
        let mut out = b"\x1b[H\x1b[2J".to_vec();
        let (rows, columns) = (self.screen.rows(), self.screen.columns());
        for page in lines.chunks(rows) {
            for line in page {
                for byte in truncate(line, columns, self.utf8) {
                    push_shown(&mut out, &[*byte], 2, 0);
                }
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(b"Press ENTER to continue");
            let _ = self.cx.stdout.put(&out);
            let _ = self.cx.stdout.finish();
            out = b"\r\x1b[K".to_vec();
            let event = self.keys.next(None);
            if !matches!(event, base::term::keys::Event::Key(_)) {
                break;
            }
        }
        self.screen.drawn.clear();
        let _ = self.cx.stdout.put(b"\x1b[2J");
        true
    }

    /// Waits for a key after a command has written to the screen.
    pub fn wait_enter(&mut self) {
        if self.draws && self.tty.is_some() {
            let _ = self.cx.stdout.put(b"\r\nPress ENTER to continue");
            let _ = self.cx.stdout.finish();
            let _ = self.keys.next(None);
        }
    }

    /// Asks for a line behind `prompt` on the last line of the screen; None when the user thinks better of it.
    pub fn ask(&mut self, prompt: u8) -> Option<Vec<u8>> {
        self.ask_from(prompt, b"")
    }

    /// The same, with something there already.
    pub fn ask_from(&mut self, prompt: u8, initial: &[u8]) -> Option<Vec<u8>> {
        let mut line = initial.to_vec();
        let mut at = line.len();
        let mut back = 0usize;
        self.message.clear();
        let old = self.mode;
        // No mapping applies.
        self.mode = Mode::Replace;
        self.screen.asks = true;
        let result = loop {
            if self.draws && self.input.waiting.is_empty() && !self.input.replaying && !self.keys.is_ready() {
                let mut shown = vec![prompt];
                let mut column = 1usize;
                for (index, byte) in line.iter().enumerate() {
                    push_shown(&mut shown, &[*byte], 2, 0);
                    if index < at && byte & 0xc0 != 0x80 {
                        column = column.saturating_add(if *byte < 0x20 { 2 } else { 1 });
                    }
                }
                self.mode = old;
                self.paint(&shown, Some(column));
                self.mode = Mode::Replace;
            }
            let Some(k) = self.key() else { break None };
            match k {
                ESC => break None,
                input::LEFT => at = text::previous(&line, at),
                input::RIGHT => at = text::next(&line, at),
                input::HOME => at = 0,
                input::END => at = line.len(),
                input::UP | input::DOWN => {
                    back = if k == input::UP { (back + 1).min(self.history.len()) } else { back.saturating_sub(1) };
                    let index = self.history.len().saturating_sub(back);
                    line.clear();
                    line.extend_from_slice(self.history.get(index).map(Vec::as_slice).unwrap_or_default());
                    at = line.len();
                }
                input::DELETE => {
                    let end = text::next(&line, at);
                    cut(&mut line, at, end);
                }
                _ if k == ctrl(b'c') => break None,
                _ if k == key(b'\r') || k == key(b'\n') => break Some(line),
                _ if k == ctrl(b'h') || k == 127 => {
                    if line.is_empty() {
                        break None;
                    }
                    let start = text::previous(&line, at);
                    cut(&mut line, start, at);
                    at = start;
                }
                _ if k == ctrl(b'u') => {
                    cut(&mut line, 0, at);
                    at = 0;
                }
                _ if k == ctrl(b'w') => {
                    let start = text::word_before(&line, at);
                    cut(&mut line, start, at);
                    at = start;
                }
                _ => {
                    let mut bytes = Vec::new();
                    if k == ctrl(b'v') {
                        let Some(literal) = self.key() else { break None };
                        input::push_key(&mut bytes, literal);
                    } else if k == ctrl(b'r') {
                        let Some(name) = self.key() else { break None };
                        if name == ctrl(b'w') {
                            bytes = self.word_here();
                        } else if let Some(register) = u8::try_from(name).ok().and_then(|name| self.register(name)) {
                            bytes = register.text;
                        }
                    } else if k < 0x20_0000 || k & !0xff == input::BYTE {
                        input::push_key(&mut bytes, k);
                    }
                    let end = at.saturating_add(bytes.len());
                    let mut tail = line.split_off(at.min(line.len()));
                    line.append(&mut bytes);
                    line.append(&mut tail);
                    at = end;
                }
            }
        };
        self.mode = old;
        self.screen.asks = false;
        result
    }

    fn word_here(&self) -> Vec<u8> {
        let text = self.line();
        let end = text::run_end(text, self.cur.col, 1, false);
        let start = text::run_start(text, self.cur.col, 1, false);
        text.get(start..end).unwrap_or_default().to_vec()
    }
}

/// Takes the bytes from `start` to before `end` out.
#[inline(never)]
fn cut(line: &mut Vec<u8>, start: usize, end: usize) {
    let end = end.min(line.len());
    line.drain(start.min(end)..end);
}

fn go(out: &mut Vec<u8>, row: usize, column: usize) {
    out.extend_from_slice(b"\x1b[");
    push_u64(out, (row + 1) as u64);
    out.push(b';');
    push_u64(out, column.saturating_add(1) as u64);
    out.push(b'H');
}

/// A character as it is shown: control characters as `^X`, bytes that are none as `<ff>`.
fn push_shown(out: &mut Vec<u8>, character: &[u8], width: usize, tab: usize) {
    match character {
        b"\t" if tab > 0 => out.resize(out.len().saturating_add(width), b' '),
        [byte @ (0..=31 | 127)] => out.extend_from_slice(&[b'^', byte ^ 0x40]),
        [0x80..=0xff] if width == 4 => {
            out.push(b'<');
            base::number::push_radix(out, u64::from(character.first().copied().unwrap_or(0)), 16, 2, b'0');
            out.push(b'>');
        }
        _ if width >= 6 => {
            out.push(b'<');
            let code = next_char(character).0.map_or(0, u32::from);
            base::number::push_radix(out, u64::from(code), 16, width.saturating_sub(2), b'0');
            out.push(b'>');
        }
        _ => out.extend_from_slice(character),
    }
}
