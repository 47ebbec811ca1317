//! Writing a batch: one a line, in columns, with commas; names with quotes, colours and indicators.

use super::batch::{Batch, Entry};
use super::long;
use super::settings::{Format, Indicator, Settings, Unit};
use super::sort;
use base::meta::Meta;
use base::mode;
use base::number::{decimal_width, push_right, push_u64};
use base::quote::{Style, is_quoted, push_name};
use base::term::columns::{GAP, arrange};
use base::term::width::display_width;
use base::users::Database;
use base::{Context, Result};
use rustix::fs::FileType;

/// Shows a batch, sorted. `is_dir`: it is what a directory holds, with its total.
pub fn show(cx: &mut Context, set: &mut Settings, users: &mut Database, batch: &mut Batch, is_dir: bool) -> Result<()> {
    if !is_dir {
        sort::sort(set, batch);
    }
    if is_dir && (set.format == Format::Long || set.blocks) {
        let total =
            batch.entries.iter().filter_map(|e| e.meta.as_deref()).fold(0u64, |sum, m| sum.saturating_add(m.blocks));
        let mut line = Vec::new();
        set.indent(&mut line);
        line.extend_from_slice(b"total ");
        push_blocks(&mut line, set, total);
        line.push(set.end);
        if let Some(dired) = &mut set.dired {
            dired.written = dired.written.saturating_add(line.len());
        }
        cx.stdout.put(&line)?;
    }
    // Names that need no quotes are moved by one where others have them.
    let aligned = matches!(set.quoting, Style::ShellEscape | Style::Shell)
        && matches!(set.format, Format::Long | Format::Down | Format::Across)
        && batch.entries.iter().any(|e| is_quoted(batch.name(e), set.quoting, set.utf8));
    match set.format {
        Format::Long => long::show(cx, set, users, batch, aligned),
        Format::Single => {
            let widths = Widths::of(set, batch);
            let mut line = Vec::new();
            for entry in &batch.entries {
                line.clear();
                push_cell(&mut line, set, batch, entry, &widths, false);
                line.push(set.end);
                cx.stdout.put(&line)?;
            }
            Ok(())
        }
        Format::Down | Format::Across => columns(cx, set, batch, aligned),
        Format::Commas => commas(cx, set, batch),
    }
}

/// Appends a number of 512-byte blocks in the unit of blocks.
pub fn push_blocks(line: &mut Vec<u8>, set: &Settings, blocks: u64) {
    push_size(line, set.block_unit, blocks.saturating_mul(512));
}

/// Appends a number of bytes in a unit, rounded up.
pub fn push_size(line: &mut Vec<u8>, unit: Unit, bytes: u64) {
    match unit {
        Unit::Bytes(size) => push_u64(line, bytes.div_ceil(size.max(1))),
        Unit::Human(base) => base::size::push_human(line, bytes, base),
    }
}

/// The widths of the inode and block columns in front of names.
pub struct Widths {
    inode: usize,
    blocks: usize,
}

impl Widths {
    pub fn of(set: &Settings, batch: &Batch) -> Widths {
        let mut widths = Widths { inode: 0, blocks: 0 };
        let mut text = Vec::new();
        for entry in &batch.entries {
            if set.inode {
                widths.inode = widths.inode.max(decimal_width(inode(entry)));
            }
            if set.blocks {
                text.clear();
                push_blocks(&mut text, set, entry.meta.as_deref().map_or(0, |m| m.blocks));
                widths.blocks = widths.blocks.max(text.len());
            }
        }
        widths
    }
}

fn inode(entry: &Entry) -> u64 {
    entry.meta.as_deref().map_or(entry.ino, |m| m.ino)
}

/// Appends the inode number and the space taken, as far as they are asked for.
pub fn push_front(line: &mut Vec<u8>, set: &Settings, entry: &Entry, widths: &Widths) {
    if set.inode {
        push_right(line, inode(entry), widths.inode);
        line.push(b' ');
    }
    if set.blocks {
        let start = line.len();
        push_blocks(line, set, entry.meta.as_deref().map_or(0, |m| m.blocks));
        let len = line.len().saturating_sub(start);
        base::bytes::insert(line, start, b' ', widths.blocks.saturating_sub(len));
        line.push(b' ');
    }
    if set.context && set.format != Format::Long {
        line.extend_from_slice(b"? ");
    }
}

/// Appends the front columns and the name. Gives the columns it takes on a terminal.
fn push_cell(
    line: &mut Vec<u8>,
    set: &mut Settings,
    batch: &Batch,
    entry: &Entry,
    widths: &Widths,
    aligned: bool,
) -> usize {
    let start = line.len();
    push_front(line, set, entry, widths);
    let front = line.len().saturating_sub(start);
    let name = batch.name(entry);
    let mut pad = 0;
    if aligned && !is_quoted(name, set.quoting, set.utf8) {
        line.push(b' ');
        pad = 1;
    }
    front.saturating_add(pad).saturating_add(push_decorated(line, set, name, entry))
}

