//! time - run a command and say what it used
//! Spec: POSIX.1-2024. Extras: -a, -f, -o, -v (GNU, BusyBox). Deviations: none known.

use base::number::{push_u64, push_zeros};
use base::sys::process::{SpawnOptions, Usage, Wait};
use base::time::monotonic;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Order, Result, Status};
use core::time::Duration;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "time",
    exec: Exec::no_exec("changes the disposition of signals, waits for a child"),
    summary: "Run COMMAND, then say what time and memory it took",
    operands: "COMMAND [ARGUMENT]...",
    notes: "FORMAT may have %e %E real time, %U user, %S system, %P processor, %M memory in KiB, %c %w switches,\n\
            %F %R page faults, %I %O blocks, %x status, %C command, and GNU's others. The status is that of COMMAND.",
    options: &[
        Opt::flag("p", "portability", "print as POSIX says"),
        Opt::flag("v", "verbose", "print all that is known"),
        Opt::value("f", "format", "FORMAT", Kind::Text, "print by FORMAT"),
        Opt::value("o", "output", "FILE", Kind::Text, "print to FILE, not to standard error"),
        Opt::flag("a", "append", "with -o: append to FILE"),
        Opt::flag("q", "quiet", "do not say that COMMAND failed"),
    ],
    order: Order::OptionsFirst,
    usage_status: 125,
    failure: 125,
    run,
    ..Declaration::DEFAULT
});

const DEFAULT: &[u8] = b"real\t%E\nuser\t%u\nsys\t%T";
const PORTABLE: &[u8] = b"real %e\nuser %U\nsys %S";
const VERBOSE: &[u8] = b"\tCommand being timed: \"%C\"
\tUser time (seconds): %U
\tSystem time (seconds): %S
\tPercent of CPU this job got: %P
\tElapsed (wall clock) time (h:mm:ss or m:ss): %E
\tAverage shared text size (kbytes): %X
\tAverage unshared data size (kbytes): %D
\tAverage stack size (kbytes): %p
\tAverage total size (kbytes): %K
\tMaximum resident set size (kbytes): %M
\tAverage resident set size (kbytes): %t
\tMajor (requiring I/O) page faults: %F
\tMinor (reclaiming a frame) page faults: %R
\tVoluntary context switches: %w
\tInvoluntary context switches: %c
\tSwaps: %W
\tFile system inputs: %I
\tFile system outputs: %O
\tSocket messages sent: %s
\tSocket messages received: %r
\tSignals delivered: %k
\tPage size (bytes): %Z
\tExit status: %x";

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(1, usize::MAX)?;
    // BusyBox's default differs from a FORMAT in its units alone.
    let (format, own) = match args.last_of(&["p", "v", "f"]) {
        Some("p") => (PORTABLE, false),
        Some("v") => (VERBOSE, false),
        Some(_) => (args.text("f").unwrap_or_default(), false),
        None => match cx.env.get(b"TIME") {
            Some(format) => (format, false),
            None => (DEFAULT, true),
        },
    };
    let mut output = match args.text("o") {
        Some(path) => {
            use rustix::fs::OFlags;
            let how = if args.has("a") { OFlags::APPEND } else { OFlags::TRUNC };
            Some(base::io::Output::open(path, OFlags::CREATE | how)?)
        }
        None => None,
    };
    let start = monotonic();
    let spawned = base::command::spawn(cx, &args.operands, &cx.env.list(), &SpawnOptions::default());
    let (ended, usage) = match spawned {
        Ok(child) => {
            // What the terminal sends is for the command; the figures come after it.
            for signal in [2, 3] {
                let _ = base::sys::signal::set(signal, base::sys::signal::Action::Ignore);
            }
            loop {
                match base::sys::process::wait_usage(child) {
                    Err(Errno::INTR) => {}
                    Err(errno) => return Err(Error::system("wait", errno)),
                    Ok(result) => break result,
                }
            }
        }
        Err(error) => {
            let status = error.status().unwrap_or(127);
            cx.warn(error);
            (Wait::Exited(status), Usage::default())
        }
    };
    let real = monotonic().saturating_sub(start);
    let mut text = Vec::new();
    if !args.has("q") {
        match ended {
            Wait::Exited(0) => {}
            Wait::Exited(status) => {
                text.extend_from_slice(b"Command exited with non-zero status ");
                push_u64(&mut text, u64::from(status));
                text.push(b'\n');
            }
            Wait::Signalled(number, _) | Wait::Stopped(number) => {
                text.extend_from_slice(b"Command terminated by signal ");
                push_u64(&mut text, u64::from(number.unsigned_abs()));
                text.push(b'\n');
            }
            Wait::Continued => {}
        }
    }
    let report = Report { command: base::bytes::join(&args.operands, b" "), real, usage: &usage, ended };
    report.push(&mut text, format, own);
    // A FORMAT that is cut off in a field ends there, without the newline.
    if !ends_in_field(format) {
        text.push(b'\n');
    }
    match &mut output {
        Some(output) => {
            output.put(&text)?;
            output.finish()?;
        }
        None => cx.stderr.put(&text)?,
    }
    Ok(Status(ended.shell_status()))
}

