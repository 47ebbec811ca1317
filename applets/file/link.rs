//! link - call link(2)
//! Spec: POSIX.1-2024 (XSI). Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Place, Result, Status};

/// link
pub const APPLET: Applet = base::applet!(Declaration {
    name: "link",
    place: Place::Bin,
    exec: Exec::no_fork("one system call"),
    summary: "Make a hard link NEW to the file OLD by link(2)",
    operands: "OLD NEW",
    run,
    ..Declaration::DEFAULT
});

fn run(_: &mut Context, args: &mut Args) -> Result<Status> {
    if let [old, new] = args.between(2, 2)? {
        base::fs::link(*old, *new).map_err(|e| Error::system(base::bytes::fill("% => %", &[*new, *old]), e))?;
    }
    Ok(Status::SUCCESS)
}
