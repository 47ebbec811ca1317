//! simple - simple commands: expansion, redirections, assignments, and running what the name means.

use super::lookup::Found;
use super::redirect::{Stream, fatal};
use crate::builtin::{Builtin, Io};
use crate::expand::fields::Wanted;
use crate::few::Few;
use crate::flow::{Flow, Unwind};
use crate::names::Sym;
use crate::shell::Shell;
use crate::strings::Strings;
use crate::tree::{Assignment, Command, Function, Part, Redirect, Simple, Target, Word};
use base::applet::{Applet, Exec};
use base::error::Errno;
use base::sys;
use base::sys::process::{self, SpawnOptions};
use rustix::fd::{AsRawFd, OwnedFd};
use std::ffi::CString;
use std::rc::Rc;

impl Shell {
    #[cfg_attr(speed_marks, optimize(speed))]
    pub(super) fn run_simple(&mut self, command: &Command, simple: &Simple, tail: bool) -> Flow<u8> {
        if self.options.noexec {
            return Ok(0);
        }
        self.line = command.line;
        self.substituted = None;
        if let Some(rare) = &simple.rare {
            self.note_command(&rare.text);
        }
        if self.traps.on_debug {
            self.run_debug_trap()?;
        }
        if simple.words.is_empty() {
            return self.assign_only(command, simple);
        }
        let mut args = self.spare.pop().unwrap_or_default();
        let result = self.run_words(command, simple, &mut args, tail);
        args.clear();
        self.spare.push(args);
        result
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_words(&mut self, command: &Command, simple: &Simple, args: &mut Strings, tail: bool) -> Flow<u8> {
        self.expand_words(&simple.words, args)?;
        let Some(name) = args.get(0) else {
            return self.assign_only(command, simple);
        };
        let found = match simple.name {
            Some(sym) => self.look_up_name(sym),
            None => self.look_up(name),
        };
        self.run_found(found, command, simple, args, tail)
    }

    /// Runs a command whose words are expanded and whose name is looked up.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_found(
        &mut self,
        found: Found,
        command: &Command,
        simple: &Simple,
        args: &mut Strings,
        tail: bool,
    ) -> Flow<u8> {
        let expanded: Command;
        let command = if !simple.assignments.is_empty() && command.redirects.iter().any(is_expanded) {
            expanded = self.expand_redirects(command)?;
            &expanded
        } else {
            command
        };
        let status = match found {
            Found::Builtin(builtin) if !simple.compounds().is_empty() => {
                self.declare_lists(builtin, command, simple, args)?
            }
            Found::Builtin(builtin) if builtin.special => return self.run_special(builtin, command, simple, args),
            found => self.scoped(simple, args, &mut |shell, args| match &found {
                Found::Builtin(builtin) => shell.run_builtin(builtin, &command.redirects, args),
                Found::Function(function) if command.redirects.is_empty() => shell.call(function, args),
                Found::Function(function) => {
                    shell.redirected(&command.redirects, &mut |shell| shell.call(function, args))
                }
                found => shell.run_external(found, command, simple, args, tail),
            })?,
        };
        self.checked(status)
    }

    /// Runs `work` with redirections in place on the process's descriptors; 1 where they fail.
    pub(super) fn redirected(
        &mut self,
        redirects: &[Redirect],
        work: &mut dyn FnMut(&mut Shell) -> Flow<u8>,
    ) -> Flow<u8> {
        let mut saved = Vec::new();
        let result = match self.redirect(redirects, Some(&mut saved)) {
            Ok(Ok(())) => work(self),
            Ok(Err(_)) => Ok(1),
            Err(unwind) => Err(unwind),
        };
        self.restore(saved);
        result
    }

