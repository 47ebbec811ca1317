//! pr - lay files out in pages and columns
//! Spec: POSIX.1-2024. Extras: GNU's -c, -D, -J, -N, -S, -T, -v, -W, `+FIRST:LAST`. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::{Args, Value};
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Input;
use base::meta::Meta;
use base::number::{digits, push_radix, push_u64};
use base::term::width::{display_width, truncate};
use base::time;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "pr",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Lay each FILE out in pages, with headers, in one column or several",
    operands: "[+FIRST[:LAST]] [FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read. -NUM and --columns=NUM ask for NUM columns.",
    options: &[
        Opt::value("", "columns", "NUM", Kind::Count, "in NUM columns, filled downwards"),
        Opt::value("", "pages", "FIRST[:LAST]", Kind::Text, "only these pages, as +FIRST:LAST"),
        Opt::flag("a", "across", "fill the columns row by row"),
        Opt::flag("c", "show-control-chars", "show control characters as ^X and \\NNN"),
        Opt::flag("d", "double-space", "an empty line behind each"),
        Opt::value("D", "date-format", "FORMAT", Kind::Text, "the header's date, by date's FORMAT"),
        Opt::value("e", "expand-tabs", "[CHAR[NUM]]", Kind::Optional, "expand tabs (or CHAR) to each NUM columns"),
        Opt::flag("F", "form-feed", "end pages by a form feed"),
        Opt::hidden("f", ""),
        Opt::value("h", "header", "TEXT", Kind::Text, "TEXT in the header, not the file's name"),
        Opt::value("i", "output-tabs", "[CHAR[NUM]]", Kind::Optional, "turn blanks into tabs (or CHAR)"),
        Opt::flag("J", "join-lines", "whole lines in columns, not lined up"),
        Opt::value("l", "length", "NUM", Kind::Count, "NUM lines a page (default 66)"),
        Opt::flag("m", "merge", "the files side by side, one a column"),
        Opt::value("n", "number-lines", "[CHAR[NUM]]", Kind::Optional, "number lines in NUM (5) digits and CHAR (tab)"),
        Opt::value("N", "first-line-number", "NUM", Kind::Number, "begin to count at NUM"),
        Opt::value("o", "indent", "NUM", Kind::Count, "NUM blanks before each line"),
        Opt::flag("r", "no-file-warnings", "no messages about files that cannot be read"),
        Opt::value("s", "separator", "[CHAR]", Kind::Optional, "columns are separated by CHAR (tab), not lined up"),
        Opt::value("S", "sep-string", "[TEXT]", Kind::Optional, "TEXT between columns"),
        Opt::flag("t", "omit-header", "no headers, no empty lines at the end of a page"),
        Opt::flag("T", "omit-pagination", "the same, and form feeds do not count"),
        Opt::flag("v", "show-nonprinting", "show control characters as \\NNN"),
        Opt::value("w", "width", "NUM", Kind::Count, "NUM columns a page, for several columns (default 72)"),
        Opt::value("W", "page-width", "NUM", Kind::Count, "NUM columns a page, cut longer lines"),
    ],
    digits: "columns",
    run,
    ..Declaration::DEFAULT
});

struct Layout<'a> {
    columns: usize,
    across: bool,
    merge: bool,
    /// Lines of text a page, and their distance.
    body: usize,
    double: bool,
    headers: bool,
    feeds: bool,
    form_feed: bool,
    /// Where the output goes on with pages, and ends.
    pages: (u64, u64),
    /// The width of the page, and of a column's text where that is cut.
    width: usize,
    column: usize,
    cut: bool,
    separator: &'a [u8],
    joined: bool,
    number: Option<(u8, usize)>,
    margin: usize,
    expand: Option<(u8, usize)>,
    tabs: Option<(u8, usize)>,
    carets: bool,
    octal: bool,
    utf8: bool,
}

/// One input: what is read of it and not yet shown.
struct Source {
    input: Option<Input>,
    rest: Vec<u8>,
}

enum Got {
    Line(Vec<u8>),
    Page,
    End,
}

