//! dirname - print a path without its last component
//! Spec: POSIX.1-2024. Extras: several operands, -z as GNU. Deviations: none known.

use crate::common::dir_name;
use base::{Applet, Args, Context, Declaration, Exec, Opt, Result, Status};

/// dirname
pub const APPLET: Applet = base::applet!(Declaration {
    name: "dirname",
    exec: Exec::no_fork("writes its operands to its output"),
    summary: "Print each NAME without its last component",
    operands: "NAME...",
    options: &[Opt::flag("z", "zero", "end each line with NUL")],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let end = args.line_end();
    for name in args.between(1, usize::MAX)? {
        cx.stdout.put(dir_name(name))?;
        cx.stdout.byte(end)?;
    }
    Ok(Status::SUCCESS)
}
