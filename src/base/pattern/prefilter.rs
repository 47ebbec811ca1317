//! Finding where a match can be without the automaton: by the strings that must be in it.

use super::program::{Inst, Program};
use super::set::encode;
use super::tree::Node;
use memchr::memmem::Finder;
use memchr::{memchr, memchr2, memchr3};

/// A byte in its two cases; twice the same where there is no case to ignore.
pub type Pair = (u8, u8);

/// How long a string needs to be at most.
const LONGEST: usize = 64;

/// A string to look for, perhaps without regard to case.
pub enum Needle {
    /// As it is.
    Exact(Box<Finder<'static>>),
    /// In any case: the string, and the place of its rarest byte.
    Folded(Vec<Pair>, usize),
}

impl Needle {
    fn new(pairs: &[Pair]) -> Option<Needle> {
        if pairs.is_empty() {
            return None;
        }
        if pairs.iter().all(|pair| pair.0 == pair.1) {
            let bytes: Vec<u8> = pairs.iter().map(|pair| pair.0).collect();
            return Some(Needle::Exact(Box::new(Finder::new(&bytes).into_owned())));
        }
        let commonness = |pair: &Pair| commonness(pair.0).max(commonness(pair.1));
        let rarest = (0..pairs.len()).min_by_key(|at| pairs.get(*at).map_or(0, commonness))?;
        Some(Needle::Folded(pairs.to_vec(), rarest))
    }

    /// Its length.
    pub fn len(&self) -> usize {
        match self {
            Needle::Exact(finder) => finder.needle().len(),
            Needle::Folded(pairs, _) => pairs.len(),
        }
    }

    /// Where it first is in `text`, from `from` on.
    pub fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        match self {
            Needle::Exact(finder) => match finder.needle() {
                [byte] => memchr(*byte, text.get(from..)?),
                _ => finder.find(text.get(from..)?),
            }
            .map(|at| from + at),
            Needle::Folded(pairs, rarest) => {
                let &(low, high) = pairs.get(*rarest)?;
                let mut at = from.checked_add(*rarest)?;
                loop {
                    at += memchr2(low, high, text.get(at..)?)?;
                    let start = at - rarest;
                    let here = text.get(start..)?.get(..pairs.len())?;
                    if here.iter().zip(pairs).all(|(byte, pair)| *byte == pair.0 || *byte == pair.1) {
                        return Some(start);
                    }
                    at += 1;
                }
            }
        }
    }
}

/// How common a byte is in text, roughly.
fn commonness(byte: u8) -> usize {
    const ORDER: &[u8] = b"zqjxkvbywgfpumcdlhrsnioate ";
    match ORDER.iter().position(|other| *other == byte) {
        Some(at) => 30 + at * 3,
        None if byte.is_ascii_digit() => 60,
        None if byte.is_ascii_uppercase() => 20,
        None if byte.is_ascii_graphic() => 25,
        None if byte == b'\n' => 70,
        None => 10,
    }
}

/// What strings say about a tree.
pub struct Literals {
    /// The whole expression is this string.
    pub whole: Option<Needle>,
    /// Each match contains this string, or one of these.
    pub inner: Option<Inner>,
    /// Each match begins with this string.
    pub prefix: Option<Needle>,
    /// Each match begins with one of these strings, of which there are several.
    pub heads: Vec<Vec<Pair>>,
    /// Each match has this string so many bytes behind its beginning.
    pub later: Option<(usize, Needle)>,
}

/// What each match contains.
pub enum Inner {
    One(Needle),
    Any(Words),
}

impl Inner {
    /// Where it may be first, from `from` on.
    pub fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        match self {
            Inner::One(needle) => needle.find(text, from),
            Inner::Any(words) => words.find(text.get(from..)?).map(|at| from + at),
        }
    }
}

