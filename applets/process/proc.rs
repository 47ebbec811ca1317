//! What /proc tells about processes. A process may vanish at any moment: each reading gives None then.

use base::number::{parse_i64, parse_u64, push_u64};

/// A process, or one of its threads, from /proc/PID/stat.
#[derive(Clone, Default)]
pub struct Process {
    /// The process's number.
    pub pid: i32,
    /// The thread's number; that of the process where threads are not looked at.
    pub tid: i32,
    /// The command's name, at most 15 bytes.
    pub comm: Vec<u8>,
    /// `R`, `S`, `D`, `Z`, `T`, ...
    pub state: u8,
    pub ppid: i32,
    pub group: i32,
    pub session: i32,
    /// The terminal's device number, 0 for none.
    pub terminal: u64,
    /// The group in the foreground of the terminal, -1 for none.
    pub foreground: i32,
    pub flags: u64,
    pub minor_faults: u64,
    pub major_faults: u64,
    /// Time used in user mode, in ticks.
    pub user_time: u64,
    /// Time used in the kernel, in ticks.
    pub system_time: u64,
    pub priority: i64,
    pub nice: i64,
    pub threads: u64,
    /// Ticks from the system's start to the process's.
    pub start: u64,
    /// Bytes of address space.
    pub size: u64,
    /// Pages in memory.
    pub resident: u64,
    pub processor: u64,
    pub realtime: u64,
    pub policy: u64,
}

/// The number of this process.
pub fn own() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// Ticks a second.
pub fn ticks() -> u64 {
    base::sys::auxiliary::clock_ticks().max(1)
}

/// The path of a file in a process's folder, or in that of its thread.
pub fn path(pid: i32, tid: i32, name: &str) -> Vec<u8> {
    let mut path = b"/proc/".to_vec();
    push_u64(&mut path, u64::from(pid.unsigned_abs()));
    if tid != pid {
        path.extend_from_slice(b"/task/");
        push_u64(&mut path, u64::from(tid.unsigned_abs()));
    }
    path.push(b'/');
    path.extend_from_slice(name.as_bytes());
    path
}

/// The contents of a file in a process's folder.
pub fn read_file(pid: i32, name: &str) -> Option<Vec<u8>> {
    base::slurp::read(&path(pid, pid, name), 16 << 20).ok()
}

/// The numbers that name the entries of a folder, ascending.
fn numbers(folder: &[u8]) -> base::Result<Vec<i32>> {
    use base::ResultExt;
    let mut list = Vec::new();
    base::fs::each_entry(folder, &mut |name, _| {
        let number = base::number::parse_radix(name, 10).ok();
        list.extend(number.and_then(|number| i32::try_from(number).ok()));
    })
    .at(folder)?;
    base::order::sort(&mut list, &mut Ord::cmp);
    Ok(list)
}

/// The numbers of all processes, ascending.
pub fn pids() -> base::Result<Vec<i32>> {
    numbers(b"/proc")
}

/// The numbers of a process's threads, ascending.
pub fn threads(pid: i32) -> Vec<i32> {
    numbers(&path(pid, pid, "task")).unwrap_or_default()
}

/// All processes, ascending; with `threads`, each of their threads.
pub fn all(threads: bool) -> base::Result<Vec<Process>> {
    let mut list = Vec::new();
    for pid in pids()? {
        if threads {
            list.extend(self::threads(pid).into_iter().filter_map(|tid| read(pid, tid)));
        } else {
            list.extend(read(pid, pid));
        }
    }
    Ok(list)
}

/// The process or thread with this number.
pub fn read(pid: i32, tid: i32) -> Option<Process> {
    parse(pid, tid, &base::slurp::read(&path(pid, tid, "stat"), 1 << 16).ok()?)
}

/// The line of a stat file. The name is in parentheses and may hold anything, a `)` too: the last one ends it.
fn parse(pid: i32, tid: i32, text: &[u8]) -> Option<Process> {
    let open = memchr::memchr(b'(', text)?;
    let close = memchr::memrchr(b')', text)?;
    let comm = text.get(open.checked_add(1)?..close)?.to_vec();
    let mut fields = text.get(close.checked_add(1)?..)?.split(|byte| *byte == b' ' || *byte == b'\n');
    fields.next();
    let state = *fields.next()?.first()?;
    let mut numbers = [0i64; 48];
    for (slot, field) in numbers.iter_mut().zip(fields) {
        // Those above what fits are masks that nobody asks for.
        *slot = parse_i64(field).unwrap_or(i64::MAX);
    }
    // Numbered as in proc(5), where the state is the third field.
    let field = |number: usize| number.checked_sub(4).and_then(|at| numbers.get(at)).copied().unwrap_or(0);
    let small = |number| i32::try_from(field(number)).unwrap_or(0);
    let count = |number| u64::try_from(field(number)).unwrap_or(0);
    Some(Process {
        pid,
        tid,
        comm,
        state,
        ppid: small(4),
        group: small(5),
        session: small(6),
        terminal: count(7),
        foreground: small(8),
        flags: count(9),
        minor_faults: count(10),
        major_faults: count(12),
        user_time: count(14),
        system_time: count(15),
        priority: field(18),
        nice: field(19),
        threads: count(20),
        start: count(22),
        size: count(23),
        resident: count(24),
        processor: count(39),
        realtime: count(40),
        policy: count(41),
    })
}

