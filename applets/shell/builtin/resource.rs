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

/// Letter, the kernel's resource, the unit in bytes (or 1), in the order of [`NAMES`].
type Entry = (u8, Resource, u16);

static LIMITS: [Entry; 15] = [
    (b't', Resource::Cpu, 1),
    (b'f', Resource::Fsize, 512),
    (b'd', Resource::Data, 1024),
    (b's', Resource::Stack, 1024),
    (b'c', Resource::Core, 512),
    (b'm', Resource::Rss, 1024),
    (b'l', Resource::Memlock, 1024),
    (b'p', Resource::Nproc, 1),
    (b'n', Resource::Nofile, 1),
    (b'v', Resource::As, 1024),
    (b'w', Resource::Locks, 1),
    (b'e', Resource::Nice, 1),
    (b'r', Resource::Rtprio, 1),
    (b'i', Resource::Sigpending, 1),
    (b'q', Resource::Msgqueue, 1),
];

/// What `-a` says, a line each.
const NAMES: &str = "cpu time (seconds)
file size (blocks)
data seg size (kb)
stack size (kb)
core file size (blocks)
resident set size (kb)
locked memory (kb)
processes
file descriptors
address space (kb)
locks
scheduling priority
real-time priority
pending signals
POSIX message queues (bytes)";

pub fn ulimit(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"HSatfdscmlpnvweriq");
    let (mut hard, mut soft, mut all) = (false, false, false);
    let mut wanted = Vec::new();
    loop {
        match options.next(shell) {
            None => break,
            Some(Options::WRONG) => return Ok(2),
            Some(b'H') => hard = true,
            Some(b'S') => soft = true,
            Some(b'a') => all = true,
            Some(letter) => wanted.push(letter),
        }
    }
    let value = args.get(options.index);
    if all {
        wanted.clear();
        for (letter, ..) in &LIMITS {
            wanted.push(*letter);
        }
    } else if wanted.is_empty() {
        wanted.push(b'f');
    }
    let names = base::bytes::split(NAMES.as_bytes(), b'\n');
    let mut out = Vec::new();
    for letter in &wanted {
        let entry = LIMITS.iter().zip(&names).find(|((known, ..), _)| known == letter);
        let Some(((_, resource, unit), name)) = entry else { continue };
        let unit = u64::from(*unit);
        let limit = getrlimit(*resource);
        let Some(value) = value else {
            if all || wanted.len() > 1 {
                out.push(b'-');
                out.push(*letter);
                out.extend_from_slice(b": ");
                out.extend_from_slice(name);
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
            text => match base::number::parse_u64(text).ok().and_then(|number| number.checked_mul(unit)) {
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
