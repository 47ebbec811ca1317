//! Reading a patch: finding the next file's part among the text around it, and its hunks, all made one form.

use base::error::{Error, Result};
use base::number;

/// How the part of a file is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Unified,
    Context,
    Normal,
    /// Nothing but git's lines: a rename, a copy, a mode.
    Git,
}

/// One side's name as the header has it.
#[derive(Default, Clone, Copy)]
pub struct Side<'a> {
    /// The whole line of the header, for rejects; empty where there is none.
    pub line: &'a [u8],
    /// Name and time stamp.
    pub text: &'a [u8],
    /// The header says that there is no such file: /dev/null, the epoch, or git's words.
    pub absent: bool,
    /// The mode git gives it.
    pub mode: Option<u32>,
}

impl<'a> Side<'a> {
    /// Takes what a header line such as `--- a/name<TAB>time` says.
    #[inline(never)]
    fn take_line(&mut self, line: &'a [u8]) {
        let text = line.get(4..).unwrap_or_default();
        let tab = memchr::memchr(b'\t', text);
        let (name, stamp) = text.split_at(tab.unwrap_or(text.len()));
        self.line = line;
        self.text = name.trim_ascii_end();
        self.absent |= self.text == b"/dev/null" || is_epoch(stamp.trim_ascii());
    }
}

/// What git says happens to the file as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Change {
    None,
    Rename,
    Copy,
}

/// The head of one file's part.
pub struct Header<'a> {
    pub format: Format,
    pub old: Side<'a>,
    pub new: Side<'a>,
    pub index: Option<&'a [u8]>,
    pub change: Change,
    pub git: bool,
    /// A binary patch, which cannot be applied.
    pub binary: bool,
    /// The file is a symbolic link, and its content what it leads to.
    pub link: bool,
    /// The lines from here to the first hunk led up to it.
    pub from: usize,
    /// The lines of the patch end in CR LF, and the files' do not.
    pub strip_cr: bool,
}

/// A line of a hunk without its newline.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// Blank, `-` or `+`.
    pub sign: u8,
    pub text: &'a [u8],
    pub newline: bool,
}

/// One hunk.
#[derive(Clone)]
pub struct Hunk<'a> {
    /// First line in the old file, from 1; where it takes nothing, the line before which it inserts.
    pub old: usize,
    pub new: usize,
    pub lines: Vec<Line<'a>>,
    /// What stands behind its head: the function it is in.
    pub title: &'a [u8],
    /// It did not fit.
    pub failed: bool,
}

impl Hunk<'_> {
    /// How many lines it has without those of `sign`.
    pub fn count(&self, without: u8) -> usize {
        self.lines.iter().filter(|line| line.sign != without).count()
    }

    /// Swaps old and new.
    pub fn reverse(&mut self) {
        core::mem::swap(&mut self.old, &mut self.new);
        // Removed lines come first again, as in a patch that was made so.
        let lines = core::mem::take(&mut self.lines);
        let mut added = Vec::new();
        for mut line in lines {
            match line.sign {
                b'-' => {
                    line.sign = b'+';
                    added.push(line);
                    continue;
                }
                b'+' => line.sign = b'-',
                _ => self.lines.append(&mut added),
            }
            self.lines.push(line);
        }
        self.lines.append(&mut added);
    }
}

/// The patch, read from the front.
pub struct Reader<'a> {
    lines: Vec<&'a [u8]>,
    at: usize,
    strip_cr: bool,
    only: Option<Format>,
}

impl<'a> Reader<'a> {
    /// Reads `text`; `only` allows one format.
    pub fn new(text: &'a [u8], only: Option<Format>) -> Reader<'a> {
        Reader { lines: crate::diff::lines(text), at: 0, strip_cr: false, only }
    }

    fn line(&self, at: usize) -> &'a [u8] {
        let line = self.lines.get(at).copied().unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if self.strip_cr { line.strip_suffix(b"\r").unwrap_or(line) } else { line }
    }

