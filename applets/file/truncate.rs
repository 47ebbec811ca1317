//! truncate - set the sizes of files
//! Spec: none; as GNU and BusyBox. Deviations: none known.

use base::meta::Meta;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Result, ResultExt, Status};
use rustix::fs::{Mode, OFlags};

/// truncate
pub const APPLET: Applet = base::applet!(Declaration {
    name: "truncate",
    exec: Exec::no_fork("changes files by descriptor"),
    summary: "Make each FILE SIZE bytes long",
    operands: "-s SIZE FILE...",
    notes: "A SIZE may begin with + - (longer, shorter), < > (at most, at least), / % (a multiple: down, up).",
    options: &[
        Opt::value("s", "size", "SIZE", Kind::Text, "the size, or the change"),
        Opt::value("r", "reference", "FILE", Kind::Text, "take the size of FILE"),
        Opt::flag("c", "no-create", "do not make files"),
        Opt::flag("o", "io-blocks", "SIZE is in the file's blocks"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut how = b' ';
    let mut amount = 0;
    if let Some(text) = args.text("s") {
        let text = text.trim_ascii();
        let (sign, digits) = match text {
            [sign @ (b'+' | b'-' | b'<' | b'>' | b'/' | b'%'), rest @ ..] => (*sign, rest),
            _ => (b' ', text),
        };
        how = sign;
        amount = base::size::parse(digits).map_err(|_| Error::message_about("invalid size", text))?;
        if matches!(how, b'/' | b'%') && amount == 0 {
            return Err(Error::message("division by zero"));
        }
    } else if !args.has("r") {
        return Err(Error::usage("you must specify -s or -r"));
    }
    let reference = match args.text("r") {
        Some(file) => Some(Meta::of(file, true).at(file)?.size),
        None => None,
    };
    let mut flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    flags.set(OFlags::CREATE, !args.has("c"));
    for file in args.between(1, usize::MAX)? {
        let one = || -> Result<(), Errno> {
            let fd = match base::fs::open(*file, flags, Mode::from_raw_mode(0o666)) {
                Err(Errno::NOENT) if args.has("c") => return Ok(()),
                fd => fd?,
            };
            let meta = Meta::of_fd(&fd)?;
            let amount = if args.has("o") { amount.checked_mul(meta.blksize).ok_or(Errno::FBIG)? } else { amount };
            let old = reference.unwrap_or(meta.size);
            let new = match how {
                b'+' => old.checked_add(amount).ok_or(Errno::FBIG)?,
                b'-' => old.saturating_sub(amount),
                b'<' => old.min(amount),
                b'>' => old.max(amount),
                b'/' => old.saturating_sub(old.checked_rem(amount).unwrap_or(0)),
                b'%' => old.checked_next_multiple_of(amount).ok_or(Errno::FBIG)?,
                _ if args.has("s") => amount,
                _ => old,
            };
            rustix::fs::ftruncate(&fd, new)
        };
        if let Err(e) = one() {
            cx.warn(Error::system(*file, e));
        }
    }
    Ok(Status::SUCCESS)
}
