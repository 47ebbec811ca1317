//! The exact machines: slower than the automaton, but they know subexpressions, words in UTF-8, and back-references.

use super::dfa::{Sides, SparseSet};
use super::program::{Inst, Program};
use super::set::{decode, decode_last, is_within, is_word};
use super::tree::Side;

/// No place.
pub const NOWHERE: usize = usize::MAX;

/// How many steps the search for one match may take when there are back-references: a second or so.
const STEPS: usize = 30_000_000;

/// How many bits may mark where the backtracker has been: 256 KB. Longer matches go to the parallel machine.
const VISITED: usize = 1 << 21;

/// A text, and how to look at it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The text.
    pub text: &'a [u8],
    /// What its bytes are to conditions.
    pub sides: Sides,
    /// Whether words are told by whole characters.
    pub utf8: bool,
    /// Whether back-references match without regard to case.
    pub icase: bool,
}

impl Subject<'_> {
    fn before(&self, at: usize) -> Side {
        let side = self.sides.before(self.text, at);
        if side == Side::Other && self.utf8 {
            let head = self.text.get(..at).unwrap_or_default();
            if decode_last(head).is_some_and(|(member, length)| length > 1 && is_word(member)) {
                return Side::Word;
            }
        }
        side
    }

    fn after(&self, at: usize) -> Side {
        let Some(byte) = self.text.get(at) else { return Side::Edge };
        let side = self.sides.of(*byte);
        if side == Side::Other && self.utf8 && *byte >= 128 {
            let tail = self.text.get(at..).unwrap_or_default();
            if decode(tail).is_some_and(|(member, length)| length > 1 && is_word(member)) {
                return Side::Word;
            }
        }
        side
    }

    fn repeats(&self, first: usize, last: usize, at: usize) -> Option<usize> {
        let group = self.text.get(first..last)?;
        let end = at.checked_add(group.len())?;
        let here = self.text.get(at..end)?;
        let same = if self.icase { group.eq_ignore_ascii_case(here) } else { group == here };
        same.then_some(end)
    }
}

/// The machine that follows all threads at once, with its memory.
#[derive(Default)]
pub struct Parallel {
    now: Threads,
    then: Threads,
    stack: Vec<u32>,
}

impl Parallel {
    /// The leftmost-longest match from `from` on: linear in the text and in the program. `any` is content with the first found.
    pub fn leftmost_longest(
        &mut self,
        program: &Program,
        subject: &Subject,
        from: usize,
        any: bool,
    ) -> Option<(usize, usize)> {
        let Parallel { now, then, stack } = self;
        now.reset(program.insts.len());
        then.reset(program.insts.len());
        let mut best: Option<(usize, usize)> = None;
        let mut at = from;
        let mut sides = (subject.before(at), subject.after(at));
        loop {
            let byte = subject.text.get(at).copied();
            if best.is_none() && (at == from || !(subject.utf8 && is_within(subject.text, at))) {
                now.add(program, program.start, at, sides, stack);
            }
            if now.set.dense.is_empty() && best.is_some() {
                return best;
            }
            then.set.clear();
            // Conditions cost, so that they are looked at where there are any.
            let next_sides = if program.has_looks {
                (subject.before(at + 1), subject.after((at + 1).min(subject.text.len())))
            } else {
                sides
            };
            for &thread in &now.set.dense {
                let start = now.starts.get(thread as usize).copied().unwrap_or(0);
                if best.is_some_and(|best| start > best.0) {
                    // Threads are in the order of their starts.
                    break;
                }
                let next = match (program.insts.get(thread as usize), byte) {
                    (Some(Inst::Match), _) => {
                        best = Some((start, at));
                        if any {
                            return best;
                        }
                        continue;
                    }
                    (Some(Inst::Byte { low, high, next }), Some(byte)) if (*low..=*high).contains(&byte) => *next,
                    (Some(Inst::Sparse { first, count }), Some(byte)) => match program.edge(*first, *count, byte) {
                        Some(next) => next,
                        None => continue,
                    },
                    _ => continue,
                };
                then.add(program, next, start, next_sides, stack);
            }
            core::mem::swap(now, then);
            if byte.is_none() {
                return best;
            }
            sides = next_sides;
            at += 1;
        }
    }
}

#[derive(Default)]
struct Threads {
    set: SparseSet,
    starts: Vec<usize>,
}

impl Threads {
    fn reset(&mut self, size: usize) {
        if self.starts.len() != size {
            self.set = SparseSet::new(size);
            self.starts = vec![0; size];
        }
        self.set.clear();
    }

    fn add(&mut self, program: &Program, from: u32, start: usize, sides: (Side, Side), stack: &mut Vec<u32>) {
        let known = self.set.dense.len();
        super::dfa::close(program, from, Some(sides), &mut self.set, stack);
        for member in self.set.dense.get(known..).unwrap_or_default() {
            if let Some(place) = self.starts.get_mut(*member as usize) {
                *place = start;
            }
        }
    }
}

