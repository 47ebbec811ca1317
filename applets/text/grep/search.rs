//! Searching one input, block by block, and printing what is selected.

use super::color::Colors;
use base::context::Context;
use base::error::{Error, Result};
use base::io::Input;
use base::number;
use base::pattern::{Pattern, character_length};
use memchr::{memchr, memrchr};

/// How binary files are treated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// As text.
    Text,
    /// A notice takes the place of their lines.
    Notice,
    /// As if nothing matched.
    NoMatch,
}

/// What the user asked for.
pub struct Settings {
    pub invert: bool,
    pub count: bool,
    pub list_with: bool,
    pub list_without: bool,
    pub quiet: bool,
    pub only: bool,
    pub numbers: bool,
    pub offsets: bool,
    pub names: bool,
    pub null: bool,
    pub tab: bool,
    pub most: Option<u64>,
    pub before: usize,
    pub after: usize,
    /// What stands between groups of lines.
    pub separator: Option<Vec<u8>>,
    /// Context was asked for, so that there are groups.
    pub groups: bool,
    pub terminator: u8,
    pub binary: Binary,
    pub colors: Option<Colors>,
    pub utf8: bool,
}

/// The search through all inputs.
pub struct Search<'a> {
    pub settings: &'a Settings,
    /// A line was selected in any input.
    pub selected_any: bool,
    /// The name of an input was printed.
    pub listed_any: bool,
    pattern: &'a Pattern,
    printed_any: bool,
    /// Nothing but whole lines is printed.
    plain: bool,
    line: Vec<u8>,
}

/// How far one input has been searched. Places are offsets into the block in memory, `base` is that of the block.
struct File<'a> {
    name: &'a [u8],
    base: u64,
    selected: u64,
    after_left: usize,
    /// Lines before `counted`.
    lines: u64,
    counted: usize,
    /// Printed up to here.
    printed: usize,
    /// The printed part ends where the next line begins, so that no separator is needed.
    printed_here: bool,
    binary: bool,
    /// No more lines are to be selected, only context printed.
    finishing: bool,
    /// The end of the last selected line.
    last: usize,
}

