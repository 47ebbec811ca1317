//! pgrep, pkill - find processes by name and other properties, or send them a signal
//! Spec: BusyBox, procps. Extras: procps's selections. Deviations: names are matched whole where /proc has no more than 15 bytes.

use crate::proc::{self, Owner, Process};
use crate::signals;
use base::number::{parse_i64, parse_u64, push_u64};
use base::pattern::{Options, Pattern, Syntax};
use base::users::Database;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Result, Status};

const TABLE: Applet = base::applet!(Declaration {
    name: "pgrep",
    aliases: &["pkill"],
    exec: Exec::no_fork("reads /proc, writes or sends signals"),
    summary: "Find processes whose names match PATTERN, or (pkill) send them a signal",
    operands: "[-SIGNAL] [PATTERN]",
    notes: "The status is 0 where one was found, 1 where none, 2 for wrong usage.",
    options: &[
        Opt::flag("l", "list-name", "print names too (pkill: list the signals)"),
        Opt::flag("a", "list-full", "print command lines too"),
        Opt::flag("f", "full", "match the whole command line"),
        Opt::flag("x", "exact", "match all of the name"),
        Opt::flag("i", "ignore-case", "ignore the case of letters"),
        Opt::flag("v", "inverse", "find the others"),
        Opt::flag("n", "newest", "only the one started last"),
        Opt::flag("o", "oldest", "only the one started first"),
        Opt::value("O", "older", "SECONDS", Kind::Count, "only those older than that"),
        Opt::flag("c", "count", "print how many there are"),
        Opt::value("d", "delimiter", "TEXT", Kind::Text, "print TEXT between process numbers"),
        Opt::flag("e", "echo", "print what is killed"),
        Opt::value("g", "pgroup", "LIST", Kind::Text, "of these process groups (0: the own one)"),
        Opt::value("G", "group", "LIST", Kind::Text, "of these real groups"),
        Opt::value("P", "parent", "LIST", Kind::Text, "children of these"),
        Opt::value("s", "session", "LIST", Kind::Text, "of these sessions (0: the own one)"),
        Opt::value("t", "terminal", "LIST", Kind::Text, "on these terminals"),
        Opt::value("u", "euid", "LIST", Kind::Text, "of these effective users"),
        Opt::value("U", "uid", "LIST", Kind::Text, "of these real users"),
        Opt::value("r", "runstates", "LETTERS", Kind::Text, "in these states"),
        Opt::value("F", "pidfile", "FILE", Kind::Text, "the process whose number FILE holds"),
        Opt::flag("L", "logpidfile", "fail where FILE is not locked"),
        Opt::flag("A", "ignore-ancestors", "not this one's ancestors"),
        Opt::flag("w", "lightweight", "print the numbers of all threads"),
        Opt::value("", "signal", "SIGNAL", Kind::Text, "send SIGNAL (default TERM)"),
    ],
    usage_status: 2,
    failure: 3,
    run,
    ..Declaration::DEFAULT
});

pub const APPLET: Applet = TABLE.raw();
static PARSED: Applet = TABLE;

