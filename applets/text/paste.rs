//! paste - join lines of several files side by side
//! Spec: POSIX.1-2024. Extras: -z. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, Output, chomp};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "paste",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Join the lines of FILEs side by side, separated by tabs",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read; each - takes the next of its lines.\n\
            LIST may hold \\n, \\t, \\\\ and \\0 (nothing).",
    options: &[
        Opt::value("d", "delimiters", "LIST", Kind::Text, "use the characters of LIST in turn, not tabs"),
        Opt::flag("s", "serial", "join the lines of one file after the other"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let end = if args.has("z") { 0 } else { b'\n' };
    let delimiters = delimiters(args.text("d").unwrap_or(b"\t"), cx.is_utf8())?;
    if args.has("s") {
        cx.each_input(&args.operands, &mut |cx, input| serial(cx, input, &delimiters, end))?;
        return Ok(cx.status());
    }
    parallel(cx, &args.operands, &delimiters, end)?;
    Ok(cx.status())
}

/// The list's characters, each as its bytes; `\0` is an empty one.
fn delimiters(list: &[u8], utf8: bool) -> Result<Vec<Vec<u8>>> {
    let mut delimiters = Vec::new();
    let mut rest = list;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            let mut character = vec![*byte];
            while let Some((next, after)) = rest.split_first()
                && utf8
                && *byte >= 0xc0
                && next & 0xc0 == 0x80
            {
                character.push(*next);
                rest = after;
            }
            delimiters.push(character);
            continue;
        }
        let Some((escaped, after)) = rest.split_first() else {
            return Err(Error::usage("delimiter list ends with an unescaped backslash"));
        };
        rest = after;
        delimiters.push(match escaped {
            b'0' => Vec::new(),
            b'n' => b"\n".to_vec(),
            b't' => b"\t".to_vec(),
            b'b' => b"\x08".to_vec(),
            b'f' => b"\x0c".to_vec(),
            b'r' => b"\r".to_vec(),
            b'v' => b"\x0b".to_vec(),
            other => vec![*other],
        });
    }
    if delimiters.is_empty() {
        delimiters.push(Vec::new());
    }
    Ok(delimiters)
}

fn serial(cx: &mut Context, input: &mut Input, delimiters: &[Vec<u8>], end: u8) -> Result<()> {
    let mut turn = delimiters.iter().cycle();
    let mut first = true;
    while let Some(line) = input.line(end)? {
        if !first && let Some(delimiter) = turn.next() {
            cx.stdout.put(delimiter)?;
        }
        first = false;
        cx.stdout.put(chomp(line, end))?;
    }
    cx.stdout.byte(end)
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn parallel(cx: &mut Context, operands: &[&[u8]], delimiters: &[Vec<u8>], end: u8) -> Result<()> {
    let operands = if operands.is_empty() { &[&b"-"[..]][..] } else { operands };
    let mut inputs = Vec::new();
    for path in operands {
        // Each `-` reads the same standard input, which stays where it is.
        inputs.push(if *path == b"-" { None } else { Some(Input::open(path)?) });
    }
    let mut open: Vec<bool> = inputs.iter().map(|_| true).collect();
    let last = inputs.len().saturating_sub(1);
    let mut row = Row { bytes: [0; 512], length: 0 };
    loop {
        let (mut any, mut ended) = (false, false);
        // Delimiters wait until there is a line at all.
        let (mut turn, mut waiting) = (0, 0usize);
        for (number, (input, open)) in inputs.iter_mut().zip(&mut open).enumerate() {
            if *open {
                match input.as_mut().unwrap_or(&mut cx.stdin).line(end)? {
                    Some(line) => {
                        any = true;
                        turn = row.separate(&mut cx.stdout, delimiters, turn, core::mem::take(&mut waiting))?;
                        let text = chomp(line, end);
                        // What ends the last line ends the row.
                        ended = number == last && text.len() < line.len();
                        row.put(&mut cx.stdout, if ended { line } else { text })?;
                    }
                    None => *open = false,
                }
            }
            waiting = waiting.saturating_add(1);
        }
        if !any {
            return Ok(());
        }
        if !ended {
            row.separate(&mut cx.stdout, delimiters, turn, waiting.saturating_sub(1))?;
            row.put(&mut cx.stdout, &[end])?;
        }
        row.finish(&mut cx.stdout)?;
    }
}

/// What was put together of a row: most are short, and go out as one.
struct Row {
    bytes: [u8; 512],
    length: usize,
}

impl Row {
    #[inline(always)]
    fn put(&mut self, output: &mut Output, text: &[u8]) -> Result<()> {
        let end = self.length.saturating_add(text.len());
        match (self.bytes.get_mut(self.length..end), text) {
            (Some([place]), [byte]) => *place = *byte,
            (Some(place), _) => place.copy_from_slice(text),
            (None, _) => {
                self.finish(output)?;
                return output.put(text);
            }
        }
        self.length = end;
        Ok(())
    }

    /// Puts so many delimiters from `turn` on; gives whose turn it is next.
    #[inline(always)]
    fn separate(&mut self, output: &mut Output, delimiters: &[Vec<u8>], turn: usize, count: usize) -> Result<usize> {
        let mut turn = turn;
        for _ in 0..count {
            if let Some(delimiter) = delimiters.get(turn) {
                self.put(output, delimiter)?;
            }
            turn = if turn.saturating_add(1) < delimiters.len() { turn.saturating_add(1) } else { 0 };
        }
        Ok(turn)
    }

    fn finish(&mut self, output: &mut Output) -> Result<()> {
        let length = core::mem::take(&mut self.length);
        output.put(self.bytes.get(..length).unwrap_or_default())
    }
}
