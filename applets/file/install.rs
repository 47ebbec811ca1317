//! install - copy files with a mode and owner of choice, and make directories
//! Spec: none; as GNU and BusyBox. Deviations: none known.

use crate::backup::Backup;
use crate::common::{destination, dir_name, report, report_named, same_entry};
use base::copy::{Copier, CopyError, Sparse, timestamps};
use base::meta::Meta;
use base::mode::ModeChange;
use base::users::Database;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Result, ResultExt, Status};
use rustix::fd::AsFd;
use rustix::fs::{Gid, Mode, OFlags, Uid};

/// install
pub const APPLET: Applet = base::applet!(Declaration {
    name: "install",
    exec: Exec::no_exec("copies files, and may run strip"),
    summary: "Copy files and set their mode and owner",
    operands: "SOURCE DEST\nSOURCE... DIRECTORY\n-d DIRECTORY...",
    options: &[
        Opt::flag("d", "directory", "make directories and what is missing above them"),
        Opt::flag("D", "", "make what is missing above DEST"),
        Opt::value("m", "mode", "MODE", Kind::Text, "the mode (default 755)"),
        Opt::value("o", "owner", "USER", Kind::Text, "the owner"),
        Opt::value("g", "group", "GROUP", Kind::Text, "the group"),
        Opt::flag("p", "preserve-timestamps", "keep times"),
        Opt::flag("s", "strip", "run strip on the copies"),
        Opt::value("", "strip-program", "PROGRAM", Kind::Text, "instead of strip"),
        Opt::flag("C", "compare", "leave a DEST that is the same already"),
        Opt::flag("b", "", "keep what is overwritten as a backup"),
        Opt::value("", "backup", "HOW", Kind::Optional, "the same"),
        Opt::value("S", "suffix", "SUFFIX", Kind::Text, "the backup's suffix (default ~)"),
        Opt::value("t", "target-directory", "DIRECTORY", Kind::Text, "copy into DIRECTORY"),
        Opt::flag("T", "no-target-directory", "DEST is never a directory to copy into"),
        Opt::flag("v", "verbose", "say what is made"),
        Opt::hidden("c", ""),
        Opt::hidden("Z", "context"),
    ],
    run,
    ..Declaration::DEFAULT
});

struct Job {
    mode: u32,
    uid: Option<Uid>,
    gid: Option<Gid>,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let change = args.text("m").unwrap_or(b"755");
    let Some(change) = ModeChange::parse(change) else {
        return Err(Error::message_about("invalid mode", change));
    };
    let mut users = Database::new();
    let uid = match args.text("o") {
        Some(user) => {
            Some(users.user_id(user).ok_or_else(|| Error::message(base::bytes::fill("unknown user %", &[user])))?)
        }
        None => None,
    };
    let gid = match args.text("g") {
        Some(group) => {
            Some(users.group_id(group).ok_or_else(|| Error::message(base::bytes::fill("unknown group %", &[group])))?)
        }
        None => None,
    };
    let job = Job { mode: change.apply(0, args.has("d"), 0), uid: uid.map(Uid::from_raw), gid: gid.map(Gid::from_raw) };
    if args.has("d") {
        for dir in args.between(1, usize::MAX)? {
            if let Err(e) = make_dirs(cx, args, dir).and_then(|()| own_dir(&job, dir)) {
                cx.warn(e);
            }
        }
        return Ok(Status::SUCCESS);
    }
    if args.has("D") {
        if let Some(dir) = args.text("t") {
            make_dirs(cx, args, dir)?;
        } else if let Some(dest) = args.operands.last().filter(|_| args.operands.len() == 2) {
            make_dirs(cx, args, dir_name(dest))?;
        }
    }
    let to = destination(args, true)?;
    let mut copier = Copier::new();
    for source in &to.sources {
        let dest = to.of(source);
        if let Err(e) = one(cx, args, &job, &mut copier, source, &dest) {
            cx.warn(e);
        }
    }
    Ok(Status::SUCCESS)
}

/// Makes a directory and what is missing above it, mode 755.
fn make_dirs(cx: &mut Context, args: &Args, dir: &[u8]) -> Result<()> {
    let ends = dir.iter().enumerate().filter(|(at, b)| **b == b'/' && *at > 0).map(|(at, _)| at);
    for end in ends.chain([dir.len()]) {
        let part = dir.get(..end).unwrap_or(dir);
        match base::fs::mkdir(part, Mode::from_raw_mode(0o755)) {
            Ok(()) => {
                // Whatever the umask: what is installed is for everybody.
                base::sys::file::chmod_nofollow(rustix::fs::CWD, part, 0o755).at(part)?;
                if args.has("v") {
                    report_named(cx, &[b"creating directory '", part, b"'"])?;
                }
            }
            Err(_) if Meta::of(part, true).is_ok_and(|m| m.is_dir()) => {}
            Err(e) => return Err(Error::system(part, e)),
        }
    }
    Ok(())
}

