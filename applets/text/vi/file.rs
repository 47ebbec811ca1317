//! Files: read whole, written whole or not at all; and the recovery file that a crash leaves.

use super::{Fails, File, Stamp, Vi, push_size, quoted};
use crate::buffer::{Buffer, pos, whole_lines};
use crate::save;
use base::error::Errno;
use base::meta::Meta;
use base::replace::Replacement;
use base::{Error, Status};
use rustix::fd::AsFd;
use rustix::fs::{Mode, OFlags};

/// The largest text whose recovery file is written while one works; larger ones are saved when the editor is ended.
const KEPT_MOST: u64 = 16 << 20;
/// Edits after which it is written, however busy one is.
const KEPT_AFTER: u64 = 200;

fn text_of(error: Errno) -> &'static [u8] {
    base::error::strerror(error).as_bytes()
}

/// What could not be done with a file.
#[cold]
#[inline(never)]
fn failed(name: &[u8], errno: Errno) -> Error {
    Error::message_of("\"%\" %", &[name, text_of(errno)])
}

fn stamp(meta: &Meta) -> Stamp {
    [meta.ino as i64, meta.mtime.sec, i64::from(meta.mtime.nsec), meta.size as i64]
}

/// Where the recovery file of `name` is.
fn recovery_path(name: &[u8]) -> Vec<u8> {
    let at = base::bytes::name_start(name);
    let (folder, file) = name.split_at_checked(at).unwrap_or((&[], name));
    base::bytes::fill("%.%.vi-save", &[folder, file])
}

/// `-r` alone: the files of this directory that have a recovery file.
pub fn list_saved(cx: &mut base::Context) -> base::Result<Status> {
    let mut lines = Vec::new();
    let _ = base::fs::each_entry(b".", &mut |name, _| {
        if let Some(name) = name.strip_prefix(b".").and_then(|name| name.strip_suffix(b".vi-save")) {
            lines.extend_from_slice(name);
            lines.push(b'\n');
        }
    });
    cx.stdout.put(&lines)?;
    Ok(cx.status())
}

/// Reads a file whole.
fn read(path: &[u8]) -> Result<(Vec<u8>, Stamp), Errno> {
    let fd = base::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty())?;
    let meta = Meta::of_fd(&fd)?;
    if meta.is_dir() {
        return Err(Errno::ISDIR);
    }
    // A device may have no end; a pipe has one.
    if meta.is_device() {
        return Err(Errno::INVAL);
    }
    let stamp = stamp(&meta);
    let mut bytes = Vec::with_capacity(usize::try_from(meta.size).unwrap_or(0).min(1 << 32).saturating_add(1));
    loop {
        let filled = bytes.len();
        let room = bytes.capacity().saturating_sub(filled).max(1 << 16);
        bytes.resize(filled.saturating_add(room), 0);
        let count = base::io::read(fd.as_fd(), bytes.get_mut(filled..).unwrap_or_default())?;
        bytes.truncate(filled + count);
        if count == 0 {
            return Ok((bytes, stamp));
        }
    }
}

