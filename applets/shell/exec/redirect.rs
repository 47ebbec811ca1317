//! redirect - redirections: on the process's own descriptors, with what they were kept; or only as streams of one command.

use crate::arith::number_text;
use crate::flow::{Flow, Unwind};
use crate::names::Sym;
use crate::shell::Shell;
use crate::tree::{Redirect, RedirectKind, Target};
use base::error::{Errno, strerror};
use base::sys;
use rustix::fd::{AsRawFd, IntoRawFd, OwnedFd};
use rustix::fs::{FileType, MemfdFlags, Mode, OFlags};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::pipe::{PipeFlags, pipe_with};

/// Descriptors of the shell's own begin here; scripts have those below.
pub const OWN: i32 = 10;

/// A stream of a built-in or of an applet that runs in this process.
#[derive(Clone)]
pub enum Stream {
    Fd(i32),
    Closed,
    /// The memory of a command substitution (standard output).
    Capture,
    /// A text (standard input).
    Text(Vec<u8>),
}

/// What a redirection asks for, opened but not yet in place.
pub enum Change {
    /// This file becomes the descriptor.
    File(OwnedFd),
    /// The descriptor becomes a copy of another.
    Copy(i32),
    /// The same, and the other one is closed.
    Move(i32),
    Close,
    /// A here-document's text is read from it.
    Text(Vec<u8>),
}

/// A descriptor as it was: its number, and a copy where it was open.
pub struct Saved {
    fd: i32,
    copy: Option<OwnedFd>,
}

/// A redirection failed; the message has been printed.
pub struct Failed;

/// The result of redirecting: the inner error is the command's, the outer one ends more than the command.
pub type Redirected<T> = Flow<Result<T, Failed>>;

impl Shell {
    /// Opens what one redirection names. `&>` gives two changes.
    fn open(&mut self, redirect: &Redirect) -> Redirected<(Change, Option<i32>)> {
        let word = match &redirect.target {
            Target::Here(body) => {
                let text = match body.get() {
                    Some(word) => match self.expand_text(word) {
                        Ok(text) => text,
                        // As in ash: an error in the document is an error of the redirection, not the script's end.
                        Err(Unwind::Fail(_)) => return Ok(Err(Failed)),
                        Err(unwind) => return Err(unwind),
                    },
                    None => Vec::new(),
                };
                return Ok(Ok((Change::Text(text), None)));
            }
            Target::Word(word) => word,
        };
        let mut name = self.expand_text(word)?;
        let write = OFlags::WRONLY | OFlags::CREATE;
        let (flags, message) = match redirect.kind {
            RedirectKind::Here | RedirectKind::HereString => {
                name.push(b'\n');
                return Ok(Ok((Change::Text(name), None)));
            }
            RedirectKind::Duplicate => return Ok(self.duplicate(&name).map(|change| (change, None))),
            RedirectKind::Read => (OFlags::RDONLY, "can't open %: "),
            RedirectKind::ReadWrite => (OFlags::RDWR | OFlags::CREATE, "can't create %: "),
            RedirectKind::Append | RedirectKind::BothAppend => (write | OFlags::APPEND, "can't create %: "),
            RedirectKind::Write | RedirectKind::Both if self.options.noclobber => {
                (write | OFlags::EXCL, "can't create %: ")
            }
            RedirectKind::Write | RedirectKind::Both | RedirectKind::Clobber => {
                (write | OFlags::TRUNC, "can't create %: ")
            }
        };
        let also = matches!(redirect.kind, RedirectKind::Both | RedirectKind::BothAppend).then_some(2);
        match open_file(&name, flags) {
            Ok(file) => Ok(Ok((Change::File(file), also))),
            Err(errno) => {
                // The shells' own words for the commonest of all errors.
                let text = match errno {
                    Errno::NOENT | Errno::NOTDIR if redirect.kind == RedirectKind::Read => "no such file",
                    Errno::NOENT | Errno::NOTDIR => "nonexistent directory",
                    errno => strerror(errno),
                };
                self.complain_because(message, &name, text.as_bytes());
                Ok(Err(Failed))
            }
        }
    }

    /// `<&n`, `>&-`, `>&n-`.
    fn duplicate(&mut self, name: &[u8]) -> Result<Change, Failed> {
        if name == b"-" {
            return Ok(Change::Close);
        }
        match descriptor(name.strip_suffix(b"-").unwrap_or(name)) {
            Some(number) => Ok(if name.ends_with(b"-") { Change::Move(number) } else { Change::Copy(number) }),
            None => {
                self.complain("bad redirection: %", name);
                Err(Failed)
            }
        }
    }

    fn bad_descriptor(&mut self, from: i32, to: i32) -> Failed {
        let (source, target) = (number_text(i64::from(from)), number_text(i64::from(to)));
        if is_own(from) || (OWN..OWN.saturating_mul(2)).contains(&from) {
            self.complain_of("%: ", &source, Errno::BADF);
        } else {
            self.complain_of("dup2(%): ", &[&source, &b","[..], &target].concat(), Errno::BADF);
        }
        Failed
    }

