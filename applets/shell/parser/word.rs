//! word - a word's parts: literal text, quotes, and what `dollar` reads.

use super::token::Token;
use super::{Parsed, Parser};
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

    /// Whether a `?` still waits for its `:`.
    fn chooses(&self) -> bool {
        let count = |wanted: u8| base::bytes::count(wanted, &self.text);
        count(b'?') > count(b':')
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
}

/// Bytes that need a look in one mode or other; all else is literal.
pub(super) const LOOK: u8 = 1;
/// Of these, the ones that mean themselves in a plain word.
pub(super) const ITSELF: u8 = 2;
/// Bytes that end a plain word.
pub(super) const END: u8 = 4;
/// Bytes that a plain word is looked at again for: patterns, tildes, braces.
const TILDE: u8 = 8;
const BRACE: u8 = 16;
const GLOB: u8 = 32;

/// What each byte is, of the kinds above.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut left: &mut [u8] = &mut classes;
    let mut byte = 0u8;
    while let Some((class, rest)) = left.split_first_mut() {
        *class = match byte {
            b'\\' | b'\'' | b'"' | b'$' | b'`' => LOOK,
            b' ' | b'\t' | b'\n' | b'&' | b'|' | b';' | b'<' | b'>' | b'(' | b')' => LOOK | END,
            b'}' | b'/' | b':' | b']' => LOOK | ITSELF,
            b'[' => LOOK | ITSELF | GLOB,
            b'*' | b'?' => GLOB,
            b'~' => TILDE,
            b'{' => BRACE,
            _ => 0,
        };
        left = rest;
        byte = byte.wrapping_add(1);
    }
    classes
};

#[inline(always)]
pub(super) fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

