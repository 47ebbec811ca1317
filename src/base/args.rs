//! The one option parser, driven by the applet's table: what people expect of getopt_long(3), with typed values.

use crate::applet::{Applet, Kind, Known, Order, Words};
use crate::error::{Error, Result};
use crate::{number, size, time};
use core::time::Duration;

/// The parsed command line.
#[derive(Default)]
pub struct Args<'a> {
    /// The options in the order they were given.
    pub given: Vec<Given<'a>>,
    /// The operands in their order.
    pub operands: Vec<&'a [u8]>,
    /// How many operands stood before `--`.
    pub before_dashes: usize,
    /// `--help` was among the options.
    pub wants_help: bool,
    /// `--version` was among the options, and the applet has no such option of its own.
    pub wants_version: bool,
}

/// An option as it was given.
pub struct Given<'a> {
    /// The option's id (see [`Opt`]).
    pub id: &'static str,
    /// Its value, checked for its kind.
    pub value: Value<'a>,
    /// How many operands stood before it.
    pub operands_before: usize,
}

/// A checked value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value<'a> {
    /// A flag, or an optional value that was left out.
    None,
    /// As it was given.
    Text(&'a [u8]),
    /// A count or a size, in bytes.
    Count(u64),
    /// A number with sign.
    Number(i64),
    /// A length of time.
    Duration(Duration),
    /// The word of a choice, whole.
    Choice(&'static str),
}

impl<'a> Args<'a> {
    /// Every argument an operand.
    pub fn raw(arguments: &[&'a [u8]]) -> Args<'a> {
        Args {
            given: Vec::new(),
            operands: arguments.to_vec(),
            before_dashes: usize::MAX,
            wants_help: false,
            wants_version: false,
        }
    }

    /// Whether the option was given.
    pub fn has(&self, id: &str) -> bool {
        self.given.iter().any(|given| given.id == id)
    }

    /// How often the option was given.
    pub fn times(&self, id: &str) -> usize {
        self.given.iter().filter(|given| given.id == id).count()
    }

    /// The value of the last time the option was given.
    pub fn value(&self, id: &str) -> Option<Value<'a>> {
        self.given.iter().rev().find(|given| given.id == id).map(|given| given.value)
    }

    /// The last value as bytes (`Text`, `Optional`); None where it was not given or has no value.
    pub fn text(&self, id: &str) -> Option<&'a [u8]> {
        match self.value(id) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// All values of the option as bytes, in order.
    #[inline(never)]
    pub fn texts(&self, id: &str) -> Vec<&'a [u8]> {
        let mut texts = Vec::new();
        for given in &self.given {
            if let Value::Text(text) = given.value
                && given.id == id
            {
                texts.push(text);
            }
        }
        texts
    }

    /// What ends a line: a NUL with -z, else a newline.
    #[inline(never)]
    pub fn line_end(&self) -> u8 {
        if self.has("z") { 0 } else { b'\n' }
    }

    /// The last value of a `Count` as a number of things in memory; `default` where it was not given.
    #[inline(never)]
    pub fn amount(&self, id: &str, default: usize) -> usize {
        self.count(id).map_or(default, |count| usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The last value of a `Count` or `Size`.
    pub fn count(&self, id: &str) -> Option<u64> {
        match self.value(id) {
            Some(Value::Count(count)) => Some(count),
            _ => None,
        }
    }

    /// The last value of a `Number`.
    pub fn number(&self, id: &str) -> Option<i64> {
        match self.value(id) {
            Some(Value::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// The last value of a `Duration`.
    pub fn duration(&self, id: &str) -> Option<Duration> {
        match self.value(id) {
            Some(Value::Duration(duration)) => Some(duration),
            _ => None,
        }
    }

    /// The last value of a `Choice` or `OptionalChoice`.
    pub fn choice(&self, id: &str) -> Option<&'static str> {
        match self.value(id) {
            Some(Value::Choice(word)) => Some(word),
            _ => None,
        }
    }

    /// Which of these options came last.
    pub fn last_of(&self, ids: &[&str]) -> Option<&'static str> {
        self.given.iter().rev().find(|given| ids.contains(&given.id)).map(|given| given.id)
    }

    /// The operand at `index`.
    pub fn operand(&self, index: usize) -> Option<&'a [u8]> {
        self.operands.get(index).copied()
    }

    /// All operands, of which there must be at least `least` and at most `most`: else wrong usage.
    pub fn between(&self, least: usize, most: usize) -> Result<&[&'a [u8]]> {
        if self.operands.len() < least {
            return Err(match self.operands.last() {
                Some(last) => Error::usage(crate::bytes::fill("missing operand after '%'", &[*last])),
                None => Error::usage("missing operand"),
            });
        }
        match self.operands.get(most) {
            Some(extra) => Err(Error::usage(crate::bytes::fill("extra operand '%'", &[*extra]))),
            None => Ok(&self.operands),
        }
    }
}

/// Parses `arguments` (without the name) by the applet's table. `posix` tells whether POSIXLY_CORRECT is set; it is asked only
/// when an operand precedes an option.
pub fn parse<'a>(applet: &'static Applet, arguments: &[&'a [u8]], posix: &dyn Fn() -> bool) -> Result<Args<'a>> {
    let mut args = Args {
        given: Vec::new(),
        operands: Vec::with_capacity(arguments.len()),
        before_dashes: usize::MAX,
        wants_help: false,
        wants_version: false,
    };
    let mut rest = arguments.iter().copied();
    if applet.old_style
        && let Some(first) = arguments.first()
        && !first.starts_with(b"-")
        && !first.is_empty()
    {
        rest.next();
        parse_old_style(applet, first, &mut rest, &mut args)?;
    }
    // Asked once, and only where it matters.
    let mut is_posix = None;
    while let Some(argument) = rest.next() {
        let is_operand = argument == b"-" || !argument.starts_with(b"-") || applet.dashed.takes(argument);
        if !is_operand && !args.operands.is_empty() && *is_posix.get_or_insert_with(posix) {
            args.operands.push(argument);
            args.operands.extend(rest);
            break;
        }
        if argument == b"--" {
            args.before_dashes = args.operands.len();
            args.operands.extend(rest);
            break;
        }
        if is_operand {
            args.operands.push(argument);
            if applet.order == Order::OptionsFirst {
                args.operands.extend(rest);
                break;
            }
        } else if let Some(long) = argument.strip_prefix(b"--") {
            parse_long(applet, long, &mut rest, &mut args)?;
        } else {
            parse_short(applet, argument.get(1..).unwrap_or_default(), &mut rest, &mut args)?;
        }
        if args.wants_help || args.wants_version {
            break;
        }
    }
    Ok(args)
}

fn parse_long<'a>(
    applet: &'static Applet,
    argument: &'a [u8],
    rest: &mut dyn Iterator<Item = &'a [u8]>,
    args: &mut Args<'a>,
) -> Result<()> {
    let equals = memchr::memchr(b'=', argument);
    let (name, attached) = match equals.and_then(|at| argument.split_at_checked(at)) {
        Some((name, value)) => (name, value.get(1..)),
        None => (argument, None),
    };
    let exact = applet.options().iter().find(|option| option.long().as_bytes() == name && !option.long().is_empty());
    let option = match exact {
        Some(option) => option,
        None => {
            let mut candidates: Vec<Known> = Vec::new();
            for option in applet.options().iter() {
                let known = candidates.iter().any(|other| other.id() == option.id());
                if option.long().as_bytes().starts_with(name) && !option.long().is_empty() && !known {
                    candidates.push(option);
                }
            }
            // `--help` is every applet's, whatever else begins like it.
            let help = !name.is_empty() && b"help".starts_with(name);
            if name == b"help" || help && candidates.is_empty() {
                args.wants_help = true;
                return Ok(());
            }
            if name == b"version" && candidates.is_empty() {
                args.wants_version = true;
                return Ok(());
            }
            match *candidates.as_slice() {
                [] => return Err(Error::usage(crate::bytes::fill("unrecognized option '--%'", &[argument]))),
                [option] => option,
                ref several => {
                    let mut text = crate::bytes::fill("option '--%' is ambiguous; possibilities:", &[name]);
                    for option in several {
                        text.extend_from_slice(b" '--");
                        text.extend_from_slice(option.long().as_bytes());
                        text.push(b'\'');
                    }
                    return Err(Error::usage(text));
                }
            }
        }
    };
    let shown = || [b"--", option.long().as_bytes()].concat();
    let value = if option.needs_value() {
        match attached.or_else(|| rest.next()) {
            Some(value) => Some(value),
            None => {
                return Err(Error::usage(crate::bytes::fill("option '%' requires an argument", &[shown().as_slice()])));
            }
        }
    } else if attached.is_some() && matches!(option.kind(), Kind::Flag | Kind::Hidden) {
        return Err(Error::usage(crate::bytes::fill("option '%' doesn't allow an argument", &[shown().as_slice()])));
    } else {
        attached
    };
    push(&option, value, &shown, args)
}

fn parse_short<'a>(
    applet: &'static Applet,
    cluster: &'a [u8],
    rest: &mut dyn Iterator<Item = &'a [u8]>,
    args: &mut Args<'a>,
) -> Result<()> {
    let mut letters = cluster;
    let mut count = None;
    while let Some((letter, after)) = letters.split_first() {
        if letter.is_ascii_digit()
            && let Some(option) = applet.digits()
            && !applet.options().iter().any(|option| option.short() == Some(*letter))
        {
            // `expand -4,8`: a list is one value.
            let length = letters.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b',').count();
            let (digits, others) = letters.split_at_checked(length).unwrap_or((letters, &[]));
            push(&option, Some(digits), &|| b"-NUM".to_vec(), args)?;
            letters = others;
            count = Some(digits).filter(|_| others == b"c");
            continue;
        }
        let Some(option) = applet.options().iter().find(|option| option.short() == Some(*letter)) else {
            return Err(Error::usage(crate::bytes::fill(
                "invalid option -- '%'",
                &[letters.get(..1).unwrap_or_default()],
            )));
        };
        let shown = || vec![b'-', *letter];
        if option.needs_value() {
            // `head -5c`: the digits are the value.
            let value = if after.is_empty() { count.or_else(|| rest.next()) } else { Some(after) };
            let Some(value) = value else {
                return Err(Error::usage(crate::bytes::fill("option requires an argument -- '%'", &[&[*letter]])));
            };
            return push(&option, Some(value), &shown, args);
        }
        if matches!(option.kind(), Kind::Optional | Kind::OptionalChoice(_)) {
            return push(&option, Some(after).filter(|value| !value.is_empty()), &shown, args);
        }
        push(&option, None, &shown, args)?;
        letters = after;
    }
    Ok(())
}

/// `tar xzf FILE`: each letter in turn, values from the following arguments.
fn parse_old_style<'a>(
    applet: &'static Applet,
    letters: &'a [u8],
    rest: &mut dyn Iterator<Item = &'a [u8]>,
    args: &mut Args<'a>,
) -> Result<()> {
    for letter in letters {
        let Some(option) = applet.options().iter().find(|option| option.short() == Some(*letter)) else {
            return Err(Error::usage(crate::bytes::fill("invalid option -- '%'", &[&[*letter]])));
        };
        let value = if option.needs_value() {
            let value = rest.next();
            if value.is_none() {
                return Err(Error::usage(crate::bytes::fill("option requires an argument -- '%'", &[&[*letter]])));
            }
            value
        } else {
            None
        };
        push(&option, value, &|| vec![b'-', *letter], args)?;
    }
    Ok(())
}

