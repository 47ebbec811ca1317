//! true - do nothing, successfully
//! Spec: POSIX.1-2024. Extras: none. Deviations: none; every operand is ignored, `--help` too.

use base::{Applet, Args, Context, Exec, Order, Place, Result, Status};

pub static APPLET: Applet = Applet {
    name: "true",
    place: Place::Bin,
    exec: Exec::no_fork("does nothing"),
    summary: base::prose!("Do nothing, successfully"),
    order: Order::RawWithoutHelp,
    run,
    ..Applet::DEFAULT
};

fn run(_: &mut Context, _: &mut Args) -> Result<Status> {
    Ok(Status::SUCCESS)
}
