//! Escapes that stand for characters: `\n`, `\t`, `\xHH`, `\dNNN`, `\oNNN`, `\cX`.

use crate::delimited::bracket_length;

/// The byte that the escape behind a backslash stands for, and the length of what follows the backslash.
pub fn byte(rest: &[u8]) -> Option<(u8, usize)> {
    let first = *rest.first()?;
    match first {
        // `\b` is the edge of a word.
        b'b' => None,
        b'c' => {
            let control = rest.get(1)?;
            Some((control.to_ascii_uppercase() ^ 64, 2))
        }
        b'd' => number(rest, 10, 3),
        b'o' => number(rest, 8, 3),
        b'x' => number(rest, 16, 2),
        _ => base::echo::letter(first).map(|byte| (byte, 1)),
    }
}

fn number(rest: &[u8], radix: u32, most: usize) -> Option<(u8, usize)> {
    let mut value = 0u32;
    let mut length = 1;
    while length <= most {
        let Some(digit) = rest.get(length).and_then(|byte| char::from(*byte).to_digit(radix)) else { break };
        value = value * radix + digit;
        length += 1;
    }
    if length == 1 { None } else { Some(((value & 255) as u8, length)) }
}

/// Makes of a pattern as it is written in a script one that the pattern engine reads.
pub fn pattern(text: &[u8], extended: bool, posix: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        match first {
            b'[' => {
                let length = bracket_length(rest).unwrap_or(rest.len());
                let (inside, after) = rest.split_at(length);
                push_bracket(&mut out, inside, posix);
                rest = after;
            }
            b'\\' => {
                if let Some((byte, length)) = byte(after).filter(|_| !posix || after.first() == Some(&b'n')) {
                    // What a number stands for is a character, never an operator.
                    let by_number = matches!(after.first(), Some(b'd' | b'o' | b'x' | b'c'));
                    let special = if extended { &b"^$.*[]\\+?(){}|"[..] } else { &b"^$.*[]\\"[..] };
                    if by_number && special.contains(&byte) {
                        out.push(b'\\');
                    }
                    out.push(byte);
                    rest = after.get(length..).unwrap_or_default();
                } else {
                    out.push(b'\\');
                    out.extend(after.first());
                    rest = after.get(1..).unwrap_or_default();
                }
            }
            other => {
                out.push(*other);
                rest = after;
            }
        }
    }
    out
}

fn push_bracket(out: &mut Vec<u8>, inside: &[u8], posix: bool) {
    let mut rest = inside;
    while let Some((first, after)) = rest.split_first() {
        if *first == b'\\'
            && !posix
            && let Some((byte, length)) = byte(after)
            && byte != b']'
        {
            out.push(byte);
            rest = after.get(length..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
}
