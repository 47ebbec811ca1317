//! command - lists, pipelines, simple commands, redirections.

use super::heredoc::Pending;
use super::token::Token;
use super::word::expand_tilde;
use super::{Parsed, Parser, push};
use crate::few::{Few, Text};
use crate::names::{is_name, split_assignment};
use crate::tree::{
    AndOr, Assignment, Command, Kind, List, Of, Part, Pipeline, Redirect, RedirectKind, Simple, Target, Word,
};
use std::cell::OnceCell;
use std::rc::Rc;

/// Words that end a list when they stand where a command could begin.
const CLOSING: [&[u8]; 8] = [b"then", b"else", b"elif", b"fi", b"do", b"done", b"esac", b"}"];

impl Parser<'_> {
    /// Commands up to (not including) one of `ends`, a closing reserved word, or an operator that cannot continue.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn list(&mut self, ends: &[&str]) -> Parsed<List> {
        self.check_depth()?;
        let inside = ends.first() == Some(&")");
        self.nested = self.nested.saturating_add(u32::from(inside));
        let mut list = List::default();
        loop {
            self.newlines(true)?;
            if self.at_end(ends)? {
                break;
            }
            if !self.and_or_into(&mut list)? && !matches!(self.peek(true)?, Token::Newline) {
                break;
            }
        }
        self.nested = self.nested.saturating_sub(u32::from(inside));
        list.items.shrink_to_fit();
        Ok(list)
    }

    /// As `list`, but at least one command must be there.
    pub(super) fn body(&mut self, expecting: &str) -> Parsed<List> {
        let list = self.list(&[])?;
        if list.items.is_empty() {
            return Err(self.unexpected(expecting));
        }
        Ok(list)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn at_end(&mut self, ends: &[&str]) -> Parsed<bool> {
        Ok(match self.peek(true)? {
            Token::End => true,
            Token::Op(op) => ends.contains(op) || matches!(*op, ";;" | ";&" | ";;&" | ")"),
            Token::Word(word) => word.literal().is_some_and(|text| CLOSING.contains(&text)),
            _ => false,
        })
    }

    pub(super) fn newlines(&mut self, command: bool) -> Parsed<()> {
        while matches!(self.peek(command)?, Token::Newline) {
            self.take();
        }
        Ok(())
    }

    /// Reads one and-or list and its `;` or `&`; false where neither follows.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn and_or_into(&mut self, list: &mut List) -> Parsed<bool> {
        let begin = self.start;
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let and = match self.peek(false)? {
                Token::Op("&&") => true,
                Token::Op("||") => false,
                _ => break,
            };
            self.take();
            self.newlines(true)?;
            push(&mut rest, (and, self.pipeline()?));
        }
        let mut item = AndOr { first, rest, background: false, text: Box::default() };
        let ended = match self.peek(false)? {
            Token::Op("&") => {
                let text = self.input.bytes.get(begin..self.start).unwrap_or_default();
                item.text = text.trim_ascii().into();
                item.background = true;
                self.take();
                true
            }
            Token::Op(";") => {
                self.take();
                true
            }
            _ => false,
        };
        push(&mut list.items, item);
        Ok(ended)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut negated = false;
        loop {
            match self.peek(true)? {
                Token::Word(word) if word.literal() == Some(b"!") => {
                    self.take();
                    negated = !negated;
                }
                _ => break,
            }
        }
        let mut commands = Few::One(self.command()?);
        loop {
            if self.accept_op("|&")? {
                // Standard error goes into the pipe too, after the command's own redirections.
                if let Some(command) = commands.last_mut() {
                    let one = Word { parts: Few::One(Part::Literal(b"1"[..].into(), false)), ..Word::default() };
                    let kind = RedirectKind::Duplicate;
                    command.redirects.push(Redirect { fd: 2, kind, target: Target::Word(one) });
                }
            } else if !self.accept_op("|")? {
                break;
            }
            self.newlines(true)?;
            commands.push(self.command()?);
        }
        Ok(Pipeline { negated, commands })
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn command(&mut self) -> Parsed<Command> {
        self.check_depth()?;
        self.peek(true)?;
        let line = self.line;
        self.command_start = self.start;
        let Some(kind) = self.compound()? else { return self.simple(line) };
        let mut redirects = Vec::new();
        if !matches!(kind, Kind::Function(_)) {
            while self.redirect(&mut redirects, false)? {}
        }
        Ok(Command { line, redirects, kind })
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn simple(&mut self, line: u32) -> Parsed<Command> {
        let mut simple = Simple::default();
        let mut redirects = Vec::new();
        let mut declares = false;
        loop {
            if self.redirect(&mut redirects, simple.words.is_empty())? {
                continue;
            }
            if !matches!(self.peek(simple.words.is_empty())?, Token::Word(_) | Token::Assignment(_)) {
                break;
            }
            let mut word = match self.take() {
                Token::Word(word) => word,
                Token::Assignment(assignment) => {
                    push(&mut simple.assignments, *assignment);
                    continue;
                }
                _ => break,
            };
            if simple.words.is_empty() {
                match self.assignment(word)? {
                    Ok(assignment) => {
                        push(&mut simple.assignments, assignment);
                        continue;
                    }
                    Err(back) => word = back,
                }
                if simple.assignments.is_empty()
                    && redirects.is_empty()
                    && let Some(name) = word.literal()
                    && matches!(self.byte(), Some(b'(' | b' ' | b'\t'))
                {
                    let name = name.to_vec();
                    if matches!(self.peek(false)?, Token::Op("(")) {
                        return self.function(&name, line);
                    }
                }
            }
            if declares
                && let Some(text) = word.literal()
                && text.ends_with(b"=")
            {
                let text = text.to_vec();
                if let Some((compound, name)) = self.compound_argument(&text)? {
                    simple.compounds.push(compound);
                    simple.words.push(name);
                    continue;
                }
            }
            if declares
                && word.parts.first().is_some_and(|p| matches!(p, Part::Literal(t, _) if split_assignment(t).is_some()))
            {
                word.assignment = true;
                expand_tilde_after_name(&mut word);
            }
            if simple.words.is_empty() || (simple.words.len() == 1 && declares_through(&simple.words)) {
                declares = matches!(word.literal(), Some(b"export" | b"readonly" | b"local" | b"declare" | b"typeset"));
            }
            push(&mut simple.words, word);
        }
        simple.words.shrink_to_fit();
        if simple.words.is_empty() && simple.assignments.is_empty() && redirects.is_empty() {
            self.peek(true)?;
            return Err(self.unexpected(""));
        }
        if let Some([Part::Literal(name, false)]) = simple.words.first().map(|word| word.parts.as_slice())
            && memchr::memchr2(b'/', b'{', name).is_none()
        {
            simple.name = Some(self.known.names.intern(name));
        }
        Ok(Command { line, redirects, kind: Kind::Simple(simple) })
    }

    /// `name()`: the parentheses are next.
    fn function(&mut self, name: &[u8], line: u32) -> Parsed<Command> {
        self.take();
        if !self.accept_op(")")? {
            return Err(self.unexpected(")"));
        }
        let usable = !name.is_empty() && !name.iter().any(|byte| matches!(byte, b'=' | b'/' | b'$'));
        if !usable {
            return self.error("bad function name");
        }
        self.function_body(name, line)
    }

    /// What follows `name()` or `function name`.
    pub(super) fn function_body(&mut self, name: &[u8], line: u32) -> Parsed<Command> {
        let begin = self.command_start;
        self.newlines(true)?;
        self.peek(true)?;
        let body_line = self.line;
        let Some(kind) = self.compound()? else {
            self.peek(true)?;
            return Err(self.unexpected("{"));
        };
        let mut redirects = Vec::new();
        while self.redirect(&mut redirects, false)? {}
        let name = self.known.names.intern(name);
        let body = Command { line: body_line, redirects, kind };
        let mut text: Box<[u8]> = Box::default();
        if self.known.dialect.bash {
            text = self.input.bytes.get(begin..self.start).unwrap_or_default().trim_ascii().into();
        }
        let function = Rc::new(crate::tree::Function { name, body, text, source: OnceCell::new() });
        Ok(Command { line, redirects: Vec::new(), kind: Kind::Function(function) })
    }

    /// Turns a word into an assignment, or gives it back.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn assignment(&mut self, word: Word) -> Parsed<Result<Assignment, Word>> {
        let Some(Part::Literal(text, _)) = word.parts.first() else { return Ok(Err(word)) };
        let Some(equals) = memchr::memchr(b'=', text) else { return Ok(Err(word)) };
        let Some((name, value)) = text.split_at_checked(equals) else { return Ok(Err(word)) };
        let (name, append) = match name.strip_suffix(b"+") {
            Some(name) => (name, true),
            None => (name, false),
        };
        if !is_name(name) {
            return Ok(Err(word));
        }
        let name = self.known.names.intern(name);
        if word.parts.len() == 1 && value.len() == 1 && self.list_follows() {
            let array = Some(Box::new(self.array_list()?));
            return Ok(Ok(Assignment { name, append, value: Word::default(), grows: false, array }));
        }
        let value: Text = value.get(1..).unwrap_or_default().into();
        let mut word = word;
        match word.parts.first_mut() {
            Some(first) if !value.is_empty() => *first = Part::Literal(value, false),
            _ => {
                word.parts = word.parts.into_vec().into_iter().skip(1).collect::<Vec<Part>>().into();
            }
        }
        expand_tilde(&mut word, true);
        let grows = grows(name, &word);
        Ok(Ok(Assignment { name, append, value: word, grows, array: None }))
    }

    /// Reads a redirection, if one is next.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn redirect(&mut self, redirects: &mut Vec<Redirect>, command: bool) -> Parsed<bool> {
        let number = match self.peek(command)? {
            Token::Io(number) => Some(*number),
            Token::Op("<" | ">" | ">|" | ">>" | "<>" | "<&" | ">&" | "&>" | "&>>" | "<<" | "<<-" | "<<<") => None,
            _ => return Ok(false),
        };
        if number.is_some() {
            self.take();
            self.peek(false)?;
        }
        let Token::Op(op) = self.take() else { return Err(self.unexpected("")) };
        let (kind, fd) = match op {
            "<" => (RedirectKind::Read, 0),
            ">" => (RedirectKind::Write, 1),
            ">|" => (RedirectKind::Clobber, 1),
            ">>" => (RedirectKind::Append, 1),
            "<>" => (RedirectKind::ReadWrite, 0),
            "<&" => (RedirectKind::Duplicate, 0),
            ">&" => (RedirectKind::Duplicate, 1),
            "&>" => (RedirectKind::Both, 1),
            "&>>" => (RedirectKind::BothAppend, 1),
            "<<" | "<<-" => {
                let (delimiter, quoted) = self.delimiter()?;
                let body = Rc::new(OnceCell::new());
                self.pending.push(Pending { delimiter, strip: op == "<<-", quoted, body: Rc::clone(&body) });
                let fd = number.unwrap_or(0);
                push(redirects, Redirect { fd, kind: RedirectKind::Here, target: Target::Here(body) });
                return Ok(true);
            }
            "<<<" => (RedirectKind::HereString, 0),
            other => {
                self.ahead = Some(Token::Op(other));
                return Err(self.unexpected(""));
            }
        };
        match self.peek(false)? {
            Token::Word(_) => {}
            _ => return Err(self.unexpected("")),
        }
        let Token::Word(mut word) = self.take() else { return Err(self.unexpected("")) };
        // `>&file` is bash's older spelling of `&>file`.
        let plain = number.is_none()
            && op == ">&"
            && word.literal().is_some_and(|text| text != b"-" && !text.iter().all(u8::is_ascii_digit));
        let kind = if plain { RedirectKind::Both } else { kind };
        word.assignment = false;
        push(redirects, Redirect { fd: number.unwrap_or(fd), kind, target: Target::Word(word) });
        Ok(true)
    }
}

