//! word - a word's parts: literal text, quotes, and what `dollar` reads.

use super::token::Token;
use super::{Parsed, Parser, SyntaxError};
use crate::few::{Few, Text};
use crate::tree::{List, Part, Substitution, Word};
use base::pattern::glob::is_glob;
use memchr::{memchr, memchr3};
use std::rc::Rc;

/// How text is read, and what ends it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    /// A token: a blank or an operator ends it.
    Plain,
    /// In double quotes.
    Double,
    /// A here-document's body: to the end, `"` is itself.
    Here,
    /// The word in `${x-word}`, up to `}`.
    Brace,
    /// The same inside double quotes.
    QuotedBrace,
    /// The same inside a here-document.
    HereBrace,
    /// The pattern in `${x/pattern/with}`: up to `/` or `}`.
    Slash,
    /// `${x:offset:length}`: up to `:` or `}`.
    Colon,
    /// `$((…))` up to `))`.
    Arith,
    /// One of the three in `for ((…; …; …))`: up to `;` or `)`.
    Clause,
    /// `a[…]`: up to `]`.
    Subscript,
}

impl Mode {
    /// Whether text and expansions count as quoted.
    pub(super) fn is_quoted(self) -> bool {
        matches!(
            self,
            Mode::Double | Mode::Here | Mode::QuotedBrace | Mode::HereBrace | Mode::Arith | Mode::Colon | Mode::Clause
        )
    }
}

/// Collects parts.
#[derive(Default)]
pub(super) struct Parts {
    parts: Few<Part>,
    text: Vec<u8>,
    quoted: bool,
}

impl Parts {
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn push(&mut self, bytes: &[u8], quoted: bool) {
        if quoted != self.quoted {
            self.flush();
            self.quoted = quoted;
        }
        self.text.extend_from_slice(bytes);
    }

    /// Whether a parenthesis here opens a group of patterns: behind one of `?*+@!`.
    fn opens_group(&self) -> bool {
        !self.quoted && matches!(self.text.last(), Some(b'?' | b'*' | b'+' | b'@' | b'!'))
    }

    /// Remembers that there were quotes, even around nothing.
    pub(super) fn quotes(&mut self) {
        self.flush();
        if !matches!(self.parts.last(), Some(Part::Quoted(_))) {
            self.parts.push(Part::Quoted(Text::default()));
        }
        self.quoted = true;
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn part(&mut self, part: Part) {
        self.flush();
        self.parts.push(part);
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        if self.quoted {
            if let Some(Part::Quoted(last)) = self.parts.last_mut() {
                if last.is_empty() {
                    *last = self.text.as_slice().into();
                } else {
                    let mut joined = last.to_vec();
                    joined.extend_from_slice(&self.text);
                    *last = joined.into();
                }
                self.text.clear();
                return;
            }
            self.parts.push(Part::Quoted(self.text.as_slice().into()));
        } else {
            let glob = special_in_globs(&self.text);
            self.parts.push(Part::Literal(self.text.as_slice().into(), glob));
        }
        self.text.clear();
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn finish(mut self) -> Word {
        self.flush();
        Word { parts: self.parts, ..Word::default() }
    }
}

/// Bytes that need a look in one mode or other; all else is literal.
fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'\\'
            | b'\''
            | b'"'
            | b'$'
            | b'`'
            | b' '
            | b'\t'
            | b'\n'
            | b'&'
            | b'|'
            | b';'
            | b'<'
            | b'>'
            | b'('
            | b')'
            | b'}'
            | b'/'
            | b':'
            | b'['
            | b']'
    )
}

