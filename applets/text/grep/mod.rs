//! grep, egrep, fgrep - print the lines that match a pattern
//! Spec: POSIX.1-2024. Extras: GNU's. Deviations: a file is binary when it holds a NUL, not for bytes
//! that are no UTF-8; -P has no callouts and no \C.

mod color;
mod search;

use base::applet::{Applet, Declaration, Exec, Kind, Opt, Place};
use base::args::{Args, Value};
use base::bytes::split;
use base::context::{Context, Status};
use base::error::{Errno, Error, Result};
use base::io::Input;
use base::meta::Meta;
use base::pattern::glob::{Glob, GlobOptions};
use base::pattern::{Options, Pattern, Syntax};
use base::walk::{Event, Follow, Walk};
use color::Colors;
use rustix::fs::{Mode, OFlags, openat};
use search::{Binary, Search, Settings};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "grep",
    aliases: &["egrep", "fgrep"],
    place: Place::Bin,
    exec: Exec::no_fork("reads files and writes its output"),
    summary: "Print the lines of each FILE that match PATTERN",
    operands: "PATTERN [FILE]...\n-e PATTERN [FILE]...\n-f FILE [FILE]...",
    notes: "With no FILE, standard input is read, or with -r the working directory.\n\
            The status is 0 if a line was selected, 1 if none was, 2 if there was an error.\n\
            egrep is grep -E, fgrep is grep -F.",
    options: &[
        Opt::flag("E", "extended-regexp", "PATTERN is an extended regular expression"),
        Opt::flag("F", "fixed-strings", "PATTERN is a string"),
        Opt::flag("G", "basic-regexp", "PATTERN is a basic regular expression (default)"),
        Opt::flag("P", "perl-regexp", "PATTERN is a Perl-compatible expression"),
        Opt::value("e", "regexp", "PATTERN", Kind::Text, "look for PATTERN; may be repeated"),
        Opt::value("f", "file", "FILE", Kind::Text, "take patterns from FILE, one a line"),
        Opt::flag("i", "ignore-case", "without regard to case"),
        Opt::hidden("y", ""),
        Opt::flag("", "no-ignore-case", "with regard to case (default)"),
        Opt::flag("w", "word-regexp", "match whole words only"),
        Opt::flag("x", "line-regexp", "match whole lines only"),
        Opt::flag("v", "invert-match", "select the lines that do not match"),
        Opt::flag("c", "count", "print the number of selected lines"),
        Opt::flag("l", "files-with-matches", "print the names of files with selected lines"),
        Opt::flag("L", "files-without-match", "print the names of files with none"),
        Opt::flag("q", "quiet", "print nothing, stop at the first selected line"),
        Opt::hidden("", "silent"),
        Opt::flag("s", "no-messages", "no messages about files that cannot be read"),
        Opt::value("m", "max-count", "NUM", Kind::Number, "stop after NUM selected lines"),
        Opt::flag("o", "only-matching", "print only what matches"),
        Opt::flag("n", "line-number", "print line numbers"),
        Opt::flag("b", "byte-offset", "print byte offsets"),
        Opt::flag("H", "with-filename", "print the file's name with each line"),
        Opt::flag("h", "no-filename", "print no file names"),
        Opt::value("", "label", "NAME", Kind::Text, "call standard input NAME"),
        Opt::flag("Z", "null", "end file names with NUL"),
        Opt::flag("T", "initial-tab", "line up the lines by a tab"),
        Opt::value("A", "after-context", "NUM", Kind::Count, "print NUM lines after each"),
        Opt::value("B", "before-context", "NUM", Kind::Count, "print NUM lines before each"),
        Opt::value("C", "context", "NUM", Kind::Count, "print NUM lines before and after each"),
        Opt::value("", "group-separator", "SEP", Kind::Text, "print SEP between groups (default --)"),
        Opt::flag("", "no-group-separator", "print nothing between groups"),
        Opt::flag("r", "recursive", "search directories, not through symbolic links"),
        Opt::flag("R", "dereference-recursive", "search directories, through symbolic links"),
        Opt::value("", "include", "GLOB", Kind::Text, "search only files whose name matches GLOB"),
        Opt::value("", "exclude", "GLOB", Kind::Text, "search no file whose name matches GLOB"),
        Opt::value("", "exclude-from", "FILE", Kind::Text, "take globs for --exclude from FILE"),
        Opt::value("", "exclude-dir", "GLOB", Kind::Text, "stay out of directories that match GLOB"),
        Opt::value(
            "d",
            "directories",
            "HOW",
            Kind::Choice(&["read", "skip", "recurse"]),
            "directories: read, skip, recurse",
        ),
        Opt::value("D", "devices", "HOW", Kind::Choice(&["read", "skip"]), "devices: read, skip"),
        Opt::flag("a", "text", "take every file for text"),
        Opt::flag("I", "", "binary files match nothing"),
        Opt::value(
            "",
            "binary-files",
            "AS",
            Kind::Choice(&["binary", "text", "without-match"]),
            "binary, text, without-match",
        ),
        Opt::flag("z", "null-data", "lines end with NUL, not newline"),
        Opt::flag("", "line-buffered", "write each line at once"),
        Opt::value(
            "",
            "color",
            "WHEN",
            Kind::OptionalChoice(base::term::WHEN),
            "show matches in colour: auto, always, never",
        ),
        Opt::value("", "colour", "WHEN", Kind::OptionalChoice(base::term::WHEN), "the same"),
        Opt::hidden("U", "binary"),
        Opt::hidden("u", "unix-byte-offsets"),
    ],
    digits: "C",
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

