//! hexdump, hd - dump bytes in a format of one's choice
//! Spec: BSD's hexdump as in util-linux. Extras: `b` behind a number is 512, -s on a pipe. Deviations: no colours (%_L, -L).

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::{Args, Value};
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Input;
use base::number::{digits, push_i64, push_radix};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "hexdump",
    aliases: &["hd"],
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Dump the bytes of each FILE, by default as hexadecimal words",
    operands: "[FILE]...",
    notes: "With no FILE, standard input is read. hd is hexdump -C. A FORMAT is like '16/1 \"%02x \" \"\\n\"'.",
    options: &[
        Opt::flag("C", "canonical", "bytes in hexadecimal, and as characters"),
        Opt::flag("b", "one-byte-octal", "bytes in octal"),
        Opt::flag("c", "one-byte-char", "bytes as characters"),
        Opt::flag("d", "two-bytes-decimal", "words in decimal"),
        Opt::flag("o", "two-bytes-octal", "words in octal"),
        Opt::flag("x", "two-bytes-hex", "words in hexadecimal, spaced"),
        Opt::flag("X", "one-byte-hex", "bytes in hexadecimal"),
        Opt::value("e", "format", "FORMAT", Kind::Text, "dump by FORMAT"),
        Opt::value("f", "format-file", "FILE", Kind::Text, "read FORMATs from the lines of FILE"),
        Opt::value("n", "length", "NUM", Kind::Text, "stop after NUM bytes"),
        Opt::value("s", "skip", "NUM", Kind::Text, "skip NUM bytes first"),
        Opt::flag("v", "no-squeezing", "show lines that repeat, too"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// What a conversion shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Text alone.
    Nothing,
    /// `%_a`, `%_A`, with the radix.
    Address(u64),
    /// `%_c`, `%_p`, `%_u`, `%c`.
    Character(u8),
    Signed,
    Unsigned(u64),
    Float,
    String,
}

/// One conversion with the text in front of it.
#[derive(Clone)]
struct Item {
    text: Vec<u8>,
    what: What,
    letter: u8,
    minus: bool,
    zero: bool,
    plus: u8,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    /// Bytes it consumes.
    size: usize,
    /// Where it takes one: how each is shown, with the text in front.
    shown: Vec<Vec<u8>>,
}

impl Item {
    fn of(text: Vec<u8>, size: usize) -> Item {
        Item {
            text,
            what: What::Nothing,
            letter: 0,
            minus: false,
            zero: false,
            plus: 0,
            alternate: false,
            width: 0,
            precision: None,
            size,
            shown: Vec::new(),
        }
    }
}

/// `REPEAT/SIZE "FORMAT"`.
struct Unit {
    repeat: usize,
    items: Vec<Item>,
    /// The text behind the last conversion.
    tail: Vec<u8>,
    size: usize,
    /// Only the address at the end of all input.
    at_end: bool,
}

type Format = Vec<Unit>;

const CANONICAL: [&[u8]; 3] =
    [b"\"%08.8_Ax\n\"", b"\"%08.8_ax  \" 8/1 \"%02x \" \"  \" 8/1 \"%02x \" ", b"\"  |\" 16/1 \"%_p\" \"|\n\""];

/// The fixed formats: the letter, and what follows the address.
const FIXED: [(&str, &[u8]); 6] = [
    ("b", b"16/1 \"%03o \" \"\n\""),
    ("c", b"16/1 \"%3_c \" \"\n\""),
    ("d", b"8/2 \"  %05u \" \"\n\""),
    ("o", b"8/2 \" %06o \" \"\n\""),
    ("x", b"8/2 \"   %04x \" \"\n\""),
    ("X", b"16/1 \"%02x \" \"\n\""),
];

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut formats: Vec<Format> = Vec::new();
    let add = |formats: &mut Vec<Format>, texts: &[&[u8]]| -> Result<()> {
        for text in texts {
            formats.push(parse(text)?);
        }
        Ok(())
    };
    let fixed = |formats: &mut Vec<Format>, rest: &[u8]| -> Result<()> {
        add(formats, &[b"\"%07.7_Ax\n\"", &[b"\"%07.7_ax \" ", rest].concat()])
    };
    if cx.is_called("hd") {
        add(&mut formats, &CANONICAL)?;
    }
    for given in &args.given {
        match (given.id, given.value) {
            ("C", _) => add(&mut formats, &CANONICAL)?,
            ("e", Value::Text(text)) => add(&mut formats, &[text])?,
            ("f", Value::Text(path)) => {
                let mut input = Input::open(path)?;
                while let Some(line) = input.line(b'\n')? {
                    let line = line.trim_ascii();
                    if !line.is_empty() && !line.starts_with(b"#") {
                        add(&mut formats, &[line])?;
                    }
                }
            }
            (id, _) => {
                if let Some((_, rest)) = FIXED.iter().find(|(letter, _)| *letter == id) {
                    fixed(&mut formats, rest)?;
                }
            }
        }
    }
    if formats.is_empty() {
        fixed(&mut formats, b"8/2 \"%04x \" \"\n\"")?;
    }
    let number = |id: &str| -> Result<Option<u64>> {
        let Some(text) = args.text(id) else { return Ok(None) };
        let value = base::number::parse_u64_c(text).or_else(|_| base::size::parse(text));
        value.map(Some).map_err(|_| Error::message_about("invalid number:", text))
    };
    let block = formats.iter().map(length).max().unwrap_or(0);
    if block == 0 {
        return Ok(cx.status());
    }
    // The last unit fills the block where it has no count of its own.
    for format in &mut formats {
        let used = length(format);
        if let Some(unit) = format.last_mut().filter(|unit| unit.repeat == 0) {
            let more = block.saturating_sub(used) / unit.size.max(1);
            unit.repeat = more.max(1);
        }
    }
    let mut dump = Dumper {
        formats,
        block,
        squeeze: !args.has("v"),
        skip: number("s")?.unwrap_or(0),
        left: number("n")?.unwrap_or(u64::MAX),
        address: 0,
        pending: Vec::new(),
        last: Vec::new(),
        starred: false,
        out: Vec::new(),
    };
    dump.address = dump.skip;
    let operands = core::mem::take(&mut args.operands);
    cx.each_input(&operands, &mut |cx, input| dump.feed(cx, input))?;
    if dump.skip > 0 {
        dump.address = dump.address.saturating_sub(dump.skip);
    }
    dump.finish(cx)?;
    Ok(cx.status())
}