    /// The lines from index `from` up to `to`.
    pub fn leading(&self, from: usize, to: usize) -> impl Iterator<Item = &'a [u8]> + '_ {
        (from..to).map(|at| self.line(at))
    }

    /// The number of the line that comes next, from 1.
    pub fn number(&self) -> usize {
        self.at + 1
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Goes to the first hunk of the next file's part; None where there is no more.
    #[inline(never)]
    pub fn next(&mut self, binary: bool) -> Result<Option<Box<Header<'a>>>> {
        let mut header = Box::new(Header {
            format: Format::Git,
            old: Side::default(),
            new: Side::default(),
            index: None,
            change: Change::None,
            git: false,
            binary: false,
            link: false,
            from: self.at,
            strip_cr: false,
        });
        self.strip_cr = false;
        let allows = |only: Option<Format>, format| only.is_none_or(|only| only == format);
        while self.at < self.lines.len() {
            let raw = self.line(self.at);
            let line = raw.strip_suffix(b"\r").unwrap_or(raw);
            let next = self.line(self.at + 1);
            if let Some(names) = line.strip_prefix(b"diff --git ") {
                if header.git {
                    break;
                }
                header.git = true;
                let (old, new) = git_names(names);
                header.old = Side { text: old, ..Side::default() };
                header.new = Side { text: new, ..Side::default() };
            } else if header.git && git_line(&mut header, line) {
                // Taken note of.
            } else if let Some(name) = line.strip_prefix(b"Index:") {
                header.index = Some(name.trim_ascii());
            } else if line.starts_with(b"--- ") && next.starts_with(b"+++ ")
                || line.starts_with(b"*** ") && next.starts_with(b"--- ") && !line.ends_with(b" ****")
            {
                header.strip_cr = !binary && raw.ends_with(b"\r");
                header.old.take_line(line);
                header.new.take_line(next.strip_suffix(b"\r").unwrap_or(next));
                self.at += 1;
            } else if unified_range(line).is_some() && allows(self.only, Format::Unified) {
                header.format = Format::Unified;
                break;
            } else if line.starts_with(b"***************")
                && next.starts_with(b"*** ")
                && allows(self.only, Format::Context)
            {
                header.format = Format::Context;
                break;
            } else if let Some((_, _, letter, _)) = normal_command(line)
                && next.starts_with(if letter == b'a' { b"> " } else { b"< " })
                && allows(self.only, Format::Normal)
            {
                header.format = Format::Normal;
                header.strip_cr = !binary && raw.ends_with(b"\r");
                break;
            } else if self.only.is_none() && is_ed_command(line) && self.is_ed_script() {
                return Err(Error::message("ed scripts are not applied: make the patch with diff -u").with_status(2));
            }
            self.at += 1;
        }
        let found = header.format != Format::Git;
        if found {
            self.strip_cr = header.strip_cr;
        }
        Ok((found || header.git).then_some(header))
    }

    /// Text after an ed command that ends with a dot on a line of its own, or a delete.
    fn is_ed_script(&self) -> bool {
        self.line(self.at).ends_with(b"d")
            || (self.at..self.lines.len()).any(|at| self.line(at) == b"." && self.lines.len() > at)
    }

