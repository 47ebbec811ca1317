//! The output of `echo`, shared by the applet and the shell's built-in.

/// Adds what `echo` prints for `arguments` (without its name) to `out`: options `-n`, `-e`, `-E` in any bundle in front; whether
/// escapes are replaced without any.
pub fn format<'a>(mut arguments: impl Iterator<Item = &'a [u8]>, escapes: bool, out: &mut Vec<u8>) {
    format_each(&mut arguments, escapes, out);
}

fn format_each(arguments: &mut dyn Iterator<Item = &[u8]>, mut escapes: bool, out: &mut Vec<u8>) {
    let mut newline = true;
    let mut options = true;
    let mut first = true;
    for argument in arguments {
        if options {
            match argument.strip_prefix(b"-") {
                Some(letters) if !letters.is_empty() && letters.iter().all(|b| matches!(b, b'n' | b'e' | b'E')) => {
                    for letter in letters {
                        match letter {
                            b'n' => newline = false,
                            b'e' => escapes = true,
                            _ => escapes = false,
                        }
                    }
                    continue;
                }
                _ => options = false,
            }
        }
        if !first {
            out.push(b' ');
        }
        first = false;
        if escapes && memchr::memchr(b'\\', argument).is_some() {
            if !unescape(argument, out) {
                return;
            }
        } else {
            out.extend_from_slice(argument);
        }
    }
    if newline {
        out.push(b'\n');
    }
}

/// Adds `text` with the escapes of `echo -e` and of printf's `%b` replaced; false where `\c` asks to print no more.
pub fn unescape(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let Some((letter, after)) = rest.split_first() else {
            out.push(b'\\');
            break;
        };
        match letter {
            b'c' => return false,
            b'0' => {
                let (byte, length) = digits(after, 8, 3);
                out.push(byte.unwrap_or(0));
                rest = after.get(length..).unwrap_or_default();
                continue;
            }
            _ => {}
        }
        let length = escape(rest, out);
        if length == 0 {
            out.push(b'\\');
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    true
}

/// The byte that one of C's letters `a b t n v f r` stands for behind a backslash.
pub fn letter(letter: u8) -> Option<u8> {
    // They are 7 to 13 in this order.
    memchr::memchr(letter, b"abtnvfr").map(|at| 7 + at as u8)
}

/// The escape whose text after the backslash begins `text`: its byte goes to `out`, the length of its text comes back, 0
/// where it is none. Octal numbers have up to three digits here (`\101`).
pub fn escape(text: &[u8], out: &mut Vec<u8>) -> usize {
    let Some((letter, after)) = text.split_first() else { return 0 };
    let byte = match letter {
        b'e' => 27,
        b'\\' => b'\\',
        b'0'..=b'7' => {
            let (byte, length) = digits(text, 8, 3);
            out.push(byte.unwrap_or(0));
            return length;
        }
        b'x' => match digits(after, 16, 2) {
            (Some(byte), length) => {
                out.push(byte);
                return length.saturating_add(1);
            }
            (None, _) => return 0,
        },
        b'u' | b'U' => {
            let most = if *letter == b'u' { 4 } else { 8 };
            let mut value = 0u32;
            let mut length = 0usize;
            for byte in after.iter().take(most) {
                let Some(digit) = char::from(*byte).to_digit(16) else { break };
                value = value.wrapping_mul(16).wrapping_add(digit);
                length = length.saturating_add(1);
            }
            if length == 0 {
                return 0;
            }
            let char = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            return length.saturating_add(1);
        }
        other => match self::letter(*other) {
            Some(byte) => byte,
            None => return 0,
        },
    };
    out.push(byte);
    1
}

/// Up to `most` digits as a byte (what overflows is cut off), and how many there were.
fn digits(text: &[u8], base: u32, most: usize) -> (Option<u8>, usize) {
    let mut value = 0u32;
    let mut length = 0usize;
    for byte in text.iter().take(most) {
        let Some(digit) = char::from(*byte).to_digit(base) else { break };
        value = value.wrapping_mul(base).wrapping_add(digit);
        length = length.saturating_add(1);
    }
    ((length > 0).then_some((value & 0xff) as u8), length)
}

#[cfg(test)]
mod tests {
    fn echo(arguments: &[&str]) -> Vec<u8> {
        let mut out = Vec::new();
        super::format(arguments.iter().map(|a| a.as_bytes()), false, &mut out);
        out
    }

    #[test]
    fn options_and_escapes() {
        assert_eq!(echo(&["a", "b"]), b"a b\n");
        assert_eq!(echo(&["-ne", "a\\tb\\0101\\x41"]), b"a\tbAA");
        assert_eq!(echo(&["-", "-n"]), b"- -n\n");
        assert_eq!(echo(&["-e", "a\\cb", "c"]), b"a");
        assert_eq!(echo(&["-nx"]), b"-nx\n");
        assert_eq!(echo(&["-e", "\\q\\"]), b"\\q\\\n");
    }
}
