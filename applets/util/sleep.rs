//! sleep - wait for a length of time
//! Spec: POSIX.1-2024. Extras: fractions, suffixes s m h d, several operands, `inf` (GNU). Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Place, Result, Status};
use core::time::Duration;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "sleep",
    place: Place::Bin,
    exec: Exec::fork("ps, pgrep and pkill must know it by its own name and arguments while it waits"),
    summary: "Wait for the sum of the TIMEs",
    operands: "TIME[SUFFIX]...",
    notes: "TIME is in seconds and may have a fraction; SUFFIX is s for seconds, m for minutes, h for hours, d for days.",
    run,
    ..Declaration::DEFAULT
});

fn run(_: &mut Context, args: &mut Args) -> Result<Status> {
    let mut total = Duration::ZERO;
    for operand in args.between(1, usize::MAX)? {
        let Some(time) = base::time::parse_duration(operand) else {
            return Err(Error::usage_about("invalid time interval", operand));
        };
        total = total.saturating_add(time);
    }
    base::time::pause(total);
    Ok(Status::SUCCESS)
}
