//! ed - edit a text line by line, by commands
//! Spec: POSIX.1-2024. Extras: GNU's: -E, -l, -q, -r, -v, --strip-trailing-cr, `W x y wq # %`, the flags I and r of s.
//! Deviations: an empty match is replaced where GNU's ed complains; a last line without its newline counts as a command or text.

mod address;
mod command;
mod file;
mod global;
mod substitute;

use crate::buffer::{Buffer, Line, Mark, pos};
use base::pattern::Pattern;
use base::sys::signal::{self, Action};
use base::term::screen::{HUP, INT};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, Status};
use rustix::event::{PollFd, PollFlags};
use std::rc::Rc;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "ed",
    place: Place::Bin,
    exec: Exec::fork("catches signals, waits for a terminal"),
    summary: "Edit FILE line by line",
    operands: "[FILE]",
    notes: "Where FILE begins with !, the output of the rest as a command is edited.",
    options: &[
        Opt::flag("E", "extended-regexp", "patterns are extended regular expressions"),
        Opt::flag("G", "traditional", "accepted and ignored"),
        Opt::flag("l", "loose-exit-status", "leave with 0 though commands failed"),
        Opt::value("p", "prompt", "STRING", Kind::Text, "ask for commands with STRING"),
        Opt::flag("q", "quiet", "no messages on standard error"),
        Opt::hidden("", "silent"),
        Opt::flag("r", "restricted", "no shell, no other directory"),
        Opt::flag("s", "script", "no byte counts, no ! behind commands"),
        Opt::flag("v", "verbose", "explain errors, as the command H does"),
        Opt::flag("", "strip-trailing-cr", "lines that are read lose a carriage return"),
    ],
    run,
    ..Declaration::DEFAULT
});

const QUIT: i32 = 3;
const PIPE: i32 = base::sys::signal::PIPE;
/// The status after a violent end: text was lost.
const LOST: u8 = 2;

/// What a command line leads to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Go,
    Quit,
}

struct Ed<'c, 'e> {
    cx: &'c mut Context<'e>,
    buf: Buffer,
    /// The current line, from 1; 0 is before the first.
    cur: usize,
    name: Vec<u8>,
    extended: bool,
    utf8: bool,
    script: bool,
    quiet: bool,
    restricted: bool,
    strip: bool,
    prompt: Vec<u8>,
    prompts: bool,
    verbose: bool,
    error: Vec<u8>,
    failed: bool,
    modified: bool,
    /// The last command was refused because it would lose text: once again, it may.
    warned: bool,
    pattern: Option<Rc<Pattern>>,
    substitution: substitute::Substitution,
    shell: Vec<u8>,
    /// The lines that `y`, `d`, `c` and `j` took.
    cut: Vec<Line>,
    window: usize,
    /// Where undo leads: the current line, whether the text was modified, the marks.
    before: Option<(usize, bool, Vec<Mark>)>,
    /// What undo has to do is to do it again.
    undone: bool,
    /// The lines of a command list of `g` that are still to be read.
    pending: Option<Vec<u8>>,
    in_global: bool,
    lines_read: u64,
}

/// An error that the user sees as `?`.
fn wrong<T>(text: &str) -> Result<T> {
    Err(Error::message(text))
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let name = args.between(0, 1)?.first().copied();
    let loose = args.has("l");
    for (number, action) in [(INT, Action::Note), (HUP, Action::Note), (QUIT, Action::Ignore), (PIPE, Action::Ignore)] {
        if signal::get(number) == Ok(Action::Default) {
            let _ = signal::set(number, action);
        }
    }
    let window = cx.stdout.fd().and_then(base::term::size).map_or(22, |(rows, _)| rows.saturating_sub(2).max(1));
    let mut ed = Ed {
        buf: Buffer::default(),
        cur: 0,
        name: Vec::new(),
        extended: args.has("E"),
        utf8: cx.is_utf8(),
        script: args.has("s"),
        quiet: args.has("q") || args.has("silent"),
        restricted: args.has("r"),
        strip: args.has("strip-trailing-cr"),
        prompt: args.text("p").unwrap_or(b"*").to_vec(),
        prompts: args.has("p"),
        verbose: args.has("v"),
        error: Vec::new(),
        failed: false,
        modified: false,
        warned: false,
        pattern: None,
        substitution: substitute::Substitution::default(),
        shell: Vec::new(),
        cut: Vec::new(),
        window,
        before: None,
        undone: false,
        pending: None,
        in_global: false,
        lines_read: 0,
        cx,
    };
    let status = ed.session(name)?;
    Ok(if loose && status == 1 { Status::SUCCESS } else { Status(status) })
}

