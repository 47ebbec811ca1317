//! terminal - runs a script on a pseudo-terminal of its own: keys in, screen out.

use crate::parse::{Act, Case, Terminal};
use crate::run::{NOBODY, Setup};
use crate::screen::Screen;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;
use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::time::{Duration, Instant};

/// The first argument with which the runner calls itself, to become the leader of a terminal before it turns into the shell.
pub const ENTER: &str = "--enter-terminal";

/// `--enter-terminal TTY UID SHELL SCRIPT`: a new session with that terminal, then the shell.
pub fn enter() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(2).collect();
    let [tty, uid, shell, script] = args.as_slice() else { return ExitCode::from(2) };
    let error = match take_terminal(tty) {
        Ok(()) => {
            let mut command = Command::new(shell);
            command.arg0("sh").args(["-c", script, "sh"]);
            if let Ok(uid) = uid.parse::<u32>() {
                command.uid(uid).gid(uid);
            }
            command.exec()
        }
        Err(error) => error,
    };
    eprintln!("cases: {tty}: {error}");
    ExitCode::from(125)
}

fn take_terminal(tty: &str) -> io::Result<()> {
    rustix::process::setsid()?;
    let fd = rustix::fs::open(tty, OFlags::RDWR, Mode::empty())?;
    rustix::process::ioctl_tiocsctty(&fd)?;
    rustix::stdio::dup2_stdin(&fd)?;
    rustix::stdio::dup2_stdout(&fd)?;
    rustix::stdio::dup2_stderr(&fd)?;
    Ok(())
}

/// A script on a terminal.
struct Session {
    master: OwnedFd,
    child: Child,
    screen: Screen,
    status: Option<i32>,
    gone: bool,
    begun: Instant,
    /// The program has written something.
    written: bool,
}

/// Runs the case; what differed, or nothing.
pub fn run(case: &Case, terminal: &Terminal, dir: &Path, setup: &Setup) -> io::Result<String> {
    let mut session = Session::start(terminal, dir, setup)?;
    let mut report = String::new();
    for (act, line) in &terminal.acts {
        if let Err(text) = session.act(act, setup.timeout) {
            report = format!("  {}:{line}\n{text}", case.file.display());
            break;
        }
    }
    drop(session.master);
    let _ = session.child.kill();
    let _ = session.child.wait();
    Ok(report)
}

fn window(columns: usize, rows: usize) -> Winsize {
    Winsize { ws_row: rows as u16, ws_col: columns as u16, ws_xpixel: 0, ws_ypixel: 0 }
}

