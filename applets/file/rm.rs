//! rm - remove files and trees
//! Spec: POSIX.1-2024. Extras: -d -I -v --preserve-root --one-file-system as GNU. Deviations: none known.
//!
//! Trees are removed by descriptor: a directory that is replaced by a symbolic link meanwhile leads nowhere else.

use crate::common::{ask, base_name, kind_words, report};
use base::meta::Meta;
use base::walk::{Event, Follow, Walk};
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, Status};
use rustix::fs::{Access, AtFlags};

/// rm
pub const APPLET: Applet = base::applet!(Declaration {
    name: "rm",
    place: Place::Bin,
    exec: Exec::no_fork("removes by path and descriptor; questions go through its streams"),
    summary: "Remove each FILE",
    operands: "FILE...",
    options: &[
        Opt::flag("f", "force", "never ask, and ignore what does not exist"),
        Opt::flag("i", "", "ask before every removal"),
        Opt::flag("I", "", "ask once before removing more than three, or a tree"),
        Opt::value(
            "",
            "interactive",
            "WHEN",
            Kind::OptionalChoice(&["never", "no", "none", "once", "always", "yes"]),
            "ask: never, once (-I), always (-i)",
        ),
        Opt::flag("r", "recursive", "remove directories with all that is in them"),
        Opt::flag("R", "", "the same as -r"),
        Opt::flag("d", "dir", "remove empty directories"),
        Opt::flag("v", "verbose", "say what is removed"),
        Opt::flag("", "one-file-system", "with -r, stay on each FILE's file system"),
        Opt::value("", "preserve-root", "all", Kind::Optional, "do not remove / (default)"),
        Opt::flag("", "no-preserve-root", "do not treat / specially"),
    ],
    run,
    ..Declaration::DEFAULT
});

#[derive(Clone, Copy, PartialEq)]
enum Asking {
    /// Only about what is write-protected, on a terminal.
    Protected,
    Never,
    Once,
    Always,
}

struct Job {
    asking: Asking,
    force: bool,
    recursive: bool,
    empty_dirs: bool,
    verbose: bool,
    one_device: bool,
    /// Standard input is a terminal: write-protected files are asked about.
    terminal: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut job = Job {
        asking: Asking::Protected,
        force: false,
        recursive: args.has("r") || args.has("R"),
        empty_dirs: args.has("d"),
        verbose: args.has("v"),
        one_device: args.has("one-file-system"),
        terminal: cx.stdin.fd().is_some_and(rustix::termios::isatty),
    };
    for given in &args.given {
        let word = match given.value {
            base::args::Value::Choice(word) => word,
            _ => "always",
        };
        (job.asking, job.force) = match (given.id, word) {
            ("f", _) => (Asking::Never, true),
            ("i", _) => (Asking::Always, false),
            ("I", _) | ("interactive", "once") => (Asking::Once, false),
            ("interactive", "always" | "yes") => (Asking::Always, false),
            ("interactive", _) => (Asking::Never, job.force),
            _ => continue,
        };
    }
    if args.operands.is_empty() && job.force {
        return Ok(Status::SUCCESS);
    }
    let operands = args.between(1, usize::MAX)?;
    let mut count = Vec::new();
    base::number::push_u64(&mut count, operands.len() as u64);
    if job.asking == Asking::Once
        && (operands.len() > 3 || job.recursive)
        && !ask(
            cx,
            &[
                b"remove ",
                &count,
                match (operands.len(), job.recursive) {
                    (1, true) => b" argument recursively",
                    (_, true) => b" arguments recursively",
                    _ => b" arguments",
                },
            ],
        )?
    {
        return Ok(Status::SUCCESS);
    }
    let root = if job.recursive && !args.has("no-preserve-root") { Meta::of("/", false).ok() } else { None };
    let mut walk = Walk::new(Follow::Never, false);
    for operand in operands {
        if matches!(base_name(operand), b"." | b"..") {
            cx.warn(Error::message_about("refusing to remove '.' or '..' directory: skipping", operand));
        } else if root.is_some_and(|root| Meta::of(*operand, false).is_ok_and(|m| m.same(&root))) {
            cx.warn(Error::message(
                "it is dangerous to operate recursively on '/'; use --no-preserve-root to override",
            ));
        } else {
            walk.start(operand);
            remove(cx, &job, &mut walk)?;
        }
    }
    Ok(Status::SUCCESS)
}

