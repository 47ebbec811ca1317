//! Tables (tbl(1)) in simple form: columns as wide as they need, text blocks wrapped to what is left.

use super::page::{BOLD, Cell, ITALIC, NO_BREAK, Page, pad, width};
use super::roff::{Fails, Roff};

/// Rows and columns at most, and lines of a format.
const MOST: usize = 10_000;
const COLUMNS: usize = 64;
/// Blanks between columns.
const GAP: usize = 3;
/// What stands for a format in a row that is a rule across the table.
const RULE: usize = usize::MAX;

/// How an entry is set.
#[derive(Clone, Copy)]
struct Style {
    /// `l`, `r`, `c`, `n`, `s`.
    letter: u8,
    font: Cell,
}

/// An entry: its text, or the lines of its block.
enum Entry {
    Text(Vec<Cell>),
    Block(Vec<Vec<u8>>),
}

/// A row: which line of the formats it has, and its entries.
type Row = (usize, Vec<Entry>);

/// The styles of a row.
fn styles_of(formats: &[Vec<Style>], row: usize) -> &[Style] {
    formats.get(row).map(Vec::as_slice).unwrap_or_default()
}

/// The styles of a line of the format.
fn styles(line: &[u8]) -> Vec<Style> {
    let mut found: Vec<Style> = Vec::new();
    let mut rest = line;
    while let Some((letter, after)) = rest.split_first() {
        rest = after;
        match letter.to_ascii_lowercase() {
            letter @ (b'l' | b'r' | b'c' | b'n' | b's' | b'a' | b'^' | b'_' | b'-' | b'=') if found.len() < COLUMNS => {
                found.push(Style { letter, font: 0 });
            }
            b'(' => rest = rest.get(memchr::memchr(b')', rest).unwrap_or(0)..).unwrap_or_default(),
            letter @ (b'b' | b'i') => {
                if let Some(last) = found.last_mut() {
                    last.font |= if letter == b'b' { BOLD } else { ITALIC };
                }
            }
            b'f' => {
                let (name, after) = rest.split_first().unwrap_or((&b'R', &[]));
                rest = after;
                if let Some(last) = found.last_mut() {
                    last.font |= match name {
                        b'B' | b'3' => BOLD,
                        b'I' | b'2' => ITALIC,
                        _ => 0,
                    };
                }
            }
            _ => {}
        }
    }
    found
}

/// Takes over at `.TS`. Gives whether that was it.
pub fn request(roff: &mut Roff, name: &[u8]) -> Fails<bool> {
    match name {
        b"TS" => {}
        b"TE" | b"T&" => return Ok(true),
        _ => return Ok(false),
    }
    roff.page.end_line();
    let fill = core::mem::replace(&mut roff.page.fill, false);
    let font = core::mem::replace(&mut roff.font, 0);
    let mut tab = b'\t';
    let mut formats: Vec<Vec<Style>> = Vec::new();
    let mut in_format = true;
    let mut boxed = false;
    let mut rows: Vec<Row> = Vec::new();
    // The first of the formats that hold now, and the one of the next row.
    let (mut first, mut next) = (0usize, 0usize);
    let mut line = Vec::new();
    while roff.next_line(&mut line)? {
        if line.starts_with(b".TE") {
            break;
        }
        if in_format {
            let trimmed = line.trim_ascii();
            if let Some(options) = trimmed.strip_suffix(b";") {
                if let Some(at) = base::bytes::find(options, b"tab") {
                    let after = options.get(at + 3..).unwrap_or_default().trim_ascii_start();
                    tab = after.get(1).copied().unwrap_or(tab);
                }
                boxed = base::bytes::find(options, b"allbox").is_some();
                continue;
            }
            for part in trimmed.split(|byte| *byte == b',') {
                let found = styles(part.strip_suffix(b".").unwrap_or(part));
                if !found.is_empty() && formats.len() < MOST {
                    formats.push(found);
                }
            }
            in_format = !trimmed.ends_with(b".");
            continue;
        }
        if line.starts_with(b".T&") {
            in_format = true;
            first = formats.len();
            next = first;
            continue;
        }
        if line.starts_with(b".") {
            // Requests between rows change how text looks; a blank line is one.
            if line.starts_with(b".sp") {
                rows.push((RULE - 1, Vec::new()));
            }
            continue;
        }
        if rows.len() >= MOST {
            continue;
        }
        if matches!(line.as_slice(), b"_" | b"=") {
            rows.push((RULE, Vec::new()));
            continue;
        }
        // The last one is for all rows that follow.
        let format = next.min(formats.len().saturating_sub(1)).max(first);
        next += 1;
        let mut entries = Vec::new();
        read_row(roff, &line, tab, styles_of(&formats, format), &mut entries)?;
        rows.push((format, entries));
    }
    put_rows(roff, &formats, &rows, boxed)?;
    roff.page.fill = fill;
    roff.font = font;
    Ok(true)
}

/// Reads the entries of a row, whose blocks go on in lines of their own.
#[inline(never)]
fn read_row(roff: &mut Roff, line: &[u8], tab: u8, styles: &[Style], entries: &mut Vec<Entry>) -> Fails {
    let mut line = line.to_vec();
    loop {
        let mut again = None;
        for text in line.split(|byte| *byte == tab) {
            if entries.len() >= COLUMNS {
                break;
            }
            if text.starts_with(b"T{") {
                let mut lines = Vec::new();
                let mut line = Vec::new();
                while roff.next_line(&mut line)? {
                    if let Some(rest) = line.strip_prefix(b"T}") {
                        again = rest.strip_prefix(&[tab]).map(<[u8]>::to_vec);
                        break;
                    }
                    lines.push(core::mem::take(&mut line));
                }
                entries.push(Entry::Block(lines));
                break;
            }
            roff.font = styles.get(entries.len()).map_or(0, |style| style.font);
            let text = if matches!(text, b"_" | b"=" | b"\\_" | b"\\^") { b"".as_slice() } else { text };
            roff.text_alone(text);
            roff.font = 0;
            let cells = roff.page.take_word();
            entries.push(Entry::Text(cells));
        }
        match again {
            Some(rest) => line = rest,
            None => return Ok(()),
        }
    }
}

