//! The applets of the family `text`.

#![cfg_attr(speed_marks, feature(optimize_attribute))]

mod count;

mod cat;
mod cmp;
mod comm;
mod cut;
mod diff;
mod echo;
mod expand;
mod fold;
mod grep;
mod head;
mod less;
mod nl;
mod od;
mod paste;
mod patch;
mod printf;
mod rev;
mod sed;
mod seq;
mod shuf;
mod sort;
mod split;
mod strings;
mod tac;
mod tail;
mod tee;
mod tr;
mod tsort;
mod uniq;
mod vi;
mod wc;
mod yes;

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[&Applet] = &[
    &awk::APPLET,
    &cat::APPLET,
    &cmp::APPLET,
    &comm::APPLET,
    &cut::APPLET,
    &diff::APPLET,
    &echo::APPLET,
    &expand::EXPAND,
    &fold::APPLET,
    &grep::APPLET,
    &head::APPLET,
    &less::LESS,
    &less::MORE,
    &nl::APPLET,
    &od::APPLET,
    &paste::APPLET,
    &patch::APPLET,
    &printf::APPLET,
    &rev::APPLET,
    &sed::APPLET,
    &seq::APPLET,
    &shuf::APPLET,
    &sort::APPLET,
    &split::APPLET,
    &strings::APPLET,
    &tac::APPLET,
    &tail::APPLET,
    &tee::APPLET,
    &tr::APPLET,
    &tsort::APPLET,
    &expand::UNEXPAND,
    &uniq::APPLET,
    &vi::APPLET,
    &wc::APPLET,
    &yes::APPLET,
];
