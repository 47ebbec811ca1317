//! Perl-compatible expressions (grep -P): look-around, references, atomic groups, lazy and possessive repetition, recursion.
//!
//! The expression is parsed ([`parse`]), compiled to a program, and run by a backtracker ([`run`]) whose steps are counted. To
//! find the lines that can match at all, a tree for the automata is made too, that matches wherever the expression does: where
//! it says the same ([`Perl::exact`]), the automata also tell where the match begins (the leftmost place is the same, whatever
//! match is preferred there), and the backtracker is needed only for its end and its groups.

mod parse;
mod property;
mod run;
mod tree;

use super::set::{LAST, RAW, Set, encode};
use super::tree::{self as shared, Node as Shared};
use super::{Options, PatternError};
use parse::Parser;
pub use run::{Machine, Outcome};
use tree::{ENDLESS, Look, Mode, Node, Verb};

/// The largest program.
const LIMIT: usize = 50_000;

/// Members of a set, ready to be asked.
#[derive(Debug)]
struct Class {
    bytes: [bool; 256],
    set: Set,
}

/// An instruction. Where it says nothing else, the next one follows.
#[derive(Clone, Copy, Debug)]
enum Inst {
    Byte(u8),
    One(u32),
    /// A character of the class, from so many to so many times.
    Run(u32, u32, u32, Mode),
    Jump(u32),
    /// Goes on here, and there if that fails; the other way round where it is lazy.
    Fork(u32, bool),
    Save(u32),
    /// The group ends that began at the place in the slot.
    Close(u32, u32),
    Look(Look),
    Back(u32, bool),
    /// Notes the height of the stack and the place in two slots.
    Enter(u32),
    /// Forgets the ways to go on that came after `Enter`; true goes back to its place.
    Cut(u32, bool),
    /// Forgets those and the one before them, and fails.
    Refuse(u32),
    /// So many characters back.
    Behind(u32),
    /// Goes on there if the place has moved since it was noted in the slot.
    Again(u32, u32),
    /// Goes on there if the group took no part.
    Unless(u32, u32),
    Verb(Verb),
    Call(u32),
    /// The group ends: back to where it was called from, if it was.
    Return(u32),
    Match,
}

/// A compiled expression.
#[derive(Debug)]
pub struct Perl {
    insts: Vec<Inst>,
    classes: Vec<Class>,
    /// Where each group begins, for calls; the whole is 0.
    entries: Vec<u32>,
    called: Vec<u32>,
    slots: usize,
    utf8: bool,
    /// It begins with a run of any length: where a match fails that begins there, it fails from all places within the run.
    runs: bool,
    /// It begins with `^`: there is one place to try.
    anchored: bool,
    /// The tree for the automata selects the same lines, and begins to match at the same places.
    pub exact: bool,
    /// So many bytes of what the tree matches are before the match.
    pub lead: usize,
    /// The tree matches more than the match: what is around it, or what `\K` leaves out.
    pub wider: bool,
    /// The automata alone tell where the match begins and ends.
    pub plain: bool,
    /// How many groups there are.
    pub groups: usize,
}

/// Compiles an expression; gives also the tree for the automata.
pub fn compile(text: &[u8], options: &Options) -> Result<(Perl, Shared), PatternError> {
    let mut parser = Parser::new(text, options);
    let mut node = parser.whole()?;
    let groups = parser.groups as usize;
    if options.whole {
        node = Node::Concat(vec![Node::Look(Look::Start), node, Node::Look(Look::End)]);
    } else if options.word {
        node = Node::Concat(vec![Node::Look(Look::NoWordBefore), node, Node::Look(Look::NoWordAfter)]);
    }
    let mut called = Vec::new();
    collect_calls(&node, &mut called);
    let mut perl = Perl {
        insts: Vec::new(),
        classes: Vec::new(),
        entries: vec![0; groups.saturating_add(1)],
        called,
        slots: groups.saturating_add(1).saturating_mul(2),
        utf8: options.utf8,
        runs: false,
        anchored: false,
        exact: true,
        lead: 0,
        wider: false,
        plain: false,
        groups,
    };
    perl.node(&node)?;
    if perl.called.contains(&0) {
        perl.push(Inst::Return(0))?;
    }
    perl.push(Inst::Match)?;
    perl.possess();
    perl.anchored = matches!(perl.insts.first(), Some(Inst::Look(Look::Start)));
    // What a lazy run leaves may decide where the others begin.
    let verbs = perl.insts.iter().any(|inst| matches!(inst, Inst::Verb(_)));
    perl.runs = matches!(perl.insts.first(), Some(Inst::Run(_, _, ENDLESS, mode)) if *mode != Mode::Lazy || !verbs);
    let mut exact = options.line == Some(b'\n') && perl.called.is_empty();
    let tree = perl.whole_tree(&node, &mut exact);
    perl.exact = exact;
    let longest = matches!(perl.insts.as_slice(), [Inst::Run(_, 1, ENDLESS, Mode::Greedy), Inst::Match]);
    perl.plain = exact && !perl.wider && (longest || tree.ends_text() || tree.width(options.utf8).is_some());
    Ok((perl, tree))
}

