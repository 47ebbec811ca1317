//! The long format.

use super::batch::{Batch, Entry};
use super::settings::{Settings, Unit};
use super::show::{self, Widths, push_decorated, push_front, push_size};
use super::sort::stamp;
use base::meta::Meta;
use base::mode;
use base::number::{decimal_width, push_right, push_u64};
use base::quote::{is_quoted, push_name};
use base::term::width::display_width;
use base::time::push_time;
use base::users::Database;
use base::{Context, Result};

/// Half a year of 365.2425 days: a time that is older, or in the future, is shown with its year (POSIX).
const HALF_YEAR: i64 = 31_556_952 / 2;

/// The columns' widths.
#[derive(Default)]
struct Columns {
    nlink: usize,
    owner: usize,
    group: usize,
    size: usize,
    major: usize,
    minor: usize,
}

fn owner<'a>(set: &Settings, users: &'a mut Database, uid: u32, number: &'a mut Vec<u8>) -> &'a [u8] {
    number.clear();
    push_u64(number, u64::from(uid));
    if set.numeric { number } else { users.user_name(uid).unwrap_or(number) }
}

fn group<'a>(set: &Settings, users: &'a mut Database, gid: u32, number: &'a mut Vec<u8>) -> &'a [u8] {
    number.clear();
    push_u64(number, u64::from(gid));
    if set.numeric { number } else { users.group_name(gid).unwrap_or(number) }
}

fn measure(set: &Settings, users: &mut Database, batch: &Batch) -> Columns {
    let mut columns = Columns::default();
    let mut text = Vec::new();
    // Mostly one owner and one group: asked once each.
    let (mut last_uid, mut last_gid) = (None, None);
    let mut largest = 0;
    for meta in batch.entries.iter().filter_map(|e| e.meta.as_deref()) {
        columns.nlink = columns.nlink.max(decimal_width(meta.nlink));
        if last_uid != Some(meta.uid) {
            last_uid = Some(meta.uid);
            columns.owner = columns.owner.max(display_width(owner(set, users, meta.uid, &mut text), set.utf8));
        }
        if last_gid != Some(meta.gid) {
            last_gid = Some(meta.gid);
            columns.group = columns.group.max(display_width(group(set, users, meta.gid, &mut text), set.utf8));
        }
        if meta.is_device() {
            columns.major = columns.major.max(decimal_width(u64::from(rustix::fs::major(meta.rdev))));
            columns.minor = columns.minor.max(decimal_width(u64::from(rustix::fs::minor(meta.rdev))));
        } else if let Unit::Bytes(_) = set.size_unit {
            largest = largest.max(meta.size);
        } else {
            text.clear();
            push_size(&mut text, set.size_unit, meta.size);
            columns.size = columns.size.max(text.len());
        }
    }
    text.clear();
    push_size(&mut text, set.size_unit, largest);
    columns.size = columns.size.max(text.len());
    if columns.major > 0 {
        columns.size = columns.size.max(columns.major.saturating_add(columns.minor).saturating_add(2));
    }
    columns
}

pub fn show(cx: &mut Context, set: &mut Settings, users: &mut Database, batch: &Batch, aligned: bool) -> Result<()> {
    let columns = measure(set, users, batch);
    let fronts = Widths::of(set, batch);
    let mut line = Vec::with_capacity(256);
    for entry in &batch.entries {
        line.clear();
        set.indent(&mut line);
        push_front(&mut line, set, entry, &fronts);
        match &entry.meta {
            Some(meta) => push_columns(&mut line, set, users, meta, &columns),
            None => {
                line.push(mode::type_letter(entry.kind.as_raw_mode()));
                line.extend_from_slice(b"????????? ");
                push_blank(&mut line, columns.nlink);
                if set.owner {
                    push_blank(&mut line, columns.owner);
                }
                if set.group {
                    push_blank(&mut line, columns.group);
                }
                push_blank(&mut line, columns.size);
                push_blank(&mut line, 12);
            }
        }
        let name = batch.name(entry);
        if aligned && !is_quoted(name, set.quoting, set.utf8) {
            line.push(b' ');
        }
        let start = line.len();
        push_decorated(&mut line, set, name, entry);
        let end = line.len().saturating_sub(usize::from(show::letter(set, entry).is_some()));
        push_target(&mut line, set, entry);
        line.push(set.end);
        if let Some(dired) = &mut set.dired {
            dired.names.extend([start, end].map(|at| dired.written.saturating_add(at)));
            dired.written = dired.written.saturating_add(line.len());
        }
        cx.stdout.put(&line)?;
    }
    Ok(())
}

/// A question mark, right-aligned, and a blank.
fn push_blank(line: &mut Vec<u8>, width: usize) {
    line.resize(line.len().saturating_add(width.saturating_sub(1)), b' ');
    line.extend_from_slice(b"? ");
}

fn push_left(line: &mut Vec<u8>, text: &[u8], width: usize, utf8: bool) {
    line.extend_from_slice(text);
    let missing = width.saturating_sub(display_width(text, utf8)).saturating_add(1);
    line.resize(line.len().saturating_add(missing), b' ');
}

fn push_columns(line: &mut Vec<u8>, set: &Settings, users: &mut Database, meta: &Meta, columns: &Columns) {
    let mut number = Vec::new();
    line.extend_from_slice(&mode::format(meta.mode));
    line.push(b' ');
    push_right(line, meta.nlink, columns.nlink);
    line.push(b' ');
    if set.owner {
        push_left(line, owner(set, users, meta.uid, &mut number), columns.owner, set.utf8);
    }
    if set.group {
        push_left(line, group(set, users, meta.gid, &mut number), columns.group, set.utf8);
    }
    if set.author {
        push_left(line, owner(set, users, meta.uid, &mut number), columns.owner, set.utf8);
    }
    if set.context {
        line.extend_from_slice(b"? ");
    }
    if meta.is_device() {
        let room = columns.size.saturating_sub(columns.minor.saturating_add(2));
        push_right(line, u64::from(rustix::fs::major(meta.rdev)), room);
        line.extend_from_slice(b", ");
        push_right(line, u64::from(rustix::fs::minor(meta.rdev)), columns.minor);
    } else if set.size_unit == Unit::Bytes(1) {
        push_right(line, meta.size, columns.size);
    } else {
        number.clear();
        push_size(&mut number, set.size_unit, meta.size);
        line.resize(line.len().saturating_add(columns.size.saturating_sub(number.len())), b' ');
        line.extend_from_slice(&number);
    }
    line.push(b' ');
    let time = stamp(set, meta);
    let age = set.now.sec.saturating_sub(time.sec);
    let recent = age < HALF_YEAR && (age > 0 || time <= set.now);
    push_time(line, if recent { &set.new_format } else { &set.old_format }, time, &set.zone);
    line.push(b' ');
}

/// ` -> ` and what a symbolic link says.
fn push_target(line: &mut Vec<u8>, set: &mut Settings, entry: &Entry) {
    let Some(target) = &entry.target else { return };
    line.extend_from_slice(b" -> ");
    let mut shown = Vec::with_capacity(target.len());
    push_name(&mut shown, target, set.quoting, set.utf8);
    match &entry.target_meta {
        Some(meta) => {
            show::push_colored(line, set, target, &shown, meta.mode, meta.nlink, None);
            if let Some(letter) = show::indicator(set, meta.mode) {
                line.push(letter);
            }
        }
        None => line.extend_from_slice(&shown),
    }
}
