//! which - find commands along PATH
//! Spec: none; as BusyBox and Debian. Deviations: none known.

use crate::common::join;
use base::meta::Meta;
use base::{Applet, Args, Context, Declaration, Exec, Opt, Result, Status};
use rustix::fs::{Access, AtFlags, CWD};

/// which
pub const APPLET: Applet = base::applet!(Declaration {
    name: "which",
    exec: Exec::no_fork("looks for files and writes their names"),
    summary: "Print the path of the file that each COMMAND means",
    operands: "COMMAND...",
    options: &[Opt::flag("a", "", "print all that are found"), Opt::flag("s", "", "print nothing")],
    run,
    ..Declaration::DEFAULT
});

fn is_command(path: &[u8]) -> bool {
    Meta::of(path, true).is_ok_and(|m| m.is_file())
        && base::fs::accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let path = cx.env.get(b"PATH").unwrap_or(base::command::DEFAULT_PATH).to_vec();
    let mut status = Status::SUCCESS;
    for name in args.between(1, usize::MAX)? {
        let mut found = false;
        if name.contains(&b'/') {
            found = is_command(name);
            if found && !args.has("s") {
                cx.stdout.put(&[*name, b"\n"].concat())?;
            }
        } else if !name.is_empty() {
            for folder in path.split(|b| *b == b':') {
                let file = join(if folder.is_empty() { b"." } else { folder }, name);
                if !is_command(&file) {
                    continue;
                }
                found = true;
                if !args.has("s") {
                    cx.stdout.put(&[file.as_slice(), b"\n"].concat())?;
                }
                if !args.has("a") {
                    break;
                }
            }
        }
        if !found {
            status = Status::FAILURE;
        }
    }
    Ok(status)
}
