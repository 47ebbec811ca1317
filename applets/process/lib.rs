//! The applets of the family `.`.

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
mod uptime;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[
    &free::APPLET,
    &kill::APPLET,
    &killall::APPLET,
    &pgrep::APPLET,
    &pidof::APPLET,
    &ps::APPLET,
    &setsid::APPLET,
    &uptime::APPLET,
];
