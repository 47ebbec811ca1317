//! dollar - what `$` begins: parameters, command substitutions, arithmetic, `$'…'`.

use super::token::Token;
use super::word::{Mode, Parts, Place, expand_tilde};
use super::{Parsed, Parser};
use crate::arith;
use crate::names::{in_name, starts_name};
use crate::tree::{Arithmetic, Of, Op, Param, Part, Pattern, Subscript, Substitution, Word};
use std::rc::Rc;

impl Parser<'_> {
    /// Reads from `$` on.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn dollar(&mut self, mode: Mode, parts: &mut Parts) -> Parsed<()> {
        self.skip();
        let quoted = mode.is_quoted();
        let Some(byte) = self.byte() else {
            parts.push(b"$", true);
            return Ok(());
        };
        match byte {
            b'(' => {
                if self.after_paren()
                    && let Some(arithmetic) = self.arithmetic()?
                {
                    parts.part(Part::Arith(arithmetic, quoted));
                    return Ok(());
                }
                self.skip();
                let list = self.substitution()?;
                parts.part(Part::Command(Rc::new(Substitution { list, quoted })));
            }
            b'{' => {
                self.skip();
                let param = self.braces(mode)?;
                parts.part(Part::Param(param));
            }
            b'\'' if !quoted || mode == Mode::QuotedBrace && self.known.dialect.bash => self.dollar_quotes(parts)?,
            // A text to be translated: there are no translations.
            b'"' if !quoted && self.known.dialect.bash => {}
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9' => {
                self.skip();
                let of = special(byte);
                parts.part(Part::Param(Rc::new(Param::plain(of, quoted))));
            }
            _ if starts_name(byte) => {
                let of = self.variable();
                parts.part(Part::Param(Rc::new(Param::plain(of, quoted))));
            }
            _ => parts.push(b"$", quoted),
        }
        Ok(())
    }

    /// Whether the parenthesis at the position is followed by another, perhaps on a continuation line.
    fn after_paren(&mut self) -> bool {
        let mut ahead = 1usize;
        while self.raw(ahead) == Some(b'\\') && self.raw(ahead.saturating_add(1)) == Some(b'\n') {
            ahead = ahead.saturating_add(2);
        }
        self.raw(ahead) == Some(b'(')
    }

    /// The variable whose name is at the position.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn variable(&mut self) -> Of {
        let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
        if let Some(length) = rest.iter().position(|byte| !in_name(*byte))
            && rest.get(length) != Some(&b'\\')
        {
            self.input.position = self.input.position.saturating_add(length);
            return Of::Var(self.known.names.intern(rest.get(..length).unwrap_or_default()));
        }
        // A line's end may be in it.
        let mut name = Vec::new();
        while let Some(byte) = self.byte() {
            if !in_name(byte) {
                break;
            }
            self.skip();
            name.push(byte);
        }
        Of::Var(self.known.names.intern(&name))
    }

    /// The commands of `$(…)`, past the closing parenthesis.
    pub(super) fn substitution(&mut self) -> Parsed<crate::tree::List> {
        self.check_depth()?;
        let line = self.input.line;
        let outer = core::mem::take(&mut self.pending);
        let (start, start_line) = (self.start, self.line);
        let ahead = self.ahead.take();
        let begun = core::mem::replace(&mut self.begun, true);
        let in_list = core::mem::replace(&mut self.in_list, false);
        let list = self.list(true)?;
        match self.peek(false)? {
            Token::Right => self.take(),
            Token::End => return Err(self.error_at(line, "unexpected end of file in $( (expecting \")\")")),
            _ => return Err(self.unexpected(")")),
        }
        // A here-document whose line has not ended yet is read with the line around it.
        let inner = core::mem::replace(&mut self.pending, outer);
        self.pending.extend(inner);
        self.start = start;
        self.line = start_line;
        self.ahead = ahead;
        self.begun = begun;
        self.in_list = in_list;
        Ok(list)
    }

    /// `((…))` from its first parenthesis; None, with the position as it was, where it is something else: `((a); b)`.
    pub(super) fn arithmetic(&mut self) -> Parsed<Option<Rc<Arithmetic>>> {
        let position = self.input.position;
        if self.hopeless > 64 || self.not_arithmetic.contains(&position) {
            return Ok(None);
        }
        let before = self.mark();
        self.skip();
        self.byte();
        self.skip();
        // An error inside may come from its being a subshell: then that reports it.
        if let Ok(arithmetic) = self.expression(Mode::Arith)
            && self.accept(b')')
            && self.accept(b')')
        {
            return Ok(Some(arithmetic.into()));
        }
        if self.too_deep {
            return self.error("nested too deeply");
        }
        // Each attempt that runs to the end costs the length of the script: a text of nothing but `((((` gets only so many.
        if self.byte().is_none() {
            if self.hopeless > 64 {
                return self.error("unexpected end of file (expecting \"))\")");
            }
            self.hopeless = self.hopeless.saturating_add(1);
        }
        self.go_back(&before);
        self.not_arithmetic.push(position);
        Ok(None)
    }

    /// An expression with its tree, where that can be had before expansion.
    pub(super) fn expression(&mut self, mode: Mode) -> Parsed<Box<Arithmetic>> {
        let text = self.text(mode)?;
        let compiled = arith::compile(&text, self.known.names, self.known.stack);
        Ok(Box::new(Arithmetic { text, compiled }))
    }

    /// A word in `${x…}`, with its tilde.
    fn operand(&mut self, mode: Mode) -> Parsed<Box<Word>> {
        let mut word = Box::new(self.text(mode)?);
        if mode == Mode::Brace {
            expand_tilde(&mut word, Place::Word);
        }
        Ok(word)
    }

    /// A pattern in `${x…}`.
    fn pattern(&mut self) -> Parsed<Box<Pattern>> {
        Ok(Box::new(Pattern::new(*self.operand(Mode::Brace)?)))
    }

    /// `${…}` after the brace, past the closing one.
    fn braces(&mut self, mode: Mode) -> Parsed<Rc<Param>> {
        self.check_depth()?;
        let quoted = mode.is_quoted();
        let begin = self.input.position;
        let line = self.input.line;
        let mut length = false;
        let mut indirect = false;
        if self.byte() == Some(b'#') && !matches!(self.raw(1), Some(b'}' | b':' | b'-' | b'+' | b'=' | b'?' | b'%')) {
            // `${##…}` trims `$#`, but `${##}` is the length of `$#`.
            if self.raw(1) != Some(b'#') || self.raw(2) == Some(b'}') {
                self.skip();
                length = true;
            }
        } else if self.byte() == Some(b'#') && matches!(self.raw(1), Some(b'-' | b'?')) && self.raw(2) == Some(b'}') {
            self.skip();
            length = true;
        } else if self.byte() == Some(b'!')
            && (self.raw(1).is_some_and(in_name)
                || self.known.dialect.bash && self.raw(1) == Some(b'#') && self.raw(2) == Some(b'}'))
        {
            self.skip();
            indirect = true;
        }
        let of = match self.byte() {
            Some(byte) if starts_name(byte) => Some(self.variable()),
            Some(byte) if byte.is_ascii_digit() => {
                let mut number = 0usize;
                while let Some(digit @ b'0'..=b'9') = self.byte() {
                    self.skip();
                    number = number.saturating_mul(10).saturating_add(usize::from(digit.wrapping_sub(b'0')));
                }
                Some(if number == 0 { Of::Special(b'0') } else { Of::Positional(number) })
            }
            Some(byte @ (b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!')) => {
                self.skip();
                Some(Of::Special(byte))
            }
            _ => None,
        };
        let mut subscript = None;
        let mut malformed = false;
        if matches!(of, Some(Of::Var(_))) && self.accept(b'[') {
            subscript = Some(self.subscript()?);
            malformed = !self.accept(b']');
        }
        let numbered = matches!(of, Some(Of::Positional(_)));
        malformed |= of.is_none()
            || (numbered && self.byte().is_some_and(in_name))
            || (of == Some(Of::Special(b'#')) && self.byte() == Some(b'='));
        // An error when it is expanded, and not before: scripts for several shells hold what only one of them knows.
        let op = match of {
            _ if malformed => None,
            Some(_) if length => (self.byte() == Some(b'}')).then_some(Op::Length),
            Some(_)
                if indirect && matches!(subscript.as_deref(), Some(Subscript::All(_))) && self.byte() == Some(b'}') =>
            {
                indirect = false;
                Some(Op::Keys)
            }
            Some(_) if indirect && matches!(self.byte(), Some(b'*' | b'@')) && self.raw(1) == Some(b'}') => {
                indirect = false;
                let which = self.byte().unwrap_or(b'*');
                self.skip();
                Some(Op::Names(which))
            }
            Some(_) => self.operation(mode)?,
            None => None,
        };
        let op = match op {
            Some(op) if self.byte() == Some(b'}') => op,
            _ => {
                let rest_mode = if quoted { Mode::QuotedBrace } else { Mode::Brace };
                while self.byte().is_some_and(|byte| byte != b'}') {
                    let at = self.input.position;
                    self.operand(rest_mode)?;
                    if self.input.position == at {
                        break;
                    }
                }
                let text = self.input.bytes.get(begin..self.input.position).unwrap_or_default();
                Op::Bad(if malformed { b"" } else { text }.into())
            }
        };
        if !self.accept(b'}') {
            return Err(self.error_at(line, "missing '}'"));
        }
        Ok(Rc::new(Param { of: of.unwrap_or(Of::Special(b'0')), op, quoted, indirect, subscript }))
    }

    /// The operator and its words in `${x…}`; None where there is no such operator.
    #[inline(never)]
    fn operation(&mut self, mode: Mode) -> Parsed<Option<Op>> {
        let Some(byte) = self.byte() else { return Ok(Some(Op::Get)) };
        let colon = byte == b':';
        let operator = if colon { self.raw(1).unwrap_or(0) } else { byte };
        Ok(match operator {
            b'}' if !colon => Some(Op::Get),
            b'-' | b'=' | b'?' | b'+' => {
                self.skip();
                if colon {
                    self.skip();
                }
                let inner = match mode {
                    Mode::Here | Mode::HereBrace => Mode::HereBrace,
                    _ if mode.is_quoted() => Mode::QuotedBrace,
                    _ => Mode::Brace,
                };
                let word = self.operand(inner)?;
                Some(match operator {
                    b'-' => Op::Default(colon, word),
                    b'=' => Op::Assign(colon, word),
                    b'?' => Op::Error(colon, word),
                    _ => Op::Alternative(colon, word),
                })
            }
            b'#' | b'%' if !colon => {
                self.skip();
                let longest = self.accept(operator);
                Some(Op::Trim { suffix: operator == b'%', longest, pattern: self.pattern()? })
            }
            b'/' if !colon => {
                self.skip();
                let all = self.accept(b'/');
                let anchor = match self.byte() {
                    Some(anchor @ (b'#' | b'%')) if !all => {
                        self.skip();
                        Some(anchor)
                    }
                    _ => None,
                };
                let mut parts = self.parts();
                // A slash right here belongs to the pattern.
                if anchor.is_none() && self.byte() == Some(b'/') {
                    self.literal(&mut parts, b'/', false);
                }
                self.text_into(Mode::Slash, &mut parts)?;
                let mut pattern = self.word_of(parts);
                expand_tilde(&mut pattern, Place::Word);
                let pattern = Box::new(Pattern::new(pattern));
                let with = if self.accept(b'/') { self.operand(Mode::Brace)? } else { Box::default() };
                Some(Op::Replace { all, anchor, pattern, with })
            }
            b'^' | b',' if !colon => {
                self.skip();
                let all = self.accept(operator);
                Some(Op::Case { upper: operator == b'^', all, pattern: self.pattern()? })
            }
            b'@' if !colon && self.raw(2) == Some(b'}') => {
                self.skip();
                let letter = self.byte().unwrap_or(0);
                b"QEPAaULuKk".contains(&letter).then(|| {
                    self.skip();
                    Op::Transform(letter)
                })
            }
            _ if colon => {
                self.skip();
                let offset = self.expression(Mode::Colon)?;
                if offset.text.parts.is_empty() && self.byte() == Some(b'}') {
                    return Ok(None);
                }
                let length = if self.accept(b':') { Some(self.expression(Mode::Colon)?) } else { None };
                Some(Op::Substring { offset, length })
            }
            _ => None,
        })
    }

    /// `$'…'`: POSIX.1-2024's escapes.
    fn dollar_quotes(&mut self, parts: &mut Parts) -> Parsed<()> {
        let line = self.input.line;
        self.skip();
        parts.quotes();
        // A NUL in it ends the string's value, as in other shells.
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.raw(0) else {
                return Err(self.error_at(line, "unterminated quoted string"));
            };
            self.skip();
            match byte {
                b'\'' => break,
                b'\\' => self.dollar_escape(&mut text),
                _ => text.push(byte),
            }
        }
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        parts.push(text.get(..end).unwrap_or_default(), true);
        Ok(())
    }

    fn dollar_escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.raw(0) else {
            text.push(b'\\');
            return;
        };
        if !byte.is_ascii_digit() {
            self.skip();
        }
        match byte {
            b'a' => text.push(7),
            b'b' => text.push(8),
            b'e' | b'E' => text.push(27),
            b'f' => text.push(12),
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'v' => text.push(11),
            b'\\' | b'\'' | b'"' | b'?' => text.push(byte),
            b'c' => {
                if let Some(control) = self.raw(0) {
                    self.skip();
                    if control == b'\\' && self.raw(0) == Some(b'\\') {
                        self.skip();
                    }
                    text.push(if control == b'?' { 0x7f } else { control & 0x1f });
                }
            }
            b'x' => match self.digits(16, 2) {
                Some(value) => text.push((value & 0xff) as u8),
                None => text.extend_from_slice(b"\\x"),
            },
            b'u' | b'U' => match self.digits(16, if byte == b'u' { 4 } else { 8 }) {
                Some(value) => {
                    let char = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
                    text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => text.extend_from_slice(&[b'\\', byte]),
            },
            b'0'..=b'7' => {
                let value = self.digits(8, 3).unwrap_or(0);
                text.push((value & 0xff) as u8);
            }
            b'8' | b'9' => {
                self.skip();
                text.extend_from_slice(&[b'\\', byte]);
            }
            _ => text.extend_from_slice(&[b'\\', byte]),
        }
    }

    fn digits(&mut self, base: u32, most: usize) -> Option<u32> {
        let mut value = None;
        for _ in 0..most {
            let Some(digit) = self.raw(0).and_then(|byte| char::from(byte).to_digit(base)) else { break };
            self.skip();
            value = Some(value.unwrap_or(0u32).wrapping_mul(base).wrapping_add(digit));
        }
        value
    }
}

fn special(byte: u8) -> Of {
    match byte {
        b'1'..=b'9' => Of::Positional(usize::from(byte.wrapping_sub(b'0'))),
        _ => Of::Special(byte),
    }
}
