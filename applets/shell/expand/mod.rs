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

use crate::arith::{self, ArithError, push_number};
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
            self.expand_word(word, out)?;
        }
        Ok(())
    }

    /// Expands one word to fields.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn expand_word(&mut self, word: &Word, out: &mut Strings) -> Flow<()> {
        match word.parts.as_slice() {
            _ if word.braces => return self.expand_braces(word, out),
            [Part::Literal(text, false)] | [Part::Quoted(text)] => {
                out.push(text);
                return Ok(());
            }
            _ => {}
        }
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
    fn expand_patterns(&mut self, patterns: &[fields::Pattern], out: &mut Strings) -> Flow<()> {
        let has = |flag: u16| self.options.shopt & flag != 0;
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
                            return Err(self.fail(&[b"no match: ", &pattern.text]));
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

    #[cfg_attr(speed_marks, optimize(speed))]
    fn expand_as(&mut self, word: &Word, wanted: Wanted) -> Flow<Vec<u8>> {
        match word.parts.as_slice() {
            [] => return Ok(Vec::new()),
            [Part::Literal(text, _)] => return Ok(text.to_vec()),
            [Part::Quoted(text)] if wanted == Wanted::Text => return Ok(text.to_vec()),
            _ => {}
        }
        self.update_ifs();
        let mut list = Strings::new();
        let mut builder = Builder::new(&mut list, wanted, true);
        self.parts(&word.parts, &mut builder, false)?;
        Ok(core::mem::take(list.open()))
    }

    /// Expands parts into the builder. Where `splits`, literal text is the result of an expansion and is split too.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn parts(&mut self, parts: &[Part], builder: &mut Builder, splits: bool) -> Flow<()> {
        for part in parts {
            match part {
                Part::Literal(text, _) if splits => builder.expanded(text, &self.ifs),
                Part::Literal(text, glob) => builder.literal(text, *glob),
                Part::Quoted(text) => builder.quoted(text),
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
                    let mut text = Vec::new();
                    push_number(&mut text, value);
                    if *quoted {
                        builder.quoted(&text);
                    } else {
                        builder.expanded(&text, &self.ifs);
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
                Err(error) => return Err(self.arithmetic_error(&error)),
            }
        }
        let text = self.expand_text(&arithmetic.text)?;
        self.arithmetic_text(&text)
    }

    /// The value of an expression that was expanded already.
    pub fn arithmetic_text(&mut self, text: &[u8]) -> Flow<i64> {
        let result = match arith::parse(text, &mut self.names, self.stack) {
            Ok(expr) => self.evaluate(&expr),
            Err(error) => Err(error),
        };
        result.map_err(|error| self.arithmetic_error(&error))
    }

    fn arithmetic_error(&mut self, error: &ArithError) -> Unwind {
        match error {
            ArithError::Bad(text) => self.fail(&[text.as_bytes()]),
            ArithError::ReadOnly(sym) => self.read_only(*sym),
            ArithError::Unset(name) => self.fail(&[name, b": parameter not set"]),
            ArithError::Told(unwind) => *unwind,
            ArithError::NeedsText => self.fail(&[b"arithmetic syntax error"]),
        }
    }

    /// `~` and `~user`.
    fn tilde(&mut self, user: &[u8], builder: &mut Builder) {
        use crate::names::Sym;
        let directory = match user {
            b"" => self.vars.get(Sym::HOME).map(<[u8]>::to_vec),
            b"+" => self.vars.get(Sym::PWD).map(<[u8]>::to_vec),
            b"-" => self.vars.get(Sym::OLDPWD).map(<[u8]>::to_vec),
            name => base::users::Database::new().user_by_name(name).map(|user| user.home),
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
