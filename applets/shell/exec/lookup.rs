//! lookup - what a command's name means: special built-in, function, built-in, file on PATH, applet.

use crate::builtin::{self, Builtin};
use crate::names::{Names, Sym};
use crate::shell::Shell;
use crate::tree::Function;
use base::applet::Applet;
use base::command::DEFAULT_PATH;
use rustix::fs::{Access, AtFlags, CWD, FileType};
use std::ffi::CString;
use std::rc::Rc;

/// What a name means.
#[derive(Clone)]
pub enum Found {
    Builtin(&'static Builtin),
    Function(Rc<Function>),
    /// An applet: the file that is cairn itself, or none where PATH has nothing of that name.
    Applet(&'static Applet, Option<CString>),
    File(CString),
    /// A file is there, but may not be executed.
    Denied,
    Missing,
}

/// The files that names were found to be, by symbol.
#[derive(Default)]
pub struct Commands {
    files: Vec<Option<Found>>,
    /// The built-ins by symbol, as far as names were asked for.
    builtins: Vec<Asked>,
    /// The device and inode of cairn itself, once asked for.
    own: Option<Option<(u64, u64)>>,
}

/// Whether a name is a built-in's.
#[derive(Clone, Copy)]
enum Asked {
    Not,
    None,
    Builtin(&'static Builtin),
}

impl Commands {
    /// The built-in of that name.
    #[cfg_attr(speed_marks, optimize(speed))]
    fn builtin(&mut self, sym: Sym, names: &Names) -> Option<&'static Builtin> {
        match self.builtins.get(sym.index()) {
            Some(Asked::Builtin(builtin)) => Some(builtin),
            Some(Asked::None) => None,
            _ => self.ask_builtin(sym, names),
        }
    }

    #[inline(never)]
    fn ask_builtin(&mut self, sym: Sym, names: &Names) -> Option<&'static Builtin> {
        let found = builtin::find(names.text(sym));
        while self.builtins.len() <= sym.index() {
            self.builtins.push(Asked::Not);
        }
        if let Some(place) = self.builtins.get_mut(sym.index()) {
            *place = found.map_or(Asked::None, Asked::Builtin);
        }
        found
    }

    /// PATH has changed, or `hash -r`.
    pub fn forget_files(&mut self) {
        self.files.clear();
    }

    /// Forgets one.
    pub fn forget(&mut self, sym: Sym) {
        if let Some(slot) = self.files.get_mut(sym.index()) {
            *slot = None;
        }
    }

    /// The files that are remembered.
    pub fn remembered(&self) -> impl Iterator<Item = &CString> + '_ {
        self.files.iter().filter_map(|entry| match entry {
            Some(Found::File(path) | Found::Applet(_, Some(path))) => Some(path),
            _ => None,
        })
    }

    /// Finds out which file cairn is: before the directory changes, for the name may be relative. `/proc` may be missing.
    pub fn identify(&mut self) -> Option<(u64, u64)> {
        *self.own.get_or_insert_with(|| {
            let status =
                base::fs::stat(c"/proc/self/exe").or_else(|_| base::fs::stat(base::sys::auxiliary::executed())).ok()?;
            Some((status.st_dev, status.st_ino))
        })
    }
}

impl Shell {
    /// What `name` means now.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn look_up(&mut self, name: &[u8]) -> Found {
        if name.contains(&b'/') {
            return self.examine(name);
        }
        let sym = self.names.intern(name);
        self.look_up_name(sym)
    }

    /// What a name that is no path means now.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn look_up_name(&mut self, sym: Sym) -> Found {
        let builtin = self.commands.builtin(sym, &self.names);
        if let Some(builtin) = builtin.filter(|builtin| builtin.special) {
            return Found::Builtin(builtin);
        }
        // A function may stand in for a built-in.
        if let Some(function) = self.function(sym) {
            return Found::Function(function);
        }
        match builtin {
            Some(builtin) => Found::Builtin(builtin),
            None => self.look_up_file(sym),
        }
    }

    /// The function of that name.
    pub fn function(&self, sym: Sym) -> Option<Rc<Function>> {
        self.functions.get(sym.index()).cloned().flatten()
    }

    /// What `name` means on PATH, remembered.
    pub fn look_up_file(&mut self, sym: Sym) -> Found {
        self.notice_changes();
        if let Some(Some(found)) = self.commands.files.get(sym.index()) {
            return found.clone();
        }
        let name = self.names.text(sym).to_vec();
        let path = self.vars.get(Sym::PATH).unwrap_or(DEFAULT_PATH).to_vec();
        let found = self.search(&name, &path);
        let index = sym.index();
        if matches!(found, Found::File(_) | Found::Applet(_, Some(_))) {
            while self.commands.files.len() <= index {
                self.commands.files.push(None);
            }
            if let Some(slot) = self.commands.files.get_mut(index) {
                *slot = Some(found.clone());
            }
        }
        found
    }

    /// What `name` means along `path`.
    pub fn search(&mut self, name: &[u8], path: &[u8]) -> Found {
        let mut denied = false;
        if !name.is_empty() {
            for directory in path.split(|byte| *byte == b':') {
                let mut candidate = Vec::with_capacity(directory.len().saturating_add(name.len()).saturating_add(2));
                candidate.extend_from_slice(directory);
                if !directory.is_empty() && !directory.ends_with(b"/") {
                    candidate.push(b'/');
                }
                candidate.extend_from_slice(name);
                match self.examine(&candidate) {
                    Found::Missing => {}
                    Found::Denied => denied = true,
                    found => return found,
                }
            }
        }
        if denied {
            return Found::Denied;
        }
        // The rescue: nothing of that name on PATH.
        match self.registry.find(name) {
            Some(applet) => Found::Applet(applet, None),
            None => Found::Missing,
        }
    }

    /// What the file at `path` is to the shell.
    pub fn examine(&mut self, path: &[u8]) -> Found {
        let Ok(path) = CString::new(path) else { return Found::Missing };
        let Ok(status) = base::fs::stat(&path) else { return Found::Missing };
        if !FileType::from_raw_mode(status.st_mode).is_file() {
            let is_directory = FileType::from_raw_mode(status.st_mode).is_dir();
            return if is_directory { Found::Denied } else { Found::Missing };
        }
        if self.commands.identify() == Some((status.st_dev, status.st_ino))
            && let Some(applet) = self.registry.find(super::simple::base_name(path.as_bytes()))
        {
            return Found::Applet(applet, Some(path));
        }
        // What all may execute needs no question; where a mount forbids it, execve says so.
        if status.st_mode & 0o111 == 0o111 {
            return Found::File(path);
        }
        match base::fs::accessat(CWD, &path, Access::EXEC_OK, AtFlags::EACCESS) {
            Ok(()) => Found::File(path),
            Err(_) => Found::Denied,
        }
    }
}