/// What the backtracker has to do.
enum Job {
    Try(u32, usize),
    Restore(usize, usize),
}

/// Finds the subexpressions of the match `start..end` that another machine found. Slots without a place are [`NOWHERE`].
pub fn subexpressions(program: &Program, subject: &Subject, start: usize, end: usize, slots: &mut Vec<usize>) -> bool {
    slots.clear();
    slots.resize(program.slots, NOWHERE);
    let width = end - start + 1;
    if program.insts.len().saturating_mul(width) > VISITED {
        return in_parallel(program, subject, start, end, slots);
    }
    let mut visited = vec![0u64; program.insts.len() * width / 64 + 1];
    let mut jobs = vec![Job::Try(program.start, start)];
    while let Some(job) = jobs.pop() {
        let (mut inst, mut at) = match job {
            Job::Restore(slot, old) => {
                set(slots, slot, old);
                continue;
            }
            Job::Try(inst, at) => (inst, at),
        };
        loop {
            let bit = inst as usize * width + (at - start);
            match visited.get_mut(bit / 64) {
                Some(word) if *word & (1 << (bit % 64)) == 0 => *word |= 1 << (bit % 64),
                _ => break,
            }
            let byte = subject.text.get(at).copied().filter(|_| at < end);
            match program.insts.get(inst as usize) {
                Some(Inst::Match) if at == end => {
                    set(slots, 0, start);
                    set(slots, 1, end);
                    return true;
                }
                Some(Inst::Byte { low, high, next }) if byte.is_some_and(|byte| (*low..=*high).contains(&byte)) => {
                    inst = *next;
                    at += 1;
                }
                Some(Inst::Sparse { first, count }) => match byte.and_then(|byte| program.edge(*first, *count, byte)) {
                    Some(next) => {
                        inst = next;
                        at += 1;
                    }
                    None => break,
                },
                Some(Inst::Split { first, second }) => {
                    jobs.push(Job::Try(*second, at));
                    inst = *first;
                }
                Some(Inst::Save { slot, next }) => {
                    let slot = *slot as usize;
                    jobs.push(Job::Restore(slot, slots.get(slot).copied().unwrap_or(NOWHERE)));
                    set(slots, slot, at);
                    inst = *next;
                }
                Some(Inst::Look { look, next }) if look.holds(subject.before(at), subject.after(at)) => inst = *next,
                Some(Inst::Moved { next, .. }) => inst = *next,
                _ => break,
            }
        }
    }
    false
}

fn set(slots: &mut [usize], slot: usize, at: usize) {
    if let Some(place) = slots.get_mut(slot) {
        *place = at;
    }
}

/// As [`subexpressions`], with a set of slots a thread: for matches too long to remember every place.
fn in_parallel(program: &Program, subject: &Subject, start: usize, end: usize, slots: &mut [usize]) -> bool {
    let size = program.insts.len();
    let count = program.slots;
    let mut now = SparseSet::new(size);
    let mut then = SparseSet::new(size);
    // Only threads that read keep their slots, in the order of the set.
    let mut now_slots = vec![NOWHERE; size * count];
    let mut then_slots = vec![NOWHERE; size * count];
    let mut jobs = Vec::new();
    let mut current = slots.to_vec();
    follow(program, subject, program.start, start, &mut now, &mut now_slots, &mut current, &mut jobs);
    for at in start..end {
        let Some(byte) = subject.text.get(at).copied() else { return false };
        then.clear();
        for &thread in &now.dense {
            let next = match program.insts.get(thread as usize) {
                Some(Inst::Byte { low, high, next }) if (*low..=*high).contains(&byte) => *next,
                Some(Inst::Sparse { first, count }) => match program.edge(*first, *count, byte) {
                    Some(next) => next,
                    None => continue,
                },
                _ => continue,
            };
            let own = thread as usize * count;
            if let Some(own) = now_slots.get(own..own + count) {
                current.copy_from_slice(own);
            }
            follow(program, subject, next, at + 1, &mut then, &mut then_slots, &mut current, &mut jobs);
        }
        core::mem::swap(&mut now, &mut then);
        core::mem::swap(&mut now_slots, &mut then_slots);
    }
    for &thread in &now.dense {
        if program.insts.get(thread as usize) == Some(&Inst::Match) {
            let own = thread as usize * count;
            if let Some(own) = now_slots.get(own..own + count) {
                slots.copy_from_slice(own);
            }
            set(slots, 0, start);
            set(slots, 1, end);
            return true;
        }
    }
    false
}

