//! The expressions of `test` and `[`, shared by the applet and the shell: POSIX's rules by the number of arguments, then
//! `!`, `-a`, `-o` and parentheses by precedence.

use crate::error::Errno;
use crate::sys;
use rustix::fs::{Access, AtFlags, CWD, FileType, Stat};

/// A wrong expression: what is wrong with it.
pub type Wrong = Vec<u8>;

/// Deeper nesting of `!` and parentheses is refused.
const DEEPEST: u32 = 2000;

/// The value of an expression (without the name, and for `[` without the closing bracket).
pub fn evaluate(args: &[&[u8]]) -> Result<bool, Wrong> {
    match args {
        [] => Ok(false),
        [one] => Ok(!one.is_empty()),
        [b"!", one] => Ok(one.is_empty()),
        [operator, operand] if is_unary(operator) => unary(operator, operand),
        // As in ksh and bash; with more arguments it is "and".
        [b"-a", operand] => unary(b"-e", operand),
        [operator, _] if operator.starts_with(b"-") => {
            Err(crate::bytes::fill("%: unary operator expected", &[*operator]))
        }
        [_, second] => Err(crate::bytes::fill("%: unexpected argument", &[*second])),
        [left, operator, right] if is_binary(operator) => binary(left, operator, right),
        [b"!", rest @ ..] if rest.len() < 4 => evaluate(rest).map(|value| !value),
        [b"(", one, b")"] => Ok(!one.is_empty()),
        [b"(", one, two, b")"] => evaluate(&[one, two]),
        _ => {
            let mut parser = Parser { args, at: 0, depth: 0 };
            let value = parser.or()?;
            match parser.peek() {
                None => Ok(value),
                Some(extra) => Err(crate::bytes::fill("%: unexpected operator", &[extra])),
            }
        }
    }
}

struct Parser<'a> {
    args: &'a [&'a [u8]],
    at: usize,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a [u8]> {
        self.args.get(self.at).copied()
    }

    fn ahead(&self, count: usize) -> Option<&'a [u8]> {
        self.args.get(self.at.saturating_add(count)).copied()
    }

    fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    fn or(&mut self) -> Result<bool, Wrong> {
        let mut value = self.and()?;
        while self.peek() == Some(b"-o") {
            self.skip(1);
            value |= self.and()?;
        }
        Ok(value)
    }

    fn and(&mut self) -> Result<bool, Wrong> {
        let mut value = self.not()?;
        while self.peek() == Some(b"-a") {
            self.skip(1);
            value &= self.not()?;
        }
        Ok(value)
    }

    fn not(&mut self) -> Result<bool, Wrong> {
        let mut negated = false;
        while self.peek() == Some(b"!") && self.ahead(1).is_some() && !self.ahead(1).is_some_and(is_binary) {
            self.skip(1);
            negated = !negated;
        }
        Ok(self.primary()? != negated)
    }

    fn primary(&mut self) -> Result<bool, Wrong> {
        let Some(first) = self.peek() else { return Err(b"argument expected".to_vec()) };
        if let (Some(operator), Some(right)) = (self.ahead(1), self.ahead(2))
            && is_binary(operator)
            && !matches!(operator, b"-a" | b"-o")
        {
            self.skip(3);
            return binary(first, operator, right);
        }
        if first == b"(" {
            self.depth = self.depth.saturating_add(1);
            if self.depth > DEEPEST {
                return Err(b"nested too deeply".to_vec());
            }
            self.skip(1);
            let value = self.or()?;
            if self.peek() != Some(b")") {
                return Err(b"closing paren expected".to_vec());
            }
            self.skip(1);
            self.depth = self.depth.saturating_sub(1);
            return Ok(value);
        }
        if is_unary(first)
            && let Some(operand) = self.ahead(1)
        {
            self.skip(2);
            return unary(first, operand);
        }
        self.skip(1);
        Ok(!first.is_empty())
    }
}

/// Whether `text` is an operator with one operand.
pub fn is_unary(text: &[u8]) -> bool {
    matches!(text, [b'-', letter] if b"bcdefghknprstuwxzLOGSN".contains(letter))
}

/// Whether `text` is an operator with two operands.
pub fn is_binary(text: &[u8]) -> bool {
    matches!(
        text,
        b"=" | b"=="
            | b"!="
            | b"<"
            | b">"
            | b"-eq"
            | b"-ne"
            | b"-lt"
            | b"-le"
            | b"-gt"
            | b"-ge"
            | b"-nt"
            | b"-ot"
            | b"-ef"
            | b"-a"
            | b"-o"
    )
}

/// A number as `test` wants it: blanks around, a sign, decimal digits.
fn number(text: &[u8]) -> Result<i64, Wrong> {
    crate::number::parse_i64(text.trim_ascii()).map_err(|error| match error {
        crate::number::NumberError::Overflow => crate::bytes::fill("%: out of range", &[text]),
        crate::number::NumberError::Invalid => crate::bytes::fill("%: bad number", &[text]),
    })
}

