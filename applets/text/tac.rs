//! tac - print each input's lines from the last to the first
//! Spec: GNU's. Options: -b, -s STRING. Deviations: -r is not there yet.

use base::applet::{Applet, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::Result;
use memchr::memmem::FinderRev;

pub static APPLET: Applet = Applet {
    name: "tac",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print the lines of each FILE in reverse order",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("b", "before", "the separator stands before its record"),
        Opt::value("s", "separator", "STRING", Kind::Text, "separate records by STRING, not newline"),
    ],
    run,
    ..Applet::DEFAULT
};

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    // As GNU's has it, an empty separator is NUL.
    let separator = args.text("s").map_or(&b"\n"[..], |text| if text.is_empty() { b"\0" } else { text });
    let before = args.has("b");
    let finder = FinderRev::new(separator);
    cx.each_input(&args.operands, &mut |cx, input| {
        let text = input.rest()?;
        let mut end = text.len();
        let mut search = end;
        while let Some(at) = finder.rfind(text.get(..search).unwrap_or_default()) {
            let after = at.saturating_add(separator.len());
            let cut = if before { at } else { after };
            if cut < end || before {
                cx.stdout.put(text.get(cut..end).unwrap_or_default())?;
                end = cut;
            }
            search = at;
        }
        cx.stdout.put(text.get(..end).unwrap_or_default())
    })?;
    Ok(cx.status())
}
