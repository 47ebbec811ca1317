//! What stands behind a parenthesis: groups, look-around, conditions, verbs and settings.

use super::{CLOSE, DEPTH, Flags, NAME, Parsed, Parser, error};
use crate::pattern::perl::tree::{Look, Node, Verb};

impl<'a> Parser<'a> {
    /// A group, behind its `(`. None is a setting of flags.
    pub(super) fn group(&mut self) -> Parsed<Option<Node>> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH {
            return error("parentheses are too deeply nested");
        }
        let flags = self.flags;
        let node = self.inside();
        self.depth = self.depth.saturating_sub(1);
        let node = node?;
        if node.is_some() {
            self.flags = flags;
        }
        Ok(node)
    }

    fn closed(&mut self, reset: bool) -> Parsed<Box<Node>> {
        let node = self.alternatives(reset)?;
        if self.eat(b")") { Ok(Box::new(node)) } else { error(CLOSE) }
    }

    fn capture(&mut self) -> Parsed<Option<Node>> {
        self.groups = self.groups.saturating_add(1);
        let number = self.groups;
        Ok(Some(Node::Group(number, self.closed(false)?)))
    }

    fn inside(&mut self) -> Parsed<Option<Node>> {
        if self.eat(b"*") {
            let verb = self.until(b')').unwrap_or_default();
            return Ok(Some(match verb {
                b"FAIL" | b"F" => Node::Look(Look::Never),
                b"PRUNE" | b"THEN" => Node::Verb(Verb::Prune),
                b"SKIP" => Node::Verb(Verb::Skip),
                b"COMMIT" => Node::Verb(Verb::Commit),
                _ => return error("(*VERB) not recognized or malformed"),
            }));
        }
        if !self.eat(b"?") {
            return if self.flags.plain_groups { self.closed(false).map(|node| Some(*node)) } else { self.capture() };
        }
        if let Some(node) = self.look_around()? {
            return Ok(Some(node));
        }
        let before = self.text;
        let recursive = "(?R (recursive pattern call) must be followed by a closing parenthesis";
        Ok(Some(match self.next() {
            None => return error(CLOSE),
            // A group even around a condition, which cannot be repeated by itself.
            Some(b':') => Node::Concat(vec![*self.closed(false)?]),
            Some(b'|') => Node::Concat(vec![*self.closed(true)?]),
            Some(b'>') => Node::Atomic(self.closed(false)?),
            Some(b'<') => return self.named_group(b'>'),
            Some(b'\'') => return self.named_group(b'\''),
            Some(b'(') => self.condition()?,
            Some(b'R' | b'0') => {
                if !self.eat(b")") {
                    return error(recursive);
                }
                self.call(0)
            }
            Some(b'&') => {
                let number = self.named(b')')?;
                self.call(number)
            }
            Some(b'P') => match self.next() {
                Some(b'<') => return self.named_group(b'>'),
                Some(b'=') => {
                    let number = self.named(b')')?;
                    self.back(number)?
                }
                Some(b'>') => {
                    let number = self.named(b')')?;
                    self.call(number)
                }
                _ => return error("unrecognized character after (?P"),
            },
            Some(byte)
                if byte.is_ascii_digit()
                    || matches!(byte, b'+' | b'-') && self.peek().is_some_and(|next| next.is_ascii_digit()) =>
            {
                self.text = before;
                let number = self.numbered(b')')?;
                self.call(number)
            }
            Some(_) => {
                self.text = before;
                return self.settings();
            }
        }))
    }

    /// A look-around, behind `(?`, where there is one.
    fn look_around(&mut self) -> Parsed<Option<Node>> {
        for (sign, behind, negative) in
            [(&b"="[..], false, false), (b"!", false, true), (b"<=", true, false), (b"<!", true, true)]
        {
            if self.eat(sign) {
                let inner = self.closed(false)?;
                return Ok(Some(if behind { Node::Behind(inner, negative) } else { Node::Ahead(inner, negative) }));
            }
        }
        Ok(None)
    }

    fn named_group(&mut self, close: u8) -> Parsed<Option<Node>> {
        let Some(name) = self.until(close).filter(|name| !name.is_empty()) else { return error(NAME) };
        if name.first().is_some_and(u8::is_ascii_digit) {
            return error("subpattern name must start with a non-digit");
        }
        if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return error("syntax error in subpattern name (missing terminator?)");
        }
        let number = self.groups.saturating_add(1);
        let mut others = 0;
        for known in self.names.iter_mut().filter(|known| known.0 == name) {
            others += 1;
            if others == 1 {
                known.1 = number;
            }
        }
        if others > 1 && !self.flags.same_names {
            return error("two named subpatterns have the same name (PCRE2_DUPNAMES not set)");
        }
        self.capture()
    }

    /// `(?(CONDITION)YES|NO)`, behind the second parenthesis.
    fn condition(&mut self) -> Parsed<Node> {
        let mut look = None;
        let mut group = 0;
        if self.eat(b"?") {
            look = self.look_around()?;
            if look.is_none() {
                return error("assertion expected after (?( or (?(?C)");
            }
        } else if self.eat(b"<") {
            group = self.named(b'>')?;
            self.eat(b")");
        } else if self.eat(b"'") {
            group = self.named(b'\'')?;
            self.eat(b")");
        } else if self.eat(b"DEFINE)") {
            // Never so: what is inside is there to be called.
            look = Some(Node::Look(Look::Never));
        } else {
            group = self.numbered(b')')?;
        }
        self.highest = self.highest.max(group);
        let mut parts = match *self.closed(false)? {
            Node::Alternate(parts) => parts,
            node => vec![node],
        };
        let no = if parts.len() > 1 { parts.pop().unwrap_or(Node::Empty) } else { Node::Empty };
        let (Some(yes), true) = (parts.pop(), parts.is_empty()) else {
            return error("conditional subpattern contains more than two branches");
        };
        Ok(match look {
            Some(look) => Node::IfLook(Box::new(look), Box::new(yes), Box::new(no)),
            None => Node::IfGroup(group, Box::new(yes), Box::new(no)),
        })
    }

    /// Flags, for the rest of the group or for a group of their own.
    fn settings(&mut self) -> Parsed<Option<Node>> {
        let outer = self.flags;
        let mut on = true;
        if self.eat(b"^") {
            self.flags = Flags { same_names: outer.same_names, ungreedy: outer.ungreedy, ..Flags::default() };
        }
        loop {
            let flags = &mut self.flags;
            let flag = match self.text.first() {
                Some(b'i') => &mut flags.icase,
                Some(b'm') => &mut flags.multiline,
                Some(b's') => &mut flags.dot_all,
                Some(b'x') => &mut flags.extended,
                Some(b'U') => &mut flags.ungreedy,
                Some(b'n') => &mut flags.plain_groups,
                Some(b'J') => &mut flags.same_names,
                Some(b'-') if on => {
                    on = false;
                    self.next();
                    continue;
                }
                Some(b')') => {
                    self.next();
                    return Ok(None);
                }
                Some(b':') => {
                    self.next();
                    return Ok(Some(Node::Concat(vec![*self.closed(false)?])));
                }
                None => return error(CLOSE),
                _ => return error("unrecognized character after (? or (?-"),
            };
            *flag = on;
            self.next();
        }
    }
}
