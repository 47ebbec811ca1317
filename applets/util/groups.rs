//! groups - print the groups a user is in
//! Spec: BusyBox, GNU. Extras: none. Deviations: none known.

use crate::id::Identity;
use base::users::Database;
use base::{Applet, Args, Context, Declaration, Error, Exec, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "groups",
    exec: Exec::no_fork("asks the kernel, reads /etc/passwd and /etc/group, writes"),
    summary: "Print the groups that each USER, or this process, is in",
    operands: "[USER]...",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut users = Database::new();
    if args.operands.is_empty() {
        let identity = Identity::own()?;
        print(cx, &mut users, &identity)?;
    }
    for operand in &args.operands {
        match Identity::of(&mut users, operand) {
            Ok(identity) => {
                cx.stdout.put(operand)?;
                cx.stdout.put(b" : ")?;
                print(cx, &mut users, &identity)?;
            }
            Err(error) => cx.warn(error),
        }
    }
    Ok(cx.status())
}

fn print(cx: &mut Context, users: &mut Database, identity: &Identity) -> Result<()> {
    let mut line = Vec::new();
    for number in &identity.groups {
        if !line.is_empty() {
            line.push(b' ');
        }
        match users.group_name(*number) {
            Some(name) => line.extend_from_slice(name),
            None => {
                base::number::push_u64(&mut line, u64::from(*number));
                let mut text = b"cannot find name for group ID ".to_vec();
                base::number::push_u64(&mut text, u64::from(*number));
                cx.warn(Error::message(text));
            }
        }
    }
    line.push(b'\n');
    cx.stdout.put(&line)
}
