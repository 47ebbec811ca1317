//! mv - move files and trees
//! Spec: POSIX.1-2024. Extras: GNU's and BusyBox's options. Deviations: none known.

use crate::backup::Backup;
use crate::common::{ask, base_name, destination, rename, report, same_entry, trim_slashes};
use crate::cp::tree::{Options, TreeCopy, remove_tree};
use base::copy::Keep;
use base::meta::Meta;
use base::{Applet, Args, Context, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, Status};
use rustix::fs::{Access, AtFlags, CWD, RenameFlags};

/// mv
pub const APPLET: Applet = base::applet!(Declaration {
    name: "mv",
    place: Place::Bin,
    exec: Exec::no_fork("renames, or copies by descriptor; questions go through its streams"),
    summary: "Rename SOURCE to DEST, or move each SOURCE into DIRECTORY",
    operands: "SOURCE DEST\nSOURCE... DIRECTORY",
    options: &[
        Opt::flag("f", "force", "never ask"),
        Opt::flag("i", "interactive", "ask before overwriting"),
        Opt::flag("n", "no-clobber", "do not overwrite"),
        Opt::value("u", "", "", Kind::Flag, "move only what is newer or missing"),
        Opt::value(
            "",
            "update",
            "WHEN",
            Kind::OptionalChoice(&["all", "none", "none-fail", "older"]),
            "overwrite all, none or older ones",
        ),
        Opt::flag("b", "", "keep what is overwritten as a backup"),
        Opt::value("", "backup", "HOW", Kind::Optional, "the same"),
        Opt::value("S", "suffix", "SUFFIX", Kind::Text, "the backup's suffix (default ~)"),
        Opt::value("t", "target-directory", "DIRECTORY", Kind::Text, "move into DIRECTORY"),
        Opt::flag("T", "no-target-directory", "DEST is never a directory to move into"),
        Opt::flag("", "exchange", "exchange SOURCE and DEST"),
        Opt::flag("", "no-copy", "fail where renaming does not do"),
        Opt::flag("", "strip-trailing-slashes", "take slashes off the end of each SOURCE"),
        Opt::flag("v", "verbose", "say what is moved"),
        Opt::hidden("Z", "context"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("strip-trailing-slashes") {
        for operand in &mut args.operands {
            *operand = trim_slashes(operand);
        }
    }
    let to = destination(args, true)?;
    let keep = Keep { mode: true, owner: true, times: true, xattr: true };
    let options = Options { recursive: true, keep, hard_links: true, remove: true, ..Options::default() };
    // One copier for all, so that hard links among the sources stay hard links.
    let mut copy = TreeCopy::new(options);
    for (at, source) in to.sources.iter().enumerate() {
        let mut dest = to.of(source);
        if to.is_dir && matches!(base_name(source), b"." | b"..") {
            dest = to.path.to_vec();
        }
        if let Err(e) = one(cx, args, &mut copy, source, &dest, to.sources.get(..at).unwrap_or_default()) {
            cx.warn(e);
        }
    }
    Ok(Status::SUCCESS)
}

/// Whether the existing `dest` may be replaced.
#[inline(never)]
fn may_replace(cx: &mut Context, args: &Args, source: &Meta, there: &Meta, dest: &[u8]) -> Result<bool> {
    let update = args.choice("update");
    if args.last_of(&["f", "i", "n"]) == Some("n") || matches!(update, Some("none" | "none-fail")) {
        return Ok(false);
    }
    let older = args.has("u") || args.has("update") && matches!(update, None | Some("older"));
    if older && there.mtime >= source.mtime {
        return Ok(false);
    }
    match args.last_of(&["f", "i", "n"]) {
        Some("i") => ask(cx, &[b"overwrite '", dest, b"'"]),
        Some("f") => Ok(true),
        _ => {
            let protected = !there.is_link()
                && cx.stdin.fd().is_some_and(rustix::termios::isatty)
                && base::fs::accessat(CWD, dest, Access::WRITE_OK, AtFlags::EACCESS) == Err(Errno::ACCESS);
            if !protected {
                return Ok(true);
            }
            let mut mode = Vec::new();
            base::number::push_radix(&mut mode, u64::from(there.permissions()), 8, 4, b'0');
            ask(cx, &[b"replace '", dest, b"', overriding mode ", &mode])
        }
    }
}

#[inline(never)]
fn one(cx: &mut Context, args: &Args, copy: &mut TreeCopy, source: &[u8], dest: &[u8], before: &[&[u8]]) -> Result<()> {
    if args.has("exchange") {
        return base::fs::renameat_with(CWD, source, CWD, dest, RenameFlags::EXCHANGE)
            .map_err(|e| Error::system(dest, e));
    }
    let meta = Meta::of(source, false).map_err(|e| Error::system(source, e))?;
    let backup = Backup::wanted(cx, args)?;
    let mut kept = None;
    if let Ok(there) = Meta::of(dest, false) {
        // One name, or two of one file, of which rename(2) would leave both; or a link in the place of what it leads to.
        let leads_back = meta.is_link() && Meta::of(source, true).is_ok_and(|m| m.same(&there));
        if (meta.same(&there) || leads_back) && (backup.is_none() || same_entry(source, dest)) {
            return Err(crate::common::told("% and % are the same file", [source, dest]));
        }
        if !may_replace(cx, args, &meta, &there, dest)? {
            return Ok(());
        }
        let again = |earlier: &&[u8]| base_name(earlier) == base_name(source);
        if copy.written.find(there.dev, there.ino).is_some()
            && before.iter().any(again)
            && !backup.as_ref().is_some_and(Backup::keeps_all)
        {
            return Err(crate::common::told("will not overwrite just-created % with %", [dest, source]));
        }
        if there.is_dir() && !meta.is_dir() && backup.is_none() {
            return Err(Error::message(base::bytes::fill(
                "cannot overwrite directory '%' with non-directory",
                &[dest],
            )));
        }
        if meta.is_dir() && !there.is_dir() && backup.is_none() {
            return Err(crate::common::told("cannot overwrite non-directory % with directory %", [dest, source]));
        }
        if let Some(backup) = &backup {
            kept = Some(backup.make(CWD, dest, dest, source)?);
        }
    }
    let renamed = rename(source, dest);
    if let (Err(e), Some(kept)) = (renamed, kept)
        && (e != Errno::XDEV || args.has("no-copy"))
    {
        // As it was before.
        let _ = rename(&kept, dest);
    }
    match renamed {
        Ok(()) => {
            copy.written.insert(meta.dev, meta.ino, 0);
            return said(cx, args, b"renamed '", source, dest);
        }
        Err(Errno::XDEV) if !args.has("no-copy") => {}
        Err(Errno::INVAL) if meta.is_dir() => {
            return Err(crate::common::told("cannot move % to a subdirectory of itself, %", [source, dest]));
        }
        Err(e @ (Errno::NOTEMPTY | Errno::EXIST)) => return Err(Error::system(dest, e)),
        Err(e) => return Err(Error::system(base::bytes::fill("% -> %", &[source, dest]), e)),
    }
    // Another file system: what is there goes first, as rename(2) would have replaced it.
    if meta.is_dir() {
        match base::fs::unlinkat(CWD, dest, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(e) => return Err(Error::system(dest, e)),
        }
    } else {
        match base::fs::unlink(dest) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(e) => return Err(Error::system(dest, e)),
        }
    }
    copy.failed = false;
    copy.tree(cx, source, dest)?;
    // What could not be copied is not removed.
    if !copy.failed && remove_tree(cx, source) {
        said(cx, args, b"renamed '", source, dest)?;
    }
    Ok(())
}

fn said(cx: &mut Context, args: &Args, words: &[u8], source: &[u8], dest: &[u8]) -> Result<()> {
    if args.has("v") { report(cx, &[words, source, b"' -> '", dest, b"'"]) } else { Ok(()) }
}
