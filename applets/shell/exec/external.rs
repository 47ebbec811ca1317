//! external - what is no built-in and no function: applets, in this process or in a child of it, and files.

use super::lookup::Found;
use super::redirect::Stream;
use super::simple::base_name;
use crate::flow::Flow;
use crate::names::Sym;
use crate::options::shopt;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Command, Redirect, Simple};
use base::applet::{Applet, Exec};
use base::error::Errno;
use base::sys;
use rustix::fd::OwnedFd;
use rustix::fs::FileType;

impl Shell {
    /// Runs a file or an applet, or says that there is none.
    pub(super) fn run_external(
        &mut self,
        found: &Found,
        command: &Command,
        simple: &Simple,
        args: &mut Strings,
        tail: bool,
    ) -> Flow<u8> {
        // A PATH before the command is where the command is looked for.
        let moved = simple.assignments.iter().any(|assignment| assignment.name == Sym::PATH);
        let again = match args.get(0) {
            Some(name) if moved && !name.contains(&b'/') => {
                let sym = self.names.intern(name);
                Some(self.look_up_file(sym))
            }
            _ => None,
        };
        let found = again.as_ref().unwrap_or(found);
        match found {
            Found::Applet(applet, path) => {
                let inside = matches!(applet.exec, Exec::NoFork)
                    && !self.options.interactive
                    && self.options.inprocess
                    && !(tail && self.capture.is_none() && !self.traps.any())
                    && Shell::are_streams(&command.redirects)
                    && !args.iter().any(names_descriptor);
                if inside {
                    return self.run_inside(applet, &command.redirects, args);
                }
                match (path, applet.exec) {
                    (Some(path), Exec::Fork) => self.run_file(path, command, args, tail),
                    (Some(path), _) if !self.options.inprocess => self.run_file(path, command, args, tail),
                    _ => self.run_in_child(applet, command, args, tail),
                }
            }
            Found::File(path) => self.run_file(path, command, args, tail),
            _ if self.options.interactive && self.options.shopt & shopt::AUTOCD != 0 && self.names_directory(args) => {
                let Some(cd) = crate::builtin::find(b"cd") else { return Ok(1) };
                let words = Strings::from_slices(&[b"cd", b"--", args.get(0).unwrap_or_default()]);
                self.run_builtin(cd, &command.redirects, &words)
            }
            _ => self.redirected(&command.redirects, &mut |shell| {
                Ok(shell.not_run(args.get(0).unwrap_or_default(), matches!(found, Found::Denied)))
            }),
        }
    }

    /// Whether a command is one word, and that a directory.
    fn names_directory(&self, args: &Strings) -> bool {
        let status = args.get(0).filter(|_| args.len() == 1).and_then(|name| base::fs::stat(name).ok());
        status.is_some_and(|status| FileType::from_raw_mode(status.st_mode).is_dir())
    }

    /// Runs a NoFork applet in this process.
    fn run_inside(&mut self, applet: &'static Applet, redirects: &[Redirect], args: &Strings) -> Flow<u8> {
        let mut files: Vec<OwnedFd> = Vec::new();
        let mut streams = self.streams();
        if !redirects.is_empty() && self.redirect_streams(redirects, &mut streams, &mut files)?.is_err() {
            return Ok(1);
        }
        let slices = args.slices();
        let Some((name, arguments)) = slices.split_first() else { return Ok(0) };
        self.guard_pipe();
        let status = self.run_applet(applet, base_name(name), arguments, streams);
        // As if the signal had ended it.
        let broken = self.guards_pipe && sys::signal::take_one(crate::exec::process::number::PIPE);
        Ok(if broken { 128u8.saturating_add(13) } else { status })
    }

    /// Runs an applet in a child, without exec.
    fn run_in_child(&mut self, applet: &'static Applet, command: &Command, args: &Strings, tail: bool) -> Flow<u8> {
        self.in_child(command, tail, args, &mut |shell| {
            let slices = args.slices();
            let Some((name, arguments)) = slices.split_first() else { return 0 };
            shell.default_signals();
            base::command::take_name(base_name(name));
            shell.run_applet(applet, base_name(name), arguments, [Stream::Fd(0), Stream::Fd(1), Stream::Fd(2)])
        })
    }

    /// Forks (or not, where this process ends anyway), redirects, and runs `work` there.
    pub(super) fn in_child(
        &mut self,
        command: &Command,
        tail: bool,
        args: &Strings,
        work: &mut dyn FnMut(&mut Shell) -> u8,
    ) -> Flow<u8> {
        let replace = tail && !self.traps.any() && !self.options.monitor && self.capture.is_none();
        if !replace {
            let pipe = self.pipe_for_capture()?;
            let child = self.fork()?;
            if let Some(pid) = child {
                return self.finish_child(pid, pipe, args);
            }
            self.enter_group(0, true);
            self.enter_child(pipe);
        }
        let status = match self.redirect(&command.redirects, None) {
            Ok(Ok(())) => work(self),
            Ok(Err(_)) => 1,
            Err(unwind) => self.leave(Err(unwind)),
        };
        sys::exit(status)
    }

    /// Where output is collected in memory, a pipe through which a child's comes.
    pub(super) fn pipe_for_capture(&mut self) -> Flow<Option<(OwnedFd, OwnedFd)>> {
        if self.capture.is_none() {
            return Ok(None);
        }
        self.pipe().map(Some)
    }

    /// Reads what children print into the pipe for the memory.
    pub(super) fn collect(&mut self, pipe: Option<(OwnedFd, OwnedFd)>) {
        let Some((reader, writer)) = pipe else { return };
        drop(writer);
        let mut input = base::io::Input::owned(reader, b"");
        if let (Ok(text), Some(memory)) = (input.rest(), &mut self.capture) {
            memory.extend_from_slice(&text);
        }
    }

    fn enter_child(&mut self, pipe: Option<(OwnedFd, OwnedFd)>) {
        if let Some(text) = self.fed.take()
            && let Ok(file) = super::redirect::text_file(&text)
        {
            self.move_onto(file, 0);
        }
        self.become_subshell(false);
        if let Some((reader, writer)) = pipe {
            drop(reader);
            self.move_onto(writer, 1);
        }
    }

    fn finish_child(&mut self, pid: i32, pipe: Option<(OwnedFd, OwnedFd)>, args: &Strings) -> Flow<u8> {
        self.fed = None;
        if pipe.is_some() {
            self.collect(pipe);
            return Ok(self.wait_for_child(pid));
        }
        self.wait_command(pid, args)
    }

    /// Waits for a command in the foreground, which is a job with its words for a name.
    pub(super) fn wait_command(&mut self, pid: i32, args: &Strings) -> Flow<u8> {
        let text = if self.options.monitor { args.joined(0) } else { Vec::new() };
        self.wait_foreground(&[pid], &text)
    }

    /// The message and status for a command that cannot be run.
    pub fn not_run(&mut self, name: &[u8], denied: bool) -> u8 {
        if denied {
            self.complain_of("%: ", name, Errno::ACCESS);
            126
        } else if name.is_empty() {
            self.complain_of(": ", b"", Errno::ACCESS);
            127
        } else {
            self.complain("%: not found", name);
            127
        }
    }
}

/// Whether an argument may mean one of the process's descriptors, which redirections must then really change.
pub(super) fn names_descriptor(text: &[u8]) -> bool {
    text.starts_with(b"/")
        && (text.starts_with(b"/dev/std") || text.starts_with(b"/dev/fd") || text.starts_with(b"/proc"))
}
