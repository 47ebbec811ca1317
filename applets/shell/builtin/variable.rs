//! variable - export, readonly, unset, let, alias, unalias.

use super::{Io, Options, push_assignment};
use crate::expand::element::Which;
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
    let mut options = Options::new(args, b"pnfaA");
    let mut remove = false;
    let mut array = None;
    let mut functions = false;
    loop {
        match options.next(shell) {
            Ok(None) => break,
            Ok(Some((b'n', _))) => remove = true,
            Ok(Some((letter @ (b'a' | b'A'), _))) => array = Some(letter == b'A'),
            Ok(Some((b'f', _))) => functions = true,
            Ok(Some(_)) => {}
            Err(()) => return Err(Unwind::Fail(2)),
        }
    }
    if args.len() <= options.index {
        let mut lines: Vec<Vec<u8>> = Vec::new();
        for (sym, value, exported, read_only) in shell.vars.each() {
            if if exports { exported } else { read_only } {
                let mut line = args.get(0).unwrap_or_default().to_vec();
                line.push(b' ');
                match value {
                    Some(value) => push_assignment(&mut line, shell.names.text(sym), value),
                    None => line.extend_from_slice(shell.names.text(sym)),
                }
                line.push(b'\n');
                lines.push(line);
            }
        }
        base::order::sort(&mut lines, &mut Ord::cmp);
        return Ok(io.print(shell, args, &lines.concat()));
    }
    for arg in args.iter().skip(options.index) {
        if functions {
            if !exports {
                continue;
            }
            let Some(function) = shell.names.find(arg).and_then(|sym| shell.function(sym)) else {
                shell.builtin_error(args, &[arg, b": not a function"]);
                return Ok(1);
            };
            shell.vars.export_function(arg, if remove { b"" } else { &function.text });
            continue;
        }
        let (sym, value, append) = name_and_value(shell, args, arg)?;
        let sym = shell.resolve(sym);
        if let Some(keyed) = array {
            shell.vars.make_array(sym, keyed);
        }
        if let Some(value) = value {
            set(shell, sym, value, append)?;
        }
        if exports {
            shell.vars.export(sym, !remove);
        } else {
            shell.vars.protect(sym);
        }
    }
    Ok(0)
}

pub(super) fn set(shell: &mut Shell, sym: Sym, value: &[u8], append: bool) -> Flow<()> {
    if append && shell.vars.kind(sym) != 0 {
        let old = shell.vars.get(sym).unwrap_or_default().to_vec();
        let whole = shell.joined(sym, old, value)?;
        shell.vars.set_owned(sym, whole).map_err(|_| shell.read_only(sym))?;
        return Ok(());
    }
    if append {
        let mut whole = shell.vars.get(sym).unwrap_or_default().to_vec();
        whole.extend_from_slice(value);
        return shell.assign(sym, &whole);
    }
    shell.assign(sym, value)
}

pub(super) type NameAndValue<'a> = (Sym, Option<&'a [u8]>, bool);

/// Splits `name`, `name=value`, `name+=value`.
pub(super) fn name_and_value<'a>(shell: &mut Shell, args: &Strings, arg: &'a [u8]) -> Flow<NameAndValue<'a>> {
    let at = memchr::memchr(b'=', arg).unwrap_or(arg.len());
    let (name, rest) = arg.split_at_checked(at).unwrap_or((arg, b""));
    let (name, append) = match name.strip_suffix(b"+") {
        Some(shorter) if !rest.is_empty() => (shorter, true),
        _ => (name, false),
    };
    if !is_name(name) {
        return shell.special_error(args, &[name, b": bad variable name"]);
    }
    let sym = shell.names.intern(name);
    Ok((sym, rest.strip_prefix(b"="), append))
}

