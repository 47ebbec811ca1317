//! The pager's state, where it is in the text, and how that is drawn.

use super::find::Find;
use super::source::Source;
use super::view::{Style, View};
use base::number::push_u64;
use base::sys::signal;
use base::term::keys::{Event, Key, Keys};
use base::term::screen::{self, Tty};
use base::term::width::truncate;
use base::{Context, Result, Status};
use core::time::Duration;
use std::rc::Rc;

/// What the options say.
pub struct Settings {
    pub style: Style,
    pub is_more: bool,
    pub skip_screen: bool,
    /// 1: the end exits once it is shown; 2: moving on from there.
    pub end_exits: u8,
    pub one_screen: bool,
    pub highlight: bool,
    /// 0 case counts, 1 unless the pattern has capitals, 2 never.
    pub case: u8,
    pub target: usize,
    pub interrupt_exits: bool,
    /// 0 short, 1 with the percentage, 2 with everything.
    pub prompt: u8,
    /// 0: lines are not counted; 1: they are; 2: each has its number.
    pub numbers: u8,
    pub squeeze: bool,
    pub chop: bool,
    pub no_init: bool,
    pub window: usize,
    pub step: usize,
    pub no_tilde: bool,
    /// more's -d: the prompt says which keys there are.
    pub tells_keys: bool,
}

impl Settings {
    pub fn new(utf8: bool, is_more: bool) -> Settings {
        Settings {
            style: Style { utf8, colors: is_more, raw: false, literal: false, tab: 8 },
            is_more,
            skip_screen: false,
            end_exits: u8::from(is_more),
            one_screen: is_more,
            highlight: !is_more,
            case: 0,
            target: 0,
            interrupt_exits: is_more,
            prompt: 0,
            numbers: 1,
            squeeze: false,
            chop: false,
            no_init: is_more,
            window: 0,
            step: 0,
            no_tilde: is_more,
            tells_keys: false,
        }
    }
}

/// A place: a line by its offset, and a row of it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Pos {
    pub line: u64,
    pub row: usize,
}

/// A line made ready.
pub struct Shown {
    pub view: View,
    pub rows: Vec<(usize, usize)>,
}

pub struct Pager<'p, 'c> {
    pub cx: &'p mut Context<'c>,
    pub tty: Tty,
    pub keys: Keys<'static>,
    pub set: Settings,
    pub files: Vec<Vec<u8>>,
    pub current: usize,
    /// The file before, for `#`-like returns, is not kept; each file's place is.
    pub places: Vec<Pos>,
    pub source: Source,
    pub height: usize,
    /// Rows that have text now: fewer than there are under more's banner.
    rows: usize,
    pub width: usize,
    pub top: Pos,
    pub shift: usize,
    pub find: Option<Rc<Find>>,
    pub find_text: Vec<u8>,
    pub find_forward: bool,
    pub show_found: bool,
    pub filter: Option<Rc<Find>>,
    pub marks: Vec<(u8, usize, Pos)>,
    pub message: Vec<u8>,
    pub fresh: bool,
    /// A message stands in the prompt's place: Return answers it.
    pub said: bool,
    pub done: bool,
    pub secure: bool,
    pub status: u8,
    pub half: usize,
    pub shell: Vec<u8>,
    cache: Vec<(u64, Rc<Shown>)>,
    /// Rows by which the text has moved up since it was drawn; None where all must be drawn.
    pub moved: Option<usize>,
    pub history: Vec<Vec<u8>>,
}

