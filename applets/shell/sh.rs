//! sh - the command interpreter
//! Spec: POSIX.1-2024. Extras: ash's (`local`, `source`, `let`, `[[ ]]`, `function`, `${v:o:l}`, `${v/p/r}`, `${!v}`, `<<<`,
//! `&>`, `$'…'`, `read -p -t -n -d -s -u`, `pipefail`), `(( ))`, `;;&`. Deviations: none known.

use crate::flow::Flow;
use crate::input::Input;
use crate::names::Sym;
use crate::options::shopt;
use crate::shell::Shell;
use crate::strings::Strings;
use base::applet::{Applet, Declaration, Exec, Opt, Order, Place};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::sys;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "sh",
    aliases: &["ash", "bash"],
    place: Place::Bin,
    exec: Exec::no_exec("changes the process's directory, descriptors and signals; a forked child may"),
    summary: "Run commands from a script, a string or the terminal",
    operands: "[FILE [ARG]...]\n-c COMMANDS [NAME [ARG]...]\n-s [ARG]...",
    notes: "With no FILE, commands are read from standard input. A login shell (-l, or a name that begins with -) reads \
            /etc/profile and ~/.profile first; an interactive one the file that ENV names.",
    options: OPTIONS,
    order: Order::Raw,
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

/// For the help only: the shell reads its options itself, for they are those of `set`.
const OPTIONS: &[Opt] = &[
    Opt::flag("c", "", "run the first operand as commands"),
    Opt::flag("s", "", "read commands from standard input"),
    Opt::flag("i", "", "be interactive"),
    Opt::flag("l", "", "be a login shell"),
    Opt::flag("e", "", "leave when a command fails"),
    Opt::flag("u", "", "an unset parameter is an error"),
    Opt::flag("x", "", "print commands as they are run"),
    Opt::flag("v", "", "print the script as it is read"),
    Opt::flag("n", "", "only check the syntax"),
    Opt::flag("f", "", "do not expand file names"),
    Opt::flag("C", "", "do not overwrite files with >"),
    Opt::flag("a", "", "export every variable that is set"),
    Opt::flag("m", "", "job control"),
];

/// Options of bash about start-up files and such, which mean nothing to scripts.
const IGNORED: &str = "--norc --noprofile --posix --noediting --verbose";

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands: Vec<&[u8]> = args.operands.clone();
    let environment = cx.env.list();
    let mut shell = Shell::new(cx.registry, &environment, cx.name);
    if cx.name == b"bash" {
        shell.become_bash();
        shell.import_functions();
    }
    let mut login = cx.is_login;
    let result = match options(&mut shell, &operands, &mut login) {
        Ok(index) => {
            shell.options.shopt |= if login { shopt::LOGIN_SHELL } else { 0 };
            start(&mut shell, operands.get(index..).unwrap_or_default(), login)
        }
        Err(error) => Err(error),
    };
    // The process ends: taking everything apart piece by piece would only cost time.
    core::mem::forget(shell);
    result.map(Status)
}

/// Takes the options at the front; the place of the first operand.
fn options(shell: &mut Shell, operands: &[&[u8]], login: &mut bool) -> Result<usize> {
    let mut index = 0usize;
    while let Some(arg) = operands.get(index) {
        let on = match arg.first() {
            Some(b'-') if arg.len() > 1 => true,
            Some(b'+') if arg.len() > 1 => false,
            _ => break,
        };
        index = index.saturating_add(1);
        if *arg == b"--" {
            break;
        }
        if *arg == b"--login" {
            *login = true;
            continue;
        }
        if arg.starts_with(b"--") && shell.bash {
            if base::bytes::place(IGNORED, arg).is_none() {
                return Err(illegal(arg, b""));
            }
            continue;
        }
        let attached = arg.get(2..).filter(|name| arg.get(1) == Some(&b'o') && !name.is_empty());
        if let Some(name) = attached {
            // `-oname`: what fits into a `#!` line.
            if !shell.switch_named(name, on) {
                return Err(illegal(b"-o ", name));
            }
            continue;
        }
        for letter in arg.iter().skip(1) {
            match letter {
                b'c' => shell.options.command = on,
                b'l' => *login = on,
                b'o' | b'O' if *letter == b'o' || shell.bash => {
                    let name = operands.get(index).copied().unwrap_or_default();
                    index = index.saturating_add(1);
                    let of_set = *letter == b'o';
                    if !(if of_set { shell.switch_named(name, on) } else { shell.options.switch_shopt(name, on) }) {
                        return Err(illegal(&[b'-', *letter, b' '], name));
                    }
                }
                // Job control waits until it is known whether there is a terminal.
                b'm' => shell.options.monitor = on,
                _ if shell.switch(&[*letter], on) => {}
                _ => return Err(illegal(b"-", &[*letter])),
            }
        }
    }
    if operands.get(index) == Some(&&b"-"[..]) {
        index = index.saturating_add(1);
    }
    Ok(index)
}

