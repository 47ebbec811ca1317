//! Patterns as this family uses them: for whole names and paths, in which neither a leading dot nor a slash is special.

use base::Args;
use base::pattern::glob::{self, GlobOptions};
use base::pattern::{Options, Pattern, Syntax};

/// A shell pattern.
pub struct Glob(glob::Glob);

impl Glob {
    pub fn new(pattern: &[u8], icase: bool) -> Glob {
        Glob(glob::Glob::compile(pattern, GlobOptions { icase, utf8: true, ..GlobOptions::default() }))
    }

    /// Adds the patterns that an option gave.
    pub fn add(list: &mut Vec<Glob>, args: &Args, id: &str) {
        for pattern in args.texts(id) {
            list.push(Glob::new(pattern, false));
        }
    }

    pub fn matches(&self, name: &[u8]) -> bool {
        self.0.matches(name)
    }

    /// Whether one of the patterns matches.
    pub fn any(list: &[Glob], name: &[u8]) -> bool {
        list.iter().any(|pattern| pattern.matches(name))
    }
}

/// A regular expression that must match the whole of a path.
pub struct Regex(Pattern);

impl Regex {
    pub fn new(text: &[u8], extended: bool, icase: bool) -> Result<Regex, &'static str> {
        let options = Options { icase, utf8: true, whole: true, ..Options::default() };
        let syntax = if extended { Syntax::Extended } else { Syntax::Basic };
        Pattern::new(text, syntax, &options).map(Regex).map_err(|e| e.message())
    }

    pub fn matches(&self, path: &[u8]) -> bool {
        self.0.is_match(path)
    }
}