impl Parser<'_> {
    /// A word as a token.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn word(&mut self) -> Parsed<Word> {
        let mut word = self.text(Mode::Plain)?;
        if let [Part::Literal(text, glob @ true)] = &mut *word.parts {
            *glob = is_glob(text);
        }
        expand_tilde(&mut word, false);
        word.braces = self.known.dialect.braces
            && word.parts.iter().any(|part| matches!(part, Part::Literal(text, _) if memchr(b'{', text).is_some()));
        Ok(word)
    }

    /// Text up to what ends it in this mode; the end itself is not consumed.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn text(&mut self, mode: Mode) -> Parsed<Word> {
        self.check_depth()?;
        let mut parts = Parts::default();
        let quoted = mode.is_quoted();
        let mut parens = 0u32;
        // Inside `@(…)` and its like, which are read as part of a word.
        let mut groups = 0u32;
        loop {
            self.literal_run(&mut parts, quoted);
            let Some(byte) = self.byte() else { break };
            match byte {
                b'(' if mode == Mode::Plain && (groups > 0 || self.known.dialect.extglob && parts.opens_group()) => {
                    groups = groups.saturating_add(1);
                    self.literal(&mut parts, byte, false);
                }
                b')' if groups > 0 => {
                    groups = groups.saturating_sub(1);
                    self.literal(&mut parts, byte, false);
                }
                b' ' | b'\t' | b'|' | b'&' | b';' | b'<' | b'>' if groups > 0 => self.literal(&mut parts, byte, false),
                b'<' | b'>' if mode == Mode::Plain && self.raw(1) == Some(b'(') => {
                    self.skip();
                    self.skip();
                    let list = self.substitution()?;
                    parts.part(Part::Process(Rc::new(Substitution { list, quoted: true }), byte == b'>'));
                }
                b' ' | b'\t' | b'\n' | b'&' | b'|' | b';' | b'<' | b'>' if mode == Mode::Plain => break,
                b'(' | b')' if mode == Mode::Plain => break,
                b'"' if mode == Mode::Double => break,
                b'}' if !matches!(
                    mode,
                    Mode::Plain | Mode::Double | Mode::Here | Mode::Arith | Mode::Clause | Mode::Subscript
                ) =>
                {
                    break;
                }
                b'/' if mode == Mode::Slash => break,
                b':' if mode == Mode::Colon && parens == 0 => break,
                b';' if mode == Mode::Clause && parens == 0 => break,
                b'\n' if mode == Mode::Subscript => break,
                b'[' if mode == Mode::Subscript => {
                    parens = parens.saturating_add(1);
                    self.literal(&mut parts, byte, false);
                }
                b']' if mode == Mode::Subscript && parens == 0 => break,
                b']' if mode == Mode::Subscript => {
                    parens = parens.saturating_sub(1);
                    self.literal(&mut parts, byte, false);
                }
                b'(' if matches!(mode, Mode::Arith | Mode::Colon | Mode::Clause) => {
                    parens = parens.saturating_add(1);
                    self.literal(&mut parts, byte, quoted);
                }
                b')' if matches!(mode, Mode::Arith | Mode::Clause) && parens == 0 => break,
                b')' if matches!(mode, Mode::Arith | Mode::Colon | Mode::Clause) => {
                    parens = parens.saturating_sub(1);
                    self.literal(&mut parts, byte, quoted);
                }
                b'\\' => self.backslash(mode, &mut parts)?,
                b'\'' if !quoted => self.single_quotes(&mut parts)?,
                b'"' if mode == Mode::Here => self.literal(&mut parts, byte, true),
                b'"' if matches!(
                    mode,
                    Mode::QuotedBrace | Mode::HereBrace | Mode::Arith | Mode::Colon | Mode::Clause
                ) =>
                {
                    // Everything is quoted already: such a quote has nothing to do.
                    self.skip();
                    parts.quotes();
                }
                b'"' => self.double_quotes(&mut parts)?,
                b'$' => self.dollar(mode, &mut parts)?,
                b'`' => {
                    let part = self.backquotes(mode)?;
                    parts.part(part);
                }
                _ => self.literal(&mut parts, byte, quoted),
            }
        }
        Ok(parts.finish())
    }

    pub(super) fn literal(&mut self, parts: &mut Parts, byte: u8, quoted: bool) {
        self.skip();
        parts.push(&[byte], quoted);
    }

    /// Takes bytes that mean themselves in every mode.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn literal_run(&mut self, parts: &mut Parts, quoted: bool) {
        let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
        let length = rest.iter().position(|byte| is_special(*byte)).unwrap_or(rest.len());
        if length > 0 {
            parts.push(rest.get(..length).unwrap_or_default(), quoted);
            self.input.position = self.input.position.saturating_add(length);
        }
    }

    fn backslash(&mut self, mode: Mode, parts: &mut Parts) -> Parsed<()> {
        let Some(next) = self.raw(1) else {
            self.skip();
            parts.push(b"\\", true);
            return Ok(());
        };
        let escapes = match mode {
            Mode::Plain | Mode::Brace | Mode::Slash | Mode::Subscript => true,
            Mode::Double => matches!(next, b'$' | b'`' | b'"' | b'\\'),
            Mode::QuotedBrace => matches!(next, b'$' | b'`' | b'"' | b'\\' | b'}'),
            Mode::Here | Mode::Arith | Mode::Colon | Mode::Clause => matches!(next, b'$' | b'`' | b'\\'),
            Mode::HereBrace => matches!(next, b'$' | b'`' | b'\\' | b'}'),
        };
        self.skip();
        if escapes {
            self.skip();
            parts.push(&[next], true);
        } else {
            parts.push(b"\\", true);
        }
        Ok(())
    }

    /// `'…'`: everything up to the next quote.
    fn single_quotes(&mut self, parts: &mut Parts) -> Parsed<()> {
        let line = self.input.line;
        self.skip();
        parts.quotes();
        loop {
            let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
            let found = memchr(b'\'', rest);
            let text = rest.get(..found.unwrap_or(rest.len())).unwrap_or_default();
            parts.push(text, true);
            self.input.line = self.input.line.saturating_add(newlines(text));
            self.input.position = self.input.position.saturating_add(text.len());
            if found.is_some() {
                self.skip();
                return Ok(());
            }
            if !self.input.fill(true) {
                return Err(SyntaxError { line, text: b"unterminated quoted string".to_vec() });
            }
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn double_quotes(&mut self, parts: &mut Parts) -> Parsed<()> {
        let line = self.input.line;
        self.skip();
        let word = self.text(Mode::Double)?;
        if !self.accept(b'"') {
            return Err(SyntaxError { line, text: b"unterminated quoted string".to_vec() });
        }
        if word.parts.is_empty() {
            parts.quotes();
        }
        for part in word.parts.into_vec() {
            match part {
                Part::Quoted(text) if !text.is_empty() => parts.push(&text, true),
                other => parts.part(other),
            }
        }
        Ok(())
    }

    /// `` `…` ``: the text with its backslashes taken off is a script of its own.
    fn backquotes(&mut self, mode: Mode) -> Parsed<Part> {
        let line = self.input.line;
        self.skip();
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.raw(0) else {
                return Err(SyntaxError { line, text: b"unterminated backquoted string".to_vec() });
            };
            self.skip();
            match byte {
                b'`' => break,
                b'\\' => match self.raw(0) {
                    Some(next @ (b'$' | b'`' | b'\\')) => {
                        self.skip();
                        text.push(next);
                    }
                    Some(b'"') if matches!(mode, Mode::Double | Mode::QuotedBrace) => {
                        self.skip();
                        text.push(b'"');
                    }
                    _ => text.push(b'\\'),
                },
                _ => text.push(byte),
            }
        }
        let list = self.script(&text, line)?;
        Ok(Part::Command(Rc::new(Substitution { list, quoted: mode.is_quoted() })))
    }

    /// The same knowledge for a parser of a text inside this one.
    fn again(&mut self) -> super::Known<'_> {
        super::Known {
            names: &mut *self.known.names,
            aliases: self.known.aliases,
            stack: self.known.stack,
            dialect: self.known.dialect,
        }
    }

    /// Parses a whole script that stands inside this one.
    fn script(&mut self, text: &[u8], line: u32) -> Parsed<List> {
        self.check_depth()?;
        let mut input = crate::input::Input::string(text, line);
        let known = self.again();
        let mut parser = Parser::new(&mut input, known);
        let list = parser.list(&[])?;
        match parser.peek(true)? {
            Token::End => {}
            _ => return Err(parser.unexpected("")),
        }
        parser.finish_heredocs()?;
        Ok(list)
    }

    /// The word at the position.
    pub fn one_word(&mut self) -> Parsed<Word> {
        self.text(Mode::Plain)
    }

    /// A prompt's text, all of it.
    pub fn prompt(&mut self) -> Parsed<Word> {
        self.text(Mode::Here)
    }

    /// Parses the text of a here-document or of an expression that was read as lines.
    pub(super) fn here_text(&mut self, text: &[u8], line: u32) -> Parsed<Word> {
        let mut input = crate::input::Input::string(text, line);
        let known = self.again();
        Parser::new(&mut input, known).text(Mode::Here)
    }
}