/// `left operator right`.
pub fn binary(left: &[u8], operator: &[u8], right: &[u8]) -> Result<bool, Wrong> {
    Ok(match operator {
        b"=" | b"==" => left == right,
        b"!=" => left != right,
        b"<" => left < right,
        b">" => left > right,
        b"-a" => !left.is_empty() && !right.is_empty(),
        b"-o" => !left.is_empty() || !right.is_empty(),
        b"-eq" => number(left)? == number(right)?,
        b"-ne" => number(left)? != number(right)?,
        b"-lt" => number(left)? < number(right)?,
        b"-le" => number(left)? <= number(right)?,
        b"-gt" => number(left)? > number(right)?,
        b"-ge" => number(left)? >= number(right)?,
        b"-nt" | b"-ot" => {
            let time = |path: &[u8]| stat(path).ok().map(|status| (status.st_mtime, status.st_mtime_nsec));
            // A file that is there is newer than one that is not.
            if operator == b"-nt" { time(left) > time(right) } else { time(left) < time(right) }
        }
        b"-ef" => match (stat(left), stat(right)) {
            (Ok(left), Ok(right)) => left.st_dev == right.st_dev && left.st_ino == right.st_ino,
            _ => false,
        },
        _ => return Err(crate::bytes::fill("%: unknown operator", &[operator])),
    })
}

fn stat(path: &[u8]) -> Result<Stat, Errno> {
    crate::fs::stat(path)
}

/// `operator operand`.
pub fn unary(operator: &[u8], operand: &[u8]) -> Result<bool, Wrong> {
    let [_, letter] = operator else { return Err(crate::bytes::fill("%: unknown operator", &[operator])) };
    let access = |mode: Access| crate::fs::accessat(CWD, operand, mode, AtFlags::EACCESS).is_ok();
    let kind = |wanted: FileType| stat(operand).is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == wanted);
    let bits = |mask: u32| stat(operand).is_ok_and(|status| status.st_mode & mask != 0);
    Ok(match letter {
        b'n' => !operand.is_empty(),
        b'z' => operand.is_empty(),
        b'e' => stat(operand).is_ok(),
        b'f' => kind(FileType::RegularFile),
        b'd' => kind(FileType::Directory),
        b'b' => kind(FileType::BlockDevice),
        b'c' => kind(FileType::CharacterDevice),
        b'p' => kind(FileType::Fifo),
        b'S' => kind(FileType::Socket),
        b'h' | b'L' => {
            crate::fs::lstat(operand).is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Symlink)
        }
        b's' => stat(operand).is_ok_and(|status| status.st_size > 0),
        b'r' => access(Access::READ_OK),
        b'w' => access(Access::WRITE_OK),
        b'x' => access(Access::EXEC_OK),
        b'u' => bits(0o4000),
        b'g' => bits(0o2000),
        b'k' => bits(0o1000),
        b'O' => stat(operand).is_ok_and(|status| status.st_uid == rustix::process::geteuid().as_raw()),
        b'G' => stat(operand).is_ok_and(|status| status.st_gid == rustix::process::getegid().as_raw()),
        b'N' => stat(operand)
            .is_ok_and(|status| (status.st_mtime, status.st_mtime_nsec) >= (status.st_atime, status.st_atime_nsec)),
        b't' => {
            let fd = i32::try_from(number(operand)?).unwrap_or(-1);
            fd >= 0 && rustix::termios::isatty(sys::descriptor(fd))
        }
        _ => return Err(crate::bytes::fill("%: unknown operator", &[operator])),
    })
}

#[cfg(test)]
mod tests {
    fn test(text: &str) -> Option<bool> {
        let args: Vec<&[u8]> = text.split(' ').filter(|word| !word.is_empty()).map(str::as_bytes).collect();
        super::evaluate(&args).ok()
    }

    #[test]
    fn by_count_and_precedence() {
        assert_eq!(test(""), Some(false));
        assert_eq!(test("-n"), Some(true));
        assert_eq!(test("! x"), Some(false));
        assert_eq!(test("a = a"), Some(true));
        assert_eq!(test("( = ("), Some(true));
        assert_eq!(test("! = !"), Some(true));
        assert_eq!(test("( a )"), Some(true));
        assert_eq!(test("! a = a"), Some(false));
        assert_eq!(test("1 -lt 2 -a 3 -gt 4 -o x"), Some(true));
        assert_eq!(test("! ( a = b -o c = c )"), Some(false));
        assert_eq!(test("-f = -f -a x"), Some(true));
        assert_eq!(test("1 -eq x"), None);
        assert_eq!(test("a b"), None);
        assert_eq!(test("a b c"), None);
        assert_eq!(test("-d / -a ! -f /"), Some(true));
    }
}
