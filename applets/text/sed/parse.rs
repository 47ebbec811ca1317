//! From the text of a script to its commands.

use super::Settings;
use super::escape;
use super::script::{Address, Command, Kind, Regex, Script, Source, Substitute, Translation};
use crate::delimited::delimited;
use crate::replacement::{Notation, Replacement};
use base::error::{Error, Result};
use base::number;
use base::pattern::{Options, Pattern, Syntax, set};
use base::translate;

/// Parses a script that was joined from `sources`, each with where it begins.
#[inline(never)]
pub fn parse(text: &[u8], sources: &[(usize, Source)], settings: &Settings) -> Result<Script> {
    let mut parser = Parser { text, at: 0, sources, settings, script: Script::default() };
    let mut blocks: Vec<usize> = Vec::new();
    let mut labels: Vec<(Vec<u8>, usize)> = Vec::new();
    let mut jumps: Vec<(usize, Vec<u8>)> = Vec::new();
    loop {
        parser.skip(b" \t\n\x0b\x0c\r;");
        if parser.peek().is_none() {
            break;
        }
        let mut command = parser.addresses()?;
        let Some(name) = parser.next() else { return Err(parser.error("missing command")) };
        let index = parser.script.commands.len();
        let two = command.second.is_some();
        let any = command.first.is_some();
        command.kind = match name {
            b'#' if any => return Err(parser.error("comments don't accept any addresses")),
            b'#' => {
                parser.rest_of_line();
                continue;
            }
            b':' => {
                if any {
                    return Err(parser.error(": doesn't want any addresses"));
                }
                let label = parser.label();
                if label.is_empty() {
                    return Err(parser.error("\":\" lacks a label"));
                }
                labels.push((label, index));
                // A blank ends a label, and another command may follow it at once.
                Kind::Nothing
            }
            b'{' => {
                blocks.push(index);
                Kind::Block(0)
            }
            b'}' => {
                if any {
                    return Err(parser.error("} doesn't want any addresses"));
                }
                let Some(open) = blocks.pop() else { return Err(parser.error("unexpected `}'")) };
                if let Some(open) = parser.script.commands.get_mut(open) {
                    open.kind = Kind::Block(index);
                }
                parser.end()?;
                Kind::Nothing
            }
            b'b' | b't' | b'T' => {
                let label = parser.label();
                parser.end()?;
                if !label.is_empty() {
                    jumps.push((index, label));
                }
                match name {
                    b'b' => Kind::Branch(usize::MAX),
                    b't' => Kind::BranchIf(usize::MAX),
                    _ => Kind::BranchUnless(usize::MAX),
                }
            }
            b'a' => Kind::Append(parser.block_text()?),
            b'i' => Kind::Insert(parser.block_text()?),
            b'c' => Kind::Change(parser.block_text()?),
            b'r' => Kind::ReadFile(parser.file_name()?),
            b'R' => Kind::ReadLine(parser.file_name()?),
            b'w' | b'W' => {
                let output = parser.output()?;
                if name == b'w' { Kind::Write(output) } else { Kind::WriteLine(output) }
            }
            b'e' => {
                parser.refuse_in_sandbox()?;
                parser.skip(b" \t");
                Kind::Execute(parser.rest_of_line())
            }
            b's' => parser.substitute()?,
            b'y' => parser.translate()?,
            b'v' => {
                parser.rest_of_line();
                Kind::Nothing
            }
            b'q' | b'Q' | b'l' | b'L' => {
                if two && name != b'l' {
                    return Err(parser.error("command only uses one address"));
                }
                parser.skip(b" \t");
                let value = parser.number();
                parser.end()?;
                let code = (value.unwrap_or(0) & 255) as u8;
                match name {
                    b'q' => Kind::Quit(code),
                    b'Q' => Kind::QuitSilently(code),
                    _ => Kind::List(value.map(|width| usize::try_from(width).unwrap_or(usize::MAX))),
                }
            }
            _ => {
                let kind = match name {
                    b'=' => Kind::Number,
                    b'd' => Kind::Delete,
                    b'D' => Kind::DeleteLine,
                    b'F' => Kind::FileName,
                    b'g' => Kind::Get,
                    b'G' => Kind::GetAppend,
                    b'h' => Kind::Hold,
                    b'H' => Kind::HoldAppend,
                    b'x' => Kind::Exchange,
                    b'n' => Kind::Next,
                    b'N' => Kind::NextAppend,
                    b'p' => Kind::Print,
                    b'P' => Kind::PrintLine,
                    b'z' => Kind::Zap,
                    b'\n' | b';' => return Err(parser.error("missing command")),
                    _ => {
                        let name = base::bytes::fill("unknown command: `%'", &[&[name][..]]);
                        return Err(parser.error_text(&name));
                    }
                };
                parser.end()?;
                kind
            }
        };
        parser.script.commands.push(command);
    }
    if !blocks.is_empty() {
        parser.at = parser.sources.last().map_or(0, |source| source.0);
        return Err(parser.error("unmatched `{'"));
    }
    for (index, label) in jumps {
        let Some((_, target)) = labels.iter().find(|known| known.0 == label) else {
            return Err(Error::message_of("can't find label for jump to `%'", &[label.as_slice()]));
        };
        if let Some(Command { kind: Kind::Branch(to) | Kind::BranchIf(to) | Kind::BranchUnless(to), .. }) =
            parser.script.commands.get_mut(index)
        {
            *to = *target;
        }
    }
    Ok(parser.script)
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    sources: &'a [(usize, Source)],
    settings: &'a Settings<'a>,
    script: Script,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, bytes: &[u8]) {
        while self.peek().is_some_and(|byte| bytes.contains(&byte)) {
            self.at += 1;
        }
    }

    fn error(&self, text: &str) -> Error {
        self.error_text(text.as_bytes())
    }

    /// An error that names the place: the expression and its character, or the file and its line.
    #[inline(never)]
    fn error_text(&self, text: &[u8]) -> Error {
        let at = self.at.min(self.text.len());
        let (start, source) = match self.sources.iter().rev().find(|source| source.0 <= at) {
            Some((start, source)) => (*start, source),
            None => (0, &Source::Expression(1)),
        };
        let mut message = Vec::new();
        match source {
            Source::Expression(index) => {
                message.extend_from_slice(b"-e expression #");
                number::push_u64(&mut message, *index as u64);
                message.extend_from_slice(b", char ");
                number::push_u64(&mut message, (at - start) as u64);
            }
            Source::File(name) => {
                message.extend_from_slice(b"file ");
                message.extend_from_slice(name);
                message.extend_from_slice(b" line ");
                let before = self.text.get(start..at).unwrap_or_default();
                number::push_u64(&mut message, base::bytes::count(b'\n', before) as u64 + 1);
            }
        }
        message.extend_from_slice(b": ");
        message.extend_from_slice(text);
        Error::message(message)
    }

    fn number(&mut self) -> Option<u64> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (value, length) = number::digits(rest, 10);
        if length == 0 {
            return None;
        }
        self.at += length;
        Some(value.unwrap_or(u64::MAX))
    }

    /// Up to the end of the line, which is passed.
    fn rest_of_line(&mut self) -> Vec<u8> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.at = (self.at + length + 1).min(self.text.len());
        rest.get(..length).unwrap_or_default().to_vec()
    }

    fn label(&mut self) -> Vec<u8> {
        self.skip(b" \t");
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| b"; \t\n}#".contains(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default().to_vec()
    }

    /// What may follow a command.
    fn end(&mut self) -> Result<()> {
        self.skip(b" \t\r");
        match self.peek() {
            None | Some(b'}' | b'#') => Ok(()),
            Some(b'\n' | b';') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => {
                self.at += 1;
                Err(self.error("extra characters after command"))
            }
        }
    }

    fn addresses(&mut self) -> Result<Command> {
        let mut command = Command { first: None, second: None, negated: false, kind: Kind::Nothing };
        command.first = self.address()?;
        if matches!(command.first, Some(Address::Plus(_) | Address::Multiple(_))) {
            return Err(self.error("invalid usage of +N or ~N as first address"));
        }
        if command.first.is_some() {
            self.skip(b" \t");
            if self.peek() == Some(b',') {
                self.at += 1;
                self.skip(b" \t");
                command.second = self.address()?;
                if command.second.is_none() {
                    return Err(self.error("unexpected `,'"));
                }
                if let Some(Address::Step(first, _)) = command.second {
                    command.second = Some(Address::Line(first));
                }
            }
        }
        self.skip(b" \t");
        if matches!(command.first, Some(Address::Line(0)))
            && !(matches!(command.second, Some(Address::Regex(_)))
                || command.second.is_none() && self.peek() == Some(b'r'))
        {
            self.at += 1;
            return Err(self.error("invalid usage of line address 0"));
        }
        while self.peek() == Some(b'!') {
            self.at += 1;
            if command.negated {
                return Err(self.error("multiple `!'s"));
            }
            command.negated = true;
            self.skip(b" \t");
        }
        Ok(command)
    }

    fn address(&mut self) -> Result<Option<Address>> {
        match self.peek() {
            Some(b'$') => {
                self.at += 1;
                Ok(Some(Address::Last))
            }
            Some(b'0'..=b'9') => {
                let first = self.number().unwrap_or(0);
                if self.peek() != Some(b'~') {
                    return Ok(Some(Address::Line(first)));
                }
                self.at += 1;
                Ok(Some(match self.number().unwrap_or(0) {
                    0 => Address::Line(first),
                    step => Address::Step(first, step),
                }))
            }
            Some(mark @ (b'+' | b'~')) if !self.settings.posix => {
                self.at += 1;
                match self.number() {
                    Some(count) if mark == b'+' => Ok(Some(Address::Plus(count))),
                    Some(count) => Ok(Some(Address::Multiple(count))),
                    None => Err(self.error("expected number")),
                }
            }
            Some(mark @ (b'/' | b'\\')) => {
                self.at += 1;
                let delimiter = if mark == b'/' { Some(mark) } else { self.next() };
                let text = delimiter.and_then(|delimiter| self.delimited(delimiter, true));
                let Some(text) = text else { return Err(self.error("unterminated address regex")) };
                let mut options = self.options();
                loop {
                    match self.peek() {
                        Some(b'I') => options.icase = true,
                        Some(b'M') => options.multiline = true,
                        _ => break,
                    }
                    self.at += 1;
                }
                Ok(Some(Address::Regex(self.regex(&text, &options)?)))
            }
            _ => Ok(None),
        }
    }

    fn options(&self) -> Options {
        Options { utf8: self.settings.utf8, strict: true, check_class: true, ..Options::default() }
    }

    /// Up to an unescaped delimiter, which is passed.
    fn delimited(&mut self, delimiter: u8, is_pattern: bool) -> Option<Vec<u8>> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (text, length, closed) = delimited(rest, delimiter, is_pattern);
        self.at += length;
        closed.then_some(text)
    }

    /// Compiles a pattern; an empty one is the last used.
    fn regex(&mut self, text: &[u8], options: &Options) -> Result<Regex> {
        if text.is_empty() {
            return Ok(None);
        }
        let syntax = if self.settings.extended { Syntax::Extended } else { Syntax::Basic };
        let text = escape::pattern(text, self.settings.extended, self.settings.posix);
        let pattern = Pattern::new(&text, syntax, options).map_err(|error| self.error(error.message()))?;
        self.script.patterns.push(pattern);
        Ok(Some(self.script.patterns.len() - 1))
    }

    fn refuse_in_sandbox(&self) -> Result<()> {
        if self.settings.sandbox {
            return Err(self.error("e/r/w commands disabled in sandbox mode"));
        }
        Ok(())
    }

    fn file_name(&mut self) -> Result<Vec<u8>> {
        self.refuse_in_sandbox()?;
        self.skip(b" \t");
        let at = self.at;
        let name = self.rest_of_line();
        if name.is_empty() {
            self.at = at;
            return Err(self.error("missing filename in r/R/w/W commands"));
        }
        Ok(name)
    }

    fn output(&mut self) -> Result<usize> {
        let name = self.file_name()?;
        let outputs = &mut self.script.outputs;
        if let Some(known) = outputs.iter().position(|output| *output == name) {
            return Ok(known);
        }
        outputs.push(name);
        Ok(outputs.len() - 1)
    }

    /// The text of `a`, `i`, `c`, with its newline.
    fn block_text(&mut self) -> Result<Vec<u8>> {
        self.skip(b" \t");
        match self.peek() {
            None => return Err(self.error("expected \\ after `a', `c' or `i'")),
            Some(b'\\') => {
                self.at += 1;
                let at = self.at;
                self.skip(b" \t");
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                    if self.settings.posix {
                        self.skip(b" \t");
                    }
                } else if self.peek().is_none() {
                    // An empty text.
                    return Ok(Vec::new());
                } else {
                    // `a\text`: what follows is the text, with its blanks.
                    self.at = at;
                }
            }
            Some(b'\n') => return Err(self.error("expected \\ after `a', `c' or `i'")),
            Some(_) => {}
        }
        let mut text = Vec::new();
        while let Some(byte) = self.next() {
            match byte {
                b'\n' => break,
                b'\\' => {
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    match escape::byte(rest) {
                        Some((byte, length)) if !self.settings.posix => {
                            text.push(byte);
                            self.at += length;
                        }
                        _ => text.extend(self.next()),
                    }
                }
                _ => text.push(byte),
            }
        }
        text.push(b'\n');
        Ok(text)
    }

    fn substitute(&mut self) -> Result<Kind> {
        const UNTERMINATED: &str = "unterminated `s' command";
        let delimiter = match self.next() {
            Some(delimiter) if delimiter != b'\n' && delimiter != b'\\' => delimiter,
            _ => return Err(self.error(UNTERMINATED)),
        };
        let Some(pattern) = self.delimited(delimiter, true) else { return Err(self.error(UNTERMINATED)) };
        let Some(replacement) = self.delimited(delimiter, false) else { return Err(self.error(UNTERMINATED)) };
        let cases: &[u8] = if self.settings.posix { b"" } else { b"ULEul" };
        let replacement = Replacement::parse(&replacement, &Notation { cases, escape: escape::byte });
        let groups = replacement.groups;
        let mut command =
            Substitute { regex: None, replacement, number: 0, global: false, print: 0, execute: false, output: None };
        let mut options = self.options();
        loop {
            match self.peek() {
                Some(b'g') if command.global => {
                    self.at += 1;
                    return Err(self.error("multiple `g' options to `s' command"));
                }
                Some(b'g') => command.global = true,
                Some(b'p') => command.print += if command.execute { 2 } else { 1 },
                Some(b'i' | b'I') => options.icase = true,
                Some(b'm' | b'M') => options.multiline = true,
                Some(b'e') => {
                    self.refuse_in_sandbox()?;
                    command.execute = true;
                }
                Some(b'0'..=b'9') => {
                    if command.number > 0 {
                        return Err(self.error("multiple number options to `s' command"));
                    }
                    command.number = self.number().unwrap_or(0);
                    if command.number == 0 {
                        return Err(self.error("number option to `s' command may not be zero"));
                    }
                    continue;
                }
                Some(b'w') => {
                    self.at += 1;
                    command.output = Some(self.output()?);
                    break;
                }
                None | Some(b'\n' | b';' | b'}' | b'#' | b' ' | b'\t' | b'\r') => {
                    self.end().map_err(|_| self.error("unknown option to `s'"))?;
                    break;
                }
                Some(_) => {
                    self.at += 1;
                    return Err(self.error("unknown option to `s'"));
                }
            }
            self.at += 1;
        }
        command.number = command.number.max(1);
        command.regex = self.regex(&pattern, &options)?;
        let known = command.regex.and_then(|regex| self.script.patterns.get(regex)).map_or(9, Pattern::groups);
        if groups > known {
            let mut text = b"invalid reference \\".to_vec();
            number::push_u64(&mut text, groups as u64);
            text.extend_from_slice(b" on `s' command's RHS");
            return Err(self.error_text(&text));
        }
        Ok(Kind::Substitute(Box::new(command)))
    }

    #[inline(never)]
    fn translate(&mut self) -> Result<Kind> {
        let ends = self.next().filter(|delimiter| *delimiter != b'\n' && *delimiter != b'\\');
        let mut side = || {
            let mut text = Vec::new();
            loop {
                let byte = self.next()?;
                if Some(byte) == ends {
                    return Some(text);
                }
                if byte != b'\\' {
                    text.push(byte);
                    continue;
                }
                let rest = self.text.get(self.at..).unwrap_or_default();
                match rest.first()? {
                    b'\\' => {
                        text.push(b'\\');
                        self.at += 1;
                    }
                    other if Some(*other) == ends => {
                        text.push(*other);
                        self.at += 1;
                    }
                    b'\n' => {
                        text.push(b'\n');
                        self.at += 1;
                    }
                    // Before any other character the backslash means nothing.
                    _ => {
                        if let Some((byte, length)) = escape::byte(rest) {
                            text.push(byte);
                            self.at += length;
                        }
                    }
                }
            }
        };
        let (from, to) = match (side(), ends) {
            (Some(from), Some(_)) => (from, side()),
            _ => return Err(self.error("unterminated `y' command")),
        };
        let Some(to) = to else { return Err(self.error("unterminated `y' command")) };
        let utf8 = self.settings.utf8 && !(from.is_ascii() && to.is_ascii());
        let members = |text: &[u8]| {
            let mut members = Vec::new();
            let mut rest = text;
            while let Some((member, length)) = set::decode(rest) {
                let byte = rest.first().copied().unwrap_or(0);
                members.push(if utf8 { member } else { u32::from(byte) });
                rest = rest.get(if utf8 { length } else { 1 }..).unwrap_or_default();
            }
            members
        };
        let (from, to) = (members(&from), members(&to));
        if from.len() != to.len() {
            return Err(self.error("strings for `y' command are different lengths"));
        }
        let mut characters = Vec::new();
        for pair in from.into_iter().zip(to) {
            // The first mention of a character counts.
            if !characters.iter().any(|(known, _)| *known == pair.0) {
                characters.push(pair);
            }
        }
        let bytes = |side: fn(&(u32, u32)) -> u32| characters.iter().map(|pair| side(pair) as u8).collect::<Vec<_>>();
        let bytes = translate::Translation::new(&bytes(|pair| pair.0), &bytes(|pair| pair.1));
        base::order::sort(&mut characters, &mut Ord::cmp);
        self.end()?;
        Ok(Kind::Translate(Box::new(Translation { bytes: (!utf8).then_some(bytes), characters })))
    }
}
