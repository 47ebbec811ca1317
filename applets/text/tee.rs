//! tee - copy standard input to standard output and to files
//! Spec: POSIX.1-2024. Extras: -p, --output-error. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt, Place};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Output;
use base::sys::signal::{self, Action};
use rustix::fs::OFlags;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "tee",
    place: Place::UsrBin,
    exec: Exec::no_exec("-i changes the disposition of SIGINT"),
    summary: "Copy standard input to standard output and to each FILE",
    operands: "[FILE]...",
    options: &[
        Opt::flag("a", "append", "append to the FILEs, do not overwrite"),
        Opt::flag("i", "ignore-interrupts", "ignore SIGINT"),
        Opt::flag("p", "", "go on when the reader of a pipe has gone"),
        Opt::value(
            "",
            "output-error",
            "HOW",
            Kind::OptionalChoice(&["warn", "warn-nopipe", "exit", "exit-nopipe"]),
            "warn, warn-nopipe, exit, exit-nopipe",
        ),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("i") {
        signal::set(SIGINT, Action::Ignore)?;
    }
    let mode = match args.value("output-error") {
        Some(base::args::Value::Choice(word)) => word,
        Some(_) => "warn-nopipe",
        None if args.has("p") => "warn-nopipe",
        None => "",
    };
    if !mode.is_empty() {
        signal::set(signal::PIPE, Action::Ignore)?;
    }
    let flags = OFlags::CREATE | if args.has("a") { OFlags::APPEND } else { OFlags::TRUNC };
    let mut files = Vec::new();
    for path in &args.operands {
        match Output::open(path, flags) {
            Ok(file) => files.push(file),
            Err(error) => cx.warn(error),
        }
    }
    let mut stdout_open = true;
    loop {
        let chunk = cx.stdin.chunk()?;
        if chunk.is_empty() || !stdout_open && files.is_empty() {
            break;
        }
        let length = chunk.len();
        // Nothing is held back: what has come in is out before the next read, which may block.
        if stdout_open {
            let result = cx.stdout.put(chunk).and_then(|()| cx.stdout.finish());
            if let Err(error) = result {
                cx.stdout.discard();
                stdout_open = false;
                failed(cx, error, mode)?;
            }
        }
        let mut index = 0;
        while let Some(file) = files.get_mut(index) {
            match file.put(cx.stdin.buffered()).and_then(|()| file.finish()) {
                Ok(()) => index += 1,
                Err(error) => {
                    files.remove(index);
                    failed(cx, error, mode)?;
                }
            }
        }
        cx.stdin.consume(length);
    }
    Ok(cx.status())
}

/// An output that failed is left out from then on, or is the end.
#[inline(never)]
fn failed(cx: &mut Context, error: Error, mode: &str) -> Result<()> {
    let is_pipe = error.text().is_none();
    if is_pipe && mode.ends_with("nopipe") {
        return Ok(());
    }
    if mode.starts_with("exit") {
        return Err(error);
    }
    cx.warn(error);
    Ok(())
}

const SIGINT: i32 = rustix::process::Signal::INT.as_raw();
