//! brace - `{a,b}` and `{1..9..2}`: one word becomes several before anything else is expanded.

use crate::arith::{number, push_number};
use crate::flow::Flow;
use crate::shell::Shell;
use crate::stack::Stack;
use crate::strings::Strings;
use crate::tree::{Part, Word};

/// More words than this are refused: memory would end first.
const MOST: usize = 1 << 26;

/// A word in small pieces: unquoted bytes, which may be braces, and everything else.
enum Atom {
    Byte(u8),
    Part(Part),
}

/// What a word is made of.
enum Piece {
    Part(Part),
    /// `{a,b}`
    Choice(Vec<Vec<Piece>>),
    Range(Range),
}

/// `{from..to..step}`
struct Range {
    from: i64,
    to: i64,
    step: u64,
    /// Numbers are filled up with zeros to this width.
    width: usize,
    letters: bool,
}

impl Range {
    fn parse(text: &[u8]) -> Option<Range> {
        let dots = memchr::memmem::find(text, b"..")?;
        let (from, rest) = (text.get(..dots)?, text.get(dots.checked_add(2)?..)?);
        let (to, step) = match memchr::memmem::find(rest, b"..") {
            Some(dots) => (rest.get(..dots)?, whole(rest.get(dots.checked_add(2)?..)?)?.unsigned_abs()),
            None => (rest, 1),
        };
        let step = step.max(1);
        if let ([from], [to]) = (from, to)
            && from.is_ascii_alphabetic()
            && to.is_ascii_alphabetic()
        {
            return Some(Range { from: i64::from(*from), to: i64::from(*to), step, width: 0, letters: true });
        }
        let padded = |text: &[u8]| {
            let digits = text.strip_prefix(b"-").unwrap_or(text);
            digits.len() > 1 && digits.starts_with(b"0")
        };
        let width = if padded(from) || padded(to) { from.len().max(to.len()) } else { 0 };
        Some(Range { from: whole(from)?, to: whole(to)?, step, width, letters: false })
    }

    /// Calls `each` with the texts in their order.
    fn each(&self, each: &mut dyn FnMut(&[u8]) -> Flow<()>) -> Flow<()> {
        let mut value = self.from;
        let mut text = Vec::new();
        loop {
            text.clear();
            if self.letters {
                text.push((value & 0xff) as u8);
            } else {
                push_number(&mut text, value);
                let sign = usize::from(value < 0);
                for _ in text.len()..self.width {
                    text.insert(sign, b'0');
                }
            }
            each(&text)?;
            if value.abs_diff(self.to) < self.step {
                return Ok(());
            }
            let next = if value < self.to {
                value.checked_add_unsigned(self.step)
            } else {
                value.checked_sub_unsigned(self.step)
            };
            let Some(next) = next else { return Ok(()) };
            value = next;
        }
    }
}

/// A decimal number; leading zeros do not make it octal.
fn whole(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix(b"+").unwrap_or(text)),
    };
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    let value = match digits.get(zeros..)? {
        b"" => 0,
        rest => number(rest)?,
    };
    Some(if negative { value.wrapping_neg() } else { value })
}

/// Where each opening brace is closed.
fn pairs(atoms: &[Atom]) -> Vec<usize> {
    let mut closed = vec![0usize; atoms.len()];
    let mut open = Vec::new();
    for (at, atom) in atoms.iter().enumerate() {
        match atom {
            Atom::Byte(b'{') => open.push(at),
            Atom::Byte(b'}') => {
                if let Some(place) = open.pop().and_then(|start: usize| closed.get_mut(start)) {
                    *place = at;
                }
            }
            _ => {}
        }
    }
    closed
}

struct Reader {
    atoms: Vec<Atom>,
    closed: Vec<usize>,
    stack: Stack,
    found: bool,
    depth: u32,
}

/// Braces in braces deeper than this are text.
const DEEPEST: u32 = 256;

