//! cp - copy files and trees
//! Spec: POSIX.1-2024. Extras: GNU's and BusyBox's options. Deviations: of -H, -L and -P the strongest counts (L, then H), not
//! the last, as in BusyBox.

pub mod tree;

use crate::backup::Backup;
use crate::common::{destination, join, trim_slashes};
use base::copy::{Keep, Sparse};
use base::meta::Meta;
use base::walk::Follow;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Place, Result, Status};
use tree::{Existing, Links, Options, Reflink, TreeCopy, Update};

/// cp
pub const APPLET: Applet = base::applet!(Declaration {
    name: "cp",
    place: Place::Bin,
    exec: Exec::no_fork("copies by descriptor; questions go through its streams"),
    summary: "Copy SOURCE to DEST, or each SOURCE into DIRECTORY",
    operands: "SOURCE DEST\nSOURCE... DIRECTORY",
    options: &[
        Opt::flag("a", "archive", "the same as -dR --preserve=all"),
        Opt::flag("R", "recursive", "copy directories with all that is in them"),
        Opt::flag("r", "", "the same as -R"),
        Opt::flag("d", "", "copy symbolic links as such, and keep hard links"),
        Opt::flag("P", "no-dereference", "copy symbolic links as such (default with -R)"),
        Opt::flag("L", "dereference", "copy what symbolic links lead to"),
        Opt::flag("H", "", "the same for those that are operands"),
        Opt::flag("p", "", "keep mode, owner and times"),
        Opt::value("", "preserve", "LIST", Kind::Optional, "keep mode,ownership,timestamps,links,xattr,all"),
        Opt::value("", "no-preserve", "LIST", Kind::Text, "do not keep these"),
        Opt::flag("f", "force", "remove a DEST that cannot be opened"),
        Opt::flag("", "remove-destination", "remove each DEST first"),
        Opt::flag("i", "interactive", "ask before overwriting"),
        Opt::flag("n", "no-clobber", "do not overwrite"),
        Opt::value("u", "", "", Kind::Flag, "copy only what is newer or missing"),
        Opt::value(
            "",
            "update",
            "WHEN",
            Kind::OptionalChoice(&["all", "none", "none-fail", "older"]),
            "overwrite all, none or older ones",
        ),
        Opt::flag("l", "link", "make hard links instead of copying"),
        Opt::flag("s", "symbolic-link", "make symbolic links instead of copying"),
        Opt::flag("x", "one-file-system", "stay on each SOURCE's file system"),
        Opt::flag("", "parents", "keep SOURCE's directories below DIRECTORY"),
        Opt::value("", "sparse", "WHEN", Kind::Choice(&["auto", "always", "never"]), "holes: auto, always or never"),
        Opt::value(
            "",
            "reflink",
            "WHEN",
            Kind::OptionalChoice(&["auto", "always", "never"]),
            "share the data: auto, always or never",
        ),
        Opt::flag("", "attributes-only", "copy attributes, no data"),
        Opt::flag("", "copy-contents", "read special files with -R"),
        Opt::flag("", "strip-trailing-slashes", "take slashes off the end of each SOURCE"),
        Opt::flag("b", "", "keep what is overwritten as a backup"),
        Opt::value("", "backup", "HOW", Kind::Optional, "the same"),
        Opt::value("S", "suffix", "SUFFIX", Kind::Text, "the backup's suffix (default ~)"),
        Opt::value("t", "target-directory", "DIRECTORY", Kind::Text, "copy into DIRECTORY"),
        Opt::flag("T", "no-target-directory", "DEST is never a directory to copy into"),
        Opt::flag("v", "verbose", "say what is copied"),
        Opt::hidden("Z", ""),
        Opt::value("", "context", "", Kind::Optional, ""),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Reads a list of attributes.
fn attributes(list: &[u8], value: bool, keep: &mut Keep, links: &mut bool) -> Result<()> {
    for word in list.split(|b| *b == b',') {
        // Abbreviated, too: no two begin alike.
        let names = ["mode", "ownership", "timestamps", "links", "xattr", "context", "all"];
        match names.iter().position(|name| !word.is_empty() && name.as_bytes().starts_with(word)) {
            Some(0) => keep.mode = value,
            Some(1) => keep.owner = value,
            Some(2) => keep.times = value,
            Some(3) => *links = value,
            Some(4) => keep.xattr = value,
            Some(5) => {}
            Some(_) => {
                *keep = Keep { mode: value, owner: value, times: value, xattr: value };
                *links = value;
            }
            None => return Err(Error::usage_about("invalid attribute", word)),
        }
    }
    Ok(())
}

#[inline(never)]
fn options(cx: &mut Context, args: &Args) -> Result<Options> {
    let has = |id: &str| args.has(id);
    let recursive = has("a") || has("R") || has("r");
    let mut options = Options { recursive, ..Options::default() };
    // Hard links to symbolic links are rarely meant (GNU).
    let mut no_follow = options.recursive && !has("l");
    for given in &args.given {
        let text = match given.value {
            base::args::Value::Text(text) => Some(text),
            _ => None,
        };
        match given.id {
            "a" => {
                options.keep = Keep { mode: true, owner: true, times: true, xattr: true };
                options.hard_links = true;
                no_follow = true;
            }
            "d" => {
                options.hard_links = true;
                no_follow = true;
            }
            "p" => (options.keep.mode, options.keep.owner, options.keep.times) = (true, true, true),
            "preserve" => attributes(
                text.unwrap_or(b"mode,ownership,timestamps"),
                true,
                &mut options.keep,
                &mut options.hard_links,
            )?,
            "no-preserve" => {
                options.plain_mode |=
                    text.is_some_and(|list| list.split(|b| *b == b',').any(|w| w == b"mode" || w == b"all"));
                attributes(text.unwrap_or_default(), false, &mut options.keep, &mut options.hard_links)?;
            }
            "P" => no_follow = true,
            "L" => options.follow = Follow::Always,
            "H" if options.follow != Follow::Always => options.follow = Follow::Operands,
            "i" => options.existing = Existing::Ask,
            "n" => options.existing = Existing::Keep,
            "f" if options.existing == Existing::Ask => {}
            "u" => options.update = Update::Older,
            "update" => {
                options.update = match given.value {
                    base::args::Value::Choice("all") => Update::All,
                    base::args::Value::Choice("none" | "none-fail") => {
                        options.existing = Existing::Keep;
                        Update::All
                    }
                    _ => Update::Older,
                }
            }
            _ => {}
        }
    }
    if !no_follow && options.follow == Follow::Never {
        options.follow = Follow::Always;
    }
    options.force = has("f");
    options.remove = has("remove-destination");
    options.links = if has("l") {
        Links::Hard
    } else if has("s") {
        Links::Symbolic
    } else {
        Links::None
    };
    options.one_device = has("x");
    options.verbose = has("v");
    options.data = !has("attributes-only");
    options.contents = has("copy-contents");
    options.sparse = match args.choice("sparse") {
        Some("always") => Sparse::Always,
        Some("never") => Sparse::Never,
        _ => Sparse::Auto,
    };
    options.reflink = match (args.has("reflink"), args.choice("reflink")) {
        (true, None | Some("always")) => Reflink::Always,
        (_, Some("never")) => Reflink::Never,
        _ => Reflink::Auto,
    };
    options.backup = Backup::wanted(cx, args)?;
    Ok(options)
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let options = options(cx, args)?;
    if args.has("strip-trailing-slashes") {
        for operand in &mut args.operands {
            *operand = trim_slashes(operand);
        }
    }
    let to = destination(args, true)?;
    if args.has("parents") && !to.is_dir {
        return Err(Error::message("with --parents, the destination must be a directory"));
    }
    let mut copy = TreeCopy::new(options);
    copy.several = to.sources.len() > 1;
    for source in &to.sources {
        if args.has("parents") {
            let source = trim_slashes(source);
            if let Err(e) = make_parents(cx, &copy.options, source, to.path) {
                cx.warn(e);
                continue;
            }
            copy.tree(cx, source, &join(to.path, source.strip_prefix(b"/").unwrap_or(source)))?;
            if copy.options.keep != Keep::default() {
                keep_parents(cx, copy.options.keep, source, to.path);
            }
            continue;
        }
        // `cp -r dir/. dest` copies what is in dir: the name would be `.`.
        let base = crate::common::base_name(source);
        let dest = if to.is_dir && matches!(base, b"." | b"..") { to.path.to_vec() } else { to.of(source) };
        copy.tree(cx, source, &dest)?;
    }
    Ok(Status::SUCCESS)
}

/// Makes the directories of `source` below `dir`, each like its original.
fn make_parents(cx: &mut Context, options: &Options, source: &[u8], dir: &[u8]) -> Result<()> {
    for (at, _) in source.iter().enumerate().filter(|(at, b)| **b == b'/' && *at > 0) {
        let part = source.get(..at).unwrap_or_default();
        let made = join(dir, part.strip_prefix(b"/").unwrap_or(part));
        let meta = Meta::of(part, true).map_err(|e| Error::system(part, e))?;
        match base::fs::mkdir(made.as_slice(), rustix::fs::Mode::from_raw_mode(meta.permissions() | 0o300)) {
            Ok(()) => {
                if options.verbose {
                    crate::common::report(cx, &[part, b" -> ", &made])?;
                }
            }
            Err(base::Errno::EXIST) => {}
            Err(e) => return Err(Error::system(made, e)),
        }
    }
    Ok(())
}

/// Gives the directories of `source` below `dir` the attributes of their originals, the innermost first.
fn keep_parents(cx: &mut Context, keep: Keep, source: &[u8], dir: &[u8]) {
    for (at, _) in source.iter().enumerate().rev().filter(|(at, b)| **b == b'/' && *at > 0) {
        let part = source.get(..at).unwrap_or_default();
        let made = join(dir, part.strip_prefix(b"/").unwrap_or(part));
        let kept = Meta::of(part, true).and_then(|meta| base::copy::preserve(rustix::fs::CWD, &made, &meta, keep));
        if let Err(e) = kept {
            cx.warn(Error::system(made, e));
        }
    }
}
