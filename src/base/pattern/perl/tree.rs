//! What a Perl-compatible expression is parsed to: the tree of the other notations knows no possessive or lazy repetition, no
//! look-around and no call.

use crate::pattern::set::Set;

/// No upper bound.
pub const ENDLESS: u32 = u32::MAX;

/// How a repetition chooses among its counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// As many as there are, fewer if need be.
    Greedy,
    /// As few as will do.
    Lazy,
    /// As many as there are, never fewer.
    Possessive,
}

/// A condition on a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// `^`, `\A`.
    Start,
    /// `^` with (?m).
    LineStart,
    /// `\z`.
    End,
    /// `$`, `\Z`: the end, or before a newline at the end.
    Last,
    /// `$` with (?m).
    LineEnd,
    /// `\b`.
    Edge,
    /// `\B`.
    NoEdge,
    /// No word character is before (`-w`).
    NoWordBefore,
    /// No word character is after (`-w`).
    NoWordAfter,
    /// `\G`: where the search began.
    Begin,
    /// Never: `(*FAIL)`.
    Never,
}

/// What happens when the search comes back to a place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// No other way from the same start.
    Prune,
    /// The next start is at this place.
    Skip,
    /// There is no match.
    Commit,
}

/// A part of an expression.
#[derive(Clone, Debug)]
pub enum Node {
    Empty,
    Char(u32),
    Set(Box<Set>),
    Look(Look),
    Group(u32, Box<Node>),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Repeat(Box<Node>, u32, u32, Mode),
    /// A reference; true without regard to case.
    Back(u32, bool),
    /// `(?=`, `(?!`; true where it must not match.
    Ahead(Box<Node>, bool),
    /// `(?<=`, `(?<!`.
    Behind(Box<Node>, bool),
    Atomic(Box<Node>),
    /// If a group took part.
    IfGroup(u32, Box<Node>, Box<Node>),
    /// If a look-around holds.
    IfLook(Box<Node>, Box<Node>, Box<Node>),
    /// `\K`.
    Keep,
    Verb(Verb),
    /// The group's expression again; 0 is the whole.
    Call(u32),
}
