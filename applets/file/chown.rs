//! chown, chgrp - change the owners and groups of files
//! Spec: POSIX.1-2024. Extras: -c -f -v --from --reference --preserve-root as GNU, `owner.group`. Deviations: none known.

use crate::common::report;
use base::meta::Meta;
use base::users::{Database, Owner, OwnerError};
use base::walk::{Event, Follow, Walk};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, ResultExt, Status};
use rustix::fs::{AtFlags, Gid, Uid};

const RECURSIVE: Opt = Opt::flag("R", "recursive", "change directories and all that is in them");
const CHANGES: Opt = Opt::flag("c", "changes", "say what is changed");
const SILENT: Opt = Opt::flag("f", "silent", "no messages about files that cannot be changed");
const VERBOSE: Opt = Opt::flag("v", "verbose", "say what is done to each file");
const LINKS: Opt = Opt::flag("h", "no-dereference", "change symbolic links themselves");
const REFERENCE: Opt = Opt::value("", "reference", "FILE", Kind::Text, "take owner and group of FILE");
const FOLLOW_SOME: Opt = Opt::flag("H", "", "with -R, follow a FILE that is a symbolic link");
const FOLLOW_ALL: Opt = Opt::flag("L", "", "with -R, follow all symbolic links");
const FOLLOW_NONE: Opt = Opt::flag("P", "", "with -R, follow no symbolic link (default)");
const PRESERVE: Opt = Opt::flag("", "preserve-root", "do not work recursively on /");

