//! tac - print each input's lines from the last to the first
//! Spec: GNU's. Deviations: the expressions of -r are basic ones, not Emacs's.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Errno, Error, Result};
use base::io::Input;
use base::pattern::{Options, Pattern, Syntax};
use memchr::memmem::FinderRev;
use rustix::fs::SeekFrom;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "tac",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print the lines of each FILE in reverse order",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("b", "before", "the separator stands before its record"),
        Opt::flag("r", "regex", "the separator is a regular expression"),
        Opt::value("s", "separator", "STRING", Kind::Text, "separate records by STRING, not newline"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    // As GNU's has it, an empty separator is NUL.
    let separator = args.text("s").map_or(&b"\n"[..], |text| if text.is_empty() { b"\0" } else { text });
    let reverser = Reverser { finder: FinderRev::new(separator), separator, before: args.has("b") };
    if args.has("r") && separator == b"\0" {
        return Err(Error::message("separator cannot be empty"));
    }
    // In Emacs's expressions `.` does not match a newline, but `[^x]` does.
    let multiline = base::bytes::find(separator, b"[^").is_none();
    let options = Options { utf8: cx.is_utf8(), multiline, ..Options::default() };
    let pattern = args.has("r").then(|| Pattern::new(separator, Syntax::Basic, &options)).transpose()?;
    cx.each_input(&args.operands, &mut |cx, input| {
        if let Some(pattern) = &pattern {
            return by_pattern(cx, &input.rest()?, pattern, args.has("b"));
        }
        let size = size_to_seek(input);
        if size == 0 {
            let text = input.rest()?;
            let rest = reverser.print(cx, &text, text.len())?.0;
            return cx.stdout.put(text.get(..rest).unwrap_or_default());
        }
        let result = reverser.file(cx, input, size);
        // A later `-` on the same open file is at its end, as when it had been read.
        if let Some(fd) = input.fd() {
            let _ = rustix::fs::seek(fd, SeekFrom::Start(size));
        }
        result
    })?;
    Ok(cx.status())
}

/// Prints the records between the matches of a pattern. A match is looked for at each place from the end on, and reaches no further
/// than to where the one behind it begins.
fn by_pattern(cx: &mut Context, text: &[u8], pattern: &Pattern, before: bool) -> Result<()> {
    let (mut end, mut search, mut low) = (text.len(), text.len(), text.len());
    // Places are looked at from the front, a window at a time; without a match the next one is as long as all that was searched.
    let mut window = BLOCK;
    let mut places = Vec::new();
    while low > 0 {
        let high = low;
        low = low.saturating_sub(window);
        let mut from = low;
        while let Some((start, _)) = pattern.find_at(text, from).filter(|found| found.0 < high) {
            places.push(start);
            from = start + 1;
        }
        window = if places.is_empty() { window.saturating_mul(2) } else { BLOCK };
        for place in places.drain(..).rev() {
            let found = pattern.find_at(text.get(..search).unwrap_or_default(), place);
            let Some((start, stop)) = found.filter(|found| found.0 == place) else { continue };
            let cut = if before { start } else { stop };
            cx.stdout.put(text.get(cut..end).unwrap_or_default())?;
            (end, search) = (cut, start);
        }
    }
    cx.stdout.put(text.get(..end).unwrap_or_default())
}

/// The size of an input that can be read from its end backwards; 0 of another.
fn size_to_seek(input: &Input) -> u64 {
    let Some(fd) = input.fd() else { return 0 };
    let Ok(status) = rustix::fs::fstat(fd) else { return 0 };
    let size = u64::try_from(status.st_size).unwrap_or(0);
    let whole = rustix::fs::FileType::from_raw_mode(status.st_mode).is_file()
        && input.buffered().is_empty()
        && rustix::fs::tell(fd) == Ok(0);
    if whole && size > BLOCK as u64 { size } else { 0 }
}

/// How much of a file is read at once.
const BLOCK: usize = 64 * 1024;

struct Reverser<'a> {
    finder: FinderRev<'a>,
    separator: &'a [u8],
    before: bool,
}

impl Reverser<'_> {
    /// Prints the records at the end of `text` that surely begin in it, having looked for separators before `search` only.
    /// Gives how much is left, and how much of it may still hold separators.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn print(&self, cx: &mut Context, text: &[u8], search: usize) -> Result<(usize, usize)> {
        let (mut end, mut search) = (text.len(), search);
        let find = |text: &[u8]| match self.separator {
            [byte] => memchr::memrchr(*byte, text),
            _ => self.finder.rfind(text),
        };
        while let Some(at) = find(text.get(..search).unwrap_or_default()) {
            let cut = if self.before { at } else { at + self.separator.len() };
            if cut < end || self.before {
                cx.stdout.put(text.get(cut..end).unwrap_or_default())?;
                end = cut;
            }
            search = at;
        }
        Ok((end, search))
    }

    /// A regular file, block by block from its end: in memory is what one record needs.
    fn file(&self, cx: &mut Context, input: &Input, size: u64) -> Result<()> {
        let Some(fd) = input.fd() else { return Ok(()) };
        // The bytes of the file from `start` on that are not printed yet.
        let mut text: Vec<u8> = Vec::new();
        let mut start = size;
        let mut searched = 0;
        loop {
            let (left, search) = self.print(cx, &text, searched)?;
            text.truncate(left);
            if start == 0 {
                return cx.stdout.put(&text);
            }
            // A record that does not end is looked for in ever larger steps, so that moving it costs nothing.
            let step = usize::try_from(start).unwrap_or(usize::MAX).min(BLOCK.max(text.len()));
            let mut more = vec![0; step + text.len()];
            if let Some(tail) = more.get_mut(step..) {
                tail.copy_from_slice(&text);
            }
            start = start.saturating_sub(step as u64);
            let mut filled = 0;
            while filled < step {
                let room = more.get_mut(filled..step).unwrap_or_default();
                match rustix::io::pread(fd, room, start + filled as u64) {
                    Ok(0) => return Err(Error::message_of("%: the file got shorter", &[input.name()])),
                    Ok(count) => filled += count,
                    Err(Errno::INTR) => {}
                    Err(errno) => return Err(input.error(errno)),
                }
            }
            text = more;
            searched = step + search;
        }
    }
}
