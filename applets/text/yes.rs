//! yes - print a line again and again
//! Spec: GNU's. Deviations: none known.

use base::applet::{Applet, Declaration, Exec};
use base::args::Args;
use base::context::{Context, Status};
use base::error::Result;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "yes",
    exec: Exec::no_exec("runs until it is ended"),
    summary: "Print STRING, or y, again and again",
    operands: "[STRING]...",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut line = if args.operands.is_empty() { b"y".to_vec() } else { args.operands.join(&b' ') };
    line.push(b'\n');
    // Whole lines in a block of some size, so that system calls do not count.
    let block = line.repeat((64 * 1024usize).div_ceil(line.len()));
    if let Some(fd) = cx.stdout.fd() {
        base::copy::widen(fd);
    }
    loop {
        cx.stdout.put(&block)?;
    }
}
