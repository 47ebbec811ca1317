//! basename - print the last component of a path
//! Spec: POSIX.1-2024. Extras: -a, -s, -z as GNU. Deviations: none known.

use crate::common::base_name;
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Order, Result, Status};

/// basename
pub const APPLET: Applet = base::applet!(Declaration {
    name: "basename",
    exec: Exec::no_fork("writes its operands to its output"),
    summary: "Print NAME without its directories, and without SUFFIX",
    operands: "NAME [SUFFIX]\n-a NAME...\n-s SUFFIX NAME...",
    options: &[
        Opt::flag("a", "multiple", "every operand is a NAME"),
        Opt::value("s", "suffix", "SUFFIX", Kind::Text, "remove SUFFIX; implies -a"),
        Opt::flag("z", "zero", "end each line with NUL"),
    ],
    order: Order::OptionsFirst,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let end = args.line_end();
    let (names, suffix) = if args.has("a") || args.has("s") {
        (args.between(1, usize::MAX)?, args.text("s"))
    } else {
        let operands = args.between(1, 2)?;
        let (names, rest) = operands.split_at_checked(1).ok_or_else(|| Error::usage("missing operand"))?;
        (names, rest.first().copied())
    };
    for name in names {
        let base = base_name(name);
        // A name that is all suffix stays.
        let short = suffix.and_then(|s| base.strip_suffix(s)).filter(|short| !short.is_empty());
        cx.stdout.put(short.unwrap_or(base))?;
        cx.stdout.byte(end)?;
    }
    Ok(Status::SUCCESS)
}
