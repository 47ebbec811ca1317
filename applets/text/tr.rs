//! tr - translate, squeeze or delete bytes
//! Spec: POSIX.1-2024. Extras: -t, GNU's escapes. Deviations: characters are bytes, as in the peers.

use base::applet::{Applet, Declaration, Exec, Opt, Order};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::number;
use base::translate::Translation;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "tr",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Translate, squeeze or delete the bytes of standard input",
    operands: "SET1 [SET2]",
    notes: "A set may hold ranges a-z, classes [:alpha:], equivalents [=c=], in SET2 repetitions [c*n] and [c*],\n\
            and the escapes \\a \\b \\f \\n \\r \\t \\v \\\\ \\NNN.",
    options: &[
        Opt::flag("c", "complement", "take the bytes that are not in SET1"),
        Opt::flag("C", "", "the same as -c"),
        Opt::flag("d", "delete", "delete the bytes in SET1"),
        Opt::flag("s", "squeeze-repeats", "make one of several equal bytes in a row that are in the last set"),
        Opt::flag("t", "truncate-set1", "cut SET1 to the length of SET2"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

/// One part of a set.
enum Part {
    Bytes(Vec<u8>),
    /// A class; its name matters to how SET2 pairs with SET1.
    Class(&'static str),
    /// `[=c=]`, which SET2 of a translation may not have.
    Equal(u8),
    /// A byte as often as needed (None), or so often.
    Repeat(u8, Option<u64>),
}

type Class = (&'static str, fn(u8) -> bool);

const CLASSES: [Class; 12] = [
    ("alnum", |byte| byte.is_ascii_alphanumeric()),
    ("alpha", |byte| byte.is_ascii_alphabetic()),
    ("blank", |byte| matches!(byte, b' ' | b'\t')),
    ("cntrl", |byte| byte.is_ascii_control()),
    ("digit", |byte| byte.is_ascii_digit()),
    ("graph", |byte| byte.is_ascii_graphic()),
    ("lower", |byte| byte.is_ascii_lowercase()),
    ("print", |byte| byte.is_ascii_graphic() || byte == b' '),
    ("punct", |byte| byte.is_ascii_punctuation()),
    ("space", |byte| matches!(byte, b' ' | b'\t'..=b'\r')),
    ("upper", |byte| byte.is_ascii_uppercase()),
    ("xdigit", |byte| byte.is_ascii_hexdigit()),
];

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let delete = args.has("d");
    let squeeze = args.has("s");
    let complement = args.has("c") || args.has("C");
    let (least, most) = match (delete, squeeze) {
        (true, true) => (2, 2),
        (true, false) => (1, 1),
        (false, true) => (1, 2),
        (false, false) => (2, 2),
    };
    let operands = args.between(least, most)?;
    let first = parse(cx, operands.first().copied().unwrap_or_default())?;
    let second = parse(cx, operands.get(1).copied().unwrap_or_default())?;
    if first.iter().any(|part| matches!(part, Part::Repeat(_, None))) {
        return Err(Error::usage("the [c*] repeat construct may not appear in string1"));
    }
    let mut from = expand(&first, 0);
    if complement {
        let has = table(&from);
        from.clear();
        for byte in 0..=255 {
            if !at(&has, byte) {
                from.push(byte);
            }
        }
    }
    let mut machine =
        Machine { map: Translation::new(b"", b""), delete: [false; 256], squeeze: [false; 256], last: None };
    if delete {
        machine.delete = table(&from);
        machine.squeeze = table(&expand(&second, 0));
    } else if operands.len() == 2 {
        let to = translation(&first, &second, &mut from, complement, args.has("t"))?;
        machine.map = Translation::new(&from, &to);
        if squeeze {
            machine.squeeze = table(&to);
        }
    } else {
        machine.squeeze = table(&from);
    }
    machine.run(cx)?;
    Ok(cx.status())
}

fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    for byte in bytes {
        if let Some(slot) = table.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    table
}

/// SET2 as long as SET1: its last byte goes on, unless SET1 is cut. `[:lower:]` and `[:upper:]` must stand where SET1 has one of
/// them, and then mean the case of each letter: both have 26 in the same order.
fn translation(first: &[Part], second: &[Part], from: &mut Vec<u8>, complement: bool, cut: bool) -> Result<Vec<u8>> {
    for part in second {
        match part {
            Part::Equal(_) => {
                return Err(Error::message("[=c=] expressions may not appear in string2 when translating"));
            }
            Part::Class(name) if !matches!(*name, "upper" | "lower") => {
                return Err(Error::usage(
                    "when translating, the only character classes that may appear in string2 are 'upper' and 'lower'",
                ));
            }
            _ => {}
        }
    }
    if !complement {
        let places = cases(first, 0);
        if !cases(second, from.len()).iter().all(|place| places.contains(place)) {
            return Err(Error::message("misaligned [:upper:] and/or [:lower:] construct"));
        }
    }
    let mut to = expand(second, from.len());
    if cut {
        from.truncate(to.len());
    }
    if to.len() < from.len() {
        let Some(last) = to.last().copied() else {
            return Err(Error::usage("when not truncating set1, string2 must be non-empty"));
        };
        if let Some(Part::Class(_)) = second.last() {
            return Err(Error::message(
                "when translating with string1 longer than string2, the latter string must not end with a character class",
            ));
        }
        to.resize(from.len(), last);
    }
    Ok(to)
}

/// Where among the bytes of a set, which `[c*]` fills up to `length`, a class of one case begins.
fn cases(parts: &[Part], length: usize) -> Vec<usize> {
    let fill = length.saturating_sub(fixed(parts));
    let mut at = 0usize;
    let mut places = Vec::new();
    for part in parts {
        if let Part::Class("upper" | "lower") = part {
            places.push(at);
        }
        at = at.saturating_add(part.length().unwrap_or(fill));
    }
    places
}

impl Part {
    /// How many bytes it is; None for as many as needed.
    fn length(&self) -> Option<usize> {
        match self {
            Part::Bytes(bytes) => Some(bytes.len()),
            Part::Class(name) => Some(members(name).len()),
            Part::Equal(_) => Some(1),
            // More than SET1 can hold says nothing more.
            Part::Repeat(_, times) => times.map(|times| usize::try_from(times).unwrap_or(usize::MAX).min(65_536)),
        }
    }
}

/// How many bytes a set has without its `[c*]`.
fn fixed(parts: &[Part]) -> usize {
    parts.iter().filter_map(Part::length).fold(0, usize::saturating_add)
}

/// The bytes of a set; `[c*]` fills it up to `length`.
fn expand(parts: &[Part], length: usize) -> Vec<u8> {
    let fill = length.saturating_sub(fixed(parts));
    let mut bytes = Vec::new();
    for part in parts {
        match part {
            Part::Bytes(more) => bytes.extend_from_slice(more),
            Part::Class(name) => bytes.append(&mut members(name)),
            Part::Equal(byte) => bytes.push(*byte),
            Part::Repeat(byte, _) => bytes.extend(core::iter::repeat_n(*byte, part.length().unwrap_or(fill))),
        }
    }
    bytes
}

fn members(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some((_, test)) = CLASSES.iter().find(|(known, _)| *known == name) {
        for byte in 0..=255 {
            if test(byte) {
                bytes.push(byte);
            }
        }
    }
    bytes
}

fn parse(cx: &mut Context, text: &[u8]) -> Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((part, after)) = bracket(cx, rest)? {
            parts.push(part);
            rest = after;
            continue;
        }
        let (from, after) = character(cx, rest);
        rest = after;
        let mut bytes = vec![from];
        if let [b'-', after @ ..] = rest
            && !after.is_empty()
        {
            let (to, after) = character(cx, after);
            if to < from {
                return Err(Error::usage_of(
                    "range-endpoints of '%' are in reverse collating sequence order",
                    &[&[from, b'-', to]],
                ));
            }
            for before in from..to {
                bytes.push(before + 1);
            }
            rest = after;
        }
        match parts.last_mut() {
            Some(Part::Bytes(last)) => last.append(&mut bytes),
            _ => parts.push(Part::Bytes(bytes)),
        }
    }
    Ok(parts)
}

/// One byte, which may be written with a backslash.
fn character<'t>(cx: &mut Context, text: &'t [u8]) -> (u8, &'t [u8]) {
    let Some((byte, rest)) = text.split_first() else { return (0, text) };
    if *byte != b'\\' {
        return (*byte, rest);
    }
    let Some((escaped, after)) = rest.split_first() else {
        cx.note(&Error::message("warning: an unescaped backslash at end of string is not portable"));
        return (b'\\', rest);
    };
    let byte = match escaped {
        b'0'..=b'7' => {
            let mut value = 0u32;
            let mut used = 0;
            for digit in rest.iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)) {
                let next = value * 8 + u32::from(digit - b'0');
                if next > 255 {
                    break;
                }
                value = next;
                used += 1;
            }
            return (u8::try_from(value).unwrap_or(0), rest.get(used..).unwrap_or_default());
        }
        other => base::echo::letter(*other).unwrap_or(*other),
    };
    (byte, after)
}

