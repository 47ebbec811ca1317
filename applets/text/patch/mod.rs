//! patch - apply the differences that diff found
//! Spec: POSIX.1-2024. Extras: GNU's options but for -e, -g, -T, -Z and --merge; git's renames, copies, modes and links.
//! Deviations: an ed script is refused, for it may run commands; a name out of a patch is never followed through a link.

mod apply;
mod files;
mod memory;
mod parse;
mod rejects;

use apply::{Place, Target};
use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::bytes::fill;
use base::context::{Context, Status};
use base::error::{Errno, Error, Result, ResultExt};
use base::io::Input;
use base::number::push_u64;
use files::{File, is_safe};
use memory::Deed;
use parse::{Change, Format, Header, Hunk, Reader, file_name};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "patch",
    exec: Exec::no_exec("may change its working directory"),
    summary: "Apply the differences in PATCHFILE or standard input to files",
    operands: "[FILE [PATCHFILE]]",
    notes: "Hunks that do not fit go to FILE.rej. The status is 1 where some did not, 2 for worse.",
    options: &[
        Opt::value("D", "ifdef", "NAME", Kind::Text, "keep both texts, divided by #ifdef NAME"),
        Opt::value("p", "strip", "NUM", Kind::Count, "strip NUM leading parts from file names"),
        Opt::flag("R", "reverse", "the patch was made with old and new swapped"),
        Opt::flag("N", "forward", "ignore patches that seem reversed or applied"),
        Opt::value("i", "input", "FILE", Kind::Text, "read the patch from FILE"),
        Opt::value("d", "directory", "DIR", Kind::Text, "change to DIR first"),
        Opt::value("o", "output", "FILE", Kind::Text, "write the result to FILE"),
        Opt::value("r", "reject-file", "FILE", Kind::Text, "write rejects to FILE (- throws them away)"),
        Opt::value("F", "fuzz", "NUM", Kind::Count, "ignore up to NUM lines of context (default 2)"),
        Opt::flag("l", "ignore-whitespace", "white space need not be the same"),
        Opt::flag("E", "remove-empty-files", "remove files that become empty"),
        Opt::flag("b", "backup", "keep the original of each file"),
        Opt::flag("", "backup-if-mismatch", "keep it where a hunk did not fit exactly"),
        Opt::flag("", "no-backup-if-mismatch", "keep originals only with -b"),
        Opt::value("z", "suffix", "SUFFIX", Kind::Text, "end of the originals' names (default .orig)"),
        Opt::value("B", "prefix", "PREFIX", Kind::Text, "beginning of the originals' names"),
        Opt::value("Y", "basename-prefix", "PREFIX", Kind::Text, "beginning of their last part"),
        Opt::value("V", "version-control", "STYLE", Kind::Choice(STYLES), "simple, numbered or existing"),
        Opt::flag("c", "context", "the patch is a context diff"),
        Opt::flag("n", "normal", "the patch is a normal diff"),
        Opt::flag("u", "unified", "the patch is a unified diff"),
        Opt::flag("e", "ed", "the patch is an ed script (refused)"),
        Opt::flag("f", "force", "ask nothing, take the patch as it is"),
        Opt::flag("t", "batch", "ask nothing, assume -R where it seems reversed"),
        Opt::flag("s", "quiet", "say nothing but errors"),
        Opt::hidden("", "silent"),
        Opt::flag("", "verbose", "say more"),
        Opt::flag("", "dry-run", "change nothing"),
        Opt::flag("", "binary", "leave carriage returns alone"),
        Opt::flag("", "posix", "no backups, no removal, as POSIX has it"),
        Opt::value(
            "",
            "read-only",
            "HOW",
            Kind::Choice(&["ignore", "warn", "fail"]),
            "what to do about read-only files"
        ),
        Opt::value("", "reject-format", "FORMAT", Kind::Choice(&["context", "unified"]), "form of the rejects"),
    ],
    usage_status: 2,
    failure: 1,
    run,
    ..Declaration::DEFAULT
});

const STYLES: &[&str] = &["simple", "never", "numbered", "t", "existing", "nil", "none", "off"];

