//! The parser: POSIX's grammar with gawk's additions, by recursive descent over tokens that are read as they are needed.

mod expr;
mod stmt;

use super::lex::{Lexer, Text, Token};
use super::tree::{Function, Tree, Var, When};
use base::error::{Error, Result};

/// How deep a program may nest: the stack bears it.
const DEPTH: u32 = 400;
/// How long a chain of operators may be.
const CHAIN: u32 = 4000;

/// The variables that mean something to awk, in the order of their numbers.
pub const SPECIALS: [&str; 24] = [
    "NF",
    "NR",
    "FNR",
    "FS",
    "OFS",
    "ORS",
    "RS",
    "SUBSEP",
    "CONVFMT",
    "OFMT",
    "RT",
    "IGNORECASE",
    "FPAT",
    "FIELDWIDTHS",
    "RSTART",
    "RLENGTH",
    "FILENAME",
    "ARGC",
    "ARGV",
    "ENVIRON",
    "PROCINFO",
    "ERRNO",
    "ARGIND",
    "SYMTAB",
];

/// The number of a special variable.
pub mod special {
    pub const NF: u32 = 0;
    pub const NR: u32 = 1;
    pub const FNR: u32 = 2;
    pub const FS: u32 = 3;
    pub const OFS: u32 = 4;
    pub const ORS: u32 = 5;
    pub const RS: u32 = 6;
    pub const SUBSEP: u32 = 7;
    pub const CONVFMT: u32 = 8;
    pub const OFMT: u32 = 9;
    pub const RT: u32 = 10;
    pub const IGNORECASE: u32 = 11;
    pub const FPAT: u32 = 12;
    pub const FIELDWIDTHS: u32 = 13;
    pub const RSTART: u32 = 14;
    pub const RLENGTH: u32 = 15;
    pub const FILENAME: u32 = 16;
    pub const ARGC: u32 = 17;
    pub const ARGV: u32 = 18;
    pub const ENVIRON: u32 = 19;
    pub const PROCINFO: u32 = 20;
    pub const ERRNO: u32 = 21;
    pub const ARGIND: u32 = 22;
    /// Those below this are looked at by the machine when they are set.
    pub const WATCHED: u32 = 14;
}

pub struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    tree: Tree,
    /// The parameters of the function that is being read.
    locals: Option<Vec<Vec<u8>>>,
    depth: u32,
    loops: u32,
    switches: u32,
    /// `>` is a redirection, not a comparison.
    no_greater: bool,
    /// A list in parentheses may stand here.
    in_print: bool,
    in_rule: When,
    /// The function that is being read, and which of its parameters are used as arrays.
    current: usize,
    local_arrays: Vec<bool>,
    /// Parameters that are passed on: function and parameter, to function and parameter.
    passed: Vec<[usize; 4]>,
}

/// Parses the program.
pub fn parse(text: &Text) -> Result<Tree> {
    let mut tree = Tree::default();
    tree.globals.extend(SPECIALS.iter().map(|name| name.as_bytes().to_vec()));
    let mut parser = Parser {
        lexer: Lexer::new(text),
        token: Token::Newline,
        tree,
        locals: None,
        depth: 0,
        loops: 0,
        switches: 0,
        no_greater: false,
        in_print: false,
        in_rule: When::Always,
        current: 0,
        local_arrays: Vec::new(),
        passed: Vec::new(),
    };
    parser.program()?;
    Ok(parser.tree)
}

