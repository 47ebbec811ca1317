//! shopt - bash's further options.

use super::{Io, Options};
use crate::flow::Flow;
use crate::options::shopt::TABLE;
use crate::shell::Shell;
use crate::strings::Strings;

pub fn shopt(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"supqo");
    let mut wanted = None;
    let (mut quiet, mut commands, mut of_set) = (false, false, false);
    loop {
        match options.next(shell) {
            Ok(None) => break,
            Ok(Some((b's', _))) => wanted = Some(true),
            Ok(Some((b'u', _))) => wanted = Some(false),
            Ok(Some((b'q', _))) => quiet = true,
            Ok(Some((b'p', _))) => commands = true,
            Ok(Some(_)) => of_set = true,
            Err(()) => return Ok(2),
        }
    }
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
        for (name, bit) in TABLE {
            let on = shell.options.shopt & bit != 0;
            if wanted.is_none_or(|wanted| wanted == on) {
                show(name, on);
            }
        }
    }
    for name in args.iter().skip(options.index) {
        if of_set {
            let Some(on) = shell.options.named(name).map(|place| *place) else {
                shell.builtin_error(args, &[name, b": invalid option name"]);
                status = 1;
                continue;
            };
            match wanted {
                Some(wanted) => {
                    shell.switch_named(name, wanted);
                }
                None if on => {}
                None => status = 1,
            }
            if wanted.is_none() && !quiet {
                show(name, on);
            }
            continue;
        }
        let Some((_, bit)) = TABLE.iter().find(|(known, _)| *known == name) else {
            shell.builtin_error(args, &[name, b": invalid shell option name"]);
            status = 1;
            continue;
        };
        let on = shell.options.shopt & bit != 0;
        match wanted {
            Some(true) => shell.options.shopt |= bit,
            Some(false) => shell.options.shopt &= !bit,
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
    let printed = io.print(shell, args, &out);
    Ok(if status == 0 { printed } else { status })
}
