//! pipeline - commands joined by `|`: a child each, or all in this process where they only filter.

use crate::flow::Flow;
use crate::shell::Shell;
use crate::tree::{Command, Kind, Simple};
use rustix::fd::OwnedFd;

impl Shell {
    /// Runs the commands side by side; the status is the last one's, or under `pipefail` the last failure's.
    #[inline(never)]
    pub(super) fn run_pipe(&mut self, commands: &[Command]) -> Flow<u8> {
        if self.options.noexec {
            return Ok(0);
        }
        if let Some(status) = self.pipe_inside(commands)? {
            return Ok(status);
        }
        for command in commands {
            self.announce_element(command)?;
        }
        // `shopt -s lastpipe`: the last command runs in this shell and may change its variables.
        let here = self.options.shopt & crate::options::shopt::LASTPIPE != 0 && !self.options.monitor;
        let mut children = Vec::with_capacity(commands.len());
        let mut input: Option<OwnedFd> = None;
        let mut left = commands.len();
        let output = self.pipe_for_capture()?;
        for command in commands {
            // A body that waits is read here once, and not in each child.
            if let Kind::Simple(Simple { name: Some(name), .. }) = &command.kind
                && let Some(function) = self.function(*name)
            {
                function.body(self.known());
            }
            left = left.saturating_sub(1);
            let pipe = if left > 0 { Some(self.pipe()?) } else { None };
            if here && left == 0 {
                return self.run_last(command, input.take(), &children);
            }
            let leader = children.first().copied().unwrap_or(0);
            let Some(pid) = self.fork()? else {
                self.enter_group(leader, true);
                self.become_subshell(false);
                if let Some(input) = input.take() {
                    self.move_onto(input, 0);
                }
                if let Some((reader, writer)) = if left > 0 { pipe } else { output } {
                    drop(reader);
                    self.move_onto(writer, 1);
                }
                let result = self.run_command(command, true);
                self.leave(result);
            };
            if self.options.monitor {
                let group = if leader == 0 { pid } else { leader };
                let _ = rustix::process::setpgid(
                    rustix::process::Pid::from_raw(pid),
                    rustix::process::Pid::from_raw(group),
                );
            }
            children.push(pid);
            input = pipe.map(|(reader, _)| reader);
        }
        drop(input);
        self.collect(output);
        self.wait_foreground(&children, b"pipeline")
    }

    /// Keeps a pipeline's command for BASH_COMMAND, and runs the trap for DEBUG, for what a child of its own does is not seen here.
    fn announce_element(&mut self, command: &Command) -> Flow<()> {
        let Kind::Simple(Simple { rare: Some(rare), .. }) = &command.kind else { return Ok(()) };
        self.line = command.line;
        self.note_command(&rare.text);
        if self.options.functrace { Ok(()) } else { self.announce(&None) }
    }

    /// Runs a pipeline's last command in this process, then waits for the others.
    fn run_last(&mut self, command: &Command, input: Option<OwnedFd>, children: &[i32]) -> Flow<u8> {
        let mut saved = Vec::new();
        super::redirect::save(0, &mut saved);
        if let Some(input) = input {
            self.move_onto(input, 0);
        }
        self.guard = self.guard.saturating_add(1);
        let result = self.run_command(command, false);
        self.guard = self.guard.saturating_sub(1);
        self.restore(saved);
        let before = self.wait_foreground(children, b"pipeline")?;
        let status = result?;
        if children.len() == 1 {
            self.pipe_statuses = vec![before];
        }
        self.pipe_statuses.push(status);
        Ok(if self.options.pipefail && status == 0 { before } else { status })
    }
}
