//! complete - what Tab may put in the place of the word before the cursor.

use super::line::Line;
use super::scan::{Word, scan};
use crate::names::{Sym, in_name, is_name};
use crate::shell::Shell;
use crate::strings::Strings;
use base::applet::{Applet, Kind, Known};
use base::prose::Prose;
use base::term::columns;
use base::term::keys::{Code, Key};
use base::term::width::{display_width, truncate};
use rustix::fs::{Access, AtFlags, CWD, FileType};

/// More than so many are shown only if the user says so.
const MANY: usize = 100;

/// Something the word may become.
struct Candidate {
    text: Vec<u8>,
    help: Prose,
    /// What follows it when it is the only one.
    after: &'static [u8],
}

/// What the word may become.
#[derive(Default)]
struct Found {
    list: Vec<Candidate>,
    /// Where in the text it begins, which of it is there already (without quotes), and the quote it stands in.
    from: usize,
    typed: Vec<u8>,
    quote: u8,
    /// The quote is part of what is replaced.
    opened: bool,
}

impl Found {
    fn offer(&mut self, text: &[u8], after: &'static [u8]) {
        self.offer_with(text, Prose::NONE, after);
    }

    /// A whole word that begins with `front`.
    fn offer_behind(&mut self, front: &[u8], text: &[u8]) {
        self.offer(&[front, text].concat(), b" ");
    }

    fn offer_with(&mut self, text: &[u8], help: Prose, after: &'static [u8]) {
        if text.starts_with(&self.typed) {
            self.list.push(Candidate { text: text.to_vec(), help, after });
        }
    }
}

impl Found {
    /// Puts them in order, each once.
    #[inline(never)]
    fn sort(&mut self) {
        let list = core::mem::take(&mut self.list);
        let text = |index: usize| list.get(index).map(|candidate| candidate.text.as_slice());
        for index in base::order::indices(list.len(), &mut |a, b| text(a).cmp(&text(b))) {
            if let Some(candidate) = list.get(index as usize)
                && self.list.last().is_none_or(|last| last.text != candidate.text)
            {
                self.list.push(Candidate { text: candidate.text.clone(), ..*candidate });
            }
        }
    }
}

/// What a command's operands are, where that is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Anything,
    /// The first is a command's name.
    Commands,
    Hosts,
    Variables,
    Aliases,
    Options,
    Jobs,
    Directories,
}

static TAKES: [(Takes, &str); 7] = [
    (Takes::Commands, "type which man hash"),
    (Takes::Hosts, "ssh scp sftp rsync ping ping6 telnet nc traceroute nslookup ftp mosh"),
    (Takes::Variables, "export unset readonly read local"),
    (Takes::Aliases, "alias unalias"),
    (Takes::Options, "set"),
    (Takes::Jobs, "fg bg kill wait jobs"),
    (Takes::Directories, "cd rmdir pushd"),
];

/// What runs the command behind it, beside the applets whose usage says so.
static RUNS: [&[u8]; 6] = [b"command", b"exec", b"builtin", b"sudo", b"cairn", b"busybox"];