#[cold]
fn illegal(option: &[u8], name: &[u8]) -> Error {
    Error::usage(base::bytes::fill("illegal option %%", &[option, name]))
}

/// Decides what to run, and runs it; the status to leave with.
#[inline(never)]
fn start(shell: &mut Shell, operands: &[&[u8]], login: bool) -> Result<u8> {
    let (mut text, mut file) = (None, None);
    let mut rest = operands;
    if shell.options.command {
        let Some((first, after)) = operands.split_first() else {
            return Err(Error::usage("-c requires an argument"));
        };
        text = Some(*first);
        rest = after;
        if let Some((name, after)) = rest.split_first() {
            shell.arg0 = name.to_vec();
            rest = after;
        }
    } else if !shell.options.stdin
        && let Some((first, after)) = operands.split_first()
    {
        file = Some(*first);
        rest = after;
        shell.arg0 = first.to_vec();
        shell.source = (*first).into();
    } else {
        shell.options.stdin = true;
    }
    shell.positional = Strings::from_slices(rest);
    let terminal = || [0, 2].into_iter().all(|fd| rustix::termios::isatty(sys::descriptor(fd)));
    if text.is_none() && file.is_none() && !shell.options.interactive && terminal() {
        shell.options.interactive = true;
    }
    if shell.options.interactive {
        prepare_prompt(shell);
    } else if shell.options.monitor {
        shell.set_monitor(true);
    }
    if login {
        profile(shell, b"/etc/profile")?;
        if let Some(home) = shell.vars.get(Sym::HOME).map(<[u8]>::to_vec) {
            profile(shell, &[&home[..], b"/.profile"].concat())?;
        }
    }
    if shell.options.interactive
        && let Some(path) = shell.vars.get(Sym::ENV).filter(|path| !path.is_empty()).map(<[u8]>::to_vec)
    {
        let path = shell.expand_prompt(&path);
        profile(shell, &path)?;
    }
    if let Some(text) = text {
        // As in ash, the first line of `-c` is line 0: it is no line of a file.
        let mut input = Input::string(text, 0);
        let result = shell.run_commands(&mut input, true, true);
        return Ok(shell.finish(result));
    }
    if let Some(path) = file {
        let path = find_script(shell, path);
        return Ok(shell.run_script(&path, operands.first().copied().unwrap_or_default()));
    }
    if shell.options.interactive {
        let status = shell.run_prompt();
        let status = shell.run_exit_trap(status);
        shell.hang_up_jobs();
        shell.return_terminal();
        return Ok(status);
    }
    let result: Flow<u8> = shell.run_standard();
    Ok(shell.finish(result))
}

/// A script's name without a slash is looked for here, then along PATH.
#[inline(never)]
fn find_script(shell: &Shell, name: &[u8]) -> Vec<u8> {
    if name.contains(&b'/') || base::fs::stat(name).is_ok() {
        return name.to_vec();
    }
    let path = shell.vars.get(Sym::PATH).unwrap_or_default();
    match base::command::find(name, path) {
        Ok(found) => found.into_bytes(),
        Err(_) => name.to_vec(),
    }
}

#[inline(never)]
fn prepare_prompt(shell: &mut Shell) {
    shell.show_line = false;
    shell.options.shopt |= shopt::EXPAND_ALIASES;
    let prompt: &[u8] = if rustix::process::geteuid().is_root() { b"\\w # " } else { b"\\w $ " };
    for (sym, value) in [(Sym::PS1, prompt), (Sym::PS2, b"> ")] {
        if shell.vars.get(sym).is_none() {
            let _ = shell.vars.set(sym, value);
        }
    }
    shell.guard_prompt();
    if !shell.options.monitor {
        shell.options.monitor = true;
    }
    if !shell.set_monitor(true) {
        shell.options.monitor = false;
        shell.complain("can't access tty; job control turned off", b"");
    }
}

/// Runs a start-up file, if it is there. `exit` in it ends the shell.
fn profile(shell: &mut Shell, path: &[u8]) -> Result<()> {
    let Ok(mut input) = crate::start::open_script(path) else { return Ok(()) };
    let show = core::mem::replace(&mut shell.show_line, true);
    let result = shell.run_input(&mut input);
    shell.show_line = show;
    match result {
        Err(crate::flow::Unwind::Exit(status)) => {
            let status = shell.run_exit_trap(status);
            Err(Error::quiet(status))
        }
        _ => Ok(()),
    }
}
