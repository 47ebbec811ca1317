//! The functions on strings that search and replace.

use super::function::{characters, offset};
use super::{Vm, fatal};
use crate::parse::special;
use crate::record::{self, Splitter};
use crate::table::{Key, Table};
use crate::value::{Value, push_integer};
use base::error::Result;
use base::pattern::{Pattern, character_length};

/// In a replacement: a group, by its number. Literal text lies between.
const NOWHERE: usize = usize::MAX;

impl Vm<'_, '_> {
    pub fn substr(&mut self, first: usize, count: usize) -> Value {
        let start = self.regs[first + 1].number();
        let length = if count > 2 { self.regs[first + 2].number() } else { f64::INFINITY };
        let utf8 = self.utf8;
        let mut room = Vec::new();
        let text = self.regs[first].bytes(&mut room, &self.convfmt);
        // Fractions are cut off, and what begins before the text begins with it, as all awks have it.
        if start.is_nan() || length.is_nan() || length < 1.0 {
            return Value::text(b"");
        }
        let start = start.trunc().max(1.0);
        let length = length.trunc();
        let begin = offset(text, (start - 1.0) as usize, utf8);
        let rest = &text[begin..];
        let end = if length.is_infinite() { rest.len() } else { offset(rest, length as usize, utf8) };
        Value::text(&rest[..end])
    }

    pub fn index_of(&mut self, first: usize) -> f64 {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        let text = self.regs[first].bytes(&mut x, &self.convfmt);
        let wanted = self.regs[first + 1].bytes(&mut y, &self.convfmt);
        let found = match self.convfmt.icase {
            true => find(&text.to_ascii_lowercase(), &wanted.to_ascii_lowercase()),
            false => find(text, wanted),
        };
        match found {
            Some(at) => characters(&text[..at], self.utf8) as f64 + 1.0,
            None => 0.0,
        }
    }

    /// match(s, re [, array]).
    pub fn match_function(&mut self, first: usize, count: usize) -> Result<f64> {
        let pattern = self.pattern(first + 1)?;
        let text = self.bytes_of(first);
        let mut slots = core::mem::take(&mut self.slots);
        let found = if count > 2 {
            pattern.captures_at(&text, 0, &mut slots).then(|| (slots[0], slots[1]))
        } else {
            pattern.find_at(&text, 0)
        };
        let place = |at: usize| characters(&text[..at], self.utf8) as f64;
        let (start, length) = match found {
            Some((start, end)) => (place(start) + 1.0, place(end) - place(start)),
            None => (0.0, -1.0),
        };
        self.regs[special::RSTART as usize] = Value::Number(start);
        self.regs[special::RLENGTH as usize] = Value::Number(length);
        if count > 2
            && let Value::Array(number) = self.regs[first + 2]
        {
            let utf8 = self.utf8;
            let table = &mut self.tables[number as usize];
            table.clear();
            if found.is_some() {
                for (group, pair) in slots.chunks_exact(2).enumerate() {
                    if pair[0] == NOWHERE {
                        continue;
                    }
                    let group_key = Key::Whole(group as i64);
                    *table.entry(&group_key) = Value::outside(&text[pair[0]..pair[1]]);
                    let start = characters(&text[..pair[0]], utf8) as f64 + 1.0;
                    let length = characters(&text[pair[0]..pair[1]], utf8) as f64;
                    for (name, number) in [(&b"start"[..], start), (b"length", length)] {
                        let mut key = Vec::new();
                        push_integer(&mut key, group as i64);
                        key.extend_from_slice(&self.subsep);
                        key.extend_from_slice(name);
                        *table.entry(&Key::text(&key)) = Value::Number(number);
                    }
                }
            }
        }
        self.slots = slots;
        Ok(start)
    }

