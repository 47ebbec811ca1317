//! The backtracker for Perl-compatible expressions: a stack of its own, and a bound on steps.

use super::tree::{ENDLESS, Look, Mode, Verb};
use super::{Class, Inst, Perl};
use crate::pattern::exact::NOWHERE;
use crate::pattern::set::{cases, decode, decode_last, is_within, is_word};
use memchr::memrchr;

/// The most that waits on the stack, and the deepest recursion.
const HEIGHT: usize = 1 << 21;
const CALLS: usize = 1 << 14;

/// Something to do when the way taken fails.
#[derive(Clone, Copy)]
enum Job {
    Try(u32, usize),
    Restore(u32, usize),
    /// A run of characters may end at this place or before: the instruction behind it, the least place, the place.
    Fewer(u32, usize, usize),
    /// A lazy run takes one more: the instruction, the place, how many more it may take.
    More(u32, usize, u32),
    /// The call that was current, and how many there were.
    Frame(u32, u32),
    Verb(Verb, usize),
}

/// The jobs that wait. What is above `height` is old, and written over: a push is then no call.
#[derive(Default)]
struct Jobs {
    items: Vec<Job>,
    height: usize,
}

impl Jobs {
    #[inline(always)]
    fn push(&mut self, job: Job) {
        match self.items.get_mut(self.height) {
            Some(place) => *place = job,
            None => self.items.push(job),
        }
        self.height = self.height.wrapping_add(1);
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<Job> {
        self.height = self.height.checked_sub(1)?;
        self.items.get(self.height).copied()
    }
}

struct Frame {
    group: u32,
    back: u32,
    outer: u32,
    slots: Vec<usize>,
}

/// The machine's memory.
#[derive(Default)]
pub struct Machine {
    jobs: Jobs,
    frames: Vec<Frame>,
    frame: u32,
    /// Two for the match, two a group, then those of the program's own.
    pub slots: Vec<usize>,
    /// What may still be done.
    pub steps: usize,
}

/// What an attempt came to.
pub enum Outcome {
    /// A match: from the first slot to the second.
    Found,
    /// None from this start.
    None,
    /// None from this start, and the next is there.
    Skip(usize),
    /// None at all.
    Commit,
    /// Too many steps.
    GaveUp,
}

impl Class {
    /// Where a member at `at` ends.
    #[inline(always)]
    fn step(&self, text: &[u8], at: usize, utf8: bool) -> Option<usize> {
        let byte = *text.get(at)?;
        if byte < 128 || !utf8 {
            return self.bytes.get(usize::from(byte)).filter(|has| **has).map(|_| at.saturating_add(1));
        }
        let (member, length) = decode(text.get(at..)?)?;
        self.set.contains(member).then(|| at.saturating_add(length))
    }
}

impl Perl {
    /// The first match from `from` on; `next` tells where one can begin at the earliest. Gives up for want of steps.
    pub fn find(
        &self,
        machine: &mut Machine,
        next: &mut dyn FnMut(usize) -> Option<usize>,
        text: &[u8],
        from: usize,
    ) -> Outcome {
        let mut at = from;
        while at <= text.len() {
            let Some(start) = next(at) else { break };
            at = start;
            if at > from && self.utf8 && is_within(text, at) {
                at = at.saturating_add(1);
                continue;
            }
            match self.attempt(machine, text, at, from) {
                Outcome::None if self.anchored => break,
                Outcome::None if self.runs => {
                    if let Some(Inst::Run(class, ..)) = self.insts.first()
                        && let Some(class) = self.classes.get(*class as usize)
                    {
                        while let Some(end) = class.step(text, at, self.utf8) {
                            at = end;
                        }
                    }
                    at = at.saturating_add(1);
                }
                Outcome::None => at = at.saturating_add(1),
                Outcome::Skip(to) => at = to.max(at.saturating_add(1)),
                other => return other,
            }
        }
        Outcome::None
    }

