//! Patterns and replacements between delimiters, as sed, ed and vi have them.

/// Takes what stands before an unescaped `delimiter` at the front of `text`. Gives it, how many bytes of `text` it took with
/// its delimiter, and whether there was one. A delimiter behind a backslash loses the backslash; in a pattern, one within
/// brackets is none, and a newline ends the pattern.
pub fn delimited(text: &[u8], delimiter: u8, is_pattern: bool) -> (Vec<u8>, usize, bool) {
    let mut found = Vec::new();
    let mut at = 0usize;
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        at = at.wrapping_add(1);
        match (byte, rest.get(1)) {
            (byte, _) if *byte == delimiter => return (found, at, true),
            (b'\\', Some(escaped)) => {
                at = at.wrapping_add(1);
                // In a replacement, `&` is special unescaped only.
                let loses = if *escaped == delimiter {
                    is_pattern || *escaped != b'&'
                } else {
                    *escaped == b'\n' && is_pattern
                };
                if !loses {
                    found.push(b'\\');
                }
                found.push(*escaped);
            }
            (b'[', _) if is_pattern => {
                let length = bracket_length(rest).unwrap_or(1);
                found.extend_from_slice(rest.get(..length).unwrap_or_default());
                at = at.wrapping_add(length).wrapping_sub(1);
            }
            (b'\n', _) if is_pattern => return (found, at.wrapping_sub(1), false),
            _ => found.push(*byte),
        }
    }
    (found, at, false)
}

/// The length of the bracket expression at the beginning of `text`, if it is complete.
pub fn bracket_length(text: &[u8]) -> Option<usize> {
    let mut at = 1usize;
    if text.get(at) == Some(&b'^') {
        at = at.wrapping_add(1);
    }
    let first = at;
    loop {
        match text.get(at)? {
            b']' if at > first => return Some(at.wrapping_add(1)),
            b'[' => {
                let mark = *text.get(at.wrapping_add(1))?;
                let mut skip = 1;
                if matches!(mark, b':' | b'.' | b'=') {
                    let inner = text.get(at.wrapping_add(2)..)?;
                    if let Some(length) = inner.windows(2).position(|pair| pair == [mark, b']']) {
                        skip = length.wrapping_add(4);
                    }
                }
                at = at.wrapping_add(skip);
            }
            b'\n' => return None,
            _ => at = at.wrapping_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &[u8]) -> (Vec<u8>, usize, bool) {
        delimited(text, b'/', true)
    }

    #[test]
    fn patterns() {
        assert_eq!(pattern(b"a\\/b/rest"), (b"a/b".to_vec(), 5, true));
        assert_eq!(pattern(b"[/]x/r"), (b"[/]x".to_vec(), 5, true));
        assert_eq!(pattern(b"[]/]x/r"), (b"[]/]x".to_vec(), 6, true));
        assert_eq!(pattern(b"[[:alpha:]/]x/r"), (b"[[:alpha:]/]x".to_vec(), 14, true));
        assert_eq!(pattern(b"a[/r"), (b"a[".to_vec(), 3, true));
        assert_eq!(pattern(b"\\(a\\)"), (b"\\(a\\)".to_vec(), 5, false));
        assert_eq!(pattern(b"a\\"), (b"a\\".to_vec(), 2, false));
    }

    #[test]
    fn replacements() {
        assert_eq!(delimited(b"a\\\nb/g", b'/', false), (b"a\\\nb".to_vec(), 5, true));
        assert_eq!(delimited(b"a\\&b&g", b'&', false), (b"a\\&b".to_vec(), 5, true));
    }
}
