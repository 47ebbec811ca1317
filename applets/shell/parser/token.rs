//! token - operators, newlines, words; comments, line continuations, aliases.

use super::{Parsed, Parser};
use crate::exec::redirect::descriptor;
use crate::names::{is_name, starts_name};
use crate::tree::Word;

/// What kind of token is next; what it holds is in the parser. Reserved words are words too: what they stand for depends on
/// the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    End,
    Newline,
    /// A number directly before `<` or `>`.
    Io,
    /// `a[i]=x`
    Assignment,
    /// Any other word.
    Word,
    /// The name of a command that declares variables; and of one that only leads up to it: `command export …`.
    Declares,
    Leads,
    // Reserved words; those that close something first.
    Then,
    Else,
    Elif,
    Fi,
    Do,
    Done,
    Esac,
    Close,
    If,
    While,
    Until,
    For,
    Select,
    Case,
    In,
    Open,
    Function,
    Time,
    OpenCondition,
    CloseCondition,
    Bang,
    // Operators that redirect.
    HereString,
    HereStrip,
    BothAppend,
    Here,
    Append,
    ReadFrom,
    WriteTo,
    ReadWrite,
    Clobber,
    Both,
    Read,
    Write,
    // The other ones.
    Match,
    And,
    Or,
    Leave,
    Fall,
    PipeBoth,
    Pipe,
    Background,
    Semicolon,
    Left,
    Right,
}

/// Reserved words and names that the grammar knows, the shortest first.
const RESERVED: [(&[u8], Token); 28] = [
    (b"{", Token::Open),
    (b"}", Token::Close),
    (b"!", Token::Bang),
    (b"if", Token::If),
    (b"fi", Token::Fi),
    (b"do", Token::Do),
    (b"in", Token::In),
    (b"[[", Token::OpenCondition),
    (b"]]", Token::CloseCondition),
    (b"for", Token::For),
    (b"then", Token::Then),
    (b"else", Token::Else),
    (b"elif", Token::Elif),
    (b"done", Token::Done),
    (b"esac", Token::Esac),
    (b"case", Token::Case),
    (b"time", Token::Time),
    (b"while", Token::While),
    (b"until", Token::Until),
    (b"local", Token::Declares),
    (b"select", Token::Select),
    (b"export", Token::Declares),
    (b"declare", Token::Declares),
    (b"typeset", Token::Declares),
    (b"command", Token::Leads),
    (b"builtin", Token::Leads),
    (b"function", Token::Function),
    (b"readonly", Token::Declares),
];

/// Where those of each length begin, from 0 bytes to 8, and what comes after.
const BY_LENGTH: [usize; 10] = [0, 0, 3, 9, 10, 17, 20, 22, 26, 28];

/// The operators' texts, in the order of their tokens.
const OPERATORS: &str = "<<< <<- &>> << >> <& >& <> >| &> < > ;;& && || ;; ;& |& | & ; ( )";

/// A short text as a number, which compares at once.
const fn packed(mut text: &[u8]) -> u64 {
    let mut number = 0;
    while let Some((first, rest)) = text.split_first() {
        number = number << 8 | *first as u64;
        text = rest;
    }
    number
}

/// The texts of a table as numbers.
const fn pack<const N: usize>(table: &[(&[u8], Token); N]) -> [u64; N] {
    let mut numbers = [0; N];
    let mut left: &mut [u64] = &mut numbers;
    let mut texts: &[(&[u8], Token)] = table;
    while let (Some((number, after)), Some((text, rest))) = (left.split_first_mut(), texts.split_first()) {
        *number = packed(text.0);
        left = after;
        texts = rest;
    }
    numbers
}

/// Their tokens.
const fn tokens<const N: usize>(table: &[(&[u8], Token); N]) -> [Token; N] {
    let mut tokens = [Token::Word; N];
    let mut left: &mut [Token] = &mut tokens;
    let mut texts: &[(&[u8], Token)] = table;
    while let (Some((token, after)), Some((text, rest))) = (left.split_first_mut(), texts.split_first()) {
        *token = text.1;
        left = after;
        texts = rest;
    }
    tokens
}

