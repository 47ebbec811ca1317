//! The applets of the family `file`.

use base::applet::Applet;

mod basename;
mod chmod;
mod chown;
mod common;
mod cp;
mod dirname;
mod glob;
mod install;
mod link;
mod ln;
mod ls;
mod mkdir;
mod mknod;
mod mktemp;
mod mv;
mod pwd;
mod readlink;
mod realpath;
mod rm;
mod rmdir;
mod sync;
mod touch;
mod truncate;
mod unlink;
mod which;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[
    &basename::APPLET,
    &chmod::APPLET,
    &chown::CHOWN,
    &chown::CHGRP,
    &cp::APPLET,
    &dirname::APPLET,
    &install::APPLET,
    &link::APPLET,
    &ln::APPLET,
    &ls::APPLET,
    &mkdir::APPLET,
    &mknod::MKNOD,
    &mknod::MKFIFO,
    &mktemp::APPLET,
    &mv::APPLET,
    &pwd::APPLET,
    &readlink::APPLET,
    &realpath::APPLET,
    &rm::APPLET,
    &rmdir::APPLET,
    &sync::SYNC,
    &sync::FSYNC,
    &touch::APPLET,
    &truncate::APPLET,
    &unlink::APPLET,
    &which::APPLET,
];
