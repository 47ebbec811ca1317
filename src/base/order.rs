//! Sorting with one copy of the code for all: the standard library's sorts are compiled anew for each type and comparison,
//! some five KiB a time. Where speed is everything (the applet `sort`), they have their place.

use core::cmp::Ordering;

/// Runs this short are sorted by insertion.
const RUN: usize = 12;

/// The numbers from 0 to `count` - 1 (at most 2^32), in the order that `compare` gives them; equal ones keep theirs.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn indices(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<u32> {
    let mut order: Vec<u32> = (0u32..).take(count).collect();
    for run in order.chunks_mut(RUN) {
        for at in 1..run.len() {
            let mut here = at;
            while let Some([a, b]) = here.checked_sub(1).and_then(|below| run.get(below..=here)) {
                if compare(*a as usize, *b as usize) != Ordering::Greater {
                    break;
                }
                run.swap(here - 1, here);
                here -= 1;
            }
        }
    }
    let mut merged = Vec::with_capacity(count);
    let mut width = RUN;
    while width < count {
        merged.clear();
        for pair in order.chunks(width * 2) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some(a), Some(b)) = (left.first(), right.first()) {
                if compare(*a as usize, *b as usize) == Ordering::Greater {
                    merged.push(*b);
                    right = right.get(1..).unwrap_or_default();
                } else {
                    merged.push(*a);
                    left = left.get(1..).unwrap_or_default();
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        core::mem::swap(&mut order, &mut merged);
        width *= 2;
    }
    order
}

/// The first eight bytes of `text` as a number, which orders as they do. What is shorter counts as if NULs followed: where two are
/// equal, the texts are to be compared.
#[inline(always)]
pub fn lead(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        // Two reads that overlap, not one for each byte.
        None => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            (Some(head), Some(tail)) => {
                u64::from(u32::from_be_bytes(*head)) << 32
                    | u64::from(u32::from_be_bytes(*tail)) << (64usize.wrapping_sub(8 * text.len()) & 63)
            }
            _ => text.iter().rev().fold(0, |lead, byte| lead >> 8 | u64::from(*byte) << 56),
        },
    }
}

/// The order of two texts, of which mostly the first bytes tell it.
#[inline(always)]
pub fn texts(a: &[u8], b: &[u8]) -> Ordering {
    match lead(a).cmp(&lead(b)) {
        Ordering::Equal => a.cmp(b),
        decided => decided,
    }
}

/// The numbers of `keys` (at most 2^32) in the order of the keys, and where these are equal, in the one that `compare` gives.
/// Byte by byte from the last one, so that nothing is compared but what is equal.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn keyed(keys: &[u64], compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<u32> {
    let key = |index: u32| keys.get(index as usize).copied().unwrap_or(0);
    if keys.len() < 256 {
        return indices(keys.len(), &mut |a, b| match keys.get(a).cmp(&keys.get(b)) {
            Ordering::Equal => compare(a, b),
            decided => decided,
        });
    }
    let mut order: Vec<u32> = (0u32..).take(keys.len()).collect();
    let mut sorted = vec![0; keys.len()];
    let differ = keys.iter().fold(0, |differ, other| differ | (key(0) ^ other));
    for shift in [0, 8, 16, 24, 32, 40, 48, 56] {
        if differ >> shift & 0xff == 0 {
            continue;
        }
        let byte = |index: u32| usize::from((key(index) >> shift) as u8);
        let mut places = [0usize; 256];
        for index in &order {
            if let Some(place) = places.get_mut(byte(*index)) {
                *place += 1;
            }
        }
        let mut start = 0;
        for place in &mut places {
            start += core::mem::replace(place, start);
        }
        for index in &order {
            if let Some(place) = places.get_mut(byte(*index))
                && let Some(slot) = sorted.get_mut(*place)
            {
                *slot = *index;
                *place += 1;
            }
        }
        core::mem::swap(&mut order, &mut sorted);
    }
    for equal in order.chunk_by_mut(|a, b| key(*a) == key(*b)) {
        if equal.len() > 1 {
            sort(equal, &mut |a, b| compare(*a as usize, *b as usize));
        }
    }
    order
}

/// Sorts `items`; equal ones keep their order. Each is moved about once, however large it is.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn sort<T>(items: &mut [T], compare: &mut dyn FnMut(&T, &T) -> Ordering) {
    let mut order = indices(items.len(), &mut |a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    // Cycle by cycle, so that no second place for the items is needed.
    for start in 0..order.len() {
        let mut here = start;
        while let Some(slot) = order.get_mut(here) {
            let from = *slot as usize;
            *slot = here as u32;
            if from == start || from >= items.len() {
                break;
            }
            items.swap(here, from);
            here = from;
        }
    }
}

/// Sorts numbers in place: a heap, so that no order of the input makes it slow.
pub fn numbers(items: &mut [u32]) {
    let mut end = items.len();
    let mut root = end / 2;
    while end > 1 {
        if root > 0 {
            root -= 1;
        } else {
            end -= 1;
            items.swap(0, end);
        }
        let mut at = root;
        loop {
            let below = 2 * at + 1;
            let heap = items.get(..end).unwrap_or_default();
            let largest = match (heap.get(at), heap.get(below), heap.get(below + 1)) {
                (_, Some(left), Some(right)) if right > left => below + 1,
                (_, Some(_), _) => below,
                _ => break,
            };
            if heap.get(largest) <= heap.get(at) {
                break;
            }
            items.swap(at, largest);
            at = largest;
        }
    }
}