/// Adds what is reached from `from` at `at`, each with the slots of its way, in order of preference.
#[allow(clippy::too_many_arguments, reason = "the working memory of one loop, kept outside it")]
fn follow(
    program: &Program,
    subject: &Subject,
    from: u32,
    at: usize,
    set_of: &mut SparseSet,
    kept: &mut [usize],
    current: &mut [usize],
    jobs: &mut Vec<Job>,
) {
    let count = program.slots;
    jobs.clear();
    jobs.push(Job::Try(from, at));
    while let Some(job) = jobs.pop() {
        let inst = match job {
            Job::Restore(slot, old) => {
                set(current, slot, old);
                continue;
            }
            Job::Try(inst, _) => inst,
        };
        if !set_of.insert(inst) {
            continue;
        }
        match program.insts.get(inst as usize) {
            Some(Inst::Split { first, second }) => {
                jobs.push(Job::Try(*second, at));
                jobs.push(Job::Try(*first, at));
            }
            Some(Inst::Save { slot, next }) => {
                let slot = *slot as usize;
                jobs.push(Job::Restore(slot, current.get(slot).copied().unwrap_or(NOWHERE)));
                set(current, slot, at);
                jobs.push(Job::Try(*next, at));
            }
            Some(Inst::Moved { next, .. }) => jobs.push(Job::Try(*next, at)),
            Some(Inst::Look { look, next }) if look.holds(subject.before(at), subject.after(at)) => {
                jobs.push(Job::Try(*next, at));
            }
            Some(Inst::Byte { .. } | Inst::Sparse { .. } | Inst::Match) => {
                let own = inst as usize * count;
                if let Some(own) = kept.get_mut(own..own + count) {
                    own.copy_from_slice(current);
                }
            }
            _ => {}
        }
    }
}

/// What the search with back-references came to.
pub enum Backtracked {
    /// The end of the longest match; the slots are set.
    Found(usize),
    /// No match here.
    None,
    /// Too many steps.
    GaveUp,
}

/// The memory of the search with back-references.
#[derive(Default)]
pub struct Backtracker {
    current: Vec<usize>,
    jobs: Vec<Job>,
    /// What may still be done.
    pub steps: usize,
    /// Whether any match will do.
    pub any: bool,
}

/// The longest match that begins at `start`, by trying everything.
pub fn backtrack(
    program: &Program,
    subject: &Subject,
    start: usize,
    slots: &mut Vec<usize>,
    memory: &mut Backtracker,
) -> Backtracked {
    let Backtracker { current, jobs, steps, any } = memory;
    current.clear();
    current.resize(program.slots, NOWHERE);
    let mut best: Option<usize> = None;
    jobs.clear();
    jobs.push(Job::Try(program.start, start));
    while let Some(job) = jobs.pop() {
        let (mut inst, mut at) = match job {
            Job::Restore(slot, old) => {
                set(current, slot, old);
                continue;
            }
            Job::Try(inst, at) => (inst, at),
        };
        loop {
            if *steps == 0 {
                return best.map_or(Backtracked::GaveUp, Backtracked::Found);
            }
            *steps -= 1;
            let byte = subject.text.get(at).copied();
            match program.insts.get(inst as usize) {
                Some(Inst::Match) => {
                    if best.is_none_or(|best| at > best) {
                        best = Some(at);
                        slots.clear();
                        slots.extend_from_slice(current);
                        set(slots, 0, start);
                        set(slots, 1, at);
                        if *any || at == subject.text.len() {
                            return Backtracked::Found(at);
                        }
                    }
                    break;
                }
                Some(Inst::Byte { low, high, next }) if byte.is_some_and(|byte| (*low..=*high).contains(&byte)) => {
                    inst = *next;
                    at += 1;
                }
                Some(Inst::Sparse { first, count }) => match byte.and_then(|byte| program.edge(*first, *count, byte)) {
                    Some(next) => {
                        inst = next;
                        at += 1;
                    }
                    None => break,
                },
                Some(Inst::Split { first, second }) => {
                    jobs.push(Job::Try(*second, at));
                    inst = *first;
                }
                Some(Inst::Save { slot, next }) => {
                    let slot = *slot as usize;
                    jobs.push(Job::Restore(slot, current.get(slot).copied().unwrap_or(NOWHERE)));
                    set(current, slot, at);
                    inst = *next;
                }
                Some(Inst::Moved { slot, next }) if current.get(*slot as usize) != Some(&at) => inst = *next,
                Some(Inst::Look { look, next }) if look.holds(subject.before(at), subject.after(at)) => inst = *next,
                Some(Inst::Back { group, next }) => {
                    let slot = *group as usize * 2;
                    let (Some(&first), Some(&last)) = (current.get(slot), current.get(slot + 1)) else { break };
                    match subject.repeats(first, last, at) {
                        Some(end) => {
                            inst = *next;
                            at = end;
                        }
                        None => break,
                    }
                }
                _ => break,
            }
        }
    }
    best.map_or(Backtracked::None, Backtracked::Found)
}

/// What one search may do.
pub fn budget() -> usize {
    STEPS
}
