//! The fast machine: a deterministic automaton whose states are made when they are first reached.
//!
//! A state is a set of the program's instructions, and what was before them. A match is seen one byte late, so that a
//! condition on what follows is known by then. There are two kinds: one that looks for the end of any match that begins
//! anywhere, and stops at the first; and one that begins in one place and looks for the longest match.
//!
//! Rows have 256 entries, so that the byte needs no translation, and an entry says where the next row begins: a step is an
//! addition and a load that depend on the last.

use super::prefilter::Start;
use super::program::{Inst, Program};
use super::tree::{Look, Side};
use memchr::memchr;

/// An entry with this bit needs a look: nothing there yet, a match, a dead end, or a place to skip from.
const SPECIAL: u32 = 0x8000_0000;
/// A match ended before the byte that led here.
const MATCHED: u32 = 0x4000_0000;
const ID: u32 = 0x3FFF_FFFF;
/// How many entries a row has: states are known by where their rows begin.
const ROW: u32 = 256;

const UNKNOWN: u32 = 0;
const DEAD: u32 = ROW;
const QUIT: u32 = 2 * ROW;
/// The states with numbers below this one are signs, not states.
const RESERVED: usize = 3;

const SIDES: [Side; 4] = [Side::Edge, Side::Newline, Side::Word, Side::Other];

/// Texts from this length on are divided into blocks, after which searches look whether they were there before.
pub const TRACED: usize = 4096;
const BLOCK: usize = 256;

/// How many states are kept before all are forgotten: 3 MB of rows.
const STATES: usize = 3000;
/// How many instructions all states' sets may hold together.
const MEMBERS: usize = 400_000;

/// What the text's bytes are to conditions.
#[derive(Clone, Copy)]
pub struct Sides {
    /// The byte that ends each line, where each line is a text of its own.
    pub line: Option<u8>,
    /// Whether newlines within the text end lines.
    pub multiline: bool,
    /// Whether to give up at a byte that is not ASCII, because only whole characters tell words.
    pub quit: bool,
}

impl Sides {
    /// What a byte is (which one is part of a longer character is not seen here).
    pub fn of(&self, byte: u8) -> Side {
        if Some(byte) == self.line {
            Side::Edge
        } else if byte == b'\n' && self.multiline {
            Side::Newline
        } else if byte.is_ascii_alphanumeric() || byte == b'_' {
            Side::Word
        } else {
            Side::Other
        }
    }

    /// Whether the automaton cannot tell what is before a place.
    fn is_doubtful(&self, text: &[u8], at: usize) -> bool {
        self.quit && at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|byte| *byte >= 128)
    }

    /// What is before a place.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn before(&self, text: &[u8], at: usize) -> Side {
        match at.checked_sub(1).and_then(|before| text.get(before)) {
            Some(byte) => self.of(*byte),
            None => Side::Edge,
        }
    }
}

/// What came out of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// No match.
    None,
    /// A match ends here.
    End(usize),
    /// The machine cannot tell; it read up to here.
    Quit(usize),
}

struct State {
    set: Box<[u32]>,
    before: Side,
    matched: bool,
    /// Nothing has begun: a search may skip to where something can begin.
    idle: bool,
    /// Whether a match ends at the end of the text, once known.
    at_end: Option<bool>,
}

/// A machine with its states so far.
pub struct Dfa {
    longest: bool,
    skips: bool,
    sides: Sides,
    rows: Vec<u32>,
    states: Vec<State>,
    members: usize,
    /// How often all states were forgotten.
    forgotten: u32,
    /// In which state each block of the text was left, where no match ended behind it: to come there again is in vain. Without
    /// this, searches for all matches of `x(.*y)?` would read each line to its end again and again (T. Reps, 1998).
    fruitless: Vec<u32>,
    /// The blocks that this search has left since its last match, and in which state.
    passed: Vec<(u32, u32)>,
    /// Hash table of states: numbers, 0 for free.
    table: Vec<u16>,
    starts: [u32; 4],
    /// The sets in which nothing has begun, by what is before; empty where skipping was not asked for.
    idle_sets: Vec<Vec<u32>>,
    scratch: SparseSet,
    resolved: SparseSet,
    stack: Vec<u32>,
}