    /// The next hunk of this part; None after the last.
    #[inline(never)]
    pub fn hunk(&mut self, format: Format) -> Result<Option<Hunk<'a>>> {
        let line = self.line(self.at);
        let end = if format == Format::Context {
            line.iter().position(|byte| *byte != b'*')
        } else {
            base::bytes::find(line, b" @@")
        };
        let skip = if format == Format::Unified { 3 } else { 0 };
        let title = end.and_then(|at| line.get(at + skip..)).unwrap_or_default();
        let mut hunk = Hunk { old: 0, new: 0, lines: Vec::new(), title, failed: false };
        match format {
            Format::Unified if let Some(range) = unified_range(line) => self.unified(range, &mut hunk)?,
            Format::Context if line.starts_with(b"***************") && self.line(self.at + 1).starts_with(b"*** ") => {
                self.at += 1;
                self.context(&mut hunk)?;
            }
            Format::Normal if let Some(command) = normal_command(line.strip_suffix(b"\r").unwrap_or(line)) => {
                self.normal(command, &mut hunk)?
            }
            _ => return Ok(None),
        }
        Ok(Some(hunk))
    }

    fn malformed(&self) -> Error {
        let mut text = b"**** malformed patch at line ".to_vec();
        number::push_u64(&mut text, self.number() as u64);
        text.extend_from_slice(b": ");
        text.extend_from_slice(self.line(self.at));
        Error::message(text).with_status(2)
    }

    /// Takes the remark that the line before has no newline.
    fn no_newline(&mut self, lines: &mut [Line<'a>]) {
        if self.at < self.lines.len() && self.line(self.at).starts_with(b"\\") {
            if let Some(last) = lines.last_mut() {
                last.newline = false;
            }
            self.at += 1;
        }
    }

    fn unified(&mut self, range: [usize; 4], hunk: &mut Hunk<'a>) -> Result<()> {
        let [old, mut old_left, new, mut new_left] = range;
        (hunk.old, hunk.new) = (first_line(old, old_left), first_line(new, new_left));
        self.at += 1;
        while old_left > 0 || new_left > 0 {
            let ended = self.at >= self.lines.len();
            // Blank lines of context lose their blank in some mails, and those at the very end get lost.
            let (sign, text) = match self.line(self.at) {
                [] if !ended || old_left == new_left && old_left < 3 => (b' ', &b""[..]),
                [sign @ (b' ' | b'-' | b'+'), text @ ..] => (*sign, text),
                text @ [b'\t', ..] => (b' ', text),
                _ => return Err(self.malformed()),
            };
            let takes = usize::from(sign != b'+');
            let gives = usize::from(sign != b'-');
            let (Some(old), Some(new)) = (old_left.checked_sub(takes), new_left.checked_sub(gives)) else {
                return Err(self.malformed());
            };
            (old_left, new_left) = (old, new);
            hunk.lines.push(Line { sign, text, newline: true });
            self.at += 1;
            self.no_newline(&mut hunk.lines);
        }
        Ok(())
    }

    /// Lines of one half of a context hunk: at most `most`, with these signs.
    fn half(&mut self, sign: u8, most: usize) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        while lines.len() < most && self.at < self.lines.len() {
            let (sign, text) = match self.line(self.at) {
                [] => (b' ', &b""[..]),
                [b' ', b' ', text @ ..] => (b' ', text),
                [b'!', b' ', text @ ..] => (sign, text),
                [found, b' ', text @ ..] if *found == sign => (sign, text),
                _ => break,
            };
            lines.push(Line { sign, text, newline: true });
            self.at += 1;
            self.no_newline(&mut lines);
        }
        lines
    }

    fn context(&mut self, hunk: &mut Hunk<'a>) -> Result<()> {
        let (old, before) = self.context_half(b'-')?;
        let (new, after) = self.context_half(b'+')?;
        // A half without changes is left out: its lines are the other's context.
        let (mut a, mut b) = (before.as_slice(), after.as_slice());
        let lines = &mut hunk.lines;
        loop {
            match (a, b) {
                ([line, rest @ ..], _) if line.sign == b'-' => {
                    lines.push(*line);
                    a = rest;
                }
                (_, [line, rest @ ..]) if line.sign == b'+' => {
                    lines.push(*line);
                    b = rest;
                }
                ([line, a_rest @ ..], [_, b_rest @ ..]) => {
                    lines.push(*line);
                    (a, b) = (a_rest, b_rest);
                }
                ([line, rest @ ..], []) if after.is_empty() => {
                    lines.push(*line);
                    a = rest;
                }
                ([], [line, rest @ ..]) if before.is_empty() => {
                    lines.push(*line);
                    b = rest;
                }
                ([], []) => break,
                _ => return Err(self.malformed()),
            }
        }
        (hunk.old, hunk.new) = (first_line(old, hunk.count(b'+')), first_line(new, hunk.count(b'-')));
        Ok(())
    }

    /// One half of a context hunk: where it says that it begins, and its lines with this sign for changed ones.
    fn context_half(&mut self, sign: u8) -> Result<(usize, Vec<Line<'a>>)> {
        let mark: &[u8] = if sign == b'-' { b"*** " } else { b"--- " };
        let Some((first, rest)) = self.line(self.at).strip_prefix(mark).and_then(take_number) else {
            return Err(self.malformed());
        };
        let last = rest.strip_prefix(b",").and_then(take_number).map_or(first, |(last, _)| last);
        self.at += 1;
        // `0` is an empty range; so is `5,4`, as some write it.
        let count = if first == 0 { 0 } else { last.saturating_add(1).saturating_sub(first) };
        Ok((first, self.half(sign, count)))
    }

    fn normal(&mut self, command: (usize, usize, u8, (usize, usize)), hunk: &mut Hunk<'a>) -> Result<()> {
        let (first, last, letter, (new, new_last)) = command;
        self.at += 1;
        let lines = &mut hunk.lines;
        let mut take = |reader: &mut Self, mark: u8, sign: u8, count: usize| -> Result<()> {
            for _ in 0..count {
                match reader.line(reader.at) {
                    [found, b' ' | b'\t', text @ ..] if *found == mark => {
                        lines.push(Line { sign, text, newline: true })
                    }
                    _ => return Err(reader.malformed()),
                }
                reader.at += 1;
                reader.no_newline(lines);
            }
            Ok(())
        };
        if letter != b'a' {
            take(self, b'<', b'-', last.saturating_add(1).saturating_sub(first))?;
        }
        if letter == b'c' {
            if !self.line(self.at).starts_with(b"---") {
                return Err(self.malformed());
            }
            self.at += 1;
        }
        if letter != b'd' {
            take(self, b'>', b'+', new_last.saturating_add(1).saturating_sub(new))?;
        }
        hunk.old = first.saturating_add(usize::from(letter == b'a'));
        hunk.new = new.saturating_add(usize::from(letter == b'd'));
        Ok(())
    }
}

