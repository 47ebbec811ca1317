//! trace - what `set -x` shows.

use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::Assignment;

impl Shell {
    /// Prints what is neither quoted nor a command under `set -x`.
    pub(crate) fn trace_text(&mut self, parts: &[&[u8]]) {
        let mut text = self.trace_prompt();
        text.extend_from_slice(&parts.concat());
        crate::shell::tell(&text);
    }

    /// PS4 expanded; its own commands are not traced.
    fn trace_prompt(&mut self) -> Vec<u8> {
        self.options.xtrace = false;
        let prompt = self.vars.copy(crate::names::Sym::PS4);
        let text = self.expand_prompt(&prompt);
        self.options.xtrace = true;
        text
    }

    /// Prints a command under `set -x`.
    pub(super) fn trace(&mut self, assignments: &[Assignment], args: &Strings) {
        let mut text = self.trace_prompt();
        let mut first = true;
        for assignment in assignments {
            if !first {
                text.push(b' ');
            }
            first = false;
            text.extend_from_slice(self.names.text(assignment.name));
            text.push(b'=');
            if assignment.array.is_some() {
                text.extend_from_slice(b"(...)");
                continue;
            }
            let value = self.vars.get(assignment.name).unwrap_or_default();
            crate::builtin::push_quoted(&mut text, value);
        }
        for arg in args.iter() {
            if !first {
                text.push(b' ');
            }
            first = false;
            crate::builtin::push_quoted(&mut text, arg);
        }
        text.push(b'\n');
        crate::shell::tell(&text);
    }
}
