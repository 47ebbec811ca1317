//! ls - list directories
//! Spec: POSIX.1-2024. Extras: GNU's and BusyBox's options, LS_COLORS. Deviations: names are ordered by their bytes;
//! columns are separated by blanks, not tabs.

mod batch;
mod dired;
mod long;
mod settings;
mod show;
mod sort;

use crate::common::trim_slashes;
use base::meta::Meta;
use base::users::Database;
use base::walk::{Event, Follow, Walk};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, Status};
use batch::{Batch, Entry};
use rustix::fs::{CWD, FileType};
use settings::{Dots, Format, Settings};

/// ls
pub const APPLET: Applet = base::applet!(Declaration {
    name: "ls",
    place: Place::Bin,
    exec: Exec::no_fork("reads directories and writes its output"),
    summary: "List each FILE, and what is in it if it is a directory",
    operands: "[FILE]...",
    notes: "With no FILE the working directory is listed. The status is 1 where a part of a listing failed, 2 where a FILE did.",
    options: &[
        Opt::flag("a", "all", "names that begin with . too"),
        Opt::flag("A", "almost-all", "the same, but not . and .."),
        Opt::flag("l", "", "long format"),
        Opt::flag("1", "", "one name a line"),
        Opt::flag("C", "", "columns, ordered down"),
        Opt::flag("x", "", "columns, ordered across"),
        Opt::flag("m", "", "names separated by commas"),
        Opt::flag("d", "directory", "directories themselves, not what is in them"),
        Opt::flag("R", "recursive", "the directories in directories too"),
        Opt::flag("L", "dereference", "look through symbolic links"),
        Opt::flag("H", "dereference-command-line", "look through symbolic links that are operands"),
        Opt::hidden("", "dereference-command-line-symlink-to-dir"),
        Opt::flag("t", "", "newest first"),
        Opt::flag("S", "", "largest first"),
        Opt::flag("X", "", "by what follows the last dot"),
        Opt::flag("v", "", "by numbers in the names"),
        Opt::flag("U", "", "in the order of the directory"),
        Opt::flag("f", "", "the same, with -a and without -l -s and colours"),
        Opt::value(
            "",
            "sort",
            "WORD",
            Kind::Choice(&["none", "name", "size", "time", "version", "extension", "width"]),
            "order by WORD",
        ),
        Opt::flag("r", "reverse", "in reverse order"),
        Opt::flag("", "group-directories-first", "directories before files"),
        Opt::flag("c", "", "show and order by the time of status change"),
        Opt::flag("u", "", "show and order by the time of access"),
        Opt::value(
            "",
            "time",
            "WORD",
            Kind::Choice(&["atime", "access", "use", "ctime", "status", "mtime", "modification", "birth", "creation"]),
            "show and order by this time",
        ),
        Opt::flag("", "full-time", "long format with whole times"),
        Opt::flag("e", "", "the same"),
        Opt::value("", "time-style", "STYLE", Kind::Text, "full-iso, long-iso, iso, locale or +FORMAT"),
        Opt::flag("h", "human-readable", "sizes as 1.5K, 12M"),
        Opt::flag("", "si", "the same in powers of 1000"),
        Opt::flag("k", "kibibytes", "blocks of 1024 bytes for -s and totals (default)"),
        Opt::value("", "block-size", "SIZE", Kind::Text, "sizes in units of SIZE"),
        Opt::flag("i", "inode", "inode numbers"),
        Opt::flag("s", "size", "the space taken"),
        Opt::flag("n", "numeric-uid-gid", "long format with numbers of users and groups"),
        Opt::flag("g", "", "long format without the owner"),
        Opt::flag("o", "", "long format without the group"),
        Opt::flag("G", "no-group", "no group in the long format"),
        Opt::flag("", "author", "the author (the owner) in the long format"),
        Opt::flag("F", "", "add one of */=|@ to names, by type"),
        Opt::value("", "classify", "WHEN", Kind::OptionalChoice(base::term::WHEN), "the same: always, auto or never"),
        Opt::flag("", "file-type", "the same without *"),
        Opt::flag("p", "", "add / to directories"),
        Opt::value(
            "",
            "indicator-style",
            "WORD",
            Kind::Choice(&["none", "slash", "file-type", "classify"]),
            "add none, / (-p), or by type (-F)",
        ),
        Opt::flag("q", "hide-control-chars", "? for what cannot be printed"),
        Opt::flag("", "show-control-chars", "names as they are"),
        Opt::flag("b", "escape", "C's escapes for what cannot be printed"),
        Opt::flag("N", "literal", "names as they are"),
        Opt::flag("Q", "quote-name", "names as C strings"),
        Opt::value("", "quoting-style", "WORD", Kind::Text, "literal, shell[-escape][-always], c, escape"),
        Opt::value("", "color", "WHEN", Kind::OptionalChoice(base::term::WHEN), "colours: always, auto or never"),
        Opt::value("I", "ignore", "PATTERN", Kind::Text, "leave out names that match PATTERN"),
        Opt::value("", "hide", "PATTERN", Kind::Text, "the same, unless -a or -A"),
        Opt::flag("B", "ignore-backups", "leave out names that end in ~"),
        Opt::value("w", "width", "COLUMNS", Kind::Count, "the line's width; 0 is no limit"),
        Opt::value("T", "tabsize", "COLUMNS", Kind::Count, "accepted; no tabs are written"),
        Opt::flag("Z", "context", "security contexts (?)"),
        Opt::flag("D", "dired", "with -l: tell where the names stand, for Emacs"),
        Opt::flag("", "zero", "end each line with NUL"),
        Opt::value(
            "",
            "format",
            "WORD",
            Kind::Choice(&["across", "horizontal", "commas", "long", "verbose", "single-column", "vertical"]),
            "the format",
        ),
    ],
    usage_status: 2,
    run,
    ..Declaration::DEFAULT
});

