//! Running other programs for an applet: lookup along PATH, exec, spawn. With nothing on PATH, the applet of that name runs.

use crate::applet::Registry;
use crate::context::{Context, Status};
use crate::error::{Errno, Error, Result};
use crate::sys;
use crate::sys::process::{self, Pid, SpawnOptions, Wait};
use rustix::fs::{Access, AtFlags, CWD};
use std::ffi::CString;

/// PATH where the environment has none.
pub const DEFAULT_PATH: &[u8] = b"/sbin:/usr/sbin:/bin:/usr/bin";

/// The status where a command was found and could not be run.
pub const CANNOT_RUN: u8 = 126;
/// The status where a command was not found.
pub const NOT_FOUND: u8 = 127;

/// The file that `name` means: itself if it has a slash, else the first executable regular file along `path`.
pub fn find(name: &[u8], path: &[u8]) -> Result<CString, Errno> {
    if name.contains(&b'/') {
        return CString::new(name).map_err(|_| Errno::INVAL);
    }
    if name.is_empty() {
        return Err(Errno::NOENT);
    }
    let mut denied = false;
    for directory in path.split(|byte| *byte == b':') {
        let mut candidate = Vec::with_capacity(directory.len().saturating_add(name.len()).saturating_add(2));
        candidate.extend_from_slice(if directory.is_empty() { b"." } else { directory });
        candidate.push(b'/');
        candidate.extend_from_slice(name);
        let Ok(candidate) = CString::new(candidate) else { continue };
        let Ok(status) = crate::fs::stat(&candidate) else { continue };
        if !rustix::fs::FileType::from_raw_mode(status.st_mode).is_file() {
            continue;
        }
        match crate::fs::accessat(CWD, &candidate, Access::EXEC_OK, AtFlags::EACCESS) {
            Ok(()) => return Ok(candidate),
            Err(_) => denied = true,
        }
    }
    Err(if denied { Errno::ACCESS } else { Errno::NOENT })
}

fn strings(argv: &[&[u8]]) -> Result<Vec<CString>> {
    let strings: core::result::Result<Vec<CString>, _> = argv.iter().map(|argument| CString::new(*argument)).collect();
    strings.map_err(|_| Error::system(argv.first().copied().unwrap_or_default(), Errno::INVAL))
}

fn failure(name: &[u8], errno: Errno) -> Error {
    let status = if errno == Errno::NOENT { NOT_FOUND } else { CANNOT_RUN };
    Error::system(name, errno).with_status(status)
}

/// A file the kernel does not know how to run is a script for sh (POSIX, "Command Search and Execution").
fn as_script(path: &CString, mut argv: Vec<CString>) -> Vec<CString> {
    if let Some(first) = argv.first_mut() {
        *first = path.clone();
    }
    argv.insert(0, CString::from(c"sh"));
    argv
}

/// Becomes the command: looks `argv[0]` up along PATH of `env` and replaces the process. Comes back only with an error (126 or
/// 127), or with the status of the applet of that name where PATH has nothing.
pub fn exec(cx: &mut Context, argv: &[&[u8]], env: &[CString]) -> Result<Status> {
    let name = argv.first().copied().unwrap_or_default();
    let search = variable(env, b"PATH").unwrap_or(DEFAULT_PATH);
    let path = match find(name, search) {
        Ok(path) => path,
        Err(Errno::NOENT) if !name.contains(&b'/') && cx.registry.find(name).is_some() => {
            cx.stdout.finish()?;
            return Ok(Status(run_applet(cx.registry, argv, env)));
        }
        Err(errno) => return Err(failure(name, errno)),
    };
    cx.stdout.finish()?;
    cx.stdin.give_back();
    let argv = strings(argv)?;
    match process::execve(&path, &argv, env) {
        Errno::NOEXEC => {
            let script = as_script(&path, argv);
            let shell = find(b"sh", search).unwrap_or_else(|_| CString::from(c"/bin/sh"));
            Err(failure(name, process::execve(&shell, &script, env)))
        }
        errno => Err(failure(name, errno)),
    }
}

/// Starts the command as a child: looks `argv[0]` up along PATH of `env`. With nothing on PATH, a forked child runs the applet.
pub fn spawn(cx: &mut Context, argv: &[&[u8]], env: &[CString], options: &SpawnOptions) -> Result<Pid> {
    let name = argv.first().copied().unwrap_or_default();
    cx.stdout.finish()?;
    let search = variable(env, b"PATH").unwrap_or(DEFAULT_PATH);
    let path = match find(name, search) {
        Ok(path) => path,
        Err(Errno::NOENT) if !name.contains(&b'/') && cx.registry.find(name).is_some() => {
            return match process::fork().map_err(|errno| Error::system("fork", errno))? {
                Some(pid) => Ok(pid),
                None => {
                    // What could not be done shows when the descriptors are used.
                    options.apply();
                    take_name(name);
                    sys::exit(run_applet(cx.registry, argv, env))
                }
            };
        }
        Err(errno) => return Err(failure(name, errno)),
    };
    let strings = strings(argv)?;
    match process::spawn(&path, &strings, env, options) {
        Err(Errno::NOEXEC) => {
            let script = as_script(&path, strings);
            let shell = find(b"sh", search).unwrap_or_else(|_| CString::from(c"/bin/sh"));
            process::spawn(&shell, &script, env, options).map_err(|errno| failure(name, errno))
        }
        other => other.map_err(|errno| failure(name, errno)),
    }
}

/// Starts `sh -c line` as a child; `dup` and `signals` as in [`SpawnOptions`].
#[inline(never)]
pub fn shell(cx: &mut Context, line: &[u8], dup: &[(i32, i32)], signals: &[i32]) -> Result<Pid> {
    let env = cx.env.list();
    let options = SpawnOptions { dup, default_signals: signals, ..SpawnOptions::default() };
    spawn(cx, &[b"sh", b"-c", line], &env, &options)
}

/// Gives this process the name that ps, pgrep and killall know it by: for a child that runs an applet without exec.
pub fn take_name(name: &[u8]) {
    if let Ok(name) = CString::new(name) {
        // A name for show: that it fails does no harm.
        let _ = rustix::thread::set_name(&name);
    }
}

/// Waits for a child to end, through interruptions.
pub fn wait(pid: Pid) -> Result<Wait> {
    loop {
        match process::wait(pid, false, false) {
            Ok(Some((_, how))) => return Ok(how),
            Ok(None) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::system("wait", errno)),
        }
    }
}

/// The value of `name` in a list of `NAME=value`.
pub fn variable<'e>(env: &'e [CString], name: &[u8]) -> Option<&'e [u8]> {
    env.iter().find_map(|entry| entry.as_bytes().strip_prefix(name)?.strip_prefix(b"="))
}

/// An environment given as a list.
pub struct ListedEnvironment<'e>(pub &'e [CString]);

impl crate::context::Environment for ListedEnvironment<'_> {
    fn get(&self, name: &[u8]) -> Option<&[u8]> {
        variable(self.0, name)
    }

    fn list(&self) -> Vec<CString> {
        self.0.to_vec()
    }
}

/// Runs the applet `argv[0]` in this process on descriptors 0 to 2, and gives its status (127 where there is none).
pub fn run_applet(registry: &'static Registry, argv: &[&[u8]], env: &[CString]) -> u8 {
    let Some((name, arguments)) = argv.split_first() else { return NOT_FOUND };
    let Some(applet) = registry.find(name) else { return NOT_FOUND };
    let env = ListedEnvironment(env);
    let mut cx = Context::of_process(name, applet, registry);
    cx.env = &env;
    cx.run(arguments)
}
