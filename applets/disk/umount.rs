//! umount - detach file systems
//! Spec: util-linux's and BusyBox's. Deviations: none known; no /etc/mtab is written.

use crate::table;
use base::applet::{Applet, Declaration, Exec, Kind, Opt, Place};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Errno, Error, Result};
use base::fs::c_path;
use rustix::mount::UnmountFlags;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "umount",
    place: Place::Bin,
    exec: Exec::no_fork("changes mounts, not the process"),
    summary: "Detach each file system, by its directory or device",
    operands: "[DIR|DEVICE]...",
    options: &[
        Opt::flag("a", "all", "detach everything, the last mounted first"),
        Opt::flag("f", "force", "do not wait for a server that does not answer"),
        Opt::flag("l", "lazy", "detach now, clean up when it is no longer in use"),
        Opt::flag("r", "read-only", "where that fails, make it read-only"),
        Opt::flag("R", "recursive", "detach what is mounted below DIR first"),
        Opt::value("t", "types", "TYPES", Kind::Text, "with -a: only file systems of these types"),
        Opt::value("O", "test-opts", "OPTIONS", Kind::Text, "with -a: only mounts with these options"),
        Opt::flag("i", "", "call no helper (none is ever called)"),
        Opt::flag("n", "", "write no mtab (none is ever written)"),
        Opt::flag("v", "verbose", "say what is detached"),
        Opt::hidden("c", "no-canonicalize"),
        // The kernel frees them by itself, as mount asks it to.
        Opt::hidden("d", "detach-loop"),
    ],
    failure: 32,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mounts = table::read(b"/proc/self/mounts");
    let mut targets: Vec<Vec<u8>> = Vec::new();
    if args.has("a") {
        // The root goes last, and the kernel's own file systems stay where no type asks for them.
        for entry in mounts?.iter().rev() {
            let wanted = match args.text("t") {
                Some(kinds) => table::wants_type(kinds, &entry.kind),
                None => base::bytes::place("proc sysfs devtmpfs devpts rootfs", &entry.kind).is_none(),
            };
            if wanted && args.text("O").is_none_or(|options| table::wants_options(options, &entry.options)) {
                targets.push(entry.target.clone());
            }
        }
    } else {
        // Without /proc there is no table, and the operands have to be directories.
        let mounts = mounts.unwrap_or_default();
        for operand in args.between(1, usize::MAX)? {
            let path = canonical(&crate::probe::find(operand).unwrap_or_else(|| operand.to_vec()));
            let of_device = mounts.iter().rev().find(|entry| entry.source == path && entry.target != path);
            let target = of_device.map_or(path, |entry| entry.target.clone());
            if args.has("R") {
                let below = [target.as_slice(), b"/"].concat();
                let inside = mounts.iter().rev().filter(|entry| entry.target.starts_with(&below));
                targets.extend(inside.map(|entry| entry.target.clone()));
            }
            targets.push(target);
        }
    }
    let mut flags = UnmountFlags::empty();
    if args.has("f") {
        flags |= UnmountFlags::FORCE;
    }
    if args.has("l") {
        flags |= UnmountFlags::DETACH;
    }
    for target in &targets {
        let result = c_path(target).and_then(|path| match rustix::mount::unmount(path.as_c_str(), flags) {
            Err(Errno::BUSY) if args.has("r") => {
                rustix::mount::mount_remount(path.as_c_str(), rustix::mount::MountFlags::RDONLY, c"")
            }
            result => result,
        });
        match result {
            Ok(()) if args.has("v") => cx.stdout.put(&[target.as_slice(), b" unmounted\n"].concat())?,
            Ok(()) => {}
            Err(Errno::INVAL) => cx.warn(Error::message(base::bytes::fill("%: not mounted", &[target.as_slice()]))),
            Err(errno) => cx.warn(Error::system(target.as_slice(), errno)),
        }
    }
    Ok(cx.status())
}

/// The path as the table of mounts has it: absolute, without links. As it is where that cannot be found out.
fn canonical(path: &[u8]) -> Vec<u8> {
    use rustix::fs::{Mode, OFlags};
    let opened = base::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
    let real = opened.ok().and_then(|fd| {
        let mut link = b"/proc/self/fd/".to_vec();
        base::number::push_i64(&mut link, i64::from(rustix::fd::AsRawFd::as_raw_fd(&fd)));
        base::fs::readlinkat(rustix::fs::CWD, link.as_slice()).ok()
    });
    real.map_or_else(|| path.to_vec(), |real| real.into_bytes())
}
