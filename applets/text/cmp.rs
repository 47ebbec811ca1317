//! cmp - compare two files byte by byte
//! Spec: POSIX.1-2024. Extras: -b, -i, -n, SKIP operands. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result, ResultExt};
use base::io::Input;
use base::number;
use base::size;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "cmp",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Compare FILE1 with FILE2 (default standard input) byte by byte",
    operands: "FILE1 [FILE2 [SKIP1 [SKIP2]]]",
    notes: "The status is 0 where they are the same, 1 where they differ, 2 on trouble.",
    options: &[
        Opt::flag("b", "print-bytes", "show the bytes that differ"),
        Opt::value("i", "ignore-initial", "SKIP[:SKIP2]", Kind::Text, "skip the first SKIP bytes"),
        Opt::flag("l", "verbose", "print the place and the bytes of every difference"),
        Opt::value("n", "bytes", "NUM", Kind::Size, "compare at most NUM bytes"),
        Opt::flag("s", "silent", "print nothing, the status tells"),
        Opt::hidden("", "quiet"),
    ],
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = args.between(1, 4)?;
    let paths = [operands.first().copied().unwrap_or(b"-"), operands.get(1).copied().unwrap_or(b"-")];
    let mut skips = [0u64; 2];
    let parse = |text: &[u8]| size::parse(text).map_err(|_| Error::usage_of("invalid number of bytes: '%'", &[text]));
    if let Some(text) = args.text("i") {
        let mut parts = text.splitn(2, |byte| *byte == b':');
        let first = parse(parts.next().unwrap_or_default())?;
        skips = [first, parts.next().map(parse).transpose()?.unwrap_or(first)];
    }
    for (skip, operand) in skips.iter_mut().zip(operands.iter().skip(2)) {
        *skip = parse(operand)?;
    }
    let silent = args.has("s") || args.has("quiet");
    let mut inputs = [Input::null(), Input::null()];
    for ((input, path), skip) in inputs.iter_mut().zip(paths).zip(skips) {
        *input = match if path == b"-" { cx.open(path) } else { Input::open(path) } {
            Ok(input) => input,
            Err(error) if silent => return Err(Error::quiet(error.status().unwrap_or(2))),
            Err(error) => return Err(error),
        };
        pass_over(input, skip)?;
    }
    let [mut first, mut second] = inputs;
    let mut compare = Compare {
        silent,
        verbose: args.has("l"),
        bytes: args.has("b"),
        paths,
        offset: 0,
        lines: 0,
        at_line_start: true,
        width: 1,
    };
    compare.width = compare.offset_width(&first, &second, args.count("n"));
    let mut left = args.count("n").unwrap_or(u64::MAX);
    let mut differ = false;
    while left > 0 {
        let (a, b) = (first.chunk()?, second.chunk()?);
        if a.is_empty() && b.is_empty() {
            break;
        }
        if a.is_empty() || b.is_empty() {
            let ended = if a.is_empty() { 0 } else { 1 };
            if !silent {
                cx.stdout.finish()?;
                compare.end_of_file(cx, ended);
            }
            return Ok(Status::FAILURE);
        }
        let count = a.len().min(b.len()).min(usize::try_from(left).unwrap_or(usize::MAX));
        let (a, b) = (a.get(..count).unwrap_or(a), b.get(..count).unwrap_or(b));
        if a != b {
            differ = true;
            if silent || compare.report(cx, a, b)? {
                return Ok(Status::FAILURE);
            }
        }
        compare.pass(a);
        first.consume(count);
        second.consume(count);
        left = left.saturating_sub(count as u64);
    }
    Ok(Status::truth(!differ))
}

/// Moves over the first bytes: by seeking where that can be.
fn pass_over(input: &mut Input, mut count: u64) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    if let Some(fd) = input.fd()
        && let Ok(status) = rustix::fs::fstat(fd)
        && rustix::fs::FileType::from_raw_mode(status.st_mode).is_file()
    {
        let offset = i64::try_from(count).unwrap_or(i64::MAX);
        rustix::fs::seek(fd, rustix::fs::SeekFrom::Current(offset)).at(input.name())?;
        return Ok(());
    }
    while count > 0 {
        let length = input.chunk()?.len();
        if length == 0 {
            break;
        }
        let step = length.min(usize::try_from(count).unwrap_or(usize::MAX));
        input.consume(step);
        count = count.saturating_sub(step as u64);
    }
    Ok(())
}

