//! simple - simple commands: expansion, redirections, and running what the name means.

use super::lookup::Found;
use crate::few::Few;
use crate::flow::Flow;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Command, Part, Redirect, Simple, Target, Word};
use std::rc::Rc;

impl Shell {
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn run_simple(&mut self, command: &Command, simple: &Simple, tail: bool) -> Flow<u8> {
        if self.options.noexec {
            return Ok(0);
        }
        self.line = command.line;
        self.substituted = None;
        if let Some(rare) = &simple.rare {
            self.note_command(&rare.text);
        }
        if self.traps.on_debug {
            self.run_debug_trap()?;
        }
        if simple.words.is_empty() {
            return self.assign_only(command, simple);
        }
        let mut args = self.spare.pop().unwrap_or_default();
        let result = self.run_words(command, simple, &mut args, tail);
        args.clear();
        self.spare.push(args);
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_words(&mut self, command: &Command, simple: &Simple, args: &mut Strings, tail: bool) -> Flow<u8> {
        self.expand_words(&simple.words, args)?;
        let Some(name) = args.get(0) else {
            return self.assign_only(command, simple);
        };
        let found = match simple.name {
            Some(sym) => self.look_up_name(sym),
            None => self.look_up(name),
        };
        self.run_found(found, command, simple, args, tail)
    }

    /// Runs a command whose words are expanded and whose name is looked up.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_found(
        &mut self,
        found: Found,
        command: &Command,
        simple: &Simple,
        args: &mut Strings,
        tail: bool,
    ) -> Flow<u8> {
        let expanded: Command;
        let command = if !simple.assignments.is_empty() && command.redirects.iter().any(is_expanded) {
            expanded = self.expand_redirects(command)?;
            &expanded
        } else {
            command
        };
        let status = match found {
            Found::Builtin(builtin) if !simple.compounds().is_empty() => {
                self.declare_lists(builtin, command, simple, args)?
            }
            Found::Builtin(builtin) if builtin.special => return self.run_special(builtin, command, simple, args),
            found => self.scoped(simple, args, &mut |shell, args| match &found {
                Found::Builtin(builtin) => shell.run_builtin(builtin, &command.redirects, args),
                Found::Function(function) if command.redirects.is_empty() => shell.call(function, args),
                Found::Function(function) => {
                    shell.redirected(&command.redirects, &mut |shell| shell.call(function, args))
                }
                found => shell.run_external(found, command, simple, args, tail),
            })?,
        };
        self.checked(status)
    }

    /// Runs what `command` found: no assignments, redirections in place.
    pub fn run_found_plain(&mut self, found: Found, args: &Strings) -> Flow<u8> {
        let command =
            Command { line: self.line, redirects: Box::default(), kind: crate::tree::Kind::Simple(Simple::default()) };
        let traced = core::mem::replace(&mut self.options.xtrace, false);
        let result = self.run_found(found, &command, &Simple::default(), &mut args.clone(), false);
        self.options.xtrace = traced;
        result
    }

    /// Runs `work` with redirections in place on the process's descriptors; 1 where they fail.
    pub(super) fn redirected(
        &mut self,
        redirects: &[Redirect],
        work: &mut dyn FnMut(&mut Shell) -> Flow<u8>,
    ) -> Flow<u8> {
        let mut saved = Vec::new();
        let result = match self.redirect(redirects, Some(&mut saved)) {
            Ok(Ok(())) => work(self),
            Ok(Err(_)) => Ok(1),
            Err(unwind) => Err(unwind),
        };
        self.restore(saved);
        result
    }

    /// The command with its redirections expanded: they do not see the assignments before it.
    #[inline(never)]
    fn expand_redirects(&mut self, command: &Command) -> Flow<Command> {
        let mut redirects = Vec::with_capacity(command.redirects.len());
        for Redirect { fd, variable, kind, target } in &command.redirects {
            let text = match target {
                Target::Word(word) => self.expand_text(word)?,
                Target::Here(body) => match body.get() {
                    Some(word) => self.expand_text(word)?,
                    None => Vec::new(),
                },
            };
            let word = Word { parts: Few::One(Part::Quoted(text.into())), ..Word::default() };
            let target = match target {
                Target::Word(_) => Target::Word(word),
                Target::Here(_) => Target::Here(Rc::new(word.into())),
            };
            redirects.push(Redirect { fd: *fd, variable: *variable, kind: *kind, target });
        }
        Ok(Command {
            line: command.line,
            redirects: redirects.into(),
            kind: crate::tree::Kind::Simple(Simple::default()),
        })
    }
}

/// Whether a redirection's word or text has expansions.
fn is_expanded(redirect: &Redirect) -> bool {
    match &redirect.target {
        Target::Word(word) => word.constant().is_none(),
        Target::Here(body) => body.get().is_some_and(|word| word.constant().is_none()),
    }
}

/// The name without its directories.
#[inline(never)]
pub fn base_name(path: &[u8]) -> &[u8] {
    let slash = memchr::memrchr(b'/', path).map_or(0, |at| at.saturating_add(1));
    path.get(slash..).unwrap_or_default()
}