fn push<'a>(option: &Known, value: Option<&'a [u8]>, shown: &dyn Fn() -> Vec<u8>, args: &mut Args<'a>) -> Result<()> {
    let bad = |what: &str, text: &[u8]| {
        Error::usage(crate::bytes::fill("% '%' for %", &[what.as_bytes(), text, shown().as_slice()]))
    };
    let value = match (option.kind(), value) {
        (_, None) => Value::None,
        (Kind::Flag, Some(_)) => Value::None,
        (Kind::Hidden | Kind::Text | Kind::Optional | Kind::OptionalLong, Some(text)) => Value::Text(text),
        (Kind::Count, Some(text)) => Value::Count(number::parse_u64(text).map_err(|_| bad("invalid number", text))?),
        (Kind::Number, Some(text)) => Value::Number(number::parse_i64(text).map_err(|_| bad("invalid number", text))?),
        (Kind::Size, Some(text)) => Value::Count(size::parse(text).map_err(|_| bad("invalid size", text))?),
        (Kind::Duration, Some(text)) => match time::parse_duration(text) {
            Some(duration) => Value::Duration(duration),
            None => return Err(bad("invalid time interval", text)),
        },
        (Kind::Choice(words) | Kind::OptionalChoice(words), Some(text)) => match choose(words, text) {
            Some(word) => Value::Choice(word),
            None => {
                let words = words.join(", ");
                let error = crate::bytes::fill(
                    "invalid argument '%' for %: use %",
                    &[text, shown().as_slice(), words.as_bytes()],
                );
                return Err(Error::usage(error));
            }
        },
    };
    args.given.push(Given { id: option.id(), value, operands_before: args.operands.len() });
    Ok(())
}

