//! fields - collects what expansions produce: one text, a pattern, or fields that are split and globbed.

use crate::strings::Strings;
use base::pattern::glob::{escape, is_glob};

/// What each byte of an expansion's unquoted result means.
pub struct Ifs {
    /// Bits of [`class`].
    classes: [u8; 256],
    /// What `$*` is joined with: the first character, or nothing.
    pub join: Vec<u8>,
}

mod class {
    /// IFS white space: any number is one separator.
    pub const WHITE: u8 = 1;
    /// Any other character of IFS: each is a separator.
    pub const HARD: u8 = 2;
    /// It makes a pattern of a field.
    pub const GLOB: u8 = 4;
}

impl Ifs {
    /// The table for a value of IFS; None is an unset IFS.
    pub fn new(value: Option<&[u8]>) -> Ifs {
        let value = value.unwrap_or(b" \t\n");
        let mut classes = [0; 256];
        let mut mark = |byte: u8, class: u8| {
            if let Some(place) = classes.get_mut(usize::from(byte)) {
                *place |= class;
            }
        };
        b"*?[".iter().for_each(|byte| mark(*byte, class::GLOB));
        for byte in value {
            mark(*byte, if matches!(byte, b' ' | b'\t' | b'\n') { class::WHITE } else { class::HARD });
        }
        let join = value.get(..super::pattern::char_length(value, true)).unwrap_or_default().to_vec();
        Ifs { classes, join }
    }

    #[inline(always)]
    fn class(&self, byte: u8) -> u8 {
        self.classes.get(usize::from(byte)).copied().unwrap_or(0)
    }

    /// Whether it is IFS white space.
    pub fn is_white(&self, byte: u8) -> bool {
        self.class(byte) & class::WHITE != 0
    }

    /// Whether it separates fields.
    pub fn separates(&self, byte: u8) -> bool {
        self.class(byte) & (class::WHITE | class::HARD) != 0
    }

    /// Whether an unquoted text is one field, as it stands.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn keeps(&self, text: &[u8]) -> bool {
        for byte in text {
            if self.class(*byte) != 0 {
                return false;
            }
        }
        !text.is_empty()
    }
}

/// What is being built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Fields: split, globbed.
    Fields,
    /// One text: an assignment's value, a here-document.
    Text,
    /// One pattern, in which quoted bytes carry a backslash.
    Pattern,
}

/// What ended the last field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    No,
    White,
    Hard,
}

/// Collects the parts of one word after the other.
pub struct Builder<'a> {
    out: &'a mut Strings,
    pub wanted: Wanted,
    /// The quoted stretches of the current field, which are no pattern.
    quoted: Vec<(usize, usize)>,
    /// The current field has an unquoted special character.
    glob: bool,
    /// The current field exists even if it is empty.
    present: bool,
    ended: Ended,
    /// Fields that may be patterns: handed to the caller, who knows about files.
    pub patterns: Vec<Pattern>,
    noglob: bool,
}

/// A field that may be a pattern: its place in the list and its text with quoted bytes escaped.
pub struct Pattern {
    pub index: usize,
    pub text: Vec<u8>,
}

impl<'a> Builder<'a> {
    /// A builder that adds to `out`.
    pub fn new(out: &'a mut Strings, wanted: Wanted, noglob: bool) -> Builder<'a> {
        Builder {
            out,
            wanted,
            quoted: Vec::new(),
            glob: false,
            present: false,
            ended: Ended::No,
            patterns: Vec::new(),
            noglob,
        }
    }

    /// Adds quoted text.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn quoted(&mut self, text: &[u8]) {
        self.present = true;
        self.ended = Ended::No;
        match self.wanted {
            Wanted::Text => self.out.open().extend_from_slice(text),
            Wanted::Pattern => escape(text, self.out.open()),
            Wanted::Fields => {
                let bytes = self.out.open();
                let start = bytes.len();
                bytes.extend_from_slice(text);
                if !text.is_empty() {
                    self.quoted.push((start, bytes.len()));
                }
            }
        }
    }

    /// Adds unquoted text of the script itself, which is not split.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn literal(&mut self, text: &[u8], glob: bool) {
        self.out.open().extend_from_slice(text);
        self.glob |= glob;
        self.present = true;
        self.ended = Ended::No;
    }

    /// Adds the unquoted result of an expansion, which is split into fields.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn expanded(&mut self, text: &[u8], ifs: &Ifs) {
        if self.wanted != Wanted::Fields {
            self.out.open().extend_from_slice(text);
            return;
        }
        let mut start = 0usize;
        let mut seen = 0;
        for (at, byte) in text.iter().enumerate() {
            let class = ifs.class(*byte);
            if class & (class::WHITE | class::HARD) == 0 {
                seen |= class;
                continue;
            }
            self.run(text.get(start..at).unwrap_or_default(), seen);
            start = at.saturating_add(1);
            seen = 0;
            let white = class & class::WHITE != 0;
            if self.present {
                self.end_field();
                self.ended = if white { Ended::White } else { Ended::Hard };
            } else if !white {
                // White space and one other separator around it are one separator.
                if self.ended != Ended::White {
                    self.present = true;
                    self.end_field();
                }
                self.ended = Ended::Hard;
            }
        }
        self.run(text.get(start..).unwrap_or_default(), seen);
    }

    /// Adds what stands between separators, with the classes of its bytes.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run(&mut self, text: &[u8], seen: u8) {
        if !text.is_empty() {
            self.out.open().extend_from_slice(text);
            self.glob |= seen & class::GLOB != 0 && !self.noglob;
            self.present = true;
            self.ended = Ended::No;
        }
    }

    /// Ends a field between two positional parameters.
    pub fn next_parameter(&mut self) {
        if self.present {
            self.end_field();
        }
        self.ended = Ended::No;
    }

    /// Ends a word.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn end_word(&mut self) {
        if self.present {
            self.end_field();
        }
        self.ended = Ended::No;
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn end_field(&mut self) {
        if self.glob && !self.noglob && self.wanted == Wanted::Fields {
            let start = self.out.open_start();
            let mut text = Vec::new();
            let field = self.out.open();
            let mut at = start;
            for (from, to) in &self.quoted {
                text.extend_from_slice(field.get(at..*from).unwrap_or_default());
                escape(field.get(*from..*to).unwrap_or_default(), &mut text);
                at = *to;
            }
            text.extend_from_slice(field.get(at..).unwrap_or_default());
            if is_glob(&text) {
                self.patterns.push(Pattern { index: self.out.len(), text });
            }
        }
        self.out.close();
        self.quoted.clear();
        self.glob = false;
        self.present = false;
    }
}
