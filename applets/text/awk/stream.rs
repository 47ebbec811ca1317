//! Where records come from, and where output goes to: files and commands, by name.

use base::command;
use base::context::Context;
use base::error::{Error, Result, ResultExt};
use base::io::{Input, Output};
use base::pattern::Pattern;
use base::sys::process::{Pid, SpawnOptions, Wait};
use memchr::memchr;
use rustix::fd::AsRawFd;
use rustix::fs::{Mode, OFlags};
use rustix::pipe::{PipeFlags, pipe_with};
use std::rc::Rc;

/// What ends a record.
#[derive(Clone)]
pub enum Separator {
    Byte(u8),
    /// Empty lines.
    Paragraph,
    Pattern(Rc<Pattern>),
    /// A newline that is not in quotes.
    Csv,
}

/// Reads a record into `record`, which is empty, and what ended it into `ending`. False at the end.
#[inline]
pub fn read(
    input: &mut Input,
    separator: &Separator,
    record: &mut Vec<u8>,
    ending: Option<&mut Vec<u8>>,
) -> Result<bool> {
    if let Separator::Byte(byte) = separator {
        let Some(line) = input.line(*byte)? else { return Ok(false) };
        let text = line.strip_suffix(&[*byte]).unwrap_or(line);
        record.extend_from_slice(text);
        if let Some(ending) = ending {
            ending.clear();
            ending.extend_from_slice(line.get(text.len()..).unwrap_or_default());
        }
        return Ok(true);
    }
    let mut none = Vec::new();
    let ending = ending.unwrap_or(&mut none);
    ending.clear();
    match separator {
        Separator::Paragraph => paragraph(input, record, ending),
        Separator::Pattern(pattern) => by_pattern(input, pattern, record, ending),
        _ => csv(input, record, ending),
    }
}

/// Gives away `count` bytes of the buffer to `to`.
fn take(input: &mut Input, count: usize, to: &mut Vec<u8>) {
    to.extend_from_slice(input.buffered().get(..count).unwrap_or_default());
    input.consume(count);
}

fn paragraph(input: &mut Input, record: &mut Vec<u8>, ending: &mut Vec<u8>) -> Result<bool> {
    loop {
        let newlines = input.buffered().iter().take_while(|byte| **byte == b'\n').count();
        let all = newlines == input.buffered().len();
        input.consume(newlines);
        if !all {
            break;
        }
        if !input.more()? {
            return Ok(false);
        }
    }
    let mut from = 0usize;
    loop {
        let buffer = input.buffered();
        let found = buffer.get(from..).unwrap_or_default().windows(2).position(|pair| pair == b"\n\n");
        if let Some(at) = found {
            take(input, from.saturating_add(at), record);
            break;
        }
        from = buffer.len().saturating_sub(1);
        if !input.more()? {
            let length = input.buffered().len();
            take(input, length, record);
            if record.last() == Some(&b'\n') {
                record.pop();
                ending.push(b'\n');
            }
            return Ok(true);
        }
    }
    // All empty lines that follow belong to the separator.
    loop {
        let newlines = input.buffered().iter().take_while(|byte| **byte == b'\n').count();
        let all = newlines == input.buffered().len();
        take(input, newlines, ending);
        if !all || !input.more()? {
            return Ok(true);
        }
    }
}

fn by_pattern(input: &mut Input, pattern: &Pattern, record: &mut Vec<u8>, ending: &mut Vec<u8>) -> Result<bool> {
    let mut ended = false;
    loop {
        let buffer = input.buffered();
        let mut found = None;
        let mut from = 0;
        while let Some((start, end)) = pattern.find_at(buffer, from) {
            if end > start {
                found = Some((start, end));
                break;
            }
            from = end.saturating_add(1);
        }
        // A match that could reach beyond the end of the buffer may be longer with what follows.
        if let Some((start, end)) = found
            && (ended || !pattern.may_go_on(buffer, start))
        {
            take(input, start, record);
            take(input, end.saturating_sub(start), ending);
            return Ok(true);
        }
        if ended {
            let length = buffer.len();
            take(input, length, record);
            // The newline that ends a file is not part of its last record.
            return Ok(length > 0);
        }
        ended = !input.more()?;
        if ended && input.buffered().is_empty() {
            return Ok(false);
        }
    }
}

