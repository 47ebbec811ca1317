//! skim - goes past a function's body without building its tree: most functions of a long script are never called.
//!
//! It knows what most bodies are made of, and accepts only what `command` and its like would accept, with the same end. Whatever
//! else it meets (backquotes, here-documents, `[[`, a syntax error …) it leaves to them: the body is read again, and properly.

use super::token::{Token, word_token};
use super::word::{END, ITSELF, LOOK, class, newlines};
use crate::input::Input;
use crate::names::{in_name, is_name, starts_name};
use memchr::memchr;

/// Deeper nesting is left to the parser, which knows the end of the stack.
const DEEPEST: u8 = 40;

/// A position that moves over the text. Each step gives None where the parser has to read the text itself.
struct Skim<'a> {
    input: &'a mut Input,
    at: usize,
    depth: u8,
}

/// Goes from behind the `{` of a function's body to behind its `}`; false, with the position as it was, where it cannot, or where
/// the body has redirections.
#[inline(never)]
pub(super) fn body(input: &mut Input) -> bool {
    let begin = input.position;
    let mut skim = Skim { at: begin, depth: 0, input };
    if skim.commands(Token::Close).is_none() {
        return false;
    }
    let end = skim.at;
    if !matches!(skim.blanks(), b'\n' | b';' | 0) {
        return false;
    }
    let lines = newlines(input.bytes.get(begin..end).unwrap_or_default());
    input.line = input.line.saturating_add(lines);
    input.position = end;
    true
}