impl Source {
    fn next(&mut self, feeds: bool) -> Result<Got> {
        let Some(input) = &mut self.input else { return Ok(Got::End) };
        if self.rest.is_empty() {
            match input.line(b'\n')? {
                Some(line) => self.rest.extend_from_slice(line),
                None => {
                    self.input = None;
                    return Ok(Got::End);
                }
            }
        }
        if !feeds {
            // They end lines, and that is all.
            let count = self.rest.iter().take_while(|byte| **byte == b'\x0c').count();
            self.rest.drain(..count);
        }
        match memchr::memchr(b'\x0c', &self.rest) {
            Some(0) => {
                self.rest.remove(0);
                // A feed takes the newline behind it along.
                if self.rest == b"\n" {
                    self.rest.clear();
                }
                Ok(Got::Page)
            }
            Some(at) => {
                let rest = self.rest.split_off(at);
                Ok(Got::Line(core::mem::replace(&mut self.rest, rest)))
            }
            None => {
                let mut line = core::mem::take(&mut self.rest);
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Ok(Got::Line(line))
            }
        }
    }
}

/// `[CHAR[NUM]]`.
fn mark(args: &Args, id: &str, default: (u8, usize)) -> Result<Option<(u8, usize)>> {
    let text = match args.value(id) {
        None => return Ok(None),
        Some(Value::Text(text)) => text,
        Some(_) => return Ok(Some(default)),
    };
    let (byte, rest) = match text.split_first() {
        Some((first, rest)) if !first.is_ascii_digit() => (*first, rest),
        _ => (default.0, text),
    };
    let (value, used) = digits(rest, 10);
    let number = if rest.is_empty() { Some(default.1) } else { value.and_then(|v| usize::try_from(v).ok()) };
    let bad = || Error::usage_of("'-%' extra characters or invalid number: '%'", &[id.as_bytes(), text]);
    number.filter(|n| *n > 0 && *n < 1000 && used == rest.len()).map(|n| Some((byte, n))).ok_or_else(bad)
}

fn page_range(text: &[u8]) -> Option<(u64, u64)> {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    let first = base::number::parse_radix(parts.next()?, 10).ok().filter(|first| *first > 0)?;
    let last = match parts.next() {
        Some(last) => base::number::parse_radix(last, 10).ok().filter(|last| *last >= first)?,
        None => u64::MAX,
    };
    Some((first, last))
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut pages = (1, u64::MAX);
    if let Some(text) = args.text("pages") {
        let bad = || Error::message_about("invalid page range", text);
        pages = page_range(text).ok_or_else(bad)?;
    }
    let mut operands = core::mem::take(&mut args.operands);
    if let Some(range) = operands.first().and_then(|first| first.strip_prefix(b"+")).and_then(page_range) {
        pages = range;
        operands.remove(0);
    }
    if operands.is_empty() {
        operands.push(b"-");
    }
    let count = |id: &str| args.count(id).map(|value| usize::try_from(value).unwrap_or(usize::MAX).min(1 << 20));
    let merge = args.has("m");
    let asked = count("columns");
    if merge && (asked.is_some() || args.has("a")) {
        let what = if asked.is_some() { "number of columns" } else { "printing across" };
        return Err(Error::message_of("cannot specify % when printing in parallel", &[what.as_bytes()]));
    }
    let columns = if merge { operands.len() } else { asked.unwrap_or(1) };
    if columns == 0 {
        return Err(Error::message("invalid number of columns: '0'"));
    }
    let length = count("l").unwrap_or(66);
    if length == 0 {
        return Err(Error::message("'-l PAGE_LENGTH' invalid number of lines: '0'"));
    }
    let headers = !args.has("t") && !args.has("T") && length > 10;
    let double = args.has("d");
    let mut body = if headers { length.saturating_sub(10) } else { length };
    if double {
        body = (body / 2).max(1);
    }
    let given = count("W").or(count("w"));
    let width = given.unwrap_or(72);
    let joined = args.has("J") || args.has("s") && !args.has("S") && given.is_none();
    let separator: &[u8] = match (args.value("S"), args.value("s")) {
        (Some(Value::Text(text)), _) => text,
        (Some(_), _) => b"",
        (None, Some(Value::Text(text))) => text,
        (None, Some(_)) => b"\t",
        (None, None) if args.has("J") => b"\t",
        (None, None) if columns > 1 => b" ",
        (None, None) => b"",
    };
    let several = columns > 1;
    let cut = !args.has("J") && args.has("W") || several && !joined;
    // Where tabs are between the columns, those inside them stay.
    let expands = cut || several && separator != b"\t";
    let tab = |wanted: bool| Some((b'\t', 8)).filter(|_| wanted);
    let number = mark(args, "n", (b'\t', 5))?;
    let taken = separator.len().saturating_mul(columns.saturating_sub(1));
    let numbers = number.filter(|_| merge).map_or(0, number_width);
    let column = width.saturating_sub(taken).saturating_sub(numbers) / columns;
    if several && column == 0 {
        return Err(Error::message("page width too narrow"));
    }
    let layout = Layout {
        columns,
        across: args.has("a"),
        merge,
        body,
        double,
        headers,
        feeds: !args.has("T"),
        form_feed: args.has("F") || args.has("f"),
        pages,
        width,
        column,
        cut,
        separator,
        joined,
        number,
        margin: count("o").unwrap_or(0),
        expand: mark(args, "e", (b'\t', 8))?.or(tab(expands)),
        tabs: mark(args, "i", (b'\t', 8))?.or(tab(several)),
        carets: args.has("c"),
        octal: args.has("v"),
        utf8: cx.is_utf8(),
    };
    let print = |cx: &mut Context, sources: &mut [Source], name: &[u8], stamp| {
        let head = Head { title: args.text("h").unwrap_or(name), stamp, format: args.text("D") };
        pages_of(cx, &layout, sources, &head, args.number("N"))
    };
    let quiet = args.has("r");
    let mut sources = Vec::new();
    for path in &operands {
        let input = match cx.open(path) {
            Ok(input) => input,
            Err(_) if quiet => {
                cx.failed();
                continue;
            }
            Err(error) => {
                cx.warn(error);
                continue;
            }
        };
        let stamp = input.fd().filter(|_| *path != b"-").and_then(|fd| Meta::of_fd(fd).ok()).map(|meta| meta.mtime);
        let source = Source { input: Some(input), rest: Vec::new() };
        if merge {
            sources.push(source);
            continue;
        }
        let name = if *path == b"-" { b"" } else { *path };
        print(cx, &mut [source], name, stamp)?;
    }
    if merge {
        print(cx, &mut sources, b"", None)?;
    }
    Ok(cx.status())
}