fn choose(words: Words, text: &[u8]) -> Option<&'static str> {
    if let Some(word) = words.iter().find(|word| word.as_bytes() == text) {
        return Some(word);
    }
    let mut matching = words.iter().filter(|word| !text.is_empty() && word.as_bytes().starts_with(text));
    match (matching.next(), matching.next()) {
        (Some(word), None) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;
    use crate::applet::{Declaration, Opt};

    static HEAD: Applet = crate::applet!(Declaration {
        name: "head",
        options: &[
            Opt::value("n", "lines", "NUM", Kind::Count, ""),
            Opt::flag("q", "quiet", ""),
            Opt::flag("v", "verbose", ""),
            Opt::value("", "version-sort", "", Kind::Flag, ""),
            Opt::value("i", "in-place", "SUF", Kind::Optional, ""),
            Opt::value("", "color", "WHEN", Kind::OptionalChoice(&["always", "auto", "never"]), ""),
        ],
        digits: "n",
        ..Declaration::DEFAULT
    });

    fn parsed<'a>(arguments: &[&'a str]) -> Result<Args<'a>> {
        let bytes: Vec<&[u8]> = arguments.iter().map(|a| a.as_bytes()).collect();
        parse(&HEAD, &bytes, &|| false)
    }

    fn text(arguments: &[&str]) -> String {
        String::from_utf8(parsed(arguments).err().unwrap().text().unwrap()).unwrap()
    }

    #[test]
    fn bundles_values_and_permutes() {
        let args = parsed(&["a", "-qn5", "b", "--lines=7", "--", "-x"]).unwrap();
        assert_eq!(args.operands, [b"a".as_slice(), b"b", b"-x"]);
        assert_eq!(args.count("n"), Some(7));
        assert!(args.has("q"));
        assert_eq!(parsed(&["-5q"]).unwrap().count("n"), Some(5));
        assert_eq!(parsed(&["-n", "9"]).unwrap().count("n"), Some(9));
    }

    #[test]
    fn prefixes_and_optional_values() {
        assert!(parsed(&["--verb"]).unwrap().has("v"));
        assert!(text(&["--ver"]).contains("ambiguous"));
        assert_eq!(parsed(&["-i.bak", "x"]).unwrap().text("i"), Some(&b".bak"[..]));
        assert_eq!(parsed(&["-i", "x"]).unwrap().value("i"), Some(Value::None));
        assert_eq!(parsed(&["--color=al"]).unwrap().choice("color"), Some("always"));
        assert!(parsed(&["--he"]).unwrap().wants_help);
    }

    #[test]
    fn complains_as_getopt_does() {
        assert_eq!(text(&["-z"]), "invalid option -- 'z'");
        assert_eq!(text(&["-n"]), "option requires an argument -- 'n'");
        assert_eq!(text(&["--lines"]), "option '--lines' requires an argument");
        assert_eq!(text(&["--quiet=1"]), "option '--quiet' doesn't allow an argument");
        assert_eq!(text(&["--nope"]), "unrecognized option '--nope'");
        assert_eq!(text(&["-nx"]), "invalid number 'x' for -n");
    }
}