/// `[:class:]`, `[=c=]`, `[c*]` or `[c*n]` at the head of `text`.
fn bracket<'t>(cx: &mut Context, text: &'t [u8]) -> Result<Option<(Part, &'t [u8])>> {
    let Some(inside) = text.strip_prefix(b"[") else { return Ok(None) };
    if let Some(found) = repeat(cx, inside) {
        return Ok(Some(found));
    }
    let Some((mark @ (b':' | b'='), name)) = inside.split_first() else { return Ok(None) };
    let Some(at) = base::bytes::find(name, &[*mark, b']']) else { return Ok(None) };
    let (name, after) = name.split_at(at);
    let after = after.get(2..).unwrap_or_default();
    if *mark == b':' {
        let class = CLASSES.iter().find(|(known, _)| known.as_bytes() == name);
        let Some((class, _)) = class else {
            return Err(Error::usage_of("invalid character class '%'", &[name]));
        };
        return Ok(Some((Part::Class(class), after)));
    }
    if name.is_empty() {
        return Err(Error::message("missing equivalence class character '[==]'"));
    }
    match character(cx, name) {
        (byte, []) => Ok(Some((Part::Equal(byte), after))),
        _ => Err(Error::message_of("%: equivalence class operand must be a single character", &[name])),
    }
}

