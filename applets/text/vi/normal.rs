//! Normal mode: one command after the other.

use super::input::{self, ESC, Key, ctrl, key};
use super::operator::{G, Span};
use super::{Mode, Vi, text};
use crate::buffer::pos;

/// The last change, for `.`.
#[derive(Clone, Default)]
pub struct Dot {
    pub keys: Vec<Key>,
    pub count: Option<usize>,
    pub register: Option<u8>,
    /// A count was given to `.` itself, and is the one that counts.
    pub counted: bool,
    /// The lines, and the columns of the last one, that were selected.
    pub visual: Option<(u8, usize, usize)>,
}

impl Vi<'_, '_> {
    /// Reads a command and does it.
    pub fn command(&mut self) {
        self.input.seen.clear();
        let before = self.cur;
        let Some((k, count, register)) = self.prefix() else { return };
        let start = self.input.seen.len().saturating_sub(1);
        self.input.seen.drain(..start);
        let line = self.cur.line;
        if self.kept_line.as_ref().is_none_or(|(kept, _)| *kept != line) {
            self.kept_line = Some((line, self.line().to_vec()));
        }
        let (edits, lines) = (self.buf.edits, self.buf.count());
        self.input.failed = false;
        let visual = match self.mode {
            Mode::Visual(how) => Some(self.selected(how)),
            _ => None,
        };
        match self.mode {
            Mode::Visual(_) => self.visual_command(k, count, register),
            _ => self.normal_command(k, count, register),
        }
        let changed = self.buf.edits != edits;
        self.write_recovery_when_busy();
        let repeats = is_repeatable(&self.input.seen, visual.is_some(), changed || self.input.failed);
        if (changed || !self.input.failed) && repeats && !self.input.replaying {
            let mut keys = core::mem::take(&mut self.input.seen);
            let visual = visual.filter(|_| !matches!(self.mode, Mode::Visual(_)));
            keys.truncate(1 << 20);
            self.dot = Dot { keys, count, register, counted: false, visual };
        }
        // Which line `U` restores: the one that was changed, until another is.
        if changed && (self.cur.line != line || self.buf.count() != lines) {
            self.kept_line = None;
        }
        if changed {
            self.set_mark(b'.', self.cur);
        }
        self.buf.close(before);
        self.clamp();
    }

    /// Runs one command of keys that are there already, without making it one that can be undone or repeated by itself.
    pub fn step_keys(&mut self) {
        let Some((k, count, register)) = self.prefix() else { return };
        match self.mode {
            Mode::Visual(_) => self.visual_command(k, count, register),
            _ => self.normal_command(k, count, register),
        }
        self.clamp();
    }

    /// Reads `"x` and a count before a command, and the command's key.
    fn prefix(&mut self) -> Option<(Key, Option<usize>, Option<u8>)> {
        let (mut count, mut register) = (None::<usize>, None);
        loop {
            let k = self.key()?;
            match char::from_u32(k) {
                Some('"') => register = u8::try_from(self.key()?).ok(),
                Some(c) if c.is_ascii_digit() && (c != '0' || count.is_some()) => {
                    let digit = (k.wrapping_sub(key(b'0'))) as usize;
                    count = Some(count.unwrap_or(0).saturating_mul(10).saturating_add(digit).min(1 << 40));
                }
                _ => return Some((k, count, register)),
            }
        }
    }