    /// sub and gsub: how many were replaced; the new text goes into the third register, or into the record where no target
    /// is given.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn substitute(&mut self, all: bool, first: usize, count: usize) -> Result<f64> {
        let pattern = self.pattern(first)?;
        let mut room = Vec::new();
        let mut made = Vec::new();
        let on_record = count < 3;
        let replacement = self.regs[first + 1].bytes(&mut room, &self.convfmt);
        // Most replacements mean what they are.
        let plain = memchr::memchr2(b'\\', b'&', replacement).is_none();
        let text: &[u8] = if on_record {
            self.record.text(&self.ofs, &self.convfmt)
        } else {
            self.regs[first + 2].bytes(&mut made, &self.convfmt)
        };
        let mut out = core::mem::take(&mut self.scratch);
        out.clear();
        let utf8 = self.utf8;
        let replaced = replace(&pattern, text, if all { 0 } else { 1 }, utf8, &mut out, &mut |out, start, end| {
            if plain {
                out.extend_from_slice(replacement);
            } else {
                push_replacement(out, replacement, &text[start..end]);
            }
        });
        if replaced > 0 {
            if on_record {
                self.record.set(&out);
            } else {
                self.regs[first + 2] = Value::text(&out);
            }
        }
        self.scratch = out;
        Ok(replaced as f64)
    }

    /// gensub(re, replacement, how [, target]).
    pub fn gensub(&mut self, first: usize, count: usize) -> Result<Value> {
        let pattern = self.pattern(first)?;
        let replacement = self.bytes_of(first + 1);
        let how = self.bytes_of(first + 2);
        let wanted =
            if matches!(how.first(), Some(b'g' | b'G')) { 0 } else { self.regs[first + 2].number().max(1.0) as usize };
        let text =
            if count > 3 { self.bytes_of(first + 3) } else { self.record.text(&self.ofs, &self.convfmt).to_vec() };
        let mut slots = Vec::new();
        let mut out = Vec::new();
        let replaced = replace(&pattern, &text, wanted, self.utf8, &mut out, &mut |out, start, end| {
            if !pattern.captures_at(&text, start, &mut slots) {
                slots.clear();
                slots.extend([start, end]);
            }
            let mut rest = &replacement[..];
            while let Some((byte, after)) = rest.split_first() {
                rest = after;
                let group = match (byte, rest.first()) {
                    (b'&', _) => 0,
                    (b'\\', Some(digit @ b'0'..=b'9')) => {
                        rest = &rest[1..];
                        usize::from(digit - b'0')
                    }
                    (b'\\', Some(next)) => {
                        if !matches!(next, b'&' | b'\\') {
                            out.push(b'\\');
                        }
                        out.push(*next);
                        rest = &rest[1..];
                        continue;
                    }
                    _ => {
                        out.push(*byte);
                        continue;
                    }
                };
                if let (Some(start), Some(end)) = (slots.get(group * 2), slots.get(group * 2 + 1))
                    && *start != NOWHERE
                {
                    out.extend_from_slice(&text[*start..*end]);
                }
            }
        });
        Ok(Value::text(if replaced == 0 { &text } else { &out }))
    }

    #[inline(never)]
    fn how_to_split(&mut self, by_content: bool, first: usize, count: usize) -> Result<Splitter> {
        Ok(if by_content {
            let register = if count > 2 { first + 2 } else { special::FPAT as usize };
            Splitter::Fields(self.pattern(register)?)
        } else if count > 2 {
            match &self.regs[first + 2] {
                Value::Pattern(number) => Splitter::Pattern(self.patterns.constant(*number)?.clone()),
                _ => {
                    let text = self.bytes_of(first + 2);
                    self.splitter(&text)?
                }
            }
        } else if self.csv {
            Splitter::Csv
        } else {
            let text = self.bytes_of(special::FS as usize);
            self.splitter(&text)?
        })
    }

    /// split(s, a [, fs [, seps]]) and patsplit(s, a [, fieldpat [, seps]]).
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub fn split(&mut self, by_content: bool, first: usize, count: usize) -> Result<f64> {
        let splitter = self.how_to_split(by_content, first, count)?;
        let Value::Array(number) = self.regs[first + 1] else { return Err(fatal("split wants an array")) };
        let mut room = Vec::new();
        let text = self.regs[first].bytes(&mut room, &self.convfmt);
        let mut parts = core::mem::take(&mut self.parts);
        let mut between = Vec::new();
        let seps = count > 3;
        record::split(text, &splitter, false, &mut parts, seps.then_some(&mut between));
        let table = &mut self.tables[number as usize];
        let spans = &parts.spans;
        table.set_row(spans.len(), |index, place| match parts.made(index) {
            Some(text) => *place = Some(Value::outside(text)),
            None => Value::put_part(place.get_or_insert_default(), text, spans[index].0, spans[index].1),
        });
        let found = spans.len();
        if seps && let Value::Array(number) = self.regs[first + 3] {
            let zero = by_content || matches!(splitter, Splitter::Blank);
            put_separators(&mut self.tables[number as usize], text, &between, zero, by_content);
        }
        self.parts = parts;
        Ok(found as f64)
    }
}

/// gawk numbers the separators from 1 on, and from 0 where there may be one before the first part.
#[inline(never)]
fn put_separators(table: &mut Table, text: &[u8], between: &[(usize, usize)], zero: bool, empty: bool) {
    table.clear();
    for (index, (start, end)) in between.iter().enumerate() {
        if start != end || empty {
            let key = Key::Whole(if zero { index } else { index + 1 } as i64);
            *table.entry(&key) = Value::text(&text[*start..*end]);
        }
    }
}

/// Where `wanted` is in `text`.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let Some((first, rest)) = wanted.split_first() else { return Some(0) };
    let mut from = 0;
    while let Some(at) = memchr::memchr(*first, text.get(from..)?) {
        let at = from + at;
        if text[at + 1..].starts_with(rest) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Copies `text` to `out` with matches replaced: the one with the number `wanted`, or all for 0. Gives how many.
#[cfg_attr(speed_marks, optimize(speed))]
fn replace(
    pattern: &Pattern,
    text: &[u8],
    wanted: usize,
    utf8: bool,
    out: &mut Vec<u8>,
    put: &mut dyn FnMut(&mut Vec<u8>, usize, usize),
) -> usize {
    let (mut from, mut copied, mut seen, mut replaced) = (0, 0, 0, 0);
    let mut last_end = NOWHERE;
    while let Some((start, end)) = pattern.find_at(text, from) {
        // An empty match directly behind another one is none.
        if start != end || start != last_end {
            seen += 1;
            if wanted == 0 || seen == wanted {
                out.extend_from_slice(&text[copied..start]);
                put(out, start, end);
                copied = end;
                replaced += 1;
                if wanted != 0 {
                    break;
                }
            }
        }
        last_end = end;
        from = end;
        if start == end {
            let length = character_length(&text[end..], utf8);
            if length == 0 {
                break;
            }
            from = end + length;
        }
    }
    if replaced > 0 {
        out.extend_from_slice(&text[copied..]);
    }
    replaced
}

/// Adds a replacement: `&` is the match, `\&` an ampersand, `\\&` a backslash and the match.
fn push_replacement(out: &mut Vec<u8>, replacement: &[u8], matched: &[u8]) {
    let mut rest = replacement;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.first()) {
            (b'&', _) => out.extend_from_slice(matched),
            (b'\\', Some(next @ (b'&' | b'\\'))) => {
                out.push(*next);
                rest = &after[1..];
            }
            _ => out.push(*byte),
        }
    }
}
