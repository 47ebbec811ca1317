//! Evaluating the expression for one file.

use super::exec;
use super::parse::{Node, Plan};
use super::print;
use crate::common::base_name;
use base::meta::{Meta, Stamp};
use base::time::Zone;
use base::users::Database;
use base::walk::Walk;
use base::{Context, Errno, Error, Result};
use rustix::fs::{AtFlags, FileType};

/// What evaluation needs and remembers.
pub struct State {
    pub users: Database,
    pub zone: Zone,
    pub utf8: bool,
    pub now: Stamp,
    /// The length of the operand under which we walk.
    pub operand: usize,
    /// -prune was true for this file.
    pub prune: bool,
    pub quit: bool,
    /// The attributes could not be had: told once for a file.
    failed: bool,
}

impl State {
    pub fn new(cx: &Context, plan: &Plan, users: Database) -> State {
        State {
            users,
            zone: Zone::load(cx.env.get(b"TZ")),
            utf8: cx.is_utf8(),
            now: plan.now(),
            operand: 0,
            prune: false,
            quit: false,
            failed: false,
        }
    }

    pub fn start_of(&mut self, operand: &[u8]) {
        self.operand = operand.len();
    }

    pub fn begin(&mut self) {
        self.prune = false;
        self.failed = false;
    }

    pub fn evaluate(&mut self, cx: &mut Context, plan: &mut Plan, walk: &mut Walk) -> Result<bool> {
        // The expression does not change while its parts (commands, files) do.
        let expression = core::mem::replace(&mut plan.expression, Node::Constant(true));
        let result = self.node(cx, plan, &expression, walk);
        plan.expression = expression;
        result
    }

    /// The file's attributes, or a message and `None`.
    fn meta(&mut self, cx: &mut Context, walk: &mut Walk) -> Option<Meta> {
        match walk.meta() {
            Ok(meta) => Some(meta),
            Err(e) => {
                if !self.failed {
                    self.failed = true;
                    cx.warn(Error::system(walk.path(), e));
                }
                None
            }
        }
    }

    fn node(&mut self, cx: &mut Context, plan: &mut Plan, node: &Node, walk: &mut Walk) -> Result<bool> {
        Ok(match node {
            Node::And(nodes) => {
                for node in nodes {
                    if self.quit || !self.node(cx, plan, node, walk)? {
                        return Ok(false);
                    }
                }
                true
            }
            Node::Or(nodes) => {
                for node in nodes {
                    if self.quit || self.node(cx, plan, node, walk)? {
                        return Ok(true);
                    }
                }
                false
            }
            Node::List(nodes) => {
                let mut last = false;
                for node in nodes {
                    if self.quit {
                        break;
                    }
                    last = self.node(cx, plan, node, walk)?;
                }
                last
            }
            Node::Not(node) => !self.node(cx, plan, node, walk)?,
            Node::Constant(value) => *value,
            Node::Name(pattern) => {
                let name = if walk.depth() == 0 { base_name(walk.path()) } else { walk.name() };
                pattern.matches(name)
            }
            Node::Path(pattern) => pattern.matches(walk.path()),
            Node::Link(pattern) => {
                walk.kind() == FileType::Symlink
                    && base::fs::readlinkat(walk.dir(), walk.name())
                        .is_ok_and(|target| pattern.matches(target.to_bytes()))
            }
            Node::Regex(regex) => regex.matches(walk.path()),
            Node::Type(types) => types.contains(&walk.kind()),
            Node::TargetType(types) => {
                // Of a link, what it leads to; where links are followed, the link itself.
                let kind = Meta::at(walk.dir(), walk.name(), !walk.follows())
                    .or_else(|_| Meta::at(walk.dir(), walk.name(), false));
                kind.is_ok_and(|m| types.contains(&FileType::from_raw_mode(m.mode)))
            }
            Node::Empty => match walk.kind() {
                FileType::RegularFile => self.meta(cx, walk).is_some_and(|m| m.size == 0),
                FileType::Directory => self.is_empty_dir(cx, walk),
                _ => false,
            },
            Node::Access(access) => base::fs::accessat(walk.dir(), walk.name(), *access, AtFlags::EACCESS).is_ok(),
            Node::Prune => {
                self.prune = true;
                true
            }
            Node::Quit => {
                self.quit = true;
                true
            }
            Node::Delete => self.delete(cx, walk),
            Node::Exec(index) => exec::run(cx, plan, *index, walk)?,
            Node::Print(file, end) => {
                match file.and_then(|index| plan.files.get_mut(index)) {
                    Some(file) => {
                        file.put(walk.path())?;
                        file.byte(*end)?;
                    }
                    None => {
                        cx.stdout.put(walk.path())?;
                        cx.stdout.byte(*end)?;
                    }
                }
                true
            }
            Node::Printf(file, format) => {
                let mut text = Vec::new();
                let meta = if format.needs_meta { self.meta(cx, walk) } else { Some(Meta::default()) };
                // Where the attributes cannot be had there is nothing to print.
                if let Some(meta) = meta {
                    print::push_format(&mut text, format, self, walk, &meta);
                    let quits = format.flushes;
                    match file.and_then(|index| plan.files.get_mut(index)) {
                        Some(file) => file.put(&text)?,
                        None => cx.stdout.put(&text)?,
                    }
                    if quits {
                        cx.stdout.finish()?;
                    }
                }
                true
            }
            Node::List1(file) => {
                if let Some(meta) = self.meta(cx, walk) {
                    let mut text = Vec::new();
                    print::push_ls(&mut text, self, walk, &meta);
                    match file.and_then(|index| plan.files.get_mut(index)) {
                        Some(file) => file.put(&text)?,
                        None => cx.stdout.put(&text)?,
                    }
                }
                true
            }
            _ => match self.meta(cx, walk) {
                Some(meta) => self.attribute(node, walk, &meta),
                None => false,
            },
        })
    }

