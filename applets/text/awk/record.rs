//! The record and its fields: split when they are asked for, and no further than that; joined again when $0 is.

#![allow(clippy::indexing_slicing, reason = "the spans were cut from the text that they index")]

use crate::value::{Format, Value};
use base::error::{Error, Result};
use base::pattern::Pattern;
use memchr::memchr;
use std::rc::Rc;

/// More fields than this are a mistake.
const MOST: usize = 1 << 26;

/// How a record is split.
#[derive(Clone, Default)]
pub enum Splitter {
    /// By blanks and newlines.
    #[default]
    Blank,
    /// By this byte; a newline splits too where records are paragraphs.
    Byte(u8),
    Pattern(Rc<Pattern>),
    /// Each character a field.
    Each(bool),
    /// FIELDWIDTHS: how many bytes (or characters) to skip and to take.
    Widths(Rc<Vec<(usize, usize)>>, bool),
    /// FPAT: what fields look like.
    Fields(Rc<Pattern>),
    Csv,
}

/// The parts of a text, and what is between them.
#[derive(Default)]
pub struct Parts {
    /// Start and end of each.
    pub spans: Vec<(usize, usize)>,
    /// Fields whose text is not part of the record as it stands (`""` in CSV).
    made: Vec<(usize, Vec<u8>)>,
}

impl Parts {
    /// The text of a part that is not in the record as it stands.
    #[inline]
    pub fn made(&self, index: usize) -> Option<&[u8]> {
        if self.made.is_empty() { None } else { self.find_made(index) }
    }

    #[inline(never)]
    fn find_made(&self, index: usize) -> Option<&[u8]> {
        let at = self.made.binary_search_by_key(&index, |made| made.0).ok()?;
        Some(&self.made[at].1)
    }
}

/// The current record.
#[derive(Default)]
pub struct Record {
    text: Vec<u8>,
    /// Whether `text` must be made from the fields.
    stale: bool,
    /// A string was assigned to the whole, or it was made from the fields: it is no number, whatever it looks like.
    pub is_string: bool,
    parts: Parts,
    /// Where splitting goes on.
    next: usize,
    complete: bool,
    /// The most fields that were wanted of a record.
    wanted: usize,
    /// Room for the next time the fields are joined.
    spare: Vec<u8>,
    /// Values that were assigned to fields.
    assigned: Vec<Option<Value>>,
    pub splitter: Splitter,
    /// Records are paragraphs: a newline ends a field too where FS is a character. It does not where FS is a pattern, whatever POSIX
    /// says: so in every awk.
    pub paragraphs: bool,
}

impl Record {
    /// The buffer for a new record; its fields are forgotten.
    #[inline]
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn renew(&mut self) -> &mut Vec<u8> {
        self.parts.spans.clear();
        if !self.parts.made.is_empty() {
            self.parts.made.clear();
        }
        if !self.assigned.is_empty() {
            self.assigned.clear();
        }
        self.next = 0;
        self.complete = false;
        self.stale = false;
        self.is_string = false;
        self.text.clear();
        &mut self.text
    }

    /// Makes the record this text.
    pub fn set(&mut self, text: &[u8]) {
        self.renew().extend_from_slice(text);
    }

    /// The whole record. `separator` is OFS.
    #[inline]
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn text(&mut self, separator: &[u8], format: &Format) -> &[u8] {
        if self.stale {
            self.join(separator, format);
        }
        &self.text
    }

