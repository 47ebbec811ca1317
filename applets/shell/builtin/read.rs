//! read - a line from standard input into variables, not a byte more than needed.

use super::preview::{AHEAD, Preview, give_back, room_in};
use super::{Io, Options};
use crate::exec::redirect::Stream;
use crate::flow::Flow;
use crate::names::{Sym, is_name};
use crate::shell::Shell;
use crate::strings::Strings;
use base::error::Errno;
use base::sys;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// What `read`'s options ask for.
struct Wishes {
    raw: bool,
    delimiter: u8,
    /// At most so many characters; with `-N`, exactly, and no delimiter counts.
    count: Option<usize>,
    deadline: Option<Instant>,
    poll_only: bool,
}

/// Why reading ended.
#[derive(PartialEq, Eq)]
enum Ended {
    Delimiter,
    Count,
    EndOfFile,
    Timeout,
    Error,
    Signal,
}

pub fn read(shell: &mut Shell, io: &mut Io, args: &Strings) -> Flow<u8> {
    let mut options = Options::new(args, b"rp:t:n:N:d:u:sa:ei:");
    let mut wishes = Wishes { raw: false, delimiter: b'\n', count: None, deadline: None, poll_only: false };
    let mut silent = false;
    let mut prompt: &[u8] = b"";
    let mut descriptor = None;
    let mut array = None;
    loop {
        match options.next(shell) {
            None => break,
            Some(Options::WRONG) => return Ok(2),
            Some(b'r') => wishes.raw = true,
            Some(b's') => silent = true,
            Some(b'e' | b'i') => {}
            Some(b'a') => array = Some(options.value),
            Some(b'p') => prompt = options.value,
            Some(b'd') => wishes.delimiter = options.value.first().copied().unwrap_or(0),
            Some(letter @ (b'n' | b'N' | b'u')) => {
                let Some(number) = super::count(shell, options.value) else { return Ok(2) };
                match letter {
                    b'u' => descriptor = Some(i32::try_from(number).unwrap_or(-1)),
                    b'N' => {
                        wishes.count = Some(number);
                        wishes.raw = true;
                    }
                    _ => wishes.count = Some(number),
                }
            }
            Some(_) => {
                let (seconds, used) = base::float::parse(options.value);
                if used != options.value.len() || used == 0 || seconds.is_nan() || seconds < 0.0 {
                    shell.complain("invalid timeout: %", options.value);
                    return Ok(2);
                }
                wishes.poll_only = seconds == 0.0;
                // A number that is too large becomes the largest: some centuries.
                let time = Duration::from_nanos((seconds * 1e9) as u64);
                wishes.deadline = Instant::now().checked_add(time);
            }
        }
    }
    let slices = args.slices();
    let names = slices.get(options.index..).unwrap_or_default();
    for name in names {
        let element = name.ends_with(b"]") && name.contains(&b'[');
        if !is_name(name) && !element {
            shell.complain("'%': bad variable name", name);
            return Ok(2);
        }
    }
    let stream = io.take_input(descriptor);
    let mut line = Vec::new();
    // Where a backslash made a byte ordinary.
    let mut escaped = Vec::new();
    let ended = match stream {
        Stream::Text(text) => {
            let mut at = 0usize;
            gather(&wishes, &mut line, &mut escaped, &mut || {
                let byte = text.get(at).copied();
                at = at.saturating_add(1);
                byte.ok_or(Ended::EndOfFile)
            })
        }
        Stream::Fd(fd) => {
            let fd = sys::descriptor(fd);
            if !prompt.is_empty() && rustix::termios::isatty(fd) {
                crate::shell::tell(prompt);
            }
            let terminal =
                (silent || wishes.count.is_some()).then(|| Terminal::set(fd, silent, wishes.count.is_some()));
            let ended = from_descriptor(fd, &wishes, &mut line, &mut escaped, &mut shell.preview);
            if let Some(Some(terminal)) = terminal {
                terminal.restore(fd);
            }
            ended
        }
        Stream::Closed | Stream::Capture => Ended::Error,
    };
    if ended == Ended::Error {
        shell.complain_of("", b"", Errno::BADF);
        return Ok(1);
    }
    // A NUL cannot be in a variable.
    if memchr::memchr(0, &line).is_some() {
        crate::input::strip_zeros(&mut line, 0);
        escaped.clear();
    }
    if ended == Ended::Timeout {
        line.clear();
    }
    if let Some(name) = array {
        let sym = shell.names.intern(name);
        store_list(shell, sym, &line, &escaped)?;
    } else {
        store(shell, names, &line, &escaped)?;
    }
    Ok(match ended {
        Ended::Delimiter | Ended::Count => 0,
        Ended::Timeout => {
            if wishes.poll_only {
                1
            } else {
                142
            }
        }
        Ended::Signal => {
            shell.run_traps()?;
            130
        }
        Ended::EndOfFile | Ended::Error => 1,
    })
}

