//! What each ex command does.

use super::ex::Ex;
use super::operator::Span;
use super::range::Range;
use super::{Fails, Mode, Vi, wrong};
use crate::buffer::{Pos, lines_of, pos, whole_lines, words};
use crate::nameless;
use base::Error;
use base::bytes::fill;
use base::error::ResultExt;
use base::number::{parse_u32, push_right, push_u64};
use rustix::fd::AsRawFd;

impl Vi<'_, '_> {
    pub fn ex_run(&mut self, ex: Ex, range: &Range, bang: bool, argument: &[u8], before: Pos) -> Fails {
        let word = argument.trim_ascii();
        let lines = range.last.saturating_sub(range.first).saturating_add(1);
        match ex {
            Ex::Go => self.run_go(range, before),
            Ex::Quit => return self.leave(bang),
            Ex::Update if !self.buf.is_modified() => {}
            Ex::Write | Ex::Update => return self.ex_write(range, bang, argument),
            Ex::WriteQuit | Ex::Exit => {
                if ex == Ex::WriteQuit || self.buf.is_modified() || !word.is_empty() {
                    self.ex_write(range, bang, argument)?;
                }
                return self.leave(bang || !word.is_empty() || range.given > 0);
            }
            Ex::Edit => return self.ex_edit(bang, word),
            Ex::Next | Ex::Previous | Ex::Rewind | Ex::Last => {
                if ex == Ex::Next && !word.is_empty() {
                    self.args.clear();
                    for name in words(word) {
                        self.args.push(name.to_vec());
                    }
                    return self.go_argument(0, bang);
                }
                let by = if range.given > 0 { range.last.saturating_add(1) } else { 1 };
                // What is before the first file is behind the last one too.
                let to = match ex {
                    Ex::Next => self.arg.saturating_add(by),
                    Ex::Rewind => 0,
                    Ex::Last => self.args.len().wrapping_sub(1),
                    _ => self.arg.wrapping_sub(by),
                };
                if to >= self.args.len() {
                    let none = if ex == Ex::Next { "No more files to edit" } else { "Cannot go before first file" };
                    return Err(Error::message(none));
                }
                return self.go_argument(to, bang);
            }
            Ex::Args => {
                let mut out = Vec::new();
                for (index, name) in self.args.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    if index == self.arg {
                        out.push(b'[');
                    }
                    out.extend_from_slice(name);
                    if index == self.arg {
                        out.push(b']');
                    }
                }
                self.output.push(out);
            }
            Ex::File => {
                if !word.is_empty() {
                    let name = self.expand(word)?;
                    let old = self.file.name.replace(name);
                    self.leave_behind(old, self.cur);
                    self.file.stamp = None;
                }
                self.tell_file();
            }
            Ex::Substitute | Ex::Again | Ex::Repeat => return self.substitute(ex, range, argument),
            Ex::Global | Ex::VGlobal => {
                if self.running_global {
                    return Err(Error::message("Cannot do :global recursive"));
                }
                self.running_global = true;
                let result = self.global(range, argument, bang || ex == Ex::VGlobal);
                self.running_global = false;
                return result;
            }
            Ex::Delete | Ex::Yank => {
                let mut range = *range;
                let register = self.register_and_count(word, &mut range)?;
                self.take(Span::lines(range.first, range.last), register, ex == Ex::Delete);
                let lines = range.last.saturating_sub(range.first).saturating_add(1);
                if ex == Ex::Delete {
                    self.buf.remove(range.first, lines);
                    self.go_line(range.first);
                    self.report(lines, b" fewer lines");
                } else {
                    self.report(lines, b" lines yanked");
                }
            }
            Ex::Put => {
                let register = word.first().copied();
                let Some(register) = self.register(register.unwrap_or(b'"')) else {
                    return Err(Error::message("Nothing in register"));
                };
                let after =
                    if range.zero || bang { range.last + usize::from(!range.zero && !bang) } else { range.last + 1 };
                let count = self.put_bytes(&register.text, after);
                self.cur.line = after.saturating_add(count).saturating_sub(1);
                let line = self.cur.line;
                self.go_line(line);
            }
            Ex::Move | Ex::Copy => {
                let (to, _) = self.range(word)?;
                if to.given == 0 {
                    return Err(Error::message("Address required"));
                }
                let to = if to.zero { 0 } else { to.last + 1 };
                if ex == Ex::Move {
                    if to > range.first && to <= range.last {
                        return Err(Error::message("Cannot move a range of lines into itself"));
                    }
                    if to < range.first || to > range.last + 1 {
                        self.buf.shift(range.first, lines, to);
                    }
                    let end = if to > range.last { to } else { to + lines };
                    self.go_line(end.saturating_sub(1));
                } else {
                    self.buf.copy(range.first, lines, to);
                    self.go_line((to + lines).saturating_sub(1));
                }
            }
            Ex::Join => {
                let mut range = *range;
                self.register_and_count(word, &mut range)?;
                let mut count = range.last.saturating_sub(range.first).saturating_add(1);
                if count == 1 {
                    count = 2;
                }
                self.join(range.first, count, !bang);
                self.go_line(range.first);
            }
            Ex::Right | Ex::Left => {
                // `:>>` shifts twice.
                let sign = if ex == Ex::Right { b'>' } else { b'<' };
                let times = argument.iter().take_while(|byte| **byte == sign).count();
                let rest = argument.get(times..).unwrap_or_default().trim_ascii();
                let mut range = *range;
                self.register_and_count(rest, &mut range)?;
                self.indent_lines(range.first, range.last, ex == Ex::Right, times.saturating_add(1));
                self.go_line(range.last);
            }
            Ex::LineNumber => {
                let line = if range.given > 0 { range.last + 1 } else { self.buf.count() };
                let mut out = Vec::new();
                push_u64(&mut out, line as u64);
                self.output.push(out);
            }
            Ex::Print | Ex::List | Ex::Number => {
                let mut range = *range;
                self.register_and_count(word, &mut range)?;
                for n in range.first..range.last + 1 {
                    let mut out = Vec::new();
                    if ex == Ex::Number || self.opt.number {
                        push_right(&mut out, (n + 1) as u64, 6);
                        out.extend_from_slice(b"  ");
                    }
                    let text = self.buf.line(n);
                    if ex == Ex::List {
                        push_caret(&mut out, text);
                        out.push(b'$');
                    } else {
                        out.extend_from_slice(text);
                    }
                    self.output.push(out);
                }
                self.go_line(range.last);
            }
            Ex::Mark => {
                let letter = word.first().copied().filter(|letter| letter.is_ascii_alphabetic() || *letter == b'\'');
                let letter = letter.ok_or_else(|| Error::message("Argument required"))?;
                self.set_mark(letter, pos(range.last, 0));
            }
            Ex::Marks => {
                for letter in (b'\''..=b'z').filter(|letter| letter.is_ascii_alphabetic() || *letter == b'\'') {
                    let Some((_, place)) = self.buf.marks.iter().find(|(known, _)| *known == letter) else { continue };
                    let mut out = vec![b' ', letter];
                    push_right(&mut out, (place.line + 1) as u64, 7);
                    push_right(&mut out, place.col as u64, 5);
                    out.push(b' ');
                    out.extend_from_slice(self.buf.line(place.line));
                    self.output.push(out);
                }
            }
            Ex::Registers => {
                for name in (b'"'..=b'z').filter(|name| !name.is_ascii_uppercase()) {
                    if let Some(register) = self.register(name).filter(|register| !register.text.is_empty()) {
                        let mut out = vec![b'"', name, b' ', b' '];
                        push_caret(&mut out, register.text.get(..200).unwrap_or(&register.text));
                        self.output.push(out);
                    }
                }
            }
            Ex::Normal => {
                let (first, last) =
                    if range.given > 0 { (range.first, range.last) } else { (self.cur.line, self.cur.line) };
                let keys = argument.strip_prefix(b" ").unwrap_or(argument);
                let mut n = first;
                let mut end = last;
                while n <= end && self.quit.is_none() {
                    if range.given > 0 {
                        self.cur = pos(n, 0);
                    }
                    let count = self.buf.count();
                    self.run_keys(keys);
                    let now = self.buf.count();
                    end = end.saturating_add(now).saturating_sub(count);
                    n = n.saturating_add(1).saturating_add(now.saturating_sub(count));
                    if now < count {
                        n = n.saturating_sub(count.saturating_sub(now));
                    }
                    if base::sys::signal::is_pending(base::term::screen::INT) {
                        break;
                    }
                }
            }
            Ex::Undo | Ex::Redo => {
                let here = self.cur;
                self.buf.close(here);
                let place = if ex == Ex::Undo { self.buf.undo() } else { self.buf.redo() };
                match place {
                    Some(place) => self.go_line(place.line),
                    None => {
                        return Err(Error::message(if ex == Ex::Undo {
                            "Already at oldest change"
                        } else {
                            "Already at newest change"
                        }));
                    }
                }
            }
            Ex::Set => return self.set_options(word),
            Ex::NoHighlight => self.find.shown = false,
            Ex::Read => return self.ex_read(range, bang, word),
            Ex::Run => return self.ex_shell(range, argument),
            Ex::Sort => {
                let mut range = *range;
                if range.given == 0 {
                    (range.first, range.last, range.given) = (0, self.buf.last(), 2);
                }
                let mut command = b"sort -s".to_vec();
                for option in word {
                    match option {
                        b'n' | b'u' => command.extend_from_slice(&[b' ', b'-', *option]),
                        b'i' => command.extend_from_slice(b" -f"),
                        b' ' => {}
                        _ => return Err(Error::message("Trailing characters")),
                    }
                }
                if bang {
                    command.extend_from_slice(b" -r");
                }
                return self.ex_shell(&range, &command);
            }
            Ex::Shell => self.run_outside(b"")?,
            Ex::Suspend => self.suspend(),
            Ex::Source => {
                let name = self.expand(word)?;
                let bytes = base::slurp::read(&name, 1 << 20).at(&name)?;
                self.ex_lines(&bytes);
            }
            Ex::Register => {
                let register = word.first().copied().unwrap_or(b'"');
                let text = self.register(register).map(|register| register.text).unwrap_or_default();
                self.ex_lines(&text);
            }
            Ex::Map | Ex::MapInserting => self.ex_map(bang || ex == Ex::MapInserting, word),
            Ex::Unmap => {
                let keys = super::input::keys_of(&notation(word), self.utf8);
                self.input.unmap(bang, &keys);
            }
            Ex::Abbreviate => {
                let (from, to) = first_word(word);
                if to.is_empty() {
                    for (from, to) in &self.input.abbreviations {
                        self.output.push(fill("%  %", &[from, to]));
                    }
                } else {
                    self.input.unabbreviate(from);
                    self.input.abbreviations.push((from.to_vec(), to.to_vec()));
                }
            }
            Ex::Unabbreviate => self.input.unabbreviate(word),
            Ex::Version => self.output.push(b"cairn vi".to_vec()),
            Ex::Help => {
                for line in lines_of(super::HELP.as_bytes()) {
                    self.output.push(line.to_vec());
                }
            }
            Ex::Append | Ex::Insert | Ex::Change => self.ex_append(ex, range, argument),
        }
        Ok(())
    }

    /// `[register] [count]` behind a command; a count begins at the range's last line.
    fn register_and_count(&self, text: &[u8], range: &mut Range) -> Fails<Option<u8>> {
        let mut register = None;
        for word in words(text) {
            if let Ok(count) = parse_u32(word) {
                if count == 0 {
                    return Err(Error::message("Positive count required"));
                }
                range.first = range.last;
                range.last = range.first.saturating_add(count as usize - 1).min(self.buf.last());
            } else if let [letter] = word {
                register = Some(*letter);
            } else {
                return Err(wrong(b"Trailing characters: ", word));
            }
        }
        Ok(register)
    }

    /// Runs keys as if typed, and nothing after them; what they leave unfinished is ended.
    fn run_keys(&mut self, keys: &[u8]) {
        let kept = core::mem::take(&mut self.input.waiting);
        let replay = core::mem::replace(&mut self.input.replay, super::input::keys_of(keys, self.utf8));
        self.input.replay.reverse();
        let replaying = core::mem::replace(&mut self.input.replaying, true);
        let seen = core::mem::take(&mut self.input.seen);
        let dot = self.dot.clone();
        let mode = core::mem::replace(&mut self.mode, Mode::Normal);
        let mut left = 1usize << 20;
        while (!self.input.replay.is_empty() || !self.input.waiting.is_empty()) && self.quit.is_none() && left > 0 {
            // What waits comes after what is replayed.
            self.input.waiting.append(&mut self.input.replay);
            core::mem::swap(&mut self.input.waiting, &mut self.input.replay);
            self.step_keys();
            left = left.saturating_sub(1);
        }
        self.mode = mode;
        self.clamp();
        self.input.replaying = replaying;
        self.input.replay = replay;
        self.input.seen = seen;
        self.input.waiting = kept;
        self.dot = dot;
    }

    /// The file's name.
    fn own_name(&self) -> Fails<&[u8]> {
        self.file.name.as_deref().ok_or_else(|| Error::message("No file name"))
    }

    /// The name in a command's words, or where there is none, the file's own.
    fn name_or_own(&self, word: &[u8]) -> Fails<Vec<u8>> {
        if word.is_empty() { Ok(self.own_name()?.to_vec()) } else { self.expand(word) }
    }

    /// Keeps the file that one goes away from as `#`.
    fn leave_behind(&mut self, name: Option<Vec<u8>>, place: Pos) {
        if let Some(name) = name {
            self.alternate = Some((name, place));
        }
    }

    /// The name with `%` and `#` for the file and the one before.
    fn expand(&self, word: &[u8]) -> Fails<Vec<u8>> {
        let mut out = Vec::new();
        let mut bytes = word.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => out.extend(bytes.next()),
                b'%' => out.extend_from_slice(self.own_name()?),
                b'#' => match &self.alternate {
                    Some((name, _)) => out.extend_from_slice(name),
                    None => return Err(Error::message("No alternate file")),
                },
                _ => out.push(*byte),
            }
        }
        if let Some(rest) = out.strip_prefix(b"~/")
            && let Some(home) = self.cx.env.get(b"HOME")
        {
            out = fill("%/%", &[home, rest]);
        }
        Ok(out)
    }

    fn tell_file(&mut self) {
        let mut out = super::quoted(self.file.name.as_deref().unwrap_or(b"No file"));
        if self.buf.is_modified() {
            out.extend_from_slice(b" [Modified]");
        }
        if self.opt.readonly || self.file.readonly {
            out.extend_from_slice(b" [readonly]");
        }
        if self.buf.is_empty() {
            out.extend_from_slice(b" --No lines in buffer--");
        } else {
            let (line, count) = (self.cur.line + 1, self.buf.count());
            out.extend_from_slice(b" line ");
            push_u64(&mut out, line as u64);
            out.extend_from_slice(b" of ");
            push_u64(&mut out, count as u64);
            out.extend_from_slice(b" --");
            push_u64(&mut out, (line.saturating_mul(100) / count.max(1)) as u64);
            out.extend_from_slice(b"%--");
        }
        self.message = out;
    }

    fn ex_write(&mut self, range: &Range, bang: bool, argument: &[u8]) -> Fails {
        let word = argument.trim_ascii();
        let (first, last) = if range.given > 0 { (range.first, range.last) } else { (0, self.buf.last()) };
        if let Some(command) = word.strip_prefix(b"!") {
            let command = self.expand_command(command)?;
            let bytes = self.buf.text(first, last + 1);
            return self.pipe_to(&command, bytes);
        }
        let (append, word) = match word.strip_prefix(b">>") {
            Some(rest) => (true, rest.trim_ascii_start()),
            None => (false, word),
        };
        let name = self.name_or_own(word)?;
        let partial = !append && self.file.name.as_deref() == Some(&name) && (first > 0 || last < self.buf.last());
        if partial && !bang {
            return Err(Error::message("Use ! to write partial buffer"));
        }
        // A text without a name takes the one it is written under.
        if self.file.name.is_none() && !append {
            if !bang && base::fs::access(name.as_slice(), rustix::fs::Access::EXISTS).is_ok() {
                return Err(Error::message("File exists (add ! to override)"));
            }
            self.file.name = Some(name.clone());
            self.file.is_new = false;
            self.file.stamp = None;
        }
        self.write_file(&name, first, last, append, bang)
    }

    fn ex_edit(&mut self, bang: bool, word: &[u8]) -> Fails {
        let (command, word) = match word.strip_prefix(b"+") {
            Some(rest) => {
                let (command, word) = first_word(rest);
                (if command.is_empty() { b"$" } else { command }, word)
            }
            None => (&[][..], word),
        };
        if self.buf.is_modified() && !bang {
            return Err(Error::message("No write since last change (add ! to override)"));
        }
        let here = self.cur;
        let old = self.file.name.clone();
        let back = self.alternate.as_ref().filter(|_| word == b"#").map(|(_, place)| *place);
        let name = if word.is_empty() { old.clone() } else { Some(self.expand(word)?) };
        self.load(name, false);
        if self.file.name == old {
            self.go_line(here.line);
        } else {
            self.leave_behind(old, here);
            if let Some(place) = back {
                self.go(place);
            }
        }
        if !command.is_empty() {
            self.ex_line(command);
        }
        Ok(())
    }

    fn go_argument(&mut self, to: usize, bang: bool) -> Fails {
        if self.buf.is_modified() && !bang {
            if !self.opt.autowrite {
                return Err(Error::message("No write since last change (add ! to override)"));
            }
            let name = self.own_name()?.to_vec();
            let last = self.buf.last();
            self.write_file(&name, 0, last, false, false)?;
        }
        let name = self.args.get(to).cloned();
        let (old, here) = (self.file.name.clone(), self.cur);
        self.arg = to;
        self.load(name, false);
        self.leave_behind(old, here);
        Ok(())
    }

    fn ex_read(&mut self, range: &Range, bang: bool, word: &[u8]) -> Fails {
        let after = if range.zero { 0 } else { range.last + 1 };
        if bang || word.starts_with(b"!") {
            let command = self.expand_command(word.strip_prefix(b"!").unwrap_or(word))?;
            let bytes = self.filter_through(&command, Vec::new())?;
            let count = self.put_bytes(&bytes, after);
            self.report(count, b" more lines");
            return Ok(());
        }
        let name = self.name_or_own(word)?;
        self.read_into(&name, after)
    }

    /// `%`, `#` and `!` in a shell command.
    fn expand_command(&mut self, text: &[u8]) -> Fails<Vec<u8>> {
        let mut out = Vec::new();
        let mut bytes = text.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => match bytes.next() {
                    Some(next @ (b'%' | b'#' | b'!')) => out.push(*next),
                    next => {
                        out.push(b'\\');
                        out.extend(next);
                    }
                },
                b'!' => out.extend_from_slice(&self.last_bang),
                b'%' if let Some(name) = &self.file.name => out.extend_from_slice(name),
                b'#' if let Some((name, _)) = &self.alternate => out.extend_from_slice(name),
                _ => out.push(*byte),
            }
        }
        self.last_bang = out.clone();
        Ok(out)
    }

    fn ex_shell(&mut self, range: &Range, text: &[u8]) -> Fails {
        let command = self.expand_command(text)?;
        if range.given == 0 {
            return self.run_outside(&command);
        }
        let lines = range.last.saturating_sub(range.first).saturating_add(1);
        let bytes = self.buf.text(range.first, range.last + 1);
        let new = self.filter_through(&command, bytes)?;
        self.buf.replace(range.first, lines, &whole_lines(&new));
        self.go_line(range.first);
        self.report(lines, b" lines filtered");
        Ok(())
    }

    /// Runs a command on the ordinary screen.
    fn run_outside(&mut self, command: &[u8]) -> Fails {
        let status = self.on_ordinary_screen(command, &[])?;
        if !command.is_empty() {
            self.tell_status(status);
        }
        Ok(())
    }

    fn on_ordinary_screen(&mut self, command: &[u8], dup: &[(i32, i32)]) -> Fails<u8> {
        self.close_screen();
        if let Some(tty) = &mut self.tty {
            tty.leave();
        }
        let result = base::term::screen::run_shell(self.cx, command, dup);
        if let Some(tty) = &mut self.tty {
            tty.enter();
        }
        if !command.is_empty() {
            self.wait_enter();
        }
        self.open_screen();
        result.map(|how| how.shell_status())
    }

    fn tell_status(&mut self, status: u8) {
        if status != 0 {
            self.say(b"shell returned ");
            push_u64(&mut self.message, u64::from(status));
        }
    }

    /// What a command makes of `bytes`: through files without a name, so that neither side waits for the other.
    fn filter_through(&mut self, command: &[u8], bytes: Vec<u8>) -> Fails<Vec<u8>> {
        let input = nameless::holding(&bytes)?;
        let output = nameless::create(b"")?;
        let dup = [(input.as_raw_fd(), 0), (output.as_raw_fd(), 1), (output.as_raw_fd(), 2)];
        let how = base::term::screen::run_shell(self.cx, command, &dup)?;
        nameless::rewind(&output)?;
        let mut result = base::io::Input::owned(output, b"filter");
        let text = result.rest()?;
        self.tell_status(how.shell_status());
        Ok(text)
    }

    /// `:w !command`.
    fn pipe_to(&mut self, command: &[u8], bytes: Vec<u8>) -> Fails {
        let input = nameless::holding(&bytes)?;
        self.on_ordinary_screen(command, &[(input.as_raw_fd(), 0)]).map(|_| ())
    }

    fn ex_map(&mut self, insert: bool, word: &[u8]) {
        let (from, to) = first_word(word);
        let to = notation(to);
        if from.is_empty() || to.is_empty() {
            for (kind, keys, to) in &self.input.maps {
                if *kind != insert {
                    continue;
                }
                let mut out = Vec::new();
                for k in keys {
                    super::input::push_key(&mut out, *k);
                }
                out.extend_from_slice(b"  ");
                out.extend_from_slice(to);
                self.output.push(out);
            }
            return;
        }
        let keys = super::input::keys_of(&notation(from), self.utf8);
        self.input.unmap(insert, &keys);
        self.input.maps.push((insert, keys, to));
    }

    /// `:a`, `:i`, `:c` with their text on the same line of a script (`\n` within), or from standard input in ex mode.
    fn ex_append(&mut self, ex: Ex, range: &Range, argument: &[u8]) {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        if !argument.trim_ascii().is_empty() {
            lines.push(argument.trim_ascii_start().to_vec());
        } else {
            while let Some(line) = self.script_line() {
                if line == b"." {
                    break;
                }
                lines.push(line);
            }
        }
        let texts: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        let mut at = match ex {
            Ex::Append if range.zero => 0,
            Ex::Append => range.last + 1,
            _ => range.first,
        };
        if ex == Ex::Change {
            self.take(Span::lines(range.first, range.last), None, true);
            self.buf.remove(range.first, range.last.saturating_sub(range.first).saturating_add(1));
        }
        if self.buf.is_empty() {
            at = 0;
        }
        self.buf.insert(at, &texts);
        self.go_line((at + texts.len()).saturating_sub(1));
    }
}

