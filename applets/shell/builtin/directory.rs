//! directory - cd, pwd, umask; dirs, pushd, popd.

use super::{Io, Letters};
use crate::flow::Flow;
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use base::error::Errno;
use base::mode::{ModeChange, push_symbolic_umask};

/// `dirs`: the stack, with the current directory first; `-c` forgets it, `-l` spells the home directory out, `-p` and `-v` take a
/// line for each.
pub fn dirs(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"clpv") else { return Ok(2) };
    if options.has(b'c') {
        shell.directories.clear();
        return Ok(0);
    }
    let (numbers, long) = (options.has(b'v'), options.has(b'l'));
    let lines = numbers || options.has(b'p');
    let home = shell.vars.get(Sym::HOME).unwrap_or_default();
    let here = shell.vars.get(Sym::PWD).unwrap_or_default();
    let mut out = Vec::new();
    let count = shell.directories.len();
    for number in 0..=count {
        // The list is kept from the right.
        let directory = shell.directories.get(count.wrapping_sub(number)).map_or(here, Vec::as_slice);
        if numbers {
            out.push(b' ');
            base::number::push_u64(&mut out, number as u64);
            out.extend_from_slice(b"  ");
        } else if number > 0 && !lines {
            out.push(b' ');
        }
        match directory.strip_prefix(home) {
            Some(rest) if !long && home.len() > 1 && (rest.is_empty() || rest.starts_with(b"/")) => {
                out.push(b'~');
                out.extend_from_slice(rest);
            }
            _ => out.extend_from_slice(directory),
        }
        if lines {
            out.push(b'\n');
        }
    }
    if !lines {
        out.push(b'\n');
    }
    Ok(io.print(shell, &out))
}

/// The place that `+N` (from the left of what `dirs` shows) or `-N` (from the right) means.
fn place(shell: &Shell, text: &[u8]) -> Option<usize> {
    let (sign, digits) = text.split_first()?;
    let number = base::number::parse_u64(digits).ok().and_then(|number| usize::try_from(number).ok())?;
    let count = shell.directories.len();
    match sign {
        b'+' => Some(number).filter(|number| *number <= count),
        b'-' => count.checked_sub(number),
        _ => None,
    }
}

/// `pushd DIRECTORY`: goes there and remembers where it was; without, or with `+N`, the stack is turned.
pub fn pushd(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let here = shell.vars.copy(Sym::PWD);
    let operand = args.get(1).unwrap_or(b"+1");
    let is_place = operand.starts_with(b"+") || operand.starts_with(b"-") && operand.len() > 1;
    let mut stack = shell.directories.clone();
    let target = if is_place {
        let Some(place) = place(shell, operand) else {
            let text = if stack.is_empty() { "no other directory" } else { "directory stack index out of range" };
            shell.complain(text, b"");
            return Ok(1);
        };
        // From the right, as the list is kept: the last is the one before the current.
        stack.push(here);
        if args.len() > 1 {
            for _ in 0..place {
                let last = stack.pop().unwrap_or_default();
                stack.insert(0, last);
            }
        } else if let Some(last) = stack.len().checked_sub(2) {
            stack.swap(last, last.saturating_add(1));
        }
        stack.pop().unwrap_or_default()
    } else {
        stack.push(here);
        operand.to_vec()
    };
    go(shell, io, &target, stack)
}

/// `popd`: goes to the last directory that was remembered; with `+N` or `-N`, forgets that one.
pub fn popd(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut stack = shell.directories.clone();
    let place = match args.get(1) {
        None => Some(0),
        Some(operand) => place(shell, operand),
    };
    let Some(place) = place.filter(|_| !stack.is_empty()) else {
        let text = if stack.is_empty() { "directory stack empty" } else { "directory stack index out of range" };
        shell.complain(text, b"");
        return Ok(1);
    };
    if place > 0 {
        if let Some(at) = stack.len().checked_sub(place) {
            stack.remove(at);
        }
        shell.directories = stack;
        return dirs(shell, io, &Strings::from_slices(&[b"dirs"]));
    }
    let target = stack.pop().unwrap_or_default();
    go(shell, io, &target, stack)
}

fn go(shell: &mut Shell, io: &mut Io, target: &[u8], stack: Vec<Vec<u8>>) -> Flow<u8> {
    shell.commands.identify();
    if let Err(errno) = change(shell, target, false) {
        shell.complain_of("%: ", target, errno);
        return Ok(1);
    }
    shell.directories = stack;
    dirs(shell, io, &Strings::from_slices(&[b"dirs"]))
}