fn children<'a>(node: &'a Node, each: &mut dyn FnMut(&'a Node)) {
    match node {
        Node::Group(_, inner)
        | Node::Repeat(inner, ..)
        | Node::Ahead(inner, _)
        | Node::Behind(inner, _)
        | Node::Atomic(inner) => each(inner),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().for_each(each),
        Node::IfGroup(_, yes, no) => {
            each(yes);
            each(no);
        }
        Node::IfLook(look, yes, no) => {
            each(look);
            each(yes);
            each(no);
        }
        _ => {}
    }
}

fn collect_calls(node: &Node, called: &mut Vec<u32>) {
    if let Node::Call(group) = node {
        called.push(*group);
    }
    children(node, &mut |inner| collect_calls(inner, called));
}

/// The tree that matches wherever `node` does; `exact` is cleared where it matches elsewhere too.
/// `known` says of groups which character they are.
fn tree(node: &Node, exact: &mut bool, known: &mut Vec<(u32, u32)>) -> Shared {
    match node {
        Node::Empty => Shared::Empty,
        Node::Char(member) => Shared::Char(*member),
        Node::Set(set) => Shared::Set(set.clone()),
        Node::Look(look) => {
            // In a text that may have newlines in it, only some mean the same.
            let same = match look {
                Look::Start => shared::Look::TextStart,
                Look::End => shared::Look::TextEnd,
                Look::Edge => shared::Look::WordEdge,
                Look::NoEdge => shared::Look::NotWordEdge,
                Look::NoWordBefore => shared::Look::NoWordBefore,
                Look::NoWordAfter => shared::Look::NoWordAfter,
                Look::LineStart if *exact => shared::Look::TextStart,
                Look::LineEnd | Look::Last if *exact => shared::Look::TextEnd,
                _ => {
                    *exact = false;
                    return Shared::Empty;
                }
            };
            Shared::Look(same)
        }
        Node::Group(number, _) | Node::Back(number, false) if let Some(member) = of_group(known, *number) => {
            Shared::Char(member)
        }
        Node::Group(_, inner) => tree(inner, exact, known),
        Node::Concat(parts) => match repeated(parts, known) {
            // An expression for each character that the group can be, which an automaton needs no memory for.
            Some((number, set)) => {
                let members = set.ranges.iter().flat_map(|range| range.0..=range.1);
                let one = |member| {
                    known.push((number, member));
                    let one = tree(node, exact, known);
                    known.pop();
                    one
                };
                Shared::Alternate(members.map(one).collect())
            }
            None => Shared::Concat(trees(parts, exact, known)),
        },
        Node::Alternate(parts) => Shared::Alternate(trees(parts, exact, known)),
        Node::Repeat(inner, least, most, mode) => {
            *exact &= *mode != Mode::Possessive;
            Shared::Repeat(Box::new(tree(inner, exact, known)), *least, Some(*most).filter(|most| *most != ENDLESS))
        }
        Node::Atomic(inner) => {
            *exact = false;
            tree(inner, exact, known)
        }
        Node::IfGroup(_, yes, no) | Node::IfLook(_, yes, no) => {
            *exact = false;
            Shared::Alternate(vec![tree(yes, exact, known), tree(no, exact, known)])
        }
        Node::Back(..) | Node::Call(_) => {
            *exact = false;
            let all = Set { ranges: vec![(0, LAST), (RAW, RAW + 255)] };
            Shared::Repeat(Box::new(Shared::Set(Box::new(all))), 0, None)
        }
        // Where the match begins or ends has nothing to do with whether there is one.
        Node::Keep => Shared::Empty,
        Node::Ahead(..) | Node::Behind(..) | Node::Verb(_) => {
            *exact = false;
            Shared::Empty
        }
    }
}

