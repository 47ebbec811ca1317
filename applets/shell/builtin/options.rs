//! options - set, shift, getopts.

use super::Io;
use crate::flow::Flow;
use crate::names::{Sym, is_name};
use crate::options::{names, shopt};
use crate::shell::{Shell, push_message};
use crate::strings::Strings;

pub fn set(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    if args.len() == 1 {
        let mut out = Vec::new();
        for &sym in &shell.variables_by_name() {
            if let Some(value) = shell.vars.get(sym) {
                if shell.vars.array_kind(sym).is_some() {
                    out.extend_from_slice(shell.names.text(sym));
                    out.push(b'=');
                    shell.push_elements(sym, &mut out);
                } else {
                    super::push_assignment(&mut out, shell.names.text(sym), value);
                }
                out.push(b'\n');
            }
        }
        return Ok(io.print(shell, &out));
    }
    let mut index = 1usize;
    let mut operands = false;
    while let Some(arg) = args.get(index) {
        match arg {
            b"--" => {
                index = index.saturating_add(1);
                operands = true;
                break;
            }
            b"-" => {
                shell.options.xtrace = false;
                shell.options.verbose = false;
                index = index.saturating_add(1);
                operands = args.len() > index;
                break;
            }
            _ => {}
        }
        let on = match arg.first() {
            Some(b'-') => true,
            Some(b'+') => false,
            _ => break,
        };
        index = index.saturating_add(1);
        for letter in arg.iter().skip(1) {
            if *letter != b'o' {
                if !shell.switch(&[*letter], on) {
                    return Err(shell.fail("illegal option %", &[if on { b'-' } else { b'+' }, *letter]));
                }
                continue;
            }
            let Some(name) = args.get(index) else {
                return Ok(list(shell, io, on));
            };
            index = index.saturating_add(1);
            if !shell.switch_named(name, on) {
                return Err(shell.fail(if on { "illegal option -o %" } else { "illegal option +o %" }, name));
            }
        }
    }
    if operands || args.len() > index {
        args.copy_tail(index, &mut shell.positional);
    }
    Ok(0)
}

/// `set -o`: a table; `set +o`: commands that set the same again.
fn list(shell: &mut Shell, io: &mut Io, table: bool) -> u8 {
    let mut out = Vec::new();
    let mut options = shell.options;
    for (place, name) in names().into_iter().enumerate() {
        let on = options.at(place).is_some_and(|place| *place);
        if table {
            out.extend_from_slice(name);
            out.extend(core::iter::repeat_n(b' ', 16usize.saturating_sub(name.len())));
            out.extend_from_slice(if on { b"on\n" } else { b"off\n" });
        } else {
            out.extend_from_slice(if on { b"set -o " } else { b"set +o " });
            out.extend_from_slice(name);
            out.push(b'\n');
        }
    }
    io.print(shell, &out)
}

/// What makes a shell interactive is not for others to say.
const NOT_IMPORTED: &str = "interactive stdin monitor";

impl Shell {
    /// Switches the option with this letter; false where there is none.
    pub fn switch(&mut self, letter: &[u8], on: bool) -> bool {
        let Some(letter) = letter.first() else { return false };
        let Some(place) = self.options.letter(*letter) else { return false };
        let before = core::mem::replace(place, on);
        self.switched(*letter == b'm' && before != on, on);
        true
    }

    /// Switches the option with this name.
    pub fn switch_named(&mut self, name: &[u8], on: bool) -> bool {
        let Some(place) = self.options.named(name) else { return false };
        let before = core::mem::replace(place, on);
        self.switched(name == b"monitor" && before != on, on);
        true
    }

    /// What SHELLOPTS of the environment names is on.
    pub fn import_options(&mut self) {
        for name in self.vars.get(Sym::SHELLOPTS).unwrap_or_default().split(|byte| *byte == b':') {
            if base::bytes::place(NOT_IMPORTED, name).is_none()
                && let Some(place) = self.options.named(name)
            {
                *place = true;
            }
        }
        self.refresh(Sym::SHELLOPTS);
    }

    fn switched(&mut self, monitor: bool, on: bool) {
        self.refresh(Sym::SHELLOPTS);
        if monitor && !self.set_monitor(on) && self.options.interactive {
            self.options.monitor = false;
            self.complain("can't access tty; job control turned off", b"");
        }
    }
}

