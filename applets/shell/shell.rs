//! shell - the state of a running shell, its messages, and the small things that everything else needs.

use crate::exec::lookup::Commands;
use crate::exec::redirect::Stream;
use crate::expand::fields::Ifs;
use crate::flow::{Flow, Unwind};
use crate::jobs::Jobs;
use crate::names::{Names, Sym};
use crate::options::{Options, shopt};
use crate::parser::{Aliases, Dialect, Known};
use crate::prompt::Prompt;
use crate::stack::Stack;
use crate::strings::Strings;
use crate::trap::Traps;
use crate::tree::NO_ALIASES;
use crate::vars::{Functions, ReadOnly, Vars, View};
use base::Registry;
use base::error::{Errno, strerror};
use std::borrow::Cow;
use std::ffi::CString;
use std::time::Instant;

/// A running shell. Its fields stay in this order: what is used everywhere comes first, where the machine reaches it with short
/// addresses.
#[repr(C)]
pub struct Shell {
    pub options: Options,
    /// The line of the running command.
    pub line: u32,
    /// Above 0, a failing command does not end the shell under `set -e`.
    pub guard: u32,
    /// Loops around the running command, in this function.
    pub loops: u32,
    /// Functions and sourced files around the running command.
    pub calls: u32,
    /// `$?`
    pub status: u8,
    /// The status of the last command substitution, for commands that are assignments only.
    pub substituted: Option<u8>,
    /// Called as `bash`.
    pub bash: bool,
    /// Whether messages name the line: not at a prompt.
    pub show_line: bool,
    /// This process is a subshell of the main one.
    pub is_subshell: bool,
    /// A subshell runs in this process, without a child.
    pub inside: bool,
    /// A built-in of such a subshell met a broken pipe, which ends it.
    pub pipe_broke: bool,
    pub names: Names,
    pub vars: Vars,
    /// How many subshells in children of their own this process is in.
    pub nested: u32,
    /// `$$`: the main shell's process.
    pub pid: i32,
    /// Where standard output goes while a command substitution runs in this process.
    pub capture: Option<Vec<u8>>,
    pub functions: Functions,
    pub aliases: Aliases,
    /// `$1` and up.
    pub positional: Strings,
    /// `$0`
    pub arg0: Vec<u8>,
    pub jobs: Jobs,
    /// The line editor and the history.
    pub prompt: Prompt,
    pub traps: Traps,
    pub commands: Commands,
    pub registry: &'static Registry,
    /// What else messages name: the built-in that runs, or the sourced file.
    pub context: Cow<'static, [u8]>,
    /// The name the shell was called by.
    pub called: Vec<u8>,
    /// SIGPIPE is caught, so that it ends an applet in this process and not the shell.
    pub guards_pipe: bool,
    pub stack: Stack,
    pub ifs: Ifs,
    /// Where messages go: a redirection of a built-in changes it.
    pub error: Stream,
    /// What standard input is while a pipeline runs in this process.
    pub fed: Option<Vec<u8>>,
    /// What `read` looks into pipes with; a child must not use its parent's.
    pub preview: Option<crate::builtin::preview::Preview>,
    /// Lists that were used for a command's words and are kept for the next.
    pub spare: Vec<Strings>,
    /// The pipes of process substitutions of running commands, with the process that reads from one.
    pub held: Vec<(rustix::fd::OwnedFd, Option<i32>)>,
    /// The statuses of the last pipeline's commands, where it had several.
    pub pipe_statuses: Vec<u8>,
    /// The command that runs, or ran last, as it was written; in bash only.
    pub command_text: Vec<u8>,
    /// The calls around the running command.
    pub frames: Vec<crate::frames::Frame>,
    /// The file that the running command stands in.
    pub source: std::rc::Rc<[u8]>,
    /// Where the running function's local variables begin; None outside functions.
    pub scope: Option<usize>,
    /// Where `pushd` came from, the last at the end.
    pub directories: Vec<Vec<u8>>,
    /// The options as they were before `local -`.
    pub local_options: Option<Options>,
    /// Where `getopts` is inside the current argument, and the OPTIND it expects.
    pub getopts: (usize, i64),
    random: u64,
    started: Instant,
    utf8: bool,
}