/// What the options ask for.
struct Options<'a> {
    strip: Option<u64>,
    reverse: bool,
    forward: bool,
    fuzz: usize,
    loose: bool,
    define: Option<&'a [u8]>,
    remove_empty: bool,
    backup: bool,
    mismatch: bool,
    suffix: &'a [u8],
    prefix: &'a [u8],
    base_prefix: &'a [u8],
    numbered: bool,
    existing: bool,
    force: bool,
    batch: bool,
    quiet: bool,
    verbose: bool,
    dry: bool,
    posix: bool,
    file: Option<&'a [u8]>,
    output: Option<&'a [u8]>,
    rejects: Option<&'a [u8]>,
    reject_context: Option<bool>,
    read_only: &'a str,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = args.between(0, 2)?;
    if args.has("e") {
        return Err(Error::message("ed scripts are not applied: make the patch with diff -u").with_status(2));
    }
    let style = args.choice("V").unwrap_or("existing");
    let named = ["z", "B", "Y"].iter().any(|id| args.has(id)) && !args.has("V");
    let posix = args.has("posix");
    let mut patcher = Patcher {
        failed: false,
        collected: Vec::new(),
        memory: Vec::new(),
        options: Options {
            strip: args.count("p"),
            reverse: args.has("R"),
            forward: args.has("N"),
            fuzz: args.amount("F", 2),
            loose: args.has("l"),
            define: args.text("D"),
            remove_empty: args.has("E"),
            backup: args.has("b"),
            mismatch: args.has("backup-if-mismatch") || !posix && !args.has("no-backup-if-mismatch"),
            suffix: args.text("z").unwrap_or(if args.has("B") || args.has("Y") { b"" } else { b".orig" }),
            prefix: args.text("B").unwrap_or_default(),
            base_prefix: args.text("Y").unwrap_or_default(),
            numbered: matches!(style, "numbered" | "t"),
            existing: matches!(style, "existing" | "nil") && !named,
            force: args.has("f"),
            batch: args.has("t"),
            quiet: args.has("s") || args.has("silent"),
            verbose: args.has("verbose"),
            dry: args.has("dry-run"),
            posix,
            file: operands.first().copied(),
            output: args.text("o"),
            rejects: args.text("r"),
            read_only: args.choice("read-only").unwrap_or("ignore"),
            reject_context: args.choice("reject-format").map(|format| format == "context"),
        },
    };
    let only = args.last_of(&["c", "n", "u"]).map(|id| match id {
        "c" => Format::Context,
        "n" => Format::Normal,
        _ => Format::Unified,
    });
    // The patch is found from where the user stands with an operand, from DIR with -i: both as GNU's.
    if let Some(directory) = args.text("d")
        && let Err(errno) = base::fs::chdir(directory)
    {
        return Err(cannot(b"change to directory ", directory, errno));
    }
    let text = match args.text("i").or(operands.get(1).copied()) {
        None | Some(b"-") => cx.stdin.rest()?,
        Some(path) => match Input::open(path).and_then(|mut input| input.rest()) {
            Ok(text) => text,
            Err(error) => return Err(cannot(b"open patch file ", path, error.errno().unwrap_or(Errno::IO))),
        },
    };
    let mut reader = Reader::new(&text, only);
    let mut any = false;
    while let Some(header) = reader.next(args.has("binary")).map_err(|error| error.with_status(2))? {
        patcher.part(cx, &mut reader, header, !any)?;
        any = true;
    }
    if !any && !reader.is_empty() {
        return Err(Error::message("**** Only garbage was found in the patch input.").with_status(2));
    }
    if patcher.options.verbose {
        cx.stdout.put(b"done\n")?;
    }
    if let Some(path) = patcher.options.output.filter(|_| !patcher.options.dry) {
        match path {
            b"-" => cx.stdout.put(&patcher.collected)?,
            path => patcher.reach(path, true, false)?.write(&patcher.collected, None)?,
        }
    }
    Ok(Status(u8::from(patcher.failed)))
}

#[cold]
fn cannot(what: &[u8], path: &[u8], errno: Errno) -> Error {
    Error::system(fill("**** Can't %%", &[what, path]), errno).with_status(2)
}

struct Patcher<'a> {
    options: Options<'a>,
    failed: bool,
    /// What goes to the file of -o.
    collected: Vec<u8>,
    /// What earlier parts did to files.
    memory: Vec<(Deed, Vec<u8>, Vec<u8>)>,
}