    /// Runs a file or an applet, or says that there is none.
    fn run_external(
        &mut self,
        found: &Found,
        command: &Command,
        simple: &Simple,
        args: &mut Strings,
        tail: bool,
    ) -> Flow<u8> {
        // A PATH before the command is where the command is looked for.
        let moved = simple.assignments.iter().any(|assignment| assignment.name == Sym::PATH);
        let again = match args.get(0) {
            Some(name) if moved && !name.contains(&b'/') => {
                let sym = self.names.intern(name);
                Some(self.look_up_file(sym))
            }
            _ => None,
        };
        let found = again.as_ref().unwrap_or(found);
        match found {
            Found::Applet(applet, path) => {
                let inside = matches!(applet.exec, Exec::NoFork)
                    && !self.options.interactive
                    && self.options.inprocess
                    && !(tail && self.capture.is_none() && !self.traps.any())
                    && Shell::are_streams(&command.redirects)
                    && !args.iter().any(names_descriptor);
                if inside {
                    return self.run_inside(applet, &command.redirects, args);
                }
                match (path, applet.exec) {
                    (Some(path), Exec::Fork) => self.run_file(path, command, args, tail),
                    (Some(path), _) if !self.options.inprocess => self.run_file(path, command, args, tail),
                    _ => self.run_in_child(applet, command, args, tail),
                }
            }
            Found::File(path) => self.run_file(path, command, args, tail),
            _ => self.redirected(&command.redirects, &mut |shell| {
                Ok(shell.not_run(args.get(0).unwrap_or_default(), matches!(found, Found::Denied)))
            }),
        }
    }

    /// The command with its redirections expanded: they do not see the assignments before it.
    #[inline(never)]
    fn expand_redirects(&mut self, command: &Command) -> Flow<Command> {
        let mut redirects = Vec::with_capacity(command.redirects.len());
        for Redirect { fd, variable, kind, target } in &command.redirects {
            let text = match target {
                Target::Word(word) => self.expand_text(word)?,
                Target::Here(body) => match body.get() {
                    Some(word) => self.expand_text(word)?,
                    None => Vec::new(),
                },
            };
            let word = Word { parts: Few::One(Part::Quoted(text.into())), ..Word::default() };
            let target = match target {
                Target::Word(_) => Target::Word(word),
                Target::Here(_) => Target::Here(Rc::new(word.into())),
            };
            redirects.push(Redirect { fd: *fd, variable: *variable, kind: *kind, target });
        }
        Ok(Command {
            line: command.line,
            redirects: redirects.into(),
            kind: crate::tree::Kind::Simple(Simple::default()),
        })
    }

