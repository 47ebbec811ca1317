//! Finding what differs: the lines of two texts, and the hunks that lead from one to the other.
//!
//! Lines are numbered by their content, those that are in one text only are set aside, and the rest goes through the
//! linear-space algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), with a limit on its effort.

/// How lines are compared.
#[derive(Clone, Copy, Default)]
pub struct Rules {
    pub icase: bool,
    /// -w: white space does not count.
    pub no_space: bool,
    /// -b: how much white space does not count.
    pub space_change: bool,
    /// -Z: white space at the end does not count.
    pub trailing_space: bool,
    /// -E: whether a tab or blanks are used does not count.
    pub tab_expansion: bool,
    /// A CR before the newline does not count.
    pub strip_cr: bool,
    /// Find the smallest difference, whatever it costs.
    pub minimal: bool,
}

impl Rules {
    fn is_plain(&self) -> bool {
        !(self.icase
            || self.no_space
            || self.space_change
            || self.trailing_space
            || self.tab_expansion
            || self.strip_cr)
    }

    /// Adds to `out` what counts of a line.
    #[inline(never)]
    fn push_normal(&self, line: &[u8], out: &mut Vec<u8>) {
        let white = |byte: u8| matches!(byte, b' ' | b'\t' | 11..=13);
        let mut text = line;
        let mut stripped = false;
        if self.strip_cr
            && let Some(rest) = text.strip_suffix(b"\r\n")
        {
            text = rest;
            stripped = true;
        }
        if self.no_space || self.space_change || self.trailing_space {
            text = text.strip_suffix(b"\n").unwrap_or(text);
            stripped = false;
            while let Some((last, rest)) = text.split_last() {
                if !white(*last) {
                    break;
                }
                text = rest;
            }
        }
        let mut column = 0usize;
        let mut in_space = false;
        for &byte in text {
            if white(byte) && self.no_space {
                continue;
            }
            if white(byte) && self.space_change {
                in_space = true;
                continue;
            }
            if in_space {
                out.push(b' ');
                in_space = false;
            }
            if byte == b'\t' && self.tab_expansion {
                let blanks = 8 - column % 8;
                out.extend(core::iter::repeat_n(b' ', blanks));
                column += blanks;
                continue;
            }
            column += 1;
            out.push(if self.icase { byte.to_ascii_lowercase() } else { byte });
        }
        if stripped {
            out.push(b'\n');
        }
    }
}

/// A part that differs: lines `a.0..a.1` of the first text are replaced by lines `b.0..b.1` of the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hunk {
    pub a: (usize, usize),
    pub b: (usize, usize),
}

/// The lines of a text, each with its newline.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::with_capacity(text.len() / 32);
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', text) {
        lines.push(text.get(start..=end).unwrap_or_default());
        start = end + 1;
    }
    if start < text.len() {
        lines.extend(text.get(start..));
    }
    lines
}

/// Numbers lines so that equal ones have equal numbers.
struct Numbers<'a> {
    /// Content by number.
    known: Vec<&'a [u8]>,
    hashes: Vec<u64>,
    /// Hash table: number + 1, 0 for free.
    table: Vec<u32>,
}

impl<'a> Numbers<'a> {
    fn new(count: usize) -> Numbers<'a> {
        let size = (count + count / 2).next_power_of_two().max(64);
        Numbers { known: Vec::with_capacity(count), hashes: Vec::with_capacity(count), table: vec![0; size] }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn number(&mut self, line: &'a [u8], hash: u64) -> u32 {
        let mut slot = self.slot(hash);
        while let Some(number) = self.table.get(slot).copied().unwrap_or(0).checked_sub(1) {
            if self.hashes.get(number as usize) == Some(&hash) && self.known.get(number as usize) == Some(&line) {
                return number;
            }
            slot = (slot + 1) & (self.table.len() - 1);
        }
        self.known.push(line);
        self.hashes.push(hash);
        let number = self.known.len() as u32;
        if let Some(place) = self.table.get_mut(slot) {
            *place = number;
        }
        if self.known.len() * 4 > self.table.len() * 3 {
            self.grow();
        }
        number - 1
    }

    #[inline(always)]
    fn slot(&self, hash: u64) -> usize {
        (hash >> 20) as usize & (self.table.len() - 1)
    }