impl<'p, 'c> Pager<'p, 'c> {
    pub fn run(
        cx: &'p mut Context<'c>,
        tty: Tty,
        set: Settings,
        files: &[&[u8]],
        first: Vec<Vec<u8>>,
    ) -> Result<Status> {
        let keys = Keys::new(tty.fd(), set.style.utf8, true);
        let secure = cx.env.get(b"LESSSECURE").is_some_and(|value| value == b"1");
        let mut pager = Pager {
            cx,
            tty,
            keys,
            set,
            files: Vec::new(),
            current: 0,
            places: Vec::new(),
            source: Source::memory(Vec::new()),
            height: 24,
            rows: 24,
            width: 80,
            top: Pos::default(),
            shift: 0,
            find: None,
            find_text: Vec::new(),
            find_forward: true,
            show_found: true,
            filter: None,
            marks: Vec::new(),
            message: Vec::new(),
            fresh: true,
            said: false,
            done: false,
            secure,
            status: 0,
            half: 0,
            shell: Vec::new(),
            cache: Vec::new(),
            moved: None,
            history: Vec::new(),
        };
        for path in files {
            pager.files.push(path.to_vec());
            pager.places.push(Pos::default());
        }
        pager.resize();
        pager.all(first)
    }

    #[inline(never)]
    fn all(&mut self, first: Vec<Vec<u8>>) -> Result<Status> {
        // The first file that can be read.
        let mut opened = false;
        while let Some(path) = self.files.get(self.current).cloned() {
            match Source::open(&path) {
                Ok(source) => {
                    self.source = source;
                    opened = true;
                    break;
                }
                Err(error) => self.cx.warn(error),
            }
            self.files.remove(self.current);
        }
        if !opened {
            return Ok(self.cx.status());
        }
        if self.set.one_screen && self.files.len() == 1 && first.is_empty() && self.fits() {
            let (end, _) = self.source.known();
            let bytes = self.source.read(0, end);
            self.cx.stdout.put(&bytes)?;
            return Ok(self.cx.status());
        }
        self.tty.enter();
        self.init()?;
        for command in first {
            let mut bytes = command;
            // +5 and +50% go there, as 5g does.
            if bytes.iter().all(u8::is_ascii_digit) {
                bytes.push(b'g');
            } else if matches!(bytes.first(), Some(b'/' | b'?' | b'&' | b':' | b'!')) {
                bytes.push(b'\r');
            }
            self.keys.unread(&bytes);
            while !self.keys.ahead().is_empty() && !self.done {
                self.command()?;
            }
        }
        while !self.done {
            self.draw()?;
            let last = self.set.end_exits == 1 && self.current + 1 >= self.files.len();
            if last && self.moved.is_some() && self.at_end() {
                break;
            }
            self.command()?;
        }
        self.deinit()?;
        self.tty.leave();
        Ok(if self.status != 0 { Status(self.status) } else { self.cx.status() })
    }

    /// The screen becomes the pager's.
    pub fn init(&mut self) -> Result<()> {
        if !self.set.no_init {
            self.cx.stdout.put(b"\x1b[?1049h\x1b[H\x1b[2J")?;
        }
        self.moved = None;
        Ok(())
    }

    /// The screen is given back.
    pub fn deinit(&mut self) -> Result<()> {
        self.cx.stdout.put(b"\r\x1b[K")?;
        if !self.set.no_init {
            self.cx.stdout.put(b"\x1b[?1049l")?;
        }
        self.cx.stdout.finish()
    }

    pub fn resize(&mut self) {
        let size = base::term::size(self.tty.fd()).filter(|(rows, _)| *rows > 0);
        let (rows, columns) = size.unwrap_or((24, 80));
        self.height = rows.max(2) - 1;
        if self.set.is_more && self.set.window > 0 {
            self.height = self.height.min(self.set.window);
        }
        self.rows = self.height;
        self.width = columns.max(8);
        self.forget();
    }

    /// What was laid out must be laid out anew.
    pub fn forget(&mut self) {
        self.cache.clear();
        self.moved = None;
        self.top.row = 0;
    }

    /// Lines a page.
    pub fn window(&self) -> usize {
        if self.set.window > 0 { self.set.window } else { self.height }
    }

    /// Whether all of the text fits the screen.
    fn fits(&mut self) -> bool {
        let mut pos = self.start();
        for _ in 1..self.height {
            match self.down(pos) {
                Some(next) => pos = next,
                None => return !signal::is_pending(screen::INT),
            }
        }
        self.down(pos).is_none()
    }

