//! head - copy the first lines of each input to standard output
//! Spec: POSIX.1-2024. Extras: -c, -q, -v, -z, negative counts, -NUM. Deviations: none known.

use crate::count::{self, Count};
use crate::held::Held;
use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::copy::CopyError;
use base::error::Result;
use base::io::Input;
use memchr::{memchr, memchr_iter};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "head",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Copy the first lines of each FILE to standard output",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read. With several, each is headed by its name.\n\
            NUM may have a suffix (b, k, M, kB, ...); with a leading - all but the last NUM are printed.",
    options: &[
        Opt::value("n", "lines", "NUM", Kind::Text, "copy NUM lines (default 10)"),
        Opt::value("c", "bytes", "NUM", Kind::Text, "copy NUM bytes"),
        Opt::flag("q", "quiet", "never print headers"),
        Opt::hidden("", "silent"),
        Opt::flag("v", "verbose", "always print headers"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
    ],
    digits: "n",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let bytes = args.last_of(&["n", "c"]) == Some("c");
    let limit = match args.text(if bytes { "c" } else { "n" }) {
        Some(text) => count::parse(text, if bytes { "bytes" } else { "lines" })?,
        None => Count { number: 10, minus: false, plus: false },
    };
    let end = args.line_end();
    let headers = match args.last_of(&["q", "silent", "v"]) {
        Some("v") => true,
        Some(_) => false,
        None => args.operands.len() > 1,
    };
    let mut first = true;
    cx.each_input(&args.operands, &mut |cx, input| {
        if headers {
            count::header(cx, input.name(), &mut first)?;
        }
        match (bytes, limit.minus) {
            (true, false) => copy_bytes(cx, input, limit.number),
            (true, true) => all_but_bytes(cx, input, limit.number),
            (false, false) => copy_lines(cx, input, limit.number, end),
            (false, true) => all_but_lines(cx, input, limit.number, end),
        }
    })?;
    Ok(cx.status())
}

fn copy_bytes(cx: &mut Context, input: &mut Input, mut left: u64) -> Result<()> {
    let ready = input.buffered();
    let count = usize::try_from(left).unwrap_or(usize::MAX).min(ready.len());
    cx.stdout.put(ready.get(..count).unwrap_or(ready))?;
    input.consume(count);
    left = left.saturating_sub(count as u64);
    // Not a byte more: who shares a pipe with us reads on from there.
    let Some(fd) = input.fd() else { return Ok(()) };
    if left >= base::io::BUFFER as u64 && cx.stdout.fd().is_some() {
        cx.stdout.finish()?;
        let copied = cx.stdout.fd().map_or(Ok((0, false)), |to| base::copy::copy_in_kernel(fd, to, left));
        match copied {
            Ok((count, _)) => left = left.saturating_sub(count),
            Err(CopyError::Read(errno)) => return Err(input.error(errno)),
            Err(CopyError::Write(errno)) => return Err(cx.stdout.failure(errno)),
        }
    }
    let mut buffer = vec![0; usize::try_from(left).unwrap_or(usize::MAX).min(base::io::BUFFER)];
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let room = buffer.get_mut(..most).unwrap_or_default();
        let count = base::io::read(fd, room).map_err(|errno| input.error(errno))?;
        if count == 0 {
            break;
        }
        cx.stdout.put(room.get(..count).unwrap_or_default())?;
        left = left.saturating_sub(count as u64);
    }
    Ok(())
}

fn copy_lines(cx: &mut Context, input: &mut Input, mut left: u64, end: u8) -> Result<()> {
    while left > 0 {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        let mut count = chunk.len();
        for at in memchr_iter(end, chunk) {
            left = left.saturating_sub(1);
            if left == 0 {
                count = at + 1;
                break;
            }
        }
        cx.stdout.put(chunk.get(..count).unwrap_or(chunk))?;
        input.consume(count);
    }
    Ok(())
}

/// Keeps the last `number` bytes back. They are the least that has to be held.
fn all_but_bytes(cx: &mut Context, input: &mut Input, number: u64) -> Result<()> {
    let Ok(keep) = usize::try_from(number) else { return skip(input) };
    let mut held = Held::default();
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            input.give_back_with(held.bytes().len());
            return Ok(());
        }
        held.push(chunk);
        let length = chunk.len();
        input.consume(length);
        let spare = held.bytes().len().saturating_sub(keep);
        put_front(cx, &mut held, spare)?;
    }
}

/// Keeps the last `number` lines back.
fn all_but_lines(cx: &mut Context, input: &mut Input, number: u64, end: u8) -> Result<()> {
    let mut held = Held::default();
    let mut lines: u64 = 0;
    while let Some(line) = input.line(end)? {
        held.push(line);
        lines += 1;
        if lines > number {
            lines = lines.saturating_sub(1);
            let length = memchr(end, held.bytes()).map_or(held.bytes().len(), |at| at + 1);
            put_front(cx, &mut held, length)?;
        }
    }
    input.give_back_with(held.bytes().len());
    Ok(())
}

fn skip(input: &mut Input) -> Result<()> {
    loop {
        let length = input.chunk()?.len();
        if length == 0 {
            return Ok(());
        }
        input.consume(length);
    }
}

fn put_front(cx: &mut Context, held: &mut Held, count: usize) -> Result<()> {
    cx.stdout.put(held.bytes().get(..count).unwrap_or_default())?;
    held.release(count);
    Ok(())
}
