//! sed - edit a stream of lines by a script
//! Spec: POSIX.1-2024. Extras: GNU's. Deviations: no --debug.

mod escape;
mod parse;
mod run;
mod script;
mod translate;

use base::applet::{Applet, Declaration, Exec, Kind, Opt, Place};
use base::args::{Args, Value};
use base::context::{Context, Status};
use base::error::{Error, Result};
use script::Source;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "sed",
    place: Place::Bin,
    exec: Exec::no_fork("reads files and writes its outputs"),
    summary: "Edit the lines of each FILE by a SCRIPT",
    operands: "SCRIPT [FILE]...\n-e SCRIPT [FILE]...\n-f SCRIPTFILE [FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("n", "quiet", "print only what the script prints"),
        Opt::hidden("", "silent"),
        Opt::value("e", "expression", "SCRIPT", Kind::Text, "add SCRIPT to what is done"),
        Opt::value("f", "file", "FILE", Kind::Text, "add the script in FILE"),
        Opt::flag("E", "regexp-extended", "patterns are extended regular expressions"),
        Opt::hidden("r", ""),
        Opt::value("i", "in-place", "SUFFIX", Kind::Optional, "edit files in place, keeping FILE.SUFFIX"),
        Opt::flag("s", "separate", "each file is a stream of its own"),
        Opt::value("l", "line-length", "N", Kind::Count, "wrap the output of l at N (default 70)"),
        Opt::flag("z", "null-data", "lines end with NUL, not newline"),
        Opt::flag("u", "unbuffered", "write each line at once"),
        Opt::flag("", "posix", "no extensions of GNU's"),
        Opt::flag("", "sandbox", "refuse the commands e, r and w"),
        Opt::flag("", "version", "print a version that scripts look for"),
        Opt::flag("", "follow-symlinks", "-i writes what a link leads to"),
        Opt::hidden("b", "binary"),
    ],
    failure: 1,
    run,
    ..Declaration::DEFAULT
});

/// What the user asked for, apart from the script.
pub struct Settings<'a> {
    pub quiet: bool,
    pub extended: bool,
    pub in_place: bool,
    /// -i writes what a symbolic link leads to, and not in its place.
    pub follow: bool,
    /// What to add to the name of the old file, which is kept.
    pub suffix: Option<&'a [u8]>,
    pub separate: bool,
    pub width: usize,
    pub terminator: u8,
    pub unbuffered: bool,
    pub posix: bool,
    /// `N` without a next line prints nothing.
    pub posix_next: bool,
    pub sandbox: bool,
    pub utf8: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("version") {
        // What configure scripts ask for when they want GNU's extensions.
        cx.stdout.put(b"This is not GNU sed version 4.8\n")?;
        return Ok(Status::SUCCESS);
    }
    let mut operands = args.operands.as_slice();
    let mut text = Vec::new();
    let mut sources = Vec::new();
    let mut expressions = 0;
    let mut add = |source: Source, part: &[u8]| {
        if !sources.is_empty() {
            text.push(b'\n');
        }
        sources.push((text.len(), source));
        text.extend_from_slice(part);
    };
    for given in &args.given {
        let Value::Text(value) = given.value else { continue };
        match given.id {
            "e" => {
                expressions += 1;
                add(Source::Expression(expressions), value);
            }
            "f" => {
                let mut input = cx.open(value)?;
                let part = input.rest()?;
                cx.close(value, input);
                let part = part.strip_suffix(b"\n").unwrap_or(&part);
                add(Source::File(value.to_vec()), part);
            }
            _ => {}
        }
    }
    if sources.is_empty() {
        let Some((first, rest)) = operands.split_first() else { return Err(Error::usage("no script was given")) };
        text.extend_from_slice(first);
        sources.push((0, Source::Expression(1)));
        operands = rest;
    }
    let in_place = args.has("i");
    if in_place && operands.is_empty() {
        return Err(Error::message("no input files"));
    }
    let mut settings = Settings {
        quiet: args.has("n") || args.has("silent"),
        extended: args.has("E") || args.has("r"),
        in_place,
        follow: args.has("follow-symlinks"),
        suffix: args.text("i"),
        separate: args.has("s") || in_place,
        width: usize::try_from(args.count("l").unwrap_or(70)).unwrap_or(usize::MAX),
        terminator: args.line_end(),
        unbuffered: args.has("u"),
        posix: args.has("posix"),
        posix_next: args.has("posix") || cx.env.get(b"POSIXLY_CORRECT").is_some(),
        sandbox: args.has("sandbox"),
        utf8: cx.is_utf8(),
    };
    if text.strip_prefix(b"#n").is_some_and(|rest| matches!(rest.first(), None | Some(b'\n'))) {
        settings.quiet = true;
    }
    let script = parse::parse(&text, &sources, &settings)?;
    if settings.unbuffered {
        cx.stdout.line_buffered();
    }
    run::run(cx, &settings, &script, operands)
}
