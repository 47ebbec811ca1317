//! The manual page of an applet in roff (man(7)), derived from its table.

use crate::applet::{Applet, Order, Place};

/// The page, ready for `man -l -`.
pub fn page(applet: &Applet) -> String {
    let section = if matches!(applet.place, Place::Sbin | Place::UsrSbin) { "8" } else { "1" };
    let mut page = String::new();
    let title = applet.name().to_uppercase();
    for part in [".TH \"", &title, "\" ", section, " \"\" \"cairn\" \"cairn manual\"\n.SH NAME\n"] {
        page.push_str(part);
    }
    push_text(&mut page, &applet.names().collect::<Vec<_>>().join(", "));
    page.push_str(" \\- ");
    push_text(&mut page, &applet.summary().unpack());
    page.push_str("\n.SH SYNOPSIS\n");
    for (index, form) in applet.operands().split('\n').enumerate() {
        if index > 0 {
            page.push_str(".br\n");
        }
        page.push_str(".B ");
        push_text(&mut page, applet.name());
        page.push('\n');
        if !applet.options().is_empty() {
            page.push_str("[\\fIOPTION\\fR]...\n");
        }
        if !form.is_empty() {
            push_text(&mut page, form);
            page.push('\n');
        }
    }
    let shown = applet.options().iter().filter(|option| !option.help().is_empty());
    let mut heading = false;
    for option in shown {
        if !heading {
            page.push_str(".SH OPTIONS\n");
            heading = true;
        }
        page.push_str(".TP\n");
        let mut names = Vec::new();
        if option.short().is_some() {
            names.push(["\\fB\\-", option.id(), "\\fR"].concat());
        }
        if !option.long().is_empty() {
            names.push(["\\fB\\-\\-", &option.long().replace('-', "\\-"), "\\fR"].concat());
        }
        page.push_str(&names.join(", "));
        if !option.metavar().is_empty() {
            let optional = !option.needs_value();
            page.push_str(if optional { "[=\\fI" } else { " \\fI" });
            push_text(&mut page, option.metavar());
            page.push_str(if optional { "\\fR]" } else { "\\fR" });
        }
        page.push('\n');
        push_text(&mut page, &option.help().unpack());
        page.push('\n');
    }
    if heading && !matches!(applet.order, Order::Raw | Order::RawWithoutHelp) {
        page.push_str(".TP\n\\fB\\-\\-help\\fR\nshow a short help and leave\n");
    }
    if !applet.notes().is_empty() {
        page.push_str(".SH NOTES\n");
        push_text(&mut page, &applet.notes().unpack());
        page.push('\n');
    }
    page
}

/// Text with roff's own characters escaped, each line safe from being taken for a request.
fn push_text(page: &mut String, text: &str) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            page.push('\n');
        }
        if line.starts_with(['.', '\'']) {
            page.push_str("\\&");
        }
        for character in line.chars() {
            match character {
                '\\' => page.push_str("\\e"),
                '-' => page.push_str("\\-"),
                other => page.push(other),
            }
        }
    }
}