    /// `declare -a x=(…)`: first the command for the name alone, then the list, though the name may be read-only by then.
    #[inline(never)]
    fn declare_lists(
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

    /// Runs what `command` found: no assignments, redirections in place.
    pub fn run_found_plain(&mut self, found: Found, args: &Strings) -> Flow<u8> {
        let command =
            Command { line: self.line, redirects: Box::default(), kind: crate::tree::Kind::Simple(Simple::default()) };
        let traced = core::mem::replace(&mut self.options.xtrace, false);
        let result = self.run_found(found, &command, &Simple::default(), &mut args.clone(), false);
        self.options.xtrace = traced;
        result
    }

    /// The message and status for a command that cannot be run.
    pub fn not_run(&mut self, name: &[u8], denied: bool) -> u8 {
        if denied {
            self.complain_of("%: ", name, Errno::ACCESS);
            126
        } else if name.is_empty() {
            self.complain_of(": ", b"", Errno::ACCESS);
            127
        } else {
            self.complain("%: not found", name);
            127
        }
    }

    /// A command without a name: redirections in passing, then assignments that stay.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn assign_only(&mut self, command: &Command, simple: &Simple) -> Flow<u8> {
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
    fn scoped(
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

    /// A special built-in: its assignments stay, its errors end a script.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_special(
        &mut self,
        builtin: &'static Builtin,
        command: &Command,
        simple: &Simple,
        args: &Strings,
    ) -> Flow<u8> {
        let result = if command.redirects.is_empty() && self.fed.is_none() {
            self.special_assignments(simple, args).and_then(|()| self.run_as_is(builtin, args))
        } else if !builtin.real && Shell::are_streams(&command.redirects) {
            self.run_special_inside(builtin, command, simple, args)
        } else {
            self.run_special_redirected(builtin, command, simple, args)
        };
        let status = match result {
            // In bash their errors are errors like others.
            Err(Unwind::Fail(status)) if self.bash && builtin.name != "exit" => status,
            other => other?,
        };
        self.checked(status)
    }

    #[inline(never)]
    fn run_special_redirected(
        &mut self,
        builtin: &'static Builtin,
        command: &Command,
        simple: &Simple,
        args: &Strings,
    ) -> Flow<u8> {
        let mut saved = Vec::new();
        let result = match self.redirect(&command.redirects, Some(&mut saved)) {
            Ok(Ok(())) => {
                // `exec` without a command keeps its redirections; with one that fails in an interactive shell too, as in
                // other shells.
                if builtin.name == "exec" {
                    saved.clear();
                }
                self.special_assignments(simple, args).and_then(|()| {
                    let streams = self.streams();
                    self.with_streams(builtin, streams, args)
                })
            }
            Ok(Err(failed)) => Err(fatal(failed)),
            Err(unwind) => Err(unwind),
        };
        self.restore(saved);
        result
    }

    #[inline(never)]
    fn run_special_inside(
        &mut self,
        builtin: &'static Builtin,
        command: &Command,
        simple: &Simple,
        args: &Strings,
    ) -> Flow<u8> {
        let mut files = Vec::new();
        let mut streams = self.streams();
        if let Err(failed) = self.redirect_streams(&command.redirects, &mut streams, &mut files)? {
            return Err(fatal(failed));
        }
        self.special_assignments(simple, args)?;
        self.with_streams(builtin, streams, args)
    }

    fn special_assignments(&mut self, simple: &Simple, args: &Strings) -> Flow<()> {
        for assignment in &simple.assignments {
            self.perform(assignment)?;
        }
        if self.options.xtrace {
            self.trace(&simple.assignments, args);
        }
        Ok(())
    }

    /// Runs a regular built-in with redirections.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn run_builtin(&mut self, builtin: &'static Builtin, redirects: &[Redirect], args: &Strings) -> Flow<u8> {
        if redirects.is_empty() && self.fed.is_none() {
            return self.run_as_is(builtin, args);
        }
        if builtin.real || !Shell::are_streams(redirects) {
            return self.redirected(redirects, &mut |shell| {
                let streams = shell.streams();
                shell.with_streams(builtin, streams, args)
            });
        }
        let mut files = Vec::new();
        let mut streams = self.streams();
        if !redirects.is_empty() && self.redirect_streams(redirects, &mut streams, &mut files)?.is_err() {
            return Ok(1);
        }
        self.with_streams(builtin, streams, args)
    }

