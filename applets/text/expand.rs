//! expand, unexpand - turn tabs into spaces, and spaces into tabs
//! Spec: POSIX.1-2024. Extras: -i, --first-only, tab lists with + and /, -NUM (for unexpand without -a). Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::{Args, Value};
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::number;
use base::term::width;

pub const EXPAND: Applet = base::applet!(Declaration {
    name: "expand",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Turn the tabs of each FILE into spaces",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("i", "initial", "leave tabs after other characters alone"),
        Opt::value("t", "tabs", "LIST", Kind::Text, "tab stops N apart, or at the columns of LIST"),
    ],
    digits: "t",
    run: expand,
    ..Declaration::DEFAULT
});

pub const UNEXPAND: Applet = base::applet!(Declaration {
    name: "unexpand",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Turn the leading spaces of each FILE into tabs",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("a", "all", "turn all spaces before a tab stop, not only leading ones"),
        Opt::flag("f", "first-only", "leading spaces only, even with -t"),
        Opt::value("t", "tabs", "LIST", Kind::Text, "tab stops N apart, or at the columns of LIST; -a"),
        Opt::hidden("", "NUM"),
    ],
    digits: "NUM",
    run: unexpand,
    ..Declaration::DEFAULT
});

/// Where the tab stops are: the columns listed, then every `then` columns (counted from `base`), or none.
struct Stops {
    listed: Vec<u64>,
    then: Option<u64>,
    base: u64,
}

impl Stops {
    fn parse(args: &Args) -> Result<Stops> {
        let mut stops = Stops { listed: Vec::new(), then: None, base: 0 };
        for given in &args.given {
            let Value::Text(list) = given.value else { continue };
            for item in list.split(|byte| matches!(byte, b',' | b' ' | b'\t')).filter(|item| !item.is_empty()) {
                let (kind, digits) = match item {
                    [b'/', rest @ ..] => (b'/', rest),
                    [b'+', rest @ ..] => (b'+', rest),
                    _ => (b' ', item),
                };
                let column = number::parse_u64(digits).map_err(|_| Error::usage_about("invalid tab stop:", item))?;
                if column == 0 && kind == b' ' {
                    return Err(Error::usage("tab size cannot be 0"));
                }
                match kind {
                    b'/' => stops.then = Some(column),
                    b'+' => {
                        stops.then = Some(column);
                        stops.base = stops.listed.last().copied().unwrap_or(0);
                    }
                    _ if stops.listed.last().is_some_and(|last| *last >= column) => {
                        return Err(Error::usage("tab sizes must be ascending"));
                    }
                    _ => stops.listed.push(column),
                }
            }
        }
        if stops.then == Some(0) {
            stops.then = None;
        }
        if let [only] = stops.listed.as_slice()
            && stops.then.is_none()
        {
            stops.then = Some(*only);
            stops.listed.clear();
        } else if stops.listed.is_empty() && stops.then.is_none() {
            stops.then = Some(8);
        }
        Ok(stops)
    }

    /// The first stop behind `column`; None behind the last.
    fn after(&self, column: u64) -> Option<u64> {
        if let Some(stop) = self.listed.iter().find(|stop| **stop > column) {
            return Some(*stop);
        }
        let step = self.then?;
        let past = column.saturating_sub(self.base);
        Some(self.base.saturating_add((past / step).saturating_add(1).saturating_mul(step)))
    }
}

/// The bytes and the columns of the character at the head of `text`.
#[cfg_attr(speed_marks, optimize(speed))]
fn character(text: &[u8], utf8: bool) -> (usize, u64) {
    let Some(first) = text.first() else { return (0, 0) };
    if *first < 0x80 || !utf8 {
        return (1, 1);
    }
    let length = width::next_char(text).1.max(1);
    (length, width::display_width(text.get(..length).unwrap_or_default(), true) as u64)
}

