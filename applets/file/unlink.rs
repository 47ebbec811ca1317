//! unlink - call unlink(2)
//! Spec: POSIX.1-2024 (XSI). Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Exec, Result, ResultExt, Status};

/// unlink
pub static APPLET: Applet = Applet {
    name: "unlink",
    exec: Exec::no_fork("one system call"),
    summary: base::prose!("Remove FILE by unlink(2)"),
    operands: "FILE",
    run,
    ..Applet::DEFAULT
};

fn run(_: &mut Context, args: &mut Args) -> Result<Status> {
    for path in args.between(1, 1)? {
        rustix::fs::unlink(*path).at(path)?;
    }
    Ok(Status::SUCCESS)
}