    /// Runs a built-in where neither redirections nor a pipeline give it other streams than the shell's.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn run_as_is(&mut self, builtin: &'static Builtin, args: &Strings) -> Flow<u8> {
        let output = if self.capture.is_some() { Stream::Capture } else { Stream::Fd(1) };
        builtin.run(self, &mut Io { input: Stream::Fd(0), output }, args)
    }

    fn with_streams(&mut self, builtin: &'static Builtin, streams: [Stream; 3], args: &Strings) -> Flow<u8> {
        let [input, output, error] = streams;
        let mut io = Io { input, output };
        if error == Stream::Fd(2) {
            return builtin.run(self, &mut io, args);
        }
        let outer = core::mem::replace(&mut self.error, error);
        let result = builtin.run(self, &mut io, args);
        self.error = outer;
        result
    }

    /// Runs a NoFork applet in this process.
    fn run_inside(&mut self, applet: &'static Applet, redirects: &[Redirect], args: &Strings) -> Flow<u8> {
        let mut files: Vec<OwnedFd> = Vec::new();
        let mut streams = self.streams();
        if !redirects.is_empty() && self.redirect_streams(redirects, &mut streams, &mut files)?.is_err() {
            return Ok(1);
        }
        let slices = args.slices();
        let Some((name, arguments)) = slices.split_first() else { return Ok(0) };
        self.guard_pipe();
        let status = self.run_applet(applet, base_name(name), arguments, streams);
        // As if the signal had ended it.
        let broken = self.guards_pipe && sys::signal::take_one(crate::exec::process::number::PIPE);
        Ok(if broken { 128u8.saturating_add(13) } else { status })
    }

    /// Runs an applet in a child, without exec.
    fn run_in_child(&mut self, applet: &'static Applet, command: &Command, args: &Strings, tail: bool) -> Flow<u8> {
        self.in_child(command, tail, args, &mut |shell| {
            let slices = args.slices();
            let Some((name, arguments)) = slices.split_first() else { return 0 };
            shell.default_signals();
            base::command::take_name(base_name(name));
            shell.run_applet(applet, base_name(name), arguments, [Stream::Fd(0), Stream::Fd(1), Stream::Fd(2)])
        })
    }

    /// Forks (or not, where this process ends anyway), redirects, and runs `work` there.
    fn in_child(
        &mut self,
        command: &Command,
        tail: bool,
        args: &Strings,
        work: &mut dyn FnMut(&mut Shell) -> u8,
    ) -> Flow<u8> {
        let replace = tail && !self.traps.any() && !self.options.monitor && self.capture.is_none();
        if !replace {
            let pipe = self.pipe_for_capture()?;
            let child = self.fork()?;
            if let Some(pid) = child {
                return self.finish_child(pid, pipe, args);
            }
            self.enter_group(0, true);
            self.enter_child(pipe);
        }
        let status = match self.redirect(&command.redirects, None) {
            Ok(Ok(())) => work(self),
            Ok(Err(_)) => 1,
            Err(unwind) => self.leave(Err(unwind)),
        };
        sys::exit(status)
    }

    /// Where output is collected in memory, a pipe through which a child's comes.
    pub(super) fn pipe_for_capture(&mut self) -> Flow<Option<(OwnedFd, OwnedFd)>> {
        if self.capture.is_none() {
            return Ok(None);
        }
        self.pipe().map(Some)
    }

    /// Reads what children print into the pipe for the memory.
    pub(super) fn collect(&mut self, pipe: Option<(OwnedFd, OwnedFd)>) {
        let Some((reader, writer)) = pipe else { return };
        drop(writer);
        let mut input = base::io::Input::owned(reader, b"");
        if let (Ok(text), Some(memory)) = (input.rest(), &mut self.capture) {
            memory.extend_from_slice(&text);
        }
    }

    fn enter_child(&mut self, pipe: Option<(OwnedFd, OwnedFd)>) {
        if let Some(text) = self.fed.take()
            && let Ok(file) = super::redirect::text_file(&text)
        {
            self.move_onto(file, 0);
        }
        self.become_subshell(false);
        if let Some((reader, writer)) = pipe {
            drop(reader);
            self.move_onto(writer, 1);
        }
    }

    fn finish_child(&mut self, pid: i32, pipe: Option<(OwnedFd, OwnedFd)>, args: &Strings) -> Flow<u8> {
        self.fed = None;
        if pipe.is_some() {
            self.collect(pipe);
            return Ok(self.wait_for_child(pid));
        }
        self.wait_command(pid, args)
    }

    /// Waits for a command in the foreground, which is a job with its words for a name.
    fn wait_command(&mut self, pid: i32, args: &Strings) -> Flow<u8> {
        let text = if self.options.monitor { args.joined(0) } else { Vec::new() };
        self.wait_foreground(&[pid], &text)
    }

    /// Runs a program.
    pub(super) fn run_file(&mut self, path: &CString, command: &Command, args: &Strings, tail: bool) -> Flow<u8> {
        let replace = tail && !self.traps.any() && !self.options.monitor && self.capture.is_none();
        let quick = !replace
            && !self.options.monitor
            && !self.options.interactive
            && self.capture.is_none()
            && self.fed.is_none()
            && Shell::are_streams(&command.redirects);
        if quick && let Some(status) = self.spawn(path, command, args)? {
            return Ok(status);
        }
        let environment = base::Environment::list(&self.environment());
        self.in_child(command, tail, args, &mut |shell| shell.exec(path, args, &environment))
    }

    /// Starts a program without copying this process; None where that is not possible.
    #[inline(never)]
    fn spawn(&mut self, path: &CString, command: &Command, args: &Strings) -> Flow<Option<u8>> {
        let mut streams = self.streams();
        let mut files = Vec::new();
        if !command.redirects.is_empty()
            && self.redirect_streams(&command.redirects, &mut streams, &mut files)?.is_err()
        {
            return Ok(Some(1));
        }
        let mut copies: Vec<(i32, i32)> = Vec::new();
        let mut closed = Vec::new();
        // Copies of the standard descriptors are made first, out of the way of what replaces them.
        let mut kept: Vec<OwnedFd> = Vec::new();
        for (to, stream) in (0i32..).zip(&streams) {
            match stream {
                Stream::Fd(from) if *from == to => {}
                Stream::Fd(from @ 0..=2) => {
                    let Ok(copy) = rustix::io::fcntl_dupfd_cloexec(sys::descriptor(*from), super::redirect::OWN) else {
                        closed.push(to);
                        continue;
                    };
                    copies.push((copy.as_raw_fd(), to));
                    kept.push(copy);
                }
                Stream::Fd(from) => copies.push((*from, to)),
                Stream::Closed | Stream::Capture => closed.push(to),
                Stream::Text(text) => match self.here_document(text) {
                    Ok(file) => {
                        copies.push((file.as_raw_fd(), to));
                        kept.push(file);
                    }
                    Err(_) => return Ok(Some(1)),
                },
            }
        }
        let Some(argv) = c_strings(args) else { return Ok(None) };
        let environment = base::Environment::list(&self.environment());
        let options = SpawnOptions { dup: &copies, close: &closed, ..SpawnOptions::default() };
        match process::spawn(path, &argv, &environment, &options) {
            Ok(pid) => {
                drop(files);
                drop(kept);
                self.wait_command(pid, args).map(Some)
            }
            Err(Errno::NOEXEC) => {
                // A file without a `#!` line is a script.
                let Some(pid) = self.fork()? else {
                    self.become_subshell(false);
                    for (from, to) in copies {
                        sys::duplicate_onto(from, to);
                    }
                    closed.into_iter().for_each(sys::close);
                    sys::exit(self.as_script(path, args))
                };
                self.wait_command(pid, args).map(Some)
            }
            Err(errno) => Ok(Some(self.exec_failed(args, errno))),
        }
    }

    /// Replaces this process by a program; the status to leave with where that fails.
    pub fn exec(&mut self, path: &CString, args: &Strings, environment: &[CString]) -> u8 {
        let Some(argv) = c_strings(args) else { return 126 };
        self.default_signals();
        match process::execve(path, &argv, environment) {
            Errno::NOEXEC => self.as_script(path, args),
            errno => self.exec_failed(args, errno),
        }
    }

    fn exec_failed(&mut self, args: &Strings, errno: Errno) -> u8 {
        let name = args.get(0).unwrap_or_default().to_vec();
        if matches!(errno, Errno::NOENT | Errno::NOTDIR) {
            // The file has gone since it was remembered, or its interpreter is missing.
            if let Some(sym) = self.names.find(&name) {
                self.commands.forget(sym);
            }
            self.complain("%: not found", &name);
            return 127;
        }
        self.complain_of("%: ", &name, errno);
        126
    }

    /// Calls a function.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn call(&mut self, function: &Rc<Function>, args: &mut Strings) -> Flow<u8> {
        let body = match function.body.get() {
            Some(body) => Some(body),
            None => function.body(self.known()),
        };
        let Some(body) = body.filter(|_| !self.stack.is_deep()) else {
            return Err(self.fail_about(function.name, "%: maximum function nesting level exceeded"));
        };
        // The list itself becomes the positional parameters, and is given back for the next command.
        let mut positional = core::mem::take(args);
        positional.shift(1);
        let outer = core::mem::replace(&mut self.positional, positional);
        let scope = self.vars.scope();
        let outer_scope = self.scope.replace(scope);
        let loops = core::mem::take(&mut self.loops);
        let getopts = self.getopts;
        let line = self.line;
        let outer_options = self.local_options.take();
        self.calls = self.calls.saturating_add(1);
        let source = function.source.get().cloned().unwrap_or_else(|| Rc::clone(&self.source));
        self.enter_frame(Some(function.name), source);
        let mut result = self.run_command(body, false);
        if self.traps.on_return.is_some()
            && matches!(result, Ok(_) | Err(Unwind::Return(_)))
            && let Err(unwind) = self.run_return_trap()
        {
            result = Err(unwind);
        }
        self.leave_frame();
        self.calls = self.calls.saturating_sub(1);
        self.loops = loops;
        self.scope = outer_scope;
        self.vars.leave(scope);
        *args = core::mem::replace(&mut self.positional, outer);
        self.getopts = getopts;
        self.line = line;
        if let Some(options) = core::mem::replace(&mut self.local_options, outer_options) {
            self.options = options;
        }
        match result {
            Err(Unwind::Return(status)) => Ok(status),
            other => other,
        }
    }

    /// Prints what is neither quoted nor a command under `set -x`.
    pub(crate) fn trace_text(&mut self, parts: &[&[u8]]) {
        let mut text = self.trace_prompt();
        text.extend_from_slice(&parts.concat());
        crate::shell::tell(&text);
    }

    /// PS4 expanded; its own commands are not traced.
    fn trace_prompt(&mut self) -> Vec<u8> {
        self.options.xtrace = false;
        let prompt = self.vars.copy(crate::names::Sym::PS4);
        let text = self.expand_prompt(&prompt);
        self.options.xtrace = true;
        text
    }

    /// Prints a command under `set -x`.
    pub(super) fn trace(&mut self, assignments: &[Assignment], args: &Strings) {
        let mut text = self.trace_prompt();
        let mut first = true;
        for assignment in assignments {
            if !first {
                text.push(b' ');
            }
            first = false;
            text.extend_from_slice(self.names.text(assignment.name));
            text.push(b'=');
            if assignment.array.is_some() {
                text.extend_from_slice(b"(...)");
                continue;
            }
            let value = self.vars.get(assignment.name).unwrap_or_default();
            crate::builtin::push_quoted(&mut text, value);
        }
        for arg in args.iter() {
            if !first {
                text.push(b' ');
            }
            first = false;
            crate::builtin::push_quoted(&mut text, arg);
        }
        text.push(b'\n');
        crate::shell::tell(&text);
    }
}

/// Whether a redirection's word or text has expansions.
fn is_expanded(redirect: &Redirect) -> bool {
    match &redirect.target {
        Target::Word(word) => word.constant().is_none(),
        Target::Here(body) => body.get().is_some_and(|word| word.constant().is_none()),
    }
}

/// Whether an argument may mean one of the process's descriptors, which redirections must then really change.
pub(super) fn names_descriptor(text: &[u8]) -> bool {
    text.starts_with(b"/")
        && (text.starts_with(b"/dev/std") || text.starts_with(b"/dev/fd") || text.starts_with(b"/proc"))
}

/// The name without its directories.
#[inline(never)]
pub fn base_name(path: &[u8]) -> &[u8] {
    let slash = memchr::memrchr(b'/', path).map_or(0, |at| at.saturating_add(1));
    path.get(slash..).unwrap_or_default()
}

/// Arguments for execve.
pub fn c_strings(args: &Strings) -> Option<Vec<CString>> {
    let mut list = Vec::with_capacity(args.len());
    for arg in args.iter() {
        list.push(CString::new(arg).ok()?);
    }
    Some(list)
}
