//! arch - print the kind of hardware
//! Spec: as `uname -m`. Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Exec, Place, Result, Status};

pub static APPLET: Applet = Applet {
    name: "arch",
    place: Place::Bin,
    exec: Exec::no_fork("asks the kernel and writes"),
    summary: base::prose!("Print the kind of hardware"),
    run,
    ..Applet::DEFAULT
};

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    cx.stdout.put(rustix::system::uname().machine().to_bytes())?;
    cx.stdout.byte(b'\n')?;
    Ok(cx.status())
}
