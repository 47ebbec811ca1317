//! unshare - run a command in new namespaces
//! Spec: util-linux's. Deviations: no ranges in --map-users and --map-groups (they need set-uid helpers), no time offsets.

use base::applet::{Applet, Declaration, Exec, Kind, Opt, Order};
use base::args::{Args, Value};
use base::command;
use base::context::{Context, Status};
use base::error::{Errno, Error, Result, ResultExt};
use base::io::write_all;
use base::number::{push_i64, push_u64};
use base::signal as names;
use base::sys::process::{self, namespace};
use base::sys::{self, signal};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::mount::{MountFlags, MountPropagationFlags};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "unshare",
    exec: Exec::no_exec("moves the process into other namespaces, and becomes the command"),
    summary: "Run COMMAND in new namespaces",
    operands: "[COMMAND [ARGUMENT]...]",
    notes: "With no COMMAND, the shell that SHELL names is run, or /bin/sh. With a FILE, the namespace is kept there\n\
            by a bind mount.",
    options: &[
        Opt::value("m", "mount", "FILE", Kind::OptionalLong, "a mount namespace"),
        Opt::value("u", "uts", "FILE", Kind::OptionalLong, "a namespace for the host's name"),
        Opt::value("i", "ipc", "FILE", Kind::OptionalLong, "a namespace for System V IPC"),
        Opt::value("n", "net", "FILE", Kind::OptionalLong, "a network namespace"),
        Opt::value("p", "pid", "FILE", Kind::OptionalLong, "a namespace for process numbers"),
        Opt::value("U", "user", "FILE", Kind::OptionalLong, "a user namespace"),
        Opt::value("C", "cgroup", "FILE", Kind::OptionalLong, "a cgroup namespace"),
        Opt::value("T", "time", "FILE", Kind::OptionalLong, "a time namespace"),
        Opt::flag("f", "fork", "fork before COMMAND is run"),
        Opt::flag("r", "map-root-user", "be root in the user namespace; -U"),
        Opt::flag("c", "map-current-user", "keep user and group in the user namespace; -U"),
        Opt::value("", "map-user", "UID", Kind::Count, "be user UID in the user namespace; -U"),
        Opt::value("", "map-group", "GID", Kind::Count, "be group GID in the user namespace; -U"),
        Opt::value("", "mount-proc", "DIR", Kind::Optional, "mount proc on DIR (default /proc); -m"),
        Opt::value(
            "",
            "kill-child",
            "SIGNAL",
            Kind::Optional,
            "end the child with SIGNAL (KILL) when unshare ends; -f",
        ),
        Opt::value(
            "",
            "propagation",
            "MODE",
            Kind::Choice(&["private", "shared", "slave", "unchanged"]),
            "private (default), shared, slave, unchanged",
        ),
        Opt::value("", "setgroups", "WHAT", Kind::Choice(&["allow", "deny"]), "allow or deny setgroups(2)"),
        Opt::value("R", "root", "DIR", Kind::Text, "run COMMAND with DIR as its root"),
        Opt::value("w", "wd", "DIR", Kind::Text, "run COMMAND in DIR"),
        Opt::value("S", "setuid", "UID", Kind::Count, "become user UID before COMMAND"),
        Opt::value("G", "setgid", "GID", Kind::Count, "become group GID before COMMAND"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

/// Option, flag, and the name under /proc/PID/ns.
const NAMESPACES: [(&str, i32, &str); 8] = [
    ("m", namespace::MOUNT, "mnt"),
    ("u", namespace::UTS, "uts"),
    ("i", namespace::IPC, "ipc"),
    ("n", namespace::NET, "net"),
    ("p", namespace::PID, "pid_for_children"),
    ("U", namespace::USER, "user"),
    ("C", namespace::CGROUP, "cgroup"),
    ("T", namespace::TIME, "time_for_children"),
];

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut flags = 0;
    for (id, flag, _) in NAMESPACES {
        if args.has(id) {
            flags |= flag;
        }
    }
    let maps_user = ["r", "c", "map-user", "map-group"].iter().any(|id| args.has(id));
    if maps_user {
        flags |= namespace::USER;
    }
    if args.has("mount-proc") {
        flags |= namespace::MOUNT;
    }
    let kill = match args.value("kill-child") {
        None => None,
        Some(Value::Text(name)) => {
            let bad = || Error::usage_about("unknown signal:", name);
            Some(names::parse(name).ok_or_else(bad)?)
        }
        Some(_) => Some(9),
    };
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let keeper = keep_by_file(args)?;
    process::unshare(flags).at(b"unshare failed")?;
    if let Some(keeper) = keeper {
        keeper.bind()?;
    }
    if args.choice("setgroups") == Some("deny") || maps_user && args.choice("setgroups").is_none() {
        write_file("/proc/self/setgroups", b"deny")?;
    }
    if maps_user {
        for (id, outside, path) in [("map-user", uid, "/proc/self/uid_map"), ("map-group", gid, "/proc/self/gid_map")] {
            let root = args.has("r").then_some(0).or(args.has("c").then_some(u64::from(outside)));
            if let Some(inside) = args.count(id).or(root) {
                let mut map = Vec::new();
                push_u64(&mut map, inside);
                map.push(b' ');
                push_u64(&mut map, u64::from(outside));
                map.extend_from_slice(b" 1");
                write_file(path, &map)?;
            }
        }
    }
    if flags & namespace::MOUNT != 0 {
        let propagation = match args.choice("propagation") {
            None | Some("private") => Some(MountPropagationFlags::PRIVATE),
            Some("shared") => Some(MountPropagationFlags::SHARED),
            Some("slave") => Some(MountPropagationFlags::DOWNSTREAM),
            Some(_) => None,
        };
        if let Some(propagation) = propagation {
            rustix::mount::mount_change(c"/", propagation | MountPropagationFlags::REC)
                .at(b"cannot change root filesystem propagation")?;
        }
    }
    if (args.has("f") || kill.is_some())
        && let Some(status) = fork(kill)?
    {
        return Ok(Status(status));
    }
    become_command(cx, args)
}

/// Forks; the parent waits for the child and gives its status, the child gets None.
fn fork(kill: Option<i32>) -> Result<Option<u8>> {
    // The command decides what an interrupt means; this process only passes its end on.
    let ours = [2, 15];
    let before = ours.map(signal::get);
    for number in ours {
        signal::set(number, signal::Action::Ignore)?;
    }
    let Some(pid) = process::fork().at(b"fork failed")? else {
        for (number, action) in ours.into_iter().zip(before) {
            signal::set(number, action.unwrap_or(signal::Action::Default))?;
        }
        if let Some(number) = kill {
            process::set_parent_death_signal(number).at(b"prctl failed")?;
        }
        return Ok(None);
    };
    match command::wait(pid)? {
        process::Wait::Exited(status) => Ok(Some(status)),
        process::Wait::Signalled(number, _) => {
            // Ends as the child did, so that whoever waits sees the signal.
            let _ = signal::set(number, signal::Action::Default);
            if let Some(own) = rustix::process::Signal::from_named_raw(number) {
                let _ = rustix::process::kill_process(rustix::process::getpid(), own);
            }
            Ok(Some(process::Wait::Signalled(number, false).shell_status()))
        }
        other => Ok(Some(other.shell_status())),
    }
}

fn become_command(cx: &mut Context, args: &Args) -> Result<Status> {
    if let Some(root) = args.text("R") {
        base::fs::with(root, |root| rustix::process::chroot(root))
            .map_err(|errno| Error::system(base::error::quoted("cannot change root directory to", root), errno))?;
        base::fs::chdir(c"/").at(b"cannot chdir to root directory")?;
    }
    if let Some(directory) = args.text("w") {
        base::fs::chdir(directory).at(directory)?;
    }
    if args.has("mount-proc") {
        let target = args.text("mount-proc").unwrap_or(b"/proc");
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC | MountFlags::NODEV;
        base::fs::with(target, |target| rustix::mount::mount(c"proc", target, c"proc", flags, None))
            .map_err(|errno| Error::system(base::bytes::fill("mount %", &[target]), errno))?;
    }
    if let Some(gid) = args.count("G") {
        let gid = u32::try_from(gid).map_err(|_| Error::usage("invalid group ID"))?;
        process::set_groups(&[])
            .or_else(|errno| if errno == Errno::PERM { Ok(()) } else { Err(errno) })
            .at(b"setgroups failed")?;
        process::set_gid(gid).at(b"setgid failed")?;
    }
    if let Some(uid) = args.count("S") {
        let uid = u32::try_from(uid).map_err(|_| Error::usage("invalid user ID"))?;
        process::set_uid(uid).at(b"setuid failed")?;
    }
    let env = cx.env.list();
    if !args.operands.is_empty() {
        return command::exec(cx, &args.operands, &env);
    }
    let shell = cx.env.get(b"SHELL").filter(|shell| !shell.is_empty()).unwrap_or(b"/bin/sh").to_vec();
    command::exec(cx, &[&shell], &env)
}

fn write_file(path: &str, text: &[u8]) -> Result<()> {
    let path = path.as_bytes();
    let fd = base::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()).at(path)?;
    write_all(rustix::fd::AsFd::as_fd(&fd), text).at(path)
}

