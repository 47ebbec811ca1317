//! The command `s`.

use super::address::Range;
use super::command::Print;
use super::{Ed, wrong};
use crate::delimited::delimited;
use crate::replacement::{Notation, Replacement};
use base::Result;
use base::number::digits;
use base::pattern::Pattern;
use std::rc::Rc;

/// The last substitution.
#[derive(Default)]
pub struct Substitution {
    pattern: Option<Rc<Pattern>>,
    replacement: Rc<Replacement>,
    source: Vec<u8>,
    all: bool,
    first: u64,
    print: Print,
}

const NOTATION: Notation = Notation { cases: b"", escape: |_| None };
const SUFFIX: &str = "Invalid command suffix";

impl Ed<'_, '_> {
    /// Adds the lines that a backslash at the end of `text` asks for.
    fn continued(&mut self, text: &[u8]) -> Result<Vec<u8>> {
        let mut text = text.to_vec();
        while text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1 {
            let Some(line) = self.read_line()? else { break };
            text.push(b'\n');
            text.extend_from_slice(&line);
        }
        Ok(text)
    }

    pub(super) fn substitute(&mut self, range: Range, text: &[u8]) -> Result<Print> {
        let text = self.continued(text)?;
        match text.first() {
            None | Some(b'g' | b'p' | b'l' | b'n' | b'r' | b'0'..=b'9') => self.again(&text)?,
            Some(b' ' | b'\t' | b'\n' | b'\\') => return wrong("Invalid pattern delimiter"),
            Some(delimiter) => self.prepare(text.get(1..).unwrap_or_default(), *delimiter)?,
        }
        let last = &self.substitution;
        let (Some(pattern), print) = (last.pattern.clone(), last.print) else {
            return wrong("No previous substitution");
        };
        let (replacement, which) = (Rc::clone(&last.replacement), (last.first, last.all));
        if replacement.groups > pattern.groups() {
            return wrong("Invalid back reference");
        }
        let (mut out, mut slots) = (Vec::new(), Vec::new());
        let (mut n, mut end) = (range.first, range.last);
        let mut found = false;
        while n <= end {
            if base::sys::signal::pending() {
                break;
            }
            let at = n.saturating_sub(1);
            if replacement.apply(&pattern, self.buf.line(at), which, &mut out, &mut slots, self.utf8) {
                self.cut = self.buf.lines(at, 1);
                if memchr::memchr(b'\n', &out).is_some() {
                    let parts = crate::buffer::lines_of(&out);
                    let more = parts.len().saturating_sub(1);
                    self.buf.replace(at, 1, &parts);
                    (n, end) = (n + more, end + more);
                } else {
                    self.buf.set(at, &out);
                }
                self.cur = n;
                self.modified = true;
                found = true;
            }
            n += 1;
        }
        if found {
            return Ok(print);
        }
        if self.in_global { Ok(Print::default()) } else { wrong("No match") }
    }

    /// `s` without a pattern: what was last done, with other flags.
    fn again(&mut self, text: &[u8]) -> Result<()> {
        if self.substitution.pattern.is_none() {
            return wrong("No previous substitution");
        }
        let mut rest = text;
        let mut print = Print::default();
        while let Some((letter, after)) = rest.split_first() {
            let here = rest;
            rest = after;
            match letter {
                b'g' => self.substitution.all = !self.substitution.all,
                b'r' => self.substitution.pattern = self.pattern.clone(),
                b'p' => {
                    if !self.substitution.print.plain {
                        print.plain = true;
                    }
                }
                b'1'..=b'9' => {
                    let (value, length) = digits(here, 10);
                    self.substitution.first = value.unwrap_or(u64::MAX);
                    rest = here.get(length..).unwrap_or_default();
                }
                letter if print.take(*letter) => {}
                _ => return wrong(SUFFIX),
            }
        }
        self.substitution.print = print;
        Ok(())
    }

    /// Takes `/pattern/replacement/flags` apart.
    fn prepare(&mut self, text: &[u8], delimiter: u8) -> Result<()> {
        let (source, length, closed) = delimited(text, delimiter, true);
        if !closed {
            return wrong("Missing pattern delimiter");
        }
        let rest = text.get(length..).unwrap_or_default();
        let (mut replacement, length, closed) = delimited(rest, delimiter, false);
        let mut rest = rest.get(length..).unwrap_or_default();
        let mut print = Print { plain: !closed, ..Print::default() };
        if replacement == b"%" {
            if self.substitution.pattern.is_none() {
                return wrong("No previous substitution");
            }
            replacement.clone_from(&self.substitution.source);
        }
        let (mut all, mut first, mut icase) = (false, 1, false);
        while let Some((letter, after)) = rest.split_first() {
            match letter {
                b'g' => all = true,
                b'i' | b'I' => icase = true,
                b'1'..=b'9' => {
                    let (value, length) = digits(rest, 10);
                    let Some(value) = value else { return wrong(SUFFIX) };
                    first = value;
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
                letter if print.take(*letter) => {}
                _ => return wrong(SUFFIX),
            }
            rest = after;
        }
        let pattern = self.compile(&source, icase)?;
        let parsed = Rc::new(Replacement::parse(&replacement, &NOTATION));
        self.substitution =
            Substitution { pattern: Some(pattern), replacement: parsed, source: replacement, all, first, print };
        Ok(())
    }
}