pub fn cd(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"LPe") else { return Ok(2) };
    let physical = options.last(b"LP") == Some(b'P');
    let mut shows = false;
    let target = match args.get(options.index) {
        None => match shell.vars.get(Sym::HOME) {
            Some(home) if !home.is_empty() => home.to_vec(),
            Some(_) => return Ok(0),
            None => {
                shell.complain("HOME not set", b"");
                return Ok(1);
            }
        },
        Some(b"-") => {
            shows = true;
            match shell.vars.get(Sym::OLDPWD) {
                Some(old) => old.to_vec(),
                None => {
                    shell.complain("OLDPWD not set", b"");
                    return Ok(1);
                }
            }
        }
        Some(path) => path.to_vec(),
    };
    // The own file's name may be relative to the directory that is left.
    shell.commands.identify();
    let mut error = Errno::NOENT;
    for candidate in candidates(shell, &target).iter() {
        match change(shell, candidate, physical) {
            Ok(()) => {
                if shows || candidate.len() > target.len() {
                    let mut line = shell.vars.copy(Sym::PWD);
                    line.push(b'\n');
                    return Ok(io.print(shell, &line));
                }
                return Ok(0);
            }
            Err(errno) => error = errno,
        }
    }
    shell.complain_of("can't cd to %: ", &target, error);
    Ok(1)
}

/// Where `cd` looks: along CDPATH for a relative name, then the name itself.
fn candidates(shell: &Shell, target: &[u8]) -> Strings {
    let mut list = Strings::new();
    let relative = !matches!(target, [b'/', ..] | b"." | b".." | [b'.', b'/', ..] | [b'.', b'.', b'/', ..] | b"");
    if relative && let Some(path) = shell.vars.get(Sym::CDPATH).filter(|path| !path.is_empty()) {
        for directory in path.split(|byte| *byte == b':') {
            let candidate = list.open();
            candidate.extend_from_slice(directory);
            if !directory.is_empty() && !directory.ends_with(b"/") {
                candidate.push(b'/');
            }
            list.push(target);
        }
    }
    list.push(target);
    list
}

/// Goes to `path` and sets PWD and OLDPWD.
fn change(shell: &mut Shell, path: &[u8], physical: bool) -> Result<(), Errno> {
    let old = shell.vars.get(Sym::PWD).map(<[u8]>::to_vec);
    let logical = if physical {
        None
    } else {
        let base = old.clone().unwrap_or_default();
        let whole = if path.starts_with(b"/") { path.to_vec() } else { [&base[..], b"/", path].concat() };
        if whole.starts_with(b"/") { resolve(&whole) } else { None }
    };
    if path.is_empty() {
        return Err(Errno::NOENT);
    }
    let gone = match &logical {
        Some(logical) => base::fs::chdir(logical.as_slice()).or_else(|_| base::fs::chdir(path)),
        None => base::fs::chdir(path),
    };
    gone?;
    let new = match logical {
        Some(logical) => logical,
        None => rustix::process::getcwd(Vec::new())?.into_bytes(),
    };
    if let Some(old) = old {
        let _ = shell.vars.set(Sym::OLDPWD, &old);
    }
    let _ = shell.vars.set(Sym::PWD, &new);
    Ok(())
}

/// Takes `.`, `..` and double slashes out of an absolute path; None where something before a `..` is no directory.
fn resolve(path: &[u8]) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => {
                let at = memchr::memrchr(b'/', &out).unwrap_or(0);
                if !out.is_empty() {
                    base::fs::stat(out.as_slice()).ok()?;
                }
                out.truncate(at);
            }
            name => {
                out.push(b'/');
                out.extend_from_slice(name);
            }
        }
    }
    if out.is_empty() {
        out.push(b'/');
    }
    Some(out)
}

pub fn pwd(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"LP") else { return Ok(2) };
    let physical = options.last(b"LP") == Some(b'P');
    let known = shell.vars.get(Sym::PWD).filter(|path| !physical && path.starts_with(b"/")).map(<[u8]>::to_vec);
    let mut path = match known {
        Some(path) => path,
        None => match rustix::process::getcwd(Vec::new()) {
            Ok(path) => path.into_bytes(),
            Err(errno) => {
                shell.complain_of("", b"", errno);
                return Ok(1);
            }
        },
    };
    path.push(b'\n');
    Ok(io.print(shell, &path))
}

pub fn umask(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let Some(options) = Letters::of(shell, args, b"Sp") else { return Ok(2) };
    // The only way to read the mask is to set it.
    let old = rustix::process::umask(rustix::fs::Mode::empty());
    rustix::process::umask(old);
    let mask = old.as_raw_mode();
    let Some(text) = args.get(options.index) else {
        let mut line = Vec::new();
        if options.has(b'p') {
            // As a command that sets it again.
            line.extend_from_slice(if options.has(b'S') { b"umask -S " } else { b"umask " });
        }
        if options.has(b'S') {
            push_symbolic_umask(&mut line, mask);
        } else {
            base::number::push_radix(&mut line, u64::from(mask), 8, 4, b'0');
        }
        line.push(b'\n');
        return Ok(io.print(shell, &line));
    };
    let new = if text.first().is_some_and(u8::is_ascii_digit) {
        let mask = base::number::parse_radix(text, 8).ok().and_then(|mask| u32::try_from(mask).ok());
        mask.filter(|mask| *mask <= 0o777)
    } else {
        // Symbolic modes say what is allowed: the mask's complement.
        ModeChange::parse(text).map(|change| !change.apply(!mask & 0o777, false, 0) & 0o777)
    };
    let Some(new) = new else {
        shell.complain("illegal mode: %", text);
        return Ok(2);
    };
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(new));
    Ok(0)
}
