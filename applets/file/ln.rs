//! ln - make links
//! Spec: POSIX.1-2024. Extras: -n -T -t -r -v -b -S -i as GNU and BusyBox. Deviations: none known.

use crate::backup::Backup;
use crate::common::{ask, base_name, destination, dir_name, join, rename, report, same_entry};
use base::meta::Meta;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, Status};
use rustix::fs::{AtFlags, CWD};

/// ln
pub const APPLET: Applet = base::applet!(Declaration {
    name: "ln",
    place: Place::Bin,
    exec: Exec::no_fork("only makes links; questions go through its streams"),
    summary: "Make a link to each TARGET",
    operands: "TARGET LINK\nTARGET... DIRECTORY\nTARGET",
    notes: "With TARGET alone the link is made in the working directory.",
    options: &[
        Opt::flag("s", "symbolic", "make symbolic links"),
        Opt::flag("f", "force", "remove a file of that name"),
        Opt::flag("i", "interactive", "ask before removing one"),
        Opt::flag("n", "no-dereference", "a symbolic link to a directory is no directory"),
        Opt::flag("r", "relative", "with -s, name TARGET relative to the link"),
        Opt::flag("b", "", "keep a file of that name as a backup"),
        Opt::value("", "backup", "HOW", Kind::Optional, "the same"),
        Opt::value("S", "suffix", "SUFFIX", Kind::Text, "the backup's suffix (default ~)"),
        Opt::flag("L", "logical", "link to what a symbolic link TARGET leads to"),
        Opt::flag("P", "physical", "link to a symbolic link itself (default)"),
        Opt::value("t", "target-directory", "DIR", Kind::Text, "make the links in DIR"),
        Opt::flag("T", "no-target-directory", "LINK is never a directory"),
        Opt::flag("v", "verbose", "say what is linked"),
        Opt::hidden("d", "directory"),
        Opt::hidden("F", ""),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.operands.len() == 1 && !args.has("t") && !args.has("T") {
        args.operands.push(b".");
    }
    if args.has("r") && !args.has("s") {
        return Err(Error::usage("-r needs -s"));
    }
    let to = destination(args, !args.has("n"))?;
    for (index, source) in to.sources.iter().enumerate() {
        let link = to.of(source);
        if let Err(e) = make(cx, args, source, &link, to.sources.get(..index).unwrap_or_default()) {
            cx.warn(e);
        }
    }
    Ok(Status::SUCCESS)
}

/// Makes one link; `before` are the sources whose links were made earlier.
#[inline(never)]
fn make(cx: &mut Context, args: &Args, source: &[u8], link: &[u8], before: &[&[u8]]) -> Result<()> {
    let symbolic = args.has("s");
    let relative;
    let target = if symbolic && args.has("r") {
        relative = relative_target(source, link)?;
        relative.as_slice()
    } else {
        source
    };
    let follow = args.has("L") && args.last_of(&["L", "P"]) == Some("L");
    let create = |at: &[u8]| {
        if symbolic {
            base::fs::symlink(target, at)
        } else {
            let flags = if follow { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
            base::fs::linkat(CWD, source, CWD, at, flags)
        }
    };
    let backup = Backup::wanted(cx, args)?;
    let mut result = create(link);
    if result == Err(Errno::EXIST) && (args.has("f") || args.has("i") || backup.is_some()) {
        let old = Meta::of(link, false).map_err(|e| Error::system(link, e))?;
        if old.is_dir() {
            return Err(Error::system(link, Errno::ISDIR));
        }
        if same_entry(source, link) {
            // It would be lost, and a symbolic link to itself be left.
            return Err(crate::common::told("% and % are the same file", [source, link]));
        }
        if !symbolic {
            match Meta::of(source, follow) {
                Ok(meta) if meta.same(&old) && backup.is_none() => return Ok(()),
                Ok(meta) if meta.is_dir() => return Err(Error::system(source, Errno::PERM)),
                Ok(_) => {}
                Err(e) => return Err(Error::system(source, e)),
            }
            let made_it = |earlier: &&[u8]| {
                base_name(earlier) == base_name(source) && Meta::of(earlier, follow).is_ok_and(|meta| meta.same(&old))
            };
            if before.iter().any(made_it) && !backup.as_ref().is_some_and(Backup::keeps_all) {
                return Err(crate::common::told("will not overwrite just-created % with %", [link, source]));
            }
        }
        if args.last_of(&["f", "i"]) == Some("i") && !ask(cx, &[b"replace '", link, b"'"])? {
            cx.failed();
            return Ok(());
        }
        if let Some(backup) = backup {
            let backup = backup.make(CWD, link, link, source)?;
            result = create(link);
            if result.is_err() {
                // As it was before.
                let _ = rename(&backup, link);
            }
        } else {
            // Under another name first, so that the name is never missing.
            result = replace(link, &create);
        }
    }
    if let Err(e) = result {
        // A missing TARGET of a hard link is the one that is at fault.
        let at_fault = if !symbolic && Meta::of(source, false).is_err() { source } else { link };
        return Err(Error::system(at_fault, e));
    }
    if args.has("v") {
        report(cx, &[b"'", link, if symbolic { b"' -> '" } else { b"' => '" }, target, b"'"])?;
    }
    Ok(())
}

fn replace(link: &[u8], create: &dyn Fn(&[u8]) -> Result<(), Errno>) -> Result<(), Errno> {
    for _ in 0..100 {
        let temporary = join(dir_name(link), &[b"cairn", base::replace::random_letters(8).as_slice()].concat());
        match create(&temporary) {
            Err(Errno::EXIST) => continue,
            other => other?,
        }
        let renamed = rename(&temporary, link);
        if renamed.is_err() {
            // The rename's error is the one to tell.
            let _ = base::fs::unlink(temporary.as_slice());
        }
        return renamed;
    }
    Err(Errno::EXIST)
}

/// `source` as seen from the directory of `link`.
fn relative_target(source: &[u8], link: &[u8]) -> Result<Vec<u8>> {
    use crate::realpath::{Missing, relative_to, resolve};
    let resolved = |path: &[u8]| resolve(path, Missing::Any).map_err(|e| Error::system(path, e));
    Ok(relative_to(&resolved(source)?, &resolved(dir_name(link))?))
}
