//! Conversions of the data.

use super::tables;

#[derive(Clone, Copy)]
pub enum Table {
    Ascii,
    Ebcdic,
    Ibm,
}

/// Which conversions are wanted.
#[derive(Clone, Copy, Default)]
pub struct Convert {
    pub table: Option<Table>,
    /// Upper case, or lower case.
    pub case: Option<bool>,
    pub swab: bool,
    /// Lines to records of `cbs` bytes, and back.
    pub block: bool,
    pub unblock: bool,
    pub cbs: usize,
}

/// A conversion under way.
pub struct Running {
    what: Convert,
    /// Every byte's replacement.
    map: Option<Box<[u8; 256]>>,
    /// The byte that waits for its partner (swab).
    odd: Option<u8>,
    /// How much of a record there is, and the blanks that may be its end.
    column: usize,
    blanks: usize,
    /// Records that were longer than cbs.
    pub truncated: u64,
}

impl Convert {
    /// Whether the data is changed at all.
    pub fn changes(&self) -> bool {
        self.table.is_some() || self.case.is_some() || self.swab || self.block || self.unblock
    }

    pub fn start(self) -> Running {
        let mut map = Box::new([0u8; 256]);
        for (byte, slot) in (0u8..=255).zip(map.iter_mut()) {
            let look = |table: &[u8; 256], b: u8| table.get(usize::from(b)).copied().unwrap_or(b);
            let fold = |b: u8| match self.case {
                Some(true) => b.to_ascii_uppercase(),
                Some(false) => b.to_ascii_lowercase(),
                None => b,
            };
            // Case is of ASCII: before the way to EBCDIC, after the way from it.
            *slot = match self.table {
                Some(Table::Ascii) => fold(look(&tables::ASCII, byte)),
                Some(Table::Ebcdic) => look(&tables::EBCDIC, fold(byte)),
                Some(Table::Ibm) => look(&tables::IBM, fold(byte)),
                None => fold(byte),
            };
        }
        let needed = self.table.is_some() || self.case.is_some();
        Running { what: self, map: needed.then_some(map), odd: None, column: 0, blanks: 0, truncated: 0 }
    }
}

impl Running {
    /// Converts one input block.
    pub fn block(&mut self, block: &mut [u8], out: &mut Vec<u8>) {
        if !self.what.swab {
            return self.mapped(block, out);
        }
        let mut swapped = Vec::with_capacity(block.len().saturating_add(1));
        for &b in block.iter() {
            match self.odd.take() {
                Some(first) => swapped.extend([b, first]),
                None => self.odd = Some(b),
            }
        }
        self.mapped(&mut swapped, out);
    }

    fn mapped(&mut self, bytes: &mut [u8], out: &mut Vec<u8>) {
        // Records are made of lines in ASCII, and taken apart in what becomes ASCII: block, then map; map, then unblock.
        if self.what.block {
            let start = out.len();
            self.pad_lines(bytes, out);
            self.replace(out.get_mut(start..).unwrap_or_default());
        } else {
            self.replace(bytes);
            if self.what.unblock { self.cut_records(bytes, out) } else { out.extend_from_slice(bytes) }
        }
    }

    fn replace(&self, bytes: &mut [u8]) {
        if let Some(map) = &self.map {
            for b in bytes {
                *b = map.get(usize::from(*b)).copied().unwrap_or(*b);
            }
        }
    }

    fn pad_lines(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &b in bytes {
            if b == b'\n' {
                let missing = self.what.cbs.saturating_sub(self.column);
                out.resize(out.len().saturating_add(missing), b' ');
                self.column = 0;
            } else {
                if self.column < self.what.cbs {
                    out.push(b);
                } else if self.column == self.what.cbs {
                    self.truncated = self.truncated.saturating_add(1);
                }
                self.column = self.column.saturating_add(1);
            }
        }
    }

    fn cut_records(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &b in bytes {
            if self.column >= self.what.cbs {
                (self.column, self.blanks) = (0, 0);
                out.push(b'\n');
            }
            self.column = self.column.saturating_add(1);
            if b == b' ' {
                self.blanks = self.blanks.saturating_add(1);
            } else {
                out.resize(out.len().saturating_add(core::mem::take(&mut self.blanks)), b' ');
                out.push(b);
            }
        }
    }

    /// What is left at the end of the input.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(last) = self.odd.take() {
            self.mapped(&mut [last], out);
        }
        if self.column > 0 {
            if self.what.block {
                let start = out.len();
                out.resize(start.saturating_add(self.what.cbs.saturating_sub(self.column)), b' ');
                self.replace(out.get_mut(start..).unwrap_or_default());
            } else if self.what.unblock {
                out.push(b'\n');
            }
            self.column = 0;
        }
    }
}
