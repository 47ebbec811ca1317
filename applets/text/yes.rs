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
    // Blocks of two pages into a wide pipe: the pages that the reader gives back are still in the processor's cache when they are
    // filled again, which is three times as fast as with blocks that fill a pipe.
    let block = line.repeat((8 * 1024usize / line.len()).max(1));
    if let Some(fd) = cx.stdout.fd() {
        base::copy::widen(fd);
    }
    loop {
        cx.stdout.put(&block)?;
        cx.stdout.finish()?;
    }
}