impl Patcher<'_> {
    /// Tells something; on standard error where standard output has the result.
    fn say(&self, cx: &mut Context, template: &str, parts: &[&[u8]]) {
        let out = if self.options.output == Some(b"-") { &mut cx.stderr } else { &mut cx.stdout };
        // The end of the program tells of what cannot be written: a file half patched helps nobody.
        let mut text = fill(template, parts);
        text.push(b'\n');
        let _ = out.put(&text);
    }

    /// Asks something whose answer is `no` where nobody is there.
    fn ask(&self, cx: &mut Context, question: &[u8]) -> Result<bool> {
        cx.stdout.put(question)?;
        if cx.stdout.is_terminal() {
            cx.stdout.finish()?;
            if let Ok(mut terminal) = Input::open(b"/dev/tty") {
                return Ok(matches!(terminal.line(b'\n')?, Some([b'y' | b'Y', ..])));
            }
        }
        cx.stdout.put(b"\n")?;
        Ok(false)
    }

    fn safe_name(&self, cx: &mut Context, text: &[u8]) -> Option<Vec<u8>> {
        let name = file_name(text, self.options.strip)?;
        if is_safe(&name) {
            return Some(name);
        }
        self.say(cx, "Ignoring potentially dangerous file name %", &[&name]);
        None
    }

    /// Reaches a file by a name: `trusted` where it is the user's own, else from the patch.
    fn reach(&self, name: &[u8], trusted: bool, create: bool) -> Result<Box<File>> {
        let dry = self.options.dry;
        let file = if trusted { File::trusted(name) } else { File::untrusted(name, create && !dry) };
        match file {
            Err(Errno::NOENT) if create && dry => File::missing(name),
            file => file,
        }
        .at(name)
    }

    /// Finds the file: the operand, or the best of the header's names that exists, or the one that is to be made.
    /// Gives what is read, and where it is renamed or copied, what is written; nothing where there is no such file.
    #[inline(never)]
    fn choose(&self, cx: &mut Context, header: &Header, creates: bool) -> Result<[Option<Box<File>>; 2]> {
        if let Some(path) = self.options.file {
            return Ok([Some(self.reach(path, true, false)?), None]);
        }
        let old = self.safe_name(cx, header.old.text);
        let new = if header.new.text == header.old.text { old.clone() } else { self.safe_name(cx, header.new.text) };
        if header.change != Change::None {
            let (Some(old), Some(new)) = (old, new) else { return Ok([None, None]) };
            return Ok([Some(self.reach(&old, false, false)?), Some(self.reach(&new, false, true)?)]);
        }
        let index = match header.index {
            Some(text) if old.is_none() && new.is_none() => self.safe_name(cx, text),
            _ => None,
        };
        // One that is there, else one to be made whose directory is there; the fewest parts, the shortest last one, the shortest.
        let mut best: Option<([usize; 4], &[u8])> = None;
        for name in [&old, &new, &index] {
            let Some(name) = name else { continue };
            let missing = match File::untrusted(name, false) {
                Ok(file) => usize::from(file.meta().is_err()),
                Err(Errno::LOOP | Errno::NOTDIR) => {
                    self.say(cx, "Ignoring %: a link in it may lead elsewhere", &[name]);
                    continue;
                }
                Err(_) => 2,
            };
            let (mut parts, mut last) = (0usize, 0);
            for part in name.split(|byte| *byte == b'/') {
                parts += usize::from(!part.is_empty());
                last = part.len();
            }
            let rank = [missing, parts, last, name.len()];
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, name));
            }
        }
        let best = match best {
            Some(([missing, ..], name)) if creates || missing == 0 => Some(self.reach(name, false, creates)?),
            _ => None,
        };
        Ok([best, None])
    }

    fn show_leading(&self, cx: &mut Context, reader: &Reader, from: usize, number: usize) {
        let mut text = b"The text leading up to this was:\n--------------------------\n".to_vec();
        for line in reader.leading(from, number.saturating_sub(1)) {
            text.push(b'|');
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        self.say(cx, "%--------------------------", &[&text]);
    }

    /// One file's part of the patch.
    #[inline(never)]
    fn part(&mut self, cx: &mut Context, reader: &mut Reader, mut header: Box<Header>, first: bool) -> Result<()> {
        let number = reader.number();
        // Text stands between the parts of one commit and those of the next.
        if !reader.leading(header.from, header.from + 1).any(|line| line.starts_with(b"diff --git ")) {
            self.forget_written();
        }
        if self.options.verbose {
            let what: &[u8] = match header.format {
                Format::Unified => b"unified diff",
                Format::Context => b"new-style context diff",
                Format::Normal => b"normal diff",
                Format::Git => b"git-style diff",
            };
            let template = if first {
                "Hmm...  Looks like a % to me..."
            } else {
                "Hmm...  The next patch looks like a % to me..."
            };
            self.say(cx, template, &[what]);
            self.show_leading(cx, reader, header.from, number);
        }
        if header.strip_cr && !self.options.quiet {
            self.say(cx, "(Stripping trailing CRs from patch; use --binary to disable.)", &[]);
        }
        if self.options.reverse {
            core::mem::swap(&mut header.old, &mut header.new);
        }
        let mut hunks = Vec::new();
        while let Some(mut hunk) = reader.hunk(header.format)? {
            if self.options.reverse {
                hunk.reverse();
            }
            hunks.push(hunk);
        }
        // What takes nothing from the old file needs none.
        let takes_nothing = hunks.first().is_some_and(|hunk| hunk.count(b'+') == 0);
        let can_create = header.old.absent || header.new.absent || takes_nothing && header.format != Format::Normal;
        if let [Some(from), to] = self.choose(cx, &header, can_create)? {
            return self.patch(cx, header, hunks, from, to);
        }
        let mut text = b"can't find file to patch at input line ".to_vec();
        push_u64(&mut text, number as u64);
        let template = if self.options.strip.is_none() {
            "%\nPerhaps you should have used the -p or --strip option?"
        } else {
            "%\nPerhaps you used the wrong -p or --strip option?"
        };
        self.say(cx, template, &[&text]);
        self.show_leading(cx, reader, header.from, number);
        if self.options.force || self.options.batch {
            self.say(cx, "No file to patch.  Skipping patch.", &[]);
        } else {
            self.ask(cx, b"File to patch: ")?;
            self.ask(cx, b"Skip this patch? [y] ")?;
            self.say(cx, "Skipping patch.", &[]);
        }
        self.ignored(cx, hunks.len(), b"");
        Ok(())
    }

    fn ignored(&mut self, cx: &mut Context, count: usize, rejects: &[u8]) {
        self.failed = true;
        if count > 0 {
            self.tell_rejected(cx, count, count, b" ignored", rejects);
        }
    }

    /// `1 out of 2 hunks FAILED -- saving rejects to file x.rej`.
    fn tell_rejected(&self, cx: &mut Context, some: usize, all: usize, what: &[u8], rejects: &[u8]) {
        let mut text = Vec::new();
        push_u64(&mut text, some as u64);
        text.extend_from_slice(b" out of ");
        push_u64(&mut text, all as u64);
        text.extend_from_slice(if all == 1 { b" hunk" } else { b" hunks" });
        text.extend_from_slice(what);
        if !rejects.is_empty() && !self.options.dry {
            text.extend_from_slice(b" -- saving rejects to file ");
            text.extend_from_slice(rejects);
        }
        self.say(cx, "%", &[&text]);
    }

    /// All hunks are rejects.
    fn reject_all(&mut self, cx: &mut Context, file: &File, header: &Header, hunks: &mut [Hunk]) -> Result<()> {
        for hunk in hunks.iter_mut() {
            hunk.failed = true;
        }
        let rejects = self.save_rejects(file, header, hunks)?;
        self.ignored(cx, hunks.len(), &rejects);
        Ok(())
    }

    #[inline(never)]
    fn patch(
        &mut self,
        cx: &mut Context,
        mut header: Box<Header>,
        mut hunks: Vec<Hunk>,
        from: Box<File>,
        to: Option<Box<File>>,
    ) -> Result<()> {
        let meta = from.meta().ok();
        let to_exists = to.as_ref().is_some_and(|to| to.meta().is_ok());
        let already = header.change == Change::Rename && meta.is_none() && to_exists;
        let file: &File = to.as_deref().unwrap_or(&from);
        let target = if already { file } else { &from };
        let kind: &[u8] = if header.link { b"symbolic link" } else { b"regular file" };
        if meta.as_ref().is_some_and(|meta| if header.link { !meta.is_link() } else { !meta.is_file() }) {
            self.say(cx, "File % is not a % -- refusing to patch", &[&from.path, kind]);
            return self.reject_all(cx, file, &header, &mut hunks);
        }
        let earlier = match header.change {
            Change::None => None,
            _ => self.recall(Deed::Written, &from.path),
        };
        if self.options.read_only != "ignore" && meta.as_ref().is_some_and(|meta| meta.permissions() & 0o222 == 0) {
            let fails = self.options.read_only == "fail";
            let what: &[u8] = if fails { b"refusing to patch" } else { b"trying to patch anyway" };
            self.say(cx, "File % is read-only; %", &[&from.path, what]);
            if fails {
                return self.reject_all(cx, file, &header, &mut hunks);
            }
        }
        if meta.is_none() && !already && earlier.is_none() && header.change != Change::None {
            self.say(cx, "can't find file to patch: %", &[&from.path]);
            self.ignored(cx, hunks.len(), b"");
            return Ok(());
        }
        let written = earlier.is_some();
        let content = match earlier {
            Some(content) => content,
            None if meta.is_some() || already => target.read(header.link)?,
            None => Vec::new(),
        };
        // A patch that makes a file which is there was probably applied before, and one that empties an empty one too.
        let takes = |hunks: &[Hunk]| hunks.first().is_some_and(|hunk| hunk.count(b'+') > 0);
        let creates = header.old.absent && !takes(&hunks) && !hunks.is_empty();
        let exists = creates && meta.is_some() && (!content.is_empty() || header.git);
        let mut swapped = false;
        if (exists || header.new.absent && meta.is_none() && takes(&hunks)) && !self.options.force {
            let head: &[u8] = if self.options.reverse { b", when reversed," } else { b"" };
            let (verb, why): (&[u8], &[u8]) = match exists {
                true => (b"create", b"which already exists!"),
                false => (b"delete", b"which does not exist!"),
            };
            self.say(cx, "The next patch% would % the file %,", &[head, verb, &file.path]);
            match self.assume_reversed(cx, why)? {
                Assumed::Reversed => swapped = true,
                Assumed::Anyway => {}
                Assumed::Skip => {
                    self.ignored(cx, hunks.len(), b"");
                    return Ok(());
                }
            }
        }
        if header.binary {
            self.failed = true;
            self.say(cx, "File %: git binary diffs are not supported.", &[&file.path]);
            return Ok(());
        }
        if !self.options.quiet {
            let template = match (header.change, already) {
                _ if header.link => "% symbolic link %",
                _ if self.options.output.is_some() => "% file % (read from %)",
                (Change::Rename, true) => "% file % (already renamed from %)",
                (Change::Rename, _) => "% file % (renamed from %)",
                (Change::Copy, _) => "% file % (copied from %)",
                _ => "% file %",
            };
            let word = if self.options.dry { b"checking" } else { b"patching" };
            self.say(cx, template, &[word, self.options.output.unwrap_or(&file.path), &from.path]);
            if self.options.verbose {
                self.say(cx, "Using Plan A...", &[]);
            }
        }
        if swapped {
            core::mem::swap(&mut header.old, &mut header.new);
            hunks.iter_mut().for_each(Hunk::reverse);
        }
        let mut text = Target::new(&content, self.options.loose);
        text.define = self.options.define;
        let mut rejected = 0usize;
        let mut mismatch = false;
        let mut index = 0usize;
        'hunks: while let Some(hunk) = hunks.get(index) {
            let mut place = None;
            for fuzz in 0..self.options.fuzz.min(hunk.lines.len()).saturating_add(1) {
                place = text.find(hunk, fuzz);
                if place.is_some() {
                    break;
                }
                if index == 0 && !swapped && !self.options.force && self.fits_reversed(&mut text, &hunks, fuzz) {
                    match self.assume_reversed(cx, b"Reversed (or previously applied) patch detected!")? {
                        Assumed::Reversed => {
                            // Once more, the other way round.
                            swapped = true;
                            mismatch = true;
                            core::mem::swap(&mut header.old, &mut header.new);
                            hunks.iter_mut().for_each(Hunk::reverse);
                            continue 'hunks;
                        }
                        Assumed::Anyway => {}
                        Assumed::Skip => {
                            drop(text);
                            return self.reject_all(cx, file, &header, &mut hunks);
                        }
                    }
                }
            }
            let Some(hunk) = hunks.get_mut(index) else { break };
            index += 1;
            match place {
                Some(place) => {
                    mismatch |= place.fuzz > 0 || place.offset != 0;
                    let line = place.at.saturating_add(1).saturating_add_signed(text.growth);
                    self.tell_success(cx, index, line, &place);
                    text.apply(hunk, &place);
                }
                None => {
                    mismatch = true;
                    if !self.options.quiet {
                        let mut line = b"Hunk #".to_vec();
                        push_u64(&mut line, index as u64);
                        line.extend_from_slice(b" FAILED at ");
                        push_u64(&mut line, hunk.new.saturating_add_signed(text.offset) as u64);
                        if differs_in_endings(&content, hunk) {
                            line.extend_from_slice(b" (different line endings)");
                        }
                        self.say(cx, "%.", &[&line]);
                    }
                    rejected += 1;
                    hunk.failed = true;
                }
            }
        }
        let result = text.finish();
        if rejected > 0 {
            self.failed = true;
            let rejects = self.save_rejects(file, &header, &hunks)?;
            self.tell_rejected(cx, rejected, hunks.len(), b" FAILED", &rejects);
        }
        if self.options.dry {
            return Ok(());
        }
        if self.options.output.is_some() {
            self.collected.extend_from_slice(&result);
            return Ok(());
        }
        let all_failed = !hunks.is_empty() && rejected == hunks.len();
        if all_failed && meta.is_none() {
            return Ok(());
        }
        if self.options.backup || mismatch && self.options.mismatch {
            if meta.is_some() || self.options.backup {
                self.keep(file)?;
            }
            if header.change == Change::Rename && meta.is_some() {
                self.keep(&from)?;
            }
        }
        if header.git {
            if self.recall(Deed::Written, &file.path).is_some() {
                self.forget_written();
            }
            let before = match &to {
                Some(to) if !already => to.read(header.link).unwrap_or_default(),
                _ => content.clone(),
            };
            self.memory.push((Deed::Written, file.path.clone(), before));
        }
        let gone = header.new.absent && (!hunks.is_empty() || header.git);
        let remove = result.is_empty() && (gone && !self.options.posix || self.options.remove_empty);
        if remove && rejected == 0 {
            if meta.is_some() {
                from.remove().at(&from.path)?;
            }
            return Ok(());
        }
        if gone && !result.is_empty() && rejected == 0 {
            self.failed = true;
            self.say(cx, "Not deleting file % as content differs from patch", &[&file.path]);
        }
        let mode = header.new.mode.or_else(|| to.as_ref().and(meta.as_ref()).map(|meta| meta.permissions()));
        if result != content || meta.is_none() || to.is_some() && !already {
            match header.link {
                true => file.link(&result).at(&file.path)?,
                false => file.write(&result, mode)?,
            }
        } else if let Some(mode) = mode {
            file.chmod(mode).at(&file.path)?;
        }
        if header.change == Change::Rename && to.is_some() && !already && rejected == 0 && meta.is_some() && !written {
            from.remove().at(&from.path)?;
        }
        Ok(())
    }

    /// Whether the first hunk fits with old and new swapped.
    fn fits_reversed(&self, text: &mut Target, hunks: &[Hunk], fuzz: usize) -> bool {
        let Some(first) = hunks.first() else { return false };
        let mut hunk = first.clone();
        hunk.reverse();
        hunk.count(b'+') > 0 && text.find(&hunk, fuzz).is_some()
    }

    fn assume_reversed(&self, cx: &mut Context, what: &[u8]) -> Result<Assumed> {
        let (word, other): (&[u8], &[u8]) =
            if self.options.reverse { (b"Ignore", b"Ignoring") } else { (b"Assume", b"Assuming") };
        if self.options.forward {
            self.say(cx, "%  Skipping patch.", &[what]);
            return Ok(Assumed::Skip);
        }
        if self.options.batch {
            self.say(cx, "%  % -R.", &[what, other]);
            return Ok(Assumed::Reversed);
        }
        if self.ask(cx, &fill("%  % -R? [n] ", &[what, word]))? {
            return Ok(Assumed::Reversed);
        }
        if self.ask(cx, b"Apply anyway? [n] ")? {
            return Ok(Assumed::Anyway);
        }
        self.say(cx, "Skipping patch.", &[]);
        Ok(Assumed::Skip)
    }

    fn tell_success(&self, cx: &mut Context, number: usize, line: usize, place: &Place) {
        if self.options.quiet || place.fuzz == 0 && place.offset == 0 && !self.options.verbose {
            return;
        }
        let mut text = b"Hunk #".to_vec();
        push_u64(&mut text, number as u64);
        text.extend_from_slice(b" succeeded at ");
        push_u64(&mut text, line as u64);
        if place.fuzz > 0 {
            text.extend_from_slice(b" with fuzz ");
            push_u64(&mut text, place.fuzz as u64);
        }
        if place.offset != 0 {
            text.extend_from_slice(b" (offset ");
            base::number::push_i64(&mut text, place.offset as i64);
            text.extend_from_slice(if place.offset == 1 { b" line)" } else { b" lines)" });
        }
        self.say(cx, "%.", &[&text]);
    }
}

