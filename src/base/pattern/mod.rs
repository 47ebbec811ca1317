//! Patterns: POSIX regular expressions (basic and extended, with glibc's extensions), fixed strings, and globs.
//!
//! An expression is parsed to a tree ([`parse`]), the tree compiled to a program over bytes ([`program`]), and the program run
//! by whichever machine is enough: a search for strings ([`prefilter`]), a deterministic automaton made as it goes ([`dfa`]),
//! or an exact simulation ([`exact`]), which alone finds subexpressions. Matches are leftmost-longest, time is linear in the
//! text; back-references alone need a backtracker, whose steps are bounded.
//!
//! Why no regular-expression crate is used: their syntax, their preference among matches and their notion of words all differ
//! from POSIX, and the parts that would remain are five times the size of what is here.

mod dfa;
mod exact;
mod extglob;
pub mod glob;
mod parse;
mod perl;
mod prefilter;
mod program;
pub mod set;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests;
mod tree;
mod unicode;

use core::cell::{Cell, RefCell};
use dfa::{Dfa, Outcome, Sides};
use exact::{Backtracked, Backtracker, NOWHERE, Parallel, Subject};
use memchr::{memchr, memrchr};
use prefilter::{Inner, Needle, Start};
use program::Program;
use tree::{Look, Node};

/// The notation of a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    /// Basic regular expressions.
    Basic,
    /// Extended regular expressions.
    Extended,
    /// Strings that stand for themselves.
    Fixed,
    /// Perl-compatible regular expressions: the leftmost match, and of those the first that is tried. One expression at a time.
    Perl,
}

/// How a pattern is to match.
#[derive(Clone, Copy, Default)]
pub struct Options {
    /// Without regard to case.
    pub icase: bool,
    /// Text is UTF-8; else a byte is a character.
    pub utf8: bool,
    /// `^` and `$` match at newlines within the text, and `.` and `[^x]` do not match newlines.
    pub multiline: bool,
    /// Each line of a text, ended by this byte, is a text of its own: no match crosses it, `^` and `$` stand beside it.
    pub line: Option<u8>,
    /// Matches must be the whole line.
    pub whole: bool,
    /// Matches must have no word character beside them.
    pub word: bool,
    /// An operator with nothing to work on, and a `)` or a `{` that pairs with nothing, is an error in an extended expression.
    pub strict: bool,
    /// `[:space:]` outside brackets is an error.
    pub check_class: bool,
}

/// What is wrong with a pattern; the texts are those of glibc's regerror.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PatternError {
    /// `[` without `]`.
    Bracket,
    /// `(` without `)`.
    Open,
    /// `)` without `(`.
    Close,
    /// `{` without `}`.
    Brace,
    /// No interval between the braces.
    Interval,
    /// A range whose end is before its beginning.
    Range,
    /// No such class.
    Class,
    /// A class outside brackets.
    ClassSyntax,
    /// No such collating element.
    Collation,
    /// A reference to a group that is not complete.
    BackReference,
    /// A backslash at the end.
    TrailingBackslash,
    /// An operator with nothing before it.
    NothingToRepeat,
    /// More than can be compiled.
    TooBig,
    /// Something about a Perl-compatible expression, in PCRE's words.
    Perl(&'static str),
}

impl PatternError {
    /// The message.
    pub fn message(self) -> &'static str {
        match self {
            PatternError::Bracket => "Unmatched [, [^, [:, [., or [=",
            PatternError::Open => "Unmatched ( or \\(",
            PatternError::Close => "Unmatched ) or \\)",
            PatternError::Brace => "Unmatched \\{",
            PatternError::Interval => "Invalid content of \\{\\}",
            PatternError::Range => "Invalid range end",
            PatternError::Class => "Invalid character class name",
            PatternError::ClassSyntax => "character class syntax is [[:space:]], not [:space:]",
            PatternError::Collation => "Invalid collation character",
            PatternError::BackReference => "Invalid back reference",
            PatternError::TrailingBackslash => "Trailing backslash",
            PatternError::NothingToRepeat => "Invalid preceding regular expression",
            PatternError::TooBig => "Regular expression too big",
            PatternError::Perl(text) => text,
        }
    }
}

impl From<PatternError> for crate::Error {
    fn from(error: PatternError) -> crate::Error {
        crate::Error::message(error.message())
    }
}

