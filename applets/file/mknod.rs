//! mknod, mkfifo - make device files and named pipes
//! Spec: POSIX.1-2024 (mkfifo). Extras: mknod as GNU and BusyBox. Deviations: none known.

use base::mode::{self, ModeChange};
use base::number::parse_u64_c;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, ResultExt, Status};
use rustix::fs::{CWD, FileType, Mode};

const MODE: Opt = Opt::value("m", "mode", "MODE", Kind::Text, "give it MODE instead of a=rw less the umask");

/// mknod
pub const MKNOD: Applet = base::applet!(Declaration {
    name: "mknod",
    place: Place::Bin,
    exec: Exec::no_fork("only makes files"),
    summary: "Make the special file NAME",
    operands: "NAME TYPE [MAJOR MINOR]",
    notes: "TYPE is b for a block device, c or u for a character device, p for a named pipe.",
    options: &[MODE, Opt::hidden("Z", "context")],
    run: run_mknod,
    ..Declaration::DEFAULT
});

/// mkfifo
pub const MKFIFO: Applet = base::applet!(Declaration {
    name: "mkfifo",
    exec: Exec::no_fork("only makes files"),
    summary: "Make named pipes",
    operands: "NAME...",
    options: &[MODE, Opt::hidden("Z", "context")],
    run: run_mkfifo,
    ..Declaration::DEFAULT
});

fn wanted(args: &Args) -> Result<Option<u32>> {
    let Some(text) = args.text("m") else { return Ok(None) };
    match ModeChange::parse(text) {
        Some(change) => Ok(Some(change.apply(0o666, false, mode::umask()) & 0o7777)),
        None => Err(Error::message_about("invalid mode", text)),
    }
}

fn make(path: &[u8], kind: FileType, device: u64, mode: Option<u32>) -> Result<()> {
    base::fs::mknodat(CWD, path, kind, Mode::from_raw_mode(0o666), device).at(path)?;
    match mode {
        Some(mode) => base::sys::file::chmod_nofollow(CWD, path, mode).at(path),
        None => Ok(()),
    }
}

fn run_mknod(_: &mut Context, args: &mut Args) -> Result<Status> {
    let mode = wanted(args)?;
    let operands = args.between(2, 4)?;
    let (name, kind) = match operands {
        [name, kind, ..] => (*name, *kind),
        _ => return Err(Error::usage("missing operand")),
    };
    let number = |text: &[u8]| {
        let value = parse_u64_c(text).ok().and_then(|n| u32::try_from(n).ok());
        value.ok_or_else(|| Error::message_about("invalid device number", text))
    };
    let (file_type, device) = match (kind, operands.get(2..).unwrap_or_default()) {
        (b"p", []) => (FileType::Fifo, 0),
        (b"p", _) => return Err(Error::usage("a named pipe has no device numbers")),
        (b"b", [major, minor]) => (FileType::BlockDevice, rustix::fs::makedev(number(major)?, number(minor)?)),
        (b"c" | b"u", [major, minor]) => {
            (FileType::CharacterDevice, rustix::fs::makedev(number(major)?, number(minor)?))
        }
        (b"b" | b"c" | b"u", _) => return Err(Error::usage("a device needs MAJOR and MINOR")),
        _ => return Err(Error::usage_about("invalid type", kind)),
    };
    make(name, file_type, device, mode)?;
    Ok(Status::SUCCESS)
}

fn run_mkfifo(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mode = wanted(args)?;
    for name in args.between(1, usize::MAX)? {
        if let Err(e) = make(name, FileType::Fifo, 0, mode) {
            cx.warn(e);
        }
    }
    Ok(Status::SUCCESS)
}
