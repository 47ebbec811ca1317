//! inside - what can run in this process although it would be a subshell: commands that only print or filter.
//!
//! The tree is looked at first: nothing in it may change the shell. Then each name: a built-in that changes nothing, or a
//! NoFork applet. Everything else is run in a child, which is always right.

use crate::flow::{Flow, Unwind};
use crate::shell::Shell;
use crate::tree::{Command, Expr, Kind, List, Op, Part, Redirect, RedirectKind, Simple, Subscript, Target, Word};
use base::applet::Exec;

use super::lookup::Found;

impl Shell {
    /// Whether a command substitution's list needs no child.
    pub fn can_run_inside(&mut self, list: &List) -> bool {
        // A trap could run anything in the middle, and at a prompt an applet could not be interrupted.
        if self.options.interactive || self.options.xtrace || !self.options.inprocess {
            return false;
        }
        list.items.iter().all(|item| {
            item.background.is_none()
                && core::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)).all(|pipeline| {
                    match pipeline.commands.as_slice() {
                        [command] => self.is_pure(command, false),
                        commands => self.is_pure_pipe(commands),
                    }
                })
        })
    }

    /// Whether a pipeline can be run one command after the other: the first only prints what it is given.
    fn is_pure_pipe(&mut self, commands: &[Command]) -> bool {
        let Some((first, rest)) = commands.split_first() else { return false };
        self.is_pure(first, true) && rest.iter().all(|command| self.is_pure(command, false) && self.is_applet(command))
    }

    /// Runs a pipeline in this process if that is possible.
    pub(super) fn pipe_inside(&mut self, commands: &[Command]) -> Flow<Option<u8>> {
        if self.options.interactive || self.options.xtrace || !self.options.inprocess || !self.is_pure_pipe(commands) {
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

    /// Whether a command changes nothing but its output. `printer`: and reads nothing, however long.
    fn is_pure(&mut self, command: &Command, printer: bool) -> bool {
        let Kind::Simple(simple) = &command.kind else { return false };
        if !simple.assignments.is_empty() || !simple.words.iter().all(is_pure_word) {
            return false;
        }
        if !command.redirects.iter().all(is_pure_redirect) {
            return false;
        }
        let Some(name) = simple.words.first().and_then(Word::constant) else { return false };
        match self.look_up(&name) {
            Found::Builtin(builtin) if printer => matches!(name.as_slice(), b"echo" | b"printf") && builtin.pure,
            Found::Builtin(builtin) => builtin.pure,
            Found::Applet(applet, _) => !printer && matches!(applet.exec, Exec::NoFork) && !never_ends(simple),
            _ => false,
        }
    }

    fn is_applet(&mut self, command: &Command) -> bool {
        let Kind::Simple(simple) = &command.kind else { return false };
        let Some(name) = simple.words.first().and_then(Word::constant) else { return false };
        matches!(self.look_up(&name), Found::Applet(..))
    }
}

/// `yes` and its like never end on their own: they need a pipe that breaks.
fn never_ends(simple: &Simple) -> bool {
    matches!(simple.words.first().and_then(Word::literal), Some(b"yes"))
}

fn inner_status(result: Flow<u8>) -> Flow<u8> {
    match result {
        Ok(status) | Err(Unwind::Exit(status) | Unwind::Fail(status)) => Ok(status),
        Err(other) => Err(other),
    }
}

fn is_pure_redirect(redirect: &Redirect) -> bool {
    if !(0..=2).contains(&redirect.fd) {
        return false;
    }
    // Standard error in the same memory as standard output would come in the wrong order.
    if redirect.fd == 2 && redirect.kind == RedirectKind::Duplicate {
        return false;
    }
    if matches!(redirect.kind, RedirectKind::Both | RedirectKind::BothAppend) {
        return false;
    }
    match &redirect.target {
        Target::Word(word) => word.constant().is_some_and(|text| !super::simple::names_descriptor(&text)),
        Target::Here(body) => body.get().is_none_or(is_pure_word),
    }
}

fn is_pure_word(word: &Word) -> bool {
    word.parts.iter().all(|part| match part {
        Part::Literal(text, _) | Part::Quoted(text) => !super::simple::names_descriptor(text),
        Part::Tilde(_) | Part::Command(_) => true,
        Part::Process(..) => false,
        // A subscript is an expression, which may assign.
        Part::Param(param) if matches!(param.subscript.as_deref(), Some(Subscript::At(_))) => false,
        Part::Param(param) => match &param.op {
            Op::Get | Op::Length | Op::Keys | Op::Names(_) => true,
            Op::Case { pattern, .. } => is_pure_word(&pattern.word),
            Op::Default(_, word) | Op::Alternative(_, word) => is_pure_word(word),
            Op::Trim { pattern, .. } => is_pure_word(&pattern.word),
            Op::Replace { pattern, with, .. } => is_pure_word(&pattern.word) && is_pure_word(with),
            Op::Assign(..) | Op::Error(..) | Op::Substring { .. } | Op::Transform(_) | Op::Bad(_) => false,
        },
        Part::Arith(arithmetic, _) => arithmetic.compiled.as_ref().is_some_and(|expr| is_pure_expr(expr)),
    })
}

fn is_pure_expr(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) => true,
        // A variable's value may be an expression that assigns; only `$x`, a plain number, is known not to.
        Expr::Variable(_) => false,
        Expr::Param(_) => true,
        Expr::Unary(_, operand) => is_pure_expr(operand),
        Expr::Binary(_, left, right) | Expr::And(left, right) | Expr::Or(left, right) => {
            is_pure_expr(left) && is_pure_expr(right)
        }
        Expr::Chain(first, rest) => is_pure_expr(first) && rest.iter().all(|(_, expr)| is_pure_expr(expr)),
        Expr::Ternary(condition, yes, no) => is_pure_expr(condition) && is_pure_expr(yes) && is_pure_expr(no),
        Expr::Assign(..) | Expr::Step(..) | Expr::Element(_) | Expr::AssignElement(..) | Expr::StepElement(..) => false,
    }
}
