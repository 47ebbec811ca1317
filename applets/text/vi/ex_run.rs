//! What each ex command does.

use super::operator::{Span, number};
use super::range::Range;
use super::{Fails, Mode, Vi};
use crate::buffer::{Pos, pos};
use crate::nameless;
use base::Error;
use base::number::parse_u32;
use rustix::fd::AsRawFd;

impl Vi<'_, '_> {
    pub fn ex_run(&mut self, name: &str, range: Range, bang: bool, argument: &[u8], before: Pos) -> Fails {
        let word = argument.trim_ascii();
        let lines = range.last.saturating_sub(range.first).saturating_add(1);
        match name {
            "" => return self.run_go(&range, before),
            "quit" | "qall" => return self.leave(bang),
            "write" | "wall" => return self.ex_write(range, bang, argument),
            "wq" | "xit" | "exit" => {
                if name == "wq" || self.buf.is_modified() || !word.is_empty() {
                    self.ex_write(range, bang, argument)?;
                }
                return self.leave(bang || !word.is_empty() || range.given > 0);
            }
            "edit" | "ex" => return self.ex_edit(bang, word),
            "next" | "previous" | "Next" | "rewind" | "last" => {
                if name == "next" && !word.is_empty() {
                    self.args = word
                        .split(u8::is_ascii_whitespace)
                        .filter(|name| !name.is_empty())
                        .map(<[u8]>::to_vec)
                        .collect();
                    return self.go_argument(0, bang);
                }
                let by = if range.given > 0 { range.last.saturating_add(1) } else { 1 };
                let to = match name {
                    "next" => self.arg.checked_add(by),
                    "rewind" => Some(0),
                    "last" => self.args.len().checked_sub(1),
                    _ => self.arg.checked_sub(by),
                };
                let none: &[u8] =
                    if name == "next" { b"No more files to edit" } else { b"Cannot go before first file" };
                let to = to.filter(|to| *to < self.args.len()).ok_or_else(|| Error::message(none))?;
                return self.go_argument(to, bang);
            }
            "args" => {
                let mut out = Vec::new();
                for (index, name) in self.args.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    let is_current = index == self.arg;
                    out.extend_from_slice(if is_current { b"[" } else { b"" });
                    out.extend_from_slice(name);
                    out.extend_from_slice(if is_current { b"]" } else { b"" });
                }
                self.output.push(out);
            }
            "file" => {
                if !word.is_empty() {
                    let name = self.expand(word)?;
                    self.alternate = self.file.name.take().map(|old| (old, self.cur));
                    self.file.name = Some(name);
                    self.file.stamp = None;
                }
                self.tell_file();
            }
            "substitute" | "&" | "~" => {
                let report = !self.in_global();
                return self.substitute(name, range, argument, report);
            }
            "global" | "vglobal" => {
                if self.in_global() {
                    return Err(Error::message("Cannot do :global recursive"));
                }
                self.running_global = true;
                let result = self.global(range, argument, bang || name == "vglobal");
                self.running_global = false;
                return result;
            }
            "delete" | "yank" => {
                let (register, range) = self.register_and_count(word, range)?;
                self.take(Span::lines(range.first, range.last), register, name == "delete");
                let lines = range.last.saturating_sub(range.first).saturating_add(1);
                if name == "delete" {
                    self.buf.remove(range.first, lines);
                    self.go_line(range.first);
                    self.report(lines, b" fewer lines");
                } else {
                    self.report(lines, b" lines yanked");
                }
            }
            "put" => {
                let register = word.first().copied();
                let Some(register) = self.register(register.unwrap_or(b'"')) else {
                    return Err(Error::message("Nothing in register"));
                };
                let after = if range.zero || bang {
                    range.last.saturating_add(usize::from(!range.zero && !bang))
                } else {
                    range.last.saturating_add(1)
                };
                let count = self.put_bytes(&register.text, after);
                self.cur.line = after.saturating_add(count).saturating_sub(1);
                let line = self.cur.line;
                self.go_line(line);
            }
            "move" | "copy" | "t" => {
                let (to, _) = self.range(word)?;
                if to.given == 0 {
                    return Err(Error::message("Address required"));
                }
                let to = if to.zero { 0 } else { to.last.saturating_add(1) };
                if name == "move" {
                    if to > range.first && to <= range.last {
                        return Err(Error::message("Cannot move a range of lines into itself"));
                    }
                    if to < range.first || to > range.last.saturating_add(1) {
                        self.buf.shift(range.first, lines, to);
                    }
                    let end = if to > range.last { to } else { to.saturating_add(lines) };
                    self.go_line(end.saturating_sub(1));
                } else {
                    self.buf.copy(range.first, lines, to);
                    self.go_line(to.saturating_add(lines).saturating_sub(1));
                }
            }
            "join" => {
                let (_, range) = self.register_and_count(word, range)?;
                let mut count = range.last.saturating_sub(range.first).saturating_add(1);
                if count == 1 {
                    count = 2;
                }
                self.join(range.first, count, !bang);
            }
            ">" | "<" => {
                // `:>>` shifts twice.
                let times =
                    argument.iter().take_while(|byte| **byte == name.as_bytes().first().copied().unwrap_or(0)).count();
                let rest = argument.get(times..).unwrap_or_default().trim_ascii();
                let (_, range) = self.register_and_count(rest, range)?;
                self.indent_lines(range.first, range.last, name == ">", times.saturating_add(1));
                self.go_line(range.last);
            }
            "=" => {
                let line = if range.given > 0 { range.last.saturating_add(1) } else { self.buf.count() };
                self.output.push(number(line));
            }
            "print" | "list" | "number" => {
                let (_, range) = self.register_and_count(word, range)?;
                for n in range.first..=range.last {
                    let mut out = Vec::new();
                    if name == "number" || self.opt.number {
                        base::number::push_right(&mut out, n.saturating_add(1) as u64, 6);
                        out.extend_from_slice(b"  ");
                    }
                    let text = self.buf.line(n);
                    if name == "list" {
                        for byte in text {
                            match byte {
                                0..=31 | 127 => out.extend([b'^', byte ^ 0x40]),
                                _ => out.push(*byte),
                            }
                        }
                        out.push(b'$');
                    } else {
                        out.extend_from_slice(text);
                    }
                    self.output.push(out);
                }
                self.go_line(range.last);
            }
            "k" | "mark" => {
                let letter = word.first().copied().filter(|letter| letter.is_ascii_alphabetic() || *letter == b'\'');
                let letter = letter.ok_or_else(|| Error::message("Argument required"))?;
                self.set_mark(letter, pos(range.last, 0));
            }
            "marks" => {
                let mut marks = self.buf.marks.clone();
                base::order::sort(&mut marks, &mut |a, b| a.0.cmp(&b.0));
                for (letter, place) in
                    marks.iter().filter(|(letter, _)| letter.is_ascii_alphabetic() || *letter == b'\'')
                {
                    let mut out = vec![b' ', *letter];
                    base::number::push_right(&mut out, place.line.saturating_add(1) as u64, 7);
                    base::number::push_right(&mut out, place.col as u64, 5);
                    out.push(b' ');
                    out.extend_from_slice(self.buf.line(place.line));
                    self.output.push(out);
                }
            }
            "registers" | "display" => {
                let mut names: Vec<u8> = self.regs.iter().map(|register| register.name).collect();
                names.extend_from_slice(b"%#/.:");
                base::order::sort(&mut names, &mut Ord::cmp);
                for name in names {
                    if let Some(register) = self.register(name).filter(|register| !register.text.is_empty()) {
                        let mut out = vec![b'"', name, b' ', b' '];
                        for byte in register.text.iter().take(200) {
                            match byte {
                                0..=31 | 127 => out.extend([b'^', byte ^ 0x40]),
                                _ => out.push(*byte),
                            }
                        }
                        self.output.push(out);
                    }
                }
            }
            "normal" => {
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
            "undo" | "redo" => {
                let here = self.cur;
                self.buf.close(here);
                let place = if name == "undo" { self.buf.undo() } else { self.buf.redo() };
                match place {
                    Some(place) => self.go_line(place.line),
                    None => {
                        return Err(Error::message(if name == "undo" {
                            "Already at oldest change"
                        } else {
                            "Already at newest change"
                        }));
                    }
                }
            }
            "set" => return self.set_options(word),
            "nohlsearch" => self.find.shown = false,
            "read" => return self.ex_read(range, bang, word),
            "!" => return self.ex_shell(range, argument),
            "sort" => {
                let range =
                    if range.given > 0 { range } else { Range { first: 0, last: self.buf.last(), given: 2, ..range } };
                let mut command = b"sort -s".to_vec();
                for option in word {
                    match option {
                        b'n' | b'u' => command.extend([b' ', b'-', *option]),
                        b'i' => command.extend_from_slice(b" -f"),
                        b' ' => {}
                        _ => return Err(Error::message("Trailing characters")),
                    }
                }
                if bang {
                    command.extend_from_slice(b" -r");
                }
                return self.ex_shell(range, &command);
            }
            "shell" => self.run_outside(b"")?,
            "source" => {
                let name = self.expand(word)?;
                let bytes = base::slurp::read(&name, 1 << 20).map_err(|errno| Error::system(name.as_slice(), errno))?;
                for line in bytes.split(|byte| *byte == b'\n') {
                    self.ex_line(line);
                }
            }
            "@" => {
                let register = word.first().copied().unwrap_or(b'"');
                let text = self.register(register).map(|register| register.text).unwrap_or_default();
                for line in text.split(|byte| *byte == b'\n') {
                    self.ex_line(line);
                }
            }
            "map" | "nmap" | "noremap" | "nnoremap" | "imap" | "inoremap" => {
                return self.ex_map(bang || name.starts_with('i'), word);
            }
            "unmap" => {
                let keys = super::input::keys_of(&notation(word), self.utf8);
                self.input.maps.retain(|(insert, from, _)| *insert != bang || *from != keys);
            }
            "abbreviate" => {
                let end = word.iter().position(u8::is_ascii_whitespace).unwrap_or(word.len());
                let (from, to) = word.split_at_checked(end).unwrap_or((word, &[]));
                let (from, to) = (from.to_vec(), to.trim_ascii_start().to_vec());
                if to.is_empty() {
                    for (from, to) in &self.input.abbreviations {
                        self.output.push([from.as_slice(), b"  ", to].concat());
                    }
                } else {
                    self.input.abbreviations.retain(|(known, _)| *known != from);
                    self.input.abbreviations.push((from, to));
                }
            }
            "unabbreviate" => self.input.abbreviations.retain(|(known, _)| known != word),
            "version" => self.output.push(b"cairn vi".to_vec()),
            "help" => self.output.extend(super::HELP.split('\n').map(|line| line.as_bytes().to_vec())),
            "append" | "insert" | "change" => return self.ex_append(name, range, argument),
            _ => return Err(Error::message([b"Not an editor command: ", name.as_bytes()].concat())),
        }
        Ok(())
    }

