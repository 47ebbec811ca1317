//! call - calling a function.

use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::Function;
use std::rc::Rc;

impl Shell {
    /// Calls a function.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn call(&mut self, function: &Rc<Function>, args: &mut Strings) -> Flow<u8> {
        let body = match function.body.get() {
            Some(body) => Some(body),
            None => function.body(self.known()),
        };
        let Some(body) = body.filter(|_| !self.stack.is_deep()) else {
            return Err(self.fail_about(function.name, "%: maximum function nesting level exceeded"));
        };
        // The list itself becomes the positional parameters, and is given back for the next command.
        let mut positional = core::mem::take(args);
        positional.shift(1);
        let outer = core::mem::replace(&mut self.positional, positional);
        let scope = self.vars.scope();
        let outer_scope = self.scope.replace(scope);
        let loops = core::mem::take(&mut self.loops);
        let getopts = self.getopts;
        let line = self.line;
        let outer_options = self.local_options.take();
        self.calls = self.calls.saturating_add(1);
        let source = function.source.get().cloned().unwrap_or_else(|| Rc::clone(&self.source));
        self.enter_frame(Some(function.name), source);
        let mut result = self.run_command(body, false);
        if self.traps.on_return.is_some()
            && matches!(result, Ok(_) | Err(Unwind::Return(_)))
            && let Err(unwind) = self.run_return_trap()
        {
            result = Err(unwind);
        }
        self.leave_frame();
        self.calls = self.calls.saturating_sub(1);
        self.loops = loops;
        self.scope = outer_scope;
        self.vars.leave(scope);
        *args = core::mem::replace(&mut self.positional, outer);
        self.getopts = getopts;
        self.line = line;
        if let Some(options) = core::mem::replace(&mut self.local_options, outer_options) {
            self.options = options;
        }
        match result {
            Err(Unwind::Return(status)) => Ok(status),
            other => other,
        }
    }
}
