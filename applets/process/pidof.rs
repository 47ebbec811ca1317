//! pidof - print the numbers of the processes of a name
//! Spec: BusyBox, sysvinit. Extras: -x, -S. Deviations: none known.

use crate::proc;
use base::number::push_u64;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "pidof",
    place: Place::Bin,
    exec: Exec::no_fork("reads /proc and writes"),
    summary: "Print the numbers of the processes of each NAME, the newest first",
    operands: "[NAME]...",
    notes: "The status is 1 where there is none.",
    options: &[
        Opt::flag("s", "single-shot", "print one number only"),
        Opt::value("o", "omit-pid", "PID", Kind::Text, "leave PID out; %PPID is the parent of pidof"),
        Opt::flag("q", "quiet", "print nothing, leave with the status alone"),
        Opt::flag("x", "scripts-too", "shells that run a script of that name too"),
        Opt::value("S", "separator", "TEXT", Kind::Text, "print TEXT between the numbers (default a blank)"),
        Opt::hidden("c", "check-root"),
        Opt::hidden("n", ""),
        Opt::hidden("z", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let own = proc::own();
    let mut omitted = Vec::new();
    for list in args.texts("o") {
        for word in list.split(|byte| *byte == b',') {
            if word == b"%PPID" {
                omitted.extend(proc::read(own, own).map(|process| process.ppid));
                continue;
            }
            let pid = base::number::parse_u32(word).ok().and_then(|pid| i32::try_from(pid).ok());
            omitted.push(pid.ok_or_else(|| Error::usage_about("illegal omit pid value", word))?);
        }
    }
    let processes = proc::all(false)?;
    let separator = args.text("S").unwrap_or(b" ");
    let mut out = Vec::new();
    'names: for name in &args.operands {
        for process in processes.iter().rev().filter(|process| !omitted.contains(&process.pid)) {
            let script = || {
                let arguments = proc::arguments(process.pid);
                arguments.get(1).is_some_and(|second| second.rsplit(|byte| *byte == b'/').next() == Some(name))
            };
            if !(proc::is_named(process, name) || args.has("x") && script()) {
                continue;
            }
            if !out.is_empty() {
                out.extend_from_slice(separator);
            }
            push_u64(&mut out, u64::from(process.pid.unsigned_abs()));
            if args.has("s") {
                break 'names;
            }
        }
    }
    let found = !out.is_empty();
    if found && !args.has("q") {
        out.push(b'\n');
        cx.stdout.put(&out)?;
    }
    Ok(Status::truth(found))
}
