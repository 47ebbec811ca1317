//! setsid - run a command in a session of its own
//! Spec: BusyBox, util-linux. Extras: -f, -w. Deviations: none known.

use base::sys::process;
use base::{Applet, Args, Context, Declaration, Error, Exec, Opt, Order, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "setsid",
    exec: Exec::no_exec("becomes another program"),
    summary: "Run COMMAND in a session of its own, without a terminal",
    operands: "COMMAND [ARGUMENT]...",
    options: &[
        Opt::flag("c", "ctty", "make standard input the session's terminal"),
        Opt::flag("f", "fork", "always run COMMAND in a new process"),
        Opt::flag("w", "wait", "wait for COMMAND, and leave with its status"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(1, usize::MAX)?;
    let failed = |what: &'static str| move |errno| Error::system(what, errno);
    let leads = process::group() == rustix::process::getpid().as_raw_nonzero().get();
    // The leader of a group cannot begin a session: its child can.
    if (leads || args.has("f"))
        && let Some(child) = process::fork().map_err(failed("fork"))?
    {
        let status = if args.has("w") { base::command::wait(child)?.shell_status() } else { 0 };
        return Ok(Status(status));
    }
    rustix::process::setsid().map_err(failed("setsid"))?;
    if args.has("c") {
        process::take_terminal(0).map_err(failed("TIOCSCTTY"))?;
    }
    base::command::exec(cx, &args.operands, &cx.env.list())
}