/// Takes bytes until the line ends.
fn gather(
    wishes: &Wishes,
    line: &mut Vec<u8>,
    escaped: &mut Vec<usize>,
    next: &mut dyn FnMut() -> Result<u8, Ended>,
) -> Ended {
    let mut left = wishes.count;
    let mut backslash = false;
    loop {
        if left == Some(0) {
            return Ended::Count;
        }
        let byte = match next() {
            Ok(byte) => byte,
            Err(ended) => return ended,
        };
        if backslash {
            backslash = false;
            if byte != b'\n' {
                escaped.push(line.len());
                line.push(byte);
            }
        } else if byte == b'\\' && !wishes.raw {
            backslash = true;
            continue;
        } else if byte == wishes.delimiter {
            return Ended::Delimiter;
        } else {
            line.push(byte);
        }
        // Continuation bytes belong to the character before.
        if byte & 0xc0 != 0x80 {
            left = left.map(|left| left.saturating_sub(1));
        }
    }
}

/// From a file, by blocks, giving back what was too much; from a pipe, by looking where the line ends; from
/// anything else byte by byte.
#[inline(never)]
fn from_descriptor(
    fd: BorrowedFd,
    wishes: &Wishes,
    line: &mut Vec<u8>,
    escaped: &mut Vec<usize>,
    kept: &mut Option<Preview>,
) -> Ended {
    if wishes.poll_only {
        return match poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&rustix::time::Timespec::default())) {
            Ok(count) if count > 0 => Ended::Delimiter,
            _ => Ended::Timeout,
        };
    }
    let mut buffer = [0u8; 1024];
    let mut filled = 0usize;
    let mut at = 0usize;
    let mut preview = None;
    let mut room = 1;
    if wishes.deadline.is_none() {
        preview = Preview::again(kept);
        if preview.is_none() {
            room = room_in(fd, buffer.len());
            preview = if room == 1 { Preview::of(fd, kept) } else { None };
        }
    }
    let mut taken = 0usize;
    let ended = gather(wishes, line, escaped, &mut || {
        if at < filled {
            let byte = buffer.get(at).copied().unwrap_or(0);
            at = at.saturating_add(1);
            return Ok(byte);
        }
        if let Some(deadline) = wishes.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            let time = rustix::time::Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            };
            match poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&time)) {
                Ok(0) => return Err(Ended::Timeout),
                Err(Errno::INTR) => return Err(Ended::Signal),
                _ => {}
            }
        }
        loop {
            let mut wanted = Ok(room);
            if let Some(pipe) = preview {
                let most = wishes.count.map_or(AHEAD, |count| count.saturating_sub(taken).clamp(1, AHEAD));
                wanted = pipe.line(fd, wishes.delimiter, buffer.get_mut(..most).unwrap_or_default());
                if wanted == Err(Errno::INVAL) {
                    preview = None;
                    room = room_in(fd, buffer.len());
                    wanted = Ok(room);
                }
            }
            let result = wanted.and_then(|room| rustix::io::read(fd, buffer.get_mut(..room).unwrap_or_default()));
            match result {
                Ok(0) => return Err(Ended::EndOfFile),
                Ok(count) => {
                    filled = count;
                    taken = taken.saturating_add(count);
                    at = 1;
                    return Ok(buffer.first().copied().unwrap_or(0));
                }
                Err(Errno::INTR) if sys::signal::pending() => return Err(Ended::Signal),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let _ = poll(&mut [PollFd::new(&fd, PollFlags::IN)], None);
                }
                Err(_) => return Err(Ended::Error),
            }
        }
    });
    give_back(fd, filled.saturating_sub(at));
    ended
}

