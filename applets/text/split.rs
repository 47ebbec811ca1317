//! split - cut a file into pieces
//! Spec: POSIX.1-2024. Extras: -C, -d, -x, -n N and l/N and r/N, --additional-suffix, -e, -t, --verbose, --filter. Deviations: none known.

use crate::count;
use base::applet::{Applet, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Output;
use base::number;
use memchr::{memchr, memchr_iter, memrchr};

pub static APPLET: Applet = Applet {
    name: "split",
    exec: Exec::no_fork("reads and writes its streams, and makes files"),
    summary: "Cut FILE into pieces named PREFIXaa, PREFIXab, ... (PREFIX is x)",
    operands: "[FILE [PREFIX]]",
    notes: "With no FILE, or when FILE is -, standard input is read.\n\
            CHUNKS is N (N pieces), l/N (N pieces of whole lines), r/N (lines in turn).",
    options: base::options![
        Opt::value("a", "suffix-length", "NUM", Kind::Count, "suffixes of NUM characters (default 2)"),
        Opt::value("", "additional-suffix", "STRING", Kind::Text, "end the names with STRING"),
        Opt::value("b", "bytes", "SIZE", Kind::Text, "SIZE bytes a piece"),
        Opt::value("C", "line-bytes", "SIZE", Kind::Text, "at most SIZE bytes of whole lines a piece"),
        Opt::value("d", "numeric-suffixes", "FROM", Kind::Optional, "suffixes of digits, from FROM (default 0)"),
        Opt::value("x", "hex-suffixes", "FROM", Kind::Optional, "suffixes of hexadecimal digits"),
        Opt::flag("e", "elide-empty-files", "with -n: make no empty pieces"),
        Opt::value("l", "lines", "NUM", Kind::Text, "NUM lines a piece (default 1000)"),
        Opt::value("n", "number", "CHUNKS", Kind::Text, "make as many pieces as CHUNKS says"),
        Opt::value("t", "separator", "SEP", Kind::Text, "lines end with SEP, not newline (\\0 is NUL)"),
        Opt::flag("", "verbose", "say which piece is begun"),
    ],
    digits: Some("l"),
    run,
    ..Applet::DEFAULT
};

/// The names of the pieces, and the piece that is written to.
struct Pieces<'a> {
    prefix: &'a [u8],
    additional: &'a [u8],
    alphabet: &'static [u8],
    length: usize,
    /// Without -a, suffixes grow when they run out, so that names stay in order.
    may_grow: bool,
    next: u64,
    verbose: bool,
}

