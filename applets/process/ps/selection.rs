//! Which processes are listed.

use crate::proc::{Owner, Process, terminal_name};
use base::number::{parse_i64, parse_u32};
use base::users::Database;
use base::{Error, Result};

/// What the command line asks for.
#[derive(Default)]
pub struct Wanted {
    pub all: bool,
    /// `-a`: those with a terminal, without session leaders.
    pub with_terminal: bool,
    /// `-d`: all but session leaders.
    pub no_leaders: bool,
    /// `a`, `x`: of all users, without a terminal too.
    pub bsd_all: bool,
    pub bsd_without_terminal: bool,
    /// `r`: only running ones, of those that are selected otherwise.
    pub running: bool,
    lists: Vec<(u8, Vec<u8>)>,
}

impl Wanted {
    /// Adds a list for an option's letter (`P` is that of parents).
    pub fn add(&mut self, letter: u8, list: &[u8]) -> Result<()> {
        for word in list.split(|byte| matches!(byte, b',' | b' ' | b'\t')).filter(|word| !word.is_empty()) {
            if matches!(letter, b'p' | b'q' | b'P' | b's' | b'g') && parse_i64(word).is_err() {
                return Err(Error::message_about("invalid number", word));
            }
            self.lists.push((letter, word.to_vec()));
        }
        Ok(())
    }

    /// The selection with names turned to numbers.
    #[inline(never)]
    pub fn resolve(self, users: &mut Database) -> Result<Selection> {
        let mut tests = Vec::new();
        for (letter, word) in &self.lists {
            let number = || parse_i64(word).ok().and_then(|number| i32::try_from(number).ok()).unwrap_or(-1);
            tests.push(match letter {
                b'p' | b'q' => Test::Pid(number()),
                b'P' => Test::Parent(number()),
                b's' | b'g' => Test::Session(number()),
                b'C' => Test::Command(word.clone()),
                b't' => Test::Terminal(word.strip_prefix(b"/dev/").unwrap_or(word).to_vec()),
                b'G' => {
                    let id = users.group_by_name(word).map(|group| group.gid).or_else(|| parse_u32(word).ok());
                    Test::Group(id.ok_or_else(|| {
                        Error::message(base::bytes::fill("group '%' does not exist", &[word.as_slice()]))
                    })?)
                }
                _ => {
                    let id = users.user_id(word);
                    let id = id.ok_or_else(|| {
                        Error::message(base::bytes::fill("user name '%' does not exist", &[word.as_slice()]))
                    })?;
                    if *letter == b'U' { Test::RealUser(id) } else { Test::User(id) }
                }
            });
        }
        Ok(Selection { wanted: self, tests, me: rustix::process::geteuid().as_raw() })
    }
}

enum Test {
    Pid(i32),
    Parent(i32),
    Session(i32),
    Command(Vec<u8>),
    Terminal(Vec<u8>),
    Group(u32),
    User(u32),
    RealUser(u32),
}

/// A selection that can be asked.
pub struct Selection {
    wanted: Wanted,
    tests: Vec<Test>,
    me: u32,
}

impl Selection {
    /// Whether the process is selected.
    #[inline(never)]
    pub fn contains(&self, process: &Process, owner: &Owner) -> bool {
        let wanted = &self.wanted;
        if wanted.running && !matches!(process.state, b'R' | b'D') {
            return false;
        }
        let leader = process.session == process.pid;
        let has_terminal = process.terminal != 0;
        let simple = wanted.all
            || wanted.with_terminal && has_terminal && !leader
            || wanted.no_leaders && !leader
            || wanted.bsd_all && (has_terminal || wanted.bsd_without_terminal)
            || wanted.bsd_without_terminal && owner.effective_user == self.me;
        let nothing_asked = self.tests.is_empty()
            && !(wanted.with_terminal || wanted.no_leaders || wanted.bsd_all || wanted.bsd_without_terminal);
        simple
            || nothing_asked
            || self.tests.iter().any(|test| match test {
                Test::Pid(pid) => process.pid == *pid,
                Test::Parent(pid) => process.ppid == *pid,
                Test::Session(session) => process.session == *session,
                Test::Command(name) => process.comm == *name || name.get(..15) == Some(&process.comm),
                Test::Terminal(name) => terminal_name(process.terminal)
                    .is_some_and(|own| own == *name || own.strip_prefix(b"tty") == Some(name)),
                Test::Group(group) => owner.group == *group,
                Test::User(user) => owner.effective_user == *user,
                Test::RealUser(user) => owner.user == *user,
            })
    }
}