    fn grow(&mut self) {
        self.table = vec![0; self.table.len() * 2];
        for (hash, number) in self.hashes.iter().zip(1..) {
            let mut slot = self.slot(*hash);
            while self.table.get(slot).is_some_and(|entry| *entry != 0) {
                slot = (slot + 1) & (self.table.len() - 1);
            }
            if let Some(place) = self.table.get_mut(slot) {
                *place = number;
            }
        }
    }
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn hash(line: &[u8]) -> u64 {
    let mut hash = line.len() as u64;
    let mut mix = |word: u64| hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (chunks, rest) = line.as_chunks::<8>();
    for chunk in chunks {
        mix(u64::from_le_bytes(*chunk));
    }
    let mut last = [0; 8];
    for (place, byte) in last.iter_mut().zip(rest) {
        *place = *byte;
    }
    mix(u64::from_le_bytes(last));
    hash
}

/// The hunks between two texts, in order.
pub fn compare(a: &[&[u8]], b: &[&[u8]], rules: &Rules) -> Vec<Hunk> {
    if rules.is_plain() {
        return of_lines(a, b, rules.minimal);
    }
    let mut text = Vec::new();
    let mut ends = Vec::with_capacity(a.len() + b.len());
    for line in a.iter().chain(b) {
        rules.push_normal(line, &mut text);
        ends.push(text.len());
    }
    let mut start = 0;
    let mut normal: Vec<&[u8]> = Vec::with_capacity(ends.len());
    for end in ends {
        normal.push(text.get(start..end).unwrap_or_default());
        start = end;
    }
    let (a, b) = normal.split_at(a.len().min(normal.len()));
    of_lines(a, b, rules.minimal)
}

fn of_lines(a: &[&[u8]], b: &[&[u8]], minimal: bool) -> Vec<Hunk> {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a_rest, b_rest) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let a_middle = a_rest.get(..a_rest.len() - tail).unwrap_or_default();
    let b_middle = b_rest.get(..b_rest.len() - tail).unwrap_or_default();
    if a_middle.is_empty() && b_middle.is_empty() {
        return Vec::new();
    }
    let mut numbers = Numbers::new(a_middle.len());
    // Where each content is first.
    let mut places: Vec<usize> = Vec::with_capacity(a_middle.len());
    let mut a_numbers: Vec<u32> = Vec::with_capacity(a_middle.len());
    // All are hashed first, so that the processor can fetch several slots of the table at once.
    let hashes: Vec<u64> = a_middle.iter().map(|line| hash(line)).collect();
    for (at, (line, hash)) in a_middle.iter().zip(hashes).enumerate() {
        let number = numbers.number(line, hash);
        if number as usize == places.len() {
            places.push(at);
        }
        a_numbers.push(number);
    }
    // What follows an equal line is mostly equal as well, and then has its number without a search.
    let mut next = 0usize;
    let b_numbers: Vec<u32> = b_middle
        .iter()
        .map(|line| {
            if a_middle.get(next) != Some(line) {
                let number = numbers.number(line, hash(line));
                let Some(at) = places.get(number as usize) else { return number };
                next = *at;
            }
            next += 1;
            a_numbers.get(next - 1).copied().unwrap_or(0)
        })
        .collect();
    let count = numbers.known.len();
    let mut a_changed = vec![false; a_middle.len()];
    let mut b_changed = vec![false; b_middle.len()];
    let a_kept = keep(&a_numbers, &b_numbers, count, &mut a_changed);
    let b_kept = keep(&b_numbers, &a_numbers, count, &mut b_changed);
    let of = |kept: &[usize], numbers: &[u32]| -> Vec<u32> {
        kept.iter().map(|at| numbers.get(*at).copied().unwrap_or(0)).collect()
    };
    let mut search = Search {
        a: &of(&a_kept, &a_numbers),
        b: &of(&b_kept, &b_numbers),
        forward: Vec::new(),
        backward: Vec::new(),
        limit: usize::MAX,
    };
    if !minimal {
        // As much as is affordable for texts that have nothing in common.
        let lines = search.a.len() + search.b.len();
        search.limit = ((lines as f64).sqrt() as usize).max(256);
    }
    search.run(&mut |side, at| {
        let (kept, changed) = if side { (&b_kept, &mut b_changed) } else { (&a_kept, &mut a_changed) };
        if let Some(place) = kept.get(at).and_then(|at| changed.get_mut(*at)) {
            *place = true;
        }
    });
    let hunks = hunks(&a_changed, &b_changed, head);
    slide(hunks, a, b)
}

