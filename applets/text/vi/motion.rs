//! Motions: where a key leads from where the cursor is.

use super::input::{self, Key, ctrl, key};
use super::{Mode, Vi, text};
use crate::buffer::{Pos, pos};

/// Where a motion leads, and what an operator takes of it.
#[derive(Clone, Copy)]
pub struct Target {
    pub to: Pos,
    pub linewise: bool,
    /// The character at the end belongs to it.
    pub inclusive: bool,
    /// The column that was aimed at, where it is not that of `to`.
    pub want: Option<usize>,
}

const fn exclusive(to: Pos) -> Option<Target> {
    Some(Target { to, linewise: false, inclusive: false, want: None })
}

const fn inclusive(to: Pos) -> Option<Target> {
    Some(Target { to, linewise: false, inclusive: true, want: None })
}

const fn lines(to: Pos) -> Option<Target> {
    Some(Target { to, linewise: true, inclusive: true, want: None })
}

impl Vi<'_, '_> {
    /// Where `k` leads, `count` times; for an operator if `operator`. None where it leads nowhere, or is no motion.
    pub fn motion(&mut self, k: Key, count: Option<usize>, operator: bool) -> Option<Target> {
        let target = self.lead(k, count, operator)?;
        if u8::try_from(k).is_ok_and(|byte| b"G%{}()[]HLM'`".contains(&byte)) {
            self.remember_jump();
        }
        Some(target)
    }

    fn lead(&mut self, k: Key, count: Option<usize>, operator: bool) -> Option<Target> {
        let times = count.unwrap_or(1);
        let here = self.cur;
        let last = self.buf.last();
        match k {
            input::LEFT => self.left(times),
            input::RIGHT => self.right(times, operator),
            input::DOWN => self.vertical(times, true),
            input::UP => self.vertical(times, false),
            input::HOME => exclusive(pos(here.line, 0)),
            input::END => self.line_end(times),
            _ => {
                let byte = u8::try_from(k).ok()?;
                match byte {
                    b'h' | 8 | 127 if byte != b'h' && here.col == 0 && here.line > 0 => {
                        let line = here.line.saturating_sub(1);
                        exclusive(pos(line, text::last(self.buf.line(line))))
                    }
                    b'h' | 8 | 127 => self.left(times),
                    b' ' if !operator && text::next(self.line(), here.col) >= self.line().len() => {
                        if here.line < last {
                            exclusive(pos(here.line + 1, 0))
                        } else {
                            None
                        }
                    }
                    b'l' | b' ' => self.right(times, operator),
                    b'j' | b'\n' | 14 => self.vertical(times, true),
                    b'k' | 16 => self.vertical(times, false),
                    b'0' => exclusive(pos(here.line, 0)),
                    b'^' => exclusive(pos(here.line, text::first(self.line()))),
                    b'$' => self.line_end(times),
                    b'|' => {
                        let column = times.saturating_sub(1);
                        let col = self.at_column(self.line(), column);
                        Some(Target { want: Some(column), ..exclusive(pos(here.line, col))? })
                    }
                    b'+' | b'\r' | b'-' => self.line_from(self.vertical(times, byte != b'-')?.to.line),
                    b'_' => self.line_from(here.line.checked_add(times.saturating_sub(1))?),
                    b'G' => self.line_from(count.map_or(last, |n| n.saturating_sub(1).min(last))),
                    b'w' | b'W' => self.words(times, byte == b'W', operator),
                    b'e' | b'E' => self.word_ends(times, byte == b'E'),
                    b'b' | b'B' => self.words_back(times, byte == b'B'),
                    b'f' | b'F' | b't' | b'T' => {
                        let wanted = self.key()?;
                        self.last_find = Some((k, wanted));
                        self.find_char(k, wanted, times, false)
                    }
                    b';' | b',' => {
                        let (how, wanted) = self.last_find?;
                        let how = if byte == b';' { how } else { how ^ 0x20 };
                        self.find_char(how, wanted, times, true)
                    }
                    b'%' => match count {
                        Some(percent) => {
                            let line = percent.min(100).saturating_mul(self.buf.count()).saturating_add(99) / 100;
                            self.line_from(line.saturating_sub(1).min(last))
                        }
                        None => inclusive(self.matching(here)?),
                    },
                    b'{' | b'}' => self.paragraphs(times, byte == b'}'),
                    b'(' | b')' => self.sentences(times, byte == b')'),
                    b'[' | b']' => {
                        if self.key()? != k {
                            return None;
                        }
                        self.sections(times, byte == b']', operator)
                    }
                    b'H' | b'L' | b'M' => {
                        let (top, bottom) = self.visible();
                        let line = match byte {
                            b'H' => top.saturating_add(times.saturating_sub(1)).min(bottom),
                            b'L' => bottom.saturating_sub(times.saturating_sub(1)).max(top),
                            _ => top.saturating_add(bottom.saturating_sub(top) / 2),
                        };
                        self.line_from(line.min(last))
                    }
                    b'\'' | b'`' => {
                        let letter = self.key()?;
                        let letter = if letter == key(b'`') { b'\'' } else { u8::try_from(letter).ok()? };
                        let Some(to) = self.mark(letter) else {
                            self.say(b"Mark not set");
                            return None;
                        };
                        if byte == b'`' {
                            let col = to.col.min(self.buf.len(to.line));
                            exclusive(pos(to.line.min(last), col))
                        } else {
                            self.line_from(to.line.min(last))
                        }
                    }
                    b'/' | b'?' => {
                        let line = self.ask(byte)?;
                        self.search_command(&line, byte == b'/', times)
                    }
                    b'n' | b'N' => self.search_again(byte == b'n', times),
                    b'*' | b'#' => self.search_word(byte == b'*', times, true),
                    b'g' => self.g_motion(count, operator),
                    _ => None,
                }
            }
        }
    }

