//! Printing hunks: normal, unified, copied context, and for ed.

use super::Job;
use super::compare::Hunk;
use base::context::Context;
use base::error::{Error, Result};
use base::meta::Stamp;
use base::number;
use base::time;

/// How differences are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Normal,
    Unified,
    Context,
    Ed,
    ForwardEd,
    Rcs,
    Formatted,
    SideBySide,
}

/// What stands above the hunks for one file.
pub struct Header<'a> {
    pub name: &'a [u8],
    /// None where a label takes the place of name and time.
    pub time: Option<Stamp>,
}

/// What prints the hunks between two files.
pub struct Printer<'a> {
    pub job: &'a Job<'a>,
    pub a: &'a [&'a [u8]],
    pub b: &'a [&'a [u8]],
    pub matters: &'a dyn Fn(&Hunk) -> bool,
}

const RED: &[u8] = b"\x1b[31m";
const GREEN: &[u8] = b"\x1b[32m";
const CYAN: &[u8] = b"\x1b[36m";
const BOLD: &[u8] = b"\x1b[1m";

impl Printer<'_> {
    /// Prints all hunks.
    #[inline(never)]
    pub fn print(&self, cx: &mut Context, hunks: &[Hunk], header: &[Header; 2]) -> Result<()> {
        match self.job.form {
            Form::Normal => hunks.iter().try_for_each(|hunk| self.normal(cx, hunk)),
            Form::Ed => hunks.iter().rev().try_for_each(|hunk| self.ed(cx, hunk)),
            Form::ForwardEd => hunks.iter().try_for_each(|hunk| self.forward_ed(cx, hunk)),
            Form::Rcs => hunks.iter().try_for_each(|hunk| self.rcs(cx, hunk)),
            Form::Formatted => self.formatted(cx, hunks),
            Form::SideBySide => self.side_by_side(cx, hunks),
            Form::Unified | Form::Context => {
                let unified = self.job.form == Form::Unified;
                let [old, new] = header;
                self.header(cx, if unified { b"--- " } else { b"*** " }, old)?;
                self.header(cx, if unified { b"+++ " } else { b"--- " }, new)?;
                let mut rest = hunks;
                while !rest.is_empty() {
                    let (group, others) = rest.split_at(self.group(rest));
                    rest = others;
                    // A group in which nothing matters is not shown.
                    if group.iter().any(self.matters) {
                        if unified { self.unified(cx, group)? } else { self.copied(cx, group)? }
                    }
                }
                Ok(())
            }
        }
    }

    fn header(&self, cx: &mut Context, mark: &[u8], header: &Header) -> Result<()> {
        let mut text = [mark, header.name].concat();
        if let Some(time) = header.time {
            text.push(b'\t');
            time::push_time(&mut text, b"%Y-%m-%d %H:%M:%S.%N %z", time, &self.job.zone);
        }
        self.heading(cx, BOLD, text)
    }

    /// A line that is no line of a file.
    fn heading(&self, cx: &mut Context, color: &[u8], mut text: Vec<u8>) -> Result<()> {
        if self.job.color {
            cx.stdout.put(color)?;
            text.extend_from_slice(b"\x1b[0m");
        }
        text.push(b'\n');
        cx.stdout.put(&text)
    }

    /// How many of these hunks are so near each other that their contexts touch.
    fn group(&self, hunks: &[Hunk]) -> usize {
        let apart = self.job.context.saturating_mul(2);
        let near = |pair: &[Hunk]| matches!(pair, [one, next] if next.a.0.saturating_sub(one.a.1) <= apart);
        hunks.windows(2).take_while(|pair| near(pair)).count() + 1
    }

    /// The lines of both files that a group is shown with.
    fn span(&self, group: &[Hunk]) -> (Hunk, usize) {
        let context = self.job.context;
        let (first, last) = match group {
            [] => (Hunk { a: (0, 0), b: (0, 0) }, Hunk { a: (0, 0), b: (0, 0) }),
            [first, .., last] => (*first, *last),
            [only] => (*only, *only),
        };
        let before = context.min(first.a.0).min(first.b.0);
        let after = context.min(self.a.len() - last.a.1).min(self.b.len() - last.b.1);
        let span = Hunk { a: (first.a.0 - before, last.a.1 + after), b: (first.b.0 - before, last.b.1 + after) };
        (span, first.a.0)
    }

    /// A line, with its mark before it.
    #[inline(never)]
    fn line(&self, cx: &mut Context, color: &[u8], mark: &[u8], line: &[u8]) -> Result<()> {
        let mut text = Vec::with_capacity(line.len() + 16);
        let colored = self.job.color && !color.is_empty();
        if colored {
            text.extend_from_slice(color);
        }
        text.extend_from_slice(mark);
        if self.job.initial_tab {
            if text.last() == Some(&b' ') && !matches!(self.job.form, Form::Unified) {
                text.pop();
            }
            text.push(b'\t');
        }
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        if self.job.tabs {
            let mut column = 0;
            for byte in content {
                if *byte == b'\t' {
                    let blanks = 8 - column % 8;
                    text.extend(core::iter::repeat_n(b' ', blanks));
                    column += blanks;
                } else {
                    text.push(*byte);
                    column += 1;
                }
            }
        } else {
            text.extend_from_slice(content);
        }
        if colored {
            text.extend_from_slice(b"\x1b[0m");
        }
        text.push(b'\n');
        if content.len() == line.len() {
            text.extend_from_slice(b"\\ No newline at end of file\n");
        }
        cx.stdout.put(&text)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn lines(
        &self,
        cx: &mut Context,
        color: &[u8],
        mark: &[u8],
        lines: &[&[u8]],
        (start, end): (usize, usize),
    ) -> Result<()> {
        let plain = !self.job.color && !self.job.initial_tab && !self.job.tabs;
        for line in lines.get(start..end).unwrap_or_default() {
            let bare = self.job.bare && **line == *b"\n";
            let mark = if bare { mark.trim_ascii_end() } else { mark };
            if plain && line.last() == Some(&b'\n') {
                cx.stdout.put(mark)?;
                cx.stdout.put(line)?;
            } else {
                self.line(cx, color, mark, line)?;
            }
        }
        Ok(())
    }

    fn normal(&self, cx: &mut Context, hunk: &Hunk) -> Result<()> {
        let mut text = Vec::new();
        push_range(&mut text, hunk.a);
        text.push(letter(hunk));
        push_range(&mut text, hunk.b);
        self.heading(cx, CYAN, text)?;
        self.lines(cx, RED, b"< ", self.a, hunk.a)?;
        if letter(hunk) == b'c' {
            cx.stdout.put(b"---\n")?;
        }
        self.lines(cx, GREEN, b"> ", self.b, hunk.b)
    }

    #[inline(never)]
    fn side_by_side(&self, cx: &mut Context, hunks: &[Hunk]) -> Result<()> {
        let (mut a, mut b) = (0, 0);
        let ends = Hunk { a: (self.a.len(), self.a.len()), b: (self.b.len(), self.b.len()) };
        for hunk in hunks.iter().chain(core::iter::once(&ends)) {
            while a < hunk.a.0 {
                if !self.job.no_common {
                    self.pair(cx, self.a.get(a), b' ', self.b.get(b))?;
                }
                a += 1;
                b += 1;
            }
            while a < hunk.a.1 || b < hunk.b.1 {
                let (one, other) = (self.a.get(a).filter(|_| a < hunk.a.1), self.b.get(b).filter(|_| b < hunk.b.1));
                let mark = match (one, other) {
                    (Some(_), None) => b'<',
                    (None, _) => b'>',
                    // Only one of them is without a newline at its end.
                    (Some(one), Some(other)) if one.ends_with(b"\n") != other.ends_with(b"\n") => b'/',
                    _ => b'|',
                };
                self.pair(cx, one, mark, other)?;
                a += usize::from(one.is_some());
                b += usize::from(other.is_some());
            }
        }
        Ok(())
    }

    /// Two lines beside each other: half a width, the mark, half a width. Columns begin where tabs lead.
    fn pair(&self, cx: &mut Context, one: Option<&&[u8]>, mark: u8, other: Option<&&[u8]>) -> Result<()> {
        let width = self.job.width;
        let tab = if self.job.tabs { 1 } else { 8 };
        // The second column is at a tab stop, three columns at least are between.
        let second = width.saturating_add(tab + 3) / 2 / tab * tab;
        let half = second.saturating_sub(3).min(width.saturating_sub(second));
        let second = if half > 0 { second } else { width };
        let mut text = Vec::new();
        let mut column = push_half(&mut text, one.copied().unwrap_or_default(), half, 0);
        if mark != b' ' {
            push_blanks(&mut text, &mut column, (half + second).saturating_sub(1) / 2, tab);
            text.push(mark);
            column += 1;
        }
        if other.is_some_and(|line| base::io::chomp(line, b'\n') != b"") {
            push_blanks(&mut text, &mut column, second, tab);
            push_half(&mut text, other.copied().unwrap_or_default(), half, second);
        }
        text.push(b'\n');
        cx.stdout.put(&text)
    }

    /// The lines that a hunk brings.
    #[inline(never)]
    fn new_lines(&self, hunk: &Hunk) -> &[&[u8]] {
        self.b.get(hunk.b.0..hunk.b.1).unwrap_or_default()
    }

    #[inline(never)]
    fn ed(&self, cx: &mut Context, hunk: &Hunk) -> Result<()> {
        let mut text = Vec::new();
        push_range(&mut text, hunk.a);
        text.push(letter(hunk));
        text.push(b'\n');
        let mut open = letter(hunk) != b'd';
        for line in self.new_lines(hunk) {
            if !open {
                text.extend_from_slice(b"a\n");
                open = true;
            }
            if *line == b".\n" {
                // A line that would end the input is written with one dot more, which is taken away again.
                text.extend_from_slice(b"..\n.\ns/.//\n");
                open = false;
                continue;
            }
            text.extend_from_slice(line);
            if !line.ends_with(b"\n") {
                text.push(b'\n');
                cx.warn(Error::message("No newline at end of file"));
            }
        }
        if open && letter(hunk) != b'd' {
            text.extend_from_slice(b".\n");
        }
        cx.stdout.put(&text)
    }

    fn forward_ed(&self, cx: &mut Context, hunk: &Hunk) -> Result<()> {
        let mut text = vec![letter(hunk)];
        push_range(&mut text, hunk.a);
        if let Some(comma) = text.iter_mut().find(|byte| **byte == b',') {
            *comma = b' ';
        }
        text.push(b'\n');
        for line in self.new_lines(hunk) {
            text.extend_from_slice(base::io::chomp(line, b'\n'));
            text.push(b'\n');
        }
        if letter(hunk) != b'd' {
            text.extend_from_slice(b".\n");
        }
        cx.stdout.put(&text)
    }

    fn rcs(&self, cx: &mut Context, hunk: &Hunk) -> Result<()> {
        let mut text = Vec::new();
        let command = |text: &mut Vec<u8>, letter: u8, line: usize, (start, end): (usize, usize)| {
            if end > start {
                text.push(letter);
                number::push_u64(text, line as u64);
                text.push(b' ');
                number::push_u64(text, (end - start) as u64);
                text.push(b'\n');
            }
        };
        command(&mut text, b'd', hunk.a.0 + 1, hunk.a);
        command(&mut text, b'a', hunk.a.1, hunk.b);
        for line in self.new_lines(hunk) {
            text.extend_from_slice(line);
        }
        cx.stdout.put(&text)
    }

    /// The last line before `at` that begins a function.
    fn function(&self, at: usize) -> Option<&[u8]> {
        let pattern = self.job.function.as_ref()?;
        let lines = self.a.get(..at)?;
        let line = lines.iter().rev().find(|line| pattern.is_match(base::io::chomp(line, b'\n')))?;
        let line = line.trim_ascii();
        Some(line.get(..40).unwrap_or(line).trim_ascii_end())
    }

    #[inline(never)]
    fn unified(&self, cx: &mut Context, group: &[Hunk]) -> Result<()> {
        let (span, at) = self.span(group);
        let mut text = b"@@ -".to_vec();
        push_length(&mut text, span.a);
        text.extend_from_slice(b" +");
        push_length(&mut text, span.b);
        text.extend_from_slice(b" @@");
        if let Some(function) = self.function(at.min(span.a.0)) {
            text.push(b' ');
            text.extend_from_slice(function);
        }
        self.heading(cx, CYAN, text)?;
        let mut at = span.a.0;
        for hunk in group {
            self.lines(cx, b"", b" ", self.a, (at, hunk.a.0))?;
            self.lines(cx, RED, b"-", self.a, hunk.a)?;
            self.lines(cx, GREEN, b"+", self.b, hunk.b)?;
            at = hunk.a.1;
        }
        self.lines(cx, b"", b" ", self.a, (at, span.a.1))
    }

    #[inline(never)]
    fn copied(&self, cx: &mut Context, group: &[Hunk]) -> Result<()> {
        let (span, at) = self.span(group);
        let mut text = b"***************".to_vec();
        if let Some(function) = self.function(at.min(span.a.0)) {
            text.push(b' ');
            text.extend_from_slice(function);
        }
        text.push(b'\n');
        cx.stdout.put(&text)?;
        for first in [true, false] {
            let (range, all) = if first { (span.a, self.a) } else { (span.b, self.b) };
            let mut text = Vec::new();
            text.extend_from_slice(if first { b"*** " } else { b"--- " });
            push_range(&mut text, range);
            text.extend_from_slice(if first { b" ****" } else { b" ----" });
            self.heading(cx, CYAN, text)?;
            let own = |hunk: &Hunk| if first { hunk.a } else { hunk.b };
            // A side in which nothing is marked is left out.
            if group.iter().all(|hunk| own(hunk).0 == own(hunk).1) {
                continue;
            }
            let mut at = range.0;
            for hunk in group {
                let (start, end) = own(hunk);
                self.lines(cx, b"", b"  ", all, (at, start))?;
                let (color, mark): (&[u8], &[u8]) = match (letter(hunk), first) {
                    (b'c', true) => (RED, b"! "),
                    (b'c', false) => (GREEN, b"! "),
                    (_, true) => (RED, b"- "),
                    (_, false) => (GREEN, b"+ "),
                };
                self.lines(cx, color, mark, all, (start, end))?;
                at = end;
            }
            self.lines(cx, b"", b"  ", all, (at, range.1))?;
        }
        Ok(())
    }
}

