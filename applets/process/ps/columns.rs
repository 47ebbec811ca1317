//! The columns ps can print.

use crate::proc::{self, Owner, Process};
use base::Context;
use base::bytes::place;
use base::number::{push_i64, push_radix, push_u64, push_zeros};
use base::time::{Stamp, Zone, now, push_time};
use base::users::Database;
use core::cmp::Ordering;

/// A process with all that columns are made of.
pub struct Row {
    pub process: Process,
    pub owner: Owner,
    /// What is drawn before the command in a tree.
    pub prefix: Vec<u8>,
    /// Where it stands in the tree.
    pub place: usize,
}

/// What the columns need to know of the machine.
pub struct Machine {
    ticks: u64,
    /// Hundredths of a second since the start.
    uptime: u64,
    now: i64,
    zone: Zone,
    /// KiB.
    memory: u64,
    page: u64,
    digits: usize,
}

impl Machine {
    /// As it is now. Process numbers get the width of the longest among `rows`, five at least.
    pub fn now(cx: &Context, rows: &[Row]) -> Machine {
        let largest = rows.iter().map(|row| row.process.tid).max().unwrap_or(0);
        let meminfo = base::slurp::read(b"/proc/meminfo", 1 << 16).unwrap_or_default();
        Machine {
            ticks: proc::ticks(),
            uptime: proc::uptime_hundredths(),
            now: now().sec,
            zone: Zone::load(cx.env.get(b"TZ")),
            memory: proc::memory(&meminfo, "MemTotal").unwrap_or(0),
            page: base::sys::auxiliary::page_size(),
            digits: base::number::decimal_width(u64::from(largest.unsigned_abs())).max(5),
        }
    }

    /// The width a column is filled up to.
    pub fn width(&self, column: &Column) -> usize {
        let width = if column.kind.width == 0 { self.digits } else { column.kind.width };
        // A heading that is wider makes room for itself.
        width.max(column.heading.len())
    }

    /// Seconds since the process began.
    fn age(&self, process: &Process) -> u64 {
        (self.uptime / 100).saturating_sub(process.start / self.ticks)
    }
}

/// A column as it was asked for.
pub struct Column {
    pub kind: &'static Kind,
    pub heading: Vec<u8>,
}

/// A column there is.
pub struct Kind {
    /// Its names, with a blank between them.
    pub names: &'static str,
    heading: &'static str,
    /// 0 for the width of process numbers.
    pub width: usize,
    pub right: bool,
    what: What,
}

enum What {
    Number(fn(&Row, &Machine) -> i64),
    Text(fn(&mut Vec<u8>, &Row, &Machine)),
    User(fn(&Owner) -> u32),
    Group(fn(&Owner) -> u32),
}

use What::{Group, Number, Text, User};

const fn right(names: &'static str, heading: &'static str, width: usize, what: What) -> Kind {
    Kind { names, heading, width, right: true, what }
}

const fn left(names: &'static str, heading: &'static str, width: usize, what: What) -> Kind {
    Kind { names, heading, width, right: false, what }
}

