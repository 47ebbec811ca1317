//! The applets of the family `util`.

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[];
