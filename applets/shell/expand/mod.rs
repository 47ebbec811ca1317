//! expand - words to fields, in POSIX's order: tilde, parameters, commands, arithmetic; then splitting, file names; quotes
//! were taken off by the parser.

mod brace;
pub mod element;
pub mod fields;
mod param;
mod pathname;
pub mod pattern;
mod substitute;
pub mod transform;

use crate::arith::{self, ArithError};
use crate::flow::{Flow, Unwind};
use crate::options::shopt;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Arithmetic, Part, Word};
use fields::{Builder, Wanted};

impl Shell {
    /// Expands words to fields and adds them to `out`.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn expand_words(&mut self, words: &[Word], out: &mut Strings) -> Flow<()> {
        for word in words {
            match word.parts.as_slice() {
                [Part::Literal(text, false)] | [Part::Quoted(text)] if !word.braces => out.push(text.as_bytes()),
                _ => self.expand_word(word, out)?,
            }
        }
        Ok(())
    }

    /// Expands one word to fields.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn expand_word(&mut self, word: &Word, out: &mut Strings) -> Flow<()> {
        match word.parts.as_slice() {
            _ if word.braces => return self.expand_braces(word, out),
            // The common cases: a value that is one field is copied to where it belongs, and nothing else happens.
            [Part::Param(param)] if !word.assignment && param.is_plain() => {
                self.update_ifs();
                let of = self.made(param.of);
                if let Some(value) = self.plain_value(of).filter(|value| param.quoted || self.ifs.keeps(value)) {
                    out.push(value);
                    return Ok(());
                }
            }
            [Part::Arith(arithmetic, quoted)] if !word.assignment => {
                let value = self.arithmetic(arithmetic)?;
                self.update_ifs();
                let mut room = [0; 20];
                let digits = arith::decimal(value, &mut room);
                if *quoted || self.ifs.keeps(digits) {
                    out.push(digits);
                } else {
                    let mut builder = Builder::new(out, Wanted::Fields, true);
                    builder.expanded(digits, &self.ifs);
                    builder.end_word();
                }
                return Ok(());
            }
            _ => {}
        }
        self.expand_parts(word, out)
    }

    /// Expands one word to fields, part by part.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    fn expand_parts(&mut self, word: &Word, out: &mut Strings) -> Flow<()> {
        if word.assignment {
            let mut builder = Builder::new(out, Wanted::Text, true);
            self.parts(&word.parts, &mut builder, false)?;
            out.close();
            return Ok(());
        }
        self.update_ifs();
        let mut builder = Builder::new(out, Wanted::Fields, self.options.noglob);
        let result = self.parts(&word.parts, &mut builder, false);
        builder.end_word();
        let patterns = core::mem::take(&mut builder.patterns);
        result?;
        if !patterns.is_empty() {
            self.expand_patterns(&patterns, out)?;
        }
        Ok(())
    }

    /// Puts the files that match in the place of the fields that are patterns.
    #[inline(never)]
    fn expand_patterns(&mut self, patterns: &[fields::Pattern], out: &mut Strings) -> Flow<()> {
        let has = |flag: u32| self.options.shopt & flag != 0;
        let glob = base::pattern::glob::GlobOptions {
            utf8: self.is_utf8(),
            icase: has(shopt::NOCASEGLOB),
            extended: has(shopt::EXTGLOB),
            ..Default::default()
        };
        let wishes = pathname::Wishes { glob, dots: has(shopt::DOTGLOB), deep: has(shopt::GLOBSTAR) };
        let Some(first) = patterns.first() else { return Ok(()) };
        let tail = out.split_off(first.index);
        let mut patterns = patterns.iter().peekable();
        for (index, text) in (first.index..).zip(tail.iter()) {
            match patterns.next_if(|pattern| pattern.index == index) {
                None => out.push(text),
                Some(pattern) => {
                    if pathname::expand(&pattern.text, &wishes, out) == 0 {
                        if has(shopt::FAILGLOB) {
                            return Err(self.fail("no match: %", &pattern.text));
                        }
                        if !has(shopt::NULLGLOB) {
                            out.push(text);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Expands a word to one text: no splitting, no file names.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn expand_text(&mut self, word: &Word) -> Flow<Vec<u8>> {
        self.expand_as(word, Wanted::Text)
    }

    /// Expands a word to a pattern, in which what was quoted carries a backslash.
    pub fn expand_pattern(&mut self, word: &Word) -> Flow<Vec<u8>> {
        self.expand_as(word, Wanted::Pattern)
    }

    fn expand_as(&mut self, word: &Word, wanted: Wanted) -> Flow<Vec<u8>> {
        let mut list = Strings::new();
        self.expand_open(&word.parts, wanted, &mut list)?;
        Ok(core::mem::take(list.open()))
    }

    /// Expands parts to one text, which `list` has open.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn expand_open(&mut self, parts: &[Part], wanted: Wanted, list: &mut Strings) -> Flow<()> {
        match parts {
            [Part::Literal(text, _)] => list.open().extend_from_slice(text.as_bytes()),
            [Part::Quoted(text)] if wanted == Wanted::Text => list.open().extend_from_slice(text.as_bytes()),
            _ => {
                self.update_ifs();
                self.parts(parts, &mut Builder::new(list, wanted, true), false)?;
            }
        }
        Ok(())
    }

    /// Expands parts into the builder. Where `splits`, literal text is the result of an expansion and is split too.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn parts(&mut self, parts: &[Part], builder: &mut Builder, splits: bool) -> Flow<()> {
        for part in parts {
            match part {
                Part::Literal(text, _) if splits => builder.expanded(text, &self.ifs),
                Part::Literal(text, glob) => builder.literal(text.as_bytes(), *glob),
                Part::Quoted(text) => builder.quoted(text.as_bytes()),
                Part::Tilde(user) => self.tilde(user, builder),
                Part::Param(param) => self.param(param, builder)?,
                Part::Command(substitution) => {
                    let text = self.substitute(substitution)?;
                    if substitution.quoted {
                        builder.quoted(&text);
                    } else {
                        builder.expanded(&text, &self.ifs);
                    }
                }
                Part::Process(substitution, writes) => {
                    let path = self.substitute_process(substitution, *writes)?;
                    builder.quoted(&path);
                }
                Part::Arith(arithmetic, quoted) => {
                    let value = self.arithmetic(arithmetic)?;
                    let mut room = [0; 20];
                    let digits = arith::decimal(value, &mut room);
                    if *quoted {
                        builder.quoted(digits);
                    } else {
                        builder.expanded(digits, &self.ifs);
                    }
                }
            }
        }
        Ok(())
    }

    /// The value of an arithmetic expression; an error has been told.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn arithmetic(&mut self, arithmetic: &Arithmetic) -> Flow<i64> {
        if let Some(expr) = &arithmetic.compiled {
            match self.evaluate(expr) {
                Ok(value) => return Ok(value),
                Err(ArithError::NeedsText) => {}
                Err(error) => return Err(self.arithmetic_error(error)),
            }
        }
        let text = self.expand_text(&arithmetic.text)?;
        self.arithmetic_text(&text)
    }

    /// The value of an expression that was expanded already.
    pub fn arithmetic_text(&mut self, text: &[u8]) -> Flow<i64> {
        let result = match arith::parse(text, &mut self.names, self.stack) {
            Ok(expr) => self.evaluate(&expr),
            Err(wrong) => Err(ArithError::Bad(wrong)),
        };
        result.map_err(|error| self.arithmetic_error(error))
    }

    fn arithmetic_error(&mut self, error: ArithError) -> Unwind {
        let wrong = match error {
            ArithError::Bad(wrong) => wrong,
            ArithError::ReadOnly(sym) => return self.read_only(sym),
            ArithError::Unset(sym) => return self.fail_about(sym, "%: parameter not set"),
            ArithError::Told(unwind) => return unwind,
            ArithError::NeedsText => arith::Wrong::Syntax,
        };
        self.fail(wrong.text(), b"")
    }

    /// `~` and `~user`.
    #[inline(never)]
    fn tilde(&mut self, user: &[u8], builder: &mut Builder) {
        use crate::names::Sym;
        let directory = match user {
            b"" => self.vars.get(Sym::HOME).map(<[u8]>::to_vec),
            b"+" => self.vars.get(Sym::PWD).map(<[u8]>::to_vec),
            b"-" => self.vars.get(Sym::OLDPWD).map(<[u8]>::to_vec),
            name => home_of(name),
        };
        match directory {
            Some(directory) => builder.quoted(&directory),
            None => {
                builder.literal(b"~", false);
                builder.literal(user, false);
            }
        }
    }
}

/// A user's home directory.
#[inline(never)]
pub fn home_of(user: &[u8]) -> Option<Vec<u8>> {
    base::users::Database::new().user_by_name(user).map(|user| user.home)
}