impl Reader {
    fn read(&mut self, from: usize, to: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        let mut at = from;
        while at < to {
            let next = at.saturating_add(1);
            match self.atoms.get(at) {
                Some(Atom::Byte(b'{')) => {
                    let close = self.closed.get(at).copied().unwrap_or(0);
                    if close > at
                        && close < to
                        && let Some(piece) = self.group(next, close)
                    {
                        self.found = true;
                        push_text(&mut pieces, &mut text);
                        pieces.push(piece);
                        at = close.saturating_add(1);
                        continue;
                    }
                    text.push(b'{');
                }
                Some(Atom::Byte(byte)) => text.push(*byte),
                Some(Atom::Part(part)) => {
                    push_text(&mut pieces, &mut text);
                    pieces.push(Piece::Part(part.clone()));
                }
                None => break,
            }
            at = next;
        }
        push_text(&mut pieces, &mut text);
        pieces
    }

    /// What stands between two braces, if that is a list or a range.
    fn group(&mut self, from: usize, to: usize) -> Option<Piece> {
        if self.stack.is_deep() || self.depth >= DEEPEST {
            return None;
        }
        let mut commas = Vec::new();
        let mut at = from;
        let mut plain = Vec::new();
        let mut is_plain = true;
        while at < to {
            match self.atoms.get(at)? {
                Atom::Byte(b',') => commas.push(at),
                Atom::Byte(b'{') => {
                    is_plain = false;
                    let close = self.closed.get(at).copied().unwrap_or(0);
                    at = at.max(close);
                }
                Atom::Byte(byte) => plain.push(*byte),
                Atom::Part(_) => is_plain = false,
            }
            at = at.saturating_add(1);
        }
        if commas.is_empty() {
            return if is_plain { Range::parse(&plain).map(Piece::Range) } else { None };
        }
        let mut choices = Vec::new();
        let mut start = from;
        self.depth = self.depth.saturating_add(1);
        for end in commas.into_iter().chain([to]) {
            choices.push(self.read(start, end));
            start = end.saturating_add(1);
        }
        self.depth = self.depth.saturating_sub(1);
        Some(Piece::Choice(choices))
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &mut Vec<u8>) {
    if !text.is_empty() {
        let glob = base::pattern::glob::is_glob(text);
        pieces.push(Piece::Part(Part::Literal(core::mem::take(text).into(), glob)));
    }
}

/// Calls `then` with each word that pieces stand for, behind `prefix`.
fn generate(pieces: &[Piece], prefix: Vec<Part>, then: &mut dyn FnMut(Vec<Part>) -> Flow<()>) -> Flow<()> {
    let mut prefix = prefix;
    let mut left = pieces;
    while let Some((piece, rest)) = left.split_first() {
        match piece {
            Piece::Part(part) => prefix.push(part.clone()),
            Piece::Choice(choices) => {
                for choice in choices {
                    generate(choice, prefix.clone(), &mut |parts| generate(rest, parts, then))?;
                }
                return Ok(());
            }
            Piece::Range(range) => {
                return range.each(&mut |text| {
                    let mut parts = prefix.clone();
                    parts.push(Part::Literal(text.into(), false));
                    generate(rest, parts, then)
                });
            }
        }
        left = rest;
    }
    then(prefix)
}

impl Shell {
    /// Expands the braces of a word, and each word that comes of it.
    pub(super) fn expand_braces(&mut self, word: &Word, out: &mut Strings) -> Flow<()> {
        let mut atoms = Vec::new();
        for part in &word.parts {
            match part {
                Part::Literal(text, _) => atoms.extend(text.iter().map(|byte| Atom::Byte(*byte))),
                other => atoms.push(Atom::Part(other.clone())),
            }
        }
        let closed = pairs(&atoms);
        let count = atoms.len();
        let mut reader = Reader { atoms, closed, stack: self.stack, found: false, depth: 0 };
        let pieces = reader.read(0, count);
        if !reader.found {
            let plain = Word { parts: word.parts.clone(), assignment: word.assignment, braces: false };
            return self.expand_word(&plain, out);
        }
        let begin = out.len();
        if let [Piece::Range(range)] = pieces.as_slice() {
            return range.each(&mut |text| {
                out.push(text);
                if out.len().saturating_sub(begin) > MOST {
                    Err(self.fail(&[b"too many words in braces"]))
                } else {
                    Ok(())
                }
            });
        }
        generate(&pieces, Vec::new(), &mut |parts| {
            if out.len().saturating_sub(begin) > MOST {
                return Err(self.fail(&[b"too many words in braces"]));
            }
            self.expand_word(&Word { parts: parts.into(), assignment: word.assignment, braces: false }, out)
        })
    }
}
