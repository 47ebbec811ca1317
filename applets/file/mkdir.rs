//! mkdir - make directories
//! Spec: POSIX.1-2024. Extras: -v as GNU. Deviations: none known.

use crate::common::report_named;
use base::meta::Meta;
use base::mode::{self, ModeChange};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, ResultExt, Status};
use rustix::fs::{CWD, Mode};

/// mkdir
pub const APPLET: Applet = base::applet!(Declaration {
    name: "mkdir",
    place: Place::Bin,
    exec: Exec::no_fork("only makes directories"),
    summary: "Make each DIRECTORY",
    operands: "DIRECTORY...",
    options: &[
        Opt::value("m", "mode", "MODE", Kind::Text, "give it MODE instead of a=rwx less the umask"),
        Opt::flag("p", "parents", "make the directories above too; one that exists is no error"),
        Opt::flag("v", "verbose", "say what is made"),
        Opt::hidden("Z", "context"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let umask = mode::umask();
    let wanted = match args.text("m") {
        Some(text) => match ModeChange::parse(text) {
            Some(change) => Some(change.apply(0o777, false, umask)),
            None => return Err(Error::message_about("invalid mode", text)),
        },
        None => None,
    };
    let verbose = args.has("v");
    for path in args.between(1, usize::MAX)? {
        let made = if args.has("p") { make_path(cx, path, umask, verbose) } else { make(path).at(path).map(|()| true) };
        match made {
            Ok(false) => continue,
            Ok(true) => {}
            Err(e) => {
                cx.warn(e);
                continue;
            }
        }
        if let Some(mode) = wanted
            && let Err(e) = base::sys::file::chmod_nofollow(CWD, path, mode)
        {
            cx.warn(Error::system(*path, e));
        }
        if verbose {
            report_named(cx, &[b"created directory '", path, b"'"])?;
        }
    }
    Ok(Status::SUCCESS)
}

fn make(path: &[u8]) -> Result<(), Errno> {
    base::fs::mkdir(path, Mode::from_raw_mode(0o777))
}

/// Makes `path` and what is missing above it. Gives whether the last one is new.
fn make_path(cx: &mut Context, path: &[u8], umask: u32, verbose: bool) -> Result<bool> {
    // Mostly all but the last is there.
    match make(path) {
        Ok(()) => return Ok(true),
        Err(Errno::NOENT) => {}
        Err(e) => return existing(path, e),
    }
    for (at, _) in path.iter().enumerate().filter(|(_, b)| **b == b'/') {
        let parent = path.get(..at).unwrap_or_default();
        let rest = path.get(at..).unwrap_or_default();
        if parent.is_empty() || parent.ends_with(b"/") || rest.iter().all(|b| *b == b'/') {
            continue;
        }
        match make(parent) {
            Ok(()) => {
                // What is to be made inside must be reachable, whatever the umask (POSIX).
                if umask & 0o300 != 0 {
                    base::fs::chmod(parent, Mode::from_raw_mode(0o777 & !umask | 0o300)).at(parent)?;
                }
                if verbose {
                    report_named(cx, &[b"created directory '", parent, b"'"])?;
                }
            }
            Err(e) => _ = existing(parent, e)?,
        }
    }
    make(path).map(|()| true).or_else(|e| existing(path, e))
}

/// A directory that is there already is as good as a new one; some systems say so with EROFS or the like.
fn existing(path: &[u8], errno: Errno) -> Result<bool> {
    if errno != Errno::NOENT && Meta::of(path, true).is_ok_and(|m| m.is_dir()) {
        Ok(false)
    } else {
        Err(Error::system(path, errno))
    }
}
