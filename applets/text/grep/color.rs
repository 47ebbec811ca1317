//! The colours of GREP_COLORS.

/// What begins and ends each kind of text: SGR codes without their frame.
pub struct Colors {
    /// A match in a selected line.
    pub selected: Vec<u8>,
    /// A match in a context line.
    pub context: Vec<u8>,
    /// Selected lines, context lines.
    pub lines: [Vec<u8>; 2],
    pub name: Vec<u8>,
    pub number: Vec<u8>,
    pub offset: Vec<u8>,
    pub separator: Vec<u8>,
    /// With -v, swap what `lines` means.
    pub reverse: bool,
    /// Without the code that clears the rest of the line.
    pub no_clear: bool,
}

impl Colors {
    /// The defaults, with the settings over them.
    pub fn load(setting: Option<&[u8]>) -> Colors {
        let mut colors = Colors {
            selected: b"01;31".to_vec(),
            context: b"01;31".to_vec(),
            lines: [Vec::new(), Vec::new()],
            name: b"35".to_vec(),
            number: b"32".to_vec(),
            offset: b"32".to_vec(),
            separator: b"36".to_vec(),
            reverse: false,
            no_clear: false,
        };
        for part in setting.unwrap_or_default().split(|byte| *byte == b':') {
            let mut halves = part.splitn(2, |byte| *byte == b'=');
            let key = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            if !value.iter().all(|byte| byte.is_ascii_digit() || *byte == b';') {
                break;
            }
            let [selected, context] = &mut colors.lines;
            let place = match base::bytes::word(key) {
                "mt" => {
                    colors.context = value.to_vec();
                    &mut colors.selected
                }
                "ms" => &mut colors.selected,
                "mc" => &mut colors.context,
                "sl" => selected,
                "cx" => context,
                "fn" => &mut colors.name,
                "ln" => &mut colors.number,
                "bn" => &mut colors.offset,
                "se" => &mut colors.separator,
                "rv" => {
                    colors.reverse = true;
                    continue;
                }
                "ne" => {
                    colors.no_clear = true;
                    continue;
                }
                _ => continue,
            };
            *place = value.to_vec();
        }
        colors
    }

    /// Adds `text` in a colour.
    pub fn push(&self, line: &mut Vec<u8>, code: &[u8], text: &[u8]) {
        if code.is_empty() {
            line.extend_from_slice(text);
            return;
        }
        let clear: &[u8] = if self.no_clear { b"" } else { b"\x1b[K" };
        for part in [b"\x1b[", code, b"m", clear, text, b"\x1b[m", clear] {
            line.extend_from_slice(part);
        }
    }
}