impl Skim<'_> {
    /// The byte at the position; a NUL, which the text has none of, at its end.
    #[inline(never)]
    fn byte(&mut self) -> u8 {
        self.fast_byte()
    }

    /// The same, in loops over many bytes.
    #[inline(always)]
    fn fast_byte(&mut self) -> u8 {
        match self.input.bytes.get(self.at) {
            Some(byte) => *byte,
            None => self.more(),
        }
    }

    #[inline(never)]
    fn more(&mut self) -> u8 {
        while self.at >= self.input.bytes.len() {
            if !self.input.fill(true) {
                return 0;
            }
        }
        self.input.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn step(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.byte() == byte;
        if found {
            self.step();
        }
        found
    }

    /// Past `byte`, which must be there.
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.accept(byte).then_some(())
    }

    /// Past blanks and a comment; the byte there.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn blanks(&mut self) -> u8 {
        loop {
            match self.fast_byte() {
                b' ' | b'\t' => self.step(),
                b'#' => return self.comment(),
                byte => return byte,
            }
        }
    }

    #[inline(never)]
    fn comment(&mut self) -> u8 {
        loop {
            let rest = self.input.bytes.get(self.at..).unwrap_or_default();
            match memchr(b'\n', rest) {
                Some(length) => {
                    self.at = self.at.wrapping_add(length);
                    return b'\n';
                }
                None => {
                    self.at = self.input.bytes.len();
                    if self.more() == 0 {
                        return 0;
                    }
                }
            }
        }
    }

    /// Past blanks, comments and empty lines; the byte there.
    fn lines(&mut self) -> u8 {
        loop {
            match self.blanks() {
                b'\n' => self.step(),
                byte => return byte,
            }
        }
    }

    /// Past commands, one at least, and the reserved word that must follow them.
    fn commands(&mut self, end: Token) -> Option<()> {
        (self.list()? == (end, true)).then_some(())
    }

    /// Past a list: what ended it, which is consumed but for `)`, and whether it had a command.
    #[inline(never)]
    fn list(&mut self) -> Option<(Token, bool)> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth < DEEPEST)?;
        let mut any = false;
        let end = loop {
            match self.lines() {
                b')' => break Token::Right,
                b';' => {
                    self.step();
                    self.expect(b';')?;
                    break self.leave()?;
                }
                0 => return None,
                _ => {}
            }
            if let Some(end) = self.command(true)? {
                break end;
            }
            any = true;
            // What follows the command; a loop where it is joined to another one.
            let end = loop {
                let pipe = match self.blanks() {
                    b'\n' => {
                        self.step();
                        break None;
                    }
                    b';' => {
                        self.step();
                        if self.accept(b';') {
                            break Some(self.leave()?);
                        }
                        break None;
                    }
                    b')' => break Some(Token::Right),
                    b'&' => {
                        self.step();
                        match self.byte() {
                            b'&' => false,
                            b'>' | b'\\' => return None,
                            _ => break None,
                        }
                    }
                    b'|' => {
                        self.step();
                        match self.byte() {
                            b'|' => false,
                            b'&' | b'\\' => return None,
                            _ => true,
                        }
                    }
                    0 | b'(' | b'<' | b'>' => return None,
                    // Behind a compound command, a word that closes another one.
                    _ => match self.command(true)? {
                        Some(end) => break Some(end),
                        None => return None,
                    },
                };
                if !pipe {
                    self.step();
                }
                if self.lines() == 0 || self.command(!pipe)?.is_some() {
                    return None;
                }
            };
            if let Some(end) = end {
                break end;
            }
        };
        self.depth = self.depth.wrapping_sub(1);
        Some((end, any))
    }

    /// Behind `;;`.
    fn leave(&mut self) -> Option<Token> {
        (!matches!(self.byte(), b'&' | b'\\')).then_some(Token::Leave)
    }

    /// Past a command at the position, or past a reserved word that closes something, which is given then. `first` in a
    /// pipeline, it may be negated.
    fn command(&mut self, first: bool) -> Option<Option<Token>> {
        match self.byte() {
            b'(' => {
                self.step();
                if self.byte() == b'(' || self.list()? != (Token::Right, true) {
                    return None;
                }
                self.step();
                return self.redirects();
            }
            b'<' | b'>' => {
                self.redirect()?;
                return self.simple(true);
            }
            b'&' | b'|' | b';' | b')' | b'\n' | 0 => return None,
            _ => {}
        }
        let begin = self.at;
        let plain = self.word()?;
        let token = if plain { self.token(begin) } else { Token::Word };
        match token {
            Token::Word => {
                let leads = self.assigns(begin)? || matches!(self.byte(), b'<' | b'>') && self.is_number(begin);
                return self.simple(leads);
            }
            Token::If => loop {
                self.commands(Token::Then)?;
                match self.list()? {
                    (Token::Elif, true) => {}
                    (Token::Else, true) => {
                        self.commands(Token::Fi)?;
                        break;
                    }
                    (Token::Fi, true) => break,
                    _ => return None,
                }
            },
            Token::While | Token::Until => {
                self.commands(Token::Do)?;
                self.commands(Token::Done)?;
            }
            Token::For => self.for_each()?,
            Token::Case => self.case()?,
            Token::Open => self.commands(Token::Close)?,
            Token::Bang if first => {
                self.blanks();
                return match self.command(false)? {
                    None => Some(None),
                    Some(_) => None,
                };
            }
            token if token.closes() => return Some(Some(token)),
            _ => return None,
        }
        self.redirects()
    }

    /// Past the redirections behind a compound command.
    fn redirects(&mut self) -> Option<Option<Token>> {
        loop {
            match self.blanks() {
                b'<' | b'>' => self.redirect()?,
                byte if byte.is_ascii_digit() => {
                    let begin = self.at;
                    self.word()?;
                    if self.at.wrapping_sub(begin) > 5 || !self.is_number(begin) || !matches!(self.byte(), b'<' | b'>')
                    {
                        return None;
                    }
                    self.redirect()?;
                }
                _ => return Some(None),
            }
        }
    }

    /// Whether the word from `begin` to the position is an assignment; None where it is one to an element, or may be.
    fn assigns(&self, begin: usize) -> Option<bool> {
        let text = self.text(begin);
        let after = text.iter().find(|byte| !in_name(**byte));
        match after.filter(|_| text.first().is_some_and(|byte| starts_name(*byte))) {
            Some(b'[') => None,
            Some(b'=' | b'+') => Some(true),
            _ => Some(false),
        }
    }

    /// Past the rest of a simple command, in which the next word may be an assignment or the name where `leads`.
    fn simple(&mut self, leads: bool) -> Option<Option<Token>> {
        let mut leads = leads;
        loop {
            match self.blanks() {
                b'\n' | b';' | b'&' | b'|' | b')' => return Some(None),
                b'(' | 0 => return None,
                b'<' | b'>' => self.redirect()?,
                _ => {
                    let begin = self.at;
                    let plain = self.word()?;
                    if leads {
                        leads = self.assigns(begin)?;
                        // Behind an assignment it may be a reserved word, which is none there, or a descriptor's number.
                        if plain && (self.token(begin) != Token::Word || self.is_number(begin)) {
                            return None;
                        }
                    }
                }
            }
        }
    }

    /// Past a redirection, from its operator on.
    fn redirect(&mut self) -> Option<()> {
        let first = self.byte();
        self.step();
        match (first, self.byte()) {
            (b'<', b'<' | b'(') | (b'>', b'(') => return None,
            (b'<', b'&' | b'>') | (b'>', b'>' | b'|' | b'&') => self.step(),
            _ => {}
        }
        if self.blanks() == b'{' {
            return None;
        }
        let begin = self.at;
        self.some_word()?;
        (!matches!(self.byte(), b'<' | b'>') || !self.is_number(begin)).then_some(())
    }

    /// Past a word that must be there; whether it is one plain literal.
    fn some_word(&mut self) -> Option<bool> {
        let begin = self.at;
        let plain = self.word()?;
        (self.at > begin).then_some(plain)
    }

    /// Past a word, which may be empty; whether it is one plain literal.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn word(&mut self) -> Option<bool> {
        let mut plain = true;
        loop {
            let byte = self.fast_byte();
            let kind = class(byte);
            if kind & (LOOK | ITSELF) != LOOK {
                if byte == 0 {
                    return Some(plain);
                }
                self.step();
                continue;
            }
            if kind & END != 0 {
                // `a(`, `<(`: a function, a pattern, a list, a process.
                let next = || self.input.bytes.get(self.at.wrapping_add(1));
                let opens = byte == b'(' || matches!(byte, b'<' | b'>') && next().is_none_or(|next| *next == b'(');
                return (!opens).then_some(plain);
            }
            plain = false;
            self.special(byte, false)?;
        }
    }

    /// Past what a quote, a dollar or a backslash begins.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn special(&mut self, byte: u8, quoted: bool) -> Option<()> {
        self.step();
        match byte {
            b'\'' => self.single_quotes(),
            b'"' => self.double_quotes(),
            b'$' => self.dollar(quoted),
            b'\\' if !matches!(self.byte(), b'\n' | 0) => {
                self.step();
                Some(())
            }
            _ => None,
        }
    }

    fn single_quotes(&mut self) -> Option<()> {
        loop {
            match self.fast_byte() {
                b'\'' => break,
                0 => return None,
                _ => self.step(),
            }
        }
        self.step();
        Some(())
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn double_quotes(&mut self) -> Option<()> {
        loop {
            match self.fast_byte() {
                b'"' => break,
                byte @ (b'$' | b'\\' | b'`') => self.special(byte, true)?,
                0 => return None,
                _ => self.step(),
            }
        }
        self.step();
        Some(())
    }

    /// Behind `$`.
    fn dollar(&mut self, quoted: bool) -> Option<()> {
        match self.byte() {
            b'(' => {
                self.step();
                if self.byte() == b'(' {
                    return self.arithmetic();
                }
                let (end, _) = self.list()?;
                if end != Token::Right {
                    return None;
                }
                self.step();
            }
            b'{' => {
                self.step();
                return self.braces(quoted);
            }
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9' => self.step(),
            b'\'' | b'"' if !quoted => return None,
            b'\\' | 0 => return None,
            byte if starts_name(byte) => return self.name(),
            _ => {}
        }
        Some(())
    }

    /// Past the letters of a name, which must not go on in the next line.
    fn name(&mut self) -> Option<()> {
        while in_name(self.byte()) {
            self.step();
        }
        (self.byte() != b'\\').then_some(())
    }

    /// `$((…))` from its second parenthesis on.
    fn arithmetic(&mut self) -> Option<()> {
        self.step();
        let mut open = 0u32;
        loop {
            let byte = self.byte();
            match byte {
                b'(' => open = open.wrapping_add(1),
                b')' if open > 0 => open = open.wrapping_sub(1),
                b')' => break,
                b'$' => {
                    self.special(byte, true)?;
                    continue;
                }
                b'\'' | b'"' | b'\\' | b'`' | 0 => return None,
                _ => {}
            }
            self.step();
        }
        self.step();
        self.expect(b')')
    }

    /// Behind `${`.
    fn braces(&mut self, quoted: bool) -> Option<()> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth < DEEPEST)?;
        let length = self.accept(b'#');
        match self.byte() {
            byte if starts_name(byte) => self.name()?,
            b'0'..=b'9' => {
                while self.byte().is_ascii_digit() {
                    self.step();
                }
            }
            b'@' | b'*' | b'?' | b'$' | b'-' if !length => self.step(),
            b'}' if length => {}
            _ => return None,
        }
        match self.byte() {
            b'}' => {}
            _ if length => return None,
            byte @ (b'#' | b'%') => {
                self.step();
                self.accept(byte);
                self.inside(false)?;
            }
            byte => {
                if byte == b':' {
                    self.step();
                }
                if !matches!(self.byte(), b'-' | b'=' | b'?' | b'+') {
                    return None;
                }
                self.step();
                self.inside(quoted)?;
            }
        }
        self.depth = self.depth.wrapping_sub(1);
        self.expect(b'}')
    }

    /// Past the word in `${x-word}`, up to its brace.
    fn inside(&mut self, quoted: bool) -> Option<()> {
        loop {
            match self.byte() {
                b'}' => return Some(()),
                b'\'' if quoted && self.input.bytes.get(self.at.wrapping_sub(1)) == Some(&b'$') => return None,
                b'\'' if quoted => self.step(),
                b'"' if quoted => return None,
                byte @ (b'\'' | b'"' | b'$' | b'\\' | b'`') => self.special(byte, quoted)?,
                0 => return None,
                _ => self.step(),
            }
        }
    }

    /// Behind `for`.
    fn for_each(&mut self) -> Option<()> {
        self.blanks();
        let begin = self.at;
        if !self.word()? || !is_name(self.text(begin)) {
            return None;
        }
        let mut token = None;
        if self.blanks() == b';' {
            self.step();
        } else {
            self.lines();
            token = Some(self.reserved()?);
            if token == Some(Token::In) {
                loop {
                    match self.blanks() {
                        b';' | b'\n' => break,
                        b'&' | b'|' | b'<' | b'>' | b'(' | b')' | 0 => return None,
                        _ => self.word()?,
                    };
                }
                self.step();
                token = None;
            }
        }
        if token.is_none() {
            self.lines();
            token = Some(self.reserved()?);
        }
        if token != Some(Token::Do) {
            return None;
        }
        self.commands(Token::Done)
    }

    /// Past a word, and which reserved one it is.
    fn reserved(&mut self) -> Option<Token> {
        let begin = self.at;
        self.some_word()?.then(|| self.token(begin))
    }

    /// The text from `begin` to the position.
    #[inline(always)]
    fn text(&self, begin: usize) -> &[u8] {
        self.input.bytes.get(begin..self.at).unwrap_or_default()
    }

    /// What the plain word from `begin` on is.
    fn token(&self, begin: usize) -> Token {
        match word_token(self.text(begin)) {
            Token::Declares | Token::Leads => Token::Word,
            token => token,
        }
    }

    /// Whether that word is a number.
    fn is_number(&self, begin: usize) -> bool {
        self.text(begin).iter().all(u8::is_ascii_digit)
    }

    /// Behind `case`.
    fn case(&mut self) -> Option<()> {
        self.blanks();
        self.some_word()?;
        self.lines();
        if self.reserved()? != Token::In {
            return None;
        }
        loop {
            let opened = self.lines() == b'(';
            if opened {
                self.step();
                self.blanks();
            }
            let begin = self.at;
            let plain = self.some_word()?;
            if plain && !opened && self.token(begin) == Token::Esac {
                return Some(());
            }
            while self.blanks() == b'|' {
                self.step();
                self.blanks();
                self.some_word()?;
            }
            self.expect(b')')?;
            match self.list()? {
                (Token::Leave, _) => {}
                (Token::Esac, _) => return Some(()),
                _ => return None,
            }
        }
    }
}