fn letter(hunk: &Hunk) -> u8 {
    if hunk.a.0 == hunk.a.1 {
        b'a'
    } else if hunk.b.0 == hunk.b.1 {
        b'd'
    } else {
        b'c'
    }
}

/// `first,last`, or one number; of nothing, the line before it.
fn push_range(text: &mut Vec<u8>, (start, end): (usize, usize)) {
    if end > start + 1 {
        number::push_u64(text, start as u64 + 1);
        text.push(b',');
    }
    number::push_u64(text, end as u64);
}

/// `first,count`; of nothing, the line before it.
fn push_length(text: &mut Vec<u8>, (start, end): (usize, usize)) {
    let count = end - start;
    number::push_u64(text, if count == 0 { start } else { start + 1 } as u64);
    if count != 1 {
        text.push(b',');
        number::push_u64(text, count as u64);
    }
}

/// Fills up to a column, with tabs where they lead there.
fn push_blanks(text: &mut Vec<u8>, column: &mut usize, to: usize, tab: usize) {
    while tab > 1 && (*column / tab + 1) * tab <= to {
        text.push(b'\t');
        *column = (*column / tab + 1) * tab;
    }
    while *column < to {
        text.push(b' ');
        *column += 1;
    }
}

/// Adds as much of a line as there is room for; gives the column it ends in.
fn push_half(text: &mut Vec<u8>, line: &[u8], half: usize, from: usize) -> usize {
    let mut rest = base::io::chomp(line, b'\n');
    let mut column = 0;
    while !rest.is_empty() {
        let (character, after) = rest.split_at(base::pattern::character_length(rest, true));
        rest = after;
        if character == b"\t" {
            let blanks = (8 - column % 8).min(half - column);
            text.extend(core::iter::repeat_n(b' ', blanks));
            column += blanks;
        } else if column < half {
            text.extend_from_slice(character);
            column += 1;
        }
        if column >= half {
            break;
        }
    }
    from + column
}