/// Finds the strings of a tree.
pub fn literals(node: &Node, utf8: bool) -> Literals {
    let mut search = Search::new(utf8);
    search.walk(node);
    let whole = if search.only_text && search.prefix.is_none() { Needle::new(&search.run) } else { None };
    search.cut();
    let heads: Vec<Vec<Pair>> = heads(node, utf8).into_iter().map(|head| head.text).collect();
    let inner = match Needle::new(&search.best) {
        Some(needle) => Some(Inner::One(needle)),
        None => {
            let shortest = |texts: &[Vec<Pair>]| texts.iter().map(Vec::len).min().unwrap_or(0);
            // The beginnings are looked for anyway.
            let needed = needed(node, utf8).filter(|needed| shortest(needed) > shortest(&heads));
            needed.and_then(|needed| Words::new(&needed)).map(Inner::Any)
        }
    };
    let prefix = search.prefix.as_deref().and_then(Needle::new);
    Literals { whole, inner, prefix, heads, later: later(node, utf8) }
}

/// The first characters behind a part of fixed width at the beginning.
fn later(node: &Node, utf8: bool) -> Option<(usize, Needle)> {
    let parts = match node {
        Node::Group(_, inner) => return later(inner, utf8),
        Node::Concat(parts) => parts,
        _ => return None,
    };
    let mut offset = 0usize;
    let mut search = Search::new(utf8);
    for part in parts {
        match part {
            Node::Char(_) => search.walk(part),
            _ if !search.run.is_empty() => break,
            _ => offset = offset.checked_add(part.width(utf8)?)?,
        }
    }
    Some((offset, Needle::new(&search.run)?)).filter(|(offset, _)| *offset > 0)
}

/// Strings of which each match contains one: of alternatives one each.
fn needed(node: &Node, utf8: bool) -> Option<Vec<Vec<Pair>>> {
    match node {
        Node::Alternate(parts) if parts.len() > 1 => {
            let mut all = Vec::new();
            for part in parts {
                let mut search = Search::new(utf8);
                search.walk(part);
                search.cut();
                match search.best.len() {
                    4.. => all.push(search.best),
                    _ => all.extend(needed(part, utf8)?),
                }
                if all.len() > HEADS {
                    return None;
                }
            }
            Some(all)
        }
        Node::Group(_, inner) | Node::Repeat(inner, 1.., _) => needed(inner, utf8),
        Node::Concat(parts) => parts.iter().find_map(|part| needed(part, utf8)),
        _ => None,
    }
}

/// Whether an expression is one byte of a set, or (true) one and more of them.
pub fn bytes_of_set(node: &Node, utf8: bool) -> Option<bool> {
    match node {
        Node::Set(set) => (!utf8 || set.ranges.iter().all(|range| range.1 < 128)).then_some(false),
        Node::Repeat(inner, 1, None) => bytes_of_set(inner, utf8).map(|_| true),
        _ => None,
    }
}

/// Whether an expression begins with one or more of a set, as many as there are.
pub fn begins_with_run(node: &Node) -> bool {
    match node {
        Node::Group(_, inner) => begins_with_run(inner),
        Node::Concat(parts) => parts.first().is_some_and(begins_with_run),
        Node::Repeat(inner, 1.., None) => matches!(&**inner, Node::Char(_) | Node::Set(_)),
        _ => false,
    }
}

/// The first match of such an expression.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
pub fn find_bytes(set: &[bool; 256], many: bool, text: &[u8], from: usize) -> Option<(usize, usize)> {
    let start = from + text.get(from..)?.iter().position(|byte| set[usize::from(*byte)])?;
    let mut end = start + 1;
    while many && text.get(end).is_some_and(|byte| set[usize::from(*byte)]) {
        end += 1;
    }
    Some((start, end))
}

/// How many beginnings are worth looking for.
const HEADS: usize = 2000;

/// What a match can begin with; `complete` while nothing but text has been met.
struct Head {
    text: Vec<Pair>,
    complete: bool,
}

