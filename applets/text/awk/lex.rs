//! The program's text as tokens. A slash begins a pattern where the parser says so.

use super::builtin::{self, Builtin};
use base::error::{Error, Result};
use base::number::push_u64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    End,
    Newline,
    LeftBrace,
    RightBrace,
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Semicolon,
    Comma,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Caret,
    Not,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    EqualEqual,
    NotEqual,
    Match,
    NoMatch,
    And,
    Or,
    Question,
    Colon,
    Assign,
    AddAssign,
    SubAssign,
    MulAssign,
    DivAssign,
    ModAssign,
    PowAssign,
    Increment,
    Decrement,
    Dollar,
    Pipe,
    BothWays,
    Append,
    At,
    Number,
    Text,
    Name,
    /// A name with `(` directly behind it.
    FunctionName,
    Builtin(Builtin),
    Function,
    BeginRule,
    EndRule,
    BeginFile,
    EndFile,
    If,
    Else,
    While,
    For,
    Do,
    Break,
    Continue,
    Next,
    NextFile,
    Exit,
    Return,
    Delete,
    In,
    Getline,
    Print,
    Printf,
    Switch,
    Case,
    Default,
}

const KEYWORDS: &[(&str, Token)] = &[
    ("BEGIN", Token::BeginRule),
    ("BEGINFILE", Token::BeginFile),
    ("END", Token::EndRule),
    ("ENDFILE", Token::EndFile),
    ("break", Token::Break),
    ("case", Token::Case),
    ("continue", Token::Continue),
    ("default", Token::Default),
    ("delete", Token::Delete),
    ("do", Token::Do),
    ("else", Token::Else),
    ("exit", Token::Exit),
    ("for", Token::For),
    ("func", Token::Function),
    ("function", Token::Function),
    ("getline", Token::Getline),
    ("if", Token::If),
    ("in", Token::In),
    ("next", Token::Next),
    ("nextfile", Token::NextFile),
    ("print", Token::Print),
    ("printf", Token::Printf),
    ("return", Token::Return),
    ("switch", Token::Switch),
    ("while", Token::While),
];

/// The longest operators first.
const OPERATORS: &[(&str, Token)] = &[
    ("**=", Token::PowAssign),
    ("**", Token::Caret),
    ("^=", Token::PowAssign),
    ("+=", Token::AddAssign),
    ("-=", Token::SubAssign),
    ("*=", Token::MulAssign),
    ("/=", Token::DivAssign),
    ("%=", Token::ModAssign),
    ("++", Token::Increment),
    ("--", Token::Decrement),
    (">>", Token::Append),
    (">=", Token::GreaterEqual),
    ("<=", Token::LessEqual),
    ("==", Token::EqualEqual),
    ("!=", Token::NotEqual),
    ("!~", Token::NoMatch),
    ("&&", Token::And),
    ("||", Token::Or),
    ("|&", Token::BothWays),
    ("{", Token::LeftBrace),
    ("}", Token::RightBrace),
    ("(", Token::LeftParen),
    (")", Token::RightParen),
    ("[", Token::LeftBracket),
    ("]", Token::RightBracket),
    (";", Token::Semicolon),
    (",", Token::Comma),
    ("+", Token::Plus),
    ("-", Token::Minus),
    ("*", Token::Star),
    ("/", Token::Slash),
    ("%", Token::Percent),
    ("^", Token::Caret),
    ("!", Token::Not),
    (">", Token::Greater),
    ("<", Token::Less),
    ("~", Token::Match),
    ("?", Token::Question),
    (":", Token::Colon),
    ("=", Token::Assign),
    ("$", Token::Dollar),
    ("|", Token::Pipe),
    ("@", Token::At),
];

/// The program's text, put together from its sources.
#[derive(Default)]
pub struct Text {
    pub bytes: Vec<u8>,
    /// Where each source begins (or goes on, behind one that it includes): offset, name, number of its first line there.
    pub parts: Vec<(usize, Vec<u8>, u64)>,
    /// Whether messages go to a terminal.
    pub for_person: bool,
}

