//! contain - `( … )` in this process: what its commands change is noted and put back after them.
//!
//! The tree is looked at first, with the functions it calls: every command must be one whose effects are known and can be undone.
//! Whatever else there is runs in a child, which is always right.

use super::lookup::Found;
use crate::flow::{Flow, Unwind, subshell_status};
use crate::names::Sym;
use crate::options::shopt;
use crate::shell::Shell;
use crate::tree::{Command, Condition, Kind, List, Op, Part, Redirect, Simple, Target, Word};
use base::error::strerror;
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
    /// More may run than built-ins: a command could shut the way back to the directory.
    outside: bool,
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
        (!unusual && self.contains(list, &mut seen) && !(seen.moves && seen.outside)).then_some(seen)
    }

    /// Runs a list that can be contained; the subshell's status. None, and nothing done, where its directory could not be come
    /// back to.
    pub(super) fn run_contained(&mut self, list: &List, seen: &Seen) -> Option<Flow<u8>> {
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
            self.complain(&[b"cannot go back to the directory of the shell: ", strerror(errno).as_bytes()]);
            return Some(Err(Unwind::Exit(2)));
        }
        Some(Ok(subshell_status(result)))
    }

    fn contains(&mut self, list: &List, seen: &mut Seen) -> bool {
        list.items.iter().all(|item| {
            item.background.is_none()
                && core::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)).all(|pipeline| {
                    match pipeline.commands.as_slice() {
                        [command] => self.contains_command(command, seen),
                        // A child each.
                        _ => {
                            seen.outside = true;
                            true
                        }
                    }
                })
        })
    }

    fn contains_command(&mut self, command: &Command, seen: &mut Seen) -> bool {
        seen.commands = seen.commands.saturating_add(1);
        if seen.commands > MOST
            || self.stack.is_deep()
            || !command.redirects.iter().all(|each| is_contained_redirect(each, seen))
        {
            return false;
        }
        match &command.kind {
            Kind::Simple(simple) => self.contains_simple(simple, seen),
            Kind::Group(list) => self.contains(list, seen),
            // That is decided when its turn comes.
            Kind::Subshell(_) => {
                seen.outside = true;
                true
            }
            Kind::If(conditional) => {
                conditional
                    .branches
                    .iter()
                    .all(|(condition, body)| self.contains(condition, seen) && self.contains(body, seen))
                    && conditional.otherwise.as_ref().is_none_or(|body| self.contains(body, seen))
            }
            Kind::Loop(repeat) => self.contains(&repeat.condition, seen) && self.contains(&repeat.body, seen),
            Kind::For(each) => {
                each.words.iter().flatten().all(|each| is_contained_word(each, seen)) && self.contains(&each.body, seen)
            }
            Kind::Case(case) => {
                is_contained_word(&case.word, seen)
                    && case.arms.iter().all(|arm| {
                        arm.patterns.iter().all(|pattern| is_contained_word(&pattern.word, seen))
                            && self.contains(&arm.body, seen)
                    })
            }
            Kind::Condition(condition) => is_contained_condition(condition, seen),
            Kind::Arithmetic(_) => {
                seen.outside = true;
                true
            }
            Kind::Count(count) => {
                seen.outside = true;
                self.contains(&count.body, seen)
            }
            Kind::Function(_) | Kind::Select(_) => false,
        }
    }

    fn contains_simple(&mut self, simple: &Simple, seen: &mut Seen) -> bool {
        if !simple.compounds.is_empty()
            || !simple.words.iter().all(|each| is_contained_word(each, seen))
            || !simple
                .assignments
                .iter()
                .all(|assignment| assignment.array.is_none() && is_contained_word(&assignment.value, seen))
        {
            return false;
        }
        let Some(word) = simple.words.first() else { return true };
        let Some(name) = word.constant().filter(|_| !word.braces) else { return false };
        match self.look_up(&name) {
            Found::Builtin(builtin) if builtin.pure => true,
            Found::Builtin(_) => match name.as_slice() {
                b"set" => is_contained_set(simple.words.get(1..).unwrap_or_default()),
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
            Found::Applet(..) | Found::File(_) => {
                seen.outside = true;
                true
            }
            Found::Denied | Found::Missing => false,
        }
    }
}

/// Options that are mere switches, up to `--`, which has to be there where operands are.
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

fn is_contained_redirect(redirect: &Redirect, seen: &mut Seen) -> bool {
    // Descriptors beyond a digit could be the shell's own.
    redirect.fd <= 9
        && match &redirect.target {
            Target::Word(word) => is_contained_word(word, seen),
            Target::Here(body) => body.get().is_none_or(|each| is_contained_word(each, seen)),
        }
}

/// Whether expanding a word leaves nothing behind but variables. A command substitution is a subshell of its own.
fn is_contained_word(word: &Word, seen: &mut Seen) -> bool {
    word.parts.iter().all(|part| match part {
        Part::Param(param) => match &param.op {
            // The process would be seen to be the same.
            _ if param.of == crate::tree::Of::Var(Sym::BASHPID) => false,
            // What a subscript or a length holds is not looked at.
            _ if param.subscript.is_some() => {
                seen.outside = true;
                is_contained_op(&param.op, seen)
            }
            op => is_contained_op(op, seen),
        },
        Part::Process(..) => false,
        Part::Command(_) | Part::Arith(..) => {
            seen.outside = true;
            true
        }
        Part::Literal(..) | Part::Quoted(_) | Part::Tilde(_) => true,
    })
}

fn is_contained_condition(condition: &Condition, seen: &mut Seen) -> bool {
    match condition {
        Condition::Word(word) | Condition::Unary(_, word) => is_contained_word(word, seen),
        Condition::Binary(left, _, right) => is_contained_word(left, seen) && is_contained_word(right, seen),
        Condition::Not(inner) => is_contained_condition(inner, seen),
        Condition::And(left, right) | Condition::Or(left, right) => {
            is_contained_condition(left, seen) && is_contained_condition(right, seen)
        }
    }
}

fn is_contained_op(op: &Op, seen: &mut Seen) -> bool {
    match op {
        Op::Default(_, word) | Op::Alternative(_, word) | Op::Assign(_, word) | Op::Error(_, word) => {
            is_contained_word(word, seen)
        }
        Op::Replace { pattern, with, .. } => is_contained_word(&pattern.word, seen) && is_contained_word(with, seen),
        Op::Trim { pattern, .. } | Op::Case { pattern, .. } => is_contained_word(&pattern.word, seen),
        Op::Substring { .. } => {
            seen.outside = true;
            true
        }
        _ => true,
    }
}
