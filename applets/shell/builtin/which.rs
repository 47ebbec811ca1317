//! which - command, type, hash, builtin: what a name means, and running it so.

use super::{Builtin, Io, Options};
use crate::exec::lookup::Found;
use crate::flow::{Flow, Unwind};
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use base::command::DEFAULT_PATH;

pub(super) const RESERVED: [&[u8]; 17] = [
    b"!", b"{", b"}", b"case", b"do", b"done", b"elif", b"else", b"esac", b"fi", b"for", b"if", b"in", b"then",
    b"until", b"while", b"[[",
];

pub fn command(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"pvV");
    let (mut default_path, mut short, mut long) = (false, false, false);
    loop {
        match options.next(shell) {
            Ok(None) => break,
            Ok(Some((b'p', _))) => default_path = true,
            Ok(Some((b'v', _))) => short = true,
            Ok(Some(_)) => long = true,
            Err(()) => return Ok(2),
        }
    }
    let mut rest = args.clone();
    rest.shift(options.index);
    let Some(name) = rest.get(0).map(<[u8]>::to_vec) else { return Ok(0) };
    if short || long {
        let mut status = 0;
        let mut out = Vec::new();
        for name in rest.iter() {
            if !describe(shell, name, long, default_path, &mut out) {
                status = 127;
                if long {
                    out.extend_from_slice(name);
                    out.extend_from_slice(b": not found\n");
                }
            }
        }
        let printed = io.print(shell, args, &out);
        return Ok(if status == 0 { printed } else { status });
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
    let mut rest = args.clone();
    rest.shift(1);
    let Some(name) = rest.get(0).map(<[u8]>::to_vec) else { return Ok(0) };
    match super::find(&name) {
        Some(builtin) => run_plain(shell, io, builtin, &rest),
        None => {
            shell.builtin_error(args, &[&name, b": not a shell builtin"]);
            Ok(1)
        }
    }
}

/// Runs a built-in without what makes special ones special: its errors do not end the script.
fn run_plain(shell: &mut Shell, io: &mut Io, builtin: &Builtin, args: &Strings) -> Flow<u8> {
    match builtin.run(shell, io, args) {
        Err(Unwind::Fail(status)) if builtin.special => Ok(status),
        other => other,
    }
}

/// Adds what a name means to `out`: as `command -v` does, or in words. False where it means nothing.
fn describe(shell: &mut Shell, name: &[u8], words: bool, default_path: bool, out: &mut Vec<u8>) -> bool {
    let mut line = |pieces: &[&[u8]]| {
        for piece in pieces {
            out.extend_from_slice(piece);
        }
        out.push(b'\n');
        true
    };
    if RESERVED.contains(&name) {
        return if words { line(&[name, b" is a shell keyword"]) } else { line(&[name]) };
    }
    if let Some((_, value)) = shell.aliases.iter().find(|(alias, _)| **alias == *name) {
        if words {
            return line(&[name, b" is an alias for ", value]);
        }
        let mut text = b"alias ".to_vec();
        super::push_assignment(&mut text, name, value);
        return line(&[&text]);
    }
    let found = if default_path && !name.contains(&b'/') && super::find(name).is_none() {
        shell.search(name, DEFAULT_PATH)
    } else {
        shell.look_up(name)
    };
    match found {
        Found::Builtin(builtin) if words && builtin.special => line(&[name, b" is a special shell builtin"]),
        Found::Builtin(_) if words => line(&[name, b" is a shell builtin"]),
        Found::Function(function) if words && !function.text.is_empty() => {
            line(&[name, b" is a function\n", &function.text])
        }
        Found::Function(_) if words => line(&[name, b" is a function"]),
        Found::Builtin(_) | Found::Function(_) => line(&[name]),
        Found::File(path) | Found::Applet(_, Some(path)) if words => line(&[name, b" is ", path.as_bytes()]),
        Found::File(path) | Found::Applet(_, Some(path)) => line(&[path.as_bytes()]),
        Found::Applet(_, None) if words => line(&[name, b" is an applet"]),
        Found::Applet(_, None) => line(&[name]),
        Found::Denied | Found::Missing => false,
    }
}

pub fn caller(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let level = match args.get(1) {
        None => None,
        Some(text) => match base::number::parse_u64(text).ok().and_then(|level| usize::try_from(level).ok()) {
            Some(level) => Some(level),
            None => {
                shell.builtin_error(args, &[text, b": invalid number"]);
                return Ok(2);
            }
        },
    };
    match shell.caller(level) {
        Some(text) => Ok(io.print(shell, args, &text)),
        None => Ok(1),
    }
}

/// `type -t`: one word for what a name is; `-p` and `-P`: the file that would run. False where there is none.
fn kind_of(shell: &mut Shell, name: &[u8], form: u8, out: &mut Vec<u8>) -> bool {
    let reserved = RESERVED.contains(&name) || matches!(name, b"function" | b"]]");
    let is_alias = shell.aliases.iter().any(|(alias, _)| **alias == *name);
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
    for name in args.iter().skip(index) {
        if form != 0 {
            if !kind_of(shell, name, form, &mut out) {
                status = 1;
            }
            continue;
        }
        if !describe(shell, name, true, false, &mut out) {
            out.extend_from_slice(name);
            out.extend_from_slice(b": not found\n");
            status = 127;
        }
    }
    let printed = io.print(shell, args, &out);
    Ok(if status == 0 { printed } else { status })
}

pub fn hash(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"rv");
    loop {
        match options.next(shell) {
            Ok(None) => break,
            Ok(Some((b'r', _))) => shell.commands.forget_files(),
            Ok(Some(_)) => {}
            Err(()) => return Ok(2),
        }
    }
    if args.len() == 1 {
        let mut out = Vec::new();
        let remembered: Vec<(Sym, Vec<u8>)> =
            shell.commands.remembered().map(|(sym, path, _)| (sym, path.as_bytes().to_vec())).collect();
        for (_, path) in remembered {
            out.extend_from_slice(&path);
            out.push(b'\n');
        }
        return Ok(io.print(shell, args, &out));
    }
    let mut status = 0;
    for name in args.iter().skip(options.index) {
        if super::find(name).is_some() || name.contains(&b'/') {
            continue;
        }
        let sym = shell.names.intern(name);
        if shell.function(sym).is_some() {
            continue;
        }
        shell.commands.forget(sym);
        if matches!(shell.look_up_file(sym), Found::Missing | Found::Denied) {
            shell.builtin_error(args, &[name, b": not found"]);
            status = 1;
        }
    }
    Ok(status)
}
