//! The applets of the family `file`.

use base::applet::Applet;

mod backup;
mod basename;
mod chmod;
mod chown;
mod common;
mod cp;
mod dd;
mod df;
mod dirname;
mod du;
mod fallocate;
mod find;
mod flock;
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
mod shred;
mod stat;
mod sync;
mod test;
mod touch;
mod tree;
mod truncate;
mod unlink;
mod which;
mod xargs;

/// Every applet of the family, one line each.
pub static APPLETS: &[Applet] = &[
    basename::APPLET,
    chmod::APPLET,
    chown::CHOWN,
    chown::CHGRP,
    cp::APPLET,
    dd::APPLET,
    df::APPLET,
    dirname::APPLET,
    du::APPLET,
    fallocate::APPLET,
    find::APPLET,
    flock::APPLET,
    install::APPLET,
    link::APPLET,
    ln::APPLET,
    ls::APPLET,
    mkdir::APPLET,
    mknod::MKNOD,
    mknod::MKFIFO,
    mktemp::APPLET,
    mv::APPLET,
    pwd::APPLET,
    readlink::APPLET,
    realpath::APPLET,
    rm::APPLET,
    rmdir::APPLET,
    shred::APPLET,
    stat::APPLET,
    sync::SYNC,
    sync::FSYNC,
    test::APPLET,
    touch::APPLET,
    tree::APPLET,
    truncate::APPLET,
    unlink::APPLET,
    which::APPLET,
    xargs::APPLET,
];
