//! numfmt - convert numbers from and to human-readable forms
//! Spec: GNU. Extras: suffixes R and Q, and k for K. Deviations: numbers are fractions of whole numbers, not floating point, so
//! all their digits are right; no locale groups digits.

use super::cut;
use base::args::Value;
use base::io::chomp;
use base::term::width::display_width;
use base::{Applet, Args, Context, Dashed, Declaration, Error, Exec, Kind, Opt, Result, Status, number};

const FROM: &[&str] = &["none", "auto", "si", "iec", "iec-i"];
const TO: &[&str] = &["none", "si", "iec", "iec-i"];

pub const APPLET: Applet = base::applet!(Declaration {
    name: "numfmt",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Convert numbers from and to human-readable forms",
    operands: "[NUMBER]...",
    notes: "With no NUMBER, standard input is read.\n\
            UNIT is none; si: K is 1000; iec: K is 1024; iec-i: Ki is 1024; auto: K is 1000, Ki is 1024.",
    options: &[
        Opt::flag("", "debug", "warn of what has no effect"),
        Opt::value("d", "delimiter", "X", Kind::Text, "fields end at X, not at blanks"),
        Opt::value("", "field", "LIST", Kind::Text, "convert these fields (default 1)"),
        Opt::value("", "format", "FORMAT", Kind::Text, "print by FORMAT, which has one %f"),
        Opt::value("", "from", "UNIT", Kind::Choice(FROM), "suffixes of the input (default none)"),
        Opt::value("", "from-unit", "N", Kind::Text, "the size of the input's unit"),
        Opt::flag("", "grouping", "group digits as the locale does: not at all"),
        Opt::value("", "header", "N", Kind::OptionalLong, "leave N lines (default 1) as they are"),
        Opt::value(
            "",
            "invalid",
            "MODE",
            Kind::Choice(&["abort", "fail", "warn", "ignore"]),
            "what to do with what is no number",
        ),
        Opt::value("", "padding", "N", Kind::Text, "at least N columns, on the left if negative"),
        Opt::value(
            "",
            "round",
            "METHOD",
            Kind::Choice(&["up", "down", "from-zero", "towards-zero", "nearest"]),
            "how to round (default from-zero)",
        ),
        Opt::value("", "suffix", "TEXT", Kind::Text, "add TEXT to the output, take it off the input"),
        Opt::value("", "to", "UNIT", Kind::Choice(TO), "suffixes of the output (default none)"),
        Opt::value("", "to-unit", "N", Kind::Text, "the size of the output's unit"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
    ],
    dashed: Dashed::Number,
    run,
    ..Declaration::DEFAULT
});

const LETTERS: &[u8] = b"KMGTPEZYRQ";
/// The longest numbers that are read, and that are printed without a suffix.
const MOST_DIGITS: usize = 33;
const MOST_PRINTED: usize = 19;
/// The longest output of `--format` and `--padding`.
const MOST_WIDTH: i64 = 1 << 20;

/// What `--format` says.
#[derive(Default)]
struct Format<'a> {
    before: &'a [u8],
    after: &'a [u8],
    zero: bool,
    width: i64,
    precision: Option<usize>,
}

struct Settings<'a> {
    from: &'static str,
    to: &'static str,
    from_unit: u128,
    to_unit: u128,
    round: &'static str,
    suffix: &'a [u8],
    format: Format<'a>,
    /// Columns, on the left if negative; 0 for those that the input took.
    padding: i64,
    delimiter: Option<u8>,
    fields: Vec<(u64, u64)>,
    end: u8,
    invalid: &'static str,
    utf8: bool,
}

