//! trap - `trap`.

use super::{Io, Letters};
use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use crate::strings::Strings;

pub fn trap(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"lp") else { return Err(Unwind::Fail(2)) };
    if options.has(b'l') {
        let mut out = Vec::new();
        for number in base::signal::all() {
            crate::arith::push_number(&mut out, i64::from(number));
            out.extend_from_slice(b") ");
            base::signal::push_name(&mut out, number);
            out.push(b'\n');
        }
        return Ok(io.print(shell, &out));
    }
    if options.has(b'p') {
        return show(shell, io, args, options.index);
    }
    let Some(first) = args.get(options.index) else { return show(shell, io, args, args.len()) };
    let single = args.len() == options.index.saturating_add(1);
    // A number first, or nothing behind: reset these to their defaults.
    let resets = first == b"-" || first.iter().all(u8::is_ascii_digit) && !first.is_empty() || single;
    let skip = options.index.saturating_add(usize::from(!resets || first == b"-"));
    let mut status = 0;
    for name in args.from(skip) {
        match crate::trap::parse(name) {
            Some(number) => shell.set_trap(number, (!resets).then(|| first.to_vec())),
            None => {
                shell.complain("%: invalid signal specification", name);
                status = 1;
            }
        }
    }
    Ok(status)
}

/// The traps as commands that set them again.
fn show(shell: &mut Shell, io: &mut Io, args: &Strings, from: usize) -> Flow<u8> {
    let mut wanted = Vec::new();
    for name in args.from(from) {
        wanted.extend(crate::trap::parse(name));
    }
    let mut out = Vec::new();
    for (number, text) in shell.traps.listed() {
        if !wanted.is_empty() && !wanted.contains(number) {
            continue;
        }
        out.extend_from_slice(b"trap -- ");
        super::push_single_quoted(&mut out, text);
        out.push(b' ');
        match crate::trap::CONDITIONS.iter().find(|(known, _)| known == number) {
            Some((_, name)) => out.extend_from_slice(name),
            None => base::signal::push_name(&mut out, *number),
        }
        out.push(b'\n');
    }
    Ok(io.print(shell, &out))
}
