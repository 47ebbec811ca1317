//! declare - declare, typeset, local: variables with attributes, arrays, and what they are.

use super::{Io, variable};
use crate::flow::{Flow, Unwind};
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::vars::kind;

/// What the options ask for.
#[derive(Default)]
struct Wishes {
    set: u8,
    clear: u8,
    export: Option<bool>,
    read_only: bool,
    array: Option<bool>,
    global: bool,
    print: bool,
    functions: bool,
    names_only: bool,
}

pub fn declare(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let is_local = args.get(0) == Some(b"local");
    if is_local && shell.scope.is_none() {
        shell.complain("not in a function", b"");
        return Err(Unwind::Fail(2));
    }
    let mut wishes = Wishes::default();
    let mut index = 1usize;
    while let Some(arg) = args.get(index) {
        let on = match arg {
            [b'-', _, ..] => true,
            [b'+', _, ..] => false,
            _ => break,
        };
        index = index.saturating_add(1);
        if arg == b"--" {
            break;
        }
        for letter in arg.iter().skip(1) {
            let bit = match letter {
                b'i' => kind::INTEGER,
                b'l' => kind::LOWER,
                b'u' => kind::UPPER,
                b'n' => kind::REFERENCE,
                _ => 0,
            };
            match letter {
                b'i' | b'l' | b'u' | b'n' if on => wishes.set |= bit,
                b'i' | b'l' | b'u' | b'n' => wishes.clear |= bit,
                b'x' => wishes.export = Some(on),
                b'r' => wishes.read_only |= on,
                b'a' => wishes.array = Some(false),
                b'A' => wishes.array = Some(true),
                b'g' => wishes.global = true,
                b'p' => wishes.print = true,
                b'f' => wishes.functions = true,
                b'F' => {
                    wishes.functions = true;
                    wishes.names_only = true;
                }
                b't' | b'I' => {}
                _ => {
                    shell.complain("illegal option -%", &[*letter]);
                    return if is_local { Err(Unwind::Fail(2)) } else { Ok(2) };
                }
            }
        }
    }
    if wishes.functions {
        return Ok(functions(shell, io, args, index, wishes.names_only));
    }
    if wishes.print || args.len() <= index {
        return if is_local && !wishes.print { Ok(0) } else { print(shell, io, args, index, &wishes) };
    }
    let scope = shell.scope.filter(|_| !wishes.global);
    for arg in args.from(index) {
        if is_local && arg == b"-" {
            shell.local_options = Some(shell.options);
            continue;
        }
        let end = arg.iter().position(|byte| !crate::names::in_name(*byte)).unwrap_or(arg.len());
        let global = shell.names.find(arg.get(..end).unwrap_or_default()).filter(|_| wishes.global);
        if let Some(sym) = global {
            shell.vars.swap_global(sym);
        }
        let result = one(shell, arg, &wishes, scope);
        if let Some(sym) = global {
            shell.vars.swap_global(sym);
        }
        result?;
    }
    Ok(0)
}

/// One operand: `name`, `name=value`, `name[i]=value`.
fn one(shell: &mut Shell, arg: &[u8], wishes: &Wishes, scope: Option<usize>) -> Flow<()> {
    let at = memchr::memchr(b'=', arg).unwrap_or(arg.len());
    let (place, rest) = arg.split_at_checked(at).unwrap_or((arg, b""));
    if let Some(open) = memchr::memchr(b'[', place)
        && place.ends_with(b"]")
    {
        let name = place.get(..open).unwrap_or_default();
        let (sym, _, _) = variable::name_and_value(shell, name)?;
        prepare(shell, sym, false, wishes, scope)?;
        if shell.vars.array_kind(sym).is_none() {
            shell.vars.make_array(sym, false);
        }
        if let Some(value) = rest.strip_prefix(b"=") {
            shell.assign_named(place, value)?;
        }
        return Ok(());
    }
    let (sym, value, append) = variable::name_and_value(shell, arg)?;
    prepare(shell, sym, value.is_some(), wishes, scope)?;
    // A reference's own value is the name, which is not followed.
    let sym = if wishes.set & kind::REFERENCE != 0 { sym } else { shell.resolve(sym) };
    if let Some(value) = value {
        if wishes.set & kind::REFERENCE != 0 {
            let result = shell.vars.set(sym, value);
            shell.written(sym, result)?;
        } else {
            variable::set(shell, sym, value, append)?;
        }
    }
    if wishes.read_only {
        shell.vars.protect(sym);
    }
    Ok(())
}

