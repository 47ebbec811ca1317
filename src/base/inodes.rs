//! Which files have been met: a table from device and inode to a number, for hard links in cp, du and tar.

/// Files with a number each. Open addressing: one vector, no allocation a file.
#[derive(Default)]
pub struct Inodes {
    /// Device, inode, number + 1; 0 is a free slot. The length is a power of two.
    slots: Vec<(u64, u64, u32)>,
    used: usize,
}

impl Inodes {
    pub fn new() -> Inodes {
        Inodes::default()
    }

    fn place(&self, dev: u64, ino: u64) -> usize {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = (ino ^ dev.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) as usize & mask;
        while let Some(slot) = self.slots.get(at) {
            if slot.2 == 0 || slot.0 == dev && slot.1 == ino {
                break;
            }
            at = at.wrapping_add(1) & mask;
        }
        at
    }

    /// The number of a file that is known; else it gets `number`, and `None` is given.
    pub fn insert(&mut self, dev: u64, ino: u64, number: u32) -> Option<u32> {
        if self.used * 2 >= self.slots.len() {
            let old = core::mem::take(&mut self.slots);
            self.slots.resize((old.len() * 2).max(64), (0, 0, 0));
            for slot in old.into_iter().filter(|s| s.2 != 0) {
                let at = self.place(slot.0, slot.1);
                if let Some(free) = self.slots.get_mut(at) {
                    *free = slot;
                }
            }
        }
        let at = self.place(dev, ino);
        let slot = self.slots.get_mut(at)?;
        if slot.2 != 0 {
            return Some(slot.2 - 1);
        }
        *slot = (dev, ino, number.saturating_add(1));
        self.used += 1;
        None
    }

    /// The number of a file that is known.
    pub fn find(&self, dev: u64, ino: u64) -> Option<u32> {
        self.slots.get(self.place(dev, ino)).and_then(|s| s.2.checked_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers() {
        let mut set = Inodes::new();
        assert_eq!(set.find(1, 1), None);
        for i in 0..5000 {
            assert_eq!(set.insert(i % 3, i, i as u32), None);
        }
        for i in 0..5000 {
            assert_eq!(set.insert(i % 3, i, 0), Some(i as u32));
        }
        assert_eq!((set.find(2, 5), set.find(0, 5)), (Some(5), None));
    }
}