    pub fn shown(&mut self, line: u64) -> Rc<Shown> {
        if let Some((_, shown)) = self.cache.iter().find(|(at, _)| *at == line) {
            return Rc::clone(shown);
        }
        let end = self.source.next(line);
        let bytes = self.source.read(line, end);
        let view = View::new(base::io::chomp(&bytes, b'\n'), &self.set.style);
        let columns = self.width - if self.set.numbers == 2 { 8.min(self.width - 1) } else { 0 };
        let rows = if self.set.chop { vec![(0, view.cells.len())] } else { view.rows(columns) };
        let shown = Rc::new(Shown { view, rows });
        if self.cache.len() > 200 {
            self.cache.drain(..100);
        }
        // The last line may still grow.
        if self.source.has(end) {
            self.cache.push((line, Rc::clone(&shown)));
        }
        shown
    }

    fn is_blank(&mut self, line: u64) -> bool {
        self.source.at(line).first() == Some(&b'\n')
    }

    fn is_visible(&mut self, line: u64) -> bool {
        if let Some(filter) = self.filter.clone() {
            let end = self.source.next(line);
            let bytes = self.source.read(line, end);
            if !filter.wants(base::io::chomp(&bytes, b'\n'), &self.set.style) {
                return false;
            }
        }
        if self.set.squeeze && line > 0 && self.is_blank(line) {
            let before = self.source.previous(line);
            return !self.is_blank(before);
        }
        true
    }

    /// The first place there is.
    pub fn start(&mut self) -> Pos {
        let line = if self.is_visible(0) { 0 } else { self.next_line(0).unwrap_or(0) };
        Pos { line, row: 0 }
    }

    pub fn next_line(&mut self, line: u64) -> Option<u64> {
        let mut at = self.source.next(line);
        loop {
            if !self.source.has(at) || signal::is_pending(screen::INT) {
                return None;
            }
            if self.is_visible(at) {
                return Some(at);
            }
            at = self.source.next(at);
        }
    }

    pub fn previous_line(&mut self, line: u64) -> Option<u64> {
        let mut at = line;
        while at > 0 && !signal::is_pending(screen::INT) {
            at = self.source.previous(at);
            if self.is_visible(at) {
                return Some(at);
            }
        }
        None
    }

    pub fn down(&mut self, pos: Pos) -> Option<Pos> {
        if pos.row + 1 < self.shown(pos.line).rows.len() {
            return Some(Pos { line: pos.line, row: pos.row + 1 });
        }
        self.next_line(pos.line).map(|line| Pos { line, row: 0 })
    }

    pub fn up(&mut self, pos: Pos) -> Option<Pos> {
        if pos.row > 0 {
            return Some(Pos { line: pos.line, row: pos.row - 1 });
        }
        let line = self.previous_line(pos.line)?;
        let row = self.shown(line).rows.len().saturating_sub(1);
        Some(Pos { line, row })
    }

    /// The last row on the screen, and how many rows there are.
    pub fn bottom(&mut self) -> (Pos, usize) {
        let mut pos = self.top;
        for count in 1..self.rows {
            match self.down(pos) {
                Some(next) => pos = next,
                None => return (pos, count),
            }
        }
        (pos, self.rows)
    }

    /// Whether nothing follows what the screen shows.
    pub fn at_end(&mut self) -> bool {
        let (bottom, _) = self.bottom();
        self.down(bottom).is_none()
    }

    /// Moves down by rows, as far as there is text below the screen.
    pub fn forward(&mut self, rows: usize) {
        let (mut bottom, _) = self.bottom();
        let mut moved = 0;
        while moved < rows {
            let Some(next) = self.down(bottom) else { break };
            bottom = next;
            if self.rows < self.height {
                self.rows += 1;
            } else if let Some(top) = self.down(self.top) {
                self.top = top;
            }
            moved += 1;
        }
        self.moved = self.moved.map(|before| before + moved);
        if moved == 0 && rows > 0 && self.set.end_exits > 0 {
            if self.current + 1 < self.files.len() {
                self.switch(1);
            } else {
                self.done = true;
            }
        }
    }

