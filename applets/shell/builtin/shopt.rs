//! shopt - bash's further options.

use super::{Io, Letters};
use crate::flow::Flow;
use crate::options::shopt::{ALWAYS, NEVER, SWITCHED};
use crate::shell::Shell;
use crate::strings::Strings;

pub fn shopt(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"supqo") else { return Ok(2) };
    let wanted = options.last(b"su").map(|letter| letter == b's');
    let (quiet, commands, of_set) = (options.has(b'q'), options.has(b'p'), options.has(b'o'));
    let mut status = 0;
    let mut out = Vec::new();
    let mut show = |name: &[u8], on: bool| {
        if commands {
            out.extend_from_slice(if on { b"shopt -s " } else { b"shopt -u " });
            out.extend_from_slice(name);
        } else {
            out.extend_from_slice(name);
            out.extend(core::iter::repeat_n(b' ', 15usize.saturating_sub(name.len())));
            out.extend_from_slice(if on { b"\ton" } else { b"\toff" });
        }
        out.push(b'\n');
    };
    if args.len() <= options.index {
        let names = [SWITCHED, ALWAYS, NEVER].join(" ");
        let mut names = base::bytes::split(names.as_bytes(), b' ');
        base::order::sort(&mut names, &mut |a, b| a.cmp(b));
        for name in names {
            let on = shell.options.shopt(name) == Some(true);
            if wanted.is_none_or(|wanted| wanted == on) {
                show(name, on);
            }
        }
    }
    for name in args.from(options.index) {
        let known = if of_set { shell.options.named(name).map(|place| *place) } else { shell.options.shopt(name) };
        let Some(on) = known else {
            shell.complain(if of_set { "%: invalid option name" } else { "%: invalid shell option name" }, name);
            status = 1;
            continue;
        };
        match wanted {
            Some(wanted) if of_set => {
                shell.switch_named(name, wanted);
            }
            Some(wanted) => {
                if !shell.options.switch_shopt(name, wanted) {
                    shell.complain("%: cannot be changed in this shell", name);
                    status = 1;
                }
            }
            None => {
                if !on {
                    status = 1;
                }
                if !quiet {
                    show(name, on);
                }
            }
        }
    }
    Ok(io.finish(shell, &out, status))
}