/// Whether the words so far only lead up to a command that declares variables: `command export …`.
fn declares_through(words: &[Word]) -> bool {
    matches!(words.first().and_then(Word::literal), Some(b"command" | b"builtin"))
}

/// In `export a=~/x`, the tilde follows the name.
fn expand_tilde_after_name(word: &mut Word) {
    let Some(Part::Literal(text, _)) = word.parts.first() else { return };
    let Some(equals) = memchr::memchr(b'=', text) else { return };
    let Some((name, value)) = text.split_at_checked(equals.saturating_add(1)) else { return };
    let name: Text = name.into();
    let mut parts: Vec<Part> = Vec::new();
    if !value.is_empty() {
        parts.push(Part::Literal(value.into(), false));
    }
    parts.extend(word.parts.iter().skip(1).cloned());
    let mut rest = Word { parts: parts.into(), assignment: true, braces: false };
    expand_tilde(&mut rest, true);
    let mut parts = rest.parts.into_vec();
    parts.insert(0, Part::Literal(name, false));
    word.parts = parts.into();
}

/// Whether a value is `$name…` with nothing after it that could see or change the variable.
fn grows(name: crate::names::Sym, word: &Word) -> bool {
    let mut parts = word.parts.iter().filter(|part| !matches!(part, Part::Quoted(text) if text.is_empty()));
    let itself = |part: &Part| matches!(part, Part::Param(p) if p.of == Of::Var(name) && p.is_plain());
    parts.next().is_some_and(itself)
        && parts.all(|part| match part {
            Part::Literal(..) | Part::Quoted(_) => true,
            Part::Param(param) => param.is_plain() && !itself(part),
            _ => false,
        })
}
