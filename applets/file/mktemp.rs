//! mktemp - make a temporary file or directory with a name of its own
//! Spec: none; as GNU and BusyBox. Deviations: none known.

use crate::common::join;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, Status};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

/// mktemp
pub const APPLET: Applet = base::applet!(Declaration {
    name: "mktemp",
    place: Place::Bin,
    exec: Exec::no_fork("makes one file and writes its name"),
    summary: "Make a temporary file and print its name",
    operands: "[TEMPLATE]",
    notes: "TEMPLATE has at least three X at the end of its last component (default tmp.XXXXXXXXXX, and then -p is implied).",
    options: &[
        Opt::flag("d", "directory", "make a directory"),
        Opt::flag("q", "quiet", "no message when it fails"),
        Opt::flag("u", "dry-run", "make nothing, only print a name"),
        Opt::value("p", "", "DIR", Kind::Text, "make it in DIR"),
        Opt::value("", "tmpdir", "DIR", Kind::Optional, "make it in DIR (default TMPDIR or /tmp)"),
        Opt::flag("t", "", "make it in TMPDIR, else in the DIR of -p, else in /tmp"),
        Opt::value("", "suffix", "SUFFIX", Kind::Text, "add SUFFIX to TEMPLATE"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    match make(cx, args) {
        Err(e) if args.has("q") && !e.is_usage() => Err(Error::quiet(1)),
        Err(e) => Err(e),
        Ok(path) => {
            let told = cx.stdout.put(&path).and_then(|()| cx.stdout.byte(b'\n')).and_then(|()| cx.stdout.finish());
            // What nobody knows the name of nobody removes.
            if told.is_err() && !args.has("u") {
                let flags = if args.has("d") { AtFlags::REMOVEDIR } else { AtFlags::empty() };
                let _ = base::fs::unlinkat(CWD, path.as_slice(), flags);
            }
            told.map(|()| Status::SUCCESS)
        }
    }
}

fn make(cx: &mut Context, args: &Args) -> Result<Vec<u8>> {
    let operand = args.between(0, 1)?.first().copied();
    let template = operand.unwrap_or(b"tmp.XXXXXXXXXX");
    let tmpdir = cx.env.get(b"TMPDIR").filter(|d| !d.is_empty());
    let named = args.text("p").or(args.text("tmpdir")).filter(|d| !d.is_empty());
    let folder = if args.has("t") {
        tmpdir.or(named).unwrap_or(b"/tmp")
    } else if let Some(named) = named {
        named
    } else if operand.is_none() || args.has("tmpdir") || args.has("p") {
        tmpdir.unwrap_or(b"/tmp")
    } else {
        b""
    };
    if args.has("t") && template.contains(&b'/') {
        return Err(Error::message(base::bytes::fill(
            "invalid template, '%', contains directory separator",
            &[template],
        )));
    }
    if !folder.is_empty() && template.starts_with(b"/") && (args.has("tmpdir") || args.has("p")) {
        return Err(Error::message(base::bytes::fill(
            "invalid template, '%'; with --tmpdir, it may not be absolute",
            &[template],
        )));
    }
    let (head, suffix) = match args.text("suffix") {
        Some(suffix) if !template.ends_with(b"X") => {
            let _ = suffix;
            return Err(Error::message(base::bytes::fill("with --suffix, template '%' must end in X", &[template])));
        }
        Some(suffix) => (template, suffix),
        // What follows the last X is a suffix, unless it holds a slash.
        None => {
            let at = memchr::memrchr(b'X', template).map_or(0, |at| at.saturating_add(1));
            template.split_at_checked(at).unwrap_or((template, b""))
        }
    };
    let count = head.iter().rev().take_while(|b| **b == b'X').count();
    if count < 3 {
        return Err(Error::message_about("too few X's in template", template));
    }
    if suffix.contains(&b'/') {
        return Err(Error::message(base::bytes::fill("invalid suffix '%', contains directory separator", &[suffix])));
    }
    let stem = head.get(..head.len().saturating_sub(count)).unwrap_or_default();
    let stem = if folder.is_empty() { stem.to_vec() } else { join(folder, stem) };
    for _ in 0..10_000 {
        let path = [stem.as_slice(), &base::replace::random_letters(count), suffix].concat();
        let made = if args.has("u") {
            match base::meta::Meta::of(path.as_slice(), false) {
                Ok(_) => Err(Errno::EXIST),
                Err(Errno::NOENT) => Ok(()),
                Err(e) => Err(e),
            }
        } else if args.has("d") {
            base::fs::mkdir(path.as_slice(), Mode::from_raw_mode(0o700))
        } else {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
            base::fs::open(path.as_slice(), flags, Mode::from_raw_mode(0o600)).map(drop)
        };
        match made {
            Ok(()) => return Ok(path),
            Err(Errno::EXIST) => {}
            Err(e) => {
                let shown = [stem.as_slice(), &vec![b'X'; count], suffix].concat();
                return Err(Error::system(shown, e));
            }
        }
    }
    Err(Error::system(template, Errno::EXIST))
}
