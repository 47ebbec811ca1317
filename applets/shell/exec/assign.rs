//! assign - assignments: alone, before a command, and the lists among the words of `declare`.

use crate::builtin::Builtin;
use crate::expand::fields::Wanted;
use crate::flow::Flow;
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Assignment, Command, Part, Simple};

impl Shell {
    /// A command without a name: redirections in passing, then assignments that stay.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn assign_only(&mut self, command: &Command, simple: &Simple) -> Flow<u8> {
        if !command.redirects.is_empty() && self.redirected(&command.redirects, &mut |_| Ok(0))? != 0 {
            return self.checked(1);
        }
        for assignment in &simple.assignments {
            self.perform(assignment)?;
        }
        if self.options.xtrace {
            self.trace(&simple.assignments, &Strings::new());
        }
        let status = self.substituted.unwrap_or(0);
        self.checked(status)
    }

    /// Makes one assignment.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn perform(&mut self, assignment: &Assignment) -> Flow<()> {
        if let Some(array) = &assignment.array {
            return self.assign_array(assignment, array);
        }
        let sym = self.resolve(assignment.name);
        if self.vars.kind(sym) != 0 {
            let text = self.expand_text(&assignment.value)?;
            let text = if assignment.append {
                let old = self.vars.copy(sym);
                self.joined(sym, old, &text)?
            } else {
                self.shaped(sym, text)?
            };
            let result = self.vars.set_owned(sym, text);
            return self.written(sym, result);
        }
        if assignment.grows && !assignment.append && !self.vars.is_dynamic(sym) && self.vars.get(sym).is_some() {
            // `x=$x…`: the value grows where it is, or a loop that builds a text would copy it every time.
            let parts = assignment.value.parts.as_slice();
            let after =
                parts.iter().position(|part| matches!(part, Part::Param(_))).map_or(0, |at| at.saturating_add(1));
            return self.perform_plain(sym, parts.get(after..).unwrap_or_default(), true);
        }
        if let ([Part::Arith(arithmetic, _)], false) = (assignment.value.parts.as_slice(), assignment.append) {
            let value = self.arithmetic(arithmetic)?;
            let result = self.vars.set_number(sym, value);
            return self.written(sym, result);
        }
        self.perform_plain(sym, &assignment.value.parts, assignment.append)
    }

    /// Sets a variable without attributes to what the parts come to, or puts it behind the value.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn perform_plain(&mut self, sym: Sym, parts: &[Part], append: bool) -> Flow<()> {
        let mut list = self.spare.pop().unwrap_or_default();
        let result = self.expand_open(parts, Wanted::Text, &mut list);
        let text = list.open();
        let set = match result {
            Err(_) => Ok(()),
            Ok(()) if append => self.vars.append(sym, text),
            // A short value is copied to where the old one was.
            Ok(()) if text.len() < 256 => self.vars.set(sym, text),
            Ok(()) => self.vars.set_owned(sym, core::mem::take(text)),
        };
        self.keep(list);
        result?;
        self.written(sym, set)
    }

    /// Runs `work` with the command's assignments in force, exported, and takes them back after it.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn scoped(
        &mut self,
        simple: &Simple,
        args: &mut Strings,
        work: &mut dyn FnMut(&mut Shell, &mut Strings) -> Flow<u8>,
    ) -> Flow<u8> {
        if simple.assignments.is_empty() {
            if self.options.xtrace {
                self.trace(&[], args);
            }
            return work(self, args);
        }
        let scope = self.vars.scope();
        let mut result = Ok(0);
        for assignment in &simple.assignments {
            self.vars.hide(assignment.name, true);
            if let Err(unwind) = self.perform(assignment) {
                result = Err(unwind);
                break;
            }
            self.vars.export(assignment.name, true);
        }
        if result.is_ok() {
            if self.options.xtrace {
                self.trace(&simple.assignments, args);
            }
            result = work(self, args);
        }
        self.vars.leave(scope);
        result
    }

    pub(super) fn special_assignments(&mut self, simple: &Simple, args: &Strings) -> Flow<()> {
        for assignment in &simple.assignments {
            self.perform(assignment)?;
        }
        if self.options.xtrace {
            self.trace(&simple.assignments, args);
        }
        Ok(())
    }

    /// `declare -a x=(…)`: first the command for the name alone, then the list, though the name may be read-only by then.
    #[inline(never)]
    pub(super) fn declare_lists(
        &mut self,
        builtin: &'static Builtin,
        command: &Command,
        simple: &Simple,
        args: &mut Strings,
    ) -> Flow<u8> {
        let (mut keyed, mut plain, mut global) = (false, false, false);
        for arg in args.from(1).filter(|arg| arg.first() == Some(&b'-')) {
            keyed |= arg.contains(&b'A');
            plain |= arg.contains(&b'a');
            global |= arg.contains(&b'g');
        }
        // What they are made of is expanded before anything is declared: `local a=("${a[@]}")`.
        let mut lists = Vec::with_capacity(simple.compounds().len());
        for compound in simple.compounds() {
            let sym = self.resolve(compound.name);
            if self.vars.is_read_only(sym) && (self.scope.is_none() || builtin.special) {
                return Err(self.read_only(sym));
            }
            let Some(array) = &compound.array else { continue };
            let keyed = keyed || (!plain && self.vars.array_kind(sym) == Some(true));
            lists.push((compound, self.expand_list(sym, array, compound.append, keyed)?, keyed));
        }
        let plain = Simple::default();
        let status = if builtin.special {
            self.run_special(builtin, command, &plain, args)?
        } else {
            self.run_builtin(builtin, &command.redirects, args)?
        };
        if status == 0 {
            for (compound, list, keyed) in lists {
                let sym = self.resolve(compound.name);
                if global {
                    self.vars.swap_global(sym);
                }
                let read_only = self.vars.set_read_only(sym, false);
                let result = self.store_list(sym, list, compound.append, keyed);
                self.vars.set_read_only(sym, read_only);
                if global {
                    self.vars.swap_global(sym);
                }
                result?;
            }
        }
        Ok(status)
    }
}
