//! realpath - print paths without symbolic links, `.` and `..`
//! Spec: POSIX.1-2024. Extras: -m -s -L -q -z --relative-to --relative-base as GNU. Deviations: without -e or -E the last
//! component may be missing, as in GNU and BusyBox.

use base::bytes;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Result, Status};
use rustix::fs::CWD;

/// realpath
pub const APPLET: Applet = base::applet!(Declaration {
    name: "realpath",
    exec: Exec::no_fork("reads links and writes its output"),
    summary: "Print the absolute path of each FILE, without links, . and ..",
    operands: "FILE...",
    options: &[
        Opt::flag("e", "canonicalize-existing", "all of it must exist"),
        Opt::flag("E", "canonicalize", "all but the last component must exist (default)"),
        Opt::flag("m", "canonicalize-missing", "nothing needs to exist"),
        Opt::flag("L", "logical", "resolve .. before symbolic links"),
        Opt::flag("P", "physical", "resolve symbolic links as they come (default)"),
        Opt::flag("q", "quiet", "no messages"),
        Opt::flag("s", "strip", "do not look through symbolic links"),
        Opt::hidden("", "no-symlinks"),
        Opt::flag("z", "zero", "end each line with NUL"),
        Opt::value("", "relative-to", "DIR", Kind::Text, "print relative to DIR"),
        Opt::value("", "relative-base", "DIR", Kind::Text, "print what is below DIR relative to it"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// What of a path need not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Nothing,
    Last,
    Any,
}

/// The most symbolic links a path may lead through.
const MAX_LINKS: usize = 40;

/// `path` made absolute, `.`, `..` and symbolic links resolved.
pub fn resolve(path: &[u8], missing: Missing) -> Result<Vec<u8>, Errno> {
    resolve_with(path, missing, true)
}

/// The same; without `links`, symbolic links are taken for what they are not.
fn resolve_with(path: &[u8], missing: Missing, links: bool) -> Result<Vec<u8>, Errno> {
    if path.is_empty() {
        return Err(Errno::NOENT);
    }
    let mut done = if path.starts_with(b"/") { Vec::new() } else { working_dir()? };
    if done == b"/" {
        done.clear();
    }
    // What is still to come, the next component last.
    let mut todo: Vec<Vec<u8>> = Vec::new();
    let push = |todo: &mut Vec<Vec<u8>>, path: &[u8]| {
        todo.extend(path.split(|b| *b == b'/').rev().filter(|c| !c.is_empty() && *c != b".").map(<[u8]>::to_vec));
    };
    push(&mut todo, path);
    let mut count = 0;
    let mut gone = false;
    while let Some(part) = todo.pop() {
        if part == b".." {
            done.truncate(memchr::memrchr(b'/', &done).unwrap_or(0));
            continue;
        }
        let parent = done.len();
        done.push(b'/');
        done.extend_from_slice(&part);
        if gone || (!links && missing == Missing::Any) {
            continue;
        }
        let look = if links {
            base::fs::readlinkat(CWD, done.as_slice()).map(Some)
        } else {
            base::meta::Meta::of(done.as_slice(), false).map(|_| None)
        };
        match look {
            Ok(Some(target)) => {
                count += 1;
                if count > MAX_LINKS {
                    if missing == Missing::Any {
                        continue;
                    }
                    return Err(Errno::LOOP);
                }
                let target = target.to_bytes();
                done.truncate(if target.starts_with(b"/") { 0 } else { parent });
                push(&mut todo, target);
            }
            // No link: it exists.
            Ok(None) | Err(Errno::INVAL) => {}
            Err(Errno::NOENT) if missing == Missing::Last && todo.is_empty() => {}
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) if missing == Missing::Any => gone = true,
            Err(e) => return Err(e),
        }
    }
    if done.is_empty() {
        done.push(b'/');
    }
    if missing != Missing::Any && (path.ends_with(b"/") || path.ends_with(b"/.")) {
        match base::meta::Meta::of(done.as_slice(), true) {
            Ok(meta) if !meta.is_dir() => return Err(Errno::NOTDIR),
            Err(Errno::NOENT) if missing == Missing::Last => {}
            other => _ = other?,
        }
    }
    Ok(done)
}

fn working_dir() -> Result<Vec<u8>, Errno> {
    Ok(rustix::process::getcwd(Vec::new())?.into_bytes())
}

/// `path` as seen from `base`, both absolute and resolved.
pub fn relative_to(path: &[u8], base: &[u8]) -> Vec<u8> {
    let (path, base) = (parts(path), parts(base));
    let common = path.iter().zip(&base).take_while(|(a, b)| a == b).count();
    let mut all = Vec::new();
    all.resize(base.len().saturating_sub(common), &b".."[..]);
    all.extend_from_slice(path.get(common..).unwrap_or_default());
    if all.is_empty() { b".".to_vec() } else { bytes::join(&all, b"/") }
}

fn parts(path: &[u8]) -> Vec<&[u8]> {
    let mut parts = bytes::split(path, b'/');
    parts.retain(|part| !part.is_empty());
    parts
}

fn is_below(path: &[u8], base: &[u8]) -> bool {
    base == b"/" || path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let missing = match args.last_of(&["e", "E", "m"]) {
        Some("e") => Missing::Nothing,
        Some("m") => Missing::Any,
        _ => Missing::Last,
    };
    let end = args.line_end();
    let last = args.last_of(&["s", "no-symlinks", "L", "P"]);
    let strip = matches!(last, Some("s" | "no-symlinks"));
    let logical = last == Some("L");
    let one = |path: &[u8]| {
        if strip {
            // Existence is asked of the path without its dots, and with -e of what a link at its end points to.
            let full = resolve_with(path, missing, false)?;
            if missing == Missing::Nothing {
                base::meta::Meta::of(full.as_slice(), true)?;
            }
            return Ok(full);
        }
        if logical {
            let mut plain = resolve_with(path, Missing::Any, false)?;
            if path.ends_with(b"/") {
                plain.push(b'/');
            }
            return resolve(&plain, missing);
        }
        resolve(path, missing)
    };
    let folder = |id: &str| match args.text(id) {
        Some(dir) => one(dir).map(Some).map_err(|e| Error::system(dir, e)),
        None => Ok(None),
    };
    let below = folder("relative-base")?;
    let to = match folder("relative-to")? {
        Some(to) => Some(to).filter(|to| below.as_ref().is_none_or(|b| is_below(to, b))),
        None => below.clone(),
    };
    for path in args.between(1, usize::MAX)? {
        match one(path) {
            Ok(mut full) => {
                if let Some(to) = &to
                    && below.as_ref().is_none_or(|b| is_below(&full, b))
                {
                    full = relative_to(&full, to);
                }
                cx.stdout.put(&full)?;
                cx.stdout.byte(end)?;
            }
            Err(_) if args.has("q") => cx.failed(),
            Err(e) => cx.warn(Error::system(*path, e)),
        }
    }
    Ok(Status::SUCCESS)
}
