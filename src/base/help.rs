//! What is derived from an applet's table for people to read: the usage line, `--help`, and the manual page in roff.

use crate::applet::{Applet, Order};
use crate::context::Context;
use crate::error::Result;

/// The column at which the options' descriptions begin.
const DESCRIPTIONS: usize = 26;

/// `Usage: name [OPTION]... [FILE]...`, a line a form.
pub fn usage(name: &[u8], applet: &Applet) -> String {
    let name = core::str::from_utf8(name).unwrap_or(applet.name());
    let mut text = String::new();
    for (index, form) in applet.operands().split('\n').enumerate() {
        text.push_str(if index == 0 { "Usage: " } else { "  or:  " });
        text.push_str(name);
        if has_options(applet) {
            text.push_str(" [OPTION]...");
        }
        if !form.is_empty() {
            text.push(' ');
            text.push_str(form);
        }
        text.push('\n');
    }
    text
}

fn has_options(applet: &Applet) -> bool {
    applet.options().iter().any(|option| !option.help().is_empty())
}

/// Prints the whole help on standard output.
pub fn print(cx: &mut Context) -> Result<()> {
    let applet = cx.applet();
    let mut text = usage(cx.name, applet);
    text.push('\n');
    text.push_str(&applet.summary().unpack());
    text.push_str(".\n");
    if has_options(applet) {
        text.push('\n');
        for option in applet.options().iter().filter(|option| !option.help().is_empty()) {
            push_option(&mut text, &option);
        }
        if !matches!(applet.order, Order::Raw | Order::RawWithoutHelp) {
            text.push_str("      --help              show this help and leave\n");
        }
    }
    if !applet.notes().is_empty() {
        text.push('\n');
        text.push_str(&applet.notes().unpack());
        text.push('\n');
    }
    cx.stdout.put(text.as_bytes())
}

/// Prints the version in the form that configure scripts look for: autoconf's AC_PROG_MKDIR_P trusts `mkdir -p` only of
/// a program that says `mkdir (coreutils) `.
pub fn print_version(cx: &mut Context) -> Result<()> {
    let line = crate::bytes::fill("% (coreutils) cairn %\n", &[cx.name, env!("CARGO_PKG_VERSION").as_bytes()]);
    cx.stdout.put(&line)
}

#[inline(never)]
fn push_option(text: &mut String, option: &crate::applet::Known) {
    let start = text.len();
    match option.short() {
        Some(letter) => {
            text.push_str("  -");
            text.push(char::from(letter));
            if !option.long().is_empty() {
                text.push_str(", ");
            }
        }
        None => text.push_str("      "),
    }
    let attached = !option.needs_value() && !option.metavar().is_empty();
    if !option.long().is_empty() {
        text.push_str("--");
        text.push_str(option.long());
    }
    if !option.metavar().is_empty() {
        match (attached, option.long().is_empty()) {
            (true, true) => text.push('['),
            (true, false) => text.push_str("[="),
            (false, true) => text.push(' '),
            (false, false) => text.push('='),
        }
        text.push_str(option.metavar());
        if attached {
            text.push(']');
        }
    }
    let width = text.len().saturating_sub(start);
    if width.saturating_add(1) >= DESCRIPTIONS {
        text.push('\n');
        text.extend(core::iter::repeat_n(' ', DESCRIPTIONS));
    } else {
        text.extend(core::iter::repeat_n(' ', DESCRIPTIONS.saturating_sub(width)));
    }
    text.push_str(&option.help().unpack());
    text.push('\n');
}