    pub fn backward(&mut self, rows: usize) {
        for _ in 0..rows {
            match self.up(self.top) {
                Some(top) => self.top = top,
                None => break,
            }
            self.moved = None;
        }
    }

    /// Puts a line on the row that found lines get.
    pub fn go(&mut self, line: u64) {
        self.top = Pos { line, row: 0 };
        if !self.is_visible(line) {
            self.top.line = self.next_line(line).or_else(|| self.previous_line(line)).unwrap_or(line);
        }
        self.moved = None;
        let target = self.set.target.min(self.height.saturating_sub(1));
        self.backward(target);
    }

    /// The last screenful.
    pub fn go_end(&mut self) {
        let end = self.source.end();
        let last = self.source.previous(end);
        let mut line = Some(last);
        if !self.is_visible(last) {
            line = self.previous_line(last);
        }
        let line = line.unwrap_or(0);
        let row = self.shown(line).rows.len().saturating_sub(1);
        self.top = Pos { line, row };
        self.moved = None;
        let rows = self.height - 1;
        self.backward(rows);
    }

    /// Shows a message in place of the prompt.
    #[inline(never)]
    pub fn say(&mut self, text: &[u8]) {
        self.message.clear();
        self.message.extend_from_slice(text);
    }

    /// Says what went wrong.
    #[inline(never)]
    pub fn say_error(&mut self, error: base::Error) {
        self.message = error.text().unwrap_or_default();
    }

    /// Goes `step` files on or back.
    pub fn switch(&mut self, step: isize) -> bool {
        let Some(to) = self.current.checked_add_signed(step).filter(|to| *to < self.files.len()) else {
            self.say(if step > 0 { b"No next file" } else { b"No previous file" });
            return false;
        };
        let path = self.files.get(to).cloned().unwrap_or_default();
        match Source::open(&path) {
            Ok(source) => {
                if let Some(place) = self.places.get_mut(self.current) {
                    *place = self.top;
                }
                self.source = source;
                self.current = to;
                self.forget();
                self.top = self.places.get(to).copied().unwrap_or_default();
                if !self.source.has(self.top.line) {
                    self.top = Pos::default();
                }
                self.fresh = true;
                true
            }
            Err(error) => {
                self.say_error(error);
                false
            }
        }
    }

    pub fn draw(&mut self) -> Result<()> {
        signal::take_one(screen::INT);
        let mut out = Vec::new();
        // more never moves back over what it has written.
        let is_more = self.set.is_more;
        let scroll = self.moved.filter(|moved| is_more || *moved < self.height);
        if scroll.is_none() {
            self.rows = self.height;
        }
        let on = scroll.is_some() || is_more || self.set.no_init && self.fresh && self.current == 0;
        out.extend_from_slice(if on { b"\r\x1b[K" } else { b"\x1b[H" });
        if is_more && self.fresh && self.files.len() > 1 {
            for line in [BANNER, &self.name(), BANNER] {
                out.extend_from_slice(line);
                out.extend_from_slice(b"\r\n");
            }
            self.rows = self.rows.saturating_sub(3).max(1);
        }
        let from = scroll.map_or(0, |moved| self.rows.saturating_sub(moved));
        let mut pos = Some(self.top);
        if !self.source.has(0) || !self.is_visible(self.top.line) {
            pos = None;
        }
        let mut row = 0;
        while row < self.rows {
            if row >= from {
                // Before the text: behind a full row it would take the last character.
                out.extend_from_slice(b"\x1b[K");
                match pos {
                    Some(pos) => self.draw_row(&mut out, pos),
                    None if self.set.no_init => {
                        // What is not there takes no row.
                        if scroll.is_none() {
                            out.extend_from_slice(b"\x1b[J");
                        }
                        break;
                    }
                    None if self.set.no_tilde => {}
                    None => out.extend_from_slice(b"\x1b[1m~\x1b[m"),
                }
                out.extend_from_slice(b"\r\n");
            }
            pos = match pos {
                Some(pos) => self.down(pos),
                None => None,
            };
            row += 1;
        }
        self.moved = Some(0);
        let prompt = self.prompt();
        let prompt = truncate(&prompt, self.width.saturating_sub(1), self.set.style.utf8);
        out.extend_from_slice(b"\r\x1b[K");
        if prompt == b":" {
            out.extend_from_slice(prompt);
        } else {
            out.extend_from_slice(b"\x1b[7m");
            out.extend_from_slice(prompt);
            out.extend_from_slice(b"\x1b[m");
        }
        self.said = !self.message.is_empty();
        self.message.clear();
        self.fresh = false;
        self.show(&out)
    }