/// The first line of a range, which where the range is empty is named by the one before.
fn first_line(start: usize, count: usize) -> usize {
    if count == 0 { start.saturating_add(1) } else { start }
}

/// The number at the front and what follows it; one that does not fit is refused.
fn take_number(text: &[u8]) -> Option<(usize, &[u8])> {
    let (value, used) = number::digits(text, 10);
    let value = usize::try_from(value?).ok().filter(|value| *value < usize::MAX / 4)?;
    if used == 0 { None } else { Some((value, text.get(used..)?)) }
}

/// A number, or two with a comma between, and what follows; where the second is missing, `default`.
fn take_pair(text: &[u8], default: Option<usize>) -> Option<(usize, usize, &[u8])> {
    let (first, rest) = take_number(text)?;
    match rest.strip_prefix(b",") {
        Some(rest) => take_number(rest).map(|(second, rest)| (first, second, rest)),
        None => Some((first, default.unwrap_or(first), rest)),
    }
}

/// `@@ -a,b +c,d @@` as `[a, b, c, d]`.
fn unified_range(line: &[u8]) -> Option<[usize; 4]> {
    let (a, b, rest) = take_pair(line.strip_prefix(b"@@ -")?, Some(1))?;
    let (c, d, rest) = take_pair(rest.strip_prefix(b" +")?, Some(1))?;
    rest.starts_with(b" @@").then_some([a, b, c, d])
}

/// `5,7c8,9` as first, last, letter, (new first, new last).
fn normal_command(line: &[u8]) -> Option<(usize, usize, u8, (usize, usize))> {
    let (first, last, rest) = take_pair(line, None)?;
    let (&letter, rest) = rest.split_first().filter(|(letter, _)| b"acd".contains(letter))?;
    let (new, new_last, rest) = take_pair(rest, None)?;
    rest.is_empty().then_some((first, last, letter, (new, new_last)))
}

