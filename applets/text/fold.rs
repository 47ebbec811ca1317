//! fold - break long lines
//! Spec: POSIX.1-2024. Extras: -c. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::term::width;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "fold",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Break the lines of each FILE at a width",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("b", "bytes", "count bytes, not columns"),
        Opt::flag("c", "characters", "count characters, not columns"),
        Opt::flag("s", "spaces", "break after a blank where there is one"),
        Opt::value("w", "width", "NUM", Kind::Count, "break at NUM columns (default 80)"),
    ],
    digits: "w",
    run,
    ..Declaration::DEFAULT
});

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Characters,
    Columns,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let limit = match args.count("w").unwrap_or(80) {
        0 => return Err(Error::usage("invalid number of columns: '0'")),
        limit => limit,
    };
    let unit = match args.last_of(&["b", "c"]) {
        Some("b") => Unit::Bytes,
        Some(_) => Unit::Characters,
        None => Unit::Columns,
    };
    let utf8 = cx.is_utf8();
    let spaces = args.has("s");
    let mut out = Vec::new();
    cx.each_input(&args.operands, &mut |cx, input| {
        while let Some(line) = input.line(b'\n')? {
            out.clear();
            fold_line(&mut out, line, limit, unit, spaces, utf8);
            cx.stdout.put(&out)?;
        }
        Ok(())
    })?;
    Ok(cx.status())
}

/// The column after the character at the head of `rest`, and its length in bytes.
fn advance(column: u64, rest: &[u8], unit: Unit, utf8: bool) -> (u64, usize) {
    let Some(byte) = rest.first() else { return (column, 0) };
    if unit == Unit::Bytes {
        return (column + 1, 1);
    }
    let length = if *byte < 0x80 || !utf8 { 1 } else { width::next_char(rest).1.max(1) };
    if unit == Unit::Characters {
        return (column + 1, length);
    }
    let column = match byte {
        b'\x08' => column.saturating_sub(1),
        b'\r' => 0,
        b'\t' => (column | 7).saturating_add(1),
        0x80.. if utf8 => {
            column.saturating_add(width::display_width(rest.get(..length).unwrap_or_default(), true) as u64)
        }
        _ => column + 1,
    };
    (column, length)
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn fold_line(out: &mut Vec<u8>, line: &[u8], limit: u64, unit: Unit, spaces: bool, utf8: bool) {
    // The line being filled is `line[start..at]`, `column` wide; `blank` is the end of its last blank.
    let (mut start, mut at, mut column) = (0usize, 0usize, 0u64);
    let mut blank: Option<usize> = None;
    let window = usize::try_from(limit).unwrap_or(usize::MAX);
    while let Some(rest) = line.get(at..).filter(|rest| !rest.is_empty() && *rest != b"\n") {
        // Where each byte is a column, a line is measured by its length.
        if at == start
            && let Some(text) = rest.get(..window)
            && text.iter().fold(true, |plain, byte| plain & (byte.wrapping_sub(b' ') < 95))
        {
            column = limit;
            at = at.saturating_add(window);
            blank = if spaces { memchr::memrchr(b' ', text).map(|last| start + last + 1) } else { None };
            continue;
        }
        let (next, length) = advance(column, rest, unit, utf8);
        if next > limit && at > start {
            let cut = match blank {
                Some(blank) if spaces => blank,
                _ => at,
            };
            out.extend_from_slice(line.get(start..cut).unwrap_or_default());
            out.push(b'\n');
            // What stood behind the blank goes on in the next line, and is measured anew.
            (start, at, column, blank) = (cut, cut, 0, None);
            continue;
        }
        column = next;
        at += length;
        if matches!(rest.first(), Some(b' ' | b'\t')) {
            blank = Some(at);
        }
    }
    out.extend_from_slice(line.get(start..).unwrap_or_default());
}