fn expand(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let stops = Stops::parse(args)?;
    let initial = args.has("i");
    let utf8 = cx.is_utf8();
    let mut out = Vec::new();
    cx.each_input(&args.operands, &mut |cx, input| {
        while let Some(line) = input.line(b'\n')? {
            if memchr::memchr(b'\t', line).is_none() {
                cx.stdout.put(line)?;
                continue;
            }
            out.clear();
            let mut column: u64 = 0;
            let mut leading = true;
            let mut rest = line;
            while let Some(byte) = rest.first() {
                let (length, columns) = match byte {
                    b'\t' if leading || !initial => {
                        let stop = stops.after(column).unwrap_or(column.saturating_add(1));
                        // A stop further away than any line is long would fill the memory.
                        let spaces = usize::try_from(stop.saturating_sub(column)).unwrap_or(0).min(1 << 20);
                        out.extend(core::iter::repeat_n(b' ', spaces));
                        column = stop;
                        rest = rest.get(1..).unwrap_or_default();
                        continue;
                    }
                    b'\x08' => {
                        column = column.saturating_sub(1);
                        leading = false;
                        (1, 0)
                    }
                    b' ' => (1, 1),
                    _ => {
                        leading = false;
                        character(rest, utf8)
                    }
                };
                let (piece, after) = rest.split_at(length.min(rest.len()));
                out.extend_from_slice(piece);
                column = column.saturating_add(columns);
                rest = after;
            }
            cx.stdout.put(&out)?;
        }
        Ok(())
    })?;
    Ok(cx.status())
}

fn unexpand(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let stops = Stops::parse(args)?;
    let all = (args.has("a") || args.has("t")) && !args.has("f");
    let utf8 = cx.is_utf8();
    let narrow = stops.after(0) == Some(1);
    let mut out = Vec::new();
    cx.each_input(&args.operands, &mut |cx, input| {
        while let Some(line) = input.line(b'\n')? {
            if !(has_gap(line) || narrow && line.starts_with(b" ")) {
                cx.stdout.put(line)?;
                continue;
            }
            out.clear();
            unexpand_line(&mut out, line, &stops, all, utf8);
            cx.stdout.put(&out)?;
        }
        Ok(())
    })?;
    Ok(cx.status())
}

/// Whether there is anything to convert: a single space between two words never is.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn has_gap(line: &[u8]) -> bool {
    let after = line.get(1..).unwrap_or_default();
    let gap = line
        .iter()
        .zip(after)
        .fold(0, |gap, pair| gap | u8::from(*pair.0 == b' ') & u8::from(*pair.1 == b' ') | u8::from(*pair.0 == b'\t'));
    gap != 0 || line.last() == Some(&b'\t')
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn unexpand_line(out: &mut Vec<u8>, line: &[u8], stops: &Stops, all: bool, utf8: bool) {
    let mut column: u64 = 0;
    // The first stop behind the column.
    let mut stop = stops.after(0);
    // Spaces not yet written.
    let mut blanks = 0usize;
    let mut rest = line;
    while let Some(byte) = rest.first() {
        let mut length = 1;
        match byte {
            b'\t' => {
                blanks = 0;
                out.push(b'\t');
                column = stop.unwrap_or(column.saturating_add(1));
            }
            b' ' => {
                column += 1;
                blanks += 1;
                if Some(column) == stop {
                    // One space is worth a tab only where more blanks follow: it may be the gap between two words.
                    let more = matches!(rest.get(1), Some(b' ' | b'\t')) && stops.after(column).is_some();
                    if blanks > 1 || out.is_empty() || more || out.ends_with(b"\t") {
                        blanks = 0;
                        out.push(b'\t');
                    }
                }
                if stop.is_none_or(|stop| column >= stop) {
                    out.resize(out.len().saturating_add(core::mem::take(&mut blanks)), b' ');
                }
            }
            _ => {
                out.resize(out.len().saturating_add(core::mem::take(&mut blanks)), b' ');
                if !all {
                    out.extend_from_slice(rest);
                    return;
                }
                if *byte == b'\x08' {
                    column = column.saturating_sub(1);
                    stop = stops.after(column);
                } else {
                    let columns;
                    (length, columns) = character(rest, utf8);
                    column = column.saturating_add(columns);
                }
                out.extend_from_slice(rest.get(..length).unwrap_or(rest));
            }
        }
        rest = rest.get(length..).unwrap_or_default();
        if stop.is_some_and(|stop| column >= stop) {
            stop = stops.after(column);
        }
    }
    out.resize(out.len().saturating_add(blanks), b' ');
}
