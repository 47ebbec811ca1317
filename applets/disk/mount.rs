//! mount - attach a file system, or show what is mounted
//! Spec: util-linux's and BusyBox's. Deviations: PARTUUID= and PARTLABEL= need the links of a device manager; a file is mounted
//! through a loop device only with -o loop; no /etc/mtab is written.

use crate::loops::Loop;
use crate::probe;
use crate::table::{self, Entry};
use base::applet::{Applet, Declaration, Exec, Kind, Opt, Place};
use base::args::Args;
use base::bytes::{place, word};
use base::context::{Context, Status};
use base::error::{Errno, Error, Result};
use base::fs::c_path;
use base::io::{Input, chomp};
use core::ffi::CStr;
use rustix::mount::{MountFlags, MountPropagationFlags};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "mount",
    place: Place::Bin,
    exec: Exec::no_fork("changes mounts, not the process"),
    summary: "Attach the file system on SOURCE to DIR, or list what is attached",
    operands: "[SOURCE] [DIR]",
    notes: "OPTIONS are separated by commas: ro, rw, nosuid, nodev, noexec, sync, dirsync, noatime, nodiratime,\n\
            relatime, strictatime, lazytime, remount, bind, rbind, move, [r]private, [r]shared, [r]slave,\n\
            [r]unbindable, loop[=DEVICE], offset=N, sizelimit=N (for loop); all others go to the file system. SOURCE may\n\
            be UUID=, LABEL=, PARTUUID= or PARTLABEL= with a value. With one operand, the rest comes from /etc/fstab.",
    options: &[
        Opt::flag("a", "all", "mount everything in the fstab that is not noauto"),
        Opt::value("t", "types", "TYPE", Kind::Text, "the file system's type; with -a a list"),
        Opt::value("o", "options", "OPTIONS", Kind::Text, "mount with these options"),
        Opt::value("O", "test-opts", "OPTIONS", Kind::Text, "with -a: only entries with these options"),
        Opt::value("T", "fstab", "FILE", Kind::Text, "read FILE, not /etc/fstab"),
        Opt::flag("r", "read-only", "the same as -o ro"),
        Opt::flag("w", "read-write", "the same as -o rw"),
        Opt::flag("B", "bind", "attach a directory at a second place"),
        Opt::flag("R", "rbind", "attach a directory with all that is mounted in it"),
        Opt::flag("M", "move", "move a mount to another place"),
        Opt::flag("", "make-private", "nothing is passed on to or from the mount"),
        Opt::flag("", "make-shared", "what is mounted below is passed on both ways"),
        Opt::flag("", "make-slave", "what is mounted below is passed on to it"),
        Opt::flag("", "make-unbindable", "private, and cannot be bound"),
        Opt::flag("", "make-rprivate", "the same for all mounts below"),
        Opt::flag("", "make-rshared", "the same for all mounts below"),
        Opt::flag("", "make-rslave", "the same for all mounts below"),
        Opt::flag("", "make-runbindable", "the same for all mounts below"),
        Opt::flag("f", "fake", "do everything but mount"),
        Opt::flag("i", "", "call no helper (none is ever called)"),
        Opt::flag("n", "", "write no mtab (none is ever written)"),
        Opt::flag("s", "", "ignore options that are unknown"),
        Opt::flag("v", "verbose", "say what is mounted"),
    ],
    usage_status: 1,
    failure: 32,
    run,
    ..Declaration::DEFAULT
});