/// Which files and directories are searched.
struct Choice<'a> {
    /// Globs in the order they were given; true for --include.
    files: Vec<(bool, Glob, &'a [u8])>,
    directories: Vec<Glob>,
    recurse: bool,
    skip_directories: bool,
    skip_devices: Option<bool>,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let terminator = args.line_end();
    let (pattern, operands) = pattern(cx, args, terminator)?;
    let mut listed = Vec::new();
    for path in args.texts("exclude-from") {
        listed.push(Input::open(path)?.rest()?);
    }
    let choice = choice(args, &listed, cx.is_utf8());
    let color = args
        .last_of(&["color", "colour"])
        .is_some_and(|id| base::term::when(cx.env, args.choice(id).or(Some("auto")), cx.stdout.is_terminal()));
    let binary = match args.last_of(&["a", "I", "binary-files"]) {
        Some("a") => Binary::Text,
        Some("I") => Binary::NoMatch,
        _ => match args.choice("binary-files") {
            Some("text") => Binary::Text,
            Some("without-match") => Binary::NoMatch,
            _ => Binary::Notice,
        },
    };
    let context = args.count("C");
    let lines = |id: &str| usize::try_from(args.count(id).or(context).unwrap_or(0)).unwrap_or(usize::MAX);
    let names = match args.last_of(&["H", "h"]) {
        Some(id) => id == "H",
        // One file is no directory to recurse into.
        None => {
            operands.len() > 1
                || choice.recurse
                    && operands.first().is_none_or(|path| Meta::of(*path, true).is_ok_and(|meta| meta.is_dir()))
        }
    };
    let quiet = args.has("q") || args.has("silent");
    let list = args.last_of(&["l", "L"]);
    let only = args.has("o");
    let settings = Settings {
        invert: args.has("v"),
        count: args.has("c"),
        list_with: list == Some("l"),
        list_without: list == Some("L"),
        quiet,
        only,
        numbers: args.has("n"),
        offsets: args.has("b"),
        names,
        null: args.has("Z"),
        tab: args.has("T"),
        most: args.number("m").and_then(|number| u64::try_from(number).ok()),
        before: lines("B"),
        after: lines("A"),
        separator: match args.last_of(&["group-separator", "no-group-separator"]) {
            Some("group-separator") => args.text("group-separator").map(<[u8]>::to_vec),
            Some(_) => None,
            None => Some(b"--".to_vec()),
        },
        groups: ["A", "B", "C"].iter().any(|id| args.has(id)),
        terminator,
        binary,
        colors: color.then(|| Colors::load(cx.env.get(b"GREP_COLORS"))),
        utf8: cx.is_utf8(),
    };
    if args.has("line-buffered") {
        cx.stdout.line_buffered();
    }
    let quiet_errors = args.has("s");
    let follow = if args.has("R") { Follow::Always } else { Follow::Operands };
    let output = match cx.stdout.fd().map(Meta::of_fd) {
        Some(Ok(meta)) if meta.is_file() => Some(meta),
        _ => None,
    };
    let mut search = Search::new(&settings, &pattern);
    if settings.most == Some(0) && list.is_none() {
        return Ok(Status(1));
    }
    let mut job = Job { choice: &choice, label: args.text("label"), quiet_errors, output, follow };
    let default: &[&[u8]] = if choice.recurse { &[b""] } else { &[b"-"] };
    for operand in if operands.is_empty() { default } else { operands } {
        job.operand(cx, &mut search, operand)?;
        if pattern.gave_up() {
            return Err(Error::message("exceeded the step limit: regular expression too complex"));
        }
        if quiet && search.selected_any {
            cx.forgive();
            return Ok(Status::SUCCESS);
        }
    }
    if cx.status() != Status::SUCCESS {
        return Ok(cx.status());
    }
    // With -L, success is a name that was listed.
    Ok(Status(u8::from(!if settings.list_without { search.listed_any } else { search.selected_any })))
}

