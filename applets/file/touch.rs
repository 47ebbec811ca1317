//! touch - change the times of files, making them where they are missing
//! Spec: POSIX.1-2024. Extras: -h, --time, the date forms of GNU and BusyBox for -d. Deviations: none known.

use base::meta::{Meta, Stamp};
use base::time::{Zone, now, parse_date, parse_touch};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, ResultExt, Status};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

/// touch
pub const APPLET: Applet = base::applet!(Declaration {
    name: "touch",
    place: Place::Bin,
    exec: Exec::no_fork("makes files and changes their times"),
    summary: "Set the times of each FILE to now, or make it",
    operands: "FILE...",
    options: &[
        Opt::flag("c", "no-create", "do not make files"),
        Opt::flag("a", "", "only the access time"),
        Opt::flag("m", "", "only the modification time"),
        Opt::value("", "time", "WORD", Kind::Choice(&["access", "atime", "use", "modify", "mtime"]), "only this time"),
        Opt::flag("h", "no-dereference", "change symbolic links themselves"),
        Opt::value("d", "date", "DATE", Kind::Text, "set this time instead of now"),
        Opt::value("t", "", "STAMP", Kind::Text, "set this time: [[CC]YY]MMDDhhmm[.ss]"),
        Opt::value("r", "reference", "FILE", Kind::Text, "set the times of FILE"),
        Opt::hidden("f", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let files = args.between(1, usize::MAX)?;
    let zone = || Zone::load(cx.env.get(b"TZ"));
    let nofollow = args.has("h");
    let mut times: Option<(Stamp, Stamp)> = None;
    if let Some(file) = args.text("r") {
        let meta = Meta::of(file, !nofollow).at(file)?;
        times = Some((meta.atime, meta.mtime));
    }
    if let Some(text) = args.text("t") {
        let stamp =
            parse_touch(text, now().sec, &zone()).map_err(|_| Error::message_about("invalid date format", text))?;
        times = Some((stamp, stamp));
    }
    if let Some(text) = args.text("d") {
        let bad = |_| Error::message_about("invalid date", text);
        let zone = zone();
        // With -r, a relative date is relative to that file's times.
        let (atime, mtime) = times.unwrap_or((now(), now()));
        times = Some((parse_date(text, atime, &zone).map_err(bad)?, parse_date(text, mtime, &zone).map_err(bad)?));
    }
    let word = args.choice("time");
    let only_atime = args.has("a") || matches!(word, Some("access" | "atime" | "use"));
    let only_mtime = args.has("m") || matches!(word, Some("modify" | "mtime"));
    let special = |nsec| Timespec { tv_sec: 0, tv_nsec: nsec };
    let mut stamps = match times {
        Some((atime, mtime)) => base::copy::timestamps(atime, mtime),
        None => Timestamps { last_access: special(UTIME_NOW), last_modification: special(UTIME_NOW) },
    };
    if only_mtime && !only_atime {
        stamps.last_access = special(UTIME_OMIT);
    }
    if only_atime && !only_mtime {
        stamps.last_modification = special(UTIME_OMIT);
    }
    let flags = if nofollow { AtFlags::SYMLINK_NOFOLLOW } else { AtFlags::empty() };
    for file in files {
        if *file == b"-" && !nofollow {
            if let Some(fd) = cx.stdout.fd()
                && let Err(e) = rustix::fs::futimens(fd, &stamps)
            {
                cx.warn(Error::system("standard output", e));
            }
            continue;
        }
        let result = match base::fs::utimensat(CWD, file, &stamps, flags) {
            Err(Errno::NOENT) if args.has("c") => Ok(()),
            Err(Errno::NOENT) if !nofollow => create(file, &stamps),
            other => other,
        };
        if let Err(e) = result {
            cx.warn(Error::system(*file, e));
        }
    }
    Ok(Status::SUCCESS)
}

fn create(file: &[u8], stamps: &Timestamps) -> Result<(), Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = base::fs::open(file, flags, Mode::from_raw_mode(0o666))?;
    rustix::fs::futimens(fd, stamps)
}
