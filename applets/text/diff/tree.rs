//! Files and directories: what is compared with what.

use super::{Job, Side, put};
use base::context::Context;
use base::error::{Errno, Error, Result};
use base::io::Input;
use base::meta::{Meta, Stamp};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, openat};

/// How deep directories may be nested: each level holds two descriptors.
const DEPTH: usize = 256;

fn stamp() -> Stamp {
    Stamp { sec: 0, nsec: 0 }
}

/// Compares the operands. Gives whether they differ.
pub fn operands(cx: &mut Context, job: &Job, first: &[u8], second: &[u8]) -> Result<bool> {
    if first == b"-" && second == b"-" {
        // The same, whatever it is; not a byte is taken of it.
        return Ok(false);
    }
    let kind = |path: &[u8]| if path == b"-" { Ok(None) } else { Meta::of(path, !job.nofollow).map(Some) };
    let (mut a, mut b) = (kind(first), kind(second));
    let is_dir = |kind: &Result<Option<Meta>, Errno>| matches!(kind, Ok(Some(meta)) if meta.is_dir());
    let (mut first, mut second) = (first.to_vec(), second.to_vec());
    if is_dir(&a) && is_dir(&b) {
        let open = |path: &[u8]| base::walk::open_dir(CWD, path, true).map_err(|errno| Error::system(path, errno));
        let (one, other) = (open(&first)?, open(&second)?);
        return level(cx, job, (Some(one), &first), (Some(other), &second), 0);
    }
    if is_dir(&a) != is_dir(&b) {
        // A file is compared with the one of its name in the directory.
        let (dir, file) = if is_dir(&a) { (&mut first, &second) } else { (&mut second, &first) };
        if file.as_slice() == b"-" {
            return Err(Error::message("cannot compare '-' to a directory"));
        }
        let name = file.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        *dir = join(dir, name);
        let found = kind(dir);
        if is_dir(&a) { a = found } else { b = found }
    }
    if let (Ok(Some(one)), Ok(Some(other))) = (&a, &b)
        && (one.is_link() || other.is_link())
    {
        return links_and_others(
            cx,
            &(&None, a.ok().flatten(), &first, b""),
            &(&None, b.ok().flatten(), &second, b""),
            b"",
        );
    }
    let mut failed = false;
    let mut sides = Vec::new();
    for (path, kind, absent) in [(&first, &a, job.new_files || job.new_first), (&second, &b, job.new_files)] {
        match kind {
            Err(Errno::NOENT) if absent && (a.is_ok() || b.is_ok()) => {
                sides.push(Side { path, content: Vec::new(), time: stamp() });
            }
            Err(errno) => {
                cx.warn(Error::system(path.as_slice(), *errno));
                failed = true;
            }
            Ok(meta) => {
                let result = cx.open(path).and_then(|mut input| {
                    let content = input.rest()?;
                    cx.close(path, input);
                    Ok(content)
                });
                match result {
                    Ok(content) => {
                        let time = meta.as_ref().map_or_else(base::time::now, |meta| meta.mtime);
                        sides.push(Side { path, content, time });
                    }
                    Err(error) => {
                        cx.warn(error);
                        failed = true;
                    }
                }
            }
        }
    }
    match (failed, sides.as_slice()) {
        (false, [a, b]) => job.files(cx, a, b, false),
        _ => Ok(true),
    }
}

/// Adds the names in a directory that are to be compared.
fn push_names(names: &mut Vec<Vec<u8>>, job: &Job, dir: Option<&OwnedFd>, depth: usize) -> Result<(), Errno> {
    let Some(dir) = dir else { return Ok(()) };
    let listing = base::walk::list(dir)?;
    let starting = job.starting.filter(|_| depth == 0).unwrap_or_default();
    for item in &listing.items {
        let name = listing.name(item);
        if name >= starting && !job.excluded.iter().any(|glob| glob.matches(name)) {
            names.push(name.to_vec());
        }
    }
    Ok(())
}

fn join(path: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if path.ends_with(b"/") { b"" } else { b"/" };
    [path, slash, name].concat()
}

/// Compares what is in two directories, one of which may be missing.
fn level(
    cx: &mut Context,
    job: &Job,
    (one, one_path): (Option<OwnedFd>, &[u8]),
    (other, other_path): (Option<OwnedFd>, &[u8]),
    depth: usize,
) -> Result<bool> {
    if depth > DEPTH {
        cx.warn(Error::system(one_path, Errno::MFILE));
        return Ok(true);
    }
    let mut all = Vec::new();
    for (dir, path) in [(&one, one_path), (&other, other_path)] {
        if let Err(errno) = push_names(&mut all, job, dir.as_ref(), depth) {
            cx.warn(Error::system(path, errno));
            return Ok(true);
        }
    }
    base::order::sort(&mut all, &mut Vec::cmp);
    let mut differs = false;
    let mut last: Option<&Vec<u8>> = None;
    for name in &all {
        if last.replace(name) == Some(name) {
            continue;
        }
        let (a_path, b_path) = (join(one_path, name), join(other_path, name));
        let a = look(cx, job, one.as_ref(), name, &a_path);
        let b = look(cx, job, other.as_ref(), name, &b_path);
        let (Some(a), Some(b)) = (a, b) else {
            differs = true;
            continue;
        };
        differs |= pair(cx, job, &(&one, a, &a_path, one_path), &(&other, b, &b_path, other_path), name, depth)?;
    }
    Ok(differs)
}