    fn normal_command(&mut self, k: Key, count: Option<usize>, register: Option<u8>) {
        let times = count.unwrap_or(1);
        if Self::is_operator(k) {
            return self.operate(k, count, register);
        }
        if self.scroll(k, count).is_some() {
            return;
        }
        let Ok(byte) = u8::try_from(k) else {
            match k {
                input::DELETE => self.delete_chars(times, register),
                input::INSERT => self.insert(times, Mode::Insert, None),
                _ => {
                    if !self.move_by(k, count) {
                        self.fail();
                    }
                }
            }
            return;
        };
        let here = self.cur;
        let end = self.line().len();
        match byte {
            b'i' => self.insert(times, Mode::Insert, None),
            b'I' => {
                self.cur.col = text::indent(self.line()).len();
                self.insert(times, Mode::Insert, None);
            }
            b'a' => {
                self.cur.col = text::next(self.line(), here.col);
                self.insert(times, Mode::Insert, None);
            }
            b'A' => {
                self.cur.col = end;
                self.insert(times, Mode::Insert, None);
            }
            b'o' | b'O' => self.open_line(byte == b'o', times),
            b'R' => self.insert(times, Mode::Replace, None),
            b's' => {
                let to = self.chars_on(times);
                self.apply(key(b'c'), Span::chars(here, pos(here.line, to)), register);
            }
            b'S' => {
                let last = here.line.saturating_add(times.saturating_sub(1)).min(self.buf.last());
                self.apply(key(b'c'), Span::lines(here.line, last), register);
            }
            b'C' | b'D' => {
                let last = here.line.saturating_add(times.saturating_sub(1)).min(self.buf.last());
                let to = pos(last, self.buf.len(last));
                self.apply(if byte == b'C' { key(b'c') } else { key(b'd') }, Span::chars(here, to), register);
            }
            b'Y' => {
                let last = here.line.saturating_add(times.saturating_sub(1)).min(self.buf.last());
                self.apply(key(b'y'), Span::lines(here.line, last), register);
            }
            b'x' => self.delete_chars(times, register),
            b'X' => {
                let mut col = here.col;
                for _ in 0..times {
                    if col == 0 {
                        break;
                    }
                    col = text::previous(self.line(), col);
                }
                self.apply(key(b'd'), Span::chars(pos(here.line, col), here), register);
            }
            b'r' => self.replace_char(times),
            b'J' => self.join(here.line, times.max(2), true),
            b'~' => {
                let to = self.chars_on(times);
                if to == here.col {
                    return self.fail();
                }
                let span = Span::chars(here, pos(here.line, to));
                self.each_part(span, &mut |text| text::change_case(text, b'~'));
                self.go(pos(here.line, to));
            }
            b'p' | b'P' => self.put(byte == b'p', times, register, false),
            b'u' => self.undo(times, false),
            18 => self.undo(times, true),
            b'U' => match self.kept_line.clone() {
                Some((line, text)) if line == here.line && text != self.line() => {
                    let now = self.line().to_vec();
                    self.buf.set(line, &text);
                    self.kept_line = Some((line, now));
                    self.go(pos(line, 0));
                }
                _ => self.fail(),
            },
            b'.' => self.repeat(count),
            b'&' => self.ex_line(b"s"),
            b'm' => match self.key().and_then(|k| u8::try_from(k).ok()) {
                Some(b'`' | b'\'') => self.set_mark(b'\'', here),
                Some(letter) if letter.is_ascii_alphabetic() || matches!(letter, b'[' | b']') => {
                    self.set_mark(letter, here)
                }
                _ => self.fail(),
            },
            b'q' => self.record(),
            b'@' => self.run_register(times),
            b'v' | b'V' | 22 => {
                self.mode = Mode::Visual(byte);
                self.anchor = here;
            }
            b':' => {
                self.ask_command(&count.map_or(Vec::new(), lines_from_here));
            }
            b'Z' => match self.key() {
                Some(k) if k == key(b'Z') => self.ex_line(b"x"),
                Some(k) if k == key(b'Q') => self.ex_line(b"q!"),
                _ => self.fail(),
            },
            b'z' => self.place_line(count),
            b'g' => self.g_command(count, register),
            12 => self.screen.forget(),
            7 => self.ex_line(b"f"),
            30 => self.ex_line(b"e #"),
            1 | 24 => self.add_to_number(if byte == 1 { times as i64 } else { (times as i64).saturating_neg() }),
            3 => {
                self.fail();
                self.say(b"Type  :q!  and press <Enter> to abandon all changes and exit");
            }
            26 => self.suspend(),
            27 => self.input.waiting.clear(),
            _ => {
                if !self.move_by(k, count) {
                    self.fail();
                }
            }
        }
    }

    fn g_command(&mut self, count: Option<usize>, register: Option<u8>) {
        let times = count.unwrap_or(1);
        let Some(k) = self.key() else { return };
        match u8::try_from(k).unwrap_or(0) {
            b'~' | b'u' | b'U' | b'q' => self.operate(k | G, count, register),
            b'J' => self.join(self.cur.line, times.max(2), false),
            b'p' | b'P' => self.put(k == key(b'p'), times, register, true),
            b'v' => self.reselect(),
            b'i' => {
                if let Some(place) = self.mark(b'^') {
                    self.cur = pos(place.line.min(self.buf.last()), place.col);
                    self.cur.col = self.cur.col.min(self.line().len());
                }
                self.insert(times, Mode::Insert, None);
            }
            b'I' => {
                self.cur.col = 0;
                self.insert(times, Mode::Insert, None);
            }
            b'a' => {
                let rest = self.line().get(self.cur.col..).unwrap_or_default();
                let shown = rest.get(..text::next(rest, 0)).unwrap_or_default();
                let mut out = b"<".to_vec();
                out.extend_from_slice(shown);
                out.push(b'>');
                for byte in shown {
                    out.push(b' ');
                    base::number::push_radix(&mut out, u64::from(*byte), 16, 2, b'0');
                }
                self.message = out;
            }
            _ => {
                // A motion.
                self.move_by_g(k, count);
            }
        }
    }

