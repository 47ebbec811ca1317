//! The signal among the arguments of kill, killall and pkill: `-9`, `-TERM`, `-SIGTERM`; and the list of all signals.

use base::{Context, Error, Result};

/// Takes the first argument of the form `-SIGNAL` out, if one stands before `--`.
pub fn take(arguments: &mut Vec<&[u8]>) -> Option<i32> {
    let end = arguments.iter().position(|argument| *argument == b"--").unwrap_or(arguments.len());
    let found = arguments.iter().take(end).enumerate().find_map(|(index, argument)| {
        let name = argument.strip_prefix(b"-")?;
        // A letter may be an option; none is a signal's name.
        Some((index, base::signal::parse(name)?))
    });
    let (index, signal) = found?;
    arguments.remove(index);
    Some(signal)
}

/// A signal by name or number; else wrong usage.
pub fn parse(text: &[u8]) -> Result<i32> {
    base::signal::parse(text).ok_or_else(|| Error::usage_about("bad signal name", text))
}

/// Prints ` 1) HUP` and so on.
pub fn list(cx: &mut Context) -> Result<()> {
    let mut out = Vec::new();
    for number in base::signal::all() {
        base::number::push_right(&mut out, u64::from(number.unsigned_abs()), 2);
        out.extend_from_slice(b") ");
        base::signal::push_name(&mut out, number);
        out.push(b'\n');
    }
    cx.stdout.put(&out)
}
