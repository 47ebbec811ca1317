//! Arrays: a row for subscripts that are small whole numbers in order, a hash table for all others. Both keep the order in
//! which elements came, so that `for (k in a)` is the same in each run.

#![allow(clippy::indexing_slicing, reason = "slots hold numbers of entries, and are as many as the mask says")]

use crate::value::{EXACT, Format, Value};

/// In a slot: nothing.
const EMPTY: u32 = u32::MAX;
/// In a slot: an entry that was deleted.
const GONE: u32 = u32::MAX - 1;

struct Entry {
    hash: u32,
    /// None where it was deleted.
    key: Option<Value>,
    value: Value,
}

/// An array.
#[derive(Default)]
pub struct Table {
    /// The elements 0, 1, 2 ... as far as they are in order; None for those that are not there.
    row: Vec<Option<Value>>,
    in_row: usize,
    entries: Vec<Entry>,
    slots: Vec<u32>,
    live: usize,
}

/// A subscript: a whole number, or a string that is none.
pub enum Key<'a> {
    Whole(i64),
    Text(&'a [u8]),
}

impl Key<'_> {
    /// The subscript that a value is. `room` holds the string of a number that is not whole.
    #[inline]
    pub fn of<'a>(value: &'a Value, room: &'a mut Vec<u8>, format: &Format) -> Key<'a> {
        if let Value::Number(number) = value {
            let whole = *number as i64;
            if whole as f64 == *number && number.abs() < EXACT {
                return Key::Whole(whole);
            }
        }
        Key::text(value.bytes(room, format))
    }

    /// The subscript that a string is: "12" is the number, "012" is not.
    #[inline]
    pub fn text(text: &[u8]) -> Key<'_> {
        let digits = match text {
            [b'-', rest @ ..] if !rest.is_empty() => rest,
            _ => text,
        };
        if !matches!(digits.first(), Some(b'0'..=b'9')) || digits.len() > 15 {
            return Key::Text(text);
        }
        if digits[0] == b'0' && text.len() > 1 {
            return Key::Text(text);
        }
        let mut value = 0i64;
        for byte in digits {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return Key::Text(text);
            }
            value = value * 10 + i64::from(digit);
        }
        Key::Whole(if digits.len() == text.len() { value } else { -value })
    }

    fn hash(&self) -> u32 {
        let hash = match self {
            Key::Whole(whole) => whole.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15),
            Key::Text(text) => {
                let mut hash = text.len() as u64;
                let mut chunks = text.chunks_exact(8);
                for chunk in &mut chunks {
                    let word = chunk.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
                    hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                }
                let mut last = 0u64;
                for byte in chunks.remainder() {
                    last = last << 8 | u64::from(*byte);
                }
                (hash.rotate_left(5) ^ last).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            }
        };
        (hash >> 32) as u32
    }

    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Key::Whole(whole), Value::Number(number)) => *whole as f64 == *number,
            (Key::Text(text), value) => value.as_text() == Some(*text) && !matches!(value, Value::Unset),
            _ => false,
        }
    }

    fn value(&self) -> Value {
        match self {
            Key::Whole(whole) => Value::Number(*whole as f64),
            Key::Text(text) => Value::text(text),
        }
    }
}

impl Table {
    pub fn len(&self) -> usize {
        self.in_row + self.live
    }

    pub fn clear(&mut self) {
        *self = Table::default();
    }

