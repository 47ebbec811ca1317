//! rmdir - remove empty directories
//! Spec: POSIX.1-2024. Extras: -v, --ignore-fail-on-non-empty as GNU. Deviations: none known.

use crate::common::{dir_name, report_named, trim_slashes};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Opt, Place, Result, Status};
use rustix::fs::{AtFlags, CWD};

/// rmdir
pub const APPLET: Applet = base::applet!(Declaration {
    name: "rmdir",
    place: Place::Bin,
    exec: Exec::no_fork("only removes directories"),
    summary: "Remove each DIRECTORY if it is empty",
    operands: "DIRECTORY...",
    options: &[
        Opt::flag("p", "parents", "remove the directories above it too"),
        Opt::flag("v", "verbose", "say what is removed"),
        Opt::flag("", "ignore-fail-on-non-empty", "one that is not empty is no error"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let lenient = args.has("ignore-fail-on-non-empty");
    for operand in args.between(1, usize::MAX)? {
        let mut path = *operand;
        loop {
            if args.has("v") {
                report_named(cx, &[b"removing directory, '", path, b"'"])?;
            }
            if let Err(e) = base::fs::unlinkat(CWD, path, AtFlags::REMOVEDIR) {
                if !lenient || !matches!(e, Errno::NOTEMPTY | Errno::EXIST) {
                    cx.warn(Error::system(path, e));
                }
                break;
            }
            path = trim_slashes(path);
            if !args.has("p") || !path.contains(&b'/') {
                break;
            }
            path = dir_name(path);
            if path == b"/" {
                break;
            }
        }
    }
    Ok(Status::SUCCESS)
}