    /// The tests that ask for attributes.
    #[inline(never)]
    fn attribute(&mut self, node: &Node, walk: &Walk, meta: &Meta) -> bool {
        match node {
            // Units that are begun count whole.
            Node::Size(compare, unit) => compare.matches(meta.size.div_ceil((*unit).max(1))),
            Node::Perm(how, for_dirs, for_others) => {
                let (have, want) = (meta.permissions(), if meta.is_dir() { *for_dirs } else { *for_others });
                match how {
                    b'-' => have & want == want,
                    b'/' => want == 0 || have & want != 0,
                    _ => have == want,
                }
            }
            Node::Links(compare) => compare.matches(meta.nlink),
            Node::Inode(compare) => compare.matches(meta.ino),
            Node::Same(dev, ino) => meta.dev == *dev && meta.ino == *ino,
            Node::Age(clock, how, age, unit) => {
                let Some(stamp) = clock.of(meta) else { return false };
                let nanos =
                    |s: Stamp| i128::from(s.sec).saturating_mul(1_000_000_000).saturating_add(i128::from(s.nsec));
                let old = nanos(self.now).saturating_sub(nanos(stamp));
                let minutes = *unit < 3_600_000_000_000;
                match (how, minutes) {
                    // Days are counted whole: +1 is two days and more. Minutes are compared as they are.
                    (b'+', false) => old >= age.saturating_add(*unit),
                    (b'+', true) => old > *age,
                    (b'-', _) => old < *age,
                    (_, false) => old >= *age && old < age.saturating_add(*unit),
                    (_, true) => old >= age.saturating_sub(*unit) && old < *age,
                }
            }
            Node::Newer(clock, stamp) => clock.of(meta).is_some_and(|own| own > *stamp),
            Node::Used(compare) => {
                // Days begun between the change and the use; never used since is none of them.
                let seconds = meta.atime.sec.saturating_sub(meta.ctime.sec);
                meta.atime > meta.ctime && u64::try_from(seconds / 86400).is_ok_and(|days| compare.matches(days))
            }
            Node::User(compare) => compare.matches(u64::from(meta.uid)),
            Node::Group(compare) => compare.matches(u64::from(meta.gid)),
            Node::NoUser => self.users.user_name(meta.uid).is_none(),
            Node::NoGroup => self.users.group_name(meta.gid).is_none(),
            Node::FileSystem(name) => fs_name(walk).as_bytes() == name.as_slice(),
            _ => false,
        }
    }

    fn is_empty_dir(&mut self, cx: &mut Context, walk: &Walk) -> bool {
        let listing =
            base::walk::open_dir(walk.dir(), walk.name(), walk.follows()).and_then(|fd| base::walk::list(&fd));
        match listing {
            Ok(listing) => listing.items.is_empty(),
            Err(e) => {
                cx.warn(Error::system(walk.path(), e));
                false
            }
        }
    }

    fn delete(&mut self, cx: &mut Context, walk: &mut Walk) -> bool {
        // `find . -delete` empties the directory it stands in.
        if walk.path() == b"." {
            return true;
        }
        let is_dir = walk.kind() == FileType::Directory && !self.is_link(walk);
        let flags = if is_dir { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        match base::fs::unlinkat(walk.dir(), walk.name(), flags) {
            Ok(()) => true,
            // Somebody else was quicker.
            Err(Errno::NOENT) if walk.depth() > 0 => true,
            Err(e) => {
                cx.warn(Error::system(walk.path(), e));
                false
            }
        }
    }

    fn is_link(&self, walk: &Walk) -> bool {
        walk.follows() && Meta::at(walk.dir(), walk.name(), false).is_ok_and(|m| m.is_link())
    }
}

/// The name of the type of the file system an entry is on.
pub fn fs_name(walk: &Walk) -> &'static str {
    use rustix::fs::{Mode, OFlags};
    let mut flags = OFlags::PATH | OFlags::CLOEXEC;
    flags.set(OFlags::NOFOLLOW, !walk.follows());
    let open = |flags| base::fs::openat(walk.dir(), walk.name(), flags, Mode::empty());
    // A link that leads nowhere stands for itself.
    let fd = open(flags).or_else(|_| open(flags | OFlags::NOFOLLOW));
    #[allow(clippy::unnecessary_cast, reason = "the field differs by architecture")]
    match fd.and_then(rustix::fs::fstatfs) {
        Ok(fs) => match crate::stat::system_name(fs.f_type as u64) {
            "overlayfs" => "overlay",
            "ext2/ext3" => "ext4",
            name => name,
        },
        Err(_) => "unknown",
    }
}