    fn back(&self, text: &[u8], at: usize) -> Option<usize> {
        let length = if self.utf8 { decode_last(text.get(..at)?)?.1 } else { 1 };
        at.checked_sub(length)
    }

    fn word_before(&self, text: &[u8], at: usize) -> bool {
        let head = text.get(..at).unwrap_or_default();
        match head.last() {
            Some(byte) if *byte < 128 || !self.utf8 => is_word_byte(*byte),
            _ => decode_last(head).is_some_and(|(member, _)| is_word(member)),
        }
    }

    fn word_after(&self, text: &[u8], at: usize) -> bool {
        match text.get(at) {
            Some(byte) if *byte < 128 || !self.utf8 => is_word_byte(*byte),
            _ => text.get(at..).and_then(decode).is_some_and(|(member, _)| is_word(member)),
        }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn holds(&self, look: Look, text: &[u8], at: usize, begin: usize) -> bool {
        let rest = text.get(at..).unwrap_or_default();
        match look {
            Look::Start => at == 0,
            Look::LineStart => at == 0 || text.get(at.wrapping_sub(1)) == Some(&b'\n'),
            Look::End => rest.is_empty(),
            Look::Last => matches!(rest, [] | [b'\n']),
            Look::LineEnd => matches!(rest, [] | [b'\n', ..]),
            Look::Edge => self.word_before(text, at) != self.word_after(text, at),
            Look::NoEdge => self.word_before(text, at) == self.word_after(text, at),
            Look::NoWordBefore => !self.word_before(text, at),
            Look::NoWordAfter => !self.word_after(text, at),
            Look::Begin => at == begin,
            Look::Never => false,
        }
    }

    /// Where the text of a group ends when it is at `at` again.
    fn repeated(&self, text: &[u8], group: &[u8], at: usize, icase: bool) -> Option<usize> {
        let rest = text.get(at..)?;
        if !icase {
            return rest.starts_with(group).then(|| at.saturating_add(group.len()));
        }
        let (mut own, mut other) = (group, rest);
        while !own.is_empty() {
            let (a, length) = if self.utf8 { decode(own)? } else { (u32::from(*own.first()?), 1) };
            let (b, used) = if self.utf8 { decode(other)? } else { (u32::from(*other.first()?), 1) };
            if !same_letter(a, b, self.utf8) {
                return None;
            }
            own = own.get(length..)?;
            other = other.get(used..)?;
        }
        text.len().checked_sub(other.len())
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn attempt(&self, machine: &mut Machine, text: &[u8], start: usize, begin: usize) -> Outcome {
        let Machine { jobs, frames, frame, slots, steps } = machine;
        slots.fill(NOWHERE);
        slots.resize(self.slots, NOWHERE);
        jobs.height = 0;
        frames.clear();
        *frame = 0;
        put(slots, 0, start);
        let mut inst = 0u32;
        let mut at = start;
        loop {
            let mut fails = false;
            if *steps == 0 || jobs.height > HEIGHT || frames.len() > CALLS {
                return Outcome::GaveUp;
            }
            *steps = steps.saturating_sub(1);
            let Some(&now) = self.insts.get(inst as usize) else { return Outcome::None };
            let after = inst.wrapping_add(1);
            inst = after;
            match now {
                Inst::Byte(byte) => match text.get(at) {
                    Some(here) if *here == byte => at = at.saturating_add(1),
                    _ => fails = true,
                },
                Inst::One(class) => match self.classes.get(class as usize).and_then(|c| c.step(text, at, self.utf8)) {
                    Some(end) => at = end,
                    None => fails = true,
                },
                Inst::Run(class, least, most, mode) => {
                    let Some(class) = self.classes.get(class as usize) else { return Outcome::None };
                    let wanted = if mode == Mode::Lazy { least } else { most };
                    let mut count = 0u32;
                    let mut low = at;
                    let begun = at;
                    while count < wanted {
                        let Some(end) = class.step(text, at, self.utf8) else { break };
                        at = end;
                        count = count.saturating_add(1);
                        if count == least {
                            low = at;
                        }
                    }
                    *steps = steps.saturating_sub(at.saturating_sub(begun) / 16);
                    if count < least {
                        fails = true;
                    } else if mode == Mode::Lazy {
                        let left = if most == ENDLESS { ENDLESS } else { most.saturating_sub(least) };
                        jobs.push(Job::More(after.wrapping_sub(1), at, left));
                    } else if mode == Mode::Greedy && at > low {
                        // The job tries the longest first, with an eye to what must follow.
                        jobs.push(Job::Fewer(after, low, at));
                        fails = true;
                    }
                }
                Inst::Jump(to) => inst = to,
                Inst::Fork(other, lazy) => {
                    let (first, second) = if lazy { (other, after) } else { (after, other) };
                    jobs.push(Job::Try(second, at));
                    inst = first;
                }
                Inst::Save(slot) => save(jobs, slots, slot, at),
                Inst::Close(group, begun) => {
                    let slot = group.saturating_mul(2);
                    let begun = of(slots, begun);
                    save(jobs, slots, slot, begun);
                    save(jobs, slots, slot.saturating_add(1), at);
                }
                Inst::Look(look) => fails = !self.holds(look, text, at, begin),
                Inst::Back(group, icase) => {
                    let slot = group.saturating_mul(2);
                    let own = text.get(of(slots, slot)..of(slots, slot.saturating_add(1)));
                    match own.and_then(|own| self.repeated(text, own, at, icase)) {
                        Some(end) => {
                            *steps = steps.saturating_sub(end.saturating_sub(at) / 16);
                            at = end;
                        }
                        None => fails = true,
                    }
                }
                Inst::Enter(slot) => {
                    save(jobs, slots, slot.saturating_add(1), at);
                    // The height counts this job as well, so that undoing to it keeps it.
                    let height = jobs.height.saturating_add(1);
                    save(jobs, slots, slot, height);
                }
                Inst::Cut(slot, back) => {
                    let height = of(slots, slot);
                    let mut kept = height;
                    for index in height..jobs.height {
                        let Some(&job) = jobs.items.get(index) else { break };
                        if matches!(job, Job::Restore(..) | Job::Frame(..)) {
                            if let Some(place) = jobs.items.get_mut(kept) {
                                *place = job;
                            }
                            kept = kept.saturating_add(1);
                        }
                    }
                    jobs.height = jobs.height.min(kept);
                    if back {
                        at = of(slots, slot.saturating_add(1));
                    }
                }
                Inst::Refuse(slot) => {
                    let height = of(slots, slot);
                    while jobs.height > height {
                        if let Some(job) = jobs.pop() {
                            undo(job, slots, frames, frame);
                        }
                    }
                    fails = true;
                }
                Inst::Behind(count) => {
                    for _ in 0..count {
                        match self.back(text, at) {
                            Some(place) => at = place,
                            None => fails = true,
                        }
                    }
                }
                Inst::Again(slot, entry) => {
                    if of(slots, slot) != at {
                        inst = entry;
                    }
                }
                Inst::Unless(group, other) => {
                    if of(slots, group.saturating_mul(2).saturating_add(1)) == NOWHERE {
                        inst = other;
                    }
                }
                Inst::Verb(verb) => jobs.push(Job::Verb(verb, at)),
                Inst::Call(group) => {
                    jobs.push(Job::Frame(*frame, frames.len() as u32));
                    frames.push(Frame { group, back: after, outer: *frame, slots: slots.clone() });
                    *steps = steps.saturating_sub(slots.len() / 8);
                    *frame = frames.len() as u32;
                    inst = self.entries.get(group as usize).copied().unwrap_or(0);
                }
                Inst::Return(group) => {
                    let current = (*frame as usize).checked_sub(1).and_then(|index| frames.get(index));
                    if let Some(current) = current.filter(|current| current.group == group) {
                        inst = current.back;
                        jobs.push(Job::Frame(*frame, frames.len() as u32));
                        *frame = current.outer;
                        // What the call's groups matched is forgotten.
                        for (slot, value) in (0u32..).zip(&current.slots) {
                            if of(slots, slot) != *value {
                                save(jobs, slots, slot, *value);
                            }
                        }
                    }
                }
                Inst::Match => {
                    put(slots, 1, at);
                    return Outcome::Found;
                }
            }
            while fails {
                *steps = steps.saturating_sub(1);
                match jobs.pop() {
                    None => return Outcome::None,
                    Some(Job::Try(to, place)) => {
                        (inst, at) = (to, place);
                        fails = false;
                    }
                    Some(Job::Fewer(to, low, place)) => {
                        let mut upper = place;
                        let mut ahead = to as usize;
                        while let Some(Inst::Save(_) | Inst::Close(..)) = self.insts.get(ahead) {
                            ahead = ahead.saturating_add(1);
                        }
                        if let Some(Inst::Byte(byte)) = self.insts.get(ahead) {
                            // Only where the byte that must follow is.
                            let window = text.get(low..text.len().min(upper.saturating_add(1))).unwrap_or_default();
                            match memrchr(*byte, window) {
                                Some(offset) => upper = low.saturating_add(offset),
                                None => continue,
                            }
                        }
                        if upper > low
                            && let Some(less) = self.back(text, upper)
                        {
                            jobs.push(Job::Fewer(to, low, less));
                        }
                        (inst, at) = (to, upper);
                        fails = false;
                    }
                    Some(Job::More(run, place, left)) => {
                        let Some(Inst::Run(class, ..)) = self.insts.get(run as usize) else { continue };
                        let end = self.classes.get(*class as usize).and_then(|c| c.step(text, place, self.utf8));
                        let Some(end) = end.filter(|_| left > 0) else { continue };
                        let left = if left == ENDLESS { left } else { left.saturating_sub(1) };
                        jobs.push(Job::More(run, end, left));
                        (inst, at) = (run.wrapping_add(1), end);
                        fails = false;
                    }
                    Some(Job::Verb(Verb::Prune, _)) => return Outcome::None,
                    Some(Job::Verb(Verb::Skip, place)) => return Outcome::Skip(place),
                    Some(Job::Verb(Verb::Commit, _)) => return Outcome::Commit,
                    Some(job) => undo(job, slots, frames, frame),
                }
                if *steps == 0 {
                    return Outcome::GaveUp;
                }
            }
        }
    }
}

#[inline(always)]
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[inline(always)]
fn of(slots: &[usize], slot: u32) -> usize {
    slots.get(slot as usize).copied().unwrap_or(NOWHERE)
}

#[inline(always)]
fn put(slots: &mut [usize], slot: u32, value: usize) {
    if let Some(place) = slots.get_mut(slot as usize) {
        *place = value;
    }
}

#[inline(always)]
fn save(jobs: &mut Jobs, slots: &mut [usize], slot: u32, value: usize) {
    jobs.push(Job::Restore(slot, of(slots, slot)));
    put(slots, slot, value);
}

#[cfg_attr(speed_marks, optimize(speed))]
fn undo(job: Job, slots: &mut [usize], frames: &mut Vec<Frame>, frame: &mut u32) {
    match job {
        Job::Restore(slot, value) => put(slots, slot, value),
        Job::Frame(current, count) => {
            *frame = current;
            frames.truncate(count as usize);
        }
        _ => {}
    }
}

/// Whether a reference without regard to case sees these two as the same.
fn same_letter(a: u32, b: u32, utf8: bool) -> bool {
    let mut same = a == b;
    cases(a, utf8, &mut |other| same |= other == b);
    same
}
