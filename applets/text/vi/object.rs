//! Text objects: words, sentences, paragraphs, quotes, brackets and tags around the cursor.

use super::input::{Key, key};
use super::operator::Span;
use super::{Vi, text};
use crate::buffer::{Pos, pos};

impl Vi<'_, '_> {
    /// The object that `letter` names, with what is around it or only what is inside.
    pub fn object(&mut self, around: bool, letter: Key, times: usize) -> Option<Span> {
        let letter = u8::try_from(letter).ok()?;
        match letter {
            b'w' | b'W' => self.word_object(around, letter == b'W', times),
            b's' => self.sentence_object(around, times),
            b'p' => self.paragraph_object(around, times),
            b'"' | b'\'' | b'`' => self.quote_object(around, letter),
            b'(' | b')' | b'b' => self.bracket_object(around, b'(', b')', times),
            b'[' | b']' => self.bracket_object(around, b'[', b']', times),
            b'{' | b'}' | b'B' => self.bracket_object(around, b'{', b'}', times),
            b'<' | b'>' => self.bracket_object(around, b'<', b'>', times),
            b't' => self.tag_object(around, times),
            _ => None,
        }
    }

    fn word_object(&mut self, around: bool, big: bool, times: usize) -> Option<Span> {
        let line = self.cur.line;
        let text = self.buf.line(line);
        let run = |from: usize| text::run_end(text, from, text::class(text, from, big), big);
        let kind = text::class(text, self.cur.col, big);
        let mut start = text::run_start(text, self.cur.col.min(text.len()), kind, big);
        let on_blank = kind == 0;
        let mut end = start;
        let mut trailing = false;
        for _ in 0..times {
            if end >= text.len() && end > start {
                return None;
            }
            let was_blank = text::class(text, end, big) == 0 && end < text.len();
            end = run(end);
            if around {
                // A word and the blanks behind it; from blanks, the blanks and the word behind them.
                if was_blank {
                    end = run(end);
                } else if end < text.len() && text::class(text, end, big) == 0 {
                    end = run(end);
                    trailing = true;
                }
            }
        }
        if around && !on_blank && !trailing {
            let before = text::run_start(text, start, 0, big);
            // Not the indentation of a line.
            if before > 0 {
                start = before;
            }
        }
        Some(Span::chars(pos(line, start), pos(line, end)))
    }

    fn sentence_object(&mut self, around: bool, times: usize) -> Option<Span> {
        let here = self.cur;
        if self.line().is_empty() {
            return Some(Span::lines(here.line, here.line));
        }
        // The beginning of the sentence that the cursor is in: back from one character further.
        let text = self.line();
        self.cur = pos(here.line, text::next(text, here.col));
        let start = self.sentences(1, false).map(|target| target.to).unwrap_or(pos(0, 0));
        self.cur = start;
        let end = self.sentences(times, true).map(|target| target.to);
        self.cur = here;
        let mut end = end?;
        if end.col == 0 && end.line > start.line {
            end = pos(end.line.saturating_sub(1), self.buf.len(end.line.saturating_sub(1)));
        }
        if !around {
            let text = self.buf.line(end.line).get(..end.col).unwrap_or_default();
            let col = text.trim_ascii_end().len();
            if end.line > start.line || col > start.col {
                end.col = col;
            }
        }
        Some(Span::chars(start, end))
    }

    fn paragraph_object(&mut self, around: bool, times: usize) -> Option<Span> {
        let blank = |n: usize| self.buf.line(n).iter().all(|byte| matches!(byte, b' ' | b'\t'));
        let last = self.buf.last();
        let kind = blank(self.cur.line);
        let mut start = self.cur.line;
        while start > 0 && blank(start.saturating_sub(1)) == kind {
            start = start.saturating_sub(1);
        }
        let run = |from: usize| {
            let kind = blank(from);
            let mut end = from;
            while end < last && blank(end + 1) == kind {
                end += 1;
            }
            end
        };
        let mut end = run(self.cur.line);
        let mut trailing = false;
        for turn in 0..times {
            if turn > 0 {
                if end >= last {
                    return None;
                }
                end = run(end + 1);
            }
            if around && end < last {
                end = run(end + 1);
                trailing = true;
            }
        }
        if around && !trailing && !kind {
            while start > 0 && blank(start.saturating_sub(1)) {
                start = start.saturating_sub(1);
            }
        }
        Some(Span::lines(start, end))
    }