fn csv(input: &mut Input, record: &mut Vec<u8>, ending: &mut Vec<u8>) -> Result<bool> {
    let mut quotes = 0usize;
    loop {
        let Some(line) = input.line(b'\n')? else { return Ok(!record.is_empty()) };
        quotes = quotes.wrapping_add(line.iter().filter(|byte| **byte == b'"').count());
        record.extend_from_slice(line);
        if quotes & 1 == 0 {
            break;
        }
    }
    if record.last() == Some(&b'\n') {
        record.pop();
        if record.last() == Some(&b'\r') {
            record.pop();
            ending.push(b'\r');
        }
        ending.push(b'\n');
    }
    Ok(true)
}

/// An input of `getline`, or an output.
pub struct Stream {
    pub name: Vec<u8>,
    /// Whether `name` is a command.
    pub command: bool,
    pub input: Option<Input>,
    pub output: Option<Output>,
    pid: Option<Pid>,
}

/// The command line that `sh -c` gets, started with one end of a pipe or without.
fn spawn(cx: &mut Context, line: &[u8], dup: &[(i32, i32)]) -> Result<Pid> {
    let env = cx.env.list();
    let options = SpawnOptions { dup, ..SpawnOptions::default() };
    command::spawn(cx, &[b"sh", b"-c", line], &env, &options)
}

/// The status that `system` and `close` give.
fn status(how: Wait) -> f64 {
    match how {
        Wait::Exited(status) => f64::from(status),
        Wait::Signalled(signal, core) => 256.0 + f64::from(signal) + if core { 256.0 } else { 0.0 },
        _ => 0.0,
    }
}

/// Runs a command and waits for it.
pub fn system(cx: &mut Context, line: &[u8]) -> Result<f64> {
    let pid = spawn(cx, line, &[])?;
    Ok(status(command::wait(pid)?))
}

impl Stream {
    /// Opens a file or starts a command, to read from it or, where flags say how, to write to it; the error says why not.
    #[inline(never)]
    pub fn open(cx: &mut Context, name: &[u8], command: bool, writes: Option<OFlags>) -> Result<Stream> {
        let mut pid = None;
        let fd = if command {
            let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).at(b"pipe")?;
            let (own, other) = if writes.is_some() { (writer, reader) } else { (reader, writer) };
            pid = Some(spawn(cx, name, &[(other.as_raw_fd(), i32::from(writes.is_none()))])?);
            own
        } else if let Some(number) = special(name) {
            rustix::io::fcntl_dupfd_cloexec(base::sys::descriptor(number), 3).at(name)?
        } else {
            let flags = writes.map_or(OFlags::RDONLY, |flags| flags | OFlags::WRONLY | OFlags::CREATE);
            base::fs::open(name, flags | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::from_raw_mode(0o666)).at(name)?
        };
        let mut stream = Stream { name: name.to_vec(), command, input: None, output: None, pid };
        if writes.is_some() {
            let mut output = Output::owned(fd, name);
            if output.is_terminal() {
                output.line_buffered();
            }
            stream.output = Some(output);
        } else {
            stream.input = Some(Input::owned(fd, name));
        }
        Ok(stream)
    }

    /// Flushes, closes, and waits for the command; gives its status, or -1 where the flush failed.
    pub fn close(mut self) -> f64 {
        let flushed = self.output.as_mut().is_none_or(|output| output.finish().is_ok());
        self.output = None;
        self.input = None;
        let status = match self.pid {
            Some(pid) => command::wait(pid).map_or(-1.0, status),
            None => 0.0,
        };
        if flushed { status } else { -1.0 }
    }
}

/// The descriptor that a name stands for.
fn special(name: &[u8]) -> Option<i32> {
    let rest = name.strip_prefix(b"/dev/")?;
    match base::bytes::word(rest) {
        "stdin" => Some(0),
        "stdout" => Some(1),
        "stderr" => Some(2),
        _ => base::number::parse_u32(rest.strip_prefix(b"fd/")?).ok().and_then(|number| i32::try_from(number).ok()),
    }
}

/// Where the text of `name=value` is divided, if it is an assignment.
pub fn assignment(operand: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr(b'=', operand)?;
    let (name, value) = operand.split_at_checked(at)?;
    let first = name.first()?;
    let is_name = (first.is_ascii_alphabetic() || *first == b'_')
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    is_name.then_some((name, value.get(1..)?))
}

/// The error of a command or a file that cannot be had.
pub fn cannot(error: Error) -> Error {
    error.with_status(2)
}
