//! split - cut a file into pieces
//! Spec: POSIX.1-2024. Extras: -C, -d, -x, -n N and l/N and r/N, --additional-suffix, -e, -t, --verbose,
//! --filter. Deviations: none known.

use crate::count;
use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::bytes::fill;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, Output};
use base::meta::Meta;
use base::sys::process::{Pid, SpawnOptions, Wait};
use base::sys::signal;
use base::{Errno, ResultExt, number};
use memchr::{memchr, memchr_iter, memrchr};
use rustix::fd::AsRawFd;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "split",
    exec: Exec::no_exec("--filter changes the disposition of SIGPIPE"),
    summary: "Cut FILE into pieces named PREFIXaa, PREFIXab, ... (PREFIX is x)",
    operands: "[FILE [PREFIX]]",
    notes: "With no FILE, or when FILE is -, standard input is read.\n\
            CHUNKS is N (N pieces), l/N (N pieces of whole lines), r/N (lines in turn).",
    options: &[
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
        Opt::value("", "filter", "COMMAND", Kind::Text, "give each piece to the shell's COMMAND; $FILE is its name"),
        Opt::flag("", "verbose", "say which piece is begun"),
    ],
    digits: "l",
    run,
    ..Declaration::DEFAULT
});

/// The names of the pieces, and the piece that is written to.
struct Pieces<'a> {
    prefix: &'a [u8],
    additional: &'a [u8],
    alphabet: &'static [u8],
    length: usize,
    /// There is no -a.
    length_is_free: bool,
    /// Without -a, suffixes grow when they run out, so that names stay in order.
    may_grow: bool,
    next: u64,
    verbose: bool,
    filter: Option<&'a [u8]>,
    /// The input, which no piece may be.
    input: Option<Meta>,
}

/// A piece that is being written: a file, or what a filter reads.
struct Piece {
    output: Output,
    name: Vec<u8>,
    /// The shell, and the command it runs.
    filter: Option<(Pid, Vec<u8>)>,
    /// The filter has read what it wanted.
    ended: bool,
    closed: bool,
}

