//! The applets of the family `text`.

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[];