/// A set of small numbers with constant-time clearing.
#[derive(Default)]
pub struct SparseSet {
    /// The members, in the order they came.
    pub dense: Vec<u32>,
    sparse: Vec<u32>,
}

impl SparseSet {
    /// An empty set of numbers below `size`.
    pub fn new(size: usize) -> SparseSet {
        SparseSet { dense: Vec::with_capacity(size.min(1024)), sparse: vec![0; size] }
    }

    /// Adds a number; false if it was there.
    #[inline]
    pub fn insert(&mut self, member: u32) -> bool {
        let Some(place) = self.sparse.get_mut(member as usize) else { return false };
        if self.dense.get(*place as usize) == Some(&member) {
            return false;
        }
        *place = self.dense.len() as u32;
        self.dense.push(member);
        true
    }

    /// Makes it empty.
    pub fn clear(&mut self) {
        self.dense.clear();
    }
}

impl Dfa {
    /// A machine without states. `longest` chooses the kind.
    pub fn new(program: &Program, longest: bool, sides: Sides, skips: bool) -> Dfa {
        let size = program.insts.len();
        let mut dfa = Dfa {
            longest,
            skips,
            sides,
            rows: Vec::new(),
            states: Vec::new(),
            members: 0,
            forgotten: 0,
            fruitless: Vec::new(),
            passed: Vec::new(),
            table: Vec::new(),
            starts: [UNKNOWN; 4],
            idle_sets: Vec::new(),
            scratch: SparseSet::new(size),
            resolved: SparseSet::new(size),
            stack: Vec::new(),
        };
        dfa.forget();
        if !longest && skips {
            close(program, program.start, None, &mut dfa.scratch, &mut dfa.stack);
            dfa.idle_sets = SIDES.iter().map(|side| members(program, &dfa.scratch, *side)).collect();
        }
        dfa
    }

    fn forget(&mut self) {
        self.rows.clear();
        self.states.clear();
        self.members = 0;
        self.fruitless.clear();
        self.passed.clear();
        self.forgotten = self.forgotten.wrapping_add(1);
        self.table.clear();
        self.table.resize(256, 0);
        self.starts = [UNKNOWN; 4];
        self.rows.resize(RESERVED * ROW as usize, UNKNOWN);
        for _ in 0..RESERVED {
            self.states.push(State {
                set: Box::default(),
                before: Side::Other,
                matched: false,
                idle: false,
                at_end: Some(false),
            });
        }
    }

    fn start(&mut self, program: &Program, before: Side) -> u32 {
        let before = if program.has_looks { before } else { Side::Other };
        let known = self.starts.get(before as usize).copied().unwrap_or(UNKNOWN);
        if known != UNKNOWN {
            return known;
        }
        self.scratch.clear();
        close(program, program.start, None, &mut self.scratch, &mut self.stack);
        let set = members(program, &self.scratch, before);
        let entry = self.intern(set, before, false);
        if let Some(place) = self.starts.get_mut(before as usize) {
            *place = entry;
        }
        entry
    }

    /// The entry for a state, which is made if it is new.
    fn intern(&mut self, set: Vec<u32>, before: Side, matched: bool) -> u32 {
        let goes_on = !self.longest && (self.sides.line.is_some() || self.sides.multiline);
        if set.is_empty() && !matched && !goes_on {
            return DEAD | SPECIAL;
        }
        let idle = !self.longest && (set.is_empty() || self.idle_sets.get(before as usize) == Some(&set));
        let mut hash = (before as u32) * 2 + u32::from(matched);
        for member in &set {
            hash = (hash.rotate_left(5) ^ member).wrapping_mul(0x9E37_79B1);
        }
        let mask = self.table.len() - 1;
        let mut slot = (hash >> 7) as usize & mask;
        loop {
            let id = self.table.get(slot).copied().unwrap_or(0);
            if id == 0 {
                break;
            }
            if let Some(state) = self.states.get(usize::from(id))
                && state.before == before
                && state.matched == matched
                && *state.set == *set
            {
                return entry_of(u32::from(id) * ROW, state);
            }
            slot = (slot + 1) & mask;
        }
        if self.states.len() >= STATES || self.members + set.len() > MEMBERS {
            self.forget();
            return self.intern(set, before, matched);
        }
        let number = self.states.len() as u16;
        self.members += set.len();
        let state = State { set: set.into_boxed_slice(), before, matched, idle, at_end: None };
        let entry = entry_of(u32::from(number) * ROW, &state);
        self.states.push(state);
        self.rows.resize(self.states.len() * ROW as usize, UNKNOWN | SPECIAL);
        if let Some(place) = self.table.get_mut(slot) {
            *place = number;
        }
        if self.states.len() * 2 > self.table.len() {
            self.rehash();
        }
        entry
    }

