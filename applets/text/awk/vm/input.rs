//! Records: of the main loop, and of getline.

use super::{Flow, Main, Vm};
use crate::parse::special;
use crate::stream::{self, Separator, Stream};
use crate::table::Key;
use crate::tree::Source;
use crate::value::Value;
use base::error::{Error, Result, ResultExt};
use base::io::{Input, Output};
use base::replace::Replacement;
use memchr::memrchr;

impl Vm<'_, '_> {
    /// Reads the next record of the main input into $0; false at its end.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn next_record(&mut self) -> Result<bool> {
        loop {
            if let Main::None = self.main
                && (self.ended || !self.open_next()?)
            {
                return Ok(false);
            }
            let input = match &mut self.main {
                Main::File(input) => input,
                _ => &mut self.cx.stdin,
            };
            let ending = self.code.wants_terminator.then_some(&mut self.ending);
            // Not into the record itself: END finds the last one as it was.
            self.line.clear();
            match stream::read(input, &self.separator, &mut self.line, ending) {
                Ok(true) => core::mem::swap(self.record.renew(), &mut self.line),
                Ok(false) => {
                    self.end_file()?;
                    continue;
                }
                Err(error) => {
                    self.cx.warn(error.with_status(2));
                    self.end_file()?;
                    continue;
                }
            }
            if self.code.wants_terminator {
                self.regs[special::RT as usize] = Value::text(&self.ending);
            }
            self.count_record();
            return Ok(true);
        }
    }

    #[inline]
    fn count_record(&mut self) {
        for number in [special::NR, special::FNR] {
            let place = &mut self.regs[number as usize];
            *place = Value::Number(place.number() + 1.0);
        }
    }

    /// Leaves out records in memory that the pattern does not match; whether these were worth the search. The last record in memory
    /// stays, for END finds the last of all.
    pub fn skip_records(&mut self, pattern: u32) -> Result<bool> {
        let input = match &mut self.main {
            Main::None => return Ok(true),
            Main::File(input) => input,
            Main::Stdin => &mut self.cx.stdin,
        };
        let Separator::Byte(b'\n') = self.separator else { return Ok(false) };
        if self.code.wants_terminator {
            return Ok(false);
        }
        let Some(pattern) = self.patterns.of_lines(pattern)? else { return Ok(false) };
        let text = input.buffered();
        // Up to where the last line begins that is there as a whole.
        let lines = memrchr(b'\n', text).and_then(|last| Some(memrchr(b'\n', text.get(..last)?)? + 1));
        let Some(text) = lines.and_then(|end| text.get(..end)) else { return Ok(true) };
        let skipped = pattern.find_line(text, 0).map_or(text.len(), |line| line.0);
        let count = base::bytes::count(b'\n', text.get(..skipped).unwrap_or_default()) as f64;
        input.consume(skipped);
        for number in [special::NR, special::FNR] {
            let place = &mut self.regs[number as usize];
            *place = Value::Number(place.number() + count);
        }
        Ok(skipped > 256)
    }

    /// Opens the next operand that is a file; false where there is none.
    #[inline(never)]
    fn open_next(&mut self) -> Result<bool> {
        // BEGINFILE may end it all.
        while !self.ended {
            let count = self.regs[special::ARGC as usize].number();
            if self.operand as f64 >= count {
                if self.had_file {
                    return Ok(false);
                }
                self.had_file = true;
                self.main = Main::Stdin;
                return self.begin_file(b"");
            }
            let argv = self.array(special::ARGV)?;
            let key = Key::Whole(i64::try_from(self.operand).unwrap_or(0));
            let name = self.tables[argv].get(&key).cloned().unwrap_or_default();
            self.operand += 1;
            let mut room = Vec::new();
            let name = name.bytes(&mut room, &self.convfmt);
            if name.is_empty() {
                continue;
            }
            if let Some((variable, value)) = stream::assignment(name) {
                self.assign_by_name(variable, value)?;
                continue;
            }
            if self.sandbox.as_ref().is_some_and(|operands| !operands.iter().any(|operand| operand == name)) {
                self.outside("a new file in ARGV")?;
            }
            self.had_file = true;
            let name = name.to_vec();
            self.finish_file()?;
            let begins = self.code.begin_file.is_some();
            let opened = if name == b"-" || name == b"/dev/stdin" {
                self.cx.stdin.resume();
                Ok(Main::Stdin)
            } else {
                // BEGINFILE wants to know of a folder, too, that it cannot be read.
                Input::open(&name).and_then(|mut input| match begins {
                    true => input.more().map(|_| Main::File(input)),
                    false => Ok(Main::File(input)),
                })
            };
            match opened {
                Ok(main) => {
                    self.main = main;
                    if self.in_place && matches!(self.main, Main::File(_)) {
                        self.rewrite(&name)?;
                    }
                    self.regs[special::ERRNO as usize] = Value::Unset;
                    if self.begin_file(&name)? {
                        return Ok(true);
                    }
                }
                Err(error) => {
                    self.main = Main::None;
                    self.regs[special::ERRNO as usize] = reason(&error);
                    // It may skip the file.
                    if !begins || self.begin_file(&name)? {
                        self.cx.warn(error.with_status(2));
                    }
                }
            }
        }
        Ok(false)
    }

    /// -i inplace: what is printed from now on is the new content of a file.
    #[inline(never)]
    fn rewrite(&mut self, name: &[u8]) -> Result<()> {
        self.outside("-i inplace")?;
        let new = Replacement::begin(name, 0o666).at(name)?;
        let output = Output::owned(rustix::io::fcntl_dupfd_cloexec(new.file(), 3).at(name)?, name);
        self.rewriting = Some((new, core::mem::replace(&mut self.cx.stdout, output)));
        Ok(())
    }

    /// Puts the file that was written in its place.
    pub fn finish_file(&mut self) -> Result<()> {
        let Some((new, stdout)) = self.rewriting.take() else { return Ok(()) };
        let mut output = core::mem::replace(&mut self.cx.stdout, stdout);
        output.finish()?;
        new.commit().at(b"-i inplace")
    }

    /// Starts a file; false where BEGINFILE skips it.
    fn begin_file(&mut self, name: &[u8]) -> Result<bool> {
        self.regs[special::FILENAME as usize] = Value::outside(name);
        self.regs[special::FNR as usize] = Value::Number(0.0);
        self.regs[special::ARGIND as usize] = Value::Number(self.operand as f64 - 1.0);
        if let Some(entry) = self.code.begin_file {
            self.record.set(b"");
            if let Flow::NextFile = self.piece(entry)? {
                self.main = Main::None;
                return Ok(false);
            }
        }
        Ok(!self.ended)
    }

    fn end_file(&mut self) -> Result<()> {
        self.main = Main::None;
        if let Some(entry) = self.code.end_file {
            self.piece(entry)?;
        }
        Ok(())
    }

    /// nextfile.
    pub fn skip_file(&mut self) -> Result<()> {
        if let Main::None = self.main { Ok(()) } else { self.end_file() }
    }

    /// getline: its status; with a variable, the line is left in a register.
    #[inline(never)]
    pub fn getline(&mut self, source: Source, var: bool, line: usize, name: usize) -> Result<f64> {
        if source == Source::Main {
            let kept = if var { Some(self.record()) } else { None };
            if !self.next_record()? {
                return Ok(0.0);
            }
            if let Some(kept) = kept {
                self.regs[line] = self.record();
                self.set_field(0, kept)?;
            }
            return Ok(1.0);
        }
        self.outside("redirection")?;
        let mut room = Vec::new();
        let name = self.regs[name].bytes(&mut room, &self.convfmt).to_vec();
        let is_command = source == Source::Command;
        let known = self.readers.iter().position(|stream| stream.command == is_command && stream.name == name);
        let number = match known {
            Some(number) => number,
            None if !is_command && name == b"-" => usize::MAX,
            None => {
                self.flush_all()?;
                match Stream::open(self.cx, &name, is_command, None) {
                    Ok(stream) => self.readers.push(stream),
                    Err(error) => {
                        self.regs[special::ERRNO as usize] = reason(&error);
                        return Ok(-1.0);
                    }
                }
                self.readers.len() - 1
            }
        };
        let input = match self.readers.get_mut(number).and_then(|stream| stream.input.as_mut()) {
            Some(input) => input,
            None => &mut self.cx.stdin,
        };
        let mut text = Vec::new();
        let ending = self.code.wants_terminator.then_some(&mut self.ending);
        match stream::read(input, &self.separator, &mut text, ending) {
            Ok(true) => {}
            Ok(false) => return Ok(0.0),
            Err(error) => {
                self.regs[special::ERRNO as usize] = reason(&error);
                return Ok(-1.0);
            }
        }
        if self.code.wants_terminator {
            self.regs[special::RT as usize] = Value::text(&self.ending);
        }
        if var {
            self.regs[line] = Value::outside(&text);
        } else {
            self.record.set(&text);
        }
        Ok(1.0)
    }
}

/// What ERRNO becomes: the number, as in BusyBox, where gawk has strerror's text.
fn reason(error: &Error) -> Value {
    Value::Number(f64::from(error.errno().map_or(0, |errno| errno.raw_os_error())))
}