impl Line<'_> {
    /// Tab.
    pub fn complete(&mut self) {
        let cursor = self.buffer.cursor;
        let before = self.buffer.slice(0, cursor).to_vec();
        let mut found = self.shell.find_completions(&before);
        found.sort();
        let Some(first) = found.list.first() else { return self.bell() };
        let mut common = first.text.clone();
        for candidate in &found.list {
            let same = common.iter().zip(&candidate.text).take_while(|(a, b)| a == b).count();
            common.truncate(same);
        }
        // Not in the middle of a character.
        while self.buffer.utf8 && !common.is_empty() && core::str::from_utf8(&common).is_err() {
            let whole = core::str::from_utf8(&common).map_or_else(|error| error.valid_up_to(), |_| 0);
            if first.text.starts_with(&common) && common.len() == first.text.len() {
                break;
            }
            common.truncate(whole);
        }
        let only = found.list.len() == 1;
        if !only && common.len() <= found.typed.len() {
            return self.list(&found);
        }
        let mut text = Vec::new();
        push_escaped(&mut text, &common, found.quote, found.opened);
        if only {
            let after = first.after;
            if found.quote != 0 && after != b"/" {
                text.push(found.quote);
            }
            let next = self.buffer.text.get(cursor).copied();
            if !(after == b" " && next == Some(b' ') || after == b"/" && next == Some(b'/')) {
                text.extend_from_slice(after);
            }
        }
        self.buffer.replace(found.from, cursor, &text);
        self.buffer.mark();
    }

    /// Shows what there is.
    #[inline(never)]
    fn list(&mut self, found: &Found) {
        let count = found.list.len();
        if count > MANY {
            let mut question = b"Display all ".to_vec();
            base::number::push_u64(&mut question, count as u64);
            question.extend_from_slice(b" possibilities? (y or n)");
            self.show(&question);
            self.view.flush();
            let answer = loop {
                match self.keys.next(None) {
                    base::term::keys::Event::Key(Key { code: Code::Char(c), .. }) => break c,
                    base::term::keys::Event::End => break 'n',
                    _ => {}
                }
            };
            self.view.add(b"\r\n");
            if !matches!(answer, 'y' | 'Y' | ' ' | '\t') {
                return;
            }
        } else {
            self.show(b"");
        }
        let utf8 = self.buffer.utf8;
        let width = self.view.columns;
        let mut out = Vec::new();
        if found.list.iter().any(|candidate| !candidate.help.is_empty()) {
            let mut names = 0;
            for candidate in &found.list {
                names = candidate.text.len().max(names).min(width / 2);
            }
            for candidate in &found.list {
                let mut line = candidate.text.clone();
                let blanks = names.saturating_add(2).saturating_sub(line.len()).max(2);
                line.extend(core::iter::repeat_n(b' ', blanks));
                line.extend_from_slice(candidate.help.unpack().as_bytes());
                out.extend_from_slice(truncate(&line, width.saturating_sub(1), utf8).trim_ascii_end());
                out.extend_from_slice(b"\r\n");
            }
            return self.view.add(&out);
        }
        let mut cells = Strings::new();
        let mut widths = Vec::with_capacity(count);
        for candidate in &found.list {
            let start = cells.open().len();
            for byte in &candidate.text {
                cells.open().push(if byte.is_ascii_control() { b'?' } else { *byte });
            }
            if candidate.after == b"/" {
                cells.open().push(b'/');
            }
            widths.push(display_width(cells.open().get(start..).unwrap_or_default(), utf8));
            cells.close();
        }
        let layout = columns::arrange(&widths, width, false);
        for row in 0..layout.rows {
            let mut pending = 0usize;
            for (column, size) in layout.columns.iter().enumerate() {
                let index = layout.index(row, column, false);
                let Some((cell, own)) = cells.get(index).zip(widths.get(index)) else { continue };
                out.extend(core::iter::repeat_n(b' ', pending));
                out.extend_from_slice(cell);
                pending = size.saturating_sub(*own).saturating_add(columns::GAP);
            }
            out.extend_from_slice(b"\r\n");
        }
        self.view.add(&out);
    }
}

/// Adds a text as the shell reads it, inside the quote that is open (0: none).
#[inline(never)]
fn push_escaped(out: &mut Vec<u8>, text: &[u8], quote: u8, opened: bool) {
    if quote != 0 && opened {
        out.push(quote);
    }
    for byte in text {
        match quote {
            b'\'' if *byte == b'\'' => out.extend_from_slice(b"'\\''"),
            b'\'' => out.push(*byte),
            b'"' => {
                if b"\"\\$`".contains(byte) {
                    out.push(b'\\');
                }
                out.push(*byte);
            }
            _ => {
                if b" \t'\"\\$`*?[]{}()<>|&;!#~".contains(byte) {
                    out.push(b'\\');
                }
                // A newline after a backslash would vanish.
                if *byte == b'\n' {
                    out.extend_from_slice(b"'\n'");
                } else {
                    out.push(*byte);
                }
            }
        }
    }
}

/// A word without its quotes; where its last part after a slash begins, in the text and in what is given.
struct Plain {
    text: Vec<u8>,
    part: usize,
    part_from: usize,
    /// The quote that is open at the end, and whether it was opened in the last part.
    quote: u8,
    opened: bool,
    /// The first byte was no quoted one.
    bare_start: bool,
}

#[inline(never)]
fn unquote(word: &[u8]) -> Plain {
    let bare_start = !matches!(word.first(), Some(b'\'' | b'"' | b'\\'));
    let mut plain = Plain { text: Vec::new(), part: 0, part_from: 0, quote: 0, opened: false, bare_start };
    let mut bytes = word.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (plain.quote, *byte) {
            (0, b'\'' | b'"') => {
                plain.quote = *byte;
                plain.opened = true;
                continue;
            }
            (quote, byte) if quote != 0 && byte == quote => {
                plain.quote = 0;
                continue;
            }
            (0 | b'"', b'\\') => {
                if let Some((_, next)) = bytes.next() {
                    plain.text.push(*next);
                }
                continue;
            }
            _ => plain.text.push(*byte),
        }
        if *byte == b'/' {
            plain.part = plain.text.len();
            plain.part_from = at.saturating_add(1);
            plain.opened = false;
        }
    }
    plain
}

