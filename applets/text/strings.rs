//! strings - find printable text in binary files
//! Spec: POSIX.1-2024. Extras: -o, -w, -e. Deviations: object files are searched whole (-a is always on).

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Input;
use base::number;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "strings",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print the runs of printable characters in each FILE",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("a", "all", "search the whole file (always done)"),
        Opt::flag("f", "print-file-name", "print the file's name before each run"),
        Opt::value("n", "bytes", "NUM", Kind::Count, "runs of at least NUM characters (default 4)"),
        Opt::flag("o", "", "the same as -t o"),
        Opt::value("t", "radix", "RADIX", Kind::Choice(&["d", "o", "x"]), "print the offset in radix d, o or x"),
        Opt::flag("w", "include-all-whitespace", "newlines and the like belong to a run"),
    ],
    digits: "n",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let least = match args.count("n").unwrap_or(4) {
        0 => return Err(Error::usage("invalid minimum string length 0")),
        least => usize::try_from(least).unwrap_or(usize::MAX),
    };
    let radix = match args.last_of(&["o", "t"]) {
        Some("o") => Some(8),
        Some(_) => Some(match args.choice("t") {
            Some("o") => 8,
            Some("x") => 16,
            _ => 10,
        }),
        None => None,
    };
    let names = args.has("f");
    let white = args.has("w");
    cx.each_input(&args.operands, &mut |cx, input| {
        let name = if input.name() == b"standard input" { b"{standard input}".to_vec() } else { input.name().to_vec() };
        search(cx, input, least, radix, names.then_some(name.as_slice()), white)
    })?;
    Ok(cx.status())
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn search(
    cx: &mut Context,
    input: &mut Input,
    least: usize,
    radix: Option<u64>,
    name: Option<&[u8]>,
    white: bool,
) -> Result<()> {
    // The run so far, held until it is long enough; then it goes out as it comes in, however long it is.
    let mut run = Vec::new();
    let mut printing = false;
    let mut offset: u64 = 0;
    loop {
        let chunk = input.chunk()?;
        if chunk.is_empty() {
            break;
        }
        for byte in chunk {
            let printable = matches!(byte, b' '..=b'~' | b'\t') || white && byte.is_ascii_whitespace();
            if printable {
                run.push(*byte);
                if !printing && run.len() >= least {
                    let start = offset.saturating_add(1).saturating_sub(run.len() as u64);
                    let mut head = Vec::new();
                    if let Some(name) = name {
                        head.extend_from_slice(name);
                        head.extend_from_slice(b": ");
                    }
                    if let Some(radix) = radix {
                        number::push_radix(&mut head, start, radix, 7, b' ');
                        head.push(b' ');
                    }
                    cx.stdout.put(&head)?;
                    printing = true;
                }
                if printing {
                    cx.stdout.put(&run)?;
                    run.clear();
                }
            } else {
                if printing {
                    cx.stdout.byte(b'\n')?;
                }
                run.clear();
                printing = false;
            }
            offset = offset.saturating_add(1);
        }
        let length = chunk.len();
        input.consume(length);
    }
    if printing { cx.stdout.byte(b'\n') } else { Ok(()) }
}
