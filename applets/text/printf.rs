//! printf - print its arguments by a format
//! Spec: POSIX.1-2024. Extras: `%q`, `%(…)T`, `\x`, `\u`, `\U`, `\e`, floating-point conversions. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "printf",
    place: Place::UsrBin,
    exec: Exec::no_fork("writes its streams only"),
    summary: "Print the arguments by FORMAT, which is used again while arguments are left",
    operands: "FORMAT [ARG]...",
    notes: "Conversions: d i u o x X c s b q e E f F g G a A, with flags, width and precision, also from arguments (*), \
            (FORM)T a time of so many seconds by date's FORM. \
            Escapes: \\a \\b \\e \\f \\n \\r \\t \\v \\\\ \\c \\NNN \\xHH \\uHHHH \\UHHHHHHHH.",
    order: Order::Raw,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let operands = match args.operands.as_slice() {
        [b"--", rest @ ..] => rest,
        all => all,
    };
    let Some((format, arguments)) = operands.split_first() else {
        return Err(Error::usage("missing operand"));
    };
    let tz = cx.env.get(b"TZ");
    let stdout = &mut cx.stdout;
    let outcome = base::printf::format(format, arguments, tz, &mut |bytes| stdout.put(bytes))?;
    for error in outcome.errors {
        cx.warn(Error::message(error));
    }
    Ok(cx.status())
}