    #[inline(never)]
    fn draw_row(&mut self, out: &mut Vec<u8>, pos: Pos) {
        let shown = self.shown(pos.line);
        let mut columns = self.width;
        if self.set.numbers == 2 && columns > 8 {
            columns -= 8;
            if pos.row == 0 {
                let number = self.source.number(pos.line).unwrap_or(0);
                out.extend_from_slice(b"\x1b[1m");
                base::number::push_right(out, number, 7);
                out.extend_from_slice(b"\x1b[m ");
            } else {
                out.extend_from_slice(b"        ");
            }
        }
        let mut matches = Vec::new();
        if let Some(find) = self.find.as_ref().filter(|find| self.set.highlight && self.show_found && !find.invert) {
            let text = &shown.view.text;
            let mut at = 0;
            // A row's worth on the screen is what counts; a line of a million matches need not be marked whole.
            while let Some((start, end)) = find.pattern.find_at(text, at) {
                if end > start {
                    matches.push((start, end));
                }
                at = end.max(start + 1);
                if matches.len() > 2000 {
                    break;
                }
            }
        }
        let range = shown.rows.get(pos.row).copied().unwrap_or((0, 0));
        let skip = if self.set.chop { self.shift } else { 0 };
        shown.view.push_row(out, range, skip, columns, &matches);
    }

    pub fn name(&self) -> Vec<u8> {
        self.files.get(self.current).cloned().unwrap_or_default()
    }

    /// The percentage of the text that is above the end of the screen, where the whole is known.
    fn percent(&mut self) -> Option<u64> {
        let (length, whole) = self.source.known();
        let (bottom, _) = self.bottom();
        let end = self.source.next(bottom.line);
        if !whole || length == 0 || self.set.is_more && !self.source.is_file() {
            None
        } else {
            // less rounds it, more cuts it.
            let half = if self.set.is_more { 0 } else { length / 2 };
            Some(((u128::from(end) * 100 + u128::from(half)) / u128::from(length)) as u64)
        }
    }

    #[inline(never)]
    fn prompt(&mut self) -> Vec<u8> {
        if !self.message.is_empty() {
            let mut out = self.message.trim_ascii_end().to_vec();
            if !self.set.is_more {
                out.extend_from_slice(b"  (press RETURN)");
            }
            return out;
        }
        let at_end = self.at_end();
        let next = self.files.get(self.current + 1).cloned();
        let mut out = Vec::new();
        if self.set.is_more {
            out.extend_from_slice(b"--More--");
            if at_end && let Some(next) = next {
                out.extend_from_slice(b"(Next file: ");
                out.extend_from_slice(&next);
                out.push(b')');
            } else if let Some(percent) = self.percent() {
                out.push(b'(');
                push_u64(&mut out, percent);
                out.extend_from_slice(b"%)");
            }
            if self.set.tells_keys {
                out.extend_from_slice(b"[Press space to continue, 'q' to quit.]");
            }
            return out;
        }
        let name = self.name();
        if (self.fresh || self.set.prompt == 2) && name != b"-" {
            out.extend_from_slice(&name);
            self.push_file_of(&mut out);
        }
        if self.set.prompt == 2 {
            self.push_place(&mut out, self.set.numbers == 0);
        }
        if at_end {
            out.extend_from_slice(b"(END)");
            if let Some(next) = next {
                out.extend_from_slice(b" - Next: ");
                out.extend_from_slice(&next);
            }
        } else if self.set.prompt > 0
            && let Some(percent) = self.percent()
        {
            push_u64(&mut out, percent);
            out.push(b'%');
        }
        if out.is_empty() {
            out.push(b':');
        }
        if self.filter.is_some() {
            out = [b"& ", out.as_slice()].concat();
        }
        if out.ends_with(b" ") {
            out.pop();
        }
        out
    }

