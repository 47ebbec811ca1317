//! Unpacking of gzip files (RFC 1952) and the deflate format inside (RFC 1951): small, for documents, not for archives.

/// The base of a length or distance code's value and its extra bits are both derived from the code (RFC 1951, 3.2.5).
const MAX_BITS: usize = 15;
const ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A canonical Huffman code: how many codes of each length there are, and the symbols in the order of their codes.
struct Code {
    counts: [u16; MAX_BITS + 1],
    symbols: Vec<u16>,
}

impl Code {
    fn new(lengths: &[u8]) -> Code {
        let mut counts = [0u16; MAX_BITS + 1];
        let mut symbols = Vec::with_capacity(lengths.len());
        for (wanted, count) in (0u8..).zip(&mut counts) {
            for (symbol, length) in (0u16..).zip(lengths) {
                if *length == wanted && wanted > 0 {
                    symbols.push(symbol);
                    *count = count.wrapping_add(1);
                }
            }
        }
        Code { counts, symbols }
    }
}

struct Bits<'b> {
    bytes: &'b [u8],
    bits: u32,
    count: u32,
}

impl Bits<'_> {
    /// The next `count` bits, at most 16.
    fn take(&mut self, count: u32) -> Option<u32> {
        while self.count < count {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            self.bits |= u32::from(*byte).wrapping_shl(self.count);
            self.count = self.count.wrapping_add(8);
        }
        let value = self.bits & 1u32.wrapping_shl(count).wrapping_sub(1);
        self.bits = self.bits.wrapping_shr(count);
        self.count = self.count.wrapping_sub(count);
        Some(value)
    }

    /// The next symbol of a code.
    fn symbol(&mut self, code: &Code) -> Option<u16> {
        let (mut value, mut first, mut index) = (0u32, 0u32, 0u32);
        for count in code.counts.iter().skip(1) {
            value |= self.take(1)?;
            let count = u32::from(*count);
            let offset = value.wrapping_sub(first);
            if value >= first && offset < count {
                return code.symbols.get(index.wrapping_add(offset) as usize).copied();
            }
            index = index.wrapping_add(count);
            first = first.wrapping_add(count).wrapping_mul(2);
            value = value.wrapping_mul(2);
        }
        None
    }
}

/// The content of a gzip file; None where it is damaged, or longer than `limit` bytes.
pub fn gunzip(file: &[u8], limit: usize) -> Option<Vec<u8>> {
    let [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, rest @ ..] = file else { return None };
    let mut rest = rest;
    if flags & 4 != 0 {
        let [low, high, after @ ..] = rest else { return None };
        rest = after.get(usize::from(u16::from_le_bytes([*low, *high]))..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            rest = rest.get(memchr::memchr(0, rest)?.wrapping_add(1)..)?;
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    inflate(rest, limit)
}

/// Unpacks a deflate stream; None where it is damaged, or longer than `limit` bytes.
pub fn inflate(bytes: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut bits = Bits { bytes, bits: 0, count: 0 };
    let mut out = Vec::new();
    loop {
        let last = bits.take(1)? == 1;
        match bits.take(2)? {
            0 => {
                bits.count = 0;
                bits.bits = 0;
                let [a, b, _, _, rest @ ..] = bits.bytes else { return None };
                let (stored, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([*a, *b])))?;
                out.extend_from_slice(stored);
                bits.bytes = rest;
            }
            1 => {
                let mut lengths = [8u8; 288];
                lengths.get_mut(144..256)?.fill(9);
                lengths.get_mut(256..280)?.fill(7);
                block(&mut bits, &Code::new(&lengths), &Code::new(&[5; 30]), &mut out, limit)?;
            }
            2 => {
                let (literals, distances) = codes(&mut bits)?;
                block(&mut bits, &literals, &distances, &mut out, limit)?;
            }
            _ => return None,
        }
        if out.len() > limit {
            return None;
        }
        if last {
            return Some(out);
        }
    }
}

/// The two codes at the beginning of a block with codes of its own.
fn codes(bits: &mut Bits) -> Option<(Code, Code)> {
    let literals = (bits.take(5)? as usize).wrapping_add(257);
    let distances = (bits.take(5)? as usize).wrapping_add(1);
    let count = (bits.take(4)? as usize).wrapping_add(4);
    let mut lengths = [0u8; 19];
    for place in ORDER.iter().take(count) {
        *lengths.get_mut(usize::from(*place))? = bits.take(3)? as u8;
    }
    let code = Code::new(&lengths);
    let mut lengths: Vec<u8> = Vec::new();
    while lengths.len() < literals.wrapping_add(distances) {
        let (length, times) = match bits.symbol(&code)? {
            16 => (*lengths.last()?, bits.take(2)?.wrapping_add(3)),
            17 => (0, bits.take(3)?.wrapping_add(3)),
            18 => (0, bits.take(7)?.wrapping_add(11)),
            length => (length as u8, 1),
        };
        lengths.extend(core::iter::repeat_n(length, times as usize));
    }
    let (first, second) = lengths.split_at_checked(literals)?;
    Some((Code::new(first), Code::new(second)))
}

fn block(bits: &mut Bits, literals: &Code, distances: &Code, out: &mut Vec<u8>, limit: usize) -> Option<()> {
    loop {
        let symbol = u32::from(bits.symbol(literals)?);
        match symbol {
            0..=255 => out.push(symbol as u8),
            256 => return Some(()),
            _ => {
                // Four codes a number of extra bits, after the first eight.
                let code = symbol.wrapping_sub(257);
                let length = match code {
                    0..=7 => code.wrapping_add(3),
                    8..=27 => {
                        let extra = (code / 4).wrapping_sub(1);
                        (4 + code % 4).wrapping_shl(extra).wrapping_add(3).wrapping_add(bits.take(extra)?)
                    }
                    28 => 258,
                    _ => return None,
                };
                let code = u32::from(bits.symbol(distances)?);
                let distance = match code {
                    0..=3 => code.wrapping_add(1),
                    4..=29 => {
                        let extra = (code / 2).wrapping_sub(1);
                        (2 + code % 2).wrapping_shl(extra).wrapping_add(1).wrapping_add(bits.take(extra)?)
                    }
                    _ => return None,
                };
                let mut from = out.len().checked_sub(distance as usize)?;
                for _ in 0..length {
                    let byte = *out.get(from)?;
                    out.push(byte);
                    from = from.wrapping_add(1);
                }
            }
        }
        if out.len() > limit {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'hello hello hello\n' | gzip -n9`
    const HELLO: &[u8] = &[
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40,
        0x90, 0x5c, 0x00, 0x3b, 0x7c, 0x8a, 0xdf, 0x12, 0x00, 0x00, 0x00,
    ];

    #[test]
    fn gzip() {
        assert_eq!(gunzip(HELLO, 100).as_deref(), Some(&b"hello hello hello\n"[..]));
        assert_eq!(gunzip(HELLO, 5), None);
        for length in 0..HELLO.len() - 8 {
            assert_eq!(HELLO.get(..length).and_then(|part| gunzip(part, 100)), None);
        }
    }

    #[test]
    fn stored() {
        assert_eq!(inflate(&[1, 2, 0, 0xfd, 0xff, b'o', b'k'], 100).as_deref(), Some(&b"ok"[..]));
        assert_eq!(inflate(&[7], 100), None);
    }
}
