//! free - say how much memory is free and used
//! Spec: BusyBox, procps. Extras: -t, -w, -l, -s, -c, --si. Deviations: none known.

use crate::proc;
use base::number::{decimal_width, push_u64};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "free",
    exec: Exec::no_exec("with -s it waits long, and a shell must be able to stop it"),
    summary: "Say how much memory is free and used",
    options: &[
        Opt::flag("b", "bytes", "in bytes"),
        Opt::flag("k", "kibi", "in KiB (default)"),
        Opt::flag("m", "mebi", "in MiB"),
        Opt::flag("g", "gibi", "in GiB"),
        Opt::flag("", "tebi", "in TiB"),
        Opt::flag("", "kilo", "in units of 1000 bytes"),
        Opt::flag("", "mega", "in units of 1000000 bytes"),
        Opt::flag("", "giga", "in units of 1000000000 bytes"),
        Opt::flag("h", "human", "each figure in a unit that suits it"),
        Opt::flag("", "si", "with -h: units of 1000"),
        Opt::flag("t", "total", "a line with the sums"),
        Opt::flag("w", "wide", "buffers and cache apart"),
        Opt::flag("l", "lohi", "low and high memory"),
        Opt::value("s", "seconds", "TIME", Kind::Duration, "again and again, TIME apart"),
        Opt::value("c", "count", "NUM", Kind::Count, "NUM times (default 1, with -s without end)"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let unit = match args.last_of(&["b", "k", "m", "g", "tebi", "kilo", "mega", "giga", "h"]) {
        Some("b") => Unit::Bytes(1),
        Some("m") => Unit::Bytes(1 << 20),
        Some("g") => Unit::Bytes(1 << 30),
        Some("tebi") => Unit::Bytes(1 << 40),
        Some("kilo") => Unit::Bytes(1000),
        Some("mega") => Unit::Bytes(1_000_000),
        Some("giga") => Unit::Bytes(1_000_000_000),
        Some("h") => Unit::Human(if args.has("si") { 1000 } else { 1024 }),
        _ => Unit::Bytes(if args.has("si") { 1000 } else { 1024 }),
    };
    let mut left = args.count("c").unwrap_or(if args.has("s") { u64::MAX } else { 1 }).max(1);
    let pause = args.duration("s").unwrap_or(core::time::Duration::from_secs(1));
    loop {
        report(cx, args, unit)?;
        left = left.saturating_sub(1);
        if left == 0 {
            return Ok(cx.status());
        }
        cx.stdout.byte(b'\n')?;
        cx.stdout.finish()?;
        base::time::pause(pause);
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Bytes(u64),
    Human(u64),
}

fn report(cx: &mut Context, args: &Args, unit: Unit) -> Result<()> {
    let text = base::slurp::read(b"/proc/meminfo", 1 << 16).map_err(|errno| Error::system("/proc/meminfo", errno))?;
    let figure = |name| proc::memory(&text, name).unwrap_or(0);
    let (total, free, buffers) = (figure("MemTotal"), figure("MemFree"), figure("Buffers"));
    let cache = figure("Cached").saturating_add(figure("SReclaimable"));
    // Kernels before 3.14 do not say what is available.
    let available = proc::memory(&text, "MemAvailable").unwrap_or(free.saturating_add(cache)).min(total);
    let used = total.saturating_sub(available);
    let (swap, swap_free) = (figure("SwapTotal"), figure("SwapFree"));
    let swap_used = swap.saturating_sub(swap_free);
    let mut out = Vec::new();
    let wide = args.has("w");
    let mut headings = vec!["total", "used", "free", "shared"];
    headings.extend(if wide { &["buffers", "cache"][..] } else { &["buff/cache"] });
    headings.push("available");
    out.resize(8, b' ');
    for heading in headings {
        out.resize(out.len().saturating_add(12_usize.saturating_sub(heading.len())), b' ');
        out.extend_from_slice(heading.as_bytes());
    }
    out.push(b'\n');
    let mut memory = vec![total, used, free, figure("Shmem")];
    if wide {
        memory.extend([buffers, cache]);
    } else {
        memory.push(buffers.saturating_add(cache));
    }
    memory.push(available);
    push_row(&mut out, "Mem:", &memory, unit);
    if args.has("l") {
        let (high, high_free) = (figure("HighTotal"), figure("HighFree"));
        let (low, low_free) = (total.saturating_sub(high), free.saturating_sub(high_free));
        push_row(&mut out, "Low:", &[low, low.saturating_sub(low_free), low_free], unit);
        push_row(&mut out, "High:", &[high, high.saturating_sub(high_free), high_free], unit);
    }
    push_row(&mut out, "Swap:", &[swap, swap_used, swap_free], unit);
    if args.has("t") {
        let sums = [total.saturating_add(swap), used.saturating_add(swap_used), free.saturating_add(swap_free)];
        push_row(&mut out, "Total:", &sums, unit);
    }
    cx.stdout.put(&out)
}

/// A label and figures in KiB.
fn push_row(out: &mut Vec<u8>, label: &str, figures: &[u64], unit: Unit) {
    out.extend_from_slice(label.as_bytes());
    out.resize(out.len().saturating_add(8_usize.saturating_sub(label.len())), b' ');
    for figure in figures {
        let bytes = figure.saturating_mul(1024);
        let mut text = Vec::new();
        match unit {
            Unit::Bytes(size) => push_u64(&mut text, bytes / size.max(1)),
            Unit::Human(base) => push_human(&mut text, bytes, base),
        }
        out.resize(out.len().saturating_add(12_usize.saturating_sub(text.len())), b' ');
        out.extend_from_slice(&text);
    }
    out.push(b'\n');
}

/// `8.7Mi`, `647Mi`: three digits at most; the one tenth is rounded, the rest cut off.
fn push_human(out: &mut Vec<u8>, bytes: u64, base: u64) {
    let suffix = if base == 1024 { "i" } else { "" };
    let mut scale = 1u64;
    let mut units = ["B", "K", "M", "G", "T", "P"].iter().peekable();
    while let Some(unit) = units.next() {
        let whole = bytes / scale;
        if decimal_width(whole) <= 3 || units.peek().is_none() {
            let tenths = bytes.saturating_mul(10).saturating_add(scale / 2) / scale;
            push_u64(out, if scale > 1 && tenths < 100 { tenths / 10 } else { whole });
            if scale > 1 && tenths < 100 {
                out.push(b'.');
                push_u64(out, tenths % 10);
            }
            out.extend_from_slice(unit.as_bytes());
            out.extend_from_slice(if scale > 1 { suffix.as_bytes() } else { b"" });
            return;
        }
        scale = scale.saturating_mul(base);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::push_human;

    #[test]
    fn human() {
        let shown = |bytes, base| {
            let mut out = Vec::new();
            push_human(&mut out, bytes, base);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(shown(0, 1024), "0B");
        assert_eq!(shown(999, 1024), "999B");
        assert_eq!(shown(1023 << 20, 1024), "1.0Gi");
        assert_eq!(shown(9_084_928, 1024), "8.7Mi");
        assert_eq!(shown(678_866_944, 1024), "647Mi");
        assert_eq!(shown(25_276_502_016, 1000), "25G");
    }
}
