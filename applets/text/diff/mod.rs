//! diff - show how files differ
//! Spec: POSIX.1-2024. Extras: GNU's. Deviations: with -r, `diff -r a b` stands above normal output only;
//! hunks may be divided otherwise.

mod compare;
mod format;
mod output;
mod tree;

pub use compare::lines;

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::bytes::fill;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Input;
use base::meta::Stamp;
use base::pattern::glob::{Glob, GlobOptions};
use base::pattern::{Options, Pattern, Syntax};
use compare::Rules;
use output::{Form, Header};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "diff",
    exec: Exec::no_fork("reads files and writes its output"),
    summary: "Show how FILE2 differs from FILE1",
    operands: "FILE1 FILE2\n--from-file=FILE FILE...\n--to-file=FILE FILE...",
    notes: "A FILE that is - is standard input. Of a file and a directory, the file is compared with that of its name\n\
            in the directory. A FORMAT of lines has %l or %L, the line without or with its newline, and %dn, its number;\n\
            one of groups %<, %>, %=, the lines of FILE1, FILE2 or both, numbers as %df, %dL.\n\
            The status is 0 if nothing differs, 1 if something does, 2 if there was an error.",
    options: &[
        Opt::value("u", "unified", "NUM", Kind::OptionalLong, "show 3 (or NUM) lines of unified context"),
        Opt::value("U", "", "NUM", Kind::Count, "show NUM lines of unified context"),
        Opt::value("c", "context", "NUM", Kind::OptionalLong, "show 3 (or NUM) lines of copied context"),
        Opt::value("C", "", "NUM", Kind::Count, "show NUM lines of copied context"),
        Opt::flag("e", "ed", "show a script for ed"),
        Opt::flag("f", "forward-ed", "show what resembles one, from the first line on"),
        Opt::flag("n", "rcs", "show a script as RCS keeps it"),
        Opt::value("D", "ifdef", "NAME", Kind::Text, "show both files as one, by #ifdef NAME"),
        Opt::value("", "line-format", "FORMAT", Kind::Text, "show both files as one, each line by FORMAT"),
        Opt::value("", "old-line-format", "FORMAT", Kind::Text, "the same for lines of FILE1 only"),
        Opt::value("", "new-line-format", "FORMAT", Kind::Text, "for lines of FILE2 only"),
        Opt::value("", "unchanged-line-format", "FORMAT", Kind::Text, "for lines of both"),
        Opt::value("", "old-group-format", "FORMAT", Kind::Text, "for groups of lines of FILE1 only"),
        Opt::value("", "new-group-format", "FORMAT", Kind::Text, "for groups of lines of FILE2 only"),
        Opt::value("", "changed-group-format", "FORMAT", Kind::Text, "for groups that were changed"),
        Opt::value("", "unchanged-group-format", "FORMAT", Kind::Text, "for groups of lines of both"),
        Opt::value("", "from-file", "FILE", Kind::Text, "compare FILE to all operands"),
        Opt::value("", "to-file", "FILE", Kind::Text, "compare all operands to FILE"),
        Opt::flag("y", "side-by-side", "show both files beside each other"),
        Opt::value("W", "width", "NUM", Kind::Count, "with -y: use NUM columns (default 130)"),
        Opt::flag("", "suppress-common-lines", "with -y: leave out lines that are the same"),
        Opt::flag("", "normal", "show the differences alone (default)"),
        Opt::flag("q", "brief", "say only whether files differ"),
        Opt::flag("s", "report-identical-files", "say so when files are the same"),
        Opt::flag("r", "recursive", "compare directories in directories"),
        Opt::flag("N", "new-file", "take files that are not there for empty"),
        Opt::flag("", "unidirectional-new-file", "the same for the first side only"),
        Opt::value("x", "exclude", "GLOB", Kind::Text, "leave out files whose name matches GLOB"),
        Opt::value("X", "exclude-from", "FILE", Kind::Text, "leave out files that match a line of FILE"),
        Opt::value("S", "starting-file", "FILE", Kind::Text, "begin with FILE in directories"),
        Opt::flag("", "no-dereference", "compare symbolic links, not what they lead to"),
        Opt::flag("a", "text", "take all files for text"),
        Opt::flag("i", "ignore-case", "case does not matter"),
        Opt::flag("w", "ignore-all-space", "white space does not matter"),
        Opt::flag("b", "ignore-space-change", "the amount of white space does not matter"),
        Opt::flag("Z", "ignore-trailing-space", "white space at the end of lines does not matter"),
        Opt::flag("E", "ignore-tab-expansion", "tabs are like the blanks they stand for"),
        Opt::flag("B", "ignore-blank-lines", "blank lines do not matter"),
        Opt::value("I", "ignore-matching-lines", "PATTERN", Kind::Text, "lines that match PATTERN do not matter"),
        Opt::flag("", "strip-trailing-cr", "a CR at the end of lines does not matter"),
        Opt::flag("d", "minimal", "find the smallest difference"),
        Opt::hidden("H", "speed-large-files"),
        Opt::value("L", "label", "NAME", Kind::Text, "use NAME in the header; may be given twice"),
        Opt::flag("p", "show-c-function", "show which function of C each part is in"),
        Opt::value("F", "show-function-line", "PATTERN", Kind::Text, "show the last line that matches PATTERN"),
        Opt::flag("t", "expand-tabs", "expand tabs in the output"),
        Opt::flag("T", "initial-tab", "line up tabs by one more"),
        Opt::flag("", "suppress-blank-empty", "nothing stands before empty lines of context"),
        Opt::value("", "horizon-lines", "NUM", Kind::Count, "taken, but makes no difference"),
        Opt::value("", "color", "WHEN", Kind::OptionalChoice(base::term::WHEN), "show colours: auto, always, never",),
    ],
    digits: "U",
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

