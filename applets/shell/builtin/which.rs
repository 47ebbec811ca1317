//! which - command, type, hash, builtin: what a name means, and running it so.

use super::{Builtin, Io, Letters};
use crate::exec::lookup::Found;
use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use crate::strings::Strings;
use base::command::DEFAULT_PATH;

pub(super) const RESERVED: &str = "! { } case do done elif else esac fi for if in then until while [[";

/// Whether a name is a word of the grammar.
pub(super) fn is_reserved(name: &[u8]) -> bool {
    base::bytes::place(RESERVED, name).is_some()
}

pub fn command(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"pvV") else { return Ok(2) };
    let (default_path, long) = (options.has(b'p'), options.has(b'V'));
    let rest = args.tail(options.index);
    let Some(name) = rest.get(0).map(<[u8]>::to_vec) else { return Ok(0) };
    if long || options.has(b'v') {
        let mut status = 0;
        let mut out = Vec::new();
        for name in rest.iter() {
            if !describe(shell, name, long, default_path, &mut out) {
                status = 127;
                if long {
                    push_not_found(&mut out, name);
                }
            }
        }
        return Ok(io.finish(shell, &out, status));
    }
    if let Some(builtin) = super::find(&name) {
        return run_plain(shell, io, builtin, &rest);
    }
    let found = if name.contains(&b'/') {
        shell.examine(&name)
    } else if default_path {
        shell.search(&name, DEFAULT_PATH)
    } else {
        let sym = shell.names.intern(&name);
        shell.look_up_file(sym)
    };
    shell.run_found_plain(found, &rest)
}

pub fn builtin(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let rest = args.tail(1);
    let Some(name) = rest.get(0).map(<[u8]>::to_vec) else { return Ok(0) };
    match super::find(&name) {
        Some(builtin) => run_plain(shell, io, builtin, &rest),
        None => {
            shell.complain("%: not a shell builtin", &name);
            Ok(1)
        }
    }
}

/// Runs a built-in without what makes special ones special: its errors do not end the script.
fn run_plain(shell: &mut Shell, io: &mut Io, builtin: &'static Builtin, args: &Strings) -> Flow<u8> {
    match builtin.run(shell, io, args) {
        Err(Unwind::Fail(status)) if builtin.special => Ok(status),
        other => other,
    }
}

fn push_not_found(out: &mut Vec<u8>, name: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": not found\n");
}

/// Adds what a name means to `out`: as `command -v` does, or in words. False where it means nothing.
fn describe(shell: &mut Shell, name: &[u8], words: bool, default_path: bool, out: &mut Vec<u8>) -> bool {
    let mut line = |text: &[u8], more: &[u8]| {
        // In words the name comes first; else the text is what is asked for.
        if words {
            out.extend_from_slice(name);
        }
        out.extend_from_slice(text);
        out.extend_from_slice(more);
        out.push(b'\n');
        true
    };
    if is_reserved(name) {
        return if words { line(b" is a shell keyword", b"") } else { line(name, b"") };
    }
    if let Some(value) = shell.alias(name) {
        if words {
            return line(b" is an alias for ", value);
        }
        let mut text = b"alias ".to_vec();
        super::push_assignment(&mut text, name, value);
        return line(&text, b"");
    }
    let found = if default_path && !name.contains(&b'/') && super::find(name).is_none() {
        shell.search(name, DEFAULT_PATH)
    } else {
        shell.look_up(name)
    };
    match found {
        Found::Denied | Found::Missing => false,
        Found::File(path) | Found::Applet(_, Some(path)) => line(if words { b" is " } else { b"" }, path.as_bytes()),
        _ if !words => line(name, b""),
        Found::Builtin(builtin) if builtin.special => line(b" is a special shell builtin", b""),
        Found::Builtin(_) => line(b" is a shell builtin", b""),
        Found::Function(function) if function.shown().is_empty() => line(b" is a function", b""),
        Found::Function(function) => line(b" is a function\n", function.shown()),
        Found::Applet(..) => line(b" is an applet", b""),
    }
}

pub fn caller(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let level = match args.get(1) {
        None => None,
        Some(text) => match base::number::parse_u64(text).ok().and_then(|level| usize::try_from(level).ok()) {
            Some(level) => Some(level),
            None => {
                shell.complain("%: invalid number", text);
                return Ok(2);
            }
        },
    };
    match shell.caller(level) {
        Some(text) => Ok(io.print(shell, &text)),
        None => Ok(1),
    }
}

/// `type -t`: one word for what a name is; `-p` and `-P`: the file that would run. False where there is none.
#[inline(never)]
fn kind_of(shell: &mut Shell, name: &[u8], form: u8, out: &mut Vec<u8>) -> bool {
    let reserved = is_reserved(name) || matches!(name, b"function" | b"]]");
    let is_alias = shell.alias(name).is_some();
    let found = if form == b'P' && !name.contains(&b'/') {
        let sym = shell.names.intern(name);
        shell.look_up_file(sym)
    } else {
        shell.look_up(name)
    };
    let word: &[u8] = match &found {
        _ if form == b't' && is_alias => b"alias",
        _ if form == b't' && reserved => b"keyword",
        _ if form == b'p' && (is_alias || reserved) => return true,
        Found::File(path) | Found::Applet(_, Some(path)) if form != b't' => path.as_bytes(),
        Found::Builtin(_) | Found::Function(_) if form == b'p' => return true,
        Found::Missing | Found::Denied => return false,
        _ if form != b't' => return false,
        Found::Builtin(_) => b"builtin",
        Found::Function(_) => b"function",
        Found::File(_) | Found::Applet(..) => b"file",
    };
    out.extend_from_slice(word);
    out.push(b'\n');
    true
}

pub fn type_(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut status = 0;
    let mut out = Vec::new();
    let mut index = 1usize;
    let mut form = 0u8;
    while let Some(arg) = args.get(index).filter(|arg| arg.len() > 1 && arg.starts_with(b"-")) {
        // ash and dash know `-p` at most: an unknown letter is a name, as it is there.
        let known = arg.iter().skip(1).all(|letter| b"tpPaf".contains(letter));
        if arg != b"--" && !known {
            break;
        }
        index = index.saturating_add(1);
        if arg == b"--" {
            break;
        }
        for letter in arg.iter().skip(1).filter(|letter| !matches!(letter, b'a' | b'f')) {
            form = *letter;
        }
    }
    for name in args.from(index) {
        if form != 0 {
            if !kind_of(shell, name, form, &mut out) {
                status = 1;
            }
            continue;
        }
        if !describe(shell, name, true, false, &mut out) {
            push_not_found(&mut out, name);
            status = 127;
        }
    }
    Ok(io.finish(shell, &out, status))
}

pub fn hash(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"rv") else { return Ok(2) };
    if options.has(b'r') {
        shell.commands.forget_files();
    }
    if args.len() == 1 {
        let mut out = Vec::new();
        for path in shell.commands.remembered() {
            out.extend_from_slice(path.as_bytes());
            out.push(b'\n');
        }
        return Ok(io.print(shell, &out));
    }
    let mut status = 0;
    for name in args.from(options.index) {
        if super::find(name).is_some() || name.contains(&b'/') {
            continue;
        }
        let sym = shell.names.intern(name);
        if shell.function(sym).is_some() {
            continue;
        }
        shell.commands.forget(sym);
        if matches!(shell.look_up_file(sym), Found::Missing | Found::Denied) {
            shell.complain("%: not found", name);
            status = 1;
        }
    }
    Ok(status)
}
