//! The pager's keys.

use super::find::Find;
use super::pager::{Pager, Pos};
use super::source::Source;
use base::Result;
use base::number::push_u64;
use base::term::keys::{CTRL, Code, META};
use base::term::screen;
use core::time::Duration;
use std::rc::Rc;

/// Keys that stand for others, so that one table of letters is enough.
#[inline(never)]
fn letter(code: Code, held: u8) -> u8 {
    match code {
        Code::Down => b'j',
        Code::Up => b'k',
        Code::PageDown => b'f',
        Code::PageUp => b'b',
        Code::Home => b'g',
        Code::End => b'G',
        Code::Left if held & CTRL == 0 => 0x80,
        Code::Right if held & CTRL == 0 => 0x81,
        Code::Char('v') if held & META != 0 => b'b',
        Code::Char('<') if held & META != 0 => b'g',
        Code::Char('>') if held & META != 0 => b'G',
        Code::Char('n') if held & META != 0 => b'n',
        Code::Char('u') if held & META != 0 => 0x82,
        Code::Char('(') if held & META != 0 => 0x80,
        Code::Char(')') if held & META != 0 => 0x81,
        Code::Char('\x7f' | '\x08') => b'b',
        Code::Char(c) if held == 0 && c.is_ascii() => c as u8,
        _ => 0,
    }
}