    fn g_motion(&mut self, count: Option<usize>, _operator: bool) -> Option<Target> {
        let times = count.unwrap_or(1);
        let last = self.buf.last();
        match u8::try_from(self.key()?).ok()? {
            b'g' => {
                self.remember_jump();
                self.line_from(times.saturating_sub(1).min(last))
            }
            b'e' | b'E' => {
                let mut at = self.cur;
                for _ in 0..times {
                    at = self.word_end_back(at)?;
                }
                inclusive(at)
            }
            b'_' => {
                let line = self.cur.line.saturating_add(times.saturating_sub(1)).min(last);
                let text = self.buf.line(line);
                let col = text.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(0);
                inclusive(pos(line, text::previous(text, text::next(text, col))))
            }
            b'j' => self.screen_lines(times, true),
            b'k' => self.screen_lines(times, false),
            b';' => exclusive(self.mark(b'.')?),
            b'0' => exclusive(pos(self.cur.line, 0)),
            b'$' => self.line_end(times),
            b'm' => {
                let half = self.screen.columns() / 2;
                let col = self.at_column(self.line(), half);
                exclusive(pos(self.cur.line, col))
            }
            b'*' => self.search_word(true, times, false),
            b'#' => self.search_word(false, times, false),
            _ => None,
        }
    }

    /// A motion that `''` comes back from.
    pub fn remember_jump(&mut self) {
        self.set_mark(b'\'', self.cur);
    }

    fn line_from(&self, line: usize) -> Option<Target> {
        if line > self.buf.last() {
            return None;
        }
        lines(pos(line, text::first(self.buf.line(line))))
    }

    fn left(&self, times: usize) -> Option<Target> {
        let mut col = self.cur.col;
        if col == 0 {
            return None;
        }
        for _ in 0..times {
            if col == 0 {
                break;
            }
            col = text::previous(self.line(), col);
        }
        exclusive(pos(self.cur.line, col))
    }