/// chown
pub const CHOWN: Applet = base::applet!(Declaration {
    name: "chown",
    place: Place::Bin,
    exec: Exec::no_fork("changes owners by path and descriptor"),
    summary: "Change the owner and group of each FILE",
    operands: "[OWNER][:[GROUP]] FILE...\n--reference=FILE FILE...",
    notes: "OWNER: alone means the owner and the owner's login group. Names that do not exist may be numbers.",
    options: &[
        RECURSIVE,
        CHANGES,
        SILENT,
        VERBOSE,
        LINKS,
        Opt::flag("", "dereference", "change what symbolic links lead to (default)"),
        Opt::value("", "from", "OWNER:GROUP", Kind::Text, "only files that now belong to these"),
        REFERENCE,
        FOLLOW_SOME,
        FOLLOW_ALL,
        FOLLOW_NONE,
        PRESERVE,
        Opt::hidden("", "quiet"),
        Opt::hidden("", "no-preserve-root"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// chgrp
pub const CHGRP: Applet = base::applet!(Declaration {
    name: "chgrp",
    place: Place::Bin,
    exec: Exec::no_fork("changes groups by path and descriptor"),
    summary: "Change the group of each FILE",
    operands: "GROUP FILE...\n--reference=FILE FILE...",
    options: &[
        RECURSIVE,
        CHANGES,
        SILENT,
        VERBOSE,
        LINKS,
        Opt::flag("", "dereference", "change what symbolic links lead to (default)"),
        REFERENCE,
        FOLLOW_SOME,
        FOLLOW_ALL,
        FOLLOW_NONE,
        PRESERVE,
        Opt::hidden("", "quiet"),
        Opt::hidden("", "no-preserve-root"),
    ],
    run,
    ..Declaration::DEFAULT
});

struct Job {
    owner: Owner,
    from: Owner,
    recursive: bool,
    changes: bool,
    verbose: bool,
    silent: bool,
    users: Database,
}

fn parse_owner(users: &mut Database, spec: &[u8]) -> Result<Owner> {
    users.owner(spec).map_err(|e| {
        let what: &[u8] = if e == OwnerError::User { b"unknown user '" } else { b"unknown group '" };
        let name = match (e, memchr::memchr2(b':', b'.', spec)) {
            (OwnerError::User, Some(at)) => spec.get(..at).unwrap_or(spec),
            (OwnerError::Group, Some(at)) => spec.get(at.saturating_add(1)..).unwrap_or(spec),
            (_, None) => spec,
        };
        Error::message([what, name, b"'"].concat())
    })
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut users = Database::new();
    let groups_only = cx.applet().name() == "chgrp";
    let (owner, files) = if let Some(file) = args.text("reference") {
        let meta = Meta::of(file, true).at(file)?;
        let uid = Some(meta.uid).filter(|_| !groups_only);
        (Owner { uid, gid: Some(meta.gid) }, args.between(1, usize::MAX)?)
    } else {
        let (spec, files) =
            args.between(2, usize::MAX)?.split_first().ok_or_else(|| Error::usage("missing operand"))?;
        let owner = if groups_only {
            let Some(gid) = users.group_id(spec) else {
                return Err(Error::message_about("unknown group", spec));
            };
            Owner { uid: None, gid: Some(gid) }
        } else {
            parse_owner(&mut users, spec)?
        };
        (owner, files)
    };
    let from = match args.text("from") {
        Some(spec) => parse_owner(&mut users, spec)?,
        None => Owner::default(),
    };
    let recursive = args.has("R");
    let follow = match args.last_of(&["H", "L", "P"]).filter(|_| recursive) {
        Some("H") => Follow::Operands,
        Some("L") => Follow::Always,
        _ if recursive || args.last_of(&["h", "dereference"]) == Some("h") => Follow::Never,
        _ => Follow::Always,
    };
    let mut job = Job {
        owner,
        from,
        recursive,
        changes: args.has("c"),
        verbose: args.has("v"),
        silent: args.has("f") || args.has("quiet"),
        users,
    };
    let root = if recursive && args.has("preserve-root") { Meta::of("/", false).ok() } else { None };
    let mut walk = Walk::new(follow, false);
    for file in files {
        if root.is_some_and(|root| Meta::of(*file, false).is_ok_and(|m| m.same(&root))) {
            cx.warn(Error::message("it is dangerous to operate recursively on '/'"));
            continue;
        }
        walk.start(file);
        while let Some(event) = walk.next() {
            match event {
                Event::Dir => {
                    if !job.recursive {
                        walk.skip();
                    }
                    change(cx, &mut job, &mut walk)?;
                }
                Event::File => change(cx, &mut job, &mut walk)?,
                Event::Error(e) => failed(cx, &job, &walk, e),
                Event::After | Event::Loop => {}
            }
        }
    }
    Ok(Status::SUCCESS)
}

fn failed(cx: &mut Context, job: &Job, walk: &Walk, errno: Errno) {
    if job.silent {
        cx.failed();
    } else {
        cx.warn(Error::system(walk.path(), errno));
    }
}

fn change(cx: &mut Context, job: &mut Job, walk: &mut Walk) -> Result<()> {
    let wants_meta = job.changes || job.verbose || job.from != Owner::default();
    let meta = match wants_meta.then(|| walk.meta()) {
        Some(Err(e)) => {
            failed(cx, job, walk, e);
            walk.skip();
            return Ok(());
        }
        Some(Ok(meta)) => meta,
        None => Meta::default(),
    };
    if job.from.uid.is_some_and(|uid| uid != meta.uid) || job.from.gid.is_some_and(|gid| gid != meta.gid) {
        return Ok(());
    }
    let flags = if walk.follows() { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    let (uid, gid) = (job.owner.uid.map(Uid::from_raw), job.owner.gid.map(Gid::from_raw));
    if let Err(e) = base::fs::chownat(walk.dir(), walk.name(), uid, gid, flags) {
        failed(cx, job, walk, e);
        if e == Errno::ACCESS {
            // A directory that cannot be reached cannot be read either.
            walk.skip();
        }
        return Ok(());
    }
    let same = job.owner.uid.is_none_or(|uid| uid == meta.uid) && job.owner.gid.is_none_or(|gid| gid == meta.gid);
    if !job.verbose && (!job.changes || same) {
        return Ok(());
    }
    let groups_only = job.owner.uid.is_none();
    let mut show = |uid: u32, gid: u32| {
        let mut text = Vec::new();
        if !groups_only {
            push_name(&mut text, job.users.user_name(uid), uid);
        }
        if job.owner.gid.is_some() {
            if !groups_only {
                text.push(b':');
            }
            push_name(&mut text, job.users.group_name(gid), gid);
        }
        text
    };
    let old = show(meta.uid, meta.gid);
    let new = show(job.owner.uid.unwrap_or(meta.uid), job.owner.gid.unwrap_or(meta.gid));
    let what: &[u8] = if groups_only { b"group of '" } else { b"ownership of '" };
    if same {
        report(cx, &[what, walk.path(), b"' retained as ", &new])
    } else {
        let what: &[u8] = if groups_only { b"changed group of '" } else { b"changed ownership of '" };
        report(cx, &[what, walk.path(), b"' from ", &old, b" to ", &new])
    }
}

fn push_name(text: &mut Vec<u8>, name: Option<&[u8]>, id: u32) {
    match name {
        Some(name) => text.extend_from_slice(name),
        None => base::number::push_u64(text, u64::from(id)),
    }
}
