//! From the text of a basic or extended regular expression to its tree.
//!
//! POSIX XBD 9, with the extensions of glibc: `\+ \? \|` in basic expressions, `\< \> \b \B \w \W \s \S`, the two anchors of
//! the whole text, back-references in both.

use super::set::{LAST, RAW, Set, cases, decode};
use super::tree::{Look, Node};
use super::{Options, PatternError, Syntax};

/// How deep subexpressions may be nested.
const DEPTH: usize = 500;

/// The largest number in an interval.
const REPEAT: u32 = 32767;

/// Parses one expression. Its groups are numbered on from `groups`, which is raised.
pub fn parse(text: &[u8], syntax: Syntax, options: &Options, groups: &mut usize) -> Result<Node, PatternError> {
    if syntax == Syntax::Fixed {
        return Ok(fixed(text, options));
    }
    let extended = syntax == Syntax::Extended;
    let first = *groups;
    let mut parser = Parser { text, at: 0, extended, options, first, groups: first, closed: Vec::new(), depth: 0 };
    let node = parser.alternatives()?;
    *groups = parser.groups;
    Ok(node)
}

/// The tree of a text that stands for itself.
fn fixed(text: &[u8], options: &Options) -> Node {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((member, length)) = next_member(rest, options.utf8) {
        parts.push(letter(member, options));
        rest = rest.get(length..).unwrap_or_default();
    }
    Node::Concat(parts)
}

fn next_member(text: &[u8], utf8: bool) -> Option<(u32, usize)> {
    if utf8 { decode(text) } else { text.first().map(|byte| (u32::from(*byte), 1)) }
}