fn own_dir(job: &Job, dir: &[u8]) -> Result<()> {
    let fd = base::fs::open(dir, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).at(dir)?;
    if job.uid.is_some() || job.gid.is_some() {
        rustix::fs::fchown(&fd, job.uid, job.gid).at(dir)?;
    }
    rustix::fs::fchmod(&fd, Mode::from_raw_mode(job.mode)).at(dir)
}

/// Whether `dest` is what installing `meta`, open as `from`, would make of it.
fn is_same(job: &Job, from: impl AsFd, meta: &Meta, dest: &[u8]) -> bool {
    let Ok(there) = Meta::of(dest, false) else { return false };
    if !there.is_file()
        || there.size != meta.size
        || there.permissions() != job.mode
        || job.uid.is_some_and(|uid| uid.as_raw() != there.uid)
        || job.gid.is_some_and(|gid| gid.as_raw() != there.gid)
    {
        return false;
    }
    let Ok(to) = base::fs::open(dest, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) else { return false };
    let (mut a, mut b) = (vec![0u8; 65536], vec![0u8; 65536]);
    loop {
        let (Ok(x), Ok(y)) = (base::io::read_full(from.as_fd(), &mut a), base::io::read_full(to.as_fd(), &mut b))
        else {
            return false;
        };
        if a.get(..x) != b.get(..y) {
            return false;
        }
        if x == 0 {
            return rustix::fs::seek(from.as_fd(), rustix::fs::SeekFrom::Start(0)).is_ok();
        }
    }
}

fn one(cx: &mut Context, args: &Args, job: &Job, copier: &mut Copier, source: &[u8], dest: &[u8]) -> Result<()> {
    let from = base::fs::open(source, OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty()).at(source)?;
    let meta = Meta::of_fd(&from).at(source)?;
    if meta.is_dir() {
        return Err(Error::message_about("omitting directory", source));
    }
    if args.has("C") && is_same(job, &from, &meta, dest) {
        return Ok(());
    }
    if let Ok(there) = Meta::of(dest, false) {
        if there.same(&meta) && same_entry(source, dest) {
            return Err(crate::common::told("% and % are the same file", [source, dest]));
        }
        if there.is_dir() {
            return Err(Error::system(dest, Errno::ISDIR));
        }
        // A new file, so that programs that run go on with the old one.
        match Backup::wanted(cx, args)? {
            Some(backup) => _ = backup.make(rustix::fs::CWD, dest, dest, source)?,
            None => base::fs::unlink(dest).at(dest)?,
        }
    }
    // Private until it has its owner.
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let to = base::fs::open(dest, flags, Mode::from_raw_mode(0o600)).at(dest)?;
    copier.copy(from.as_fd(), to.as_fd(), Some(&meta), Sparse::Auto).map_err(|e| match e {
        CopyError::Read(e) => Error::system(source, e),
        CopyError::Write(e) => Error::system(dest, e),
    })?;
    if args.has("v") {
        report(cx, &[b"'", source, b"' -> '", dest, b"'"])?;
    }
    if args.has("s") {
        strip(cx, args, dest)?;
    }
    // strip may have written another file of that name.
    let to = if args.has("s") {
        base::fs::open(dest, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).at(dest)?
    } else {
        to
    };
    if job.uid.is_some() || job.gid.is_some() {
        rustix::fs::fchown(&to, job.uid, job.gid).at(dest)?;
    }
    rustix::fs::fchmod(&to, Mode::from_raw_mode(job.mode)).at(dest)?;
    if args.has("p") {
        rustix::fs::futimens(&to, &timestamps(meta.atime, meta.mtime)).at(dest)?;
    }
    Ok(())
}

fn strip(cx: &mut Context, args: &Args, dest: &[u8]) -> Result<()> {
    let program = args.text("strip-program").unwrap_or(b"strip");
    // A name that begins with a dash is no option.
    let path = if dest.starts_with(b"-") { [b"./", dest].concat() } else { dest.to_vec() };
    let env = cx.env.list();
    let pid = base::command::spawn(cx, &[program, &path], &env, &base::sys::process::SpawnOptions::default())?;
    if base::command::wait(pid)?.shell_status() != 0 {
        return Err(Error::message(base::bytes::fill("% failed on '%'", &[program, dest])));
    }
    Ok(())
}