/// What a listing needs besides the settings.
struct Lister {
    set: Settings,
    users: Database,
    /// The worst that has happened.
    status: u8,
    /// Something has been listed: the next one begins with an empty line.
    any: bool,
    /// The memory of the last directory's batch, for the next.
    batch: Batch,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let set = Settings::read(cx, args)?;
    let mut lister = Lister { set, users: Database::new(), status: 0, any: false, batch: Batch::default() };
    let none: [&[u8]; 1] = [b"."];
    let operands = if args.operands.is_empty() { &none[..] } else { &args.operands };
    let mut files = Batch::default();
    let mut dirs = Batch::default();
    for operand in operands {
        match lister.operand(operand) {
            Ok(meta) => {
                let list = if meta.is_dir() && !lister.set.directory { &mut dirs } else { &mut files };
                list.push(
                    operand,
                    Entry {
                        kind: FileType::from_raw_mode(meta.mode),
                        ino: meta.ino,
                        meta: Some(Box::new(meta)),
                        ..Entry::default()
                    },
                );
            }
            Err(e) => lister.warn(cx, operand, e, 2),
        }
    }
    if !files.entries.is_empty() {
        lister.finish(cx, CWD, &mut files);
        show::show(cx, &mut lister.set, &mut lister.users, &mut files, false)?;
        lister.any = true;
    }
    sort::sort(&lister.set, &mut dirs);
    let headers = lister.set.recursive || operands.len() > 1;
    let follow = if lister.set.follow == Follow::Always { Follow::Always } else { Follow::Operands };
    let mut walk = Walk::new(follow, false);
    for entry in &dirs.entries {
        walk.start(dirs.name(entry));
        lister.tree(cx, &mut walk, headers)?;
    }
    if let Some(dired) = &lister.set.dired {
        dired.finish(cx, lister.set.quoting)?;
    }
    Ok(Status(lister.status))
}

impl Lister {
    fn warn(&mut self, cx: &mut Context, path: &[u8], errno: Errno, status: u8) {
        cx.warn(Error::system(path, errno));
        self.status = self.status.max(status);
    }

    /// What an operand is: without -d -l -F, a symbolic link to a directory is that directory.
    fn operand(&self, path: &[u8]) -> Result<Meta, Errno> {
        let set = &self.set;
        if set.follow != Follow::Never {
            return Meta::of(path, true);
        }
        let meta = Meta::of(path, false)?;
        if meta.is_link()
            && set.links_to_dirs
            && let Ok(target) = Meta::of(path, true)
            && target.is_dir()
        {
            return Ok(target);
        }
        Ok(meta)
    }

