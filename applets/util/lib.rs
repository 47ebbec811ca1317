//! The applets of the family `util`.

#![cfg_attr(speed_marks, feature(optimize_attribute))]

use base::applet::Applet;

mod arch;
mod bc;
mod cal;
mod date;
mod dc;
mod env;
mod expr;
mod factor;
mod r#false;
mod getconf;
mod getopt;
mod groups;
mod hostid;
mod id;
mod logname;
mod nice;
mod nohup;
mod nproc;
mod number;
mod pathchk;
mod printenv;
mod run_parts;
mod sleep;
mod time;
mod timeout;
mod r#true;
mod tty;
mod uname;
mod usleep;
mod who;
mod whoami;

/// Every applet of the family, one line each.
pub static APPLETS: &[Applet] = &[
    arch::APPLET,
    bc::APPLET,
    cal::APPLET,
    date::APPLET,
    dc::APPLET,
    env::APPLET,
    expr::APPLET,
    factor::APPLET,
    r#false::APPLET,
    getconf::APPLET,
    getopt::APPLET,
    groups::APPLET,
    hostid::APPLET,
    id::APPLET,
    logname::APPLET,
    nice::APPLET,
    nohup::APPLET,
    nproc::APPLET,
    pathchk::APPLET,
    printenv::APPLET,
    run_parts::APPLET,
    sleep::APPLET,
    time::APPLET,
    timeout::APPLET,
    r#true::APPLET,
    tty::APPLET,
    uname::APPLET,
    usleep::APPLET,
    who::APPLET,
    whoami::APPLET,
];
