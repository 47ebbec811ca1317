//! nohup - run a command that hangups do not end
//! Spec: POSIX.1-2024. Extras: status 125 without POSIXLY_CORRECT (GNU). Deviations: none known.

use base::sys::{self, signal};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Order, Result, Status};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{Mode, OFlags};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "nohup",
    exec: Exec::no_exec("changes descriptors and a signal, becomes another program"),
    summary: "Run COMMAND so that hangups do not end it",
    operands: "COMMAND [ARGUMENT]...",
    notes: "A terminal on standard input becomes /dev/null, one on standard output becomes nohup.out (or\n\
            $HOME/nohup.out), one on standard error becomes standard output.",
    order: Order::OptionsFirst,
    usage_status: 125,
    failure: 125,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    // POSIX asks for 127, GNU keeps that for "not found".
    let failure = if cx.env.get(b"POSIXLY_CORRECT").is_some() { 127 } else { 125 };
    args.between(1, usize::MAX).map_err(|error| error.with_status(failure))?;
    let terminal = |number| rustix::termios::isatty(sys::descriptor(number));
    let [input, output, errors] = [terminal(0), terminal(1), terminal(2)];
    let failed = |what: &[u8], errno: Errno| Error::system(what, errno).with_status(failure);
    if input {
        // Write-only: a read fails instead of finding an end.
        let null = base::fs::open("/dev/null", OFlags::WRONLY, Mode::empty());
        let null = null.map_err(|errno| failed(b"/dev/null", errno))?;
        sys::duplicate_onto(null.as_raw_fd(), 0);
    }
    let mut name = Vec::new();
    if output {
        let (file, path) = open_output(cx).map_err(|(path, errno)| failed(&path, errno))?;
        sys::duplicate_onto(file.as_raw_fd(), 1);
        name = path;
    }
    let told: &[&[u8]] = match (input, output, errors) {
        (false, false, true) => &[b"redirecting stderr to stdout"],
        (true, false, true) => &[b"ignoring input and redirecting stderr to stdout"],
        (true, false, false) => &[b"ignoring input"],
        (false, true, _) => &[b"appending output to '", &name, b"'"],
        (true, true, _) => &[b"ignoring input and appending output to '", &name, b"'"],
        (false, false, false) => &[],
    };
    if !told.is_empty() {
        cx.note(&Error::message(told.concat()));
    }
    // Standard error is kept aside, so that a command that cannot be run can be told of.
    let kept = errors.then(|| rustix::io::fcntl_dupfd_cloexec(sys::descriptor(2), 3));
    if errors {
        sys::duplicate_onto(1, 2);
    }
    signal::set(1, signal::Action::Ignore).map_err(|errno| failed(b"SIGHUP", errno))?;
    let result = base::command::exec(cx, &args.operands, &cx.env.list());
    if let Some(Ok(kept)) = kept {
        sys::duplicate_onto(kept.as_raw_fd(), 2);
    }
    result
}

/// Opens nohup.out here, or else at home, for appending; only its owner may read it.
fn open_output(cx: &Context) -> Result<(OwnedFd, Vec<u8>), (Vec<u8>, Errno)> {
    let open = |path: &[u8]| {
        let flags = OFlags::CREATE | OFlags::WRONLY | OFlags::APPEND;
        base::fs::open(path, flags, Mode::RUSR | Mode::WUSR)
    };
    let here = b"nohup.out".to_vec();
    match (open(&here), cx.env.get(b"HOME")) {
        (Ok(file), _) => Ok((file, here)),
        (Err(errno), None) => Err((here, errno)),
        (Err(_), Some(home)) => {
            let path = base::bytes::fill("%/nohup.out", &[home]);
            match open(&path) {
                Ok(file) => Ok((file, path)),
                Err(errno) => Err((path, errno)),
            }
        }
    }
}