/// What the user asked for.
pub struct Job<'a> {
    form: Form,
    formats: format::Formats<'a>,
    context: usize,
    width: usize,
    no_common: bool,
    brief: bool,
    identical: bool,
    recursive: bool,
    new_files: bool,
    new_first: bool,
    text: bool,
    blank_lines: bool,
    nofollow: bool,
    rules: Rules,
    ignored: Option<Pattern>,
    function: Option<Pattern>,
    excluded: Vec<Glob>,
    starting: Option<&'a [u8]>,
    labels: Vec<&'a [u8]>,
    tabs: bool,
    initial_tab: bool,
    bare: bool,
    color: bool,
    /// The options as they are shown above files in directories.
    shown: Vec<u8>,
    zone: base::time::Zone,
}

/// One of two files.
struct Side<'a> {
    path: &'a [u8],
    content: Vec<u8>,
    time: Stamp,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let job = job(cx, args)?;
    let mut differs = false;
    let (from, to) = (args.text("from-file"), args.text("to-file"));
    if from.is_some() || to.is_some() {
        for operand in args.between(1, usize::MAX)? {
            differs |= tree::operands(cx, &job, from.unwrap_or(operand), to.unwrap_or(operand))?;
        }
    } else if let [first, second] = args.between(2, 2)? {
        differs = tree::operands(cx, &job, first, second)?;
    }
    Ok(if cx.status() != Status::SUCCESS { cx.status() } else { Status(u8::from(differs)) })
}

#[inline(never)]
fn job<'a>(cx: &mut Context, args: &Args<'a>) -> Result<Job<'a>> {
    let utf8 = cx.is_utf8();
    let form = args.given.iter().rev().find_map(|given| {
        Some(match given.id {
            "u" | "U" => Form::Unified,
            "c" | "C" => Form::Context,
            "e" => Form::Ed,
            "f" => Form::ForwardEd,
            "n" => Form::Rcs,
            "y" => Form::SideBySide,
            "normal" => Form::Normal,
            id if id == "D" || id.ends_with("-format") => Form::Formatted,
            _ => return None,
        })
    });
    let form = form.unwrap_or(if args.has("p") || args.has("F") { Form::Context } else { Form::Normal });
    let (long, short) = if form == Form::Context { ("c", "C") } else { ("u", "U") };
    let context = match args.text(long) {
        Some(text) => match base::number::parse_u64(text) {
            Ok(count) => Some(count),
            Err(_) => return Err(Error::usage_of("invalid context length '%'", &[text])),
        },
        None => args.count(short),
    };
    let glob = GlobOptions { utf8, ..GlobOptions::default() };
    let mut excluded = Vec::new();
    let mut exclude = |name: &[u8]| excluded.push(Glob::compile(name, glob));
    for name in args.texts("x") {
        exclude(name);
    }
    for path in args.texts("X") {
        let list = Input::open(path)?.rest()?;
        for line in lines(&list) {
            let name = base::io::chomp(line, b'\n');
            if !name.is_empty() {
                exclude(name);
            }
        }
    }
    let options = Options { utf8, ..Options::default() };
    let pattern = |text: Option<&[u8]>| -> Result<Option<Pattern>> {
        Ok(match text {
            Some(text) => Some(Pattern::new(text, Syntax::Basic, &options)?),
            None => None,
        })
    };
    let function = match args.text("F") {
        None if args.has("p") => Some(&b"^[[:alpha:]$_]"[..]),
        text => text,
    };
    let mut shown = Vec::new();
    for given in &args.given {
        shown.extend_from_slice(if given.id.len() == 1 { b" -" } else { b" --" });
        shown.extend_from_slice(given.id.as_bytes());
        match given.value {
            base::args::Value::Text(text) => {
                shown.push(b' ');
                shown.extend_from_slice(text);
            }
            base::args::Value::Count(count) => {
                shown.push(b' ');
                base::number::push_u64(&mut shown, count);
            }
            _ => {}
        }
    }
    Ok(Job {
        form,
        formats: format::Formats::new(args),
        context: context.map_or(3, |count| usize::try_from(count).unwrap_or(usize::MAX / 4).min(usize::MAX / 4)),
        width: args.amount("W", 130).clamp(1, 100_000),
        no_common: args.has("suppress-common-lines"),
        brief: args.has("q"),
        identical: args.has("s"),
        recursive: args.has("r"),
        new_files: args.has("N"),
        new_first: args.has("unidirectional-new-file"),
        text: args.has("a"),
        blank_lines: args.has("B"),
        nofollow: args.has("no-dereference"),
        rules: Rules {
            icase: args.has("i"),
            no_space: args.has("w"),
            space_change: args.has("b"),
            trailing_space: args.has("Z"),
            tab_expansion: args.has("E"),
            strip_cr: args.has("strip-trailing-cr"),
            minimal: args.has("d"),
        },
        ignored: pattern(args.text("I"))?,
        function: pattern(function)?,
        excluded,
        starting: args.text("S"),
        labels: args.texts("L"),
        tabs: args.has("t"),
        initial_tab: args.has("T"),
        bare: args.has("suppress-blank-empty"),
        color: args.has("color")
            && base::term::when(cx.env, args.choice("color").or(Some("auto")), cx.stdout.is_terminal()),
        shown,
        zone: base::time::Zone::load(cx.env.get(b"TZ")),
    })
}

