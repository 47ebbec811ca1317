//! --debug: below each line, what of it the keys are.

use super::keys::{Comparison, Manner};
use base::term::width::display_width;

impl Comparison {
    /// Adds the line, its tabs shown as `>`, and a line of underscores for each key and for the last resort.
    pub fn push_annotated(&self, out: &mut Vec<u8>, line: &[u8], utf8: bool) {
        let from = out.len();
        out.extend_from_slice(line);
        let shown = out.get_mut(from..).unwrap_or_default();
        shown.iter_mut().filter(|byte| **byte == b'\t').for_each(|byte| *byte = b'>');
        let shown = shown.to_vec();
        out.push(b'\n');
        let mut mark = |start: usize, end: usize| {
            let width = |from, to| display_width(shown.get(from..to).unwrap_or_default(), utf8);
            out.resize(out.len().saturating_add(width(0, start)), b' ');
            match width(start, end) {
                0 => out.extend_from_slice(b"^ no match for key"),
                columns => out.resize(out.len().saturating_add(columns), b'_'),
            }
            out.push(b'\n');
        };
        if !self.plain {
            for key in &self.keys {
                let part = self.find(key, line);
                // It lies in the line: the difference of the addresses is its place.
                let place = (part.as_ptr() as usize).saturating_sub(line.as_ptr() as usize).min(line.len());
                let manner = key.modifiers.manner();
                let (skipped, length) = manner.meant(part);
                let start = place.saturating_add(skipped);
                mark(start, start.saturating_add(length));
            }
        }
        if self.plain || !self.stable {
            mark(0, line.len());
        }
    }
}

impl Manner {
    /// How many blanks at the head of a key do not count, and how many bytes behind them do.
    fn meant(self, key: &[u8]) -> (usize, usize) {
        if matches!(self, Manner::Text | Manner::Random | Manner::Version) {
            return (0, key.len());
        }
        let blanks = key.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let text = key.get(blanks..).unwrap_or_default();
        let length = match self {
            Manner::Month => usize::from(super::keys::month(text) > 0).saturating_mul(3),
            Manner::General => base::float::parse(text).1,
            _ => {
                let sign = usize::from(text.starts_with(b"-"));
                let number = text.iter().skip(sign).take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
                let digits = text.get(sign..sign.saturating_add(number)).unwrap_or_default();
                let end = sign.saturating_add(number);
                let suffix = self == Manner::Human && text.get(end).is_some_and(|byte| b"KMGTPEZYRQk".contains(byte));
                if digits.iter().any(u8::is_ascii_digit) { end.saturating_add(usize::from(suffix)) } else { 0 }
            }
        };
        (blanks, length)
    }
}