impl Piece {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let result = self.output.put(bytes);
        self.unless_ended(result)
    }

    /// A filter need not read all there is.
    fn unless_ended(&mut self, result: Result<()>) -> Result<()> {
        match result {
            // That a reader has gone is an error without a number.
            Err(error) if self.filter.is_some() && error.errno().is_none() => {
                self.output = Output::null();
                self.ended = true;
                Ok(())
            }
            result => result,
        }
    }

    /// Lets go of a file's descriptor until it is written to again.
    fn close(&mut self) -> Result<()> {
        if self.filter.is_none() && !self.closed {
            self.output.finish()?;
            self.output = Output::null();
            self.closed = true;
        }
        Ok(())
    }

    fn reopen(&mut self) -> Result<()> {
        if self.closed {
            self.output = Output::open(&self.name, rustix::fs::OFlags::APPEND)?;
            self.closed = false;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let result = self.output.finish();
        self.unless_ended(result)?;
        // The end of its input.
        self.output = Output::null();
        let Some((child, what)) = self.filter.take() else { return Ok(()) };
        match base::command::wait(child)? {
            Wait::Exited(0) | Wait::Signalled(signal::PIPE, _) => Ok(()),
            ended => {
                let mut text = fill("%: ended with status ", &[what.as_slice()]);
                number::push_u64(&mut text, u64::from(ended.shell_status()));
                Err(Error::message(text))
            }
        }
    }
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
        digits.resize(digits.len() + lead, last);
        digits.reverse();
        Ok([self.prefix, &digits, self.additional].concat())
    }

    fn begin(&mut self, cx: &mut Context) -> Result<Box<Piece>> {
        let name = self.name()?;
        if self.verbose {
            cx.stdout.put(&fill("creating file '%'\n", &[&name]))?;
        }
        let mut filter = None;
        let output = if let Some(line) = self.filter {
            let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).at(b"pipe")?;
            let mut env = Vec::new();
            for variable in cx.env.list() {
                if !variable.to_bytes().starts_with(b"FILE=") {
                    env.push(variable);
                }
            }
            if let Ok(variable) = std::ffi::CString::new(fill("FILE=%", &[&name])) {
                env.push(variable);
            }
            let options = SpawnOptions {
                dup: &[(reader.as_raw_fd(), 0)],
                default_signals: &[signal::PIPE],
                ..SpawnOptions::default()
            };
            let child = base::command::spawn(cx, &[b"sh", b"-c", line], &env, &options)?;
            filter = Some((child, fill("%: %", &[&name, line])));
            Output::owned(writer, &name)
        } else {
            // It may be the input by another name.
            if let Some(input) = &self.input
                && Meta::of(name.as_slice(), true).is_ok_and(|there| there.same(input))
            {
                return Err(Error::message_of("'%' would overwrite input; aborting", &[&name]));
            }
            Output::create(&name)?
        };
        Ok(Box::new(Piece { output, name, filter, ended: false, closed: false }))
    }

    /// Opens the input.
    fn open(&mut self, cx: &mut Context, path: &[u8]) -> Result<Input> {
        let input = cx.open(path)?;
        self.input = input.fd().and_then(|fd| Meta::of_fd(fd).ok());
        Ok(input)
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
            .map_err(|_| Error::usage_of("invalid start value '%' for suffixes", &[text]))?,
        None => 0,
    };
    let length = args.count("a").map(|length| usize::try_from(length).unwrap_or(usize::MAX).min(255));
    let additional = args.text("additional-suffix").unwrap_or(b"");
    if memchr(b'/', additional).is_some() {
        return Err(Error::usage_of("invalid suffix '%', contains directory separator", &[additional]));
    }
    let mut pieces = Pieces {
        prefix: operands.get(1).copied().unwrap_or(b"x"),
        additional,
        alphabet,
        length: length.filter(|length| *length > 0).unwrap_or_else(|| from.map_or(2, <[u8]>::len).max(2)),
        length_is_free: length.is_none_or(|length| length == 0),
        may_grow: length.is_none_or(|length| length == 0) && from.is_none(),
        next,
        verbose: args.has("verbose"),
        filter: args.text("filter"),
        input: None,
    };
    if pieces.filter.is_some() {
        // A filter that has read enough is no reason to end.
        signal::set(signal::PIPE, signal::Action::Ignore).at(b"SIGPIPE")?;
    }
    if let Some(from) = from
        && from.len() > pieces.length
    {
        return Err(Error::usage("numerical suffix start value is too large for the suffix length"));
    }
    let separator = args.text("t");
    if args.texts("t").iter().any(|other| Some(*other) != separator) {
        return Err(Error::usage("multiple separator characters specified"));
    }
    let end = match separator {
        None => b'\n',
        Some(b"\\0") => 0,
        Some([byte]) => *byte,
        Some(text) => return Err(Error::usage_about("multi-character separator", text)),
    };
    let ways = ["b", "C", "l", "n"].iter().filter(|id| args.has(id)).count();
    if ways > 1 {
        return Err(Error::usage("cannot split in more than one way"));
    }
    let amount = |id: &str, what: &str| -> Result<Option<u64>> {
        match args.text(id) {
            Some(text) => match count::parse(text, what)? {
                count::Count { number: 0, .. } => Err(Error::usage_of("invalid number of %: '0'", &[what.as_bytes()])),
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
    let mut input = pieces.open(cx, path)?;
    let mut piece: Option<Box<Piece>> = None;
    let mut left = 0;
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        if left == 0 {
            finish(piece.take())?;
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

fn finish(piece: Option<Box<Piece>>) -> Result<()> {
    match piece {
        Some(mut piece) => piece.finish(),
        None => Ok(()),
    }
}

fn by_lines(cx: &mut Context, path: &[u8], pieces: &mut Pieces, lines: u64, end: u8) -> Result<()> {
    let mut input = pieces.open(cx, path)?;
    let mut piece: Option<Box<Piece>> = None;
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
        let here = base::bytes::count(end, chunk) as u64;
        let mut count = chunk.len();
        if here >= left {
            let last = usize::try_from(left.saturating_sub(1)).unwrap_or(usize::MAX);
            count = memchr_iter(end, chunk).nth(last).map_or(count, |at| at + 1);
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
    let mut input = pieces.open(cx, path)?;
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
            Some(at) => at + 1,
            None => window.len(),
        };
        let mut piece = pieces.begin(cx)?;
        piece.put(window.get(..count).unwrap_or(window))?;
        piece.finish()?;
        input.consume(count);
    }
}

fn by_chunks(cx: &mut Context, path: &[u8], pieces: &mut Pieces, chunks: &[u8], end: u8, elide: bool) -> Result<()> {
    let bad = || Error::usage_about("invalid number of chunks:", chunks);
    let mut parts = base::bytes::split(chunks, b'/');
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
    if pieces.length_is_free && only.is_none() && pieces.next < number {
        // All names are of one length, as long as the number needs. From a start beyond it, it is one of several runs, whose
        // names must be as long as one another's.
        let radix = pieces.alphabet.len() as u64;
        let last = pieces.next.saturating_add(number);
        while radix.saturating_pow(u32::try_from(pieces.length).unwrap_or(u32::MAX)) < last {
            pieces.length += 1;
        }
    }
    pieces.may_grow = false;
    if pieces.filter.is_some() && only.is_some() {
        return Err(Error::usage("--filter does not go with one piece alone"));
    }
    let mut input = pieces.open(cx, path)?;
    if kind == Some(b'r') {
        return round_robin(cx, pieces, input, number, only, (end, elide));
    }
    let total = match size(&mut input)? {
        Some(total) => total,
        None => {
            let text = input.rest()?;
            let total = text.len() as u64;
            input = Input::memory(text, path);
            total
        }
    };
    let mut at = 0u64;
    for index in 1..=number {
        // The first pieces get a byte more where it does not come out even; the last one what came later.
        let edge = (total / number).saturating_mul(index).saturating_add((total % number).min(index));
        let edge = if index == number && edge > at { u64::MAX } else { edge };
        let mut piece: Option<Box<Piece>> = None;
        let (mut complete, mut begun) = (kind != Some(b'l'), false);
        while at < edge || begun && !complete {
            let chunk = input.chunk()?;
            if chunk.is_empty() {
                break;
            }
            let mut count = chunk.len().min(usize::try_from(edge.saturating_sub(at)).unwrap_or(usize::MAX));
            if count == 0 {
                // Beyond the edge only up to the end of the line.
                count = memchr(end, chunk).map_or(chunk.len(), |found| found + 1);
            }
            let part = chunk.get(..count).unwrap_or(chunk);
            complete = kind != Some(b'l') || part.last() == Some(&end);
            begun = true;
            match only {
                Some(only) if only == index => cx.stdout.put(part)?,
                Some(_) => {}
                None => {
                    if piece.is_none() {
                        piece = Some(pieces.begin(cx)?);
                    }
                    if let Some(piece) = &mut piece {
                        piece.put(part)?;
                    }
                }
            }
            at = at.saturating_add(count as u64);
            input.consume(count);
        }
        if piece.is_none() && only.is_none() && !elide {
            piece = Some(pieces.begin(cx)?);
        }
        finish(piece)?;
        if only == Some(index) {
            break;
        }
    }
    Ok(())
}

/// How much there is to read, where a file tells; None for one that does not, or that is short.
fn size(input: &mut Input) -> Result<Option<u64>> {
    // Files of /proc and /sys claim what they do not have, but are short.
    while input.buffered().len() < 1 << 16 {
        if !input.more()? {
            return Ok(None);
        }
    }
    let read = input.buffered().len() as u64;
    Ok(input.fd().and_then(|fd| {
        let meta = Meta::of_fd(fd).ok()?;
        let rest = meta.size.checked_sub(rustix::fs::tell(fd).ok()?)?;
        meta.is_file().then(|| rest.saturating_add(read))
    }))
}

/// Lines in turn, as they come: the input may have no end.
fn round_robin(
    cx: &mut Context,
    pieces: &mut Pieces,
    mut input: Input,
    number: u64,
    only: Option<u64>,
    (end, elide): (u8, bool),
) -> Result<()> {
    let mut begun: Vec<Piece> = Vec::new();
    let mut turn = 0u64;
    while let Some(line) = input.line(end)? {
        let index = usize::try_from(turn).unwrap_or(usize::MAX);
        turn += 1;
        if let Some(only) = only {
            if turn == only {
                cx.stdout.put(line)?;
            }
        } else {
            if index == begun.len() {
                next_piece(cx, pieces, &mut begun)?;
            }
            if let Some(piece) = begun.get_mut(index) {
                if let Err(error) = piece.reopen() {
                    if error.errno() != Some(Errno::MFILE) {
                        return Err(error);
                    }
                    close(&mut begun)?;
                }
                if let Some(piece) = begun.get_mut(index) {
                    piece.reopen()?;
                    piece.put(line)?;
                }
            }
            if index == 0 && !begun.is_empty() && begun.iter().all(|piece| piece.ended) {
                break;
            }
        }
        turn %= number;
    }
    while only.is_none() && !elide && (begun.len() as u64) < number {
        next_piece(cx, pieces, &mut begun)?;
    }
    for piece in &mut begun {
        piece.finish()?;
    }
    Ok(())
}

/// Lets go of the descriptors of all.
fn close(begun: &mut [Piece]) -> Result<()> {
    for piece in begun {
        piece.close()?;
    }
    Ok(())
}

/// Begins one more piece. Where too many are open, all of them are closed for the time being.
fn next_piece(cx: &mut Context, pieces: &mut Pieces, begun: &mut Vec<Piece>) -> Result<()> {
    let before = pieces.next;
    let piece = match pieces.begin(cx) {
        Err(error) if error.errno() == Some(Errno::MFILE) => {
            close(begun)?;
            pieces.next = before;
            pieces.begin(cx)?
        }
        piece => piece?,
    };
    begun.push(*piece);
    Ok(())
}