/// Whether an odd number of `%` ends the format.
fn ends_in_field(format: &[u8]) -> bool {
    format.iter().rev().take_while(|byte| **byte == b'%').count() % 2 == 1
}

struct Report<'a> {
    command: Vec<u8>,
    real: Duration,
    usage: &'a Usage,
    ended: Wait,
}

impl Report<'_> {
    fn push(&self, out: &mut Vec<u8>, format: &[u8], own: bool) {
        let usage = self.usage;
        let mut bytes = format.iter();
        while let Some(byte) = bytes.next() {
            let letter = match byte {
                b'%' => bytes.next(),
                b'\\' => {
                    match bytes.next() {
                        Some(b't') => out.push(b'\t'),
                        Some(b'n') => out.push(b'\n'),
                        Some(b'\\') => out.push(b'\\'),
                        Some(other) => out.extend_from_slice(&[b'?', b'\\', *other]),
                        // GNU's and BusyBox's go on with what lies behind the format: the command's name.
                        None => {
                            out.extend_from_slice(b"?\\");
                            out.extend(self.command.iter().take_while(|byte| **byte != b' '));
                        }
                    }
                    continue;
                }
                byte => {
                    out.push(*byte);
                    continue;
                }
            };
            match letter {
                Some(b'%') => out.push(b'%'),
                Some(b'C') => out.extend_from_slice(&self.command),
                Some(b'E') => push_clock(out, self.real, own),
                Some(b'e') => push_seconds(out, self.real),
                Some(b'U') => push_seconds(out, usage.user),
                Some(b'S') => push_seconds(out, usage.system),
                Some(b'u') if own => push_clock(out, usage.user, own),
                Some(b'T') if own => push_clock(out, usage.system, own),
                Some(b'P') => {
                    let used = usage.user.saturating_add(usage.system).as_micros();
                    match used.saturating_mul(100).checked_div(self.real.as_micros()) {
                        Some(percent) => push_u64(out, u64::try_from(percent).unwrap_or(u64::MAX)),
                        None => out.push(b'?'),
                    }
                    out.push(b'%');
                }
                Some(b'x') => push_u64(
                    out,
                    match self.ended {
                        Wait::Exited(status) => u64::from(status),
                        _ => 0,
                    },
                ),
                Some(b'Z') => push_u64(out, base::sys::auxiliary::page_size()),
                Some(b'D' | b'K' | b'X' | b'p' | b't') => out.push(b'0'),
                Some(letter) => match usage.count(*letter) {
                    Some(number) => push_u64(out, number),
                    None => out.extend_from_slice(&[b'?', *letter]),
                },
                None => out.push(b'?'),
            }
        }
    }
}

/// `1.25`: seconds and hundredths.
fn push_seconds(out: &mut Vec<u8>, time: Duration) {
    push_u64(out, time.as_secs());
    out.push(b'.');
    push_zeros(out, u64::from(time.subsec_millis() / 10), 2);
}

/// `1:02.25` and `1:00:02` as GNU has them, `1m 2.25s` and `1h 0m 02s` as BusyBox has.
fn push_clock(out: &mut Vec<u8>, time: Duration, own: bool) {
    let (seconds, hundredths) = (time.as_secs(), u64::from(time.subsec_millis() / 10));
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let [after_hours, after_minutes, end] = if own { ["h ", "m ", "s"] } else { [":", ":", ""] };
    if hours > 0 {
        push_u64(out, hours);
        out.extend_from_slice(after_hours.as_bytes());
        push_zeros(out, minutes, if own { 1 } else { 2 });
        out.extend_from_slice(after_minutes.as_bytes());
        push_zeros(out, seconds, 2);
    } else {
        push_u64(out, minutes);
        out.extend_from_slice(after_minutes.as_bytes());
        push_zeros(out, seconds, if own { 1 } else { 2 });
        out.push(b'.');
        push_zeros(out, hundredths, 2);
    }
    out.extend_from_slice(end.as_bytes());
}