impl Pager<'_, '_> {
    /// Reads a command and does it.
    pub fn command(&mut self) -> Result<()> {
        let mut number: Option<usize> = None;
        let key = loop {
            let Some(key) = self.key(None) else { return Ok(()) };
            match key.code {
                Code::Char(c @ '0'..='9') if key.held == 0 => {
                    let digit = (c as u8 - b'0') as usize;
                    number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit).min(1 << 48));
                    let mut text = b"\r\x1b[K:".to_vec();
                    push_u64(&mut text, number.unwrap_or(0) as u64);
                    self.show(&text)?;
                }
                _ => break letter(key.code, key.held),
            }
        };
        let count = number.unwrap_or(1);
        let is_more = self.set.is_more;
        if core::mem::take(&mut self.said) && !is_more && matches!(key, b'\r' | b'\n') {
            return Ok(());
        }
        match key {
            b'q' | b'Q' => self.done = true,
            3 if self.set.interrupt_exits => {
                self.status = if is_more { 0 } else { 2 };
                self.done = true;
            }
            b'Z' => {
                self.done |= self.key(None).is_some_and(|key| matches!(key.code, Code::Char('Z' | 'Q')));
            }
            b's' if is_more => self.forward(count),
            b'f' | 6 | 22 | b' ' => {
                let rows = match number {
                    Some(number) if is_more && key == b'f' => number.saturating_mul(self.height),
                    Some(number) => number,
                    None => self.window(),
                };
                self.forward(rows);
            }
            b'z' => {
                if let Some(number) = number {
                    self.set.window = number;
                }
                let rows = self.window();
                self.forward(rows);
            }
            b'e' | 5 | b'j' | 14 | b'\r' | b'\n' => self.forward(count),
            b'y' | 25 | b'k' | 11 | 16 => self.backward(count),
            b'b' | 2 | b'w' => {
                let rows = number.unwrap_or_else(|| self.window());
                self.backward(rows);
            }
            b'd' | 4 | b'u' | 21 => {
                if let Some(number) = number {
                    self.half = number;
                }
                let rows = if self.half > 0 { self.half } else { (self.height + usize::from(!is_more)) / 2 }.max(1);
                if matches!(key, b'd' | 4) { self.forward(rows) } else { self.backward(rows) }
            }
            b'r' | 12 | 18 => self.forget(),
            b'R' => {
                self.source.grow();
                self.forget();
            }
            b'g' | b'<' => {
                self.remember(b'\'');
                let line = match number {
                    None => Some(self.start().line),
                    Some(number) => self.source.line(number as u64),
                };
                match line {
                    Some(line) if line == 0 || self.source.has(line) => self.go(line),
                    Some(_) => self.go_end(),
                    None => {}
                }
            }
            b'G' | b'>' => {
                self.remember(b'\'');
                match number.map(|number| self.source.line(number as u64)) {
                    Some(Some(line)) if self.source.has(line) => self.go(line),
                    _ => self.go_end(),
                }
            }
            b'p' | b'%' => {
                self.remember(b'\'');
                let end = self.source.end();
                let percent = number.unwrap_or(0).min(100) as u64;
                let at = (u128::from(end) * u128::from(percent) / 100) as u64;
                let line = if percent == 0 { 0 } else { self.source.previous(at.saturating_add(1).min(end)) };
                if percent >= 100 { self.go_end() } else { self.go(line) }
            }
            b'P' => {
                let line = self.source.previous((number.unwrap_or(0) as u64).saturating_add(1));
                self.go(line);
            }
            b'm' | b'M' => {
                if let Some(c) = self.character()
                    && c.is_ascii_alphabetic()
                {
                    self.remember(c as u8);
                }
            }
            b'\'' | 24 => self.go_mark(),
            b'/' | b'?' => self.search(key == b'/', count)?,
            b'n' | b'N' => {
                let forward = self.find_forward == (key == b'n');
                self.again(forward, count, false);
            }
            0x82 => {
                self.show_found = !self.show_found;
                self.moved = None;
            }
            b'&' => self.filter()?,
            b'F' => self.follow()?,
            0x80 | 0x81 => {
                let step = match number {
                    Some(number) => {
                        self.set.step = number;
                        number
                    }
                    None if self.set.step > 0 => self.set.step,
                    None => self.width / 2,
                };
                self.shift =
                    if key == 0x80 { self.shift.saturating_sub(step) } else { self.shift.saturating_add(step) };
                if !self.set.chop && self.shift > 0 {
                    self.set.chop = true;
                    self.forget();
                }
                self.moved = None;
            }
            b'=' | 7 => self.information(),
            b':' => self.colon(count)?,
            b'-' if !is_more => self.toggle()?,
            b'_' => {
                if let Some(c) = self.character() {
                    self.tell(c as u8);
                }
            }
            b'+' => {}
            b'v' if !self.secure => self.edit()?,
            b'!' if !self.secure => self.shell_command()?,
            b'|' if !self.secure => self.pipe()?,
            b'h' | b'H' => self.help()?,
            _ if self.set.tells_keys => self.say(b"[Press 'h' for instructions.]"),
            _ => {}
        }
        Ok(())
    }

    /// The character that is typed next; None where it is another key.
    #[inline(never)]
    fn character(&mut self) -> Option<char> {
        match self.key(None)?.code {
            Code::Char(c) => Some(c),
            _ => None,
        }
    }

    /// Writes to the screen at once.
    #[inline(never)]
    pub fn show(&mut self, text: &[u8]) -> Result<()> {
        self.cx.stdout.put(text)?;
        self.cx.stdout.finish()
    }

    fn remember(&mut self, letter: u8) {
        let mark = (letter, self.current, self.top);
        match self.marks.iter_mut().find(|(known, ..)| *known == letter) {
            Some(old) => *old = mark,
            None => self.marks.push(mark),
        }
    }

    /// Where a mark is.
    #[inline(never)]
    fn place(&self, c: char) -> Option<(usize, Pos)> {
        if c == '^' {
            return Some((self.current, Pos::default()));
        }
        self.marks.iter().find(|(known, ..)| char::from(*known) == c).map(|(_, file, pos)| (*file, *pos))
    }

    #[inline(never)]
    fn go_mark(&mut self) {
        let c = if self.set.is_more { Some('\'') } else { self.character() };
        let Some(c) = c else { return };
        let c = if c == '\x18' { '\'' } else { c };
        if c == '$' {
            self.remember(b'\'');
            return self.go_end();
        }
        let Some((file, pos)) = self.place(c) else {
            if c == '\'' {
                self.go(0);
            } else {
                self.say(b"Mark not set");
            }
            return;
        };
        self.remember(b'\'');
        if file != self.current {
            self.switch(file as isize - self.current as isize);
        }
        self.go(pos.line);
    }

    /// Asks for a line behind `prompt`; None when the user thinks better of it.
    fn ask(&mut self, prompt: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut text: Vec<u8> = Vec::new();
        let mut back = 0;
        loop {
            let mut out = b"\r\x1b[K".to_vec();
            out.extend_from_slice(prompt);
            for byte in &text {
                match byte {
                    0..=31 | 127 => out.extend_from_slice(&[b'^', byte ^ 0x40]),
                    _ => out.push(*byte),
                }
            }
            self.show(&out)?;
            let Some(key) = self.key(None) else { return Ok(None) };
            match key.code {
                Code::Char('\r' | '\n') => {
                    if !text.is_empty() {
                        self.history.push(text.clone());
                    }
                    return Ok(Some(text));
                }
                Code::Char('\x1b' | '\x03') => return Ok(None),
                Code::Char('\x08' | '\x7f') => {
                    if text.is_empty() {
                        return Ok(None);
                    }
                    while text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                }
                Code::Char('\x15') => text.clear(),
                Code::Char('\x17') => {
                    let kept = text.trim_ascii_end().iter().rposition(|byte| *byte == b' ').map_or(0, |at| at + 1);
                    text.truncate(kept);
                }
                Code::Up | Code::Down => {
                    back =
                        if key.code == Code::Up { (back + 1).min(self.history.len()) } else { back.saturating_sub(1) };
                    let at = self.history.len() - back;
                    text.clear();
                    text.extend_from_slice(self.history.get(at).map(Vec::as_slice).unwrap_or_default());
                }
                Code::Char(c) if key.held == 0 => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Code::Byte(byte) => text.push(byte),
                _ => {}
            }
        }
    }

    #[inline(never)]
    fn search(&mut self, forward: bool, count: usize) -> Result<()> {
        let prompt = if forward { &b"/"[..] } else { b"?" };
        let Some(text) = self.ask(prompt)? else {
            self.moved = self.moved.or(None);
            return Ok(());
        };
        let mut rest = text.as_slice();
        let (mut invert, mut fixed, mut stay) = (false, false, false);
        while let Some((first, after)) = rest.split_first() {
            match first {
                b'!' | 14 => invert = true,
                18 => fixed = true,
                11 => stay = true,
                b'*' | 5 => {}
                b'@' | 6 => {
                    if forward {
                        self.top = Pos::default();
                    } else {
                        self.go_end();
                    }
                }
                _ => break,
            }
            rest = after;
        }
        self.find_forward = forward;
        if !rest.is_empty() {
            match Find::new(rest, self.set.case, self.set.style.utf8, fixed, invert) {
                Ok(find) => {
                    self.find = Some(Rc::new(find));
                    self.find_text.clear();
                    self.find_text.extend_from_slice(rest);
                    self.show_found = true;
                }
                Err(error) => {
                    self.say(error.message().as_bytes());
                    return Ok(());
                }
            }
        }
        self.moved = None;
        if !stay {
            self.again(forward, count, !rest.is_empty());
        }
        Ok(())
    }

    /// The next line that has what was searched for; of a new pattern the first one on the screen, or backwards the last one.
    fn again(&mut self, forward: bool, count: usize, new: bool) {
        let Some(find) = self.find.clone() else {
            self.say(b"No previous regular expression");
            return;
        };
        let mut at = self.top.line;
        let new = new && !self.set.skip_screen;
        if self.set.skip_screen && forward || new && !forward {
            at = self.bottom().0.line;
        }
        if new && !forward {
            at = self.source.next(at);
        }
        let target = if new || self.set.skip_screen { 0 } else { self.set.target.min(self.height.saturating_sub(1)) };
        for _ in 0..target {
            at = self.next_line(at).unwrap_or(at);
        }
        // What the first page shows has not been found yet.
        let mut include = self.fresh || new;
        let mut left = count;
        while left > 0 {
            let style = self.set.style.clone();
            let found = if forward {
                let from = if include { at } else { self.source.next(at) };
                find.forward(&mut self.source, from, &style)
            } else {
                find.backward(&mut self.source, at, &style)
            };
            include = false;
            let Some(line) = found else {
                self.say(b"Pattern not found");
                return;
            };
            at = line;
            if self.filter.as_ref().is_none_or(|filter| {
                let end = self.source.next(line);
                let bytes = self.source.read(line, end);
                filter.wants(base::io::chomp(&bytes, b'\n'), &style)
            }) {
                left -= 1;
            }
        }
        self.remember(b'\'');
        self.show_found = true;
        self.go(at);
    }

    #[inline(never)]
    fn filter(&mut self) -> Result<()> {
        let Some(text) = self.ask(b"&/")? else { return Ok(()) };
        let (invert, rest) = match text.split_first() {
            Some((b'!' | 14, rest)) => (true, rest),
            _ => (false, text.as_slice()),
        };
        self.filter = None;
        if !rest.is_empty() {
            match Find::new(rest, self.set.case, self.set.style.utf8, false, invert) {
                Ok(find) => self.filter = Some(Rc::new(find)),
                Err(error) => self.say(error.message().as_bytes()),
            }
        }
        self.forget();
        let top = self.top.line;
        self.go(top);
        Ok(())
    }

    /// Stays at the end and shows what comes, until a key or Interrupt.
    #[inline(never)]
    fn follow(&mut self) -> Result<()> {
        self.source.grow();
        self.forget();
        self.go_end();
        loop {
            self.message.clear();
            self.draw()?;
            self.show(b"\r\x1b[K\x1b[7mWaiting for data... (interrupt to abort)\x1b[m")?;
            loop {
                let Some(key) = self.key(Some(Duration::from_millis(100))) else { return Ok(()) };
                if key.code != Code::Unknown {
                    self.moved = None;
                    return Ok(());
                }
                let waits = self.source.waits_on().is_some_and(|fd| {
                    let mut fds = [rustix::event::PollFd::from_borrowed_fd(fd, rustix::event::PollFlags::IN)];
                    !matches!(
                        rustix::event::poll(&mut fds, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 })),
                        Ok(1..)
                    )
                });
                if !waits && self.source.grow() || self.moved.is_none() {
                    break;
                }
            }
            self.forget();
            // A pipe has more to come: what is there is enough.
            let (length, _) = self.source.known();
            let last = self.source.previous(length);
            self.top = Pos { line: last, row: 0 };
            let rows = self.height - 1;
            self.backward(rows);
        }
    }

    #[inline(never)]
    fn colon(&mut self, count: usize) -> Result<()> {
        self.show(b"\r\x1b[K :")?;
        let Some(c) = self.character() else { return Ok(()) };
        let step = isize::try_from(count).unwrap_or(isize::MAX);
        match c {
            'n' => {
                self.switch(step);
            }
            'p' => {
                self.switch(step.saturating_neg());
            }
            'x' => {
                let first = self.current as isize;
                self.switch(first.saturating_neg().saturating_add(step).saturating_sub(1));
            }
            'q' | 'Q' => self.done = true,
            'f' => self.information(),
            'd' if self.files.len() > 1 => {
                let gone = self.current;
                if self.switch(1) || self.switch(-1) {
                    self.files.remove(gone);
                    self.places.remove(gone);
                    if self.current > gone {
                        self.current -= 1;
                    }
                }
            }
            'e' if !self.secure => {
                if let Some(path) = self.ask(b"Examine: ")?
                    && !path.trim_ascii().is_empty()
                {
                    let at = self.current + 1;
                    self.files.insert(at, path.trim_ascii().to_vec());
                    self.places.insert(at, Pos::default());
                    if !self.switch(1) {
                        self.files.remove(at);
                        self.places.remove(at);
                    }
                }
            }
            _ => {}
        }
        self.moved = None;
        Ok(())
    }

    /// `-X`: turns an option round, or asks for its value.
    #[inline(never)]
    fn toggle(&mut self) -> Result<()> {
        self.show(b"\r\x1b[K-")?;
        let Some(c) = self.character() else { return Ok(()) };
        let c = c as u8;
        let option = super::option(c);
        match option {
            None => {
                self.say(b"There is no ");
                self.message.push(c);
                self.message.extend_from_slice(b" option");
            }
            Some(option) if option.needs_value() => {
                let Some(value) = self.ask(&[b'-', c])? else { return Ok(()) };
                self.set.set(c, Some(&value), true);
            }
            Some(_) => {
                let on = !self.set.is_on(c);
                self.set.set(c, None, on);
                if c == b'S' && !on {
                    self.shift = 0;
                }
                self.tell(c);
            }
        }
        let top = self.top.line;
        self.forget();
        self.top.line = top;
        Ok(())
    }

    fn tell(&mut self, letter: u8) {
        let help = match super::option(letter) {
            Some(option) if option.help().is_empty() => option.long().to_string(),
            Some(option) => option.help().unpack(),
            None => String::new(),
        };
        self.say(&[b'-', letter]);
        self.message.extend_from_slice(if self.set.is_on(letter) { b" is on: " } else { b" is off: " });
        self.message.extend_from_slice(help.as_bytes());
    }

    /// Runs a command on the ordinary screen.
    fn outside(&mut self, text: &[u8]) -> Result<()> {
        let fd = rustix::fd::AsRawFd::as_raw_fd(&self.tty.fd());
        self.outside_with(text, fd)
    }

    fn outside_with(&mut self, text: &[u8], fd: i32) -> Result<()> {
        self.deinit()?;
        self.tty.leave();
        let result = screen::run_shell(self.cx, text, &[(fd, 0)]);
        if let Err(error) = result {
            self.say_error(error);
        }
        self.tty.enter();
        Ok(())
    }

    #[inline(never)]
    fn edit(&mut self) -> Result<()> {
        let name = self.name();
        if name == b"-" {
            self.say(b"Cannot edit standard input");
            return Ok(());
        }
        let editor = self.cx.env.get(b"VISUAL").or_else(|| self.cx.env.get(b"EDITOR"));
        let mut text = editor.filter(|editor| !editor.is_empty()).unwrap_or(b"vi").to_vec();
        text.extend_from_slice(b" +");
        let line = self.source.number(self.top.line).unwrap_or(1);
        push_u64(&mut text, line);
        text.extend_from_slice(if name.starts_with(b"-") { b" ./" } else { b" " });
        base::quote::push_shell(&mut text, &name);
        self.outside(&text)?;
        self.source = Source::open(&name).unwrap_or_else(|_| Source::memory(Vec::new()));
        self.init()?;
        self.resize();
        if !self.source.has(self.top.line) {
            self.go_end();
        }
        Ok(())
    }

    fn shell_command(&mut self) -> Result<()> {
        let Some(text) = self.ask(b"!")? else { return Ok(()) };
        if text == b"!" {
            let again = self.shell.clone();
            self.outside(&again)?;
        } else {
            self.outside(&text)?;
            self.shell = text;
        }
        self.back(b'!')
    }

    /// Waits, after a command, to come back from the ordinary screen.
    #[inline(never)]
    fn back(&mut self, key: u8) -> Result<()> {
        self.show(&[&[key], &b"done  (press RETURN)"[..]].concat())?;
        self.key(None);
        self.show(b"\r\n")?;
        self.init()
    }

    /// `|`: a mark, and a command that reads the lines between it and the screen.
    #[inline(never)]
    fn pipe(&mut self) -> Result<()> {
        self.show(b"\r\x1b[K|mark: ")?;
        let Some(c) = self.character() else { return Ok(()) };
        let (top, bottom) = (self.top.line, self.bottom().0.line);
        let (first, last) = match self.place(c) {
            _ if c == '$' => (top, self.source.end()),
            Some((_, pos)) if pos.line < top => (pos.line, bottom),
            Some((_, pos)) if c != '.' => (top, pos.line),
            None if c != '.' => {
                self.say(b"Mark not set");
                return Ok(());
            }
            _ => (top, bottom),
        };
        let end = self.source.next(last);
        let bytes = self.source.read(first, end);
        if let Some(text) = self.ask(b"!")? {
            let input = crate::nameless::holding(&bytes)?;
            self.outside_with(&text, rustix::fd::AsRawFd::as_raw_fd(&input))?;
            self.back(b'|')?;
        }
        Ok(())
    }

    #[inline(never)]
    fn help(&mut self) -> Result<()> {
        let source = core::mem::replace(&mut self.source, Source::memory(HELP.as_bytes().to_vec()));
        let (files, current) = (core::mem::take(&mut self.files), core::mem::take(&mut self.current));
        let (top, filter) = (self.top, self.filter.take());
        self.files = vec![b"HELP".to_vec()];
        self.forget();
        self.top = Pos::default();
        self.fresh = true;
        let ends = core::mem::take(&mut self.set.end_exits);
        while !self.done {
            self.draw()?;
            self.command()?;
        }
        // Leaving the help is not leaving.
        self.done = self.status != 0;
        self.set.end_exits = ends;
        self.source = source;
        self.files = files;
        self.current = current;
        self.filter = filter;
        self.forget();
        self.top = top;
        Ok(())
    }
}