impl Text {
    /// Adds a source, or more of one.
    pub fn add(&mut self, name: &[u8], line: u64, bytes: &[u8]) {
        self.parts.push((self.bytes.len(), name.to_vec(), line));
        self.bytes.extend_from_slice(bytes);
        if !bytes.ends_with(b"\n") {
            self.bytes.push(b'\n');
        }
    }

    /// An error at a place in the text: `source:line: what`.
    pub fn error(&self, at: usize, what: &[u8]) -> Error {
        let part = self.parts.iter().rev().find(|part| part.0 <= at);
        let mut text = Vec::new();
        if let Some((start, name, first)) = part {
            text.extend_from_slice(name);
            text.push(b':');
            let before = self.bytes.get(*start..at).unwrap_or_default();
            let lines = before.iter().filter(|byte| **byte == b'\n').count() as u64;
            push_u64(&mut text, first.saturating_add(lines));
            text.extend_from_slice(b": ");
        }
        text.extend_from_slice(what);
        Error::message(text).with_status(1)
    }
}

/// A constant that begins with a 0 and has octal digits alone, as gawk and BusyBox read it: its value and length.
fn octal(text: &[u8]) -> Option<(f64, usize)> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit() || b".eE".contains(byte)).count();
    let digits = text.get(..length)?;
    let is_octal = digits.starts_with(b"0") && digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
    is_octal.then(|| (digits.iter().fold(0.0, |value, digit| value * 8.0 + f64::from(digit - b'0')), length))
}

pub struct Lexer<'a> {
    pub text: &'a Text,
    /// Where the next token is looked for.
    pub at: usize,
    /// Where the current token begins.
    pub start: usize,
    /// The current token's string, name or pattern.
    pub string: Vec<u8>,
    pub number: f64,
}

