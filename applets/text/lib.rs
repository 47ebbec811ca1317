//! The applets of the family `text`.

mod count;

mod cat;
mod echo;
mod expand;
mod fold;
mod grep;
mod head;
mod od;
mod paste;
mod printf;
mod rev;
mod sed;
mod seq;
mod shuf;
mod split;
mod strings;
mod tac;
mod tail;
mod tee;
mod tsort;
mod wc;
mod yes;

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[
    &cat::APPLET,
    &echo::APPLET,
    &expand::EXPAND,
    &fold::APPLET,
    &grep::APPLET,
    &head::APPLET,
    &od::APPLET,
    &paste::APPLET,
    &printf::APPLET,
    &rev::APPLET,
    &sed::APPLET,
    &seq::APPLET,
    &shuf::APPLET,
    &split::APPLET,
    &strings::APPLET,
    &tac::APPLET,
    &tail::APPLET,
    &tee::APPLET,
    &tsort::APPLET,
    &expand::UNEXPAND,
    &wc::APPLET,
    &yes::APPLET,
];