    fn tree(&mut self, cx: &mut Context, walk: &mut Walk, headers: bool) -> Result<()> {
        while let Some(event) = walk.next() {
            match event {
                Event::Dir => {
                    let depth = walk.depth();
                    let path = walk.path().to_vec();
                    // A failure comes as an error of the whole operand, or of a part of the listing.
                    let worst = if depth == 0 { 2 } else { 1 };
                    let mut batch = core::mem::take(&mut self.batch);
                    batch.clear();
                    match walk.enter() {
                        Err(e) => {
                            self.batch = batch;
                            self.warn(cx, &path, e, worst);
                            continue;
                        }
                        Ok((fd, listing)) => {
                            batch.take(&self.set, listing);
                            self.fill(cx, fd, &path, &mut batch);
                            self.finish(cx, fd, &mut batch);
                            sort::sort(&self.set, &mut batch);
                            let items = core::mem::take(&mut listing.items);
                            if self.set.recursive {
                                let dirs = batch.entries.iter().filter(|e| e.kind == FileType::Directory);
                                listing.items.extend(dirs.filter_map(|e| items.get(e.item? as usize)));
                            }
                        }
                    }
                    if headers {
                        self.header(cx, &path)?;
                    }
                    self.any = true;
                    show::show(cx, &mut self.set, &mut self.users, &mut batch, true)?;
                    self.batch = batch;
                }
                Event::Error(e) => {
                    let path = walk.path().to_vec();
                    self.warn(cx, &path, e, 1);
                }
                Event::Loop => {
                    let text = base::bytes::fill("%: not listing already-listed directory", &[walk.path()]);
                    cx.warn(Error::message(text));
                    self.status = 2;
                }
                Event::File | Event::After => {}
            }
        }
        Ok(())
    }

    fn header(&mut self, cx: &mut Context, path: &[u8]) -> Result<()> {
        let mut line = Vec::new();
        if self.any {
            line.push(b'\n');
        }
        let shown = if path.iter().all(|b| *b == b'/') { trim_slashes(path) } else { path };
        let start = self.set.indent(&mut line);
        base::quote::push_name(&mut line, shown, self.set.quoting, self.set.utf8);
        let end = line.len();
        line.extend_from_slice(b":\n");
        if let Some(dired) = &mut self.set.dired {
            dired.directories.extend([start, end].map(|at| dired.written.saturating_add(at)));
            dired.written = dired.written.saturating_add(line.len());
        }
        cx.stdout.put(&line)
    }

    /// Looks at the files of a directory as far as the settings need it.
    fn fill(&mut self, cx: &mut Context, fd: rustix::fd::BorrowedFd<'_>, path: &[u8], batch: &mut Batch) {
        let follow = self.set.follow == Follow::Always;
        let Batch { names, entries } = batch;
        for entry in entries.iter_mut() {
            if !self.set.needs_meta(entry.kind) {
                continue;
            }
            let name = entry.name(names);
            let meta = match Meta::at(fd, name, follow) {
                Err(Errno::NOENT | Errno::LOOP) if follow => Meta::at(fd, name, false),
                meta => meta,
            };
            match meta {
                Ok(meta) => {
                    entry.kind = FileType::from_raw_mode(meta.mode);
                    entry.meta = Some(Box::new(meta));
                }
                Err(e) => {
                    let full = crate::common::join(path, name);
                    self.warn(cx, &full, e, 1);
                    // The long format shows question marks; a name that has gone since is left out.
                    entry.gone = e == Errno::NOENT;
                }
            }
        }
        entries.retain(|e| !e.gone);
    }

    /// Reads where symbolic links lead, as far as it is shown.
    fn finish(&mut self, cx: &mut Context, fd: rustix::fd::BorrowedFd<'_>, batch: &mut Batch) {
        let long = self.set.format == Format::Long;
        let colored = self.set.colors.is_some();
        if !long && !colored && !self.set.dirs_first {
            return;
        }
        let Batch { names, entries } = batch;
        for entry in entries.iter_mut().filter(|e| e.kind == FileType::Symlink) {
            let name = entry.name(names);
            if long {
                match base::fs::readlinkat(fd, name) {
                    Ok(target) => entry.target = Some(target.into_bytes().into()),
                    Err(e) => {
                        let name = name.to_vec();
                        self.warn(cx, &name, e, 1);
                    }
                }
            }
            if colored || self.set.dirs_first || self.set.indicator != settings::Indicator::None {
                entry.target_meta = Meta::at(fd, entry.name(names), true).ok().map(Box::new);
            }
        }
    }
}

/// Whether a name is shown at all.
fn is_shown(set: &Settings, name: &[u8]) -> bool {
    if name.starts_with(b".") && set.dots == Dots::Hidden {
        return false;
    }
    if set.backups && name.ends_with(b"~") {
        return false;
    }
    !set.ignored(name)
}
