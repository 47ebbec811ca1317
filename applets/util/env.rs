//! env - run a command in a changed environment, or print the environment
//! Spec: POSIX.1-2024. Extras: -u, -0, -C, -S, -v, --ignore-signal, --default-signal (GNU, BSD). Deviations: none known.

use base::sys::signal::{self, Action};
use base::{Applet, Args, Context, Declaration, Environment, Error, Exec, Kind, Opt, Order, Result, ResultExt, Status};
use std::ffi::CString;

/// The table proper. What a shell sees leaves the parsing to `run`, since `-S` adds arguments in its place.
const TABLE: Applet = base::applet!(Declaration {
    name: "env",
    exec: Exec::no_exec("becomes another program"),
    summary: "Run COMMAND in a changed environment, or print the environment",
    operands: "[-] [NAME=VALUE]... [COMMAND [ARGUMENT]...]",
    notes: "A lone - is -i. The status is that of COMMAND; 125 where env fails, 126 where COMMAND cannot be run,\n\
            127 where it is not found.",
    options: &[
        Opt::flag("i", "ignore-environment", "start with an empty environment"),
        Opt::flag("0", "null", "end each line with a zero byte, not a newline"),
        Opt::value("u", "unset", "NAME", Kind::Text, "remove NAME from the environment"),
        Opt::value("C", "chdir", "DIR", Kind::Text, "change to DIR before running COMMAND"),
        Opt::value("S", "split-string", "TEXT", Kind::Text, "put the words of TEXT in place of this option"),
        Opt::value("", "ignore-signal", "SIG", Kind::Optional, "ignore these signals (or all)"),
        Opt::value("", "default-signal", "SIG", Kind::Optional, "reset these signals (or all)"),
        Opt::flag("v", "debug", "say on standard error what is done"),
    ],
    order: Order::OptionsFirst,
    usage_status: 125,
    failure: 125,
    run,
    ..Declaration::DEFAULT
});

pub const APPLET: Applet = TABLE.raw();
static PARSED: Applet = TABLE;

