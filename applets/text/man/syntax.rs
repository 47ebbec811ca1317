//! The pieces of a line of roff: names, arguments, delimited texts, expressions.

use super::roff::LINE;
use base::number::digits;

/// How many more conditions a line opens than it closes.
pub fn depth_of(line: &[u8]) -> i64 {
    let mut depth = 0i64;
    for pair in line.windows(2) {
        match pair {
            b"\\{" => depth = depth.saturating_add(1),
            b"\\}" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}

/// The name at the front and what follows it and its blanks.
pub fn split_name(text: &[u8]) -> (&[u8], &[u8]) {
    let text = text.trim_ascii_start();
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    // `.el\{` and `.br\}` have no blank between.
    let end = base::bytes::find(text.get(..end).unwrap_or_default(), b"\\{").unwrap_or(end);
    let (name, rest) = text.split_at_checked(end.max(usize::from(text.starts_with(b"\\{")))).unwrap_or((text, &[]));
    let name = match base::bytes::find(name, b"\\}") {
        Some(at) if at > 0 => name.get(..at).unwrap_or_default(),
        _ => name,
    };
    (name, rest.trim_ascii_start())
}

/// The name of an escape, `x`, `(xx` or `[xxx]`, and the length of all of it.
pub fn escape_name(text: &[u8]) -> (&[u8], usize) {
    match text.first() {
        Some(b'(') => (text.get(1..3).unwrap_or_default(), 3.min(text.len())),
        Some(b'[') => {
            let end = memchr::memchr(b']', text).unwrap_or(text.len());
            (text.get(1..end).unwrap_or_default(), (end + 1).min(text.len()))
        }
        Some(_) => (text.get(..1).unwrap_or_default(), 1),
        None => (text, 0),
    }
}

/// What stands between two of the same byte, and the length of all of it.
pub fn delimited(text: &[u8]) -> (&[u8], usize) {
    let Some((quote, after)) = text.split_first() else { return (text, 0) };
    let end = memchr::memchr(*quote, after).unwrap_or(after.len());
    (after.get(..end).unwrap_or_default(), (end + 2).min(text.len()))
}

/// The arguments of a macro: words, or quoted, with `""` for a quote within.
pub fn arguments(text: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        let mut word = Vec::new();
        let quoted = rest.starts_with(b"\"");
        let mut at = usize::from(quoted);
        while let Some(byte) = rest.get(at) {
            let next = rest.get(at + 1);
            match byte {
                b'"' if quoted && next == Some(&b'"') => at += 1,
                b'"' if quoted => {
                    at += 1;
                    break;
                }
                b' ' | b'\t' if !quoted => break,
                b'\\' if next.is_some() => {
                    // Brackets hold blanks together.
                    word.push(b'\\');
                    at += 1;
                }
                _ => {}
            }
            word.extend(rest.get(at));
            at += 1;
        }
        rest = rest.get(at..).unwrap_or_default().trim_ascii_start();
        found.push(word);
    }
    found
}

/// A line of a macro with the arguments it was called with.
pub fn with_arguments(line: &[u8], arguments: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let Some(after) = after.strip_prefix(b"$").filter(|_| *byte == b'\\') else {
            out.push(*byte);
            continue;
        };
        let (name, length) = escape_name(after);
        rest = after.get(length..).unwrap_or_default();
        match name {
            b"*" | b"@" => {
                for (index, argument) in arguments.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    let quote: &[u8] = if name == b"@" { b"\"" } else { b"" };
                    out.extend_from_slice(&[quote, argument, quote].concat());
                    if out.len() > LINE {
                        return out;
                    }
                }
            }
            _ => {
                let number = digits(name, 10).0.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
                let argument = number.checked_sub(1).and_then(|index| arguments.get(index));
                out.extend_from_slice(argument.map(Vec::as_slice).unwrap_or_default());
            }
        }
    }
    out
}

/// Where the expression at the front ends: at a blank outside of parentheses.
pub fn expression_length(text: &[u8]) -> usize {
    let mut depth = 0i32;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            b' ' | b'\t' if depth <= 0 => return at,
            b'\\' => return at,
            _ => {}
        }
    }
    text.len()
}

/// The value of an expression and how long it is.
pub fn value(text: &[u8], depth: usize) -> (i64, usize) {
    let mut at = 0usize;
    let mut total = 0i64;
    let mut operator = b'+';
    loop {
        while text.get(at) == Some(&b' ') {
            at += 1;
        }
        let negative = text.get(at) == Some(&b'-');
        if matches!(text.get(at), Some(b'-' | b'+')) {
            at += 1;
        }
        let rest = text.get(at..).unwrap_or_default();
        let mut operand = 0i64;
        if rest.first() == Some(&b'(') && depth < 16 {
            let (inner, length) = value(rest.get(1..).unwrap_or_default(), depth.saturating_add(1));
            operand = inner;
            at += length + 2;
        } else {
            let (whole, length) = digits(rest, 10);
            at += length;
            // In tenths, until the unit is known.
            let mut tenths = i64::try_from(whole.unwrap_or(0)).unwrap_or(0).saturating_mul(10);
            if text.get(at) == Some(&b'.') {
                let fraction = text.get(at + 1..).unwrap_or_default();
                let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
                tenths =
                    tenths.saturating_add(i64::from(fraction.first().map_or(0, |byte| byte.wrapping_sub(b'0')) % 10));
                at += 1 + length;
            }
            let scale = match text.get(at) {
                Some(b'i') => 10,
                Some(b'c') => 4,
                Some(b'n' | b'm' | b'v' | b'u' | b'M' | b's' | b'f') => 1,
                Some(b'p' | b'P' | b'z') => 0,
                _ => -1,
            };
            if scale >= 0 {
                at += 1;
            }
            operand = operand.saturating_add(tenths.saturating_mul(if scale == -1 { 1 } else { scale.max(1) }) / 10);
        }
        if negative {
            operand = operand.saturating_neg();
        }
        let truth = |truth: bool| i64::from(truth);
        total = match operator {
            b'-' => total.saturating_sub(operand),
            b'*' => total.saturating_mul(operand),
            b'/' => total.checked_div(operand).unwrap_or(0),
            b'%' => total.checked_rem(operand).unwrap_or(0),
            b'<' => truth(total < operand),
            b'>' => truth(total > operand),
            b'{' => truth(total <= operand),
            b'}' => truth(total >= operand),
            b'=' => truth(total == operand),
            b'&' => truth(total > 0 && operand > 0),
            b':' => truth(total > 0 || operand > 0),
            _ => total.saturating_add(operand),
        };
        while text.get(at) == Some(&b' ') && depth > 0 {
            at += 1;
        }
        let Some(next) = text.get(at).filter(|byte| b"+-*/%<>=&:".contains(byte)) else { return (total, at) };
        operator = *next;
        at += 1;
        if text.get(at) == Some(&b'=') {
            at += 1;
            operator = match operator {
                b'<' => b'{',
                b'>' => b'}',
                other => other,
            };
        }
    }
}
