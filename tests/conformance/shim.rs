//! busybox-shim - stands where BusyBox's test suite expects `busybox`: runs the program `cairn` beside it as the named applet.
//!
//! Linked under an applet's name it is that applet; called as `busybox APPLET ARGUMENT...` too. Without arguments it lists the
//! applets of the file `applets` beside it,
//! in the form that the suite reads.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let Ok(own) = std::env::current_exe() else { return ExitCode::from(126) };
    let program = own.with_file_name("cairn");
    let mut args = std::env::args_os();
    let mut name = args.next().unwrap_or_default();
    // A login shell is called as `-sh`.
    let base = Path::new(&name).file_name().map(OsString::from).unwrap_or_default();
    if base == "busybox" {
        match args.next() {
            Some(applet) => name = applet,
            None => return list(&own.with_file_name("applets")),
        }
    } else {
        name = base;
    }
    let error = Command::new(program).arg0(&name).args(args).exec();
    eprintln!("busybox-shim: {}: {error}", name.to_string_lossy());
    ExitCode::from(127)
}

fn list(names: &Path) -> ExitCode {
    let Ok(names) = std::fs::read_to_string(names) else { return ExitCode::from(126) };
    println!("Currently defined functions:\n\t{}", names.lines().collect::<Vec<_>>().join(", "));
    ExitCode::SUCCESS
}