/// Removes the tree of one operand. What keeps a directory from being removed has been told: not told again of each
/// directory above.
#[inline(never)]
fn remove(cx: &mut Context, job: &Job, walk: &mut Walk) -> Result<()> {
    // The depth of what was kept, while its ancestors are still to come.
    let mut kept: Option<usize> = None;
    let mut unreadable: Option<Errno> = None;
    let mut entered = false;
    let mut device = None;
    while let Some(event) = walk.next() {
        let depth = walk.depth();
        match event {
            Event::File => {
                if permitted(cx, job, walk)? {
                    match base::fs::unlinkat(walk.dir(), walk.name(), AtFlags::empty()) {
                        Ok(()) => removed(cx, job, walk, b"removed '")?,
                        Err(e) => failed(cx, job, walk, e, &mut kept),
                    }
                } else {
                    kept = Some(depth);
                }
            }
            Event::Dir => {
                if !job.recursive {
                    walk.skip();
                    if !job.empty_dirs {
                        failed(cx, job, walk, Errno::ISDIR, &mut kept);
                    } else if permitted(cx, job, walk)? {
                        remove_dir(cx, job, walk, &mut kept)?;
                    }
                    continue;
                }
                if job.one_device {
                    let here = walk.meta().map(|m| m.dev).unwrap_or(0);
                    if *device.get_or_insert(here) != here {
                        walk.skip();
                        kept = Some(depth);
                        cx.warn(Error::message(base::bytes::fill(
                            "skipping '%', since it's on a different device",
                            &[walk.path()],
                        )));
                        continue;
                    }
                }
                entered = true;
                if asks(job, walk) {
                    let is_empty = walk.enter().is_ok_and(|(_, listing)| listing.items.is_empty());
                    // An empty one is asked about once, when it goes.
                    if !is_empty && !ask(cx, &[b"descend into directory '", walk.path(), b"'"])? {
                        kept = Some(depth.saturating_add(1));
                        if let Ok((_, listing)) = walk.entered() {
                            listing.items.clear();
                        }
                    }
                }
                continue;
            }
            Event::After => {
                let blocked = kept.is_some_and(|k| k > depth);
                if blocked {
                    kept = Some(depth);
                } else if let Some(e) = unreadable.take() {
                    // Its names could not be read; it may be empty all the same.
                    if base::fs::unlinkat(walk.dir(), walk.name(), AtFlags::REMOVEDIR).is_err() {
                        failed(cx, job, walk, e, &mut kept);
                    } else {
                        removed(cx, job, walk, b"removed directory '")?;
                    }
                } else if !asks(job, walk) || ask(cx, &[b"remove directory '", walk.path(), b"'"])? {
                    remove_dir(cx, job, walk, &mut kept)?;
                } else {
                    kept = Some(depth);
                }
            }
            Event::Error(e) if entered => unreadable = Some(e),
            Event::Error(e) => failed(cx, job, walk, e, &mut kept),
            Event::Loop => {}
        }
        entered = false;
    }
    Ok(())
}

fn remove_dir(cx: &mut Context, job: &Job, walk: &Walk, kept: &mut Option<usize>) -> Result<()> {
    match base::fs::unlinkat(walk.dir(), walk.name(), AtFlags::REMOVEDIR) {
        Ok(()) => removed(cx, job, walk, b"removed directory '")?,
        Err(e) => failed(cx, job, walk, e, kept),
    }
    Ok(())
}

fn removed(cx: &mut Context, job: &Job, walk: &Walk, words: &[u8]) -> Result<()> {
    if job.verbose { report(cx, &[words, walk.path(), b"'"]) } else { Ok(()) }
}

fn failed(cx: &mut Context, job: &Job, walk: &Walk, errno: Errno, kept: &mut Option<usize>) {
    // Gone already is what was wanted; a path through a file names nothing either.
    if job.force && matches!(errno, Errno::NOENT | Errno::NOTDIR) {
        return;
    }
    *kept = Some(walk.depth());
    cx.warn(Error::system(walk.path(), errno));
}

/// Whether the user is asked about the entry.
fn asks(job: &Job, walk: &mut Walk) -> bool {
    job.asking == Asking::Always || job.asking == Asking::Protected && job.terminal && is_protected(walk)
}

fn is_protected(walk: &mut Walk) -> bool {
    let is_link = walk.kind() == rustix::fs::FileType::Symlink;
    !is_link && base::fs::accessat(walk.dir(), walk.name(), Access::WRITE_OK, AtFlags::EACCESS) == Err(Errno::ACCESS)
}

fn permitted(cx: &mut Context, job: &Job, walk: &mut Walk) -> Result<bool> {
    if !asks(job, walk) {
        return Ok(true);
    }
    let Ok(meta) = walk.meta() else { return Ok(true) };
    let protected: &[u8] = if is_protected(walk) { b"write-protected " } else { b"" };
    ask(cx, &[b"remove ", protected, kind_words(&meta), b" '", walk.path(), b"'"])
}