/// What the options come to.
struct Plan {
    flags: MountFlags,
    /// Options for the file system.
    data: Vec<u8>,
    bind: bool,
    recursive: bool,
    moves: bool,
    remount: bool,
    propagation: Vec<MountPropagationFlags>,
    noauto: bool,
    nofail: bool,
    /// A loop device, and whether one is wanted.
    looped: bool,
    device: Loop,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut options = Vec::new();
    for (id, word) in [("B", "bind"), ("R", "rbind"), ("M", "move"), ("r", "ro"), ("w", "rw")] {
        if args.has(id) {
            push_option(&mut options, word.as_bytes());
        }
    }
    for given in &args.given {
        if let Some(word) = given.id.strip_prefix("make-") {
            push_option(&mut options, word.as_bytes());
        }
    }
    for list in args.texts("o") {
        push_option(&mut options, list);
    }
    let kind = args.text("t");
    let mounter = Mounter { fake: args.has("f"), verbose: args.has("v") };
    if args.has("a") {
        args.between(0, 0)?;
        return all(cx, args, &options, &mounter);
    }
    match args.between(0, 2)? {
        [] if options.is_empty() => list(cx, kind)?,
        [] => return Err(Error::usage("missing operand")),
        [one] => {
            let plan = Plan::parse(&options);
            if plan.remount || !plan.propagation.is_empty() && plan.flags.is_empty() && !plan.bind {
                mounter.mount(cx, b"none", one, kind, &plan)?;
                return Ok(cx.status());
            }
            let fstab = args.text("T").unwrap_or(b"/etc/fstab");
            let wanted = one.strip_suffix(b"/").filter(|rest| !rest.is_empty()).unwrap_or(one);
            let entry = table::read(fstab)?.into_iter().rfind(|entry| entry.target == wanted || entry.source == wanted);
            let Some(entry) = entry else {
                return Err(Error::message(base::bytes::fill("can't find % in %", &[*one, fstab])).with_status(1));
            };
            let mut merged = entry.options.clone();
            push_option(&mut merged, &options);
            mounter.mount(cx, &entry.source, &entry.target, kind.or(Some(&entry.kind)), &Plan::parse(&merged))?;
        }
        [source, target, ..] => mounter.mount(cx, source, target, kind, &Plan::parse(&options))?,
    }
    Ok(cx.status())
}

fn push_option(list: &mut Vec<u8>, option: &[u8]) {
    if option.is_empty() {
        return;
    }
    if !list.is_empty() {
        list.push(b',');
    }
    list.extend_from_slice(option);
}

/// Shows the mounts, all or those of one type.
fn list(cx: &mut Context, kind: Option<&[u8]>) -> Result<()> {
    for entry in table::read(b"/proc/self/mounts")? {
        // The kernel's own first root says nothing.
        if entry.source == b"rootfs" || kind.is_some_and(|kind| !table::wants_type(kind, &entry.kind)) {
            continue;
        }
        for part in [&entry.source, &b" on "[..], &entry.target, b" type ", &entry.kind, b" (", &entry.options, b")\n"]
        {
            cx.stdout.put(part)?;
        }
    }
    Ok(())
}

fn all(cx: &mut Context, args: &Args, options: &[u8], mounter: &Mounter) -> Result<Status> {
    let fstab = args.text("T").unwrap_or(b"/etc/fstab");
    let mounted = table::read(b"/proc/self/mounts").unwrap_or_default();
    for entry in table::read(fstab)? {
        let mut merged = entry.options.clone();
        push_option(&mut merged, options);
        let plan = Plan::parse(&merged);
        let source = probe::find(&entry.source).unwrap_or_else(|| entry.source.clone());
        let there = |mount: &Entry| mount.target == entry.target && (mount.source == source || entry.kind != b"tmpfs");
        if plan.noauto
            || entry.kind == b"swap"
            || matches!(entry.target.as_slice(), b"none" | b"swap")
            || args.text("t").is_some_and(|kinds| !table::wants_type(kinds, &entry.kind))
            || args.text("O").is_some_and(|wanted| !table::wants_options(wanted, &entry.options))
            || mounted.iter().any(there) && !plan.remount
        {
            continue;
        }
        if let Err(error) = mounter.mount(cx, &entry.source, &entry.target, Some(&entry.kind), &plan)
            && !plan.nofail
        {
            cx.warn(error);
        }
    }
    Ok(cx.status())
}

