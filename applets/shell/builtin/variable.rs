//! variable - export, readonly, unset, let, alias, unalias.

use super::{Io, Letters, push_assignment};
use crate::expand::element::Which;
use crate::few::{insert, remove};
use crate::flow::{Flow, Unwind};
use crate::names::{Sym, is_name};
use crate::shell::Shell;
use crate::strings::Strings;

pub fn export(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    attribute(shell, io, args, true)
}

pub fn readonly(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    attribute(shell, io, args, false)
}

/// `export` and `readonly`: names with or without values, or a list.
fn attribute(shell: &mut Shell, io: &mut Io, args: &Strings, exports: bool) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"pnfaA") else { return Err(Unwind::Fail(2)) };
    let removes = options.has(b'n');
    if args.len() <= options.index {
        let mut out = Vec::new();
        for &sym in &shell.variables_by_name() {
            if if exports { shell.vars.is_exported(sym) } else { shell.vars.is_read_only(sym) } {
                out.extend_from_slice(args.get(0).unwrap_or_default());
                out.push(b' ');
                match shell.vars.get(sym) {
                    Some(value) => push_assignment(&mut out, shell.names.text(sym), value),
                    None => out.extend_from_slice(shell.names.text(sym)),
                }
                out.push(b'\n');
            }
        }
        return Ok(io.print(shell, &out));
    }
    for arg in args.from(options.index) {
        if options.has(b'f') {
            if !exports {
                continue;
            }
            let Some(function) = shell.names.find(arg).and_then(|sym| shell.function(sym)) else {
                shell.complain("%: not a function", arg);
                return Ok(1);
            };
            shell.vars.export_function(arg, if removes { b"" } else { function.shown() });
            continue;
        }
        let (sym, value, append) = name_and_value(shell, arg)?;
        let sym = shell.resolve(sym);
        if let Some(letter) = options.last(b"aA") {
            shell.vars.make_array(sym, letter == b'A');
        }
        if let Some(value) = value {
            set(shell, sym, value, append)?;
        }
        if exports {
            shell.vars.export(sym, !removes);
        } else {
            shell.vars.protect(sym);
        }
    }
    Ok(0)
}

pub(super) fn set(shell: &mut Shell, sym: Sym, value: &[u8], append: bool) -> Flow<()> {
    if append && shell.vars.kind(sym) != 0 {
        let old = shell.vars.copy(sym);
        let whole = shell.joined(sym, old, value)?;
        let result = shell.vars.set_owned(sym, whole);
        return shell.written(sym, result);
    }
    if append {
        let mut whole = shell.vars.copy(sym);
        whole.extend_from_slice(value);
        return shell.assign(sym, &whole);
    }
    shell.assign(sym, value)
}

pub(super) type NameAndValue<'a> = (Sym, Option<&'a [u8]>, bool);

/// Splits `name`, `name=value`, `name+=value`.
pub(super) fn name_and_value<'a>(shell: &mut Shell, arg: &'a [u8]) -> Flow<NameAndValue<'a>> {
    let at = memchr::memchr(b'=', arg).unwrap_or(arg.len());
    let (name, rest) = arg.split_at_checked(at).unwrap_or((arg, b""));
    let (name, append) = match name.strip_suffix(b"+") {
        Some(shorter) if !rest.is_empty() => (shorter, true),
        _ => (name, false),
    };
    if !is_name(name) {
        return Err(shell.fail("%: bad variable name", name));
    }
    let sym = shell.names.intern(name);
    Ok((sym, rest.strip_prefix(b"="), append))
}

pub fn unset(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"vfn") else { return Err(Unwind::Fail(2)) };
    let variables = options.has(b'v');
    let mut status = 0;
    for name in args.from(options.index) {
        if options.has(b'f') && !variables {
            if let Some(sym) = shell.names.find(name) {
                forget_function(shell, sym);
            }
            continue;
        }
        if name.ends_with(b"]") && name.contains(&b'[') {
            unset_element(shell, name)?;
            continue;
        }
        if !is_name(name) {
            return Err(shell.fail("%: bad variable name", name));
        }
        let Some(sym) = shell.names.find(name) else { continue };
        let sym = if options.has(b'n') { sym } else { shell.resolve(sym) };
        if !variables && shell.bash && shell.vars.get(sym).is_none() && shell.function(sym).is_some() {
            // In bash a name that is no variable is a function's.
            forget_function(shell, sym);
            continue;
        }
        if shell.vars.unset(sym).is_err() {
            shell.complain("%: is read only", name);
            status = 1;
            if !shell.options.interactive {
                return Err(Unwind::Fail(2));
            }
        } else if sym == Sym::OPTIND {
            shell.getopts = (0, 1);
        }
    }
    Ok(status)
}

fn forget_function(shell: &mut Shell, sym: Sym) {
    if let Some(slot) = shell.functions.get_mut(sym.index()) {
        *slot = None;
    }
}

/// `unset a[i]`, `unset a[@]`.
fn unset_element(shell: &mut Shell, name: &[u8]) -> Flow<()> {
    let result = match shell.place_of(name)? {
        Some((sym, Which::One(key))) => shell.vars.unset_element(sym, &key).map_err(|_| sym),
        Some((sym, Which::All(_))) => shell.vars.clear_array(sym).map_err(|_| sym),
        _ => return Err(shell.fail("%: bad variable name", name)),
    };
    result.map_err(|sym| shell.read_only(sym))
}

pub fn let_(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    if args.len() < 2 {
        shell.complain("expression expected", b"");
        return Ok(1);
    }
    let mut value = 0;
    for arg in args.from(1) {
        value = shell.arithmetic_text(arg)?;
    }
    Ok(u8::from(value == 0))
}

pub fn alias(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"p") else { return Ok(2) };
    let mut out = Vec::new();
    if args.len() <= options.index {
        for (name, value) in &shell.aliases {
            push_assignment(&mut out, name, value);
            out.push(b'\n');
        }
    }
    let mut status = 0;
    for arg in args.from(options.index) {
        // A `=` at the very beginning belongs to the name.
        let at = memchr::memchr(b'=', arg.get(1..).unwrap_or_default()).map(|at| at.saturating_add(1));
        match at.and_then(|at| arg.split_at_checked(at)) {
            Some((name, value)) => {
                forget_alias(shell, name);
                // In the order of their names, as they are listed.
                let at = shell.aliases.iter().position(|(other, _)| **other > *name).unwrap_or(shell.aliases.len());
                insert(&mut shell.aliases, at, (name.into(), value.get(1..).unwrap_or_default().into()));
            }
            None => match shell.alias(arg) {
                Some(value) => {
                    push_assignment(&mut out, arg, value);
                    out.push(b'\n');
                }
                None => {
                    shell.complain("% not found", arg);
                    status = 1;
                }
            },
        }
    }
    Ok(io.finish(shell, &out, status))
}

pub fn unalias(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"a") else { return Ok(2) };
    if options.has(b'a') {
        shell.aliases.clear();
    }
    let mut status = 0;
    for name in args.from(options.index) {
        if !forget_alias(shell, name) {
            shell.complain("% not found", name);
            status = 1;
        }
    }
    Ok(status)
}

/// Whether there was such an alias.
fn forget_alias(shell: &mut Shell, name: &[u8]) -> bool {
    let at = shell.aliases.iter().position(|(other, _)| **other == *name);
    at.map(|at| remove(&mut shell.aliases, at)).is_some()
}