/// What stands behind the bracket of `[c*]` and `[c*n]`.
fn repeat<'t>(cx: &mut Context, inside: &'t [u8]) -> Option<(Part, &'t [u8])> {
    if matches!(inside, b"" | b"\\") {
        return None;
    }
    let (byte, after) = character(cx, inside);
    let after = after.strip_prefix(b"*")?;
    let (count, rest) = after.split_at(memchr::memchr(b']', after)?);
    if !count.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let radix = if count.starts_with(b"0") { 8 } else { 10 };
    let times = number::parse_radix(count, radix).ok().filter(|times| *times > 0);
    Some((Part::Repeat(byte, times), rest.get(1..).unwrap_or_default()))
}

struct Machine {
    map: Translation,
    delete: [bool; 256],
    squeeze: [bool; 256],
    last: Option<u8>,
}

impl Machine {
    fn run(&mut self, cx: &mut Context) -> Result<()> {
        let deletes = self.delete.contains(&true);
        let squeezes = self.squeeze.contains(&true);
        let mut out = Vec::new();
        loop {
            let chunk = cx.stdin.chunk()?;
            if chunk.is_empty() {
                return Ok(());
            }
            out.clear();
            match (deletes, squeezes) {
                (false, false) => {
                    out.extend_from_slice(chunk);
                    self.map.apply(&mut out);
                }
                (true, false) => self.push_kept(&mut out, chunk),
                _ => self.push_squeezed(&mut out, chunk),
            }
            let length = chunk.len();
            cx.stdout.put(&out)?;
            cx.stdin.consume(length);
        }
    }

    /// Copies without a branch on what is deleted: each byte is stored, and the place moves on only past those kept.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn push_kept(&self, out: &mut Vec<u8>, chunk: &[u8]) {
        *out = vec![0; chunk.len()];
        let mut place = 0usize;
        for byte in chunk {
            if let Some(slot) = out.get_mut(place) {
                *slot = *byte;
            }
            place = place.wrapping_add(usize::from(!at(&self.delete, *byte)));
        }
        out.truncate(place);
    }

    /// As [`push_kept`](Machine::push_kept).
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn push_squeezed(&mut self, out: &mut Vec<u8>, chunk: &[u8]) {
        *out = vec![0; chunk.len()];
        let mut place = 0usize;
        // 256 is no byte.
        let mut last = self.last.map_or(256, u16::from);
        for byte in chunk {
            let mapped = self.map.get(*byte);
            let again = last == u16::from(mapped) && at(&self.squeeze, mapped);
            let deleted = at(&self.delete, *byte);
            let keep = !(deleted | again);
            if let Some(slot) = out.get_mut(place) {
                *slot = mapped;
            }
            place = place.wrapping_add(usize::from(keep));
            // What is squeezed is what was last anyway.
            last = if deleted { last } else { u16::from(mapped) };
        }
        out.truncate(place);
        self.last = u8::try_from(last).ok();
    }
}

/// The entry of `byte`: a table of 256 has one for each.
#[inline(always)]
fn at<T: Copy + Default>(table: &[T; 256], byte: u8) -> T {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}