/// The pattern, and the operands that are left.
fn pattern<'b, 'a>(cx: &mut Context, args: &'b Args<'a>, terminator: u8) -> Result<(Pattern, &'b [&'a [u8]])> {
    let mut files = Vec::new();
    for path in args.texts("f") {
        let mut input = cx.open(path)?;
        files.push(input.rest()?);
        cx.close(path, input);
    }
    let mut texts: Vec<&[u8]> = Vec::new();
    let mut operands = args.operands.as_slice();
    let given = args.has("e") || args.has("f");
    if !given {
        let Some((first, rest)) = operands.split_first() else { return Err(Error::usage("missing pattern")) };
        texts = split(first, b'\n');
        operands = rest;
    }
    for text in args.texts("e") {
        texts.append(&mut split(text, b'\n'));
    }
    for file in &files {
        if !file.is_empty() {
            texts.append(&mut split(file.strip_suffix(b"\n").unwrap_or(file), b'\n'));
        }
    }
    let syntax = match args.last_of(&["E", "F", "G", "P"]) {
        Some("P") => {
            if texts.len() != 1 {
                return Err(Error::message("-P takes one pattern only"));
            }
            Syntax::Perl
        }
        Some("E") => Syntax::Extended,
        Some("F") => Syntax::Fixed,
        Some(_) => Syntax::Basic,
        None if cx.is_called("egrep") => Syntax::Extended,
        None if cx.is_called("fgrep") => Syntax::Fixed,
        None => Syntax::Basic,
    };
    let options = Options {
        icase: matches!(args.last_of(&["i", "y", "no-ignore-case"]), Some("i" | "y")),
        utf8: cx.is_utf8(),
        line: Some(terminator),
        whole: args.has("x"),
        word: args.has("w"),
        check_class: true,
        ..Options::default()
    };
    Ok((Pattern::of_list(&texts, syntax, &options)?, operands))
}

fn choice<'a>(args: &Args<'a>, listed: &'a [Vec<u8>], utf8: bool) -> Choice<'a> {
    let options = GlobOptions { utf8, ..GlobOptions::default() };
    let mut files = Vec::new();
    let mut directories = Vec::new();
    for given in &args.given {
        let Value::Text(text) = given.value else { continue };
        match given.id {
            "include" => files.push((true, Glob::compile(text, options), text)),
            "exclude" => files.push((false, Glob::compile(text, options), text)),
            "exclude-dir" => {
                let text = text.strip_suffix(b"/").filter(|text| !text.is_empty()).unwrap_or(text);
                directories.push(Glob::compile(text, options));
            }
            _ => {}
        }
    }
    for list in listed {
        for text in split(list, b'\n') {
            if !text.is_empty() {
                files.push((false, Glob::compile(text, options), text));
            }
        }
    }
    let how = match args.last_of(&["r", "R", "d"]) {
        Some("d") => args.choice("d"),
        Some(_) => Some("recurse"),
        None => None,
    };
    Choice {
        files,
        directories,
        recurse: how == Some("recurse"),
        skip_directories: how == Some("skip"),
        skip_devices: args.choice("D").map(|how| how == "skip"),
    }
}

impl Choice<'_> {
    /// Whether a file is to be searched; `path` is an operand or a file met below one.
    fn takes(&self, path: &[u8]) -> bool {
        let mut takes = self.files.first().is_none_or(|first| !first.0);
        for (include, glob, text) in &self.files {
            if matches_path(glob, path, text.contains(&b'/')) {
                takes = *include;
            }
        }
        takes
    }

    fn enters(&self, path: &[u8], operand: bool) -> bool {
        !self.directories.iter().any(|glob| glob.matches(base_name(path)) || operand && glob.matches(path))
    }
}

fn own_output(name: &[u8]) -> Error {
    Error::message_of("%: input file is also the output", &[name])
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// A glob matches the whole path, or what follows any slash.
fn matches_path(glob: &Glob, path: &[u8], with_slash: bool) -> bool {
    if glob.matches(path) {
        return true;
    }
    if !with_slash {
        return glob.matches(base_name(path));
    }
    path.iter().enumerate().any(|(at, byte)| *byte == b'/' && glob.matches(path.get(at + 1..).unwrap_or_default()))
}

struct Job<'a> {
    choice: &'a Choice<'a>,
    label: Option<&'a [u8]>,
    quiet_errors: bool,
    /// Standard output, where it is a regular file: it must not be its own input.
    output: Option<Meta>,
    follow: Follow,
}

