//! From a tree to a program for the machines: a Thompson automaton over bytes.

use super::PatternError;
use super::set::{RAW, Set, encode};
use super::tree::{Look, Node};

/// How many instructions a program may have: what `a{1,32767}` needs, and a few megabytes at most. The strings of a list come on top:
/// each of their bytes is one instruction.
const LIMIT: usize = 1 << 18;

/// How deep a tree of words may branch before the words below stand side by side.
const DEEPEST: usize = 500;

/// One instruction. `next` and its like are indices into the program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inst {
    /// One byte of a range.
    Byte {
        /// The lowest byte.
        low: u8,
        /// The highest byte.
        high: u8,
        /// Where to go on.
        next: u32,
    },
    /// One byte of one of several disjoint ranges, sorted, in `Program::edges`.
    Sparse {
        /// The first edge.
        first: u32,
        /// How many.
        count: u32,
    },
    /// Either; the first is preferred.
    Split {
        /// Tried first.
        first: u32,
        /// Tried next.
        second: u32,
    },
    /// Goes on where a condition holds.
    Look {
        /// The condition.
        look: Look,
        /// Where to go on.
        next: u32,
    },
    /// Notes the place in a slot.
    Save {
        /// The slot.
        slot: u32,
        /// Where to go on.
        next: u32,
    },
    /// Goes on if the place is not the one noted in a slot: ends loops over nothing.
    Moved {
        /// The slot.
        slot: u32,
        /// Where to go on.
        next: u32,
    },
    /// What a group matched, again.
    Back {
        /// The group.
        group: u32,
        /// Where to go on.
        next: u32,
    },
    /// A match ends here.
    Match,
}

/// An edge of a `Sparse` instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The lowest byte.
    pub low: u8,
    /// The highest byte.
    pub high: u8,
    /// Where to go on.
    pub next: u32,
}

/// A program.
#[derive(Debug, Default)]
pub struct Program {
    /// The instructions.
    pub insts: Vec<Inst>,
    /// The edges of the `Sparse` ones.
    pub edges: Vec<Edge>,
    /// Where it begins.
    pub start: u32,
    /// How many slots it uses: two a group, the first two for the whole match, then those of loops.
    pub slots: usize,
    /// Whether it has back-references.
    pub has_back: bool,
    /// Whether it has conditions at all.
    pub has_looks: bool,
    /// Whether it has conditions about words.
    pub has_word_looks: bool,
}

impl Program {
    /// The edge that `byte` takes out of a `Sparse` instruction.
    pub fn edge(&self, first: u32, count: u32, byte: u8) -> Option<u32> {
        let edges = self.edges.get(first as usize..first.saturating_add(count) as usize)?;
        let at = edges.partition_point(|edge| edge.high < byte);
        edges.get(at).filter(|edge| edge.low <= byte).map(|edge| edge.next)
    }
}

/// Compiles a tree with so many groups.
pub fn compile(node: &Node, groups: usize, utf8: bool) -> Result<Program, PatternError> {
    compile_for(node, groups, utf8, false)
}

/// The same for what is read from its end to its beginning; without references back.
pub fn compile_reversed(node: &Node, utf8: bool) -> Result<Program, PatternError> {
    compile_for(node, 0, utf8, true)
}

fn compile_for(node: &Node, groups: usize, utf8: bool, reversed: bool) -> Result<Program, PatternError> {
    let has_back = refers_back(node);
    let mut compiler = Compiler {
        program: Program { slots: (groups + 1) * 2, has_back, ..Program::default() },
        utf8,
        has_back,
        reversed,
        limit: LIMIT,
        repeated: false,
    };
    let end = compiler.push(Inst::Match)?;
    compiler.program.start = compiler.node(node, end)?;
    Ok(compiler.program)
}

fn has_groups(node: &Node) -> bool {
    match node {
        Node::Group(..) | Node::Back(_) => true,
        Node::Repeat(inner, ..) => has_groups(inner),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(has_groups),
        _ => false,
    }
}

fn refers_back(node: &Node) -> bool {
    match node {
        Node::Back(_) => true,
        Node::Group(_, inner) | Node::Repeat(inner, ..) => refers_back(inner),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(refers_back),
        _ => false,
    }
}

struct Compiler {
    program: Program,
    utf8: bool,
    has_back: bool,
    reversed: bool,
    /// How many instructions there may be.
    limit: usize,
    /// Inside something that is repeated, and may be compiled many times.
    repeated: bool,
}

