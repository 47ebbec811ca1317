//! substitute - `$(…)`: in this process where its commands only print, else in a child whose output is read.

use crate::exec::redirect::Stream;
use crate::flow::Flow;
use crate::options::shopt;
use crate::shell::Shell;
use crate::tree::{Kind, List, Redirect, RedirectKind, Substitution};
use base::io;
use base::sys::{self, process};

impl Shell {
    /// The output of a command substitution, without the newlines at its end.
    #[inline(never)]
    pub(super) fn substitute(&mut self, substitution: &Substitution) -> Flow<Vec<u8>> {
        if self.stack.is_deep() {
            return Err(self.fail("command substitution nested too deeply", b""));
        }
        let (errexit, on_error, on_debug) = (self.options.errexit, self.traps.on_error, self.traps.on_debug);
        self.traps.on_error &= self.options.errtrace;
        self.traps.on_debug &= self.options.functrace;
        // In bash `set -e` does not reach in.
        self.options.errexit &= !self.bash || self.options.posix || self.options.shopt & shopt::INHERIT_ERREXIT != 0;
        let result = if substitution.list.items.is_empty() {
            self.substituted = Some(0);
            Ok(Vec::new())
        } else if let Some(redirects) = file_alone(&substitution.list) {
            self.read_redirected(redirects)
        } else {
            let quiet = !self.traps.on_error && !self.traps.on_debug;
            match quiet.then(|| self.run_captured(&substitution.list)).flatten() {
                Some(result) => result,
                None => self.substitute_in_child(&substitution.list),
            }
        };
        self.options.errexit = errexit;
        self.traps.on_error = on_error;
        self.traps.on_debug = on_debug;
        let mut text = result?;
        crate::input::strip_zeros(&mut text, 0);
        let length = text.iter().rposition(|byte| *byte != b'\n').map_or(0, |at| at.saturating_add(1));
        text.truncate(length);
        Ok(text)
    }

    /// What stands in the file of `$(<file)`, a redirection without a command.
    #[inline(never)]
    fn read_redirected(&mut self, redirects: &[Redirect]) -> Flow<Vec<u8>> {
        let mut files = Vec::new();
        let mut streams = [Stream::Fd(0), Stream::Fd(1), Stream::Fd(2)];
        let opened = self.redirect_streams(redirects, &mut streams, &mut files)?.is_ok();
        self.substituted = Some(u8::from(!opened));
        Ok(match streams {
            [Stream::Fd(fd), ..] if opened => io::Input::borrowed(sys::descriptor(fd), b"").rest().unwrap_or_default(),
            _ => Vec::new(),
        })
    }

    fn substitute_in_child(&mut self, list: &List) -> Flow<Vec<u8>> {
        let (reader, writer) = self.pipe()?;
        let Some(pid) = self.fork()? else {
            drop(reader);
            self.become_subshell(false);
            self.guard = 0;
            self.move_onto(writer, 1);
            let result = self.run_list(list, true);
            self.leave(result);
        };
        drop(writer);
        let text = io::Input::owned(reader, b"").rest().unwrap_or_default();
        self.substituted = Some(self.wait_for_child(pid));
        Ok(text)
    }

    /// Starts the commands of `<(…)` or `>(…)`; the name of the pipe's other end, which stays open until the command ends.
    #[inline(never)]
    pub(super) fn substitute_process(&mut self, substitution: &Substitution, writes: bool) -> Flow<Vec<u8>> {
        let (reader, writer) = self.pipe()?;
        let (ours, theirs, fd) = if writes { (writer, reader, 0) } else { (reader, writer, 1) };
        let Some(pid) = self.fork()? else {
            drop(ours);
            self.held.clear();
            self.become_subshell(false);
            self.guard = 0;
            self.move_onto(theirs, fd);
            let result = self.run_list(&substitution.list, true);
            self.leave(result);
        };
        // Commands must see it: high, and not closed by exec.
        let held = rustix::io::fcntl_dupfd_cloexec(&ours, 60).and_then(|fd| {
            rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::empty())?;
            Ok(fd)
        });
        let held = held.map_err(|errno| self.fail_of("pipe: ", b"", errno))?;
        let mut path = b"/dev/fd/".to_vec();
        crate::arith::push_number(&mut path, i64::from(rustix::fd::AsRawFd::as_raw_fd(&held)));
        self.held.push((held, writes.then_some(pid)));
        self.jobs.add_substitution(pid);
        Ok(path)
    }

    /// Closes the pipes of process substitutions that were made since there were `count`, after their command. A `>(…)` gets
    /// a moment to end, so that what it prints comes before what follows; not longer, for a process that the command has
    /// left behind, or `exec`, may hold its pipe.
    #[inline(never)]
    pub fn release(&mut self, count: usize) {
        while self.held.len() > count {
            let Some((pipe, reader)) = self.held.pop() else { return };
            drop(pipe);
            let reader = reader.and_then(rustix::process::Pid::from_raw);
            if let Some(reader) = reader
                && let Ok(fd) = rustix::process::pidfd_open(reader, rustix::process::PidfdFlags::empty())
            {
                let moment = rustix::time::Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
                let _ = rustix::event::poll(
                    &mut [rustix::event::PollFd::new(&fd, rustix::event::PollFlags::IN)],
                    Some(&moment),
                );
            }
        }
    }

    /// Waits for a child that is no job; its status.
    pub fn wait_for_child(&mut self, pid: process::Pid) -> u8 {
        loop {
            match process::wait(pid, false, false) {
                Ok(Some((_, how))) => return how.shell_status(),
                Err(rustix::io::Errno::INTR) | Ok(None) => {}
                Err(_) => return 127,
            }
        }
    }
}

/// The redirection of a list that is nothing but `<file`.
fn file_alone(list: &List) -> Option<&[Redirect]> {
    let [item] = &*list.items else { return None };
    let [command] = item.first.commands.as_slice() else { return None };
    let (Kind::Simple(simple), [redirect]) = (&command.kind, &*command.redirects) else { return None };
    let plain = item.rest.is_empty() && item.background.is_none() && !item.first.negated;
    let alone = simple.words.is_empty() && simple.assignments.is_empty();
    let reads = redirect.kind == RedirectKind::Read && redirect.fd == 0 && redirect.variable.is_none();
    (plain && alone && reads).then_some(&command.redirects)
}
