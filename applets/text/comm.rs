//! comm - compare two sorted files line by line
//! Spec: POSIX.1-2024. Extras: -z, --check-order, --nocheck-order, --output-delimiter, --total. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::{Input, chomp};
use base::number;
use core::cmp::Ordering;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "comm",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print the lines only in FILE1, only in FILE2, and in both, in three columns",
    operands: "FILE1 FILE2",
    notes: "The files have to be sorted by their bytes. - is standard input.",
    options: &[
        Opt::flag("1", "", "leave out the lines only in FILE1"),
        Opt::flag("2", "", "leave out the lines only in FILE2"),
        Opt::flag("3", "", "leave out the lines in both"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
        Opt::flag("", "check-order", "a file that is not sorted is an error"),
        Opt::flag("", "nocheck-order", "do not look whether the files are sorted"),
        Opt::value("", "output-delimiter", "STRING", Kind::Text, "STRING between the columns, not a tab"),
        Opt::flag("", "total", "print the numbers of lines at the end"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// One of the two files, with its line now and the one before.
struct Side<'a> {
    input: Option<Input>,
    path: &'a [u8],
    number: &'static str,
    line: Option<Vec<u8>>,
    before: Vec<u8>,
    out_of_order: bool,
}

impl Side<'_> {
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn next(&mut self, cx: &mut Context, end: u8) -> Result<()> {
        let input = self.input.as_mut().unwrap_or(&mut cx.stdin);
        let first = self.line.is_none();
        core::mem::swap(&mut self.before, self.line.get_or_insert_default());
        let Some(line) = input.line(end)? else {
            self.line = None;
            return Ok(());
        };
        let line = chomp(line, end);
        if let Some(now) = &mut self.line {
            now.clear();
            now.extend_from_slice(line);
            self.out_of_order |= !first && base::order::texts(now, &self.before) == Ordering::Less;
        }
        Ok(())
    }

    /// Tells of a file that is not sorted.
    #[inline(never)]
    fn tell(&self, cx: &mut Context, strict: bool) -> Result<()> {
        if !self.out_of_order {
            return Ok(());
        }
        let path: &[u8] = if self.path == b"-" { b"standard input" } else { self.path };
        let error = Error::message_of("file % is not in sorted order: %", &[self.number.as_bytes(), path]);
        if strict {
            return Err(error);
        }
        cx.warn(error);
        Ok(())
    }
}

/// What is printed, and what is checked.
struct Job<'a> {
    shown: [bool; 3],
    delimiter: &'a [u8],
    end: u8,
    /// Whether files that are not sorted matter where lines found no partner, and whether they do in any case.
    checked: bool,
    strict: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let &[first, second] = args.between(2, 2)? else { return Err(Error::usage("missing operand")) };
    let end = args.line_end();
    let delimiter = match args.text("output-delimiter") {
        None => b"\t",
        Some([]) => &b"\0"[..],
        Some(text) => text,
    };
    let side = |path, number| -> Result<Side> {
        let input = if path == b"-" { None } else { Some(Input::open(path)?) };
        Ok(Side { input, path, number, line: None, before: Vec::new(), out_of_order: false })
    };
    let job = Job {
        shown: [!args.has("1"), !args.has("2"), !args.has("3")],
        delimiter,
        end,
        checked: !args.has("nocheck-order"),
        strict: args.has("check-order"),
    };
    let totals = job.compare(cx, &mut side(first, "1")?, &mut side(second, "2")?)?;
    if args.has("total") {
        let mut out = Vec::new();
        for total in totals {
            number::push_u64(&mut out, total);
            out.extend_from_slice(delimiter);
        }
        out.extend_from_slice(b"total");
        out.push(end);
        cx.stdout.put(&out)?;
    }
    Ok(cx.status())
}

impl Job<'_> {
    /// Prints the lines, and gives how many there are in each column.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn compare(&self, cx: &mut Context, left: &mut Side, right: &mut Side) -> Result<[u64; 3]> {
        let Job { shown, delimiter, end, checked, strict } = *self;
        let mut totals = [0u64; 3];
        let mut unpaired = false;
        let mut told = false;
        left.next(cx, end)?;
        right.next(cx, end)?;
        let mut out = Vec::new();
        loop {
            let order = match (&left.line, &right.line) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => base::order::texts(a, b),
            };
            unpaired |= order != Ordering::Equal;
            let (column, line) = match order {
                Ordering::Less => (0, &left.line),
                Ordering::Greater => (1, &right.line),
                Ordering::Equal => (2, &left.line),
            };
            if let Some(total) = totals.get_mut(column) {
                *total += 1;
            }
            if shown.get(column) == Some(&true) {
                for _ in shown.iter().take(column).filter(|shown| **shown) {
                    cx.stdout.put(delimiter)?;
                }
                out.clear();
                out.extend_from_slice(line.as_deref().unwrap_or_default());
                out.push(end);
                cx.stdout.put(&out)?;
            }
            if order != Ordering::Greater {
                left.next(cx, end)?;
            }
            if order != Ordering::Less {
                right.next(cx, end)?;
            }
            // Files that are not sorted matter where lines found no partner, or where the user asks.
            if !told && (left.out_of_order || right.out_of_order) && checked && (unpaired || strict) {
                told = true;
                left.tell(cx, strict)?;
                right.tell(cx, strict)?;
            }
        }
        Ok(totals)
    }
}