    fn right(&self, times: usize, operator: bool) -> Option<Target> {
        let text = self.line();
        let end = if operator || matches!(self.mode, Mode::Visual(_)) { text.len() } else { text::last(text) };
        let mut col = self.cur.col;
        if col >= end {
            return None;
        }
        for _ in 0..times {
            if col >= end {
                break;
            }
            col = text::next(text, col);
        }
        exclusive(pos(self.cur.line, col.min(end)))
    }

    fn vertical(&self, times: usize, down: bool) -> Option<Target> {
        let here = self.cur.line;
        let line = if down { here.saturating_add(times).min(self.buf.last()) } else { here.saturating_sub(times) };
        if line == here {
            return None;
        }
        let col = self.at_column(self.buf.line(line), self.want);
        Some(Target { want: Some(self.want), ..lines(pos(line, col))? })
    }

    /// Up and down by the lines of the screen: a long line has several.
    fn screen_lines(&self, times: usize, down: bool) -> Option<Target> {
        let width = if self.opt.wrap { self.text_columns().max(1) } else { usize::MAX };
        let mut line = self.cur.line;
        let mut column = if self.want == usize::MAX { self.column(self.line(), self.cur.col) } else { self.want };
        // The column where a line's last part begins.
        let start = |line: usize| {
            let text = self.buf.line(line);
            self.column(text, text.len()).saturating_sub(1) / width * width
        };
        for _ in 0..times.min(1 << 20) {
            if down && column < start(line) {
                column += width;
            } else if !down && column >= width {
                column = column.saturating_sub(width);
            } else if down && line < self.buf.last() {
                line += 1;
                column %= width;
            } else if !down && line > 0 {
                line = line.saturating_sub(1);
                column += start(line);
            } else {
                break;
            }
        }
        let to = pos(line, self.at_column(self.buf.line(line), column));
        if to == self.cur { None } else { Some(Target { want: Some(column), ..exclusive(to)? }) }
    }

    fn line_end(&self, times: usize) -> Option<Target> {
        let line = self.cur.line.checked_add(times.saturating_sub(1))?;
        if line > self.buf.last() {
            return None;
        }
        let text = self.buf.line(line);
        let target = Target { want: Some(usize::MAX), ..inclusive(pos(line, text::last(text)))? };
        // An empty line has no character to include.
        Some(Target { inclusive: !text.is_empty(), ..target })
    }

    /// The next place: over the end of a line to the next one.
    pub fn step(&self, at: Pos) -> Option<Pos> {
        let text = self.buf.line(at.line);
        let col = text::next(text, at.col);
        if col < text.len() {
            Some(pos(at.line, col))
        } else if at.line < self.buf.last() {
            Some(pos(at.line + 1, 0))
        } else {
            None
        }
    }

    fn step_back(&self, at: Pos) -> Option<Pos> {
        if at.col > 0 {
            return Some(pos(at.line, text::previous(self.buf.line(at.line), at.col)));
        }
        let line = at.line.checked_sub(1)?;
        Some(pos(line, text::last(self.buf.line(line))))
    }

    fn class(&self, at: Pos, big: bool) -> u8 {
        text::class(self.buf.line(at.line), at.col, big)
    }

    fn is_empty_line(&self, at: Pos) -> bool {
        at.col == 0 && self.buf.len(at.line) == 0
    }

    fn words(&mut self, times: usize, big: bool, operator: bool) -> Option<Target> {
        let mut at = self.cur;
        for turn in 0..times {
            let kind = self.class(at, big);
            let mut next = self.step(at);
            // Over the rest of this word, then over blanks; an empty line is a word.
            while kind != 0
                && let Some(to) = next
                && to.line == at.line
                && self.class(to, big) == kind
            {
                next = self.step(to);
            }
            while let Some(to) = next
                && self.class(to, big) == 0
                && !self.is_empty_line(to)
            {
                next = self.step(to);
            }
            match next {
                Some(to) => {
                    // The last word of an operator ends with its line.
                    if operator && turn.saturating_add(1) == times && to.line > at.line {
                        if self.is_empty_line(at) {
                            return exclusive(pos(at.line + 1, 0));
                        }
                        return exclusive(pos(at.line, self.buf.len(at.line)));
                    }
                    at = to;
                }
                None => {
                    let end = pos(self.buf.last(), self.buf.len(self.buf.last()));
                    if operator {
                        return exclusive(end);
                    }
                    let stop = pos(end.line, text::last(self.buf.line(end.line)));
                    return if stop == self.cur { None } else { exclusive(stop) };
                }
            }
        }
        exclusive(at)
    }

