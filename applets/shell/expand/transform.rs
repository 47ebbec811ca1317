//! transform - `${x@Q}` and its like, and how `declare -p` writes a variable.

use crate::input::Input;
use crate::names::Sym;
use crate::parser::Parser;
use crate::shell::Shell;
use crate::vars::kind;

impl Shell {
    /// A value after `@` and a letter.
    #[inline(never)]
    pub(super) fn transformed(&mut self, value: &[u8], letter: u8) -> Vec<u8> {
        let utf8 = self.is_utf8();
        let mut out = Vec::new();
        match letter {
            b'U' => out = super::element::change_case(value, true, utf8, true, &mut |_| true),
            b'u' => out = super::element::change_case(value, true, utf8, false, &mut |_| true),
            b'L' => out = super::element::change_case(value, false, utf8, true, &mut |_| true),
            b'E' => {
                // As between `$'` and `'`.
                let mut text = b"$'".to_vec();
                for byte in value {
                    match byte {
                        b'\'' => text.extend_from_slice(b"\\'"),
                        _ => text.push(*byte),
                    }
                }
                text.push(b'\'');
                let mut input = Input::string(&text, self.line);
                let word = Parser::new(&mut input, self.known()).one_word();
                out = match word.map(|word| word.constant()) {
                    Ok(Some(text)) => text,
                    _ => value.to_vec(),
                };
            }
            b'P' => out = self.expand_prompt(value),
            _ => push_reusable(&mut out, value),
        }
        out
    }

    /// The letters of a variable's attributes, as `declare` takes them.
    pub fn attributes(&self, sym: Sym) -> Vec<u8> {
        let kinds = self.vars.kind(sym);
        let array = self.vars.array_kind(sym);
        let mut out = Vec::new();
        let has = [
            array == Some(false),
            array == Some(true),
            kinds & kind::INTEGER != 0,
            kinds & kind::REFERENCE != 0,
            self.vars.is_read_only(sym),
            kinds & kind::LOWER != 0,
            kinds & kind::UPPER != 0,
            self.vars.is_exported(sym),
        ];
        for (letter, has) in b"aAinrlux".iter().zip(has) {
            if has {
                out.push(*letter);
            }
        }
        out
    }

    /// A variable as a command that makes it again (`A`), or its keys and values (`K`, `k`).
    pub fn described(&self, sym: Sym, letter: u8) -> Vec<u8> {
        let attributes = self.attributes(sym);
        let mut out = Vec::new();
        if letter == b'a' {
            return attributes;
        }
        let is_array = self.vars.array_kind(sym).is_some();
        if letter == b'A' {
            if !attributes.is_empty() {
                out.extend_from_slice(b"declare -");
                out.extend_from_slice(&attributes);
                out.push(b' ');
            }
            out.extend_from_slice(self.names.text(sym));
            if !is_array {
                if let Some(value) = self.vars.get(sym) {
                    out.push(b'=');
                    push_reusable(&mut out, value);
                }
                return out;
            }
            out.push(b'=');
            self.push_elements(sym, &mut out);
            return out;
        }
        self.vars.each_element(sym, &mut |key, value| {
            if !out.is_empty() {
                out.push(b' ');
            }
            key.push(&mut out);
            out.push(b' ');
            push_double_quoted(&mut out, value);
        });
        out
    }

    /// `([0]="x" [1]="y")`
    pub fn push_elements(&self, sym: Sym, out: &mut Vec<u8>) {
        out.push(b'(');
        let keyed = self.vars.array_kind(sym) == Some(true);
        let mut first = true;
        self.vars.each_element(sym, &mut |key, value| {
            if !first && !keyed {
                out.push(b' ');
            }
            first = false;
            out.push(b'[');
            let mut text = Vec::new();
            key.push(&mut text);
            if text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"_-.,/:+".contains(byte)) {
                out.extend_from_slice(&text);
            } else {
                push_double_quoted(out, &text);
            }
            out.extend_from_slice(b"]=");
            push_double_quoted(out, value);
            if keyed {
                out.push(b' ');
            }
        });
        out.push(b')');
    }
}

/// Adds `text` quoted so that the shell reads it again: in single quotes, or as `$'…'` where it has control characters.
fn push_reusable(out: &mut Vec<u8>, text: &[u8]) {
    if text.iter().any(u8::is_ascii_control) {
        return push_ansi(out, text);
    }
    out.push(b'\'');
    for byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            _ => out.push(*byte),
        }
    }
    out.push(b'\'');
}

/// Adds `text` in double quotes, as `declare -p` does.
pub fn push_double_quoted(out: &mut Vec<u8>, text: &[u8]) {
    if text.iter().any(u8::is_ascii_control) {
        return push_ansi(out, text);
    }
    out.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'$' | b'`' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// `$'…'`
fn push_ansi(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(b"$'");
    for byte in text {
        match byte {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            7 => out.extend_from_slice(b"\\a"),
            27 => out.extend_from_slice(b"\\E"),
            b'\'' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            _ if byte.is_ascii_control() => {
                let digit = |shift: u32| b'0'.wrapping_add((byte >> shift) & 7);
                out.extend_from_slice(&[b'\\', digit(6), digit(3), digit(0)]);
            }
            _ => out.push(*byte),
        }
    }
    out.push(b'\'');
}