impl Shell {
    #[inline(never)]
    fn find_completions(&mut self, before: &[u8]) -> Found {
        let scanned = scan(before);
        let at_end = |word: &&Word| word.end == before.len() && word.start < before.len();
        let fresh = Word {
            start: before.len(),
            end: before.len(),
            command: true,
            head: scanned.words.len(),
            open: 0,
            target: false,
        };
        let word = match scanned.words.iter().rev().find(at_end) {
            Some(word) => *word,
            // After a blank: an empty word, which is what a letter here would begin.
            None => {
                let text = [before, b"x"].concat();
                let more = scan(&text);
                match more.words.iter().rev().find(|word| word.start == before.len()) {
                    Some(word) => Word { end: word.start, ..*word },
                    None => fresh,
                }
            }
        };
        let written = before.get(word.start..).unwrap_or_default();
        let plain = unquote(written);
        let mut found = Found { from: word.start, quote: plain.quote, opened: plain.opened, ..Found::default() };
        // A variable's name at the end.
        let name_at = written.iter().rev().take_while(|byte| in_name(**byte)).count();
        let (front, name) = written.split_at_checked(written.len().saturating_sub(name_at)).unwrap_or((written, b""));
        if plain.quote != b'\'' && (front.ends_with(b"$") || front.ends_with(b"${")) {
            found.from = word.start.saturating_add(front.len());
            found.typed = name.to_vec();
            found.quote = 0;
            self.offer_variables(&mut found, if front.ends_with(b"{") { b"}" } else { b"" });
            return found;
        }
        if plain.bare_start && plain.text.starts_with(b"~") && !plain.text.contains(&b'/') {
            found.typed = plain.text.get(1..).unwrap_or_default().to_vec();
            found.from = word.start.saturating_add(1);
            for user in base::users::Database::new().users() {
                found.offer(&user.name, b"/");
            }
            return found;
        }
        found.typed.clone_from(&plain.text);
        let (place, is_command) = self.place_of_command(&scanned.words, before, &word);
        if is_command && !plain.text.contains(&b'/') && !plain.text.starts_with(b"-") {
            self.offer_commands(&mut found);
            if !found.list.is_empty() {
                return found;
            }
        }
        let command = if word.command { b"" } else { name_of(&scanned.words, before, place) };
        let between = scanned.words.iter().skip(place).filter(|other| other.start < word.start);
        let is_second = between.count() == 1;
        let takes = TAKES
            .iter()
            .find(|(_, names)| base::bytes::place(names, command).is_some())
            .map_or(Takes::Anything, |(takes, _)| *takes);
        if plain.text.starts_with(b"-") && !word.target {
            self.offer_options(&mut found, command);
            if !found.list.is_empty() {
                return found;
            }
        }
        if takes == Takes::Hosts || plain.text.contains(&b'@') {
            let at = memchr::memrchr(b'@', &plain.text).map_or(0, |at| at.saturating_add(1));
            offer_hosts(&mut found, plain.text.get(..at).unwrap_or_default(), self.vars.get(Sym::HOME));
            if !found.list.is_empty() {
                return found;
            }
        }
        if is_second && takes == Takes::Commands && !plain.text.contains(&b'/') {
            self.offer_commands(&mut found);
            return found;
        }
        match takes {
            Takes::Variables => self.offer_variables(&mut found, b""),
            Takes::Aliases => {
                for (name, _) in &self.aliases {
                    found.offer(name, b" ");
                }
            }
            Takes::Options if head_option(before, &word) => {
                for name in crate::options::names() {
                    found.offer(name, b" ");
                }
                found.offer(b"emacs", b" ");
            }
            Takes::Jobs if plain.text.starts_with(b"%") => {
                for job in &self.jobs.list {
                    let mut text = b"%".to_vec();
                    base::number::push_u64(&mut text, job.number as u64);
                    found.offer(&text, b" ");
                }
            }
            _ => {}
        }
        if found.list.is_empty() {
            found.from = word.start.saturating_add(plain.part_from);
            found.typed = plain.text.get(plain.part..).unwrap_or_default().to_vec();
            let directory = plain.text.get(..plain.part).unwrap_or_default();
            let directory = self.expand_directory(directory, plain.bare_start, plain.quote == b'\'');
            offer_files(&mut found, &directory, takes == Takes::Directories, is_command);
        }
        found
    }

