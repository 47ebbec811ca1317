//! false - do nothing, unsuccessfully
//! Spec: POSIX.1-2024. Extras: none. Deviations: none; every operand is ignored, `--help` too.

use base::{Applet, Args, Context, Declaration, Exec, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "false",
    place: Place::Bin,
    exec: Exec::no_fork("does nothing"),
    summary: "Do nothing, unsuccessfully",
    order: Order::RawWithoutHelp,
    run,
    ..Declaration::DEFAULT
});

fn run(_: &mut Context, _: &mut Args) -> Result<Status> {
    Ok(Status::FAILURE)
}
