//! uniq - report or leave out repeated lines
//! Spec: POSIX.1-2024. Extras: -D, -i, -w, -z, --group. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, Output, chomp};
use base::number;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "uniq",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print one of several equal lines in a row",
    operands: "[INPUT [OUTPUT]]",
    notes: "With no INPUT, or when it is -, standard input is read.",
    options: &[
        Opt::flag("c", "count", "print how often each line came"),
        Opt::flag("d", "repeated", "only lines that came several times"),
        Opt::flag("D", "", "all of the lines that came several times"),
        Opt::value(
            "",
            "all-repeated",
            "METHOD",
            Kind::OptionalChoice(&["none", "prepend", "separate"]),
            "the same, each lot apart or not",
        ),
        Opt::value("f", "skip-fields", "NUM", Kind::Count, "compare behind the first NUM fields"),
        Opt::value(
            "",
            "group",
            "METHOD",
            Kind::OptionalChoice(&["separate", "prepend", "append", "both"]),
            "all lines, groups set apart by empty ones",
        ),
        Opt::flag("i", "ignore-case", "compare without regard to case"),
        Opt::value("s", "skip-chars", "NUM", Kind::Count, "compare behind the first NUM characters"),
        Opt::flag("u", "unique", "only lines that came once"),
        Opt::value("w", "check-chars", "NUM", Kind::Count, "compare at most NUM characters"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
    ],
    run,
    ..Declaration::DEFAULT
});

struct Key {
    fields: u64,
    skip: usize,
    width: usize,
    fold: bool,
}

impl Key {
    /// The part of a line that is compared.
    fn of<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        let mut rest = line;
        for _ in 0..self.fields {
            let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let field = rest.iter().skip(blanks).take_while(|byte| !byte.is_ascii_whitespace()).count();
            rest = rest.get(blanks.saturating_add(field)..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
        }
        let rest = rest.get(self.skip.min(rest.len())..).unwrap_or_default();
        rest.get(..self.width.min(rest.len())).unwrap_or(rest)
    }

    fn same(&self, a: &[u8], b: &[u8]) -> bool {
        let (a, b) = (self.of(a), self.of(b));
        if self.fold { a.eq_ignore_ascii_case(b) } else { a == b }
    }
}

/// Which lines are printed.
struct Wanted {
    count: bool,
    repeated: bool,
    unique: bool,
    /// How groups are set apart, where all repeated lines are printed.
    all: Option<&'static str>,
    /// All lines are printed, with an empty one between groups, and with `before` and `after` there as well.
    grouped: bool,
    before: bool,
    after: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let key = Key {
        fields: args.count("f").unwrap_or(0),
        skip: args.amount("s", 0),
        width: args.amount("w", usize::MAX),
        fold: args.has("i"),
    };
    let group = args.has("group").then(|| args.choice("group").unwrap_or("separate"));
    let end = args.line_end();
    if group.is_some() && ["c", "d", "D", "all-repeated", "u"].iter().any(|id| args.has(id)) {
        return Err(Error::usage("--group is mutually exclusive with -c/-d/-D/-u"));
    }
    let wanted = Wanted {
        count: args.has("c"),
        repeated: args.has("d"),
        unique: args.has("u"),
        all: (args.has("D") || args.has("all-repeated")).then(|| args.choice("all-repeated").unwrap_or("none")),
        grouped: group.is_some(),
        before: matches!(group, Some("prepend" | "both")),
        after: matches!(group, Some("append" | "both")),
    };
    let operands = args.between(0, 2)?;
    let mut input = cx.open(operands.first().copied().unwrap_or(b"-"))?;
    let mut file = match operands.get(1) {
        Some(path) if *path != b"-" => Some(Output::create(path)?),
        _ => None,
    };
    filter(&mut input, file.as_mut().unwrap_or(&mut cx.stdout), &key, &wanted, end)?;
    Ok(cx.status())
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn filter(input: &mut Input, output: &mut Output, key: &Key, wanted: &Wanted, end: u8) -> Result<()> {
    let mut previous: Vec<u8> = Vec::new();
    let mut count: u64 = 0;
    let mut groups = 0;
    while let Some(line) = input.line(end)? {
        let line = chomp(line, end);
        if count > 0 && key.same(&previous, line) {
            count += 1;
            if wanted.grouped {
                put(output, line, end)?;
            }
            if let Some(method) = wanted.all {
                if count == 2 {
                    if method == "prepend" || method == "separate" && groups > 0 {
                        output.byte(end)?;
                    }
                    groups += 1;
                    put(output, &previous, end)?;
                }
                put(output, line, end)?;
            }
            continue;
        }
        if wanted.grouped {
            if count > 0 || wanted.before {
                output.byte(end)?;
            }
            put(output, line, end)?;
        } else {
            wanted.print(output, &previous, count, end)?;
        }
        previous.clear();
        previous.extend_from_slice(line);
        count = 1;
    }
    if !wanted.grouped {
        wanted.print(output, &previous, count, end)?;
    } else if wanted.after && count > 0 {
        output.byte(end)?;
    }
    output.finish()
}

fn put(output: &mut Output, line: &[u8], end: u8) -> Result<()> {
    output.put(line)?;
    output.byte(end)
}

impl Wanted {
    /// Prints a line that came `count` times in a row, if it is wanted. 0 is no line at all.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn print(&self, output: &mut Output, line: &[u8], count: u64, end: u8) -> Result<()> {
        let left_out = count == 0 || self.all.is_some() || self.repeated && count < 2 || self.unique && count > 1;
        if left_out {
            return Ok(());
        }
        if self.count {
            let mut shown = Vec::with_capacity(16);
            number::push_right(&mut shown, count, 7);
            shown.push(b' ');
            output.put(&shown)?;
        }
        put(output, line, end)
    }
}