    /// Where the command stands that the word belongs to, behind `env A=b`, `nice -n 5` and their like, and whether the word is a
    /// command itself.
    #[inline(never)]
    fn place_of_command(&self, words: &[Word], before: &[u8], word: &Word) -> (usize, bool) {
        let mut place = word.head;
        if word.command {
            return (place, true);
        }
        // How many operands come before the command, and whether the word before was an option that wants a value.
        let Some(mut left) = self.runs_after(name_of(words, before, place)) else { return (place, false) };
        let mut wants = false;
        for (index, other) in words.iter().enumerate().skip(place.saturating_add(1)) {
            if other.start >= word.start || other.head != word.head {
                break;
            }
            let text = before.get(other.start..other.end).unwrap_or_default();
            let applet = self.registry.find(name_of(words, before, place));
            if wants || other.target {
                wants = false;
            } else if text.starts_with(b"-") {
                wants = applet.is_some_and(|applet| wants_value(applet, text));
            } else if memchr::memchr(b'=', text).is_some() {
                // An assignment of env's.
            } else if left > 0 {
                left = left.saturating_sub(1);
            } else {
                place = index;
                match self.runs_after(name_of(words, before, place)) {
                    Some(next) => left = next,
                    None => return (place, false),
                }
            }
        }
        (place, left == 0 && !wants && !word.target)
    }

    /// For a command that runs another, how many operands it has before that one.
    fn runs_after(&self, name: &[u8]) -> Option<usize> {
        if RUNS.contains(&name) {
            return Some(0);
        }
        let usage = self.registry.find(name)?.operands();
        let front = usage.get(..base::bytes::find(usage.as_bytes(), b"COMMAND [")?)?;
        Some(front.split(' ').filter(|word| !word.is_empty() && !word.starts_with('[')).count())
    }

    /// A directory as it was written, with `~` and variables.
    #[inline(never)]
    fn expand_directory(&self, text: &[u8], tilde: bool, literal: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = text;
        if tilde && let Some(after) = text.strip_prefix(b"~") {
            let end = memchr::memchr(b'/', after).unwrap_or(after.len());
            let (user, path) = after.split_at_checked(end).unwrap_or((after, b""));
            let home = if user.is_empty() {
                self.vars.get(Sym::HOME).map(<[u8]>::to_vec)
            } else {
                crate::expand::home_of(user)
            };
            if let Some(home) = home {
                out = home;
                rest = path;
            }
        }
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            let inside = after.strip_prefix(b"{").unwrap_or(after);
            let length = inside.iter().take_while(|byte| in_name(**byte)).count();
            let name = inside.get(..length).unwrap_or_default();
            if *byte == b'$' && !literal && is_name(name) {
                out.extend_from_slice(self.variable(name).unwrap_or_default());
                rest = inside.get(length..).unwrap_or_default();
                rest = rest.strip_prefix(b"}").unwrap_or(rest);
            } else {
                out.push(*byte);
            }
        }
        out
    }

    fn offer_variables(&mut self, found: &mut Found, after: &'static [u8]) {
        for sym in self.vars.each() {
            if self.vars.get(sym).is_some() {
                found.offer(self.names.text(sym), after);
            }
        }
    }

    fn offer_commands(&mut self, found: &mut Found) {
        for word in crate::builtin::words() {
            found.offer(word, b" ");
        }
        for (name, _) in &self.aliases {
            found.offer(name, b" ");
        }
        for (index, function) in self.functions.iter().enumerate() {
            if function.is_some() {
                found.offer(self.names.text(Sym::at(index)), b" ");
            }
        }
        for (name, _) in self.registry.names() {
            found.offer(name.as_bytes(), b" ");
        }
        let path = self.vars.copy(Sym::PATH);
        for directory in path.split(|byte| *byte == b':') {
            let directory = if directory.is_empty() { b"." } else { directory };
            each_entry(directory, &mut |name, _| {
                if name.starts_with(&found.typed) && is_executable(&[directory, b"/", name].concat()) {
                    found.offer(name, b" ");
                }
            });
        }
    }

    /// The options of an applet, from its table.
    #[inline(never)]
    fn offer_options(&mut self, found: &mut Found, command: &[u8]) {
        let Some(applet) = self.registry.find(command) else { return };
        if let Some(at) = memchr::memchr(b'=', &found.typed) {
            let long = found.typed.get(2..at).unwrap_or_default();
            let option = applet.options().iter().find(|option| option.long().as_bytes() == long && !long.is_empty());
            if let Some(Kind::Choice(words) | Kind::OptionalChoice(words)) = option.as_ref().map(Known::kind) {
                let start = found.typed.get(..=at).unwrap_or_default().to_vec();
                for word in words.iter() {
                    found.offer_behind(&start, word.as_bytes());
                }
            }
            return;
        }
        for option in applet.options().iter().filter(|option| !matches!(option.kind(), Kind::Hidden)) {
            if let Some(letter) = option.short() {
                found.offer_with(&[b'-', letter], option.help(), b" ");
            }
            if !option.long().is_empty() {
                let text = [b"--", option.long().as_bytes()].concat();
                found.offer_with(&text, option.help(), if option.needs_value() { b"=" } else { b" " });
            }
        }
        found.offer_with(b"--help", base::prose!("show what the options are"), b" ");
    }

    /// Whether a command of that name would be found.
    pub fn means_something(&mut self, name: &[u8]) -> bool {
        if name.contains(&b'/') {
            return is_executable(name) || file_type(name).is_dir();
        }
        crate::builtin::find(name).is_some()
            || self.alias(name).is_some()
            || self.names.find(name).is_some_and(|sym| self.function(sym).is_some())
            || self.registry.find(name).is_some()
            || base::command::find(name, self.vars.get(Sym::PATH).unwrap_or_default()).is_ok()
    }
}