impl Pieces<'_> {
    fn name(&mut self) -> Result<Vec<u8>> {
        let radix = self.alphabet.len() as u64;
        let mut number = self.next;
        let mut length = self.length;
        let mut lead = 0;
        if self.may_grow {
            // xaa … xyz, xzaaa … : the last letter is kept for longer names.
            loop {
                let room = (radix - 1).saturating_mul(radix.saturating_pow(length as u32 - 1));
                if number < room {
                    break;
                }
                number -= room;
                length += 1;
                lead += 1;
            }
        } else if number >= radix.saturating_pow(u32::try_from(length).unwrap_or(u32::MAX)) {
            return Err(Error::message("output file suffixes exhausted"));
        }
        self.next += 1;
        let mut digits = Vec::new();
        for _ in 0..length {
            let index = usize::try_from(number % radix).unwrap_or(0);
            digits.push(self.alphabet.get(index).copied().unwrap_or(b'0'));
            number /= radix;
        }
        let last = self.alphabet.last().copied().unwrap_or(b'z');
        digits.extend(core::iter::repeat_n(last, lead));
        digits.reverse();
        Ok([self.prefix, &digits, self.additional].concat())
    }

    fn begin(&mut self, cx: &mut Context) -> Result<Output> {
        let name = self.name()?;
        if self.verbose {
            cx.stdout.put(&[b"creating file '", name.as_slice(), b"'\n"].concat())?;
        }
        Output::create(&name)
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = args.between(0, 2)?;
    let path = operands.first().copied().unwrap_or(b"-");
    let (alphabet, from): (&'static [u8], _) = match args.last_of(&["d", "x"]) {
        Some("d") => (b"0123456789", args.text("d")),
        Some(_) => (b"0123456789abcdef", args.text("x")),
        None => (b"abcdefghijklmnopqrstuvwxyz", None),
    };
    let radix = alphabet.len() as u32;
    let next = match from {
        Some(text) => number::parse_radix(text, radix)
            .map_err(|_| Error::usage([b"invalid start value '", text, b"' for suffixes"].concat()))?,
        None => 0,
    };
    let length = args.count("a").map(|length| usize::try_from(length).unwrap_or(usize::MAX).min(255));
    let mut pieces = Pieces {
        prefix: operands.get(1).copied().unwrap_or(b"x"),
        additional: args.text("additional-suffix").unwrap_or(b""),
        alphabet,
        length: length.filter(|length| *length > 0).unwrap_or(2).max(from.map_or(0, <[u8]>::len)),
        may_grow: length.is_none_or(|length| length == 0) && from.is_none(),
        next,
        verbose: args.has("verbose"),
    };
    let end = match args.text("t") {
        None => b'\n',
        Some(b"\\0") => 0,
        Some([byte]) => *byte,
        Some(text) => return Err(Error::usage([b"multi-character separator '", text, b"'"].concat())),
    };
    let ways = ["b", "C", "l", "n"].iter().filter(|id| args.has(id)).count();
    if ways > 1 {
        return Err(Error::usage("cannot split in more than one way"));
    }
    let amount = |id: &str, what: &str| -> Result<Option<u64>> {
        match args.text(id) {
            Some(text) => match count::parse(text, what)? {
                count::Count { number: 0, .. } => {
                    Err(Error::usage([b"invalid number of ", what.as_bytes(), b": '0'"].concat()))
                }
                count => Ok(Some(count.number)),
            },
            None => Ok(None),
        }
    };
    if let Some(size) = amount("b", "bytes")? {
        by_bytes(cx, path, &mut pieces, size)?;
    } else if let Some(size) = amount("C", "bytes")? {
        by_line_bytes(cx, path, &mut pieces, size, end)?;
    } else if let Some(chunks) = args.text("n") {
        by_chunks(cx, path, &mut pieces, chunks, end, args.has("e"))?;
    } else {
        by_lines(cx, path, &mut pieces, amount("l", "lines")?.unwrap_or(1000), end)?;
    }
    Ok(cx.status())
}

fn by_bytes(cx: &mut Context, path: &[u8], pieces: &mut Pieces, size: u64) -> Result<()> {
    let mut input = cx.open(path)?;
    let mut piece: Option<Output> = None;
    let mut left = 0;
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        if left == 0 {
            if let Some(mut done) = piece.take() {
                done.finish()?;
            }
            piece = Some(pieces.begin(cx)?);
            left = size;
        }
        let count = chunk.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(piece) = &mut piece {
            piece.put(chunk.get(..count).unwrap_or(chunk))?;
        }
        left = left.saturating_sub(count as u64);
        input.consume(count);
    }
    finish(piece)
}

fn finish(piece: Option<Output>) -> Result<()> {
    piece.map_or(Ok(()), |mut piece| piece.finish())
}

fn by_lines(cx: &mut Context, path: &[u8], pieces: &mut Pieces, lines: u64, end: u8) -> Result<()> {
    let mut input = cx.open(path)?;
    let mut piece: Option<Output> = None;
    let mut left = 0;
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        if left == 0 {
            finish(piece.take())?;
            piece = Some(pieces.begin(cx)?);
            left = lines;
        }
        // They are counted together; only where a piece ends within the chunk one looks for its place.
        let here = memchr_iter(end, chunk).count() as u64;
        let mut count = chunk.len();
        if here >= left {
            let last = usize::try_from(left.saturating_sub(1)).unwrap_or(usize::MAX);
            count = memchr_iter(end, chunk).nth(last).map_or(count, |at| at.saturating_add(1));
        }
        left = left.saturating_sub(here);
        if let Some(piece) = &mut piece {
            piece.put(chunk.get(..count).unwrap_or(chunk))?;
        }
        input.consume(count);
    }
    finish(piece)
}

