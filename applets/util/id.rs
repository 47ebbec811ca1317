//! id - print user and group numbers and names
//! Spec: POSIX.1-2024. Extras: -z, several users (GNU). Deviations: no -Z.

use base::number::push_u64;
use base::users::Database;
use base::{Applet, Args, Context, Declaration, Error, Exec, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "id",
    exec: Exec::no_fork("asks the kernel, reads /etc/passwd and /etc/group, writes"),
    summary: "Print numbers and names of USER, or of this process",
    operands: "[USER]...",
    options: &[
        Opt::flag("u", "user", "print the effective user alone"),
        Opt::flag("g", "group", "print the effective group alone"),
        Opt::flag("G", "groups", "print all groups alone"),
        Opt::flag("n", "name", "with -u, -g, -G: names, not numbers"),
        Opt::flag("r", "real", "with -u, -g, -G: real, not effective"),
        Opt::flag("z", "zero", "with -u, -g, -G: part with zero bytes"),
        Opt::hidden("a", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Whom a process or a user stands for.
pub struct Identity {
    pub user: u32,
    pub effective_user: u32,
    pub group: u32,
    pub effective_group: u32,
    /// All groups; the real and the effective one come first.
    pub groups: Vec<u32>,
}

impl Identity {
    /// That of this process.
    pub fn own() -> Result<Identity> {
        use rustix::process::{getegid, geteuid, getgid, getgroups, getuid};
        let (group, effective_group) = (getgid().as_raw(), getegid().as_raw());
        let mut groups = vec![group];
        let others = getgroups().map_err(|errno| Error::system("getgroups", errno))?;
        for other in [effective_group].into_iter().chain(others.iter().map(|group| group.as_raw())) {
            if !groups.contains(&other) {
                groups.push(other);
            }
        }
        let (user, effective_user) = (getuid().as_raw(), geteuid().as_raw());
        Ok(Identity { user, effective_user, group, effective_group, groups })
    }

    /// That of a user by name or number.
    pub fn of(users: &mut Database, operand: &[u8]) -> Result<Identity> {
        let by_number = |users: &mut Database| {
            let uid = base::number::parse_u32(operand).ok()?;
            users.user_by_id(uid)
        };
        let found = users.user_by_name(operand).or_else(|| by_number(users));
        let user = found.ok_or_else(|| Error::message(base::bytes::fill("'%': no such user", &[operand])))?;
        let groups = users.groups_of(&user.name, user.gid);
        let (uid, gid) = (user.uid, user.gid);
        Ok(Identity { user: uid, effective_user: uid, group: gid, effective_group: gid, groups })
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut wanted = args.given.iter().filter(|given| matches!(given.id, "u" | "g" | "G")).map(|given| given.id);
    let what = wanted.next();
    if wanted.any(|other| Some(other) != what) {
        return Err(Error::usage("cannot print \"only\" of more than one choice"));
    }
    if what.is_none() && (args.has("n") || args.has("r")) {
        return Err(Error::usage("cannot print only names or real IDs in default format"));
    }
    if what.is_none() && args.has("z") {
        return Err(Error::usage("option --zero not permitted in default format"));
    }
    let mut users = Database::new();
    if args.operands.is_empty() {
        let identity = Identity::own()?;
        print(cx, args, what, &identity, &mut users, true)?;
    }
    for operand in &args.operands {
        match Identity::of(&mut users, operand) {
            Ok(identity) => print(cx, args, what, &identity, &mut users, args.operands.len() == 1)?,
            Err(error) => cx.warn(error),
        }
    }
    Ok(cx.status())
}

fn print(
    cx: &mut Context,
    args: &Args,
    what: Option<&str>,
    identity: &Identity,
    users: &mut Database,
    alone: bool,
) -> Result<()> {
    let (names, real, zero) = (args.has("n"), args.has("r"), args.has("z"));
    let mut line = Vec::new();
    let push = |line: &mut Vec<u8>, number: u32, name: Option<&[u8]>| match name.filter(|_| names) {
        Some(name) => line.extend_from_slice(name),
        None => push_u64(line, u64::from(number)),
    };
    // A number without a name is printed, and is an error where a name was asked for.
    let mut nameless: Option<(&str, u32)> = None;
    match what {
        Some("u") => {
            let number = if real { identity.user } else { identity.effective_user };
            let name = users.user_name(number);
            if name.is_none() {
                nameless = Some(("user", number));
            }
            push(&mut line, number, name);
        }
        Some("g") => {
            let number = if real { identity.group } else { identity.effective_group };
            let name = users.group_name(number);
            if name.is_none() {
                nameless = Some(("group", number));
            }
            push(&mut line, number, name);
        }
        Some(_) => {
            for (index, number) in identity.groups.iter().enumerate() {
                if index > 0 {
                    line.push(if zero { b'\0' } else { b' ' });
                }
                let name = users.group_name(*number);
                if name.is_none() {
                    nameless = Some(("group", *number));
                }
                push(&mut line, *number, name);
            }
            // With several users, their lists need an end of their own.
            if zero && !alone {
                line.push(b'\0');
            }
        }
        None => push_all(&mut line, identity, users),
    }
    if let Some((kind, number)) = nameless.filter(|_| names) {
        let mut text = base::bytes::fill("cannot find name for % ID ", &[kind.as_bytes()]);
        push_u64(&mut text, u64::from(number));
        cx.warn(Error::message(text));
    }
    line.push(if zero { b'\0' } else { b'\n' });
    cx.stdout.put(&line)
}

/// `uid=0(root) gid=0(root) groups=0(root)`, with `euid` and `egid` where they differ.
fn push_all(line: &mut Vec<u8>, identity: &Identity, users: &mut Database) {
    let push = |line: &mut Vec<u8>, label: &str, number: u32, name: Option<&[u8]>| {
        line.extend_from_slice(label.as_bytes());
        push_u64(line, u64::from(number));
        if let Some(name) = name {
            line.push(b'(');
            line.extend_from_slice(name);
            line.push(b')');
        }
    };
    push(line, "uid=", identity.user, users.user_name(identity.user));
    push(line, " gid=", identity.group, users.group_name(identity.group));
    if identity.effective_user != identity.user {
        push(line, " euid=", identity.effective_user, users.user_name(identity.effective_user));
    }
    if identity.effective_group != identity.group {
        push(line, " egid=", identity.effective_group, users.group_name(identity.effective_group));
    }
    for (index, number) in identity.groups.iter().enumerate() {
        push(line, if index == 0 { " groups=" } else { "," }, *number, users.group_name(*number));
    }
}
