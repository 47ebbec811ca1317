//! ps1 - the escapes of a prompt: those of ash and bash.

use crate::exec::simple::base_name;
use crate::names::Sym;
use crate::shell::Shell;
use base::time::{Zone, now, push_time};

/// Escapes that are a byte each, and what they are.
const LETTERS: &[u8; 8] = b"nraeE[]\\";
const MEANT: &[u8; 8] = b"\n\r\x07\x1b\x1b\x01\x02\\";

impl Shell {
    /// A prompt's text with its escapes replaced. The marks 1 and 2 enclose what takes no room (`\[` and `\]`).
    pub fn prompt_escapes(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut rest = text;
        while let Some((byte, after)) = rest.split_first() {
            rest = after;
            if *byte != b'\\' {
                out.push(*byte);
                continue;
            }
            let Some((letter, after)) = rest.split_first() else {
                out.push(b'\\');
                break;
            };
            rest = after;
            match letter {
                b'u' => out.extend_from_slice(&self.user_name()),
                b'h' | b'H' => {
                    let system = rustix::system::uname();
                    let name = system.nodename().to_bytes();
                    let end = if *letter == b'h' { memchr::memchr(b'.', name) } else { None };
                    out.extend_from_slice(name.get(..end.unwrap_or(name.len())).unwrap_or_default());
                }
                b'w' | b'W' => self.push_directory(&mut out, *letter == b'W'),
                b'$' => out.push(if rustix::process::geteuid().is_root() { b'#' } else { b'$' }),
                b't' | b'T' | b'A' | b'@' | b'd' => {
                    let form: &[u8] = match letter {
                        b't' => b"%H:%M:%S",
                        b'T' => b"%I:%M:%S",
                        b'A' => b"%H:%M",
                        b'@' => b"%I:%M %p",
                        _ => b"%a %b %d",
                    };
                    self.push_time(&mut out, form);
                }
                b'D' => match (rest.strip_prefix(b"{"), memchr::memchr(b'}', rest)) {
                    (Some(inside), Some(end)) => {
                        let form = inside.get(..end.saturating_sub(1)).unwrap_or_default();
                        self.push_time(&mut out, if form.is_empty() { b"%H:%M:%S" } else { form });
                        rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
                    }
                    _ => out.extend_from_slice(b"\\D"),
                },
                b'j' => {
                    let count = self.jobs.list.iter().filter(|job| !job.is_done()).count();
                    base::number::push_u64(&mut out, count as u64);
                }
                b'!' | b'#' => {
                    let number = if *letter == b'!' { self.prompt.history.next_number() } else { self.prompt.commands };
                    base::number::push_u64(&mut out, number as u64);
                }
                b's' => out.extend_from_slice(base_name(&self.called)),
                b'v' | b'V' => {
                    let version = env!("CARGO_PKG_VERSION").as_bytes();
                    let end = if *letter == b'v' { memchr::memrchr(b'.', version) } else { None };
                    out.extend_from_slice(version.get(..end.unwrap_or(version.len())).unwrap_or_default());
                }
                b'l' => {
                    let name = rustix::termios::ttyname(base::sys::descriptor(0), Vec::new()).ok();
                    let name = name.as_ref().map_or(&b"tty"[..], |name| name.to_bytes());
                    out.extend_from_slice(name.strip_prefix(b"/dev/").unwrap_or(name));
                }
                b'0'..=b'7' => {
                    let count = after.iter().take(2).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
                    let mut value = letter & 7;
                    for digit in after.iter().take(count) {
                        value = value.wrapping_mul(8).wrapping_add(digit & 7);
                    }
                    out.push(value);
                    rest = after.get(count..).unwrap_or_default();
                }
                other => match LETTERS.iter().position(|known| known == other) {
                    Some(at) => out.extend(MEANT.get(at)),
                    None => out.extend_from_slice(&[b'\\', *other]),
                },
            }
        }
        out
    }

    fn user_name(&self) -> Vec<u8> {
        let uid = rustix::process::geteuid().as_raw();
        base::users::Database::new().user_by_id(uid).map(|user| user.name).unwrap_or_default()
    }

    /// The directory, with `~` for HOME; or its last part alone.
    fn push_directory(&self, out: &mut Vec<u8>, short: bool) {
        let path = self.vars.get(Sym::PWD).unwrap_or_default();
        let home = self.vars.get(Sym::HOME).unwrap_or_default();
        let inside = if home.len() > 1 { path.strip_prefix(home) } else { None };
        match inside.filter(|rest| rest.is_empty() || rest.starts_with(b"/")) {
            Some(b"") => out.push(b'~'),
            Some(rest) if !short => {
                out.push(b'~');
                out.extend_from_slice(rest);
            }
            _ if short && path != b"/" => {
                out.extend_from_slice(base_name(path));
            }
            _ => out.extend_from_slice(path),
        }
    }

    fn push_time(&self, out: &mut Vec<u8>, form: &[u8]) {
        push_time(out, form, now(), &Zone::load(self.variable(b"TZ")));
    }
}
