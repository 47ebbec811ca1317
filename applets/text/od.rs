//! od - dump files in octal and other forms
//! Spec: POSIX.1-2024. Extras: GNU's -w, -S, --endian, z suffix; old options -B -H -I -L -X -D -O -F -e -f -h -i -l.
//! Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::{Args, Value};
use base::bytes::split;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::number;
use base::size;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "od",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Dump FILEs in octal or another form",
    operands: "[FILE]... [[+]OFFSET[.][b]]",
    notes: "TYPE is a, c, d[SIZE], f[SIZE], o[SIZE], u[SIZE] or x[SIZE]; SIZE is 1, 2, 4, 8, C, S, I, L, F, D;\n\
            a z behind it shows the printable characters at the end of the line. -a is -t a, -b -t o1,\n\
            -c -t c, -d -t u2, -f -t fF, -i -t dI, -l -t dL, -o -t o2, -s -t d2, -x -t x2.",
    options: &[
        Opt::value(
            "A",
            "address-radix",
            "RADIX",
            Kind::Choice(&["d", "o", "x", "n"]),
            "offsets in d, o, x; n for none",
        ),
        Opt::value("j", "skip-bytes", "NUM", Kind::Text, "skip NUM bytes first"),
        Opt::value("N", "read-bytes", "NUM", Kind::Text, "dump at most NUM bytes"),
        Opt::value("S", "strings", "NUM", Kind::Text, "show strings of at least NUM characters"),
        Opt::value("t", "format", "TYPE", Kind::Text, "dump as TYPE says"),
        Opt::flag("v", "output-duplicates", "show lines that repeat too"),
        Opt::value("w", "width", "NUM", Kind::Optional, "NUM bytes a line (default 16; 32 with no NUM)"),
        Opt::value("", "endian", "ORDER", Kind::Choice(&["little", "big"]), "take bytes in this order"),
        Opt::flag("", "traditional", "accept an offset operand in any case"),
        Opt::hidden("a", ""),
        Opt::hidden("b", ""),
        Opt::hidden("c", ""),
        Opt::hidden("d", ""),
        Opt::hidden("D", ""),
        Opt::hidden("e", ""),
        Opt::hidden("f", ""),
        Opt::hidden("F", ""),
        Opt::hidden("h", ""),
        Opt::hidden("H", ""),
        Opt::hidden("i", ""),
        Opt::hidden("I", ""),
        Opt::hidden("l", ""),
        Opt::hidden("L", ""),
        Opt::hidden("o", ""),
        Opt::hidden("O", ""),
        Opt::hidden("B", ""),
        Opt::hidden("s", ""),
        Opt::hidden("x", ""),
        Opt::hidden("X", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

/// How the bytes of one line are shown.
#[derive(Clone, Copy)]
struct Format {
    kind: u8,
    size: usize,
    text: bool,
}

impl Format {
    /// The columns of one item, without the space before it.
    fn width(self) -> usize {
        // For sizes of 1, 2, 4 and 8.
        let widths: [u8; 4] = match self.kind {
            b'o' => [3, 6, 11, 22],
            b'x' => [2, 4, 8, 16],
            b'u' => [3, 5, 10, 20],
            b'd' => [4, 6, 11, 20],
            b'f' | b'E' => [15, 15, 15, 24],
            _ => [3; 4],
        };
        widths.get(self.size.trailing_zeros() as usize).copied().map_or(3, usize::from)
    }
}

struct Dump {
    formats: Vec<Format>,
    /// The width of a group of `unit` bytes, the same in every format, so that columns stand under each other.
    unit: usize,
    unit_width: usize,
    per_line: usize,
    radix: u64,
    address: bool,
    big: bool,
    duplicates: bool,
}

/// The options of before POSIX, each with the type that it stands for.
const TRADITIONAL: &[u8] = b"aa bo1 cc du2 Du4 eE8 FE8 fE4 hx2 xx2 Hx4 Xx4 id4 Id8 ld8 Ld8 Oo4 oo2 Bo2 sd2";

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut formats = Vec::new();
    for given in &args.given {
        match given.value {
            Value::Text(text) if given.id == "t" => parse_formats(text, &mut formats)?,
            _ => {
                for word in split(TRADITIONAL, b' ') {
                    if let Some(text) = word.strip_prefix(given.id.as_bytes()) {
                        parse_formats(text, &mut formats)?;
                    }
                }
            }
        }
    }
    if formats.is_empty() {
        formats.push(Format { kind: b'o', size: 2, text: false });
    }
    let mut operands = args.operands.clone();
    let mut skip = number_of(args.text("j"))?.unwrap_or(0);
    // An offset operand counts only where no option of the newer syntax was given, or after `+`.
    let newer = ["A", "j", "N", "t", "v"].iter().any(|id| args.has(id)) && !args.has("traditional");
    if let Some(last) = operands.last().copied()
        && (operands.len() <= 2)
        && (last.starts_with(b"+") || operands.len() == 2 && !newer)
        && let Some(offset) = old_offset(last)
    {
        skip = offset;
        operands.pop();
    }
    let unit = formats.iter().map(|format| format.size).max().unwrap_or(2);
    let unit_width = formats
        .iter()
        .map(|format| (unit / format.size.max(1)).saturating_mul(format.width().saturating_add(1)))
        .max()
        .unwrap_or(0);
    let mut per_line = match args.value("w") {
        None => 16,
        Some(Value::Text(text)) => usize::try_from(number_of(Some(text))?.unwrap_or(16)).unwrap_or(0),
        Some(_) => 32,
    };
    if per_line == 0 || per_line % unit != 0 || per_line > 1 << 20 {
        let mut text = b"warning: invalid width ".to_vec();
        number::push_u64(&mut text, per_line as u64);
        cx.note(&Error::message(text));
        per_line = unit;
    }
    let dump = Dump {
        formats,
        unit,
        unit_width,
        per_line,
        radix: match args.choice("A") {
            Some("d") => 10,
            Some("x") => 16,
            _ => 8,
        },
        address: args.choice("A") != Some("n"),
        big: args.choice("endian").map_or(cfg!(target_endian = "big"), |order| order == "big"),
        duplicates: args.has("v"),
    };
    let limit = number_of(args.text("N"))?;
    if let Some(least) = number_of(args.text("S"))? {
        dump.strings(cx, &operands, skip, limit, usize::try_from(least).unwrap_or(usize::MAX))?;
    } else {
        dump.run(cx, &operands, skip, limit)?;
    }
    Ok(cx.status())
}

/// A number of bytes: decimal, 0x or 0 in front, and a multiplier behind.
fn number_of(text: Option<&[u8]>) -> Result<Option<u64>> {
    let Some(text) = text else { return Ok(None) };
    let bad = || Error::usage_of("invalid number of bytes: '%'", &[text]);
    let radix = match text {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', _, ..] => 8,
        _ => 10,
    };
    if radix == 10 {
        return size::parse(text).map(Some).map_err(|_| bad());
    }
    let digits = if radix == 16 { text.get(2..).unwrap_or_default() } else { text };
    let (number, used) = number::digits(digits, radix);
    let suffix = digits.get(used..).unwrap_or_default();
    let factor = if suffix.is_empty() { Some(1) } else { size::suffix_factor(suffix) };
    number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor)).map(Some).ok_or_else(bad)
}

