//! tty - print the name of the terminal on standard input
//! Spec: POSIX.1-2024. Extras: -s (GNU, BusyBox). Deviations: none known.

use base::{Applet, Args, Context, Declaration, Exec, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "tty",
    exec: Exec::no_fork("looks at its standard input and writes"),
    summary: "Print the name of the terminal on standard input",
    notes: "The status is 1 where standard input is no terminal.",
    options: &[Opt::flag("s", "silent", "print nothing, leave with the status alone"), Opt::hidden("", "quiet")],
    usage_status: 2,
    failure: 3,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let terminal = cx.stdin.fd().filter(|fd| rustix::termios::isatty(fd));
    let is_terminal = terminal.is_some();
    if args.has("s") || args.has("quiet") {
        return Ok(Status::truth(is_terminal));
    }
    let name = terminal.map(|fd| rustix::termios::ttyname(fd, Vec::new()));
    match name {
        Some(Ok(name)) => cx.stdout.put(name.as_bytes())?,
        // A terminal of another mount namespace has no name here.
        Some(Err(_)) => cx.stdout.put(b"/dev/tty")?,
        None => cx.stdout.put(b"not a tty")?,
    }
    cx.stdout.byte(b'\n')?;
    Ok(Status::truth(is_terminal))
}
