//! The applets of the family `.`.

use base::applet::Applet;

mod arch;
mod date;
mod env;
mod r#false;
mod getopt;
mod groups;
mod hostid;
mod id;
mod logname;
mod nice;
mod nohup;
mod nproc;
mod printenv;
mod run_parts;
mod sleep;
mod timeout;
mod r#true;
mod tty;
mod uname;
mod usleep;
mod whoami;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[
    &arch::APPLET,
    &date::APPLET,
    &env::APPLET,
    &r#false::APPLET,
    &getopt::APPLET,
    &groups::APPLET,
    &hostid::APPLET,
    &id::APPLET,
    &logname::APPLET,
    &nice::APPLET,
    &nohup::APPLET,
    &nproc::APPLET,
    &printenv::APPLET,
    &run_parts::APPLET,
    &sleep::APPLET,
    &timeout::APPLET,
    &r#true::APPLET,
    &tty::APPLET,
    &uname::APPLET,
    &usleep::APPLET,
    &whoami::APPLET,
];
