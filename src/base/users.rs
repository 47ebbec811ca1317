//! Users and groups from `/etc/passwd` and `/etc/group`, without NSS: by name, by number, the groups of a user, names
//! cached for `ls -l`, and the operand of `chown`.

use crate::number::parse_u32;

/// Where the two files are.
pub const PASSWD: &[u8] = b"/etc/passwd";
pub const GROUP: &[u8] = b"/etc/group";

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
    pub uid: u32,
    pub gid: u32,
    pub gecos: Vec<u8>,
    pub home: Vec<u8>,
    pub shell: Vec<u8>,
}

/// A line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
    pub gid: u32,
    pub members: Vec<Vec<u8>>,
}

/// Reads one line of passwd; `None` for comments and broken lines.
pub fn parse_user(line: &[u8]) -> Option<User> {
    let mut f = line.split(|&b| b == b':');
    let name = f.next().filter(|n| !n.is_empty() && n.first() != Some(&b'#'))?.to_vec();
    let password = f.next()?.to_vec();
    let uid = parse_u32(f.next()?).ok()?;
    let gid = parse_u32(f.next()?).ok()?;
    let mut rest = || f.next().unwrap_or_default().to_vec();
    Some(User { name, password, uid, gid, gecos: rest(), home: rest(), shell: rest() })
}

/// Reads one line of group; `None` for comments and broken lines.
pub fn parse_group(line: &[u8]) -> Option<Group> {
    let mut f = line.split(|&b| b == b':');
    let name = f.next().filter(|n| !n.is_empty() && n.first() != Some(&b'#'))?.to_vec();
    let password = f.next()?.to_vec();
    let gid = parse_u32(f.next()?).ok()?;
    let members = f.next().unwrap_or_default();
    let members = members.split(|&b| b == b',').filter(|m| !m.is_empty()).map(<[u8]>::to_vec).collect();
    Some(Group { name, password, gid, members })
}

/// The two files as they are at this moment, each read when first asked for.
#[derive(Default)]
pub struct Database {
    passwd: Option<Vec<u8>>,
    group: Option<Vec<u8>>,
    users: Vec<(u32, Option<Vec<u8>>)>,
    groups: Vec<(u32, Option<Vec<u8>>)>,
}

/// A file that is missing has no entries: a container without /etc/passwd works with numbers.
fn lines<'a>(cache: &'a mut Option<Vec<u8>>, path: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    cache.get_or_insert_with(|| crate::slurp::read(path, 64 << 20).unwrap_or_default()).split(|&b| b == b'\n')
}

impl Database {
    pub fn new() -> Database {
        Database::default()
    }

    /// A database of given texts instead of the files.
    pub fn from_texts(passwd: &[u8], group: &[u8]) -> Database {
        Database { passwd: Some(passwd.to_vec()), group: Some(group.to_vec()), ..Database::default() }
    }

    pub fn user_by_name(&mut self, name: &[u8]) -> Option<User> {
        lines(&mut self.passwd, PASSWD).filter(|l| is_first(l, name)).find_map(parse_user)
    }

    pub fn user_by_id(&mut self, uid: u32) -> Option<User> {
        lines(&mut self.passwd, PASSWD).filter_map(parse_user).find(|u| u.uid == uid)
    }

    pub fn group_by_name(&mut self, name: &[u8]) -> Option<Group> {
        lines(&mut self.group, GROUP).filter(|l| is_first(l, name)).find_map(parse_group)
    }

    pub fn group_by_id(&mut self, gid: u32) -> Option<Group> {
        lines(&mut self.group, GROUP).filter_map(parse_group).find(|g| g.gid == gid)
    }

    /// All users, in the order of the file.
    pub fn users(&mut self) -> Vec<User> {
        lines(&mut self.passwd, PASSWD).filter_map(parse_user).collect()
    }

    /// All groups, in the order of the file.
    pub fn groups(&mut self) -> Vec<Group> {
        lines(&mut self.group, GROUP).filter_map(parse_group).collect()
    }

    /// The group numbers of a user: `primary` first, then those that list `name`, without repetition.
    pub fn groups_of(&mut self, name: &[u8], primary: u32) -> Vec<u32> {
        let mut list = vec![primary];
        for group in lines(&mut self.group, GROUP).filter_map(parse_group) {
            if group.members.iter().any(|m| m == name) && !list.contains(&group.gid) {
                list.push(group.gid);
            }
        }
        list
    }

    /// The name of a user number, remembered, so that `ls -l` of many files asks once.
    pub fn user_name(&mut self, uid: u32) -> Option<&[u8]> {
        let at = match self.users.iter().position(|(id, _)| *id == uid) {
            Some(at) => at,
            None => {
                let name = self.user_by_id(uid).map(|u| u.name);
                self.users.push((uid, name));
                self.users.len() - 1
            }
        };
        self.users.get(at).and_then(|(_, name)| name.as_deref())
    }