/// Writes what [`fill`] makes of them.
#[inline(never)]
fn put(cx: &mut Context, template: &str, parts: &[&[u8]]) -> Result<()> {
    cx.stdout.put(&fill(template, parts))
}

impl Job<'_> {
    /// Compares two files that have been read. Gives whether they differ. `heading` says that they were found in directories.
    fn files(&self, cx: &mut Context, a: &Side, b: &Side, heading: bool) -> Result<bool> {
        let shows_all = matches!(self.form, Form::SideBySide | Form::Formatted);
        if a.content == b.content && !shows_all {
            return self.same(cx, a, b);
        }
        let is_binary = |side: &Side| memchr::memchr(0, &side.content).is_some();
        let binary = !self.text && (is_binary(a) || is_binary(b));
        if binary {
            let template = if self.brief { "Files % and % differ\n" } else { "Binary files % and % differ\n" };
            return self.tell(cx, template, a, b).map(|()| true);
        }
        let (a_lines, b_lines) = (lines(&a.content), lines(&b.content));
        let mut hunks = compare::compare(&a_lines, &b_lines, &self.rules);
        let matters = |hunk: &compare::Hunk| {
            let trivial = |line: &&[u8]| {
                let line = base::io::chomp(line, b'\n');
                self.blank_lines && line.is_empty()
                    || self.ignored.as_ref().is_some_and(|pattern| pattern.is_match(line))
            };
            let a = a_lines.get(hunk.a.0..hunk.a.1).unwrap_or_default();
            let b = b_lines.get(hunk.b.0..hunk.b.1).unwrap_or_default();
            !(a.iter().all(trivial) && b.iter().all(trivial))
        };
        let some = (self.blank_lines || self.ignored.is_some()).then(|| hunks.iter().any(matters));
        if (hunks.is_empty() || some == Some(false)) && !shows_all {
            return self.same(cx, a, b);
        }
        if self.brief {
            return self.tell(cx, "Files % and % differ\n", a, b).map(|()| true);
        }
        if some.is_some()
            && matches!(self.form, Form::Normal | Form::Ed | Form::ForwardEd | Form::Rcs | Form::Formatted)
        {
            hunks.retain(matters);
        }
        // The other forms have a header of their own.
        if heading && !matches!(self.form, Form::Unified | Form::Context) {
            cx.stdout.put(b"diff")?;
            cx.stdout.put(&self.shown)?;
            self.tell(cx, " % %\n", a, b)?;
        }
        let head = |at: usize, side| Header {
            name: self.label(at, side),
            time: if at < self.labels.len() { None } else { Some(side.time) },
        };
        let header = [head(0, a), head(1, b)];
        let printer = output::Printer { job: self, a: &a_lines, b: &b_lines, matters: &matters };
        printer.print(cx, &hunks, &header)?;
        Ok(!hunks.is_empty() && some != Some(false))
    }

    fn same(&self, cx: &mut Context, a: &Side, b: &Side) -> Result<bool> {
        if self.identical {
            self.tell(cx, "Files % and % are identical\n", a, b)?;
        }
        Ok(false)
    }

    /// Says something about the two.
    fn tell(&self, cx: &mut Context, template: &str, a: &Side, b: &Side) -> Result<()> {
        put(cx, template, &[self.label(0, a), self.label(1, b)])
    }

    #[inline(never)]
    fn label<'b>(&'b self, index: usize, side: &'b Side) -> &'b [u8] {
        self.labels.get(index).copied().unwrap_or(side.path)
    }
}