/// Marks the lines whose content is not in the other text, and gives the places of the rest.
fn keep(own: &[u32], other: &[u32], count: usize, changed: &mut [bool]) -> Vec<usize> {
    let mut present = vec![false; count];
    for number in other {
        if let Some(place) = present.get_mut(*number as usize) {
            *place = true;
        }
    }
    let mut kept = Vec::with_capacity(own.len());
    for (at, (number, changed)) in own.iter().zip(changed).enumerate() {
        if present.get(*number as usize) == Some(&true) {
            kept.push(at);
        } else {
            *changed = true;
        }
    }
    kept
}

/// The search for the shortest way from one sequence to the other.
struct Search<'a> {
    a: &'a [u32],
    b: &'a [u32],
    /// How far each diagonal has been followed, from the beginning and from the end.
    forward: Vec<isize>,
    backward: Vec<isize>,
    /// After so many steps from both ends, the best place so far is good enough.
    limit: usize,
}

/// A part of the problem: `a.0..a.1` against `b.0..b.1`.
type Part = ((usize, usize), (usize, usize));

impl Search<'_> {
    /// Calls `changed` for each line that is not in the common sequence; true is the second text.
    fn run(&mut self, changed: &mut dyn FnMut(bool, usize)) {
        let size = self.a.len() + self.b.len() + 3;
        self.forward = vec![0; size];
        self.backward = vec![0; size];
        let mut parts: Vec<Part> = vec![((0, self.a.len()), (0, self.b.len()))];
        while let Some(((mut a0, mut a1), (mut b0, mut b1))) = parts.pop() {
            while a0 < a1 && b0 < b1 && self.a.get(a0) == self.b.get(b0) {
                a0 += 1;
                b0 += 1;
            }
            while a0 < a1 && b0 < b1 && self.a.get(a1 - 1) == self.b.get(b1 - 1) {
                a1 -= 1;
                b1 -= 1;
            }
            if a0 == a1 || b0 == b1 {
                (a0..a1).for_each(|at| changed(false, at));
                (b0..b1).for_each(|at| changed(true, at));
                continue;
            }
            let (x, y) = self.middle((a0, a1), (b0, b1));
            // A split at a corner would never end: then nothing is common as far as was searched.
            if (x, y) == (a0, b0) || (x, y) == (a1, b1) {
                (a0..a1).for_each(|at| changed(false, at));
                (b0..b1).for_each(|at| changed(true, at));
                continue;
            }
            parts.push(((x, a1), (y, b1)));
            parts.push(((a0, x), (b0, y)));
        }
    }

    /// A place that the shortest way leads through, found by following all ways from both ends at once.
    #[inline(never)]
    fn middle(&mut self, (a0, a1): (usize, usize), (b0, b1): (usize, usize)) -> (usize, usize) {
        let (a0, a1, b0, b1) = (a0 as isize, a1 as isize, b0 as isize, b1 as isize);
        // Diagonals are numbered by x - y; the arrays are indexed from the lowest one there can be.
        let (low, high) = (a0 - b1, a1 - b0);
        let shift = self.b.len() as isize + 1;
        let index = |diagonal: isize| (diagonal + shift) as usize;
        let (from, to) = (a0 - b0, a1 - b1);
        let odd = (from - to) % 2 != 0;
        let (mut f_low, mut f_high, mut b_low, mut b_high) = (from, from, to, to);
        let (a, b) = (self.a, self.b);
        let same = |x: isize, y: isize| {
            usize::try_from(x).ok().and_then(|x| a.get(x)) == usize::try_from(y).ok().and_then(|y| b.get(y))
        };
        let get =
            |places: &[isize], diagonal: isize, absent: isize| places.get(index(diagonal)).copied().unwrap_or(absent);
        put(&mut self.forward, index(from), a0);
        put(&mut self.backward, index(to), a1);
        let mut cost = 0;
        loop {
            cost += 1;
            // One step further from the beginning.
            if f_low > low {
                f_low -= 1;
                put(&mut self.forward, index(f_low - 1), isize::MIN / 2);
            } else {
                f_low += 1;
            }
            if f_high < high {
                f_high += 1;
                put(&mut self.forward, index(f_high + 1), isize::MIN / 2);
            } else {
                f_high -= 1;
            }
            let mut diagonal = f_high;
            while diagonal >= f_low {
                let below = get(&self.forward, diagonal - 1, isize::MIN / 2);
                let above = get(&self.forward, diagonal + 1, isize::MIN / 2);
                let mut x = if below < above { above } else { below + 1 };
                while x < a1 && x - diagonal < b1 && same(x, x - diagonal) {
                    x += 1;
                }
                put(&mut self.forward, index(diagonal), x);
                if odd && b_low <= diagonal && diagonal <= b_high && get(&self.backward, diagonal, isize::MAX / 2) <= x
                {
                    return place(x, x - diagonal, (a0, a1), (b0, b1));
                }
                diagonal -= 2;
            }
            // And one from the end.
            if b_low > low {
                b_low -= 1;
                put(&mut self.backward, index(b_low - 1), isize::MAX / 2);
            } else {
                b_low += 1;
            }
            if b_high < high {
                b_high += 1;
                put(&mut self.backward, index(b_high + 1), isize::MAX / 2);
            } else {
                b_high -= 1;
            }
            let mut diagonal = b_high;
            while diagonal >= b_low {
                let below = get(&self.backward, diagonal - 1, isize::MAX / 2);
                let above = get(&self.backward, diagonal + 1, isize::MAX / 2);
                let mut x = if below < above { below } else { above - 1 };
                while x > a0 && x - diagonal > b0 && same(x - 1, x - diagonal - 1) {
                    x -= 1;
                }
                put(&mut self.backward, index(diagonal), x);
                if !odd && f_low <= diagonal && diagonal <= f_high && x <= get(&self.forward, diagonal, isize::MIN / 2)
                {
                    return place(x, x - diagonal, (a0, a1), (b0, b1));
                }
                diagonal -= 2;
            }
            if cost >= self.limit {
                return self.best((a0, a1), (b0, b1), (f_low, f_high), (b_low, b_high), shift);
            }
        }
    }

    /// The place that has been reached and is furthest from its end.
    #[inline(never)]
    fn best(
        &self,
        a: (isize, isize),
        b: (isize, isize),
        forward: (isize, isize),
        backward: (isize, isize),
        shift: isize,
    ) -> (usize, usize) {
        let mut best = (a.0, b.0);
        let mut length = 0;
        let mut diagonal = forward.1;
        while diagonal >= forward.0 {
            let x = self.forward.get((diagonal + shift) as usize).copied().unwrap_or(a.0).min(a.1);
            let x = x.min(b.1 + diagonal);
            let y = x - diagonal;
            if x >= a.0 && y >= b.0 && x + y - a.0 - b.0 > length {
                length = x + y - a.0 - b.0;
                best = (x, y);
            }
            diagonal -= 2;
        }
        let mut diagonal = backward.1;
        while diagonal >= backward.0 {
            let x = self.backward.get((diagonal + shift) as usize).copied().unwrap_or(a.1).max(a.0);
            let x = x.max(b.0 + diagonal);
            let y = x - diagonal;
            if x <= a.1 && y <= b.1 && a.1 + b.1 - x - y > length {
                length = a.1 + b.1 - x - y;
                best = (x, y);
            }
            diagonal -= 2;
        }
        place(best.0, best.1, a, b)
    }
}

