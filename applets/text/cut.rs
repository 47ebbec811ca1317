//! cut - print selected parts of lines
//! Spec: POSIX.1-2024. Extras: -z, --complement, --output-delimiter, BusyBox's -D -F. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, near};
use base::number;
use base::pattern::{Options, Pattern, Syntax};
use memchr::{memchr, memchr_iter, memchr2_iter};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "cut",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print the selected parts of each line of FILEs",
    operands: "-b|-c|-f LIST [FILE]...",
    notes: "LIST is made of N, N-, N-M and -M, separated by commas. With no FILE, or when FILE is -,\n\
            standard input is read.",
    options: &[
        Opt::value("b", "bytes", "LIST", Kind::Text, "print these bytes"),
        Opt::value("c", "characters", "LIST", Kind::Text, "print these characters"),
        Opt::value("f", "fields", "LIST", Kind::Text, "print these fields"),
        Opt::value("F", "", "LIST", Kind::Text, "print these fields, in LIST's order, split by an ERE"),
        Opt::value("d", "delimiter", "CHAR", Kind::Text, "fields are separated by CHAR, not tab"),
        Opt::flag("D", "", "with -f: as -F, but split by -d"),
        Opt::flag("n", "", "with -b: do not split characters"),
        Opt::value("O", "output-delimiter", "STRING", Kind::Text, "STRING between what is printed"),
        Opt::flag("s", "only-delimited", "leave out lines without a delimiter"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
        Opt::flag("", "complement", "print what is not selected"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Ranges of positions, from 1, both ends included.
type Ranges = Vec<(u64, u64)>;

/// What stays the same from line to line.
struct Cutter<'a> {
    ranges: Ranges,
    /// A line without a delimiter is one field, not printed whole (-D).
    strict: bool,
    output: Option<&'a [u8]>,
    only_delimited: bool,
    end: u8,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let ways: Vec<&str> = ["b", "c", "f", "F"].into_iter().filter(|id| args.has(id)).collect();
    let way = match *ways.as_slice() {
        [way] => way,
        [] => return Err(Error::usage("you must specify a list of bytes, characters, or fields")),
        _ => return Err(Error::usage("only one type of list may be specified")),
    };
    let by_fields = matches!(way, "f" | "F");
    if !by_fields && args.has("s") {
        return Err(Error::usage("suppressing non-delimited lines makes sense only with fields"));
    }
    if !by_fields && args.has("d") {
        return Err(Error::usage("a delimiter may be specified only with fields"));
    }
    let in_order = way == "F" || args.has("D");
    let list = parse_list(args.text(way).unwrap_or_default(), by_fields)?;
    let ranges = if args.has("complement") {
        complement(&merge(list))
    } else if in_order {
        list
    } else {
        merge(list)
    };
    let end = if args.has("z") { 0 } else { b'\n' };
    let cutter = Cutter { ranges, strict: args.has("D"), output: args.text("O"), only_delimited: args.has("s"), end };
    let utf8 = cx.is_utf8();
    let delimiter = args.text("d");
    if way == "F" || in_order && delimiter.is_some_and(|text| text.len() > 1) {
        let text = delimiter.unwrap_or(b"[[:space:]][[:space:]]*");
        let pattern = Pattern::new(text, Syntax::Extended, &Options { utf8, ..Options::default() })?;
        cx.each_input(&args.operands, &mut |cx, input| cutter.by_pattern(cx, input, &pattern))?;
        return Ok(cx.status());
    }
    let delimiter: &[u8] = match delimiter {
        None => b"\t",
        // As GNU's has it, an empty delimiter is NUL.
        Some([]) => b"\0",
        Some(text) if text.len() == 1 => text,
        Some(text) if utf8 && base::term::width::next_char(text).1 == text.len() => text,
        Some(_) if by_fields => return Err(Error::usage("the delimiter must be a single character")),
        Some(text) => text,
    };
    cx.each_input(&args.operands, &mut |cx, input| match way {
        "b" if !args.has("n") || !utf8 => cutter.bytes(cx, input),
        "b" => cutter.whole_characters(cx, input),
        "c" if utf8 => cutter.characters(cx, input),
        "c" => cutter.bytes(cx, input),
        _ if in_order => cutter.in_order(cx, input, delimiter),
        _ if delimiter == [end] => cutter.whole_lines(cx, input),
        _ => cutter.fields(cx, input, delimiter),
    })?;
    Ok(cx.status())
}

pub fn parse_list(list: &[u8], fields: bool) -> Result<Ranges> {
    let mut ranges = Vec::new();
    let what = if fields { "field" } else { "byte/character" };
    for item in list.split(|byte| matches!(byte, b',' | b' ' | b'\t')) {
        let bad = || Error::usage(base::bytes::fill("invalid % range: '%'", &[what.as_bytes(), item]));
        let position = |text: &[u8]| match number::parse_u64(text) {
            Ok(0) => Err(Error::usage([what, "s are numbered from 1"].concat())),
            Ok(number) => Ok(number),
            Err(number::NumberError::Overflow) => Ok(u64::MAX),
            Err(_) => Err(bad()),
        };
        let (from, to) = match memchr(b'-', item).and_then(|at| item.split_at_checked(at)) {
            None => {
                let at = position(item)?;
                (at, at)
            }
            Some((b"", b"-")) => return Err(Error::usage("invalid range with no endpoint: -")),
            Some((from, rest)) => {
                let from = if from.is_empty() { 1 } else { position(from)? };
                let rest = rest.get(1..).unwrap_or_default();
                (from, if rest.is_empty() { u64::MAX } else { position(rest)? })
            }
        };
        if from > to {
            return Err(Error::usage("invalid decreasing range"));
        }
        ranges.push((from, to));
    }
    Ok(ranges)
}

/// In ascending order; what overlaps becomes one. What only touches stays apart, for `--output-delimiter` goes between.
fn merge(mut ranges: Ranges) -> Ranges {
    base::order::sort(&mut ranges, &mut Ord::cmp);
    let mut merged: Ranges = Vec::new();
    for (from, to) in ranges {
        match merged.last_mut() {
            Some((_, last)) if *last >= from => *last = (*last).max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn complement(ranges: &[(u64, u64)]) -> Ranges {
    let mut others = Vec::new();
    let mut next = 1;
    for (from, to) in ranges {
        if *from > next {
            others.push((next, from.saturating_sub(1)));
        }
        next = to.saturating_add(1);
        if *to == u64::MAX {
            return others;
        }
    }
    others.push((next, u64::MAX));
    others
}

fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

impl Cutter<'_> {
    /// Reads on and on, and lets `cut` append what is left of the whole lines at the beginning of a chunk; it says how long these
    /// are. A last line without its end gets one.
    fn chunks(
        &self,
        cx: &mut Context,
        input: &mut Input,
        cut: &mut dyn FnMut(&[u8], &mut Vec<u8>) -> usize,
    ) -> Result<()> {
        let mut out = Vec::with_capacity(8192);
        loop {
            let done = cut(input.buffered(), &mut out);
            input.consume(done);
            cx.stdout.put(&out)?;
            out.clear();
            if !input.more()? {
                break;
            }
        }
        let rest = input.buffered();
        if !rest.is_empty() {
            cut(&[rest, &[self.end]].concat(), &mut out);
            let length = rest.len();
            input.consume(length);
            cx.stdout.put(&out)?;
        }
        Ok(())
    }

    /// The same line by line: where `cut` says so, the line's end follows.
    fn lines(
        &self,
        cx: &mut Context,
        input: &mut Input,
        cut: &mut dyn FnMut(&[u8], &mut Vec<u8>) -> bool,
    ) -> Result<()> {
        self.chunks(cx, input, &mut |chunk, out| {
            let mut done = 0;
            for at in memchr_iter(self.end, chunk) {
                if cut(chunk.get(done..at).unwrap_or_default(), out) {
                    out.push(self.end);
                }
                done = at.saturating_add(1);
            }
            done
        })
    }

    fn bytes(&self, cx: &mut Context, input: &mut Input) -> Result<()> {
        if let [(from, to)] = *self.ranges.as_slice() {
            let (from, to) = (index(from.saturating_sub(1)), index(to));
            return self.chunks(cx, input, &mut |chunk, out| one_range(chunk, self.end, from, to, false, out));
        }
        self.lines(cx, input, &mut |line, out| {
            for (number, (from, to)) in self.ranges.iter().enumerate() {
                let from = index(from.saturating_sub(1));
                if from >= line.len() {
                    break;
                }
                self.separate(out, number);
                out.extend_from_slice(line.get(from..index(*to).min(line.len())).unwrap_or_default());
            }
            true
        })
    }

    fn separate(&self, out: &mut Vec<u8>, number: usize) {
        if number > 0
            && let Some(output) = self.output
        {
            out.extend_from_slice(output);
        }
    }

    fn characters(&self, cx: &mut Context, input: &mut Input) -> Result<()> {
        if let [(from, to)] = *self.ranges.as_slice() {
            let (from, to) = (index(from.saturating_sub(1)), index(to));
            return self.chunks(cx, input, &mut |chunk, out| one_range(chunk, self.end, from, to, true, out));
        }
        self.lines(cx, input, &mut |line, out| {
            let mut position = 0;
            let mut rest = line;
            for (number, (from, to)) in self.ranges.iter().enumerate() {
                rest = skip_characters(rest, from.saturating_sub(1).saturating_sub(position));
                if rest.is_empty() {
                    break;
                }
                self.separate(out, number);
                let after = skip_characters(rest, to.saturating_sub(from.saturating_sub(1)));
                let length = rest.len().saturating_sub(after.len());
                out.extend_from_slice(rest.get(..length).unwrap_or_default());
                position = *to;
                rest = after;
            }
            true
        })
    }

    /// `-b` with `-n`: a character goes with its last byte (POSIX).
    fn whole_characters(&self, cx: &mut Context, input: &mut Input) -> Result<()> {
        self.lines(cx, input, &mut |line, out| {
            let mut rest = line;
            let mut position: u64 = 0;
            while !rest.is_empty() {
                let length = base::term::width::next_char(rest).1.clamp(1, rest.len());
                let (character, after) = rest.split_at(length);
                position = position.saturating_add(length as u64);
                if self.ranges.iter().any(|(from, to)| (from..=to).contains(&&position)) {
                    out.extend_from_slice(character);
                }
                rest = after;
            }
            true
        })
    }

    fn fields(&self, cx: &mut Context, input: &mut Input, delimiter: &[u8]) -> Result<()> {
        if let ([single], [(1, last)], None) = (delimiter, self.ranges.as_slice(), self.output)
            && !self.only_delimited
        {
            return self.first_fields(cx, input, *single, *last);
        }
        let output = self.output.unwrap_or(delimiter);
        let finder = memchr::memmem::Finder::new(delimiter);
        self.lines(cx, input, &mut |line, out| {
            let before = out.len();
            let mut start = 0;
            let mut field = 1;
            let mut any = false;
            let mut delimited = false;
            let mut ranges = self.ranges.iter();
            // No field at all may be wanted; what has no delimiter is printed all the same.
            let mut range = ranges.next().unwrap_or(&(u64::MAX, u64::MAX));
            loop {
                let rest = line.get(start..).unwrap_or_default();
                let found = match delimiter {
                    [single] => near(*single, rest).or_else(|| memchr(*single, rest)),
                    _ => finder.find(rest),
                };
                delimited |= found.is_some();
                if !delimited {
                    break;
                }
                if field >= range.0 {
                    if any {
                        out.extend_from_slice(output);
                    }
                    any = true;
                    // To the end of the line there is nothing more to look for.
                    if range.1 == u64::MAX && self.output.is_none() {
                        out.extend_from_slice(rest);
                        return true;
                    }
                    out.extend_from_slice(rest.get(..found.unwrap_or(rest.len())).unwrap_or_default());
                }
                let Some(at) = found else { break };
                if field >= range.1 {
                    match ranges.next() {
                        Some(next) => range = next,
                        None => return true,
                    }
                }
                field = field.saturating_add(1);
                start = start.saturating_add(at).saturating_add(delimiter.len());
            }
            if !delimited {
                out.truncate(before);
                if self.only_delimited {
                    return false;
                }
                out.extend_from_slice(line);
            }
            true
        })
    }

    /// What ends lines parts fields: the lines of the input are its fields. One that nothing ends has no delimiter.
    fn whole_lines(&self, cx: &mut Context, input: &mut Input) -> Result<()> {
        let mut number = 0u64;
        let mut any = false;
        while let Some(line) = input.line(self.end)? {
            number = number.saturating_add(1);
            let text = line.strip_suffix(&[self.end]).unwrap_or(line);
            let wanted = if number == 1 && text.len() == line.len() {
                !self.only_delimited
            } else {
                self.ranges.iter().any(|(from, to)| (from..=to).contains(&&number))
            };
            if wanted {
                if any {
                    cx.stdout.put(self.output.unwrap_or(&[self.end]))?;
                }
                any = true;
                cx.stdout.put(text)?;
            }
        }
        if any || number > 1 || number == 1 && !self.only_delimited {
            cx.stdout.put(&[self.end])?;
        }
        Ok(())
    }

    /// The commonest cut, fields 1 to `last`: delimiters and line ends are looked for in one pass.
    fn first_fields(&self, cx: &mut Context, input: &mut Input, delimiter: u8, last: u64) -> Result<()> {
        if last == u64::MAX {
            return self.lines(cx, input, &mut |line, out| {
                out.extend_from_slice(line);
                true
            });
        }
        self.chunks(cx, input, &mut |chunk, out| {
            let (mut start, mut fields) = (0, 0);
            let mut cut = None;
            for at in memchr2_iter(delimiter, self.end, chunk) {
                if chunk.get(at) == Some(&self.end) {
                    out.extend_from_slice(chunk.get(start..cut.unwrap_or(at)).unwrap_or_default());
                    out.push(self.end);
                    start = at.saturating_add(1);
                    fields = 0;
                    cut = None;
                } else if cut.is_none() {
                    fields += 1;
                    if fields == last {
                        cut = Some(at);
                    }
                }
            }
            start
        })
    }

    fn push_in_order(&self, fields: &[&[u8]], output: &[u8], out: &mut Vec<u8>) {
        let mut any = false;
        for (from, to) in &self.ranges {
            let to = index(*to).min(fields.len());
            for field in fields.get(index(from.saturating_sub(1))..to).unwrap_or_default() {
                if any {
                    out.extend_from_slice(output);
                }
                any = true;
                out.extend_from_slice(field);
            }
        }
    }

    fn in_order(&self, cx: &mut Context, input: &mut Input, delimiter: &[u8]) -> Result<()> {
        let output = self.output.unwrap_or(delimiter);
        let finder = memchr::memmem::Finder::new(delimiter);
        self.lines(cx, input, &mut |line, out| {
            let mut fields = Vec::new();
            let mut start = 0;
            for at in finder.find_iter(line) {
                fields.push(line.get(start..at).unwrap_or_default());
                start = at.saturating_add(delimiter.len());
            }
            if fields.is_empty() && (self.only_delimited || !self.strict) {
                out.extend_from_slice(if self.only_delimited { b"" } else { line });
                return !self.only_delimited;
            }
            fields.push(line.get(start..).unwrap_or_default());
            self.push_in_order(&fields, output, out);
            true
        })
    }

    fn by_pattern(&self, cx: &mut Context, input: &mut Input, pattern: &Pattern) -> Result<()> {
        let output = self.output.unwrap_or(b" ");
        self.lines(cx, input, &mut |line, out| {
            let mut fields = Vec::new();
            let (mut start, mut search) = (0, 0);
            while let Some((from, to)) = pattern.find_at(line, search) {
                if to == from {
                    search = to.saturating_add(1);
                    if search > line.len() {
                        break;
                    }
                    continue;
                }
                fields.push(line.get(start..from).unwrap_or_default());
                (start, search) = (to, to);
            }
            if fields.is_empty() && (self.only_delimited || !self.strict) {
                out.extend_from_slice(if self.only_delimited { b"" } else { line });
                return !self.only_delimited;
            }
            fields.push(line.get(start..).unwrap_or_default());
            self.push_in_order(&fields, output, out);
            true
        })
    }
}

/// What lies between two places of each line, and the line's end; for the whole lines of `chunk`, whose length it gives.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn one_range(chunk: &[u8], end: u8, from: usize, to: usize, characters: bool, out: &mut Vec<u8>) -> usize {
    let mut done = 0;
    for at in memchr_iter(end, chunk) {
        let line = chunk.get(done..at).unwrap_or_default();
        let (from, to) = if characters {
            let rest = skip_characters(line, from as u64);
            let after = skip_characters(rest, to.saturating_sub(from) as u64);
            (line.len().saturating_sub(rest.len()), line.len().saturating_sub(after.len()))
        } else {
            (from, to)
        };
        out.extend_from_slice(line.get(from..to.min(line.len())).unwrap_or_default());
        out.push(end);
        done = at.saturating_add(1);
    }
    done
}

/// `text` without its first `count` characters.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn skip_characters(text: &[u8], count: u64) -> &[u8] {
    let mut rest = text;
    for _ in 0..count {
        rest = match rest {
            [] => break,
            [0..=0x7f, rest @ ..] => rest,
            // The commonest of those that are longer; the others are looked at closely.
            [0xc2..=0xdf, 0x80..=0xbf, rest @ ..] | [0xe1..=0xec, 0x80..=0xbf, 0x80..=0xbf, rest @ ..] => rest,
            _ => rest.get(base::term::width::next_char(rest).1..).unwrap_or_default(),
        };
    }
    rest
}
