//! resource - times, ulimit.

use super::{Io, Options};
use crate::flow::Flow;
use crate::shell::Shell;
use crate::strings::Strings;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub fn times(shell: &mut Shell, io: &mut Io, _: &Strings) -> Flow<u8> {
    let mut out = Vec::new();
    for (index, micros) in base::sys::process::cpu_times().into_iter().enumerate() {
        let seconds = micros / 1_000_000;
        base::number::push_u64(&mut out, seconds / 60);
        out.push(b'm');
        base::number::push_u64(&mut out, seconds % 60);
        out.push(b'.');
        base::number::push_radix(&mut out, micros % 1_000_000, 10, 6, b'0');
        out.extend_from_slice(if index % 2 == 0 { b"s " } else { b"s\n" });
    }
    Ok(io.print(shell, &out))
}

/// Letter, the kernel's resource, the unit in bytes (or 1), and what `-a` says.
type Entry = (u8, Resource, u64, &'static str);

static LIMITS: [Entry; 15] = [
    (b't', Resource::Cpu, 1, "cpu time (seconds)"),
    (b'f', Resource::Fsize, 512, "file size (blocks)"),
    (b'd', Resource::Data, 1024, "data seg size (kb)"),
    (b's', Resource::Stack, 1024, "stack size (kb)"),
    (b'c', Resource::Core, 512, "core file size (blocks)"),
    (b'm', Resource::Rss, 1024, "resident set size (kb)"),
    (b'l', Resource::Memlock, 1024, "locked memory (kb)"),
    (b'p', Resource::Nproc, 1, "processes"),
    (b'n', Resource::Nofile, 1, "file descriptors"),
    (b'v', Resource::As, 1024, "address space (kb)"),
    (b'w', Resource::Locks, 1, "locks"),
    (b'e', Resource::Nice, 1, "scheduling priority"),
    (b'r', Resource::Rtprio, 1, "real-time priority"),
    (b'i', Resource::Sigpending, 1, "pending signals"),
    (b'q', Resource::Msgqueue, 1, "POSIX message queues (bytes)"),
];

pub fn ulimit(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"HSatfdscmlpnvweriq");
    let (mut hard, mut soft, mut all) = (false, false, false);
    let mut wanted: Vec<&Entry> = Vec::new();
    loop {
        match options.next(shell) {
            None => break,
            Some(Options::WRONG) => return Ok(2),
            Some(b'H') => hard = true,
            Some(b'S') => soft = true,
            Some(b'a') => all = true,
            Some(letter) => wanted.extend(LIMITS.iter().find(|entry| entry.0 == letter)),
        }
    }
    let value = args.get(options.index);
    if all {
        wanted.clear();
        wanted.extend(&LIMITS);
    } else if wanted.is_empty() {
        wanted.extend(LIMITS.iter().find(|entry| entry.0 == b'f'));
    }
    let mut out = Vec::new();
    for (letter, resource, unit, name) in wanted.iter().copied() {
        let limit = getrlimit(*resource);
        let Some(value) = value else {
            if all || wanted.len() > 1 {
                out.push(b'-');
                out.push(*letter);
                out.extend_from_slice(b": ");
                out.extend_from_slice(name.as_bytes());
                out.extend(core::iter::repeat_n(b' ', 32usize.saturating_sub(name.len())));
            }
            match if hard { limit.maximum } else { limit.current } {
                Some(value) => base::number::push_u64(&mut out, value / unit),
                None => out.extend_from_slice(b"unlimited"),
            }
            out.push(b'\n');
            continue;
        };
        let new = match value {
            b"unlimited" => None,
            text => match base::number::parse_u64(text).ok().and_then(|number| number.checked_mul(*unit)) {
                Some(number) => Some(number),
                None => {
                    shell.complain("bad number: %", text);
                    return Ok(2);
                }
            },
        };
        let both = hard == soft;
        let limit = Rlimit {
            current: if soft || both { new } else { limit.current },
            maximum: if hard || both { new } else { limit.maximum },
        };
        if let Err(errno) = setrlimit(*resource, limit) {
            shell.complain_of("error setting limit: ", b"", errno);
            return Ok(1);
        }
    }
    Ok(io.print(shell, &out))
}