impl Vi<'_, '_> {
    /// Makes `name` the file that is edited; without a name, an empty text.
    pub fn load(&mut self, name: Option<Vec<u8>>, recover: bool) {
        self.drop_recovery();
        self.cur = pos(0, 0);
        self.want = 0;
        self.screen.top = 0;
        self.screen.skip = 0;
        self.kept_line = None;
        self.file = File { name: name.clone(), ..File::default() };
        let Some(name) = name else {
            self.buf = Buffer::default();
            return;
        };
        let mut said = quoted(&name);
        match read(&name) {
            Ok((bytes, stamp)) => {
                let size = bytes.len();
                self.buf = Buffer::new(bytes, true);
                self.file.stamp = Some(stamp);
                self.file.readonly =
                    base::fs::access(name.as_slice(), rustix::fs::Access::WRITE_OK).is_err_and(|e| e != Errno::NOENT);
                if self.file.readonly || self.opt.readonly {
                    said.extend_from_slice(b" [readonly]");
                }
                if self.buf.no_newline {
                    said.extend_from_slice(b" [noeol]");
                }
                if self.buf.crlf {
                    said.extend_from_slice(b" [dos]");
                }
                said.push(b' ');
                let lines = if self.buf.is_empty() { 0 } else { self.buf.count() };
                push_size(&mut said, lines, size);
            }
            Err(errno) => {
                self.buf = Buffer::default();
                self.file.is_new = errno == Errno::NOENT;
                if errno == Errno::NOENT {
                    said.extend_from_slice(b" [New]");
                } else {
                    said.push(b' ');
                    said.extend_from_slice(text_of(errno));
                    if self.is_ex {
                        self.cx.warn(Error::system(name.as_slice(), errno));
                    }
                }
            }
        }
        let saved = recovery_path(&name);
        if recover {
            match read(&saved) {
                Ok((bytes, _)) => {
                    let old = core::mem::replace(&mut self.buf, Buffer::new(bytes, true));
                    self.buf.crlf |= old.crlf && self.buf.is_empty();
                    self.buf.mark_unsaved();
                    self.file.kept = Some(0);
                    said.extend_from_slice(b" [recovered]");
                }
                Err(errno) => said = base::bytes::fill("No recovery file %: %", &[saved.as_slice(), text_of(errno)]),
            }
        } else if base::fs::access(saved.as_slice(), rustix::fs::Access::EXISTS).is_ok() {
            said.clear();
            if !self.is_ex {
                said.extend_from_slice(&saved);
                said.extend_from_slice(b" exists: vi -r restores from it");
            }
            // It is not ours to write over.
            self.file.kept = Some(u64::MAX);
        }
        self.file.written = self.buf.edits;
        self.message = said;
    }

    /// Writes lines to a file. The old content stays until the new one is whole.
    pub fn write_file(&mut self, name: &[u8], first: usize, last: usize, append: bool, force: bool) -> Fails {
        let is_own = self.file.name.as_deref() == Some(name);
        let old = Meta::of(name, true).ok();
        if !force && !append {
            if is_own && (self.opt.readonly || self.file.readonly) {
                return Err(Error::message("File is read only (add ! to override)"));
            }
            if !is_own && old.as_ref().is_some_and(Meta::is_file) {
                return Err(Error::message("File exists (add ! to override)"));
            }
            if is_own
                && (self.file.is_new || self.file.stamp.is_some())
                && old.as_ref().is_some_and(Meta::is_file)
                && old.as_ref().map(stamp) != self.file.stamp
            {
                return Err(Error::message("File has changed since it was read (add ! to override)"));
            }
        }
        let written = if append {
            save::append(name, &mut |fd| self.buf.write(first, last, fd))
        } else {
            match save::replace(name, &mut |fd| self.buf.write(first, last, fd)) {
                Err(errno) if save::is_only_in_place(errno) => {
                    // Meanwhile the recovery file has the text.
                    self.leave_recovery();
                    save::overwrite(name, &mut |fd| self.buf.write(first, last, fd))
                }
                other => other,
            }
        };
        let size = written.map_err(|errno| failed(name, errno))?;
        let lines = if self.buf.is_empty() { 0 } else { last.saturating_sub(first).saturating_add(1) };
        let whole = first == 0 && last >= self.buf.last();
        if is_own && !append {
            self.file.stamp = Meta::of(name, true).ok().as_ref().map(stamp);
            self.file.is_new = false;
            if whole {
                self.buf.mark_saved();
                self.file.written = self.buf.edits;
                self.drop_recovery();
            }
        }
        self.message = quoted(name);
        self.message.extend_from_slice(if old.is_none() { b" [New] " } else { b" " });
        push_size(&mut self.message, lines, usize::try_from(size).unwrap_or(0));
        self.message.extend_from_slice(if append { b" appended" } else { b" written" });
        Ok(())
    }

