//! wc - count lines, words, characters and bytes
//! Spec: POSIX.1-2024. Extras: -L, --files0-from, --total. Deviations: columns as wide as GNU's.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Errno, Error, Result};
use base::io::{Input, chomp};
use base::number;
use base::term::width;
use memchr::memchr_iter;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "wc",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Count lines, words and bytes of each FILE",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read. With several, a total follows.",
    options: &[
        Opt::flag("c", "bytes", "count bytes"),
        Opt::flag("m", "chars", "count characters"),
        Opt::flag("l", "lines", "count newlines"),
        Opt::flag("w", "words", "count words"),
        Opt::flag("L", "max-line-length", "the width of the widest line"),
        Opt::value("", "files0-from", "F", Kind::Text, "read the files' names, each ended by NUL, from F"),
        Opt::value(
            "",
            "total",
            "WHEN",
            Kind::Choice(&["auto", "always", "only", "never"]),
            "print a total: auto, always, only, never",
        ),
    ],
    run,
    ..Declaration::DEFAULT
});

/// What is counted, in the order it is printed.
#[derive(Clone, Copy)]
struct Wanted {
    lines: bool,
    words: bool,
    chars: bool,
    bytes: bool,
    width: bool,
    utf8: bool,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: u64,
    words: u64,
    chars: u64,
    bytes: u64,
    width: u64,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut wanted = Wanted {
        lines: args.has("l"),
        words: args.has("w"),
        chars: args.has("m"),
        bytes: args.has("c"),
        width: args.has("L"),
        utf8: cx.is_utf8(),
    };
    if !(wanted.lines || wanted.words || wanted.chars || wanted.bytes || wanted.width) {
        (wanted.lines, wanted.words, wanted.bytes) = (true, true, true);
    }
    let mut names: Vec<&[u8]> = args.operands.clone();
    let list;
    if let Some(path) = args.text("files0-from") {
        if let Some(extra) = names.first() {
            return Err(Error::usage_of("extra operand '%': not with --files0-from", &[*extra]));
        }
        list = cx.open(path)?.rest()?;
        for name in base::bytes::split(chomp(&list, 0), 0) {
            if name.is_empty() {
                cx.warn(Error::message("invalid zero-length file name"));
            } else {
                names.push(name);
            }
        }
        if names.is_empty() {
            return Ok(cx.status());
        }
    }
    let total_when = args.choice("total").unwrap_or("auto");
    let columns = column_width(cx, &names, &wanted, total_when);
    let mut total = Counts::default();
    cx.each_input(&names, &mut |cx, input| {
        let mut counts = Counts::default();
        if let Err(error) = count(input, &wanted, &mut counts) {
            cx.warn(error);
        }
        total.add(&counts);
        if total_when != "only" {
            let name = if names.is_empty() {
                b""
            } else if input.name() == b"standard input" {
                b"-"
            } else {
                input.name()
            };
            print(cx, &wanted, &counts, name, columns)?;
        }
        Ok(())
    })?;
    if total_when == "always" || total_when == "auto" && names.len() > 1 {
        print(cx, &wanted, &total, b"total", columns)?;
    } else if total_when == "only" {
        print(cx, &wanted, &total, b"", 1)?;
    }
    Ok(cx.status())
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.lines = self.lines.saturating_add(other.lines);
        self.words = self.words.saturating_add(other.words);
        self.chars = self.chars.saturating_add(other.chars);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.width = self.width.max(other.width);
    }
}

/// One count of one file stands alone; else a column holds the sum of the files' sizes, and at least 7 digits where a file's
/// size does not tell how much can be read.
fn column_width(cx: &Context, names: &[&[u8]], wanted: &Wanted, total: &str) -> usize {
    let one =
        [wanted.lines, wanted.words, wanted.chars, wanted.bytes, wanted.width].iter().filter(|on| **on).count() == 1;
    if total == "only" || one && names.len() <= 1 {
        return 1;
    }
    let mut sum: u64 = 0;
    let mut least = 1;
    let standard_input: &[&[u8]] = &[b"-"];
    for name in if names.is_empty() { standard_input } else { names } {
        let status = match cx.stdin.fd() {
            Some(fd) if *name == b"-" => rustix::fs::fstat(fd),
            None if *name == b"-" => Err(Errno::BADF),
            _ => base::fs::stat(*name),
        };
        match status {
            Ok(status) if rustix::fs::FileType::from_raw_mode(status.st_mode).is_file() => {
                sum = sum.saturating_add(u64::try_from(status.st_size).unwrap_or(0));
            }
            Ok(_) | Err(Errno::BADF) => least = 7,
            Err(_) => {}
        }
    }
    number::decimal_width(sum).max(least)
}