pub fn unset(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"vfn");
    let mut functions = false;
    let mut variables = false;
    let mut reference = false;
    loop {
        match options.next(shell) {
            Ok(None) => break,
            Ok(Some((b'f', _))) => functions = true,
            Ok(Some((b'n', _))) => reference = true,
            Ok(Some(_)) => variables = true,
            Err(()) => return Err(Unwind::Fail(2)),
        }
    }
    let mut status = 0;
    for name in args.iter().skip(options.index) {
        if functions && !variables {
            if let Some(sym) = shell.names.find(name)
                && let Some(slot) = shell.functions.get_mut(sym.index())
            {
                *slot = None;
            }
            continue;
        }
        if name.ends_with(b"]") && name.contains(&b'[') {
            unset_element(shell, args, name)?;
            continue;
        }
        if !is_name(name) {
            return shell.special_error(args, &[name, b": bad variable name"]);
        }
        let Some(sym) = shell.names.find(name) else { continue };
        let sym = if reference { sym } else { shell.resolve(sym) };
        if !variables && shell.bash && shell.vars.get(sym).is_none() && shell.function(sym).is_some() {
            // In bash a name that is no variable is a function's.
            if let Some(slot) = shell.functions.get_mut(sym.index()) {
                *slot = None;
            }
            continue;
        }
        if shell.vars.unset(sym).is_err() {
            shell.builtin_error(args, &[name, b": is read only"]);
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

/// `unset a[i]`, `unset a[@]`.
fn unset_element(shell: &mut Shell, args: &Strings, name: &[u8]) -> Flow<()> {
    let result = match shell.place_of(name)? {
        Some((sym, Which::One(key))) => shell.vars.unset_element(sym, &key).map_err(|_| sym),
        Some((sym, Which::All(_))) => shell.vars.clear_array(sym).map_err(|_| sym),
        _ => return shell.special_error(args, &[name, b": bad variable name"]),
    };
    result.map_err(|sym| shell.read_only(sym))
}

pub fn let_(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    if args.len() < 2 {
        shell.builtin_error(args, &[b"expression expected"]);
        return Ok(1);
    }
    let mut value = 0;
    for arg in args.iter().skip(1) {
        value = shell.arithmetic_text(arg)?;
    }
    Ok(u8::from(value == 0))
}

pub fn alias(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"p");
    while let Ok(Some(_)) = options.next(shell) {}
    let mut out = Vec::new();
    if args.len() <= options.index {
        let mut list: Vec<_> = shell.aliases.iter().collect();
        base::order::sort(&mut list, &mut Ord::cmp);
        for (name, value) in list {
            push_assignment(&mut out, name, value);
            out.push(b'\n');
        }
    }
    let mut status = 0;
    for arg in args.iter().skip(options.index) {
        // A `=` at the very beginning belongs to the name.
        let at = memchr::memchr(b'=', arg.get(1..).unwrap_or_default()).map(|at| at.saturating_add(1));
        match at.and_then(|at| arg.split_at_checked(at)) {
            Some((name, value)) => {
                shell.aliases.retain(|(other, _)| **other != *name);
                shell.aliases.push((name.into(), value.get(1..).unwrap_or_default().into()));
            }
            None => match shell.aliases.iter().find(|(name, _)| **name == *arg) {
                Some((name, value)) => {
                    push_assignment(&mut out, name, value);
                    out.push(b'\n');
                }
                None => {
                    shell.builtin_error(args, &[arg, b" not found"]);
                    status = 1;
                }
            },
        }
    }
    let printed = io.print(shell, args, &out);
    Ok(if status == 0 { printed } else { status })
}

pub fn unalias(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"a");
    loop {
        match options.next(shell) {
            Ok(None) => break,
            Ok(Some(_)) => shell.aliases.clear(),
            Err(()) => return Ok(2),
        }
    }
    let mut status = 0;
    for name in args.iter().skip(options.index) {
        let before = shell.aliases.len();
        shell.aliases.retain(|(other, _)| **other != *name);
        if shell.aliases.len() == before {
            shell.builtin_error(args, &[name, b" not found"]);
            status = 1;
        }
    }
    Ok(status)
}
