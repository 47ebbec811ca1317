//! ascii - print the table of ASCII characters
//! Spec: BusyBox. Deviations: none known.

use base::applet::{Applet, Declaration, Exec};
use base::args::Args;
use base::context::{Context, Status};
use base::error::Result;
use base::number::{push_radix, push_right};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "ascii",
    exec: Exec::no_fork("writes its output only"),
    summary: "Print the ASCII characters with their codes, decimal and hexadecimal",
    run,
    ..Declaration::DEFAULT
});

const NAMES: &[u8; 96] =
    b"NULSOHSTXETXEOTENQACKBELBS HT NL VT FF CR SO SI DLEDC1DC2DC3DC4NAKSYNETBCANEM SUBESCFS GS RS US ";

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    args.between(0, 0)?;
    let mut out = b"Dec Hex    Dec Hex    Dec Hex  Dec Hex  Dec Hex  Dec Hex   Dec Hex   Dec Hex\n".to_vec();
    for row in 0..16u8 {
        for column in 0..8u8 {
            let code = column.wrapping_mul(16).wrapping_add(row);
            let width = if column == 0 || column > 1 && column < 6 { 3 } else { 4 };
            let width = if column > 5 || column == 1 { width } else { 3 };
            push_right(&mut out, u64::from(code), width);
            out.push(b' ');
            push_radix(&mut out, u64::from(code), 16, 2, b'0');
            out.push(b' ');
            match code {
                0..32 => {
                    let name = NAMES.chunks(3).nth(usize::from(code)).unwrap_or_default();
                    out.extend_from_slice(name);
                    out.extend_from_slice(if column == 0 { b"" } else { b" " });
                }
                127 => out.extend_from_slice(b"DEL"),
                _ => {
                    out.push(code);
                    if column < 7 {
                        out.push(b' ');
                    }
                }
            }
        }
        out.push(b'\n');
    }
    cx.stdout.put(&out)?;
    Ok(cx.status())
}