/// Sorts `items` by what `key` gives for each.
pub fn by_key<T, K: Ord>(items: &mut [T], key: &mut dyn FnMut(&T) -> K) {
    sort(items, &mut |a, b| key(a).cmp(&key(b)));
}

/// Compares names with runs of digits taken as numbers, by the rules of Debian Policy 5.6.12: `~` is before everything, even
/// the end, then come letters, then other bytes. Endings such as `.tar.gz` count only where the rest is equal, as GNU's manual says.
/// Leading zeros make no difference.
pub fn versions(a: &[u8], b: &[u8]) -> Ordering {
    by_version(stem(a), stem(b)).then_with(|| by_version(a, b))
}

/// A name without its endings: each a dot, a letter or `~`, and then letters, digits and `~`.
fn stem(mut name: &[u8]) -> &[u8] {
    while let Some((front @ [_, ..], [b'a'..=b'z' | b'A'..=b'Z' | b'~', rest @ ..])) = memchr::memrchr(b'.', name)
        .map(|dot| (name.get(..dot).unwrap_or_default(), name.get(dot + 1..).unwrap_or_default()))
        && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'~')
    {
        name = front;
    }
    name
}

fn by_version(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    let is_text = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_digit());
    let (mut x, mut y) = (a, b);
    while !x.is_empty() || !y.is_empty() {
        while is_text(x.first()) || is_text(y.first()) {
            let order = rank(x.first()).cmp(&rank(y.first()));
            if order != Ordering::Equal {
                return order;
            }
            x = x.get(1..).unwrap_or_default();
            y = y.get(1..).unwrap_or_default();
        }
        let number = |text: &'_ [u8]| {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let zeros = text.iter().take_while(|byte| **byte == b'0').count();
            (zeros.min(digits), digits)
        };
        let ((zeros_x, end_x), (zeros_y, end_y)) = (number(x), number(y));
        let digits_x = x.get(zeros_x..end_x).unwrap_or_default();
        let digits_y = y.get(zeros_y..end_y).unwrap_or_default();
        let order = digits_x.len().cmp(&digits_y.len()).then_with(|| digits_x.cmp(digits_y));
        if order != Ordering::Equal {
            return order;
        }
        x = x.get(end_x..).unwrap_or_default();
        y = y.get(end_y..).unwrap_or_default();
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_order() {
        let mut v = [&b"a10"[..], b"a9", b"a1", b"a", b"b", b"a01", b"a001", b"a2b3", b"a2b12"];
        v.sort_by(|a, b| versions(a, b).then_with(|| a.cmp(b)));
        assert_eq!(v, [&b"a"[..], b"a001", b"a01", b"a1", b"a2b3", b"a2b12", b"a9", b"a10", b"b"]);
        assert_eq!(versions(b"x-8.fc8.deb", b"x-8.6.2.fc8"), Ordering::Less);
        assert_eq!(versions(b"x.tar.gz", b"x.tar.bz2"), Ordering::Greater);
        assert_eq!(versions(b"a01", b"a1"), Ordering::Equal);
    }

    #[test]
    fn sorts_numbers() {
        let mut state = 7u32;
        for count in 0..200 {
            let mut v: Vec<u32> = Vec::new();
            for _ in 0..count {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                v.push(state >> 25);
            }
            let mut expected = v.clone();
            expected.sort();
            numbers(&mut v);
            assert_eq!(v, expected);
        }
    }

    #[test]
    fn leads_order_as_the_texts() {
        let texts = [
            &b""[..],
            b"a",
            b"a\x01",
            b"ab",
            b"abc",
            b"abcd",
            b"abcde",
            b"abcdef",
            b"abcdefg",
            b"abcdefgh",
            b"abcdefgz",
            b"abcdg",
            b"b",
            b"\xff",
        ];
        for pair in texts.windows(2) {
            assert!(lead(pair[0]) < lead(pair[1]), "{pair:?}");
        }
        assert_eq!(lead(b"abcdefgh1"), lead(b"abcdefgh2"));
    }

    #[test]
    fn sorts_by_keys_and_what_is_behind_them() {
        let mut seed: u64 = 1;
        for (count, bits) in [(0, 64), (1, 64), (255, 8), (256, 64), (1000, 4), (1000, 64), (5000, 20)] {
            let items: Vec<(u64, u64)> = (0..count)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (seed.rotate_left(32) >> (64 - bits), seed >> 60)
                })
                .collect();
            let keys: Vec<u64> = items.iter().map(|item| item.0).collect();
            let order = keyed(&keys, &mut |a, b| items[a].1.cmp(&items[b].1));
            let mut expected: Vec<usize> = (0..items.len()).collect();
            expected.sort_by_key(|index| items[*index]);
            assert_eq!(order.iter().map(|index| *index as usize).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn sorts_and_keeps_equals_in_order() {
        let mut seed: u32 = 1;
        for count in [0, 1, 2, 11, 12, 13, 100, 1000] {
            let mut items: Vec<(u32, usize)> = (0..count)
                .map(|i| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 28, i)
                })
                .collect();
            let mut expected = items.clone();
            expected.sort();
            sort(&mut items, &mut |a, b| a.0.cmp(&b.0));
            assert_eq!(items, expected);
        }
    }
}