    /// Puts the lines of a file behind line `after` (from 1; 0 is before the first).
    pub fn read_into(&mut self, name: &[u8], after: usize) -> Fails {
        let (bytes, _) = read(name).map_err(|errno| failed(name, errno))?;
        let lines = self.put_bytes(&bytes, after);
        self.message = quoted(name);
        self.message.push(b' ');
        push_size(&mut self.message, lines, bytes.len());
        Ok(())
    }

    /// Puts lines behind line `after`; gives how many.
    pub fn put_bytes(&mut self, bytes: &[u8], after: usize) -> usize {
        let lines = whole_lines(bytes);
        if lines.is_empty() {
            return 0;
        }
        let after = after.min(self.buf.count());
        let at = if self.buf.is_empty() { after.min(1) } else { after };
        self.buf.insert(at, &lines);
        self.go_line(at);
        lines.len()
    }

    /// Whether a recovery file would have something new.
    pub fn wants_recovery(&self) -> bool {
        self.buf.is_modified()
            && self.file.name.is_some()
            && self.file.kept != Some(self.buf.edits)
            && self.file.kept != Some(u64::MAX)
            && self.tty.is_some()
    }

    /// Writes the recovery file, if there is something new and the text is not too large for that.
    pub fn write_recovery(&mut self) {
        let size: u64 = if self.buf.count() > 200_000 {
            u64::MAX
        } else {
            (0..self.buf.count()).map(|n| self.buf.len(n) as u64).sum()
        };
        if self.wants_recovery() && size < KEPT_MOST {
            self.leave_recovery();
        }
    }

    /// Writes it when many edits were made since, too.
    pub fn write_recovery_when_busy(&mut self) {
        let kept = self.file.kept.unwrap_or(self.file.written);
        if kept != u64::MAX && self.buf.edits.saturating_sub(kept) > KEPT_AFTER {
            self.write_recovery();
        }
    }

    /// Writes the recovery file, as the last thing before a violent end.
    pub fn leave_recovery(&mut self) {
        let Some(name) = self.file.name.clone() else { return };
        if !self.buf.is_modified() || self.file.kept == Some(u64::MAX) {
            return;
        }
        // Nothing can be done where it fails: that is what it is for.
        let path = recovery_path(&name);
        if Meta::of(path.as_slice(), false).is_ok_and(|meta| !meta.is_file()) {
            return;
        }
        if let Ok(new) = Replacement::begin(&path, 0o600) {
            let last = self.buf.last();
            let result = self.buf.write(0, last, new.file());
            if result.is_ok() && new.commit().is_ok() {
                self.file.kept = Some(self.buf.edits);
            }
        }
    }

    /// Removes the recovery file that this editor has written.
    pub fn drop_recovery(&mut self) {
        if let Some(kept) = self.file.kept.take() {
            if kept == u64::MAX {
                self.file.kept = Some(kept);
            } else if let Some(name) = &self.file.name {
                let _ = base::fs::unlink(recovery_path(name));
            }
        }
    }

    /// The commands of `~/.exrc`, where it is the user's own.
    pub fn read_exrc(&self) -> Option<Vec<u8>> {
        if self.is_ex {
            return None;
        }
        let home = self.cx.env.get(b"HOME").filter(|home| !home.is_empty())?;
        let path = base::bytes::fill("%/.exrc", &[home]);
        let meta = Meta::of(path.as_slice(), true).ok()?;
        if meta.uid != rustix::process::getuid().as_raw() || meta.permissions() & 0o022 != 0 {
            return None;
        }
        base::slurp::read(&path, 1 << 20).ok()
    }

    /// Ends with this status, unless something would be lost.
    pub fn leave(&mut self, force: bool) -> Fails {
        if self.buf.is_modified() && !force {
            return Err(Error::message("No write since last change (add ! to override)"));
        }
        self.drop_recovery();
        self.quit = Some(Status::SUCCESS.0);
        Ok(())
    }
}