    /// The slot of an element in the hash table.
    fn find(&self, key: &Key, hash: u32) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                EMPTY => return None,
                GONE => {}
                index => {
                    let entry = &self.entries[index as usize];
                    if entry.hash == hash && entry.key.as_ref().is_some_and(|known| key.is(known)) {
                        return Some(slot);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /// An element, if there is one.
    #[inline]
    pub fn get(&self, key: &Key) -> Option<&Value> {
        if let Key::Whole(whole) = key
            && let Ok(index) = usize::try_from(*whole)
            && let Some(place) = self.row.get(index)
        {
            return place.as_ref();
        }
        if self.live == 0 {
            return None;
        }
        let slot = self.find(key, key.hash())?;
        Some(&self.entries[self.slots[slot] as usize].value)
    }

    /// The element that a value names; as `entry`.
    #[inline]
    pub fn element(&mut self, key: &Value, room: &mut Vec<u8>, format: &Format) -> &mut Value {
        // Most are known, and in the row.
        if let Value::Number(number) = key {
            let whole = *number as i64;
            if whole as f64 == *number && matches!(self.row.get(whole as usize), Some(Some(_))) {
                return self.row[whole as usize].get_or_insert_default();
            }
        }
        self.entry(&Key::of(key, room, format))
    }

    /// An element, which comes into being if it is not there.
    #[inline]
    pub fn entry(&mut self, key: &Key) -> &mut Value {
        if let Key::Whole(whole) = key
            && let Ok(index) = usize::try_from(*whole)
            && (index < self.row.len() || self.extends_row(index))
        {
            let place = &mut self.row[index];
            if place.is_none() {
                self.in_row += 1;
            }
            return place.get_or_insert(Value::Unset);
        }
        self.hashed(key)
    }

    /// Makes room for element `index` in the row, if that is where it belongs.
    #[inline]
    fn extends_row(&mut self, index: usize) -> bool {
        let length = self.row.len();
        if index != length && !(index == 1 && length == 0) {
            return false;
        }
        // What is in the table stays there.
        if self.live > 0 {
            let key = Key::Whole(index as i64);
            if self.find(&key, key.hash()).is_some() {
                return false;
            }
        }
        self.row.resize(index + 1, None);
        true
    }

    fn hashed(&mut self, key: &Key) -> &mut Value {
        let hash = key.hash();
        if let Some(slot) = self.find(key, hash) {
            let index = self.slots[slot] as usize;
            return &mut self.entries[index].value;
        }
        if (self.entries.len() + 1) * 4 > self.slots.len() * 3 {
            self.rebuild();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] < GONE {
            slot = (slot + 1) & mask;
        }
        let index = self.entries.len();
        self.slots[slot] = index as u32;
        self.live += 1;
        self.entries.push(Entry { hash, key: Some(key.value()), value: Value::Unset });
        &mut self.entries[index].value
    }

    /// Drops what was deleted, and makes room for twice as much as there is.
    fn rebuild(&mut self) {
        if self.live < self.entries.len() {
            self.entries.retain(|entry| entry.key.is_some());
        }
        let size = (self.live * 2 + 8).next_power_of_two();
        self.slots.clear();
        self.slots.resize(size, EMPTY);
        for (index, entry) in self.entries.iter().enumerate() {
            let mut slot = entry.hash as usize & (size - 1);
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = index as u32;
        }
    }

    pub fn delete(&mut self, key: &Key) {
        if let Key::Whole(whole) = key
            && let Ok(index) = usize::try_from(*whole)
            && let Some(place) = self.row.get_mut(index)
        {
            if place.take().is_some() {
                self.in_row -= 1;
            }
            while self.row.last().is_some_and(Option::is_none) {
                self.row.pop();
            }
            return;
        }
        if let Some(slot) = self.find(key, key.hash()) {
            let index = self.slots[slot] as usize;
            self.slots[slot] = GONE;
            self.entries[index].key = None;
            self.entries[index].value = Value::Unset;
            self.live -= 1;
        }
    }

    /// Calls `each` with the subscript and the value of each element.
    pub fn each(&self, each: &mut dyn FnMut(Value, &Value)) {
        for (index, value) in self.row.iter().enumerate() {
            if let Some(value) = value {
                each(Value::Number(index as f64), value);
            }
        }
        for entry in &self.entries {
            if let Some(key) = &entry.key {
                each(key.clone(), &entry.value);
            }
        }
    }

    /// Makes the elements 1, 2 ... of so many values, which are numbered from 0 and put in their places.
    pub fn set_row(&mut self, count: usize, mut put: impl FnMut(usize, &mut Option<Value>)) {
        let mut row = core::mem::take(&mut self.row);
        if !self.slots.is_empty() {
            self.clear();
        }
        // What was there before is often as much, and its room is used again.
        row.truncate(count + 1);
        row.resize(if count == 0 { 0 } else { count + 1 }, None);
        if let Some((zero, rest)) = row.split_first_mut() {
            *zero = None;
            for (index, place) in rest.iter_mut().enumerate() {
                put(index, place);
            }
        }
        self.row = row;
        self.in_row = count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn subscripts() {
        assert!(matches!(Key::text(b"12"), Key::Whole(12)));
        assert!(matches!(Key::text(b"-3"), Key::Whole(-3)));
        assert!(matches!(Key::text(b"0"), Key::Whole(0)));
        for text in [&b"012"[..], b"-0", b"", b"-", b"1.0", b"+1", b" 1", b"1234567890123456"] {
            assert!(matches!(Key::text(text), Key::Text(_)), "{text:?}");
        }
    }

    #[test]
    fn like_a_map() {
        let mut seed = 7u64;
        let mut table = Table::default();
        let mut map = HashMap::new();
        for step in 0..200_000u32 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = (seed >> 33) % 500;
            let text = if random.is_multiple_of(3) { format!("k{random}") } else { format!("{}", random as i64 - 20) };
            let key = Key::text(text.as_bytes());
            if (seed >> 20).is_multiple_of(3) {
                table.delete(&key);
                map.remove(&text);
            } else {
                *table.entry(&key) = Value::Number(f64::from(step));
                map.insert(text, f64::from(step));
            }
            assert_eq!(table.len(), map.len());
        }
        let mut count = 0;
        table.each(&mut |key, value| {
            let mut out = Vec::new();
            key.push(&mut out, &Format::default());
            assert_eq!(map.get(&String::from_utf8(out).unwrap_or_default()), Some(&value.number()));
            count += 1;
        });
        assert_eq!(count, map.len());
        for (key, value) in &map {
            assert_eq!(table.get(&Key::text(key.as_bytes())).map(Value::number), Some(*value));
        }
    }
}
