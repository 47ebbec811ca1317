//! What `head`, `tail` and `split` share: counts with a sign and a suffix, and the headers between files.

use base::context::Context;
use base::error::{Error, Result};
use base::size;

/// A count as it was given.
#[derive(Clone, Copy)]
pub struct Count {
    /// The number, with its suffix worked in.
    pub number: u64,
    /// It began with `-`.
    pub minus: bool,
    /// It began with `+`.
    pub plus: bool,
}

/// Reads `[+-]NUM[SUFFIX]`; `what` is counted, for the error. A number too large to hold is as good as endless.
pub fn parse(text: &[u8], what: &str) -> Result<Count> {
    let (digits, minus, plus) = match text.split_first() {
        Some((b'-', rest)) => (rest, true, false),
        Some((b'+', rest)) => (rest, false, true),
        _ => (text, false, false),
    };
    let well_formed = digits.first().is_some_and(u8::is_ascii_digit);
    match size::parse(digits) {
        Ok(number) if well_formed => Ok(Count { number, minus, plus }),
        _ if well_formed && digits.iter().all(u8::is_ascii_digit) => Ok(Count { number: u64::MAX, minus, plus }),
        _ => Err(Error::usage_of("invalid number of %: '%'", &[what.as_bytes(), text])),
    }
}

/// Prints `==> name <==`, with an empty line before all but the first.
pub fn header(cx: &mut Context, name: &[u8], first: &mut bool) -> Result<()> {
    if !*first {
        cx.stdout.byte(b'\n')?;
    }
    *first = false;
    for part in [&b"==> "[..], name, b" <==\n"] {
        cx.stdout.put(part)?;
    }
    Ok(())
}