    fn rehash(&mut self) {
        let size = self.table.len() * 4;
        self.table.clear();
        self.table.resize(size, 0);
        for (id, state) in self.states.iter().enumerate().skip(RESERVED) {
            let mut hash = (state.before as u32) * 2 + u32::from(state.matched);
            for member in &state.set {
                hash = (hash.rotate_left(5) ^ member).wrapping_mul(0x9E37_79B1);
            }
            let mut slot = (hash >> 7) as usize & (size - 1);
            while self.table.get(slot).is_some_and(|id| *id != 0) {
                slot = (slot + 1) & (size - 1);
            }
            if let Some(place) = self.table.get_mut(slot) {
                *place = id as u16;
            }
        }
    }

    /// Fills `resolved` with the state's instructions and what its conditions open before `after`; whether it matches there.
    fn resolve(&mut self, program: &Program, id: u32, after: Side) -> bool {
        self.resolved.clear();
        let Some(state) = self.states.get((id / ROW) as usize) else { return false };
        let mut matches = false;
        for member in &state.set {
            self.resolved.insert(*member);
        }
        if program.has_looks {
            for member in &state.set {
                if let Some(Inst::Look { look, next }) = program.insts.get(*member as usize)
                    && look.holds(state.before, after)
                {
                    close(program, *next, Some((state.before, after)), &mut self.resolved, &mut self.stack);
                }
            }
        }
        for member in &self.resolved.dense {
            matches |= program.insts.get(*member as usize) == Some(&Inst::Match);
        }
        matches
    }