static PACKED_RESERVED: [u64; RESERVED.len()] = pack(&RESERVED);
static TOKENS: [Token; RESERVED.len()] = tokens(&RESERVED);

impl Token {
    /// Whether it is a word, reserved or not.
    pub(super) fn is_word(self) -> bool {
        (Token::Word as u8..=Token::Bang as u8).contains(&(self as u8))
    }

    /// Whether it is a word that closes something where a command could begin.
    pub(super) fn closes(self) -> bool {
        (Token::Then as u8..=Token::Close as u8).contains(&(self as u8))
    }

    /// Whether a redirection begins.
    pub(super) fn redirects(self) -> bool {
        self == Token::Io || (Token::HereString as u8..=Token::Write as u8).contains(&(self as u8))
    }

    /// An operator's text.
    pub(super) fn text(self) -> &'static [u8] {
        let place = usize::from(self as u8).checked_sub(usize::from(Token::HereString as u8));
        let texts = base::bytes::split(OPERATORS.as_bytes(), b' ');
        place.and_then(|place| texts.get(place).copied()).unwrap_or_default()
    }
}

/// The token of a word that is this literal.
#[cfg_attr(speed_marks, optimize(speed))]
pub(super) fn word_token(text: &[u8]) -> Token {
    let Some([start, end, ..]) = BY_LENGTH.get(text.len()..).and_then(|rest| rest.first_chunk::<2>()) else {
        return Token::Word;
    };
    let number = packed(text);
    match PACKED_RESERVED.get(*start..*end).unwrap_or_default().iter().position(|reserved| *reserved == number) {
        Some(at) => TOKENS.get(start.wrapping_add(at)).copied().unwrap_or(Token::Word),
        None => Token::Word,
    }
}