/// Appends text with its control characters as `^X`.
fn push_caret(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            0..=31 | 127 => out.extend_from_slice(&[b'^', byte ^ 0x40]),
            _ => out.push(*byte),
        }
    }
}

/// The first word, and what follows it.
fn first_word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    (word, rest.trim_ascii_start())
}

/// Keys with a name of their own.
const NAMED: &[u8] = b"cr=\r\n\
    enter=\r\n\
    return=\r\n\
    esc=\x1b\n\
    space= \n\
    tab=\t\n\
    bs=\x7f\n\
    lt=<\n\
    bar=|\n\
    up=\x1b[A\n\
    down=\x1b[B\n\
    right=\x1b[C\n\
    left=\x1b[D\n\
    nop=";

/// `<CR>`, `<Esc>` and their like in mappings.
fn notation(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'<'
            && let Some(end) = after.iter().position(|byte| *byte == b'>').filter(|end| *end < 12)
        {
            let name = after.get(..end).unwrap_or_default().to_ascii_lowercase();
            let control = if let [b'c', b'-', letter] = name.as_slice() { Some([letter & 0x1f]) } else { None };
            let named =
                lines_of(NAMED).into_iter().find_map(|known| known.strip_prefix(name.as_slice())?.strip_prefix(b"="));
            if let Some(bytes) = named.or(control.as_ref().map(|byte| &byte[..])) {
                out.extend_from_slice(bytes);
                rest = after.get(end + 1..).unwrap_or_default();
                continue;
            }
        }
        if *byte == 22
            && let Some((next, tail)) = after.split_first()
        {
            out.push(*next);
            rest = tail;
            continue;
        }
        out.push(*byte);
        rest = after;
    }
    out
}