/// The arguments of a process; none for a thread of the kernel and for a zombie.
pub fn arguments(pid: i32) -> Vec<Vec<u8>> {
    let text = read_file(pid, "cmdline").unwrap_or_default();
    let text = text.strip_suffix(b"\0").unwrap_or(&text);
    if text.is_empty() { Vec::new() } else { base::bytes::pieces(text, 0) }
}

/// The arguments in one line, control characters as `?`; `[name]` where there are none.
pub fn command_line(process: &Process) -> Vec<u8> {
    let mut line = read_file(process.pid, "cmdline").unwrap_or_default();
    while line.last() == Some(&0) {
        line.pop();
    }
    if line.is_empty() {
        line = [b"[", process.comm.as_slice(), b"]"].concat();
    }
    for byte in &mut line {
        match *byte {
            0 => *byte = b' ',
            byte_now if byte_now.is_ascii_control() => *byte = b'?',
            _ => {}
        }
    }
    line
}

/// User and group numbers of a process.
#[derive(Clone, Copy, Default)]
pub struct Owner {
    pub user: u32,
    pub effective_user: u32,
    pub group: u32,
    pub effective_group: u32,
}

/// Whom a process belongs to.
pub fn owner(pid: i32) -> Option<Owner> {
    let text = read_file(pid, "status")?;
    let numbers = |label: &[u8]| {
        let line = text.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(label))?;
        let mut words = line.split(|byte| *byte == b'\t').filter(|word| !word.is_empty());
        let mut next = || base::number::parse_u32(words.next()?).ok();
        Some((next()?, next()?))
    };
    let (user, effective_user) = numbers(b"Uid:")?;
    let (group, effective_group) = numbers(b"Gid:")?;
    Some(Owner { user, effective_user, group, effective_group })
}

/// The name of a terminal by its device number, without `/dev/`; None where there is none.
pub fn terminal_name(device: u64) -> Option<Vec<u8>> {
    if device == 0 {
        return None;
    }
    let major = (device >> 8) & 0xfff;
    let minor = (device & 0xff) | ((device >> 12) & 0xfff00);
    let (name, number) = match (major, minor) {
        (4, 0..64) => ("tty", minor),
        (4, _) => ("ttyS", minor.saturating_sub(64)),
        (5, 1) => return Some(b"console".to_vec()),
        (136..144, _) => ("pts/", (major.saturating_sub(136) << 20) | minor),
        (204, 64..) => ("ttyAMA", minor.saturating_sub(64)),
        (229, _) => ("hvc", minor),
        _ => return Some(b"?".to_vec()),
    };
    let mut name = name.as_bytes().to_vec();
    push_u64(&mut name, number);
    Some(name)
}

/// Whether the process is one of that name: the kernel's name for it, the base name of its first argument, or, for a name with
/// a slash, the file it runs.
pub fn is_named(process: &Process, name: &[u8]) -> bool {
    if name.contains(&b'/') {
        let file = base::fs::readlinkat(rustix::fs::CWD, &*path(process.pid, process.pid, "exe"));
        return file.is_ok_and(|file| file.to_bytes() == name)
            || arguments(process.pid).first().is_some_and(|first| first == name);
    }
    if process.comm == name {
        return true;
    }
    // The kernel's name is cut off, may have been changed by the program, and is the interpreter's for scripts no more.
    let arguments = arguments(process.pid);
    let Some(first) = arguments.first() else { return false };
    let base = first.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    base.strip_prefix(b"-").unwrap_or(base) == name
}

/// Hundredths of a second since the system's start.
pub fn uptime_hundredths() -> u64 {
    base::slurp::read(b"/proc/uptime", 128).ok().and_then(|text| centiseconds(&text)).unwrap_or(0)
}

fn centiseconds(text: &[u8]) -> Option<u64> {
    let word = text.split(|byte| *byte == b' ').next()?;
    let mut parts = word.split(|byte| *byte == b'.');
    let seconds = parse_u64(parts.next()?).ok()?;
    seconds.checked_mul(100)?.checked_add(parts.next().and_then(|part| parse_u64(part).ok()).unwrap_or(0))
}

/// A figure of /proc/meminfo in KiB, by its name (`MemTotal`).
pub fn memory(text: &[u8], name: &str) -> Option<u64> {
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let rest = line.strip_prefix(name.as_bytes())?.strip_prefix(b":")?;
        parse_u64(rest.trim_ascii().split(|byte| *byte == b' ').next()?).ok()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn stat_lines() {
        let text =
            b"42 (a) b) S 1 42 40 34816 43 4194560 100 0 2 0 5 6 0 0 20 -5 3 0 777 4096000 250 18446744073709551615\n";
        let process = parse(42, 42, text).unwrap();
        assert_eq!(process.comm, b"a) b");
        assert_eq!((process.state, process.ppid, process.session, process.foreground), (b'S', 1, 40, 43));
        assert_eq!((process.user_time, process.system_time, process.nice, process.threads), (5, 6, -5, 3));
        assert_eq!((process.start, process.size, process.resident), (777, 4_096_000, 250));
        assert!(parse(1, 1, b"1 (").is_none());
        assert!(parse(1, 1, b"1 )(").is_none());
    }

    #[test]
    fn terminals() {
        assert_eq!(terminal_name(0), None);
        assert_eq!(terminal_name(0x8803), Some(b"pts/3".to_vec()));
        assert_eq!(terminal_name(0x0401), Some(b"tty1".to_vec()));
        assert_eq!(terminal_name(0x0440), Some(b"ttyS0".to_vec()));
    }
}
