//! The options of `:set`.

use super::{Fails, Vi, wrong};

pub struct Options {
    pub number: bool,
    pub ignorecase: bool,
    pub smartcase: bool,
    pub autoindent: bool,
    pub expandtab: bool,
    pub list: bool,
    pub wrapscan: bool,
    pub hlsearch: bool,
    pub showmatch: bool,
    pub readonly: bool,
    pub wrap: bool,
    pub autowrite: bool,
    pub exrc: bool,
    pub tabstop: usize,
    pub shiftwidth: usize,
    pub scroll: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            number: false,
            ignorecase: false,
            smartcase: false,
            autoindent: false,
            expandtab: false,
            list: false,
            wrapscan: true,
            hlsearch: true,
            showmatch: false,
            readonly: false,
            wrap: true,
            autowrite: false,
            exrc: false,
            tabstop: 8,
            shiftwidth: 8,
            scroll: 0,
        }
    }
}

/// Names and short names in turn; the switches first.
const NAMES: &[u8] =
    b"number nu ignorecase ic smartcase scs autoindent ai expandtab et list list wrapscan ws hlsearch hls showmatch \
    sm readonly ro wrap wrap autowrite aw exrc ex tabstop ts shiftwidth sw scroll scr";
const SWITCHES: usize = 13;
/// What others have and nobody misses: accepted, so that their files of settings are read.
const OTHERS: &[u8] =
    b"compatible cp incsearch is ruler ru showcmd sc showmode smd flash fl magic report term verbose backup bk \
    writebackup wb swapfile swf modeline ml mouse encoding enc fileencoding fenc softtabstop sts laststatus \
    errorbells visualbell";

fn names() -> Vec<&'static [u8]> {
    crate::buffer::words(NAMES)
}

impl Options {
    fn switch(&mut self, index: usize) -> Option<&mut bool> {
        Some(match index {
            0 => &mut self.number,
            1 => &mut self.ignorecase,
            2 => &mut self.smartcase,
            3 => &mut self.autoindent,
            4 => &mut self.expandtab,
            5 => &mut self.list,
            6 => &mut self.wrapscan,
            7 => &mut self.hlsearch,
            8 => &mut self.showmatch,
            9 => &mut self.readonly,
            10 => &mut self.wrap,
            11 => &mut self.autowrite,
            12 => &mut self.exrc,
            _ => return None,
        })
    }

    fn value(&mut self, index: usize) -> Option<&mut usize> {
        match index {
            13 => Some(&mut self.tabstop),
            14 => Some(&mut self.shiftwidth),
            15 => Some(&mut self.scroll),
            _ => None,
        }
    }

    /// Columns of an indentation; never 0.
    pub fn shiftwidth(&self) -> usize {
        if self.shiftwidth == 0 { self.tabstop } else { self.shiftwidth }.max(1)
    }

    /// Blanks that take so many columns.
    pub fn indent(&self, columns: usize) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.expandtab {
            out.resize(columns.checked_div(self.tabstop).unwrap_or(0), b'\t');
        }
        let rest = if self.expandtab { columns } else { columns.checked_rem(self.tabstop).unwrap_or(columns) };
        out.resize(out.len().saturating_add(rest), b' ');
        out
    }
}

impl Vi<'_, '_> {
    /// `:set`.
    pub fn set_options(&mut self, text: &[u8]) -> Fails {
        let words = crate::buffer::words(text);
        if words.is_empty() || words == [b"all"] {
            for index in 0..SWITCHES + 3 {
                self.tell_option(index);
            }
            return Ok(());
        }
        for word in words {
            let end = word.iter().position(|byte| matches!(byte, b'=' | b':' | b'?' | b'!')).unwrap_or(word.len());
            let (name, rest) = word.split_at_checked(end).unwrap_or((word, &[]));
            let find = |name: &[u8]| names().iter().position(|known| *known == name).map(|at| at / 2);
            let bare = name.strip_prefix(b"no").or_else(|| name.strip_prefix(b"inv"));
            let (index, off) = match (find(name), bare.and_then(find)) {
                (Some(index), _) => (index, false),
                (None, Some(index)) if index < SWITCHES => (index, true),
                _ => {
                    let others = crate::buffer::split(OTHERS, b" ");
                    if others.contains(&name) || others.contains(&bare.unwrap_or_default()) {
                        continue;
                    }
                    return Err(wrong(b"Unknown option: ", word));
                }
            };
            let inverts = name.starts_with(b"inv") || rest == b"!";
            if rest == b"?" || index >= SWITCHES && rest.is_empty() {
                self.tell_option(index);
            } else if let Some(switch) = self.opt.switch(index) {
                *switch = if inverts { !*switch } else { !off };
            } else {
                let digits = rest.get(1..).unwrap_or_default();
                let Ok(value) = base::number::parse_u32(digits) else { return Err(wrong(b"Number required: ", word)) };
                let value = value as usize;
                if index == 13 && !(1..=1000).contains(&value) {
                    return Err(wrong(b"Argument must be positive: ", word));
                }
                if let Some(slot) = self.opt.value(index) {
                    *slot = value.min(1000);
                }
            }
        }
        self.find.shown = true;
        self.screen.forget();
        Ok(())
    }

    fn tell_option(&mut self, index: usize) {
        let names = names();
        let Some(name) = names.get(index.saturating_mul(2)) else { return };
        let mut line = Vec::new();
        if self.opt.switch(index).is_some_and(|on| !*on) {
            line.extend_from_slice(b"no");
        }
        line.extend_from_slice(name);
        if let Some(value) = self.opt.value(index) {
            line.push(b'=');
            base::number::push_u64(&mut line, *value as u64);
        }
        self.output.push(line);
    }
}