    /// Moves by a motion of two keys, of which `after` is the second one and has been read.
    pub fn move_by_g(&mut self, after: Key, count: Option<usize>) {
        self.input.replay.push(after);
        let replaying = core::mem::replace(&mut self.input.replaying, false);
        if !self.move_by(key(b'g'), count) {
            self.fail();
        }
        self.input.replaying = replaying;
    }

    /// Asks for a line of ex commands, which begins with this range, and runs it.
    pub fn ask_command(&mut self, range: &[u8]) {
        if let Some(line) = self.ask_from(b':', range) {
            self.history.push(line.clone());
            self.ex_line(&line);
        }
    }

    /// Where `times` characters from the cursor end.
    fn chars_on(&self, times: usize) -> usize {
        let text = self.line();
        let mut col = self.cur.col;
        for _ in 0..times {
            if col >= text.len() {
                break;
            }
            col = text::next(text, col);
        }
        col
    }

    fn delete_chars(&mut self, times: usize, register: Option<u8>) {
        let to = self.chars_on(times);
        self.apply(key(b'd'), Span::chars(self.cur, pos(self.cur.line, to)), register);
    }

    fn replace_char(&mut self, times: usize) {
        let Some(mut k) = self.key() else { return };
        if k == ctrl(b'v') {
            let Some(literal) = self.key() else { return };
            k = literal;
        } else if k == ESC || k == ctrl(b'c') {
            return self.fail();
        }
        let here = self.cur;
        let mut to = here.col;
        for _ in 0..times {
            if to >= self.line().len() {
                return self.fail();
            }
            to = text::next(self.line(), to);
        }
        let mut new = Vec::new();
        if k == key(b'\r') || k == key(b'\n') {
            let indent = self.indent_of(self.cur.line);
            self.delete(here, pos(here.line, to));
            new.push(b'\n');
            new.extend_from_slice(&indent);
            let end = self.insert_text(here, &new);
            return self.go(end);
        }
        for _ in 0..times {
            input::push_key(&mut new, k);
        }
        self.delete(here, pos(here.line, to));
        let end = self.insert_text(here, &new);
        let col = text::previous(self.buf.line(end.line), end.col);
        self.go(pos(end.line, col));
    }

    /// Joins `count` lines from `first` on into one.
    pub fn join(&mut self, first: usize, count: usize, spaces: bool) {
        let last = first.saturating_add(count.saturating_sub(1)).min(self.buf.last());
        if last == first {
            return self.fail();
        }
        let mut joined = self.buf.line(first).to_vec();
        let mut col = joined.len();
        for n in first + 1..=last {
            let mut next = self.buf.line(n);
            col = joined.len();
            if spaces {
                next = next.get(text::indent(next).len()..).unwrap_or_default();
                let blank = matches!(joined.last(), None | Some(b' ' | b'\t'));
                if !blank && !next.is_empty() && next.first() != Some(&b')') {
                    // Two behind a sentence.
                    let ends = matches!(joined.last(), Some(b'.' | b'!' | b'?'));
                    joined.extend_from_slice(if ends { b"  " } else { b" " });
                }
            }
            joined.extend_from_slice(next);
        }
        let lines = last.saturating_sub(first).saturating_add(1);
        self.buf.replace(first, lines, &[&joined]);
        self.go(pos(first, col));
    }

    fn undo(&mut self, times: usize, again: bool) {
        // From within a command (`^O` while inserting, `:normal`): what it has done so far is the last change.
        let here = self.cur;
        self.buf.close(here);
        for _ in 0..times {
            let place = if again { self.buf.redo() } else { self.buf.undo() };
            match place {
                Some(place) => {
                    let line = place.line.min(self.buf.last());
                    self.cur = pos(line, place.col);
                    if place.col == 0 {
                        self.cur.col = text::first(self.line());
                    }
                    self.clamp();
                    self.keep_column();
                }
                None => {
                    self.say(if again { b"Already at newest change" } else { b"Already at oldest change" });
                    self.fail();
                    break;
                }
            }
        }
        self.kept_line = None;
    }

    fn repeat(&mut self, count: Option<usize>) {
        if self.dot.keys.is_empty() || self.input.replaying {
            return self.fail();
        }
        if count.is_some() {
            self.dot.count = count;
        }
        self.dot.counted = count.is_some();
        // Registers "1 to "8 go on to the next one.
        if let Some(digit @ b'1'..=b'8') = self.dot.register {
            self.dot.register = Some(digit.wrapping_add(1));
        }
        let dot = self.dot.clone();
        let kept = core::mem::replace(&mut self.input.replay, dot.keys.clone());
        self.input.replay.reverse();
        self.input.replaying = true;
        if let Some(k) = self.input.replay.pop() {
            match dot.visual {
                Some(shape) => {
                    self.select_again(shape);
                    self.visual_command(k, dot.count, dot.register);
                    self.mode = Mode::Normal;
                }
                None => self.normal_command(k, dot.count, dot.register),
            }
        }
        self.input.replaying = false;
        self.input.replay = kept;
    }