/// A compiled pattern. The machines inside remember what they learn, so that it is not for several threads.
pub struct Pattern {
    program: Program,
    groups: usize,
    sides: Sides,
    icase: bool,
    utf8: bool,
    whole: Option<Needle>,
    inner: Option<Inner>,
    /// How many bytes each match has, where all have the same number.
    width: Option<usize>,
    /// All matches end where the text does: the program to find them from there.
    reversed: Option<Box<Program>>,
    /// It begins with a run of any length: where no match begins at one place, none does within the rest of the run.
    runs: bool,
    /// The whole expression is one byte of these, or one and more.
    bytes: Option<(Box<[bool; 256]>, bool)>,
    machines: RefCell<Machines>,
    gave_up: Cell<bool>,
    perl: Option<Box<perl::Perl>>,
}

struct Machines {
    start: Start,
    forward: Option<Dfa>,
    anchored: Option<Dfa>,
    backward: Option<Dfa>,
    backtracker: Backtracker,
    parallel: Parallel,
    perl: perl::Machine,
    /// The text that was searched last, by its place and length, and from where.
    searched: ((usize, usize), usize),
    /// How often the inner string was found in vain, less how often not.
    vain: i32,
}

impl Pattern {
    /// Compiles one pattern.
    pub fn new(text: &[u8], syntax: Syntax, options: &Options) -> Result<Pattern, PatternError> {
        Pattern::of_list(&[text], syntax, options)
    }

    /// Compiles several patterns, any of which may match; none of which never match. References are to groups of the same
    /// pattern, and the groups are numbered through.
    pub fn of_list(texts: &[&[u8]], syntax: Syntax, options: &Options) -> Result<Pattern, PatternError> {
        if syntax == Syntax::Perl {
            return Pattern::of_perl(texts.first().copied().unwrap_or_default(), options);
        }
        let mut groups = 0;
        let mut nodes = Vec::with_capacity(texts.len());
        for text in texts {
            nodes.push(parse::parse(text, syntax, options, &mut groups)?);
        }
        let mut node = if nodes.len() == 1 { nodes.pop().unwrap_or(Node::Empty) } else { Node::Alternate(nodes) };
        if options.whole {
            node = Node::Concat(vec![Node::Look(Look::TextStart), node, Node::Look(Look::TextEnd)]);
        } else if options.word {
            node = Node::Concat(vec![Node::Look(Look::NoWordBefore), node, Node::Look(Look::NoWordAfter)]);
        }
        let program = program::compile(&node, groups, options.utf8)?;
        Ok(Pattern::assemble(program, &node, groups, options))
    }

    fn of_perl(text: &[u8], options: &Options) -> Result<Pattern, PatternError> {
        let (mut perl, tree) = perl::compile(text, options)?;
        let (program, node) = match program::compile(&tree, 0, options.utf8) {
            Ok(program) => (program, tree),
            Err(_) => {
                // The automaton would be too large: every line is tried.
                (perl.exact, perl.plain) = (false, false);
                (program::compile(&Node::Empty, 0, options.utf8)?, Node::Empty)
            }
        };
        let mut pattern = Pattern::assemble(program, &node, perl.groups, options);
        if (!perl.exact || perl.wider)
            && let Some(needle) = pattern.whole.take()
        {
            pattern.inner = Some(Inner::One(needle));
        }
        pattern.perl = Some(Box::new(perl));
        Ok(pattern)
    }

    fn assemble(program: Program, node: &Node, groups: usize, options: &Options) -> Pattern {
        let literals = prefilter::literals(node, options.utf8);
        let sides =
            Sides { line: options.line, multiline: options.multiline, quit: options.utf8 && program.has_word_looks };
        let start = Start::new(&program, literals.prefix, &literals.heads, literals.later);
        let reversed = (node.ends_text() && !program.has_back)
            .then(|| program::compile_reversed(node, options.utf8).ok().map(Box::new))
            .flatten();
        Pattern {
            groups,
            sides,
            icase: options.icase,
            utf8: options.utf8,
            whole: literals.whole,
            inner: literals.inner,
            width: node.width(options.utf8),
            reversed,
            runs: prefilter::begins_with_run(node),
            bytes: prefilter::bytes_of_set(node, options.utf8).and_then(|many| Some((start.first.clone()?, many))),
            machines: RefCell::new(Machines {
                start,
                forward: None,
                anchored: None,
                backward: None,
                backtracker: Backtracker::default(),
                parallel: Parallel::default(),
                perl: perl::Machine::default(),
                searched: ((0, 0), 0),
                vain: 0,
            }),
            gave_up: Cell::new(false),
            perl: None,
            program,
        }
    }

