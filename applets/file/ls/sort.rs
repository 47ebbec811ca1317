//! The order of names.

use super::batch::{Batch, Entry};
use super::settings::{Clock, Order, Settings};
use base::meta::{Meta, Stamp};
use core::cmp::Ordering;
use rustix::fs::FileType;

/// The time that is shown and ordered by.
pub fn stamp(set: &Settings, meta: &Meta) -> Stamp {
    match set.clock {
        Clock::Modified => meta.mtime,
        Clock::Accessed => meta.atime,
        Clock::Changed => meta.ctime,
        Clock::Born => meta.btime.unwrap_or_default(),
    }
}

/// Puts the entries in order.
pub fn sort(set: &Settings, batch: &mut Batch) {
    let Batch { names, entries } = batch;
    if set.order == Order::None && !set.dirs_first {
        return;
    }
    base::order::sort(entries, &mut |a, b| {
        let dirs = if set.dirs_first { is_dir(b).cmp(&is_dir(a)) } else { Ordering::Equal };
        dirs.then_with(|| {
            let order = if set.order == Order::None { Ordering::Equal } else { compare(set, names, a, b) };
            if set.reverse { order.reverse() } else { order }
        })
    });
}

fn is_dir(entry: &Entry) -> bool {
    entry.kind == FileType::Directory || entry.target_meta.as_deref().is_some_and(|m| m.is_dir())
}

fn compare(set: &Settings, names: &[u8], a: &Entry, b: &Entry) -> Ordering {
    let (x, y) = (a.name(names), b.name(names));
    let first = match set.order {
        Order::Size => {
            let size = |e: &Entry| e.meta.as_deref().map_or(0, |m| m.size);
            size(b).cmp(&size(a))
        }
        Order::Time => {
            let time = |e: &Entry| e.meta.as_deref().map(|m| stamp(set, m)).unwrap_or_default();
            time(b).cmp(&time(a))
        }
        Order::Version => base::order::versions(x, y),
        Order::Extension => extension(x).cmp(extension(y)),
        Order::Width => x.len().cmp(&y.len()),
        Order::Name | Order::None => Ordering::Equal,
    };
    first.then_with(|| x.cmp(y))
}

fn extension(name: &[u8]) -> &[u8] {
    memchr::memrchr(b'.', name).and_then(|at| name.get(at..)).unwrap_or_default()
}