impl Shell {
    /// A shell with the given environment.
    pub fn new(registry: &'static Registry, environment: &[CString], arg0: &[u8]) -> Shell {
        let mut names = Names::new();
        let mut vars = Vars::default();
        vars.import(&mut names, environment);
        // IFS from outside is not trusted.
        let _ = vars.unset(Sym::IFS);
        let _ = vars.set(Sym::IFS, b" \t\n");
        let _ = vars.set(Sym::OPTIND, b"1");
        let _ = vars.set(Sym::PS4, b"+ ");
        for sym in [
            Sym::LINENO,
            Sym::RANDOM,
            Sym::SECONDS,
            Sym::EPOCHSECONDS,
            Sym::EPOCHREALTIME,
            Sym::PIPESTATUS,
            Sym::FUNCNAME,
            Sym::SHELLOPTS,
        ] {
            vars.make_dynamic(sym);
        }
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        let parent = rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get());
        vars.export(Sym::PPID, false);
        let _ = vars.set_number(Sym::PPID, i64::from(parent));
        let mut shell = Shell {
            names,
            vars,
            functions: Functions::new(),
            aliases: Aliases::new(),
            options: Options {
                inprocess: true,
                shopt: shopt::EXPAND_ALIASES | shopt::SOURCEPATH,
                ..Options::default()
            },
            positional: Strings::new(),
            arg0: arg0.to_vec(),
            status: 0,
            substituted: None,
            pid,
            jobs: Jobs::default(),
            prompt: Prompt::default(),
            traps: Traps::default(),
            commands: Commands::default(),
            registry,
            line: 0,
            context: Cow::Borrowed(b""),
            called: arg0.to_vec(),
            guards_pipe: false,
            show_line: true,
            stack: Stack::here(),
            ifs: Ifs::new(None),
            capture: None,
            fed: None,
            preview: None,
            spare: Vec::new(),
            held: Vec::new(),
            error: Stream::Fd(2),
            pipe_statuses: Vec::new(),
            command_text: Vec::new(),
            frames: Vec::new(),
            source: arg0.into(),
            bash: false,
            guard: 0,
            loops: 0,
            calls: 0,
            scope: None,
            is_subshell: false,
            directories: Vec::new(),
            nested: 0,
            inside: false,
            pipe_broke: false,
            local_options: None,
            getopts: (0, 1),
            random: 0,
            started: Instant::now(),
            utf8: true,
        };
        shell.vars.take_touched(Sym::OPTIND);
        shell.import_options();
        shell.initial_directory();
        shell
    }

    /// PWD from the environment, if it is right; else found out. One `stat` each where it is right.
    fn initial_directory(&mut self) {
        let known = self.vars.get(Sym::PWD).filter(|path| path.starts_with(b"/")).and_then(|path| {
            let there = base::fs::stat(path).ok()?;
            let here = base::fs::stat(".").ok()?;
            (there.st_ino == here.st_ino && there.st_dev == here.st_dev).then_some(())
        });
        if known.is_none()
            && let Ok(path) = rustix::process::getcwd(Vec::new())
        {
            let _ = self.vars.set(Sym::PWD, path.as_bytes());
        }
    }

    /// The value of an alias.
    pub fn alias(&self, name: &[u8]) -> Option<&[u8]> {
        self.aliases.iter().find(|(alias, _)| **alias == *name).map(|(_, value)| &**value)
    }

    /// Becomes bash: what only a shell of that name has.
    #[inline(never)]
    pub fn become_bash(&mut self) {
        self.bash = true;
        self.options.braceexpand = true;
        self.options.shopt &= !shopt::EXPAND_ALIASES;
        for sym in [Sym::BASH_SOURCE, Sym::BASH_LINENO, Sym::BASHPID, Sym::BASH_COMMAND] {
            self.vars.make_dynamic(sym);
        }
        let path = self.called.clone();
        let _ = self.vars.set_owned(Sym::BASH, path);
        let _ = self.vars.set(Sym::BASH_VERSION, b"5.2.0(1)-release");
        let version: &[u8] = match cfg!(target_arch = "aarch64") {
            true => b"5 2 0 1 release aarch64-pc-linux-musl",
            false => b"5 2 0 1 release x86_64-pc-linux-musl",
        };
        let _ = self.vars.set_list(Sym::BASH_VERSINFO, &Strings::from_slices(&base::bytes::split(version, b' ')));
        self.vars.protect(Sym::BASH_VERSINFO);
        let _ = self.vars.set_number(Sym::UID, i64::from(rustix::process::getuid().as_raw()));
        let _ = self.vars.set_number(Sym::EUID, i64::from(rustix::process::geteuid().as_raw()));
        let _ = self.vars.set(Sym::OSTYPE, b"linux-musl");
        let _ = self.vars.set(Sym::HOSTNAME, rustix::system::uname().nodename().to_bytes());
    }

    /// Every variable that has a value or an attribute, in the order of their names.
    pub fn variables_by_name(&self) -> Vec<Sym> {
        let mut list = Vec::new();
        for sym in self.vars.each() {
            list.push(sym);
        }
        self.sort_names(&mut list);
        list
    }

    /// Puts symbols in the order of their names.
    pub fn sort_names(&self, list: &mut [Sym]) {
        base::order::sort(list, &mut |a, b| self.names.text(*a).cmp(self.names.text(*b)));
    }

    /// A list to build, with the memory of one that was kept if there is any.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(never)]
    pub fn list(&mut self) -> Strings {
        self.spare.pop().unwrap_or_default()
    }

    /// Keeps a list's memory for the next that is wanted.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn keep(&mut self, list: Strings) {
        let mut list = list;
        list.clear();
        self.spare.push(list);
    }

    /// What the parser needs to know.
    #[inline(never)]
    pub fn known(&mut self) -> Known<'_> {
        let dialect = Dialect {
            bash: self.bash,
            braces: self.options.braceexpand,
            extglob: self.options.shopt & shopt::EXTGLOB != 0,
        };
        let expands = self.options.shopt & shopt::EXPAND_ALIASES != 0 || self.options.posix;
        let aliases = if expands { &self.aliases } else { &NO_ALIASES };
        Known { names: &mut self.names, aliases, stack: self.stack, dialect }
    }

    /// The exported variables.
    pub fn environment(&self) -> View<'_> {
        View { vars: &self.vars, names: &self.names }
    }

    /// Makes the table of IFS again if the variable changed.
    #[inline]
    pub fn update_ifs(&mut self) {
        if self.vars.take_touched(Sym::IFS) {
            self.make_ifs();
        }
    }

    #[inline(never)]
    fn make_ifs(&mut self) {
        self.ifs = Ifs::new(self.vars.get(Sym::IFS));
    }

    /// Whether characters are UTF-8: unless the locale is C or POSIX.
    pub fn is_utf8(&self) -> bool {
        self.utf8
    }

    /// Looks at the locale variables again.
    fn update_locale(&mut self) {
        let value = [Sym::LC_ALL, Sym::LC_CTYPE, Sym::LANG]
            .into_iter()
            .find_map(|sym| self.vars.get(sym).filter(|value| !value.is_empty()));
        self.utf8 = !matches!(value, Some(b"C" | b"POSIX"));
    }

    /// Called before each command: variables whose change has effects.
    #[inline]
    pub fn notice_changes(&mut self) {
        if self.vars.take_touched(Sym::PATH) {
            self.commands.forget_files();
        }
        // All three must be asked, for asking takes the mark away.
        let changed = [Sym::LC_ALL, Sym::LC_CTYPE, Sym::LANG].map(|sym| self.vars.take_touched(sym));
        if changed.contains(&true) {
            self.update_locale();
        }
    }

    /// Keeps a command's text for BASH_COMMAND; a trap, and what follows a substitution that ran here, sees that of the command before.
    pub fn note_command(&mut self, text: &[u8]) {
        if self.traps.running.is_none() && self.capture.is_none() {
            self.command_text.clear();
            self.command_text.extend_from_slice(text);
        }
    }

    /// Makes the value of a variable that changes by itself.
    #[inline]
    pub fn refresh(&mut self, sym: Sym) {
        if self.vars.is_dynamic(sym) {
            self.make_value(sym);
        }
    }

    #[inline(never)]
    fn make_value(&mut self, sym: Sym) {
        let number = match sym {
            Sym::LINENO => i64::from(self.line),
            Sym::RANDOM => self.next_random(),
            Sym::SECONDS => i64::try_from(self.started.elapsed().as_secs()).unwrap_or(i64::MAX),
            Sym::EPOCHSECONDS => now().0,
            Sym::EPOCHREALTIME => {
                let (seconds, micros) = now();
                let mut text = Vec::new();
                crate::arith::push_number(&mut text, seconds);
                text.push(b'.');
                base::number::push_radix(&mut text, micros.unsigned_abs(), 10, 6, b'0');
                let _ = self.vars.set_owned(sym, text);
                return;
            }
            Sym::BASHPID => i64::from(rustix::process::getpid().as_raw_nonzero().get()),
            Sym::PIPESTATUS => {
                let one = [self.status];
                let list: &[u8] = if self.pipe_statuses.is_empty() { &one } else { &self.pipe_statuses };
                let mut texts = Strings::new();
                for status in list {
                    texts.push_number(i64::from(*status));
                }
                let _ = self.vars.set_list(sym, &texts);
                return;
            }
            Sym::FUNCNAME | Sym::BASH_SOURCE | Sym::BASH_LINENO => {
                let list = self.frame_list(sym);
                let _ = self.vars.set_list(sym, &list);
                return;
            }
            Sym::BASH_COMMAND => {
                let _ = self.vars.set_owned(sym, self.command_text.clone());
                return;
            }
            Sym::SHELLOPTS => {
                let list = self.options.names();
                self.vars.set_read_only(sym, false);
                let _ = self.vars.set_owned(sym, list);
                self.vars.set_read_only(sym, true);
                return;
            }
            _ => return,
        };
        let _ = self.vars.set_number(sym, number);
    }

    /// A number from 0 to 32767.
    fn next_random(&mut self) -> i64 {
        if self.random == 0 {
            let (seconds, micros) = now();
            self.random = (seconds.wrapping_mul(1_000_003) ^ micros ^ i64::from(self.pid)).unsigned_abs() | 1;
        }
        // xorshift64*
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        i64::try_from(self.random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 49).unwrap_or(0)
    }

    /// Sets a variable; an error has been told.
    pub fn assign(&mut self, sym: Sym, value: &[u8]) -> Flow<()> {
        let sym = self.resolve(sym);
        if self.vars.kind(sym) != 0 {
            let value = self.shaped(sym, value.to_vec())?;
            let result = self.vars.set_owned(sym, value);
            return self.written(sym, result);
        }
        let result = self.vars.set(sym, value);
        self.written(sym, result)
    }

    /// After an attempt to change a variable: what `set -a` asks for, or an error.
    #[inline(always)]
    pub fn written(&mut self, sym: Sym, result: Result<(), ReadOnly>) -> Flow<()> {
        match result {
            Ok(()) => {
                self.assigned(sym);
                Ok(())
            }
            Err(_) => Err(self.read_only(sym)),
        }
    }

    /// What `set -a` asks for.
    #[inline]
    pub fn assigned(&mut self, sym: Sym) {
        if self.options.allexport || sym == Sym::RANDOM || sym == Sym::OPTIND {
            self.follow_assignment(sym);
        }
    }

    #[inline(never)]
    fn follow_assignment(&mut self, sym: Sym) {
        if self.options.allexport {
            self.vars.export(sym, true);
        }
        if self.vars.is_dynamic(sym) && sym == Sym::RANDOM {
            self.random = self.vars.get(sym).and_then(crate::arith::number).unwrap_or(1).unsigned_abs() | 1;
        } else if sym == Sym::OPTIND {
            let value = self.vars.get(sym).and_then(crate::arith::number).unwrap_or(1);
            self.getopts = (0, value);
        }
    }

    /// The error about a variable that may not change.
    pub fn read_only(&mut self, sym: Sym) -> Unwind {
        self.fail_about(sym, "%: is read only")
    }

    /// An error about a variable or function.
    #[cold]
    pub fn fail_about(&mut self, sym: Sym, text: &str) -> Unwind {
        let name = self.names.text(sym).to_vec();
        self.fail(text, &name)
    }

    /// Prints a message: the shell's or the script's name, the line, and a text, in which `%` is what it is about.
    pub fn complain(&mut self, text: &str, about: &[u8]) {
        self.complain_because(text, about, b"");
    }

    /// The same, with an error of the system behind it.
    pub fn complain_of(&mut self, text: &str, about: &[u8], errno: Errno) {
        self.complain_because(text, about, strerror(errno).as_bytes());
    }

    /// The same, with a reason behind it.
    pub fn complain_because(&mut self, text: &str, about: &[u8], reason: &[u8]) {
        let mut line = self.arg0.clone();
        if !self.context.is_empty() {
            line.extend_from_slice(b": ");
            line.extend_from_slice(&self.context);
        }
        if self.show_line {
            line.extend_from_slice(b": line ");
            crate::arith::push_number(&mut line, i64::from(self.line));
        }
        line.extend_from_slice(b": ");
        push_message(&mut line, text, about);
        line.extend_from_slice(reason);
        self.say(&line);
    }

    /// Prints a message that begins with the name the shell was called by, about an error of the system.
    pub fn report(&mut self, text: &str, about: &[u8], errno: Errno) {
        let mut line = self.called.clone();
        push_message(&mut line, text, about);
        line.extend_from_slice(strerror(errno).as_bytes());
        self.say(&line);
    }

    /// Prints a line where messages go.
    pub fn say(&mut self, text: &[u8]) {
        let text = [text, b"\n"].concat();
        match self.error {
            Stream::Fd(fd) => {
                let _ = base::io::write_all(base::sys::descriptor(fd), &text);
            }
            Stream::Capture => {
                if let Some(memory) = &mut self.capture {
                    memory.extend_from_slice(&text);
                }
            }
            Stream::Closed | Stream::Text(_) => {}
        }
    }

    /// Prints a message about an error that ends a script.
    pub fn fail(&mut self, text: &str, about: &[u8]) -> Unwind {
        self.complain(text, about);
        self.status = 2;
        Unwind::Fail(2)
    }

    /// The same, about an error of the system.
    pub fn fail_of(&mut self, text: &str, about: &[u8], errno: Errno) -> Unwind {
        self.complain_of(text, about, errno);
        self.status = 2;
        Unwind::Fail(2)
    }
}

/// Adds a message, in which `%` is what it is about.
pub fn push_message(line: &mut Vec<u8>, text: &str, about: &[u8]) {
    line.extend_from_slice(&base::bytes::fill(text, &[about]));
}

/// Seconds since 1970 and microseconds.
fn now() -> (i64, i64) {
    let time = base::time::now();
    (time.sec, i64::from(time.nsec / 1000))
}

/// Prints on the shell's own standard error, where a failure could not be told.
#[inline(never)]
pub fn tell(text: &[u8]) {
    let _ = base::io::write_all(base::sys::descriptor(2), text);
}