    /// The bytes of which a match is one, where the expression is no more than such a set.
    pub fn one_byte(&self) -> Option<&[bool; 256]> {
        self.bytes.as_ref().filter(|(_, many)| !many && self.perl.is_none()).map(|(set, _)| &**set)
    }

    /// How many subexpressions it has.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Whether a search with back-references, or by a Perl-compatible expression, has ended for want of steps ("regular expression
    /// too complex"); such a search counts as no match.
    pub fn gave_up(&self) -> bool {
        self.gave_up.get()
    }

    /// Whether it matches anywhere in `text`.
    pub fn is_match(&self, text: &[u8]) -> bool {
        if let Some(perl) = self.inexact() {
            return self.find_perl(perl, text, 0).is_some();
        }
        if let Some(needle) = &self.whole {
            return needle.find(text, 0).is_some();
        }
        if self.program.has_back {
            let machines = &mut *self.machines.borrow_mut();
            return self.backtrack_with(machines, text, 0, true, &mut Vec::new()).is_some();
        }
        if text.len() > 128
            && let Some(needle) = &self.inner
            && needle.find(text, 0).is_none()
        {
            return false;
        }
        let machines = &mut *self.machines.borrow_mut();
        match self.any(machines, text) {
            Outcome::End(_) => true,
            Outcome::None => false,
            Outcome::Quit(_) => {
                machines.parallel.leftmost_longest(&self.program, &self.subject(text), 0, true).is_some()
            }
        }
    }

    /// The leftmost-longest match that begins at `from` or later: its start and end. What is before `from` counts as before.
    /// Calls with growing `from`, the first of them 0, go through one text; what one has learnt of it serves the next.
    pub fn find_at(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        if from > text.len() {
            return None;
        }
        if let Some(needle) = &self.whole {
            let start = needle.find(text, from)?;
            return Some((start, start + needle.len()));
        }
        if let Some(perl) = self.perl.as_deref().filter(|perl| !perl.plain) {
            return self.find_perl(perl, text, from);
        }
        if let Some((set, many)) = &self.bytes {
            return prefilter::find_bytes(set, *many, text, from);
        }
        if self.program.has_back {
            return self.backtrack(text, from, &mut Vec::new());
        }
        self.search(&mut self.machines.borrow_mut(), text, from)
    }

    /// Whether a match that begins at `start` could be longer if there were more text; not asked of back-references and
    /// Perl-compatible expressions.
    pub fn may_go_on(&self, text: &[u8], start: usize) -> bool {
        if self.whole.is_some() || self.perl.is_some() || self.program.has_back {
            return false;
        }
        let machines = &mut *self.machines.borrow_mut();
        let dfa = machines.anchored.get_or_insert_with(|| Dfa::new(&self.program, true, self.sides, false));
        dfa.lives(&self.program, text, start)
    }

    /// As [`find_at`](Pattern::find_at); `slots` gets start and end of the match and of each subexpression, `usize::MAX` twice for
    /// one that took no part.
    pub fn captures_at(&self, text: &[u8], from: usize, slots: &mut Vec<usize>) -> bool {
        let found = if from > text.len() {
            None
        } else if let Some(perl) = &self.perl {
            let found = self.find_perl(perl, text, from);
            slots.clone_from(&self.machines.borrow().perl.slots);
            found
        } else if self.program.has_back {
            self.backtrack(text, from, slots)
        } else {
            match self.find_at(text, from) {
                Some((start, end)) if self.groups == 0 => {
                    slots.clear();
                    slots.extend([start, end]);
                    Some((start, end))
                }
                Some((start, end)) => {
                    exact::subexpressions(&self.program, &self.subject(text), start, end, slots);
                    slots.resize((self.groups + 1) * 2, NOWHERE);
                    Some((start, end))
                }
                None => None,
            }
        };
        if found.is_none() {
            slots.clear();
            return false;
        }
        slots.truncate((self.groups + 1) * 2);
        for pair in slots.chunks_mut(2) {
            // A group that was begun again and not ended has no end that belongs to its beginning.
            if pair.first() > pair.get(1) {
                pair.fill(NOWHERE);
            }
        }
        true
    }

    /// The next line with a match in a text of lines (see [`Options::line`]), from `from` on, where a line must begin: its start
    /// and its end without the terminator.
    pub fn find_line(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let Some(perl) = self.inexact() else { return self.automata_line(text, from) };
        let mut from = from;
        // What the automata find can match; whether it does, the backtracker tells.
        while from <= text.len() && !self.gave_up() {
            let (start, end) = self.automata_line(text, from)?;
            if self.find_perl(perl, text.get(start..end)?, 0).is_some() {
                return Some((start, end));
            }
            from = end + 1;
        }
        None
    }

