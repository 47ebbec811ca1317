//! condition - `[[ … ]]`: words are neither split nor globbed, and the right side of `=` is a pattern.

use crate::expand::fields::Wanted;
use crate::expand::pattern::{EXTENDED, ICASE, compile};
use crate::flow::Flow;
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Condition, Part, Word};
use base::pattern::{Options, Pattern, Syntax};

impl Shell {
    /// Runs `[[ … ]]`; its status.
    #[inline(never)]
    pub(crate) fn run_test(&mut self, condition: &Condition) -> Flow<u8> {
        self.holds(condition, "").map(|value| match value {
            Some(value) => u8::from(!value),
            None => 2,
        })
    }

    /// Whether a condition holds; None after an error that has been told. `not` is what a trace has in front of it.
    fn holds(&mut self, condition: &Condition, not: &str) -> Flow<Option<bool>> {
        match condition {
            Condition::Word(word) => {
                let text = self.expand_text(word)?;
                self.trace_condition(not, &[b"-n", &text]);
                Ok(Some(!text.is_empty()))
            }
            Condition::Not(inner) => Ok(self.holds(inner, "! ")?.map(|value| !value)),
            Condition::And(left, right) => match self.holds(left, "")? {
                Some(true) => self.holds(right, ""),
                other => Ok(other),
            },
            Condition::Or(left, right) => match self.holds(left, "")? {
                Some(false) => self.holds(right, ""),
                other => Ok(other),
            },
            Condition::Unary(operator, word) => {
                let text = self.expand_text(word)?;
                self.trace_condition(not, &[operator, &text]);
                match &**operator {
                    b"-v" => Ok(Some(self.is_set(&text)?)),
                    b"-o" => Ok(Some(self.options.named(&text).is_some_and(|place| *place))),
                    b"-a" => Ok(self.told(base::test::unary(b"-e", &text))),
                    operator => Ok(self.told(base::test::unary(operator, &text))),
                }
            }
            Condition::Binary(left, operator, right) => {
                let left = self.expand_text(left)?;
                match &**operator {
                    b"=" | b"==" | b"!=" => {
                        let pattern = self.expand_pattern(right)?;
                        self.trace_condition(not, &[&left, operator, &pattern]);
                        let matches = compile(&pattern, self.glob_flags() | EXTENDED).matches(&left);
                        Ok(Some(matches == (**operator != *b"!=")))
                    }
                    b"-eq" | b"-ne" | b"-lt" | b"-le" | b"-gt" | b"-ge" => {
                        let right = self.expand_text(right)?;
                        self.trace_condition(not, &[&left, operator, &right]);
                        let (left, right) = (self.arithmetic_text(&left)?, self.arithmetic_text(&right)?);
                        Ok(Some(match &**operator {
                            b"-eq" => left == right,
                            b"-ne" => left != right,
                            b"-lt" => left < right,
                            b"-le" => left <= right,
                            b"-gt" => left > right,
                            _ => left >= right,
                        }))
                    }
                    b"=~" => self.matches_regex(right, &left, not),
                    operator => {
                        let right = self.expand_text(right)?;
                        self.trace_condition(not, &[&left, operator, &right]);
                        Ok(self.told(base::test::binary(&left, operator, &right)))
                    }
                }
            }
        }
    }

    /// Tells one comparison under `set -x`.
    fn trace_condition(&mut self, not: &str, words: &[&[u8]]) {
        if !self.options.xtrace {
            return;
        }
        let mut text = not.as_bytes().to_vec();
        for word in words {
            text.extend_from_slice(if word.is_empty() { b"''" } else { word });
            text.push(b' ');
        }
        self.trace_text(&[b"[[ ", &text, b"]]\n"]);
    }

    /// `=~`: the right side is an extended regular expression, in which what is quoted stands for itself.
    fn matches_regex(&mut self, word: &Word, text: &[u8], not: &str) -> Flow<Option<bool>> {
        let mut expression = Vec::new();
        let mut bracket = Bracket::Outside;
        for part in &word.parts {
            let quoted = match part {
                Part::Quoted(_) | Part::Arith(..) | Part::Tilde(_) | Part::Process(..) => true,
                Part::Literal(..) => false,
                Part::Param(param) => param.quoted,
                Part::Command(substitution) => substitution.quoted,
            };
            let mut text = Strings::new();
            self.expand_open(core::slice::from_ref(part), Wanted::Text, &mut text)?;
            for byte in text.open() {
                if !quoted {
                    bracket = bracket.after(*byte, &expression);
                } else if bracket == Bracket::Outside && b"\\.[]{}()*+?^$|".contains(byte) {
                    expression.push(b'\\');
                }
                expression.push(*byte);
            }
        }
        self.trace_condition(not, &[text, b"=~", &expression]);
        let icase = self.glob_flags() & ICASE != 0;
        let options = Options { utf8: self.is_utf8(), icase, ..Options::default() };
        match Pattern::new(&expression, Syntax::Extended, &options) {
            Ok(pattern) => {
                let mut slots = Vec::new();
                let found = pattern.captures_at(text, 0, &mut slots);
                let mut matches = Strings::new();
                if found {
                    for pair in slots.chunks_exact(2) {
                        let range = pair.first().copied().unwrap_or(0)..pair.last().copied().unwrap_or(0);
                        matches.push(text.get(range).unwrap_or_default());
                    }
                }
                let _ = self.vars.set_list(Sym::BASH_REMATCH, &matches);
                Ok(Some(found))
            }
            Err(error) => {
                self.complain_because("%: ", &expression, error.message().as_bytes());
                Ok(None)
            }
        }
    }

    fn told(&mut self, result: Result<bool, Vec<u8>>) -> Option<bool> {
        match result {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.complain("%", &wrong);
                None
            }
        }
    }
}

/// Where an expression's text has come to: in brackets a backslash means itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Outside,
    /// Behind a bracket at this place.
    Inside(usize),
    /// In `[:…:]` or its kind, which this byte ends, inside of those.
    Class(usize, u8),
}

impl Bracket {
    /// Where it is after one more byte.
    #[inline(never)]
    fn after(self, byte: u8, expression: &[u8]) -> Bracket {
        let last = expression.last().copied();
        match self {
            Bracket::Outside if byte == b'[' => Bracket::Inside(expression.len().saturating_add(1)),
            Bracket::Inside(start) if byte == b']' => match expression.get(start..) {
                Some([] | [b'^']) => self,
                _ => Bracket::Outside,
            },
            Bracket::Inside(start) if last == Some(b'[') && b":.=".contains(&byte) && expression.len() > start => {
                Bracket::Class(start, byte)
            }
            Bracket::Class(start, end) if byte == b']' && last == Some(end) => Bracket::Inside(start),
            _ => self,
        }
    }
}
