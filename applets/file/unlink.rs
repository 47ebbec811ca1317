//! unlink - call unlink(2)
//! Spec: POSIX.1-2024 (XSI). Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Exec, Result, ResultExt, Status};

/// unlink
pub const APPLET: Applet = base::applet!(Declaration {
    name: "unlink",
    exec: Exec::no_fork("one system call"),
    summary: "Remove FILE by unlink(2)",
    operands: "FILE",
    run,
    ..Declaration::DEFAULT
});

fn run(_: &mut Context, args: &mut Args) -> Result<Status> {
    for path in args.between(1, 1)? {
        base::fs::unlink(*path).at(path)?;
    }
    Ok(Status::SUCCESS)
}
