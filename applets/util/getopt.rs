//! getopt - put a script's arguments in order
//! Spec: util-linux's enhanced getopt. Extras: none. Deviations: `-s csh` quotes as tcsh.

use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Order, Place, Result, Status};

/// The table proper. Parsing is left to `run`, since a first argument without a dash asks for the old form.
const TABLE: Applet = base::applet!(Declaration {
    name: "getopt",
    place: Place::Bin,
    exec: Exec::no_fork("works on its arguments and writes"),
    summary: "Put the arguments of a script in order",
    operands: "OPTSTRING PARAMETER...\n-o OPTSTRING [--] PARAMETER...",
    notes: "A colon after a name asks for a value, two for a value that may be missing. The first form without any\n\
            option does not quote its output. The status is 1 where a PARAMETER is wrong, 2 where getopt's own\n\
            options are, 4 for -T.",
    options: &[
        Opt::flag("a", "alternative", "long options may begin with one dash"),
        Opt::value("l", "longoptions", "NAMES", Kind::Text, "long options, separated by commas"),
        Opt::value("n", "name", "NAME", Kind::Text, "call the script NAME in messages"),
        Opt::value("o", "options", "OPTSTRING", Kind::Text, "short options"),
        Opt::flag("q", "quiet", "no messages"),
        Opt::flag("Q", "quiet-output", "no output but messages"),
        Opt::value("s", "shell", "SHELL", Kind::Text, "quote for sh, bash, csh or tcsh"),
        Opt::flag("T", "test", "say which getopt this is, by status 4"),
        Opt::flag("u", "unquoted", "do not quote the output"),
    ],
    order: Order::OptionsFirst,
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

pub const APPLET: Applet = TABLE.raw();
static PARSED: Applet = TABLE;

/// How a short or long option takes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    MaybeValue,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoting {
    None,
    Sh,
    Csh,
}

/// What happens to operands between options.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    /// They go to the end.
    Moved,
    /// The first one ends the options (`+`).
    End,
    /// They stay in their place (`-`).
    Stay,
}

/// The script's options, and what was made of its parameters.
struct Work<'a> {
    shorts: Vec<(u8, Takes)>,
    longs: Vec<(&'a [u8], Takes)>,
    between: Between,
    alternative: bool,
    quoting: Quoting,
    name: &'a [u8],
    quiet: bool,
    output: Vec<u8>,
    messages: Vec<u8>,
    failed: bool,
}

