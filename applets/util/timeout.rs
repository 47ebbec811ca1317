//! timeout - run a command with a time limit
//! Spec: POSIX.1-2024. Extras: -v, --foreground, --preserve-status (GNU), -t TIME (old BusyBox). Deviations: none known.

use base::command;
use base::sys::process::{self, SpawnOptions, Wait};
use base::sys::signal::{self, Action};
use base::time::monotonic;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Order, Result, Status};
use core::time::Duration;
use rustix::process::setpgid;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "timeout",
    exec: Exec::no_exec("changes its process group and signals, waits for a child"),
    summary: "Run COMMAND, and end it when TIME has passed",
    operands: "TIME COMMAND [ARGUMENT]...",
    notes: "TIME is in seconds and may have a fraction and a suffix s, m, h or d; 0 is no limit. The status is that of\n\
            COMMAND; 124 where it was ended, 125 where timeout fails, 126 where COMMAND cannot be run, 127 where it is\n\
            not found, 137 where KILL was sent.",
    options: &[
        Opt::value("s", "signal", "SIG", Kind::Text, "send SIG (default TERM)"),
        Opt::value("k", "kill-after", "TIME", Kind::Duration, "send KILL when TIME more has passed"),
        Opt::flag("p", "preserve-status", "leave with COMMAND's status even if ended"),
        Opt::flag("f", "foreground", "let COMMAND use the terminal; spare its children"),
        Opt::flag("v", "verbose", "say when a signal is sent"),
        Opt::value("t", "", "TIME", Kind::Duration, "the limit (in place of the operand)"),
    ],
    order: Order::OptionsFirst,
    usage_status: 125,
    failure: 125,
    run,
    ..Declaration::DEFAULT
});

const HUP: i32 = 1;
const INT: i32 = 2;
const QUIT: i32 = 3;
const KILL: i32 = 9;
const TERM: i32 = 15;
const CHLD: i32 = 17;
const CONT: i32 = 18;
const TTIN: i32 = 21;
const TTOU: i32 = 22;

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let wanted = match args.text("s") {
        Some(name) => {
            base::signal::parse(name).ok_or_else(|| Error::usage(base::bytes::fill("'%': invalid signal", &[name])))?
        }
        None => TERM,
    };
    let (limit, argv) = match args.duration("t") {
        Some(limit) => (limit, args.between(1, usize::MAX)?),
        None => {
            let operands = args.between(2, usize::MAX)?;
            let (time, argv) = operands.split_at_checked(1).unwrap_or_default();
            let time = time.first().copied().unwrap_or_default();
            let limit = base::time::parse_duration(time);
            (limit.ok_or_else(|| Error::usage_about("invalid time interval", time))?, argv)
        }
    };
    let foreground = args.has("f");
    if !foreground {
        // A group of its own, so that the command's children can be ended with it. A session's leader has one already.
        let _ = setpgid(None, None);
    }
    // Children of ours must be waited for, whatever we inherited; and the terminal must not stop us.
    signal::set(CHLD, Action::Default).map_err(|errno| Error::system("SIGCHLD", errno))?;
    let mut caught = vec![wanted];
    for number in [HUP, INT, QUIT, TERM] {
        if number != wanted {
            caught.push(number);
        }
    }
    // What is ignored stays ignored (`nohup timeout ...`).
    caught.retain(|number| *number > 0 && *number != KILL && signal::get(*number) == Ok(Action::Default));
    for number in &caught {
        // A signal that cannot be caught cannot reach us either.
        let _ = signal::set(*number, Action::Note);
    }
    // A command that reads the terminal from the background is stopped, and its group with it: not us.
    for number in [TTIN, TTOU] {
        let _ = signal::set(number, Action::Ignore);
    }
    let mut default = caught.clone();
    default.extend([TTIN, TTOU]);
    let options = SpawnOptions { default_signals: &default, ..SpawnOptions::default() };
    let child = command::spawn(cx, argv, &cx.env.list(), &options)?;
    let mut watched = caught;
    watched.push(CHLD);
    // Blocked only now: the child must not inherit that. What came before is pending or found by the first look at the child.
    signal::block(&watched, true).map_err(|errno| Error::system("sigprocmask", errno))?;
    let shown = argv.first().copied().unwrap_or_default();
    let target = Target { child, foreground };
    let mut deadline = later(limit);
    let mut kill_after = args.duration("k").filter(|time| !time.is_zero());
    let mut next = wanted;
    let mut timed_out = false;
    let ended = loop {
        match process::wait(child, true, false) {
            Ok(Some((_, how @ (Wait::Exited(_) | Wait::Signalled(..))))) => break how,
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::system("wait", errno)),
        }
        if let Some(number) = signal::take() {
            target.send(number);
            continue;
        }
        let left = deadline.map(|deadline| deadline.saturating_sub(monotonic()));
        if left.is_some_and(|left| left.is_zero()) {
            timed_out = true;
            if args.has("v") {
                let mut text = b"sending signal ".to_vec();
                base::signal::push_name(&mut text, next);
                cx.note(&Error::message(base::bytes::fill("% to command '%'", &[&text, shown])));
            }
            target.send(next);
            deadline = kill_after.take().and_then(later);
            next = KILL;
            continue;
        }
        match signal::wait_for(&watched, left) {
            Ok(Some(CHLD) | None) | Err(Errno::INTR) => {}
            Ok(Some(number)) => target.send(number),
            Err(errno) => return Err(Error::system("sigtimedwait", errno)),
        }
    };
    match ended {
        Wait::Signalled(number, _) if !timed_out => end_by(number),
        Wait::Signalled(KILL, _) => {}
        _ if timed_out && !args.has("p") => return Ok(Status(124)),
        _ => {}
    }
    Ok(Status(ended.shell_status()))
}

/// Ends by the signal that ended the command, so that whoever waits for us sees what waiting for the command would have shown. It
/// comes back for a signal that does not end us.
fn end_by(number: i32) {
    // The command has left its core; another one of ours would overwrite it.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    let _ = signal::set(number, Action::Default);
    let _ = signal::block(&[number], false);
    let _ = process::kill(rustix::process::getpid().as_raw_nonzero().get(), number);
}

/// The moment after `time`; none for no limit, and for what is longer than anybody waits.
fn later(time: Duration) -> Option<Duration> {
    if time.is_zero() { None } else { monotonic().checked_add(time) }
}

struct Target {
    child: i32,
    foreground: bool,
}

impl Target {
    /// Sends the signal to the command and, unless it is in the foreground, to its group, which is ours.
    fn send(&self, number: i32) {
        // A process that has gone meanwhile is what we wait for next.
        let _ = process::kill(self.child, number);
        if !self.foreground {
            // KILL ends us as well.
            let old = signal::get(number);
            let _ = signal::set(number, Action::Ignore);
            let _ = process::kill(0, number);
            // Taken again, so that a second one from outside is passed on too.
            if old == Ok(Action::Note) {
                let _ = signal::set(number, Action::Note);
            }
        }
        // A stopped command must go on to die.
        if number != KILL && number != CONT {
            let _ = process::kill(self.child, CONT);
        }
    }
}
