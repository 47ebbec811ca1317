//! usleep - wait for a number of microseconds
//! Spec: BusyBox. Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Place, Result, Status};
use core::time::Duration;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "usleep",
    place: Place::Bin,
    exec: Exec::fork("ps, pgrep and pkill must know it by its own name and arguments while it waits"),
    summary: "Wait for NUM microseconds",
    operands: "NUM",
    run,
    ..Declaration::DEFAULT
});

fn run(_: &mut Context, args: &mut Args) -> Result<Status> {
    let operand = args.between(1, 1)?.first().copied().unwrap_or_default();
    let time = base::number::parse_u64(operand)
        .map_err(|error| Error::usage([error.text().as_bytes(), b" '", operand, b"'"].concat()))?;
    base::time::pause(Duration::from_micros(time));
    Ok(Status::SUCCESS)
}
