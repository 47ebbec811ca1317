//! sync, fsync - write what is cached to the disks
//! Spec: none; as GNU and BusyBox. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Opt, Place, Result, Status};
use rustix::fs::{Mode, OFlags};

/// sync
pub const SYNC: Applet = base::applet!(Declaration {
    name: "sync",
    place: Place::Bin,
    exec: Exec::no_fork("system calls on files alone"),
    summary: "Write all that is cached, or each FILE, to the disk",
    operands: "[FILE]...",
    options: &[
        Opt::flag("d", "data", "only each FILE's data, and what is needed to read them"),
        Opt::flag("f", "file-system", "the file systems that hold each FILE"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// fsync
pub const FSYNC: Applet = base::applet!(Declaration {
    name: "fsync",
    place: Place::Bin,
    exec: Exec::no_fork("system calls on files alone"),
    summary: "Write each FILE to the disk",
    operands: "FILE...",
    options: &[Opt::flag("d", "data", "only the data, and what is needed to read them")],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let is_sync = cx.applet().name() == "sync";
    if args.has("d") && args.has("f") {
        return Err(Error::usage("-d and -f exclude each other"));
    }
    let files = args.between(if is_sync && !args.has("d") { 0 } else { 1 }, usize::MAX)?;
    if files.is_empty() {
        rustix::fs::sync();
    }
    for file in files {
        let one = || -> Result<(), Errno> {
            let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let fd = match base::fs::open(*file, flags, Mode::empty()) {
                Err(Errno::ACCESS) => {
                    flags |= OFlags::WRONLY;
                    base::fs::open(*file, flags, Mode::empty())?
                }
                fd => fd?,
            };
            if args.has("f") {
                rustix::fs::syncfs(&fd)
            } else if args.has("d") {
                rustix::fs::fdatasync(&fd)
            } else {
                rustix::fs::fsync(&fd)
            }
        };
        if let Err(e) = one() {
            cx.warn(Error::system(*file, e));
        }
    }
    Ok(Status::SUCCESS)
}