fn run(cx: &mut Context, raw: &mut Args) -> Result<Status> {
    let mut arguments = core::mem::take(&mut raw.operands);
    let kills = cx.is_called("pkill");
    let attached = if kills { signals::take(&mut arguments) } else { None };
    let args = base::args::parse(&PARSED, &arguments, &|| false)?;
    if args.wants_help {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    if kills && args.has("l") {
        signals::list(cx)?;
        return Ok(cx.status());
    }
    let signal = match args.text("signal") {
        Some(name) => signals::parse(name)?,
        None => attached.unwrap_or(15),
    };
    let found = select(cx, &args)?;
    if args.has("c") && !kills {
        let mut line = Vec::new();
        push_u64(&mut line, u64::try_from(found.len()).unwrap_or(u64::MAX));
        line.push(b'\n');
        cx.stdout.put(&line)?;
        return Ok(Status::truth(!found.is_empty()));
    }
    let mut hit = false;
    let mut out = Vec::new();
    let delimiter = args.text("d").unwrap_or(b"\n");
    for process in &found {
        let number = |out: &mut Vec<u8>| push_u64(out, u64::from(process.pid.unsigned_abs()));
        if !kills {
            let threads = if args.has("w") { proc::threads(process.pid) } else { vec![process.pid] };
            for tid in threads {
                if hit {
                    out.extend_from_slice(delimiter);
                }
                hit = true;
                push_u64(&mut out, u64::from(tid.unsigned_abs()));
                if args.has("l") || args.has("a") {
                    out.push(b' ');
                    out.extend_from_slice(&if args.has("a") {
                        proc::command_line(process)
                    } else {
                        process.comm.clone()
                    });
                }
            }
            continue;
        }
        match base::sys::process::kill(process.pid, signal) {
            Ok(()) => {
                hit = true;
                if args.has("e") {
                    out.extend_from_slice(&process.comm);
                    out.extend_from_slice(b" killed (pid ");
                    number(&mut out);
                    out.extend_from_slice(b")\n");
                }
            }
            Err(Errno::SRCH) => {}
            Err(errno) => {
                let mut text = b"killing pid ".to_vec();
                number(&mut text);
                text.extend_from_slice(b" failed");
                cx.note(&Error::system(text, errno));
            }
        }
    }
    if kills && args.has("c") {
        push_u64(&mut out, u64::try_from(found.len()).unwrap_or(u64::MAX));
        out.push(b'\n');
    } else if !kills && hit {
        out.push(b'\n');
    }
    cx.stdout.put(&out)?;
    Ok(Status::truth(hit))
}

/// The processes that all given properties hold for, the own one never.
fn select(cx: &Context, args: &Args) -> Result<Vec<Process>> {
    let own = proc::own();
    let mut users = Database::new();
    let mut selection = Selection::default();
    let own_process = proc::read(own, own).unwrap_or_default();
    for given in &args.given {
        let base::args::Value::Text(list) = given.value else { continue };
        if given.id == "F" {
            continue;
        }
        for word in list.split(|byte| *byte == b',') {
            selection.add(given.id, word, &own_process, &mut users)?;
        }
    }
    if args.has("L") && !args.has("F") {
        return Err(Error::usage("-L without -F makes no sense"));
    }
    if let Some(path) = args.text("F") {
        if args.has("L") && !is_locked(path) {
            return Err(Error::message("pidfile not valid").with_status(1));
        }
        let text = base::slurp::read(path, 4096).map_err(|errno| Error::system(path, errno))?;
        let number = text.trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default();
        selection.add("F", number, &own_process, &mut users)?;
    }
    let operands = args.between(0, 1)?;
    let limited = !selection.tests.is_empty() || args.has("r") || args.has("O") || args.has("n") || args.has("o");
    let pattern = match operands {
        [text, ..] => {
            let options = Options {
                icase: args.has("i"),
                utf8: cx.is_utf8(),
                whole: args.has("x"),
                line: args.has("x").then_some(b'\n'),
                ..Options::default()
            };
            let pattern = Pattern::new(text, Syntax::Extended, &options);
            Some(pattern.map_err(|error| Error::message(error.message()).with_status(2))?)
        }
        [] if limited => None,
        [] => return Err(Error::usage("no matching criteria specified")),
    };
    let ancestors = if args.has("A") { ancestors(own) } else { vec![own] };
    let uptime = proc::uptime_hundredths() / 100;
    let mut found = Vec::new();
    for process in proc::all(false)? {
        if ancestors.contains(&process.pid) {
            continue;
        }
        let age = uptime.saturating_sub(process.start / proc::ticks());
        let fits = selection.contains(&process)
            && args.text("r").is_none_or(|states| states.contains(&process.state))
            && args.count("O").is_none_or(|least| age > least)
            && pattern.as_ref().is_none_or(|pattern| {
                if args.has("f") {
                    pattern.is_match(&proc::command_line(&process))
                } else {
                    pattern.is_match(&full_name(&process))
                }
            });
        if fits != args.has("v") {
            found.push(process);
        }
    }
    // Of those that began in the same tick, the number tells which was first.
    if let Some(which) = args.last_of(&["n", "o"]) {
        let mut chosen = 0;
        for (index, process) in found.iter().enumerate() {
            let Some(best) = found.get(chosen) else { break };
            if ((process.start, process.pid) > (best.start, best.pid)) == (which == "n") {
                chosen = index;
            }
        }
        found.truncate(chosen.saturating_add(1));
        found.drain(..chosen.min(found.len()));
    }
    Ok(found)
}

/// Whether some process holds a lock on the file, of flock(2) or of fcntl(2).
fn is_locked(path: &[u8]) -> bool {
    use rustix::fs::{FlockOperation, Mode, OFlags};
    let Ok(fd) = base::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) else { return false };
    // Both locks go with the descriptor, which is closed at once. fcntl(2) gives a shared one to a reader.
    rustix::fs::flock(&fd, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK)
        || matches!(
            rustix::fs::fcntl_lock(&fd, FlockOperation::NonBlockingLockShared),
            Err(Errno::AGAIN | Errno::ACCESS)
        )
}