impl Parser<'_> {
    /// Reads a word as a token.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn read_word(&mut self) -> Parsed<()> {
        if !self.plain_word() {
            self.word = self.text(Mode::Plain)?;
            if let [Part::Literal(text, glob @ true)] = &mut *self.word.parts {
                *glob = is_glob(text);
            }
            expand_tilde(&mut self.word, Place::Word);
            let brace = |part: &Part| matches!(part, Part::Literal(text, _) if memchr(b'{', text).is_some());
            self.word.braces = self.known.dialect.braces && self.word.parts.iter().any(brace);
        }
        Ok(())
    }

    /// Reads the word at the position, if it is one literal with its end in sight.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn plain_word(&mut self) -> bool {
        let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
        let mut seen = 0;
        let length = rest.iter().position(|byte| {
            let class = class(*byte);
            seen |= class;
            class & (LOOK | ITSELF) == LOOK
        });
        let length = length.unwrap_or(rest.len());
        let end = rest.get(length).copied().unwrap_or(0);
        let after = rest.get(length.saturating_add(1));
        let opens = end == b'(' || matches!(end, b'<' | b'>') && after.is_none_or(|byte| matches!(byte, b'(' | b'\\'));
        if class(end) & END == 0 || opens || length == 0 {
            return false;
        }
        let text = rest.get(..length).unwrap_or_default();
        let glob = seen & GLOB != 0 && is_glob(text);
        let braces = seen & BRACE != 0 && self.known.dialect.braces;
        let literal = Part::Literal(Text::first(rest, length), glob);
        self.word = Word { parts: Few::One(literal), assignment: false, braces };
        self.input.position = self.input.position.saturating_add(length);
        if seen & TILDE != 0 {
            expand_tilde(&mut self.word, Place::Word);
        }
        true
    }

    /// Text up to what ends it in this mode; the end itself is not consumed.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn text(&mut self, mode: Mode) -> Parsed<Word> {
        let mut parts = self.parts();
        self.text_into(mode, &mut parts)?;
        Ok(self.word_of(parts))
    }

    /// Room for a word's parts.
    pub(super) fn parts(&mut self) -> Parts {
        Parts { text: core::mem::take(&mut self.scratch), ..Parts::default() }
    }

    /// The word of these parts.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn word_of(&mut self, mut parts: Parts) -> Word {
        parts.flush();
        self.scratch = parts.text;
        Word { parts: parts.parts, ..Word::default() }
    }

    /// Text behind what is there.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn text_into(&mut self, mode: Mode, parts: &mut Parts) -> Parsed<()> {
        self.check_depth()?;
        let quoted = mode.is_quoted();
        let mut parens = 0u32;
        // Inside `@(…)` and its like, which are read as part of a word.
        let mut groups = 0u32;
        // Between quotes in a word that is quoted already.
        let mut within = false;
        loop {
            self.literal_run(parts, quoted);
            let Some(byte) = self.byte() else {
                if groups > 0 {
                    return Err(self.unexpected(")"));
                }
                break;
            };
            match byte {
                b'(' if mode == Mode::Plain && (groups > 0 || self.known.dialect.extglob && parts.opens_group()) => {
                    groups = groups.saturating_add(1);
                    self.literal(parts, byte, false);
                }
                b')' if groups > 0 => {
                    groups = groups.saturating_sub(1);
                    self.literal(parts, byte, false);
                }
                b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'<' | b'>' if groups > 0 => {
                    self.literal(parts, byte, false)
                }
                b'<' | b'>' if mode == Mode::Plain && self.raw(1) == Some(b'(') => {
                    self.skip();
                    self.skip();
                    let list = self.substitution()?;
                    parts.part(Part::Process(Rc::new(Substitution { list, quoted: true }), byte == b'>'));
                }
                b' ' | b'\t' | b'\n' | b'&' | b'|' | b';' | b'<' | b'>' if mode == Mode::Plain => break,
                b'(' | b')' if mode == Mode::Plain => break,
                b'"' if mode == Mode::Double => break,
                b'}' if !within
                    && !matches!(
                        mode,
                        Mode::Plain | Mode::Double | Mode::Here | Mode::Arith | Mode::Clause | Mode::Subscript
                    ) =>
                {
                    break;
                }
                b'/' if mode == Mode::Slash => break,
                b':' if mode == Mode::Colon && parens == 0 && !parts.chooses() => break,
                b';' if mode == Mode::Clause && parens == 0 => break,
                b'\n' if mode == Mode::Subscript => break,
                b'[' if mode == Mode::Subscript => {
                    parens = parens.saturating_add(1);
                    self.literal(parts, byte, false);
                }
                b']' if mode == Mode::Subscript && parens == 0 => break,
                b']' if mode == Mode::Subscript => {
                    parens = parens.saturating_sub(1);
                    self.literal(parts, byte, false);
                }
                b'(' if matches!(mode, Mode::Arith | Mode::Colon | Mode::Clause) => {
                    parens = parens.saturating_add(1);
                    self.literal(parts, byte, quoted);
                }
                b')' if matches!(mode, Mode::Arith | Mode::Clause) && parens == 0 => break,
                b')' if matches!(mode, Mode::Arith | Mode::Colon | Mode::Clause) => {
                    parens = parens.saturating_sub(1);
                    self.literal(parts, byte, quoted);
                }
                b'\\' => self.backslash(mode, parts)?,
                b'\'' if !quoted => self.single_quotes(parts)?,
                b'"' if mode == Mode::Here => self.literal(parts, byte, true),
                b'"' if matches!(
                    mode,
                    Mode::QuotedBrace | Mode::HereBrace | Mode::Arith | Mode::Colon | Mode::Clause
                ) =>
                {
                    // Everything is quoted already: such a quote only hides a brace.
                    within = mode == Mode::QuotedBrace && !within;
                    self.skip();
                    parts.quotes();
                }
                b'"' => self.double_quotes(parts)?,
                b'$' => self.dollar(mode, parts)?,
                b'`' => {
                    let part = self.backquotes(mode)?;
                    parts.part(part);
                }
                _ => self.literal(parts, byte, quoted),
            }
        }
        Ok(())
    }

    pub(super) fn literal(&mut self, parts: &mut Parts, byte: u8, quoted: bool) {
        self.skip();
        parts.push(&[byte], quoted);
    }

    /// Takes bytes that mean themselves in every mode.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn literal_run(&mut self, parts: &mut Parts, quoted: bool) {
        let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
        let length = rest.iter().position(|byte| class(*byte) & LOOK != 0).unwrap_or(rest.len());
        if length > 0 {
            parts.push(rest.get(..length).unwrap_or_default(), quoted);
            self.input.position = self.input.position.saturating_add(length);
        }
    }

    #[inline(never)]
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
    #[inline(never)]
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
                return Err(self.error_at(line, "unterminated quoted string"));
            }
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn double_quotes(&mut self, parts: &mut Parts) -> Parsed<()> {
        let line = self.input.line;
        self.skip();
        let before = (parts.parts.len(), parts.text.len(), parts.quoted);
        self.text_into(Mode::Double, parts)?;
        if !self.accept(b'"') {
            return Err(self.error_at(line, "unterminated quoted string"));
        }
        if before == (parts.parts.len(), parts.text.len(), parts.quoted) {
            parts.quotes();
        }
        Ok(())
    }

    /// `` `…` ``: the text with its backslashes taken off is a script of its own.
    #[inline(never)]
    fn backquotes(&mut self, mode: Mode) -> Parsed<Part> {
        let line = self.input.line;
        self.skip();
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.raw(0) else {
                return Err(self.error_at(line, "unterminated backquoted string"));
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
                    Some(b'\n') => self.skip(),
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
    #[inline(never)]
    fn script(&mut self, text: &[u8], line: u32) -> Parsed<List> {
        self.check_depth()?;
        let mut input = crate::input::Input::string(text, line);
        let known = self.again();
        let mut parser = Parser::new(&mut input, known);
        let list = parser.list(false)?;
        if parser.peek(true)? != Token::End {
            return Err(parser.unexpected(""));
        }
        parser.read_heredocs()?;
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
    u32::try_from(base::bytes::count(b'\n', text)).unwrap_or(u32::MAX)
}

/// Where a word stands, for its tildes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Word,
    /// The value of an assignment.
    Value,
    /// `name=value` as an argument of `export` and its like.
    Argument,
}

/// Marks `~` and `~user` at the beginning, which in an argument is behind its `=`, and in values after each unquoted `:`.
pub(super) fn expand_tilde(word: &mut Word, place: Place) {
    let has_tilde =
        word.parts.iter().any(|part| matches!(part, Part::Literal(text, _) if memchr(b'~', text).is_some()));
    if !has_tilde {
        return;
    }
    let mut parts = Vec::with_capacity(word.parts.len().saturating_add(2));
    let value = place != Place::Word;
    let mut named = place == Place::Argument;
    let mut begins = !named;
    let mut more = word.parts.len();
    for part in core::mem::take(&mut word.parts).into_vec() {
        more = more.saturating_sub(1);
        let Part::Literal(text, _) = part else {
            begins = false;
            parts.push(part);
            continue;
        };
        let mut literal = Vec::new();
        let mut left: &[u8] = &text;
        while let Some((first, after)) = left.split_first() {
            if begins && *first == b'~' {
                let length = after.iter().position(|b| *b == b'/' || (value && *b == b':')).unwrap_or(after.len());
                let (user, tail) = after.split_at_checked(length).unwrap_or((after, b""));
                // A name that goes on in another part was quoted somewhere, and stays as it is.
                if !tail.is_empty() || more == 0 {
                    push_literal(&mut parts, &mut literal);
                    parts.push(Part::Tilde(user.into()));
                    left = tail;
                    begins = false;
                    continue;
                }
            }
            begins = if named { *first == b'=' } else { value && *first == b':' };
            named &= !begins;
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