    fn record(&mut self) {
        if let Some((name, mut keys)) = self.input.recording.take() {
            // The q that ended it.
            keys.pop();
            self.keep_text(keys, super::operator::Shape::Chars, Some(name), None);
            return;
        }
        match self.key().and_then(|k| u8::try_from(k).ok()) {
            Some(name) if name.is_ascii_alphanumeric() || name == b'"' => {
                self.input.recording = Some((name, Vec::new()))
            }
            _ => self.fail(),
        }
    }

    fn run_register(&mut self, times: usize) {
        let Some(Ok(name)) = self.key().map(u8::try_from) else { return self.fail() };
        let name = if name == b'@' { self.mark(b'@').map_or(0, |place| place.line as u8) } else { name };
        if name == b':' {
            let line = self.history.last().cloned().unwrap_or_default();
            return self.ex_line(&line);
        }
        let Some(register) = self.register(name) else { return self.fail() };
        let last = pos(usize::from(name), 0);
        self.set_mark(b'@', last);
        let mut keys = Vec::new();
        for _ in 0..times.min(1 << 16) {
            keys.extend_from_slice(&register.text);
            if keys.len() > 1 << 20 {
                break;
            }
        }
        self.feed(&keys);
    }

    fn place_line(&mut self, count: Option<usize>) {
        let Some(k) = self.key() else { return };
        if let Some(line) = count {
            self.go_line(line.saturating_sub(1));
        }
        let rows = self.screen.rows();
        let line = self.cur.line;
        self.screen.skip = 0;
        match u8::try_from(k).unwrap_or(0) {
            b't' => self.screen.top = line,
            b'\r' | b'\n' => {
                self.screen.top = line;
                self.go_line(line);
            }
            b'z' => self.screen.top = line.saturating_sub(rows / 2),
            b'.' => {
                self.screen.top = line.saturating_sub(rows / 2);
                self.go_line(line);
            }
            b'b' => self.screen.top = line.saturating_sub(rows.saturating_sub(1)),
            b'-' => {
                self.screen.top = line.saturating_sub(rows.saturating_sub(1));
                self.go_line(line);
            }
            _ => self.fail(),
        }
    }

    /// `^A` and `^X`: adds to the number at the cursor or behind it.
    fn add_to_number(&mut self, by: i64) {
        let text = self.line();
        let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
        let mut start = self.cur.col;
        if digit(start) {
            while start > 0 && digit(start.saturating_sub(1)) {
                start = start.saturating_sub(1);
            }
        } else {
            match text.iter().skip(start).position(u8::is_ascii_digit) {
                Some(offset) => start += offset,
                None => return self.fail(),
            }
        }
        let mut end = start;
        while digit(end) {
            end += 1;
        }
        if start > 0 && text.get(start.saturating_sub(1)) == Some(&b'-') {
            start = start.saturating_sub(1);
        }
        let Ok(old) = base::number::parse_i64(text.get(start..end).unwrap_or_default()) else { return self.fail() };
        let mut new = Vec::new();
        base::number::push_i64(&mut new, old.saturating_add(by));
        let line = self.cur.line;
        self.delete(pos(line, start), pos(line, end));
        let end = self.insert_text(pos(line, start), &new);
        self.go(pos(line, end.col.saturating_sub(1)));
    }
}

/// Whether `.` does the command of these keys again. Where nothing `changed`, only those that may have found nothing to change.
fn is_repeatable(keys: &[Key], visual: bool, changed: bool) -> bool {
    let byte = |index: usize| keys.get(index).and_then(|k| u8::try_from(*k).ok()).unwrap_or(0);
    match byte(0) {
        b'u' | b'U' => visual,
        b'~' | b'<' | b'>' => true,
        b'g' if matches!(byte(1), b'~' | b'u' | b'U') => true,
        18 | b'.' | b':' | b'@' | b'Z' | 30 => false,
        _ => changed,
    }
}

/// The range of so many lines from the cursor's on.
pub fn lines_from_here(count: usize) -> Vec<u8> {
    let mut range = b".".to_vec();
    if count > 1 {
        range.extend_from_slice(b",.+");
        base::number::push_u64(&mut range, count.saturating_sub(1) as u64);
    }
    range
}