    fn quote_object(&mut self, around: bool, quote: u8) -> Option<Span> {
        let line = self.cur.line;
        let text = self.buf.line(line);
        let mut places = Vec::new();
        let mut escaped = false;
        for (at, byte) in text.iter().enumerate() {
            if *byte == quote && !escaped {
                places.push(at);
            }
            escaped = *byte == b'\\' && !escaped;
        }
        // Quotes are paired from the beginning of the line; the cursor is in a pair, or before one.
        let pair = places.chunks_exact(2).find(|pair| pair.last().is_some_and(|close| *close >= self.cur.col))?;
        let (&open, &close) = (pair.first()?, pair.last()?);
        if !around {
            return Some(Span::chars(pos(line, open + 1), pos(line, close)));
        }
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let after = close + 1;
        let blanks = text.get(after..)?.iter().take_while(|byte| is_blank(byte)).count();
        let mut start = open;
        if blanks == 0 {
            start = open.saturating_sub(text.get(..open)?.iter().rev().take_while(|byte| is_blank(byte)).count());
            if start == 0 {
                start = open;
            }
        }
        Some(Span::chars(pos(line, start), pos(line, after + blanks)))
    }

    fn bracket_object(&mut self, around: bool, open: u8, close: u8, times: usize) -> Option<Span> {
        let here = self.line().get(self.cur.col).copied();
        let mut start = self.cur;
        if here == Some(close) {
            start = self.balanced(start, close, open, false)?;
        } else if here != Some(open) {
            start = self.enclosing(start, open, close)?;
        }
        for _ in 1..times {
            let before = self.before(start)?;
            start = self.enclosing(before, open, close)?;
        }
        let end = self.balanced(start, open, close, true)?;
        if around {
            return Some(Span::chars(start, pos(end.line, end.col + 1)));
        }
        // Brackets that stand alone on their lines leave them there.
        let first = pos(start.line, start.col + 1);
        let opens_line = first.col >= self.buf.len(first.line) && end.line > start.line;
        let only_blanks = self.buf.line(end.line).get(..end.col)?.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        if opens_line && only_blanks && end.line > start.line + 1 {
            return Some(Span::lines(start.line + 1, end.line.saturating_sub(1)));
        }
        Some(Span::chars(first, end))
    }

    fn before(&self, at: Pos) -> Option<Pos> {
        match at.col.checked_sub(1) {
            Some(col) => Some(pos(at.line, col)),
            None => {
                let line = at.line.checked_sub(1)?;
                Some(pos(line, self.buf.len(line)))
            }
        }
    }

    /// The bracket that is open at `from`.
    fn enclosing(&self, from: Pos, open: u8, close: u8) -> Option<Pos> {
        let mut depth = 0usize;
        let mut line = from.line;
        let mut end = from.col + 1;
        loop {
            let text = self.buf.line(line);
            for (col, byte) in text.get(..end).unwrap_or(text).iter().enumerate().rev() {
                if *byte == close {
                    depth += 1;
                } else if *byte == open {
                    if depth == 0 {
                        return Some(pos(line, col));
                    }
                    depth = depth.saturating_sub(1);
                }
            }
            line = line.checked_sub(1)?;
            end = usize::MAX;
        }
    }

    /// The element whose tags are around the cursor: looked for in all of the text, which must be small enough for that.
    fn tag_object(&mut self, around: bool, times: usize) -> Option<Span> {
        let whole = self.buf.text(0, self.buf.count().min(100_000));
        let before: usize = (0..self.cur.line).map(|n| self.buf.len(n).saturating_add(1)).sum();
        let cursor = before + self.cur.col;
        let mut open: Vec<(&[u8], usize, usize)> = Vec::new();
        let mut left = times;
        let mut at = 0usize;
        let mut found = None;
        while let Some(start) = memchr::memchr(b'<', whole.get(at..)?).map(|offset| at + offset) {
            let Some(end) = memchr::memchr(b'>', whole.get(start..)?).map(|offset| start + offset) else {
                break;
            };
            let inner = whole.get(start + 1..end)?;
            let after = end + 1;
            at = start + 1;
            let name = |text: &'_ [u8]| {
                text.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'/').unwrap_or(text.len())
            };
            if let Some(closing) = inner.strip_prefix(b"/") {
                let closing = closing.get(..name(closing))?;
                if let Some(index) = open.iter().rposition(|(name, ..)| *name == closing) {
                    let (_, first, inside) = *open.get(index)?;
                    open.truncate(index);
                    if first <= cursor && cursor < after {
                        left = left.saturating_sub(1);
                        if left == 0 {
                            found = Some(if around { (first, after) } else { (inside, start) });
                            break;
                        }
                    }
                }
                at = after;
            } else if inner.first().is_some_and(u8::is_ascii_alphabetic) {
                if !inner.ends_with(b"/") {
                    open.push((inner.get(..name(inner))?, start, after));
                }
                at = after;
            }
        }
        let (from, to) = found?;
        let place = |offset: usize| {
            let head = whole.get(..offset).unwrap_or_default();
            let line = base::bytes::count(b'\n', head);
            let start = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1);
            pos(line, offset.saturating_sub(start))
        };
        Some(Span::chars(place(from), place(to)))
    }

    /// Reads the letter of an object after `i` or `a`, and finds it.
    pub fn object_after(&mut self, k: Key, times: usize) -> Option<Span> {
        let letter = self.key()?;
        self.object(k == key(b'a'), letter, times)
    }
}