/// All of them; the first name is the one of POSIX or BusyBox where there is one.
pub static KINDS: &[Kind] = &[
    left("user euser uname", "USER", 8, User(|owner| owner.effective_user)),
    left("ruser", "RUSER", 8, User(|owner| owner.user)),
    left("group egroup", "GROUP", 8, Group(|owner| owner.effective_group)),
    left("rgroup", "RGROUP", 8, Group(|owner| owner.group)),
    left("comm ucmd ucomm", "COMMAND", 15, Text(comm)),
    left("args cmd command", "COMMAND", 27, Text(args)),
    right("pid tgid", "PID", 0, Number(|row, _| i64::from(row.process.pid))),
    right("ppid", "PPID", 0, Number(|row, _| i64::from(row.process.ppid))),
    right("pgid pgrp", "PGID", 0, Number(|row, _| i64::from(row.process.group))),
    right("sid sess session", "SID", 0, Number(|row, _| i64::from(row.process.session))),
    right("tpgid", "TPGID", 0, Number(|row, _| i64::from(row.process.foreground))),
    right("lwp tid spid", "LWP", 0, Number(|row, _| i64::from(row.process.tid))),
    right("uid euid", "UID", 5, Number(|row, _| i64::from(row.owner.effective_user))),
    right("ruid", "RUID", 5, Number(|row, _| i64::from(row.owner.user))),
    right("gid egid", "GID", 5, Number(|row, _| i64::from(row.owner.effective_group))),
    right("rgid", "RGID", 5, Number(|row, _| i64::from(row.owner.group))),
    left("tty tt tname", "TTY", 8, Text(terminal)),
    left("stat", "STAT", 4, Text(state)),
    left("s state", "S", 1, Text(|out, row, _| out.push(row.process.state))),
    right("nice ni", "NI", 3, Number(|row, _| row.process.nice)),
    right("pri", "PRI", 3, Number(|row, _| 39i64.saturating_sub(row.process.priority))),
    right("opri", "PRI", 3, Number(|row, _| row.process.priority.saturating_add(60))),
    right("priority", "PRI", 3, Number(|row, _| row.process.priority)),
    right("psr", "PSR", 3, Number(|row, _| row.process.processor.cast_signed())),
    right("nlwp thcount", "NLWP", 4, Number(|row, _| row.process.threads.cast_signed())),
    right("vsz vsize", "VSZ", 6, Number(|row, _| (row.process.size / 1024).cast_signed())),
    right("rss rssize rsz", "RSS", 5, Number(|row, machine| resident(row, machine).cast_signed())),
    right("sz", "SZ", 5, Number(|row, machine| (row.process.size / machine.page).cast_signed())),
    right("minflt min_flt", "MINFL", 6, Number(|row, _| row.process.minor_faults.cast_signed())),
    right("majflt maj_flt", "MAJFL", 6, Number(|row, _| row.process.major_faults.cast_signed())),
    right("time cputime", "TIME", 8, Text(|out, row, machine| push_clock(out, used(row, machine), 8))),
    right("bsdtime", "TIME", 6, Text(bsd_time)),
    right("etime", "ELAPSED", 11, Text(|out, row, machine| push_clock(out, machine.age(&row.process), 5))),
    right("etimes", "ELAPSED", 7, Number(|row, machine| machine.age(&row.process).cast_signed())),
    right("stime start", "STIME", 5, Text(|out, row, machine| started(out, row, machine, b"%b%d"))),
    left("bsdstart", "START", 5, Text(|out, row, machine| started(out, row, machine, b"%b%d"))),
    left("lstart", "STARTED", 24, Text(long_start)),
    right("pcpu %cpu", "%CPU", 4, Text(|out, row, machine| push_tenths(out, load(row, machine)))),
    right("pmem %mem", "%MEM", 4, Text(|out, row, machine| push_tenths(out, share(row, machine)))),
    right("c", "C", 2, Number(|row, machine| (load(row, machine) / 10).min(99).cast_signed())),
    right("f flag flags", "F", 1, Text(flags)),
    left("wchan", "WCHAN", 6, Text(waiting)),
    left("addr", "ADDR", 4, Text(|out, _, _| out.push(b'-'))),
    left("cls class policy", "CLS", 3, Text(class)),
    right("rtprio", "RTPRIO", 6, Text(realtime)),
];

impl Column {
    /// The column of that name, with its own heading.
    pub fn named(name: &[u8]) -> Option<Column> {
        let kind = KINDS.iter().find(|kind| place(kind.names, name).is_some())?;
        // The heading of a synonym is the synonym's own where people know it.
        let heading = match place("cmd tt pgrp sess tid spid start egroup euser euid", name) {
            Some(_) => name.to_ascii_uppercase(),
            None => kind.heading.as_bytes().to_vec(),
        };
        Some(Column { kind, heading })
    }

    /// Appends the column's text for a row.
    pub fn push(&self, out: &mut Vec<u8>, row: &Row, machine: &Machine, users: &mut Database) {
        let start = out.len();
        match self.kind.what {
            Number(number) => push_i64(out, number(row, machine)),
            Text(text) => text(out, row, machine),
            User(user) => push_name(out, user(&row.owner), |number, users| users.user_name(number), users),
            Group(group) => push_name(out, group(&row.owner), |number, users| users.group_name(number), users),
        }
        let width = self.kind.width;
        if matches!(self.kind.what, User(_) | Group(_))
            && out.len().saturating_sub(start) > width.max(self.heading.len())
        {
            out.truncate(start.saturating_add(width.max(self.heading.len())).saturating_sub(1));
            out.push(b'+');
        }
    }

    /// Orders two rows by this column.
    #[inline(never)]
    pub fn compare(&self, left: &Row, right: &Row, machine: &Machine, users: &mut Database) -> Ordering {
        let number = |row: &Row| match self.kind.heading {
            "TIME" => used(row, machine).cast_signed(),
            "%CPU" => load(row, machine).cast_signed(),
            "%MEM" => share(row, machine).cast_signed(),
            "STARTED" | "START" | "STIME" => row.process.start.cast_signed(),
            "ELAPSED" => machine.age(&row.process).cast_signed(),
            _ => 0,
        };
        match self.kind.what {
            Number(number) => number(left, machine).cmp(&number(right, machine)),
            _ => number(left).cmp(&number(right)).then_with(|| {
                let mut texts = [Vec::new(), Vec::new()];
                for (text, row) in texts.iter_mut().zip([left, right]) {
                    self.push(text, row, machine, users);
                }
                let [left, right] = texts;
                left.cmp(&right)
            }),
        }
    }
}

fn push_name(out: &mut Vec<u8>, number: u32, name: fn(u32, &mut Database) -> Option<&[u8]>, users: &mut Database) {
    match name(number, users) {
        Some(name) => out.extend_from_slice(name),
        None => push_u64(out, u64::from(number)),
    }
}