/// `[+]OFFSET[.][b]`, octal but for the dot or 0x.
fn old_offset(text: &[u8]) -> Option<u64> {
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let (text, factor) = match text.strip_suffix(b"b") {
        Some(rest) if !text.starts_with(b"0x") => (rest, 512),
        _ => (text, 1),
    };
    let (digits, radix) = match (text.strip_suffix(b"."), text.strip_prefix(b"0x")) {
        (Some(digits), _) => (digits, 10),
        (None, Some(digits)) => (digits, 16),
        (None, None) => (text, 8),
    };
    number::parse_radix(digits, radix).ok()?.checked_mul(factor)
}

fn parse_formats(text: &[u8], formats: &mut Vec<Format>) -> Result<()> {
    let bad = || Error::usage_of("invalid type string '%'", &[text]);
    let mut rest = text;
    if rest.is_empty() {
        return Err(bad());
    }
    while let Some((kind, after)) = rest.split_first() {
        rest = after;
        let mut size = match kind {
            b'a' | b'c' => 1,
            b'd' | b'o' | b'u' | b'x' => 4,
            b'f' | b'E' => 8,
            _ => return Err(bad()),
        };
        if !matches!(kind, b'a' | b'c') {
            match rest.split_first() {
                Some((letter @ (b'C' | b'S' | b'I' | b'L'), after)) if !matches!(kind, b'f' | b'E') => {
                    size = match letter {
                        b'C' => 1,
                        b'S' => 2,
                        b'I' => 4,
                        _ => 8,
                    };
                    rest = after;
                }
                Some((letter @ (b'F' | b'D' | b'L'), after)) if *kind == b'f' => {
                    size = if *letter == b'F' { 4 } else { 8 };
                    rest = after;
                }
                Some((digit, _)) if digit.is_ascii_digit() => {
                    let (number, used) = number::digits(rest, 10);
                    size = number.and_then(|number| usize::try_from(number).ok()).ok_or_else(bad)?;
                    rest = rest.get(used..).unwrap_or_default();
                }
                _ => {}
            }
        }
        let fits = if matches!(kind, b'f' | b'E') { matches!(size, 4 | 8) } else { matches!(size, 1 | 2 | 4 | 8) };
        if !fits {
            return Err(bad());
        }
        let text = rest.first() == Some(&b'z');
        if text {
            rest = rest.get(1..).unwrap_or_default();
        }
        formats.push(Format { kind: *kind, size, text });
    }
    Ok(())
}

