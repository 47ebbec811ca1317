//! top - show what the system's processes are doing
//! Spec: BusyBox. Extras: none. Deviations: no memory table (-m).

mod sample;

use crate::proc::{self, Process};
use base::number::{push_right, push_u64};
use base::sys::signal;
use base::users::Database;
use base::{Applet, Args, Context, Declaration, Exec, Kind, Opt, Result, Status};
use core::time::Duration;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sample::{Sample, used};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "top",
    exec: Exec::fork("fills the screen and reads keys"),
    summary: "Show what the system's processes are doing, again and again",
    notes: "Keys: P, M, T, N sort by processor, memory, time, number; R turns the order round; H shows threads; q ends.",
    options: &[
        Opt::flag("b", "batch", "print all, without keys and screen"),
        Opt::value("n", "iterations", "NUM", Kind::Count, "end after NUM times"),
        Opt::value("d", "delay", "TIME", Kind::Duration, "wait TIME between (default 5 seconds)"),
        Opt::flag("H", "threads", "show threads"),
    ],
    run,
    ..Declaration::DEFAULT
});

const HUP: i32 = 1;
const TERM: i32 = 15;

/// How the table is ordered.
#[derive(Clone, Copy)]
enum Key {
    Processor,
    Memory,
    Time,
    Number,
}

/// What the user has chosen.
struct View {
    key: Key,
    reverse: bool,
    threads: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let batch = args.has("b") || !cx.stdout.is_terminal();
    let delay = args.duration("d").unwrap_or(Duration::from_secs(5));
    let mut left = args.count("n").unwrap_or(u64::MAX).max(1);
    let mut view = View { key: Key::Processor, reverse: false, threads: args.has("H") };
    let mut users = Database::new();
    let terminal = base::sys::descriptor(0);
    // Raw, so that keys come one by one; put back when this ends, however it ends.
    if !batch {
        for number in [HUP, TERM] {
            let _ = signal::set(number, signal::Action::Note);
        }
    }
    let raw = if batch { None } else { base::term::RawMode::enter(&terminal).ok() };
    let mut before = Sample::take(view.threads)?;
    // What has happened since the start says little; a short look says what happens now.
    base::time::pause(Duration::from_millis(200));
    loop {
        let sample = Sample::take(view.threads)?;
        let size = if batch { None } else { cx.stdout.fd().and_then(base::term::size) };
        let screen = render(cx, &view, &sample, &before, size, &mut users);
        cx.stdout.put(&screen)?;
        cx.stdout.finish()?;
        before = sample;
        left = left.saturating_sub(1);
        if left == 0 {
            break;
        }
        if raw.is_none() {
            base::time::pause(delay);
        } else if !keys(cx, &mut view, delay)? {
            break;
        }
    }
    if raw.is_some() {
        cx.stdout.put(b"\r\n")?;
    }
    Ok(cx.status())
}

