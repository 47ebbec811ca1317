//! killall - send a signal to processes by name
//! Spec: BusyBox. Extras: -e, -g, -i, -I, -r, -u, -v, -w (psmisc). Deviations: none known.

use crate::{proc, signals};
use base::number::push_u64;
use base::pattern::{Options, Pattern, Syntax};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Result, Status};

const TABLE: Applet = base::applet!(Declaration {
    name: "killall",
    exec: Exec::no_fork("reads /proc, sends signals; waits only with -w, for processes that end"),
    summary: "Send a signal to the processes of each NAME",
    operands: "[-SIGNAL] NAME...",
    options: &[
        Opt::flag("l", "list", "list the signals"),
        Opt::flag("q", "quiet", "say nothing where no process has the name"),
        Opt::value("s", "signal", "SIGNAL", Kind::Text, "send SIGNAL, a name or a number (default TERM)"),
        Opt::flag("v", "verbose", "say what was killed"),
        Opt::flag("w", "wait", "wait until they have ended"),
        Opt::flag("e", "exact", "only the whole of a name longer than 15 bytes"),
        Opt::flag("g", "process-group", "send it to the process groups they are in"),
        Opt::flag("i", "interactive", "ask before each"),
        Opt::flag("r", "regexp", "each NAME is an extended regular expression"),
        Opt::flag("I", "ignore-case", "ignore the case of letters"),
        Opt::value("u", "user", "USER", Kind::Text, "only processes of USER"),
    ],
    run,
    ..Declaration::DEFAULT
});

pub const APPLET: Applet = TABLE.raw();
static PARSED: Applet = TABLE;

fn run(cx: &mut Context, raw: &mut Args) -> Result<Status> {
    let mut arguments = core::mem::take(&mut raw.operands);
    let attached = signals::take(&mut arguments);
    if let Some(bad) =
        arguments.iter().take_while(|argument| **argument != b"--").find(|argument| is_bad_signal(argument))
    {
        return Err(bad_signal(bad));
    }
    let args = base::args::parse(&PARSED, &arguments, &|| false)?;
    if args.wants_help {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    if args.has("l") {
        signals::list(cx)?;
        return Ok(cx.status());
    }
    let signal = match args.text("s") {
        Some(name) => signals::parse(name)?,
        None => attached.unwrap_or(15),
    };
    if args.operands.is_empty() {
        return Err(Error::usage("you need to specify whom to kill"));
    }
    let user = match args.text("u") {
        Some(name) => Some(
            base::users::Database::new().user_id(name).ok_or_else(|| Error::message_about("cannot find user", name))?,
        ),
        None => None,
    };
    let own = proc::own();
    let processes = proc::all(false)?;
    let (mut killed, mut targets) = (Vec::new(), Vec::new());
    for name in &args.operands {
        let mut found = false;
        let pattern = if args.has("r") {
            let options = Options { icase: args.has("I"), utf8: cx.is_utf8(), ..Options::default() };
            let bad = |_| Error::message(base::bytes::fill("bad regular expression: %", &[*name]));
            Some(Pattern::new(name, Syntax::Extended, &options).map_err(bad)?)
        } else {
            None
        };
        for process in processes.iter().filter(|process| process.pid != own) {
            let wanted = if let Some(pattern) = &pattern {
                pattern.is_match(&process.comm)
            } else if args.has("I") {
                process.comm.eq_ignore_ascii_case(name.get(..15).unwrap_or(name))
            } else {
                proc::is_named(process, name)
                    || !args.has("e")
                        && name.len() > 15
                        && name.get(..15) == Some(&process.comm)
                        && proc::arguments(process.pid).is_empty()
            };
            let by_user = || proc::owner(process.pid).map(|owner| owner.user);
            if !wanted || user.is_some() && by_user() != user {
                continue;
            }
            // kill(2) has other meanings for the groups 0 (the kernel's threads) and 1 (a container's first processes): our own
            // group, and everything there is.
            let group = args.has("g") && process.group > 1;
            // A group is told once, whoever of it has the name.
            let target = if group { process.group.saturating_neg() } else { process.pid };
            if targets.contains(&target) {
                found = true;
                continue;
            }
            let mut shown = [process.comm.as_slice(), if group { b"(pgid " } else { b"(" }].concat();
            push_u64(&mut shown, u64::from(target.unsigned_abs()));
            shown.push(b')');
            if args.has("i") {
                cx.stdout.put(&[b"Kill ", shown.as_slice(), b" ? (y/N) "].concat())?;
                cx.stdout.finish()?;
                if !cx.confirmed()? {
                    continue;
                }
            }
            match base::sys::process::kill(target, signal) {
                Ok(()) => {
                    found = true;
                    targets.push(target);
                    killed.push(process.pid);
                    if args.has("v") {
                        let mut text = base::bytes::fill("killed % with signal ", &[shown.as_slice()]);
                        push_u64(&mut text, u64::from(signal.unsigned_abs()));
                        cx.note(&Error::message(text));
                    }
                }
                // It has ended meanwhile, and then it is not there.
                Err(Errno::SRCH) => {}
                Err(errno) => {
                    found = true;
                    cx.warn(Error::system(base::bytes::fill("can't kill %", &[shown.as_slice()]), errno));
                }
            }
        }
        if !found {
            if args.has("q") {
                cx.failed();
            } else {
                cx.warn(Error::message(base::bytes::fill("%: no process killed", &[*name])));
            }
        }
    }
    while args.has("w") && killed.iter().any(|pid| proc::read(*pid, *pid).is_some_and(|process| process.state != b'Z'))
    {
        base::time::pause(core::time::Duration::from_millis(50));
        if base::sys::signal::should_break() {
            break;
        }
    }
    Ok(cx.status())
}

/// `-FOO` and `-99` are signals that do not exist rather than options.
fn is_bad_signal(argument: &[u8]) -> bool {
    matches!(argument, [b'-', first, rest @ ..]
        if first.is_ascii_digit() || first.is_ascii_uppercase() && rest.len() > 1 && rest.iter().all(u8::is_ascii_uppercase))
}

fn bad_signal(argument: &[u8]) -> Error {
    Error::usage_about("bad signal name", argument.get(1..).unwrap_or_default())
}