    /// Makes the entry for `byte` in the row of `id`.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn step(&mut self, program: &Program, id: u32, byte: u8) -> u32 {
        let entry = if byte >= 128 && self.sides.quit {
            QUIT | SPECIAL
        } else {
            let after = self.sides.of(byte);
            let matches = self.resolve(program, id, after);
            if matches && !self.longest {
                // The first end is all that is asked for: no state is needed behind it.
                MATCHED | SPECIAL
            } else {
                self.scratch.clear();
                for member in &self.resolved.dense {
                    let next = match program.insts.get(*member as usize) {
                        Some(Inst::Byte { low, high, next }) if (*low..=*high).contains(&byte) => *next,
                        Some(Inst::Sparse { first, count }) => match program.edge(*first, *count, byte) {
                            Some(next) => next,
                            None => continue,
                        },
                        _ => continue,
                    };
                    close(program, next, None, &mut self.scratch, &mut self.stack);
                }
                if !self.longest {
                    close(program, program.start, None, &mut self.scratch, &mut self.stack);
                }
                let before = if program.has_looks { after } else { Side::Other };
                let set = members(program, &self.scratch, before);
                let forgotten = self.forgotten;
                let entry = self.intern(set, before, matches);
                if self.forgotten != forgotten {
                    // The row that this would go into is gone.
                    return entry;
                }
                entry
            }
        };
        if let Some(place) = self.rows.get_mut(id as usize + usize::from(byte)) {
            *place = entry;
        }
        entry
    }

    fn matches_at_end(&mut self, program: &Program, id: u32) -> bool {
        if let Some(known) = self.states.get((id / ROW) as usize).and_then(|state| state.at_end) {
            return known;
        }
        let matches = self.resolve(program, id, Side::Edge);
        if let Some(state) = self.states.get_mut((id / ROW) as usize) {
            state.at_end = Some(matches);
        }
        matches
    }

    /// The end of some match that begins at `from` or later; the first one to end.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub fn earliest(&mut self, program: &Program, start: &mut Start, text: &[u8], from: usize) -> Outcome {
        let mut at = from;
        if !start.is_useful() && self.skips {
            // Skipping has not paid: states that nothing is to be done about are faster.
            self.skips = false;
            self.idle_sets.clear();
            self.forget();
        }
        let before = self.sides.before(text, at);
        let mut state = self.start(program, before);
        'skips: loop {
            if self.states.get(((state & ID) / ROW) as usize).is_some_and(|state| state.idle && state.set.is_empty()) {
                // Nothing can begin before the next line.
                match memchr(self.sides.line.unwrap_or(b'\n'), text.get(at..).unwrap_or_default()) {
                    Some(length) => {
                        at += length + 1;
                        let before = self.sides.before(text, at);
                        state = self.start(program, before);
                    }
                    None => return Outcome::None,
                }
            } else if self.states.get(((state & ID) / ROW) as usize).is_some_and(|state| state.idle)
                && start.is_useful()
            {
                match start.find(text, at) {
                    Some(found) if found > at => {
                        at = found;
                        let before = self.sides.before(text, at);
                        state = self.start(program, before);
                    }
                    Some(_) => {}
                    None => return Outcome::None,
                }
            }
            if self.sides.is_doubtful(text, at) {
                return Outcome::Quit(at);
            }
            let mut id = state & ID;
            let Some(rest) = text.get(at..) else { return Outcome::None };
            let mut bytes = rest.iter();
            while let Some(byte) = bytes.next() {
                let mut entry = self.rows.get(id as usize + usize::from(*byte)).copied().unwrap_or(QUIT | SPECIAL);
                if entry & SPECIAL == 0 {
                    id = entry;
                    continue;
                }
                if entry & ID == UNKNOWN && entry & MATCHED == 0 {
                    entry = self.step(program, id, *byte);
                    if entry & SPECIAL == 0 {
                        id = entry;
                        continue;
                    }
                }
                let here = text.len() - bytes.as_slice().len();
                if entry & MATCHED != 0 {
                    return Outcome::End(here - 1);
                }
                match entry & ID {
                    DEAD => return Outcome::None,
                    QUIT => return Outcome::Quit(here - 1),
                    // Idle again: a chance to skip.
                    next if self.skips || self.states.get((next / ROW) as usize).is_some_and(|s| s.set.is_empty()) => {
                        state = next;
                        at = here;
                        continue 'skips;
                    }
                    next => id = next,
                }
            }
            return if self.matches_at_end(program, id) { Outcome::End(text.len()) } else { Outcome::None };
        }
    }

    /// The end of the longest match that begins at `from`; `steps` is raised by the bytes that were read.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub fn longest(&mut self, program: &Program, text: &[u8], from: usize, steps: &mut usize) -> Outcome {
        if self.sides.is_doubtful(text, from) {
            return Outcome::Quit(from);
        }
        let before = self.sides.before(text, from);
        let mut id = self.start(program, before) & ID;
        let mut found = Outcome::None;
        let traced = text.len() >= TRACED;
        self.passed.clear();
        let mut at = from;
        while at < text.len() {
            let stop = if traced { ((at / BLOCK + 1) * BLOCK).min(text.len()) } else { text.len() };
            let Some(block) = text.get(at..stop) else { return Outcome::None };
            let mut bytes = block.iter();
            while let Some(byte) = bytes.next() {
                let mut entry = self.rows.get(id as usize + usize::from(*byte)).copied().unwrap_or(QUIT | SPECIAL);
                if entry & SPECIAL != 0 {
                    if entry & ID == UNKNOWN {
                        entry = self.step(program, id, *byte);
                    }
                    let here = stop - bytes.as_slice().len();
                    if entry & MATCHED != 0 {
                        found = Outcome::End(here - 1);
                        self.passed.clear();
                    }
                    let dead = match entry & ID {
                        DEAD => true,
                        QUIT => return Outcome::Quit(here - 1),
                        next => {
                            entry & MATCHED != 0
                                && self.states.get((next / ROW) as usize).is_some_and(|s| s.set.is_empty())
                        }
                    };
                    if dead {
                        *steps += here - from;
                        return found;
                    }
                    entry &= ID;
                }
                id = entry;
            }
            at = stop;
            if traced {
                if self.fruitless.get(at / BLOCK) == Some(&id) {
                    *steps += at - from;
                    self.learn();
                    return found;
                }
                self.passed.push(((at / BLOCK) as u32, id));
            }
        }
        *steps += text.len() - from;
        if self.matches_at_end(program, id) {
            return Outcome::End(text.len());
        }
        self.learn();
        found
    }

    /// The beginning of the longest match that ends where the text does, for a program that is compiled to be read so.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub fn backwards(&mut self, program: &Program, text: &[u8]) -> Outcome {
        let mut id = self.start(program, Side::Edge) & ID;
        let mut found = Outcome::None;
        for (at, byte) in text.iter().enumerate().rev() {
            let mut entry = self.rows.get(id as usize + usize::from(*byte)).copied().unwrap_or(QUIT | SPECIAL);
            if entry & SPECIAL != 0 {
                if entry & ID == UNKNOWN {
                    entry = self.step(program, id, *byte);
                }
                if entry & MATCHED != 0 {
                    found = Outcome::End(at + 1);
                }
                match entry & ID {
                    DEAD => return found,
                    QUIT => return Outcome::Quit(at),
                    _ => {}
                }
            }
            id = entry & ID;
        }
        if self.matches_at_end(program, id) { Outcome::End(0) } else { found }
    }

    /// Whether a match that begins at `from` could go on behind the end of `text`.
    pub fn lives(&mut self, program: &Program, text: &[u8], from: usize) -> bool {
        let before = self.sides.before(text, from);
        let mut id = self.start(program, before) & ID;
        for byte in text.get(from..).unwrap_or_default() {
            let mut entry = self.rows.get(id as usize + usize::from(*byte)).copied().unwrap_or(QUIT | SPECIAL);
            if entry & SPECIAL != 0 && entry & ID == UNKNOWN {
                entry = self.step(program, id, *byte);
            }
            id = entry & ID;
            if id == DEAD || id == QUIT {
                return false;
            }
        }
        let set = self.states.get((id / ROW) as usize).map(|state| &state.set[..]).unwrap_or_default();
        set.iter().any(|inst| !matches!(program.insts.get(*inst as usize), Some(Inst::Match) | None))
    }

    /// Remembers that no match ended behind the places that were passed.
    fn learn(&mut self) {
        if let Some((last, _)) = self.passed.last()
            && self.fruitless.len() <= *last as usize
        {
            self.fruitless.resize(*last as usize + 1, UNKNOWN);
        }
        for (block, id) in self.passed.drain(..) {
            if let Some(place) = self.fruitless.get_mut(block as usize) {
                *place = id;
            }
        }
    }

    /// Forgets what is known of the text: another one comes.
    pub fn new_text(&mut self) {
        self.fruitless.clear();
    }
}