/// The bytes one pass of the format takes.
fn length(format: &Format) -> usize {
    format.iter().map(|unit| unit.size.saturating_mul(unit.repeat.max(1))).fold(0, usize::saturating_add)
}

struct Dumper {
    formats: Vec<Format>,
    block: usize,
    squeeze: bool,
    skip: u64,
    left: u64,
    address: u64,
    /// Bytes that do not fill a block yet.
    pending: Vec<u8>,
    last: Vec<u8>,
    starred: bool,
    out: Vec<u8>,
}

impl Dumper {
    fn feed(&mut self, cx: &mut Context, input: &mut Input) -> Result<()> {
        if let Some(fd) = input.fd().filter(|_| self.skip > 0 && input.buffered().is_empty()) {
            let size = rustix::fs::fstat(fd).ok().filter(|stat| stat.st_mode & 0o170_000 == 0o100_000);
            if let Some(size) = size.and_then(|stat| u64::try_from(stat.st_size).ok()) {
                let by = self.skip.min(size);
                if rustix::fs::seek(fd, rustix::fs::SeekFrom::Start(by)).is_ok() {
                    self.skip = self.skip.saturating_sub(by);
                }
            }
        }
        while self.left > 0 {
            let chunk = input.chunk()?;
            if chunk.is_empty() {
                break;
            }
            let mut length = chunk.len();
            if self.skip > 0 {
                length = length.min(usize::try_from(self.skip).unwrap_or(usize::MAX));
                self.skip = self.skip.saturating_sub(length as u64);
                input.consume(length);
                continue;
            }
            length = length.min(usize::try_from(self.left).unwrap_or(usize::MAX));
            self.left = self.left.saturating_sub(length as u64);
            let mut bytes = chunk.get(..length).unwrap_or_default();
            if !self.pending.is_empty() {
                let need = self.block.saturating_sub(self.pending.len()).min(bytes.len());
                let (head, tail) = bytes.split_at(need);
                self.pending.extend_from_slice(head);
                bytes = tail;
                if self.pending.len() == self.block {
                    let pending = core::mem::take(&mut self.pending);
                    self.line(&pending);
                }
            }
            let mut blocks = bytes.chunks_exact(self.block);
            for block in &mut blocks {
                self.line(block);
                if self.out.len() > 60_000 {
                    cx.stdout.put(&self.out)?;
                    self.out.clear();
                }
            }
            self.pending.extend_from_slice(blocks.remainder());
            cx.stdout.put(&self.out)?;
            self.out.clear();
            input.consume(length);
        }
        Ok(())
    }