fn put(places: &mut [isize], index: usize, value: isize) {
    if let Some(place) = places.get_mut(index) {
        *place = value;
    }
}

/// A place, held within its part.
fn place(x: isize, y: isize, a: (isize, isize), b: (isize, isize)) -> (usize, usize) {
    (x.clamp(a.0, a.1) as usize, y.clamp(b.0, b.1) as usize)
}

/// The hunks that the marks of both texts mean; `head` lines before them are equal.
#[inline(never)]
fn hunks(a_changed: &[bool], b_changed: &[bool], head: usize) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    let (mut a, mut b) = (0, 0);
    loop {
        let (a_start, b_start) = (a, b);
        while a_changed.get(a) == Some(&true) {
            a += 1;
        }
        while b_changed.get(b) == Some(&true) {
            b += 1;
        }
        if a > a_start || b > b_start {
            hunks.push(Hunk { a: (head + a_start, head + a), b: (head + b_start, head + b) });
        }
        if a >= a_changed.len() && b >= b_changed.len() {
            return hunks;
        }
        a += 1;
        b += 1;
    }
}

/// Moves hunks that only add or only take away to where people expect them: into one with their neighbours where they can meet,
/// else as far down as they go.
#[inline(never)]
fn slide(hunks: Vec<Hunk>, a: &[&[u8]], b: &[&[u8]]) -> Vec<Hunk> {
    let mut done: Vec<Hunk> = Vec::with_capacity(hunks.len());
    let mut rest = hunks.into_iter().peekable();
    while let Some(mut hunk) = rest.next() {
        loop {
            let lines = if hunk.b.0 == hunk.b.1 { a } else { b };
            let pure = hunk.a.0 == hunk.a.1 || hunk.b.0 == hunk.b.1;
            // Down, to the next hunk or as far as it goes.
            let bound = rest.peek().map_or(a.len(), |next| next.a.0);
            while pure && hunk.a.1 < bound {
                let (start, end) = if hunk.b.0 == hunk.b.1 { hunk.a } else { hunk.b };
                if lines.get(start) != lines.get(end) {
                    break;
                }
                hunk = moved(hunk, 1);
            }
            match rest.peek() {
                Some(next) if next.a.0 == hunk.a.1 && next.b.0 == hunk.b.1 => {
                    hunk = Hunk { a: (hunk.a.0, next.a.1), b: (hunk.b.0, next.b.1) };
                    rest.next();
                }
                _ => break,
            }
        }
        // Up, where that leads to the hunk before.
        if let Some(before) = done.last_mut()
            && (hunk.a.0 == hunk.a.1 || hunk.b.0 == hunk.b.1)
        {
            let lines = if hunk.b.0 == hunk.b.1 { a } else { b };
            let mut higher = hunk;
            while higher.a.0 > before.a.1 {
                let (start, end) = if higher.b.0 == higher.b.1 { higher.a } else { higher.b };
                if start == 0 || lines.get(start - 1) != lines.get(end - 1) {
                    break;
                }
                higher = moved(higher, -1);
            }
            if higher.a.0 == before.a.1 && higher.b.0 == before.b.1 {
                *before = Hunk { a: (before.a.0, higher.a.1), b: (before.b.0, higher.b.1) };
                continue;
            }
        }
        done.push(hunk);
    }
    done
}

