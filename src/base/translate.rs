//! Bytes in the place of bytes, by a table: `tr`, and `y` of sed.

/// What becomes of each of the 256 bytes.
pub struct Translation {
    table: [u8; 256],
    shift: Option<Shift>,
}

/// What a table does that moves one range of bytes and nothing else, as `a-z A-Z` does.
#[derive(Clone, Copy)]
struct Shift {
    first: u8,
    /// How many bytes of the range come behind the first.
    more: u8,
    by: u8,
}

impl Translation {
    /// Each byte of `from` becomes the one at its place in `to`, the last mention counts; all others stay.
    pub fn new(from: &[u8], to: &[u8]) -> Translation {
        let mut table = [0; 256];
        for (byte, slot) in (0u8..=255).zip(&mut table) {
            *slot = byte;
        }
        for (from, to) in from.iter().zip(to) {
            if let Some(slot) = table.get_mut(usize::from(*from)) {
                *slot = *to;
            }
        }
        let mut translation = Translation { table, shift: None };
        let moves = |byte: &u8| translation.get(*byte).wrapping_sub(*byte);
        if let Some(first) = (0..=255).find(|byte| moves(byte) != 0)
            && let Some(last) = (0..=255).rfind(|byte| moves(byte) != 0)
            && (first..=last).all(|byte| moves(&byte) == moves(&first))
        {
            translation.shift = Some(Shift { first, more: last - first, by: moves(&first) });
        }
        translation
    }

    /// What becomes of `byte`.
    #[inline(always)]
    pub fn get(&self, byte: u8) -> u8 {
        self.table.get(usize::from(byte)).copied().unwrap_or(byte)
    }

    /// Translates all of `text`.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub fn apply(&self, text: &mut [u8]) {
        let rest = match self.shift {
            Some(Shift { first, more, by }) => crate::sys::shift::shift(text, first, more, by),
            None => text,
        };
        for byte in rest {
            *byte = self.get(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes() {
        let ends: [&[u8]; 4] = [b"", b"az\0\xff", b"b", b"09"];
        for first in 0..=255u8 {
            for length in [0, 1, 2, 26, 128, 200, 256] {
                let from: Vec<u8> = (0..length).map(|more| first.wrapping_add(more as u8)).collect();
                for by in [0, 1, 32, 128, 224, 255u8] {
                    for end in ends {
                        let from = [&from, end].concat();
                        let to: Vec<u8> = from.iter().map(|byte| byte.wrapping_add(by)).collect();
                        let translation = Translation::new(&from, &to);
                        let mut text: Vec<u8> = (0..300u16).map(|byte| byte as u8).collect();
                        let expected: Vec<u8> = text
                            .iter()
                            .map(|byte| if from.contains(byte) { byte.wrapping_add(by) } else { *byte })
                            .collect();
                        translation.apply(&mut text);
                        assert_eq!(text, expected);
                    }
                }
            }
        }
        let last = Translation::new(b"aab", b"xyz");
        assert_eq!((last.get(b'a'), last.get(b'b'), last.get(b'c')), (b'y', b'z', b'c'));
    }
}
