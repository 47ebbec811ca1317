//! join - join the lines of two sorted files that have a field in common
//! Spec: POSIX.1-2024. Extras: -i, -z, -o auto, --header, --check-order, --nocheck-order. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::{Args, Value};
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, chomp};
use base::number::{digits, push_u64};
use core::cmp::Ordering;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "join",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Join the lines of FILE1 and FILE2 that have a field in common",
    operands: "FILE1 FILE2",
    notes: "The files have to be sorted by that field. - is standard input.",
    options: &[
        Opt::value("1", "", "FIELD", Kind::Text, "join on this field of FILE1"),
        Opt::value("2", "", "FIELD", Kind::Text, "join on this field of FILE2"),
        Opt::value("j", "", "FIELD", Kind::Text, "join on this field of both"),
        Opt::value("t", "", "CHAR", Kind::Text, "CHAR separates the fields, not blanks"),
        Opt::value("o", "", "LIST", Kind::Text, "print these fields: 0, 1.N, 2.N, or auto"),
        Opt::value("a", "", "FILENUM", Kind::Text, "print also the lines of FILENUM without partner"),
        Opt::value("v", "", "FILENUM", Kind::Text, "print only the lines of FILENUM without partner"),
        Opt::value("e", "", "STRING", Kind::Text, "STRING for fields that are missing"),
        Opt::flag("i", "ignore-case", "upper and lower case are the same"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
        Opt::flag("", "header", "join the first lines without looking at them"),
        Opt::flag("", "check-order", "a file that is not sorted is an error"),
        Opt::flag("", "nocheck-order", "do not look whether the files are sorted"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// What separates fields.
#[derive(Clone, Copy)]
enum Separator {
    Blanks,
    Byte(u8),
    /// The whole line is one field.
    None,
}

impl Separator {
    /// Where the field is that begins at `from`, or behind the blanks there. The next one begins behind its end.
    #[inline(always)]
    fn field(self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let blank = |byte: &u8| *byte <= b' ' && matches!(byte, b' ' | b'\t' | b'\n');
        let rest = text.get(from..)?;
        let (skipped, length) = match self {
            Separator::None => (0, None),
            Separator::Byte(byte) => (0, memchr::memchr(byte, rest)),
            Separator::Blanks => {
                let skipped = rest.iter().position(|byte| !blank(byte))?;
                (skipped, rest.get(skipped..)?.iter().position(blank))
            }
        };
        let start = from + skipped;
        Some((start, length.map_or(text.len(), |length| start + length)))
    }
}

type Range = (usize, usize);

/// A line and the field that is compared.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    key: Option<Range>,
    /// The first eight bytes of that field, as a number: mostly these tell the order.
    lead: u64,
}

impl Line {
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn set(&mut self, text: &[u8], separator: Separator, key: usize) {
        self.text.clear();
        self.text.extend_from_slice(text);
        let mut from = 0;
        for _ in 0..=key {
            self.key = separator.field(text, from);
            let Some((_, end)) = self.key else { break };
            from = end + 1;
        }
        self.lead = base::order::lead(self.key().unwrap_or_default());
    }

    #[inline(always)]
    fn key(&self) -> Option<&[u8]> {
        let (from, to) = self.key?;
        self.text.get(from..to)
    }
}

/// A line that is printed, and where all its fields are.
struct Split<'l> {
    text: &'l [u8],
    fields: &'l [Range],
}

impl Split<'_> {
    #[inline(always)]
    fn field(&self, index: usize) -> Option<&[u8]> {
        let (from, to) = self.fields.get(index)?;
        self.text.get(*from..*to)
    }
}

/// One of the two files: the lines of its present key, and the one after them.
struct Side<'a> {
    input: Option<Input>,
    path: &'a [u8],
    key: usize,
    /// Behind pointers, which are what is swapped when the next line is taken.
    #[expect(clippy::vec_box, reason = "pointers are what is swapped")]
    group: Vec<Box<Line>>,
    used: usize,
    next: Box<Line>,
    has_next: bool,
    number: u64,
    told: bool,
}

struct Joiner<'a> {
    separator: Separator,
    joint: u8,
    end: u8,
    icase: bool,
    /// None: no check; false: only where it matters.
    check: Option<bool>,
    filler: &'a [u8],
    format: Vec<(u8, usize)>,
    auto: bool,
    widths: [usize; 2],
    fields: [Vec<Range>; 2],
    unpaired: bool,
    out: Vec<u8>,
}

