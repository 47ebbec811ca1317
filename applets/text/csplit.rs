//! csplit - split a file by its contents
//! Spec: POSIX.1-2024. Extras: GNU's -b, -q, -z, --suppress-matched, `{*}`. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, Output};
use base::number::{digits, parse_u64, push_radix, push_u64};
use base::pattern::{Options, Pattern, Syntax};
use std::collections::VecDeque;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "csplit",
    exec: Exec::no_fork("reads its input and writes files"),
    summary: "Split FILE into pieces at lines that PATTERNs name",
    operands: "FILE PATTERN...",
    notes: "A PATTERN is a line NUMBER, /REGEX/[OFFSET], or %REGEX%[OFFSET] to skip; {NUM} behind it repeats it, {*} as\n\
            often as can be. The sizes of the pieces xx00, xx01, ... are printed.",
    options: &[
        Opt::value("f", "prefix", "PREFIX", Kind::Text, "begin the pieces' names with PREFIX (default xx)"),
        Opt::value("n", "digits", "NUM", Kind::Count, "use NUM digits (default 2)"),
        Opt::value("b", "suffix-format", "FORMAT", Kind::Text, "number by this printf format (default %02d)"),
        Opt::flag("k", "keep-files", "keep the pieces after an error"),
        Opt::flag("s", "quiet", "print no sizes"),
        Opt::hidden("q", "silent"),
        Opt::flag("z", "elide-empty-files", "make no empty pieces"),
        Opt::flag("", "suppress-matched", "leave out the lines that match"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Where a piece ends.
enum Place {
    Line(u64),
    /// The expression, what is added to the line's number, and whether the piece is skipped.
    Match(Box<Pattern>, i64, bool),
}

struct Split<'a> {
    input: Input,
    /// Lines read ahead.
    ahead: VecDeque<Vec<u8>>,
    /// The number of the first of them.
    line: u64,
    /// The last line that is not looked at again: that of a match, and the first of the piece it began.
    passed: u64,
    prefix: &'a [u8],
    suffix: Suffix<'a>,
    quiet: bool,
    elide: bool,
    suppress: bool,
    /// The pieces that were written.
    made: Vec<Vec<u8>>,
}

/// The piece that is being written.
#[derive(Default)]
struct Piece {
    /// What it holds goes nowhere.
    skipped: bool,
    output: Option<Output>,
    size: u64,
}

struct Suffix<'a> {
    before: Vec<u8>,
    flags: &'a [u8],
    width: usize,
    precision: usize,
    letter: u8,
    after: Vec<u8>,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let [path, patterns @ ..] = args.operands.as_slice() else { return Err(Error::usage("missing operand")) };
    if patterns.is_empty() {
        return Err(Error::usage_about("missing operand after", path));
    }
    let width = args.amount("n", 2).min(200);
    let suffix = match args.text("b") {
        Some(format) => suffix(format)?,
        None => Suffix { before: Vec::new(), flags: b"0", width, precision: 0, letter: b'd', after: Vec::new() },
    };
    let input = cx.open(path)?;
    let mut split = Split {
        input,
        ahead: VecDeque::new(),
        line: 1,
        passed: 0,
        prefix: args.text("f").unwrap_or(b"xx"),
        suffix,
        quiet: args.has("s") || args.has("q"),
        elide: args.has("z"),
        suppress: args.has("suppress-matched"),
        made: Vec::new(),
    };
    let result = split.all(cx, patterns);
    if result.is_err() && !args.has("k") {
        for path in &split.made {
            let _ = base::fs::unlink(path.as_slice());
        }
    }
    let Split { input, .. } = split;
    cx.close(path, input);
    result?;
    Ok(cx.status())
}