fn letter(member: u32, options: &Options) -> Node {
    if options.icase {
        let mut set = Set::default();
        cases(member, options.utf8, &mut |other| set.push(other, other));
        if !set.ranges.is_empty() {
            set.push(member, member);
            set.normalise();
            return Node::Set(Box::new(set));
        }
    }
    Node::Char(member)
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Char(u32),
    Any,
    Open,
    Close,
    Bar,
    Star,
    Plus,
    Question,
    Brace,
    Caret,
    Dollar,
    Bracket,
    Word(bool),
    Space(bool),
    Look(Look),
    Back(usize),
    End,
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    extended: bool,
    options: &'a Options,
    /// How many groups came before this expression.
    first: usize,
    groups: usize,
    /// The groups of this expression that are complete, by their own numbers.
    closed: Vec<usize>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// The next token and its length.
    fn token(&self) -> Result<(Token, usize), PatternError> {
        let Some(byte) = self.byte(0) else { return Ok((Token::End, 0)) };
        if byte == b'\\' {
            let Some(escaped) = self.byte(1) else { return Err(PatternError::TrailingBackslash) };
            let token = match escaped {
                b'(' if !self.extended => Token::Open,
                b')' if !self.extended => Token::Close,
                b'{' if !self.extended => Token::Brace,
                b'|' if !self.extended => Token::Bar,
                b'+' if !self.extended => Token::Plus,
                b'?' if !self.extended => Token::Question,
                b'<' => Token::Look(Look::WordStart),
                b'>' => Token::Look(Look::WordEnd),
                b'b' => Token::Look(Look::WordEdge),
                b'B' => Token::Look(Look::NotWordEdge),
                b'`' => Token::Look(Look::TextStart),
                b'\'' => Token::Look(Look::TextEnd),
                b'w' => Token::Word(true),
                b'W' => Token::Word(false),
                b's' => Token::Space(true),
                b'S' => Token::Space(false),
                b'1'..=b'9' => Token::Back(usize::from(escaped - b'0')),
                _ => {
                    let rest = self.text.get(self.at + 1..).unwrap_or_default();
                    let (member, length) = next_member(rest, self.options.utf8).unwrap_or((0, 1));
                    return Ok((Token::Char(member), length + 1));
                }
            };
            return Ok((token, 2));
        }
        let token = match byte {
            b'.' => Token::Any,
            b'[' => Token::Bracket,
            b'*' => Token::Star,
            b'^' => Token::Caret,
            b'$' => Token::Dollar,
            b'(' if self.extended => Token::Open,
            b')' if self.extended => Token::Close,
            b'|' if self.extended => Token::Bar,
            b'+' if self.extended => Token::Plus,
            b'?' if self.extended => Token::Question,
            b'{' if self.extended => Token::Brace,
            _ => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let (member, length) = next_member(rest, self.options.utf8).unwrap_or((0, 1));
                return Ok((Token::Char(member), length));
            }
        };
        Ok((token, 1))
    }

    fn alternatives(&mut self) -> Result<Node, PatternError> {
        // What is complete in one alternative is of no use in the next, as glibc has it.
        let before = self.closed.len();
        let mut branches = vec![self.branch()?];
        let mut complete = Vec::new();
        while let (Token::Bar, length) = self.token()? {
            self.at += length;
            complete.extend(self.closed.drain(before.min(self.closed.len())..));
            branches.push(self.branch()?);
        }
        self.closed.append(&mut complete);
        Ok(match branches.len() {
            1 => branches.pop().unwrap_or(Node::Empty),
            _ => Node::Alternate(branches),
        })
    }

    fn branch(&mut self) -> Result<Node, PatternError> {
        let mut parts: Vec<Node> = Vec::new();
        // Whether an operator here has nothing to work on, and is a character in a basic expression.
        let mut at_start = true;
        loop {
            let (token, length) = self.token()?;
            let node = match token {
                Token::End | Token::Bar => break,
                Token::Close if self.depth > 0 => break,
                Token::Close if self.extended && !self.options.strict => Node::Char(u32::from(b')')),
                Token::Close => return Err(PatternError::Close),
                Token::Caret if self.extended || at_start => {
                    self.at += length;
                    let node = Node::Look(Look::LineStart);
                    if self.extended {
                        parts.push(self.repeated(node)?);
                    } else {
                        parts.push(node);
                    }
                    continue;
                }
                Token::Dollar if self.extended || self.ends_branch(length)? => {
                    // Only where lines end within the text is there a difference, and what ends with the text is found from there.
                    Node::Look(if self.options.multiline { Look::LineEnd } else { Look::TextEnd })
                }
                Token::Star | Token::Plus | Token::Question | Token::Brace if at_start => {
                    match token {
                        Token::Brace if self.extended && !self.options.strict && self.interval_ahead().is_none() => {}
                        Token::Brace if !self.extended || self.options.strict => {
                            return Err(PatternError::NothingToRepeat);
                        }
                        _ if self.extended && self.options.strict => return Err(PatternError::NothingToRepeat),
                        _ if self.extended => {
                            // As glibc has it: an operator without an operand is passed over.
                            self.at += match token {
                                Token::Brace => self.interval_ahead().map_or(length, |interval| interval.2),
                                _ => length,
                            };
                            continue;
                        }
                        _ => {}
                    }
                    let escaped = self.byte(length - 1).unwrap_or(b'*');
                    Node::Char(u32::from(escaped))
                }
                Token::Char(member) => letter(member, self.options),
                Token::Caret | Token::Dollar | Token::Star | Token::Plus | Token::Question => {
                    Node::Char(u32::from(self.byte(0).unwrap_or(b'^')))
                }
                Token::Brace => Node::Char(u32::from(b'{')),
                Token::Any => self.any(),
                Token::Word(positive) => self.class(positive, &|set, utf8| set.push_word(utf8)),
                Token::Space(positive) => self.class(positive, &|set, utf8| {
                    set.push_class(b"space", utf8);
                }),
                Token::Look(look) => Node::Look(look),
                Token::Back(number) => {
                    if !self.closed.contains(&number) {
                        return Err(PatternError::BackReference);
                    }
                    Node::Back(self.first + number)
                }
                Token::Bracket => {
                    self.at += length;
                    let node = self.bracket()?;
                    parts.push(self.repeated(node)?);
                    at_start = false;
                    continue;
                }
                Token::Open => {
                    self.at += length;
                    let node = self.group()?;
                    parts.push(self.repeated(node)?);
                    at_start = false;
                    continue;
                }
            };
            self.at += length;
            parts.push(self.repeated(node)?);
            at_start = false;
        }
        Ok(match parts.len() {
            0 => Node::Empty,
            1 => parts.pop().unwrap_or(Node::Empty),
            _ => Node::Concat(parts),
        })
    }

    /// Whether a `$` of this length is the last of its branch.
    fn ends_branch(&mut self, length: usize) -> Result<bool, PatternError> {
        self.at += length;
        let next = self.token();
        self.at -= length;
        Ok(matches!(next?.0, Token::End | Token::Bar | Token::Close))
    }

    fn group(&mut self) -> Result<Node, PatternError> {
        if self.depth >= DEPTH {
            return Err(PatternError::TooBig);
        }
        self.groups += 1;
        let number = self.groups;
        self.depth += 1;
        let inner = self.alternatives()?;
        self.depth -= 1;
        match self.token()? {
            (Token::Close, length) => self.at += length,
            _ => return Err(PatternError::Open),
        }
        self.closed.push(number - self.first);
        Ok(Node::Group(number, Box::new(inner)))
    }

    /// Takes the operators that follow `node`.
    fn repeated(&mut self, mut node: Node) -> Result<Node, PatternError> {
        let mut deep = 0;
        loop {
            let (token, length) = self.token()?;
            let (least, most, length) = match token {
                Token::Star => (0, None, length),
                Token::Plus => (1, None, length),
                Token::Question => (0, Some(1), length),
                Token::Brace => match self.interval()? {
                    Some(interval) => interval,
                    None => return Ok(node),
                },
                _ => return Ok(node),
            };
            self.at += length;
            node = match node {
                // Repeating without limit what is repeated without limit adds nothing but depth.
                Node::Repeat(inner, first @ (0 | 1), None) if least < 2 && most.is_none() => {
                    Node::Repeat(inner, first.min(least), None)
                }
                node => {
                    deep += 1;
                    if deep > 200 {
                        return Err(PatternError::TooBig);
                    }
                    Node::Repeat(Box::new(node), least, most)
                }
            };
        }
    }

    /// An interval in an extended expression, if what stands here is one: its numbers and its length.
    fn interval_ahead(&self) -> Option<(u32, Option<u32>, usize)> {
        self.bounds().ok()
    }

    /// The interval here. None where a brace is a character.
    fn interval(&self) -> Result<Option<(u32, Option<u32>, usize)>, PatternError> {
        match self.bounds() {
            Ok((least, most, length)) => {
                if most.is_some_and(|most| most < least) {
                    return Err(PatternError::Interval);
                }
                if least > REPEAT || most.is_some_and(|most| most > REPEAT) {
                    return Err(PatternError::TooBig);
                }
                Ok(Some((least, most, length)))
            }
            Err(_) if self.extended && !self.options.strict => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn bounds(&self) -> Result<(u32, Option<u32>, usize), PatternError> {
        let mut ahead = if self.extended { 1 } else { 2 };
        let start = ahead;
        let number = |ahead: &mut usize| {
            let mut value = None;
            while let Some(digit) = self.byte(*ahead).filter(u8::is_ascii_digit) {
                let sum = value.unwrap_or(0u32).saturating_mul(10).saturating_add(u32::from(digit - b'0'));
                value = Some(sum.min(REPEAT + 1));
                *ahead += 1;
            }
            value
        };
        let least = number(&mut ahead);
        let most = if self.byte(ahead) == Some(b',') {
            ahead += 1;
            number(&mut ahead)
        } else {
            least
        };
        let comma = ahead > start && self.byte(ahead - 1) == Some(b',');
        let closes: &[u8] = if self.extended { b"}" } else { b"\\}" };
        let rest = self.text.get((self.at + ahead).min(self.text.len())..).unwrap_or_default();
        if rest.starts_with(closes) {
            if least.is_none() && most.is_none() && !comma {
                return Err(PatternError::Interval);
            }
            return Ok((least.unwrap_or(0), most, ahead + closes.len()));
        }
        Err(if rest.is_empty() || self.extended { PatternError::Brace } else { PatternError::Interval })
    }

    fn last(&self) -> u32 {
        if self.options.utf8 { LAST } else { 255 }
    }

    /// Takes out of a set that matches "anything but" what must not be matched so.
    fn exclude(&self, set: &mut Set) {
        if let Some(terminator) = self.options.line {
            set.remove(u32::from(terminator));
        }
        if self.options.multiline {
            set.remove(u32::from(b'\n'));
        }
        if self.options.utf8 {
            // Surrogates are no characters.
            set.ranges = core::mem::take(&mut set.ranges)
                .into_iter()
                .flat_map(|(low, high)| [(low, high.min(0xD7FF)), (low.max(0xE000), high)])
                .filter(|range| range.0 <= range.1)
                .collect();
        }
    }

    fn any(&self) -> Node {
        let mut set = Set { ranges: vec![(0, self.last())] };
        self.exclude(&mut set);
        Node::Set(Box::new(set))
    }

    fn class(&self, positive: bool, fill: &dyn Fn(&mut Set, bool)) -> Node {
        let mut set = Set::default();
        fill(&mut set, self.options.utf8);
        set.normalise();
        if !positive {
            set.negate(self.last());
        }
        self.exclude_terminator(&mut set);
        if !positive {
            self.exclude(&mut set);
        }
        Node::Set(Box::new(set))
    }

    fn exclude_terminator(&self, set: &mut Set) {
        if let Some(terminator) = self.options.line {
            set.remove(u32::from(terminator));
        }
    }

    /// A bracket expression, behind its `[`.
    fn bracket(&mut self) -> Result<Node, PatternError> {
        let utf8 = self.options.utf8;
        let start = self.at;
        let negated = self.byte(0) == Some(b'^');
        if negated {
            self.at += 1;
        }
        let mut set = Set::default();
        let mut first = true;
        loop {
            let Some(byte) = self.byte(0) else { return Err(PatternError::Bracket) };
            if byte == b']' && !first {
                break;
            }
            first = false;
            if byte == b'[' && self.byte(1) == Some(b':') {
                let name = self.delimited(b':')?;
                let folded = match name {
                    b"upper" | b"lower" if self.options.icase => b"alpha",
                    name => name,
                };
                if !set.push_class(folded, utf8) {
                    return Err(PatternError::Class);
                }
                if self.starts_range() {
                    return Err(PatternError::Range);
                }
                continue;
            }
            if byte == b'[' && self.byte(1) == Some(b'=') {
                let name = self.delimited(b'=')?;
                let member = self.element(name)?;
                set.push(member, member);
                continue;
            }
            let low = self.endpoint()?;
            if !self.starts_range() {
                set.push(low, low);
                continue;
            }
            self.at += 1;
            if self.byte(0) == Some(b'[') && matches!(self.byte(1), Some(b':' | b'=')) {
                return Err(PatternError::Range);
            }
            let high = self.endpoint()?;
            if low > high {
                return Err(PatternError::Range);
            }
            set.push(low, high);
        }
        // `[:space:]` alone is a slip that never means what it says.
        let inside = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        if self.options.check_class && inside.len() > 2 && inside.starts_with(b":") && inside.ends_with(b":") {
            return Err(PatternError::ClassSyntax);
        }
        set.normalise();
        if self.options.icase {
            set.fold(utf8);
        }
        if negated {
            set.negate(self.last());
            self.exclude(&mut set);
        }
        self.exclude_terminator(&mut set);
        if let [(low, high)] = *set.ranges.as_slice()
            && low == high
        {
            return Ok(Node::Char(low));
        }
        Ok(Node::Set(Box::new(set)))
    }

    /// Whether a `-` stands here that makes a range.
    fn starts_range(&self) -> bool {
        self.byte(0) == Some(b'-') && !matches!(self.byte(1), None | Some(b']'))
    }

    /// One end of a range, or a member on its own.
    fn endpoint(&mut self) -> Result<u32, PatternError> {
        if self.byte(0) == Some(b'[') && self.byte(1) == Some(b'.') {
            let name = self.delimited(b'.')?;
            return self.element(name);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some((member, length)) = next_member(rest, self.options.utf8) else { return Err(PatternError::Bracket) };
        self.at += length;
        Ok(member)
    }

    /// The text between `[x` and `x]`.
    fn delimited(&mut self, mark: u8) -> Result<&'a [u8], PatternError> {
        let start = self.at + 2;
        let text = self.text;
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.windows(2).position(|pair| pair == [mark, b']']).ok_or(PatternError::Bracket)?;
        self.at = start + length + 2;
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// The character that a collating element's name stands for: itself, or one of POSIX's names.
    fn element(&self, name: &[u8]) -> Result<u32, PatternError> {
        if let Some((member, length)) = next_member(name, self.options.utf8)
            && length == name.len()
            && member < RAW + 256
        {
            return Ok(member);
        }
        collating(name).ok_or(PatternError::Collation)
    }
}

/// The character that one of POSIX's names stands for.
pub(super) fn collating(name: &[u8]) -> Option<u32> {
    let place = crate::bytes::place(COLLATING, name)?;
    COLLATED.get(place).map(|byte| u32::from(*byte))
}

/// POSIX's names of characters that are no letters, and these characters.
const COLLATING: &str = "NUL tab newline space hyphen hyphen-minus period full-stop comma slash solidus backslash \
                         reverse-solidus left-square-bracket right-square-bracket circumflex circumflex-accent \
                         underscore low-line asterisk dollar-sign";
const COLLATED: &[u8; 21] = b"\0\t\n --..,//\\\\[]^^__*$";