impl Job<'_> {
    fn warn(&self, cx: &mut Context, error: Error) {
        if self.quiet_errors {
            cx.failed();
        } else {
            cx.warn(error);
        }
    }

    fn operand(&mut self, cx: &mut Context, search: &mut Search, operand: &[u8]) -> Result<()> {
        if operand == b"-" {
            let mut input = cx.open(operand)?;
            let name = self.label.unwrap_or(b"(standard input)");
            if !search.stops_early() && crate::cat::is_own_output(cx, &input) {
                self.warn(cx, own_output(name));
                return Ok(());
            }
            let result = search.input(cx, &mut input, name);
            cx.close(operand, input);
            return self.ends(cx, result);
        }
        if self.choice.recurse {
            return self.tree(cx, search, operand);
        }
        if !self.choice.files.is_empty() && !self.choice.takes(operand) {
            return Ok(());
        }
        if self.choice.skip_directories || self.choice.skip_devices == Some(true) {
            match Meta::of(operand, true) {
                Ok(meta) if meta.is_dir() && self.choice.skip_directories => return Ok(()),
                Ok(meta) if self.choice.skip_devices == Some(true) && !meta.is_dir() && !meta.is_file() => {
                    return Ok(());
                }
                _ => {}
            }
        }
        match Input::open(operand) {
            Ok(input) => self.file(cx, search, input, operand),
            Err(error) => {
                self.warn(cx, error);
                Ok(())
            }
        }
    }

    fn file(&mut self, cx: &mut Context, search: &mut Search, mut input: Input, name: &[u8]) -> Result<()> {
        if let (Some(output), Some(fd)) = (&self.output, input.fd())
            && !search.stops_early()
            && Meta::of_fd(fd).is_ok_and(|meta| meta.same(output))
        {
            self.warn(cx, own_output(name));
            return Ok(());
        }
        let result = search.input(cx, &mut input, name);
        self.ends(cx, result)
    }

    /// An error of the input is a warning, one of the output is not.
    fn ends(&self, cx: &mut Context, result: Result<()>) -> Result<()> {
        match result {
            Err(error) if error.errno().is_some() && !cx.stdout.has_failed() => {
                self.warn(cx, error);
                Ok(())
            }
            result => result,
        }
    }

    fn tree(&mut self, cx: &mut Context, search: &mut Search, operand: &[u8]) -> Result<()> {
        let mut walk = Walk::new(self.follow, false);
        walk.start(if operand.is_empty() { b"." } else { operand });
        while let Some(event) = walk.next() {
            let depth = walk.depth();
            let path = if operand.is_empty() { walk.path().strip_prefix(b"./").unwrap_or(b".") } else { walk.path() };
            let error = |errno: Errno| Error::system(path, errno);
            match event {
                Event::Dir => {
                    if (!operand.is_empty() || depth > 0) && !self.choice.enters(path, depth == 0) {
                        walk.skip();
                        continue;
                    }
                    let path = path.to_vec();
                    if let Err(errno) = walk.enter().map(|_| ()) {
                        self.warn(cx, Error::system(path, errno));
                    }
                }
                Event::File => {
                    let kind = walk.kind();
                    let device = !kind.is_file() && !kind.is_symlink();
                    if kind.is_symlink() && depth > 0 && !walk.follows() || !self.choice.takes(path) {
                        continue;
                    }
                    if device && self.choice.skip_devices.unwrap_or(depth > 0) {
                        continue;
                    }
                    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
                    if !walk.follows() {
                        flags |= OFlags::NOFOLLOW;
                    }
                    match openat(walk.dir(), walk.name(), flags, Mode::empty()) {
                        Ok(fd) => self.file(cx, search, Input::owned(fd, path), path)?,
                        Err(errno) => self.warn(cx, error(errno)),
                    }
                    if search.settings.quiet && search.selected_any {
                        return Ok(());
                    }
                }
                Event::After => {}
                Event::Error(errno) => self.warn(cx, error(errno)),
                Event::Loop => {
                    let text = base::bytes::fill("warning: %: recursive directory loop", &[path]);
                    self.warn(cx, Error::message(text));
                }
            }
        }
        Ok(())
    }
}
