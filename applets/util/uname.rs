//! uname - print what system this is
//! Spec: POSIX.1-2024. Extras: -i, -o, -p, long names (GNU). Deviations: none known.

use base::{Applet, Args, Context, Declaration, Exec, Opt, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "uname",
    place: Place::Bin,
    exec: Exec::no_fork("asks the kernel and writes"),
    summary: "Print what system this is",
    options: &[
        Opt::flag("a", "all", "print all that is known"),
        Opt::flag("s", "kernel-name", "the kernel's name (default)"),
        Opt::flag("n", "nodename", "the name of this machine"),
        Opt::flag("r", "kernel-release", "the kernel's release"),
        Opt::flag("v", "kernel-version", "the kernel's version"),
        Opt::flag("m", "machine", "the kind of hardware"),
        Opt::flag("p", "processor", "the kind of processor"),
        Opt::flag("i", "hardware-platform", "the hardware platform"),
        Opt::flag("o", "operating-system", "the operating system"),
        Opt::hidden("", "sysname"),
        Opt::hidden("", "release"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let system = rustix::system::uname();
    let all = args.has("a");
    let name = args.has("s") || args.has("sysname") || args.given.is_empty();
    // What nobody knows is left out of `-a`. The last name is what scripts written for the peers compare with.
    let fields = [
        (all || name, system.sysname().to_bytes()),
        (all || args.has("n"), system.nodename().to_bytes()),
        (all || args.has("r") || args.has("release"), system.release().to_bytes()),
        (all || args.has("v"), system.version().to_bytes()),
        (all || args.has("m"), system.machine().to_bytes()),
        (args.has("p"), b"unknown"),
        (args.has("i"), b"unknown"),
        (all || args.has("o"), b"GNU/Linux"),
    ];
    let mut line = Vec::new();
    for (_, field) in fields.iter().filter(|(wanted, _)| *wanted) {
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend_from_slice(field);
    }
    line.push(b'\n');
    cx.stdout.put(&line)?;
    Ok(cx.status())
}
