//! printenv - print the environment, or the values of some of its variables
//! Spec: BSD, GNU. Extras: -0. Deviations: none known.

use base::{Applet, Args, Context, Declaration, Exec, Opt, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "printenv",
    place: Place::Bin,
    exec: Exec::no_fork("reads the environment it is given and writes"),
    summary: "Print the environment, or the values of the NAMEs in it",
    operands: "[NAME]...",
    notes: "The status is 1 where a NAME is not set.",
    options: &[Opt::flag("0", "null", "end each line with a zero byte, not a newline")],
    order: Order::OptionsFirst,
    usage_status: 2,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let end = if args.has("0") { b'\0' } else { b'\n' };
    if args.operands.is_empty() {
        for entry in cx.env.list() {
            cx.stdout.put(entry.as_bytes())?;
            cx.stdout.byte(end)?;
        }
    }
    let env = cx.env;
    let mut all = true;
    for name in &args.operands {
        match env.get(name).filter(|_| !name.is_empty() && !name.contains(&b'=')) {
            Some(value) => {
                cx.stdout.put(value)?;
                cx.stdout.byte(end)?;
            }
            None => all = false,
        }
    }
    Ok(Status::truth(all))
}