/// All strings that what `node` matches can begin with.
fn heads(node: &Node, utf8: bool) -> Vec<Head> {
    let head = |text: Vec<Pair>, complete| vec![Head { text, complete }];
    match node {
        Node::Empty | Node::Look(_) => head(Vec::new(), true),
        Node::Char(member) => {
            let mut bytes = Vec::new();
            encode(*member, utf8, &mut bytes);
            head(bytes.iter().map(|byte| (*byte, *byte)).collect(), true)
        }
        Node::Set(set) => match both_cases(set) {
            Some(pair) => head(vec![pair], true),
            None => head(Vec::new(), false),
        },
        Node::Group(_, inner) => heads(inner, utf8),
        Node::Repeat(inner, 1.., _) => {
            let mut heads = heads(inner, utf8);
            heads.iter_mut().for_each(|head| head.complete = false);
            heads
        }
        Node::Repeat(..) | Node::Back(_) => head(Vec::new(), false),
        Node::Alternate(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(heads(part, utf8));
                if all.len() > HEADS {
                    return head(Vec::new(), false);
                }
            }
            all
        }
        Node::Concat(parts) => {
            let mut all = head(Vec::new(), true);
            for part in parts {
                let next = heads(part, utf8);
                let many = next.len() > 1 && all.len() > 1 && all.len().saturating_mul(next.len()) > 64;
                if many || !all.iter().any(|head| head.complete && head.text.len() < 16) {
                    break;
                }
                let mut longer = Vec::new();
                for head in all {
                    if !head.complete {
                        longer.push(head);
                        continue;
                    }
                    for tail in &next {
                        let text = [head.text.as_slice(), &tail.text].concat();
                        longer.push(Head { text, complete: tail.complete });
                    }
                }
                all = longer;
            }
            all
        }
    }
}

/// The two cases of an ASCII letter, if that is what a set has.
fn both_cases(set: &super::set::Set) -> Option<Pair> {
    match *set.ranges.as_slice() {
        [(upper, same), (lower, too)]
            if upper == same && lower == too && lower == upper + 32 && (65..=90).contains(&upper) =>
        {
            Some((upper as u8, lower as u8))
        }
        _ => None,
    }
}

/// A search for any of several strings that leaps over what none of them can have in it: by the last two bytes of a window as
/// long as the shortest string, one sees how far it is to the next place where one can end (S. Wu, U. Manber, 1994).
pub struct Words {
    width: usize,
    /// The beginnings of the strings as long as the window, in order; none where case does not count.
    windows: Vec<Vec<u8>>,
    leaps: Box<[u8; LEAPS]>,
    /// A place in the window where all strings have one of three bytes that are not common, and these.
    rare: Option<(usize, [u8; 3])>,
}

/// A byte this common (see [`commonness`]) is met too often to be looked for.
const TOO_COMMON: usize = 95;

const LEAPS: usize = 4096;

impl Words {
    /// None where the strings are too short for leaps.
    fn new(heads: &[Vec<Pair>]) -> Option<Words> {
        let width = heads.iter().map(Vec::len).min()?.min(16);
        if heads.len() < 2 || width < 4 {
            return None;
        }
        let mut leaps = Box::new([(width - 1) as u8; LEAPS]);
        for head in heads {
            for (at, pairs) in head.get(..width)?.windows(2).enumerate() {
                let [one, two] = pairs else { continue };
                for (a, b) in [(one.0, two.0), (one.0, two.1), (one.1, two.0), (one.1, two.1)] {
                    if let Some(leap) = leaps.get_mut(Words::place(a, b)) {
                        *leap = (*leap).min((width - 2 - at) as u8);
                    }
                }
            }
        }
        let rare = (0..width).filter_map(|at| Words::bytes_at(heads, at).map(|(bytes, common)| (common, (at, bytes))));
        let rare = rare.min_by_key(|(common, _)| *common).filter(|(common, _)| *common <= TOO_COMMON);
        let exact = heads.iter().flatten().all(|pair| pair.0 == pair.1);
        let window = |head: &Vec<Pair>| head.iter().take(width).map(|pair| pair.0).collect();
        let mut windows: Vec<Vec<u8>> = heads.iter().filter(|_| exact).map(window).collect();
        crate::order::sort(&mut windows, &mut Ord::cmp);
        Some(Words { width, windows, leaps, rare: rare.map(|(_, rare)| rare) })
    }

