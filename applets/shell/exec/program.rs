//! program - starting a file as a program, beside the shell or in its place.

use super::redirect::Stream;
use crate::flow::Flow;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::Command;
use base::error::Errno;
use base::sys;
use base::sys::process::{self, SpawnOptions};
use rustix::fd::{AsRawFd, OwnedFd};
use std::ffi::CString;

impl Shell {
    /// Runs a program.
    pub(super) fn run_file(&mut self, path: &CString, command: &Command, args: &Strings, tail: bool) -> Flow<u8> {
        let replace = tail && !self.traps.any() && !self.options.monitor && self.capture.is_none();
        let quick = !replace
            && !self.options.monitor
            && !self.options.interactive
            && self.capture.is_none()
            && self.fed.is_none()
            && Shell::are_streams(&command.redirects);
        if quick && let Some(status) = self.spawn(path, command, args)? {
            return Ok(status);
        }
        let environment = base::Environment::list(&self.environment());
        self.in_child(command, tail, args, &mut |shell| shell.exec(path, args, &environment))
    }

    /// Starts a program without copying this process; None where that is not possible.
    #[inline(never)]
    fn spawn(&mut self, path: &CString, command: &Command, args: &Strings) -> Flow<Option<u8>> {
        let mut streams = self.streams();
        let mut files = Vec::new();
        if !command.redirects.is_empty()
            && self.redirect_streams(&command.redirects, &mut streams, &mut files)?.is_err()
        {
            return Ok(Some(1));
        }
        let mut copies: Vec<(i32, i32)> = Vec::new();
        let mut closed = Vec::new();
        // Copies of the standard descriptors are made first, out of the way of what replaces them.
        let mut kept: Vec<OwnedFd> = Vec::new();
        for (to, stream) in (0i32..).zip(&streams) {
            match stream {
                Stream::Fd(from) if *from == to => {}
                Stream::Fd(from @ 0..=2) => {
                    let Ok(copy) = rustix::io::fcntl_dupfd_cloexec(sys::descriptor(*from), super::redirect::OWN) else {
                        closed.push(to);
                        continue;
                    };
                    copies.push((copy.as_raw_fd(), to));
                    kept.push(copy);
                }
                Stream::Fd(from) => copies.push((*from, to)),
                Stream::Closed | Stream::Capture => closed.push(to),
                Stream::Text(text) => match self.here_document(text) {
                    Ok(file) => {
                        copies.push((file.as_raw_fd(), to));
                        kept.push(file);
                    }
                    Err(_) => return Ok(Some(1)),
                },
            }
        }
        let Some(argv) = c_strings(args) else { return Ok(None) };
        let environment = base::Environment::list(&self.environment());
        let options = SpawnOptions { dup: &copies, close: &closed, ..SpawnOptions::default() };
        match process::spawn(path, &argv, &environment, &options) {
            Ok(pid) => {
                drop(files);
                drop(kept);
                self.wait_command(pid, args).map(Some)
            }
            Err(Errno::NOEXEC) => {
                // A file without a `#!` line is a script.
                let Some(pid) = self.fork()? else {
                    self.become_subshell(false);
                    for (from, to) in copies {
                        sys::duplicate_onto(from, to);
                    }
                    closed.into_iter().for_each(sys::close);
                    sys::exit(self.as_script(path, args))
                };
                self.wait_command(pid, args).map(Some)
            }
            Err(errno) => Ok(Some(self.exec_failed(args, errno))),
        }
    }

    /// Replaces this process by a program; the status to leave with where that fails.
    pub fn exec(&mut self, path: &CString, args: &Strings, environment: &[CString]) -> u8 {
        let Some(argv) = c_strings(args) else { return 126 };
        self.default_signals();
        match process::execve(path, &argv, environment) {
            Errno::NOEXEC => self.as_script(path, args),
            errno => self.exec_failed(args, errno),
        }
    }

    fn exec_failed(&mut self, args: &Strings, errno: Errno) -> u8 {
        let name = args.get(0).unwrap_or_default().to_vec();
        if matches!(errno, Errno::NOENT | Errno::NOTDIR) {
            // The file has gone since it was remembered, or its interpreter is missing.
            if let Some(sym) = self.names.find(&name) {
                self.commands.forget(sym);
            }
            self.complain("%: not found", &name);
            return 127;
        }
        self.complain_of("%: ", &name, errno);
        126
    }
}

/// Arguments for execve.
fn c_strings(args: &Strings) -> Option<Vec<CString>> {
    let mut list = Vec::with_capacity(args.len());
    for arg in args.iter() {
        list.push(CString::new(arg).ok()?);
    }
    Some(list)
}
