//! From the text of a Perl-compatible expression to its tree.

mod groups;

use super::tree::{ENDLESS, Look, Mode, Node};
use crate::number::digits;
use crate::pattern::set::{LAST, Set, decode};
use crate::pattern::{Options, PatternError};

/// How deep groups may be nested.
const DEPTH: usize = 250;

/// The largest number in an interval.
const REPEAT: u32 = 65535;

#[derive(Clone, Copy, Default)]
struct Flags {
    icase: bool,
    multiline: bool,
    dot_all: bool,
    extended: bool,
    ungreedy: bool,
    plain_groups: bool,
    same_names: bool,
}

pub struct Parser<'a> {
    text: &'a [u8],
    options: &'a Options,
    flags: Flags,
    /// Inside `\Q`.
    quoted: bool,
    /// The groups so far.
    pub groups: u32,
    names: Vec<(&'a [u8], u32)>,
    /// The highest group that is referred to.
    highest: u32,
    depth: usize,
}

type Parsed<T> = Result<T, PatternError>;

fn error<T>(text: &'static str) -> Parsed<T> {
    Err(PatternError::Perl(text))
}

const NO_GROUP: &str = "reference to non-existent subpattern";
const NOTHING: &str = "quantifier does not follow a repeatable item";
const HEX: &str = "non-hex character in \\x{} (closing brace missing?)";
const CODE: &str = "character code point value in \\x{} or \\o{} is too large";
const NAME: &str = "subpattern name expected";
const CLOSE: &str = "missing closing parenthesis";
const RANGE: &str = "invalid range in character class";