    /// The name of a group number, remembered.
    pub fn group_name(&mut self, gid: u32) -> Option<&[u8]> {
        let at = match self.groups.iter().position(|(id, _)| *id == gid) {
            Some(at) => at,
            None => {
                let name = self.group_by_id(gid).map(|g| g.name);
                self.groups.push((gid, name));
                self.groups.len() - 1
            }
        };
        self.groups.get(at).and_then(|(_, name)| name.as_deref())
    }

    /// A user operand: a name, or else a number (`+5` is always a number).
    pub fn user_id(&mut self, text: &[u8]) -> Option<u32> {
        self.user_by_name(text).map(|u| u.uid).or_else(|| id(text))
    }

    /// A group operand: a name, or else a number.
    pub fn group_id(&mut self, text: &[u8]) -> Option<u32> {
        self.group_by_name(text).map(|g| g.gid).or_else(|| id(text))
    }

    /// The operand of chown: `owner`, `owner:group`, `owner:` (its login group), `:group`, and `.` for `:` where no
    /// user has such a name.
    pub fn owner(&mut self, spec: &[u8]) -> Result<Owner, OwnerError> {
        if let Some(at) = spec.iter().position(|&b| b == b':') {
            let (user, group) = spec.split_at(at);
            return self.owner_parts(user, group.get(1..).unwrap_or_default());
        }
        if let Some(uid) = self.user_id(spec) {
            return Ok(Owner { uid: Some(uid), gid: None });
        }
        if let Some(at) = spec.iter().position(|&b| b == b'.') {
            let (user, group) = spec.split_at(at);
            return self.owner_parts(user, group.get(1..).unwrap_or_default());
        }
        if spec.is_empty() { Ok(Owner::default()) } else { Err(OwnerError::User) }
    }

    fn owner_parts(&mut self, user: &[u8], group: &[u8]) -> Result<Owner, OwnerError> {
        let mut owner = Owner::default();
        if !user.is_empty() {
            owner.uid = Some(self.user_id(user).ok_or(OwnerError::User)?);
        }
        if !group.is_empty() {
            owner.gid = Some(self.group_id(group).ok_or(OwnerError::Group)?);
        } else if let Some(uid) = owner.uid {
            owner.gid = Some(self.user_by_id(uid).ok_or(OwnerError::User)?.gid);
        }
        Ok(owner)
    }
}

fn is_first(line: &[u8], name: &[u8]) -> bool {
    line.strip_prefix(name).is_some_and(|rest| rest.first() == Some(&b':'))
}

fn id(text: &[u8]) -> Option<u32> {
    // The last number means "do not change" to chown(2), so it names nobody.
    parse_u32(text).ok().filter(|&n| n != u32::MAX)
}

/// Whom a file is to belong to; `None` leaves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

/// Which part of an owner operand is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerError {
    User,
    Group,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    fn db() -> Database {
        Database::from_texts(
            b"root:x:0:0:root:/root:/bin/sh\n# comment\nbroken\nann:x:100:50:Ann:/home/ann:/bin/sh\na.b:x:7:8:::\n",
            b"root:x:0:\nusers:x:50:bob\nwheel:x:10:root,ann\nbig:x:99999999999:\naudio:x:11:ann",
        )
    }

    #[test]
    fn looks_up() {
        let mut db = db();
        assert_eq!(db.user_by_name(b"ann").unwrap().home, b"/home/ann");
        assert_eq!(db.user_name(100), Some(&b"ann"[..]));
        assert_eq!(db.user_name(101), None);
        assert_eq!(db.group_name(10), Some(&b"wheel"[..]));
        assert_eq!(db.groups_of(b"ann", 50), [50, 10, 11]);
        assert_eq!(db.user_by_name(b""), None);
    }

    #[test]
    fn owners() {
        let mut db = db();
        let own = |uid, gid| Ok(Owner { uid, gid });
        assert_eq!(db.owner(b"ann"), own(Some(100), None));
        assert_eq!(db.owner(b"ann:"), own(Some(100), Some(50)));
        assert_eq!(db.owner(b":wheel"), own(None, Some(10)));
        assert_eq!(db.owner(b"ann.wheel"), own(Some(100), Some(10)));
        assert_eq!(db.owner(b"a.b"), own(Some(7), None));
        assert_eq!(db.owner(b"12:34"), own(Some(12), Some(34)));
        assert_eq!(db.owner(b"12:"), Err(OwnerError::User));
        assert_eq!(db.owner(b"ann:nope"), Err(OwnerError::Group));
        assert_eq!(db.owner(b"4294967295"), Err(OwnerError::User));
        assert_eq!(db.owner(b":"), own(None, None));
    }
}