impl Plan {
    fn parse(options: &[u8]) -> Plan {
        let mut plan = Plan {
            flags: MountFlags::empty(),
            data: Vec::new(),
            bind: false,
            recursive: false,
            moves: false,
            remount: false,
            propagation: Vec::new(),
            noauto: false,
            nofail: false,
            looped: false,
            device: Loop::default(),
        };
        for option in options.split(|byte| *byte == b',').filter(|option| !option.is_empty()) {
            plan.add(option);
        }
        if plan.looped {
            plan.take_extent();
        }
        plan
    }

    /// With a loop device, `offset=` and `sizelimit=` are meant for it.
    fn take_extent(&mut self) {
        let data = core::mem::take(&mut self.data);
        for option in data.split(|byte| *byte == b',') {
            let size = |name: &[u8]| base::size::parse(option.strip_prefix(name)?).ok();
            if let Some(offset) = size(b"offset=") {
                self.device.offset = offset;
            } else if let Some(limit) = size(b"sizelimit=") {
                self.device.size_limit = limit;
            } else {
                push_option(&mut self.data, option);
            }
        }
    }

    fn add(&mut self, option: &[u8]) {
        if let Some(flag) = place(SETTING, option).and_then(|index| FLAGS.get(index)) {
            return self.flags.insert(*flag);
        }
        if let Some(flag) = place(CLEARING, option).and_then(|index| FLAGS.get(index)) {
            return self.flags.remove(*flag);
        }
        match word(option) {
            "noauto" => self.noauto = true,
            "nofail" => self.nofail = true,
            "remount" => self.remount = true,
            "bind" => self.bind = true,
            "rbind" => (self.bind, self.recursive) = (true, true),
            "move" => self.moves = true,
            "loop" => self.looped = true,
            _ => {
                if let Some(device) = option.strip_prefix(b"loop=") {
                    (self.looped, self.device.device) = (true, device.to_vec());
                } else if let Some(propagation) = propagation(option) {
                    self.propagation.push(propagation);
                } else if place(NOT_OURS, option).is_none()
                    && !option.starts_with(b"x-")
                    && !option.starts_with(b"comment=")
                {
                    push_option(&mut self.data, option);
                }
            }
        }
    }
}

/// The options that set a flag each, and those that clear the same flags again.
const SETTING: &str = "ro nosuid nodev noexec sync noatime nodiratime relatime strictatime lazytime silent dirsync";
const CLEARING: &str = "rw suid dev exec async atime diratime norelatime nostrictatime nolazytime loud";
const FLAGS: [MountFlags; 12] = [
    MountFlags::RDONLY,
    MountFlags::NOSUID,
    MountFlags::NODEV,
    MountFlags::NOEXEC,
    MountFlags::SYNCHRONOUS,
    MountFlags::NOATIME,
    MountFlags::NODIRATIME,
    MountFlags::RELATIME,
    MountFlags::STRICTATIME,
    MountFlags::LAZYTIME,
    MountFlags::SILENT,
    MountFlags::DIRSYNC,
];
/// Options for whoever reads the fstab.
const NOT_OURS: &str = "defaults auto user users nouser owner group _netdev";

fn propagation(option: &[u8]) -> Option<MountPropagationFlags> {
    let (word, recursive) = match option.strip_prefix(b"r") {
        Some(word) => (word, MountPropagationFlags::REC),
        None => (option, MountPropagationFlags::empty()),
    };
    let flag = match place("private shared slave unbindable", word)? {
        0 => MountPropagationFlags::PRIVATE,
        1 => MountPropagationFlags::SHARED,
        2 => MountPropagationFlags::DOWNSTREAM,
        _ => MountPropagationFlags::UNBINDABLE,
    };
    Some(flag | recursive)
}

struct Mounter {
    fake: bool,
    verbose: bool,
}

