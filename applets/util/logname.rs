//! logname - print the name somebody logged in with
//! Spec: POSIX.1-2024. Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "logname",
    exec: Exec::no_fork("reads files and writes"),
    summary: "Print the name this session was logged in with",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let Some(mut name) = from_audit().or_else(from_utmp) else { return Err(Error::message("no login name")) };
    name.push(b'\n');
    cx.stdout.put(&name)?;
    Ok(cx.status())
}

/// The user the kernel noted at the login, where a login does so.
fn from_audit() -> Option<Vec<u8>> {
    let text = base::slurp::read(b"/proc/self/loginuid", 64).ok()?;
    let uid = base::number::parse_u32(text.trim_ascii()).ok().filter(|uid| *uid != u32::MAX)?;
    base::users::Database::new().user_name(uid).map(<[u8]>::to_vec)
}

/// The user whom the login records have on the terminal of this process.
fn from_utmp() -> Option<Vec<u8>> {
    let terminal = [0, 1, 2].iter().find_map(|number| {
        let name = rustix::termios::ttyname(base::sys::descriptor(*number), Vec::new()).ok()?.into_bytes();
        name.strip_prefix(b"/dev/").map(<[u8]>::to_vec)
    })?;
    base::utmp::read(base::utmp::PATH)
        .into_iter()
        .find(|login| login.is_user() && login.line == terminal)
        .map(|l| l.user)
}