static HELP: &str = "\
Keys (N is a number typed before). Leave this help with q.

  SPACE f ^F ^V PgDn   forward N lines (a screen)
  b ^B PgUp            backward N lines (a screen)
  ENTER j e ^N Down    forward N lines (1)
  k y ^P Up            backward N lines (1)
  d ^D, u ^U           forward, backward N lines (half a screen)
  z, w                 as SPACE and b; z keeps N as the screen's size
  Left, Right          sideways N columns (half a screen)
  g < Home             to line N (the first)
  G > End              to line N (the last)
  p %                  to N percent
  F                    follow the end as it grows, until Control-C

  /PATTERN, ?PATTERN   search forward, backward for the Nth match
     before PATTERN:   ! lines without it; @ from the first (last) line; ^R no special characters; ^K only mark
  n, N                 search on, in the other direction
  ESC-u                show or hide what was found
  &PATTERN             show only lines with it (&! without it, & alone all)

  m LETTER, ' LETTER   remember a place, go there; '' back, '^ start, '$ end
  :e FILE  :n  :p  :x  another file, the next, the previous, the first
  :d                   drop this file from the list
  = ^G :f              say where one is
  -LETTER, _LETTER     turn an option round, tell it
  v                    edit the file (VISUAL, EDITOR, vi)
  !COMMAND             run a command
  | LETTER COMMAND     give it the text from the screen to a place (. the screen)
  r ^L, R              draw again, read again
  q :q ZZ              leave
";
