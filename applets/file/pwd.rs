//! pwd - print the working directory
//! Spec: POSIX.1-2024. Extras: none. Deviations: none known.

use base::meta::Meta;
use base::{Applet, Args, Context, Declaration, Error, Exec, Opt, Place, Result, Status};

/// pwd
pub const APPLET: Applet = base::applet!(Declaration {
    name: "pwd",
    place: Place::Bin,
    exec: Exec::no_fork("reads the working directory and writes its output"),
    summary: "Print the path of the working directory",
    options: &[
        Opt::flag("L", "logical", "the path in PWD, if it is right (default)"),
        Opt::flag("P", "physical", "the path without symbolic links"),
    ],
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let physical = args.last_of(&["L", "P"]) == Some("P");
    let here = |path: &&[u8]| {
        let dotted = path.split(|b| *b == b'/').any(|part| part == b"." || part == b"..");
        path.starts_with(b"/")
            && !dotted
            && Meta::of(*path, true).is_ok_and(|m| Meta::of(".", true).is_ok_and(|dot| m.same(&dot)))
    };
    let path = match cx.env.get(b"PWD").filter(|_| !physical).filter(here) {
        Some(path) => path.to_vec(),
        None => rustix::process::getcwd(Vec::new()).map_err(|e| Error::system("working directory", e))?.into_bytes(),
    };
    cx.stdout.put(&path)?;
    cx.stdout.byte(b'\n')?;
    Ok(Status::SUCCESS)
}