struct Head<'a> {
    title: &'a [u8],
    stamp: Option<time::Stamp>,
    format: Option<&'a [u8]>,
}

fn number_width((byte, width): (u8, usize)) -> usize {
    width.saturating_add(if byte == b'\t' { 8usize.saturating_sub(width % 8) } else { 1 })
}

/// Lays out one file, or with -m all of them.
fn pages_of(cx: &mut Context, layout: &Layout, sources: &mut [Source], head: &Head, first: Option<i64>) -> Result<()> {
    let mut date = Vec::new();
    if layout.headers {
        let default: &[u8] =
            if cx.env.get(b"POSIXLY_CORRECT").is_some() { b"%b %e %H:%M %Y" } else { b"%Y-%m-%d %H:%M" };
        let zone = time::Zone::load(cx.env.get(b"TZ"));
        time::push_time(&mut date, head.format.unwrap_or(default), head.stamp.unwrap_or_else(time::now), &zone);
    }
    let mut out = Vec::new();
    let mut line = first.unwrap_or(1);
    let mut page = 0u64;
    loop {
        let mut rows: Vec<Vec<Option<Vec<u8>>>> = Vec::new();
        let (any, more) = fill(layout, sources, &mut rows, &mut line)?;
        if !any && !more {
            break;
        }
        page = page.saturating_add(1);
        if page > layout.pages.1 {
            break;
        }
        if page < layout.pages.0 {
            // Counted where the output begins, if a number was asked for.
            line = first.unwrap_or(line);
            continue;
        }
        if layout.headers {
            header(&mut out, layout, &date, head.title, page);
        }
        let mut shown = 0usize;
        for row in &rows {
            push_row(&mut out, layout, row);
            shown = shown.saturating_add(1);
            if layout.double {
                out.push(b'\n');
                shown = shown.saturating_add(1);
            }
        }
        if layout.headers && layout.form_feed {
            out.push(b'\x0c');
        } else if layout.headers {
            let all = layout.body.saturating_mul(if layout.double { 2 } else { 1 }).saturating_add(5);
            out.resize(out.len().saturating_add(all.saturating_sub(shown)), b'\n');
        } else if more && shown < layout.body && layout.feeds {
            out.push(b'\x0c');
        }
        cx.stdout.put(&out)?;
        out.clear();
    }
    Ok(())
}

