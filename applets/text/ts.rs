//! ts - put the time in front of each line
//! Spec: moreutils. Deviations: no -r.

use base::applet::{Applet, Declaration, Exec, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::Result;
use base::number::push_zeros;
use base::time::{Stamp, Zone, now, push_time};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "ts",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Put the time in front of each line of standard input",
    operands: "[FORMAT]",
    notes: "FORMAT is strftime's (default \"%b %d %H:%M:%S\"); %.S, %.s and %.T have microseconds.",
    options: &[
        Opt::flag("i", "", "the time since the line before"),
        Opt::flag("s", "", "the time since the start"),
        Opt::flag("m", "", "by a clock that nobody sets"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn clock(monotonic: bool) -> Stamp {
    if !monotonic {
        return now();
    }
    let (sec, nsec) = base::sys::clock::read(false);
    Stamp { sec, nsec }
}

/// Turns `%.S` and its like into what strftime knows and the microseconds.
fn expand(out: &mut Vec<u8>, format: &[u8], nsec: u32) {
    let mut rest = format;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        out.push(byte);
        if byte != b'%' {
            continue;
        }
        if let [b'.', letter @ (b'S' | b's' | b'T'), tail @ ..] = rest {
            out.push(*letter);
            out.push(b'.');
            push_zeros(out, u64::from(nsec / 1000), 6);
            rest = tail;
        } else if let Some((&letter, tail)) = rest.split_first() {
            out.push(letter);
            rest = tail;
        }
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = args.between(0, 1)?;
    let relative = args.has("i") || args.has("s");
    let default: &[u8] = if relative { b"%H:%M:%S" } else { b"%b %d %H:%M:%S" };
    let format = operands.first().copied().unwrap_or(default);
    let zone = if relative { Zone::utc() } else { Zone::load(cx.env.get(b"TZ")) };
    // A clock that nobody sets counts from the boot: what it shows is made the time of day once.
    let monotonic = args.has("m");
    let (mut from, wall) = (clock(monotonic), now());
    let shift = if monotonic && !relative { wall.sec.saturating_sub(from.sec) } else { 0 };
    let (mut expanded, mut out) = (Vec::new(), Vec::new());
    while let Some(line) = cx.stdin.line(b'\n')? {
        let at = clock(monotonic);
        let mut shown = Stamp { sec: at.sec.saturating_add(shift), nsec: at.nsec };
        if relative {
            let (sec, nsec) = match at.nsec.checked_sub(from.nsec) {
                Some(nsec) => (at.sec.saturating_sub(from.sec), nsec),
                None => {
                    let whole = at.nsec.saturating_add(1_000_000_000);
                    (at.sec.saturating_sub(from.sec).saturating_sub(1), whole.saturating_sub(from.nsec))
                }
            };
            shown = Stamp { sec, nsec };
            if args.has("i") {
                from = at;
            }
        }
        expanded.clear();
        expand(&mut expanded, format, shown.nsec);
        out.clear();
        push_time(&mut out, &expanded, shown, &zone);
        out.push(b' ');
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.push(b'\n');
        }
        cx.stdout.put(&out)?;
        // A line is worth its time only when it shows up at once.
        cx.stdout.finish()?;
    }
    Ok(cx.status())
}