/// A number: a fraction of whole numbers, with as many decimal places as were written.
struct Fraction {
    negative: bool,
    over: u128,
    under: u128,
    places: usize,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let format = match args.text("format") {
        Some(text) => parse_format(text)?,
        None => Format::default(),
    };
    let choice = |id: &str, default| args.choice(id).unwrap_or(default);
    let mut padding = 0;
    if let Some(text) = args.text("padding") {
        padding = number::parse_i64(text)
            .ok()
            .filter(|width| *width != 0 && (-MOST_WIDTH..=MOST_WIDTH).contains(width))
            .unwrap_or(0);
        if padding == 0 {
            return Err(Error::message_about("invalid padding value", text));
        }
    }
    let settings = Settings {
        from: choice("from", "none"),
        to: choice("to", "none"),
        from_unit: unit(args.text("from-unit"))?,
        to_unit: unit(args.text("to-unit"))?,
        round: choice("round", "from-zero"),
        suffix: args.text("suffix").unwrap_or_default(),
        padding: if format.width != 0 && !format.zero { format.width } else { padding },
        format,
        delimiter: match args.text("d") {
            None => None,
            Some([byte]) => Some(*byte),
            Some(_) => return Err(Error::message("the delimiter must be a single character")),
        },
        fields: match args.text("field") {
            None => vec![(1, 1)],
            Some(b"-") => vec![(1, u64::MAX)],
            Some(list) => cut::parse_list(list, true)?,
        },
        end: args.line_end(),
        invalid: choice("invalid", "abort"),
        utf8: cx.is_utf8(),
    };
    let mut header = match args.value("header") {
        None => 0,
        Some(Value::Text(text)) => match number::parse_u64(text) {
            Ok(count @ 1..) => count,
            _ => return Err(Error::message_about("invalid header value", text)),
        },
        Some(_) => 1,
    };
    if args.has("grouping") && (args.has("format") || settings.to != "none") {
        let other = if args.has("format") { "--format" } else { "--to" };
        return Err(Error::message_of("--grouping cannot be combined with %", &[other.as_bytes()]));
    }
    if args.has("debug") {
        let idle =
            ["from", "to", "from-unit", "to-unit", "padding", "format", "grouping"].iter().all(|id| !args.has(id));
        let notes = [
            (idle, "no conversion option specified"),
            (args.has("grouping"), "grouping has no effect in this locale"),
            (header > 0 && !args.operands.is_empty(), "--header ignored with command-line input"),
        ];
        for (_, text) in notes.iter().filter(|(applies, _)| *applies) {
            cx.note(&Error::message(*text));
        }
    }
    let mut out = Vec::new();
    for operand in &args.operands {
        settings.line(cx, operand, &mut out)?;
        out.push(settings.end);
        cx.stdout.put(&out)?;
    }
    if args.operands.is_empty() {
        let mut input = cx.open(b"-")?;
        while let Some(line) = input.line(settings.end)? {
            let text = chomp(line, settings.end);
            if header > 0 {
                header -= 1;
                cx.stdout.put(line)?;
                continue;
            }
            settings.line(cx, text, &mut out)?;
            out.extend_from_slice(line.get(text.len()..).unwrap_or_default());
            cx.stdout.put(&out)?;
        }
    }
    Ok(cx.status())
}

/// `%[0]['][-][N][.][N]f` with text around it.
#[inline(never)]
fn parse_format(text: &[u8]) -> Result<Format<'_>> {
    let wrong = |what: &str| Error::message_of("format '%' %", &[text, what.as_bytes()]);
    let invalid = || {
        let what: &[u8] = b"', directive must be %[0]['][-][N][.][N]f";
        Error::message_of("invalid format '%%", &[text, what])
    };
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        match memchr::memchr(b'%', rest) {
            None => return Err(wrong("has no % directive")),
            Some(at) if rest.get(at + 1) == Some(&b'%') => start += at + 2,
            Some(at) => {
                start += at;
                break;
            }
        }
    }
    let (before, directive) = text.split_at_checked(start).unwrap_or_default();
    let mut rest = directive.get(1..).unwrap_or_default();
    let mut format = Format { before, ..Format::default() };
    while let [flag @ (b'0' | b'\'' | b' '), after @ ..] = rest {
        format.zero |= *flag == b'0';
        rest = after;
    }
    let left = rest.strip_prefix(b"-");
    rest = left.unwrap_or(rest);
    let count = |rest: &mut &[u8]| -> Result<i64> {
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, after) = rest.split_at_checked(length).unwrap_or_default();
        *rest = after;
        if digits.is_empty() {
            return Ok(0);
        }
        number::parse_i64(digits).ok().filter(|count| *count <= MOST_WIDTH).ok_or_else(invalid)
    };
    let width = count(&mut rest)?;
    format.width = if left.is_some() { -width } else { width };
    if let Some(after) = rest.strip_prefix(b".") {
        rest = after;
        format.precision = Some(usize::try_from(count(&mut rest)?).unwrap_or(0));
    }
    format.after = rest.strip_prefix(b"f").ok_or_else(invalid)?;
    let mut signs = format.after.split(|byte| *byte == b'%');
    signs.next();
    // `%%` leaves an empty part between its signs.
    while let Some(part) = signs.next() {
        if !part.is_empty() || signs.next().is_none() {
            return Err(wrong("has too many % directives"));
        }
    }
    Ok(format)
}