impl Parser<'_> {
    fn at(&self) -> u32 {
        u32::try_from(self.lexer.start).unwrap_or(u32::MAX)
    }

    fn error(&self, what: &[u8]) -> Error {
        self.lexer.text.error(self.lexer.start, what)
    }

    fn syntax_error<T>(&self) -> Result<T> {
        self.complaint(b"Unexpected token")
    }

    /// A syntax error in BusyBox's words, which tests and scripts know; a person at a terminal is told where as well.
    fn complaint<T>(&self, what: &[u8]) -> Result<T> {
        let mut what = what.to_vec();
        if !self.lexer.text.for_person {
            return Err(self.error(&what));
        }
        what.extend_from_slice(b" near ");
        match self.token {
            Token::End => what.extend_from_slice(b"the end"),
            Token::Newline => what.extend_from_slice(b"end of line"),
            _ => {
                let bytes = self.lexer.text.bytes.get(self.lexer.start..).unwrap_or_default();
                let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
                what.push(b'\'');
                what.extend_from_slice(line.get(..30).unwrap_or(line));
                what.push(b'\'');
            }
        }
        Err(self.error(&what))
    }

    fn advance(&mut self) -> Result<()> {
        self.token = self.lexer.next()?;
        Ok(())
    }

    /// Takes the token if it is this one.
    fn take(&mut self, token: Token) -> Result<bool> {
        if self.token == token {
            self.advance()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn expect(&mut self, token: Token) -> Result<()> {
        if self.take(token)? { Ok(()) } else { self.syntax_error() }
    }

    fn skip_newlines(&mut self) -> Result<()> {
        while self.token == Token::Newline {
            self.advance()?;
        }
        Ok(())
    }

    fn skip_terminators(&mut self) -> Result<()> {
        while matches!(self.token, Token::Newline | Token::Semicolon) {
            self.advance()?;
        }
        Ok(())
    }

    /// Goes one level deeper into the program.
    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH { Err(self.error(b"nested too deeply")) } else { Ok(()) }
    }

    fn program(&mut self) -> Result<()> {
        loop {
            self.skip_terminators()?;
            match self.token {
                Token::End => break,
                Token::Function => self.function()?,
                _ => self.rule()?,
            }
        }
        self.find_arrays();
        Ok(())
    }

    fn rule(&mut self) -> Result<()> {
        let when = match self.token {
            Token::BeginRule => Some(When::Begin),
            Token::EndRule => Some(When::End),
            Token::BeginFile => Some(When::BeginFile),
            Token::EndFile => Some(When::EndFile),
            _ => None,
        };
        let when = match when {
            Some(when) => {
                self.advance()?;
                self.skip_newlines()?;
                if self.token != Token::LeftBrace {
                    return self.syntax_error();
                }
                when
            }
            None if self.token == Token::LeftBrace => When::Always,
            None => {
                let first = self.expr()?;
                if self.take(Token::Comma)? {
                    self.skip_newlines()?;
                    When::Range(first, self.expr()?)
                } else {
                    When::If(first)
                }
            }
        };
        self.in_rule = when;
        let body = if self.token == Token::LeftBrace { Some(self.block()?) } else { None };
        if body.is_none() && !matches!(self.token, Token::Newline | Token::Semicolon | Token::End) {
            return self.syntax_error();
        }
        self.tree.rules.push((when, body));
        Ok(())
    }

    /// The number of the function with this name.
    fn function_number(&mut self, name: Vec<u8>) -> u32 {
        let found = self.tree.functions.iter().position(|function| function.name == name);
        let at = self.at();
        let index = found.unwrap_or_else(|| {
            self.tree.functions.push(Function { name, at, ..Function::default() });
            self.tree.functions.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    fn function(&mut self) -> Result<()> {
        self.advance()?;
        if !matches!(self.token, Token::Name | Token::FunctionName) {
            return self.syntax_error();
        }
        let name = core::mem::take(&mut self.lexer.string);
        let number = self.function_number(name);
        if self.tree.functions.get(number as usize).is_some_and(|function| function.body.is_some()) {
            return Err(self.error(b"function defined twice"));
        }
        self.advance()?;
        self.expect(Token::LeftParen)?;
        let mut parameters: Vec<Vec<u8>> = Vec::new();
        self.skip_newlines()?;
        while self.token != Token::RightParen {
            if self.token != Token::Name {
                return self.syntax_error();
            }
            let name = core::mem::take(&mut self.lexer.string);
            if parameters.contains(&name) {
                return Err(self.error(&[b"parameter '", name.as_slice(), b"' is named twice"].concat()));
            }
            if SPECIALS.iter().any(|special| special.as_bytes() == name) {
                return Err(self.error(&[b"parameter '", name.as_slice(), b"' is a variable of awk's own"].concat()));
            }
            parameters.push(name);
            self.advance()?;
            self.skip_newlines()?;
            if !self.take(Token::Comma)? {
                break;
            }
            self.skip_newlines()?;
            if self.token == Token::RightParen {
                return self.syntax_error();
            }
        }
        self.expect(Token::RightParen)?;
        self.skip_newlines()?;
        if self.token != Token::LeftBrace {
            return self.syntax_error();
        }
        self.local_arrays = vec![false; parameters.len()];
        self.current = number as usize;
        self.locals = Some(parameters);
        self.in_rule = When::Always;
        let body = self.block()?;
        if let (Some(function), Some(parameters)) = (self.tree.functions.get_mut(number as usize), self.locals.take()) {
            function.arrays = core::mem::take(&mut self.local_arrays);
            function.parameters = parameters;
            function.body = Some(body);
        }
        Ok(())
    }

    /// The variable with this name.
    fn variable(&mut self, name: &[u8]) -> Var {
        let as_u32 = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        if let Some(index) = self.locals.iter().flatten().position(|local| local == name) {
            return Var::Local(as_u32(index));
        }
        let found = self.tree.globals.iter().position(|global| global == name);
        Var::Global(as_u32(found.unwrap_or_else(|| {
            self.tree.globals.push(name.to_vec());
            self.tree.globals.len() - 1
        })))
    }

    /// Notes that a variable is used as an array.
    fn note_array(&mut self, var: Var) {
        if let Var::Local(index) = var
            && let Some(note) = self.local_arrays.get_mut(index as usize)
        {
            *note = true;
        }
    }

    /// A parameter that is passed on to one that is an array is an array.
    fn find_arrays(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for [from, parameter, to, argument] in &self.passed {
                let is_array = |tree: &Tree, function: usize, parameter: usize| {
                    tree.functions.get(function).and_then(|f| f.arrays.get(parameter)).copied().unwrap_or(false)
                };
                if is_array(&self.tree, *to, *argument)
                    && !is_array(&self.tree, *from, *parameter)
                    && let Some(f) = self.tree.functions.get_mut(*from)
                    && let Some(note) = f.arrays.get_mut(*parameter)
                {
                    *note = true;
                    changed = true;
                }
            }
        }
    }
}
