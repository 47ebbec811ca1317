//! The colours of file names: `LS_COLORS` and what holds without it.

use crate::meta::Meta;
use crate::mode;

/// Codes by key (`di`, `ln`, …) or by suffix (`*.tar`).
pub struct Colors {
    keys: Vec<([u8; 2], Vec<u8>)>,
    suffixes: Vec<(Vec<u8>, Vec<u8>)>,
}

const DEFAULTS: &[u8] =
    b"rs=0:di=01;34:ln=01;36:pi=33:so=01;35:bd=01;33:cd=01;33:ex=01;32:su=37;41:sg=30;43:tw=30;42:ow=34;42:st=37;44";

fn is_color(code: &[u8]) -> bool {
    !matches!(code, b"" | b"0" | b"00")
}

impl Colors {
    /// The defaults with the settings of `LS_COLORS` over them; broken parts of it are left out.
    pub fn load(setting: Option<&[u8]>) -> Colors {
        let mut colors = Colors { keys: Vec::new(), suffixes: Vec::new() };
        colors.read(DEFAULTS);
        colors.read(setting.unwrap_or_default());
        colors
    }

    fn read(&mut self, text: &[u8]) {
        for item in text.split(|&b| b == b':') {
            let Some(at) = memchr::memchr(b'=', item) else { continue };
            let (key, code) = item.split_at(at);
            let code = code.get(1..).unwrap_or_default();
            // Only what a terminal takes between ESC [ and m.
            if !code.iter().all(|b| b.is_ascii_digit() || *b == b';') && code != b"target" {
                continue;
            }
            if let Some(suffix) = key.strip_prefix(b"*") {
                self.suffixes.push((suffix.to_vec(), code.to_vec()));
            } else if let Ok(key) = <[u8; 2]>::try_from(key) {
                self.keys.retain(|(k, _)| *k != key);
                self.keys.push((key, code.to_vec()));
            }
        }
    }

    fn key(&self, key: &[u8; 2]) -> Option<&[u8]> {
        self.keys.iter().find(|(k, _)| k == key).map(|(_, code)| code.as_slice())
    }

    /// The code for a file; `None` where it has no colour. `target` is what a symbolic link leads to (`None`: nothing).
    pub fn of(&self, name: &[u8], file_mode: u32, nlink: u64, target: Option<&Meta>) -> Option<&[u8]> {
        // What has no colour of its own has that of the next.
        let set = |bits, key| file_mode & bits == bits && self.key(key).is_some_and(is_color);
        let code = match file_mode & mode::TYPE {
            mode::DIR if set(0o1002, b"tw") => self.key(b"tw"),
            mode::DIR if set(0o002, b"ow") => self.key(b"ow"),
            mode::DIR if set(0o1000, b"st") => self.key(b"st"),
            mode::DIR => self.key(b"di"),
            mode::LINK if target.is_none() && self.key(b"or").is_some() => self.key(b"or"),
            mode::LINK => match (self.key(b"ln"), target) {
                (Some(b"target"), Some(target)) => return self.of(name, target.mode, target.nlink, None),
                (Some(b"target"), None) => None,
                (code, _) => code,
            },
            mode::FIFO => self.key(b"pi"),
            mode::SOCKET => self.key(b"so"),
            mode::BLOCK => self.key(b"bd"),
            mode::CHAR => self.key(b"cd"),
            _ if set(0o4000, b"su") => self.key(b"su"),
            _ if set(0o2000, b"sg") => self.key(b"sg"),
            _ if file_mode & 0o111 != 0 && self.key(b"ex").is_some_and(is_color) => self.key(b"ex"),
            _ => {
                let linked = if nlink > 1 { self.key(b"mh").filter(|c| *c != b"00") } else { None };
                linked
                    .or_else(|| {
                        let has =
                            |(s, _): &&(Vec<u8>, Vec<u8>)| name.to_ascii_lowercase().ends_with(&s.to_ascii_lowercase());
                        self.suffixes.iter().rev().find(has).map(|(_, code)| code.as_slice())
                    })
                    .or_else(|| self.key(b"fi"))
            }
        };
        code.filter(|c| is_color(c))
    }

    /// The code that ends a colour.
    pub fn reset(&self) -> &[u8] {
        self.key(b"rs").unwrap_or(b"0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds() {
        let c = Colors::load(Some(b"di=01;35:*.tar=01;31:junk:ex=\x1b"));
        assert_eq!(c.of(b"d", 0o040755, 2, None), Some(&b"01;35"[..]));
        assert_eq!(c.of(b"a.TAR", 0o100644, 1, None), Some(&b"01;31"[..]));
        assert_eq!(c.of(b"a", 0o100644, 1, None), None);
        assert_eq!(c.of(b"a", 0o100755, 1, None), Some(&b"01;32"[..]));
    }
}