    /// The Perl-compatible expression, where the automata alone do not tell whether a line matches.
    fn inexact(&self) -> Option<&perl::Perl> {
        self.perl.as_deref().filter(|perl| !perl.exact)
    }

    fn find_perl(&self, perl: &perl::Perl, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let machines = &mut *self.machines.try_borrow_mut().ok()?;
        let mut machine = core::mem::take(&mut machines.perl);
        machine.steps = exact::budget();
        // What the tree matches begins before the match.
        let lead = perl.lead;
        let mut tries = 0;
        let next = &mut |at: usize| {
            let at = at.saturating_sub(lead);
            tries += 1;
            let found = if tries == 3 && perl.exact {
                // The obvious places were none: the automata know.
                self.search(machines, text, at)?.0
            } else if machines.start.is_useful() {
                machines.start.find(text, at)?
            } else if let Some(first) = &machines.start.first {
                at + text.get(at..)?.iter().position(|byte| first[usize::from(*byte)])?
            } else {
                at
            };
            Some(found + lead)
        };
        let outcome = perl.find(&mut machine, next, text, from);
        machines.perl = machine;
        let slots = &machines.perl.slots;
        match outcome {
            perl::Outcome::Found => Some((*slots.first()?, *slots.get(1)?)),
            perl::Outcome::GaveUp => {
                self.gave_up.set(true);
                None
            }
            _ => None,
        }
    }

    fn automata_line(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let terminator = self.sides.line.unwrap_or(b'\n');
        // What follows the last terminator is no line.
        let text = text.strip_suffix(&[terminator]).unwrap_or(text);
        let mut from = from;
        let bounds = |from: usize, at: usize| {
            let start = text.get(from..at).and_then(|head| memrchr(terminator, head)).map_or(from, |at| from + at + 1);
            let end = text.get(at..).and_then(|tail| memchr(terminator, tail)).map_or(text.len(), |length| at + length);
            (start, end)
        };
        if let Some(needle) = &self.whole {
            return needle.find(text, from).map(|at| bounds(from, at));
        }
        while from <= text.len() {
            let machines = &mut *self.machines.borrow_mut();
            let (start, end) = match &self.inner {
                Some(needle) if machines.vain < 64 => bounds(from, needle.find(text, from)?),
                _ if self.program.has_back || self.reversed.is_some() => bounds(from, from),
                _ => match self.earliest(machines, text, from) {
                    Outcome::None => return None,
                    Outcome::End(at) => return Some(bounds(from, at)),
                    Outcome::Quit(at) => {
                        let (start, end) = bounds(from, at);
                        let line = text.get(start..end)?;
                        if machines.parallel.leftmost_longest(&self.program, &self.subject(line), 0, true).is_some() {
                            return Some((start, end));
                        }
                        from = end + 1;
                        continue;
                    }
                },
            };
            let line = text.get(start..end)?;
            let matches = if self.program.has_back {
                self.backtrack_with(machines, line, 0, true, &mut Vec::new()).is_some()
            } else {
                match self.any(machines, line) {
                    Outcome::End(_) => true,
                    Outcome::None => false,
                    Outcome::Quit(_) => {
                        machines.parallel.leftmost_longest(&self.program, &self.subject(line), 0, true).is_some()
                    }
                }
            };
            // A string that is in each line saves nothing.
            let skipped = start - from > 64;
            machines.vain = (machines.vain + if skipped { -1 } else { 1 }).max(-1000);
            if matches {
                return Some((start, end));
            }
            from = end + 1;
        }
        None
    }

