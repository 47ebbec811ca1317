//! cat - concatenate files to standard output
//! Spec: POSIX.1-2024. Extras: -A -b -e -E -n -s -t -T -v as GNU's. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Opt, Place};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Input;
use memchr::memchr;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "cat",
    place: Place::Bin,
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Concatenate FILEs to standard output",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("A", "show-all", "the same as -vET"),
        Opt::flag("b", "number-nonblank", "number lines that are not empty"),
        Opt::flag("e", "", "the same as -vE"),
        Opt::flag("E", "show-ends", "show $ at the end of each line"),
        Opt::flag("n", "number", "number all lines"),
        Opt::flag("s", "squeeze-blank", "print one of several empty lines in a row"),
        Opt::flag("t", "", "the same as -vT"),
        Opt::flag("T", "show-tabs", "show tabs as ^I"),
        Opt::flag("u", "", "accepted for POSIX: nothing is held back"),
        Opt::flag("v", "show-nonprinting", "show control characters as ^X and M-X"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// How lines are shown, and where the numbering stands; it goes on from file to file.
struct Show {
    number: bool,
    number_nonblank: bool,
    squeeze: bool,
    ends: bool,
    tabs: bool,
    controls: bool,
    line: u64,
    at_line_start: bool,
    blank_before: bool,
    /// A carriage return at the end of a chunk, whose line feed may follow in the next.
    held_return: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let any = |ids: &[&str]| args.last_of(ids).is_some();
    let mut show = Show {
        number: args.has("n"),
        number_nonblank: args.has("b"),
        squeeze: args.has("s"),
        ends: any(&["A", "e", "E"]),
        tabs: any(&["A", "t", "T"]),
        controls: any(&["A", "e", "t", "v"]),
        line: 0,
        at_line_start: true,
        blank_before: false,
        held_return: false,
    };
    let plain = !(show.number || show.number_nonblank || show.squeeze || show.ends || show.tabs || show.controls);
    cx.each_input(&args.operands, &mut |cx, input| if plain { copy(cx, input) } else { show.copy(cx, input) })?;
    if show.held_return {
        cx.stdout.put(if show.controls { b"^M" } else { b"\r" })?;
    }
    Ok(cx.status())
}

/// Copies an input as it is, through the kernel where that can be.
fn copy(cx: &mut Context, input: &mut Input) -> Result<()> {
    if is_own_output(cx, input) {
        return Err(Error::message_of("%: input file is output file", &[input.name()]));
    }
    base::io::copy(input, &mut cx.stdout)?;
    Ok(())
}

/// Whether copying would read what it has just written, without end: the same regular file, and the output not at its start.
pub(crate) fn is_own_output(cx: &Context, input: &Input) -> bool {
    let (Some(from), Some(to)) = (input.fd(), cx.stdout.fd()) else { return false };
    let (Ok(a), Ok(b)) = (rustix::fs::fstat(from), rustix::fs::fstat(to)) else { return false };
    let regular = rustix::fs::FileType::from_raw_mode(a.st_mode).is_file();
    if !regular || (a.st_dev, a.st_ino) != (b.st_dev, b.st_ino) || a.st_size == 0 {
        return false;
    }
    let appends = rustix::fs::fcntl_getfl(to).is_ok_and(|flags| flags.contains(rustix::fs::OFlags::APPEND));
    let at = |fd| rustix::fs::tell(fd).unwrap_or(0);
    appends || at(from) < at(to)
}

impl Show {
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn copy(&mut self, cx: &mut Context, input: &mut Input) -> Result<()> {
        let mut shown = Vec::new();
        loop {
            let chunk = input.chunk()?;
            if chunk.is_empty() {
                return Ok(());
            }
            let length = chunk.len();
            shown.clear();
            let mut rest = chunk;
            while !rest.is_empty() {
                match memchr(b'\n', rest).and_then(|at| rest.split_at_checked(at)) {
                    Some((line, after)) => {
                        self.push_line(&mut shown, line);
                        self.push_end(&mut shown, line.is_empty());
                        rest = after.get(1..).unwrap_or_default();
                    }
                    None => {
                        self.push_line(&mut shown, rest);
                        rest = &[];
                    }
                }
            }
            cx.stdout.put(&shown)?;
            input.consume(length);
            // What a pipe or a terminal gave is shown before more of it is waited for.
            if length < base::io::BUFFER {
                cx.stdout.finish()?;
            }
        }
    }

    fn push_number(&mut self, shown: &mut Vec<u8>) {
        self.line = self.line.saturating_add(1);
        base::number::push_right(shown, self.line, 6);
        shown.push(b'\t');
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn push_line(&mut self, shown: &mut Vec<u8>, part: &[u8]) {
        if part.is_empty() {
            return;
        }
        if self.at_line_start {
            if self.number || self.number_nonblank {
                self.push_number(shown);
            }
            self.at_line_start = false;
            self.blank_before = false;
        }
        if self.held_return {
            self.held_return = false;
            shown.extend_from_slice(if self.controls { b"^M" } else { b"\r" });
        }
        let mut part = part;
        // With -E a line that ends in CR LF is shown with ^M$, even without -v, as GNU's does.
        if self.ends && part.last() == Some(&b'\r') {
            self.held_return = true;
            part = part.split_last().map_or(part, |(_, rest)| rest);
        }
        if !self.controls {
            if !self.tabs {
                shown.extend_from_slice(part);
                return;
            }
            for (index, piece) in part.split(|byte| *byte == b'\t').enumerate() {
                if index > 0 {
                    shown.extend_from_slice(b"^I");
                }
                shown.extend_from_slice(piece);
            }
            return;
        }
        let mut rest = part;
        loop {
            let (plain, after) = rest.split_at(base::bytes::printable_run(rest).min(rest.len()));
            shown.extend_from_slice(plain);
            let Some((byte, after)) = after.split_first() else { return };
            rest = after;
            let mut low = *byte;
            if low >= 128 {
                shown.extend_from_slice(b"M-");
                low &= 127;
            }
            match low {
                b'\t' if *byte == b'\t' && !self.tabs => shown.push(b'\t'),
                0..=31 => shown.extend_from_slice(&[b'^', low | 64]),
                127 => shown.extend_from_slice(b"^?"),
                _ => shown.push(low),
            }
        }
    }

    fn push_end(&mut self, shown: &mut Vec<u8>, nothing_before: bool) {
        let blank = self.at_line_start && nothing_before && !self.held_return;
        if blank {
            if self.squeeze && self.blank_before {
                return;
            }
            self.blank_before = true;
            if self.number && !self.number_nonblank {
                self.push_number(shown);
            }
        }
        if self.held_return {
            self.held_return = false;
            shown.extend_from_slice(b"^M");
        }
        if self.ends {
            shown.push(b'$');
        }
        shown.push(b'\n');
        self.at_line_start = true;
    }
}
