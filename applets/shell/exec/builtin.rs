//! builtin - running a built-in: as it is, or with its streams or the process's descriptors redirected.

use super::external::names_descriptor;
use super::redirect::{Stream, fatal};
use crate::builtin::{Builtin, Io};
use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Command, Redirect, Simple};

impl Shell {
    /// Runs a regular built-in with redirections.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn run_builtin(&mut self, builtin: &'static Builtin, redirects: &[Redirect], args: &Strings) -> Flow<u8> {
        if redirects.is_empty() && self.fed.is_none() {
            return self.run_as_is(builtin, args);
        }
        if builtin.real || !Shell::are_streams(redirects) || args.iter().any(names_descriptor) {
            return self.redirected(redirects, &mut |shell| {
                let streams = shell.streams();
                shell.with_streams(builtin, streams, args)
            });
        }
        let mut files = Vec::new();
        let mut streams = self.streams();
        if !redirects.is_empty() && self.redirect_streams(redirects, &mut streams, &mut files)?.is_err() {
            return Ok(1);
        }
        self.with_streams(builtin, streams, args)
    }

    /// Runs a built-in where neither redirections nor a pipeline give it other streams than the shell's.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_as_is(&mut self, builtin: &'static Builtin, args: &Strings) -> Flow<u8> {
        let output = if self.capture.is_some() { Stream::Capture } else { Stream::Fd(1) };
        builtin.run(self, &mut Io { input: Stream::Fd(0), output }, args)
    }

    /// A special built-in: its assignments stay, its errors end a script.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn run_special(
        &mut self,
        builtin: &'static Builtin,
        command: &Command,
        simple: &Simple,
        args: &Strings,
    ) -> Flow<u8> {
        let result = if command.redirects.is_empty() && self.fed.is_none() {
            self.special_assignments(simple, args).and_then(|()| self.run_as_is(builtin, args))
        } else if !builtin.real && Shell::are_streams(&command.redirects) {
            self.run_special_inside(builtin, command, simple, args)
        } else {
            self.run_special_redirected(builtin, command, simple, args)
        };
        let status = match result {
            // In bash their errors are errors like others.
            Err(Unwind::Fail(status)) if self.bash && builtin.name() != b"exit" => status,
            other => other?,
        };
        self.checked(status)
    }

    #[inline(never)]
    fn run_special_redirected(
        &mut self,
        builtin: &'static Builtin,
        command: &Command,
        simple: &Simple,
        args: &Strings,
    ) -> Flow<u8> {
        let mut saved = Vec::new();
        let result = match self.redirect(&command.redirects, Some(&mut saved)) {
            Ok(Ok(())) => {
                // `exec` without a command keeps its redirections; with one that fails in an interactive shell too, as in
                // other shells.
                if builtin.name() == b"exec" {
                    saved.clear();
                }
                self.special_assignments(simple, args).and_then(|()| {
                    let streams = self.streams();
                    self.with_streams(builtin, streams, args)
                })
            }
            Ok(Err(failed)) => Err(fatal(failed)),
            Err(unwind) => Err(unwind),
        };
        self.restore(saved);
        result
    }

    #[inline(never)]
    fn run_special_inside(
        &mut self,
        builtin: &'static Builtin,
        command: &Command,
        simple: &Simple,
        args: &Strings,
    ) -> Flow<u8> {
        let mut files = Vec::new();
        let mut streams = self.streams();
        if let Err(failed) = self.redirect_streams(&command.redirects, &mut streams, &mut files)? {
            return Err(fatal(failed));
        }
        self.special_assignments(simple, args)?;
        self.with_streams(builtin, streams, args)
    }

    fn with_streams(&mut self, builtin: &'static Builtin, streams: [Stream; 3], args: &Strings) -> Flow<u8> {
        let [input, output, error] = streams;
        let mut io = Io { input, output };
        if matches!(error, Stream::Fd(2)) {
            return builtin.run(self, &mut io, args);
        }
        let outer = core::mem::replace(&mut self.error, error);
        let result = builtin.run(self, &mut io, args);
        self.error = outer;
        result
    }
}