impl Split<'_> {
    fn all(&mut self, cx: &mut Context, patterns: &[&[u8]]) -> Result<()> {
        // All are checked before anything is written.
        let mut places = Vec::new();
        let mut last = 0;
        let mut rest = patterns;
        while let Some((text, others)) = rest.split_first() {
            rest = others;
            let place = place(text, cx.is_utf8())?;
            if let Place::Line(line) = place {
                if line < last {
                    let mut shown = Vec::new();
                    push_u64(&mut shown, last);
                    let template = "line number '%' is smaller than preceding line number, %";
                    return Err(Error::message_of(template, &[text, &shown]));
                }
                if line == last {
                    let template = "warning: line number '%' is the same as preceding line number";
                    cx.note(&Error::message_of(template, &[text]));
                }
                last = line;
            }
            let mut count = Some(0);
            if let Some((next, others)) = rest.split_first()
                && let Some(inside) = next.strip_prefix(b"{")
            {
                rest = others;
                let inside =
                    inside.strip_suffix(b"}").ok_or_else(|| quoted(next, b"'}' is required in repeat count"))?;
                count = if inside == b"*" {
                    None
                } else {
                    let bad = |_| quoted(next, b"integer required between '{' and '}'");
                    Some(parse_u64(inside).map_err(bad)?)
                };
            }
            places.push((*text, place, count));
        }
        for (text, place, count) in &places {
            let mut round = 0;
            while count.is_none_or(|count| round <= count) {
                if !self.piece(cx, text, place, round, count.is_none())? {
                    return Ok(());
                }
                round += 1;
            }
        }
        let mut piece = Piece::default();
        while self.fill(1)? {
            self.take(&mut piece)?;
        }
        self.end(cx, piece)
    }

    /// Reads ahead until `count` lines are there; false where the input has fewer.
    fn fill(&mut self, count: usize) -> Result<bool> {
        while self.ahead.len() < count {
            match self.input.line(b'\n')? {
                Some(line) => self.ahead.push_back(line.to_vec()),
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Moves the first line to the piece.
    fn take(&mut self, piece: &mut Piece) -> Result<()> {
        let Some(line) = self.ahead.pop_front() else { return Ok(()) };
        self.line += 1;
        if piece.skipped {
            return Ok(());
        }
        piece.size += line.len() as u64;
        self.output(piece)?.put(&line)
    }

    /// The file of the piece, made when it is first asked for.
    fn output<'p>(&mut self, piece: &'p mut Piece) -> Result<&'p mut Output> {
        let output = match piece.output.take() {
            Some(output) => output,
            None => {
                let mut path = self.prefix.to_vec();
                push_suffix(&mut path, &self.suffix, self.made.len() as u64);
                let output = Output::create(&path)?;
                self.made.push(path);
                output
            }
        };
        Ok(piece.output.insert(output))
    }

    fn end(&mut self, cx: &mut Context, mut piece: Piece) -> Result<()> {
        if piece.skipped || self.elide && piece.size == 0 {
            return Ok(());
        }
        self.output(&mut piece)?.finish()?;
        if !self.quiet {
            let mut line = Vec::new();
            push_u64(&mut line, piece.size);
            line.push(b'\n');
            cx.stdout.put(&line)?;
        }
        Ok(())
    }

    /// Makes the piece that ends at `place`. False where that may be repeated as often as it can be, and cannot be once more.
    fn piece(&mut self, cx: &mut Context, text: &[u8], place: &Place, round: u64, endless: bool) -> Result<bool> {
        let fails = |what: &str| {
            let mut what = what.as_bytes().to_vec();
            if round > 0 {
                what.extend_from_slice(b" on repetition ");
                push_u64(&mut what, round);
            }
            quoted(text, &what)
        };
        let mut piece = Piece { skipped: matches!(place, Place::Match(.., true)), ..Piece::default() };
        match place {
            Place::Line(line) => {
                let to = line.saturating_mul(round.saturating_add(1));
                while self.line < to {
                    if !self.fill(1)? {
                        self.end(cx, piece)?;
                        return Err(fails("line number out of range"));
                    }
                    self.take(&mut piece)?;
                }
                // A piece may not begin behind the end.
                if !self.fill(1)? {
                    self.end(cx, piece)?;
                    return Err(fails("line number out of range"));
                }
                self.end(cx, piece)?;
            }
            Place::Match(pattern, offset, _) => {
                // Lines that an offset can lead back to.
                let kept = offset.checked_neg().and_then(|back| usize::try_from(back).ok()).unwrap_or(0);
                let looked_at = self.passed.saturating_add(1).saturating_sub(self.line);
                let mut index = usize::try_from(looked_at).unwrap_or(usize::MAX);
                loop {
                    if !self.fill(index + 1)? {
                        for _ in 0..self.ahead.len() {
                            self.take(&mut piece)?;
                        }
                        self.end(cx, piece)?;
                        return if endless { Ok(false) } else { Err(fails("match not found")) };
                    }
                    let line = self.ahead.get(index).map(Vec::as_slice).unwrap_or_default();
                    if pattern.is_match(line.strip_suffix(b"\n").unwrap_or(line)) {
                        break;
                    }
                    index += 1;
                    while index > kept {
                        self.take(&mut piece)?;
                        index = index.saturating_sub(1);
                    }
                }
                let matched = self.line.saturating_add(index as u64);
                let wanted = index.checked_add_signed(isize::try_from(*offset).unwrap_or(isize::MAX));
                let mut reached = false;
                if let Some(wanted) = wanted {
                    reached = self.fill(wanted)?;
                    for _ in 0..wanted.min(self.ahead.len()) {
                        self.take(&mut piece)?;
                    }
                    self.passed = self.line.max(matched);
                }
                self.end(cx, piece)?;
                if !reached {
                    return Err(fails("line number out of range"));
                }
            }
        }
        if self.suppress && self.fill(1)? {
            self.take(&mut Piece { skipped: true, ..Piece::default() })?;
        }
        Ok(true)
    }
}