    #[inline(never)]
    fn join(&mut self, separator: &[u8], format: &Format) {
        let mut out = core::mem::take(&mut self.spare);
        out.clear();
        let parts = &mut self.parts;
        let mut index = 0;
        while let Some((from, mut end)) = parts.spans.get(index).copied() {
            if index > 0 {
                out.extend_from_slice(separator);
            }
            let start = out.len();
            parts.spans[index].0 = start;
            if let Some(Some(value)) = self.assigned.get(index) {
                value.push(&mut out, format);
            } else if let Some(text) = parts.made(index) {
                out.extend_from_slice(text);
            } else {
                // Fields with just the separator between them are copied as one.
                let moved = start.wrapping_sub(from);
                while parts.made.is_empty()
                    && let Some((next, behind)) = parts.spans.get(index + 1).copied()
                    && next.wrapping_sub(end) == separator.len()
                    && self.text[end..next].iter().eq(separator)
                    && !matches!(self.assigned.get(index + 1), Some(Some(_)))
                {
                    parts.spans[index].1 = end.wrapping_add(moved);
                    parts.spans[index + 1].0 = next.wrapping_add(moved);
                    index += 1;
                    end = behind;
                }
                out.extend_from_slice(&self.text[from..end]);
            }
            parts.spans[index].1 = out.len();
            index += 1;
        }
        self.spare = core::mem::replace(&mut self.text, out);
        parts.made.clear();
        self.stale = false;
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn part(&self, index: usize) -> &[u8] {
        if let Some(text) = self.parts.made(index) {
            return text;
        }
        let (start, end) = self.parts.spans[index];
        &self.text[start..end]
    }

    /// Splits until there are `count` fields, or all.
    #[inline]
    #[cfg_attr(speed_marks, optimize(speed))]
    fn need(&mut self, count: usize) {
        if self.parts.spans.len() < count && !self.complete {
            // At once as far as an earlier record was split: going on costs more than what may be too much.
            self.wanted = self.wanted.max(count);
            self.split(self.wanted);
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn split(&mut self, count: usize) {
        match &self.splitter {
            Splitter::Blank => {
                self.next = at_blanks(&self.text, self.next, count, &mut self.parts.spans);
                self.complete = self.next >= self.text.len();
            }
            Splitter::Byte(byte) if !self.paragraphs => {
                let text = &self.text;
                if text.is_empty() {
                    self.complete = true;
                }
                while !self.complete && self.parts.spans.len() < count {
                    match memchr(*byte, &text[self.next..]) {
                        Some(length) => {
                            self.parts.spans.push((self.next, self.next + length));
                            self.next += length + 1;
                        }
                        None => {
                            self.parts.spans.push((self.next, text.len()));
                            self.complete = true;
                        }
                    }
                }
            }
            splitter => {
                split(&self.text, splitter, self.paragraphs, &mut self.parts, None);
                self.complete = true;
            }
        }
    }

    /// Splits the record whole, for the way of splitting is about to change.
    pub fn settle(&mut self) {
        self.need(usize::MAX);
    }

    /// NF.
    #[inline]
    pub fn count(&mut self) -> usize {
        self.need(usize::MAX);
        self.parts.spans.len()
    }

    /// The bytes of field `index` from 1 on, if that is what it is; else None, and its value was assigned.
    #[inline]
    pub fn bytes(&mut self, index: usize) -> Result<&[u8], Value> {
        self.need(index);
        let index = index - 1;
        if index >= self.parts.spans.len() {
            return Ok(b"");
        }
        if let Some(Some(value)) = self.assigned.get(index) {
            return Err(value.clone());
        }
        Ok(self.part(index))
    }

    /// Makes `place` the value of field `index` from 1 on.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn fetch(&mut self, index: usize, place: &mut Value) {
        self.need(index);
        let Some((start, end)) = self.parts.spans.get(index - 1).copied() else {
            *place = Value::text(b"");
            return;
        };
        if let Some(Some(value)) = self.assigned.get(index - 1) {
            *place = value.clone();
        } else if self.parts.made.is_empty() {
            Value::put_part(place, &self.text, start, end);
        } else {
            *place = Value::outside(self.part(index - 1));
        }
    }

    /// Sets NF.
    pub fn set_count(&mut self, count: usize) -> Result<()> {
        if count > MOST {
            return Err(Error::message("too many fields").with_status(2));
        }
        self.need(usize::MAX);
        self.parts.spans.resize(count, (0, 0));
        self.assigned.truncate(count);
        self.stale = true;
        self.is_string = true;
        Ok(())
    }

    /// Assigns to field `index` from 1 on.
    pub fn assign(&mut self, index: usize, value: Value) -> Result<()> {
        self.need(usize::MAX);
        if index > self.parts.spans.len() {
            self.set_count(index)?;
        }
        if self.assigned.len() < index {
            self.assigned.resize(index, None);
        }
        self.assigned[index - 1] = Some(if let Value::Unset = value { Value::text(b"") } else { value });
        self.stale = true;
        self.is_string = true;
        Ok(())
    }
}

const EACH: u64 = u64::MAX / 255;

/// Splits by blanks and newlines, from a place that is in no part, until there are `count` parts; gives where to go on.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn at_blanks(text: &[u8], from: usize, count: usize, spans: &mut Vec<(usize, usize)>) -> usize {
    let (mut at, mut start) = (from, 0);
    // Whether the byte before the block is a blank.
    let mut before = 1;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let mut padded = [b' '; 64];
        let block = rest.first_chunk().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        // A bit for each byte of a block first: parts are as long as they like, and a branch at each end would be guessed wrong.
        let mut marks = 0;
        for word in block.as_chunks().0.iter().rev() {
            // The top bit of each byte of `differs` is unset where the byte is a blank.
            let word = u64::from_le_bytes(*word);
            let is_not = |byte: u8| {
                let zero = word ^ (EACH * u64::from(byte));
                ((zero & (EACH * 127)) + EACH * 127) | zero
            };
            let differs = is_not(b' ') & is_not(b'\t') & is_not(b'\n');
            marks = marks << 8 | (!differs >> 7 & EACH).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        }
        let mut edges = marks ^ (marks << 1 | before);
        before = marks >> 63;
        while edges != 0 {
            let edge = edges.trailing_zeros();
            edges &= edges - 1;
            let place = at + edge as usize;
            if marks >> edge & 1 == 0 {
                start = place;
            } else {
                spans.push((start, place));
                if spans.len() >= count {
                    return place;
                }
            }
        }
        at += 64;
    }
    if before == 0 {
        spans.push((start, text.len()));
    }
    text.len()
}

