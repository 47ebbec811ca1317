//! Names made visible: the quoting styles of `ls`, and words quoted for a shell.

use crate::term::width::{is_printable, next_char};

/// How to show a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Literal,
    /// As it is, with `?` for what cannot be printed (`ls -q`).
    Hidden,
    /// Quoted for a shell where needed; what cannot be printed stays.
    Shell,
    /// The same, always quoted.
    ShellAlways,
    /// Quoted for a shell where needed, with `$'…'` for what cannot be printed.
    ShellEscape,
    /// The same, always quoted.
    ShellEscapeAlways,
    /// As a C string, in double quotes (`ls -Q`).
    C,
    /// With C's escapes and no quotes; blanks escaped too (`ls -b`).
    Escape,
}

impl Style {
    /// By GNU's words for `--quoting-style`.
    pub fn named(word: &[u8]) -> Option<Style> {
        WORDS.iter().find(|known| known.0.as_bytes() == word).map(|known| known.1)
    }

    /// GNU's word for it.
    pub fn name(self) -> &'static str {
        WORDS.iter().find(|known| known.1 == self).map_or("literal", |known| known.0)
    }
}

const WORDS: &[(&str, Style)] = &[
    ("literal", Style::Literal),
    ("shell", Style::Shell),
    ("shell-always", Style::ShellAlways),
    ("shell-escape", Style::ShellEscape),
    ("shell-escape-always", Style::ShellEscapeAlways),
    ("c", Style::C),
    ("locale", Style::C),
    ("clocale", Style::C),
    ("c-maybe", Style::C),
    ("escape", Style::Escape),
];

/// Calls `each` with the pieces of `text` (a character or a broken byte) and whether a terminal can show the piece.
fn pieces<'a>(text: &'a [u8], utf8: bool, each: &mut dyn FnMut(&'a [u8], bool)) {
    let mut rest = text;
    while let Some(&b) = rest.first() {
        let (len, fine) = if b < 0x80 {
            (1, (0x20..0x7f).contains(&b))
        } else if utf8 {
            let (c, len) = next_char(rest);
            (len, c.is_some_and(is_printable))
        } else {
            (1, false)
        };
        let (piece, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        each(piece, fine);
        rest = after;
    }
}

/// Appends `name` in `style`.
pub fn push_name(out: &mut Vec<u8>, name: &[u8], style: Style, utf8: bool) {
    match style {
        Style::Literal => out.extend_from_slice(name),
        Style::Hidden => pieces(name, utf8, &mut |piece, fine| {
            if fine {
                out.extend_from_slice(piece);
            } else {
                out.push(b'?');
            }
        }),
        Style::C | Style::Escape => {
            let quotes = style == Style::C;
            if quotes {
                out.push(b'"');
            }
            pieces(name, utf8, &mut |piece, fine| match piece {
                b"\\" => out.extend_from_slice(b"\\\\"),
                b"\"" if quotes => out.extend_from_slice(b"\\\""),
                b" " if !quotes => out.extend_from_slice(b"\\ "),
                _ if fine => out.extend_from_slice(piece),
                _ => push_escaped(out, piece),
            });
            if quotes {
                out.push(b'"');
            }
        }
        Style::Shell => push_word(out, name, is_plain(name)),
        Style::ShellAlways => push_word(out, name, false),
        Style::ShellEscape | Style::ShellEscapeAlways => {
            let mut fine = true;
            pieces(name, utf8, &mut |_, ok| fine &= ok);
            if fine {
                push_word(out, name, style == Style::ShellEscape && is_plain(name));
            } else {
                push_shell_escape(out, name, utf8);
            }
        }
    }
}

/// Whether quoting is needed at all: for aligning, `ls` indents unquoted names when one is quoted.
pub fn is_quoted(name: &[u8], style: Style, utf8: bool) -> bool {
    match style {
        Style::Literal | Style::Hidden | Style::Escape => false,
        Style::Shell => !is_plain(name),
        Style::ShellEscape => {
            let mut fine = true;
            pieces(name, utf8, &mut |_, ok| fine &= ok);
            !fine || !is_plain(name)
        }
        _ => true,
    }
}

/// The escapes of C for each byte: letters where there are, else three octal digits.
fn push_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    for &b in bytes {
        out.push(b'\\');
        match b {
            7 => out.push(b'a'),
            8 => out.push(b'b'),
            9 => out.push(b't'),
            10 => out.push(b'n'),
            11 => out.push(b'v'),
            12 => out.push(b'f'),
            13 => out.push(b'r'),
            _ => crate::number::push_radix(out, u64::from(b), 8, 3, b'0'),
        }
    }
}