fn moved(hunk: Hunk, by: isize) -> Hunk {
    let go = |(start, end): (usize, usize)| (start.saturating_add_signed(by), end.saturating_add_signed(by));
    Hunk { a: go(hunk.a), b: go(hunk.b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, rules: &Rules) -> Vec<Hunk> {
        let (a, b) = (lines(a.as_bytes()), lines(b.as_bytes()));
        let hunks = compare(&a, &b, rules);
        // Applying the hunks gives the second text.
        if rules.is_plain() {
            let mut made = Vec::new();
            let mut at = 0;
            for hunk in &hunks {
                made.extend_from_slice(a.get(at..hunk.a.0).unwrap());
                made.extend_from_slice(b.get(hunk.b.0..hunk.b.1).unwrap());
                at = hunk.a.1;
            }
            made.extend_from_slice(a.get(at..).unwrap());
            assert_eq!(made, b);
        }
        hunks
    }

    #[test]
    fn small_texts() {
        let rules = Rules::default();
        assert_eq!(check("a\nb\n", "a\nb\n", &rules), []);
        assert_eq!(check("a\nb\nc\n", "a\nx\nc\n", &rules), [Hunk { a: (1, 2), b: (1, 2) }]);
        assert_eq!(check("", "a\n", &rules), [Hunk { a: (0, 0), b: (0, 1) }]);
        assert_eq!(check("a\nb\n", "a\nb", &rules), [Hunk { a: (1, 2), b: (1, 2) }]);
        // The second of two equal lines is the one that was added.
        assert_eq!(check("a\nb\n", "a\na\nb\n", &rules), [Hunk { a: (1, 1), b: (1, 2) }]);
    }

    #[test]
    fn rules() {
        let rules = Rules { space_change: true, ..Rules::default() };
        assert_eq!(check("a  b\n", "a b \n", &rules), []);
        assert_eq!(check("ab\n", "a b\n", &rules).len(), 1);
        let rules = Rules { no_space: true, icase: true, ..Rules::default() };
        assert_eq!(check("ab\n", "A b\n", &rules), []);
    }

    #[test]
    fn many_texts_come_out_whole() {
        let mut seed = 7u32;
        let mut next = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        for round in 0..2000 {
            let letters = 1 + round % 7;
            let make = |next: &mut dyn FnMut(u32) -> u32| -> String {
                (0..next(60)).map(|_| format!("{}\n", next(letters))).collect()
            };
            let (a, b) = (make(&mut next), make(&mut next));
            check(&a, &b, &Rules::default());
        }
        let a: String = (0..20_000).map(|_| format!("{}\n", next(1000))).collect();
        let b: String = (0..20_000).map(|_| format!("{}\n", next(1000))).collect();
        check(&a, &b, &Rules::default());
    }
}
