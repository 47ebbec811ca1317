//! nice - run a command with another scheduling priority
//! Spec: POSIX.1-2024. Extras: -NUM, --NUM, no operand (GNU). Deviations: none known.

use base::number::{NumberError, parse_i64, push_i64};
use base::{Applet, Args, Context, Dashed, Declaration, Error, Exec, Kind, Opt, Order, Place, Result, Status};
use rustix::process::{getpriority_process, setpriority_process};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "nice",
    place: Place::Bin,
    exec: Exec::no_exec("becomes another program"),
    summary: "Run COMMAND with a lower priority, or print the niceness",
    operands: "[COMMAND [ARGUMENT]...]",
    notes: "The niceness goes from -20 (runs first) to 19. The status is that of COMMAND; 125 where nice fails,\n\
            126 where COMMAND cannot be run, 127 where it is not found.",
    options: &[Opt::value("n", "adjustment", "NUM", Kind::Text, "add NUM to the niceness (default 10)")],
    order: Order::OptionsFirst,
    digits: "n",
    dashed: Dashed::Signed,
    usage_status: 125,
    failure: 125,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut adjustment = match args.text("n") {
        Some(text) => Some(amount(text)?),
        None => None,
    };
    let mut command = args.operands.as_slice();
    // `--5` and `-+5`: the old way to write a negative and a positive adjustment.
    while let [first, rest @ ..] = command
        && Dashed::Signed.takes(first)
    {
        adjustment = Some(amount(first.get(1..).unwrap_or_default())?);
        command = rest;
    }
    let niceness = getpriority_process(None).map_err(|errno| Error::system("cannot get niceness", errno))?;
    if command.is_empty() {
        if adjustment.is_some() {
            return Err(Error::usage("a command must be given with an adjustment"));
        }
        let mut line = Vec::new();
        push_i64(&mut line, i64::from(niceness));
        line.push(b'\n');
        cx.stdout.put(&line)?;
        return Ok(cx.status());
    }
    let wanted = i64::from(niceness).saturating_add(adjustment.unwrap_or(10)).clamp(-20, 19);
    if let Err(errno) = setpriority_process(None, i32::try_from(wanted).unwrap_or(19)) {
        // The command runs all the same.
        cx.note(&Error::system("cannot set niceness", errno));
    }
    base::command::exec(cx, command, &cx.env.list())
}

/// An adjustment; what is too large is as large as there is.
fn amount(text: &[u8]) -> Result<i64> {
    match parse_i64(text) {
        Ok(number) => Ok(number),
        Err(NumberError::Overflow) if text.starts_with(b"-") => Ok(i64::MIN),
        Err(NumberError::Overflow) => Ok(i64::MAX),
        Err(NumberError::Invalid) => Err(Error::usage_about("invalid adjustment", text)),
    }
}
