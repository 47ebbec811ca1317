//! cttyhack - run a program on a terminal of its own
//! Spec: BusyBox's. Extras: none. Deviations: none known.
//!
//! On a console that cannot control a session (`/dev/console`), a shell has neither job control nor interrupts. This finds
//! the device behind it, begins a session there, and becomes the program.

use base::applet::{Applet, Declaration, Exec, Order, Place};
use base::args::Args;
use base::context::{Context, Status};
use base::error::Result;
use base::sys;
use rustix::fd::{AsFd, AsRawFd};
use rustix::fs::{Mode, OFlags};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "cttyhack",
    place: Place::Bin,
    exec: Exec::fork("changes the session and its terminal"),
    summary: "Run PROGRAM (sh) with a controlling terminal, where that can be had",
    operands: "[PROGRAM [ARG]...]",
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut argv = args.operands.clone();
    if argv.is_empty() {
        argv.push(b"sh");
    }
    // Where there is a controlling terminal already, or no terminal at all, there is nothing to do.
    if rustix::termios::isatty(sys::descriptor(0))
        && base::fs::open(c"/dev/tty", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).is_err()
        && let Some(path) = terminal()
        && let Ok(fd) = base::fs::open(path.as_slice(), OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
    {
        // Fails for a leader of a session that has one: then the terminal is all that is missing.
        let _ = rustix::process::setsid();
        for standard in 0..=2 {
            sys::duplicate_onto(fd.as_raw_fd(), standard);
        }
        let _ = rustix::process::ioctl_tiocsctty(fd.as_fd());
    }
    let environment = cx.env.list();
    base::command::exec(cx, &argv, &environment)
}

/// The device behind the console: what the kernel says, or what standard input is.
fn terminal() -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    if let Ok(fd) = base::fs::open(c"/sys/class/tty/console/active", flags, Mode::empty()) {
        let mut text = [0u8; 256];
        let count = base::io::read_full(fd.as_fd(), &mut text).unwrap_or(0);
        // Several consoles may be named: the last one is the one that /dev/console writes to.
        let names = text.get(..count).unwrap_or_default().trim_ascii();
        let name = names.rsplit(|byte| *byte == b' ').next().filter(|name| !name.is_empty());
        if let Some(name) = name {
            return Some(base::bytes::fill("/dev/%", &[name]));
        }
    }
    let name = rustix::termios::ttyname(sys::descriptor(0), Vec::new()).ok()?.into_bytes();
    (name != b"/dev/console").then_some(name)
}
