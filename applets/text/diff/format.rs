//! Formats of one's own for lines and groups of lines; -D is made of them.

use super::compare::Hunk;
use super::output::Printer;
use base::args::Args;
use base::context::Context;
use base::error::Result;
use base::number;
use base::printf::{Spec, WIDEST, decimal, push_whole};

pub struct Formats<'a> {
    /// Of lines of the first file only, of the second only, of both.
    lines: [&'a [u8]; 3],
    /// Of groups of such lines, and of what was changed.
    groups: [Vec<u8>; 4],
}

/// What a format is filled from: a line with its number, or a group.
enum Subject<'a> {
    Line(&'a [u8], usize),
    Group(&'a Hunk),
}

impl<'a> Formats<'a> {
    #[inline(never)]
    pub fn new(args: &Args<'a>) -> Formats<'a> {
        let line = |id| args.text(id).or(args.text("line-format")).unwrap_or(b"%l\n");
        let name = args.text("D").map(|name| {
            let mut doubled = Vec::new();
            for byte in name {
                if *byte == b'%' {
                    doubled.push(b'%');
                }
                doubled.push(*byte);
            }
            doubled
        });
        let group = |id, default: &[u8], defined: [&[u8]; 3]| match (args.text(id), &name) {
            (Some(format), _) => format.to_vec(),
            (None, Some(name)) => {
                let [open, middle, close] = defined;
                let end: &[u8] = b" */\n";
                let [between, after]: [&[u8]; 2] =
                    if middle.ends_with(b"#else /* ") { [name, end] } else { [b"", b""] };
                [open, name, b"\n", middle, between, after, close, name, end].concat()
            }
            (None, None) => default.to_vec(),
        };
        let given = args.text("changed-group-format");
        let old = group("old-group-format", given.unwrap_or(b"%<"), [b"#ifndef ", b"%<", b"#endif /* ! "]);
        let new = group("new-group-format", given.unwrap_or(b"%>"), [b"#ifdef ", b"%>", b"#endif /* "]);
        let both = [&old[..], &new].concat();
        let changed = group("changed-group-format", &both, [b"#ifndef ", b"%<#else /* ", b"%>#endif /* "]);
        let unchanged = args.text("unchanged-group-format").unwrap_or(b"%=").to_vec();
        Formats {
            lines: [line("old-line-format"), line("new-line-format"), line("unchanged-line-format")],
            groups: [old, new, unchanged, changed],
        }
    }
}

impl Printer<'_> {
    /// All of both files, by the formats.
    #[inline(never)]
    pub fn formatted(&self, cx: &mut Context, hunks: &[Hunk]) -> Result<()> {
        let (mut a, mut b) = (0, 0);
        let end = Hunk { a: (self.a.len(), self.a.len()), b: (self.b.len(), self.b.len()) };
        for hunk in hunks.iter().chain([&end]) {
            let same = Hunk { a: (a, hunk.a.0), b: (b, hunk.b.0) };
            (a, b) = (hunk.a.1, hunk.b.1);
            for (group, both) in [(&same, true), (hunk, false)] {
                let kind = match (group.a.0 == group.a.1, group.b.0 == group.b.1) {
                    (true, true) => continue,
                    _ if both => 2,
                    (false, true) => 0,
                    (true, false) => 1,
                    (false, false) => 3,
                };
                let format = self.job.formats.groups.get(kind).map_or(&b""[..], Vec::as_slice);
                let mut text = Vec::new();
                self.expand(&mut text, format, &Subject::Group(group));
                cx.stdout.put(&text)?;
            }
        }
        Ok(())
    }

    fn expand(&self, out: &mut Vec<u8>, format: &[u8], subject: &Subject) {
        let mut at = 0;
        while let Some(byte) = format.get(at) {
            at += 1;
            let rest = format.get(at..).unwrap_or_default();
            match if *byte == b'%' { self.directive(out, rest, subject) } else { None } {
                Some(length) => at += length,
                None => out.push(*byte),
            }
        }
    }

    /// What stands behind a `%`; gives its length. None where it means nothing.
    #[inline(never)]
    fn directive(&self, out: &mut Vec<u8>, text: &[u8], subject: &Subject) -> Option<usize> {
        match (text.first()?, subject) {
            (b'%', _) => out.push(b'%'),
            (b'l', Subject::Line(line, _)) => out.extend_from_slice(base::io::chomp(line, b'\n')),
            (b'L', Subject::Line(line, _)) => out.extend_from_slice(line),
            (b'<', Subject::Group(group)) => self.push_formatted(out, 0, self.a, group.a),
            (b'>', Subject::Group(group)) => self.push_formatted(out, 1, self.b, group.b),
            (b'=', Subject::Group(group)) => self.push_formatted(out, 2, self.a, group.a),
            (b'c', _) => {
                let length = memchr::memchr(b'\'', text.get(2..)?)?;
                let byte = match text.get(1..2 + length)? {
                    [b'\'', byte] => *byte,
                    [b'\'', b'\\', octal @ ..] => u8::try_from(number::parse_radix(octal, 8).ok()?).ok()?,
                    _ => return None,
                };
                out.push(byte);
                return Some(3 + length);
            }
            (b'(', _) => {
                let (a, behind) = subject.number(text, 1, b'=')?;
                let (b, behind) = subject.number(text, behind, b'?')?;
                let colon = until(text, behind, b':')?;
                let end = until(text, colon + 1, b')')?;
                let taken = if a == b { behind..colon } else { colon + 1..end };
                self.expand(out, text.get(taken)?, subject);
                return Some(end + 1);
            }
            _ => {
                let mut spec = Spec::default();
                let mut at = 0;
                while let Some(flag @ (b'-' | b'\'' | b'0')) = text.get(at) {
                    spec.take_flag(*flag);
                    at += 1;
                }
                (spec.width, at) = decimal(text, at);
                if text.get(at) == Some(&b'.') {
                    let (precision, end) = decimal(text, at + 1);
                    spec.precision = Some(precision.min(WIDEST));
                    at = end;
                }
                spec.width = spec.width.min(WIDEST);
                let conversion = text.get(at)?;
                let radix = match conversion {
                    b'd' => 10,
                    b'o' => 8,
                    b'x' | b'X' => 16,
                    _ => return None,
                };
                let value = subject.value(*text.get(at + 1)?)?;
                push_whole(out, spec, false, value as u64, b"", radix, *conversion == b'X');
                return Some(at + 2);
            }
        }
        Some(1)
    }

    fn push_formatted(&self, out: &mut Vec<u8>, kind: usize, lines: &[&[u8]], (start, end): (usize, usize)) {
        let format = self.job.formats.lines.get(kind).copied().unwrap_or_default();
        for (line, number) in lines.get(start..end).unwrap_or_default().iter().zip(start + 1..) {
            self.expand(out, format, &Subject::Line(line, number));
        }
    }
}

/// Where `wanted` is from `at` on, outside of what begins with `%(` or `%c`. None also where more is nested than anyone writes.
fn until(format: &[u8], mut at: usize, wanted: u8) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match format.get(at..)? {
            [b'%', b'(', ..] if depth < 100 => {
                depth += 1;
                at += 2;
                continue;
            }
            [b'%', b'(', ..] => return None,
            [b'%', b'c', b'\'', rest @ ..] => at += 3 + memchr::memchr(b'\'', rest)?,
            [byte, ..] if *byte == wanted && depth == 0 => return Some(at),
            [b')', ..] => depth = depth.saturating_sub(1),
            [_, ..] => {}
            [] => return None,
        }
        at += 1;
    }
}

impl Subject<'_> {
    /// A constant, or what a letter stands for, at `at` and with `end` behind it; and where it goes on there.
    fn number(&self, text: &[u8], at: usize, end: u8) -> Option<(usize, usize)> {
        let (constant, behind) = decimal(text, at);
        let (value, behind) = if behind > at { (constant, behind) } else { (self.value(*text.get(at)?)?, at + 1) };
        (*text.get(behind)? == end).then_some((value, behind + 1))
    }

    /// The number that a letter stands for: of a group in the first file, or with a capital in the second, the line before it, the first, the last,
    /// the one behind it, and how many they are.
    fn value(&self, letter: u8) -> Option<usize> {
        match self {
            Subject::Line(_, number) => (letter == b'n').then_some(*number),
            Subject::Group(group) => {
                let (start, end) = if letter.is_ascii_lowercase() { group.a } else { group.b };
                Some(match letter.to_ascii_lowercase() {
                    b'e' => start,
                    b'f' => start + 1,
                    b'l' => end,
                    b'm' => end + 1,
                    b'n' => end - start,
                    _ => return None,
                })
            }
        }
    }
}
