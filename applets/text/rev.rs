//! rev - print each line with its characters in reverse order
//! Spec: util-linux's. Options: -0. Deviations: none known; as in util-linux and BusyBox, a line with a NUL in it ends there.

use base::applet::{Applet, Declaration, Exec, Opt, Place};
use base::args::Args;
use base::context::{Context, Status};
use base::error::Result;
use base::io::chomp;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "rev",
    place: Place::Bin,
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print the lines of each FILE with their characters reversed",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[Opt::flag("0", "zero", "lines end with NUL, not newline")],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let end = if args.has("0") { 0 } else { b'\n' };
    let utf8 = cx.is_utf8();
    let mut reversed = Vec::new();
    cx.each_input(&args.operands, &mut |cx, input| {
        while let Some(line) = input.line(end)? {
            let text = chomp(line, end);
            let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
            reversed.clear();
            if utf8 && !text.is_ascii() {
                push_reversed_characters(&mut reversed, text);
            } else {
                reversed.extend(text.iter().rev());
            }
            if line.get(text.len()) == Some(&end) {
                reversed.push(end);
            }
            cx.stdout.put(&reversed)?;
        }
        Ok(())
    })?;
    Ok(cx.status())
}

/// Characters in reverse, each one's bytes in their order; a byte that belongs to none stands for itself.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn push_reversed_characters(reversed: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(last) = rest.last() {
        let mut length = 1;
        if *last >= 0x80 {
            length += rest.iter().rev().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
            let character = rest.get(rest.len().saturating_sub(length)..).unwrap_or_default();
            let is_one = match character {
                [0xc2..=0xdf, _] | [0xe1..=0xec | 0xee | 0xef, _, _] => true,
                // What else may be one is rare: the strict test sees surrogates and what is longer than it need be.
                _ => core::str::from_utf8(character).is_ok_and(|text| text.chars().nth(1).is_none()),
            };
            if !is_one {
                length = 1;
            }
        }
        let (before, character) = rest.split_at(rest.len().saturating_sub(length));
        reversed.extend_from_slice(character);
        rest = before;
    }
}