impl Mounter {
    fn mount(&self, cx: &mut Context, source: &[u8], target: &[u8], kind: Option<&[u8]>, plan: &Plan) -> Result<()> {
        let found = probe::find(source).ok_or_else(|| Error::message(base::bytes::fill("can't find %", &[source])))?;
        let source = found.as_slice();
        if !self.fake {
            let failed = |errno| Error::system(base::bytes::fill("mounting % on % failed", &[source, target]), errno);
            if plan.looped && !plan.remount {
                let read_only = plan.flags.contains(MountFlags::RDONLY);
                let (device, open) = plan.device.set_up(source, read_only)?;
                self.attach(&device, target, kind, plan).map_err(failed)?;
                drop(open);
            } else {
                self.attach(source, target, kind, plan).map_err(failed)?;
            }
        }
        if self.verbose {
            cx.stdout.put(&[source, b" mounted on ", target, b"\n"].concat())?;
        }
        Ok(())
    }

    fn attach(&self, source: &[u8], target: &[u8], kind: Option<&[u8]>, plan: &Plan) -> Result<(), Errno> {
        let (source, target, data) = (c_path(source)?, c_path(target)?, c_path(&plan.data)?);
        let (source, target) = (source.as_c_str(), target.as_c_str());
        if plan.remount {
            // A bind mount has flags of its own, which MS_BIND asks for.
            let bind = if plan.bind { MountFlags::BIND } else { MountFlags::empty() };
            rustix::mount::mount_remount(target, plan.flags | bind, data.as_c_str())?;
        } else if plan.moves {
            rustix::mount::mount_move(source, target)?;
        } else if plan.bind {
            if plan.recursive {
                rustix::mount::mount_bind_recursive(source, target)?;
            } else {
                rustix::mount::mount_bind(source, target)?;
            }
            // The kernel takes no other flag at the first call.
            if !plan.flags.is_empty() {
                rustix::mount::mount_remount(target, plan.flags | MountFlags::BIND, c"")?;
            }
        } else if kind.is_some() || plan.propagation.is_empty() || !plan.flags.is_empty() {
            let data = Some(data.as_c_str()).filter(|data| !data.is_empty());
            match kind {
                Some(kind) if kind != b"auto" && !kind.contains(&b',') => {
                    rustix::mount::mount(source, target, c_path(kind)?, plan.flags, data)?;
                }
                Some(kind) if kind != b"auto" => {
                    try_types(source, target, &base::bytes::pieces(kind, b','), plan.flags, data)?;
                }
                _ => try_types(source, target, &block_types(), plan.flags, data)?,
            }
        }
        for propagation in &plan.propagation {
            rustix::mount::mount_change(target, *propagation)?;
        }
        Ok(())
    }
}

/// The types of file systems on devices that the kernel knows now.
fn block_types() -> Vec<Vec<u8>> {
    let mut kinds = Vec::new();
    for path in [&b"/etc/filesystems"[..], b"/proc/filesystems"] {
        let Ok(mut input) = Input::open(path) else { continue };
        while let Ok(Some(line)) = input.line(b'\n') {
            let line = chomp(line, b'\n');
            if !line.starts_with(b"nodev") && !line.starts_with(b"#") && !line.starts_with(b"*") {
                kinds.push(line.trim_ascii().to_vec());
            }
        }
    }
    kinds.retain(|kind| !kind.is_empty());
    kinds
}

/// Tries one type after the other. Only a device that holds none of them gives EINVAL in the end.
fn try_types(
    source: &CStr,
    target: &CStr,
    kinds: &[Vec<u8>],
    flags: MountFlags,
    data: Option<&CStr>,
) -> Result<(), Errno> {
    let mut last = Errno::INVAL;
    for kind in kinds {
        let kind = c_path(kind)?;
        let mount = |flags| rustix::mount::mount(source, target, kind.as_c_str(), flags, data);
        match mount(flags) {
            Ok(()) => return Ok(()),
            // A device that cannot be written may still be read.
            Err(Errno::ROFS | Errno::ACCESS) if !flags.contains(MountFlags::RDONLY) => {
                if mount(flags | MountFlags::RDONLY).is_ok() {
                    return Ok(());
                }
                last = Errno::ROFS;
            }
            Err(errno) => last = errno,
        }
    }
    Err(last)
}