    /// Whether one of the strings may begin here, where the last two bytes of the window say so.
    fn is_here(&self, text: &[u8], start: usize) -> bool {
        let window = text.get(start..start + self.width).unwrap_or_default();
        self.windows.is_empty() || self.windows.binary_search_by(|known| known.as_slice().cmp(window)).is_ok()
    }

    /// The bytes that the strings have at a place, where these are three at most (of fewer, some twice), and how common they
    /// are together.
    fn bytes_at(heads: &[Vec<Pair>], at: usize) -> Option<([u8; 3], usize)> {
        let mut bytes: Vec<u8> = Vec::new();
        for head in heads {
            let &(a, b) = head.get(at)?;
            for byte in [a, b] {
                if !bytes.contains(&byte) {
                    bytes.push(byte);
                }
            }
            if bytes.len() > 3 {
                return None;
            }
        }
        let common = bytes.iter().map(|byte| commonness(*byte)).sum();
        let &first = bytes.first()?;
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(first);
        Some(([first, byte(1), byte(2)], common))
    }

    fn place(a: u8, b: u8) -> usize {
        ((usize::from(a) << 5) ^ usize::from(b)) & (LEAPS - 1)
    }

    /// Where one of the strings may begin.
    fn find(&self, text: &[u8]) -> Option<usize> {
        let mut from = 0;
        if let Some((offset, [a, b, c])) = self.rare {
            // While the byte is as rare as it should be.
            for tries in 0.. {
                if tries % 32 == 31 && from < tries * 16 {
                    break;
                }
                let rest = text.get(from + offset..)?;
                let found = match (a == b, a == c) {
                    (true, true) => memchr(a, rest),
                    (false, true) => memchr2(a, b, rest),
                    _ => memchr3(a, b, c, rest),
                };
                let start = from + found?;
                let &[.., one, two] = text.get(start..start + self.width)? else { return None };
                if self.leaps.get(Words::place(one, two)) == Some(&0) && self.is_here(text, start) {
                    return Some(start);
                }
                from = start + 1;
            }
        }
        let mut at = from + self.width - 1;
        while let Some(&[a, b]) = text.get(at - 1..=at) {
            match self.leaps.get(Words::place(a, b)) {
                Some(0) | None if self.is_here(text, at + 1 - self.width) => return Some(at + 1 - self.width),
                Some(leap) => at += usize::from(*leap).max(1),
                None => at += 1,
            }
        }
        None
    }
}

struct Search {
    utf8: bool,
    run: Vec<Pair>,
    best: Vec<Pair>,
    prefix: Option<Vec<Pair>>,
    /// Nothing but characters was seen.
    only_text: bool,
}

impl Search {
    fn new(utf8: bool) -> Search {
        Search { utf8, run: Vec::new(), best: Vec::new(), prefix: None, only_text: true }
    }

    /// The string that was going on ends here.
    fn cut(&mut self) {
        let run = core::mem::take(&mut self.run);
        if self.prefix.is_none() {
            self.prefix = Some(run.clone());
        }
        if run.len() > self.best.len() {
            self.best = run;
        }
    }

    fn walk(&mut self, node: &Node) {
        if self.run.len() > LONGEST && !self.only_text {
            self.cut();
        }
        match node {
            Node::Empty => {}
            Node::Char(member) => {
                let mut bytes = Vec::new();
                encode(*member, self.utf8, &mut bytes);
                self.run.extend(bytes.iter().map(|byte| (*byte, *byte)));
            }
            Node::Set(set) => match both_cases(set) {
                Some(pair) => self.run.push(pair),
                None => self.cut(),
            },
            Node::Look(_) => self.only_text = false,
            Node::Group(_, inner) => {
                // A group is text too, but who asks for its place needs the machines.
                self.walk(inner);
            }
            Node::Concat(parts) => parts.iter().for_each(|part| self.walk(part)),
            Node::Alternate(parts) => {
                if let [part] = parts.as_slice() {
                    self.walk(part);
                } else {
                    self.only_text = false;
                    self.cut();
                }
            }
            Node::Repeat(inner, least, most) => {
                self.only_text = false;
                for _ in 0..(*least).min(8) {
                    self.walk(inner);
                    if self.run.len() > LONGEST || *most != Some(*least) {
                        break;
                    }
                }
                if *most != Some(*least) || *least > 8 || *least == 0 {
                    self.cut();
                }
            }
            Node::Back(_) => {
                self.only_text = false;
                self.cut();
            }
        }
    }
}