/// What there is of this name: None after an error, Some(None) if nothing.
fn look(cx: &mut Context, job: &Job, dir: Option<&OwnedFd>, name: &[u8], path: &[u8]) -> Option<Option<Meta>> {
    let Some(dir) = dir else { return Some(None) };
    match Meta::at(dir.as_fd(), name, !job.nofollow) {
        Ok(meta) => Some(Some(meta)),
        // A symbolic link that leads nowhere is there all the same.
        Err(Errno::NOENT) if Meta::at(dir.as_fd(), name, false).is_err() => Some(None),
        Err(errno) => {
            cx.warn(Error::system(path, errno));
            None
        }
    }
}

/// One name of a directory: the directory, what it is there, its path, the directory's path.
type Entry<'a> = (&'a Option<OwnedFd>, Option<Meta>, &'a [u8], &'a [u8]);

fn pair(cx: &mut Context, job: &Job, one: &Entry, other: &Entry, name: &[u8], depth: usize) -> Result<bool> {
    let (a, b) = (&one.1, &other.1);
    let is_dir = |meta: &Option<Meta>| meta.as_ref().is_some_and(Meta::is_dir);
    if a.is_none() || b.is_none() {
        let first = a.is_none();
        let new = job.new_files || first && job.new_first;
        let dir = is_dir(a) || is_dir(b);
        if !new || dir && !job.recursive {
            let path = if first { other.3 } else { one.3 };
            let path = path.strip_suffix(b"/").filter(|path| !path.is_empty()).unwrap_or(path);
            put(cx, "Only in %: %\n", &[path, name])?;
            return Ok(true);
        }
    }
    if is_dir(a) && is_dir(b) && !job.recursive {
        put(cx, "Common subdirectories: % and %\n", &[one.2, other.2])?;
        return Ok(false);
    }
    if (is_dir(a) || a.is_none()) && (is_dir(b) || b.is_none()) {
        let open = |entry: &Entry| match (&entry.1, entry.0) {
            (Some(_), Some(dir)) => base::walk::open_dir(dir.as_fd(), name, !job.nofollow).map(Some),
            _ => Ok(None),
        };
        return match (open(one), open(other)) {
            (Ok(a), Ok(b)) => level(cx, job, (a, one.2), (b, other.2), depth + 1),
            (Err(errno), _) => {
                cx.warn(Error::system(one.2, errno));
                Ok(true)
            }
            (_, Err(errno)) => {
                cx.warn(Error::system(other.2, errno));
                Ok(true)
            }
        };
    }
    let special = |meta: &Option<Meta>| meta.as_ref().is_some_and(|meta| !meta.is_file());
    if special(a) || special(b) {
        return links_and_others(cx, one, other, name);
    }
    let mut sides = Vec::new();
    for (dir, meta, path, _) in [one, other] {
        let content = match (dir, meta) {
            (Some(dir), Some(_)) => read(dir.as_fd(), name, path, job.nofollow),
            _ => Ok(Vec::new()),
        };
        match content {
            Ok(content) => {
                sides.push(Side { path, content, time: meta.as_ref().map_or_else(stamp, |meta| meta.mtime) })
            }
            Err(error) => cx.warn(error),
        }
    }
    match sides.as_slice() {
        [a, b] => job.files(cx, a, b, true),
        _ => Ok(true),
    }
}

fn read(dir: BorrowedFd, name: &[u8], path: &[u8], nofollow: bool) -> Result<Vec<u8>> {
    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    if nofollow {
        flags |= OFlags::NOFOLLOW;
    }
    let fd = openat(dir, name, flags, Mode::empty()).map_err(|errno| Error::system(path, errno))?;
    Input::owned(fd, path).rest()
}

/// Two files that are not both regular ones; without a directory, a path leads to each.
fn links_and_others(cx: &mut Context, one: &Entry, other: &Entry, name: &[u8]) -> Result<bool> {
    let mut skipped = false;
    for (_, meta, path, _) in [one, other] {
        if meta.as_ref().is_some_and(|meta| !meta.is_file() && !meta.is_dir() && !meta.is_link()) {
            put(cx, "File % is not a regular file or directory and was skipped\n", &[path])?;
            skipped = true;
        }
    }
    if skipped {
        return Ok(true);
    }
    let target = |(dir, meta, path, _): &Entry| {
        meta.as_ref().filter(|meta| meta.is_link())?;
        let (dir, name) = dir.as_ref().map_or((CWD, *path), |dir| (dir.as_fd(), name));
        base::fs::readlinkat(dir, name).ok()
    };
    if let (Some(x), Some(y)) = (target(one), target(other)) {
        if x == y {
            return Ok(false);
        }
        put(cx, "Symbolic links % and % differ\n", &[one.2, other.2])?;
        return Ok(true);
    }
    let kind = |meta: &Option<Meta>| match meta {
        Some(meta) if meta.is_dir() => "directory",
        Some(meta) if meta.is_link() => "symbolic link",
        Some(meta) if meta.is_file() && meta.size > 0 => "regular file",
        _ => "regular empty file",
    };
    let (a, b) = (kind(&one.1).as_bytes(), kind(&other.1).as_bytes());
    put(cx, "File % is a % while file % is a %\n", &[one.2, a, other.2, b])?;
    Ok(true)
}