fn is_ed_command(line: &[u8]) -> bool {
    matches!(take_pair(line, None), Some((_, _, [b'a' | b'c' | b'd'])))
}

/// Whether a time stamp is the epoch in some zone, which diff -N gives a file that is not there.
fn is_epoch(stamp: &[u8]) -> bool {
    let zone = [&b"1970-01-01 "[..], b"1969-12-31 "].iter().find_map(|day| stamp.strip_prefix(*day));
    zone.is_some_and(|rest| rest.get(2..8) == Some(b":00:00") || rest.get(2..8) == Some(b":30:00"))
}

/// The two names of `diff --git a/x b/x`: both quoted, or alike but for the first part.
fn git_names(names: &[u8]) -> (&[u8], &[u8]) {
    let middle = names.len() / 2;
    let split = match names.first() {
        Some(b'"') => base::bytes::find(names, b"\" ").map(|at| at + 1),
        _ if names.get(middle) == Some(&b' ') => Some(middle),
        _ => memchr::memchr(b' ', names),
    };
    let (old, new) = names.split_at(split.unwrap_or(names.len()));
    (old, new.strip_prefix(b" ").unwrap_or(new))
}

/// Takes one of git's extended header lines into `header`; false where it is none.
fn git_line<'a>(header: &mut Header<'a>, line: &'a [u8]) -> bool {
    let mode = |text: &[u8]| number::parse_radix(text, 8).ok().and_then(|mode| u32::try_from(mode & 0o777).ok());
    static LINES: [(&[u8], u8); 11] = [
        (b"index ", b'i'),
        (b"old mode ", b'o'),
        (b"new mode ", b'n'),
        (b"deleted file mode ", b'd'),
        (b"new file mode ", b'c'),
        (b"rename from ", b'f'),
        (b"rename to ", b't'),
        (b"copy from ", b'F'),
        (b"copy to ", b'T'),
        (b"GIT binary patch", b'b'),
        (b"Binary files ", b'b'),
    ];
    let Some((rest, what)) = LINES.iter().find_map(|(words, what)| Some((line.strip_prefix(*words)?, *what))) else {
        return false;
    };
    header.link |= rest.ends_with(b"120000") && matches!(what, b'i' | b'd' | b'c');
    match what {
        b'i' => {}
        b'o' => header.old.mode = mode(rest),
        b'n' => header.new.mode = mode(rest),
        b'd' => header.new.absent = true,
        b'c' => {
            header.old.absent = true;
            header.new.mode = mode(rest);
        }
        b'f' | b't' => header.change = Change::Rename,
        b'F' | b'T' => header.change = Change::Copy,
        _ => header.binary = true,
    }
    true
}

/// A name as the header has it, made one: quotes resolved, `strip` leading parts taken off (None: all but the last).
/// None where nothing is left, or the name is /dev/null.
pub fn file_name(text: &[u8], strip: Option<u64>) -> Option<Vec<u8>> {
    let name = match text {
        [b'"', quoted @ .., b'"'] => unquote(quoted),
        _ => text.to_vec(),
    };
    let mut rest = name.as_slice();
    if rest == b"/dev/null" || rest.contains(&0) {
        return None;
    }
    for _ in 0..strip.unwrap_or(u64::MAX) {
        let Some(slash) = memchr::memchr(b'/', rest) else {
            strip.is_none().then_some(())?;
            break;
        };
        rest = rest.get(slash..)?;
        while let [b'/', after @ ..] = rest {
            rest = after;
        }
    }
    (!rest.is_empty()).then(|| rest.to_vec())
}

fn unquote(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some((&letter, tail)) = rest.split_first() else { break };
        let octal = rest.get(..3).and_then(|digits| number::parse_radix(digits, 8).ok());
        if let Some(value) = octal {
            out.push((value & 255) as u8);
            rest = rest.get(3..).unwrap_or_default();
            continue;
        }
        out.push(base::echo::letter(letter).unwrap_or(letter));
        rest = tail;
    }
    out
}