impl Session {
    fn start(terminal: &Terminal, dir: &Path, setup: &Setup) -> io::Result<Session> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let tty = rustix::pty::ptsname(&master, Vec::new())?.to_string_lossy().into_owned();
        rustix::termios::tcsetwinsize(&master, window(terminal.columns, terminal.rows))?;
        if setup.demote {
            chown(&tty, Some(NOBODY), None)?;
        }
        let uid = if setup.demote { NOBODY.to_string() } else { String::new() };
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ENTER).args([tty.as_str(), &uid]).arg(&setup.shell).arg(&terminal.script);
        command.current_dir(dir).env_clear().env("PATH", &setup.path).env("HOME", dir).env("PWD", dir);
        command.env("TERM", "xterm").env("TZ", "UTC0").env("PS1", "$ ").env("PS2", "> ");
        let child = command.spawn()?;
        let screen = Screen::new(terminal.columns, terminal.rows);
        Ok(Session { master, child, screen, status: None, gone: false, begun: Instant::now(), written: false })
    }

    fn act(&mut self, act: &Act, timeout: Duration) -> Result<(), String> {
        let deadline = Instant::now() + timeout;
        match act {
            Act::Keys(keys) => {
                self.wait_for(deadline, |session| session.gone || session.is_quiet());
                self.send(keys).map_err(|error| format!("    the keys cannot be typed: {error}\n"))
            }
            Act::Size(columns, rows) => {
                self.screen.resize(*columns, *rows);
                rustix::termios::tcsetwinsize(&self.master, window(*columns, *rows))
                    .map_err(|error| format!("    the window keeps its size: {error}\n"))
            }
            Act::Screen(lines) => {
                let mut expected = lines.clone();
                while expected.last().is_some_and(String::is_empty) {
                    expected.pop();
                }
                if self.wait_for(deadline, |session| session.screen.lines() == expected) {
                    return Ok(());
                }
                let mut text = String::from("    expected:\n");
                expected.iter().for_each(|line| text.push_str(&format!("    | {line}\n")));
                text.push_str("    on the screen:\n");
                self.screen.lines().iter().for_each(|line| text.push_str(&format!("    | {line}\n")));
                Err(text)
            }
            Act::Cursor(row, column) => {
                if self.wait_for(deadline, |session| session.screen.cursor == (row - 1, column - 1)) {
                    return Ok(());
                }
                let (row, column) = self.screen.cursor;
                Err(format!("    the cursor is at {},{}\n", row + 1, column + 1))
            }
            Act::Style(style, text) => {
                if self.wait_for(deadline, |session| session.screen.style_of(text).as_ref() == Some(style)) {
                    return Ok(());
                }
                Err(format!("    `{text}` is shown as {:?}\n", self.screen.style_of(text)))
            }
            Act::Exit(status) => {
                if !self.wait_for(deadline, |session| session.status.is_some()) {
                    return Err("    it does not end\n".to_string());
                }
                match self.status {
                    Some(other) if other != *status => Err(format!("    it ends with status {other}\n")),
                    _ => Ok(()),
                }
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // A program that echoes much must not stand still because nobody reads.
            self.read(Duration::ZERO);
            let count = rustix::io::write(&self.master, rest.get(..rest.len().min(256)).unwrap_or_default())?;
            rest = rest.get(count..).unwrap_or_default();
        }
        Ok(())
    }

    /// Whether the program waits for keys: nothing more was written for a moment, and what was written first has come. A program
    /// that writes nothing at all gets its keys after a second.
    fn is_quiet(&mut self) -> bool {
        !self.read(Duration::from_millis(30)) && (self.written || self.begun.elapsed() > Duration::from_secs(1))
    }

    /// Waits until `right` holds; false when the time is over.
    fn wait_for(&mut self, deadline: Instant, mut right: impl FnMut(&mut Session) -> bool) -> bool {
        loop {
            if right(self) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            if self.gone {
                if self.status.is_some() {
                    // Nothing changes any more.
                    return right(self);
                }
                std::thread::sleep(Duration::from_millis(5));
            } else {
                self.read(Duration::from_millis(50));
            }
            if self.status.is_none()
                && let Ok(Some(status)) = self.child.try_wait()
            {
                self.status = Some(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)));
                while self.read(Duration::from_millis(20)) {}
            }
        }
    }

    /// Takes what the program wrote, waiting at most so long; whether there was anything.
    fn read(&mut self, timeout: Duration) -> bool {
        let time = Timespec { tv_sec: 0, tv_nsec: i64::from(timeout.subsec_nanos()) };
        let mut fds = [PollFd::from_borrowed_fd(self.master.as_fd(), PollFlags::IN)];
        if !matches!(poll(&mut fds, Some(&time)), Ok(1..)) {
            return false;
        }
        let mut block = [0; 4096];
        match rustix::io::read(&self.master, &mut block) {
            Ok(count @ 1..) => {
                self.written = true;
                self.screen.feed(block.get(..count).unwrap_or_default());
                let answers = std::mem::take(&mut self.screen.answers);
                let _ = rustix::io::write(&self.master, &answers);
                true
            }
            // EIO: no program holds the terminal any more.
            _ => {
                self.gone = true;
                false
            }
        }
    }
}
