//! Backups of files that are about to be replaced: `name~`, or `name.~1~` and so on.

use crate::common::{base_name, trim_slashes};
use base::meta::Meta;
use base::{Args, Context, Error, Result};
use rustix::fd::BorrowedFd;
use rustix::fs::AtFlags;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    Never,
    /// Where there are numbered ones already.
    Existing,
    Always,
}

/// How backups are named.
pub struct Backup {
    suffix: Vec<u8>,
    numbers: Numbers,
}

impl Backup {
    /// What -b, --backup[=HOW] and -S say, and VERSION_CONTROL and SIMPLE_BACKUP_SUFFIX; `None` where none are wanted.
    pub fn wanted(cx: &Context, args: &Args) -> Result<Option<Backup>> {
        if !args.has("b") && !args.has("backup") && !args.has("S") {
            return Ok(None);
        }
        let how = args.text("backup").or_else(|| cx.env.get(b"VERSION_CONTROL")).unwrap_or(b"existing");
        let numbers = match base::bytes::word(how) {
            "none" | "off" => return Ok(None),
            "simple" | "never" => Numbers::Never,
            "existing" | "nil" | "" => Numbers::Existing,
            "numbered" | "t" => Numbers::Always,
            _ => return Err(Error::usage_about("invalid backup type", how)),
        };
        let suffix = args.text("S").or_else(|| cx.env.get(b"SIMPLE_BACKUP_SUFFIX"));
        // A suffix with a slash would lead elsewhere.
        let suffix = suffix.filter(|s| !s.is_empty() && !s.contains(&b'/')).unwrap_or(b"~").to_vec();
        Ok(Some(Backup { suffix, numbers }))
    }

    /// Whether backups never replace one another.
    pub fn keeps_all(&self) -> bool {
        self.numbers == Numbers::Always
    }

    /// Gives `name` in `dir`, which messages call `path`, the name of its backup, which is returned. That must not be the file
    /// that is to come in its place, `source`.
    pub fn make(&self, dir: BorrowedFd<'_>, name: &[u8], path: &[u8], source: &[u8]) -> Result<Vec<u8>> {
        let trimmed = trim_slashes(name);
        let exists = |path: &[u8]| Meta::at(dir, path, false).is_ok();
        let numbered = |number: u64| {
            let mut path = [trimmed, b".~"].concat();
            base::number::push_u64(&mut path, number);
            path.push(b'~');
            path
        };
        let with_number = match self.numbers {
            Numbers::Never => false,
            Numbers::Existing => exists(&numbered(1)),
            Numbers::Always => true,
        };
        let mut backup = [trimmed, self.suffix.as_slice()].concat();
        if with_number {
            backup = numbered((1..).find(|number| !exists(&numbered(*number))).unwrap_or(u64::MAX));
        }
        if base_name(source) == base_name(&backup)
            && Meta::of(source, false).is_ok_and(|s| Meta::at(dir, &backup, false).is_ok_and(|b| b.same(&s)))
        {
            return Err(crate::common::told("backing up % might destroy source; % is left", [path, source]));
        }
        base::fs::renameat(dir, name, dir, &backup).map_err(|e| Error::system(path, e))?;
        // Two names of one file: rename(2) leaves both.
        let _ = base::fs::unlinkat(dir, name, AtFlags::empty());
        Ok(backup)
    }
}