/// A unit's size: a number, a suffix (K is 1000, Ki is 1024), or both.
fn unit(text: Option<&[u8]>) -> Result<u128> {
    let Some(text) = text else { return Ok(1) };
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, suffix) = text.split_at_checked(length).unwrap_or_default();
    let count = if digits.is_empty() && !suffix.is_empty() { Some(1) } else { number::parse_u128(digits).ok() };
    let factor = match suffix {
        [] => Some(1),
        [letter] => power(1000, *letter).map(|(factor, _)| factor),
        [letter, b'i'] => power(1024, *letter).map(|(factor, _)| factor),
        _ => None,
    };
    match count.zip(factor).and_then(|(count, factor)| count.checked_mul(factor)) {
        Some(size) if size > 0 => Ok(size),
        _ => Err(Error::message_about("invalid unit size:", text)),
    }
}

/// What a suffix's letter stands for, and its power.
fn power(base: u128, letter: u8) -> Option<(u128, usize)> {
    let letter = if letter == b'k' { b'K' } else { letter };
    let power = memchr::memchr(letter, LETTERS)? + 1;
    Some((base.pow(power as u32), power))
}

impl Settings<'_> {
    /// Converts a line into `out`.
    fn line(&self, cx: &mut Context, line: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.clear();
        let mut rest = line;
        let mut field = 1u64;
        loop {
            let is_end = |byte: &u8| match self.delimiter {
                Some(delimiter) => *byte == delimiter,
                None => byte.is_ascii_whitespace(),
            };
            let blanks = if self.delimiter.is_some() { 0 } else { rest.iter().take_while(|byte| is_end(byte)).count() };
            let length = rest.iter().skip(blanks).position(is_end).map_or(rest.len(), |length| blanks + length);
            let (text, after) = rest.split_at_checked(length).unwrap_or_default();
            if self.fields.iter().any(|(from, to)| (*from..=*to).contains(&field)) {
                self.field(cx, text, field, out)?;
            } else {
                out.extend_from_slice(text);
            }
            match after.split_first() {
                None => return Ok(()),
                // What is blank to the end is no field.
                Some(_) if self.delimiter.is_none() && after.iter().all(is_end) => {
                    out.extend_from_slice(after);
                    return Ok(());
                }
                Some((delimiter, after)) => {
                    out.push(if self.delimiter.is_some() { *delimiter } else { b' ' });
                    rest = after;
                }
            }
            field += 1;
        }
    }

    /// Converts a field, which may begin with blanks.
    #[inline(never)]
    fn field(&self, cx: &mut Context, text: &[u8], field: u64, out: &mut Vec<u8>) -> Result<()> {
        let word = text.trim_ascii_start();
        let converted = self.parse(word).and_then(|number| self.shown(number, word));
        let shown = match converted {
            Ok(shown) => shown,
            Err(message) => {
                let error = Error::message(message).with_status(2);
                match self.invalid {
                    "abort" => return Err(error),
                    "fail" => cx.warn(error),
                    "warn" => cx.note(&error),
                    _ => {}
                }
                out.extend_from_slice(text);
                return Ok(());
            }
        };
        // Where nothing is said, a number takes the columns that it took; the first one, if blanks stood before it.
        let padding = match self.padding {
            0 if self.delimiter.is_none() && (field > 1 || word.len() < text.len()) => {
                i64::try_from(display_width(text, self.utf8)).unwrap_or(0)
            }
            padding => padding,
        };
        let width = display_width(&shown, self.utf8);
        let free = usize::try_from(padding.unsigned_abs()).unwrap_or(0).saturating_sub(width);
        push_literal(out, self.format.before);
        if padding > 0 {
            out.resize(out.len() + free, b' ');
        }
        out.extend_from_slice(&shown);
        if padding < 0 {
            out.resize(out.len() + free, b' ');
        }
        push_literal(out, self.format.after);
        Ok(())
    }

    /// Reads a number with its suffix; a message where it is none.
    #[inline(never)]
    fn parse(&self, text: &[u8]) -> Result<Fraction, Vec<u8>> {
        let wrong = |what: &str| base::error::quoted(what, text);
        let word = match text.strip_suffix(self.suffix) {
            Some(word) if !self.suffix.is_empty() => word,
            _ => text,
        };
        let (negative, mut rest) = word.strip_prefix(b"-").map_or((false, word), |rest| (true, rest));
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let whole = digits(rest);
        let places = rest.get(whole..).and_then(|rest| rest.strip_prefix(b".")).map(digits);
        if places == Some(0) || whole == 0 && places.is_none() {
            return Err(wrong("invalid number:"));
        }
        let places = places.unwrap_or(0);
        let (mut over, mut under) = (0u128, 1u128);
        let (mut significant, mut kept) = (0, 0);
        let length = whole + places + usize::from(places > 0);
        for (index, byte) in rest.iter().take(length).enumerate().filter(|(_, byte)| **byte != b'.') {
            if index > whole {
                // Places beyond what is ever printed are cut off.
                if significant >= MOST_DIGITS || kept >= 24 {
                    break;
                }
                kept += 1;
                under *= 10;
            }
            over = over.saturating_mul(10).saturating_add(u128::from(byte - b'0'));
            significant += usize::from(over > 0);
        }
        if significant > MOST_DIGITS {
            return Err(wrong("value too large to be converted:"));
        }
        rest = rest.get(length..).unwrap_or_default();
        let mut factor = 1;
        let mut has_suffix = false;
        if let Some((letter, after)) = rest.split_first() {
            let with_i = after.first() == Some(&b'i');
            let base = match self.from {
                "iec" | "iec-i" => 1024,
                "auto" if with_i => 1024,
                _ => 1000,
            };
            let Some((size, _)) = power(base, *letter) else { return Err(wrong("invalid suffix in input:")) };
            rest = after;
            match self.from {
                "none" => {
                    let mut message = wrong("rejecting suffix in input:");
                    message.extend_from_slice(b" (consider using --from)");
                    return Err(message);
                }
                "iec-i" if !with_i => {
                    let mut message = wrong("missing 'i' suffix in input:");
                    message.extend_from_slice(b" (e.g Ki/Mi/Gi)");
                    return Err(message);
                }
                "iec-i" | "auto" if with_i => rest = after.get(1..).unwrap_or_default(),
                _ => {}
            }
            factor = size;
            has_suffix = true;
        }
        if !rest.is_empty() {
            return Err(base::bytes::fill("invalid suffix in input '%': '%'", &[text, rest]));
        }
        let over = over.checked_mul(factor).and_then(|over| over.checked_mul(self.from_unit));
        let over = over.ok_or_else(|| wrong("value too large to be converted:"))?;
        let under = under.checked_mul(self.to_unit).ok_or_else(|| wrong("value too large to be converted:"))?;
        Ok(Fraction { negative, over, under, places: if has_suffix { 0 } else { places } })
    }

    /// The number as it is printed, without padding.
    #[inline(never)]
    fn shown(&self, number: Fraction, text: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let Fraction { negative, mut over, mut under, places } = number;
        let mut letter: &[u8] = b"";
        let mut digits;
        let shown_places;
        if self.to == "none" {
            shown_places = self.format.precision.unwrap_or(places);
            digits = self.rounded(negative, over, under, shown_places);
            if digits.len().saturating_sub(shown_places) > MOST_PRINTED {
                return Err(base::bytes::fill("value too large to be printed: '%' (consider using --to)", &[text]));
            }
        } else {
            let base = if self.to == "si" { 1000 } else { 1024 };
            let mut power = 0;
            while over / under >= base && power < LETTERS.len() {
                power += 1;
                match under.checked_mul(base).filter(|under| *under < u128::MAX / 16) {
                    Some(more) => under = more,
                    None => over /= base,
                }
            }
            let small = over / under < 10;
            let rounded_places = match self.format.precision {
                Some(precision) => precision.min(power * 3),
                None => usize::from(small),
            };
            digits = self.rounded(negative, over, under, rounded_places);
            // 999.9 may have become 1000, and 9.99 may have become 10.
            let whole = digits.get(..digits.len().saturating_sub(rounded_places)).unwrap_or_default();
            if number::parse_u128(whole).is_ok_and(|whole| whole >= base) && power < LETTERS.len() {
                power += 1;
                digits.fill(b'0');
                digits.truncate(rounded_places + 1);
                if let Some(first) = digits.first_mut() {
                    *first = b'1';
                }
            }
            shown_places = match self.format.precision {
                Some(precision) => precision,
                None if power > 0 && digits.len().saturating_sub(rounded_places) == 1 => 1,
                None => 0,
            };
            if shown_places < rounded_places {
                // One place is dropped: to the even neighbour, where it is 5.
                let last = digits.pop().unwrap_or(b'0');
                let odd = digits.last().is_some_and(|digit| digit % 2 == 1);
                if last > b'5' || last == b'5' && odd {
                    increment(&mut digits);
                }
            }
            digits.resize(digits.len() + shown_places.saturating_sub(rounded_places), b'0');
            letter = power.checked_sub(1).and_then(|index| LETTERS.get(index..=index)).unwrap_or_default();
        }
        let mut out = Vec::with_capacity(digits.len() + 4);
        if negative {
            out.push(b'-');
        }
        if self.format.zero {
            let width = usize::try_from(self.format.width).unwrap_or(0);
            let length = out.len() + digits.len() + usize::from(shown_places > 0);
            out.resize(out.len() + width.saturating_sub(length), b'0');
        }
        let (whole, part) = digits.split_at_checked(digits.len().saturating_sub(shown_places)).unwrap_or_default();
        out.extend_from_slice(whole);
        if !part.is_empty() {
            out.push(b'.');
            out.extend_from_slice(part);
        }
        out.extend_from_slice(letter);
        if self.to == "iec-i" && !letter.is_empty() {
            out.push(b'i');
        }
        out.extend_from_slice(self.suffix);
        Ok(out)
    }

    /// The digits of a fraction with `places` behind the point (which is not written), at least one before it.
    fn rounded(&self, negative: bool, over: u128, under: u128, places: usize) -> Vec<u8> {
        let mut digits = Vec::new();
        let mut whole = over / under;
        while whole > 0 || digits.is_empty() {
            digits.push(b'0' + (whole % 10) as u8);
            whole /= 10;
        }
        digits.reverse();
        let mut rest = over % under;
        for _ in 0..places {
            // Where there is no room for ten times the rest, its last bits do not count.
            let (ten, one) = match rest.checked_mul(10) {
                Some(ten) => (ten, under),
                None => (rest, under / 10),
            };
            digits.push(b'0' + (ten / one).min(9) as u8);
            rest = ten % one;
        }
        let away = match self.round {
            "up" => rest > 0 && !negative,
            "down" => rest > 0 && negative,
            "from-zero" => rest > 0,
            "towards-zero" => false,
            _ => rest >= under - rest,
        };
        if away {
            increment(&mut digits);
        }
        digits
    }
}

/// Adds one in the last place.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

/// Text of a format, where `%%` is a percent sign.
fn push_literal(out: &mut Vec<u8>, text: &[u8]) {
    let mut previous = 0;
    for byte in text {
        if *byte == b'%' && previous == b'%' {
            previous = 0;
            continue;
        }
        previous = *byte;
        out.push(*byte);
    }
}
