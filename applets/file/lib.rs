//! The applets of the family `file`.

use base::applet::Applet;

mod basename;
mod common;
mod dirname;
mod link;
mod ln;
mod mkdir;
mod mktemp;
mod pwd;
mod readlink;
mod realpath;
mod rm;
mod rmdir;
mod unlink;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[
    &basename::APPLET,
    &dirname::APPLET,
    &link::APPLET,
    &ln::APPLET,
    &mkdir::APPLET,
    &mktemp::APPLET,
    &pwd::APPLET,
    &readlink::APPLET,
    &realpath::APPLET,
    &rm::APPLET,
    &rmdir::APPLET,
    &unlink::APPLET,
];
