//! -printf and -ls.

use super::eval::State;
use crate::common::base_name;
use crate::stat::Spec;
use base::meta::{Meta, Stamp};
use base::mode;
use base::number::{push_i64, push_radix, push_right, push_u64};
use base::quote::{Style, push_name};
use base::time::push_time;
use base::walk::Walk;
use base::{Error, Result};
use rustix::fs::FileType;

enum Part {
    Text(Vec<u8>),
    Field(Spec, u8),
    /// A clock (`A`, `B`, `C`, `T`) and strftime's letter.
    Time(Spec, u8, u8),
}

/// A parsed format.
pub struct Format {
    parts: Vec<Part>,
    pub needs_meta: bool,
    /// `\c`: what is written is sent at once.
    pub flushes: bool,
}

#[inline(never)]
pub fn parse_format(text: &[u8]) -> Result<Format> {
    let mut format = Format { parts: Vec::new(), needs_meta: false, flushes: false };
    let mut plain = Vec::new();
    let mut rest = text;
    while let Some((b, after)) = rest.split_first() {
        rest = after;
        match b {
            b'\\' => {
                if after.first() == Some(&b'c') {
                    format.flushes = true;
                    break;
                }
                // One escape: a backslash and at most three digits.
                let digits = after.iter().take(3).take_while(|d| (b'0'..=b'7').contains(d)).count();
                let len = digits.max(1).min(after.len());
                let (escape, tail) = after.split_at_checked(len).unwrap_or((after, &[]));
                match escape {
                    [b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'0'..=b'7' | b'\\', ..] => {
                        plain.extend_from_slice(&crate::stat::escapes(&[b"\\", escape].concat()));
                    }
                    other => {
                        plain.push(b'\\');
                        plain.extend_from_slice(other);
                    }
                }
                rest = tail;
            }
            b'%' => {
                let (spec, tail) = Spec::parse(after);
                let Some((letter, tail)) = tail.split_first() else {
                    return Err(Error::message("a format ends with %"));
                };
                rest = tail;
                match letter {
                    b'%' => {
                        plain.push(b'%');
                        continue;
                    }
                    b'A' | b'B' | b'C' | b'T' => {
                        let Some((time, tail)) = tail.split_first() else {
                            return Err(Error::message("a format ends with a time without its letter"));
                        };
                        rest = tail;
                        format.parts.push(Part::Text(core::mem::take(&mut plain)));
                        format.parts.push(Part::Time(spec, *letter, *time));
                        format.needs_meta = true;
                    }
                    b'p' | b'f' | b'h' | b'P' | b'H' | b'd' | b'y' | b'l' | b'F' | b'Z' => {
                        format.parts.push(Part::Text(core::mem::take(&mut plain)));
                        format.parts.push(Part::Field(spec, *letter));
                    }
                    b'a' | b'b' | b'c' | b'D' | b'g' | b'G' | b'i' | b'k' | b'm' | b'M' | b'n' | b's' | b'S' | b't'
                    | b'u' | b'U' | b'Y' => {
                        format.parts.push(Part::Text(core::mem::take(&mut plain)));
                        format.parts.push(Part::Field(spec, *letter));
                        format.needs_meta = true;
                    }
                    // What is no field stays as it is.
                    other => plain.extend_from_slice(&[b'%', *other]),
                }
            }
            _ => plain.push(*b),
        }
    }
    format.parts.push(Part::Text(plain));
    Ok(format)
}

fn type_letter(kind: FileType) -> u8 {
    match kind {
        FileType::RegularFile => b'f',
        FileType::Directory => b'd',
        FileType::Symlink => b'l',
        FileType::BlockDevice => b'b',
        FileType::CharacterDevice => b'c',
        FileType::Fifo => b'p',
        FileType::Socket => b's',
        FileType::Unknown => b'U',
    }
}

