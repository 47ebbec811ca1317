//! pathname - the files that a pattern matches, sorted.

use base::error::Errno;
use base::pattern::glob::{Glob, GlobOptions, is_glob};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

/// How file names are matched.
#[derive(Clone, Copy)]
pub struct Wishes {
    pub glob: GlobOptions,
    /// `*` matches names that begin with a dot.
    pub dots: bool,
    /// `**` is any number of directories.
    pub deep: bool,
}

/// The paths that match `pattern`, in the order of their bytes; none where nothing matches.
pub fn expand(pattern: &[u8], wishes: &Wishes) -> Vec<Vec<u8>> {
    if !is_glob(pattern) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let slashes = pattern.iter().take_while(|byte| **byte == b'/').count();
    let (root, rest) = pattern.split_at_checked(slashes).unwrap_or((b"", pattern));
    walk(root.to_vec(), rest, wishes, &mut found);
    base::order::sort(&mut found, &mut Ord::cmp);
    found
}

/// Goes on from the path `base` with the rest of the pattern. The recursion is as deep as the pattern has components.
fn walk(base: Vec<u8>, pattern: &[u8], wishes: &Wishes, found: &mut Vec<Vec<u8>>) {
    let length = component(pattern);
    let (component, rest) = pattern.split_at_checked(length).unwrap_or((pattern, b""));
    let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
    let (separator, rest) = rest.split_at_checked(slashes).unwrap_or((rest, b""));
    if component.is_empty() {
        if rustix::fs::statat(CWD, base.as_slice(), AtFlags::empty()).is_ok() {
            found.push(base);
        }
        return;
    }
    if wishes.deep && component == b"**" {
        return descend(base, rest, wishes, found);
    }
    if !is_glob(component) {
        let mut path = base;
        unquote(component, &mut path);
        path.extend_from_slice(separator);
        if separator.is_empty() || (rest.is_empty() && !separator.is_empty()) {
            let flags = if separator.is_empty() { AtFlags::SYMLINK_NOFOLLOW } else { AtFlags::empty() };
            if rustix::fs::statat(CWD, path.as_slice(), flags).is_ok() {
                found.push(path);
            }
        } else {
            walk(path, rest, wishes, found);
        }
        return;
    }
    let directory: &[u8] = if base.is_empty() { b"." } else { &base };
    for (name, is_directory) in entries(directory, component, wishes).unwrap_or_default() {
        if base.is_empty() && separator.is_empty() {
            found.push(name);
            continue;
        }
        let mut path = Vec::with_capacity(base.len().saturating_add(name.len()).saturating_add(separator.len()));
        path.extend_from_slice(&base);
        path.extend_from_slice(&name);
        if separator.is_empty() {
            found.push(path);
            continue;
        }
        if is_directory == Some(false) {
            continue;
        }
        path.extend_from_slice(separator);
        if !rest.is_empty() {
            walk(path, rest, wishes, found);
        } else if rustix::fs::statat(CWD, path.as_slice(), AtFlags::empty()).is_ok() {
            found.push(path);
        }
    }
}

/// Directories below one another deeper than this are not followed by `**`.
const DEEPEST: usize = 512;

/// `**`: this directory and all below it, links not followed; with nothing behind, their files too.
fn descend(base: Vec<u8>, rest: &[u8], wishes: &Wishes, found: &mut Vec<Vec<u8>>) {
    let mut todo = vec![(base, 0usize)];
    while let Some((base, depth)) = todo.pop() {
        if rest.is_empty() {
            if !base.is_empty() && depth == 0 {
                found.push(base.clone());
            }
        } else {
            walk(base.clone(), rest, wishes, found);
        }
        let directory: &[u8] = if base.is_empty() { b"." } else { &base };
        for (name, is_directory) in entries(directory, b"*", wishes).unwrap_or_default() {
            let mut path = base.clone();
            path.extend_from_slice(&name);
            if rest.is_empty() {
                found.push(path.clone());
            }
            let descends = is_directory.unwrap_or_else(|| {
                rustix::fs::statat(CWD, path.as_slice(), AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|status| FileType::from_raw_mode(status.st_mode).is_dir())
            });
            if descends && depth < DEEPEST {
                path.push(b'/');
                todo.push((path, depth.saturating_add(1)));
            }
        }
    }
}

/// The length of the pattern's first component. A slash in brackets separates too, as POSIX says.
fn component(pattern: &[u8]) -> usize {
    let mut at = 0usize;
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'/' => break,
            b'\\' if pattern.get(at.saturating_add(1)) != Some(&b'/') => at = at.saturating_add(2),
            _ => at = at.saturating_add(1),
        }
    }
    at.min(pattern.len())
}

type Entries = Vec<(Vec<u8>, Option<bool>)>;

/// The names in a directory that match, each with whether it is a directory, where that is known.
fn entries(directory: &[u8], component: &[u8], wishes: &Wishes) -> Result<Entries, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(directory, flags, Mode::empty())?;
    let mut entries = Vec::new();
    let mut buffer = vec![core::mem::MaybeUninit::uninit(); 32 * 1024];
    let mut reader = rustix::fs::RawDir::new(fd, &mut buffer);
    let glob = Glob::compile(component, wishes.glob);
    let dots = component.starts_with(b".") || component.starts_with(b"\\.");
    while let Some(entry) = reader.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name.starts_with(b".") && (!(dots || wishes.dots) || name == b"." || name == b"..") {
            continue;
        }
        if glob.matches(name) {
            let kind = match entry.file_type() {
                FileType::Directory => Some(true),
                FileType::Symlink | FileType::Unknown => None,
                _ => Some(false),
            };
            entries.push((name.to_vec(), kind));
        }
    }
    Ok(entries)
}

/// The name that a component without special characters stands for.
fn unquote(component: &[u8], out: &mut Vec<u8>) {
    let mut bytes = component.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => out.push(*bytes.next().unwrap_or(byte)),
            _ => out.push(*byte),
        }
    }
}