fn comm(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    out.extend_from_slice(&row.prefix);
    out.extend(row.process.comm.iter().map(|byte| if byte.is_ascii_control() { b'?' } else { *byte }));
    if row.process.state == b'Z' {
        out.extend_from_slice(b" <defunct>");
    }
}

fn args(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    out.extend_from_slice(&row.prefix);
    if row.process.tid != row.process.pid {
        out.extend_from_slice(&[b"{", row.process.comm.as_slice(), b"} "].concat());
    }
    out.extend_from_slice(&proc::command_line(&row.process));
    if row.process.state == b'Z' {
        out.extend_from_slice(b" <defunct>");
    }
}

fn terminal(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    out.extend_from_slice(&proc::terminal_name(row.process.terminal).unwrap_or_else(|| b"?".to_vec()));
}

fn state(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    let process = &row.process;
    out.push(process.state);
    if process.nice != 0 {
        out.push(if process.nice < 0 { b'<' } else { b'N' });
    }
    if process.session == process.pid {
        out.push(b's');
    }
    if process.threads > 1 {
        out.push(b'l');
    }
    if process.terminal != 0 && process.foreground == process.group {
        out.push(b'+');
    }
}

fn resident(row: &Row, machine: &Machine) -> u64 {
    row.process.resident.saturating_mul(machine.page / 1024)
}

/// Seconds of processor time.
fn used(row: &Row, machine: &Machine) -> u64 {
    row.process.user_time.saturating_add(row.process.system_time) / machine.ticks
}

/// Tenths of a percent of a processor since the start.
fn load(row: &Row, machine: &Machine) -> u64 {
    let used = row.process.user_time.saturating_add(row.process.system_time);
    let age = (machine.uptime.saturating_mul(machine.ticks) / 100).saturating_sub(row.process.start);
    used.saturating_mul(1000).checked_div(age).unwrap_or(0)
}

/// Tenths of a percent of the memory.
fn share(row: &Row, machine: &Machine) -> u64 {
    resident(row, machine).saturating_mul(1000).checked_div(machine.memory).unwrap_or(0).min(999)
}

/// `12.3`, without the fraction where that would be too wide.
fn push_tenths(out: &mut Vec<u8>, tenths: u64) {
    push_u64(out, tenths / 10);
    if tenths < 1000 {
        out.push(b'.');
        push_u64(out, tenths % 10);
    }
}

/// `[[days-]hh:]mm:ss`; hours always where `least` is 8.
fn push_clock(out: &mut Vec<u8>, seconds: u64, least: usize) {
    let days = seconds / 86400;
    if days > 0 {
        push_u64(out, days);
        out.push(b'-');
    }
    if seconds >= 3600 || least == 8 {
        push_zeros(out, seconds / 3600 % 24, 2);
        out.push(b':');
    }
    push_zeros(out, seconds / 60 % 60, 2);
    out.push(b':');
    push_zeros(out, seconds % 60, 2);
}

fn bsd_time(out: &mut Vec<u8>, row: &Row, machine: &Machine) {
    let seconds = used(row, machine);
    push_u64(out, seconds / 60);
    out.push(b':');
    push_zeros(out, seconds % 60, 2);
}

fn began(row: &Row, machine: &Machine) -> i64 {
    machine.now.saturating_sub(machine.age(&row.process).cast_signed())
}

/// The time of day for a process of the last day, else the date by `format`.
fn started(out: &mut Vec<u8>, row: &Row, machine: &Machine, format: &[u8]) {
    let format = if machine.age(&row.process) < 86400 { b"%H:%M" } else { format };
    push_time(out, format, Stamp { sec: began(row, machine), nsec: 0 }, &machine.zone);
}

fn long_start(out: &mut Vec<u8>, row: &Row, machine: &Machine) {
    push_time(out, b"%a %b %e %H:%M:%S %Y", Stamp { sec: began(row, machine), nsec: 0 }, &machine.zone);
}

/// Whether it used root's rights, and whether it was forked without an exec.
fn flags(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    push_radix(out, (row.process.flags >> 6) & 7, 8, 1, b'0');
}

fn waiting(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    let name = proc::read_file(row.process.pid, "wchan").unwrap_or_default();
    out.extend_from_slice(if name.is_empty() || name == b"0" { b"-" } else { name.get(..6).unwrap_or(&name) });
}

fn class(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    out.extend_from_slice(match row.process.policy {
        0 => b"TS",
        1 => b"FF",
        2 => b"RR",
        3 => b"B",
        5 => b"IDL",
        6 => b"DLN",
        _ => b"?",
    });
}

fn realtime(out: &mut Vec<u8>, row: &Row, _: &Machine) {
    match row.process.realtime {
        0 => out.push(b'-'),
        priority => push_u64(out, priority),
    }
}
