//! dos2unix, unix2dos - convert line ends
//! Spec: BusyBox. Deviations: several FILEs may be given; each is replaced in one step.

use base::applet::{Applet, Declaration, Exec, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Result, ResultExt};
use base::io::{Input, Output};
use base::replace::Replacement;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "dos2unix",
    aliases: &["unix2dos"],
    exec: Exec::no_fork("reads and writes its streams and the files it is given"),
    summary: "Convert line ends from CR LF to LF, or back, in each FILE",
    operands: "[FILE]...",
    notes: "With no FILE, standard input goes to standard output.",
    options: &[Opt::flag("u", "", "to LF, as dos2unix does"), Opt::flag("d", "", "to CR LF, as unix2dos does")],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let to_dos = match args.last_of(&["u", "d"]) {
        Some(id) => id == "d",
        None => cx.is_called("unix2dos"),
    };
    if args.operands.is_empty() {
        convert(&mut cx.stdin, &mut cx.stdout, to_dos)?;
    }
    for path in &args.operands {
        if let Err(error) = in_place(path, to_dos) {
            cx.warn(error);
        }
    }
    Ok(cx.status())
}

fn in_place(path: &[u8], to_dos: bool) -> Result<()> {
    let mut input = Input::open(path)?;
    let new = Replacement::begin(path, 0o666).at(path)?;
    let fd = rustix::io::fcntl_dupfd_cloexec(new.file(), 0).at(path)?;
    let mut output = Output::owned(fd, path);
    convert(&mut input, &mut output, to_dos)?;
    output.finish()?;
    drop(output);
    new.commit().at(path)
}

/// Every CR goes; where the other system is meant, each LF gets one.
fn convert(input: &mut Input, output: &mut Output, to_dos: bool) -> Result<()> {
    loop {
        let chunk = input.chunk()?;
        let length = chunk.len();
        if length == 0 {
            return Ok(());
        }
        let mut rest = chunk;
        while let Some(at) = memchr::memchr2(b'\r', b'\n', rest) {
            let (text, tail) = rest.split_at(at);
            output.put(text)?;
            if tail.first() == Some(&b'\n') {
                output.put(if to_dos { b"\r\n" } else { b"\n" })?;
            }
            rest = tail.get(1..).unwrap_or_default();
        }
        output.put(rest)?;
        input.consume(length);
    }
}