pub fn shift(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let count = match args.get(1) {
        None => 1,
        Some(text) => match crate::arith::index(text) {
            Some(number) => number,
            None => return Err(shell.fail("Illegal number: %", text)),
        },
    };
    if shell.positional.shift(count) {
        return Ok(0);
    }
    if shell.options.shopt & shopt::SHIFT_VERBOSE != 0 {
        shell.complain("%: shift count out of range", args.get(1).unwrap_or(b"1"));
    }
    // dash ends the script here; ash and bash only fail, without a word, and scripts rely on that.
    Ok(1)
}

pub fn getopts(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let (Some(known), Some(name)) = (args.get(1), args.get(2)) else {
        shell.complain("usage: getopts OPTSTRING NAME [ARG]...", b"");
        return Ok(2);
    };
    if !is_name(name) {
        shell.complain("%: bad variable name", name);
        return Ok(2);
    }
    let sym = shell.names.intern(name);
    let (silent, known) = match known.strip_prefix(b":") {
        Some(rest) => (true, rest),
        None => (false, known),
    };
    let given = if args.len() > 3 { args.tail(3) } else { shell.positional.clone() };
    let (mut letter_at, mut index) = shell.getopts;
    index = index.max(1);
    let step = |index: i64| usize::try_from(index.saturating_sub(1)).ok().and_then(|at| given.get(at));
    if letter_at == 0 {
        match step(index) {
            Some(b"--") => {
                index = index.saturating_add(1);
                return finish(shell, sym, index);
            }
            Some(arg) if arg.len() > 1 && arg.starts_with(b"-") => letter_at = 1,
            _ => return finish(shell, sym, index),
        }
    }
    let Some(argument) = step(index) else { return finish(shell, sym, index) };
    let Some(letter) = argument.get(letter_at).copied() else {
        shell.getopts = (0, index.saturating_add(1));
        return finish(shell, sym, index.saturating_add(1));
    };
    let rest = argument.get(letter_at.saturating_add(1)..).unwrap_or_default();
    let place = known.iter().position(|other| *other == letter && letter != b':');
    let takes = place.is_some_and(|place| known.get(place.saturating_add(1)) == Some(&b':'));
    let given_letter = [letter];
    let mut found = letter;
    let mut value: Option<&[u8]> = None;
    let mut message = None;
    if place.is_none() {
        found = b'?';
        if silent {
            value = Some(&given_letter);
        } else {
            message = Some("Illegal option -%");
        }
    }
    if takes && rest.is_empty() {
        index = index.saturating_add(1);
        match step(index) {
            Some(next) => value = Some(next),
            None if silent => (found, value) = (b':', Some(&given_letter[..])),
            None => (found, message) = (b'?', Some("No arg for -% option")),
        }
    } else if takes {
        value = Some(rest);
    }
    if takes || rest.is_empty() {
        index = index.saturating_add(1);
        letter_at = 0;
    } else {
        letter_at = letter_at.saturating_add(1);
    }
    let told = shell.variable(b"OPTERR") != Some(b"0");
    if let Some(message) = message.filter(|_| told) {
        let mut line = Vec::new();
        push_message(&mut line, message, &[letter]);
        shell.say(&line);
    }
    match value {
        Some(value) => {
            let _ = shell.vars.set(Sym::OPTARG, value);
        }
        None => {
            let _ = shell.vars.unset(Sym::OPTARG);
        }
    }
    // Not behind a value that is missing.
    let index = index.min(i64::try_from(given.len()).unwrap_or(i64::MAX).saturating_add(1));
    let _ = shell.vars.set_number(Sym::OPTIND, index);
    shell.getopts = (letter_at, index);
    shell.assign(sym, &[found])?;
    Ok(0)
}

/// No options are left.
fn finish(shell: &mut Shell, sym: Sym, index: i64) -> Flow<u8> {
    let _ = shell.vars.set_number(Sym::OPTIND, index);
    let _ = shell.vars.unset(Sym::OPTARG);
    shell.getopts = (0, index);
    shell.assign(sym, b"?")?;
    Ok(1)
}
