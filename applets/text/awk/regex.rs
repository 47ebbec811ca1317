//! Patterns: awk's notation made that of the engine, and a store of those that were compiled.

use crate::lex::escape;
use base::error::{Error, Result};
use base::pattern::{Options, Pattern, Syntax};
use std::rc::Rc;

/// How many dynamic patterns are kept.
const KEPT: usize = 64;

/// The patterns of the program's text, and those that were made from strings.
#[derive(Default)]
pub struct Patterns {
    texts: Vec<Vec<u8>>,
    compiled: Vec<Option<Rc<Pattern>>>,
    dynamic: Vec<(Vec<u8>, Rc<Pattern>)>,
    /// What [`Patterns::of_lines`] gave last.
    lines: Option<(u32, Option<Rc<Pattern>>)>,
    pub utf8: bool,
    icase: bool,
}

impl Patterns {
    pub fn new(texts: Vec<Vec<u8>>, utf8: bool) -> Patterns {
        let compiled = texts.iter().map(|_| None).collect();
        Patterns { texts, compiled, dynamic: Vec::new(), lines: None, utf8, icase: false }
    }

    /// A pattern of the program's text as one for text of lines; None where a line may be something else to it.
    pub fn of_lines(&mut self, number: u32) -> Result<Option<Rc<Pattern>>> {
        if let Some((known, pattern)) = &self.lines
            && *known == number
        {
            return Ok(pattern.clone());
        }
        let text = self.texts.get(number as usize).map_or(&b""[..], Vec::as_slice);
        let pattern = if translate(text).contains(&b'\n') { None } else { Some(self.compile(text, Some(b'\n'))?) };
        self.lines = Some((number, pattern.clone()));
        Ok(pattern)
    }

    /// Sets IGNORECASE.
    pub fn ignore_case(&mut self, icase: bool) {
        if self.icase != icase {
            self.icase = icase;
            self.compiled.fill(None);
            self.dynamic.clear();
            self.lines = None;
        }
    }

    pub fn ignores_case(&self) -> bool {
        self.icase
    }

    fn compile(&self, text: &[u8], line: Option<u8>) -> Result<Rc<Pattern>> {
        let options = Options { line, utf8: self.utf8, icase: self.icase, ..Options::default() };
        match Pattern::new(&translate(text), Syntax::Extended, &options) {
            Ok(pattern) => Ok(Rc::new(pattern)),
            Err(error) => {
                let what = base::bytes::fill("%: /%/", &[error.message().as_bytes(), text]);
                Err(Error::message(what).with_status(2))
            }
        }
    }

    /// Makes sure that all patterns of the program can be compiled.
    pub fn check(&mut self) -> Result<()> {
        for index in 0..self.texts.len() {
            self.constant(u32::try_from(index).unwrap_or(0))?;
        }
        Ok(())
    }

    /// A pattern of the program's text.
    #[inline]
    pub fn constant(&mut self, number: u32) -> Result<&Rc<Pattern>> {
        let number = number as usize;
        if let Some(None) = self.compiled.get(number) {
            let pattern = self.compile(self.texts.get(number).map_or(&b""[..], Vec::as_slice), None)?;
            if let Some(place) = self.compiled.get_mut(number) {
                *place = Some(pattern);
            }
        }
        self.compiled.get(number).and_then(Option::as_ref).ok_or_else(lost)
    }

    /// The pattern that a string is.
    pub fn dynamic(&mut self, text: &[u8]) -> Result<Rc<Pattern>> {
        if let Some(index) = self.dynamic.iter().position(|known| known.0 == text) {
            if index > 0 {
                self.dynamic.swap(index, index / 2);
            }
            return Ok(Rc::clone(&self.dynamic.get(index / 2).ok_or_else(lost)?.1));
        }
        let pattern = self.compile(text, None)?;
        if self.dynamic.len() >= KEPT {
            self.dynamic.pop();
        }
        self.dynamic.push((text.to_vec(), Rc::clone(&pattern)));
        Ok(pattern)
    }
}

