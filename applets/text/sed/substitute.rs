//! The commands `s` and `y`.

use super::script::{Case, Part, Substitute, Translation};
use base::pattern::{Pattern, character_length, set};

/// Replaces in `line` what `command` says. The result is left in `out`; gives whether anything was replaced.
pub fn substitute(
    command: &Substitute,
    pattern: &Pattern,
    line: &[u8],
    out: &mut Vec<u8>,
    slots: &mut Vec<usize>,
    utf8: bool,
) -> bool {
    out.clear();
    let mut count = 0;
    let mut at = 0;
    let mut copied = 0;
    let mut last_end = None;
    let mut replaced = false;
    loop {
        let found = if command.groups == 0 {
            pattern.find_at(line, at)
        } else if pattern.captures_at(line, at, slots) {
            slots.first().copied().zip(slots.get(1).copied())
        } else {
            None
        };
        let Some((start, end)) = found else { break };
        let empty = start == end;
        // Nothing right behind a match is no match of its own.
        if !(empty && last_end == Some(start)) {
            count += 1;
            if count >= command.number {
                out.extend_from_slice(line.get(copied..start).unwrap_or_default());
                push_replacement(command, line, (start, end), slots, out, utf8);
                copied = end;
                replaced = true;
                if !command.global {
                    break;
                }
            }
            last_end = Some(end);
        }
        at = end;
        if empty {
            match character_length(line.get(end..).unwrap_or_default(), utf8) {
                0 => break,
                length => at += length,
            }
        }
    }
    if replaced {
        out.extend_from_slice(line.get(copied..).unwrap_or_default());
    }
    replaced
}

fn push_replacement(
    command: &Substitute,
    line: &[u8],
    whole: (usize, usize),
    slots: &[usize],
    out: &mut Vec<u8>,
    utf8: bool,
) {
    let mut case = Casing { mode: Case::End, once: None, utf8 };
    for part in &command.parts {
        match part {
            Part::Text(text) => case.push(text, out),
            Part::Group(0) => case.push(line.get(whole.0..whole.1).unwrap_or_default(), out),
            Part::Group(group) => {
                let start = slots.get(group * 2).copied().unwrap_or(usize::MAX);
                let end = slots.get(group * 2 + 1).copied().unwrap_or(usize::MAX);
                case.push(line.get(start..end).unwrap_or_default(), out);
            }
            Part::Case(once @ (Case::UpperOnce | Case::LowerOnce)) => case.once = Some(*once),
            Part::Case(mode) => {
                case.mode = *mode;
                case.once = None;
            }
        }
    }
}

struct Casing {
    mode: Case,
    once: Option<Case>,
    utf8: bool,
}

impl Casing {
    fn push(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if self.mode == Case::End && self.once.is_none() {
            out.extend_from_slice(text);
            return;
        }
        let mut rest = text;
        while let Some((member, length)) = set::decode(rest) {
            let length = if self.utf8 { length } else { 1 };
            let (bytes, after) = rest.split_at(length);
            rest = after;
            let upper = match self.once.take().unwrap_or(self.mode) {
                Case::Upper | Case::UpperOnce => true,
                Case::Lower | Case::LowerOnce => false,
                Case::End => {
                    out.extend_from_slice(bytes);
                    continue;
                }
            };
            match char::from_u32(member).filter(|_| self.utf8 || bytes.is_ascii()) {
                Some(letter) if bytes.is_ascii() => {
                    out.push(if upper { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() } as u8);
                }
                Some(letter) => {
                    let other = if upper { single(letter.to_uppercase()) } else { single(letter.to_lowercase()) };
                    let mut buffer = [0; 4];
                    out.extend_from_slice(other.unwrap_or(letter).encode_utf8(&mut buffer).as_bytes());
                }
                None => out.extend_from_slice(bytes),
            }
        }
    }
}

/// The one letter that this is, if it is one.
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Some(letter),
        _ => None,
    }
}

/// Translates the characters of `line`.
pub fn translate(translation: &Translation, line: &mut Vec<u8>) {
    if let Some(table) = &translation.bytes {
        for byte in line {
            *byte = table.get(usize::from(*byte)).copied().unwrap_or(*byte);
        }
        return;
    }
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line.as_slice();
    while let Some((member, length)) = set::decode(rest) {
        let (bytes, after) = rest.split_at(length);
        match translation.characters.binary_search_by_key(&member, |pair| pair.0) {
            Ok(at) => set::encode(translation.characters.get(at).map_or(member, |pair| pair.1), true, &mut out),
            Err(_) => out.extend_from_slice(bytes),
        }
        rest = after;
    }
    *line = out;
}