    /// `lines 1-23/100 byte 80/300 `: the lines where they are counted, the bytes where those are wanted.
    fn push_place(&mut self, out: &mut Vec<u8>, bytes: bool) {
        let (bottom, _) = self.bottom();
        let (length, whole) = self.source.known();
        if self.set.numbers > 0 {
            out.extend_from_slice(b"lines ");
            push_u64(out, self.source.number(self.top.line).unwrap_or(0));
            out.push(b'-');
            push_u64(out, self.source.number(bottom.line).unwrap_or(0));
            if whole && length < 64 << 20 {
                let last = self.source.previous(length);
                out.push(b'/');
                push_u64(out, self.source.number(last).unwrap_or(0));
            }
            out.push(b' ');
        }
        if bytes {
            out.extend_from_slice(b"byte ");
            push_u64(out, self.source.next(bottom.line));
            if whole {
                out.push(b'/');
                push_u64(out, length);
            }
            out.push(b' ');
        }
    }

    /// Where there are several files, which of them this is; and a blank.
    fn push_file_of(&self, out: &mut Vec<u8>) {
        if self.files.len() > 1 {
            out.extend_from_slice(b" (file ");
            push_u64(out, self.current as u64 + 1);
            out.extend_from_slice(b" of ");
            push_u64(out, self.files.len() as u64);
            out.push(b')');
        }
        out.push(b' ');
    }

    /// What `=` says.
    pub fn information(&mut self) {
        let mut out = self.name();
        if out == b"-" {
            out.clear();
        } else {
            self.push_file_of(&mut out);
        }
        self.push_place(&mut out, true);
        if self.at_end() {
            out.extend_from_slice(b"(END)");
        } else if let Some(percent) = self.percent() {
            push_u64(&mut out, percent);
            out.push(b'%');
        }
        self.message = out;
    }

    /// The next key, through what signals ask for. None: the pager is to end.
    pub fn key(&mut self, timeout: Option<Duration>) -> Option<Key> {
        loop {
            // Before the keys that were typed after it.
            if signal::take_one(screen::INT) {
                return Some(Key::char('\x03'));
            }
            match self.keys.next(timeout) {
                Event::Key(key) => return Some(key),
                Event::Timeout => return Some(Key::plain(base::term::keys::Code::Unknown)),
                Event::End => {
                    self.done = true;
                    return None;
                }
                Event::Signal => match signal::take() {
                    Some(screen::WINCH) => {
                        self.resize();
                        return Some(Key::plain(base::term::keys::Code::Unknown));
                    }
                    Some(screen::TSTP) => {
                        let _ = self.deinit();
                        self.tty.suspend();
                        let _ = self.init();
                        self.resize();
                        return Some(Key::plain(base::term::keys::Code::Unknown));
                    }
                    Some(screen::INT) => return Some(Key::char('\x03')),
                    Some(number @ (screen::HUP | screen::TERM)) => {
                        self.status = 128u8.saturating_add(number as u8);
                        self.done = true;
                        return None;
                    }
                    _ => {}
                },
            }
        }
    }
}

/// What more writes around the name of each of several files.
pub const BANNER: &[u8] = b"::::::::::::::";
