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
        Order::Version => versions(x, y),
        Order::Extension => extension(x).cmp(extension(y)),
        Order::Width => x.len().cmp(&y.len()),
        Order::Name | Order::None => Ordering::Equal,
    };
    first.then_with(|| x.cmp(y))
}

fn extension(name: &[u8]) -> &[u8] {
    memchr::memrchr(b'.', name).and_then(|at| name.get(at..)).unwrap_or_default()
}

/// Compares names with runs of digits taken as numbers, as strverscmp(3): a run that begins with 0 is a fraction.
pub fn versions(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        match (a.first(), b.first()) {
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let run = |s: &[u8]| s.iter().take_while(|c| c.is_ascii_digit()).count();
                let (x, rest_a) = a.split_at(run(a));
                let (y, rest_b) = b.split_at(run(b));
                let order = if x.first() == Some(&b'0') || y.first() == Some(&b'0') {
                    let zeros = |s: &[u8]| s.iter().take_while(|c| **c == b'0').count();
                    // More zeros in front are smaller.
                    zeros(y).cmp(&zeros(x)).then_with(|| x.cmp(y))
                } else {
                    x.len().cmp(&y.len()).then_with(|| x.cmp(y))
                };
                if order != Ordering::Equal {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) if x != y => return x.cmp(y),
            _ => {
                a = a.get(1..).unwrap_or_default();
                b = b.get(1..).unwrap_or_default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_order() {
        let mut v = [&b"a10"[..], b"a9", b"a1", b"a", b"b", b"a01", b"a001", b"a2b3", b"a2b12"];
        v.sort_by(|a, b| versions(a, b));
        assert_eq!(v, [&b"a"[..], b"a001", b"a01", b"a1", b"a2b3", b"a2b12", b"a9", b"a10", b"b"]);
    }
}