enum Scan {
    Nothing,
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Needle(Needle),
    Words(Words),
}

/// Finds places where a match can begin.
pub struct Start {
    scan: Scan,
    /// What is looked for is so many bytes behind.
    offset: usize,
    /// The bytes a match can begin with; None if it can be empty.
    pub first: Option<Box<[bool; 256]>>,
    calls: u32,
    skipped: usize,
    useful: bool,
}

impl Start {
    /// What can be said of a program's beginning, and the string that each match begins with, or has behind its beginning.
    pub fn new(
        program: &Program,
        prefix: Option<Needle>,
        heads: &[Vec<Pair>],
        later: Option<(usize, Needle)>,
    ) -> Start {
        let first = first_bytes(program);
        let bytes: Vec<u8> = match &first {
            Some(first) => (0..=255u8).filter(|byte| first[usize::from(*byte)]).collect(),
            None => Vec::new(),
        };
        let words = Words::new(heads);
        let mut offset = 0;
        let scan = match (prefix, bytes.as_slice()) {
            (_, []) => Scan::Nothing,
            (Some(needle), _) if needle.len() > 1 => Scan::Needle(needle),
            (_, _) if let Some(words) = words => Scan::Words(words),
            (_, [a]) => Scan::One(*a),
            (_, [a, b]) => Scan::Two(*a, *b),
            (_, [a, b, c]) => Scan::Three(*a, *b, *c),
            _ => match later {
                Some((behind, needle)) => {
                    offset = behind;
                    Scan::Needle(needle)
                }
                None => Scan::Nothing,
            },
        };
        let useful = !matches!(scan, Scan::Nothing);
        Start { scan, offset, first, calls: 0, skipped: 0, useful }
    }

    /// Whether skipping has paid so far.
    pub fn is_useful(&self) -> bool {
        self.useful
    }

    /// The next place where a match can begin.
    pub fn find(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        let found = match &self.scan {
            Scan::Nothing => Some(0),
            Scan::One(a) => memchr(*a, rest),
            Scan::Two(a, b) => memchr2(*a, *b, rest),
            Scan::Three(a, b, c) => memchr3(*a, *b, *c, rest),
            Scan::Needle(needle) => needle.find(text, from + self.offset).map(|at| at - self.offset - from),
            Scan::Words(words) => words.find(rest),
        };
        self.calls += 1;
        self.skipped = self.skipped.saturating_add(found.unwrap_or(rest.len()));
        if self.calls == 256 {
            // Below so many bytes a call, the automaton alone is faster.
            self.useful = self.skipped >= 256 * 12;
            self.calls = 0;
            self.skipped = 0;
        }
        found.map(|at| from + at)
    }
}

fn first_bytes(program: &Program) -> Option<Box<[bool; 256]>> {
    let mut first = Box::new([false; 256]);
    let mut seen = vec![false; program.insts.len()];
    let mut stack = vec![program.start];
    while let Some(at) = stack.pop() {
        match seen.get_mut(at as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        match program.insts.get(at as usize)? {
            Inst::Byte { low, high, .. } => (*low..=*high).for_each(|byte| first[usize::from(byte)] = true),
            Inst::Sparse { first: from, count } => {
                let edges = program.edges.get(*from as usize..from.saturating_add(*count) as usize)?;
                for edge in edges {
                    (edge.low..=edge.high).for_each(|byte| first[usize::from(byte)] = true);
                }
            }
            Inst::Split { first, second } => stack.extend([*first, *second]),
            Inst::Look { next, .. } | Inst::Save { next, .. } | Inst::Moved { next, .. } => stack.push(*next),
            Inst::Back { .. } | Inst::Match => return None,
        }
    }
    Some(first)
}
