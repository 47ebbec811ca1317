//! Files and shell commands: reading, writing, running, and what is saved at a hangup.

use super::address::Range;
use super::{Ed, wrong};
use crate::buffer::Buffer;
use crate::{nameless, save};
use base::command;
use base::error::{Errno, Error, ResultExt};
use base::io::Input;
use base::{Result, term};
use rustix::fd::{AsFd, AsRawFd};

/// Set back for the commands that are run.
const SIGNALS: [i32; 4] = [term::screen::HUP, term::screen::INT, super::QUIT, super::PIPE];

impl Ed<'_, '_> {
    /// The name a command means: its operand, or the file's.
    pub(super) fn file_name(&self, given: &[u8]) -> Result<Vec<u8>> {
        if given.is_empty() && self.name.is_empty() {
            return wrong("No current filename");
        }
        let name = if given.is_empty() { self.name.as_slice() } else { given };
        if self.restricted && (name == b".." || name.contains(&b'/')) {
            return wrong("Directory access restricted");
        }
        Ok(name.to_vec())
    }

    pub(super) fn set_name(&mut self, given: &[u8]) -> Result<()> {
        if !given.is_empty() {
            self.name = self.file_name(given)?;
        }
        Ok(())
    }

    /// `e` and `E`: another text in the place of this one.
    pub(super) fn edit(&mut self, given: &[u8]) -> Result<()> {
        let bytes = if let Some(command) = given.strip_prefix(b"!") {
            self.output_of(command)?
        } else {
            let name = self.file_name(given)?;
            self.set_name(given)?;
            self.read_file(&name)?
        };
        self.cut.clear();
        self.before = None;
        let bytes = self.complete(bytes)?;
        let size = bytes.len();
        let binary = !bytes.is_empty() && !bytes.ends_with(b"\n");
        self.buf = Buffer::new(bytes, false);
        self.buf.no_newline = binary;
        self.cur = self.last();
        self.modified = false;
        self.put_size(size as u64)
    }

    /// `r`: lines behind line `after`.
    pub(super) fn read_behind(&mut self, given: &[u8], after: usize) -> Result<()> {
        let bytes = if let Some(command) = given.strip_prefix(b"!") {
            self.output_of(command)?
        } else {
            let name = self.file_name(given)?;
            if self.name.is_empty() {
                self.name.clone_from(&name);
            }
            self.read_file(&name)?
        };
        let bytes = self.complete(bytes)?;
        if !bytes.is_empty() {
            let lines = crate::buffer::whole_lines(&bytes);
            self.buf.insert(after, &lines);
            self.cur = after + lines.len();
            self.modified = true;
        }
        self.put_size(bytes.len() as u64)
    }

    fn read_file(&mut self, name: &[u8]) -> Result<Vec<u8>> {
        let result = Input::open(name).and_then(|mut input| input.rest());
        match result {
            Err(error) if error.errno() == Some(Errno::ISDIR) => self.cannot(&error, "Cannot read input file"),
            Err(error) => self.cannot(&error, "Cannot open input file"),
            Ok(bytes) => Ok(bytes),
        }
    }

    /// Says on standard error why, and fails with `text`.
    fn cannot<T>(&mut self, error: &Error, text: &str) -> Result<T> {
        self.cx.stdout.finish()?;
        if !self.quiet {
            // With standard error gone there is nobody left to tell.
            let text = error.text().unwrap_or_default();
            let _ = self.cx.stderr.put(&text).and_then(|()| self.cx.stderr.put(b"\n"));
        }
        wrong(text)
    }

    /// A text whose last line is whole, but for binary ones.
    fn complete(&mut self, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
        if self.strip {
            strip_returns(&mut bytes);
        }
        if !bytes.is_empty() && !bytes.ends_with(b"\n") && memchr::memchr(0, &bytes).is_none() {
            bytes.push(b'\n');
            if !self.quiet {
                self.cx.stdout.put(b"Newline appended\n")?;
            }
        }
        Ok(bytes)
    }

    fn put_size(&mut self, size: u64) -> Result<()> {
        if self.script { Ok(()) } else { self.put_number(size) }
    }

