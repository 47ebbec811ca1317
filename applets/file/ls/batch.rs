//! The names that are shown together, with what is known of them.

use super::settings::{Dots, Settings};
use base::meta::Meta;
use base::walk::Listing;
use rustix::fs::FileType;

/// One name.
pub struct Entry {
    pub start: usize,
    pub len: u32,
    pub kind: FileType,
    pub ino: u64,
    /// Behind a pointer, for most listings need none.
    pub meta: Option<Box<Meta>>,
    /// What a symbolic link says, and what it leads to.
    pub target: Option<Box<[u8]>>,
    pub target_meta: Option<Box<Meta>>,
    /// The place of the item in the directory's listing, for going into it later.
    pub item: Option<u32>,
    pub gone: bool,
}

impl Default for Entry {
    fn default() -> Entry {
        Entry {
            start: 0,
            len: 0,
            kind: FileType::Unknown,
            ino: 0,
            meta: None,
            target: None,
            target_meta: None,
            item: None,
            gone: false,
        }
    }
}

impl Entry {
    pub fn name<'a>(&self, names: &'a [u8]) -> &'a [u8] {
        names.get(self.start..self.start.saturating_add(self.len as usize)).unwrap_or_default()
    }
}

/// Names and entries.
#[derive(Default)]
pub struct Batch {
    pub names: Vec<u8>,
    pub entries: Vec<Entry>,
}

impl Batch {
    pub fn push(&mut self, name: &[u8], entry: Entry) {
        let start = self.names.len();
        self.names.extend_from_slice(name);
        self.entries.push(Entry { start, len: u32::try_from(name.len()).unwrap_or(0), ..entry });
    }

    pub fn clear(&mut self) {
        self.names.clear();
        self.entries.clear();
    }

    pub fn name(&self, entry: &Entry) -> &[u8] {
        entry.name(&self.names)
    }

    /// Takes over the names of a directory that are shown.
    pub fn take(&mut self, set: &Settings, listing: &Listing) {
        self.entries.reserve(listing.items.len());
        if set.dots == Dots::All {
            for name in [&b"."[..], b".."] {
                // Their inode numbers come with their attributes.
                self.push(name, Entry { kind: FileType::Directory, ..Entry::default() });
            }
        }
        for (at, item) in (0u32..).zip(&listing.items) {
            let name = listing.name(item);
            if super::is_shown(set, name) {
                self.push(name, Entry { kind: item.kind, ino: item.ino, item: Some(at), ..Entry::default() });
            }
        }
    }
}