impl Parser<'_> {
    /// The byte at the position, past line continuations; None at the end.
    #[inline]
    pub(super) fn byte(&mut self) -> Option<u8> {
        match self.input.bytes.get(self.input.position) {
            Some(byte) if *byte != b'\\' => Some(*byte),
            _ => self.far_byte(),
        }
    }

    #[inline(never)]
    fn far_byte(&mut self) -> Option<u8> {
        loop {
            match self.raw(0) {
                Some(b'\\') if self.raw(1) == Some(b'\n') => {
                    self.input.position = self.input.position.saturating_add(2);
                    self.input.line = self.input.line.saturating_add(1);
                }
                byte => return byte,
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
    #[inline]
    pub(super) fn peek(&mut self, command: bool) -> Parsed<Token> {
        match self.ahead {
            Some(token) => Ok(token),
            None => self.lex(command),
        }
    }

    /// Takes the token that was looked at.
    #[inline]
    pub(super) fn take(&mut self) {
        self.ahead = None;
    }

    /// Takes the word that was looked at.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub(super) fn take_word(&mut self) -> Word {
        self.ahead = None;
        core::mem::take(&mut self.word)
    }

    /// Whether the next token is this one, which is taken then.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn accept_token(&mut self, token: Token, command: bool) -> Parsed<bool> {
        let found = self.peek(command)? == token;
        if found {
            self.take();
        }
        Ok(found)
    }

    /// Reads the next token.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn lex(&mut self, command: bool) -> Parsed<Token> {
        let token = self.next_token(command)?;
        self.ahead = Some(token);
        Ok(token)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn next_token(&mut self, command: bool) -> Parsed<Token> {
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
                    if !self.pending.is_empty() {
                        self.read_heredocs()?;
                    }
                    return Ok(Token::Newline);
                }
                b'<' | b'>' if self.raw(1) == Some(b'(') => {}
                b'&' | b'|' | b';' | b'<' | b'>' | b'(' | b')' => return Ok(self.operator(byte)),
                _ => {}
            }
            let blank_alias = self.blank_alias_end.is_some_and(|end| end <= self.start);
            if blank_alias {
                self.blank_alias_end = None;
            }
            let found = match byte {
                b'[' if self.in_list => self.listed_element()?,
                _ if command && starts_name(byte) => self.element_assignment()?,
                _ => false,
            };
            if found {
                return Ok(Token::Assignment);
            }
            self.read_word()?;
            let Some(text) = self.word.literal() else { return Ok(Token::Word) };
            if text.first().is_some_and(u8::is_ascii_digit)
                && text.iter().all(u8::is_ascii_digit)
                && let Some(number) = descriptor(text)
                && matches!(self.byte(), Some(b'<' | b'>'))
            {
                self.number = number;
                return Ok(Token::Io);
            }
            let text = self.word.literal().unwrap_or_default();
            if self.known.dialect.bash
                && let Some(name) = text.strip_prefix(b"{").and_then(|text| text.strip_suffix(b"}"))
                && is_name(name)
                && matches!(self.input.bytes.get(self.input.position), Some(b'<' | b'>'))
            {
                self.variable = Some(self.known.names.intern(name));
                return Ok(Token::Io);
            }
            command |= blank_alias;
            if command && !self.known.aliases.is_empty() && self.substitute_alias() {
                continue;
            }
            return Ok(self.word.literal().map_or(Token::Word, word_token));
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

    /// The operator that begins with `first`, which is at the position; the longest one there is.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn operator(&mut self, first: u8) -> Token {
        self.skip();
        let (doubled, alone) = match first {
            b'(' => return Token::Left,
            b')' => return Token::Right,
            b';' => (Token::Leave, Token::Semicolon),
            b'&' => (Token::And, Token::Background),
            b'|' => (Token::Or, Token::Pipe),
            b'<' => (Token::Here, Token::Read),
            _ => (Token::Append, Token::Write),
        };
        // Continuation lines may split an operator: each byte is looked for behind them.
        let second = self.byte().unwrap_or(b'\n');
        let two = match (first, second) {
            _ if first == second => doubled,
            (b';', b'&') => Token::Fall,
            (b'&', b'>') => Token::Both,
            (b'|', b'&') => Token::PipeBoth,
            (b'<', b'&') => Token::ReadFrom,
            (b'<', b'>') => Token::ReadWrite,
            (b'>', b'&') => Token::WriteTo,
            (b'>', b'|') => Token::Clobber,
            _ => return alone,
        };
        self.skip();
        let (third, three) = match two {
            Token::Leave => (b'&', Token::Match),
            Token::Both => (b'>', Token::BothAppend),
            Token::Here if self.accept(b'-') => return Token::HereStrip,
            Token::Here => (b'<', Token::HereString),
            _ => return two,
        };
        if self.accept(third) { three } else { two }
    }

    /// Puts an alias's value in the place of the word just read; false where it is no alias, or its own text is being read.
    #[inline(never)]
    fn substitute_alias(&mut self) -> bool {
        let name = self.word.literal().unwrap_or_default();
        let Some((_, value)) = self.known.aliases.iter().find(|(alias, _)| **alias == *name) else { return false };
        let start = self.start;
        // Those inside of others end before them, or with them.
        while self.expanding.last().is_some_and(|(_, end)| *end <= start) {
            self.expanding.pop();
        }
        if self.expanding.iter().any(|(alias, _)| **alias == *name) {
            return false;
        }
        let old = self.input.position;
        let end = start.saturating_add(value.len());
        if self.input.bytes.get(start..old).is_none() {
            return false;
        }
        let rest = self.input.bytes.split_off(old);
        self.input.bytes.truncate(start);
        self.input.bytes.extend_from_slice(value);
        self.input.bytes.extend_from_slice(&rest);
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
