//! command - lists, pipelines, simple commands, redirections.

use super::heredoc::Pending;
use super::token::Token;
use super::word::{Place, expand_tilde};
use super::{Parsed, Parser, push};
use crate::few::{Few, Text};
use crate::names::{in_name, split_assignment, starts_name};
use crate::tree::{
    AndOr, Assignment, Command, Function, Kind, List, Of, Part, Pipeline, Rare, Redirect, RedirectKind, Shown, Simple,
    Target, Unread, Word,
};
use std::cell::OnceCell;
use std::rc::Rc;

impl Parser<'_> {
    /// Commands up to (not including) a closing reserved word or an operator that cannot continue. `inside` parentheses, a
    /// newline does not end a complete command.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn list(&mut self, inside: bool) -> Parsed<List> {
        self.check_depth()?;
        self.nested = self.nested.saturating_add(u32::from(inside));
        let base = self.items.len();
        loop {
            self.newlines(true)?;
            if self.at_end()? {
                break;
            }
            if !self.and_or()? && self.peek(true)? != Token::Newline {
                break;
            }
        }
        self.nested = self.nested.saturating_sub(u32::from(inside));
        Ok(self.list_from(base))
    }

    /// The list of the commands gathered since there were `base`.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn list_from(&mut self, base: usize) -> List {
        List { items: self.items.split_off(base).into() }
    }

    /// As `list`, but at least one command must be there.
    pub(super) fn body(&mut self, expecting: &str) -> Parsed<List> {
        let list = self.list(false)?;
        if list.items.is_empty() {
            return Err(self.unexpected(expecting));
        }
        Ok(list)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn at_end(&mut self) -> Parsed<bool> {
        let token = self.peek(true)?;
        Ok(token.closes() || matches!(token, Token::End | Token::Leave | Token::Fall | Token::Match | Token::Right))
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn newlines(&mut self, command: bool) -> Parsed<()> {
        while self.peek(command)? == Token::Newline {
            self.take();
        }
        Ok(())
    }

    /// Reads one and-or list and its `;` or `&` into the list being read; false where neither follows.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn and_or(&mut self) -> Parsed<bool> {
        let begin = self.start;
        let first = self.pipeline()?;
        let mut item = AndOr { first, rest: Box::default(), background: None };
        if matches!(self.peek(false)?, Token::And | Token::Or) {
            item.rest = self.joined()?;
        }
        let token = self.peek(false)?;
        if token == Token::Background {
            item.background = Some(self.text_between(begin, self.start));
        }
        let ended = matches!(token, Token::Background | Token::Semicolon);
        if ended {
            self.take();
        }
        self.items.push(item);
        Ok(ended)
    }

    /// What follows the first pipeline of an and-or list.
    #[inline(never)]
    fn joined(&mut self) -> Parsed<Box<[(bool, Pipeline)]>> {
        let mut rest = Vec::new();
        loop {
            let token = self.peek(false)?;
            if !matches!(token, Token::And | Token::Or) {
                return Ok(rest.into());
            }
            self.take();
            self.newlines(true)?;
            push(&mut rest, (token == Token::And, self.pipeline()?));
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn pipeline(&mut self) -> Parsed<Pipeline> {
        let mut negated = false;
        while self.accept_token(Token::Bang, true)? {
            negated = !negated;
        }
        let base = self.commands.len();
        loop {
            self.command()?;
            let token = self.peek(false)?;
            if !matches!(token, Token::Pipe | Token::PipeBoth) {
                break;
            }
            if token == Token::PipeBoth
                && let Some(command) = self.commands.last_mut()
            {
                // Standard error goes into the pipe too, after the command's own redirections.
                let one = Word { parts: Few::One(Part::Literal(b"1"[..].into(), false)), ..Word::default() };
                let kind = RedirectKind::Duplicate;
                let mut redirects = core::mem::take(&mut command.redirects).into_vec();
                redirects.push(Redirect { fd: 2, variable: None, kind, target: Target::Word(one) });
                command.redirects = redirects.into();
            }
            self.take();
            self.newlines(true)?;
        }
        let several = self.commands.len() > base.saturating_add(1);
        let commands = match if several { None } else { self.commands.pop() } {
            Some(command) => Few::One(command),
            None => Few::Many(self.commands.split_off(base)),
        };
        Ok(Pipeline { negated, commands })
    }

    /// Reads a command, which is then the last of those being read.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn command(&mut self) -> Parsed<()> {
        self.check_depth()?;
        let token = self.peek(true)?;
        let line = self.line;
        self.command_start = self.start;
        if matches!(token, Token::Word | Token::Declares | Token::Leads | Token::Assignment) {
            return self.simple(line);
        }
        let Some(kind) = self.compound(token)? else { return self.simple(line) };
        let redirects = if matches!(kind, Kind::Function(_)) { Box::default() } else { self.redirects()? };
        self.commands.push(Command { line, redirects, kind });
        Ok(())
    }

    /// The redirections behind a compound command.
    fn redirects(&mut self) -> Parsed<Box<[Redirect]>> {
        let mut redirects = Vec::new();
        loop {
            let token = self.peek(false)?;
            if !token.redirects() {
                return Ok(redirects.into());
            }
            self.redirect(token, &mut redirects)?;
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn simple(&mut self, line: u32) -> Parsed<()> {
        let begin = self.start;
        let base = self.words.len();
        let mut assignments = Vec::new();
        let mut compounds: Vec<Assignment> = Vec::new();
        let mut redirects = Vec::new();
        let mut declares = false;
        // The first word only leads up to a command.
        let mut led = false;
        loop {
            let first = self.words.len() == base;
            let token = self.peek(first)?;
            if token.redirects() {
                self.redirect(token, &mut redirects)?;
                continue;
            }
            if token == Token::Assignment {
                self.take();
                if let Some(assignment) = self.element.take() {
                    push(&mut assignments, assignment);
                }
                continue;
            }
            if !token.is_word() {
                break;
            }
            self.take();
            if first && let Some((name, append, equals)) = assigned(&self.word) {
                self.assignment(name, append, equals, &mut assignments)?;
                continue;
            }
            if declares {
                self.declaration(&mut compounds)?;
            }
            if first || led {
                declares = token == Token::Declares;
                led = first && token == Token::Leads;
            }
            self.keep_word();
            if first
                && assignments.is_empty()
                && redirects.is_empty()
                && matches!(self.byte(), Some(b'(' | b' ' | b'\t'))
                && self.peek(false)? == Token::Left
                && let Some(name) = self.words.get(base).and_then(Word::literal)
            {
                let name = name.to_vec();
                self.words.truncate(base);
                return self.function(&name, line);
            }
        }
        if self.words.len() == base && assignments.is_empty() && redirects.is_empty() {
            self.peek(true)?;
            return Err(self.unexpected(""));
        }
        let mut name = None;
        if let Some([Part::Literal(text, false)]) = self.words.get(base).map(|word| word.parts.as_slice())
            && memchr::memchr2(b'/', b'{', text).is_none()
        {
            name = Some(self.known.names.intern(text));
        }
        let words = self.words.split_off(base).into();
        let mut rare = None;
        if self.known.dialect.bash || !compounds.is_empty() {
            rare = Some(Box::new(Rare { compounds: compounds.into(), text: self.written(begin, self.start) }));
        }
        let simple = Simple { name, assignments: assignments.into(), words, rare };
        self.commands.push(Command { line, redirects: redirects.into(), kind: Kind::Simple(simple) });
        Ok(())
    }

    /// `name()`: the parentheses are next.
    fn function(&mut self, name: &[u8], line: u32) -> Parsed<()> {
        self.take();
        if !self.accept_token(Token::Right, false)? {
            return Err(self.unexpected(")"));
        }
        let usable = !name.is_empty() && !name.iter().any(|byte| matches!(byte, b'=' | b'/' | b'$'));
        if !usable {
            return self.error("bad function name");
        }
        let kind = self.function_body(name)?;
        self.commands.push(Command { line, redirects: Box::default(), kind });
        Ok(())
    }

    /// What follows `name()` or `function name`.
    pub(super) fn function_body(&mut self, name: &[u8]) -> Parsed<Kind> {
        let begin = self.command_start;
        self.newlines(true)?;
        let token = self.peek(true)?;
        let (body_start, body_line) = (self.start, self.line);
        let name = self.known.names.intern(name);
        let body = OnceCell::new();
        let mut unread = None;
        // With aliases, which may be others by then, and before a here-document is read, it cannot wait.
        let waits = token == Token::Open && self.known.aliases.is_empty() && self.pending.is_empty();
        if waits && super::skim::body(self.input) {
            self.take();
            self.peek(false)?;
            unread =
                Some(Unread { at: body_start.saturating_sub(begin), line: body_line, dialect: self.known.dialect });
        } else {
            let Some(kind) = self.compound(token)? else {
                return Err(self.unexpected("{"));
            };
            let redirects = self.redirects()?;
            let _ = body.set(Command { line: body_line, redirects, kind });
        }
        let text = match unread {
            Some(_) => self.text_between(begin, self.start),
            None => self.written(begin, self.start),
        };
        Ok(Kind::Function(Rc::new(Function { name, body, text, unread, source: OnceCell::new() })))
    }

    /// Reads the body of a function, all of this text.
    #[inline(never)]
    pub fn body_text(&mut self) -> Parsed<Command> {
        self.command()?;
        match self.commands.pop() {
            Some(command) if self.peek(true)? == Token::End => Ok(command),
            _ => Err(self.unexpected("")),
        }
    }

    /// The text that stands there, where it may be shown.
    #[inline(never)]
    pub(super) fn written(&self, begin: usize, end: usize) -> Box<[u8]> {
        if self.known.dialect.bash { self.text_between(begin, end) } else { Box::default() }
    }

    /// What was read since `begin`, in the place of `%`, where it may be shown.
    #[inline(never)]
    pub(super) fn shown(&self, template: &str, begin: usize) -> Shown {
        let end = if self.ahead.is_some() { self.start } else { self.input.position };
        let text = |text: &[u8]| Box::new(base::bytes::fill(template, &[text]).into());
        self.known.dialect.bash.then(|| text(&self.text_between(begin, end)))
    }

    /// The text that stands there, without blanks around it.
    #[inline(never)]
    fn text_between(&self, begin: usize, end: usize) -> Box<[u8]> {
        self.input.bytes.get(begin..end).unwrap_or_default().trim_ascii().into()
    }

    /// The word that was read is one of the command's.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn keep_word(&mut self) {
        self.words.push(core::mem::take(&mut self.word));
    }

    /// An argument of a command that declares variables was read: its value is one of an assignment, and may be a list.
    #[inline(never)]
    fn declaration(&mut self, compounds: &mut Vec<Assignment>) -> Parsed<()> {
        let Some(Part::Literal(text, _)) = self.word.parts.first() else { return Ok(()) };
        if self.word.parts.len() == 1 && text.ends_with(b"=") {
            let text = text.to_vec();
            if self.compound_argument(&text, compounds)? {
                return Ok(());
            }
        }
        if let Some(Part::Literal(text, _)) = self.word.parts.first()
            && split_assignment(text).is_some()
        {
            self.word.assignment = true;
            expand_tilde(&mut self.word, Place::Argument);
        }
        Ok(())
    }

    /// Adds the assignment that the word is: to a name as long as that, with its `=` at `equals`.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn assignment(
        &mut self,
        name: usize,
        append: bool,
        equals: usize,
        assignments: &mut Vec<Assignment>,
    ) -> Parsed<()> {
        let mut word = core::mem::take(&mut self.word);
        let text = match word.parts.first_mut() {
            Some(Part::Literal(text, _)) => core::mem::take(text),
            _ => Text::default(),
        };
        let name = self.known.names.intern(text.get(..name).unwrap_or_default());
        let value = text.get(equals.saturating_add(1)..).unwrap_or_default();
        if word.parts.len() == 1 && value.is_empty() && self.list_follows() {
            let array = Some(self.array_list()?);
            push(assignments, Assignment { name, append, value: Word::default(), grows: false, array });
            return Ok(());
        }
        match word.parts.first_mut() {
            Some(first) if !value.is_empty() => *first = Part::Literal(value.into(), false),
            _ => {
                let mut parts = core::mem::take(&mut word.parts).into_vec();
                parts.drain(..1);
                word.parts = parts.into();
            }
        }
        expand_tilde(&mut word, Place::Value);
        let grows = grows(name, &word);
        push(assignments, Assignment { name, append, value: word, grows, array: None });
        Ok(())
    }

    /// Reads a redirection, which begins with this token.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn redirect(&mut self, token: Token, redirects: &mut Vec<Redirect>) -> Parsed<()> {
        let mut op = token;
        let mut number = None;
        let variable = self.variable.take();
        if token == Token::Io {
            number = Some(if variable.is_some() { Redirect::IN_VARIABLE } else { self.number });
            self.take();
            op = self.peek(false)?;
        }
        let (kind, fd) = match op {
            Token::Read => (RedirectKind::Read, 0),
            Token::Write => (RedirectKind::Write, 1),
            Token::Clobber => (RedirectKind::Clobber, 1),
            Token::Append => (RedirectKind::Append, 1),
            Token::ReadWrite => (RedirectKind::ReadWrite, 0),
            Token::ReadFrom => (RedirectKind::Duplicate, 0),
            Token::WriteTo => (RedirectKind::Duplicate, 1),
            Token::Both => (RedirectKind::Both, 1),
            Token::BothAppend => (RedirectKind::BothAppend, 1),
            Token::Here | Token::HereStrip => (RedirectKind::Here, 0),
            Token::HereString => (RedirectKind::HereString, 0),
            _ => return Err(self.unexpected("")),
        };
        self.take();
        let fd = number.unwrap_or(fd);
        if kind == RedirectKind::Here {
            let (delimiter, quoted) = self.delimiter()?;
            let body = Rc::new(OnceCell::new());
            let strip = op == Token::HereStrip;
            self.pending.push(Pending { delimiter, strip, quoted, body: Rc::clone(&body) });
            push(redirects, Redirect { fd, variable, kind, target: Target::Here(body) });
            return Ok(());
        }
        self.expect_word()?;
        let word = self.take_word();
        // `>&file` is bash's older spelling of `&>file`.
        let plain = number.is_none()
            && op == Token::WriteTo
            && word.literal().is_some_and(|text| text != b"-" && !text.iter().all(u8::is_ascii_digit));
        let kind = if plain { RedirectKind::Both } else { kind };
        push(redirects, Redirect { fd, variable, kind, target: Target::Word(word) });
        Ok(())
    }
}

/// Where a word is `name=…` or `name+=…`: the name's length, whether it is `+=`, and where the `=` stands.
#[cfg_attr(speed_marks, optimize(speed))]
fn assigned(word: &Word) -> Option<(usize, bool, usize)> {
    let Some(Part::Literal(text, _)) = word.parts.first() else { return None };
    let length = text.iter().position(|byte| !in_name(*byte))?;
    let append = text.get(length) == Some(&b'+');
    let equals = length.saturating_add(usize::from(append));
    let named = text.first().is_some_and(|byte| starts_name(*byte));
    (named && text.get(equals) == Some(&b'=')).then_some((length, append, equals))
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
