//! test, [ - evaluate an expression about files, texts and numbers
//! Spec: POSIX.1-2024. Extras: `-a`, `-o`, parentheses, `==`, `<`, `>`, `-nt`, `-ot`, `-ef`, `-k`, `-O`, `-G`, `-N`.
//! Deviations: none known.

use base::{Applet, Args, Context, Declaration, Error, Exec, Order, Place, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "test",
    aliases: &["[", "[["],
    place: Place::UsrBin,
    exec: Exec::no_fork("only looks at files"),
    summary: "Evaluate an expression: status 0 if it is true, 1 if false, 2 if it is wrong",
    operands: "EXPRESSION",
    notes: "Files: -b -c -d -e -f -g -G -h -k -L -N -O -p -r -s -S -t -u -w -x, F -nt F, F -ot F, F -ef F. \
            Texts: -n -z = == != < >. Numbers: -eq -ne -lt -le -gt -ge. Joined by ! -a -o ( ).",
    order: Order::RawWithoutHelp,
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut expression = args.operands.as_slice();
    if cx.name != b"test" {
        let closing: &[u8] = if cx.is_called("[[") { b"]]" } else { b"]" };
        match expression.split_last() {
            Some((last, rest)) if *last == closing => expression = rest,
            _ => return Err(Error::message(base::bytes::fill("missing %", &[closing]))),
        }
    }
    match base::test::evaluate(expression) {
        Ok(value) => Ok(Status::truth(value)),
        Err(wrong) => Err(Error::message(wrong)),
    }
}
