//! The applets of the family `util`.

use base::applet::Applet;

mod arch;
mod r#false;
mod hostid;
mod nproc;
mod printenv;
mod sleep;
mod r#true;
mod tty;
mod uname;
mod usleep;
mod whoami;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[
    &arch::APPLET,
    &hostid::APPLET,
    &nproc::APPLET,
    &printenv::APPLET,
    &r#false::APPLET,
    &r#true::APPLET,
    &sleep::APPLET,
    &tty::APPLET,
    &uname::APPLET,
    &usleep::APPLET,
    &whoami::APPLET,
];
