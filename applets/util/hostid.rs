//! hostid - print the number of this machine
//! Spec: BusyBox, GNU. Extras: none. Deviations: the machine's name is looked up in /etc/hosts alone.

use base::{Applet, Args, Context, Declaration, Exec, Result, Status};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "hostid",
    exec: Exec::no_fork("reads two small files and writes"),
    summary: "Print the 32-bit number of this machine in hexadecimal",
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let mut line = Vec::new();
    base::number::push_radix(&mut line, u64::from(identity()), 16, 8, b'0');
    line.push(b'\n');
    cx.stdout.put(&line)?;
    Ok(cx.status())
}

/// What gethostid(3) of the reference systems gives: the first bytes of /etc/hostid, or the machine's address with its
/// halves exchanged, or 0.
fn identity() -> u32 {
    if let Ok(bytes) = base::slurp::read(b"/etc/hostid", 4)
        && let Ok(bytes) = <[u8; 4]>::try_from(bytes.as_slice())
    {
        return u32::from_ne_bytes(bytes);
    }
    let hosts = base::slurp::read(b"/etc/hosts", 1 << 20).unwrap_or_default();
    let system = rustix::system::uname();
    address(&hosts, system.nodename().to_bytes()).map_or(0, |bytes| u32::from_ne_bytes(bytes).rotate_left(16))
}

/// The IPv4 address of `name` in the text of /etc/hosts.
fn address(hosts: &[u8], name: &[u8]) -> Option<[u8; 4]> {
    hosts.split(|byte| *byte == b'\n').find_map(|line| {
        let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let address = words.next()?;
        if !words.any(|word| word == name) {
            return None;
        }
        let mut bytes = [0; 4];
        let mut parts = address.split(|byte| *byte == b'.');
        for byte in &mut bytes {
            *byte = u8::try_from(base::number::parse_radix(parts.next()?, 10).ok()?).ok()?;
        }
        Some(bytes).filter(|_| parts.next().is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn hosts() {
        let text = b"::1 box\n# 1.2.3.4 box\n127.0.1.1\tbox.local box # me\n999.1.1.1 odd\n";
        assert_eq!(address(text, b"box"), Some([127, 0, 1, 1]));
        assert_eq!(address(text, b"me"), None);
        assert_eq!(address(text, b"odd"), None);
    }
}