impl Joiner<'_> {
    /// The order of two lines by their keys.
    #[inline(always)]
    fn compare(&self, a: &Line, b: &Line) -> Ordering {
        if a.lead != b.lead && !self.icase {
            return a.lead.cmp(&b.lead);
        }
        self.compare_all(a.key().unwrap_or_default(), b.key().unwrap_or_default())
    }

    #[inline(never)]
    fn compare_all(&self, a: &[u8], b: &[u8]) -> Ordering {
        if self.icase {
            a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
        } else {
            a.cmp(b)
        }
    }

    #[inline(always)]
    fn read(&mut self, cx: &mut Context, side: &mut Side) -> Result<()> {
        let input = side.input.as_mut().unwrap_or(&mut cx.stdin);
        let line = input.line(self.end)?;
        side.has_next = line.is_some();
        if let Some(line) = line {
            side.number += 1;
            side.next.set(chomp(line, self.end), self.separator, side.key);
        }
        Ok(())
    }

    /// Reads a line outside the loop.
    #[inline(never)]
    fn begin(&mut self, cx: &mut Context, side: &mut Side) -> Result<()> {
        self.read(cx, side)
    }

    /// Takes the lines with the next key into the group, and reads the one after them. False at the end.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn advance(&mut self, cx: &mut Context, side: &mut Side) -> Result<bool> {
        side.used = 0;
        while side.has_next {
            if let Some(before) = side.used.checked_sub(1).and_then(|last| side.group.get(last)) {
                let order = self.compare(before, &side.next);
                if order == Ordering::Greater {
                    self.disorder(cx, side)?;
                }
                if order != Ordering::Equal {
                    break;
                }
            }
            if side.used == side.group.len() {
                side.group.push(Box::default());
            }
            if let Some(slot) = side.group.get_mut(side.used) {
                core::mem::swap(slot, &mut side.next);
            }
            side.used += 1;
            self.read(cx, side)?;
        }
        Ok(side.used > 0)
    }

    fn disorder(&self, cx: &mut Context, side: &mut Side) -> Result<()> {
        let Some(strict) = self.check else { return Ok(()) };
        if side.told || !strict && !self.unpaired {
            return Ok(());
        }
        side.told = true;
        let mut text = side.path.to_vec();
        text.push(b':');
        push_u64(&mut text, side.number);
        text.extend_from_slice(b": is not sorted: ");
        text.extend_from_slice(&side.next.text);
        let error = Error::message(text);
        if strict {
            return Err(error);
        }
        cx.warn(error);
        Ok(())
    }

    fn push(&mut self, first: &mut bool, field: Option<&[u8]>) {
        if !core::mem::take(first) {
            self.out.push(self.joint);
        }
        self.out.extend_from_slice(field.filter(|field| !field.is_empty()).unwrap_or(self.filler));
    }

    /// Finds the fields of a line of the first file (0) or the second, for [`Joiner::print`].
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn split(&mut self, side: usize, line: &Line) {
        let Some(fields) = self.fields.get_mut(side) else { return };
        fields.clear();
        let mut from = 0;
        while let Some(field) = self.separator.field(&line.text, from) {
            fields.push(field);
            from = field.1 + 1;
        }
    }

    /// Writes one line of the result, of lines that were split.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn print(&mut self, cx: &mut Context, lines: [Option<&Line>; 2], keys: [usize; 2]) -> Result<()> {
        let mut first = true;
        let fields = core::mem::take(&mut self.fields);
        let split = |side: usize| match (lines.get(side), fields.get(side)) {
            (Some(Some(line)), Some(fields)) => Split { text: &line.text, fields },
            _ => Split { text: b"", fields: &[] },
        };
        let (left, right) = (split(0), split(1));
        let key = lines.iter().flatten().find_map(|line| line.key());
        if self.format.is_empty() {
            self.push(&mut first, key);
            for ((line, key), width) in [&left, &right].into_iter().zip(keys).zip(self.widths) {
                let count = if self.auto { width } else { line.fields.len() };
                for index in (0..count).filter(|index| *index != key) {
                    self.push(&mut first, line.field(index));
                }
            }
        } else {
            for at in 0..self.format.len() {
                let field = match self.format.get(at) {
                    Some((1, index)) => left.field(*index),
                    Some((2, index)) => right.field(*index),
                    _ => key,
                };
                self.push(&mut first, field);
            }
        }
        self.fields = fields;
        self.out.push(self.end);
        let result = cx.stdout.put(&self.out);
        self.out.clear();
        result
    }
}

fn field_number(text: &[u8]) -> Result<usize> {
    // A field that no line can have is as empty as one that a line has not.
    let number = match digits(text, 10) {
        (value, used) if used == text.len() && used > 0 => {
            value.and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX)
        }
        _ => 0,
    };
    number.checked_sub(1).ok_or_else(|| Error::message_of("invalid field number: '%'", &[text]))
}

fn file_number(text: &[u8]) -> Result<usize> {
    match text {
        b"1" => Ok(0),
        b"2" => Ok(1),
        _ => Err(Error::message_of("invalid field number: '%'", &[text])),
    }
}