/// A child that stays in the old namespaces and, when told, mounts the parent's new ones on the files given: from inside a new
/// mount namespace that could not be done.
struct Keeper {
    pid: process::Pid,
    go: rustix::fd::OwnedFd,
}

impl Keeper {
    fn bind(self) -> Result<()> {
        drop(self.go);
        match command::wait(self.pid)? {
            process::Wait::Exited(0) => Ok(()),
            // The child has said why.
            _ => Err(Error::quiet(1)),
        }
    }
}

fn keep_by_file(args: &Args) -> Result<Option<Keeper>> {
    if !NAMESPACES.iter().any(|(id, _, _)| args.text(id).is_some()) {
        return Ok(None);
    }
    let parent = rustix::process::getpid().as_raw_nonzero();
    let (wait, go) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).at(b"pipe failed")?;
    if let Some(pid) = process::fork().at(b"fork failed")? {
        return Ok(Some(Keeper { pid, go }));
    }
    drop(go);
    let mut byte = [0];
    let _ = base::io::read(rustix::fd::AsFd::as_fd(&wait), &mut byte);
    let mut status = 0;
    for (id, _, name) in NAMESPACES {
        let Some(file) = args.text(id) else { continue };
        let mut source = b"/proc/".to_vec();
        push_i64(&mut source, i64::from(parent.get()));
        source.extend_from_slice(b"/ns/");
        source.extend_from_slice(name.as_bytes());
        let made =
            base::fs::openat(CWD, file, OFlags::CREATE | OFlags::RDONLY | OFlags::CLOEXEC, Mode::from_raw_mode(0o444))
                .map(drop)
                .and_then(|()| rustix::mount::mount_bind(&source, file));
        if let Err(errno) = made {
            let text = base::bytes::fill("unshare: %: %\n", &[file, base::error::strerror(errno).as_bytes()]);
            let _ = write_all(sys::descriptor(2), &text);
            status = 1;
        }
    }
    sys::exit(status)
}
