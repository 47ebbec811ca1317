//! readlink - print what a symbolic link says, or a path without links
//! Spec: POSIX.1-2024. Extras: -f -e -m -q -s -v -z as GNU and BusyBox. Deviations: none known.

use crate::realpath::{Missing, resolve};
use base::{Applet, Args, Context, Declaration, Error, Exec, Opt, Result, Status};
use rustix::fs::CWD;

/// readlink
pub const APPLET: Applet = base::applet!(Declaration {
    name: "readlink",
    exec: Exec::no_fork("reads links and writes its output"),
    summary: "Print what each symbolic link FILE says",
    operands: "FILE...",
    options: &[
        Opt::flag("f", "canonicalize", "print the absolute path without links; the last component may be missing"),
        Opt::flag("e", "canonicalize-existing", "the same; all must exist"),
        Opt::flag("m", "canonicalize-missing", "the same; nothing needs to exist"),
        Opt::flag("n", "no-newline", "no newline at the end"),
        Opt::flag("q", "quiet", "no messages (default)"),
        Opt::hidden("s", "silent"),
        Opt::flag("v", "verbose", "say what failed"),
        Opt::flag("z", "zero", "end each line with NUL"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let missing = match args.last_of(&["f", "e", "m"]) {
        Some("f") => Some(Missing::Last),
        Some("e") => Some(Missing::Nothing),
        Some("m") => Some(Missing::Any),
        _ => None,
    };
    let end = args.line_end();
    let operands = args.between(1, usize::MAX)?;
    let bare = args.has("n") && operands.len() == 1;
    for path in operands {
        let result = match missing {
            Some(missing) => resolve(path, missing),
            None => base::fs::readlinkat(CWD, *path).map(|t| t.into_bytes()),
        };
        match result {
            Ok(text) => {
                cx.stdout.put(&text)?;
                if !bare {
                    cx.stdout.byte(end)?;
                }
            }
            Err(e) if args.last_of(&["v", "q", "s"]) == Some("v") => cx.warn(Error::system(*path, e)),
            Err(_) => cx.failed(),
        }
    }
    Ok(Status::SUCCESS)
}