struct Compare<'a> {
    silent: bool,
    verbose: bool,
    bytes: bool,
    paths: [&'a [u8]; 2],
    /// Bytes and newlines compared so far.
    offset: u64,
    lines: u64,
    /// The last byte compared was a newline.
    at_line_start: bool,
    /// Columns of an offset in -l.
    width: usize,
}

impl Compare<'_> {
    fn pass(&mut self, chunk: &[u8]) {
        self.offset = self.offset.saturating_add(chunk.len() as u64);
        self.at_line_start = chunk.last() == Some(&b'\n');
        if !self.silent && !self.verbose {
            self.lines += base::bytes::count(b'\n', chunk) as u64;
        }
    }

    fn offset_width(&self, first: &Input, second: &Input, limit: Option<u64>) -> usize {
        let size = |input: &Input| {
            let status = input.fd().and_then(|fd| rustix::fs::fstat(fd).ok())?;
            let file = rustix::fs::FileType::from_raw_mode(status.st_mode).is_file();
            u64::try_from(status.st_size).ok().filter(|_| file)
        };
        let least = [size(first), size(second), limit].into_iter().flatten().min();
        number::decimal_width(least.unwrap_or(u64::MAX))
    }

    /// Prints the first difference, or each; true where that was all that is wanted.
    fn report(&mut self, cx: &mut Context, a: &[u8], b: &[u8]) -> Result<bool> {
        let mut line = Vec::new();
        let pairs = a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b);
        for (index, (one, other)) in pairs {
            let place = self.offset.saturating_add(index as u64).saturating_add(1);
            line.clear();
            if self.verbose {
                number::push_right(&mut line, place, self.width);
                self.push_bytes(&mut line, *one, *other);
                line.push(b'\n');
                cx.stdout.put(&line)?;
                continue;
            }
            let newlines = base::bytes::count(b'\n', a.get(..index).unwrap_or_default()) as u64;
            for part in [self.paths[0], b" ", self.paths[1], b" differ: "] {
                line.extend_from_slice(part);
            }
            line.extend_from_slice(if self.bytes { b"byte " } else { b"char " });
            number::push_u64(&mut line, place);
            line.extend_from_slice(b", line ");
            number::push_u64(&mut line, self.lines + newlines + 1);
            if self.bytes {
                line.extend_from_slice(b" is");
                self.push_bytes(&mut line, *one, *other);
            }
            line.push(b'\n');
            cx.stdout.put(&line)?;
            return Ok(true);
        }
        Ok(false)
    }

    fn push_bytes(&self, line: &mut Vec<u8>, one: u8, other: u8) {
        for (index, byte) in [one, other].into_iter().enumerate() {
            line.push(b' ');
            number::push_radix(line, u64::from(byte), 8, 3, b' ');
            if self.bytes {
                line.push(b' ');
                let start = line.len();
                push_visible(line, byte);
                // Columns stand under each other in -l.
                if self.verbose && index == 0 {
                    let width = line.len().saturating_sub(start);
                    line.extend(core::iter::repeat_n(b' ', 4usize.saturating_sub(width)));
                }
            }
        }
    }

    fn end_of_file(&self, cx: &mut Context, ended: usize) {
        let path = self.paths.get(ended).copied().unwrap_or(b"-");
        let mut text = b"EOF on ".to_vec();
        text.extend_from_slice(path);
        if self.offset == 0 {
            text.extend_from_slice(b" which is empty");
        } else {
            text.extend_from_slice(b" after byte ");
            number::push_u64(&mut text, self.offset);
            if !self.verbose {
                text.extend_from_slice(if self.at_line_start { b", line " } else { b", in line " });
                number::push_u64(&mut text, self.lines.saturating_add(u64::from(!self.at_line_start)));
            }
        }
        cx.note(&Error::message(text));
    }
}

fn push_visible(line: &mut Vec<u8>, byte: u8) {
    let mut low = byte;
    if low >= 128 {
        line.extend_from_slice(b"M-");
        low &= 127;
    }
    match low {
        0..=31 => line.extend_from_slice(&[b'^', low | 64]),
        127 => line.extend_from_slice(b"^?"),
        _ => line.push(low),
    }
}
