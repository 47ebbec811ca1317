//! contain - `( … )` in this process: what its commands change is noted and put back after them.
//!
//! The tree is looked at first, with the functions it calls: every command must be one whose effects are known and can be undone.
//! Whatever else there is runs in a child, which is always right.

use super::lookup::Found;
use crate::flow::Unwind;
use crate::names::Sym;
use crate::options::shopt;
use crate::shell::Shell;
use crate::tree::{Command, Condition, Kind, List, Op, Part, Redirect, Simple, Target, Word};
use rustix::fs::{Mode, OFlags};

/// A child costs less than a look at more commands than this.
const MOST: u32 = 1000;

/// Functions that call one another deeper than this are not looked through.
const DEEPEST: u32 = 8;

/// Built-ins whose effects are variables, positional parameters, or the way out.
const CONTAINED: [&[u8]; 14] = [
    b":",
    b"break",
    b"continue",
    b"exit",
    b"export",
    b"getopts",
    b"let",
    b"local",
    b"printf",
    b"read",
    b"readonly",
    b"return",
    b"shift",
    b"type",
];

/// What the look at a subshell found.
#[derive(Default)]
pub(super) struct Seen {
    /// How many functions around the command were looked through.
    depth: u32,
    /// The directory may change.
    moves: bool,
    /// How many commands were looked at.
    commands: u32,
}

impl Shell {
    /// Whether a subshell's commands can be run here and undone.
    pub(super) fn can_contain(&mut self, list: &List) -> Option<Seen> {
        let unusual = self.options.interactive
            || self.options.monitor
            || self.options.xtrace
            || !self.options.inprocess
            || self.options.shopt & shopt::LASTPIPE != 0
            || self.capture.is_some()
            || self.fed.is_some()
            || self.traps.any();
        let mut seen = Seen::default();
        (!unusual && self.contains(list, &mut seen)).then_some(seen)
    }

    /// Runs a list that can be contained; the subshell's status. None, and nothing done, where its directory could not be come
    /// back to.
    pub(super) fn run_contained(&mut self, list: &List, seen: &Seen) -> Option<u8> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = if seen.moves { Some(rustix::fs::open(c".", flags, Mode::empty()).ok()?) } else { None };
        self.guard_pipe();
        let mark = self.vars.note_changes();
        let positional = self.positional.clone();
        let (options, getopts, scope, line) = (self.options, self.getopts, self.scope, self.line);
        let (calls, loops, guard, frames) = (self.calls, self.loops, self.guard, self.frames.len());
        let (is_subshell, inside) = (self.is_subshell, self.inside);
        self.is_subshell = true;
        self.inside = true;
        let result = self.run_list(list, false);
        self.inside = inside;
        self.pipe_broke = false;
        self.is_subshell = is_subshell;
        if let Some(directory) = directory {
            let _ = rustix::process::fchdir(directory);
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
        Some(match result {
            Ok(status) | Err(Unwind::Exit(status) | Unwind::Fail(status) | Unwind::Return(status)) => status,
            Err(Unwind::Break(_) | Unwind::Continue(_)) => 0,
        })
    }