/// The name of the command that is the word at a place, without its directories.
fn name_of<'b>(words: &[Word], before: &'b [u8], place: usize) -> &'b [u8] {
    let text = words.get(place).and_then(|word| before.get(word.start..word.end));
    crate::exec::simple::base_name(text.unwrap_or_default())
}

/// Whether the value of the option that `text` is, or ends with, is the next word.
fn wants_value(applet: &Applet, text: &[u8]) -> bool {
    let long = text.strip_prefix(b"--");
    applet.options().iter().any(|option| {
        let is_this = match long {
            Some(long) => option.long().as_bytes() == long,
            None => option.short().is_some() && option.short() == text.last().copied(),
        };
        is_this && option.needs_value()
    })
}

/// Whether `-o` or `+o` stands before the word.
fn head_option(before: &[u8], word: &Word) -> bool {
    let front = before.get(..word.start).unwrap_or_default().trim_ascii_end();
    front.ends_with(b"-o") || front.ends_with(b"+o")
}

fn is_executable(path: &[u8]) -> bool {
    base::fs::accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS).is_ok() && file_type(path).is_file()
}

fn file_type(path: &[u8]) -> FileType {
    base::fs::stat(path).map_or(FileType::Unknown, |status| FileType::from_raw_mode(status.st_mode))
}

/// Calls `work` for each entry of a directory but `.` and `..`.
fn each_entry(directory: &[u8], work: &mut dyn FnMut(&[u8], FileType)) {
    let _ = base::fs::each_entry(directory, &mut |name, kind| {
        if name != b"." && name != b".." {
            work(name, kind);
        }
    });
}

#[inline(never)]
fn offer_files(found: &mut Found, directory: &[u8], only_directories: bool, only_executables: bool) {
    let place = if directory.is_empty() { b"." } else { directory };
    let hidden = found.typed.starts_with(b".");
    each_entry(place, &mut |name, kind| {
        if name.starts_with(b".") && !hidden || !name.starts_with(&found.typed) {
            return;
        }
        let path = [place, b"/", name].concat();
        let is_directory =
            kind.is_dir() || (kind.is_symlink() || kind == FileType::Unknown) && file_type(&path).is_dir();
        if is_directory {
            found.offer(name, b"/");
        } else if !only_directories && (!only_executables || is_executable(&path)) {
            found.offer(name, b" ");
        }
    });
}

/// Hosts behind the user that was typed.
#[inline(never)]
fn offer_hosts(found: &mut Found, user: &[u8], home: Option<&[u8]>) {
    let slurp = |path: &[u8]| base::slurp::read(path, 1 << 20).unwrap_or_default();
    for line in slurp(b"/etc/hosts").split(|byte| *byte == b'\n') {
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
        for name in line.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty()).skip(1) {
            found.offer_behind(user, name);
        }
    }
    let known = base::bytes::fill("%/.ssh/known_hosts", &[home.unwrap_or_default()]);
    for line in slurp(&known).split(|byte| *byte == b'\n') {
        let first = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        // Hashed names tell nothing.
        for name in first
            .split(|byte| *byte == b',')
            .filter(|name| !name.is_empty() && !b"|[@#".contains(&name.first().copied().unwrap_or(0)))
        {
            found.offer_behind(user, name);
        }
    }
}
