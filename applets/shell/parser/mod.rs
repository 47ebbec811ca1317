//! parser - from text to tree: POSIX's grammar, read by recursive descent.
//!
//! Words are taken apart while they are read (`word`, `dollar`), here-documents when their line ends (`heredoc`).

mod array;
mod command;
mod compound;
mod dollar;
mod heredoc;
mod skim;
mod token;
mod word;

#[cfg(test)]
mod tests;

use crate::input::Input;
use crate::names::{Names, Sym};
use crate::stack::Stack;
use crate::tree::{AndOr, Assignment, Command, List, Word};
use heredoc::Pending;
use token::Token;

/// Aliases: name and value, in no order.
pub type Aliases = Vec<(Box<[u8]>, Box<[u8]>)>;

/// What the parser needs to know of the shell.
pub struct Known<'a> {
    pub names: &'a mut Names,
    pub aliases: &'a Aliases,
    pub stack: Stack,
    pub dialect: Dialect,
}

/// What the grammar depends on.
#[derive(Clone, Copy, Default, Debug)]
pub struct Dialect {
    /// The shell was called `bash`: `select`, `$"…"`.
    pub bash: bool,
    /// Braces are expanded.
    pub braces: bool,
    /// `@(…)` and its like are patterns.
    pub extglob: bool,
}

/// A syntax error.
#[derive(Debug)]
pub struct SyntaxError {
    /// Where it was found.
    pub line: u32,
    /// What was wrong, without `syntax error: `.
    pub text: Vec<u8>,
}

type Parsed<T> = Result<T, Box<SyntaxError>>;

/// The state of reading one complete command, or a whole string. Its fields stay in this order, as those of the shell do.
#[repr(C)]
pub struct Parser<'a> {
    input: &'a mut Input,
    known: Known<'a>,
    /// The token that was looked at and not yet taken.
    ahead: Option<Token>,
    /// Whether the command has begun (a prompt shows PS2 then).
    begun: bool,
    /// The stack has no room for what is nested so deeply: nothing else is tried then.
    too_deep: bool,
    /// Whether the words of `a=(…)` are read, among which `[…]=` is special.
    in_list: bool,
    /// The token's number, where it is one before a redirection.
    number: i32,
    /// Where the token began.
    start: usize,
    /// The line on which it began.
    line: u32,
    /// Whether the current input is `$(…)`, whose newlines do not end a complete command.
    nested: u32,
    /// The token's word.
    word: Word,
    /// The words of the simple commands being read, the innermost one's at the end.
    words: Vec<Word>,
    /// The commands of the pipelines being read, likewise.
    commands: Vec<Command>,
    /// The commands of the lists being read, likewise.
    items: Vec<AndOr>,
    /// Room for a word's text.
    scratch: Vec<u8>,
    pending: Vec<Pending>,
    /// Or the variable that gets the token's number: `{name}<`.
    variable: Option<Sym>,
    /// The token's assignment to an element.
    element: Option<Assignment>,
    /// Where the command being read began.
    command_start: usize,
    /// Positions where `((` was tried as arithmetic and is not: keeps going back linear.
    not_arithmetic: Vec<usize>,
    /// How many such attempts found no end at all.
    hopeless: u32,
    /// Aliases whose text is being read: name and where it ends.
    expanding: Vec<(Box<[u8]>, usize)>,
    /// The end of an alias's text that ends with a blank: the next word may be an alias too.
    blank_alias_end: Option<usize>,
}

/// What reading changes, as it was at some place.
struct Mark {
    position: usize,
    line: u32,
    pending: usize,
    words: usize,
    items: usize,
    commands: usize,
}

/// Adds to a part of the tree. Most of its lists get few entries and no more: room is made for one, two, four, where a vector
/// would begin with four.
#[cfg_attr(speed_marks, optimize(speed))]
fn push<T>(list: &mut Vec<T>, item: T) {
    if list.capacity() == list.len() {
        list.reserve_exact(list.len().max(1));
    }
    list.push(item);
}