/// Waits for a key or for the next time; false when it is to end.
#[inline(never)]
fn keys(cx: &mut Context, view: &mut View, delay: Duration) -> Result<bool> {
    let timeout = Timespec {
        tv_sec: i64::try_from(delay.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(delay.subsec_nanos()),
    };
    let terminal = base::sys::descriptor(0);
    if !matches!(poll(&mut [PollFd::new(&terminal, PollFlags::IN)], Some(&timeout)), Ok(1..)) {
        return Ok(!signal::pending());
    }
    let pressed = cx.stdin.chunk()?.to_vec();
    cx.stdin.consume(pressed.len());
    for key in &pressed {
        match key {
            b'q' | b'Q' | 3 | 4 => return Ok(false),
            b'P' | b'p' => view.key = Key::Processor,
            b'M' | b'm' => view.key = Key::Memory,
            b'T' | b't' => view.key = Key::Time,
            b'N' | b'n' => view.key = Key::Number,
            b'R' | b'r' => view.reverse = !view.reverse,
            b'H' | b'h' => view.threads = !view.threads,
            _ => {}
        }
    }
    // Without a key the terminal has ended.
    Ok(!pressed.is_empty())
}

#[inline(never)]
fn render(
    cx: &Context,
    view: &View,
    sample: &Sample,
    before: &Sample,
    size: Option<(usize, usize)>,
    users: &mut Database,
) -> Vec<u8> {
    let meminfo = base::slurp::read(b"/proc/meminfo", 1 << 16).unwrap_or_default();
    let memory = |name| proc::memory(&meminfo, name).unwrap_or(0);
    let total = memory("MemTotal");
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut line = b"Mem: ".to_vec();
    let figures = [
        (total.saturating_sub(memory("MemFree")), "K used, "),
        (memory("MemFree"), "K free, "),
        (memory("Shmem"), "K shrd, "),
        (memory("Buffers"), "K buff, "),
        (memory("Cached"), "K cached"),
    ];
    for (figure, label) in figures {
        push_u64(&mut line, figure);
        line.extend_from_slice(label.as_bytes());
    }
    lines.push(line);
    let (passed, sum) = sample.since(before);
    let mut line = b"CPU:".to_vec();
    for (index, label) in [(0, "usr"), (2, "sys"), (1, "nic"), (3, "idle"), (4, "io"), (5, "irq"), (6, "sirq")] {
        let part = passed.get(index).copied().unwrap_or(0);
        push_right(&mut line, part.saturating_mul(100).saturating_add(sum / 2) / sum, 4);
        line.extend_from_slice(b"% ");
        line.extend_from_slice(label.as_bytes());
    }
    lines.push(line);
    let loads = base::slurp::read(b"/proc/loadavg", 128).unwrap_or_default();
    lines.push(base::bytes::fill("Load average: %", &[loads.trim_ascii()]));
    lines.push(b"  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND".to_vec());
    let heading = lines.len().saturating_sub(1);
    let ticks = |process: &Process| used(process).saturating_sub(before.ticks(process).unwrap_or(used(process)));
    let mut rows: Vec<(u64, &Process)> = sample.processes.iter().map(|process| (ticks(process), process)).collect();
    base::order::sort(&mut rows, &mut |left, right| {
        let order = match view.key {
            Key::Processor => right.0.cmp(&left.0).then_with(|| used(right.1).cmp(&used(left.1))),
            Key::Memory => right.1.size.cmp(&left.1.size),
            Key::Time => used(right.1).cmp(&used(left.1)),
            Key::Number => right.1.tid.cmp(&left.1.tid),
        };
        if view.reverse { order.reverse() } else { order }
    });
    let room = size.map_or(usize::MAX, |(height, _)| height.saturating_sub(lines.len()).saturating_sub(1));
    for (ticks, process) in rows.into_iter().take(room) {
        lines.push(row(process, ticks, sum, total, view, users));
    }
    let mut screen = if size.is_some() { b"\x1b[H\x1b[J".to_vec() } else { Vec::new() };
    for (index, line) in lines.iter().enumerate() {
        let text = size.map_or(line.as_slice(), |(_, width)| base::term::width::truncate(line, width, cx.is_utf8()));
        let marked = index == heading && size.is_some();
        screen.extend_from_slice(if marked { b"\x1b[7m" } else { b"" });
        screen.extend_from_slice(text);
        screen.extend_from_slice(if marked { b"\x1b[m" } else { b"" });
        // In raw mode a newline alone does not go back to the margin.
        screen.extend_from_slice(if size.is_some() { b"\r\n" } else { b"\n" });
    }
    screen
}

#[inline(never)]
fn row(process: &Process, ticks: u64, sum: u64, memory: u64, view: &View, users: &mut Database) -> Vec<u8> {
    let mut line = Vec::new();
    push_right(&mut line, u64::from(process.tid.unsigned_abs()), 5);
    line.push(b' ');
    push_right(&mut line, u64::from(process.ppid.unsigned_abs()), 5);
    line.push(b' ');
    let start = line.len();
    let user = proc::owner(process.pid).unwrap_or_default().effective_user;
    match users.user_name(user) {
        Some(name) => line.extend_from_slice(name.get(..8).unwrap_or(name)),
        None => push_u64(&mut line, u64::from(user)),
    }
    line.resize(start.saturating_add(9).max(line.len()), b' ');
    let start = line.len();
    line.push(process.state);
    // A process without memory of its own is the kernel's, or a zombie.
    if process.resident == 0 && process.state != b'Z' {
        line.push(b'W');
    }
    if process.nice != 0 {
        line.push(if process.nice < 0 { b'<' } else { b'N' });
    }
    line.resize(start.saturating_add(5).max(line.len()), b' ');
    let size = process.size / 1024;
    if size < 100_000 {
        push_right(&mut line, size, 5);
    } else if size < 10_000 * 1024 {
        push_right(&mut line, size / 1024, 4);
        line.push(b'm');
    } else {
        push_right(&mut line, size / 1024 / 1024, 4);
        line.push(b'g');
    }
    push_right(&mut line, size.saturating_mul(100).checked_div(memory).unwrap_or(0), 4);
    line.extend_from_slice(b"% ");
    push_right(&mut line, process.processor, 3);
    push_right(&mut line, ticks.saturating_mul(100).saturating_add(sum / 2) / sum, 4);
    line.extend_from_slice(b"% ");
    if view.threads {
        line.extend_from_slice(&[b"{", process.comm.as_slice(), b"} "].concat());
    }
    line.extend_from_slice(&proc::command_line(process));
    line
}
