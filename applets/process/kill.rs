//! kill - send a signal to processes
//! Spec: POSIX.1-2024. Extras: -n, -L (bash, util-linux), several operands of -l. Deviations: jobs are the shell's own kill's.

use crate::signals;
use base::number::{parse_i64, push_i64};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "kill",
    place: Place::Bin,
    exec: Exec::no_fork("sends signals, changes nothing of its own process"),
    summary: "Send a signal to processes",
    operands: "[-SIGNAL] PID...\n-l [SIGNAL]...",
    notes: "A PID of 0 is this process group, -1 every process, below -1 the group of that number.",
    options: &[
        Opt::value("s", "signal", "SIGNAL", Kind::Text, "send SIGNAL, a name or a number (default TERM)"),
        Opt::value("n", "", "NUM", Kind::Text, "send the signal of this number"),
        Opt::flag("l", "list", "list the signals, or turn numbers and names"),
        Opt::flag("L", "table", "list the signals"),
    ],
    order: Order::Raw,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut signal = 15;
    let mut rest = args.operands.as_slice();
    // By hand, since `-1` is a signal in one place and all processes in another.
    if let [first, after @ ..] = rest {
        match base::bytes::word(first) {
            "--" => rest = after,
            "-l" | "--list" | "-L" | "--table" => return list(cx, after),
            "-s" | "-n" | "--signal" => {
                let name = after.first().ok_or_else(|| {
                    let shown = first.strip_prefix(b"-").unwrap_or_default();
                    Error::usage_about("option requires an argument --", shown)
                })?;
                signal = signals::parse(name)?;
                rest = after.get(1..).unwrap_or_default();
            }
            _ => match *first {
                [b'-', b's' | b'n', name @ ..] if base::signal::parse(name).is_some() => {
                    signal = signals::parse(name)?;
                    rest = after;
                }
                [b'-', name @ ..] if !name.is_empty() => {
                    signal = signals::parse(name.strip_prefix(b"-signal=").unwrap_or(name))?;
                    rest = after;
                }
                _ => {}
            },
        }
        if let [b"--", after @ ..] = rest {
            rest = after;
        }
    }
    if rest.is_empty() {
        return Err(Error::usage("you need to specify whom to kill"));
    }
    for operand in rest {
        let Some(pid) = parse_i64(operand).ok().and_then(|pid| i32::try_from(pid).ok()) else {
            cx.warn(Error::message_about("invalid number", operand));
            continue;
        };
        if let Err(errno) = base::sys::process::kill(pid, signal) {
            let mut text = b"can't kill pid ".to_vec();
            push_i64(&mut text, i64::from(pid));
            cx.warn(Error::system(text, errno));
        }
    }
    Ok(cx.status())
}

/// All signals; or the name of each number, the number of each name. A status above 128 is that of a process ended by a signal.
fn list(cx: &mut Context, operands: &[&[u8]]) -> Result<Status> {
    if operands.is_empty() {
        signals::list(cx)?;
    }
    for operand in operands {
        let mut line = Vec::new();
        if let Ok(number) = parse_i64(operand) {
            let number = if number > 128 { number & 127 } else { number };
            if let Some(number) = i32::try_from(number).ok().filter(|number| (0..=base::signal::RTMAX).contains(number))
            {
                base::signal::push_name(&mut line, number);
            }
        } else if let Some(number) = base::signal::by_name(operand) {
            push_i64(&mut line, i64::from(number));
        }
        if line.is_empty() {
            cx.warn(Error::message_about("unknown signal", operand));
            continue;
        }
        line.push(b'\n');
        cx.stdout.put(&line)?;
    }
    Ok(cx.status())
}