/// Reads the rows of a page. Gives whether there are any, and whether a form feed ended it.
#[inline(never)]
fn fill(
    layout: &Layout,
    sources: &mut [Source],
    rows: &mut Vec<Vec<Option<Vec<u8>>>>,
    line: &mut i64,
) -> Result<(bool, bool)> {
    let numbered = |text: Vec<u8>, line: &mut i64| {
        let mut cell = Vec::new();
        if !layout.merge {
            push_number(&mut cell, layout, *line);
        }
        *line = line.saturating_add(1);
        push_text(&mut cell, layout, &text);
        cell
    };
    if layout.merge {
        let mut ended = vec![false; sources.len()];
        let mut fed = false;
        while rows.len() < layout.body {
            let mut row = Vec::new();
            for (source, ended) in sources.iter_mut().zip(&mut ended) {
                let got = if *ended { Got::End } else { source.next(layout.feeds)? };
                row.push(match got {
                    Got::Line(text) => {
                        let mut cell = Vec::new();
                        push_text(&mut cell, layout, &text);
                        Some(cell)
                    }
                    other => {
                        fed |= matches!(other, Got::Page);
                        *ended = true;
                        None
                    }
                });
            }
            if row.iter().all(Option::is_none) {
                break;
            }
            let mut number = Vec::new();
            push_number(&mut number, layout, *line);
            *line = line.saturating_add(1);
            if layout.number.is_some() {
                // The number stands before the row, as part of its first column.
                let first = row.first_mut().map(core::mem::take);
                if let (Some(place), Some(first)) = (row.first_mut(), first) {
                    number.append(&mut first.unwrap_or_default());
                    *place = Some(number);
                }
            }
            rows.push(row);
        }
        return Ok((!rows.is_empty(), fed));
    }
    let Some(source) = sources.first_mut() else { return Ok((false, false)) };
    let mut cells = Vec::new();
    let mut fed = false;
    while cells.len() < layout.body.saturating_mul(layout.columns) {
        match source.next(layout.feeds)? {
            Got::Line(text) => cells.push(numbered(text, line)),
            Got::Page => {
                fed = true;
                break;
            }
            Got::End => break,
        }
    }
    let count = cells.len();
    if layout.across || layout.columns == 1 {
        for cell in cells {
            match rows.last_mut() {
                Some(row) if row.len() < layout.columns => row.push(Some(cell)),
                _ => rows.push(vec![Some(cell)]),
            }
        }
    } else {
        // The first columns take one more where it does not come out even.
        let (least, extra) = (count / layout.columns, count % layout.columns);
        let mut cells = cells.into_iter();
        for column in 0..layout.columns {
            let height = least.saturating_add(usize::from(column < extra));
            for row in 0..height {
                if rows.len() <= row {
                    rows.push(Vec::new());
                }
                if let Some(row) = rows.get_mut(row) {
                    row.push(cells.next());
                }
            }
        }
    }
    Ok((count > 0, fed))
}

fn push_number(cell: &mut Vec<u8>, layout: &Layout, line: i64) {
    let Some((byte, width)) = layout.number else { return };
    let mut text = Vec::new();
    push_radix(&mut text, line.unsigned_abs(), 10, width, b' ');
    // Too long a number loses its first digits.
    cell.extend_from_slice(text.get(text.len().saturating_sub(width)..).unwrap_or_default());
    if byte == b'\t' && layout.columns > 1 {
        cell.resize(cell.len().saturating_add(8usize.saturating_sub(width % 8)), b' ');
    } else {
        cell.push(byte);
    }
}

/// Adds the text of a line, with tabs expanded and control characters shown as asked.
fn push_text(cell: &mut Vec<u8>, layout: &Layout, text: &[u8]) {
    let start = cell.len();
    for &byte in text {
        match layout.expand {
            Some((tab, width)) if byte == tab => {
                let column = display_width(cell.get(start..).unwrap_or_default(), layout.utf8);
                let to = width.saturating_sub(column % width.max(1));
                cell.resize(cell.len().saturating_add(to), b' ');
                continue;
            }
            _ => {}
        }
        let control = !(b' '..127).contains(&byte);
        if control && layout.octal || control && layout.carets && byte >= 128 {
            cell.push(b'\\');
            push_radix(cell, u64::from(byte), 8, 3, b'0');
        } else if control && layout.carets {
            cell.extend_from_slice(&[b'^', byte ^ 64]);
        } else {
            cell.push(byte);
        }
    }
}

