//! chroot - run a command in another root directory
//! Spec: GNU's. Options: --userspec, --groups, --skip-chdir. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt, Order, Place};
use base::args::Args;
use base::command;
use base::context::{Context, Status};
use base::error::{Error, Result, ResultExt};
use base::sys::process;
use base::users::Database;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "chroot",
    place: Place::UsrSbin,
    exec: Exec::no_exec("changes the root and the identity of the process, and becomes the command"),
    summary: "Run COMMAND with NEWROOT as its root directory",
    operands: "NEWROOT [COMMAND [ARGUMENT]...]",
    notes: "With no COMMAND, the shell that SHELL names is run, or /bin/sh, with -i.",
    options: &[
        Opt::value("", "userspec", "USER:GROUP", Kind::Text, "run as this user and group"),
        Opt::value("", "groups", "LIST", Kind::Text, "the supplementary groups, separated by commas"),
        Opt::flag("", "skip-chdir", "do not go to / (only where NEWROOT is /)"),
    ],
    order: Order::OptionsFirst,
    usage_status: 125,
    failure: 125,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = args.between(1, usize::MAX)?;
    let Some((root, command)) = operands.split_first() else { return Err(Error::usage("missing operand")) };
    let skip = args.has("skip-chdir");
    if skip && base::fs::readlinkat(rustix::fs::CWD, *root).is_err() && *root != b"/" {
        return Err(Error::usage("option '--skip-chdir' is only for NEWROOT /"));
    }
    let cannot = |what: &[u8]| base::error::quoted("cannot change root directory to", what);
    base::fs::with(root, |root| rustix::process::chroot(root)).map_err(|errno| Error::system(cannot(root), errno))?;
    if !skip {
        base::fs::chdir(c"/").at(b"cannot chdir to root directory")?;
    }
    // Names are looked up inside the new root, where they will be used.
    let mut database = Database::new();
    let owner = match args.text("userspec") {
        Some(spec) => {
            let bad = || Error::message_about("invalid user:", spec);
            Some(database.owner(spec).map_err(|_| bad())?)
        }
        None => None,
    };
    if let Some(list) = args.text("groups") {
        let mut groups = Vec::new();
        for name in list.split(|byte| *byte == b',').filter(|name| !name.is_empty()) {
            let bad = || Error::message_about("invalid group", name);
            groups.push(database.group_id(name).ok_or_else(bad)?);
        }
        process::set_groups(&groups).at(b"failed to set supplementary groups")?;
    } else if let Some(owner) = &owner
        && let Some(uid) = owner.uid
    {
        let gid = owner.gid.or_else(|| database.user_by_id(uid).map(|user| user.gid));
        let name = database.user_name(uid).map(<[u8]>::to_vec);
        let groups = match (name, gid) {
            (Some(name), Some(gid)) => database.groups_of(&name, gid),
            (_, gid) => gid.into_iter().collect(),
        };
        process::set_groups(&groups).at(b"failed to set supplementary groups")?;
    }
    if let Some(owner) = owner {
        let gid = owner.gid.or_else(|| owner.uid.and_then(|uid| database.user_by_id(uid)).map(|user| user.gid));
        if let Some(gid) = gid {
            process::set_gid(gid).at(b"failed to set group-ID")?;
        }
        if let Some(uid) = owner.uid {
            process::set_uid(uid).at(b"failed to set user-ID")?;
        }
    }
    let env = cx.env.list();
    if !command.is_empty() {
        return command::exec(cx, command, &env);
    }
    let shell = cx.env.get(b"SHELL").filter(|shell| !shell.is_empty()).unwrap_or(b"/bin/sh").to_vec();
    command::exec(cx, &[&shell, b"-i"], &env)
}