fn print(cx: &mut Context, wanted: &Wanted, counts: &Counts, name: &[u8], columns: usize) -> Result<()> {
    let mut line = Vec::with_capacity(64);
    let all = [
        (wanted.lines, counts.lines),
        (wanted.words, counts.words),
        (wanted.chars, counts.chars),
        (wanted.bytes, counts.bytes),
        (wanted.width, counts.width),
    ];
    for (_, count) in all.iter().filter(|(on, _)| *on) {
        if !line.is_empty() {
            line.push(b' ');
        }
        number::push_right(&mut line, *count, columns);
    }
    if !name.is_empty() {
        line.push(b' ');
        line.extend_from_slice(name);
    }
    line.push(b'\n');
    cx.stdout.put(&line)
}

fn count(input: &mut Input, wanted: &Wanted, counts: &mut Counts) -> Result<()> {
    if wanted.bytes && !(wanted.lines || wanted.words || wanted.chars || wanted.width) {
        counts.bytes = size_by_seeking(input);
    }
    let mut words = Words::default();
    let mut line_width = Width::default();
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        counts.bytes += chunk.len() as u64;
        if wanted.words {
            words.count(chunk, counts);
        } else if wanted.lines {
            counts.lines += base::bytes::count(b'\n', chunk) as u64;
        }
        if wanted.chars {
            let chars = chunk.len() - if wanted.utf8 { base::sys::count::count_masked(0x80, 0xc0, chunk) } else { 0 };
            counts.chars += chars as u64;
        }
        if wanted.width {
            line_width.count(chunk, wanted.utf8);
        }
        let length = chunk.len();
        input.consume(length);
    }
    counts.width = line_width.finish();
    Ok(())
}

/// Moves a regular file's offset to its end and gives what lay between: nothing has to be read to count bytes.
fn size_by_seeking(input: &mut Input) -> u64 {
    let Some(fd) = input.fd() else { return 0 };
    let Ok(status) = rustix::fs::fstat(fd) else { return 0 };
    // Files of /proc and /sys claim a size of 0 or of a page.
    if !rustix::fs::FileType::from_raw_mode(status.st_mode).is_file() || status.st_size % 4096 == 0 {
        return 0;
    }
    let (Ok(at), Ok(size)) = (rustix::fs::tell(fd), u64::try_from(status.st_size)) else { return 0 };
    if at >= size || rustix::fs::seek(fd, rustix::fs::SeekFrom::Start(size)).is_err() {
        return 0;
    }
    size.saturating_sub(at)
}

/// Words are counted at their first byte.
#[derive(Default)]
struct Words {
    inside: bool,
}

impl Words {
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn count(&mut self, chunk: &[u8], counts: &mut Counts) {
        let (mut lines, mut words, mut inside) = (0u64, 0u64, self.inside);
        for byte in chunk {
            let space = matches!(byte, b' ' | b'\t'..=b'\r');
            words = words.wrapping_add(u64::from(!space && !inside));
            lines = lines.wrapping_add(u64::from(*byte == b'\n'));
            inside = !space;
        }
        self.inside = inside;
        counts.words += words;
        counts.lines += lines;
    }
}

/// The width of the line so far and of the widest.
#[derive(Default)]
struct Width {
    now: u64,
    widest: u64,
    /// The beginning of a character that the end of a chunk has cut.
    partial: Vec<u8>,
}

impl Width {
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn count(&mut self, chunk: &[u8], utf8: bool) {
        let mut start = 0;
        for end in memchr_iter(b'\n', chunk) {
            let line = chunk.get(start..=end).unwrap_or_default();
            // Of most lines each byte but the newline is one column wide.
            let other =
                line.iter().fold(0u8, |count, byte| count.wrapping_add(u8::from(!(0x20..=0x7e).contains(byte))));
            if other == 1 && line.len() < 256 && self.partial.is_empty() {
                self.widest = self.widest.max(self.now + (line.len() as u64).saturating_sub(1));
                self.now = 0;
            } else {
                self.slowly(line, utf8);
            }
            start = end + 1;
        }
        self.slowly(chunk.get(start..).unwrap_or_default(), utf8);
    }

    fn slowly(&mut self, chunk: &[u8], utf8: bool) {
        for byte in chunk {
            match byte {
                b'\n' | b'\r' | 0x0c => {
                    self.flush();
                    self.widest = self.widest.max(self.now);
                    self.now = 0;
                }
                b'\t' => {
                    self.flush();
                    self.now = (self.now | 7).saturating_add(1);
                }
                0x20..=0x7e => {
                    self.flush();
                    self.now += 1;
                }
                0x80.. if utf8 => {
                    if byte & 0xc0 != 0x80 || self.partial.len() >= 4 {
                        self.flush();
                    }
                    self.partial.push(*byte);
                }
                _ => {}
            }
        }
    }

    fn flush(&mut self) {
        if !self.partial.is_empty() {
            self.now += width::display_width(&self.partial, true) as u64;
            self.partial.clear();
        }
    }

    fn finish(&mut self) -> u64 {
        self.flush();
        self.widest.max(self.now)
    }
}