/// Makes the variable local where that is meant, and gives it its attributes.
fn prepare(shell: &mut Shell, sym: Sym, has_value: bool, wishes: &Wishes, scope: Option<usize>) -> Flow<()> {
    if let Some(scope) = scope
        && !shell.vars.is_hidden(sym, scope)
    {
        // What a function made read-only for itself is nothing to those that it calls.
        let of_caller = shell.vars.is_hidden(sym, 0);
        if shell.vars.is_read_only(sym) && has_value && !of_caller {
            return Err(shell.read_only(sym));
        }
        // Without a value it begins unset, as in ash and bash.
        shell.vars.hide(sym, has_value);
        if of_caller {
            shell.vars.set_read_only(sym, false);
        }
        shell.vars.drop_array(sym);
        shell.vars.set_kind(sym, 0);
    }
    let sym = if (wishes.set | wishes.clear) & kind::REFERENCE != 0 { sym } else { shell.resolve(sym) };
    let mut kinds = shell.vars.kind(sym);
    // Of the two cases only the last that was asked for holds.
    if wishes.set & (kind::LOWER | kind::UPPER) != 0 {
        kinds &= !(kind::LOWER | kind::UPPER);
    }
    let kinds = (kinds | wishes.set) & !wishes.clear;
    if kinds != shell.vars.kind(sym) {
        shell.vars.set_kind(sym, kinds);
    }
    if let Some(keyed) = wishes.array {
        if keyed && shell.vars.array_kind(sym) == Some(false) {
            return Err(shell.fail_about(sym, "%: cannot convert indexed to associative array"));
        }
        shell.vars.make_array(sym, keyed);
    }
    if let Some(export) = wishes.export {
        shell.vars.export(sym, export);
    }
    if wishes.read_only && !has_value {
        shell.vars.protect(sym);
    }
    Ok(())
}

/// `declare -p`: variables as commands that make them again.
fn print(shell: &mut Shell, io: &mut Io, args: &Strings, from: usize, wishes: &Wishes) -> Flow<u8> {
    let mut status = 0;
    let mut list: Vec<Sym> = Vec::new();
    for name in args.from(from) {
        let sym = shell.names.find(name);
        if let Some(sym) = sym {
            shell.refresh(sym);
        }
        match sym.filter(|sym| shell.vars.is_known(*sym)) {
            Some(sym) => list.push(sym),
            None => {
                shell.complain("%: not found", name);
                status = 1;
            }
        }
    }
    if args.len() <= from {
        list = shell.variables_by_name();
        list.retain(|sym| {
            (wishes.array.is_none() || shell.vars.array_kind(*sym) == wishes.array)
                && (wishes.export.is_none() || shell.vars.is_exported(*sym))
                && (!wishes.read_only || shell.vars.is_read_only(*sym))
                && shell.vars.kind(*sym) & wishes.set == wishes.set
        });
    }
    let mut out = Vec::new();
    for &sym in &list {
        let attributes = shell.attributes(sym);
        out.extend_from_slice(b"declare -");
        if attributes.is_empty() {
            out.push(b'-');
        }
        out.extend_from_slice(&attributes);
        out.push(b' ');
        out.extend_from_slice(shell.names.text(sym));
        if shell.vars.array_kind(sym).is_some() {
            if shell.vars.count(sym) > 0 {
                out.push(b'=');
                shell.push_elements(sym, &mut out);
            }
        } else if let Some(value) = shell.vars.get(sym) {
            out.push(b'=');
            crate::expand::transform::push_double_quoted(&mut out, value);
        }
        out.push(b'\n');
    }
    Ok(io.finish(shell, &out, status))
}

/// `declare -F`: the names of functions; `declare -f`: their texts, as they were written.
fn functions(shell: &mut Shell, io: &mut Io, args: &Strings, from: usize, names_only: bool) -> u8 {
    let mut status = 0;
    let mut known: Vec<Sym> = Vec::new();
    let all = args.len() <= from;
    if all {
        for function in shell.functions.iter().flatten() {
            known.push(function.name);
        }
        shell.sort_names(&mut known);
    }
    for name in args.from(from) {
        match shell.names.find(name).and_then(|sym| shell.function(sym)) {
            Some(function) => known.push(function.name),
            None => status = 1,
        }
    }
    let mut out = Vec::new();
    for function in known.iter().filter_map(|sym| shell.function(*sym)) {
        if !names_only && !function.shown().is_empty() {
            out.extend_from_slice(function.shown());
            out.push(b'\n');
            continue;
        }
        if all {
            out.extend_from_slice(b"declare -f ");
        }
        if all || names_only {
            out.extend_from_slice(shell.names.text(function.name));
            out.push(b'\n');
        }
    }
    io.finish(shell, &out, status)
}
