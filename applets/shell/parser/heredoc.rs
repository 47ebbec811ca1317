//! heredoc - the bodies of here-documents, which follow the line that names them.

use super::{Parsed, Parser, SyntaxError};
use crate::few::Few;
use crate::tree::{Part, Word};
use memchr::memchr;
use std::cell::OnceCell;
use std::rc::Rc;

/// A here-document that was named and whose body comes after the line's end.
pub(super) struct Pending {
    /// The line that ends it.
    pub(super) delimiter: Vec<u8>,
    /// `<<-`: tabs at the beginning of lines go.
    pub(super) strip: bool,
    /// Part of the delimiter was quoted: the body is taken as it stands.
    pub(super) quoted: bool,
    pub(super) body: Rc<OnceCell<Word>>,
}

impl Parser<'_> {
    /// Reads the bodies that are due, at the beginning of a line. At the end of the input they are empty, which POSIX leaves
    /// open and other shells warn about.
    pub(super) fn read_heredocs(&mut self) -> Parsed<()> {
        for pending in &core::mem::take(&mut self.pending) {
            let line = self.input.line;
            let text = self.here_body(pending);
            let word = if pending.quoted || memchr::memchr3(b'$', b'`', b'\\', &text).is_none() {
                Word { parts: Few::One(Part::Quoted(text.into())), ..Word::default() }
            } else {
                self.here_text(&text, line)?
            };
            let _ = pending.body.set(word);
        }
        Ok(())
    }

    /// The lines up to the delimiter or the end of the input.
    fn here_body(&mut self, pending: &Pending) -> Vec<u8> {
        let mut text: Vec<u8> = Vec::new();
        // Lines that backslashes join are one when the delimiter is looked for; it begins here.
        let mut joined = false;
        let mut begin = 0usize;
        loop {
            let mut searched = 0usize;
            let mut length = loop {
                let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
                match memchr(b'\n', rest.get(searched..).unwrap_or_default()) {
                    Some(offset) => break searched.saturating_add(offset).saturating_add(1),
                    None => {
                        searched = rest.len();
                        if !self.input.fill(true) {
                            break searched;
                        }
                    }
                }
            };
            if length == 0 {
                return text;
            }
            let start = self.input.position;
            let mut line = self.input.bytes.get(start..start.saturating_add(length)).unwrap_or_default();
            if !joined {
                begin = text.len();
            }
            if pending.strip && !joined {
                let tabs = line.iter().take_while(|byte| **byte == b'\t').count();
                line = line.get(tabs..).unwrap_or_default();
            }
            let content = line.strip_suffix(b"\n").unwrap_or(line);
            // In `$(cat <<E … E)` the closing parenthesis may follow the delimiter directly.
            let slashes = content.iter().rev().take_while(|byte| **byte == b'\\').count();
            let goes_on = !pending.quoted && slashes % 2 == 1;
            let ends = if joined && !goes_on {
                let mut whole = without_continuations(text.get(begin..).unwrap_or_default());
                whole.extend_from_slice(content);
                whole == pending.delimiter
            } else {
                !joined && content == pending.delimiter.as_slice()
            };
            let closes = !joined
                && !ends
                && self.nested > 0
                && content.strip_prefix(pending.delimiter.as_slice()).is_some_and(|rest| rest.starts_with(b")"));
            if closes {
                length = length.saturating_sub(content.len().saturating_add(1)).saturating_add(pending.delimiter.len());
                self.input.position = start.saturating_add(length);
                return text;
            }
            if ends {
                text.truncate(begin);
            } else {
                text.extend_from_slice(line);
            }
            joined = goes_on;
            self.input.position = start.saturating_add(length);
            self.input.line = self.input.line.saturating_add(1);
            if ends {
                return text;
            }
        }
    }

    /// Reads a here-document's delimiter as a raw word: no expansions, quotes removed. Gives whether any part was quoted.
    #[inline(never)]
    pub(super) fn delimiter(&mut self) -> Parsed<(Vec<u8>, bool)> {
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.skip();
        }
        let mut text = Vec::new();
        let mut quoted = false;
        let mut any = false;
        let line = self.input.line;
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\n' | b'&' | b'|' | b';' | b'<' | b'>' | b'(' | b')' => break,
                b'\\' => {
                    quoted = true;
                    self.skip();
                    if let Some(next) = self.raw(0) {
                        self.skip();
                        text.push(next);
                    }
                }
                b'\'' | b'"' => {
                    quoted = true;
                    self.skip();
                    loop {
                        let next = if byte == b'"' { self.byte() } else { self.raw(0) };
                        let Some(inner) = next else {
                            return Err(self.error_at(line, "unterminated quoted string"));
                        };
                        self.skip();
                        if inner == byte {
                            break;
                        }
                        if inner == b'\\' && byte == b'"' && matches!(self.raw(0), Some(b'"' | b'\\' | b'$' | b'`')) {
                            text.extend(self.raw(0));
                            self.skip();
                        } else {
                            text.push(inner);
                        }
                    }
                }
                b'`' => {
                    // It is not run, but what stands inside belongs to the word; ash takes it for a kind of quoting.
                    quoted = true;
                    self.skip();
                    text.push(byte);
                    while let Some(inner) = self.raw(0) {
                        self.skip();
                        text.push(inner);
                        if inner == b'`' {
                            break;
                        }
                    }
                }
                _ => {
                    self.skip();
                    text.push(byte);
                }
            }
            any = true;
        }
        if !any {
            return Err(self.unexpected_here(line));
        }
        Ok((text, quoted))
    }

    #[inline(never)]
    fn unexpected_here(&self, line: u32) -> Box<SyntaxError> {
        let what: &[u8] = if self.input.position >= self.input.bytes.len() { b"end of file" } else { b"token" };
        Box::new(SyntaxError {
            line,
            text: base::bytes::fill("unexpected % (expecting here-document delimiter)", &[what]),
        })
    }
}

/// The text with its backslash-newline pairs taken out.
fn without_continuations(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, b"\\\n") {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at.saturating_add(2)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