/// Appends a name, quoted and coloured, with its indicator. Gives its width.
pub fn push_decorated(line: &mut Vec<u8>, set: &mut Settings, name: &[u8], entry: &Entry) -> usize {
    let file_mode = entry.meta.as_deref().map_or_else(|| entry.kind.as_raw_mode(), |m| m.mode);
    let nlink = entry.meta.as_deref().map_or(1, |m| m.nlink);
    let mut shown = Vec::with_capacity(name.len());
    push_name(&mut shown, name, set.quoting, set.utf8);
    let mut width = display_width(&shown, set.utf8);
    push_colored(line, set, name, &shown, file_mode, nlink, entry.target_meta.as_deref());
    if let Some(letter) = letter(set, entry) {
        line.push(letter);
        width = width.saturating_add(1);
    }
    width
}

/// The letter directly behind an entry's name.
pub fn letter(set: &Settings, entry: &Entry) -> Option<u8> {
    // In the long format the indicator of a symbolic link stands behind what it leads to.
    if set.format == Format::Long && entry.kind == FileType::Symlink {
        return None;
    }
    indicator(set, entry.meta.as_deref().map_or_else(|| entry.kind.as_raw_mode(), |m| m.mode))
}

/// Appends `shown` in the colour of the file `name`.
pub fn push_colored(
    line: &mut Vec<u8>,
    set: &mut Settings,
    name: &[u8],
    shown: &[u8],
    file_mode: u32,
    nlink: u64,
    target: Option<&Meta>,
) {
    let code = set.colors.as_ref().and_then(|c| c.of(name, file_mode, nlink, target).map(|code| (code, c.reset())));
    let Some((code, reset)) = code else {
        line.extend_from_slice(shown);
        return;
    };
    let parts: [&[u8]; 4] = [b"\x1b[", reset, b"m", b""];
    if !set.colored {
        line.extend_from_slice(&parts.concat());
    }
    line.extend_from_slice(b"\x1b[");
    line.extend_from_slice(code);
    line.push(b'm');
    line.extend_from_slice(shown);
    line.extend_from_slice(&parts.concat());
    set.colored = true;
}

/// The letter behind a name.
pub fn indicator(set: &Settings, file_mode: u32) -> Option<u8> {
    let kind = file_mode & mode::TYPE;
    if set.indicator == Indicator::None {
        return None;
    }
    if kind == mode::DIR {
        return Some(b'/');
    }
    if set.indicator == Indicator::Slash {
        return None;
    }
    match kind {
        mode::LINK => Some(b'@'),
        mode::FIFO => Some(b'|'),
        mode::SOCKET => Some(b'='),
        mode::FILE if set.indicator == Indicator::Classify && file_mode & 0o111 != 0 => Some(b'*'),
        _ => None,
    }
}

fn columns(cx: &mut Context, set: &mut Settings, batch: &Batch, aligned: bool) -> Result<()> {
    let fronts = Widths::of(set, batch);
    let across = set.format == Format::Across;
    let mut text = Vec::new();
    // Where each cell ends in the text, and its width.
    let mut ends = Vec::with_capacity(batch.entries.len());
    let mut widths = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        widths.push(push_cell(&mut text, set, batch, entry, &fronts, aligned));
        ends.push(text.len());
    }
    let limit = if set.width == 0 { usize::MAX / 4 } else { set.width };
    let layout = arrange(&widths, limit, across);
    let mut line = Vec::new();
    for row in 0..layout.rows {
        line.clear();
        let mut missing = 0;
        for (column, size) in layout.columns.iter().enumerate() {
            let index = layout.index(row, column, across);
            let Some(&width) = widths.get(index) else { break };
            let start = index.checked_sub(1).and_then(|i| ends.get(i)).copied().unwrap_or(0);
            let end = ends.get(index).copied().unwrap_or(start);
            line.resize(line.len().saturating_add(missing), b' ');
            line.extend_from_slice(text.get(start..end).unwrap_or_default());
            missing = size.saturating_sub(width).saturating_add(GAP);
        }
        if line.is_empty() && batch.entries.is_empty() {
            continue;
        }
        line.push(set.end);
        cx.stdout.put(&line)?;
    }
    Ok(())
}

fn commas(cx: &mut Context, set: &mut Settings, batch: &Batch) -> Result<()> {
    let mut line = Vec::new();
    let mut used = 0usize;
    let none = Widths { inode: 0, blocks: 0 };
    let count = batch.entries.len();
    for (index, entry) in batch.entries.iter().enumerate() {
        let mut cell = Vec::new();
        let mut width = push_cell(&mut cell, set, batch, entry, &none, false);
        let fits = set.width == 0 || used.saturating_add(width).saturating_add(1) < set.width;
        if index.saturating_add(1) < count {
            cell.push(b',');
            width = width.saturating_add(1);
        }
        if used > 0 {
            if !fits {
                line.push(b'\n');
                used = 0;
            } else {
                line.push(b' ');
                used = used.saturating_add(1);
            }
        }
        line.extend_from_slice(&cell);
        used = used.saturating_add(width);
    }
    if count > 0 {
        line.push(set.end);
    }
    cx.stdout.put(&line)
}
