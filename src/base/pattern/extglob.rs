//! Globs with groups: `?(a|b)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`.
//!
//! Matching follows all ways at once, as sets of places in the text: polynomial, whatever the pattern. `!(…)` alone has to be
//! asked place by place, so that its nesting is limited.

use super::glob::{GlobOptions, bracket, next, same_letter};
use super::set::Set;

/// Groups deeper than this, and negated ones deeper than [`NEGATED`], match nothing.
const DEEPEST: u32 = 60;
const NEGATED: u32 = 2;

#[derive(Clone)]
enum Node {
    Char(u32),
    Any,
    Set(Set),
    Star,
    /// Its kind, one of `?*+@!`, and the alternatives.
    Group(u8, Vec<Vec<Node>>),
    /// Nested too deeply.
    Nothing,
}

/// A compiled glob with groups.
#[derive(Clone)]
pub(super) struct Groups {
    nodes: Vec<Node>,
    options: GlobOptions,
}

/// Places in the text, one flag each.
type Places = Vec<bool>;

/// Whether a pattern has a group, or looks as if it had one.
pub(super) fn has_groups(pattern: &[u8]) -> bool {
    pattern.windows(2).any(|pair| matches!(pair, [b'?' | b'*' | b'+' | b'@' | b'!', b'(']))
}

impl Groups {
    pub(super) fn compile(pattern: &[u8], options: GlobOptions) -> Groups {
        let mut rest = pattern;
        let nodes = sequence(&mut rest, &options, 0, 0);
        Groups { nodes, options }
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let members = self.members(text, false);
        let found = self.after(&members);
        found.last() == Some(&true)
    }

    /// The length of the shortest or longest beginning that matches, or end if `backwards`.
    pub(super) fn end(&self, text: &[u8], backwards: bool, longest: bool) -> Option<usize> {
        let members = self.members(text, backwards);
        let machine = Machine { members: &members, options: self.options, backwards };
        let mut places = vec![false; members.len() + 1];
        if let Some(first) = places.first_mut() {
            *first = true;
        }
        let found = machine.sequence(&self.nodes, &places);
        let count = if longest { found.iter().rposition(|on| *on)? } else { found.iter().position(|on| *on)? };
        Some(members.iter().take(count).map(|(_, length)| *length).sum())
    }

    fn after(&self, members: &[(u32, usize)]) -> Places {
        let machine = Machine { members, options: self.options, backwards: false };
        let mut places = vec![false; members.len() + 1];
        if let Some(first) = places.first_mut() {
            *first = true;
        }
        machine.sequence(&self.nodes, &places)
    }

    /// The characters of the text with their lengths, the last one first if `backwards`.
    fn members(&self, text: &[u8], backwards: bool) -> Vec<(u32, usize)> {
        let mut members = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((member, length)) = next(rest, self.options.utf8) {
            members.push((member, length));
            rest = rest.get(length.max(1)..).unwrap_or_default();
        }
        if backwards {
            members.reverse();
        }
        members
    }
}

/// Parses up to `|` or `)` of the group around, or the end.
fn sequence(rest: &mut &[u8], options: &GlobOptions, depth: u32, negated: u32) -> Vec<Node> {
    let mut nodes = Vec::new();
    while let Some((member, length)) = next(rest, options.utf8) {
        let tail = rest.get(length..).unwrap_or_default();
        if let (Some(kind @ (b'?' | b'*' | b'+' | b'@' | b'!')), Some(b'(')) = (rest.first(), rest.get(1))
            && closes(rest.get(2..).unwrap_or_default())
        {
            let kind = *kind;
            let mut inner = rest.get(2..).unwrap_or_default();
            let negated = negated + u32::from(kind == b'!');
            if depth >= DEEPEST || negated > NEGATED {
                // What cannot be followed is left out with all that is in it.
                *rest = &[];
                return vec![Node::Nothing];
            }
            let mut choices = Vec::new();
            loop {
                choices.push(sequence(&mut inner, options, depth + 1, negated));
                match inner.split_first() {
                    Some((b'|', after)) => inner = after,
                    Some((_, after)) => {
                        inner = after;
                        break;
                    }
                    None => break,
                }
            }
            nodes.push(Node::Group(kind, choices));
            *rest = inner;
            continue;
        }
        match rest.first() {
            Some(b'|' | b')') if depth > 0 => return nodes,
            Some(b'*') => nodes.push(Node::Star),
            Some(b'?') => nodes.push(Node::Any),
            Some(b'[') => match bracket(tail, options) {
                Some((set, after)) => {
                    nodes.push(Node::Set(set));
                    *rest = after;
                    continue;
                }
                None => nodes.push(Node::Char(member)),
            },
            Some(b'\\') => match next(tail, options.utf8) {
                Some((quoted, length)) => {
                    nodes.push(Node::Char(quoted));
                    *rest = tail.get(length..).unwrap_or_default();
                    continue;
                }
                None => nodes.push(Node::Char(member)),
            },
            _ => nodes.push(Node::Char(member)),
        }
        *rest = tail;
    }
    nodes
}

