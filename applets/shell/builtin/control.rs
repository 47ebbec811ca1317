//! control - break, continue, return, exit, eval, dot, exec, and the ones that do nothing.

use super::{Io, Options};
use crate::exec::lookup::Found;
use crate::flow::{Flow, Unwind};
use crate::options::shopt;
use crate::shell::Shell;
use crate::strings::Strings;
use base::applet::Exec;

pub fn colon(_: &mut Shell, _: &mut Io, _: &Strings) -> Flow<u8> {
    Ok(0)
}

pub fn true_(_: &mut Shell, _: &mut Io, _: &Strings) -> Flow<u8> {
    Ok(0)
}

pub fn false_(_: &mut Shell, _: &mut Io, _: &Strings) -> Flow<u8> {
    Ok(1)
}

/// How many loops are meant, at most as many as there are; None is no loop at all.
fn levels(shell: &mut Shell, args: &Strings) -> Flow<Option<u32>> {
    let count = match args.get(1) {
        None => 1,
        Some(text) => match crate::arith::number(text).filter(|number| *number > 0) {
            Some(number) => u32::try_from(number).unwrap_or(u32::MAX),
            None => return Err(shell.fail("Illegal number: %", text)),
        },
    };
    Ok(if shell.loops == 0 { None } else { Some(count.min(shell.loops)) })
}

pub fn break_(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    shell.status = 0;
    match levels(shell, args)? {
        Some(count) => Err(Unwind::Break(count)),
        None => Ok(0),
    }
}

pub fn continue_(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    shell.status = 0;
    match levels(shell, args)? {
        Some(count) => Err(Unwind::Continue(count)),
        None => Ok(0),
    }
}

/// The status operand of `return` and `exit`, or the last status.
fn status(shell: &mut Shell, args: &Strings) -> Flow<u8> {
    match args.get(1) {
        None => Ok(shell.status),
        Some(text) => match crate::arith::number(text) {
            Some(number) if text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') => Ok((number & 0xff) as u8),
            _ => Err(shell.fail("Illegal number: %", text)),
        },
    }
}

pub fn return_(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let status = match (args.get(1), shell.traps.running) {
        (None, Some((before, calls))) if calls == shell.calls => before,
        _ => status(shell, args)?,
    };
    // Outside of functions and sourced files it ends the script, as other shells do.
    if shell.calls == 0 { Err(Unwind::Exit(status)) } else { Err(Unwind::Return(status)) }
}

pub fn exit(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    if shell.warn_about_jobs() {
        return Ok(1);
    }
    let status = match (args.get(1), shell.traps.running) {
        (None, Some((before, _))) => before,
        _ => status(shell, args)?,
    };
    Err(Unwind::Exit(status))
}

pub fn eval(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let text = args.joined(if args.get(1) == Some(b"--") { 2 } else { 1 });
    if shell.stack.is_deep() {
        return Err(shell.fail("eval: nested too deeply", b""));
    }
    let line = shell.line.max(1);
    shell.run_string(&text, line)
}

/// `.`: looks for the file along PATH where its name has no slash, then in the current directory.
pub fn source(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let first = if args.get(1) == Some(b"--") { 2 } else { 1 };
    let Some(name) = args.get(first) else {
        return Err(shell.fail("filename argument required", b""));
    };
    if shell.stack.is_deep() {
        return Err(shell.fail(".: nested too deeply", b""));
    }
    let mut path = name.to_vec();
    if !name.contains(&b'/') && shell.options.shopt & shopt::SOURCEPATH != 0 {
        let search = shell.vars.copy(crate::names::Sym::PATH);
        for directory in search.split(|byte| *byte == b':') {
            let mut candidate = directory.to_vec();
            if !candidate.is_empty() {
                candidate.push(b'/');
            }
            candidate.extend_from_slice(name);
            let regular = base::fs::stat(candidate.as_slice())
                .is_ok_and(|status| rustix::fs::FileType::from_raw_mode(status.st_mode).is_file());
            if regular {
                path = candidate;
                break;
            }
        }
    }
    let input = match crate::start::open_script(&path) {
        Ok(input) => input,
        Err(errno) => {
            return Err(shell.fail_of("can't open '%': ", name, errno));
        }
    };
    let outer = if args.len() > first.saturating_add(1) {
        let positional = args.tail(first.saturating_add(1));
        Some(core::mem::replace(&mut shell.positional, positional))
    } else {
        None
    };
    let line = shell.line;
    let loops = core::mem::take(&mut shell.loops);
    let show = core::mem::replace(&mut shell.show_line, true);
    let context = core::mem::replace(&mut shell.context, std::borrow::Cow::Owned(name.to_vec()));
    shell.calls = shell.calls.saturating_add(1);
    let mut input = input;
    shell.enter_frame(None, path.as_slice().into());
    let mut result = shell.run_input(&mut input);
    if shell.traps.on_return.is_some()
        && matches!(result, Ok(_) | Err(Unwind::Return(_)))
        && let Err(unwind) = shell.run_return_trap()
    {
        result = Err(unwind);
    }
    shell.leave_frame();
    shell.calls = shell.calls.saturating_sub(1);
    shell.show_line = show;
    shell.context = context;
    shell.loops = loops;
    shell.line = line;
    if let Some(outer) = outer {
        shell.positional = outer;
    }
    match result {
        Err(Unwind::Return(status)) => Ok(status),
        other => other,
    }
}

/// `exec`: the redirections were made and stay; with a command, that replaces the shell.
pub fn exec(shell: &mut Shell, _: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"a:cl");
    let mut called: Option<Vec<u8>> = None;
    let mut clear = false;
    loop {
        match options.next(shell) {
            None => break,
            Some(Options::WRONG) => return Err(Unwind::Fail(2)),
            Some(b'a') => called = Some(options.value.to_vec()),
            Some(b'c') => clear = true,
            Some(_) => called = Some([b"-", args.get(options.index).unwrap_or_default()].concat()),
        }
    }
    let command = args.tail(options.index);
    let Some(name) = command.get(0).map(<[u8]>::to_vec) else { return Ok(0) };
    if shell.options.interactive {
        // There is no next prompt that would do it.
        shell.save_history();
    }
    let found = if name.contains(&b'/') {
        shell.examine(&name)
    } else {
        let sym = shell.names.intern(&name);
        shell.look_up_file(sym)
    };
    let environment = if clear { Vec::new() } else { base::Environment::list(&shell.environment()) };
    let mut argv = Strings::new();
    argv.push(called.as_deref().unwrap_or(&name));
    command.from(1).for_each(|arg| argv.push(arg));
    let status = match found {
        Found::Applet(applet, path) => match (path, applet.exec) {
            (Some(path), Exec::Fork) => shell.exec(&path, &argv, &environment),
            _ => {
                shell.default_signals();
                let slices = argv.slices();
                let arguments = slices.get(1..).unwrap_or_default();
                let base = crate::exec::simple::base_name(&name);
                let [input, output, error] = shell.streams();
                let status = shell.run_applet(applet, base, arguments, [input, output, error]);
                base::sys::exit(status)
            }
        },
        Found::File(path) => shell.exec(&path, &argv, &environment),
        found => shell.not_run(&name, matches!(found, Found::Denied)),
    };
    // A failed exec ends a script, unless `shopt -s execfail`; at a prompt it does not.
    if shell.options.interactive || shell.options.shopt & shopt::EXECFAIL != 0 {
        Ok(status)
    } else {
        Err(Unwind::Exit(status))
    }
}