fn run(cx: &mut Context, raw: &mut Args) -> Result<Status> {
    let mut arguments: Vec<Vec<u8>> = raw.operands.iter().map(|argument| argument.to_vec()).collect();
    expand(&mut arguments, cx.env)?;
    let arguments: Vec<&[u8]> = arguments.iter().map(Vec::as_slice).collect();
    let args = base::args::parse(&PARSED, &arguments, &|| false)?;
    if args.wants_help {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    let mut operands = args.operands.as_slice();
    let mut empty = args.has("i");
    if let [b"-", rest @ ..] = operands {
        (empty, operands) = (true, rest);
    }
    let mut environment = if empty { Vec::new() } else { cx.env.list() };
    for name in args.texts("u") {
        if name.is_empty() || name.contains(&b'=') {
            return Err(Error::message(base::bytes::fill("cannot unset '%': Invalid argument", &[name])));
        }
        environment.retain(|entry| !names(entry, name));
    }
    while let [assignment, rest @ ..] = operands
        && let Some(at) = memchr::memchr(b'=', assignment)
    {
        let name = assignment.get(..at).unwrap_or_default();
        // An argument holds no zero byte; one from -S has been refused.
        let entry = CString::new(*assignment).unwrap_or_default();
        match environment.iter_mut().find(|entry| names(entry, name)) {
            Some(old) => *old = entry,
            None => environment.push(entry),
        }
        operands = rest;
    }
    if operands.is_empty() {
        if args.has("C") {
            return Err(Error::usage("must specify command with --chdir (-C)"));
        }
        let end = if args.has("0") { b'\0' } else { b'\n' };
        for entry in &environment {
            cx.stdout.put(entry.as_bytes())?;
            cx.stdout.byte(end)?;
        }
        return Ok(cx.status());
    }
    if args.has("0") {
        return Err(Error::usage("cannot specify --null (-0) with command"));
    }
    if let Some(directory) = args.text("C") {
        let failed = || base::error::quoted("cannot change directory to", directory);
        base::fs::chdir(directory).map_err(|errno| Error::system(failed(), errno))?;
    }
    signals(&args)?;
    if args.has("v") {
        for word in operands {
            cx.note(&Error::message(base::bytes::fill("executing: %", &[*word])));
        }
    }
    base::command::exec(cx, operands, &environment)
}

fn names(entry: &CString, name: &[u8]) -> bool {
    entry.as_bytes().strip_prefix(name).is_some_and(|rest| rest.first() == Some(&b'='))
}

fn signals(args: &Args) -> Result<()> {
    for given in &args.given {
        let action = match given.id {
            "ignore-signal" => Action::Ignore,
            "default-signal" => Action::Default,
            _ => continue,
        };
        let base::args::Value::Text(list) = given.value else {
            for number in base::signal::all() {
                // KILL and STOP cannot be changed, which is fine where all are meant.
                let _ = signal::set(number, action);
            }
            continue;
        };
        for name in list.split(|byte| *byte == b',') {
            let number = base::signal::parse(name).filter(|number| *number > 0);
            let number = number.ok_or_else(|| Error::usage(base::bytes::fill("'%': invalid signal", &[name])))?;
            signal::set(number, action).at(name)?;
        }
    }
    Ok(())
}

/// Replaces each `-S TEXT` among the options by the words of TEXT.
fn expand(arguments: &mut Vec<Vec<u8>>, env: &dyn Environment) -> Result<()> {
    let mut at = 0;
    // The words of a text may hold another -S; nobody nests them deeply.
    let mut budget = 100;
    while let Some(argument) = arguments.get(at) {
        let (kept, text, used) = match argument.as_slice() {
            b"--" => return Ok(()),
            long if long.starts_with(b"--") => {
                let name = long.split(|byte| *byte == b'=').next().unwrap_or_default();
                let takes = [&b"--unset"[..], b"--chdir"].iter().any(|option| option.starts_with(name));
                let split = name.len() > 3 && b"--split-string".starts_with(name);
                match long.iter().position(|byte| *byte == b'=').filter(|_| split) {
                    Some(equals) => (Vec::new(), long.get(equals.saturating_add(1)..).map(<[u8]>::to_vec), 1),
                    None if split => (Vec::new(), arguments.get(at.saturating_add(1)).cloned(), 2),
                    None => {
                        at = at.saturating_add(if takes && !long.contains(&b'=') { 2 } else { 1 });
                        continue;
                    }
                }
            }
            [b'-', letters @ ..] if !letters.is_empty() => {
                match letters.iter().position(|byte| matches!(byte, b'S' | b'u' | b'C')) {
                    Some(place) if letters.get(place) == Some(&b'S') => {
                        let kept = letters.get(..place).unwrap_or_default();
                        let kept = if kept.is_empty() { Vec::new() } else { [b"-", kept].concat() };
                        match letters.get(place.saturating_add(1)..).filter(|text| !text.is_empty()) {
                            Some(text) => (kept, Some(text.to_vec()), 1),
                            None => (kept, arguments.get(at.saturating_add(1)).cloned(), 2),
                        }
                    }
                    Some(place) => {
                        at = at.saturating_add(if place.saturating_add(1) == letters.len() { 2 } else { 1 });
                        continue;
                    }
                    None => {
                        at = at.saturating_add(1);
                        continue;
                    }
                }
            }
            _ => return Ok(()),
        };
        budget -= 1;
        // Without a value the parser complains.
        let Some(text) = text.filter(|_| budget > 0) else { return Ok(()) };
        let mut words = split(&text, env)?;
        for _ in 0..used {
            arguments.remove(at);
        }
        let mut rest = arguments.split_off(at);
        if !kept.is_empty() {
            arguments.push(kept);
        }
        arguments.append(&mut words);
        arguments.append(&mut rest);
    }
    Ok(())
}

/// The words of `-S`: blanks part them; quotes, backslashes, `${NAME}` and a comment at a word's start as GNU and BSD have them.
fn split(text: &[u8], env: &dyn Environment) -> Result<Vec<Vec<u8>>> {
    let bad = |what: &str| Err(Error::message(what).with_status(125));
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = 0;
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match *byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c if quote == 0 => words.extend(word.take()),
            b'#' if quote == 0 && word.is_none() => break,
            b'\'' | b'"' if quote == 0 => {
                quote = *byte;
                word.get_or_insert_default();
            }
            b'\'' | b'"' if quote == *byte => quote = 0,
            b'$' if quote != b'\'' => {
                let end = rest.iter().position(|byte| *byte == b'}');
                let name = end.and_then(|end| rest.get(..end)).and_then(|braced| braced.strip_prefix(b"{"));
                let valid = |name: &&[u8]| {
                    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                        && name.first().is_some_and(|byte| !byte.is_ascii_digit())
                };
                let Some(name) = name.filter(valid) else {
                    return bad("only ${VARNAME} expansion is supported in -S");
                };
                // An unset one is no word by itself, as in a shell.
                if let Some(value) = env.get(name) {
                    word.get_or_insert_default().extend_from_slice(value);
                }
                rest = rest.get(name.len().saturating_add(2)..).unwrap_or_default();
            }
            b'\\' => {
                let Some((escaped, after)) = rest.split_first() else {
                    return bad("invalid backslash at end of string in -S");
                };
                if quote == b'\'' && !matches!(escaped, b'\'' | b'\\') {
                    word.get_or_insert_default().push(b'\\');
                    continue;
                }
                rest = after;
                let byte = match escaped {
                    b'_' if quote == 0 => {
                        words.extend(word.take());
                        continue;
                    }
                    b'_' => b' ',
                    b'c' if quote == 0 => break,
                    b'c' => return bad("'\\c' must not appear in double-quoted -S string"),
                    b'f' | b'n' | b'r' | b't' | b'v' => base::echo::letter(*escaped).unwrap_or(*escaped),
                    b'#' | b'$' | b'"' | b'\'' | b'\\' => *escaped,
                    _ => return bad("invalid sequence after backslash in -S"),
                };
                word.get_or_insert_default().push(byte);
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    if quote != 0 {
        return bad("no terminating quote in -S string");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;
    use base::command::ListedEnvironment;

    fn words(text: &str) -> Vec<String> {
        let env = [CString::from(c"V=a b")];
        let words = split(text.as_bytes(), &ListedEnvironment(&env)).unwrap();
        words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
    }

    #[test]
    fn splitting() {
        assert_eq!(
            words(r#" perl  -w "a b" 'c\'d\n' x\_y "p\_q" ${V}${W} # no"#),
            ["perl", "-w", "a b", "c'd\\n", "x", "y", "p q", "a b"]
        );
        assert_eq!(words("a '' b#c \\#d \\c e"), ["a", "", "b#c", "#d"]);
        let env = ListedEnvironment(&[]);
        for wrong in ["'a", "a\\", "\\q", "$V", "${1}"] {
            assert!(split(wrong.as_bytes(), &env).is_err());
        }
    }
}