    /// A whole block.
    fn line(&mut self, bytes: &[u8]) {
        if self.squeeze && self.last == bytes {
            if !self.starred {
                self.out.extend_from_slice(b"*\n");
                self.starred = true;
            }
        } else {
            self.starred = false;
            self.last.clear();
            self.last.extend_from_slice(bytes);
            self.show(bytes, bytes.len());
        }
        self.address = self.address.saturating_add(bytes.len() as u64);
    }

    fn finish(&mut self, cx: &mut Context) -> Result<()> {
        let mut rest = core::mem::take(&mut self.pending);
        if !rest.is_empty() {
            let length = rest.len();
            rest.resize(self.block, 0);
            self.show(&rest, length);
            self.address = self.address.saturating_add(length as u64);
        }
        if self.address > 0 {
            let formats = core::mem::take(&mut self.formats);
            // One of them speaks for all.
            let mut last = None;
            for format in &formats {
                last = format.iter().rfind(|unit| unit.at_end).or(last);
            }
            if let Some(unit) = last {
                push_unit(&mut self.out, unit, &[], 0, self.address, 0);
            }
        }
        cx.stdout.put(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// Shows a block of which `valid` bytes are there.
    fn show(&mut self, bytes: &[u8], valid: usize) {
        for format in &self.formats {
            let mut at = 0usize;
            for unit in format.iter().filter(|unit| !unit.at_end) {
                at = push_unit(&mut self.out, unit, bytes, at, self.address, valid);
            }
        }
    }
}

/// Shows the unit from byte `at` on; gives where it ended.
#[cfg_attr(speed_marks, optimize(speed))]
fn push_unit(out: &mut Vec<u8>, unit: &Unit, bytes: &[u8], mut at: usize, address: u64, valid: usize) -> usize {
    let repeat = unit.repeat.max(1);
    for round in 0..repeat {
        for item in &unit.items {
            if at < valid
                && let Some(shown) = bytes.get(at).and_then(|byte| item.shown.get(usize::from(*byte)))
            {
                out.extend_from_slice(shown);
                at += 1;
                continue;
            }
            out.extend_from_slice(&item.text);
            if item.what == What::Nothing {
                at = at.saturating_add(item.size);
                continue;
            }
            if let What::Address(radix) = item.what {
                let mut shown = Vec::new();
                push_radix(&mut shown, address.saturating_add(at as u64), radix, 0, b'0');
                pad(out, item, &shown, item.zero);
                continue;
            }
            if at >= valid {
                // Past the end: as wide, but blank.
                let width = item.width.max(item.precision.filter(|_| item.what != What::String).unwrap_or(0));
                out.resize(out.len().saturating_add(if item.width == 0 { 0 } else { width }), b' ');
            } else {
                let field = bytes.get(at..at.saturating_add(item.size)).unwrap_or_default();
                push_item(out, item, field);
            }
            at = at.saturating_add(item.size);
        }
        if round.saturating_add(1) < repeat || unit.repeat <= 1 {
            out.extend_from_slice(&unit.tail);
        } else {
            // The last of several has one blank less behind it.
            let tail = unit.tail.strip_suffix(b" ").unwrap_or(&unit.tail);
            out.extend_from_slice(tail);
        }
    }
    at
}

fn pad(out: &mut Vec<u8>, item: &Item, text: &[u8], zero: bool) {
    let missing = item.width.saturating_sub(text.len());
    if item.minus {
        out.extend_from_slice(text);
        out.resize(out.len().saturating_add(missing), b' ');
    } else {
        let fill = if zero { b'0' } else { b' ' };
        out.resize(out.len().saturating_add(missing), fill);
        out.extend_from_slice(text);
    }
}

const NAMES: &[u8; 99] =
    b"nulsohstxetxeotenqackbel bs ht lf vt ff cr so sidledc1dc2dc3dc4naksynetbcan emsubesc fs gs rs us   ";

fn push_item(out: &mut Vec<u8>, item: &Item, field: &[u8]) {
    let byte = field.first().copied().unwrap_or(0);
    let mut text = Vec::new();
    match item.what {
        What::Character(b'p') => {
            let shown = if (b' '..=b'~').contains(&byte) { byte } else { b'.' };
            if item.width <= 1 {
                out.push(shown);
                return;
            }
            text.push(shown);
        }
        What::Character(b'C') => text.push(byte),
        What::Character(letter) => {
            let escape = memchr::memchr(byte, b"\0\x07\x08\x0c\n\r\t\x0b");
            match (letter, escape) {
                (b'c', Some(at)) => {
                    text.push(b'\\');
                    text.extend(b"0abfnrtv".get(at));
                }
                (b'u', _) if byte < 32 => {
                    let start = usize::from(byte).saturating_mul(3);
                    let name = NAMES.get(start..start.saturating_add(3)).unwrap_or_default();
                    text.extend_from_slice(name.trim_ascii());
                }
                (b'u', _) if byte == 127 => text.extend_from_slice(b"del"),
                (b'u', _) if byte > 127 => push_radix(&mut text, u64::from(byte), 16, 2, b'0'),
                _ if (b' '..=b'~').contains(&byte) => text.push(byte),
                _ => push_radix(&mut text, u64::from(byte), 8, 3, b'0'),
            }
        }
        What::String => {
            let end = memchr::memchr(0, field).unwrap_or(field.len());
            text.extend_from_slice(field.get(..end).unwrap_or_default());
        }
        What::Float => {
            let value = match *field {
                [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
                [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
                _ => 0.0,
            };
            if value.is_sign_negative() {
                text.push(b'-');
            } else if item.plus != 0 {
                text.push(item.plus);
            }
            text.append(&mut base::float::format(value, item.letter, item.precision, item.alternate));
        }
        What::Signed | What::Unsigned(_) => {
            let raw = field.iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
            let digits = item.precision.unwrap_or(0);
            if let What::Unsigned(radix) = item.what {
                if item.alternate && raw != 0 {
                    text.extend_from_slice(if radix == 16 { b"0x" } else { b"0" });
                }
                // Straight to the output where nothing needs to be known of its length.
                if !item.minus && !item.alternate && item.precision.is_none() && item.letter != b'X' {
                    push_radix(out, raw, radix, item.width, if item.zero { b'0' } else { b' ' });
                    return;
                }
                push_radix(&mut text, raw, radix, digits, b'0');
                if item.letter == b'X' {
                    text.make_ascii_uppercase();
                }
            } else {
                let unused = 64usize.saturating_sub(field.len().saturating_mul(8)) as u32;
                let value = (raw << unused.min(63)).cast_signed() >> unused.min(63);
                if value >= 0 && item.plus != 0 {
                    text.push(item.plus);
                }
                if item.zero && !item.minus && value < 0 {
                    text.push(b'-');
                    push_radix(&mut text, value.unsigned_abs(), 10, item.width.saturating_sub(1), b'0');
                } else if digits > 0 {
                    if value < 0 {
                        text.push(b'-');
                    }
                    push_radix(&mut text, value.unsigned_abs(), 10, digits, b'0');
                } else {
                    push_i64(&mut text, value);
                }
            }
        }
        What::Nothing | What::Address(_) => {}
    }
    let zero = item.zero && matches!(item.what, What::Signed | What::Unsigned(_) | What::Float);
    pad(out, item, &text, zero);
}

/// Reads a format: units of an optional count, an optional size, and text in double quotes.
fn parse(text: &[u8]) -> Result<Format> {
    let bad = || Error::message_of("bad format {%}", &[text]);
    let mut format = Vec::new();
    let mut rest = text.trim_ascii_start();
    while !rest.is_empty() {
        let number = |text: &[u8]| -> Result<(usize, usize)> {
            let (value, used) = digits(text, 10);
            let value = value.and_then(|value| usize::try_from(value).ok()).filter(|value| *value < 1 << 20);
            value.map(|value| (value, used)).ok_or_else(bad)
        };
        let (mut repeat, used) = number(rest)?;
        let counted = used > 0;
        rest = rest.get(used..).unwrap_or_default().trim_ascii_start();
        let mut size = 0;
        if let Some(tail) = rest.strip_prefix(b"/") {
            let tail = tail.trim_ascii_start();
            let (value, used) = number(tail)?;
            size = value;
            rest = tail.get(used..).unwrap_or_default().trim_ascii_start();
            if !counted {
                repeat = 1;
            }
        }
        let body = rest.strip_prefix(b"\"").ok_or_else(bad)?;
        let end = memchr::memchr(b'"', body).ok_or_else(bad)?;
        let (inside, tail) = body.split_at(end);
        rest = tail.get(1..).unwrap_or_default().trim_ascii_start();
        let mut unit = Unit { repeat, items: Vec::new(), tail: Vec::new(), size: 0, at_end: false };
        parse_items(&mut unit, inside, size)?;
        if !counted && unit.size == 0 {
            unit.repeat = 1;
        }
        format.push(unit);
    }
    let last = format.len().saturating_sub(1);
    for unit in format.iter_mut().take(last) {
        unit.repeat = unit.repeat.max(1);
    }
    Ok(format)
}

fn parse_items(unit: &mut Unit, inside: &[u8], size: usize) -> Result<()> {
    let mut rest = inside;
    let mut text = Vec::new();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte == b'\\' {
            let Some((&letter, tail)) = rest.split_first() else { break };
            rest = tail;
            text.push(if letter == b'0' { 0 } else { base::echo::letter(letter).unwrap_or(letter) });
            continue;
        }
        if byte != b'%' {
            text.push(byte);
            continue;
        }
        if size > 0 && unit.items.iter().any(|item| item.size > 0) {
            return Err(Error::message("byte count with multiple conversion characters"));
        }
        let mut item = Item::of(core::mem::take(&mut text), size);
        while let Some((&flag, tail)) = rest.split_first().filter(|(flag, _)| b"-0+ #".contains(flag)) {
            rest = tail;
            match flag {
                b'-' => item.minus = true,
                b'0' => item.zero = true,
                b'#' => item.alternate = true,
                sign => item.plus = item.plus.max(sign),
            }
        }
        let small = |text: &[u8]| -> (usize, usize) {
            let (value, used) = digits(text, 10);
            (usize::try_from(value.unwrap_or(0)).unwrap_or(0).min(4096), used)
        };
        let (width, used) = small(rest);
        item.width = width;
        rest = rest.get(used..).unwrap_or_default();
        if let Some(tail) = rest.strip_prefix(b".") {
            let (precision, used) = small(tail);
            item.precision = Some(precision);
            rest = tail.get(used..).unwrap_or_default();
        }
        let special = rest.first() == Some(&b'_');
        rest = rest.strip_prefix(b"_").unwrap_or(rest);
        let bad = || Error::message([b"bad conversion character %", rest.get(..1).unwrap_or_default()].concat());
        let Some((&letter, mut tail)) = rest.split_first() else { return Err(bad()) };
        let byte_count = |allowed: &[usize], default: usize| -> Result<usize> {
            if size == 0 {
                Ok(default)
            } else if allowed.contains(&size) {
                Ok(size)
            } else {
                Err(Error::message_of("bad byte count for conversion character %", &[core::slice::from_ref(&letter)]))
            }
        };
        item.letter = letter;
        (item.what, item.size) = match (special, letter) {
            (true, b'a' | b'A') => {
                let radix = match tail.first() {
                    Some(b'd') => 10,
                    Some(b'o') => 8,
                    Some(b'x') => 16,
                    _ => return Err(bad()),
                };
                tail = tail.get(1..).unwrap_or_default();
                unit.at_end |= letter == b'A';
                (What::Address(radix), 0)
            }
            (true, b'c' | b'p' | b'u') => (What::Character(letter), byte_count(&[1], 1)?),
            (false, b'c') => (What::Character(b'C'), byte_count(&[1], 1)?),
            (false, b'd' | b'i') => (What::Signed, byte_count(&[1, 2, 4, 8], 4)?),
            (false, b'o') => (What::Unsigned(8), byte_count(&[1, 2, 4, 8], 4)?),
            (false, b'u') => (What::Unsigned(10), byte_count(&[1, 2, 4, 8], 4)?),
            (false, b'x' | b'X') => (What::Unsigned(16), byte_count(&[1, 2, 4, 8], 4)?),
            (false, b'e' | b'E' | b'f' | b'g' | b'G') => (What::Float, byte_count(&[4, 8], 8)?),
            (false, b's') if size > 0 || item.precision.is_some() => {
                (What::String, item.precision.filter(|_| size == 0).unwrap_or(size))
            }
            (false, b's') => return Err(Error::message("%s requires a precision or a byte count")),
            _ => return Err(bad()),
        };
        rest = tail;
        unit.size = unit.size.saturating_add(item.size);
        if item.size == 1 && item.what != What::Nothing {
            for byte in 0..=255 {
                let mut shown = item.text.clone();
                push_item(&mut shown, &item, &[byte]);
                item.shown.push(shown);
            }
        }
        unit.items.push(item);
    }
    unit.tail = text;
    if unit.items.is_empty() && size > 0 {
        // Text with a size passes over that many bytes.
        unit.size = size;
        unit.items.push(Item::of(core::mem::take(&mut unit.tail), size));
    }
    Ok(())
}