    /// `w` and `W`.
    pub(super) fn write(&mut self, given: &[u8], range: Range, append: bool) -> Result<()> {
        let (first, last) = (range.first.saturating_sub(1), range.last.saturating_sub(1));
        if let Some(command) = given.strip_prefix(b"!") {
            let input = nameless::create(b"").at(b"temporary file")?;
            let size = self.buf.write(first, last, input.as_fd()).at(b"temporary file")?;
            nameless::rewind(&input).at(b"temporary file")?;
            let command = self.expanded(command)?;
            self.spawn(&command, &[(input.as_raw_fd(), 0)])?;
            return self.put_size(size);
        }
        let name = self.file_name(given)?;
        if self.name.is_empty() {
            self.name.clone_from(&name);
        }
        let written = if append {
            save::append(&name, &mut |fd| self.buf.write(first, last, fd))
        } else {
            match save::replace(&name, &mut |fd| self.buf.write(first, last, fd)) {
                Err(errno) if save::is_only_in_place(errno) => {
                    save::overwrite(&name, &mut |fd| self.buf.write(first, last, fd))
                }
                other => other,
            }
        };
        match written.at(&name) {
            Ok(size) => {
                if first == 0 && range.last >= self.last() {
                    self.modified = false;
                    if let Some(before) = &mut self.before {
                        before.1 = true;
                    }
                }
                self.put_size(size)
            }
            Err(error) => self.cannot(&error, "Cannot open output file"),
        }
    }

    /// `!`.
    pub(super) fn run_command(&mut self, text: &[u8]) -> Result<()> {
        let command = self.expanded(text)?;
        self.spawn(&command, &[])?;
        if self.script { Ok(()) } else { self.cx.stdout.put(b"!\n") }
    }

    /// A shell command as it is run: `!` at its front is the last one, `%` the file's name. It is shown where it differs.
    fn expanded(&mut self, text: &[u8]) -> Result<Vec<u8>> {
        if self.restricted {
            return wrong("Shell access restricted");
        }
        let mut command = Vec::new();
        let mut rest = text;
        let mut differs = false;
        if let Some(after) = rest.strip_prefix(b"!") {
            if self.shell.is_empty() {
                return wrong("No previous command");
            }
            command.extend_from_slice(&self.shell);
            (rest, differs) = (after, true);
        }
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            match byte {
                b'\\' if after.first() == Some(&b'%') => {
                    command.push(b'%');
                    rest = after.get(1..).unwrap_or_default();
                }
                b'%' => {
                    command.extend_from_slice(&self.file_name(b"")?);
                    differs = true;
                }
                _ => command.push(*byte),
            }
        }
        if differs {
            self.cx.stdout.put(&command)?;
            self.cx.stdout.byte(b'\n')?;
        }
        self.shell.clone_from(&command);
        Ok(command)
    }

    fn output_of(&mut self, text: &[u8]) -> Result<Vec<u8>> {
        let command = self.expanded(text)?;
        let output = nameless::create(b"").at(b"temporary file")?;
        self.spawn(&command, &[(output.as_raw_fd(), 1)])?;
        nameless::rewind(&output).at(b"temporary file")?;
        Input::owned(output, b"command").rest()
    }

    fn spawn(&mut self, text: &[u8], dup: &[(i32, i32)]) -> Result<()> {
        let child = command::shell(self.cx, text, dup, &SIGNALS)?;
        command::wait(child)?;
        // What the keyboard sent was for the command.
        base::sys::signal::take_one(term::screen::INT);
        Ok(())
    }

    /// Saves the text where it can be found: in `ed.hup`, here or at home.
    pub(super) fn rescue(&mut self) {
        if !self.modified {
            return;
        }
        let home = self.cx.env.get(b"HOME").unwrap_or_default();
        let saves = |path: &[u8]| save::replace(path, &mut |fd| self.buf.write(0, self.buf.last(), fd)).is_ok();
        let _ = saves(b"ed.hup") || saves(&base::bytes::fill("%/ed.hup", &[home]));
    }
}

/// Takes carriage returns before newlines out.
fn strip_returns(bytes: &mut Vec<u8>) {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    *bytes = out;
}
