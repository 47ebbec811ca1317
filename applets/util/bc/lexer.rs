//! From lines to tokens. A line is read when the one before is used up, so that `read()` finds the line behind the statement.

use base::io::Input;
use base::{Context, Result};

/// A word of the language.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Auto,
    Break,
    Continue,
    Define,
    Else,
    For,
    Halt,
    Ibase,
    If,
    Last,
    Length,
    Limits,
    Obase,
    Print,
    Quit,
    Read,
    Return,
    Scale,
    Sqrt,
    Warranty,
    While,
}

const WORDS: [(&[u8], Word); 21] = [
    (b"auto", Word::Auto),
    (b"break", Word::Break),
    (b"continue", Word::Continue),
    (b"define", Word::Define),
    (b"else", Word::Else),
    (b"for", Word::For),
    (b"halt", Word::Halt),
    (b"ibase", Word::Ibase),
    (b"if", Word::If),
    (b"last", Word::Last),
    (b"length", Word::Length),
    (b"limits", Word::Limits),
    (b"obase", Word::Obase),
    (b"print", Word::Print),
    (b"quit", Word::Quit),
    (b"read", Word::Read),
    (b"return", Word::Return),
    (b"scale", Word::Scale),
    (b"sqrt", Word::Sqrt),
    (b"warranty", Word::Warranty),
    (b"while", Word::While),
];

/// A token.
#[derive(Clone, PartialEq, Eq)]
pub enum Token {
    End,
    Newline,
    /// Digits, perhaps with a point among them.
    Number(Vec<u8>),
    Name(Vec<u8>),
    /// What stands between quotes.
    Text(Vec<u8>),
    Word(Word),
    /// One or two characters; the second is 0 where there is one.
    Sign(u8, u8),
}

/// A program text on its way to tokens.
pub struct Lexer {
    input: Input,
    /// What messages call the text.
    pub name: Vec<u8>,
    /// The number of the line that was read last.
    pub number: u64,
    line: Vec<u8>,
    at: usize,
    /// The current token.
    pub token: Token,
}

impl Lexer {
    pub fn new(input: Input, name: &[u8]) -> Lexer {
        Lexer { input, name: name.to_vec(), number: 0, line: Vec::new(), at: 0, token: Token::Newline }
    }

    /// The input, when the text is over or must wait.
    pub fn into_input(self) -> Input {
        self.input
    }

    /// Reads the next line; false at the end.
    fn refill(&mut self, cx: &mut Context) -> Result<bool> {
        self.line.clear();
        self.at = 0;
        if self.input.buffered().is_empty() {
            // Somebody may be waiting for the answer before the next question.
            cx.stdout.finish()?;
        }
        match self.input.line(b'\n')? {
            Some(line) => self.line.extend_from_slice(line),
            None => return Ok(false),
        }
        self.number += 1;
        Ok(true)
    }

    /// A line for `read()`, from the text itself.
    pub fn read_line(&mut self, cx: &mut Context) -> Result<Option<Vec<u8>>> {
        let (line, at) = (core::mem::take(&mut self.line), self.at);
        let found = self.refill(cx)?;
        let answer = core::mem::replace(&mut self.line, line);
        self.at = at;
        Ok(found.then_some(answer))
    }

    /// Forgets the rest of the line, after an error in it.
    pub fn skip_line(&mut self) {
        self.at = self.line.len();
        self.token = Token::Newline;
    }

    fn peek(&self) -> u8 {
        self.line.get(self.at).copied().unwrap_or(0)
    }

    /// Goes on to the next token.
    pub fn advance(&mut self, cx: &mut Context) -> Result<()> {
        self.token = self.next(cx)?;
        Ok(())
    }

    fn next(&mut self, cx: &mut Context) -> Result<Token> {
        loop {
            let Some(byte) = self.line.get(self.at).copied() else {
                if self.refill(cx)? {
                    continue;
                }
                return Ok(Token::End);
            };
            match byte {
                b'0'..=b'9' | b'A'..=b'Z' | b'.' => return self.number(cx),
                b'a'..=b'z' => {
                    let rest = self.line.get(self.at..).unwrap_or_default();
                    let length = rest
                        .iter()
                        .position(|byte| !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
                        .unwrap_or(rest.len());
                    let name = rest.get(..length).unwrap_or_default();
                    let word = WORDS.iter().find(|(word, _)| *word == name);
                    let token = word.map_or_else(|| Token::Name(name.to_vec()), |(_, word)| Token::Word(*word));
                    self.at += length;
                    return Ok(token);
                }
                _ => {}
            }
            self.at += 1;
            let next = self.peek();
            match byte {
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {}
                b'\n' => return Ok(Token::Newline),
                b'\\' if next == b'\n' => self.at += 1,
                b'#' => {
                    let rest = self.line.get(self.at..).unwrap_or_default();
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                b'"' => return Ok(self.until(cx, b"\"")?.map_or(Token::Sign(b'"', 0), Token::Text)),
                b'/' if next == b'*' => {
                    self.at += 1;
                    if self.until(cx, b"*/")?.is_none() {
                        return Ok(Token::Sign(b'/', b'*'));
                    }
                }
                _ => {
                    let double = match byte {
                        b'=' | b'<' | b'>' | b'!' | b'*' | b'/' | b'%' | b'^' => next == b'=',
                        b'+' | b'-' => next == b'=' || next == byte,
                        b'&' | b'|' => next == byte,
                        _ => false,
                    };
                    self.at += usize::from(double);
                    return Ok(Token::Sign(byte, if double { next } else { 0 }));
                }
            }
        }
    }

    /// What stands before `end`, over as many lines as it takes; None where the text ends first.
    fn until(&mut self, cx: &mut Context, end: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut text = Vec::new();
        loop {
            let rest = self.line.get(self.at..).unwrap_or_default();
            if let Some(length) = base::bytes::find(rest, end) {
                text.extend_from_slice(rest.get(..length).unwrap_or_default());
                self.at += length + end.len();
                return Ok(Some(text));
            }
            text.extend_from_slice(rest);
            if !self.refill(cx)? {
                return Ok(None);
            }
        }
    }

    /// A number, or the point alone, which is `last`.
    #[inline(never)]
    fn number(&mut self, cx: &mut Context) -> Result<Token> {
        let mut digits = Vec::new();
        let mut point = false;
        loop {
            match self.peek() {
                byte @ (b'0'..=b'9' | b'A'..=b'Z') => digits.push(byte),
                b'.' if !point => {
                    point = true;
                    digits.push(b'.');
                }
                b'\\' if self.line.get(self.at + 1) == Some(&b'\n') => {
                    if !self.refill(cx)? {
                        break;
                    }
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        Ok(if digits == b"." { Token::Word(Word::Last) } else { Token::Number(digits) })
    }
}