    /// Puts redirections in place on the process's descriptors; what they were goes to `saved`, if given.
    pub fn redirect(&mut self, redirects: &[Redirect], mut saved: Option<&mut Vec<Saved>>) -> Redirected<()> {
        for redirect in redirects {
            let (change, also) = match self.open(redirect)? {
                Ok(opened) => opened,
                Err(failed) => return Ok(Err(failed)),
            };
            let fd = redirect.fd;
            // Checked before anything is saved: a copy of a closed descriptor must not look open.
            if let Change::Copy(from) | Change::Move(from) = change
                && !is_usable(from)
            {
                return Ok(Err(self.bad_descriptor(from, fd)));
            }
            if let Some(sym) = redirect.variable {
                match self.redirect_variable(sym, change)? {
                    Ok(()) => continue,
                    failed => return Ok(failed),
                }
            }
            if let Some(saved) = saved.as_deref_mut() {
                save(fd, saved);
                if let Change::Move(from) = change {
                    save(from, saved);
                }
                if let Some(other) = also {
                    save(other, saved);
                }
            }
            match change {
                Change::File(file) => self.move_onto(file, fd),
                Change::Copy(from) | Change::Move(from) if from == fd => {}
                Change::Move(from) => {
                    sys::duplicate_onto(from, fd);
                    close(from);
                }
                Change::Copy(from) => {
                    sys::duplicate_onto(from, fd);
                }
                Change::Close => close(fd),
                Change::Text(text) => match self.here_document(&text) {
                    Ok(file) => self.move_onto(file, fd),
                    Err(failed) => return Ok(Err(failed)),
                },
            }
            if let Some(other) = also {
                sys::duplicate_onto(fd, other);
            }
        }
        Ok(Ok(()))
    }

    /// `{name}>file`: a free descriptor, whose number the variable gets; it stays open. `{name}>&-` closes the one it has.
    #[inline(never)]
    fn redirect_variable(&mut self, sym: Sym, change: Change) -> Redirected<()> {
        let source = match change {
            Change::Close => {
                let value = self.vars.get(sym).unwrap_or_default().to_vec();
                let Some(fd) = descriptor(&value) else {
                    self.complain("bad redirection: %", &value);
                    return Ok(Err(Failed));
                };
                close(fd);
                return Ok(Ok(()));
            }
            Change::Text(text) => self.here_document(&text),
            Change::File(file) => Ok(file),
            Change::Copy(from) | Change::Move(from) => {
                let copy = fcntl_dupfd_cloexec(sys::descriptor(from), OWN);
                if let Change::Move(from) = change {
                    close(from);
                }
                copy.map_err(|_| self.bad_descriptor(from, OWN))
            }
        };
        let file = match source {
            Ok(file) => above_standard(file),
            Err(failed) => return Ok(Err(failed)),
        };
        // Commands get it, and so it must be none of the shell's own.
        let Ok(file) = fcntl_dupfd_cloexec(&file, OWN) else { return Ok(Err(Failed)) };
        let fd = file.into_raw_fd();
        let _ = rustix::io::fcntl_setfd(sys::descriptor(fd), rustix::io::FdFlags::empty());
        self.assign(sym, &number_text(i64::from(fd))).map(Ok)
    }

    /// A descriptor from which `text` can be read.
    pub(super) fn here_document(&mut self, text: &[u8]) -> Result<OwnedFd, Failed> {
        text_file(text).map_err(|errno| {
            self.complain_of("here-document: ", b"", errno);
            Failed
        })
    }

    /// Makes `file` the descriptor `fd`, open in commands too.
    pub fn move_onto(&mut self, file: OwnedFd, fd: i32) {
        if file.as_raw_fd() == fd {
            let raw = file.into_raw_fd();
            let _ = rustix::io::fcntl_setfd(sys::descriptor(raw), rustix::io::FdFlags::empty());
        } else {
            sys::duplicate_onto(file.as_raw_fd(), fd);
        }
    }

    /// Undoes redirections, the last one first.
    pub fn restore(&mut self, saved: Vec<Saved>) {
        for Saved { fd, copy } in saved.into_iter().rev() {
            match copy {
                Some(copy) => {
                    sys::duplicate_onto(copy.as_raw_fd(), fd);
                }
                None => close(fd),
            }
        }
    }

    /// Whether redirections can be mere streams of a built-in or applet: they concern descriptors 0 to 2 only.
    pub fn are_streams(redirects: &[Redirect]) -> bool {
        redirects.iter().all(|redirect| (0..=2).contains(&redirect.fd))
    }

    /// The streams a command in this process gets without redirections.
    pub fn streams(&mut self) -> [Stream; 3] {
        let input = match self.fed.take() {
            Some(text) => Stream::Text(text),
            None => Stream::Fd(0),
        };
        let output = if self.capture.is_some() { Stream::Capture } else { Stream::Fd(1) };
        [input, output, Stream::Fd(2)]
    }