fn run(cx: &mut Context, raw: &mut Args) -> Result<Status> {
    let compatible = cx.env.get(b"GETOPT_COMPATIBLE").is_some();
    let no_optstring = || Error::usage("missing optstring argument");
    let first = raw.operands.first().copied();
    let old_form = compatible || first.is_none_or(|first| !first.starts_with(b"-"));
    if old_form {
        let Some((optstring, parameters)) = raw.operands.split_first() else {
            if compatible {
                cx.stdout.put(b" --\n")?;
                return Ok(cx.status());
            }
            return Err(no_optstring());
        };
        let mut work = Work::new(cx.name, Quoting::None);
        // Here the signs have no meaning.
        let signs = optstring.iter().take_while(|byte| matches!(byte, b'-' | b'+')).count();
        work.short_options(optstring.get(signs..).unwrap_or_default());
        work.between = Between::Moved;
        return work.finish(cx, parameters, false);
    }
    let args = base::args::parse(&PARSED, &raw.operands, &|| false)?;
    if args.wants_help {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    if args.has("T") {
        return Ok(Status(4));
    }
    let quoting = match args.text("s") {
        None | Some(b"sh" | b"bash") => Quoting::Sh,
        Some(b"csh" | b"tcsh") => Quoting::Csh,
        Some(_) => return Err(Error::usage("unknown shell after -s or --shell argument")),
    };
    let quoting = if args.has("u") { Quoting::None } else { quoting };
    let mut work = Work::new(args.text("n").unwrap_or(cx.name), quoting);
    let mut parameters = args.operands.as_slice();
    let optstring = match args.text("o") {
        Some(optstring) => optstring,
        None => {
            let (optstring, rest) = parameters.split_first().ok_or_else(no_optstring)?;
            parameters = rest;
            optstring
        }
    };
    work.short_options(optstring);
    if cx.env.get(b"POSIXLY_CORRECT").is_some() && work.between == Between::Moved {
        work.between = Between::End;
    }
    for list in args.texts("l") {
        for name in list.split(|byte| matches!(byte, b',' | b' ' | b'\t' | b'\n')).filter(|name| !name.is_empty()) {
            work.long_option(name)?;
        }
    }
    work.alternative = args.has("a");
    work.quiet |= args.has("q");
    work.finish(cx, parameters, args.has("Q"))
}

impl<'a> Work<'a> {
    fn new(name: &'a [u8], quoting: Quoting) -> Work<'a> {
        Work {
            shorts: Vec::new(),
            longs: Vec::new(),
            between: Between::Moved,
            alternative: false,
            quoting,
            name,
            quiet: false,
            output: Vec::new(),
            messages: Vec::new(),
            failed: false,
        }
    }

    fn short_options(&mut self, optstring: &[u8]) {
        let mut rest = optstring;
        match rest.first() {
            Some(b'+') => self.between = Between::End,
            Some(b'-') => self.between = Between::Stay,
            _ => {}
        }
        if self.between != Between::Moved {
            rest = rest.get(1..).unwrap_or_default();
        }
        if let Some(after) = rest.strip_prefix(b":") {
            self.quiet = true;
            rest = after;
        }
        while let Some((letter, after)) = rest.split_first() {
            let colons = after.iter().take_while(|byte| **byte == b':').count().min(2);
            let takes = match colons {
                0 => Takes::Nothing,
                1 => Takes::Value,
                _ => Takes::MaybeValue,
            };
            self.shorts.push((*letter, takes));
            rest = after.get(colons..).unwrap_or_default();
        }
    }

    fn long_option(&mut self, text: &'a [u8]) -> Result<()> {
        let (name, takes) = match text {
            [name @ .., b':', b':'] => (name, Takes::MaybeValue),
            [name @ .., b':'] => (name, Takes::Value),
            name => (name, Takes::Nothing),
        };
        if name.is_empty() {
            return Err(Error::usage("empty long option after -l or --long argument"));
        }
        self.longs.push((name, takes));
        Ok(())
    }

    fn finish(mut self, cx: &mut Context, parameters: &[&[u8]], silent: bool) -> Result<Status> {
        self.parse(parameters);
        if !self.quiet {
            cx.stderr.put(&self.messages)?;
        }
        if !silent {
            self.output.push(b'\n');
            cx.stdout.put(&self.output)?;
        }
        Ok(Status::truth(!self.failed))
    }

    fn parse(&mut self, parameters: &[&[u8]]) {
        let mut operands: Vec<&[u8]> = Vec::new();
        let mut rest = parameters.iter().copied();
        while let Some(parameter) = rest.next() {
            match parameter {
                b"--" => {
                    operands.extend(rest);
                    break;
                }
                [b'-', b'-', long @ ..] => self.long(b"--", long, &mut rest),
                [b'-', letters @ ..] if !letters.is_empty() => {
                    if self.alternative && self.is_long(letters) {
                        self.long(b"-", letters, &mut rest);
                    } else {
                        self.short(letters, &mut rest);
                    }
                }
                operand => match self.between {
                    Between::Moved => operands.push(operand),
                    Between::Stay => self.push_value(operand),
                    Between::End => {
                        operands.push(operand);
                        operands.extend(rest);
                        break;
                    }
                },
            }
        }
        self.output.extend_from_slice(b" --");
        for operand in operands {
            self.push_value(operand);
        }
    }

    /// Whether `-letters` is taken for a long option: it is one or begins one, or is no bundle of short ones.
    fn is_long(&self, letters: &[u8]) -> bool {
        let name = letters.split(|byte| *byte == b'=').next().unwrap_or_default();
        let known = self.short_of(letters.first().copied().unwrap_or_default()).is_some();
        if letters.len() == 1 && known {
            return false;
        }
        self.longs.iter().any(|(long, _)| long.starts_with(name)) || !known
    }

    fn short_of(&self, letter: u8) -> Option<Takes> {
        self.shorts.iter().find(|(short, _)| *short == letter && letter != b':').map(|(_, takes)| *takes)
    }

    fn long(&mut self, dashes: &[u8], argument: &[u8], rest: &mut dyn Iterator<Item = &[u8]>) {
        let equals = argument.iter().position(|byte| *byte == b'=').unwrap_or(argument.len());
        let (name, value) = argument.split_at_checked(equals).unwrap_or((argument, &[]));
        let value = value.strip_prefix(b"=");
        let mut matching: Vec<(&[u8], Takes)> = Vec::new();
        for known in &self.longs {
            if known.0 == name {
                matching.clear();
            }
            if known.0.starts_with(name) {
                matching.push(*known);
            }
            if known.0 == name {
                break;
            }
        }
        let (long, takes) = match matching.as_slice() {
            [one] => *one,
            [] => return self.complain(&[b"unrecognized option '", dashes, argument, b"'"]),
            several => {
                let mut text = base::bytes::fill("option '%%' is ambiguous; possibilities:", &[dashes, argument]);
                for (long, _) in several {
                    text.extend_from_slice(&[b" '", dashes, *long, b"'"].concat());
                }
                return self.complain(&[&text]);
            }
        };
        let value = match (takes, value) {
            (Takes::Nothing, Some(_)) => {
                return self.complain(&[b"option '", dashes, long, b"' doesn't allow an argument"]);
            }
            (Takes::Value, None) => match rest.next() {
                Some(value) => Some(value),
                None => return self.complain(&[b"option '", dashes, long, b"' requires an argument"]),
            },
            (Takes::MaybeValue, None) => Some(&b""[..]),
            (_, value) => value,
        };
        self.output.extend_from_slice(b" --");
        self.output.extend_from_slice(long);
        if let Some(value) = value {
            self.push_value(value);
        }
    }

    fn short(&mut self, letters: &[u8], rest: &mut dyn Iterator<Item = &[u8]>) {
        let mut letters = letters;
        while let Some((letter, after)) = letters.split_first() {
            let shown = [*letter];
            letters = after;
            let value = match self.short_of(*letter) {
                None => {
                    self.complain(&[b"invalid option -- '", &shown, b"'"]);
                    continue;
                }
                Some(Takes::Nothing) => None,
                Some(Takes::MaybeValue) => Some(after),
                Some(Takes::Value) if !after.is_empty() => Some(after),
                Some(Takes::Value) => match rest.next() {
                    Some(value) => Some(value),
                    None => return self.complain(&[b"option requires an argument -- '", &shown, b"'"]),
                },
            };
            self.output.extend_from_slice(b" -");
            self.output.push(*letter);
            if let Some(value) = value {
                self.push_value(value);
                return;
            }
        }
    }

    fn complain(&mut self, parts: &[&[u8]]) {
        self.failed = true;
        self.messages.extend_from_slice(self.name);
        self.messages.extend_from_slice(b": ");
        for part in parts {
            self.messages.extend_from_slice(part);
        }
        self.messages.push(b'\n');
    }

    /// Appends a value so that the shell reads it as one word.
    fn push_value(&mut self, value: &[u8]) {
        let output = &mut self.output;
        output.push(b' ');
        if self.quoting == Quoting::None {
            output.extend_from_slice(value);
            return;
        }
        output.push(b'\'');
        for byte in value {
            match (self.quoting, byte) {
                (_, b'\'') => output.extend_from_slice(b"'\\''"),
                (Quoting::Csh, b'\\') => output.extend_from_slice(b"\\\\"),
                (Quoting::Csh, b'!') => output.extend_from_slice(b"'\\!'"),
                (Quoting::Csh, b'\n') => output.extend_from_slice(b"\\n"),
                (Quoting::Csh, byte) if byte.is_ascii_whitespace() => {
                    output.extend_from_slice(&[b'\'', b'\\', *byte, b'\'']);
                }
                (_, byte) => output.push(*byte),
            }
        }
        output.push(b'\'');
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn ordered(optstring: &str, longs: &[&str], alternative: bool, parameters: &[&str]) -> String {
        let mut work = Work::new(b"t", Quoting::Sh);
        work.short_options(optstring.as_bytes());
        for long in longs {
            work.long_option(long.as_bytes()).unwrap();
        }
        work.alternative = alternative;
        let parameters: Vec<&[u8]> = parameters.iter().map(|p| p.as_bytes()).collect();
        work.parse(&parameters);
        let mut text = work.output;
        text.extend_from_slice(&work.messages);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn orders() {
        assert_eq!(ordered("ab:c::", &[], false, &["-b", "1", "x", "-ac", "-c5"]), " -b '1' -a -c '' -c '5' -- 'x'");
        assert_eq!(ordered("+a", &[], false, &["x", "-a"]), " -- 'x' '-a'");
        assert_eq!(ordered("-a", &[], false, &["x", "-a", "y"]), " 'x' -a 'y' --");
        assert_eq!(
            ordered("a", &["foo", "bar:", "baz::"], false, &["--fo", "--bar", "1", "--baz", "--baz=2"]),
            " --foo --bar '1' --baz '' --baz '2' --"
        );
        assert_eq!(ordered("fa", &["foo", "fab"], true, &["-foo", "-f", "-fa"]), " --foo -f --fab --");
    }

    #[test]
    fn complains() {
        assert_eq!(
            ordered("a:", &["foo", "fox"], false, &["-b", "--fo", "--q", "--foo=1", "-a"]),
            " --t: invalid option -- 'b'\nt: option '--fo' is ambiguous; possibilities: '--foo' '--fox'\n\
             t: unrecognized option '--q'\nt: option '--foo' doesn't allow an argument\n\
             t: option requires an argument -- 'a'\n"
        );
    }
}
