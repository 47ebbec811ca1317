//! inside - what runs in this process although it would be a subshell, its output collected in memory.

use crate::flow::{Flow, Unwind, subshell_status};
use crate::shell::Shell;
use crate::tree::{Command, List};

impl Shell {
    /// Runs the list of a command substitution without a child, its output going to memory: the output. None where it
    /// needs one.
    pub fn run_captured(&mut self, list: &List) -> Option<Flow<Vec<u8>>> {
        // At a prompt an applet could not be interrupted.
        if self.options.interactive || self.options.xtrace || !self.options.inprocess {
            return None;
        }
        let look = self.look_at(list, true)?;
        if look.changes && !self.can_undo() {
            return None;
        }
        let outer = self.capture.replace(Vec::new());
        let (status, line, guard) = (self.status, self.line, core::mem::take(&mut self.guard));
        let result = if look.changes {
            self.run_contained(list, &look)
        } else {
            // What would have ended the subshell ends only the substitution.
            Some(Ok(subshell_status(self.run_list(list, false))))
        };
        let text = core::mem::replace(&mut self.capture, outer);
        self.guard = guard;
        self.line = line;
        self.status = status;
        match result? {
            Ok(status) => self.substituted = Some(status),
            Err(unwind) => return Some(Err(unwind)),
        }
        text.map(Ok)
    }

    /// Runs a pipeline in this process if that is possible.
    #[inline(never)]
    pub(super) fn pipe_inside(&mut self, commands: &[Command]) -> Flow<Option<u8>> {
        if self.options.interactive
            || self.options.xtrace
            || !self.options.inprocess
            || self.traps.on_debug
            || !self.is_pure_pipe(commands)
        {
            return Ok(None);
        }
        let Some((last, first)) = commands.split_last() else { return Ok(None) };
        let outer = self.capture.take();
        let guard = core::mem::replace(&mut self.guard, 1);
        let mut failed = 0;
        let mut statuses = Vec::with_capacity(commands.len());
        let mut flow = Ok(());
        for command in first {
            self.capture = Some(Vec::new());
            let result = self.run_command(command, false);
            let text = self.capture.take().unwrap_or_default();
            self.fed = Some(text);
            match inner_status(result) {
                Ok(status) => {
                    statuses.push(status);
                    failed = if status == 0 { failed } else { status };
                }
                Err(unwind) => flow = Err(unwind),
            }
        }
        self.capture = outer;
        let status = match flow {
            Ok(()) => inner_status(self.run_command(last, false)),
            Err(unwind) => Err(unwind),
        };
        self.guard = guard;
        self.fed = None;
        let status = status?;
        statuses.push(status);
        self.pipe_statuses = statuses;
        Ok(Some(if self.options.pipefail && status == 0 { failed } else { status }))
    }
}

fn inner_status(result: Flow<u8>) -> Flow<u8> {
    match result {
        Ok(status) | Err(Unwind::Exit(status) | Unwind::Fail(status)) => Ok(status),
        Err(other) => Err(other),
    }
}