#[inline(never)]
pub fn push_format(out: &mut Vec<u8>, format: &Format, state: &mut State, walk: &Walk, meta: &Meta) {
    for part in &format.parts {
        match part {
            Part::Text(text) => out.extend_from_slice(text),
            Part::Field(spec, letter) => push_field(out, spec, *letter, state, walk, meta),
            Part::Time(spec, clock, letter) => {
                let stamp = match clock {
                    b'A' => Some(meta.atime),
                    b'B' => meta.btime,
                    b'C' => Some(meta.ctime),
                    _ => Some(meta.mtime),
                };
                let mut text = Vec::new();
                if let Some(stamp) = stamp {
                    push_clock(&mut text, *letter, stamp, state);
                }
                spec.push_text(out, &text);
            }
        }
    }
}

/// A fraction of a second as GNU find writes it: ten digits.
fn push_fraction(out: &mut Vec<u8>, stamp: Stamp) {
    out.push(b'.');
    push_radix(out, u64::from(stamp.nsec), 10, 9, b'0');
    out.push(b'0');
}

#[inline(never)]
fn push_clock(out: &mut Vec<u8>, letter: u8, stamp: Stamp, state: &State) {
    let zone = &state.zone;
    match letter {
        b'@' => {
            push_i64(out, stamp.sec);
            push_fraction(out, stamp);
        }
        b'+' => {
            push_time(out, b"%Y-%m-%d+%H:%M:%S", stamp, zone);
            push_fraction(out, stamp);
        }
        b'S' | b'T' | b'X' => {
            push_time(out, &[b'%', letter], stamp, zone);
            push_fraction(out, stamp);
        }
        b'r' => {
            push_time(out, b"%I:%M:%S", stamp, zone);
            push_fraction(out, stamp);
            push_time(out, b" %p", stamp, zone);
        }
        _ => push_time(out, &[b'%', letter], stamp, zone),
    }
}

#[inline(never)]
fn push_field(out: &mut Vec<u8>, spec: &Spec, letter: u8, state: &mut State, walk: &Walk, meta: &Meta) {
    let path = walk.path();
    let mut text = Vec::new();
    let mut number = |n: u64, radix: u64| {
        if spec.alternate && radix == 8 {
            text.push(b'0');
        }
        push_radix(&mut text, n, radix, 0, b'0');
    };
    match letter {
        b'p' => return spec.push_text(out, path),
        b'f' => return spec.push_text(out, base_name(path)),
        b'h' => {
            // All before the last slash, as it was written; of /x nothing is left.
            let dir = match memchr::memrchr(b'/', path) {
                _ if path.iter().all(|b| *b == b'/') && !path.is_empty() => b"/",
                Some(at) => path.get(..at).unwrap_or_default(),
                None => b".",
            };
            return spec.push_text(out, dir);
        }
        b'P' => {
            let below = path.get(state.operand..).unwrap_or_default();
            return spec.push_text(out, below.strip_prefix(b"/").unwrap_or(below));
        }
        b'H' => return spec.push_text(out, path.get(..state.operand).unwrap_or(path)),
        b'y' => return spec.push_text(out, &[type_letter(walk.kind())]),
        b'Y' => {
            let letter = if walk.kind() == FileType::Symlink {
                match Meta::at(walk.dir(), walk.name(), true) {
                    Ok(meta) => type_letter(FileType::from_raw_mode(meta.mode)),
                    Err(base::Errno::LOOP) => b'L',
                    Err(base::Errno::NOENT | base::Errno::NOTDIR) => b'N',
                    Err(_) => b'?',
                }
            } else {
                type_letter(walk.kind())
            };
            return spec.push_text(out, &[letter]);
        }
        b'l' => {
            let target = if walk.kind() == FileType::Symlink {
                base::fs::readlinkat(walk.dir(), walk.name()).map(|t| t.into_bytes()).unwrap_or_default()
            } else {
                Vec::new()
            };
            return spec.push_text(out, &target);
        }
        b'F' => return spec.push_text(out, super::eval::fs_name(walk).as_bytes()),
        b'M' => return spec.push_text(out, &mode::format(meta.mode)),
        b'u' | b'g' => {
            let (name, id) = if letter == b'u' {
                (state.users.user_name(meta.uid), meta.uid)
            } else {
                (state.users.group_name(meta.gid), meta.gid)
            };
            match name {
                Some(name) => return spec.push_text(out, name),
                None => number(u64::from(id), 10),
            }
        }
        b'a' | b'c' | b't' => {
            let stamp = match letter {
                b'a' => meta.atime,
                b'c' => meta.ctime,
                _ => meta.mtime,
            };
            push_time(&mut text, b"%a %b %e %H:%M:%S", stamp, &state.zone);
            push_fraction(&mut text, stamp);
            push_time(&mut text, b" %Y", stamp, &state.zone);
            return spec.push_text(out, &text);
        }
        b'S' => {
            // How much of the size takes space: 1 for a plain file, less for one with holes.
            let used = meta.blocks.saturating_mul(512);
            let ratio = if meta.size == 0 {
                if used == 0 { 1_000_000u128 } else { 0 }
            } else {
                u128::from(used).saturating_mul(1_000_000).checked_div(u128::from(meta.size)).unwrap_or(0)
            };
            push_u64(&mut text, (ratio / 1_000_000) as u64);
            // Six digits in all, as C's %g.
            let mut fraction = Vec::new();
            push_radix(&mut fraction, (ratio % 1_000_000) as u64, 10, 6, b'0');
            fraction.truncate(6usize.saturating_sub(if ratio < 1_000_000 { 0 } else { text.len() }));
            while fraction.last() == Some(&b'0') {
                fraction.pop();
            }
            if !fraction.is_empty() {
                text.push(b'.');
                text.extend_from_slice(&fraction);
            }
            return spec.push_text(out, &text);
        }
        b'Z' => return spec.push_text(out, b""),
        b'b' => number(meta.blocks, 10),
        b'k' => number(meta.blocks.div_ceil(2), 10),
        b's' => number(meta.size, 10),
        b'd' => number(walk.depth() as u64, 10),
        b'D' => number(meta.dev, 10),
        b'G' => number(u64::from(meta.gid), 10),
        b'U' => number(u64::from(meta.uid), 10),
        b'i' => number(meta.ino, 10),
        b'n' => number(meta.nlink, 10),
        b'm' => number(u64::from(meta.permissions()), 8),
        _ => {}
    }
    spec.push_digits(out, &text);
}

