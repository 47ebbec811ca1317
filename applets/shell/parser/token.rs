//! token - operators, newlines, words; comments, line continuations, aliases.

use super::{Parsed, Parser};
use crate::names::starts_name;
use crate::tree::{Assignment, Word};

/// A token.
#[derive(Debug)]
pub(super) enum Token {
    End,
    Newline,
    Op(&'static str),
    Word(Word),
    /// A number directly before `<` or `>`.
    Io(i32),
    /// `a[i]=x`
    Assignment(Box<Assignment>),
}

/// The operators, longest first.
const OPERATORS: [&str; 23] = [
    ";;&", "<<<", "<<-", "&>>", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "<>", ">|", "&>", "|&", "|", "&", ";",
    "<", ">", "(", ")",
];

impl Parser<'_> {
    /// The byte at the position, past line continuations; None at the end.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn byte(&mut self) -> Option<u8> {
        loop {
            match self.input.bytes.get(self.input.position) {
                Some(b'\\') => {
                    if self.raw(1) != Some(b'\n') {
                        return Some(b'\\');
                    }
                    self.input.position = self.input.position.saturating_add(2);
                    self.input.line = self.input.line.saturating_add(1);
                }
                Some(byte) => return Some(*byte),
                None => {
                    if !self.input.fill(self.begun) {
                        return None;
                    }
                }
            }
        }
    }

    /// The byte `ahead` of the position, as it stands in the text.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn raw(&mut self, ahead: usize) -> Option<u8> {
        let at = self.input.position.saturating_add(ahead);
        while self.input.bytes.len() <= at {
            if !self.input.fill(self.begun) {
                return None;
            }
        }
        self.input.bytes.get(at).copied()
    }

    /// Goes past the byte at the position.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn skip(&mut self) {
        if self.input.bytes.get(self.input.position) == Some(&b'\n') {
            self.input.line = self.input.line.saturating_add(1);
        }
        self.input.position = self.input.position.saturating_add(1);
    }

    /// Goes past `byte` if it is next.
    pub(super) fn accept(&mut self, byte: u8) -> bool {
        let found = self.byte() == Some(byte);
        if found {
            self.skip();
        }
        found
    }

    /// The next token, which stays. Where `command`, a word may be an alias.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn peek(&mut self, command: bool) -> Parsed<&Token> {
        if self.ahead.is_none() {
            let token = self.lex(command)?;
            self.ahead = Some(token);
        }
        Ok(self.ahead.as_ref().unwrap_or(&Token::End))
    }

    /// Takes the token that was looked at.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn take(&mut self) -> Token {
        self.ahead.take().unwrap_or(Token::End)
    }

    /// Whether the next token is this operator, which is taken then.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn accept_op(&mut self, op: &str) -> Parsed<bool> {
        let found = matches!(self.peek(false)?, Token::Op(found) if *found == op);
        if found {
            self.take();
        }
        Ok(found)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn lex(&mut self, command: bool) -> Parsed<Token> {
        let mut command = command;
        loop {
            self.blanks();
            self.start = self.input.position;
            self.line = self.input.line;
            let Some(byte) = self.byte() else {
                return Ok(Token::End);
            };
            match byte {
                b'\n' => {
                    self.skip();
                    self.blank_alias_end = None;
                    self.read_heredocs()?;
                    return Ok(Token::Newline);
                }
                b'<' | b'>' if self.raw(1) == Some(b'(') => {}
                b'&' | b'|' | b';' | b'<' | b'>' | b'(' | b')' => return Ok(Token::Op(self.operator())),
                _ => {}
            }
            let blank_alias = self.blank_alias_end.is_some_and(|end| end <= self.start);
            if blank_alias {
                self.blank_alias_end = None;
            }
            let element = match byte {
                b'[' if self.in_list => self.listed_element()?,
                _ if command && starts_name(byte) => self.element_assignment()?,
                _ => None,
            };
            if let Some(token) = element {
                return Ok(token);
            }
            let word = self.word()?;
            if let Some(text) = word.literal() {
                if text.iter().all(u8::is_ascii_digit)
                    && matches!(self.byte(), Some(b'<' | b'>'))
                    && let Some(number) = descriptor(text)
                {
                    return Ok(Token::Io(number));
                }
                command |= blank_alias;
                if command && !self.known.aliases.is_empty() {
                    let text: Box<[u8]> = text.into();
                    if self.substitute_alias(&text) {
                        continue;
                    }
                }
            }
            return Ok(Token::Word(word));
        }
    }

    /// Goes past blanks and a comment.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn blanks(&mut self) {
        loop {
            match self.byte() {
                Some(b' ' | b'\t') => self.skip(),
                Some(b'#') => {
                    loop {
                        let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
                        match memchr::memchr(b'\n', rest) {
                            Some(offset) => {
                                self.input.position = self.input.position.saturating_add(offset);
                                break;
                            }
                            None => {
                                self.input.position = self.input.bytes.len();
                                if !self.input.fill(self.begun) {
                                    break;
                                }
                            }
                        }
                    }
                    return;
                }
                _ => return,
            }
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn operator(&mut self) -> &'static str {
        // Continuation lines may split an operator; then it is put together byte by byte.
        let mut text = Vec::with_capacity(3);
        let mut found = "";
        loop {
            let Some(byte) = self.byte() else { return found };
            text.push(byte);
            match OPERATORS.iter().find(|op| op.as_bytes() == text.as_slice()) {
                Some(op) => {
                    found = op;
                    self.skip();
                }
                None => return found,
            }
        }
    }

    /// Puts an alias's value in the place of the word just read; false where it is no alias, or its own text is being read.
    fn substitute_alias(&mut self, name: &[u8]) -> bool {
        let Some((_, value)) = self.known.aliases.iter().find(|(alias, _)| **alias == *name) else { return false };
        let start = self.start;
        self.expanding.retain(|(_, end)| *end > start);
        if self.expanding.iter().any(|(alias, _)| **alias == *name) {
            return false;
        }
        let old = self.input.position;
        let end = start.saturating_add(value.len());
        if self.input.bytes.get(start..old).is_none() {
            return false;
        }
        self.input.bytes.splice(start..old, value.iter().copied());
        for (_, other) in &mut self.expanding {
            *other = other.saturating_sub(old.saturating_sub(start)).saturating_add(value.len());
        }
        self.not_arithmetic.clear();
        if matches!(value.last(), Some(b' ' | b'\t')) {
            self.blank_alias_end = Some(end);
        }
        self.expanding.push((name.into(), end));
        self.input.position = start;
        self.input.line = self.line;
        true
    }
}

fn descriptor(text: &[u8]) -> Option<i32> {
    core::str::from_utf8(text).ok()?.parse().ok()
}