fn lost() -> Error {
    Error::message("a pattern was lost")
}

/// awk's notation in the engine's: escapes become the bytes they mean, in brackets too.
fn translate(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut brackets = false;
    // An operator that has nothing to repeat is a character.
    let mut start = true;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let at_start = core::mem::replace(&mut start, !brackets && matches!(byte, b'(' | b'|' | b'^'));
        match byte {
            b'\\' => {
                let Some((next, behind)) = rest.split_first() else {
                    out.extend_from_slice(b"\\\\");
                    break;
                };
                match next {
                    b'y' if !brackets => out.extend_from_slice(b"\\b"),
                    b'B' | b'<' | b'>' | b'`' | b'\'' | b'w' | b'W' | b's' | b'S' if !brackets => {
                        out.extend([b'\\', *next])
                    }
                    _ => {
                        let mut bytes = Vec::new();
                        let length = match next {
                            // A digit is a byte's number only as one: there are no back-references here.
                            b'8' | b'9' => 0,
                            _ => escape(rest, &mut bytes),
                        };
                        if length == 0 {
                            literal(&mut out, *next, brackets);
                            rest = behind;
                        } else {
                            for byte in bytes {
                                literal(&mut out, byte, brackets);
                            }
                            rest = rest.get(length..).unwrap_or_default();
                        }
                        continue;
                    }
                }
                rest = behind;
            }
            b'[' if !brackets => {
                brackets = true;
                out.push(b'[');
                if let Some((b'^', behind)) = rest.split_first() {
                    out.push(b'^');
                    rest = behind;
                }
                if let Some((b']', behind)) = rest.split_first() {
                    // Without an end it is a character: /[]/ is an error all the same.
                    out.push(b']');
                    rest = behind;
                }
            }
            b'[' if brackets && matches!(rest.first(), Some(b':' | b'.' | b'=')) => {
                let kind = rest.first().copied().unwrap_or(b':');
                let end = rest.get(1..).unwrap_or_default().windows(2).position(|pair| pair == [kind, b']']);
                out.push(b'[');
                let length = end.map_or(0, |end| end.saturating_add(3));
                out.extend_from_slice(rest.get(..length).unwrap_or_default());
                rest = rest.get(length..).unwrap_or_default();
            }
            b']' if brackets => {
                brackets = false;
                out.push(b']');
            }
            b'*' | b'+' | b'?' | b'{' if at_start => literal(&mut out, *byte, brackets),
            _ => out.push(*byte),
        }
    }
    out
}

/// Adds a byte that stands for itself.
fn literal(out: &mut Vec<u8>, byte: u8, brackets: bool) {
    match byte {
        b']' | b'-' | b'^' | b'[' if brackets => out.extend([b'[', b'.', byte, b'.', b']']),
        b'.' | b'[' | b']' | b'(' | b')' | b'*' | b'+' | b'?' | b'{' | b'}' | b'|' | b'^' | b'$' | b'\\'
            if !brackets =>
        {
            out.extend([b'\\', byte]);
        }
        _ => out.push(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation() {
        assert_eq!(translate(b"a\\.b"), b"a\\.b");
        assert_eq!(translate(b"\\t\\101"), b"\tA");
        assert_eq!(translate(b"[\\]a\\-z]"), b"[[.].]a[.-.]z]");
        assert_eq!(translate(b"[^]x]y"), b"[^]x]y");
        assert_eq!(translate(b"\\yfoo\\y"), b"\\bfoo\\b");
        assert_eq!(translate(b"[[:alpha:]]"), b"[[:alpha:]]");
        assert_eq!(translate(b"\\/\\\""), b"/\"");
        assert_eq!(translate(b"\\"), b"\\\\");
        assert_eq!(translate(b"\\$\\52"), b"\\$\\*");
    }
}