/// Whether the group whose inside begins here has an end.
fn closes(text: &[u8]) -> bool {
    let mut depth = 0usize;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'(' => depth += 1,
            b')' if depth == 0 => return true,
            b')' => depth -= 1,
            _ => {}
        }
    }
    false
}

struct Machine<'a> {
    members: &'a [(u32, usize)],
    options: GlobOptions,
    backwards: bool,
}

impl Machine<'_> {
    /// Where one can be after the nodes, coming from any of the places.
    fn sequence(&self, nodes: &[Node], from: &[bool]) -> Places {
        let mut places = from.to_vec();
        for index in 0..nodes.len() {
            let at = if self.backwards { nodes.len() - 1 - index } else { index };
            let Some(node) = nodes.get(at) else { break };
            places = self.step(node, &places);
            if !places.contains(&true) {
                break;
            }
        }
        places
    }

    fn step(&self, node: &Node, from: &[bool]) -> Places {
        match node {
            Node::Nothing => vec![false; from.len()],
            Node::Star => {
                let mut open = false;
                from.iter()
                    .map(|on| {
                        open |= *on;
                        open
                    })
                    .collect()
            }
            Node::Char(_) | Node::Any | Node::Set(_) => {
                let mut places = vec![false; from.len()];
                for ((on, (member, _)), place) in from.iter().zip(self.members).zip(places.iter_mut().skip(1)) {
                    *place = *on && self.accepts(node, *member);
                }
                places
            }
            Node::Group(kind, choices) => self.group(*kind, choices, from),
        }
    }

    fn accepts(&self, node: &Node, member: u32) -> bool {
        match node {
            Node::Char(own) => *own == member || self.options.icase && same_letter(*own, member, self.options.utf8),
            Node::Set(set) => set.contains(member),
            _ => true,
        }
    }

    fn choices(&self, choices: &[Vec<Node>], from: &[bool]) -> Places {
        let mut places = vec![false; from.len()];
        for choice in choices {
            add(&mut places, &self.sequence(choice, from));
        }
        places
    }

    fn group(&self, kind: u8, choices: &[Vec<Node>], from: &[bool]) -> Places {
        let mut places = match kind {
            b'@' | b'+' => vec![false; from.len()],
            b'!' => {
                let mut places = vec![false; from.len()];
                for (start, _) in from.iter().enumerate().filter(|(_, on)| **on) {
                    let mut one = vec![false; from.len()];
                    if let Some(place) = one.get_mut(start) {
                        *place = true;
                    }
                    let matched = self.choices(choices, &one);
                    for (place, matched) in places.iter_mut().zip(&matched).skip(start) {
                        *place |= !matched;
                    }
                }
                return places;
            }
            _ => from.to_vec(),
        };
        let mut fresh = self.choices(choices, from);
        if matches!(kind, b'@' | b'?') {
            add(&mut places, &fresh);
            return places;
        }
        // Again and again, from places that are new: at most as often as there are places.
        loop {
            let mut any = false;
            for (place, fresh) in places.iter_mut().zip(fresh.iter_mut()) {
                *fresh &= !*place;
                *place |= *fresh;
                any |= *fresh;
            }
            if !any {
                return places;
            }
            fresh = self.choices(choices, &fresh);
        }
    }
}

fn add(places: &mut Places, more: &[bool]) {
    for (place, more) in places.iter_mut().zip(more) {
        *place |= more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::glob::Glob;

    fn glob(pattern: &str) -> Glob {
        Glob::compile(pattern.as_bytes(), GlobOptions { utf8: true, extended: true, ..GlobOptions::default() })
    }

    #[test]
    fn groups_match() {
        // As bash 5.2 answers `[[ text == pattern ]]`.
        for (pattern, text, expected) in [
            ("@(a|b)c", "ac", true),
            ("@(a|b)c", "c", false),
            ("?(a|b)c", "c", true),
            ("+([0-9])", "2024", true),
            ("+([0-9])", "", false),
            ("*(ab|c)", "abcab", true),
            ("*(ab|c)", "abca", false),
            ("!(*.o|*.c)", "x.h", true),
            ("!(*.o|*.c)", "x.c", false),
            ("!(foo)bar", "bar", true),
            ("!(foo)", "", true),
            ("a@(b@(c|d)|e)f", "abdf", true),
            ("@(a\\|b)", "a|b", true),
            ("@(a", "@(a", true),
            ("x*(?|[a-c])", "xab", true),
        ] {
            assert_eq!(glob(pattern).matches(text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn ends_and_hostile_patterns() {
        assert_eq!(glob("+([0-9])").prefix(b"123abc", true), Some(3));
        assert_eq!(glob("+([0-9])").prefix(b"123abc", false), Some(1));
        assert_eq!(glob("+([0-9])").suffix(b"abc123", true), Some(3));
        assert_eq!(glob("@(x|.tar).gz").suffix(b"a.tar.gz", true), Some(7));
        let text = vec![b'a'; 2000];
        assert!(!glob("*(*(*(a)))b").matches(&text));
        assert!(!glob("+(a|aa|aaa|+(a))b").matches(&text));
        let deep = "@(".repeat(5000) + "a" + &")".repeat(5000);
        assert!(!glob(&deep).matches(b"a"));
    }
}
