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

/// A line and where its fields are.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    fields: Vec<(u32, u32)>,
    /// The first eight bytes of the field that is compared, as a number: mostly these tell the order.
    lead: u64,
}

impl Line {
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn set(&mut self, text: &[u8], separator: Separator) {
        self.text.clear();
        self.text.extend_from_slice(text);
        self.fields.clear();
        let clip = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        match separator {
            Separator::None => self.fields.push((0, clip(text.len()))),
            Separator::Byte(byte) => {
                let mut from = 0;
                for at in memchr::memchr_iter(byte, text) {
                    self.fields.push((clip(from), clip(at)));
                    from = at + 1;
                }
                self.fields.push((clip(from), clip(text.len())));
            }
            Separator::Blanks => {
                let mut from = None;
                for (at, byte) in text.iter().enumerate() {
                    match (from, matches!(byte, b' ' | b'\t' | b'\n')) {
                        (None, false) => from = Some(at),
                        (Some(start), true) => {
                            self.fields.push((clip(start), clip(at)));
                            from = None;
                        }
                        _ => {}
                    }
                }
                if let Some(start) = from {
                    self.fields.push((clip(start), clip(text.len())));
                }
            }
        }
    }

    /// Notes the beginning of the field that is compared.
    #[inline(always)]
    fn note(&mut self, key: usize) {
        self.lead = base::order::lead(self.field(key).unwrap_or_default());
    }

    #[inline(always)]
    fn field(&self, index: usize) -> Option<&[u8]> {
        let (from, to) = self.fields.get(index)?;
        self.text.get(*from as usize..*to as usize)
    }
}

/// One of the two files: the lines of its present key, and the one after them.
struct Side<'a> {
    input: Option<Input>,
    path: &'a [u8],
    key: usize,
    group: Vec<Line>,
    used: usize,
    next: Line,
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
    unpaired: bool,
    out: Vec<u8>,
}

impl Joiner<'_> {
    /// The order of two lines by their keys.
    #[inline(always)]
    fn compare(&self, (a, a_key): (&Line, usize), (b, b_key): (&Line, usize)) -> Ordering {
        if a.lead != b.lead && !self.icase {
            return a.lead.cmp(&b.lead);
        }
        self.compare_all(a.field(a_key).unwrap_or_default(), b.field(b_key).unwrap_or_default())
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
            side.next.set(chomp(line, self.end), self.separator);
            side.next.note(side.key);
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
                let order = self.compare((before, side.key), (&side.next, side.key));
                if order == Ordering::Greater {
                    self.disorder(cx, side)?;
                }
                if order != Ordering::Equal {
                    break;
                }
            }
            if side.used == side.group.len() {
                side.group.push(Line::default());
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

    /// Writes one line of the result.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn print(&mut self, cx: &mut Context, lines: [Option<&Line>; 2], keys: [usize; 2]) -> Result<()> {
        let mut first = true;
        let [left, right] = lines;
        let key = left.and_then(|line| line.field(keys[0])).or(right.and_then(|line| line.field(keys[1])));
        if self.format.is_empty() {
            self.push(&mut first, key);
            for ((line, key), width) in lines.into_iter().zip(keys).zip(self.widths) {
                let count = if self.auto { width } else { line.map_or(0, |line| line.fields.len()) };
                for index in (0..count).filter(|index| *index != key) {
                    self.push(&mut first, line.and_then(|line| line.field(index)));
                }
            }
        } else {
            for at in 0..self.format.len() {
                let field = match self.format.get(at) {
                    Some((1, index)) => left.and_then(|line| line.field(*index)),
                    Some((2, index)) => right.and_then(|line| line.field(*index)),
                    _ => key,
                };
                self.push(&mut first, field);
            }
        }
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
        unpaired: false,
        out: Vec::new(),
    };
    let open = |path, key| -> Result<Side> {
        let input = if path == b"-" { None } else { Some(Input::open(path)?) };
        let (group, next) = (Vec::new(), Line::default());
        Ok(Side { input, path, key, group, used: 0, next, has_next: false, number: 0, told: false })
    };
    let (mut a, mut b) = (open(left, keys[0])?, open(right, keys[1])?);
    joiner.begin(cx, &mut a)?;
    joiner.begin(cx, &mut b)?;
    joiner.widths = [&a, &b].map(|side| if side.has_next { side.next.fields.len() } else { 0 });
    if args.has("header") {
        let lines = [&a, &b].map(|side| side.has_next.then_some(&side.next));
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
                (Some(mine), Some(other)) => joiner.compare((mine, a.key), (other, b.key)),
                _ => Ordering::Equal,
            },
        };
        match order {
            Ordering::Equal if !only_unpaired => {
                for mine in a.group.iter().take(a.used) {
                    for other in b.group.iter().take(b.used) {
                        joiner.print(cx, [Some(mine), Some(other)], keys)?;
                    }
                }
            }
            Ordering::Equal => {}
            Ordering::Less | Ordering::Greater => {
                joiner.unpaired = true;
                let (side, wanted) = if order == Ordering::Less { (&a, unpaired[0]) } else { (&b, unpaired[1]) };
                for line in side.group.iter().take(side.used).filter(|_| wanted) {
                    let lines = if order == Ordering::Less { [Some(line), None] } else { [None, Some(line)] };
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