    /// The end of the word that `w` would leave, for `cw`.
    pub fn word_end_here(&mut self, times: usize, big: bool) -> Option<Target> {
        let mut at = self.cur;
        for turn in 0..times {
            if turn > 0 {
                while let Some(next) = self.step(at) {
                    at = next;
                    if self.class(at, big) != 0 {
                        break;
                    }
                }
            }
            let kind = self.class(at, big);
            while let Some(to) = self.step(at)
                && to.line == at.line
                && self.class(to, big) == kind
            {
                at = to;
            }
        }
        inclusive(at)
    }

    fn word_ends(&mut self, times: usize, big: bool) -> Option<Target> {
        let mut at = self.cur;
        for _ in 0..times {
            let Some(mut to) = self.step(at) else { break };
            while self.class(to, big) == 0 {
                match self.step(to) {
                    Some(next) => to = next,
                    None => break,
                }
            }
            let kind = self.class(to, big);
            while let Some(next) = self.step(to)
                && next.line == to.line
                && self.class(next, big) == kind
            {
                to = next;
            }
            at = to;
        }
        if at == self.cur { None } else { inclusive(at) }
    }

    fn word_end_back(&self, from: Pos) -> Option<Pos> {
        let mut at = from;
        let kind = self.class(at, false);
        while kind != 0 && self.class(at, false) == kind {
            let line = at.line;
            at = self.step_back(at)?;
            if at.line != line {
                break;
            }
        }
        while self.class(at, false) == 0 && !self.is_empty_line(at) {
            at = self.step_back(at)?;
        }
        Some(at)
    }

    fn words_back(&mut self, times: usize, big: bool) -> Option<Target> {
        let mut at = self.cur;
        for _ in 0..times {
            let Some(mut to) = self.step_back(at) else { break };
            while self.class(to, big) == 0 && !self.is_empty_line(to) {
                match self.step_back(to) {
                    Some(next) => to = next,
                    None => break,
                }
            }
            let kind = self.class(to, big);
            while to.col > 0 && kind != 0 {
                let before = pos(to.line, text::previous(self.buf.line(to.line), to.col));
                if self.class(before, big) != kind {
                    break;
                }
                to = before;
            }
            at = to;
        }
        if at == self.cur { None } else { exclusive(at) }
    }

    fn find_char(&mut self, how: Key, wanted: Key, times: usize, again: bool) -> Option<Target> {
        let mut bytes = Vec::new();
        input::push_key(&mut bytes, wanted);
        let text = self.line();
        let forward = how == key(b'f') || how == key(b't');
        let until = how == key(b't') || how == key(b'T');
        let mut at = self.cur.col;
        let mut left = times;
        // `;` after `t` does not stay before the character it stands at.
        let mut skip = again && until && times == 1;
        while left > 0 {
            let next = if forward { text::next(text, at) } else { text::previous(text, at) };
            if next == at || next >= text.len() {
                return None;
            }
            at = next;
            if text.get(at..).is_some_and(|rest| rest.starts_with(&bytes)) {
                let beside = if forward { text::previous(text, at) } else { text::next(text, at) };
                if skip && beside == self.cur.col {
                    skip = false;
                    continue;
                }
                left = left.saturating_sub(1);
            }
        }
        if until {
            at = if forward { text::previous(text, at) } else { text::next(text, at) };
        }
        if forward { inclusive(pos(self.cur.line, at)) } else { exclusive(pos(self.cur.line, at)) }
    }