    fn contains(&mut self, list: &List, seen: &mut Seen) -> bool {
        list.items.iter().all(|item| {
            !item.background
                && core::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)).all(|pipeline| {
                    match pipeline.commands.as_slice() {
                        [command] => self.contains_command(command, seen),
                        // A child each.
                        _ => true,
                    }
                })
        })
    }

    fn contains_command(&mut self, command: &Command, seen: &mut Seen) -> bool {
        seen.commands = seen.commands.saturating_add(1);
        if seen.commands > MOST || self.stack.is_deep() || !command.redirects.iter().all(is_contained_redirect) {
            return false;
        }
        match &command.kind {
            Kind::Simple(simple) => self.contains_simple(simple, seen),
            Kind::Group(list) => self.contains(list, seen),
            // That is decided when its turn comes.
            Kind::Subshell(_) => true,
            Kind::If(conditional) => {
                conditional
                    .branches
                    .iter()
                    .all(|(condition, body)| self.contains(condition, seen) && self.contains(body, seen))
                    && conditional.otherwise.as_ref().is_none_or(|body| self.contains(body, seen))
            }
            Kind::Loop(repeat) => self.contains(&repeat.condition, seen) && self.contains(&repeat.body, seen),
            Kind::For(each) => each.words.iter().flatten().all(is_contained_word) && self.contains(&each.body, seen),
            Kind::Case(case) => {
                is_contained_word(&case.word)
                    && case.arms.iter().all(|arm| {
                        arm.patterns.iter().all(|pattern| is_contained_word(&pattern.word))
                            && self.contains(&arm.body, seen)
                    })
            }
            Kind::Condition(condition) => is_contained_condition(condition),
            Kind::Arithmetic(_) => true,
            Kind::Count(count) => self.contains(&count.body, seen),
            Kind::Function(_) | Kind::Select(_) => false,
        }
    }

    fn contains_simple(&mut self, simple: &Simple, seen: &mut Seen) -> bool {
        if !simple.compounds.is_empty()
            || !simple.words.iter().all(is_contained_word)
            || !simple
                .assignments
                .iter()
                .all(|assignment| assignment.array.is_none() && is_contained_word(&assignment.value))
        {
            return false;
        }
        let Some(word) = simple.words.first() else { return true };
        let Some(name) = word.constant().filter(|_| !word.braces) else { return false };
        match self.look_up(&name) {
            Found::Builtin(builtin) if builtin.pure => true,
            Found::Builtin(_) => match name.as_slice() {
                b"set" => simple.words.get(1).and_then(Word::literal).is_some_and(is_contained_set),
                b"command" => matches!(simple.words.get(1).and_then(Word::literal), Some(b"-v" | b"-V")),
                // Functions stay.
                b"unset" => {
                    let operands = simple.words.iter().skip(1);
                    let mut names = operands.map(|word| word.literal().unwrap_or(b"-f"));
                    names.all(|name| name == b"-v" || !name.starts_with(b"-") && !self.bash)
                }
                b"cd" => {
                    seen.moves = true;
                    true
                }
                name => CONTAINED.contains(&name),
            },
            Found::Function(function) => {
                seen.depth = seen.depth.saturating_add(1);
                let contained = seen.depth < DEEPEST && self.contains_command(&function.body, seen);
                seen.depth = seen.depth.saturating_sub(1);
                contained
            }
            Found::Applet(..) | Found::File(_) => true,
            Found::Denied | Found::Missing => false,
        }
    }
}

/// `set --` and options that are mere switches.
fn is_contained_set(word: &[u8]) -> bool {
    word == b"--"
        || matches!(word.split_first(), Some((b'-' | b'+', letters))
            if !letters.is_empty() && letters.iter().all(|letter| b"aefuC".contains(letter)))
}

fn is_contained_redirect(redirect: &Redirect) -> bool {
    // Descriptors beyond a digit could be the shell's own.
    redirect.fd <= 9
        && match &redirect.target {
            Target::Word(word) => is_contained_word(word),
            Target::Here(body) => body.get().is_none_or(is_contained_word),
        }
}

/// Whether expanding a word leaves nothing behind but variables. A command substitution is a subshell of its own.
fn is_contained_word(word: &Word) -> bool {
    word.parts.iter().all(|part| match part {
        Part::Param(param) => match &param.op {
            // The process would be seen to be the same.
            _ if param.of == crate::tree::Of::Var(Sym::BASHPID) => false,
            Op::Default(_, word) | Op::Alternative(_, word) | Op::Assign(_, word) | Op::Error(_, word) => {
                is_contained_word(word)
            }
            Op::Replace { pattern, with, .. } => is_contained_word(&pattern.word) && is_contained_word(with),
            Op::Trim { pattern, .. } | Op::Case { pattern, .. } => is_contained_word(&pattern.word),
            _ => true,
        },
        Part::Process(..) => false,
        _ => true,
    })
}

fn is_contained_condition(condition: &Condition) -> bool {
    match condition {
        Condition::Word(word) | Condition::Unary(_, word) => is_contained_word(word),
        Condition::Binary(left, _, right) => is_contained_word(left) && is_contained_word(right),
        Condition::Not(inner) => is_contained_condition(inner),
        Condition::And(left, right) | Condition::Or(left, right) => {
            is_contained_condition(left) && is_contained_condition(right)
        }
    }
}