/// `read -a`: every field is an element.
#[inline(never)]
fn store_list(shell: &mut Shell, sym: Sym, line: &[u8], escaped: &[usize]) -> Flow<()> {
    shell.update_ifs();
    let mut values = Strings::new();
    let (mut inside, mut hard) = (false, false);
    for (at, byte) in line.iter().enumerate() {
        if !shell.ifs.separates(*byte) || escaped.binary_search(&at).is_ok() {
            values.open().push(*byte);
            (inside, hard) = (true, false);
            continue;
        }
        let white = shell.ifs.is_white(*byte);
        if inside || (!white && (hard || values.len() == 0)) {
            values.close();
        }
        // White space around one other separator is part of it.
        if inside || !white {
            hard = !white;
        }
        inside = false;
    }
    if inside {
        values.close();
    }
    let sym = shell.resolve(sym);
    let result = shell.vars.set_list(sym, &values);
    shell.written(sym, result)
}

/// Splits the line by IFS among the names; the last gets the rest.
#[inline(never)]
fn store(shell: &mut Shell, names: &[&[u8]], line: &[u8], escaped: &[usize]) -> Flow<()> {
    if names.is_empty() {
        return shell.assign(Sym::REPLY, line);
    }
    shell.update_ifs();
    let mut values = Strings::new();
    {
        let ifs = &shell.ifs;
        let plain = |at: usize| escaped.binary_search(&at).is_err();
        let separates = |at: usize| line.get(at).is_some_and(|byte| ifs.separates(*byte)) && plain(at);
        let white = |at: usize| line.get(at).is_some_and(|byte| ifs.is_white(*byte)) && plain(at);
        let skip_white = |mut at: usize| {
            while white(at) {
                at = at.saturating_add(1);
            }
            at
        };
        let mut at = skip_white(0);
        let mut left = names.len();
        while left > 1 {
            left = left.saturating_sub(1);
            let start = at;
            while at < line.len() && !separates(at) {
                at = at.saturating_add(1);
            }
            values.push(line.get(start..at).unwrap_or_default());
            at = skip_white(at);
            if separates(at) && !white(at) {
                at = skip_white(at.saturating_add(1));
            }
        }
        let start = at;
        let mut end = line.len();
        while end > start && white(end.saturating_sub(1)) {
            end = end.saturating_sub(1);
        }
        // One separator behind the last field goes, unless there is another field's worth of text.
        let mut field_end = start;
        while field_end < end && !separates(field_end) {
            field_end = field_end.saturating_add(1);
        }
        let after = skip_white(field_end);
        if after < end && separates(after) && !white(after) && skip_white(after.saturating_add(1)) >= end {
            end = field_end;
        }
        values.push(line.get(start..end).unwrap_or_default());
    }
    for (name, value) in names.iter().zip(values.iter()) {
        if is_name(name) {
            let sym = shell.names.intern(name);
            shell.assign(sym, value)?;
        } else {
            shell.assign_named(name, value)?;
        }
    }
    Ok(())
}

/// A terminal whose modes were changed for one `read`.
struct Terminal(rustix::termios::Termios);

impl Terminal {
    fn set(fd: BorrowedFd, silent: bool, by_character: bool) -> Option<Terminal> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let old = tcgetattr(fd).ok()?;
        let mut new = old.clone();
        if silent {
            new.local_modes.remove(LocalModes::ECHO | LocalModes::ECHOK | LocalModes::ECHONL);
        }
        if by_character {
            new.local_modes.remove(LocalModes::ICANON);
        }
        tcsetattr(fd, OptionalActions::Drain, &new).ok()?;
        Some(Terminal(old))
    }

    fn restore(self, fd: BorrowedFd) {
        let _ = rustix::termios::tcsetattr(fd, rustix::termios::OptionalActions::Drain, &self.0);
    }
}
