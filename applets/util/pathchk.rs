//! pathchk - check whether names of files are valid and portable
//! Spec: POSIX.1-2024. Extras: --portability (GNU). Deviations: none known.

use base::number::push_u64;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "pathchk",
    exec: Exec::no_fork("looks at files and writes"),
    summary: "Check whether each PATH is valid, and portable",
    operands: "PATH...",
    options: &[
        Opt::flag("p", "", "check for all POSIX systems, not for this one"),
        Opt::flag("P", "", "check for empty names and a leading - too"),
        Opt::flag("", "portability", "both"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// What every POSIX system offers: _POSIX_PATH_MAX and _POSIX_NAME_MAX.
const PORTABLE_PATH: usize = 256;
const PORTABLE_NAME: usize = 14;
/// Linux's PATH_MAX, the terminating zero byte counted in.
const PATH: usize = 4096;

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let both = args.has("portability");
    let (portable, strict) = (both || args.has("p"), both || args.has("P"));
    for path in args.between(1, usize::MAX)? {
        if let Err(error) = check(path, portable, strict) {
            cx.warn(error);
        }
    }
    Ok(cx.status())
}

fn check(path: &[u8], portable: bool, strict: bool) -> Result<()> {
    let quoted = [b"'", path, b"'"].concat();
    let names = || path.split(|byte| *byte == b'/').filter(|name| !name.is_empty());
    if strict && names().any(|name| name.starts_with(b"-")) {
        return Err(Error::message(base::bytes::fill(
            "leading '-' in a component of file name %",
            &[quoted.as_slice()],
        )));
    }
    if path.is_empty() {
        return Err(if portable || strict {
            Error::message("empty file name")
        } else {
            Error::system("''", Errno::NOENT)
        });
    }
    if portable {
        let bad = path.iter().find(|byte| !byte.is_ascii_alphanumeric() && !b"._-/".contains(byte));
        if let Some(bad) = bad {
            return Err(Error::message(base::bytes::fill(
                "nonportable character '%' in file name %",
                &[&[*bad], quoted.as_slice()],
            )));
        }
        if path.len() >= PORTABLE_PATH {
            return Err(too_long(PORTABLE_PATH - 1, path.len(), "file name", path));
        }
        return match names().find(|name| name.len() > PORTABLE_NAME) {
            Some(name) => Err(too_long(PORTABLE_NAME, name.len(), "file name component", name)),
            None => Ok(()),
        };
    }
    if path.len() >= PATH {
        return Err(too_long(PATH - 1, path.len(), "file name", path));
    }
    match base::meta::Meta::of(path, false) {
        Ok(_) => Ok(()),
        // It may be created; but a name may be too long below the directory that is missing.
        Err(Errno::NOENT) => match names().find(|name| name.len() > 255) {
            Some(name) => Err(too_long(255, name.len(), "file name component", name)),
            None => Ok(()),
        },
        Err(errno) => Err(Error::system(path, errno)),
    }
}

fn too_long(limit: usize, length: usize, what: &str, name: &[u8]) -> Error {
    let mut text = b"limit ".to_vec();
    push_u64(&mut text, limit as u64);
    text.extend_from_slice(b" exceeded by length ");
    push_u64(&mut text, length as u64);
    text.extend_from_slice(&[b" of ", what.as_bytes(), b" '", name, b"'"].concat());
    Error::message(text)
}