impl Dump {
    fn push_address(&self, line: &mut Vec<u8>, offset: u64) {
        if self.address {
            let width = if self.radix == 16 { 6 } else { 7 };
            number::push_radix(line, offset, self.radix, width, b'0');
        }
    }

    fn run(&self, cx: &mut Context, operands: &[&[u8]], skip: u64, limit: Option<u64>) -> Result<()> {
        let mut offset = skip;
        let mut to_skip = skip;
        let mut left = limit.unwrap_or(u64::MAX);
        let mut block: Vec<u8> = Vec::with_capacity(self.per_line);
        let mut previous: Vec<u8> = Vec::new();
        let mut starred = false;
        let mut opened = false;
        cx.each_input(operands, &mut |cx, input| {
            opened = true;
            loop {
                if left == 0 {
                    return Ok(());
                }
                let chunk = input.chunk()?;
                if chunk.is_empty() {
                    return Ok(());
                }
                if to_skip > 0 {
                    let count = chunk.len().min(usize::try_from(to_skip).unwrap_or(usize::MAX));
                    to_skip = to_skip.saturating_sub(count as u64);
                    input.consume(count);
                    continue;
                }
                let room = self.per_line.saturating_sub(block.len());
                let count = chunk.len().min(room).min(usize::try_from(left).unwrap_or(usize::MAX));
                block.extend_from_slice(chunk.get(..count).unwrap_or(chunk));
                left = left.saturating_sub(count as u64);
                input.consume(count);
                if block.len() == self.per_line {
                    if !self.duplicates && block == previous {
                        if !starred {
                            starred = true;
                            cx.stdout.put(b"*\n")?;
                        }
                    } else {
                        starred = false;
                        self.line(cx, offset, &block)?;
                        core::mem::swap(&mut previous, &mut block);
                    }
                    offset = offset.saturating_add(self.per_line as u64);
                    block.clear();
                }
            }
        })?;
        if to_skip > 0 && opened {
            return Err(Error::message("cannot skip past end of combined input"));
        }
        if !block.is_empty() {
            self.line(cx, offset, &block)?;
            offset = offset.saturating_add(block.len() as u64);
        }
        if self.address && opened {
            let mut line = Vec::new();
            self.push_address(&mut line, offset);
            line.push(b'\n');
            cx.stdout.put(&line)?;
        }
        Ok(())
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn line(&self, cx: &mut Context, offset: u64, block: &[u8]) -> Result<()> {
        let mut line = Vec::with_capacity(128);
        let mut shown = Vec::with_capacity(24);
        for (index, format) in self.formats.iter().enumerate() {
            let start = line.len();
            self.push_address(&mut line, offset);
            if index > 0
                && let Some(address) = line.get_mut(start..)
            {
                address.fill(b' ');
            }
            let start = line.len();
            let per_unit = (self.unit / format.size.max(1)).max(1);
            // What a wider format leaves free goes before the items of a unit, spread evenly.
            let own = format.width().saturating_add(1);
            let free = self.unit_width.saturating_sub(per_unit.saturating_mul(own));
            for unit in block.chunks(self.unit.max(1)) {
                let mut items_left = per_unit;
                for item in unit.chunks(format.size.max(1)) {
                    let mut column = own;
                    if free > 0 {
                        let before = free.saturating_mul(items_left) / per_unit;
                        items_left = items_left.saturating_sub(1);
                        column = own.saturating_add(before).saturating_sub(free.saturating_mul(items_left) / per_unit);
                    }
                    shown.clear();
                    self.push_item(&mut shown, *format, item);
                    line.resize(line.len().saturating_add(column.saturating_sub(shown.len())), b' ');
                    line.extend_from_slice(&shown);
                }
            }
            if format.text {
                let whole = (self.per_line / self.unit.max(1)).saturating_mul(self.unit_width).saturating_add(start);
                line.resize(whole.max(line.len()), b' ');
                line.extend_from_slice(b"  >");
                line.extend(block.iter().map(|byte| if (0x20..0x7f).contains(byte) { *byte } else { b'.' }));
                line.push(b'<');
            }
            line.push(b'\n');
        }
        cx.stdout.put(&line)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn push_item(&self, shown: &mut Vec<u8>, format: Format, item: &[u8]) {
        let byte = item.first().copied().unwrap_or(0);
        match format.kind {
            b'a' => return push_named(shown, byte),
            b'c' => return push_character(shown, byte),
            _ => {}
        }
        // The last item of the input is filled up with zeros.
        let mut bytes = [0u8; 8];
        for (slot, byte) in bytes.iter_mut().zip(item) {
            *slot = *byte;
        }
        if self.big
            && let Some(part) = bytes.get_mut(..format.size)
        {
            part.reverse();
        }
        let value = u64::from_le_bytes(bytes);
        match format.kind {
            b'o' | b'x' => {
                let radix = if format.kind == b'o' { 8 } else { 16 };
                number::push_radix(shown, value, radix, format.width(), b'0');
            }
            b'u' => number::push_u64(shown, value),
            b'd' => {
                let shift = 64u32.saturating_sub(u32::try_from(format.size.saturating_mul(8)).unwrap_or(64));
                number::push_i64(shown, (value << shift).cast_signed() >> shift);
            }
            // The old -f and -e show every number with an exponent, as BusyBox and the first od do.
            b'E' => {
                let (value, places) = if format.size == 4 {
                    (f64::from(f32::from_bits(value as u32)), 7)
                } else {
                    (f64::from_bits(value), 14)
                };
                if value.is_sign_negative() {
                    shown.push(b'-');
                }
                shown.extend_from_slice(&base::float::format(value.abs(), b'e', Some(places), false));
            }
            _ if format.size == 4 => {
                let value = f32::from_bits(value as u32);
                // Numbers near zero have fewer digits to tell.
                let least = if value.is_normal() { 6 } else { 1 };
                push_float(shown, f64::from(value), least..=9, &|read| read as f32 == value);
            }
            _ => {
                let value = f64::from_bits(value);
                push_float(shown, value, if value.is_normal() { 15 } else { 1 }..=17, &|read| read == value);
            }
        }
    }

    fn strings(&self, cx: &mut Context, operands: &[&[u8]], skip: u64, limit: Option<u64>, least: usize) -> Result<()> {
        let mut run = Vec::new();
        let mut offset: u64 = 0;
        let stop = limit.map_or(u64::MAX, |limit| skip.saturating_add(limit));
        cx.each_input(operands, &mut |cx, input| {
            loop {
                let chunk = input.chunk()?;
                if chunk.is_empty() {
                    return Ok(());
                }
                for byte in chunk {
                    let here = offset;
                    offset = offset.saturating_add(1);
                    if here < skip || here >= stop {
                        continue;
                    }
                    if (0x20..0x7f).contains(byte) || (7..=13).contains(byte) {
                        run.push(*byte);
                        continue;
                    }
                    // Only what a NUL ends is a string here.
                    if *byte == 0 && run.len() >= least {
                        let mut line = Vec::new();
                        self.push_address(&mut line, here.saturating_sub(run.len() as u64));
                        if self.address {
                            line.push(b' ');
                        }
                        for byte in &run {
                            match escape(*byte) {
                                Some(letter) => line.extend_from_slice(&[b'\\', letter]),
                                None => line.push(*byte),
                            }
                        }
                        line.push(b'\n');
                        cx.stdout.put(&line)?;
                    }
                    run.clear();
                }
                let length = chunk.len();
                input.consume(length);
            }
        })
    }
}

fn escape(byte: u8) -> Option<u8> {
    Some(match byte {
        7 => b'a',
        8 => b'b',
        9 => b't',
        10 => b'n',
        11 => b'v',
        12 => b'f',
        13 => b'r',
        _ => return None,
    })
}

fn push_character(shown: &mut Vec<u8>, byte: u8) {
    match byte {
        0 => shown.extend_from_slice(b"\\0"),
        0x20..0x7f => shown.push(byte),
        _ => match escape(byte) {
            Some(letter) => shown.extend_from_slice(&[b'\\', letter]),
            None => number::push_radix(shown, u64::from(byte), 8, 3, b'0'),
        },
    }
}

fn push_named(shown: &mut Vec<u8>, byte: u8) {
    const NAMES: [&str; 33] = [
        "nul", "soh", "stx", "etx", "eot", "enq", "ack", "bel", "bs", "ht", "nl", "vt", "ff", "cr", "so", "si", "dle",
        "dc1", "dc2", "dc3", "dc4", "nak", "syn", "etb", "can", "em", "sub", "esc", "fs", "gs", "rs", "us", "sp",
    ];
    let byte = byte & 0x7f;
    match NAMES.get(usize::from(byte)) {
        Some(name) => shown.extend_from_slice(name.as_bytes()),
        None if byte == 0x7f => shown.extend_from_slice(b"del"),
        None => shown.push(byte),
    }
}

/// The shortest of `%.Ng` for these N that `same` finds to be read back as the number.
fn push_float(shown: &mut Vec<u8>, value: f64, digits: core::ops::RangeInclusive<usize>, same: &dyn Fn(f64) -> bool) {
    let last = *digits.end();
    for count in digits {
        let text = base::float::format(value, b'g', Some(count), false);
        if count == last || !value.is_finite() || same(base::float::parse(&text).0.copysign(value)) {
            if value.is_sign_negative() {
                shown.push(b'-');
            }
            return shown.extend_from_slice(&text);
        }
    }
}
