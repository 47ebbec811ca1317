//! flock - run a command while a file is locked
//! Spec: none; as util-linux and BusyBox. Deviations: none known.

use base::command;
use base::sys::process::SpawnOptions;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Order, Result, ResultExt, Status};
use core::time::Duration;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{FlockOperation, Mode, OFlags};

/// flock
pub const APPLET: Applet = base::applet!(Declaration {
    name: "flock",
    exec: Exec::no_exec("waits for a lock and runs a command"),
    summary: "Lock FILE, or the open descriptor FD, and run COMMAND meanwhile",
    operands: "FILE COMMAND [ARGUMENT]...\nFILE -c LINE\nFD",
    options: &[
        Opt::flag("s", "shared", "a lock that several may hold"),
        Opt::flag("x", "exclusive", "a lock that one may hold (default)"),
        Opt::hidden("e", ""),
        Opt::flag("u", "unlock", "give the lock of FD back"),
        Opt::flag("n", "nonblock", "fail instead of waiting"),
        Opt::hidden("", "nb"),
        Opt::value("w", "timeout", "SECONDS", Kind::Duration, "fail after waiting so long"),
        Opt::value("E", "conflict-exit-code", "NUM", Kind::Count, "the status of that failure (default 1)"),
        Opt::flag("o", "close", "COMMAND does not get the descriptor of the lock"),
        Opt::flag("F", "no-fork", "become COMMAND instead of waiting for it"),
        Opt::value("c", "command", "LINE", Kind::Text, "run LINE by sh"),
        Opt::flag("v", "verbose", "say how long it took"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

fn open(path: &[u8]) -> Result<OwnedFd> {
    // Not to be closed on exec: COMMAND holds the lock as well.
    let flags = OFlags::RDONLY | OFlags::CREATE | OFlags::NOCTTY;
    match base::fs::open(path, flags, Mode::from_raw_mode(0o666)) {
        // A directory can be locked, not created; of some files only the owner may say so.
        Err(Errno::ISDIR | Errno::ACCESS) => {
            base::fs::open(path, OFlags::RDONLY | OFlags::NOCTTY, Mode::empty()).at(path)
        }
        other => other.at(path),
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let conflict = args.count("E").map_or(1, |n| u8::try_from(n).unwrap_or(255));
    let (target, command) = match args.operands.split_first() {
        Some((target, command)) => (*target, command.to_vec()),
        None => return Err(Error::usage("missing operand")),
    };
    let line;
    let mut command: Vec<&[u8]> = command;
    if let [b"-c" | b"--command", rest @ ..] = command.as_slice() {
        let [text] = rest else { return Err(Error::usage("-c takes one argument")) };
        line = *text;
        command = vec![b"sh", b"-c", line];
    } else if let Some(text) = args.text("c") {
        command = vec![b"sh", b"-c", text];
    }
    let owned;
    let fd: BorrowedFd<'_> = if command.is_empty() {
        let number = base::number::parse_u32(target).ok().and_then(|n| i32::try_from(n).ok());
        let number = number.ok_or_else(|| Error::usage_about("bad descriptor", target))?;
        base::sys::descriptor(number)
    } else {
        owned = open(target)?;
        owned.as_fd()
    };
    let nonblock = args.has("n") || args.has("nb");
    let operation = match args.last_of(&["s", "x", "e", "u"]) {
        Some("s") => (FlockOperation::LockShared, FlockOperation::NonBlockingLockShared),
        Some("u") => (FlockOperation::Unlock, FlockOperation::NonBlockingUnlock),
        _ => (FlockOperation::LockExclusive, FlockOperation::NonBlockingLockExclusive),
    };
    match lock(fd, operation, nonblock, args.duration("w")) {
        Ok(()) => {}
        Err(Errno::AGAIN) => return Ok(Status(conflict)),
        Err(e) => return Err(Error::system(target, e)),
    }
    if command.is_empty() {
        return Ok(Status::SUCCESS);
    }
    let env = cx.env.list();
    if args.has("F") {
        return command::exec(cx, &command, &env);
    }
    let number = fd.as_raw_fd();
    let close = [number];
    let options = SpawnOptions { close: if args.has("o") { &close } else { &[] }, ..SpawnOptions::default() };
    let pid = command::spawn(cx, &command, &env, &options)?;
    Ok(Status(command::wait(pid)?.shell_status()))
}

/// Takes the lock; EAGAIN when it is held and there is no (more) waiting.
fn lock(
    fd: BorrowedFd<'_>,
    (wait, try_now): (FlockOperation, FlockOperation),
    nonblock: bool,
    timeout: Option<Duration>,
) -> Result<(), Errno> {
    let Some(timeout) = timeout.filter(|_| !nonblock) else {
        let operation = if nonblock { try_now } else { wait };
        loop {
            match rustix::fs::flock(fd, operation) {
                Err(Errno::INTR) if !base::sys::signal::should_break() => {}
                other => return other,
            }
        }
    };
    // There is no flock(2) with a time limit: it is tried again and again, more and more rarely.
    let mut waited = Duration::ZERO;
    let mut pause = Duration::from_millis(1);
    loop {
        match rustix::fs::flock(fd, try_now) {
            Err(Errno::AGAIN) if waited < timeout => {}
            other => return other,
        }
        let step = pause.min(timeout.saturating_sub(waited));
        let nap = rustix::time::Timespec {
            tv_sec: i64::try_from(step.as_secs()).unwrap_or(0),
            tv_nsec: step.subsec_nanos().into(),
        };
        let _ = rustix::thread::nanosleep(&nap);
        waited = waited.saturating_add(step);
        pause = pause.saturating_mul(2).min(Duration::from_millis(50));
    }
}
