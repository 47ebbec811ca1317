//! The applets of the family `text`.

#![cfg_attr(speed_marks, feature(optimize_attribute))]

mod buffer;
mod count;
mod delimited;
mod list;
mod nameless;
mod replacement;
mod save;

mod ascii;
mod cat;
mod cmp;
mod column;
mod comm;
mod csplit;
mod cut;
mod diff;
mod dos2unix;
mod echo;
mod ed;
mod expand;
mod fmt;
mod fold;
mod grep;
mod head;
mod held;
mod hexdump;
mod hexedit;
mod join;
mod less;
mod man;
mod nl;
mod numfmt;
mod od;
mod paste;
mod patch;
mod pipe_progress;
mod pr;
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
mod ts;
mod tsort;
mod uniq;
mod vi;
mod wc;
mod xxd;
mod yes;

use base::applet::Applet;

/// Every applet of the family, one line each.
pub static APPLETS: &[Applet] = &[
    ascii::APPLET,
    awk::APPLET,
    cat::APPLET,
    cmp::APPLET,
    column::APPLET,
    comm::APPLET,
    csplit::APPLET,
    cut::APPLET,
    diff::APPLET,
    dos2unix::APPLET,
    echo::APPLET,
    ed::APPLET,
    expand::EXPAND,
    fmt::APPLET,
    fold::APPLET,
    grep::APPLET,
    head::APPLET,
    hexdump::APPLET,
    hexedit::APPLET,
    join::APPLET,
    less::LESS,
    less::MORE,
    man::APPLET,
    nl::APPLET,
    numfmt::APPLET,
    od::APPLET,
    paste::APPLET,
    patch::APPLET,
    pipe_progress::APPLET,
    pr::APPLET,
    printf::APPLET,
    rev::APPLET,
    sed::APPLET,
    seq::APPLET,
    shuf::APPLET,
    sort::APPLET,
    split::APPLET,
    strings::APPLET,
    tac::APPLET,
    tail::APPLET,
    tee::APPLET,
    tr::APPLET,
    ts::APPLET,
    tsort::APPLET,
    expand::UNEXPAND,
    uniq::APPLET,
    vi::APPLET,
    wc::APPLET,
    xxd::APPLET,
    yes::APPLET,
];