/// What to do with a patch that seems to be applied already.
enum Assumed {
    Reversed,
    Anyway,
    Skip,
}

/// Whether the file and the hunk differ in having carriage returns.
fn differs_in_endings(content: &[u8], hunk: &Hunk) -> bool {
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let wanted = hunk.lines.first().map_or(&b""[..], |line| line.text);
    !content.is_empty() && line.ends_with(b"\r") != wanted.ends_with(b"\r")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use base::applet::{Applet, Registry};
    use base::context::{Context, ProcessEnvironment};
    use base::io::{Input, Output};

    static REGISTRY: Registry = Registry { families: &[] };

    fn call(applet: &'static Applet, arguments: &[&str], stdin: Vec<u8>) -> (u8, Vec<u8>) {
        let stdin = Input::memory(stdin, b"standard input");
        let (name, env) = (applet.name().as_bytes(), &ProcessEnvironment);
        let mut cx = Context::new(name, applet, &REGISTRY, env, stdin, Output::memory(), Output::memory());
        let arguments: Vec<&[u8]> = arguments.iter().map(|text| text.as_bytes()).collect();
        let status = cx.run(&arguments);
        (status, cx.stdout.take())
    }

    /// What diff finds, patch makes, and -R unmakes: in all formats, on small files of few different lines.
    #[test]
    fn round_trip_with_diff() {
        let dir = std::env::temp_dir().join(format!("cairn-patch-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = |name: &str| dir.join(name).to_str().unwrap().to_string();
        let (old, new, made) = (path("old"), path("new"), path("made"));
        let mut seed = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = |below: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % below
        };
        for round in 0..400 {
            let mut text = Vec::new();
            for _ in 0..random(30) {
                text.push(vec![b'a' + random(4) as u8]);
            }
            let mut changed = text.clone();
            for _ in 0..random(6) {
                let at = random(changed.len() as u64 + 1) as usize;
                if random(2) == 0 && at < changed.len() {
                    changed.remove(at);
                } else {
                    changed.insert(at, vec![b'a' + random(5) as u8]);
                }
            }
            let end: &[u8] = if random(4) == 0 { b"" } else { b"\n" };
            let join = |lines: &Vec<Vec<u8>>| {
                let mut joined = lines.join(&b'\n');
                joined.extend_from_slice(if joined.is_empty() { b"" } else { end });
                joined
            };
            let (a, b) = (join(&text), join(&changed));
            if a == b {
                continue;
            }
            std::fs::write(&old, &a).unwrap();
            std::fs::write(&new, &b).unwrap();
            for format in ["-u", "-c", "-U0", "--normal", "-U1"] {
                let (_, diff) = call(&crate::diff::APPLET, &[format, &old, &new], Vec::new());
                let arguments = ["-s", "-F0", "-o", &made, &old];
                let (status, told) = call(&super::APPLET, &arguments, diff.clone());
                let shown = (round, format, String::from_utf8_lossy(&diff), String::from_utf8_lossy(&told));
                assert_eq!(status, 0, "{shown:?}");
                assert_eq!(std::fs::read(&made).unwrap_or_default(), b, "{shown:?}");
                let (status, _) = call(&super::APPLET, &["-s", "-F0", "-R", "-o", &made, &new], diff.clone());
                assert_eq!((status, std::fs::read(&made).unwrap_or_default()), (0, a.clone()), "-R {shown:?}");
                let _ = std::fs::remove_file(&made);
            }
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