    /// The bracket that belongs to the first one at `from` or after it on the line.
    pub fn matching(&self, from: Pos) -> Option<Pos> {
        let text = self.buf.line(from.line);
        let at = from.col + text.get(from.col..)?.iter().position(|byte| b"()[]{}".contains(byte))?;
        let open = *text.get(at)?;
        let (close, forward) = match open {
            b'(' => (b')', true),
            b'[' => (b']', true),
            b'{' => (b'}', true),
            b')' => (b'(', false),
            b']' => (b'[', false),
            _ => (b'{', false),
        };
        self.balanced(pos(from.line, at), open, close, forward)
    }

    /// From a bracket to the one that closes it.
    pub fn balanced(&self, from: Pos, open: u8, close: u8, forward: bool) -> Option<Pos> {
        let mut depth = 0usize;
        let mut line = from.line;
        loop {
            let text = self.buf.line(line);
            let mut look = |col: usize, byte: u8| {
                if byte == open {
                    depth += 1;
                } else if byte == close {
                    depth = depth.saturating_sub(1);
                    return (depth == 0).then_some(pos(line, col));
                }
                None
            };
            if forward {
                let start = if line == from.line { from.col } else { 0 };
                for (index, byte) in text.iter().enumerate().skip(start) {
                    if let Some(found) = look(index, *byte) {
                        return Some(found);
                    }
                }
                if line >= self.buf.last() {
                    return None;
                }
                line += 1;
            } else {
                let end = if line == from.line { from.col + 1 } else { text.len() };
                for (index, byte) in text.get(..end).unwrap_or(text).iter().enumerate().rev() {
                    if let Some(found) = look(index, *byte) {
                        return Some(found);
                    }
                }
                line = line.checked_sub(1)?;
            }
            if base::sys::signal::is_pending(base::term::screen::INT) {
                return None;
            }
        }
    }

    fn paragraphs(&mut self, times: usize, forward: bool) -> Option<Target> {
        let mut line = self.cur.line;
        let last = self.buf.last();
        for _ in 0..times {
            let mut in_text = false;
            loop {
                in_text |= self.buf.len(line) > 0;
                if forward && line == last {
                    let to = pos(last, self.buf.len(last));
                    return if to == self.cur { None } else { exclusive(to) };
                }
                if !forward && line == 0 {
                    return if self.cur == pos(0, 0) { None } else { exclusive(pos(0, 0)) };
                }
                line = if forward { line + 1 } else { line.saturating_sub(1) };
                if in_text && self.buf.len(line) == 0 {
                    break;
                }
            }
        }
        exclusive(pos(line, 0))
    }

    /// Whether a sentence begins at `at`.
    fn begins_sentence(&self, at: Pos) -> bool {
        let text = self.buf.line(at.line);
        let before = text.get(..at.col).unwrap_or_default();
        if text.is_empty() {
            return at.line == 0 || self.buf.len(at.line.saturating_sub(1)) > 0;
        }
        if matches!(text.get(at.col), None | Some(b' ' | b'\t')) {
            return false;
        }
        let trimmed = before.trim_ascii_end();
        if trimmed.is_empty() {
            // The first word of a line: after an empty line, or after a line that ends a sentence.
            let Some(line) = at.line.checked_sub(1) else { return true };
            let text = self.buf.line(line);
            return text.is_empty() || ends_sentence(text.trim_ascii_end());
        }
        trimmed.len() < before.len() && ends_sentence(trimmed)
    }

    pub fn sentences(&mut self, times: usize, forward: bool) -> Option<Target> {
        let mut at = self.cur;
        for _ in 0..times {
            loop {
                match if forward { self.step(at) } else { self.step_back(at) } {
                    Some(next) => at = next,
                    None => {
                        let end = if forward { pos(self.buf.last(), self.buf.len(self.buf.last())) } else { pos(0, 0) };
                        return if end == self.cur { None } else { exclusive(end) };
                    }
                }
                if self.begins_sentence(at) {
                    break;
                }
            }
        }
        exclusive(at)
    }