fn push_format(format: &mut Vec<(u8, usize)>, list: &[u8]) -> Result<()> {
    for item in crate::buffer::split(list, b", \t") {
        let (file, field) = match item {
            [] => continue,
            b"0" => (0, 0),
            [file @ (b'1' | b'2'), b'.', field @ ..] => (file.wrapping_sub(b'0'), field_number(field)?),
            _ => return Err(Error::message_of("invalid file number in field spec: '%'", &[item])),
        };
        format.push((file, field));
    }
    Ok(())
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut keys = [0usize; 2];
    let mut unpaired = [false; 2];
    let mut only_unpaired = false;
    let mut format = Vec::new();
    let mut auto = false;
    for given in &args.given {
        let Value::Text(text) = given.value else { continue };
        match given.id {
            "1" => keys[0] = field_number(text)?,
            "2" => keys[1] = field_number(text)?,
            "j" => keys = [field_number(text)?; 2],
            "o" if text == b"auto" => auto = true,
            "o" => push_format(&mut format, text)?,
            "a" | "v" => {
                only_unpaired |= given.id == "v";
                if let Some(slot) = unpaired.get_mut(file_number(text)?) {
                    *slot = true;
                }
            }
            _ => {}
        }
    }
    let mut operands = args.operands.as_slice();
    // Of old, the list of -o may be several arguments.
    if args.has("o") && !auto {
        while let Some((list, rest)) = operands.split_first().filter(|_| operands.len() > 2) {
            push_format(&mut format, list)?;
            operands = rest;
        }
    }
    let &[left, right] = operands else {
        let text: &[u8] = if operands.len() > 2 { b"extra operand" } else { b"missing operand" };
        return Err(Error::usage(text));
    };
    if left == b"-" && right == b"-" {
        return Err(Error::message("both files cannot be standard input"));
    }
    let separator = match args.text("t") {
        None => Separator::Blanks,
        Some([]) => Separator::None,
        Some(b"\\0") => Separator::Byte(0),
        Some([byte]) => Separator::Byte(*byte),
        Some(text) => return Err(Error::message_of("multi-character tab '%'", &[text])),
    };
    let mut joiner = Joiner {
        separator,
        joint: match separator {
            Separator::Byte(byte) => byte,
            Separator::Blanks | Separator::None => b' ',
        },
        end: args.line_end(),
        icase: args.has("i"),
        check: match args.last_of(&["check-order", "nocheck-order"]) {
            Some("check-order") => Some(true),
            Some(_) => None,
            None => Some(false),
        },
        filler: args.text("e").unwrap_or_default(),
        format,
        auto,
        widths: [0; 2],
        fields: [Vec::new(), Vec::new()],
        unpaired: false,
        out: Vec::new(),
    };
    let open = |path, key| -> Result<Side> {
        let input = if path == b"-" { None } else { Some(Input::open(path)?) };
        let (group, next) = (Vec::new(), Box::default());
        Ok(Side { input, path, key, group, used: 0, next, has_next: false, number: 0, told: false })
    };
    let (mut a, mut b) = (open(left, keys[0])?, open(right, keys[1])?);
    joiner.begin(cx, &mut a)?;
    joiner.begin(cx, &mut b)?;
    for (index, side) in [&a, &b].into_iter().enumerate().filter(|(_, side)| side.has_next) {
        joiner.split(index, &side.next);
    }
    joiner.widths = [0, 1].map(|side| joiner.fields.get(side).map_or(0, Vec::len));
    if args.has("header") {
        let lines = [&a, &b].map(|side| side.has_next.then_some(&*side.next));
        if lines.iter().any(Option::is_some) {
            joiner.print(cx, lines, keys)?;
        }
        joiner.begin(cx, &mut a)?;
        joiner.begin(cx, &mut b)?;
    }
    let mut more = [joiner.advance(cx, &mut a)?, joiner.advance(cx, &mut b)?];
    while more[0] || more[1] {
        let order = match more {
            [true, false] => Ordering::Less,
            [false, _] => Ordering::Greater,
            _ => match (a.group.first(), b.group.first()) {
                (Some(mine), Some(other)) => joiner.compare(mine, other),
                _ => Ordering::Equal,
            },
        };
        match order {
            Ordering::Equal if !only_unpaired => {
                for mine in a.group.iter().take(a.used) {
                    joiner.split(0, mine);
                    for other in b.group.iter().take(b.used) {
                        joiner.split(1, other);
                        joiner.print(cx, [Some(mine), Some(other)], keys)?;
                    }
                }
            }
            Ordering::Equal => {}
            Ordering::Less | Ordering::Greater => {
                joiner.unpaired = true;
                let (side, wanted) = if order == Ordering::Less { (&a, unpaired[0]) } else { (&b, unpaired[1]) };
                for line in side.group.iter().take(side.used).filter(|_| wanted) {
                    let (place, lines) =
                        if order == Ordering::Less { (0, [Some(&**line), None]) } else { (1, [None, Some(&**line)]) };
                    joiner.split(place, line);
                    joiner.print(cx, lines, keys)?;
                }
            }
        }
        if order != Ordering::Greater {
            more[0] = joiner.advance(cx, &mut a)?;
        }
        if order != Ordering::Less {
            more[1] = joiner.advance(cx, &mut b)?;
        }
    }
    if cx.status() != Status::SUCCESS {
        cx.warn(Error::message("input is not in sorted order"));
    }
    Ok(cx.status())
}
