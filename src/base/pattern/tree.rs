//! The syntax tree that all notations of regular expressions are parsed to.

use super::set::Set;

/// A part of an expression.
#[derive(Clone, Debug)]
pub enum Node {
    /// Matches the empty string.
    Empty,
    /// One character (see [`set`](super::set) for what a member is).
    Char(u32),
    /// One character of a set.
    Set(Box<Set>),
    /// A condition on a place.
    Look(Look),
    /// A subexpression, by its number from 1.
    Group(usize, Box<Node>),
    /// One after another.
    Concat(Vec<Node>),
    /// One of several; none of none.
    Alternate(Vec<Node>),
    /// From so many to so many times.
    Repeat(Box<Node>, u32, Option<u32>),
    /// What the subexpression of this number matched.
    Back(usize),
}

/// A condition on a place between two characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The beginning of the text.
    TextStart,
    /// The end of the text.
    TextEnd,
    /// The beginning of a line.
    LineStart,
    /// The end of a line.
    LineEnd,
    /// A word begins.
    WordStart,
    /// A word ends.
    WordEnd,
    /// A word begins or ends.
    WordEdge,
    /// No word begins or ends.
    NotWordEdge,
    /// No word character is before.
    NoWordBefore,
    /// No word character is after.
    NoWordAfter,
}

impl Look {
    /// Whether the condition asks for words.
    pub fn is_about_words(self) -> bool {
        !matches!(self, Look::TextStart | Look::TextEnd | Look::LineStart | Look::LineEnd)
    }

    /// The same for a text that is read from its end.
    pub fn mirrored(self) -> Look {
        match self {
            Look::TextStart => Look::TextEnd,
            Look::TextEnd => Look::TextStart,
            Look::LineStart => Look::LineEnd,
            Look::LineEnd => Look::LineStart,
            Look::WordStart => Look::WordEnd,
            Look::WordEnd => Look::WordStart,
            Look::NoWordBefore => Look::NoWordAfter,
            Look::NoWordAfter => Look::NoWordBefore,
            Look::WordEdge | Look::NotWordEdge => self,
        }
    }

    /// Whether it holds between two sides.
    pub fn holds(self, before: Side, after: Side) -> bool {
        let word_before = before == Side::Word;
        let word_after = after == Side::Word;
        match self {
            Look::TextStart => before == Side::Edge,
            Look::TextEnd => after == Side::Edge,
            Look::LineStart => matches!(before, Side::Edge | Side::Newline),
            Look::LineEnd => matches!(after, Side::Edge | Side::Newline),
            Look::WordStart => !word_before && word_after,
            Look::WordEnd => word_before && !word_after,
            Look::WordEdge => word_before != word_after,
            Look::NotWordEdge => word_before == word_after,
            Look::NoWordBefore => !word_before,
            Look::NoWordAfter => !word_after,
        }
    }
}

/// What is on one side of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Side {
    /// Nothing: the text begins or ends here (or the line, where each line is a text of its own).
    Edge,
    /// A newline that ends a line within the text.
    Newline,
    /// A word constituent.
    Word,
    /// Anything else.
    Other,
}

impl Node {
    /// Whether it can match the empty string (a back-reference can).
    pub fn is_nullable(&self) -> bool {
        match self {
            Node::Empty | Node::Look(_) | Node::Back(_) => true,
            Node::Char(_) | Node::Set(_) => false,
            Node::Group(_, inner) => inner.is_nullable(),
            Node::Concat(parts) => parts.iter().all(Node::is_nullable),
            Node::Alternate(parts) => parts.iter().any(Node::is_nullable),
            Node::Repeat(inner, least, _) => *least == 0 || inner.is_nullable(),
        }
    }

    /// Whether nothing matches but what ends where the text does.
    pub fn ends_text(&self) -> bool {
        match self {
            Node::Look(Look::TextEnd) => true,
            Node::Group(_, inner) => inner.ends_text(),
            Node::Concat(parts) => parts.last().is_some_and(Node::ends_text),
            Node::Alternate(parts) => !parts.is_empty() && parts.iter().all(Node::ends_text),
            _ => false,
        }
    }

    /// How many bytes everything has that it matches, where that is a fixed number.
    pub fn width(&self, utf8: bool) -> Option<usize> {
        match self {
            Node::Empty | Node::Look(_) => Some(0),
            Node::Char(member) if !utf8 || *member < 128 => Some(1),
            Node::Set(set) => (!utf8 || set.ranges.iter().all(|range| range.1 < 128)).then_some(1),
            Node::Group(_, inner) => inner.width(utf8),
            Node::Concat(parts) => parts.iter().try_fold(0usize, |sum, part| sum.checked_add(part.width(utf8)?)),
            Node::Alternate(parts) => {
                let first = parts.first()?.width(utf8)?;
                parts.iter().all(|part| part.width(utf8) == Some(first)).then_some(first)
            }
            Node::Repeat(inner, least, most) if *most == Some(*least) => {
                inner.width(utf8)?.checked_mul(*least as usize)
            }
            Node::Char(_) | Node::Repeat(..) | Node::Back(_) => None,
        }
    }
}
