//! The applets of the family `disk`.

mod chroot;
mod loops;
mod mount;
mod probe;
mod table;
mod umount;
mod unshare;

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[Applet] = &[chroot::APPLET, mount::APPLET, umount::APPLET, unshare::APPLET];