impl Ed<'_, '_> {
    /// Reads commands to their end. Gives the status.
    fn session(&mut self, name: Option<&[u8]>) -> Result<u8> {
        let stdin = self.cx.stdin.fd();
        let interactive = stdin.is_some_and(rustix::termios::isatty);
        // A script in a file ends with its first error; through a pipe somebody may be waiting for what comes next.
        let is_file = stdin.is_some_and(|fd| rustix::fs::seek(fd, rustix::fs::SeekFrom::Current(0)).is_ok());
        if let Some(name) = name {
            if !name.starts_with(b"!") {
                self.name = name.to_vec();
            }
            if let Err(error) = self.edit(name) {
                let missing = base::fs::access(name, rustix::fs::Access::EXISTS) == Err(base::Errno::NOENT);
                if missing && !is_file {
                    self.error = error.text().unwrap_or_default();
                } else {
                    self.report(&error, false)?;
                    if is_file && !interactive {
                        return Ok(LOST);
                    }
                }
            }
        }
        loop {
            if self.prompts {
                self.cx.stdout.put(&self.prompt)?;
            }
            if interactive || self.prompts {
                self.cx.stdout.finish()?;
            }
            let result = match self.read_line() {
                Ok(Some(line)) => {
                    let warned = core::mem::take(&mut self.warned);
                    self.top_level(&line, warned)
                }
                Ok(None) if self.modified && !self.warned => {
                    self.warned = true;
                    if !interactive {
                        self.cx.stdout.put(if self.quiet { b"" } else { b"?\n" })?;
                        return Ok(LOST);
                    }
                    self.cx.stdin.resume();
                    wrong("Warning: buffer modified")
                }
                Ok(None) => Ok(Flow::Quit),
                // There will be no more commands.
                Err(error) if error.errno().is_some() => return Err(error.with_status(2)),
                Err(error) => Err(error),
            };
            match result {
                Ok(Flow::Go) => {}
                Ok(Flow::Quit) => return Ok(u8::from(self.failed)),
                Err(error) if self.cx.stdout.has_failed() || error.status().is_some() => return Err(error),
                Err(error) => {
                    self.report(&error, is_file && !interactive)?;
                    if is_file && !interactive {
                        return Ok(1);
                    }
                }
            }
        }
    }

    /// A command of the user's own, with all that undo takes back as one.
    fn top_level(&mut self, line: &[u8], warned: bool) -> Result<Flow> {
        let edits = self.buf.edits;
        let before = (self.cur, self.modified, self.buf.marks.clone());
        self.in_global = false;
        let result = self.command(line, warned);
        self.pending = None;
        if self.buf.edits != edits && self.buf.close(pos(0, 0)) {
            self.buf.keep_last();
            self.before = Some(before);
            self.undone = false;
        }
        result
    }

    /// Says that something went wrong.
    fn report(&mut self, error: &Error, in_script: bool) -> Result<()> {
        self.failed = true;
        if let Some(errno) = error.errno() {
            let text = error.text().unwrap_or_default();
            if !self.quiet {
                self.cx.stdout.finish()?;
                let _ = self.cx.stderr.put(&text).and_then(|()| self.cx.stderr.put(b"\n"));
            }
            self.error = base::error::strerror(errno).as_bytes().to_vec();
        } else {
            self.error = error.text().unwrap_or_default();
        }
        if self.quiet {
            return Ok(());
        }
        self.cx.stdout.put(b"?\n")?;
        if self.verbose && in_script {
            let mut line = b"script, line ".to_vec();
            base::number::push_u64(&mut line, self.lines_read);
            line.extend_from_slice(b": ");
            self.cx.stdout.put(&line)?;
        }
        if self.verbose {
            self.explain()?;
        }
        Ok(())
    }

    /// Prints the last error.
    fn explain(&mut self) -> Result<()> {
        if self.error.is_empty() {
            return Ok(());
        }
        self.cx.stdout.put(&self.error)?;
        self.cx.stdout.byte(b'\n')
    }

    /// The next line of input without its newline: from the list of a `g`, else from standard input. None at the end.
    fn read_line(&mut self) -> Result<Option<Vec<u8>>> {
        if let Some(list) = &mut self.pending {
            if list.is_empty() {
                return Ok(None);
            }
            let length = memchr::memchr(b'\n', list).unwrap_or(list.len());
            let line = list.get(..length).unwrap_or_default().to_vec();
            list.drain(..(length + 1).min(list.len()));
            return Ok(Some(line));
        }
        self.read_input()
    }

    /// The next line of standard input.
    fn read_input(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            self.check_signals()?;
            let buffered = self.cx.stdin.buffered();
            let length = memchr::memchr(b'\n', buffered);
            if length.is_none() {
                let ready = match self.cx.stdin.fd() {
                    Some(fd) => rustix::event::poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], None),
                    None => Ok(1),
                };
                if ready == Err(base::Errno::INTR) || ready.is_ok() && self.cx.stdin.more()? {
                    continue;
                }
            }
            let buffered = self.cx.stdin.buffered();
            if buffered.is_empty() {
                return Ok(None);
            }
            let length = length.unwrap_or(buffered.len());
            let line = buffered.get(..length).unwrap_or_default().to_vec();
            self.cx.stdin.consume(length + 1);
            self.lines_read = self.lines_read.wrapping_add(1);
            return Ok(Some(line));
        }
    }

    /// What a caught signal asks for: an interrupt ends the command, a hangup the program.
    fn check_signals(&mut self) -> Result<()> {
        if signal::take_one(HUP) {
            self.rescue();
            return Err(Error::quiet(LOST));
        }
        if signal::take_one(INT) {
            self.cx.stdout.byte(b'\n')?;
            return wrong("Interrupt");
        }
        Ok(())
    }

    /// The lines of text behind `a`, `i` and `c`, up to a dot or the end.
    fn read_text(&mut self) -> Result<Vec<Vec<u8>>> {
        let mut lines = Vec::new();
        loop {
            if self.pending.is_none() && self.prompts {
                self.cx.stdout.finish()?;
            }
            match self.read_line()? {
                Some(line) if line != b"." => lines.push(line),
                _ => return Ok(lines),
            }
        }
    }

    /// The number of the last line, from 1.
    fn last(&self) -> usize {
        if self.buf.is_empty() { 0 } else { self.buf.count() }
    }
}