impl<'a> Lexer<'a> {
    pub fn new(text: &'a Text) -> Lexer<'a> {
        Lexer { text, at: 0, start: 0, string: Vec::new(), number: 0.0 }
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.bytes.get(self.at..).unwrap_or_default()
    }

    fn error(&self, what: &str) -> Error {
        self.text.error(self.start, what.as_bytes())
    }

    /// Skips blanks, comments and continued lines.
    fn skip(&mut self) {
        loop {
            match self.byte(0) {
                b' ' | b'\t' | b'\r' | 12 => self.at += 1,
                b'\\' if self.byte(1) == b'\n' => self.at += 2,
                b'\\' if self.byte(1) == b'\r' && self.byte(2) == b'\n' => self.at += 3,
                b'#' => self.at += self.rest().iter().position(|byte| *byte == b'\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    pub fn next(&mut self) -> Result<Token> {
        self.skip();
        self.start = self.at;
        let Some(first) = self.rest().first().copied() else { return Ok(Token::End) };
        match first {
            b'\n' => {
                self.at += 1;
                Ok(Token::Newline)
            }
            b'"' => {
                self.at += 1;
                self.string()?;
                Ok(Token::Text)
            }
            b'0'..=b'9' => Ok(self.number()),
            b'.' if self.byte(1).is_ascii_digit() => Ok(self.number()),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Ok(self.word()),
            _ => {
                for (text, token) in OPERATORS {
                    if self.rest().starts_with(text.as_bytes()) {
                        self.at += text.len();
                        return Ok(*token);
                    }
                }
                Err(self.error("syntax error: a character that no program has"))
            }
        }
    }

    fn number(&mut self) -> Token {
        let rest = self.rest();
        let is_hex = matches!(rest, [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit());
        let (value, length) = if is_hex {
            let digits = rest.iter().skip(2).take_while(|byte| byte.is_ascii_hexdigit()).count();
            base::float::parse(rest.get(..digits + 2).unwrap_or_default())
        } else {
            octal(rest).unwrap_or_else(|| super::value::decimal(rest))
        };
        self.number = value;
        self.at += length.max(1);
        Token::Number
    }

    fn word(&mut self) -> Token {
        let rest = self.rest();
        let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        let word = rest.get(..length).unwrap_or_default();
        self.at += length;
        if let Some((_, token)) = KEYWORDS.iter().find(|keyword| keyword.0.as_bytes() == word) {
            return *token;
        }
        if let Some(builtin) = builtin::find(word) {
            return Token::Builtin(builtin);
        }
        self.string = word.to_vec();
        if self.byte(0) == b'(' { Token::FunctionName } else { Token::Name }
    }

    /// A string, behind its opening quote.
    fn string(&mut self) -> Result<()> {
        let mut out = Vec::new();
        loop {
            let Some(byte) = self.rest().first().copied() else { return Err(self.error("unterminated string")) };
            self.at += 1;
            match byte {
                b'"' => break,
                b'\n' => return Err(self.error("unterminated string")),
                b'\\' => self.escape(&mut out)?,
                _ => out.push(byte),
            }
        }
        self.string = out;
        Ok(())
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let rest = self.rest();
        match rest {
            [] => return Err(self.error("unterminated string")),
            [b'\n', ..] => self.at += 1,
            [b'\r', b'\n', ..] => self.at += 2,
            [b'/', ..] => {
                out.push(b'/');
                self.at += 1;
            }
            _ => {
                let length = escape(rest, out);
                if length == 0 {
                    // POSIX leaves it open; kept, "\." means in a dynamic pattern what was meant.
                    out.push(b'\\');
                }
                self.at += length;
            }
        }
        Ok(())
    }

    /// A pattern, behind its opening slash (which may have been read as part of `/=`).
    pub fn regex(&mut self) -> Result<()> {
        self.at = self.start + 1;
        let mut out = Vec::new();
        let mut brackets = false;
        loop {
            let Some(byte) = self.rest().first().copied().filter(|byte| *byte != b'\n') else {
                return Err(self.error("unterminated pattern"));
            };
            self.at += 1;
            match byte {
                b'/' if !brackets => break,
                b'\\' => match self.byte(0) {
                    b'/' => {
                        out.push(b'/');
                        self.at += 1;
                    }
                    b'\n' => self.at += 1,
                    0 => {}
                    next => {
                        out.extend([b'\\', next]);
                        self.at += 1;
                    }
                },
                b'[' if !brackets => {
                    brackets = true;
                    out.push(byte);
                    // A `]` at the beginning is a member.
                    if self.byte(0) == b'^' {
                        out.push(b'^');
                        self.at += 1;
                    }
                    if self.byte(0) == b']' {
                        out.push(b']');
                        self.at += 1;
                    }
                }
                b'[' if matches!(self.byte(0), b':' | b'.' | b'=') => {
                    let kind = self.byte(0);
                    let rest = self.rest();
                    let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                    let end = rest.get(1..line).unwrap_or_default().windows(2).position(|pair| pair == [kind, b']']);
                    let length = end.map_or(0, |end| end + 3);
                    out.push(byte);
                    out.extend_from_slice(rest.get(..length).unwrap_or_default());
                    self.at += length;
                }
                b']' => {
                    brackets = false;
                    out.push(byte);
                }
                _ => out.push(byte),
            }
        }
        self.string = out;
        Ok(())
    }
}

/// Adds what an escape means, from behind its backslash; gives its length, 0 for one that means nothing.
pub fn escape(text: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(first) = text.first() else { return 0 };
    if let Some(byte) = base::echo::letter(*first) {
        out.push(byte);
        return 1;
    }
    let plain = match first {
        b'"' | b'\\' => *first,
        b'0'..=b'7' => {
            let digits = text.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
            let value = text.iter().take(digits).fold(0u32, |value, digit| value * 8 + u32::from(digit - b'0'));
            out.push((value & 255) as u8);
            return digits;
        }
        b'x' | b'u' => {
            let most = if *first == b'x' { 2 } else { 8 };
            let digits = text.iter().skip(1).take(most).take_while(|byte| byte.is_ascii_hexdigit()).count();
            if digits == 0 {
                return 0;
            }
            let hex = text.get(1..=digits).unwrap_or_default();
            let value = base::number::digits(hex, 16).0.unwrap_or(0);
            if *first == b'x' {
                out.push((value & 255) as u8);
            } else {
                super::value::push_char(out, value);
            }
            return digits + 1;
        }
        _ => return 0,
    };
    out.push(plain);
    1
}
