//! What the parts of a patch did to files: originals that are kept, and rejects.

use super::files::File;
use super::parse::{Format, Header, Hunk};
use super::{Patcher, rejects};
use base::bytes::fill;
use base::error::{Result, ResultExt};
use base::number::push_u64;

/// What was done to a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It was written, and this was in it: to git's renames and copies all parts of a commit begin with that.
    Written,
    /// An earlier commit wrote it.
    Past,
    /// Its original is kept: a second part does not replace it.
    Kept,
    /// These rejects are in it: more is put behind them.
    Rejects,
}

impl Patcher<'_> {
    /// What earlier parts did to a file.
    #[inline(never)]
    pub(super) fn recall(&self, deed: Deed, path: &[u8]) -> Option<Vec<u8>> {
        let mut found = None;
        for (_, _, text) in self.memory.iter().filter(|memory| memory.0 == deed && memory.1 == path) {
            found.get_or_insert_with(Vec::new).extend_from_slice(text);
        }
        found
    }

    pub(super) fn forget_written(&mut self) {
        for (deed, ..) in self.memory.iter_mut().filter(|memory| memory.0 == Deed::Written) {
            *deed = Deed::Past;
        }
    }

    /// Keeps the original of a file, once.
    pub(super) fn keep(&mut self, file: &File) -> Result<()> {
        if self.recall(Deed::Kept, &file.path).is_none() {
            let backup = self.backup_file(file)?;
            file.back_up(&backup).at(&backup.path)?;
            self.memory.push((Deed::Kept, file.path.clone(), Vec::new()));
        }
        Ok(())
    }

    /// The file that keeps the original: reached as the file was.
    pub(super) fn backup_file(&self, file: &File) -> Result<Box<File>> {
        let options = &self.options;
        let slash = base::bytes::name_start(&file.path);
        let (folder, name) = file.path.split_at(slash);
        if options.numbered || options.existing {
            for number in 1..10_000u64 {
                let mut path = [folder, name, b".~"].concat();
                push_u64(&mut path, number);
                path.push(b'~');
                let candidate = self.reach(&path, options.file.is_some(), false)?;
                if candidate.meta().is_err() {
                    if options.numbered || number > 1 {
                        return Ok(candidate);
                    }
                    break;
                }
            }
        }
        let path = [options.prefix, folder, options.base_prefix, name, options.suffix].concat();
        // The prefix is the user's own word.
        self.reach(&path, false, true).or_else(|_| self.reach(&path, true, true))
    }

    /// Writes the hunks that did not fit; gives the file's name, or nothing where they are thrown away.
    pub(super) fn save_rejects(&mut self, file: &File, header: &Header, hunks: &[Hunk]) -> Result<Vec<u8>> {
        if self.options.rejects == Some(b"-") || hunks.is_empty() {
            return Ok(Vec::new());
        }
        let path = match self.options.rejects {
            Some(path) => path.to_vec(),
            None => fill("%.rej", &[self.options.output.unwrap_or(&file.path)]),
        };
        if !self.options.dry {
            let context = self.options.reject_context.unwrap_or(header.format != Format::Unified);
            let text = rejects::text(header, hunks, context);
            let own = self.options.rejects.is_some() || self.options.output.is_some() || self.options.file.is_some();
            self.memory.push((Deed::Rejects, path.clone(), text));
            let all = self.recall(Deed::Rejects, &path).unwrap_or_default();
            self.reach(&path, own, true)?.write(&all, None)?;
        }
        Ok(path)
    }
}
