//! brace - `{a,b}` and `{1..9..2}`: one word becomes several before anything else is expanded.

use crate::arith::{number, push_number};
use crate::flow::Flow;
use crate::shell::Shell;
use crate::stack::Stack;
use crate::strings::Strings;
use crate::tree::{Part, Word};

/// More words than this are refused: memory would end first.
const MOST: usize = 1 << 26;

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

/// A word that is looked at for braces.
struct Braces<'w> {
    word: &'w Word,
    /// Its unquoted bytes, which may be braces; from [`PART`] on everything else, by its place in the word.
    items: Vec<u32>,
    /// Where each opening brace is closed, and 0 for what is none.
    closed: Vec<usize>,
    stack: Stack,
}

const PART: u32 = 256;

/// Takes a word that came of the braces.
type Then<'t> = &'t mut dyn FnMut(&mut Vec<u32>) -> Flow<()>;

impl Braces<'_> {
    fn new(word: &Word, stack: Stack) -> Braces<'_> {
        let mut items = Vec::new();
        for (part, place) in word.parts.iter().zip(PART..) {
            match part {
                Part::Literal(text, _) => text.iter().for_each(|byte| items.push(u32::from(*byte))),
                _ => items.push(place),
            }
        }
        let mut closed = vec![0usize; items.len()];
        let mut open: Vec<usize> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if *item == u32::from(b'{') {
                open.push(at);
            } else if *item == u32::from(b'}')
                && let Some(place) = open.pop().and_then(|start| closed.get_mut(start))
            {
                *place = at;
            }
        }
        Braces { word, items, closed, stack }
    }

    /// Calls `then` with each word that a range of the items stands for, behind `prefix`.
    fn generate(&self, from: usize, to: usize, prefix: &mut Vec<u32>, then: Then) -> Flow<()> {
        let mark = prefix.len();
        let mut at = from;
        while let Some(item) = self.items.get(at).filter(|_| at < to) {
            let close = self.closed.get(at).copied().unwrap_or(0);
            at = at.saturating_add(1);
            // What is nested too deeply is text.
            if close >= at && close < to && !self.stack.is_deep() {
                let after = close.saturating_add(1);
                let (ends, text) = self.group(at, close);
                if ends.len() > 1 {
                    for end in ends {
                        self.generate(at, end, prefix, &mut |prefix| self.generate(after, to, prefix, then))?;
                        at = end.saturating_add(1);
                    }
                    prefix.truncate(mark);
                    return Ok(());
                }
                if let Some(range) = Range::parse(&text) {
                    range.each(&mut |text| {
                        let mark = prefix.len();
                        text.iter().for_each(|byte| prefix.push(u32::from(*byte)));
                        let result = self.generate(after, to, prefix, then);
                        prefix.truncate(mark);
                        result
                    })?;
                    prefix.truncate(mark);
                    return Ok(());
                }
            }
            prefix.push(*item);
        }
        let result = then(prefix);
        prefix.truncate(mark);
        result
    }

    /// What stands between two braces: where the parts between commas end; and the text, if it is nothing else.
    fn group(&self, from: usize, to: usize) -> (Vec<usize>, Vec<u8>) {
        let (mut ends, mut text) = (Vec::new(), Vec::new());
        let mut is_text = true;
        let mut at = from;
        while at < to {
            match self.items.get(at).and_then(|item| u8::try_from(*item).ok()) {
                Some(b',') => ends.push(at),
                Some(b'{') => {
                    is_text = false;
                    at = at.max(self.closed.get(at).copied().unwrap_or(0));
                }
                Some(byte) => text.push(byte),
                None => is_text = false,
            }
            at = at.saturating_add(1);
        }
        ends.push(to);
        (ends, if is_text { text } else { Vec::new() })
    }

    /// The word that items are.
    fn word(&self, items: &[u32]) -> Word {
        let mut parts = Vec::new();
        let mut text = Vec::new();
        for item in items {
            match u8::try_from(*item) {
                Ok(byte) => text.push(byte),
                Err(_) => {
                    push_text(&mut parts, &mut text);
                    let place = item.wrapping_sub(PART) as usize;
                    parts.extend(self.word.parts.get(place).cloned());
                }
            }
        }
        push_text(&mut parts, &mut text);
        Word { parts: parts.into(), assignment: self.word.assignment, braces: false }
    }
}

fn push_text(parts: &mut Vec<Part>, text: &mut Vec<u8>) {
    if !text.is_empty() {
        let glob = base::pattern::glob::is_glob(text);
        parts.push(Part::Literal(text.as_slice().into(), glob));
        text.clear();
    }
}

impl Shell {
    /// Expands the braces of a word, and each word that comes of it.
    #[inline(never)]
    pub(super) fn expand_braces(&mut self, word: &Word, out: &mut Strings) -> Flow<()> {
        let braces = Braces::new(word, self.stack);
        let begin = out.len();
        braces.generate(0, braces.items.len(), &mut Vec::new(), &mut |items| {
            if out.len().saturating_sub(begin) > MOST {
                return Err(self.fail("too many words in braces", b""));
            }
            let made = if *items == braces.items {
                Word { parts: word.parts.clone(), assignment: word.assignment, braces: false }
            } else {
                braces.word(items)
            };
            self.expand_words(&[made], out)
        })
    }
}
