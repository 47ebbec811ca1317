//! exec - runs the tree: lists, and-or lists, pipelines, compound commands.
//!
//! `tail` says that the process ends after this command: a program can then replace it instead of being waited for.

pub mod applet;
mod assign;
mod builtin;
mod call;
mod contain;
mod count;
mod external;
mod inside;
mod look;
pub mod lookup;
mod pipeline;
pub mod process;
mod program;
pub mod redirect;
pub mod simple;
mod timed;
mod trace;

use crate::expand::fields::Wanted;
use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{AndOr, Arithmetic, Arm, Case, Command, For, If, Kind, List, Loop, Pipeline, Shown, Then};
use std::rc::Rc;

impl Shell {
    /// Runs commands one after the other; the status is the last one's.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn run_list(&mut self, list: &List, tail: bool) -> Flow<u8> {
        let mut status = 0;
        let mut left = list.items.len();
        for item in &list.items {
            left = left.saturating_sub(1);
            status = match alone(item) {
                Some(command) => self.run_alone(command, tail && left == 0)?,
                None => self.run_and_or(item, tail && left == 0)?,
            };
            // Not after `&`: a signal that the new job sends at once is better taken with the next command's status.
            if base::sys::signal::pending() && item.background.is_none() {
                self.run_traps()?;
            }
        }
        Ok(status)
    }

    /// Runs a list whose failure is looked at: `set -e` does not apply.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_condition(&mut self, list: &List) -> Flow<u8> {
        self.guard = self.guard.saturating_add(1);
        let result = self.run_list(list, false);
        self.guard = self.guard.saturating_sub(1);
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_and_or(&mut self, item: &AndOr, tail: bool) -> Flow<u8> {
        if let Some(text) = &item.background {
            return self.run_background(item, text);
        }
        self.run_front(item, tail)
    }

    /// Runs an and-or list in this process, whether it ends with `&` or not.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_front(&mut self, item: &AndOr, tail: bool) -> Flow<u8> {
        if item.rest.is_empty() {
            return self.run_pipeline(&item.first, tail);
        }
        let mut status = self.run_guarded(&item.first)?;
        let mut left = item.rest.len();
        for (and, pipeline) in &item.rest {
            left = left.saturating_sub(1);
            if *and == (status == 0) {
                status = if left == 0 { self.run_pipeline(pipeline, tail)? } else { self.run_guarded(pipeline)? };
            }
        }
        Ok(status)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_guarded(&mut self, pipeline: &Pipeline) -> Flow<u8> {
        self.guard = self.guard.saturating_add(1);
        let result = self.run_pipeline(pipeline, false);
        self.guard = self.guard.saturating_sub(1);
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_pipeline(&mut self, pipeline: &Pipeline, tail: bool) -> Flow<u8> {
        if pipeline.negated {
            self.guard = self.guard.saturating_add(1);
        }
        let result = match pipeline.commands.as_slice() {
            [command] => self.run_alone(command, tail && !pipeline.negated),
            commands => match self.run_pipe(commands) {
                Ok(status) => self.checked(status),
                Err(unwind) => Err(unwind),
            },
        };
        if pipeline.negated {
            self.guard = self.guard.saturating_sub(1);
            let status = u8::from(result? == 0);
            self.status = status;
            return Ok(status);
        }
        let status = result?;
        self.status = status;
        Ok(status)
    }

    /// Runs a pipeline of one command.
    #[inline]
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_alone(&mut self, command: &Command, tail: bool) -> Flow<u8> {
        let result = self.run_command(command, tail);
        if !self.pipe_statuses.is_empty() {
            self.pipe_statuses.clear();
        }
        self.status = result?;
        result
    }

    /// A status that ends the shell if it is a failure under `set -e`.
    #[inline]
    pub fn checked(&mut self, status: u8) -> Flow<u8> {
        self.status = status;
        if status == 0 { Ok(status) } else { self.failed(status) }
    }

    #[inline(never)]
    fn failed(&mut self, status: u8) -> Flow<u8> {
        if self.pipe_broke {
            self.pipe_broke = false;
            return Err(Unwind::Exit(128u8.saturating_add(process::number::PIPE as u8)));
        }
        if self.guard > 0 {
            return Ok(status);
        }
        if self.traps.on_error {
            self.run_error_trap()?;
        }
        if self.options.errexit { Err(Unwind::Exit(status)) } else { Ok(status) }
    }

    /// The same for `(( ))` and `[[ ]]`, in which an error that was told is a failure of the command alone.
    fn checked_expression(&mut self, status: Flow<u8>) -> Flow<u8> {
        match status {
            Err(Unwind::Fail(_)) if !self.options.nounset => self.checked(1),
            Err(unwind) => Err(unwind),
            Ok(status) => self.checked(status),
        }
    }

    /// Runs one command with its redirections.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn run_command(&mut self, command: &Command, tail: bool) -> Flow<u8> {
        let held = self.held.len();
        let result = self.run_redirected(command, tail);
        if self.held.len() > held {
            self.release(held);
        }
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_redirected(&mut self, command: &Command, tail: bool) -> Flow<u8> {
        match &command.kind {
            Kind::Simple(simple) => self.run_simple(command, simple, tail),
            Kind::Function(function) => {
                self.define(Rc::clone(function));
                Ok(0)
            }
            kind if command.redirects.is_empty() => self.run_compound(kind, command.line, tail),
            kind => self.run_compound_redirected(kind, command),
        }
    }

    #[inline(never)]
    fn run_compound_redirected(&mut self, kind: &Kind, command: &Command) -> Flow<u8> {
        if self.options.noexec {
            return Ok(0);
        }
        self.line = command.line;
        let mut ran = false;
        let result = self.redirected(&command.redirects, &mut |shell| {
            ran = true;
            shell.run_compound(kind, command.line, false)
        });
        if ran { result } else { self.checked(result?) }
    }

    /// Makes a function known.
    #[inline(never)]
    pub fn define(&mut self, function: Rc<crate::tree::Function>) {
        if self.options.noexec {
            return;
        }
        let _ = function.source.set(Rc::clone(&self.source));
        let index = function.name.index();
        while self.functions.len() <= index {
            self.functions.push(None);
        }
        if let Some(slot) = self.functions.get_mut(index) {
            *slot = Some(function);
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_compound(&mut self, kind: &Kind, line: u32, tail: bool) -> Flow<u8> {
        if self.stack.is_deep() {
            return Err(self.fail("commands nested too deeply", b""));
        }
        if self.options.noexec {
            return Ok(0);
        }
        match kind {
            Kind::Group(list) => self.run_list(list, tail),
            Kind::Subshell(list) => {
                self.line = line;
                self.run_subshell(list, tail)
            }
            Kind::If(conditional) => self.run_if(conditional, tail),
            Kind::Loop(repeat) => self.run_loop(repeat),
            Kind::For(each) => self.run_for(each, line),
            Kind::Case(case) => self.run_case(case, line, tail),
            Kind::Count(count) => self.run_count(count, line),
            Kind::Select(each) => self.run_select(each, line),
            Kind::Condition(condition) => {
                self.line = line;
                self.note_command(&condition.text);
                self.announce(&None)?;
                let status = self.run_test(&condition.condition);
                self.checked_expression(status)
            }
            Kind::Arithmetic(arithmetic, shown) => {
                self.line = line;
                self.announce(shown)?;
                let value = self.traced_arithmetic(arithmetic);
                self.checked_expression(value.map(|value| u8::from(value == 0)))
            }
            Kind::Timed(pipeline, posix) => self.run_timed(pipeline.as_deref(), *posix),
            Kind::Simple(_) | Kind::Function(_) => Ok(0),
        }
    }

    /// Keeps the text of what is run next for BASH_COMMAND, and runs the trap for DEBUG.
    #[inline]
    pub(super) fn announce(&mut self, shown: &Shown) -> Flow<()> {
        if let Some(text) = shown {
            self.note_command(text);
        }
        if self.traps.on_debug { self.run_debug_trap() } else { Ok(()) }
    }

    /// The value of `(( … ))`, told under `set -x`.
    pub(super) fn traced_arithmetic(&mut self, arithmetic: &Arithmetic) -> Flow<i64> {
        if !self.options.xtrace {
            return self.arithmetic(arithmetic);
        }
        let text = self.expand_text(&arithmetic.text)?;
        self.trace_text(&[b"(( ", &text, b" ))\n"]);
        self.arithmetic_text(&text)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_if(&mut self, conditional: &If, tail: bool) -> Flow<u8> {
        for (condition, body) in &conditional.branches {
            if self.run_condition(condition)? == 0 {
                return self.run_list(body, tail);
            }
        }
        match &conditional.otherwise {
            Some(body) => self.run_list(body, tail),
            None => {
                self.status = 0;
                Ok(0)
            }
        }
    }

    fn run_loop(&mut self, repeat: &Loop) -> Flow<u8> {
        self.loops = self.loops.saturating_add(1);
        let result = self.rounds(repeat);
        self.loops = self.loops.saturating_sub(1);
        let status = result?;
        self.status = status;
        Ok(status)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn rounds(&mut self, repeat: &Loop) -> Flow<u8> {
        let mut status = 0;
        loop {
            // A loop of nothing but `continue` gets here alone.
            if base::sys::signal::pending() {
                self.run_traps()?;
            }
            let condition = self.run_condition(&repeat.condition);
            match self.after_round(condition)? {
                After::Next => continue,
                After::Leave => return Ok(status),
                After::Status(condition) => {
                    if (condition == 0) == repeat.until {
                        return Ok(status);
                    }
                }
            }
            let body = self.run_list(&repeat.body, false);
            match self.after_round(body)? {
                After::Next => status = 0,
                After::Leave => return Ok(0),
                After::Status(body) => status = body,
            }
        }
    }

    /// What a round's end means for its loop.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn after_round(&mut self, result: Flow<u8>) -> Flow<After> {
        match result {
            Ok(status) => Ok(After::Status(status)),
            Err(Unwind::Break(count)) if count > 1 => Err(Unwind::Break(count.saturating_sub(1))),
            Err(Unwind::Break(_)) => Ok(After::Leave),
            Err(Unwind::Continue(count)) if count > 1 => Err(Unwind::Continue(count.saturating_sub(1))),
            Err(Unwind::Continue(_)) => Ok(After::Next),
            Err(other) => Err(other),
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_for(&mut self, each: &For, line: u32) -> Flow<u8> {
        self.line = line;
        let mut words = Strings::new();
        match &each.words {
            Some(list) => self.expand_words(list, &mut words)?,
            None => words = self.positional.clone(),
        }
        self.loops = self.loops.saturating_add(1);
        let mut result = Ok(0);
        for word in words.iter() {
            self.line = line;
            if let Err(unwind) = self.announce(&each.shown).and_then(|()| self.assign(each.variable, word)) {
                result = Err(unwind);
                break;
            }
            let body = self.run_list(&each.body, false);
            match self.after_round(body) {
                Ok(After::Next) => result = Ok(0),
                Ok(After::Leave) => {
                    result = Ok(0);
                    break;
                }
                Ok(After::Status(status)) => result = Ok(status),
                Err(unwind) => {
                    result = Err(unwind);
                    break;
                }
            }
        }
        self.loops = self.loops.saturating_sub(1);
        let status = result?;
        self.status = status;
        Ok(status)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_case(&mut self, case: &Case, line: u32, tail: bool) -> Flow<u8> {
        self.line = line;
        self.announce(&case.shown)?;
        self.substituted = None;
        let mut list = self.list();
        self.expand_open(&case.word.parts, Wanted::Text, &mut list)?;
        let result = self.run_arms(case, list.open(), tail);
        self.keep(list);
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_arms(&mut self, case: &Case, text: &[u8], tail: bool) -> Flow<u8> {
        let mut falls = false;
        let mut status = 0;
        for arm in &case.arms {
            if !falls && !self.matches_arm(arm, text)? {
                continue;
            }
            falls = false;
            status = self.run_list(&arm.body, tail && arm.then == Then::Leave)?;
            match arm.then {
                Then::Leave => return Ok(status),
                Then::Fall => falls = true,
                Then::Match => {}
            }
        }
        self.status = status;
        Ok(status)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn matches_arm(&mut self, arm: &Arm, text: &[u8]) -> Flow<bool> {
        for pattern in &arm.patterns {
            if self.compiled(pattern, true)?.matches(text) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The command of an item that is but one, in the foreground.
#[inline]
fn alone(item: &AndOr) -> Option<&Command> {
    match item.first.commands.as_slice() {
        [command] if item.rest.is_empty() && item.background.is_none() && !item.first.negated => Some(command),
        _ => None,
    }
}

/// How a loop goes on.
enum After {
    Status(u8),
    Next,
    Leave,
}
