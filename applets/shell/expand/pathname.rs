//! pathname - the files that a pattern matches, sorted.

use super::fnmatch::{Matcher, is_pattern, unescape};
use base::error::Errno;
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};

/// The paths that match `pattern`, in the order of their bytes; none where nothing matches.
pub fn expand(pattern: &[u8], matcher: Matcher) -> Vec<Vec<u8>> {
    if !is_pattern(pattern) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let slashes = pattern.iter().take_while(|byte| **byte == b'/').count();
    let (root, rest) = pattern.split_at_checked(slashes).unwrap_or((b"", pattern));
    walk(root.to_vec(), rest, matcher, &mut found);
    found.sort_unstable();
    found
}

/// Goes on from the path `base` with the rest of the pattern. The recursion is as deep as the pattern has components.
fn walk(base: Vec<u8>, pattern: &[u8], matcher: Matcher, found: &mut Vec<Vec<u8>>) {
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
    if !is_pattern(component) {
        let mut path = base;
        unescape(component, &mut path);
        path.extend_from_slice(separator);
        if separator.is_empty() || (rest.is_empty() && !separator.is_empty()) {
            let flags = if separator.is_empty() { AtFlags::SYMLINK_NOFOLLOW } else { AtFlags::empty() };
            if rustix::fs::statat(CWD, path.as_slice(), flags).is_ok() {
                found.push(path);
            }
        } else {
            walk(path, rest, matcher, found);
        }
        return;
    }
    let directory: &[u8] = if base.is_empty() { b"." } else { &base };
    for (name, is_directory) in entries(directory, component, matcher).unwrap_or_default() {
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
            walk(path, rest, matcher, found);
        } else if rustix::fs::statat(CWD, path.as_slice(), AtFlags::empty()).is_ok() {
            found.push(path);
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
fn entries(directory: &[u8], component: &[u8], matcher: Matcher) -> Result<Entries, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let fd = rustix::fs::open(directory, flags, Mode::empty())?;
    let mut entries = Vec::new();
    let mut buffer = vec![core::mem::MaybeUninit::uninit(); 32 * 1024];
    let mut reader = rustix::fs::RawDir::new(fd, &mut buffer);
    let dots = component.starts_with(b".") || component.starts_with(b"\\.");
    while let Some(entry) = reader.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name.starts_with(b".") && (!dots || name == b"." || name == b"..") {
            continue;
        }
        if matcher.matches(component, name) {
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