impl<'a> Search<'a> {
    /// A search that has seen nothing.
    pub fn new(settings: &'a Settings, pattern: &'a Pattern) -> Search<'a> {
        let s = settings;
        let plain = !s.names && !s.numbers && !s.offsets && !s.only && !s.tab && s.colors.is_none() && !s.groups;
        Search {
            settings,
            selected_any: false,
            listed_any: false,
            pattern,
            printed_any: false,
            plain,
            line: Vec::new(),
        }
    }

    /// Whether no more than one line of a file matters.
    pub fn stops_early(&self) -> bool {
        let s = self.settings;
        s.quiet || s.list_with || s.list_without || s.most == Some(1)
    }

    fn prints_lines(&self) -> bool {
        let s = self.settings;
        !s.quiet && !s.list_with && !s.list_without && !s.count
    }

    /// Searches one input and prints what is asked for.
    pub fn input(&mut self, cx: &mut Context, input: &mut Input, name: &[u8]) -> Result<()> {
        let mut file = File {
            name,
            base: 0,
            selected: 0,
            after_left: 0,
            lines: 0,
            counted: 0,
            printed: 0,
            printed_here: false,
            binary: false,
            finishing: false,
            last: 0,
        };
        let result = self.blocks(cx, input, &mut file);
        if file.selected > 0 {
            self.selected_any = true;
        }
        self.summary(cx, &file)?;
        result
    }

    fn summary(&mut self, cx: &mut Context, file: &File) -> Result<()> {
        let s = self.settings;
        if s.quiet {
            return Ok(());
        }
        let mut line = Vec::new();
        if s.list_with || s.list_without {
            if (file.selected > 0) == s.list_with {
                self.push_name(&mut line, file.name);
                line.push(if s.null { 0 } else { b'\n' });
                self.listed_any = true;
                return cx.stdout.put(&line);
            }
            return Ok(());
        }
        if s.count {
            if s.names {
                self.push_name(&mut line, file.name);
                if s.null {
                    line.push(0);
                } else {
                    self.push_separator(&mut line, b":");
                }
            }
            number::push_u64(&mut line, file.selected);
            line.push(b'\n');
            return cx.stdout.put(&line);
        }
        if file.binary && file.selected > 0 && s.binary == Binary::Notice {
            // Behind the lines that were printed before the file was known to be binary.
            cx.stdout.finish()?;
            cx.note(&Error::message_of("%: binary file matches", &[file.name]));
        }
        Ok(())
    }

    fn blocks(&mut self, cx: &mut Context, input: &mut Input, file: &mut File) -> Result<()> {
        let terminator = self.settings.terminator;
        let mut searched = 0;
        let mut scanned = 0;
        loop {
            let more = input.more()?;
            let data = input.buffered();
            // Only whole lines are searched, until the end shows that there is no more.
            let end = if more {
                let fresh = data.get(scanned..).unwrap_or_default();
                memrchr(terminator, fresh).map_or(searched, |at| scanned + at + 1)
            } else {
                data.len()
            };
            if self.settings.binary != Binary::Text && terminator == b'\n' && !file.binary {
                file.binary = memchr(0, data.get(scanned..).unwrap_or_default()).is_some();
                if file.binary && self.settings.binary == Binary::NoMatch {
                    return Ok(());
                }
            }
            scanned = data.len();
            if end > searched {
                let stop = self.block(cx, data.get(..end).unwrap_or_default(), searched, file)?;
                if stop {
                    // The next reader of the same file finds what follows the last selected line.
                    input.consume(file.last);
                    return Ok(());
                }
                searched = end;
            }
            if !more {
                input.consume(end);
                return Ok(());
            }
            let data = input.buffered();
            let keep = self.keep_from(data.get(..searched).unwrap_or_default(), file.printed);
            if self.settings.numbers {
                file.count(data, keep, terminator);
            }
            input.consume(keep);
            searched -= keep;
            scanned -= keep;
            file.base += keep as u64;
            file.counted = file.counted.saturating_sub(keep);
            file.printed_here &= file.printed >= keep;
            file.printed = file.printed.saturating_sub(keep);
        }
    }

    /// Where the lines begin that may yet be printed before a selected one.
    fn keep_from(&self, text: &[u8], printed: usize) -> usize {
        let mut at = text.len();
        for _ in 0..self.settings.before {
            if at <= printed {
                break;
            }
            at = line_start(text, at - 1, self.settings.terminator);
        }
        at
    }

    /// Searches `text` from `from` on. Gives whether to go no further in this input.
    fn block(&mut self, cx: &mut Context, text: &[u8], from: usize, file: &mut File) -> Result<bool> {
        let invert = self.settings.invert;
        let mut at = from;
        while at < text.len() {
            let (start, end) = match self.pattern.find_line(text, at) {
                Some((start, end)) => (start, (end + 1).min(text.len())),
                None => (text.len(), text.len()),
            };
            let (selected, other) = if invert { ((at, start), (start, end)) } else { ((start, end), (at, start)) };
            if !invert {
                self.context(cx, text, other, file)?;
            }
            if selected.0 < selected.1 && self.select(cx, text, selected, file)? {
                return Ok(true);
            }
            if invert {
                self.context(cx, text, other, file)?;
            }
            if file.finishing && file.after_left == 0 {
                return Ok(true);
            }
            at = end;
        }
        Ok(false)
    }

    /// These lines are selected. Gives whether to go no further.
    fn select(&mut self, cx: &mut Context, text: &[u8], lines: (usize, usize), file: &mut File) -> Result<bool> {
        let s = self.settings;
        if file.finishing {
            // Behind the last one that counts, what would be selected is context as well.
            self.context(cx, text, lines, file)?;
            return Ok(file.after_left == 0);
        }
        if s.quiet || s.list_with || s.list_without {
            file.selected += 1;
            file.last = line_end(text, lines.0, s.terminator);
            return Ok(true);
        }
        let binary = file.binary && s.binary == Binary::Notice;
        if self.plain && s.most.is_none() && !binary && self.prints_lines() {
            file.selected += 1;
            file.last = lines.1;
            let part = text.get(lines.0..lines.1).unwrap_or_default();
            cx.stdout.put(part)?;
            return if part.last() == Some(&s.terminator) {
                Ok(false)
            } else {
                cx.stdout.byte(s.terminator).map(|()| false)
            };
        }
        let mut at = lines.0;
        while at < lines.1 {
            let end = line_end(text, at, s.terminator);
            file.selected += 1;
            file.last = end;
            if self.prints_lines() {
                if binary {
                    return Ok(true);
                }
                self.group(cx, text, at, file)?;
                self.print(cx, text, (at, end), file, true)?;
                file.after_left = s.after;
            }
            if s.most.is_some_and(|most| file.selected >= most) {
                file.finishing = true;
                self.context(cx, text, (end, lines.1), file)?;
                return Ok(file.after_left == 0);
            }
            at = end;
        }
        Ok(false)
    }

    /// These lines are not selected, but may follow one that is.
    fn context(&mut self, cx: &mut Context, text: &[u8], lines: (usize, usize), file: &mut File) -> Result<()> {
        let mut at = lines.0;
        while at < lines.1 && file.after_left > 0 {
            let end = line_end(text, at, self.settings.terminator);
            file.after_left -= 1;
            self.print(cx, text, (at, end), file, false)?;
            at = end;
        }
        Ok(())
    }

    /// Prints the lines before a selected one, and the separator of groups if it is the first of one.
    fn group(&mut self, cx: &mut Context, text: &[u8], at: usize, file: &mut File) -> Result<()> {
        let s = self.settings;
        if !s.groups {
            return Ok(());
        }
        let mut start = at;
        for _ in 0..s.before {
            if start <= file.printed {
                break;
            }
            start = line_start(text, start - 1, s.terminator);
        }
        if self.printed_any
            && !(file.printed_here && file.printed == start)
            && let Some(separator) = &s.separator
        {
            self.line.clear();
            match &s.colors {
                Some(colors) => colors.push(&mut self.line, &colors.separator, separator),
                None => self.line.extend_from_slice(separator),
            }
            self.line.push(b'\n');
            cx.stdout.put(&self.line)?;
        }
        while start < at {
            let end = line_end(text, start, s.terminator);
            self.print(cx, text, (start, end), file, false)?;
            start = end;
        }
        Ok(())
    }

    fn print(
        &mut self,
        cx: &mut Context,
        text: &[u8],
        (start, end): (usize, usize),
        file: &mut File,
        selected: bool,
    ) -> Result<()> {
        let s = self.settings;
        if s.numbers {
            file.count(text, start, s.terminator);
        }
        file.printed = end;
        file.printed_here = true;
        self.printed_any = true;
        let whole = text.get(start..end).unwrap_or_default();
        let content = whole.strip_suffix(&[s.terminator]).unwrap_or(whole);
        let mut line = core::mem::take(&mut self.line);
        let mark: &[u8] = if selected { b":" } else { b"-" };
        let place = file.base + start as u64;
        line.clear();
        if s.only {
            if selected && !s.invert {
                let mut at = 0;
                while let Some((from, to)) = self.pattern.find_at(content, at) {
                    if from == to {
                        at = to + character_length(content.get(to..).unwrap_or_default(), s.utf8).max(1);
                        continue;
                    }
                    line.clear();
                    self.push_prefix(&mut line, file, place + from as u64, mark, true);
                    self.push_match(&mut line, content.get(from..to).unwrap_or_default(), selected);
                    line.push(s.terminator);
                    cx.stdout.put(&line)?;
                    at = to;
                }
            }
        } else {
            self.push_prefix(&mut line, file, place, mark, !content.is_empty());
            self.push_content(&mut line, content, selected);
            line.push(s.terminator);
            cx.stdout.put(&line)?;
        }
        self.line = line;
        Ok(())
    }

    /// The line, with its matches in colour.
    fn push_content(&self, line: &mut Vec<u8>, content: &[u8], selected: bool) {
        let Some(colors) = &self.settings.colors else {
            line.extend_from_slice(content);
            return;
        };
        let [for_selected, for_context] = &colors.lines;
        let first = selected != (colors.reverse && self.settings.invert);
        let whole = if first { for_selected } else { for_context };
        let mut at = 0;
        let mut done = 0;
        // Only lines that match have matches: those selected, or with -v the others.
        while selected != self.settings.invert
            && let Some((from, to)) = self.pattern.find_at(content, at)
        {
            if from == to {
                at = to + character_length(content.get(to..).unwrap_or_default(), self.settings.utf8).max(1);
                continue;
            }
            colors.push(line, whole, content.get(done..from).unwrap_or_default());
            self.push_match(line, content.get(from..to).unwrap_or_default(), selected);
            at = to;
            done = to;
        }
        let rest = content.get(done..).unwrap_or_default();
        if !rest.is_empty() {
            colors.push(line, whole, rest);
        }
    }

    fn push_match(&self, line: &mut Vec<u8>, text: &[u8], selected: bool) {
        match &self.settings.colors {
            Some(colors) => colors.push(line, if selected { &colors.selected } else { &colors.context }, text),
            None => line.extend_from_slice(text),
        }
    }

    fn push_name(&self, line: &mut Vec<u8>, name: &[u8]) {
        match &self.settings.colors {
            Some(colors) => colors.push(line, &colors.name, name),
            None => line.extend_from_slice(name),
        }
    }

    fn push_separator(&self, line: &mut Vec<u8>, mark: &[u8]) {
        match &self.settings.colors {
            Some(colors) => colors.push(line, &colors.separator, mark),
            None => line.extend_from_slice(mark),
        }
    }

    /// What stands before a line: its file, its number, its offset; a tab where there is something to set off.
    fn push_prefix(&self, line: &mut Vec<u8>, file: &File, place: u64, mark: &[u8], has_content: bool) {
        let s = self.settings;
        if s.names {
            self.push_name(line, file.name);
            if s.null {
                line.push(0);
            } else {
                self.push_separator(line, mark);
            }
        }
        for (wanted, value, is_number) in [(s.numbers, file.lines + 1, true), (s.offsets, place, false)] {
            if !wanted {
                continue;
            }
            let mut digits = Vec::new();
            number::push_u64(&mut digits, value);
            match &s.colors {
                Some(colors) => colors.push(line, if is_number { &colors.number } else { &colors.offset }, &digits),
                None => line.extend_from_slice(&digits),
            }
            self.push_separator(line, mark);
        }
        if s.tab && has_content && (s.names || s.numbers || s.offsets) {
            line.push(b'\t');
        }
    }
}

impl File<'_> {
    /// Counts lines up to `to`.
    fn count(&mut self, text: &[u8], to: usize, terminator: u8) {
        if let Some(part) = text.get(self.counted..to) {
            self.lines += base::bytes::count(terminator, part) as u64;
            self.counted = to;
        }
    }
}

/// The start of the line that `at` is in.
fn line_start(text: &[u8], at: usize, terminator: u8) -> usize {
    memrchr(terminator, text.get(..at).unwrap_or_default()).map_or(0, |at| at + 1)
}

/// The end of the line that begins at `at`, its terminator included.
fn line_end(text: &[u8], at: usize, terminator: u8) -> usize {
    memchr(terminator, text.get(at..).unwrap_or_default()).map_or(text.len(), |length| at + length + 1)
}