/// Whole lines up to `size` bytes a piece; a longer line is cut.
fn by_line_bytes(cx: &mut Context, path: &[u8], pieces: &mut Pieces, size: u64, end: u8) -> Result<()> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut input = cx.open(path)?;
    loop {
        while input.buffered().len() < size && input.more()? {}
        let window = input.buffered();
        if window.is_empty() {
            return Ok(());
        }
        let window = window.get(..size.min(window.len())).unwrap_or(window);
        let whole = window.len() < size;
        let count = match memrchr(end, window) {
            _ if whole => window.len(),
            Some(at) => at.saturating_add(1),
            None => window.len(),
        };
        let mut piece = pieces.begin(cx)?;
        piece.put(window.get(..count).unwrap_or(window))?;
        piece.finish()?;
        input.consume(count);
    }
}

fn by_chunks(cx: &mut Context, path: &[u8], pieces: &mut Pieces, chunks: &[u8], end: u8, elide: bool) -> Result<()> {
    let bad = || Error::usage([b"invalid number of chunks: '", chunks, b"'"].concat());
    let mut parts: Vec<&[u8]> = chunks.split(|byte| *byte == b'/').collect();
    let kind = match parts.first() {
        Some(&b"l") | Some(&b"r") => parts.remove(0).first().copied(),
        _ => None,
    };
    let (only, number) = match *parts.as_slice() {
        [number] => (None, number),
        [only, number] => (Some(number::parse_u64(only).map_err(|_| bad())?), number),
        _ => return Err(bad()),
    };
    let number = number::parse_u64(number).ok().filter(|number| *number > 0).ok_or_else(bad)?;
    if only.is_some_and(|only| only == 0 || only > number) {
        return Err(bad());
    }
    if !pieces.may_grow || only.is_some() {
    } else {
        // All names are of one length, as long as the number needs.
        let radix = pieces.alphabet.len() as u64;
        while radix.saturating_pow(u32::try_from(pieces.length).unwrap_or(u32::MAX)) < number {
            pieces.length += 1;
        }
        pieces.may_grow = false;
    }
    let mut input = cx.open(path)?;
    let text = input.rest()?;
    let total = text.len() as u64;
    let mut start = 0usize;
    if kind == Some(b'r') {
        return round_robin(cx, pieces, &text, number, only, end);
    }
    for index in 1..=number {
        // The first pieces get a byte more where it does not come out even.
        let edge = (total / number).saturating_mul(index).saturating_add((total % number).min(index));
        let mut stop = usize::try_from(edge).unwrap_or(text.len()).max(start);
        if kind == Some(b'l') && stop > start && text.get(stop.wrapping_sub(1)) != Some(&end) {
            let rest = text.get(stop..).unwrap_or_default();
            stop = memchr(end, rest).map_or(text.len(), |at| stop.saturating_add(at).saturating_add(1));
        }
        let part = text.get(start..stop).unwrap_or_default();
        start = stop;
        match only {
            Some(only) if only == index => return cx.stdout.put(part),
            Some(_) => {}
            None if part.is_empty() && elide => {}
            None => {
                let mut piece = pieces.begin(cx)?;
                piece.put(part)?;
                piece.finish()?;
            }
        }
    }
    Ok(())
}

fn round_robin(
    cx: &mut Context,
    pieces: &mut Pieces,
    text: &[u8],
    number: u64,
    only: Option<u64>,
    end: u8,
) -> Result<()> {
    let lines = || text.split_inclusive(|byte| *byte == end);
    let of = |index: u64| {
        let skip = usize::try_from(index.saturating_sub(1)).unwrap_or(usize::MAX);
        lines().skip(skip).step_by(usize::try_from(number).unwrap_or(usize::MAX))
    };
    if let Some(only) = only {
        for line in of(only) {
            cx.stdout.put(line)?;
        }
        return Ok(());
    }
    for index in 1..=number {
        let mut piece = pieces.begin(cx)?;
        for line in of(index) {
            piece.put(line)?;
        }
        piece.finish()?;
    }
    Ok(())
}
