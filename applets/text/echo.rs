//! echo - print its operands
//! Spec: POSIX.1-2024, which leaves options and backslashes open. Extras: `-n`, `-e`, `-E` in any bundle. Deviations: none.

use base::{Applet, Args, Context, Declaration, Exec, Opt, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "echo",
    place: Place::Bin,
    exec: Exec::no_fork("writes its streams only"),
    summary: "Print the operands, separated by blanks",
    operands: "[ARG]...",
    options: &[
        Opt::flag("n", "", "no newline at the end"),
        Opt::flag("e", "", "replace backslash escapes"),
        Opt::flag("E", "", "leave backslashes alone (default)"),
    ],
    order: Order::RawWithoutHelp,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut out = Vec::new();
    base::echo::format(args.operands.iter().copied(), false, &mut out);
    cx.stdout.put(&out)?;
    Ok(Status::SUCCESS)
}
