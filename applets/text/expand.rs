//! expand, unexpand - turn tabs into spaces, and spaces into tabs
//! Spec: POSIX.1-2024. Extras: -i, --first-only, tab lists with + and /. Deviations: none known.

use base::applet::{Applet, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::number;
use base::term::width;

pub static EXPAND: Applet = Applet {
    name: "expand",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Turn the tabs of each FILE into spaces",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: base::options![
        Opt::flag("i", "initial", "leave tabs after other characters alone"),
        Opt::value("t", "tabs", "LIST", Kind::Text, "tab stops N apart, or at the columns of LIST"),
    ],
    digits: Some("t"),
    run: expand,
    ..Applet::DEFAULT
};

pub static UNEXPAND: Applet = Applet {
    name: "unexpand",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Turn the leading spaces of each FILE into tabs",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: base::options![
        Opt::flag("a", "all", "turn all spaces before a tab stop, not only leading ones"),
        Opt::flag("f", "first-only", "leading spaces only, even with -t"),
        Opt::value("t", "tabs", "LIST", Kind::Text, "tab stops N apart, or at the columns of LIST; -a"),
    ],
    digits: Some("t"),
    run: unexpand,
    ..Applet::DEFAULT
};

/// Where the tab stops are: the columns listed, then every `then` columns (counted from `base`), or none.
struct Stops {
    listed: Vec<u64>,
    then: Option<u64>,
    base: u64,
}

impl Stops {
    fn parse(args: &Args) -> Result<Stops> {
        let mut stops = Stops { listed: Vec::new(), then: None, base: 0 };
        for list in args.texts("t") {
            for item in list.split(|byte| matches!(byte, b',' | b' ' | b'\t')).filter(|item| !item.is_empty()) {
                let (kind, digits) = match item {
                    [b'/', rest @ ..] => (b'/', rest),
                    [b'+', rest @ ..] => (b'+', rest),
                    _ => (b' ', item),
                };
                let column = number::parse_u64(digits)
                    .map_err(|_| Error::usage([b"invalid tab stop: '", item, b"'"].concat()))?;
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
    let mut out = Vec::new();
    cx.each_input(&args.operands, &mut |cx, input| {
        while let Some(line) = input.line(b'\n')? {
            out.clear();
            unexpand_line(&mut out, line, &stops, all, utf8);
            cx.stdout.put(&out)?;
        }
        Ok(())
    })?;
    Ok(cx.status())
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn unexpand_line(out: &mut Vec<u8>, line: &[u8], stops: &Stops, all: bool, utf8: bool) {
    let mut column: u64 = 0;
    // Blanks not yet written: how many columns they span up to `column`, and the text they were.
    let mut blanks: Vec<u8> = Vec::new();
    let mut rest = line;
    let mut converting = true;
    while let Some(byte) = rest.first() {
        if !converting {
            out.extend_from_slice(rest);
            return;
        }
        match byte {
            b' ' | b'\t' => {
                let stop = stops.after(column);
                if *byte == b'\t' {
                    blanks.clear();
                    out.push(b'\t');
                    column = stop.unwrap_or(column.saturating_add(1));
                } else {
                    column = column.saturating_add(1);
                    blanks.push(b' ');
                    if Some(column) == stop {
                        // One space is worth a tab only where more blanks follow: it may be the gap between two words.
                        let next = rest.get(1);
                        let alone = blanks.len() == 1 && !matches!(next, Some(b' ' | b'\t')) && !out.ends_with(b"\t");
                        let leading = out.iter().all(|byte| *byte == b'\t');
                        if !alone || leading && blanks.len() > 1 {
                            blanks.clear();
                            out.push(b'\t');
                        } else {
                            out.append(&mut blanks);
                        }
                    } else if stop.is_none() {
                        out.append(&mut blanks);
                    }
                }
                rest = rest.get(1..).unwrap_or_default();
            }
            b'\x08' => {
                out.append(&mut blanks);
                out.push(*byte);
                column = column.saturating_sub(1);
                converting = all;
                rest = rest.get(1..).unwrap_or_default();
            }
            _ => {
                out.append(&mut blanks);
                let (length, columns) = character(rest, utf8);
                let (piece, after) = rest.split_at(length.min(rest.len()));
                out.extend_from_slice(piece);
                column = column.saturating_add(columns);
                converting = all;
                rest = after;
            }
        }
    }
    out.append(&mut blanks);
}