fn header(out: &mut Vec<u8>, layout: &Layout, date: &[u8], title: &[u8], page: u64) {
    let mut number = b"Page ".to_vec();
    push_u64(&mut number, page);
    let taken =
        display_width(date, layout.utf8).saturating_add(display_width(title, layout.utf8)).saturating_add(number.len());
    let free = layout.width.saturating_sub(taken);
    let left = (free / 2).max(1);
    out.extend_from_slice(b"\n\n");
    let blanks = |out: &mut Vec<u8>, count: usize| out.resize(out.len().saturating_add(count), b' ');
    blanks(out, layout.margin);
    out.extend_from_slice(date);
    blanks(out, left);
    out.extend_from_slice(title);
    blanks(out, free.saturating_sub(left).max(1));
    out.extend_from_slice(&number);
    out.extend_from_slice(b"\n\n\n");
}

/// Where the output stands in its line, with the blanks that may become tabs.
struct Pen {
    column: usize,
    wanted: usize,
}

impl Pen {
    fn flush(&mut self, out: &mut Vec<u8>, layout: &Layout) {
        if let Some((tab, width)) = layout.tabs {
            loop {
                let stop = (self.column / width.max(1)).saturating_add(1).saturating_mul(width);
                // One blank stays one.
                if stop > self.wanted || self.wanted <= self.column.saturating_add(1) {
                    break;
                }
                out.push(tab);
                self.column = stop;
            }
        }
        out.resize(out.len().saturating_add(self.wanted.saturating_sub(self.column)), b' ');
        self.column = self.wanted;
    }

    fn text(&mut self, out: &mut Vec<u8>, layout: &Layout, text: &[u8]) {
        let mut rest = text;
        while !rest.is_empty() {
            let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
            self.wanted = self.wanted.saturating_add(blanks);
            rest = rest.get(blanks..).unwrap_or_default();
            if let Some(after) = rest.strip_prefix(b"\t") {
                self.flush(out, layout);
                out.push(b'\t');
                self.wanted = (self.wanted / 8).saturating_add(1).saturating_mul(8);
                self.column = self.wanted;
                rest = after;
                continue;
            }
            let length = memchr::memchr2(b' ', b'\t', rest).unwrap_or(rest.len());
            let (word, tail) = rest.split_at_checked(length).unwrap_or((rest, b""));
            if !word.is_empty() {
                self.flush(out, layout);
                out.extend_from_slice(word);
                self.wanted = self.wanted.saturating_add(display_width(word, layout.utf8));
                self.column = self.wanted;
            }
            rest = tail;
        }
    }
}

#[inline(never)]
fn push_row(out: &mut Vec<u8>, layout: &Layout, row: &[Option<Vec<u8>>]) {
    let mut pen = Pen { column: 0, wanted: layout.margin };
    let last = row.iter().rposition(|cell| cell.is_some() || layout.merge).unwrap_or(0);
    let mut start = layout.margin;
    for (index, cell) in row.iter().enumerate().take(last.saturating_add(1)) {
        if index > 0 {
            if !layout.joined {
                pen.wanted = pen.wanted.max(start);
            }
            if layout.separator == b" " && !layout.joined {
                pen.wanted = pen.wanted.saturating_add(1);
            } else {
                pen.flush(out, layout);
                out.extend_from_slice(layout.separator);
                pen.wanted = match layout.separator {
                    b"\t" => (pen.wanted / 8).saturating_add(1).saturating_mul(8),
                    text => pen.wanted.saturating_add(display_width(text, layout.utf8)),
                };
                pen.column = pen.wanted;
            }
        }
        start = pen.wanted.saturating_add(layout.column);
        if index == 0 && layout.merge {
            start = start.saturating_add(layout.number.map_or(0, number_width));
        }
        let text = cell.as_deref().unwrap_or_default();
        // Where there are columns, an empty one is led up to as well.
        if layout.tabs.is_some() && cell.is_some() && layout.columns > 1 {
            pen.flush(out, layout);
        }
        let room = start.saturating_sub(pen.wanted);
        pen.text(out, layout, if layout.cut { truncate(text, room, layout.utf8) } else { text });
    }
    if layout.columns == 1 && layout.tabs.is_none() || layout.merge && row.last().is_some_and(Option::is_none) {
        // A line's own blanks stay.
        pen.flush(out, layout);
    }
    out.push(b'\n');
}