    /// Applies redirections to the streams of one command. Opened files are kept in `files`, to be closed after it.
    pub fn redirect_streams(
        &mut self,
        redirects: &[Redirect],
        streams: &mut [Stream; 3],
        files: &mut Vec<OwnedFd>,
    ) -> Redirected<()> {
        for redirect in redirects {
            let (change, also) = match self.open(redirect)? {
                Ok(opened) => opened,
                Err(failed) => return Ok(Err(failed)),
            };
            let stream = match change {
                Change::File(file) => {
                    let file = above_standard(file);
                    let fd = file.as_raw_fd();
                    files.push(file);
                    Stream::Fd(fd)
                }
                Change::Close => Stream::Closed,
                Change::Text(text) if redirect.fd == 0 => Stream::Text(text),
                Change::Text(text) => match text_file(&text) {
                    Ok(file) => {
                        let fd = file.as_raw_fd();
                        files.push(file);
                        Stream::Fd(fd)
                    }
                    Err(_) => return Ok(Err(self.bad_descriptor(redirect.fd, redirect.fd))),
                },
                Change::Copy(from) | Change::Move(from) => {
                    match usize::try_from(from).ok().and_then(|index| streams.get(index)) {
                        Some(Stream::Closed) => return Ok(Err(self.bad_descriptor(from, redirect.fd))),
                        Some(stream) => stream.clone(),
                        None if !is_usable(from) => {
                            return Ok(Err(self.bad_descriptor(from, redirect.fd)));
                        }
                        None => Stream::Fd(from),
                    }
                }
            };
            if let (Some(_), Some(place)) = (also, streams.get_mut(2)) {
                *place = stream.clone();
            }
            if let Some(place) = usize::try_from(redirect.fd).ok().and_then(|index| streams.get_mut(index)) {
                *place = stream;
            }
        }
        Ok(Ok(()))
    }
}

/// A descriptor's number.
pub fn descriptor(text: &[u8]) -> Option<i32> {
    base::number::parse_radix(text, 10).ok().and_then(|number| i32::try_from(number).ok())
}

/// Whether a descriptor is one of the shell's own, which scripts do not see.
fn is_own(fd: i32) -> bool {
    fd >= OWN
        && rustix::io::fcntl_getfd(sys::descriptor(fd)).is_ok_and(|flags| flags.contains(rustix::io::FdFlags::CLOEXEC))
}

/// Whether a script may copy the descriptor.
fn is_usable(fd: i32) -> bool {
    rustix::fs::fcntl_getfl(sys::descriptor(fd)).is_ok_and(|flags| !flags.contains(OFlags::PATH)) && !is_own(fd)
}

/// Closes a descriptor. One of the standard three is filled, so that no file that an applet in this process, or in a child
/// without exec, opens is taken for it.
fn close(fd: i32) {
    sys::close(fd);
    if fd <= 2 {
        sys::plug_standard();
    }
}

/// Keeps a copy of a descriptor, once.
pub(super) fn save(fd: i32, saved: &mut Vec<Saved>) {
    if saved.iter().any(|other| other.fd == fd) {
        return;
    }
    // What fills a closed descriptor is put there anew.
    let copy = if is_usable(fd) || is_own(fd) { fcntl_dupfd_cloexec(sys::descriptor(fd), OWN).ok() } else { None };
    saved.push(Saved { fd, copy });
}

/// A descriptor that is not one of the standard three, which may be closed and be given out again by the system.
fn above_standard(file: OwnedFd) -> OwnedFd {
    if file.as_raw_fd() > 2 {
        return file;
    }
    fcntl_dupfd_cloexec(&file, OWN).unwrap_or(file)
}

fn open_file(name: &[u8], flags: OFlags) -> Result<OwnedFd, Errno> {
    let mode = Mode::from_raw_mode(0o666);
    let flags = flags | OFlags::CLOEXEC;
    loop {
        match base::fs::open(name, flags, mode) {
            Err(Errno::INTR) => {}
            Err(Errno::EXIST) if flags.contains(OFlags::EXCL) => {
                // `set -C` spares regular files only: devices and pipes may be written to.
                let file = base::fs::open(name, OFlags::WRONLY | OFlags::CLOEXEC, mode)?;
                let status = rustix::fs::fstat(&file)?;
                let regular = FileType::from_raw_mode(status.st_mode).is_file();
                return if regular { Err(Errno::EXIST) } else { Ok(file) };
            }
            other => return other,
        }
    }
}

/// A descriptor from which `text` can be read: a pipe where it certainly fits, else a file in memory.
pub fn text_file(text: &[u8]) -> Result<OwnedFd, Errno> {
    if text.len() <= 4096 {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        base::io::write_all(rustix::fd::AsFd::as_fd(&writer), text)?;
        return Ok(reader);
    }
    let file = rustix::fs::memfd_create(c"here-document", MemfdFlags::CLOEXEC)?;
    base::io::write_all(rustix::fd::AsFd::as_fd(&file), text)?;
    rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(0))?;
    Ok(file)
}

/// An error of a redirection in front of a special built-in ends a script.
pub fn fatal(_: Failed) -> Unwind {
    Unwind::Fail(1)
}