    fn subject<'a>(&self, text: &'a [u8]) -> Subject<'a> {
        Subject { text, sides: self.sides, utf8: self.utf8, icase: self.icase }
    }

    /// Whether there is a match; where it begins or ends is told as it comes.
    fn any(&self, machines: &mut Machines, text: &[u8]) -> Outcome {
        self.find_from_end(machines, text).unwrap_or_else(|| self.earliest(machines, text, 0))
    }

    /// Where the leftmost match begins, if all end with the text.
    fn find_from_end(&self, machines: &mut Machines, text: &[u8]) -> Option<Outcome> {
        let program = self.reversed.as_deref()?;
        if self.sides.line.is_some_and(|end| memchr(end, text).is_some()) {
            return None;
        }
        let dfa = machines.backward.get_or_insert_with(|| Dfa::new(program, true, self.sides, false));
        Some(dfa.backwards(program, text))
    }

    fn earliest(&self, machines: &mut Machines, text: &[u8], from: usize) -> Outcome {
        let skips = machines.start.is_useful();
        let dfa = machines.forward.get_or_insert_with(|| Dfa::new(&self.program, false, self.sides, skips));
        dfa.earliest(&self.program, &mut machines.start, text, from)
    }

    /// The leftmost-longest match by the automata. One finds out whether there is any, and before where it begins; the other is
    /// tried at each place. Where that takes too many steps, the exact machine is linear.
    fn search(&self, machines: &mut Machines, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let subject = self.subject(text);
        if from == 0
            && let Some(outcome) = self.find_from_end(machines, text)
        {
            match outcome {
                Outcome::None => return None,
                Outcome::End(start) if !self.utf8 || !set::is_within(text, start) => return Some((start, text.len())),
                _ => {}
            }
        }
        let last = match self.earliest(machines, text, from) {
            Outcome::None => return None,
            Outcome::Quit(_) => return machines.parallel.leftmost_longest(&self.program, &subject, from, false),
            // All are as long: the first to end is the first to begin.
            Outcome::End(last) if let Some(width) = self.width => return Some((last.saturating_sub(width), last)),
            Outcome::End(last) => last,
        };
        let allowed = (text.len() - from).saturating_mul(16).saturating_add(4096);
        let mut steps = 0;
        let Machines { start, anchored, parallel, .. } = machines;
        let dfa = anchored.get_or_insert_with(|| Dfa::new(&self.program, true, self.sides, false));
        if text.len() >= dfa::TRACED {
            let place = (text.as_ptr() as usize, text.len());
            if from == 0 || machines.searched.0 != place || from < machines.searched.1 {
                dfa.new_text();
            }
            machines.searched = (place, from);
        }
        let mut at = from;
        while at <= last {
            if start.is_useful() {
                at = start.find(text, at).filter(|at| *at <= last)?;
            } else if let Some(first) = &start.first {
                let here = text.get(at..last)?;
                at += here.iter().position(|byte| first[usize::from(*byte)])?;
            } else if at > from && self.utf8 && set::is_within(text, at) {
                // Nothing begins within a character.
                at += 1;
                continue;
            }
            match dfa.longest(&self.program, text, at, &mut steps) {
                Outcome::End(end) => return Some((at, end)),
                Outcome::None => {}
                Outcome::Quit(_) => return parallel.leftmost_longest(&self.program, &subject, from, false),
            }
            if steps > allowed {
                return parallel.leftmost_longest(&self.program, &subject, from, false);
            }
            at += 1;
            if self.runs
                && let (Some(first), Some(rest)) = (&start.first, text.get(at..))
            {
                let in_run = |byte: &&u8| first[usize::from(**byte)] && (**byte < 128 || !self.utf8);
                at += rest.iter().take_while(in_run).count();
            }
        }
        None
    }

    fn backtrack(&self, text: &[u8], from: usize, slots: &mut Vec<usize>) -> Option<(usize, usize)> {
        let machines = &mut *self.machines.try_borrow_mut().ok()?;
        self.backtrack_with(machines, text, from, false, slots)
    }

    fn backtrack_with(
        &self,
        machines: &mut Machines,
        text: &[u8],
        from: usize,
        any: bool,
        slots: &mut Vec<usize>,
    ) -> Option<(usize, usize)> {
        let subject = self.subject(text);
        let Machines { start, backtracker, .. } = machines;
        backtracker.steps = exact::budget();
        backtracker.any = any;
        for at in from..=text.len() {
            let byte = text.get(at).copied();
            if let Some(first) = &start.first
                && !byte.is_some_and(|byte| first[usize::from(byte)])
            {
                continue;
            }
            if at > from && self.utf8 && set::is_within(text, at) {
                continue;
            }
            match exact::backtrack(&self.program, &subject, at, slots, backtracker) {
                Backtracked::Found(end) => return Some((at, end)),
                Backtracked::None => {}
                Backtracked::GaveUp => {
                    self.gave_up.set(true);
                    return None;
                }
            }
        }
        None
    }
}

/// The length of the character at the beginning of `text`, at least 1 where there is one: how far to go on behind an empty match.
pub fn character_length(text: &[u8], utf8: bool) -> usize {
    match (utf8, set::decode(text)) {
        (true, Some((_, length))) => length,
        (false, Some(_)) => 1,
        (_, None) => 0,
    }
}
