//! roff itself: lines and where they come from, macros, strings, numbers, conditions, and the escapes within text.

use super::page::{BOLD, Cell, ITALIC, NO_BREAK, Page, WHOLE};
use super::syntax::{
    arguments, delimited, depth_of, escape_name, expression_length, split_name, value, with_arguments,
};
use super::{chars, man7, mdoc, table};
use base::bytes::fill;
use base::number::push_i64;
use base::term::width::next_char;
use std::rc::Rc;

/// How deep macros and files may be nested.
const DEPTH: usize = 64;
/// How many bytes of lines may be read, macros and all, for a byte of the page, and in any case.
const EXPANSION: usize = 200;
const LEAST: usize = 4 << 20;
/// How many macros, strings and numbers a page may name.
const NAMES: usize = 5000;
/// The strings that a page need not define.
const STRINGS: &str = "R=® (R=® Tm=™ lq=“ Lq=“ rq=” Rq=” Aq=' q=' Am=& Lt=< Gt=> Ba=| Le=≤ Ge=≥ Ne=≠ Pm=±";
/// How long a line may become.
pub const LINE: usize = 1 << 16;

/// Why a page cannot be shown.
pub type Fails<T = ()> = Result<T, &'static str>;

/// A text that lines are read from: the page, a file, or a macro that runs with its arguments.
struct Frame {
    text: Rc<[u8]>,
    at: usize,
    arguments: Option<Vec<Vec<u8>>>,
}

/// Where `.so` finds its files.
pub type Loader<'l> = &'l mut dyn FnMut(&[u8]) -> Option<Vec<u8>>;

pub struct Roff<'l> {
    pub page: Page,
    pub man: man7::Man,
    pub mdoc: mdoc::Mdoc,
    pub font: Cell,
    last_font: Cell,
    /// The line ended in `\c`: the next one goes on in it.
    pub continues: bool,
    frames: Vec<Frame>,
    names: Vec<(Vec<u8>, Rc<[u8]>)>,
    numbers: Vec<(Vec<u8>, i64)>,
    /// What became of the `.ie`s whose `.el` is to come.
    conditions: Vec<bool>,
    budget: usize,
    loader: Loader<'l>,
}

