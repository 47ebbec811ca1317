//! awk - find patterns in text and act on them
//! Spec: POSIX.1-2024. Extras: gawk's functions, variables and statements that scripts use, -i inplace, --csv. Deviations: no arrays of
//! arrays, no co-processes, no name spaces; `"\."` keeps its backslash, as in mawk; ERRNO is the number; a
//! call of a function that is nowhere defined is an error when it is reached, as in BusyBox.

#![cfg_attr(speed_marks, feature(optimize_attribute))]

mod builtin;
mod code;
mod compile;
mod format;
mod lex;
mod parse;
mod record;
mod regex;
mod stream;
mod table;
mod tree;
mod value;
mod vm;

use base::applet::{Applet, Declaration, Exec, Kind, Opt, Order};
use base::args::{Args, Value};
use base::context::{Context, Status};
use base::error::{Error, Result};
use lex::Text;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "awk",
    // It runs commands, and may loop until it is interrupted.
    exec: Exec::NoExec,
    summary: "Find patterns in the lines of each FILE and act on them",
    operands: "PROGRAM [FILE|NAME=VALUE]...\n-f PROGFILE [FILE|NAME=VALUE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::value("F", "field-separator", "FS", Kind::Text, "what separates fields"),
        Opt::value("v", "assign", "NAME=VALUE", Kind::Text, "set a variable before the program begins"),
        Opt::value("f", "file", "PROGFILE", Kind::Text, "add the program in PROGFILE"),
        Opt::value("e", "source", "PROGRAM", Kind::Text, "add PROGRAM to the program"),
        Opt::value(
            "i",
            "include",
            "PROGFILE",
            Kind::Text,
            "as -f, before the program; inplace: the FILEs are written anew"
        ),
        Opt::flag("k", "csv", "fields are comma-separated values, in quotes or not"),
        Opt::flag("b", "characters-as-bytes", "a byte is a character"),
        Opt::hidden("", "posix"),
        Opt::hidden("", "traditional"),
        Opt::hidden("", "re-interval"),
        Opt::hidden("r", ""),
        Opt::hidden("", "lint"),
        Opt::flag("S", "sandbox", "start no command, open no file but the operands"),
    ],
    order: Order::OptionsFirst,
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

/// How deep `@include` may go.
const DEPTH: u32 = 20;

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut text = Text { for_person: cx.stderr.is_terminal(), ..Text::default() };
    let mut operands = args.operands.as_slice();
    let mut programs = 0;
    for given in &args.given {
        let Value::Text(value) = given.value else { continue };
        match given.id {
            // The machine's business: gawk has a file of this name.
            "i" if value == b"inplace" => {}
            "i" => {
                let (path, bytes) = find(cx, value)?;
                add(cx, &mut text, &path, &bytes, 0)?;
            }
            "f" => {
                let bytes = read(cx, value)?;
                add(cx, &mut text, value, &bytes, 0)?;
                programs += 1;
            }
            "e" => {
                add(cx, &mut text, b"cmd. line", value, 0)?;
                programs += 1;
            }
            _ => {}
        }
    }
    if programs == 0 {
        let Some((first, rest)) = operands.split_first() else { return Err(Error::usage("no program was given")) };
        add(cx, &mut text, b"cmd. line", first, 0)?;
        operands = rest;
    }
    let tree = parse::parse(&text)?;
    let code = compile::compile(&tree, &text)?;
    drop(tree);
    vm::run(cx, code, &text, args, operands)
}

fn read(cx: &mut Context, path: &[u8]) -> Result<Vec<u8>> {
    let mut input = cx.open(path)?;
    let bytes = input.rest()?;
    cx.close(path, input);
    Ok(bytes)
}

/// Adds a source to the program, and those that it includes.
fn add(cx: &mut Context, text: &mut Text, name: &[u8], bytes: &[u8], depth: u32) -> Result<()> {
    let mut part = 0;
    let mut part_line = 1;
    let mut at = 0;
    for (number, line) in (1u64..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let start = at;
        at += line.len();
        let Some(rest) = line.trim_ascii().strip_prefix(b"@include") else { continue };
        let Some(included) = rest.trim_ascii().strip_prefix(b"\"").and_then(|rest| rest.split(|b| *b == b'"').next())
        else {
            continue;
        };
        if depth >= DEPTH {
            return Err(Error::message(base::bytes::fill("@include goes too deep: %", &[included])).with_status(2));
        }
        text.add(name, part_line, bytes.get(part..start).unwrap_or_default());
        let (path, contents) = find(cx, included)?;
        add(cx, text, &path, &contents, depth + 1)?;
        part = at;
        part_line = number + 1;
    }
    text.add(name, part_line, bytes.get(part..).unwrap_or_default());
    Ok(())
}

/// An included file: as it is named, or in a folder of AWKPATH, with `.awk` behind it or without.
fn find(cx: &mut Context, name: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let folders = cx.env.get(b"AWKPATH").unwrap_or(b".").to_vec();
    let mut folders = base::bytes::split(&folders, b':');
    folders.insert(0, b"");
    for folder in folders {
        for suffix in [&b""[..], b".awk"] {
            let mut path = folder.to_vec();
            if !folder.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            path.extend_from_slice(suffix);
            if let Ok(mut input) = base::io::Input::open(&path)
                && let Ok(bytes) = input.rest()
            {
                return Ok((path, bytes));
            }
        }
    }
    Err(Error::system(name, base::Errno::NOENT).with_status(2))
}
