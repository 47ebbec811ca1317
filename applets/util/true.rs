//! true - do nothing, successfully
//! Spec: POSIX.1-2024. Extras: none. Deviations: none; every operand is ignored, `--help` too.

use base::{Applet, Args, Context, Declaration, Exec, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "true",
    place: Place::Bin,
    exec: Exec::no_fork("does nothing"),
    summary: "Do nothing, successfully",
    order: Order::RawWithoutHelp,
    run,
    ..Declaration::DEFAULT
});

fn run(_: &mut Context, _: &mut Args) -> Result<Status> {
    Ok(Status::SUCCESS)
}