fn entry_of(id: u32, state: &State) -> u32 {
    if state.matched {
        id | MATCHED | SPECIAL
    } else if state.idle {
        id | SPECIAL
    } else {
        id
    }
}

/// The instructions of a closed set that say what a state does, in order of their numbers.
fn members(program: &Program, set: &SparseSet, before: Side) -> Vec<u32> {
    let mut members: Vec<u32> = set
        .dense
        .iter()
        .copied()
        .filter(|member| match program.insts.get(*member as usize) {
            Some(Inst::Byte { .. } | Inst::Sparse { .. } | Inst::Match) => true,
            // What can no longer hold leaves no trace, so that a search for `^x` knows when to stop.
            Some(Inst::Look { look: Look::TextStart, .. }) => before == Side::Edge,
            Some(Inst::Look { look: Look::LineStart, .. }) => matches!(before, Side::Edge | Side::Newline),
            Some(Inst::Look { .. }) => true,
            _ => false,
        })
        .collect();
    crate::order::numbers(&mut members);
    members
}

/// Adds `from` and all that is reached without reading. Conditions are gone through where `sides` says they hold.
pub fn close(program: &Program, from: u32, sides: Option<(Side, Side)>, set: &mut SparseSet, stack: &mut Vec<u32>) {
    stack.clear();
    stack.push(from);
    while let Some(at) = stack.pop() {
        if !set.insert(at) {
            continue;
        }
        match program.insts.get(at as usize) {
            Some(Inst::Split { first, second }) => stack.extend([*second, *first]),
            Some(Inst::Save { next, .. } | Inst::Moved { next, .. }) => stack.push(*next),
            Some(Inst::Look { look, next }) => {
                if let Some((before, after)) = sides
                    && look.holds(before, after)
                {
                    stack.push(*next);
                }
            }
            _ => {}
        }
    }
}