fn trees(parts: &[Node], exact: &mut bool, known: &mut Vec<(u32, u32)>) -> Vec<Shared> {
    parts.iter().map(|part| tree(part, exact, known)).collect()
}

fn of_group(known: &[(u32, u32)], number: u32) -> Option<u32> {
    known.iter().find(|(group, _)| *group == number).map(|(_, member)| *member)
}

/// How many characters a group may stand for that the tree says one by one.
const MEMBERS: u32 = 64;

/// A group that is one of a small set, and that set, where a part behind it refers to it.
fn repeated<'a>(parts: &'a [Node], known: &[(u32, u32)]) -> Option<(u32, &'a Set)> {
    let most = known.iter().fold(MEMBERS, |most, _| most / 8);
    (0..parts.len()).find_map(|at| {
        let (before, [Node::Group(number, inner), rest @ ..]) = parts.split_at_checked(at)? else { return None };
        let Node::Set(set) = &**inner else { return None };
        let size = |range: &(u32, u32)| range.1.saturating_sub(range.0).saturating_add(1);
        let size = set.ranges.iter().fold(0u32, |sum, range| sum.saturating_add(size(range)));
        let refer = |parts: &[Node]| parts.iter().any(|part| refers(part, *number));
        let good = size <= most && refer(rest) && !refer(before) && of_group(known, *number).is_none();
        good.then_some((*number, &**set))
    })
}

fn refers(node: &Node, number: u32) -> bool {
    let mut found = matches!(node, Node::Back(group, false) if *group == number);
    children(node, &mut |inner| found |= refers(inner, number));
    found
}

/// How many characters a node takes, where that is fixed; `one` says how many one of a set counts for.
fn width(node: &Node, one: &dyn Fn(&Node) -> Option<u32>) -> Option<u32> {
    match node {
        Node::Char(_) | Node::Set(_) => one(node),
        Node::Group(_, inner) | Node::Atomic(inner) => width(inner, one),
        Node::Concat(parts) => parts.iter().try_fold(0u32, |sum, part| sum.checked_add(width(part, one)?)),
        Node::Alternate(parts) => {
            let first = width(parts.first()?, one)?;
            parts.iter().all(|part| width(part, one) == Some(first)).then_some(first)
        }
        Node::Repeat(inner, least, most, _) if least == most => width(inner, one)?.checked_mul(*least),
        Node::Repeat(..) | Node::Back(..) | Node::Call(_) => None,
        Node::IfGroup(_, yes, no) | Node::IfLook(_, yes, no) => {
            width(yes, one).filter(|yes| width(no, one) == Some(*yes))
        }
        _ => Some(0),
    }
}

fn nullable(node: &Node) -> bool {
    match node {
        Node::Char(_) | Node::Set(_) => false,
        Node::Group(_, inner) | Node::Atomic(inner) => nullable(inner),
        Node::Concat(parts) => parts.iter().all(nullable),
        Node::Alternate(parts) => parts.iter().any(nullable),
        Node::Repeat(inner, least, ..) => *least == 0 || nullable(inner),
        _ => true,
    }
}

impl Perl {
    /// The tree of the whole expression: what has to stand directly before or behind the match is a part of it.
    fn whole_tree(&mut self, node: &Node, exact: &mut bool) -> Shared {
        let parts = if let Node::Concat(parts) = node { parts.as_slice() } else { core::slice::from_ref(node) };
        let bytes = |node: &Node| match node {
            Node::Char(member) if self.utf8 => {
                let mut bytes = Vec::new();
                encode(*member, true, &mut bytes);
                Some(bytes.len() as u32)
            }
            Node::Set(set) if self.utf8 => set.ranges.iter().all(|range| range.1 < 128).then_some(1),
            _ => Some(1),
        };
        let known = &mut Vec::new();
        if !parts.iter().any(|part| matches!(part, Node::Behind(..) | Node::Ahead(..))) {
            return tree(node, exact, known);
        }
        self.wider = true;
        let mut all = Vec::new();
        let mut lead = 0;
        for (at, part) in parts.iter().enumerate() {
            all.push(match part {
                Node::Behind(inner, false)
                    if at == 0
                        && let Some(width) = width(inner, &bytes) =>
                {
                    lead = width;
                    tree(inner, exact, known)
                }
                Node::Ahead(inner, false) if at.saturating_add(1) == parts.len() => tree(inner, exact, known),
                other => tree(other, exact, known),
            });
        }
        self.lead = lead as usize;
        Shared::Concat(all)
    }

