//! chmod - change the modes of files
//! Spec: POSIX.1-2024. Extras: -c -f -v --reference --preserve-root as GNU. Deviations: none known.

use crate::common::report;
use base::meta::Meta;
use base::mode::{self, ModeChange};
use base::walk::{Event, Follow, Walk};
use base::{
    Applet, Args, Context, Dashed, Declaration, Errno, Error, Exec, Kind, Opt, Place, Result, ResultExt, Status,
};
use rustix::fs::{FileType, Mode};

/// chmod
pub const APPLET: Applet = base::applet!(Declaration {
    name: "chmod",
    place: Place::Bin,
    exec: Exec::no_fork("changes modes by path and descriptor"),
    summary: "Change the mode of each FILE to MODE",
    operands: "MODE[,MODE]... FILE...\n--reference=FILE FILE...",
    notes: "MODE is octal, or [ugoa]*([-+=]([rwxXst]*|[ugo]))+, for example u=rwX,go-w.",
    options: &[
        Opt::flag("R", "recursive", "change directories and all that is in them"),
        Opt::flag("c", "changes", "say what is changed"),
        Opt::flag("f", "silent", "no messages about files that cannot be changed"),
        Opt::hidden("", "quiet"),
        Opt::flag("v", "verbose", "say what is done to each file"),
        Opt::flag("h", "no-dereference", "leave symbolic links alone"),
        Opt::value("", "reference", "FILE", Kind::Text, "take the mode of FILE"),
        Opt::flag("", "preserve-root", "do not work recursively on /"),
        Opt::hidden("", "no-preserve-root"),
    ],
    dashed: Dashed::Mode,
    run,
    ..Declaration::DEFAULT
});

struct Job {
    change: ModeChange,
    umask: u32,
    recursive: bool,
    changes: bool,
    verbose: bool,
    silent: bool,
    nofollow: bool,
    /// MODE looked like an option: that the umask keeps from being changed is told.
    like_option: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut text = Vec::new();
    let mut like_option = false;
    if let Some(file) = args.text("reference") {
        text.push(b'=');
        base::number::push_radix(&mut text, u64::from(Meta::of(file, true).at(file)?.permissions()), 8, 4, b'0');
    } else {
        // A MODE that looks like an option is one wherever it stands, and there may be several.
        let mut at = 0;
        let before = args.before_dashes;
        args.operands.retain(|operand| {
            let mode = at < before && operand.starts_with(b"-");
            at = at.saturating_add(1);
            if mode {
                if like_option {
                    text.push(b',');
                }
                text.extend_from_slice(operand);
                like_option = true;
            }
            !mode
        });
        if !like_option {
            args.between(2, usize::MAX)?;
            text.extend_from_slice(args.operands.remove(0));
        }
    }
    let files = args.between(1, usize::MAX)?;
    let Some(change) = ModeChange::parse(&text) else {
        return Err(Error::message(base::bytes::fill("invalid mode '%'", &[&text])));
    };
    let job = Job {
        change,
        umask: mode::umask(),
        recursive: args.has("R"),
        changes: args.has("c"),
        verbose: args.has("v"),
        silent: args.has("f") || args.has("quiet"),
        nofollow: args.has("h"),
        like_option,
    };
    let root = if job.recursive && args.has("preserve-root") { Meta::of("/", false).ok() } else { None };
    let mut walk = Walk::new(if job.nofollow { Follow::Never } else { Follow::Operands }, false);
    for file in files {
        if root.is_some_and(|root| Meta::of(*file, true).is_ok_and(|m| m.same(&root))) {
            cx.warn(Error::message("it is dangerous to operate recursively on '/'"));
            continue;
        }
        walk.start(file);
        tree(cx, &job, &mut walk)?;
    }
    Ok(Status::SUCCESS)
}

fn tree(cx: &mut Context, job: &Job, walk: &mut Walk) -> Result<()> {
    // Directories whose new mode would lock us out are changed when all inside is done: their depths.
    let mut later: Vec<usize> = Vec::new();
    while let Some(event) = walk.next() {
        match event {
            Event::Dir if job.recursive => match walk.meta().map(|m| job.change.apply(m.mode, true, job.umask)) {
                Ok(new) if new & 0o500 != 0o500 => later.push(walk.depth()),
                Ok(_) => change(cx, job, walk)?,
                Err(e) => {
                    failed(cx, job, walk, e);
                    walk.skip();
                }
            },
            Event::Dir => {
                walk.skip();
                change(cx, job, walk)?;
            }
            Event::After => {
                if later.last() == Some(&walk.depth()) {
                    later.pop();
                    change(cx, job, walk)?;
                }
            }
            // The modes of symbolic links mean nothing; below an operand they are not followed.
            Event::File if walk.kind() == FileType::Symlink => {
                if walk.depth() == 0 && !job.nofollow {
                    failed(cx, job, walk, Errno::NOENT);
                }
            }
            Event::File => change(cx, job, walk)?,
            Event::Error(e) => failed(cx, job, walk, e),
            Event::Loop => {}
        }
    }
    Ok(())
}

fn failed(cx: &mut Context, job: &Job, walk: &Walk, errno: Errno) {
    if job.silent {
        cx.failed();
    } else {
        cx.warn(Error::system(walk.path(), errno));
    }
}

fn change(cx: &mut Context, job: &Job, walk: &mut Walk) -> Result<()> {
    let meta = match walk.meta() {
        Ok(meta) => meta,
        Err(e) => {
            failed(cx, job, walk, e);
            return Ok(());
        }
    };
    let new = job.change.apply(meta.mode, meta.is_dir(), job.umask);
    let done = if walk.follows() {
        base::fs::chmodat(walk.dir(), walk.name(), Mode::from_raw_mode(new))
    } else {
        base::sys::file::chmod_nofollow(walk.dir(), walk.name(), new)
    };
    if let Err(e) = done {
        failed(cx, job, walk, e);
        return Ok(());
    }
    let all = if job.like_option { job.change.apply(meta.mode, meta.is_dir(), 0) } else { new };
    if all != new {
        let (new, all) = (mode::format(new), mode::format(all));
        let words = |mode: &[u8]| [b" ", mode.get(1..).unwrap_or_default()].concat();
        let text = base::bytes::fill("%: new permissions are%, not%", &[walk.path(), &words(&new), &words(&all)]);
        cx.warn(Error::message(text));
    }
    let same = new == meta.permissions();
    if !job.verbose && (!job.changes || same) {
        return Ok(());
    }
    let show = |mode: u32| {
        let mut text = Vec::new();
        base::number::push_radix(&mut text, u64::from(mode), 8, 4, b'0');
        text.extend_from_slice(b" (");
        text.extend_from_slice(mode::format(mode).get(1..).unwrap_or_default());
        text.push(b')');
        text
    };
    if same {
        report(cx, &[b"mode of '", walk.path(), b"' retained as ", &show(new)])
    } else {
        report(cx, &[b"mode of '", walk.path(), b"' changed from ", &show(meta.permissions()), b" to ", &show(new)])
    }
}