fn special_in_globs(text: &[u8]) -> bool {
    memchr3(b'*', b'?', b'[', text).is_some() || memchr(b'(', text).is_some()
}

pub(super) fn newlines(text: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u32::MAX)
}

/// Marks `~` and `~user` at the beginning, and in an assignment after each unquoted `:`.
pub(super) fn expand_tilde(word: &mut Word, assignment: bool) {
    let has_tilde =
        word.parts.iter().any(|part| matches!(part, Part::Literal(text, _) if memchr(b'~', text).is_some()));
    if !has_tilde {
        return;
    }
    let mut parts = Vec::with_capacity(word.parts.len().saturating_add(2));
    let mut begins = true;
    let mut rest = core::mem::take(&mut word.parts).into_vec().into_iter().peekable();
    while let Some(part) = rest.next() {
        let Part::Literal(text, _) = part else {
            begins = false;
            parts.push(part);
            continue;
        };
        let mut literal = Vec::new();
        let mut left: &[u8] = &text;
        while let Some((first, after)) = left.split_first() {
            if begins && *first == b'~' {
                let length = after.iter().position(|b| *b == b'/' || (assignment && *b == b':')).unwrap_or(after.len());
                let (user, tail) = after.split_at_checked(length).unwrap_or((after, b""));
                // A name that goes on in another part was quoted somewhere, and stays as it is.
                if !(tail.is_empty() && rest.peek().is_some()) {
                    push_literal(&mut parts, &mut literal);
                    parts.push(Part::Tilde(user.into()));
                    left = tail;
                    begins = false;
                    continue;
                }
            }
            begins = assignment && *first == b':';
            literal.push(*first);
            left = after;
        }
        push_literal(&mut parts, &mut literal);
    }
    word.parts = parts.into();
}

fn push_literal(parts: &mut Vec<Part>, text: &mut Vec<u8>) {
    if !text.is_empty() {
        let glob = special_in_globs(text);
        parts.push(Part::Literal(text.as_slice().into(), glob));
        text.clear();
    }
}
