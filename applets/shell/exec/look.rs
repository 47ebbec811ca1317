//! look - whether a subshell's commands may run in this process: its tree is looked at first, with the functions it calls.
//!
//! There are two questions. What is `Captured`, the body of `$(…)` or a pipeline, prints to memory: it is made of built-ins and
//! NoFork applets. What is `Contained`, the body of `( … )`, may also start children. Of both it is found out whether they
//! change anything of the shell, which then is to be put back. Whatever else there is runs in a child, which is always right.

use super::external::names_descriptor;
use super::lookup::Found;
use crate::names::Sym;
use crate::shell::Shell;
use crate::tree::{
    Command, Condition, Expr, Kind, List, Of, Op, Part, Pipeline, Redirect, RedirectKind, Simple, Subscript, Target,
    Word,
};
use base::applet::Exec;

/// A child costs less than a look at more commands than this.
const MOST: u32 = 1000;

/// Functions that call one another deeper than this are not looked through.
const DEEPEST: u32 = 8;

/// Built-ins whose effects are variables, positional parameters, or the way out.
const CONTAINED: [&[u8]; 13] = [
    b":",
    b"break",
    b"continue",
    b"exit",
    b"export",
    b"getopts",
    b"let",
    b"local",
    b"read",
    b"readonly",
    b"return",
    b"shift",
    b"type",
];

/// A look at a list, and what it has found.
#[derive(Default)]
pub(super) struct Look {
    /// All output goes to memory.
    captured: bool,
    /// Something of the shell changes.
    pub changes: bool,
    /// The directory may change.
    pub moves: bool,
    /// More may run than built-ins: a command could shut the way back to the directory.
    outside: bool,
    /// How many functions around the command were looked through.
    depth: u32,
    /// How many commands were looked at.
    commands: u32,
}

impl Shell {
    /// Looks at a list; None where it needs a child.
    pub(super) fn look_at(&mut self, list: &List, captured: bool) -> Option<Look> {
        let mut look = Look { captured, ..Look::default() };
        (self.looks(list, &mut look) && !(look.moves && look.outside)).then_some(look)
    }

    fn looks(&mut self, list: &List, look: &mut Look) -> bool {
        list.items.iter().all(|item| {
            item.background.is_none()
                && self.looks_pipeline(&item.first, look)
                && item.rest.iter().all(|(_, pipeline)| self.looks_pipeline(pipeline, look))
        })
    }

    fn looks_pipeline(&mut self, pipeline: &Pipeline, look: &mut Look) -> bool {
        match pipeline.commands.as_slice() {
            [command] => self.looks_command(command, look),
            commands if look.captured => self.looks_pipe(commands, look),
            // A child each.
            _ => look.outside(),
        }
    }

    /// Whether a pipeline can be run one command after the other: the first only prints what it is given.
    pub(super) fn is_pure_pipe(&mut self, commands: &[Command]) -> bool {
        let mut look = Look { captured: true, ..Look::default() };
        self.looks_pipe(commands, &mut look)
    }

    fn looks_pipe(&mut self, commands: &[Command], look: &mut Look) -> bool {
        let changes = core::mem::take(&mut look.changes);
        let pure = commands.iter().enumerate().all(|(index, command)| {
            let Kind::Simple(simple) = &command.kind else { return false };
            let Some(name) = simple.words.first().and_then(Word::constant) else { return false };
            let suits = match self.look_up(&name) {
                Found::Builtin(_) => index == 0 && matches!(base::bytes::word(&name), "echo" | "printf"),
                Found::Applet(..) => index > 0,
                _ => false,
            };
            suits && self.looks_command(command, look) && !look.changes
        });
        look.changes |= changes;
        pure
    }