fn push_padded(out: &mut Vec<u8>, text: &[u8], width: usize) {
    out.extend_from_slice(text);
    out.resize(out.len().saturating_add(width.saturating_sub(text.len())).saturating_add(1), b' ');
}

/// A line as of `ls -dils`.
#[inline(never)]
pub fn push_ls(out: &mut Vec<u8>, state: &mut State, walk: &Walk, meta: &Meta) {
    push_right(out, meta.ino, 9);
    out.push(b' ');
    push_right(out, meta.blocks.div_ceil(2), 6);
    out.push(b' ');
    out.extend_from_slice(&mode::format(meta.mode));
    out.push(b' ');
    push_right(out, meta.nlink, 3);
    out.push(b' ');
    for user in [true, false] {
        let (name, id) = if user {
            (state.users.user_name(meta.uid), meta.uid)
        } else {
            (state.users.group_name(meta.gid), meta.gid)
        };
        let mut digits = Vec::new();
        push_u64(&mut digits, u64::from(id));
        push_padded(out, name.unwrap_or(&digits), 8);
    }
    if meta.is_device() {
        push_right(out, u64::from(rustix::fs::major(meta.rdev)), 3);
        out.extend_from_slice(b", ");
        push_right(out, u64::from(rustix::fs::minor(meta.rdev)), 3);
    } else {
        push_right(out, meta.size, 8);
    }
    out.push(b' ');
    let age = state.now.sec.saturating_sub(meta.mtime.sec);
    let recent = (0..31_556_952 / 2).contains(&age);
    push_time(out, if recent { b"%b %e %H:%M " } else { b"%b %e  %Y " }, meta.mtime, &state.zone);
    push_name(out, walk.path(), Style::Escape, state.utf8);
    if meta.is_link()
        && let Ok(target) = base::fs::readlinkat(walk.dir(), walk.name())
    {
        out.extend_from_slice(b" -> ");
        push_name(out, target.to_bytes(), Style::Escape, state.utf8);
    }
    out.push(b'\n');
}
