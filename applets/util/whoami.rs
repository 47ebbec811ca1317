//! whoami - print the name of the effective user
//! Spec: as `id -un`. Extras: none. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "whoami",
    exec: Exec::no_fork("asks the kernel, reads /etc/passwd and writes"),
    summary: "Print the name of the effective user",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let uid = rustix::process::geteuid().as_raw();
    let mut users = base::users::Database::new();
    let Some(name) = users.user_name(uid) else {
        let mut text = b"cannot find name for user ID ".to_vec();
        base::number::push_u64(&mut text, u64::from(uid));
        return Err(Error::message(text));
    };
    cx.stdout.put(name)?;
    cx.stdout.byte(b'\n')?;
    Ok(cx.status())
}
