//! Signal names: the table of Linux's numbers (x86-64, arm; the same on riscv), names to numbers and back, descriptions.

use crate::number::push_u64;

/// The first and the last real-time signal, as glibc and signal(7) number them.
pub const RTMIN: i32 = 34;
pub const RTMAX: i32 = 64;

/// Name and description by number; the first entry is the null signal.
static TABLE: [(&str, &str); 32] = [
    ("EXIT", ""),
    ("HUP", "Hangup"),
    ("INT", "Interrupt"),
    ("QUIT", "Quit"),
    ("ILL", "Illegal instruction"),
    ("TRAP", "Trace/breakpoint trap"),
    ("ABRT", "Aborted"),
    ("BUS", "Bus error"),
    ("FPE", "Floating point exception"),
    ("KILL", "Killed"),
    ("USR1", "User defined signal 1"),
    ("SEGV", "Segmentation fault"),
    ("USR2", "User defined signal 2"),
    ("PIPE", "Broken pipe"),
    ("ALRM", "Alarm clock"),
    ("TERM", "Terminated"),
    ("STKFLT", "Stack fault"),
    ("CHLD", "Child exited"),
    ("CONT", "Continued"),
    ("STOP", "Stopped (signal)"),
    ("TSTP", "Stopped"),
    ("TTIN", "Stopped (tty input)"),
    ("TTOU", "Stopped (tty output)"),
    ("URG", "Urgent I/O condition"),
    ("XCPU", "CPU time limit exceeded"),
    ("XFSZ", "File size limit exceeded"),
    ("VTALRM", "Virtual timer expired"),
    ("PROF", "Profiling timer expired"),
    ("WINCH", "Window changed"),
    ("IO", "I/O possible"),
    ("PWR", "Power failure"),
    ("SYS", "Bad system call"),
];

/// The name of signal 1 to 31 without `SIG`; 0 is `EXIT`. None for real-time signals and unknown numbers.
pub fn name(number: i32) -> Option<&'static str> {
    TABLE.get(usize::try_from(number).ok()?).map(|entry| entry.0)
}

/// Appends the name without `SIG`: also `RTMIN`, `RTMIN+2`, `RTMAX-1`, `RTMAX`; the number where there is none.
pub fn push_name(out: &mut Vec<u8>, number: i32) {
    if let Some(name) = name(number) {
        out.extend_from_slice(name.as_bytes());
        return;
    }
    let (base, sign, distance) = match number {
        RTMIN..=49 => ("RTMIN", b'+', number.saturating_sub(RTMIN)),
        50..=RTMAX => ("RTMAX", b'-', RTMAX.saturating_sub(number)),
        _ => ("", b'-', number),
    };
    out.extend_from_slice(base.as_bytes());
    if distance != 0 {
        if !base.is_empty() || number < 0 {
            out.push(sign);
        }
        push_u64(out, u64::from(distance.unsigned_abs()));
    }
}

/// What a shell says of a process that this signal ended (strsignal(3)); empty for a number without a description.
pub fn description(number: i32) -> &'static str {
    usize::try_from(number).ok().and_then(|number| TABLE.get(number)).map_or("", |entry| entry.1)
}

/// The number of a signal by name, with or without `SIG`, in any case (`EXIT` is 0; `CLD`, `IOT`, `POLL` and `UNUSED` are
/// known too; `RTMIN+n`, `RTMAX-n`).
pub fn by_name(text: &[u8]) -> Option<i32> {
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix(b"SIG").unwrap_or(&upper);
    if let Some(number) = TABLE.iter().position(|entry| entry.0.as_bytes() == name) {
        return i32::try_from(number).ok();
    }
    let offset = |digits: &[u8]| i32::try_from(crate::number::parse_radix(digits, 10).ok()?).ok();
    match crate::bytes::word(name) {
        "CLD" => Some(17),
        "IOT" => Some(6),
        "POLL" => Some(29),
        "UNUSED" => Some(31),
        "RTMIN" => Some(RTMIN),
        "RTMAX" => Some(RTMAX),
        _ => match (name.strip_prefix(b"RTMIN+"), name.strip_prefix(b"RTMAX-")) {
            (Some(digits), _) => RTMIN.checked_add(offset(digits)?),
            (_, Some(digits)) => RTMAX.checked_sub(offset(digits)?),
            _ => None,
        },
    }
    .filter(|number| *number <= 31 || (RTMIN..=RTMAX).contains(number))
}

/// The number of a signal by name or by number (0 to 64).
pub fn parse(text: &[u8]) -> Option<i32> {
    match crate::number::parse_radix(text, 10) {
        Ok(number) => i32::try_from(number).ok().filter(|number| *number <= RTMAX),
        Err(_) => by_name(text),
    }
}

/// Every signal that has a number of its own name, ascending: 1 to 31 and the real-time ones.
pub fn all() -> impl Iterator<Item = i32> {
    (1..=31).chain(RTMIN..=RTMAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(number: i32) -> Vec<u8> {
        let mut out = Vec::new();
        push_name(&mut out, number);
        out
    }

    #[test]
    fn both_ways() {
        for number in all() {
            assert_eq!(parse(&shown(number)), Some(number));
        }
        assert_eq!(shown(36), b"RTMIN+2");
        assert_eq!(shown(63), b"RTMAX-1");
        assert_eq!(shown(33), b"33");
    }

    #[test]
    fn forms() {
        assert_eq!(parse(b"sigterm"), Some(15));
        assert_eq!(parse(b"9"), Some(9));
        assert_eq!(parse(b"0"), Some(0));
        assert_eq!(parse(b"65"), None);
        assert_eq!(parse(b"SIG"), None);
        assert_eq!(parse(b"RTMIN+99"), None);
        assert_eq!(parse(b"-1"), None);
        assert_eq!(parse(b"99999999999999999999"), None);
        assert_eq!(by_name(b"9"), None);
    }
}
