//! -exec, -ok, -execdir and -okdir.

use super::parse::Plan;
use crate::common::{argument_room, own_applet, run_inside};
use base::command;
use base::sys::process::SpawnOptions;
use base::walk::Walk;
use base::{Context, Errno, Error, Result};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use std::ffi::CString;

/// A command to run for files.
pub struct Command {
    words: Vec<Vec<u8>>,
    /// `{} +`: as many files at once as fit.
    many: bool,
    pub ask: bool,
    in_dir: bool,
    /// Files collected for `+`, the bytes they take, and the directory they are in.
    files: Vec<Vec<u8>>,
    used: usize,
    dir: Option<OwnedFd>,
    env: Option<Vec<CString>>,
    room: usize,
    /// It is an applet that may run in this process.
    inside: Option<&'static base::Applet>,
}

impl Command {
    pub fn new(words: Vec<Vec<u8>>, many: bool, ask: bool, in_dir: bool) -> Command {
        Command { words, many, ask, in_dir, files: Vec::new(), used: 0, dir: None, env: None, room: 0, inside: None }
    }

    fn prepare(&mut self, cx: &Context) {
        if self.env.is_none() {
            let env = cx.env.list();
            let own: usize = self.words.iter().map(|w| w.len().saturating_add(9)).sum();
            self.room = argument_room(&env).saturating_sub(own).max(4096);
            self.env = Some(env);
            // Not with -execdir, which works in another directory.
            let name = self.words.first().filter(|_| !self.in_dir).map(Vec::as_slice).unwrap_or_default();
            self.inside = own_applet(cx, name);
        }
    }

    fn start(&self, cx: &mut Context, argv: &[&[u8]], dir: Option<BorrowedFd<'_>>) -> Result<bool> {
        if let Some(applet) = self.inside {
            return Ok(run_inside(cx, applet, argv, self.env.as_deref().unwrap_or_default(), true)? == 0);
        }
        // POSIX wants relative elements of PATH refused with -execdir: they would be looked up in the directory.
        let options = SpawnOptions { directory: dir.map(|d| d.as_raw_fd()), ..SpawnOptions::default() };
        let env = self.env.as_deref().unwrap_or_default();
        let status = match command::spawn(cx, argv, env, &options) {
            Ok(pid) => command::wait(pid)?.shell_status(),
            Err(e) => {
                // A command that cannot be run is one that failed: with `;` that is no error of find's.
                cx.note(&e);
                return Ok(false);
            }
        };
        Ok(status == 0)
    }

    /// Runs the command on the files collected.
    fn flush(&mut self, cx: &mut Context) -> Result<()> {
        if self.files.is_empty() {
            return Ok(());
        }
        let files = core::mem::take(&mut self.files);
        self.used = 0;
        let mut argv: Vec<&[u8]> = Vec::with_capacity(self.words.len().saturating_add(files.len()));
        for word in self.words.iter().chain(&files) {
            argv.push(word);
        }
        let dir = self.dir.take();
        if !self.start(cx, &argv, dir.as_ref().map(AsFd::as_fd))? {
            cx.failed();
        }
        Ok(())
    }
}

/// The directory an entry is in, to stay open beyond the walk.
fn directory(walk: &Walk) -> Result<OwnedFd, Errno> {
    if walk.depth() > 0 {
        return walk.dir().try_clone_to_owned().map_err(|e| base::error::errno_of(&e));
    }
    let dir = crate::common::dir_name(walk.path());
    base::fs::open(dir, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

pub fn run(cx: &mut Context, plan: &mut Plan, index: usize, walk: &mut Walk) -> Result<bool> {
    let Some(command) = plan.commands.get_mut(index) else { return Ok(false) };
    command.prepare(cx);
    let file = if command.in_dir {
        let name = crate::common::base_name(walk.path());
        if name == b"/" { name.to_vec() } else { [b"./", name].concat() }
    } else {
        walk.path().to_vec()
    };
    if command.many {
        let size = file.len().saturating_add(9);
        if command.used.saturating_add(size) > command.room {
            command.flush(cx)?;
        }
        if command.in_dir {
            // All files of one call are in one directory.
            let dir = directory(walk).map_err(|e| Error::system(walk.path(), e))?;
            let same = match &command.dir {
                Some(old) => {
                    let id = |fd: &OwnedFd| base::meta::Meta::of_fd(fd).map(|m| (m.dev, m.ino));
                    id(old).is_ok_and(|a| id(&dir).is_ok_and(|b| a == b))
                }
                None => false,
            };
            if !same {
                command.flush(cx)?;
                command.dir = Some(dir);
            }
        }
        command.used = command.used.saturating_add(size);
        command.files.push(file);
        return Ok(true);
    }
    let mut words = Vec::with_capacity(command.words.len());
    for word in &command.words {
        words.push(replace(word, &file));
    }
    let mut argv: Vec<&[u8]> = Vec::with_capacity(words.len());
    for word in &words {
        argv.push(word);
    }
    if command.ask {
        cx.stdout.finish()?;
        let mut question = base::bytes::join(&argv, b" ");
        question.extend_from_slice(b" ?");
        cx.stderr.put(&question)?;
        if !cx.confirmed()? {
            return Ok(false);
        }
    }
    if command.in_dir {
        let dir = directory(walk).map_err(|e| Error::system(walk.path(), e))?;
        return command.start(cx, &argv, Some(dir.as_fd()));
    }
    command.start(cx, &argv, None)
}

/// `word` with every `{}` replaced.
fn replace(word: &[u8], file: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len().saturating_add(file.len()));
    let mut rest = word;
    while let Some(at) = base::bytes::find(rest, b"{}") {
        let (head, tail) = rest.split_at(at);
        out.extend_from_slice(head);
        out.extend_from_slice(file);
        rest = tail.get(2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Runs what is left of all `+` commands.
pub fn finish(cx: &mut Context, plan: &mut Plan) -> Result<()> {
    for command in &mut plan.commands {
        command.flush(cx)?;
    }
    Ok(())
}
