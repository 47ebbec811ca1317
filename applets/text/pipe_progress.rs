//! pipe_progress - copy standard input to standard output and show that it moves
//! Spec: BusyBox. Deviations: none known.

use base::applet::{Applet, Declaration, Exec};
use base::args::Args;
use base::context::{Context, Status};
use base::error::Result;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "pipe_progress",
    place: base::applet::Place::Bin,
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Copy standard input to standard output, with a dot on standard error each second",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let mut last = base::time::now().sec;
    loop {
        let chunk = cx.stdin.chunk()?;
        let length = chunk.len();
        if length == 0 {
            break;
        }
        cx.stdout.put(chunk)?;
        cx.stdin.consume(length);
        let now = base::time::now().sec;
        if now != last {
            last = now;
            cx.stdout.finish()?;
            cx.stderr.put(b".")?;
        }
    }
    cx.stdout.finish()?;
    cx.stderr.put(b"\n")?;
    Ok(cx.status())
}