/// Splits at each byte of a set.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn at_bytes(text: &[u8], set: &[bool; 256], spans: &mut Vec<(usize, usize)>) {
    let mut start = 0;
    // A bit for each byte of a block first: separators come as they like, and a branch at each would be guessed wrong.
    for (number, block) in text.chunks(64).enumerate() {
        let mut marks = 0u64;
        for (bit, here) in block.iter().enumerate() {
            marks |= u64::from(set[usize::from(*here)]) << bit;
        }
        while marks != 0 {
            let at = number * 64 + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            spans.push((start, at));
            start = at + 1;
        }
    }
    spans.push((start, text.len()));
}

/// Splits `text`. `between` gets start and end of each separator.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn split(
    text: &[u8],
    splitter: &Splitter,
    paragraphs: bool,
    parts: &mut Parts,
    mut between: Option<&mut Vec<(usize, usize)>>,
) {
    let spans = &mut parts.spans;
    spans.clear();
    parts.made.clear();
    if text.is_empty() {
        return;
    }
    let mut separator = |start: usize, end: usize| {
        if let Some(between) = &mut between {
            between.push((start, end));
        }
    };
    match splitter {
        Splitter::Blank => {
            at_blanks(text, 0, usize::MAX, spans);
            // Before the first and behind the last as well: gawk's seps[0] and seps[n].
            let mut from = 0;
            for span in spans.iter() {
                separator(from, span.0);
                from = span.1;
            }
            separator(from, text.len());
        }
        Splitter::Byte(byte) => {
            let mut start = 0;
            for (at, here) in text.iter().enumerate() {
                if here == byte || (paragraphs && *here == b'\n') {
                    spans.push((start, at));
                    separator(at, at + 1);
                    start = at + 1;
                }
            }
            spans.push((start, text.len()));
        }
        Splitter::Pattern(pattern) if let Some(set) = pattern.one_byte() => {
            at_bytes(text, set, spans);
            spans.iter().skip(1).for_each(|span| separator(span.0 - 1, span.0));
        }
        Splitter::Pattern(pattern) => {
            let (mut start, mut from) = (0, 0);
            while let Some((at, end)) = pattern.find_at(text, from).filter(|_| from < text.len()) {
                if end == at {
                    // An empty match separates nothing.
                    from = at + 1;
                    continue;
                }
                spans.push((start, at));
                separator(at, end);
                start = end;
                from = end;
            }
            spans.push((start, text.len()));
        }
        Splitter::Csv => split_csv(text, parts),
        _ => split_rarely(text, splitter, spans, &mut separator),
    }
}