/// The process's name; where the kernel has cut it off, as the first or second argument has it.
fn full_name(process: &Process) -> Vec<u8> {
    if process.comm.len() >= 15 {
        for argument in proc::arguments(process.pid).iter().take(2) {
            let base = argument.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            if base.starts_with(&process.comm) {
                return base.to_vec();
            }
        }
    }
    process.comm.clone()
}

fn ancestors(own: i32) -> Vec<i32> {
    let mut list = vec![own];
    let mut pid = own;
    while let Some(process) = proc::read(pid, pid).filter(|process| process.ppid > 0 && !list.contains(&process.ppid)) {
        pid = process.ppid;
        list.push(pid);
    }
    list
}

#[derive(Default)]
struct Selection {
    /// Option, number, terminal's name.
    tests: Vec<(&'static str, i64, Vec<u8>)>,
}

impl Selection {
    fn add(&mut self, id: &'static str, word: &[u8], own: &Process, users: &mut Database) -> Result<()> {
        let number = parse_i64(word).ok();
        let (value, what) = match id {
            "g" => (number, "process group"),
            "s" => (number, "session id"),
            "P" => (number, "parent process id"),
            "F" => (parse_u64(word).ok().and_then(|pid| i64::try_from(pid).ok()), "process id"),
            "u" | "U" => (users.user_id(word).map(i64::from), "user name"),
            "G" => (users.group_id(word).map(i64::from), "group name"),
            "t" => (Some(0), ""),
            _ => return Ok(()),
        };
        let value = match value {
            Some(0) if id == "g" => i64::from(own.group),
            Some(0) if id == "s" => i64::from(own.session),
            Some(value) => value,
            None => {
                return Err(Error::message(base::bytes::fill("invalid %: %", &[what.as_bytes(), word])).with_status(2));
            }
        };
        let name = if id == "t" { word.strip_prefix(b"/dev/").unwrap_or(word) } else { b"" };
        self.tests.push((id, value, name.to_vec()));
        Ok(())
    }

    /// Whether of each option that was given one value holds.
    fn contains(&self, process: &Process) -> bool {
        let needs_owner = self.tests.iter().any(|test| matches!(test.0, "u" | "U" | "G"));
        let owner = if needs_owner { proc::owner(process.pid) } else { Some(Owner::default()) };
        let Some(owner) = owner else { return false };
        let holds = |(id, number, name): &(&str, i64, Vec<u8>)| match *id {
            "g" => i64::from(process.group) == *number,
            "s" => i64::from(process.session) == *number,
            "P" => i64::from(process.ppid) == *number,
            "F" => i64::from(process.pid) == *number,
            "u" => i64::from(owner.effective_user) == *number,
            "U" => i64::from(owner.user) == *number,
            "G" => i64::from(owner.group) == *number,
            _ => proc::terminal_name(process.terminal).is_some_and(|own| own == *name),
        };
        self.tests.iter().all(|test| self.tests.iter().any(|other| other.0 == test.0 && holds(other)))
    }
}