    fn looks_command(&mut self, command: &Command, look: &mut Look) -> bool {
        look.commands = look.commands.saturating_add(1);
        if look.commands > MOST
            || self.stack.is_deep()
            || !command.redirects.iter().all(|redirect| look.redirect(redirect))
        {
            return false;
        }
        if let Kind::Simple(simple) = &command.kind {
            return self.looks_simple(simple, command.redirects.is_empty(), look);
        }
        // Redirections of compound commands are real, which memory is not.
        if look.captured && !command.redirects.is_empty() {
            return false;
        }
        match &command.kind {
            Kind::Group(list) => self.looks(list, look),
            // That is decided when its turn comes.
            Kind::Subshell(_) => !look.captured && look.outside(),
            Kind::If(conditional) => {
                conditional
                    .branches
                    .iter()
                    .all(|(condition, body)| self.looks(condition, look) && self.looks(body, look))
                    && conditional.otherwise.as_ref().is_none_or(|body| self.looks(body, look))
            }
            Kind::Loop(repeat) => self.looks(&repeat.condition, look) && self.looks(&repeat.body, look),
            Kind::For(each) => {
                look.changes = true;
                look.words(each.words.as_deref().unwrap_or_default()) && self.looks(&each.body, look)
            }
            Kind::Case(case) => {
                look.word(&case.word)
                    && case.arms.iter().all(|arm| {
                        arm.patterns.iter().all(|pattern| look.word(&pattern.word)) && self.looks(&arm.body, look)
                    })
            }
            Kind::Condition(condition) => {
                look.changes = true;
                look.condition(&condition.condition)
            }
            Kind::Arithmetic(..) => {
                look.changes = true;
                look.outside()
            }
            // How long it takes is told: that it really runs is part of it.
            Kind::Timed(..) => false,
            Kind::Count(count) => {
                look.changes = true;
                look.outside() && self.looks(&count.body, look)
            }
            Kind::Simple(_) | Kind::Function(_) | Kind::Select(_) => false,
        }
    }

    #[inline(never)]
    fn looks_simple(&mut self, simple: &Simple, plain: bool, look: &mut Look) -> bool {
        look.changes |= !simple.assignments.is_empty();
        if !simple.compounds().is_empty()
            || !look.words(&simple.words)
            || !simple.assignments.iter().all(|one| one.array.is_none() && look.word(&one.value))
        {
            return false;
        }
        let Some(first) = simple.words.first() else { return true };
        let Some(name) = first.constant().filter(|_| !first.braces) else { return false };
        let operands = simple.words.get(1..).unwrap_or_default();
        match self.look_up(&name) {
            Found::Builtin(builtin) if builtin.pure => true,
            Found::Builtin(_) => match base::bytes::word(&name) {
                // Into a variable with `-v` alone.
                "printf" => {
                    let format = operands.first().filter(|word| !word.braces).and_then(Word::constant);
                    look.changes |= format.is_none_or(|text| text.starts_with(b"-"));
                    true
                }
                "return" if look.depth > 0 => true,
                known => {
                    look.changes = true;
                    match known {
                        "set" => is_contained_set(operands),
                        "command" => matches!(operands.first().and_then(Word::literal), Some(b"-v" | b"-V")),
                        // Functions stay.
                        "unset" => {
                            let mut names = operands.iter().map(|word| word.literal().unwrap_or(b"-f"));
                            names.all(|name| name == b"-v" || !name.starts_with(b"-") && !self.bash)
                        }
                        "cd" => {
                            look.moves = true;
                            true
                        }
                        _ => CONTAINED.contains(&name.as_slice()),
                    }
                }
            },
            Found::Function(function) => {
                look.depth = look.depth.saturating_add(1);
                let contained = (plain || !look.captured)
                    && look.depth < DEEPEST
                    && function.body(self.known()).is_some_and(|body| self.looks_command(body, look));
                look.depth = look.depth.saturating_sub(1);
                contained
            }
            Found::Applet(applet, _) if look.captured => {
                // `yes` and its like never end on their own: they need a pipe that breaks.
                look.outside() && matches!(applet.exec, Exec::NoFork) && name != b"yes"
            }
            Found::Applet(..) | Found::File(_) => !look.captured && look.outside(),
            Found::Denied | Found::Missing => false,
        }
    }
}

impl Look {
    /// Notes that more may run than built-ins.
    fn outside(&mut self) -> bool {
        self.outside = true;
        true
    }

    /// As [`word`](Look::word), for all of these.
    fn words(&mut self, words: &[Word]) -> bool {
        words.iter().all(|word| self.word(word))
    }

