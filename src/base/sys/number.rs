//! C's own conversions of floating-point numbers: exact in both directions and already in the C library, while the Rust
//! library's tables for the same work are 25 KB.

use core::ffi::{CStr, c_char, c_int};

/// `value` as `snprintf` writes it by `format`, which holds one conversion of a `double` with `.*` as its precision; a
/// negative precision counts as absent.
fn print(format: &CStr, precision: c_int, value: f64) -> Vec<u8> {
    let mut text = vec![0u8; 64];
    loop {
        // SAFETY: the format takes an int and a double (the callers below), and at most `text.len()` bytes are written.
        let length = unsafe {
            libc::snprintf(text.as_mut_ptr().cast::<c_char>(), text.len(), format.as_ptr(), precision, value)
        };
        // Less than 0: longer than an int can say.
        let length = usize::try_from(length).unwrap_or(0);
        if length < text.len() {
            text.truncate(length);
            return text;
        }
        text.resize(length.saturating_add(1), 0);
    }
}

/// `value` in the conversion `letter` (`f`, `e`, `g` or `a`), with `#` where `alternate`.
pub fn format(value: f64, letter: u8, precision: Option<usize>, alternate: bool) -> Vec<u8> {
    let precision = precision.map_or(-1, |precision| c_int::try_from(precision).unwrap_or(c_int::MAX));
    let format = match (letter, alternate) {
        (b'f', false) => c"%.*f",
        (b'f', true) => c"%#.*f",
        (b'e', false) => c"%.*e",
        (b'e', true) => c"%#.*e",
        (b'g', false) => c"%.*g",
        (b'g', true) => c"%#.*g",
        (_, false) => c"%.*a",
        (_, true) => c"%#.*a",
    };
    print(format, precision, value)
}

/// The number at the front of `text` as `strtod` reads it, and the length of what was read; 0 where there is none.
pub fn parse(text: &CStr) -> (f64, usize) {
    let mut end: *mut c_char = core::ptr::null_mut();
    // SAFETY: a terminated string, and a pointer of ours to write the end to.
    let value = unsafe { libc::strtod(text.as_ptr(), &raw mut end) };
    (value, end.addr().saturating_sub(text.as_ptr().addr()))
}
