//! array - what assignments to arrays and their elements look like: `a[i]=x`, `a=(x y [k]=z)`.

use super::token::Token;
use super::word::{Mode, Place, expand_tilde};
use super::{Parsed, Parser};
use crate::few::Few;
use crate::names::{Sym, in_name};
use crate::tree::{ArrayPart, Assignment, Element, Part, Subscript, Word};

impl Parser<'_> {
    /// What stands in brackets, up to the closing one, which is not taken.
    pub(super) fn subscript(&mut self) -> Parsed<Box<Subscript>> {
        if let Some(which @ (b'@' | b'*')) = self.raw(0)
            && self.raw(1) == Some(b']')
        {
            self.skip();
            return Ok(Box::new(Subscript::All(which)));
        }
        Ok(Box::new(Subscript::At(self.expression(Mode::Subscript)?)))
    }

    /// `name[…]=value` at the position, where a command could begin; false, with the position as it was, for anything else.
    #[inline(never)]
    pub(super) fn element_assignment(&mut self) -> Parsed<bool> {
        let rest = self.input.bytes.get(self.input.position..).unwrap_or_default();
        let mut length = rest.iter().position(|byte| !in_name(*byte)).unwrap_or(rest.len());
        while self.raw(length).is_some_and(in_name) {
            length = length.saturating_add(1);
        }
        if self.raw(length) != Some(b'[') {
            return Ok(false);
        }
        let start = self.input.position;
        let name = self.input.bytes.get(start..start.saturating_add(length)).unwrap_or_default();
        let name = self.known.names.intern(name);
        self.bracketed(name, length)
    }

    /// `[…]=value` in the list of `a=(…)`.
    pub(super) fn listed_element(&mut self) -> Parsed<bool> {
        self.bracketed(Sym::at(0), 0)
    }

    /// The rest of an element's assignment, whose bracket comes after `length` bytes.
    fn bracketed(&mut self, name: Sym, length: usize) -> Parsed<bool> {
        // Each attempt that fails may have read far ahead: a hostile text gets only so many.
        if self.hopeless > 64 {
            return Ok(false);
        }
        let before = self.mark();
        self.input.position = self.input.position.saturating_add(length).saturating_add(1);
        if let Ok(subscript) = self.subscript()
            && self.accept(b']')
            && !self.is_command(&subscript)
        {
            let append = self.byte() == Some(b'+') && self.raw(1) == Some(b'=');
            if append {
                self.skip();
            }
            if self.accept(b'=') {
                let mut value = self.text(Mode::Plain)?;
                expand_tilde(&mut value, Place::Value);
                let array = Some(Box::new(ArrayPart { subscript: Some(subscript), list: None }));
                self.element = Some(Assignment { name, append, value, grows: false, array });
                return Ok(true);
            }
        }
        if self.byte().is_none() {
            self.hopeless = self.hopeless.saturating_add(1);
        }
        self.go_back(&before);
        Ok(false)
    }

    /// As in ash, `a[b[c]d]=e` is no assignment: its subscript can be no expression.
    fn is_command(&self, subscript: &Subscript) -> bool {
        let Subscript::At(text) = subscript else { return false };
        !self.known.dialect.bash
            && text.compiled.is_none()
            && text.text.literal().is_some_and(|text| text.contains(&b'['))
    }

    /// Whether the parenthesis of `name=(…)` is next: directly behind the word that was taken.
    pub(super) fn list_follows(&mut self) -> bool {
        self.raw(0) == Some(b'(')
    }

    /// The list of `name=(…)`, from its parenthesis on.
    pub(super) fn array_list(&mut self) -> Parsed<Box<ArrayPart>> {
        self.check_depth()?;
        self.skip();
        let outer = core::mem::replace(&mut self.in_list, true);
        let mut list = Vec::new();
        let result = loop {
            match self.peek(false) {
                Ok(Token::Newline) => self.take(),
                Ok(Token::Assignment) => {
                    self.take();
                    if let Some(Assignment { append, value, array, .. }) = self.element.take() {
                        let subscript = array.and_then(|part| part.subscript);
                        list.push(Element { subscript, append, word: value });
                    }
                }
                Ok(token) if token.is_word() => {
                    let word = self.take_word();
                    list.push(Element { subscript: None, append: false, word });
                }
                Ok(Token::Right) => {
                    self.take();
                    break Ok(());
                }
                Ok(_) => break Err(self.unexpected(")")),
                Err(error) => break Err(error),
            }
        };
        self.in_list = outer;
        result?;
        Ok(Box::new(ArrayPart { subscript: None, list: Some(list) }))
    }

    /// An argument of `declare` and its like that ends with `=` before a list adds an assignment, and the word is the name alone
    /// then; false where it is something else.
    pub(super) fn compound_argument(&mut self, text: &[u8], compounds: &mut Vec<Assignment>) -> Parsed<bool> {
        let Some(name) = text.strip_suffix(b"=") else { return Ok(false) };
        let (name, append) = match name.strip_suffix(b"+") {
            Some(name) => (name, true),
            None => (name, false),
        };
        if !crate::names::is_name(name) || !self.list_follows() {
            return Ok(false);
        }
        let array = Some(self.array_list()?);
        self.word = Word { parts: Few::One(Part::Literal(name.into(), false)), ..Word::default() };
        let name = self.known.names.intern(name);
        compounds.push(Assignment { name, append, value: Word::default(), grows: false, array });
        Ok(true)
    }
}