    fn sections(&mut self, times: usize, forward: bool, operator: bool) -> Option<Target> {
        let mut line = self.cur.line;
        for _ in 0..times {
            loop {
                if forward && line >= self.buf.last() || !forward && line == 0 {
                    break;
                }
                line = if forward { line + 1 } else { line.saturating_sub(1) };
                if self.buf.line(line).first() == Some(&b'{') {
                    break;
                }
            }
        }
        // An operator takes the last line too.
        let all = operator && forward && self.buf.line(line).first() != Some(&b'{');
        let col = if all { self.buf.len(line) } else { 0 };
        exclusive(pos(line, col))
    }

    /// Moves as the key says, where it is a motion. Tells whether it was done.
    pub fn move_by(&mut self, k: Key, count: Option<usize>) -> bool {
        match self.motion(k, count, false) {
            Some(target) => {
                self.cur = target.to;
                self.clamp();
                match target.want {
                    Some(want) => self.want = want,
                    None => self.keep_column(),
                }
                true
            }
            None => false,
        }
    }

    /// Scrolls by a page or a half, by a line, or so that the cursor's line is where it is to be. None: no such key.
    pub fn scroll(&mut self, k: Key, count: Option<usize>) -> Option<()> {
        let rows = self.screen.rows();
        let (top, bottom) = self.visible();
        let last = self.buf.last();
        let times = count.unwrap_or(1);
        if k == ctrl(b'd') || k == ctrl(b'u') {
            let half = count.unwrap_or(if self.opt.scroll > 0 { self.opt.scroll } else { (rows / 2).max(1) });
            self.opt.scroll = half;
            let down = k == ctrl(b'd');
            if down && self.cur.line == last || !down && self.cur.line == 0 {
                self.fail();
            }
            let line =
                if down { self.cur.line.saturating_add(half).min(last) } else { self.cur.line.saturating_sub(half) };
            self.screen.top = if down { top.saturating_add(half).min(line) } else { top.saturating_sub(half) };
            self.go_line(line);
        } else if k == ctrl(b'f') || k == input::PAGE_DOWN {
            let page = rows.saturating_sub(2).max(1).saturating_mul(times);
            self.screen.top = top.saturating_add(page).min(last);
            let line = self.cur.line.max(self.screen.top);
            self.go_line(line);
        } else if k == ctrl(b'b') || k == input::PAGE_UP {
            let page = rows.saturating_sub(2).max(1).saturating_mul(times);
            self.screen.top = top.saturating_sub(page);
            let end = self.screen.top.saturating_add(rows.saturating_sub(1));
            let line = self.cur.line.min(end);
            self.go_line(line);
        } else if k == ctrl(b'e') {
            self.screen.top = top.saturating_add(times).min(last);
            if self.cur.line < self.screen.top {
                let line = self.screen.top;
                self.move_to_line(line);
            }
        } else if k == ctrl(b'y') {
            self.screen.top = top.saturating_sub(times);
            let end = bottom.saturating_sub(top.saturating_sub(self.screen.top));
            if self.cur.line > end {
                self.move_to_line(end);
            }
        } else {
            return None;
        }
        self.screen.skip = 0;
        Some(())
    }

    fn move_to_line(&mut self, line: usize) {
        let col = self.at_column(self.buf.line(line), self.want);
        self.cur = pos(line, col);
        self.clamp();
    }
}

fn ends_sentence(text: &[u8]) -> bool {
    let end = text.iter().rposition(|byte| !matches!(byte, b')' | b']' | b'"' | b'\'')).map_or(0, |at| at + 1);
    matches!(text.get(..end).and_then(<[u8]>::last), Some(b'.' | b'!' | b'?'))
}