fn push_shell_escape(out: &mut Vec<u8>, name: &[u8], utf8: bool) {
    // '…' around what can be printed, $'…' around what cannot; the first pair of quotes is there even if empty.
    out.push(b'\'');
    let mut escaping = false;
    pieces(name, utf8, &mut |piece, fine| {
        if fine == escaping {
            out.extend_from_slice(if fine { b"''" } else { b"'$'" });
            escaping = !fine;
        }
        match piece {
            b"'" => out.extend_from_slice(b"'\\''"),
            _ if fine => out.extend_from_slice(piece),
            _ => push_escaped(out, piece),
        }
    });
    out.push(b'\'');
}

/// Whether a shell reads `word` as itself without quotes.
pub fn is_plain(word: &[u8]) -> bool {
    !word.is_empty()
        && !matches!(word, b"{" | b"}")
        && !matches!(word.first(), Some(b'#' | b'~'))
        && !word.iter().any(|b| {
            matches!(
                b,
                0..=b' '
                    | 0x7f
                    | b'!'
                    | b'"'
                    | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b';'
                    | b'<'
                    | b'='
                    | b'>'
                    | b'?'
                    | b'['
                    | b'\\'
                    | b'^'
                    | b'`'
                    | b'|'
            )
        })
}

fn push_word(out: &mut Vec<u8>, word: &[u8], plain: bool) {
    if plain {
        out.extend_from_slice(word);
    } else if word.contains(&b'\'') && !word.iter().any(|b| matches!(b, b'"' | b'$' | b'`' | b'\\' | b'!')) {
        out.push(b'"');
        out.extend_from_slice(word);
        out.push(b'"');
    } else {
        push_single_quoted(out, word);
    }
}

/// Appends `word` in single quotes, as `export -p` and `set` write values: `'it'\''s'`.
pub fn push_single_quoted(out: &mut Vec<u8>, word: &[u8]) {
    out.push(b'\'');
    for &b in word {
        if b == b'\'' {
            out.extend_from_slice(b"'\\''");
        } else {
            out.push(b);
        }
    }
    out.push(b'\'');
}

/// Appends `word` so that a shell reads it back, with quotes only where needed.
pub fn push_shell(out: &mut Vec<u8>, word: &[u8]) {
    if is_plain(word) {
        out.extend_from_slice(word);
    } else {
        push_single_quoted(out, word);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn show(name: &[u8], style: Style) -> String {
        let mut v = Vec::new();
        push_name(&mut v, name, style, true);
        String::from_utf8(v).unwrap()
    }

    #[test]
    fn styles() {
        for (name, want) in [
            (&b"plain"[..], "plain"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"it's", "\"it's\""),
            (b"it's $x", "'it'\\''s $x'"),
            (b"a\nb", "'a'$'\\n''b'"),
            (b"\nb", "''$'\\n''b'"),
            (b"a\n\t", "'a'$'\\n\\t'"),
            (b"\xff", "''$'\\377'"),
            (b"#x", "'#x'"),
            (b"x#", "x#"),
            ("ä".as_bytes(), "ä"),
        ] {
            assert_eq!(show(name, Style::ShellEscape), want);
        }
        assert_eq!(show(b"a \"b\"\x01\\", Style::C), "\"a \\\"b\\\"\\001\\\\\"");
        assert_eq!(show(b"a b\n", Style::Escape), "a\\ b\\n");
        assert_eq!(show(b"a\x1b\xff", Style::Hidden), "a??");
        assert_eq!(show(b"a", Style::ShellAlways), "'a'");
    }
}
