//! The applets of the family `file`.

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[];