    fn in_global(&self) -> bool {
        self.running_global
    }

    /// `[register] [count]` behind a command; a count begins at the range's last line.
    fn register_and_count(&self, text: &[u8], range: Range) -> Fails<(Option<u8>, Range)> {
        let mut range = range;
        let mut register = None;
        for word in text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            if let Ok(count) = parse_u32(word) {
                if count == 0 {
                    return Err(Error::message("Positive count required"));
                }
                range.first = range.last;
                range.last = range.first.saturating_add(count as usize - 1).min(self.buf.last());
            } else if let [letter] = word {
                register = Some(*letter);
            } else {
                return Err(Error::message([b"Trailing characters: ", word].concat()));
            }
        }
        Ok((register, range))
    }

    /// Runs keys as if typed, and nothing after them; what they leave unfinished is ended.
    fn run_keys(&mut self, keys: &[u8]) {
        let kept = core::mem::take(&mut self.input.waiting);
        let replay = core::mem::take(&mut self.input.replay);
        let replaying = core::mem::replace(&mut self.input.replaying, false);
        let seen = core::mem::take(&mut self.input.seen);
        let dot = self.dot.clone();
        self.input.replay = super::input::keys_of(keys, self.utf8).into();
        self.input.replaying = true;
        let mode = core::mem::replace(&mut self.mode, Mode::Normal);
        let mut left = 1usize << 20;
        while (!self.input.replay.is_empty() || !self.input.waiting.is_empty()) && self.quit.is_none() && left > 0 {
            let rest = core::mem::take(&mut self.input.waiting);
            self.input.replay.extend(rest);
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

    /// The name with `%` and `#` for the file and the one before.
    fn expand(&self, word: &[u8]) -> Fails<Vec<u8>> {
        let mut out = Vec::new();
        let mut bytes = word.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'\\' => out.extend(bytes.next()),
                b'%' => out.extend_from_slice(self.file.name.as_ref().ok_or_else(|| Error::message("No file name"))?),
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
            out = [home, b"/", rest].concat();
        }
        Ok(out)
    }

    fn tell_file(&mut self) {
        let name = self.file.name.clone().unwrap_or_else(|| b"No file".to_vec());
        let mut out = [b"\"", name.as_slice(), b"\""].concat();
        if self.buf.is_modified() {
            out.extend_from_slice(b" [Modified]");
        }
        if self.opt.readonly || self.file.readonly {
            out.extend_from_slice(b" [readonly]");
        }
        if self.buf.is_empty() {
            out.extend_from_slice(b" --No lines in buffer--");
        } else {
            let (line, count) = (self.cur.line.saturating_add(1), self.buf.count());
            out.extend_from_slice(b" line ");
            out.extend_from_slice(&number(line));
            out.extend_from_slice(b" of ");
            out.extend_from_slice(&number(count));
            out.extend_from_slice(b" --");
            out.extend_from_slice(&number(line.saturating_mul(100) / count.max(1)));
            out.extend_from_slice(b"%--");
        }
        self.message = out;
    }

    fn ex_write(&mut self, range: Range, bang: bool, argument: &[u8]) -> Fails {
        let word = argument.trim_ascii();
        let (first, last) = if range.given > 0 { (range.first, range.last) } else { (0, self.buf.last()) };
        if let Some(command) = word.strip_prefix(b"!") {
            let command = self.expand_command(command)?;
            let bytes = self.buf.text(first, last.saturating_add(1));
            return self.pipe_to(&command, bytes);
        }
        let (append, word) = match word.strip_prefix(b">>") {
            Some(rest) => (true, rest.trim_ascii_start()),
            None => (false, word),
        };
        let name = if word.is_empty() { self.file.name.clone() } else { Some(self.expand(word)?) };
        let name = name.ok_or_else(|| Error::message("No file name"))?;
        let partial = !append && self.file.name.as_deref() == Some(&name) && (first > 0 || last < self.buf.last());
        if partial && !bang {
            return Err(Error::message("Use ! to write partial buffer"));
        }
        // A text without a name takes the one it is written under.
        if self.file.name.is_none() && !append {
            if !bang && rustix::fs::access(name.as_slice(), rustix::fs::Access::EXISTS).is_ok() {
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
                let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                let (command, word) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                (Some(if command.is_empty() { b"$".to_vec() } else { command.to_vec() }), word.trim_ascii_start())
            }
            None => (None, word),
        };
        if self.buf.is_modified() && !bang {
            return Err(Error::message("No write since last change (add ! to override)"));
        }
        let here = self.cur;
        let old = self.file.name.clone();
        let back = (word == b"#").then(|| self.alternate.as_ref().map(|(_, place)| *place)).flatten();
        let name = if word.is_empty() { old.clone() } else { Some(self.expand(word)?) };
        self.load(name.clone(), false);
        if name == old {
            self.go_line(here.line);
        } else {
            self.alternate = old.map(|old| (old, here));
            if let Some(place) = back {
                self.go(place);
            }
        }
        if let Some(command) = command {
            self.ex_line(&command);
        }
        Ok(())
    }

    fn go_argument(&mut self, to: usize, bang: bool) -> Fails {
        if self.buf.is_modified() && !bang {
            if !self.opt.autowrite {
                return Err(Error::message("No write since last change (add ! to override)"));
            }
            let name = self.file.name.clone().ok_or_else(|| Error::message("No file name"))?;
            let last = self.buf.last();
            self.write_file(&name, 0, last, false, false)?;
        }
        let name = self.args.get(to).cloned();
        let old = self.file.name.clone().map(|old| (old, self.cur));
        self.arg = to;
        self.load(name, false);
        self.alternate = old.or(self.alternate.take());
        Ok(())
    }

    fn ex_read(&mut self, range: Range, bang: bool, word: &[u8]) -> Fails {
        let after = if range.zero { 0 } else { range.last.saturating_add(1) };
        if bang || word.starts_with(b"!") {
            let command = self.expand_command(word.strip_prefix(b"!").unwrap_or(word))?;
            let bytes = self.filter_through(&command, Vec::new())?;
            let count = self.put_bytes(&bytes, after);
            self.report(count, b" more lines");
            return Ok(());
        }
        let name = if word.is_empty() {
            self.file.name.clone().ok_or_else(|| Error::message("No file name"))?
        } else {
            self.expand(word)?
        };
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
                b'%' if self.file.name.is_some() => {
                    out.extend_from_slice(self.file.name.as_deref().unwrap_or_default())
                }
                b'#' if self.alternate.is_some() => {
                    out.extend_from_slice(self.alternate.as_ref().map_or(&[][..], |(name, _)| name));
                }
                _ => out.push(*byte),
            }
        }
        self.last_bang = out.clone();
        Ok(out)
    }

    fn ex_shell(&mut self, range: Range, text: &[u8]) -> Fails {
        let command = self.expand_command(text)?;
        if range.given == 0 {
            return self.run_outside(&command);
        }
        let lines = range.last.saturating_sub(range.first).saturating_add(1);
        let bytes = self.buf.text(range.first, range.last.saturating_add(1));
        let new = self.filter_through(&command, bytes)?;
        let text = new.strip_suffix(b"\n").unwrap_or(&new);
        let all: Vec<&[u8]> = if new.is_empty() { Vec::new() } else { text.split(|byte| *byte == b'\n').collect() };
        self.buf.replace(range.first, lines, &all);
        self.go_line(range.first);
        self.report(lines, b" lines filtered");
        Ok(())
    }

    /// Runs a command on the ordinary screen.
    fn run_outside(&mut self, command: &[u8]) -> Fails {
        self.close_screen();
        if let Some(tty) = &mut self.tty {
            tty.leave();
        }
        let result = base::term::screen::run_shell(self.cx, command, &[]);
        if let Some(tty) = &mut self.tty {
            tty.enter();
        }
        if !command.is_empty() {
            self.wait_enter();
        }
        self.open_screen();
        match result {
            Ok(how) if how.shell_status() != 0 && !command.is_empty() => {
                self.message = [b"shell returned ".as_slice(), &number(usize::from(how.shell_status()))].concat();
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What a command makes of `bytes`: through files without a name, so that neither side waits for the other.
    fn filter_through(&mut self, command: &[u8], bytes: Vec<u8>) -> Fails<Vec<u8>> {
        let input = nameless::holding(&bytes)?;
        let output = nameless::create()?;
        let dup = [(input.as_raw_fd(), 0), (output.as_raw_fd(), 1), (output.as_raw_fd(), 2)];
        let how = base::term::screen::run_shell(self.cx, command, &dup)?;
        nameless::rewind(&output)?;
        let mut result = base::io::Input::owned(output, b"filter");
        let text = result.rest()?;
        if how.shell_status() != 0 {
            self.message = [b"shell returned ".as_slice(), &number(usize::from(how.shell_status()))].concat();
        }
        Ok(text)
    }

    /// `:w !command`.
    fn pipe_to(&mut self, command: &[u8], bytes: Vec<u8>) -> Fails {
        let input = nameless::holding(&bytes)?;
        self.close_screen();
        if let Some(tty) = &mut self.tty {
            tty.leave();
        }
        let result = base::term::screen::run_shell(self.cx, command, &[(input.as_raw_fd(), 0)]);
        if let Some(tty) = &mut self.tty {
            tty.enter();
        }
        self.wait_enter();
        self.open_screen();
        result.map(|_| ())
    }

    fn ex_map(&mut self, insert: bool, word: &[u8]) -> Fails {
        let end = word.iter().position(u8::is_ascii_whitespace).unwrap_or(word.len());
        let (from, to) = word.split_at_checked(end).unwrap_or((word, &[]));
        let to = notation(to.trim_ascii_start());
        if from.is_empty() || to.is_empty() {
            for (_, keys, to) in self.input.maps.iter().filter(|(kind, ..)| *kind == insert) {
                let mut out = Vec::new();
                for k in keys {
                    super::input::push_key(&mut out, *k);
                }
                out.extend_from_slice(b"  ");
                out.extend_from_slice(to);
                self.output.push(out);
            }
            return Ok(());
        }
        let keys = super::input::keys_of(&notation(from), self.utf8);
        self.input.maps.retain(|(kind, known, _)| *kind != insert || *known != keys);
        self.input.maps.push((insert, keys, to));
        Ok(())
    }

    /// `:a`, `:i`, `:c` with their text on the same line of a script (`\n` within), or from standard input in ex mode.
    fn ex_append(&mut self, name: &str, range: Range, argument: &[u8]) -> Fails {
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
        let mut at = match name {
            "append" if range.zero => 0,
            "append" => range.last.saturating_add(1),
            _ => range.first,
        };
        if name == "change" {
            self.take(Span::lines(range.first, range.last), None, true);
            self.buf.remove(range.first, range.last.saturating_sub(range.first).saturating_add(1));
        }
        if self.buf.is_empty() {
            at = 0;
        }
        self.buf.insert(at, &texts);
        self.go_line(at.saturating_add(texts.len()).saturating_sub(1));
        Ok(())
    }
}

/// `<CR>`, `<Esc>` and their like in mappings.
fn notation(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'<'
            && let Some(end) = after.iter().position(|byte| *byte == b'>').filter(|end| *end < 12)
        {
            let name = after.get(..end).unwrap_or_default().to_ascii_lowercase();
            let bytes: &[u8] = match name.as_slice() {
                b"cr" | b"enter" | b"return" => b"\r",
                b"esc" => b"\x1b",
                b"space" => b" ",
                b"tab" => b"\t",
                b"bs" => b"\x7f",
                b"lt" => b"<",
                b"bar" => b"|",
                b"up" => b"\x1b[A",
                b"down" => b"\x1b[B",
                b"right" => b"\x1b[C",
                b"left" => b"\x1b[D",
                b"nop" => b"",
                [b'c', b'-', letter] => {
                    out.push(letter & 0x1f);
                    b""
                }
                _ => b"\0",
            };
            if bytes != b"\0" {
                out.extend_from_slice(bytes);
                rest = after.get(end.saturating_add(1)..).unwrap_or_default();
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
