//! pathname - the files that a pattern matches, sorted.

use crate::strings::Strings;
use base::error::Errno;
use base::pattern::glob::{Glob, GlobOptions, is_glob};
use rustix::fs::{AtFlags, CWD, FileType};

/// How file names are matched.
#[derive(Clone, Copy)]
pub struct Wishes {
    pub glob: GlobOptions,
    /// `*` matches names that begin with a dot.
    pub dots: bool,
    /// `**` is any number of directories.
    pub deep: bool,
}

/// The paths that match `pattern`, added to `out` in the order of their bytes; none where nothing matches. Gives how many.
#[inline(never)]
pub fn expand(pattern: &[u8], wishes: &Wishes, out: &mut Strings) -> usize {
    if !is_glob(pattern) {
        return 0;
    }
    let mut found = Found::default();
    let slashes = pattern.iter().take_while(|byte| **byte == b'/').count();
    let (root, mut rest) = pattern.split_at_checked(slashes).unwrap_or((b"", pattern));
    found.base.extend_from_slice(root);
    // The directories that the pattern names outright are the same in every path.
    loop {
        let (component, separator, after) = split(rest);
        if is_glob(component) || component.is_empty() || separator.is_empty() || after.is_empty() {
            break;
        }
        unquote(component, &mut found.base);
        found.base.extend_from_slice(separator);
        rest = after;
    }
    walk(found.base.clone(), rest, wishes, &mut found);
    found.add_sorted(out);
    found.paths.len()
}

/// What was found: paths without what all of them begin with.
#[derive(Default)]
struct Found {
    base: Vec<u8>,
    paths: Strings,
}

impl Found {
    /// Adds a path that begins with the base.
    fn push(&mut self, path: &[u8]) {
        self.paths.push(path.get(self.base.len()..).unwrap_or_default());
    }

    /// Hands on the paths in order. Most of it is decided by the eight bytes behind what all have in common.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn add_sorted(&self, out: &mut Strings) {
        let paths = &self.paths;
        let first = paths.get(0).unwrap_or_default();
        let mut common = first.len();
        for path in paths.iter() {
            common = path.iter().zip(first).take(common).take_while(|(a, b)| a == b).count();
        }
        let mut keys: Vec<u64> = Vec::with_capacity(paths.len());
        for path in paths.iter() {
            keys.push(base::order::lead(path.get(common..).unwrap_or_default()));
        }
        let order = base::order::keyed(&keys, &mut |a, b| paths.get(a).cmp(&paths.get(b)));
        let bytes = paths.iter().fold(0usize, |bytes, path| bytes.saturating_add(path.len()));
        out.reserve(paths.len(), bytes.saturating_add(self.base.len().saturating_mul(paths.len())));
        for index in &order {
            let path = out.open();
            path.extend_from_slice(&self.base);
            path.extend_from_slice(paths.get(*index as usize).unwrap_or_default());
            out.close();
        }
    }
}

/// Goes on from the path `base` with the rest of the pattern. The recursion is as deep as the pattern has components.
fn walk(base: Vec<u8>, pattern: &[u8], wishes: &Wishes, found: &mut Found) {
    let (component, separator, rest) = split(pattern);
    if component.is_empty() {
        if base::fs::statat(CWD, base.as_slice(), AtFlags::empty()).is_ok() {
            found.push(&base);
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
            if base::fs::statat(CWD, path.as_slice(), flags).is_ok() {
                found.push(&path);
            }
        } else {
            walk(path, rest, wishes, found);
        }
        return;
    }
    if separator.is_empty() {
        let _ = entries(&base, component, wishes, &mut |name, _| {
            let path = found.paths.open();
            path.extend_from_slice(base.get(found.base.len()..).unwrap_or_default());
            path.extend_from_slice(name);
            found.paths.close();
        });
        return;
    }
    for entry in directories(&base, component, wishes).iter() {
        let [DIRECTORY | UNKNOWN, name @ ..] = entry else { continue };
        let path = [&base, name, separator].concat();
        if !rest.is_empty() {
            walk(path, rest, wishes, found);
        } else if base::fs::statat(CWD, path.as_slice(), AtFlags::empty()).is_ok() {
            found.push(&path);
        }
    }
}

/// Directories below one another deeper than this are not followed by `**`.
const DEEPEST: usize = 512;

/// `**`: this directory and all below it, links not followed; with nothing behind, their files too.
#[inline(never)]
fn descend(base: Vec<u8>, rest: &[u8], wishes: &Wishes, found: &mut Found) {
    let mut todo = vec![(base, 0usize)];
    while let Some((base, depth)) = todo.pop() {
        if rest.is_empty() {
            if !base.is_empty() && depth == 0 {
                found.push(&base);
            }
        } else {
            walk(base.clone(), rest, wishes, found);
        }
        for entry in directories(&base, b"*", wishes).iter() {
            let [kind, name @ ..] = entry else { continue };
            let mut path = [&base, name].concat();
            if rest.is_empty() {
                found.push(&path);
            }
            let descends = match *kind {
                UNKNOWN => base::fs::statat(CWD, path.as_slice(), AtFlags::SYMLINK_NOFOLLOW)
                    .is_ok_and(|status| FileType::from_raw_mode(status.st_mode).is_dir()),
                kind => kind == DIRECTORY,
            };
            if descends && depth < DEEPEST {
                path.push(b'/');
                todo.push((path, depth.saturating_add(1)));
            }
        }
    }
}

/// The pattern's first component, the slashes behind it, and the rest.
fn split(pattern: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (component, rest) = pattern.split_at_checked(component(pattern)).unwrap_or((pattern, b""));
    let slashes = rest.iter().take_while(|byte| **byte == b'/').count();
    let (separator, rest) = rest.split_at_checked(slashes).unwrap_or((rest, b""));
    (component, separator, rest)
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

/// As `entries`, in a list: each name behind what it is.
fn directories(base: &[u8], component: &[u8], wishes: &Wishes) -> Strings {
    let mut list = Strings::new();
    let _ = entries(base, component, wishes, &mut |name, kind| {
        list.open().push(kind);
        list.push(name);
    });
    list
}

/// What an entry of a directory is.
const FILE: u8 = 0;
const DIRECTORY: u8 = 1;
/// That is not said with its name, or it is a link.
const UNKNOWN: u8 = 2;

/// Hands on the names in a directory that match, each with what it is.
fn entries(base: &[u8], component: &[u8], wishes: &Wishes, each: &mut dyn FnMut(&[u8], u8)) -> Result<(), Errno> {
    let directory: &[u8] = if base.is_empty() { b"." } else { base };
    let glob = Glob::compile(component, wishes.glob);
    let dots = component.starts_with(b".") || component.starts_with(b"\\.");
    base::fs::each_entry(directory, &mut |name, kind| {
        let hidden = name.starts_with(b".") && (!(dots || wishes.dots) || name == b"." || name == b"..");
        if !hidden && glob.matches(name) {
            let kind = match kind {
                FileType::Directory => DIRECTORY,
                FileType::Symlink | FileType::Unknown => UNKNOWN,
                _ => FILE,
            };
            each(name, kind);
        }
    })
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
