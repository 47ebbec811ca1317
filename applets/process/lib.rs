//! The applets of the family `process`.

use base::applet::Applet;

mod free;
mod kill;
mod killall;
mod pgrep;
mod pidof;
mod proc;
mod ps;
mod setsid;
mod signals;
mod top;
mod uptime;
mod watch;

/// Every applet of the family, one line each.
pub static APPLETS: &[Applet] = &[
    free::APPLET,
    kill::APPLET,
    killall::APPLET,
    pgrep::APPLET,
    pidof::APPLET,
    ps::APPLET,
    setsid::APPLET,
    top::APPLET,
    uptime::APPLET,
    watch::APPLET,
];
