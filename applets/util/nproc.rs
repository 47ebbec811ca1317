//! nproc - print the number of processors
//! Spec: GNU. Extras: OMP_NUM_THREADS and OMP_THREAD_LIMIT, as GNU. Deviations: none known.

use base::number::{parse_u64, push_u64};
use base::{Applet, Args, Context, Declaration, Exec, Kind, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "nproc",
    exec: Exec::no_fork("asks the kernel and writes"),
    summary: "Print the number of processors this process may use",
    options: &[
        Opt::flag("", "all", "print the number of those installed"),
        Opt::value("", "ignore", "NUM", Kind::Count, "print NUM less, if that leaves one"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let threads = |name: &[u8]| {
        // A list of numbers is for nested regions; the first counts.
        let value = cx.env.get(name)?.split(|byte| *byte == b',').next()?;
        parse_u64(value.trim_ascii()).ok().filter(|number| *number > 0)
    };
    let mut count = if args.has("all") {
        configured()
    } else {
        let limit = threads(b"OMP_THREAD_LIMIT").unwrap_or(u64::MAX);
        threads(b"OMP_NUM_THREADS").unwrap_or_else(usable).min(limit)
    };
    count = count.saturating_sub(args.count("ignore").unwrap_or(0)).max(1);
    let mut line = Vec::new();
    push_u64(&mut line, count);
    line.push(b'\n');
    cx.stdout.put(&line)?;
    Ok(cx.status())
}

/// The processors there are, switched on or not.
pub fn configured() -> u64 {
    installed().unwrap_or_else(usable)
}

/// The processors that work.
pub fn online() -> u64 {
    listed(b"/sys/devices/system/cpu/online").unwrap_or_else(usable)
}

/// The processors this process may be scheduled on.
fn usable() -> u64 {
    u64::from(base::sys::thread::processors())
}

fn installed() -> Option<u64> {
    listed(b"/sys/devices/system/cpu/present")
}

/// How many numbers are in a list as the kernel writes it: `0-3,8-11`.
fn listed(path: &[u8]) -> Option<u64> {
    let text = base::slurp::read(path, 1 << 16).ok()?;
    let mut count = 0u64;
    for range in text.trim_ascii().split(|byte| *byte == b',') {
        let mut ends = range.splitn(2, |byte| *byte == b'-');
        let first = parse_u64(ends.next()?).ok()?;
        let last = ends.next().map_or(Some(first), |end| parse_u64(end).ok())?;
        count = count.saturating_add(last.checked_sub(first)?).saturating_add(1);
    }
    Some(count).filter(|count| *count > 0)
}
