//! echo - print its operands
//! Spec: POSIX.1-2024, which leaves options and backslashes open. Extras: `-n`, `-e`, `-E` in any bundle. Deviations: none.

use base::{Applet, Args, Context, Exec, Opt, Order, Place, Result, Status};

pub static APPLET: Applet = Applet {
    name: "echo",
    place: Place::Bin,
    exec: Exec::no_fork("writes its streams only"),
    summary: base::prose!("Print the operands, separated by blanks"),
    operands: "[ARG]...",
    options: base::options![
        Opt::flag("n", "", "no newline at the end"),
        Opt::flag("e", "", "replace backslash escapes"),
        Opt::flag("E", "", "leave backslashes alone (default)"),
    ],
    order: Order::RawWithoutHelp,
    run,
    ..Applet::DEFAULT
};

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut out = Vec::new();
    base::echo::format(args.operands.iter().copied(), &mut out);
    cx.stdout.put(&out)?;
    Ok(Status::SUCCESS)
}