/// Puts a rule across the table; in a box it has a left end, places where columns meet, and a right end.
#[inline(never)]
fn put_rule(page: &mut Page, widths: &[usize], ends: Option<[char; 3]>) {
    let [left, middle, right] = ends.unwrap_or(['─'; 3]);
    let mut line = Vec::new();
    pad(&mut line, page.left, u32::from(' '));
    pad(&mut line, usize::from(ends.is_some()), u32::from(left));
    for wide in widths {
        pad(&mut line, wide.saturating_add(1), u32::from('─'));
        line.push(u32::from(middle));
        line.push(u32::from('─'));
    }
    // Nothing goes on behind the last.
    line.truncate(line.len().saturating_sub(if ends.is_some() { 2 } else { 3 }));
    pad(&mut line, usize::from(ends.is_some()), u32::from(right));
    page.put_line(line);
}

#[inline(never)]
fn put_rows(roff: &mut Roff, formats: &[Vec<Style>], rows: &[Row], boxed: bool) -> Fails {
    let columns = rows.iter().map(|row| row.1.len()).max().unwrap_or(0);
    let mut widths = vec![0usize; columns];
    let mut blocks = vec![false; columns];
    for (format, entries) in rows {
        let styles = styles_of(formats, *format);
        for (index, entry) in entries.iter().enumerate() {
            let spans = styles.get(index + 1).is_some_and(|next| next.letter == b's');
            match (entry, widths.get_mut(index), blocks.get_mut(index)) {
                (Entry::Text(cells), Some(wide), _) if !spans => *wide = width(cells).max(*wide),
                (Entry::Block(lines), Some(wide), Some(block)) => {
                    // Not wider than its text.
                    let text: usize = lines.iter().map(|line| line.len() + 1).sum();
                    *wide = text.saturating_sub(1).max(*wide);
                    *block = true;
                }
                _ => {}
            }
        }
    }
    let left = roff.page.left;
    let fixed: usize = widths.iter().zip(&blocks).filter(|pair| !*pair.1).map(|pair| *pair.0).sum();
    let gaps = GAP.saturating_mul(columns.saturating_sub(usize::from(!boxed)));
    let free = roff.page.width.saturating_sub(left).saturating_sub(fixed).saturating_sub(gaps);
    let count = blocks.iter().filter(|block| **block).count().max(1);
    for (wide, block) in widths.iter_mut().zip(&blocks) {
        if *block {
            *wide = (free / count).max(12).min(*wide);
        }
    }
    for (at, (format, entries)) in rows.iter().enumerate() {
        if boxed {
            put_rule(&mut roff.page, &widths, Some(if at == 0 { ['┌', '┬', '┐'] } else { ['├', '┼', '┤'] }));
        }
        if *format == RULE {
            put_rule(&mut roff.page, &widths, None);
            continue;
        }
        let styles = styles_of(formats, *format);
        // Each entry as lines; then line by line across.
        let mut parts: Vec<Vec<Vec<Cell>>> = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let wide = widths.get(index).copied().unwrap_or(0);
            match entry {
                Entry::Text(cells) => parts.push(vec![cells.clone()]),
                Entry::Block(lines) => {
                    let outer = core::mem::replace(&mut roff.page, Page::new(wide));
                    roff.font = styles.get(index).map_or(0, |style| style.font);
                    for line in lines {
                        roff.line(line)?;
                    }
                    roff.font = 0;
                    roff.page.end_line();
                    let inner = core::mem::replace(&mut roff.page, outer);
                    parts.push(inner.lines);
                }
            }
        }
        let height = parts.iter().map(Vec::len).max().unwrap_or(0);
        if height == 0 {
            roff.page.blank();
        }
        // In a box each column has its place, in front of a line.
        let count = if boxed { columns } else { parts.len() };
        let edge = if boxed { u32::from('│') } else { NO_BREAK };
        for n in 0..height {
            let mut line = vec![u32::from(' '); left];
            if boxed {
                line.push(edge);
            }
            for index in 0..count {
                let wide = widths.get(index).copied().unwrap_or(0);
                let cells = parts.get(index).and_then(|part| part.get(n)).map(Vec::as_slice).unwrap_or_default();
                let free = wide.saturating_sub(width(cells));
                let before = match styles.get(index).map_or(b'l', |style| style.letter) {
                    b'r' | b'n' => free,
                    b'c' => free / 2,
                    _ => 0,
                };
                pad(&mut line, before, NO_BREAK);
                line.extend_from_slice(cells);
                let last = index + 1 == count;
                if boxed || !last {
                    pad(&mut line, free.saturating_sub(before).saturating_add(1), NO_BREAK);
                    line.push(edge);
                }
                if !last {
                    line.push(NO_BREAK);
                }
            }
            roff.page.put_line(line);
        }
    }
    if boxed {
        put_rule(&mut roff.page, &widths, Some(['└', '┴', '┘']));
    }
    Ok(())
}