/// The other ways of splitting.
#[inline(never)]
fn split_rarely(
    text: &[u8],
    splitter: &Splitter,
    spans: &mut Vec<(usize, usize)>,
    separator: &mut dyn FnMut(usize, usize),
) {
    match splitter {
        Splitter::Each(utf8) => {
            let mut at = 0;
            while at < text.len() {
                let length = base::pattern::character_length(&text[at..], *utf8).max(1);
                let end = (at + length).min(text.len());
                spans.push((at, end));
                if end < text.len() {
                    separator(end, end);
                }
                at = end;
            }
        }
        Splitter::Widths(widths, utf8) => {
            let step = |from: usize, count: usize| {
                if !*utf8 || text.is_ascii() {
                    return from.saturating_add(count).min(text.len());
                }
                let mut at = from;
                for _ in 0..count {
                    match base::pattern::character_length(&text[at..], true) {
                        0 => break,
                        length => at = (at + length).min(text.len()),
                    }
                }
                at
            };
            let mut at = 0;
            for (skip, take) in widths.iter() {
                at = step(at, *skip);
                if at >= text.len() {
                    break;
                }
                let end = step(at, *take);
                spans.push((at, end));
                at = end;
            }
        }
        Splitter::Fields(pattern) => {
            let mut from = 0;
            let mut last = 0;
            while from <= text.len() {
                let Some((at, end)) = pattern.find_at(text, from) else { break };
                if at == end && !spans.is_empty() && at == last {
                    // No empty field directly behind another.
                    from = at + 1;
                    continue;
                }
                separator(last, at);
                spans.push((at, end));
                last = end;
                from = if end == at { end + 1 } else { end };
                if end >= text.len() {
                    break;
                }
            }
            separator(last, text.len());
        }
        _ => {}
    }
}

/// Comma-separated values as RFC 4180 has them: quotes around a field, `""` for a quote within.
#[inline(never)]
fn split_csv(text: &[u8], parts: &mut Parts) {
    let mut at = 0;
    loop {
        if text.get(at) == Some(&b'"') {
            let start = at + 1;
            let mut made: Option<Vec<u8>> = None;
            let mut from = start;
            let end = loop {
                match memchr(b'"', &text[from.min(text.len())..]) {
                    Some(length) if text.get(from + length + 1) == Some(&b'"') => {
                        let end = from + length;
                        made.get_or_insert_default().extend_from_slice(&text[from..=end]);
                        from = end + 2;
                    }
                    Some(length) => break from + length,
                    None => break text.len(),
                }
            };
            let next = memchr(b',', &text[end.min(text.len())..]).map_or(text.len(), |length| end + length);
            // What stands between the closing quote and the comma belongs to the field.
            let tail = text.get(end + 1..next).unwrap_or_default();
            if made.is_some() || !tail.is_empty() {
                let made = made.get_or_insert_default();
                made.extend_from_slice(text.get(from..end).unwrap_or_default());
                made.extend_from_slice(tail);
                let made = core::mem::take(made);
                parts.made.push((parts.spans.len(), made));
            }
            parts.spans.push((start.min(end), end));
            at = next;
        } else {
            let end = memchr(b',', &text[at..]).map_or(text.len(), |length| at + length);
            parts.spans.push((at, end));
            at = end;
        }
        if at >= text.len() {
            return;
        }
        at += 1;
        if at == text.len() {
            parts.spans.push((at, at));
            return;
        }
    }
}