    fn redirect(&mut self, redirect: &Redirect) -> bool {
        if self.captured {
            // Standard error in the same memory as standard output would come in the wrong order.
            let both = matches!(redirect.kind, RedirectKind::Both | RedirectKind::BothAppend);
            if both || redirect.fd > 2 || redirect.fd == 2 && redirect.kind == RedirectKind::Duplicate {
                return false;
            }
        }
        // Descriptors beyond a digit could be the shell's own.
        (0..=9).contains(&redirect.fd)
            && match &redirect.target {
                Target::Word(word) if self.captured => word.constant().is_some_and(|text| !names_descriptor(&text)),
                Target::Word(word) => self.word(word),
                Target::Here(body) => body.get().is_none_or(|word| self.word(word)),
            }
    }

    /// Whether expanding a word leaves nothing behind but variables. A command substitution is a subshell of its own.
    fn word(&mut self, word: &Word) -> bool {
        word.parts.iter().all(|part| match part {
            Part::Literal(text, _) | Part::Quoted(text) => !self.captured || !names_descriptor(text),
            Part::Tilde(_) => true,
            Part::Process(..) => false,
            Part::Command(_) => self.outside(),
            Part::Arith(arithmetic, _) => {
                self.changes |= !arithmetic.compiled.as_ref().is_some_and(|expr| is_pure(expr));
                self.outside()
            }
            // The process would be seen to be the same.
            Part::Param(param) if param.of == Of::Var(Sym::BASHPID) => false,
            Part::Param(param) => {
                // What a subscript holds is not looked at: an expression, which may assign, as what `!` leads to may.
                self.outside |= param.subscript.is_some();
                self.changes |= param.indirect || matches!(param.subscript.as_deref(), Some(Subscript::At(_)));
                self.op(&param.op)
            }
        })
    }

    fn op(&mut self, op: &Op) -> bool {
        match op {
            Op::Default(_, word) | Op::Alternative(_, word) => self.word(word),
            Op::Assign(_, word) | Op::Error(_, word) => {
                self.changes = true;
                self.word(word)
            }
            Op::Replace { pattern, with, .. } => self.word(&pattern.word) && self.word(with),
            Op::Trim { pattern, .. } | Op::Case { pattern, .. } => self.word(&pattern.word),
            Op::Substring { .. } => {
                self.changes = true;
                self.outside()
            }
            Op::Transform(_) | Op::Bad(_) => {
                self.changes = true;
                true
            }
            Op::Get | Op::Length | Op::Keys | Op::Names(_) => true,
        }
    }

    fn condition(&mut self, condition: &Condition) -> bool {
        match condition {
            Condition::Word(word) | Condition::Unary(_, word) => self.word(word),
            Condition::Binary(left, _, right) => self.word(left) && self.word(right),
            Condition::Not(inner) => self.condition(inner),
            Condition::And(left, right) | Condition::Or(left, right) => self.condition(left) && self.condition(right),
        }
    }
}

/// Options that are mere switches, up to `--`, which has to be there where operands are.
#[inline(never)]
fn is_contained_set(words: &[Word]) -> bool {
    for word in words {
        match word.literal().and_then(<[u8]>::split_first) {
            Some((b'-', b"-")) => return true,
            Some((b'-' | b'+', letters))
                if !letters.is_empty() && letters.iter().all(|letter| b"aefuC".contains(letter)) => {}
            _ => return false,
        }
    }
    !words.is_empty()
}

/// Whether an expression changes nothing.
fn is_pure(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) => true,
        // A variable's value may be an expression that assigns; only `$x`, a plain number, is known not to.
        Expr::Variable(_) => false,
        Expr::Param(_) => true,
        Expr::Unary(_, operand) => is_pure(operand),
        Expr::Binary(_, left, right) | Expr::And(left, right) | Expr::Or(left, right) => {
            is_pure(left) && is_pure(right)
        }
        Expr::Chain(first, rest) => is_pure(first) && rest.iter().all(|(_, expr)| is_pure(expr)),
        Expr::Ternary(condition, yes, no) => is_pure(condition) && is_pure(yes) && is_pure(no),
        Expr::Assign(..) | Expr::Step(..) | Expr::Element(_) | Expr::AssignElement(..) | Expr::StepElement(..) => false,
    }
}
