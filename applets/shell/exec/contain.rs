//! contain - a subshell in this process: what its commands change is noted and put back after them.

use super::look::Look;
use crate::flow::{Flow, Unwind, subshell_status};
use crate::options::shopt;
use crate::shell::Shell;
use crate::tree::List;
use rustix::fs::{Mode, OFlags};

impl Shell {
    /// Whether what commands change here can be undone.
    pub(super) fn can_undo(&self) -> bool {
        !self.options.interactive
            && !self.options.monitor
            && !self.options.xtrace
            && self.options.inprocess
            && self.options.shopt & shopt::LASTPIPE == 0
            && self.fed.is_none()
            && !self.traps.any()
    }

    /// Whether a subshell's commands can be run here and undone.
    pub(super) fn can_contain(&mut self, list: &List) -> Option<Look> {
        if self.can_undo() && self.capture.is_none() { self.look_at(list, false) } else { None }
    }

    /// Runs a list that can be contained; the subshell's status. None, and nothing done, where its directory could not be come
    /// back to.
    pub(super) fn run_contained(&mut self, list: &List, look: &Look) -> Option<Flow<u8>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = if look.moves { Some(base::fs::open(c".", flags, Mode::empty()).ok()?) } else { None };
        self.guard_pipe();
        let mark = self.vars.note_changes();
        let positional = self.positional.clone();
        let (options, getopts, scope, line) = (self.options, self.getopts, self.scope, self.line);
        let (calls, loops, guard, frames) = (self.calls, self.loops, self.guard, self.frames.len());
        let (is_subshell, inside) = (self.is_subshell, self.inside);
        self.is_subshell = true;
        self.inside = true;
        let mut lost = None;
        let result = self.run_list(list, false);
        self.inside = inside;
        self.pipe_broke = false;
        self.is_subshell = is_subshell;
        if let Some(directory) = directory {
            // Another process may have shut it meanwhile. To go on elsewhere would be to change files that nobody meant.
            lost = rustix::process::fchdir(directory).err();
        }
        self.vars.forget_changes(&mark);
        self.positional = positional;
        self.options = options;
        self.getopts = getopts;
        self.scope = scope;
        self.line = line;
        self.calls = calls;
        self.loops = loops;
        self.guard = guard;
        while self.frames.len() > frames {
            self.leave_frame();
        }
        if let Some(errno) = lost {
            self.complain_of("cannot go back to the directory of the shell: ", b"", errno);
            return Some(Err(Unwind::Exit(2)));
        }
        Some(Ok(subshell_status(result)))
    }
}
