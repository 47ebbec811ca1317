//! cairn - run an applet by name, list them, link them into a directory, print their manuals and completions
//! Spec: own. The first operand names the applet; everything after it is the applet's.

mod completions;
mod install;

use base::applet::{Applet, Declaration, Exec, Kind, Opt, Order, Place, Registry};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "cairn",
    place: Place::Bin,
    exec: Exec::no_exec("runs any other applet, which may change the state of the process"),
    summary: "Run an applet, or say what there is",
    operands: "APPLET [ARGUMENT]...\n--list [--long]\n--install [-s] [-f] [DIR]\n--man APPLET\n--completions SHELL",
    notes: "Linked under an applet's name, cairn is that applet. DIR is the root that the applets'\n\
            directories (/bin, /sbin, /usr/bin, /usr/sbin) lie in; it is / where none is given.",
    options: &[
        Opt::flag("", "list", "list the applets' names"),
        Opt::flag("", "long", "with --list: where it is installed, how it is run, what it does"),
        Opt::flag("", "install", "link every applet into its directory under DIR"),
        Opt::flag("s", "symbolic", "with --install: make symbolic links, not hard ones"),
        Opt::flag("f", "force", "with --install: replace foreign files too"),
        Opt::value("", "man", "APPLET", Kind::Text, "print the manual page of APPLET (roff)"),
        Opt::value(
            "",
            "completions",
            "SHELL",
            Kind::Choice(&["bash", "zsh", "fish"]),
            "print completions for bash, zsh or fish",
        ),
        Opt::flag("", "version", "print the version"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

/// The status for a name that no applet has.
const UNKNOWN: u8 = 127;

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("list") {
        list(cx, args.has("long"))?;
    } else if args.has("install") {
        let directory = args.between(0, 1)?.first().copied().unwrap_or(b"/");
        install::run(cx, directory, args.has("s"), args.has("f"))?;
    } else if let Some(name) = args.text("man") {
        let applet = find(cx.registry, name)?;
        let page = base::manual::page(applet);
        cx.stdout.put(page.as_bytes())?;
    } else if let Some(shell) = args.choice("completions") {
        completions::print(cx, shell)?;
    } else if args.has("version") {
        cx.stdout.put(concat!("cairn ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())?;
    } else if let Some((name, arguments)) = args.operands.split_first() {
        let applet = find(cx.registry, name)?;
        return Ok(Status(run_applet(cx, name, applet, arguments)));
    } else {
        base::help::print(cx)?;
    }
    Ok(cx.status())
}

/// Runs the applet on this context's streams.
fn run_applet(cx: &mut Context, name: &[u8], applet: &'static Applet, arguments: &[&[u8]]) -> u8 {
    use base::io::{Input, Output};
    let stdin = core::mem::replace(&mut cx.stdin, Input::null());
    let stdout = core::mem::replace(&mut cx.stdout, Output::null());
    let stderr = core::mem::replace(&mut cx.stderr, Output::null());
    let mut inner = Context::new(name, applet, cx.registry, cx.env, stdin, stdout, stderr);
    let status = inner.run(arguments);
    cx.stdin = inner.stdin;
    cx.stdout = inner.stdout;
    cx.stderr = inner.stderr;
    status
}

#[inline(never)]
fn list(cx: &mut Context, long: bool) -> Result<()> {
    for (name, applet) in cx.registry.names() {
        if !long {
            cx.stdout.put(name.as_bytes())?;
            cx.stdout.byte(b'\n')?;
            continue;
        }
        let class = match applet.exec {
            Exec::NoFork => "nofork",
            Exec::NoExec => "noexec",
            Exec::Fork => "fork",
        };
        let path = [applet.place.directory(), "/", name].concat();
        for (text, width) in [(path.as_str(), 28), (class, 8)] {
            cx.stdout.put(text.as_bytes())?;
            for _ in text.len()..width {
                cx.stdout.byte(b' ')?;
            }
        }
        cx.stdout.put(applet.summary().unpack().as_bytes())?;
        cx.stdout.byte(b'\n')?;
    }
    Ok(())
}

fn find(registry: &Registry, name: &[u8]) -> Result<&'static Applet> {
    registry.find(name).ok_or_else(|| Error::message(unknown_text(name, registry)).with_status(UNKNOWN))
}

/// Says that `name` is no applet, and which one may have been meant. Gives the status to leave with.
pub fn unknown(name: &'static [u8], registry: &'static Registry) -> u8 {
    let mut cx = Context::of_process(b"cairn", &APPLET, registry);
    cx.note(&Error::message(unknown_text(name, registry)));
    UNKNOWN
}

fn unknown_text(name: &[u8], registry: &Registry) -> Vec<u8> {
    let mut text = base::bytes::fill("%: applet not found", &[name]);
    // A guess that changes more than a third of the name is no help.
    let limit = name.len().div_ceil(3);
    let nearest =
        registry.names().into_iter().map(|(known, _)| (base::nearest::distance(name, known.as_bytes()), known)).min();
    if let Some((distance, known)) = nearest
        && distance <= limit
    {
        text.extend_from_slice(b"; did you mean '");
        text.extend_from_slice(known.as_bytes());
        text.push(b'\'');
    }
    text
}