/// A string, and where to go on behind it.
type Word = (Vec<u8>, u32);

impl Compiler {
    fn push(&mut self, inst: Inst) -> Result<u32, PatternError> {
        let at = self.program.insts.len();
        if at >= self.limit {
            return Err(PatternError::TooBig);
        }
        self.program.insts.push(inst);
        Ok(at as u32)
    }

    fn patch(&mut self, at: u32, inst: Inst) {
        if let Some(place) = self.program.insts.get_mut(at as usize) {
            *place = inst;
        }
    }

    /// Compiles `node` to go on at `next`; gives where it begins. Programs grow from the end to the beginning.
    fn node(&mut self, node: &Node, next: u32) -> Result<u32, PatternError> {
        match node {
            Node::Empty => Ok(next),
            Node::Char(member) => {
                let mut bytes = Vec::new();
                encode(*member, self.utf8, &mut bytes);
                if self.reversed {
                    bytes.reverse();
                }
                self.bytes(&bytes, next)
            }
            Node::Set(set) => self.set(set, next),
            Node::Look(look) => {
                self.program.has_looks = true;
                self.program.has_word_looks |= look.is_about_words();
                let look = if self.reversed { look.mirrored() } else { *look };
                self.push(Inst::Look { look, next })
            }
            Node::Group(number, inner) => {
                let slot = u32::try_from(*number * 2).unwrap_or(u32::MAX - 1);
                let end = self.push(Inst::Save { slot: slot + 1, next })?;
                let body = self.node(inner, end)?;
                self.push(Inst::Save { slot, next: body })
            }
            Node::Concat(parts) => {
                let mut at = next;
                let mut parts = parts.iter();
                while let Some(part) = if self.reversed { parts.next() } else { parts.next_back() } {
                    at = self.node(part, at)?;
                }
                Ok(at)
            }
            Node::Alternate(parts) => self.alternate(parts, next),
            Node::Repeat(inner, least, most) => self.repeat(inner, *least, *most, next),
            Node::Back(group) => {
                let group = u32::try_from(*group).unwrap_or(u32::MAX);
                self.push(Inst::Back { group, next })
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8], next: u32) -> Result<u32, PatternError> {
        let mut at = next;
        for byte in bytes.iter().rev() {
            at = self.push(Inst::Byte { low: *byte, high: *byte, next: at })?;
        }
        Ok(at)
    }

    fn repeat(&mut self, inner: &Node, least: u32, most: Option<u32>, next: u32) -> Result<u32, PatternError> {
        let mut at = next;
        let outside = core::mem::replace(&mut self.repeated, true);
        match most {
            None => {
                let entry = self.push(Inst::Match)?;
                let mut back = entry;
                // Only the backtracker can go round in a loop over nothing; the others remember where they were.
                let guard = self.has_back && inner.is_nullable();
                let slot = self.program.slots as u32;
                if guard {
                    self.program.slots += 1;
                    back = self.push(Inst::Moved { slot, next: entry })?;
                }
                let mut body = self.node(inner, back)?;
                if guard {
                    body = self.push(Inst::Save { slot, next: body })?;
                }
                self.patch(entry, Inst::Split { first: body, second: next });
                // Once through, nothing may be matched; a guard stands in the way of that.
                let done = u32::from(least > 0 && !guard);
                at = if done == 0 { entry } else { body };
                for _ in done..least {
                    at = self.node(inner, at)?;
                }
            }
            Some(most) => {
                for _ in least..most {
                    let body = self.node(inner, at)?;
                    at = self.push(Inst::Split { first: body, second: next })?;
                }
                for _ in 0..least {
                    at = self.node(inner, at)?;
                }
            }
        }
        self.repeated = outside;
        Ok(at)
    }

    fn alternate(&mut self, parts: &[Node], next: u32) -> Result<u32, PatternError> {
        // Strings, and what begins with one, share their beginnings in a tree, so that a thousand of them cost no more than one to
        // follow.
        let mut words: Vec<Word> = Vec::new();
        let mut at = None;
        for part in parts.iter().rev() {
            let (word, tail) = head(part, self.utf8);
            if parts.len() > 2 && !word.is_empty() && !self.reversed {
                if !self.repeated {
                    self.limit = self.limit.saturating_add(word.len());
                }
                let mut entry = next;
                for part in tail.iter().rev() {
                    entry = self.node(part, entry)?;
                }
                words.push((word, entry));
            } else {
                let entry = self.node(part, next)?;
                at = Some(self.either(entry, at)?);
            }
        }
        if !words.is_empty() {
            crate::order::sort(&mut words, &mut Ord::cmp);
            words.dedup();
            let entry = self.words(&words, 0, 0)?;
            at = Some(self.either(entry, at)?);
        }
        match at {
            Some(at) => Ok(at),
            None => self.sparse(Vec::new()),
        }
    }

    fn either(&mut self, first: u32, second: Option<u32>) -> Result<u32, PatternError> {
        match second {
            Some(second) => self.push(Inst::Split { first, second }),
            None => Ok(first),
        }
    }

    /// The tree of these sorted words, from their byte number `from` on; `depth` is how often it has branched.
    fn words(&mut self, words: &[Word], from: usize, depth: usize) -> Result<u32, PatternError> {
        let (Some((first, entry)), Some((last, _))) = (words.first(), words.last()) else {
            return self.sparse(Vec::new());
        };
        if words.len() == 1 {
            return self.bytes(first.get(from..).unwrap_or_default(), *entry);
        }
        if depth > DEEPEST {
            let mut at = None;
            for (word, entry) in words {
                let entry = self.bytes(word.get(from..).unwrap_or_default(), *entry)?;
                at = Some(self.either(entry, at)?);
            }
            return at.map_or_else(|| self.sparse(Vec::new()), Ok);
        }
        let (first, last) = (first.get(from..).unwrap_or_default(), last.get(from..).unwrap_or_default());
        let common = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        let branch = from.saturating_add(common);
        let mut edges = Vec::new();
        let mut ends = None;
        let mut rest = words;
        while let Some((first, entry)) = rest.first() {
            let Some(byte) = first.get(branch).copied() else {
                ends = Some(self.either(*entry, ends)?);
                rest = rest.get(1..).unwrap_or_default();
                continue;
            };
            let count = rest.partition_point(|(word, _)| word.get(branch) == Some(&byte));
            let (same, others) = rest.split_at(count);
            let next = self.words(same, branch.saturating_add(1), depth + 1)?;
            edges.push(Edge { low: byte, high: byte, next });
            rest = others;
        }
        let mut at = if edges.is_empty() { None } else { Some(self.sparse(edges)?) };
        if let Some(ends) = ends {
            at = Some(match at {
                Some(entry) => self.push(Inst::Split { first: entry, second: ends })?,
                None => ends,
            });
        }
        let at = at.map_or_else(|| self.sparse(Vec::new()), Ok)?;
        self.bytes(first.get(..common).unwrap_or_default(), at)
    }

    fn sparse(&mut self, edges: Vec<Edge>) -> Result<u32, PatternError> {
        if let [edge] = *edges.as_slice() {
            return self.push(Inst::Byte { low: edge.low, high: edge.high, next: edge.next });
        }
        if self.program.edges.len() > self.limit.saturating_mul(2) {
            return Err(PatternError::TooBig);
        }
        let first = self.program.edges.len() as u32;
        let count = edges.len() as u32;
        self.program.edges.extend(edges);
        self.push(Inst::Sparse { first, count })
    }

    fn set(&mut self, set: &Set, next: u32) -> Result<u32, PatternError> {
        let mut edges = Vec::new();
        let mut sequences = Vec::new();
        for &(low, high) in &set.ranges {
            if !self.utf8 || high < 128 {
                edges.push(Edge { low: low as u8, high: high.min(255) as u8, next });
            } else if low >= RAW {
                edges.push(Edge { low: (low - RAW) as u8, high: (high - RAW) as u8, next });
            } else {
                if low < 128 {
                    edges.push(Edge { low: low as u8, high: 127, next });
                }
                push_sequences(low.max(128), high, &mut sequences);
            }
        }
        if self.reversed {
            // Last bytes first, there is little that sequences share.
            let mut entry = self.sparse(edges)?;
            for sequence in sequences {
                let mut at = next;
                for (low, high) in sequence {
                    at = self.push(Inst::Byte { low, high, next: at })?;
                }
                entry = self.either(at, Some(entry))?;
            }
            return Ok(entry);
        }
        if !sequences.is_empty() {
            let mut made = Vec::new();
            let more = self.sequences(&sequences, next, &mut made)?;
            edges.extend(more);
        }
        crate::order::by_key(&mut edges, &mut |edge| edge.low);
        // A single byte that also begins characters cannot be both in one list of edges.
        let overlaps = edges.windows(2).any(|pair| matches!(pair, [a, b] if b.low <= a.high));
        if overlaps {
            let (single, wide): (Vec<Edge>, Vec<Edge>) = edges.into_iter().partition(|edge| edge.next == next);
            let first = self.sparse(single)?;
            let second = self.sparse(wide)?;
            return self.push(Inst::Split { first, second });
        }
        self.sparse(edges)
    }

    /// The edges of these sorted sequences; `made` remembers what was made for this set, to be shared.
    fn sequences(
        &mut self,
        sequences: &[Vec<(u8, u8)>],
        next: u32,
        made: &mut Vec<(Vec<Edge>, u32)>,
    ) -> Result<Vec<Edge>, PatternError> {
        let mut edges: Vec<Edge> = Vec::new();
        let mut rest = sequences;
        while let Some(&(low, high)) = rest.first().and_then(|sequence| sequence.first()) {
            let count = rest.partition_point(|sequence| sequence.first().is_some_and(|range| range.0 <= low));
            let (same, others) = rest.split_at(count.max(1));
            rest = others;
            let tails: Vec<Vec<(u8, u8)>> = same
                .iter()
                .filter_map(|sequence| sequence.get(1..))
                .filter(|t| !t.is_empty())
                .map(<[_]>::to_vec)
                .collect();
            let target = if tails.is_empty() {
                next
            } else {
                let inner = self.sequences(&tails, next, made)?;
                match made.iter().find(|(edges, _)| *edges == inner) {
                    Some((_, at)) => *at,
                    None => {
                        let at = self.sparse(inner.clone())?;
                        made.push((inner, at));
                        at
                    }
                }
            };
            match edges.last_mut() {
                Some(last) if last.next == target && last.high.checked_add(1) == Some(low) => last.high = high,
                _ => edges.push(Edge { low, high, next: target }),
            }
        }
        Ok(edges)
    }
}

/// The string that all of `node`'s matches begin with, if it is known, and the parts that follow it.
fn head(node: &Node, utf8: bool) -> (Vec<u8>, &[Node]) {
    let mut bytes = Vec::new();
    match node {
        Node::Concat(parts) => {
            let mut tail = parts.as_slice();
            while let [part, rest @ ..] = tail {
                let length = bytes.len();
                if !push_literal(part, utf8, &mut bytes) {
                    bytes.truncate(length);
                    break;
                }
                tail = rest;
            }
            // Which alternative comes first is seen in what its subexpressions match.
            if tail.iter().any(has_groups) { (Vec::new(), &[]) } else { (bytes, tail) }
        }
        node if push_literal(node, utf8, &mut bytes) => (bytes, &[]),
        _ => (Vec::new(), &[]),
    }
}

/// Adds the bytes that `node` stands for, if it stands for one string; false if it does not.
pub fn push_literal(node: &Node, utf8: bool, bytes: &mut Vec<u8>) -> bool {
    match node {
        Node::Empty => true,
        Node::Char(member) => {
            encode(*member, utf8, bytes);
            true
        }
        Node::Concat(parts) => parts.iter().all(|part| push_literal(part, utf8, bytes)),
        _ => false,
    }
}

/// The sequences of byte ranges that UTF-8 makes of a range of characters beyond ASCII, in order.
fn push_sequences(low: u32, high: u32, sequences: &mut Vec<Vec<(u8, u8)>>) {
    for (first, last) in [(0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x1_0000, 0x10_FFFF)] {
        let (low, high) = (low.max(first), high.min(last));
        if low <= high {
            split(low, high, sequences);
        }
    }
}

/// As above, where both ends have the same length.
fn split(low: u32, high: u32, sequences: &mut Vec<Vec<(u8, u8)>>) {
    for level in [1u32, 2, 3] {
        let mask = (1u32 << (6 * level)) - 1;
        let length = if high < 0x800 {
            1
        } else if high < 0x1_0000 {
            2
        } else {
            3
        };
        if level > length || low & !mask == high & !mask {
            continue;
        }
        if low & mask != 0 {
            split(low, low | mask, sequences);
            split((low | mask) + 1, high, sequences);
            return;
        }
        if high & mask != mask {
            split(low, (high & !mask) - 1, sequences);
            split(high & !mask, high, sequences);
            return;
        }
    }
    let (mut from, mut to) = (Vec::new(), Vec::new());
    encode(low, true, &mut from);
    encode(high, true, &mut to);
    sequences.push(from.into_iter().zip(to).collect());
}