impl<'l> Roff<'l> {
    pub fn new(text: Vec<u8>, width: usize, loader: Loader<'l>) -> Roff<'l> {
        let budget = text.len().saturating_mul(EXPANSION).max(LEAST);
        Roff {
            page: Page::new(width),
            man: man7::Man::default(),
            mdoc: mdoc::Mdoc::default(),
            font: 0,
            last_font: 0,
            continues: false,
            frames: vec![Frame { text: text.into(), at: 0, arguments: None }],
            names: Vec::new(),
            numbers: Vec::new(),
            conditions: Vec::new(),
            budget,
            loader,
        }
    }

    /// Sets the whole page.
    pub fn run(&mut self) -> Fails {
        let mut line = Vec::new();
        while self.next_line(&mut line)? {
            self.line(&line)?;
        }
        self.finish()
    }

    fn finish(&mut self) -> Fails {
        man7::end(self);
        mdoc::end_page(self);
        self.page.end_line();
        Ok(())
    }

    /// Reads the next line, without its newline; lines that a backslash joins are one.
    pub fn next_line(&mut self, line: &mut Vec<u8>) -> Fails<bool> {
        line.clear();
        loop {
            let Some(frame) = self.frames.last_mut() else { return Ok(false) };
            let rest = frame.text.get(frame.at..).unwrap_or_default();
            if rest.is_empty() {
                self.pop_frame();
                if line.is_empty() {
                    continue;
                }
                return Ok(true);
            }
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let start = line.len();
            let part = rest.get(..length).unwrap_or_default();
            line.extend_from_slice(part.strip_suffix(b"\r").unwrap_or(part));
            frame.at += length + 1;
            self.budget = self.budget.checked_sub(length + 1).ok_or("its macros do not end")?;
            if let Some(arguments) = &frame.arguments
                && memchr::memchr(b'$', line).is_some()
            {
                let replaced = with_arguments(line.get(start..).unwrap_or_default(), arguments);
                line.truncate(start);
                line.extend_from_slice(&replaced);
            }
            if line.len() > LINE {
                line.truncate(LINE);
                return Ok(true);
            }
            let slashes = line.iter().rev().take_while(|byte| **byte == b'\\').count();
            let comment = base::bytes::find(line, b"\\\"").is_some();
            if slashes % 2 == 0 || comment {
                return Ok(true);
            }
            line.pop();
        }
    }

    #[inline(never)]
    fn pop_frame(&mut self) {
        self.frames.pop();
    }

    /// Has these lines read next.
    fn push_frame(&mut self, text: Rc<[u8]>, arguments: Option<Vec<Vec<u8>>>) -> Fails {
        if self.frames.len() >= DEPTH {
            return Err("macros or files are nested too deeply");
        }
        self.frames.push(Frame { text, at: 0, arguments });
        Ok(())
    }

    /// Does what a line says.
    pub fn line(&mut self, line: &[u8]) -> Fails {
        let line = self.expand(line, 0);
        let Some((b'.' | b'\'', after)) = line.split_first() else {
            self.text(&line);
            return Ok(());
        };
        let (name, rest) = split_name(after);
        // What closes a condition has nothing to say.
        if name.is_empty() || name.starts_with(b"\\}") {
            return Ok(());
        }
        self.request(name, rest)
    }

    #[inline(never)]
    fn request(&mut self, name: &[u8], rest: &[u8]) -> Fails {
        if let Some((_, body)) = self.index_of(name).and_then(|at| self.names.get(at)) {
            let body = Rc::clone(body);
            return self.push_frame(body, Some(arguments(rest)));
        }
        if self.basic(name, rest)? || table::request(self, name)? || man7::request(self, name, rest)? {
            return Ok(());
        }
        if self.mdoc.is_on || name == b"Dd" {
            mdoc::request(self, name, rest);
        }
        Ok(())
    }

    /// roff's own requests. Gives whether it was one.
    fn basic(&mut self, name: &[u8], rest: &[u8]) -> Fails<bool> {
        let (first, after) = split_name(rest);
        match name {
            b"so" => {
                let text = (self.loader)(rest.trim_ascii()).unwrap_or_default();
                self.budget = self.budget.saturating_add(text.len());
                self.push_frame(text.into(), None)?;
            }
            b"de" | b"de1" | b"am" | b"ig" => {
                let (end, _) = split_name(after);
                let end: &[u8] = if name == b"ig" { first } else { end };
                let end: &[u8] = if end.is_empty() { b"." } else { end };
                let mut body = Vec::new();
                if name == b"am" {
                    body.extend_from_slice(self.named(first));
                }
                let mut line = Vec::new();
                while self.next_line(&mut line)? {
                    // `. .` ends a macro too.
                    if line.strip_prefix(b".").is_some_and(|rest| split_name(rest).0 == end) {
                        break;
                    }
                    self.push_copied(&mut body, &line);
                    body.push(b'\n');
                }
                if name != b"ig" {
                    self.define(first, body)?;
                }
            }
            b"ds" | b"as" => {
                let text = after.strip_prefix(b"\"").unwrap_or(after);
                let mut body = if name == b"as" { self.named(first).to_vec() } else { Vec::new() };
                self.push_copied(&mut body, text);
                body.truncate(LINE);
                self.define(first, body)?;
            }
            b"rm" => {
                if let Some(at) = self.index_of(first) {
                    self.names.swap_remove(at);
                }
            }
            b"rn" | b"als" => {
                let (second, _) = split_name(after);
                let (from, to) = if name == b"rn" { (first, second) } else { (second, first) };
                if self.index_of(from).is_some() {
                    let body = self.named(from).to_vec();
                    self.define(to, body)?;
                }
            }
            b"nr" => {
                let text = after.trim_ascii();
                let old = self.number(first);
                let value = match text.split_first() {
                    Some((b'+', text)) => old.saturating_add(self.evaluate(text)),
                    Some((b'-', text)) => old.saturating_sub(self.evaluate(text)),
                    _ => self.evaluate(text),
                };
                if let Some(known) = self.numbers.iter_mut().find(|known| known.0 == first) {
                    known.1 = value;
                } else if self.numbers.len() < NAMES {
                    self.numbers.push((first.to_vec(), value));
                }
            }
            b"rr" => {
                if let Some(at) = self.numbers.iter().position(|known| known.0 == first) {
                    self.numbers.swap_remove(at);
                }
            }
            b"if" | b"ie" | b"while" => {
                let (truth, body) = self.condition(rest);
                if name == b"ie" {
                    self.conditions.push(truth);
                    if self.conditions.len() > NAMES {
                        return Err("conditions are nested too deeply");
                    }
                }
                // A loop is done once: no page that is read needs more.
                self.branch(truth, body)?;
            }
            b"el" => {
                let truth = !self.conditions.pop().unwrap_or(true);
                self.branch(truth, rest)?;
            }
            b"br" | b"brp" => self.page.end_line(),
            b"sp" => {
                let lines = if first.is_empty() { 1 } else { self.evaluate(first) };
                for _ in 0..lines.clamp(0, 3) {
                    self.page.blank();
                }
                self.page.end_line();
            }
            b"nf" => {
                self.page.end_line();
                self.page.fill = false;
            }
            b"fi" => {
                self.page.end_line();
                self.page.fill = true;
            }
            b"ce" => {
                self.page.end_line();
                let lines = if first.is_empty() { 1 } else { self.evaluate(first) };
                self.page.centre = usize::try_from(lines).unwrap_or(0);
                self.page.fill = true;
            }
            b"ft" => self.set_font(if first.is_empty() { b"P" } else { first }),
            b"in" | b"ti" => {
                self.page.end_line();
                let left = self.page.left;
                let by = rest.trim_ascii();
                let amount = self.evaluate(by.strip_prefix(b"+").or(by.strip_prefix(b"-")).unwrap_or(by));
                let amount = usize::try_from(amount).unwrap_or(0).min(self.page.width);
                let to = match by.first() {
                    None => self.man.margin(),
                    Some(b'+') => left.saturating_add(amount),
                    Some(b'-') => left.saturating_sub(amount),
                    Some(_) => amount,
                };
                if name == b"ti" {
                    self.page.once = Some(to);
                } else {
                    self.page.left = to;
                }
            }
            b"EQ" | b"PS" | b"GS" => {
                let end: &[u8] = if name == b"EQ" { b".EN" } else { &[b'.', *name.first().unwrap_or(&0), b'E'] };
                let mut line = Vec::new();
                while self.next_line(&mut line)? {
                    if line.starts_with(end) {
                        break;
                    }
                }
            }
            b"shift" => {
                let by = if first.is_empty() { 1 } else { self.evaluate(first) };
                if let Some(arguments) = self.frames.iter_mut().rev().find_map(|frame| frame.arguments.as_mut()) {
                    for _ in 0..usize::try_from(by).unwrap_or(0).min(arguments.len()) {
                        arguments.remove(0);
                    }
                }
            }
            b"return" => self.pop_frame(),
            b"nop" => self.line(rest)?,
            b"do" => {
                let line = fill(".%", &[rest]);
                self.line(&line)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Where the string or macro of this name is.
    #[inline(never)]
    fn index_of(&self, name: &[u8]) -> Option<usize> {
        self.names.iter().position(|known| known.0 == name)
    }

    /// The string or macro of this name.
    fn named(&self, name: &[u8]) -> &[u8] {
        self.index_of(name).and_then(|at| self.names.get(at)).map(|known| &*known.1).unwrap_or_default()
    }

    fn define(&mut self, name: &[u8], body: Vec<u8>) -> Fails {
        let at = self.index_of(name).unwrap_or(self.names.len());
        if let Some(known) = self.names.get_mut(at) {
            known.1 = body.into();
        } else if at >= NAMES {
            return Err("it names too many macros");
        } else if !name.is_empty() {
            self.names.push((name.to_vec(), body.into()));
        }
        Ok(())
    }

    fn number(&self, name: &[u8]) -> i64 {
        match self.numbers.iter().find(|known| known.0 == name) {
            Some(known) => known.1,
            None => match name {
                b".$" => {
                    let frame = self.frames.iter().rev().find_map(|frame| frame.arguments.as_ref());
                    frame.map_or(0, |arguments| arguments.len() as i64)
                }
                b".g" | b".H" | b".V" | b".u" => 1,
                b".l" | b".ll" => self.page.width as i64,
                b".i" | b".in" => self.page.left as i64,
                b"yr" => 100,
                _ => 0,
            },
        }
    }

    /// Copies a line of a definition: one backslash of two is left.
    fn push_copied(&self, out: &mut Vec<u8>, line: &[u8]) {
        let mut rest = line;
        while let Some((byte, after)) = rest.split_first() {
            out.push(*byte);
            rest = if *byte == b'\\' && after.first() == Some(&b'\\') {
                after.get(1..).unwrap_or_default()
            } else {
                after
            };
        }
    }

    /// Does what follows a condition, or skips it to where it ends.
    fn branch(&mut self, truth: bool, rest: &[u8]) -> Fails {
        let rest = rest.trim_ascii_start();
        if truth {
            let rest = rest.strip_prefix(b"\\{").map_or(rest, <[u8]>::trim_ascii_start);
            return if rest.is_empty() { Ok(()) } else { self.line(rest) };
        }
        let mut depth = depth_of(rest);
        let mut line = Vec::new();
        while depth > 0 && self.next_line(&mut line)? {
            depth = depth.saturating_add(depth_of(&line));
        }
        Ok(())
    }

    /// Whether the condition at the front holds, and what follows it.
    fn condition<'t>(&mut self, text: &'t [u8]) -> (bool, &'t [u8]) {
        let mut text = text.trim_ascii_start();
        let mut wanted = true;
        while let Some(after) = text.strip_prefix(b"!") {
            wanted = !wanted;
            text = after;
        }
        let (truth, rest) = match text.split_first() {
            Some((letter @ (b'd' | b'r' | b'c' | b'm' | b'F' | b'S'), after))
                if after.starts_with(b" ") || *letter == b'd' || *letter == b'r' =>
            {
                let (name, rest) = split_name(after.trim_ascii_start());
                let found = match letter {
                    b'd' => self.index_of(name).is_some(),
                    b'r' => self.numbers.iter().any(|known| known.0 == name),
                    _ => false,
                };
                (found, rest)
            }
            Some((b'n' | b'o', rest)) => (true, rest),
            Some((b't' | b'e' | b'v', rest)) => (false, rest),
            Some((quote @ (b'\'' | b'"' | b'\x07'), after)) => {
                let mut parts = after.splitn(3, |byte| byte == quote);
                let (a, b) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                (a == b, parts.next().unwrap_or_default())
            }
            _ => {
                let end = expression_length(text);
                let (expression, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
                (self.evaluate(expression) > 0, rest)
            }
        };
        (truth == wanted, rest)
    }

    /// The value of an expression, from left to right, in characters and lines.
    #[inline(never)]
    pub fn evaluate(&self, text: &[u8]) -> i64 {
        value(text, 0).0
    }

    /// Puts strings, numbers and widths in their places, and takes comments away.
    fn expand(&mut self, line: &[u8], depth: usize) -> Vec<u8> {
        if memchr::memchr(b'\\', line).is_none() {
            return line.to_vec();
        }
        let mut out = Vec::with_capacity(line.len());
        let mut rest = line;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            if *byte != b'\\' || out.len() > LINE {
                out.push(*byte);
                continue;
            }
            match after.split_first() {
                Some((b'"' | b'#', _)) => break,
                Some((b'*', after)) => {
                    let (name, length) = escape_name(after);
                    rest = after.get(length..).unwrap_or_default();
                    let name = name.split(|byte| *byte == b' ').next().unwrap_or_default();
                    let known = self.index_of(name).and_then(|at| self.names.get(at)).map(|known| Rc::clone(&known.1));
                    match known {
                        Some(text) if depth < 8 => out.append(&mut self.expand(&text, depth.saturating_add(1))),
                        Some(_) => {}
                        None => out.extend_from_slice(chars::look_up(STRINGS, name).unwrap_or_default().as_bytes()),
                    }
                }
                Some((b'n', after)) => {
                    let sign = after.first().copied().filter(|byte| matches!(byte, b'+' | b'-'));
                    let after = after.get(usize::from(sign.is_some())..).unwrap_or_default();
                    let (name, length) = escape_name(after);
                    rest = after.get(length..).unwrap_or_default();
                    let mut value = self.number(name);
                    if let Some(sign) = sign {
                        value = if sign == b'+' { value.saturating_add(1) } else { value.saturating_sub(1) };
                        if let Some(known) = self.numbers.iter_mut().find(|known| known.0 == name) {
                            known.1 = value;
                        }
                    }
                    push_i64(&mut out, value);
                }
                Some((b'w', after)) => {
                    let (text, length) = delimited(after);
                    rest = after.get(length..).unwrap_or_default();
                    let wide = base::term::width::display_width(text, true);
                    push_i64(&mut out, wide as i64);
                }
                Some((next, after)) => {
                    out.extend_from_slice(&[b'\\', *next]);
                    rest = after;
                }
                None => {}
            }
        }
        out
    }

    /// The cells of a text that is set beside the page.
    pub fn cells_of(&mut self, text: &[u8]) -> Vec<Cell> {
        let fill = core::mem::replace(&mut self.page.fill, false);
        self.put(text);
        self.page.fill = fill;
        self.page.take_word()
    }

    pub fn set_font(&mut self, name: &[u8]) {
        let new = match name {
            b"P" | b"" => self.last_font,
            b"B" | b"3" | b"CB" | b"CSB" | b"b" | b"C" if name != b"C" => BOLD,
            b"I" | b"2" | b"CI" | b"i" => ITALIC,
            b"BI" | b"4" | b"CBI" => BOLD | ITALIC,
            _ => 0,
        };
        self.last_font = self.font;
        self.font = new;
    }

    /// Sets a line of text.
    pub fn text(&mut self, line: &[u8]) {
        if line.is_empty() {
            if !man7::is_waiting(self) {
                self.page.blank();
            }
            return;
        }
        let blanks = line.iter().take_while(|byte| **byte == b' ').count();
        if self.page.fill && blanks > 0 && !self.continues {
            self.page.end_line();
            self.page.once = Some(self.page.left.saturating_add(blanks));
        }
        let line = if self.page.fill { line.get(blanks..).unwrap_or_default() } else { line };
        self.put(line);
        self.end_input(line);
    }

    /// What comes at the end of a line of text: a word ends, or a line where lines are kept.
    pub fn end_input(&mut self, line: &[u8]) {
        if !core::mem::take(&mut self.continues) {
            if self.page.fill && self.page.centre == 0 {
                let mut ends = line.iter().rev().skip_while(|byte| matches!(byte, b')' | b']' | b'"' | b'\''));
                let is_sentence = matches!(ends.next(), Some(b'.' | b'?' | b'!'));
                self.page.end_word(if is_sentence { 2 } else { 1 });
            } else if !man7::is_waiting(self) {
                self.page.end_line();
            }
            man7::after_line(self);
        } else {
            self.continues = false;
        }
    }

    /// Puts text with its escapes where it is now.
    pub fn put(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            match byte {
                b'\\' => {
                    let length = self.escape(after);
                    rest = after.get(length..).unwrap_or_default();
                    continue;
                }
                b' ' | b'\t' if self.page.fill => {
                    // Several blanks stay several.
                    let blanks = rest.iter().take_while(|byte| **byte == b' ').count().max(1);
                    self.page.end_word(blanks);
                    rest = rest.get(blanks..).unwrap_or_default();
                    continue;
                }
                b'\t' => {
                    let column = self.page.column().saturating_sub(self.page.left);
                    for _ in column..(column / 8).saturating_add(1).saturating_mul(8) {
                        self.page.put(NO_BREAK);
                    }
                }
                b' ' => self.page.put(NO_BREAK),
                0..=31 | 127 => {}
                _ => {
                    let (c, length) = next_char(rest);
                    // What is no UTF-8 is Latin-1.
                    let c = c.unwrap_or(char::from(*byte));
                    if !c.is_control() {
                        self.page.put(u32::from(c) | self.font);
                    }
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
            }
            rest = after;
        }
    }

    #[inline(never)]
    fn put_str(&mut self, text: &str) {
        for c in text.chars() {
            self.page.put(u32::from(c) | self.font);
        }
    }

    /// Does an escape, of which `rest` is what follows the backslash. Gives how much of it belonged to it.
    fn escape(&mut self, rest: &[u8]) -> usize {
        let Some((letter, after)) = rest.split_first() else { return 0 };
        let one = |length: usize| length + 1;
        match letter {
            b'f' | b'F' => {
                let (name, length) = escape_name(after);
                if *letter == b'f' {
                    self.set_font(name);
                }
                one(length)
            }
            b'(' | b'[' | b'C' => {
                let (name, length) = if *letter == b'C' { delimited(after) } else { escape_name(rest) };
                let name = name.split(|byte| *byte == b' ').next().unwrap_or_default();
                if let Some(shown) = chars::named(name) {
                    self.put_str(shown);
                } else if let Some(c) = chars::numbered(name) {
                    self.page.put(u32::from(c) | self.font);
                }
                if *letter == b'C' { one(length) } else { length }
            }
            b'e' | b'\\' | b'E' => {
                self.page.put(u32::from('\\') | self.font);
                1
            }
            b' ' | b'~' | b'0' => {
                self.page.put(NO_BREAK);
                1
            }
            b't' => {
                self.put(b"\t");
                1
            }
            b'c' => {
                self.continues = true;
                rest.len()
            }
            b's' => {
                // Sizes: a digit or two, with a sign, in parentheses, brackets or quotes.
                let signs = usize::from(matches!(after.first(), Some(b'+' | b'-')));
                let tail = after.get(signs..).unwrap_or_default();
                let length = match tail.first() {
                    Some(b'(') => 3,
                    Some(b'[') => memchr::memchr(b']', tail).map_or(1, one),
                    Some(b'\'') => delimited(tail).1,
                    Some(b'1'..=b'3') if tail.get(1).is_some_and(u8::is_ascii_digit) && signs == 0 => 2,
                    _ => 1,
                };
                one(signs + length)
            }
            b'h' | b'l' => {
                let (text, length) = delimited(after);
                let cell = if *letter == b'h' { NO_BREAK } else { u32::from('_') | self.font };
                let count = self.evaluate(text.strip_prefix(b"|").unwrap_or(text));
                if count < 0 && self.page.column() <= self.page.left {
                    // What stands in the margin: `\h'-04'\(bu\h'+03'`.
                    let back = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
                    self.page.once = Some(self.page.column().saturating_sub(back));
                }
                for _ in 0..count.clamp(0, 200) {
                    self.page.put(cell);
                }
                one(length)
            }
            b'o' | b'z' => {
                // Characters over one another: the last is seen.
                if *letter == b'z' {
                    return 1;
                }
                let (text, length) = delimited(after);
                let mut last = text;
                while let (_, length) = next_char(last)
                    && length > 0
                    && last.len() > length
                {
                    last = last.get(length..).unwrap_or_default();
                }
                self.put(last);
                one(length)
            }
            b'N' => {
                let (text, length) = delimited(after);
                if let Some(c) = chars::numbered(&fill("char%", &[text])) {
                    self.page.put(u32::from(c) | self.font);
                }
                one(length)
            }
            b'v' | b'X' | b'D' | b'L' | b'b' | b'A' | b'B' | b'R' | b'H' | b'S' | b'x' | b'w' | b'Z' => {
                one(delimited(after).1)
            }
            b'm' | b'M' | b'k' | b'g' | b'Y' | b'V' | b'O' | b'*' | b'n' | b'$' => one(escape_name(after).1),
            b'&' | b'|' | b'^' | b'%' | b':' | b'/' | b',' | b')' | b'{' | b'}' | b'u' | b'd' | b'r' | b'p' | b'a'
            | b'!' | b'?' => 1,
            b'\'' | b'`' | b'.' | b'"' | b'_' | b'-' => {
                self.page.put(u32::from(*letter) | self.font | WHOLE);
                1
            }
            _ => 0,
        }
    }

    /// Puts text into the word, with its strings and numbers, and ends nothing.
    pub fn text_alone(&mut self, text: &[u8]) {
        let text = self.expand(text, 0);
        self.put(&text);
    }
}
