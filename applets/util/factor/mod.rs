//! factor - print the prime factors of numbers
//! Spec: GNU, BusyBox. Extras: -h (GNU). Deviations: numbers have up to 128 bits.

mod arithmetic;

use base::number::{NumberError, parse_u64, parse_u128, push_u128};
use base::{Applet, Args, Context, Declaration, Error, Exec, Opt, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "factor",
    exec: Exec::no_exec("two large factors may take minutes to find"),
    summary: "Print the prime factors of each NUMBER",
    operands: "[NUMBER]...",
    notes: "With no NUMBER, numbers are read from standard input.",
    options: &[Opt::flag("h", "exponents", "print p^e where a prime p comes e times")],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let exponents = args.has("h");
    let mut work = Work { exponents, trial: arithmetic::Trial::new(), found: Vec::new(), line: Vec::new() };
    for operand in &args.operands {
        work.one(cx, operand)?;
    }
    if args.operands.is_empty() {
        let mut input = cx.open(b"-")?;
        let mut partial: Vec<u8> = Vec::new();
        loop {
            let chunk = input.chunk()?;
            let (used, ended) = (chunk.len(), chunk.is_empty());
            let mut words = chunk.split(|byte| byte.is_ascii_whitespace() || *byte == 0).peekable();
            while let Some(word) = words.next() {
                // The last word may go on in the next chunk. No number is longer than this, so nothing is lost.
                if partial.len() < 256 {
                    partial.extend_from_slice(word);
                }
                if (words.peek().is_some() || ended) && !partial.is_empty() {
                    work.one(cx, &partial)?;
                    partial.clear();
                }
            }
            if ended {
                break;
            }
            input.consume(used);
        }
        cx.close(b"-", input);
    }
    Ok(cx.status())
}

/// What is needed for one number, and used again for the next.
struct Work {
    exponents: bool,
    trial: arithmetic::Trial,
    found: Vec<u128>,
    line: Vec<u8>,
}

impl Work {
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn one(&mut self, cx: &mut Context, text: &[u8]) -> Result<()> {
        let digits = text.trim_ascii_start();
        let digits = digits.strip_prefix(b"+").unwrap_or(digits);
        // Most numbers fit 64 bits, and are read much faster so.
        let number = match parse_u64(digits).map(u128::from).or_else(|_| parse_u128(digits)) {
            Ok(number) => number,
            Err(error) => {
                let what = match error {
                    NumberError::Overflow => &b"' is too large"[..],
                    NumberError::Invalid => b"' is not a valid positive integer",
                };
                cx.warn(Error::message([b"'", text, what].concat()));
                return Ok(());
            }
        };
        let line = &mut self.line;
        line.clear();
        push_u128(line, number);
        line.push(b':');
        arithmetic::factors(number, &self.trial, &mut self.found);
        let mut rest = self.found.as_slice();
        while let Some(prime) = rest.first() {
            let times = if self.exponents { rest.iter().take_while(|other| *other == prime).count() } else { 1 };
            rest = rest.get(times..).unwrap_or_default();
            line.push(b' ');
            push_u128(line, *prime);
            if times > 1 {
                line.push(b'^');
                push_u128(line, times as u128);
            }
        }
        line.push(b'\n');
        cx.stdout.put(line)
    }
}
