//! arch - print the kind of hardware
//! Spec: as `uname -m`. Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Exec, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "arch",
    place: Place::Bin,
    exec: Exec::no_fork("asks the kernel and writes"),
    summary: "Print the kind of hardware",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    cx.stdout.put(rustix::system::uname().machine().to_bytes())?;
    cx.stdout.byte(b'\n')?;
    Ok(cx.status())
}
