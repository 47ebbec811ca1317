//! strings - lists of byte strings in one allocation: arguments and positional parameters.

/// Byte strings one behind the other. Shifting moves a mark and copies nothing.
pub struct Strings {
    bytes: Vec<u8>,
    /// Where each string ends.
    ends: Vec<usize>,
    first: usize,
}

impl Strings {
    /// An empty list.
    #[inline(never)]
    pub fn new() -> Strings {
        Strings { bytes: Vec::new(), ends: Vec::new(), first: 0 }
    }

    /// Copies a list of slices.
    pub fn from_slices(slices: &[&[u8]]) -> Strings {
        let mut strings = Strings::new();
        for slice in slices {
            strings.push(slice);
        }
        strings
    }

    /// How many there are.
    #[inline(never)]
    pub fn len(&self) -> usize {
        self.ends.len().saturating_sub(self.first)
    }

    /// The string at `index`, from 0.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let at = self.first.checked_add(index)?;
        let end = *self.ends.get(at)?;
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..end)
    }

    /// Adds a string.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    /// Adds a number.
    pub fn push_number(&mut self, number: i64) {
        crate::arith::push_number(&mut self.bytes, number);
        self.close();
    }

    /// Makes room for so many strings with so many bytes in all.
    pub fn reserve(&mut self, strings: usize, bytes: usize) {
        self.ends.reserve(strings);
        self.bytes.reserve(bytes);
    }

    /// The bytes, to which a string may be added bit by bit; [`close`](Strings::close) ends it.
    pub fn open(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends the string that was built through [`open`](Strings::open).
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn close(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// The start of the string being built.
    pub fn open_start(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Forgets all, keeping the memory unless it is much.
    pub fn clear(&mut self) {
        if self.bytes.capacity() > 1 << 16 {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.ends.clear();
        self.first = 0;
    }

    /// Takes the strings from `index` on away, as a list of their own.
    pub fn split_off(&mut self, index: usize) -> Strings {
        let tail = self.tail(index);
        let keep = self.first.saturating_add(index);
        self.ends.truncate(keep);
        self.bytes.truncate(self.open_start());
        tail
    }

    /// Drops the first `count` strings; false where there are fewer.
    pub fn shift(&mut self, count: usize) -> bool {
        if count > self.len() {
            return false;
        }
        self.first = self.first.saturating_add(count);
        true
    }

    /// All of them, as slices.
    #[inline(never)]
    pub fn slices(&self) -> Vec<&[u8]> {
        let mut slices = Vec::with_capacity(self.len());
        for string in self.iter() {
            slices.push(string);
        }
        slices
    }

    /// The strings from `index` on, in the place of what `into` holds.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn copy_tail(&self, index: usize, into: &mut Strings) {
        into.clear();
        let from = self.first.saturating_add(index);
        let start = match from.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(self.bytes.len()),
            None => 0,
        };
        into.bytes.extend_from_slice(self.bytes.get(start..).unwrap_or_default());
        into.ends.extend_from_slice(self.ends.get(from..).unwrap_or_default());
        for end in &mut into.ends {
            *end = end.wrapping_sub(start);
        }
    }

    /// The strings from `index` on, as a list of their own.
    #[inline(never)]
    pub fn tail(&self, index: usize) -> Strings {
        let mut tail = Strings::new();
        self.copy_tail(index, &mut tail);
        tail
    }

    /// The strings from `index` on with blanks between them.
    pub fn joined(&self, index: usize) -> Vec<u8> {
        let mut text = Vec::new();
        for (at, string) in self.from(index).enumerate() {
            if at > 0 {
                text.push(b' ');
            }
            text.extend_from_slice(string);
        }
        text
    }

    /// One after the other.
    pub fn iter(&self) -> Iter<'_> {
        self.from(0)
    }

    /// One after the other, from `index` on.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub fn from(&self, index: usize) -> Iter<'_> {
        let from = self.first.saturating_add(index);
        let start = from.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        Iter { bytes: &self.bytes, ends: self.ends.get(from..).unwrap_or_default(), start }
    }
}

impl Default for Strings {
    fn default() -> Strings {
        Strings::new()
    }
}

impl Clone for Strings {
    fn clone(&self) -> Strings {
        self.tail(0)
    }
}

/// Goes through a list.
pub struct Iter<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
    /// Where the next one starts.
    start: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a [u8];

    #[cfg_attr(speed_marks, optimize(speed))]
    fn next(&mut self) -> Option<&'a [u8]> {
        let (end, rest) = self.ends.split_first()?;
        self.ends = rest;
        let start = core::mem::replace(&mut self.start, *end);
        self.bytes.get(start..*end)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.ends.len(), Some(self.ends.len()))
    }
}

impl<'a> DoubleEndedIterator for Iter<'a> {
    fn next_back(&mut self) -> Option<&'a [u8]> {
        let (end, rest) = self.ends.split_last()?;
        self.ends = rest;
        self.bytes.get(rest.last().copied().unwrap_or(self.start)..*end)
    }
}