#[cold]
#[inline(never)]
fn quoted(text: &[u8], what: &[u8]) -> Error {
    Error::message_of("'%': %", &[text, what])
}

fn place(text: &[u8], utf8: bool) -> Result<Place> {
    let Some((&mark, rest)) = text.split_first().filter(|(mark, _)| matches!(mark, b'/' | b'%')) else {
        let line = parse_u64(text).map_err(|_| quoted(text, b"invalid pattern"))?;
        if line == 0 {
            return Err(Error::message_of("%: line number must be greater than zero", &[text]));
        }
        return Ok(Place::Line(line));
    };
    let end = memchr::memrchr(mark, rest)
        .ok_or_else(|| Error::message_of("%: closing delimiter '%' missing", &[text, core::slice::from_ref(&mark)]))?;
    let (expression, offset) = rest.split_at(end);
    let offset = match offset.get(1..).unwrap_or_default() {
        b"" => 0,
        offset => base::number::parse_i64(offset).map_err(|_| quoted(text, b"integer expected after delimiter"))?,
    };
    let options = Options { utf8, ..Options::default() };
    let pattern = Pattern::new(expression, Syntax::Basic, &options)
        .map_err(|error| quoted(text, ["invalid regular expression: ", error.message()].concat().as_bytes()))?;
    Ok(Place::Match(Box::new(pattern), offset, mark == b'%'))
}

/// Reads a printf format with one conversion of a number.
fn suffix(format: &[u8]) -> Result<Suffix<'_>> {
    // What stands before a conversion, `%%` for %, and what follows the conversion's own %.
    fn literal(mut format: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
        let mut text = Vec::new();
        while let Some((byte, rest)) = format.split_first() {
            format = rest;
            if *byte == b'%' {
                match rest.split_first() {
                    Some((b'%', behind)) => format = behind,
                    _ => return (text, Some(rest)),
                }
            }
            text.push(*byte);
        }
        (text, None)
    }
    let (before, Some(rest)) = literal(format) else {
        return Err(Error::message("missing % conversion specification in suffix"));
    };
    let count = rest.iter().take_while(|byte| b"-#0'".contains(byte)).count();
    let (flags, rest) = rest.split_at(count);
    let small = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok()).unwrap_or(0).min(200);
    let (width, used) = digits(rest, 10);
    let mut rest = rest.get(used..).unwrap_or_default();
    let mut precision = 0;
    if let Some(tail) = rest.strip_prefix(b".") {
        let (value, used) = digits(tail, 10);
        precision = small(value);
        rest = tail.get(used..).unwrap_or_default();
    }
    let Some((&letter, after)) = rest.split_first() else {
        return Err(Error::message("missing conversion specifier in suffix"));
    };
    if !b"diuoxX".contains(&letter) {
        return Err(Error::message_of("invalid conversion specifier in suffix: %", &[&[letter]]));
    }
    let (after, None) = literal(after) else {
        return Err(Error::message("too many % conversion specifications in suffix"));
    };
    Ok(Suffix { before, flags, width: small(width), precision, letter, after })
}

fn push_suffix(path: &mut Vec<u8>, suffix: &Suffix, number: u64) {
    path.extend_from_slice(&suffix.before);
    let has = |flag: u8| suffix.flags.contains(&flag);
    let radix = match suffix.letter {
        b'o' => 8,
        b'x' | b'X' => 16,
        _ => 10,
    };
    let mut text = Vec::new();
    if has(b'#') && number > 0 && radix != 10 {
        text.extend_from_slice(if radix == 16 { b"0x" } else { b"0" });
    }
    let mut zeros = suffix.precision;
    if has(b'0') && !has(b'-') && zeros == 0 {
        zeros = suffix.width.saturating_sub(text.len());
    }
    push_radix(&mut text, number, radix, zeros, b'0');
    if suffix.letter == b'X' {
        text.make_ascii_uppercase();
    }
    let missing = suffix.width.saturating_sub(text.len());
    if !has(b'-') {
        path.resize(path.len().saturating_add(missing), b' ');
    }
    path.append(&mut text);
    if has(b'-') {
        path.resize(path.len().saturating_add(missing), b' ');
    }
    path.extend_from_slice(&suffix.after);
}