impl<'a> Parser<'a> {
    /// A parser at the input's position.
    #[inline(never)]
    pub fn new(input: &'a mut Input, known: Known<'a>) -> Parser<'a> {
        let line = input.line;
        Parser {
            input,
            known,
            ahead: None,
            word: Word::default(),
            number: 0,
            variable: None,
            element: None,
            scratch: Vec::new(),
            words: Vec::new(),
            items: Vec::new(),
            commands: Vec::new(),
            start: 0,
            line,
            pending: Vec::new(),
            begun: false,
            not_arithmetic: Vec::new(),
            hopeless: 0,
            command_start: 0,
            too_deep: false,
            expanding: Vec::new(),
            blank_alias_end: None,
            nested: 0,
            in_list: false,
        }
    }

    /// The next complete command: up to the end of a line that ends one. None at the end of the input; an empty line gives
    /// an empty list.
    pub fn complete_command(&mut self) -> Parsed<Option<List>> {
        match self.peek(true)? {
            Token::End => return Ok(None),
            Token::Newline => {
                self.take();
                return Ok(Some(List::default()));
            }
            _ => self.begun = true,
        }
        loop {
            let ended = self.and_or()?;
            match self.peek(true)? {
                Token::Newline => self.take(),
                Token::End => self.read_heredocs()?,
                _ if ended => continue,
                _ => return Err(self.unexpected("")),
            }
            return Ok(Some(self.list_from(0)));
        }
    }

    fn error<T>(&self, text: &str) -> Parsed<T> {
        Err(self.error_at(self.input.line, text))
    }

    fn error_at(&self, line: u32, text: &str) -> Box<SyntaxError> {
        Box::new(SyntaxError { line, text: text.as_bytes().to_vec() })
    }

    /// The error about the token ahead.
    fn unexpected(&mut self, expecting: &str) -> Box<SyntaxError> {
        let mut text = b"unexpected ".to_vec();
        let mut line = self.line;
        let quoted = match self.ahead.take() {
            Some(Token::End) | None => {
                line = self.input.line;
                text.extend_from_slice(b"end of file");
                None
            }
            Some(Token::Newline) => {
                text.extend_from_slice(b"newline");
                None
            }
            Some(Token::Io) => {
                text.extend_from_slice(b"redirection");
                None
            }
            Some(Token::Assignment) => Some(None),
            Some(token) if token.is_word() => Some(self.word.literal().filter(|word| word.len() < 80)),
            Some(token) => Some(Some(token.text())),
        };
        match quoted {
            Some(Some(word)) => {
                text.push(b'"');
                text.extend_from_slice(word);
                text.push(b'"');
            }
            Some(None) => text.extend_from_slice(b"word"),
            None => {}
        }
        if !expecting.is_empty() {
            text.extend_from_slice(b" (expecting \"");
            text.extend_from_slice(expecting.as_bytes());
            text.extend_from_slice(b"\")");
        }
        Box::new(SyntaxError { line, text })
    }

    /// Where a reading begins that may turn out to be wrong.
    fn mark(&self) -> Mark {
        Mark {
            position: self.input.position,
            line: self.input.line,
            pending: self.pending.len(),
            words: self.words.len(),
            items: self.items.len(),
            commands: self.commands.len(),
        }
    }

    /// Goes back to such a place.
    fn go_back(&mut self, mark: &Mark) {
        self.input.position = mark.position;
        self.input.line = mark.line;
        self.pending.truncate(mark.pending);
        self.words.truncate(mark.words);
        self.items.truncate(mark.items);
        self.commands.truncate(mark.commands);
        self.ahead = None;
    }

    /// Goes one level deeper, if the stack allows it.
    fn check_depth(&mut self) -> Parsed<()> {
        if self.known.stack.is_deep() {
            self.too_deep = true;
            return self.error("nested too deeply");
        }
        Ok(())
    }
}
