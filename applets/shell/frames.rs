//! frames - the functions and sourced files around the running command: `FUNCNAME`, `BASH_SOURCE`, `BASH_LINENO`, `caller`.

use crate::arith::push_number;
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use std::rc::Rc;

/// A call of a function, or a file that is being sourced.
pub struct Frame {
    /// None is a file.
    pub function: Option<Sym>,
    /// The line it was called on.
    pub line: u32,
    /// The file that called.
    pub source: Rc<[u8]>,
}

impl Shell {
    /// Notes a call; `source` is the file that what is called stands in.
    pub fn enter_frame(&mut self, function: Option<Sym>, source: Rc<[u8]>) {
        let source = core::mem::replace(&mut self.source, source);
        self.frames.push(Frame { function, line: self.line, source });
    }

    /// The end of a call.
    pub fn leave_frame(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.source = frame.source;
        }
    }

    /// The elements of one of the arrays about calls, the innermost first.
    pub fn frame_list(&self, sym: Sym) -> Strings {
        let mut list = Strings::new();
        if sym == Sym::BASH_SOURCE {
            list.push(&self.source);
        }
        for frame in self.frames.iter().rev() {
            match sym {
                Sym::FUNCNAME => list.push(frame.function.map_or(b"source", |name| self.names.text(name))),
                Sym::BASH_SOURCE => list.push(&frame.source),
                _ => list.push_number(i64::from(frame.line)),
            }
        }
        match sym {
            Sym::FUNCNAME if !self.frames.is_empty() => list.push(b"main"),
            Sym::BASH_LINENO => list.push(b"0"),
            _ => {}
        }
        list
    }

    /// What `caller n` prints: line, function and file; without a number, line and file.
    pub fn caller(&self, level: Option<usize>) -> Option<Vec<u8>> {
        let from = self.frames.len().checked_sub(level.unwrap_or(0).checked_add(1)?)?;
        let frame = self.frames.get(from)?;
        let mut text = Vec::new();
        push_number(&mut text, i64::from(frame.line));
        if level.is_some() {
            text.push(b' ');
            let outer = from.checked_sub(1).and_then(|at| self.frames.get(at));
            text.extend_from_slice(match outer {
                Some(outer) => outer.function.map_or(b"source", |name| self.names.text(name)),
                None => b"main",
            });
        }
        text.push(b' ');
        text.extend_from_slice(&frame.source);
        text.push(b'\n');
        Some(text)
    }
}