impl<'a> Parser<'a> {
    pub fn new(text: &'a [u8], options: &'a Options) -> Parser<'a> {
        let flags = Flags { icase: options.icase, ..Flags::default() };
        let mut parser =
            Parser { text, options, flags, quoted: false, groups: 0, names: Vec::new(), highest: 0, depth: 0 };
        parser.collect_names();
        parser
    }

    /// The tree of the whole expression.
    pub fn whole(&mut self) -> Parsed<Node> {
        while self.eat(b"(*UTF)") || self.eat(b"(*UCP)") || self.eat(b"(*UTF8)") {}
        let node = self.alternatives(false)?;
        if !self.text.is_empty() {
            return error("unmatched closing parenthesis");
        }
        if self.highest > self.groups { error(NO_GROUP) } else { Ok(node) }
    }

    /// Names may be referred to before they are given: finds them, numbered as the parser will. Doubtful places (classes,
    /// comments) only make a name known that nothing has; the parser puts the numbers right.
    fn collect_names(&mut self) {
        let mut rest = self.text;
        let mut number = 0u32;
        let mut class = false;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'\\' => rest = rest.get(1..).unwrap_or_default(),
                b'[' => class = true,
                b']' => class = false,
                b'(' if !class => {
                    let named = tail.strip_prefix(b"?").map(|tail| tail.strip_prefix(b"P").unwrap_or(tail));
                    match named {
                        None if tail.first() != Some(&b'*') => number = number.saturating_add(1),
                        Some([b'(', ..]) => rest = tail.get(2..).unwrap_or_default(),
                        Some([open @ (b'<' | b'\''), name @ ..]) if !matches!(name, [b'=' | b'!', ..]) => {
                            let close = if *open == b'<' { b'>' } else { *open };
                            number = number.saturating_add(1);
                            if let Some(end) = memchr::memchr(close, name) {
                                self.names.push((name.get(..end).unwrap_or_default(), number));
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (&byte, rest) = self.text.split_first()?;
        self.text = rest;
        Some(byte)
    }

    fn eat(&mut self, prefix: &[u8]) -> bool {
        match self.text.strip_prefix(prefix) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    /// What is before the next `close`, and goes behind it.
    fn until(&mut self, close: u8) -> Option<&'a [u8]> {
        let end = memchr::memchr(close, self.text)?;
        let (inside, rest) = self.text.split_at_checked(end)?;
        self.text = rest.get(1..).unwrap_or_default();
        Some(inside)
    }

    fn member(&mut self) -> Option<u32> {
        let (member, length) = if self.options.utf8 { decode(self.text)? } else { (u32::from(self.peek()?), 1) };
        self.text = self.text.get(length..).unwrap_or_default();
        Some(member)
    }

    fn number(&mut self) -> Option<u32> {
        let (value, used) = digits(self.text, 10);
        self.text = self.text.get(used..).unwrap_or_default();
        value.filter(|_| used > 0).map(|value| u32::try_from(value).unwrap_or(u32::MAX))
    }

    fn alternatives(&mut self, reset: bool) -> Parsed<Node> {
        let first = self.groups;
        let mut most = first;
        let mut parts = Vec::new();
        loop {
            parts.push(self.branch()?);
            most = most.max(self.groups);
            if !self.eat(b"|") {
                break;
            }
            if reset {
                self.groups = first;
            }
        }
        self.groups = most;
        Ok(if parts.len() == 1 { parts.pop().unwrap_or(Node::Empty) } else { Node::Alternate(parts) })
    }

    /// Passes over comments, and with (?x) over blanks.
    fn skip(&mut self) -> Parsed<()> {
        while !self.quoted {
            if self.eat(b"(?#") {
                if self.until(b')').is_none() {
                    return error("missing ) after (?# comment");
                }
            } else if self.eat(b"\\E") {
                continue;
            } else if self.flags.extended && self.peek().is_some_and(|byte| matches!(byte, b'\t'..=b'\r' | b' ')) {
                self.next();
            } else if self.flags.extended && self.eat(b"#") {
                if self.until(b'\n').is_none() {
                    self.text = b"";
                }
            } else {
                break;
            }
        }
        Ok(())
    }

    fn branch(&mut self) -> Parsed<Node> {
        let mut parts: Vec<Node> = Vec::new();
        loop {
            self.skip()?;
            if self.text.is_empty() || !self.quoted && matches!(self.peek(), Some(b'|' | b')')) {
                break;
            }
            if self.quoted && self.eat(b"\\E") {
                self.quoted = false;
                continue;
            }
            let Some(node) = self.atom()? else { continue };
            // What follows the quotes repeats the last character in them.
            if self.quoted && self.eat(b"\\E") {
                self.quoted = false;
            }
            self.skip()?;
            let node = if self.quoted { node } else { self.quantified(node)? };
            parts.push(node);
        }
        Ok(if parts.len() == 1 { parts.pop().unwrap_or(Node::Empty) } else { Node::Concat(parts) })
    }

    fn quantified(&mut self, node: Node) -> Parsed<Node> {
        let (least, most) = if self.eat(b"*") {
            (0, ENDLESS)
        } else if self.eat(b"+") {
            (1, ENDLESS)
        } else if self.eat(b"?") {
            (0, 1)
        } else {
            let Some(bounds) = self.interval()? else { return Ok(node) };
            self.until(b'}');
            bounds
        };
        let mode = if self.eat(b"+") {
            Mode::Possessive
        } else if self.eat(b"?") != self.flags.ungreedy {
            Mode::Lazy
        } else {
            Mode::Greedy
        };
        match node {
            Node::Keep | Node::Verb(_) | Node::Look(_) => error(NOTHING),
            node => Ok(Node::Repeat(Box::new(node), least, most, mode)),
        }
    }

    /// The bounds in the braces ahead, if they are any.
    fn interval(&self) -> Parsed<Option<(u32, u32)>> {
        let Some(inside) = self.text.strip_prefix(b"{") else { return Ok(None) };
        let Some(end) = memchr::memchr(b'}', inside) else { return Ok(None) };
        let inside = inside.get(..end).unwrap_or_default();
        let (low, used) = digits(inside, 10);
        let (high, all) = match inside.get(used..) {
            Some([]) => (low, used),
            Some([b',']) => (None, used.saturating_add(1)),
            Some([b',', rest @ ..]) => {
                let (high, more) = digits(rest, 10);
                (high.or(Some(u64::MAX)), used.saturating_add(more).saturating_add(1))
            }
            _ => return Ok(None),
        };
        if used == 0 || all != inside.len() {
            return Ok(None);
        }
        let bound = |value: Option<u64>| value.and_then(|v| u32::try_from(v).ok()).filter(|v| *v <= REPEAT);
        let too_big = PatternError::Perl("number too big in {} quantifier");
        let least = bound(low).ok_or(too_big)?;
        let most = if inside.last() == Some(&b',') { ENDLESS } else { bound(high).ok_or(too_big)? };
        if least > most { error("numbers out of order in {} quantifier") } else { Ok(Some((least, most))) }
    }

    fn atom(&mut self) -> Parsed<Option<Node>> {
        if self.quoted {
            return Ok(self.member().map(|member| self.letter(member)));
        }
        Ok(Some(match self.peek() {
            Some(b'\\') => {
                self.next();
                return self.escape();
            }
            Some(b'(') => {
                self.next();
                return self.group();
            }
            Some(b'[') => {
                self.next();
                self.bracket()?
            }
            Some(b'.') => {
                self.next();
                self.any(self.flags.dot_all)
            }
            Some(b'^') => {
                self.next();
                Node::Look(if self.flags.multiline { Look::LineStart } else { Look::Start })
            }
            Some(b'$') => {
                self.next();
                Node::Look(if self.flags.multiline { Look::LineEnd } else { Look::Last })
            }
            Some(b'*' | b'+' | b'?') => return error(NOTHING),
            Some(b'{') if self.interval()?.is_some() => return error(NOTHING),
            _ => match self.member() {
                Some(member) => self.letter(member),
                None => return Ok(None),
            },
        }))
    }

    fn last(&self) -> u32 {
        if self.options.utf8 { LAST } else { 255 }
    }

    fn any(&self, newline: bool) -> Node {
        let mut set = Set { ranges: vec![(0, self.last())] };
        if !newline {
            set.remove(u32::from(b'\n'));
        }
        self.set(set)
    }

    /// A set without what no line has in it, surrogates and the line's terminator.
    fn set(&self, mut set: Set) -> Node {
        if let Some(terminator) = self.options.line {
            set.remove(u32::from(terminator));
        }
        if self.options.utf8 {
            let mut valid = Vec::with_capacity(set.ranges.len().saturating_add(1));
            for (low, high) in set.ranges {
                for (low, high) in [(low, high.min(0xD7FF)), (low.max(0xE000), high)] {
                    if low <= high {
                        valid.push((low, high));
                    }
                }
            }
            set.ranges = valid;
        }
        Node::Set(Box::new(set))
    }

    fn letter(&self, member: u32) -> Node {
        let mut set = Set { ranges: vec![(member, member)] };
        if self.flags.icase {
            set.fold(self.options.utf8);
        }
        if set.ranges.len() == 1 && self.options.line.map(u32::from) != Some(member) {
            return Node::Char(member);
        }
        self.set(set)
    }

    /// The class of a letter behind a backslash, as `d` or `W`, added to `set`; false if it is none.
    fn push_class(&mut self, letter: u8, set: &mut Set) -> Parsed<bool> {
        let utf8 = self.options.utf8;
        let mut class = Set::default();
        let mut negative = letter.is_ascii_uppercase();
        match letter | 32 {
            b'd' => class.push(u32::from(b'0'), u32::from(b'9')),
            b'w' => class.push_word(utf8),
            b's' => {
                class.push_class(b"space", utf8);
                if utf8 {
                    class.ranges.extend([(0x85, 0x85), (0xA0, 0xA0), (0x2007, 0x2007), (0x202F, 0x202F)]);
                }
            }
            b'h' => {
                class.push_class(b"blank", utf8);
                class.ranges.extend([(0xA0, 0xA0), (0x180E, 0x180E), (0x2007, 0x2007), (0x202F, 0x202F)]);
            }
            b'v' => class.ranges.extend([(10, 13), (0x85, 0x85), (0x2028, 0x2029)]),
            b'p' => {
                let malformed = PatternError::Perl("malformed \\P or \\p sequence");
                let name = if self.eat(b"{") {
                    self.until(b'}').ok_or(malformed)?
                } else {
                    let (name, rest) = self.text.split_at_checked(1).ok_or(malformed)?;
                    self.text = rest;
                    name
                };
                let bare = name.strip_prefix(b"^").unwrap_or(name);
                negative ^= bare.len() != name.len();
                if !super::property::push(&mut class, bare) {
                    return error("unknown property after \\P or \\p");
                }
            }
            _ => return Ok(false),
        }
        class.ranges.retain(|range| range.0 <= self.last());
        class.normalise();
        if negative {
            class.negate(self.last());
        }
        set.ranges.append(&mut class.ranges);
        Ok(true)
    }

    /// The character that an escape stands for, in and outside of brackets, behind its backslash and `letter`.
    fn character(&mut self, letter: u8) -> Parsed<Option<u32>> {
        let value = match letter {
            b'a' | b'f' | b'n' | b'r' | b't' => u32::from(crate::echo::letter(letter).unwrap_or(letter)),
            b'e' => 27,
            b'c' => match self.next() {
                Some(byte @ b' '..=b'~') => u32::from(byte.to_ascii_uppercase() ^ 64),
                _ => return error("\\c at end of pattern"),
            },
            b'x' | b'o' if self.peek() == Some(b'{') => {
                self.next();
                let inside = self.until(b'}').unwrap_or_default();
                let radix = if letter == b'x' { 16 } else { 8 };
                match digits(inside.trim_ascii(), radix) {
                    (_, used) if used != inside.trim_ascii().len() || used == 0 => return error(HEX),
                    (Some(value), _) if value <= u64::from(self.last()) => value as u32,
                    _ => return error(CODE),
                }
            }
            b'x' => {
                let two = self.text.get(..2).or(self.text.get(..1)).unwrap_or_default();
                let (value, used) = digits(two, 16);
                self.text = self.text.get(used..).unwrap_or_default();
                value.unwrap_or(0) as u32
            }
            b'0'..=b'7' => {
                let two = self.text.get(..2).or(self.text.get(..1)).unwrap_or_default();
                let (value, used) = digits(two, 8);
                self.text = self.text.get(used..).unwrap_or_default();
                let first = u32::from(letter & 7) << used.saturating_mul(3).min(6);
                (first | value.unwrap_or(0) as u32) & if self.options.utf8 { 511 } else { 255 }
            }
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    fn escape(&mut self) -> Parsed<Option<Node>> {
        let Some(letter) = self.peek() else { return error("\\ at end of pattern") };
        if !letter.is_ascii_alphanumeric() {
            return Ok(self.member().map(|member| self.letter(member)));
        }
        self.next();
        let mut set = Set::default();
        if self.push_class(letter, &mut set)? {
            set.normalise();
            return Ok(Some(self.set(set)));
        }
        if letter.is_ascii_digit() && letter != b'0' {
            let before = self.text;
            let rest = self.number();
            let used = before.len().saturating_sub(self.text.len());
            let power = 10u32.saturating_pow(u32::try_from(used).unwrap_or(9));
            let number = u32::from(letter & 15).saturating_mul(power).saturating_add(rest.unwrap_or(0));
            if number < 10 || number <= self.groups {
                return self.back(number).map(Some);
            }
            self.text = before;
            if letter > b'7' {
                return error(NO_GROUP);
            }
        }
        if let Some(member) = self.character(letter)? {
            return Ok(Some(self.letter(member)));
        }
        Ok(Some(match letter {
            b'Q' => {
                self.quoted = true;
                return Ok(None);
            }
            b'K' => Node::Keep,
            b'A' => Node::Look(Look::Start),
            b'Z' => Node::Look(Look::Last),
            b'z' => Node::Look(Look::End),
            b'b' => Node::Look(Look::Edge),
            b'B' => Node::Look(Look::NoEdge),
            b'G' => Node::Look(Look::Begin),
            b'N' => self.any(false),
            b'R' => {
                self.push_class(b'v', &mut set)?;
                let pair = Node::Concat(vec![self.letter(13), self.letter(10)]);
                Node::Atomic(Box::new(Node::Alternate(vec![pair, self.set(set)])))
            }
            b'X' => {
                // A character, and the marks that combine with it.
                super::property::push(&mut set, b"M");
                set.push(0x200D, 0x200D);
                set.normalise();
                let marks = Node::Repeat(Box::new(self.set(set)), 0, ENDLESS, Mode::Possessive);
                Node::Concat(vec![self.any(true), marks])
            }
            b'k' => {
                let close = match self.next() {
                    Some(b'{') => b'}',
                    Some(b'<') => b'>',
                    Some(b'\'') => b'\'',
                    _ => return error("\\k is not followed by a braced, angle-bracketed, or quoted name"),
                };
                let number = self.named(close)?;
                self.back(number)?
            }
            b'g' => {
                let bad =
                    "\\g is not followed by a braced, angle-bracketed, or quoted name/number or by a plain number";
                match self.peek() {
                    Some(b'{') => {
                        self.next();
                        let number = self.numbered(b'}')?;
                        self.back(number)?
                    }
                    Some(open @ (b'<' | b'\'')) => {
                        self.next();
                        let number = self.numbered(if open == b'<' { b'>' } else { open })?;
                        self.call(number)
                    }
                    _ => {
                        let behind = self.eat(b"-");
                        let Some(number) = self.number() else { return error(bad) };
                        let number = if behind { self.relative(number)? } else { number };
                        self.back(number)?
                    }
                }
            }
            _ => return error("unrecognized character follows \\"),
        }))
    }

    fn back(&mut self, number: u32) -> Parsed<Node> {
        self.highest = self.highest.max(number);
        if number == 0 { error(NO_GROUP) } else { Ok(Node::Back(number, self.flags.icase)) }
    }

    fn call(&mut self, number: u32) -> Node {
        self.highest = self.highest.max(number);
        Node::Call(number)
    }

    fn relative(&self, back: u32) -> Parsed<u32> {
        match (self.groups.saturating_add(1)).checked_sub(back) {
            Some(number) if number > 0 => Ok(number),
            _ => error(NO_GROUP),
        }
    }

    fn named(&mut self, close: u8) -> Parsed<u32> {
        let Some(name) = self.until(close) else { return error(NAME) };
        match self.names.iter().find(|known| known.0 == name) {
            Some(known) => Ok(known.1),
            None => error(NO_GROUP),
        }
    }

    /// A number, one counted from here, or a name.
    fn numbered(&mut self, close: u8) -> Parsed<u32> {
        let before = self.text;
        let sign = self.peek().filter(|byte| matches!(byte, b'-' | b'+'));
        if sign.is_some() {
            self.next();
        }
        if let Some(number) = self.number()
            && self.eat(&[close])
        {
            return match sign {
                None => Ok(number),
                Some(b'-') => self.relative(number),
                Some(_) => Ok(self.groups.saturating_add(number)),
            };
        }
        self.text = before;
        self.named(close)
    }

    /// A bracket expression, behind its `[`.
    fn bracket(&mut self) -> Parsed<Node> {
        let mut set = Set::default();
        let negative = self.eat(b"^");
        let mut first = true;
        let mut quoted = false;
        loop {
            if self.text.is_empty() {
                return error("missing terminating ] for character class");
            }
            if self.eat(if quoted { b"\\E" } else { b"\\Q" }) {
                quoted = !quoted;
                continue;
            }
            if !quoted && (self.eat(b"\\E") || !first && self.peek() == Some(b']')) {
                if self.peek() == Some(b']') {
                    self.next();
                    break;
                }
                continue;
            }
            first = false;
            let low = self.bracket_item(&mut set, quoted)?;
            let ranges = !quoted && matches!(self.text, [b'-', next, ..] if *next != b']');
            match low {
                Some(low) if ranges => {
                    self.next();
                    match self.bracket_item(&mut set, quoted)? {
                        None => return error(RANGE),
                        Some(high) if high < low => return error("range out of order in character class"),
                        Some(high) => set.push(low, high),
                    }
                }
                Some(low) => set.push(low, low),
                None if ranges => return error(RANGE),
                None => {}
            }
        }
        set.normalise();
        if self.flags.icase {
            set.fold(self.options.utf8);
        }
        if negative {
            set.negate(self.last());
        }
        Ok(self.set(set))
    }

    /// A character, which is given, or a class, which is added to the set.
    fn bracket_item(&mut self, set: &mut Set, quoted: bool) -> Parsed<Option<u32>> {
        if quoted {
            return Ok(self.member());
        }
        if let [b'[', mark @ (b':' | b'.' | b'='), rest @ ..] = self.text
            && let Some(end) = memchr::memchr(b']', rest)
            && let Some(name) = rest.get(..end).and_then(|name| name.strip_suffix(&[*mark]))
        {
            if *mark != b':' {
                return error("POSIX collating elements are not supported");
            }
            let bare = name.strip_prefix(b"^").unwrap_or(name);
            let mut class = Set::default();
            match bare {
                b"word" => class.push_word(self.options.utf8),
                b"ascii" => class.push(0, 127),
                _ if class.push_class(bare, self.options.utf8) => {}
                _ => return error("unknown POSIX class name"),
            }
            class.normalise();
            if bare.len() != name.len() {
                class.negate(self.last());
            }
            set.ranges.append(&mut class.ranges);
            self.text = rest.get(end.saturating_add(1)..).unwrap_or_default();
            return Ok(None);
        }
        if self.peek() != Some(b'\\') {
            return Ok(self.member());
        }
        self.next();
        let Some(letter) = self.peek() else { return error("\\ at end of pattern") };
        if !letter.is_ascii_alphanumeric() {
            return Ok(self.member());
        }
        self.next();
        if letter == b'b' {
            return Ok(Some(8));
        }
        if self.push_class(letter, set)? {
            return Ok(None);
        }
        match self.character(letter)? {
            Some(member) => Ok(Some(member)),
            None => error("unrecognized character follows \\"),
        }
    }
}