    fn push(&mut self, inst: Inst) -> Result<usize, PatternError> {
        if self.insts.len() >= LIMIT {
            return Err(PatternError::Perl("regular expression is too large"));
        }
        self.insts.push(inst);
        Ok(self.insts.len().saturating_sub(1))
    }

    fn here(&self) -> u32 {
        self.insts.len() as u32
    }

    fn patch(&mut self, at: usize, inst: Inst) {
        if let Some(place) = self.insts.get_mut(at) {
            *place = inst;
        }
    }

    /// A slot, or several, of its own.
    fn slot(&mut self, count: usize) -> u32 {
        let slot = self.slots as u32;
        self.slots = self.slots.saturating_add(count);
        slot
    }

    fn class(&mut self, set: &Set) -> u32 {
        let mut bytes = [false; 256];
        for (byte, has) in (0u32..).zip(bytes.iter_mut()) {
            *has = set.contains(byte) && (byte < 128 || !self.utf8);
        }
        self.classes.push(Class { bytes, set: set.clone() });
        self.classes.len().saturating_sub(1) as u32
    }

    fn node(&mut self, node: &Node) -> Result<(), PatternError> {
        match node {
            Node::Empty => {}
            Node::Char(member) => {
                let mut bytes = Vec::new();
                encode(*member, self.utf8, &mut bytes);
                for byte in bytes {
                    self.push(Inst::Byte(byte))?;
                }
            }
            Node::Set(set) => {
                let class = self.class(set);
                self.push(Inst::One(class))?;
            }
            Node::Look(look) => drop(self.push(Inst::Look(*look))?),
            Node::Group(number, inner) => {
                if let Some(entry) = self.entries.get_mut(*number as usize) {
                    *entry = self.insts.len() as u32;
                }
                let begun = self.slot(1);
                self.push(Inst::Save(begun))?;
                self.node(inner)?;
                self.push(Inst::Close(*number, begun))?;
                if self.called.contains(number) {
                    self.push(Inst::Return(*number))?;
                }
            }
            Node::Concat(parts) => {
                for part in parts {
                    self.node(part)?;
                }
            }
            Node::Alternate(parts) => self.alternate(parts, &mut |perl, part| perl.node(part))?,
            Node::Repeat(inner, least, most, mode) => self.repeat(inner, *least, *most, *mode)?,
            Node::Back(group, icase) => drop(self.push(Inst::Back(*group, *icase))?),
            Node::Ahead(inner, negative) => self.around(*negative, &mut |perl| perl.node(inner))?,
            Node::Behind(inner, negative) => {
                let parts = match &**inner {
                    Node::Alternate(parts) => parts.as_slice(),
                    other => core::slice::from_ref(other),
                };
                self.around(*negative, &mut |perl| {
                    perl.alternate(parts, &mut |perl, part| {
                        let back = width(part, &|_| Some(1))
                            .ok_or(PatternError::Perl("lookbehind assertion is not fixed length"))?;
                        perl.push(Inst::Behind(back))?;
                        perl.node(part)
                    })
                })?;
            }
            Node::Atomic(inner) => self.atomic(&mut |perl| perl.node(inner))?,
            Node::IfGroup(group, yes, no) => {
                let test = self.push(Inst::Match)?;
                self.node(yes)?;
                let jump = self.push(Inst::Match)?;
                self.patch(test, Inst::Unless(*group, self.here()));
                self.node(no)?;
                self.patch(jump, Inst::Jump(self.here()));
            }
            Node::IfLook(look, yes, no) => {
                // As (?:(?=look)yes|(?!look)no), but without trying the second when the first held.
                let slot = self.slot(2);
                self.push(Inst::Enter(slot))?;
                let fork = self.push(Inst::Match)?;
                self.node(look)?;
                self.push(Inst::Cut(slot, true))?;
                self.node(yes)?;
                let jump = self.push(Inst::Match)?;
                self.patch(fork, Inst::Fork(self.here(), false));
                self.node(no)?;
                self.patch(jump, Inst::Jump(self.here()));
            }
            Node::Keep => {
                self.wider = true;
                self.push(Inst::Save(0))?;
            }
            Node::Verb(verb) => drop(self.push(Inst::Verb(*verb))?),
            Node::Call(group) => drop(self.push(Inst::Call(*group))?),
        }
        Ok(())
    }

    /// Makes runs possessive behind which something must follow that is none of their characters: no shorter run would do.
    fn possess(&mut self) {
        for at in 0..self.insts.len() {
            let Some(&Inst::Run(class, least, most, Mode::Greedy)) = self.insts.get(at) else { continue };
            let rest = self.insts.get(at.saturating_add(1)..).unwrap_or_default();
            let next = rest.iter().find(|inst| !matches!(inst, Inst::Save(_) | Inst::Close(..)));
            let Some(own) = self.classes.get(class as usize) else { continue };
            let apart = match next {
                Some(Inst::Look(Look::End | Look::Last | Look::LineEnd)) => own.bytes.get(10) == Some(&false),
                Some(Inst::Byte(byte)) => {
                    (*byte < 128 || !self.utf8) && own.bytes.get(usize::from(*byte)) == Some(&false)
                }
                Some(Inst::One(other) | Inst::Run(other, 1.., ..)) => {
                    self.classes.get(*other as usize).is_some_and(|other| {
                        let short = |class: &Class| class.set.ranges.iter().all(|range| range.1 < 128);
                        (!self.utf8 || short(own) || short(other))
                            && own.bytes.iter().zip(&other.bytes).all(|(own, other)| !own || !other)
                    })
                }
                _ => false,
            };
            if apart {
                self.patch(at, Inst::Run(class, least, most, Mode::Possessive));
            }
        }
    }

    fn alternate(
        &mut self,
        parts: &[Node],
        each: &mut dyn FnMut(&mut Perl, &Node) -> Result<(), PatternError>,
    ) -> Result<(), PatternError> {
        let mut jumps = Vec::new();
        let mut rest = parts;
        while let Some((part, others)) = rest.split_first() {
            rest = others;
            if others.is_empty() {
                each(self, part)?;
                break;
            }
            let fork = self.push(Inst::Match)?;
            each(self, part)?;
            jumps.push(self.push(Inst::Match)?);
            self.patch(fork, Inst::Fork(self.here(), false));
        }
        let end = Inst::Jump(self.here());
        for jump in jumps {
            self.patch(jump, end);
        }
        Ok(())
    }

    fn atomic(&mut self, body: &mut dyn FnMut(&mut Perl) -> Result<(), PatternError>) -> Result<(), PatternError> {
        let slot = self.slot(2);
        self.push(Inst::Enter(slot))?;
        body(self)?;
        self.push(Inst::Cut(slot, false)).map(drop)
    }

    fn around(
        &mut self,
        negative: bool,
        body: &mut dyn FnMut(&mut Perl) -> Result<(), PatternError>,
    ) -> Result<(), PatternError> {
        let slot = self.slot(2);
        self.push(Inst::Enter(slot))?;
        let fork = if negative { Some(self.push(Inst::Match)?) } else { None };
        body(self)?;
        self.push(if negative { Inst::Refuse(slot) } else { Inst::Cut(slot, true) })?;
        if let Some(fork) = fork {
            self.patch(fork, Inst::Fork(self.here(), false));
        }
        Ok(())
    }

    fn repeat(&mut self, inner: &Node, least: u32, most: u32, mode: Mode) -> Result<(), PatternError> {
        let single = match inner {
            Node::Set(set) => Some(self.class(set)),
            Node::Char(member) => Some(self.class(&Set { ranges: vec![(*member, *member)] })),
            _ => None,
        };
        if let Some(class) = single {
            return self.push(Inst::Run(class, least, most, mode)).map(drop);
        }
        if mode == Mode::Possessive {
            return self.atomic(&mut |perl| perl.repeat(inner, least, most, Mode::Greedy));
        }
        let lazy = mode == Mode::Lazy;
        for _ in 0..least {
            self.node(inner)?;
        }
        if most == ENDLESS {
            let entry = self.here();
            let fork = self.push(Inst::Match)?;
            if nullable(inner) {
                let slot = self.slot(1);
                self.push(Inst::Save(slot))?;
                self.node(inner)?;
                self.push(Inst::Again(slot, entry))?;
            } else {
                self.node(inner)?;
                self.push(Inst::Jump(entry))?;
            }
            self.patch(fork, Inst::Fork(self.here(), lazy));
            return Ok(());
        }
        let mut forks = Vec::new();
        for _ in least..most {
            forks.push(self.push(Inst::Match)?);
            self.node(inner)?;
        }
        let end = Inst::Fork(self.here(), lazy);
        for fork in forks {
            self.patch(fork, end);
        }
        Ok(())
    }
}
