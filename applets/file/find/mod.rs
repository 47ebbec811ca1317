//! find - walk directory trees and do something with what is found there
//! Spec: POSIX.1-2024. Extras: GNU's and BusyBox's expressions. Deviations: -O and -D are accepted and
//! change nothing; -regextype knows posix-basic and posix-extended and takes other names for the nearest.

mod eval;
mod exec;
mod parse;
mod print;

use base::users::Database;
use base::walk::{Event, Follow, Walk};
use base::{Applet, Args, Context, Declaration, Error, Exec, Order, Result, Status};
use eval::State;
use parse::Plan;

/// find
pub const APPLET: Applet = base::applet!(Declaration {
    name: "find",
    exec: Exec::no_exec("runs commands and waits for them"),
    summary: "Walk the tree under each PATH and evaluate EXPRESSION for every file in it",
    operands: "[-HLP] [PATH]... [EXPRESSION]",
    notes: "\
PATH is . and EXPRESSION is -print where they are left out. Operators, the strongest first:
  ( E )  ! E  -not E  E [-a] E  E -o E  E , E
Numbers N may be +N (more) and -N (less). Options of the walk:
  -depth -d  -maxdepth N  -mindepth N  -mount -xdev  -daystart  -follow  -regextype T
  -files0-from FILE (the PATHs, each ended with NUL)
Tests:
  -name -iname -path -ipath -wholename -iwholename -lname -ilname PATTERN  -regex -iregex RE
  -type -xtype [bcdfpls,]...  -size N[bcwkMG]  -empty  -perm [-/]MODE  -links N  -inum N  -samefile FILE
  -mtime -atime -ctime N (days)  -mmin -amin -cmin N (minutes)  -newer FILE  -newerXY FILE  -used N
  -user -group NAME  -uid -gid N  -nouser  -nogroup  -readable  -writable  -executable  -fstype T  -true  -false
Actions:
  -print  -print0  -printf FORMAT  -ls  -fprint -fprint0 -fls FILE  -fprintf FILE FORMAT
  -exec -ok -execdir -okdir CMD ... ;   -exec -execdir CMD ... {} +   -delete  -prune  -quit",
    order: Order::Raw,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut users = Database::new();
    let mut plan = parse::parse(cx, &args.operands, &mut users)?;
    let mut state = State::new(cx, &plan, users);
    let mut walk = Walk::new(plan.follow, false);
    let paths = core::mem::take(&mut plan.paths);
    for (index, path) in paths.iter().enumerate() {
        if path.is_empty() && plan.files0.is_some() {
            let mut text = plan.files0.clone().unwrap_or_default();
            text.push(b':');
            base::number::push_u64(&mut text, u64::try_from(index).unwrap_or(0).saturating_add(1));
            cx.warn(Error::message(base::bytes::fill("%: invalid zero-length file name", &[&text])));
            continue;
        }
        walk.start(path);
        state.start_of(path);
        if tree(cx, &mut plan, &mut state, &mut walk)? {
            break;
        }
    }
    exec::finish(cx, &mut plan)?;
    for file in &mut plan.files {
        if let Err(e) = file.finish() {
            cx.warn(e);
        }
    }
    Ok(cx.status())
}

/// Walks one tree. Gives whether -quit ended all.
#[inline(never)]
fn tree(cx: &mut Context, plan: &mut Plan, state: &mut State, walk: &mut Walk) -> Result<bool> {
    let mut device = None;
    while let Some(event) = walk.next() {
        let depth = walk.depth();
        let evaluate = match event {
            Event::Dir => {
                let mut stay_out = plan.max_depth.is_some_and(|max| depth >= max);
                if plan.one_device && !stay_out {
                    match walk.meta() {
                        Ok(meta) => stay_out = *device.get_or_insert(meta.dev) != meta.dev,
                        Err(_) => stay_out = true,
                    }
                }
                if stay_out {
                    walk.skip();
                }
                !plan.depth_first || stay_out
            }
            Event::File => true,
            Event::After => plan.depth_first,
            Event::Error(e) => {
                let path = walk.path();
                cx.warn(Error::system(path, e));
                continue;
            }
            Event::Loop => {
                let text = base::bytes::fill("file system loop detected: '%' is part of the same loop", &[walk.path()]);
                cx.warn(Error::message(text));
                continue;
            }
        };
        if evaluate && depth >= plan.min_depth {
            state.begin();
            state.evaluate(cx, plan, walk)?;
            if state.prune && event == Event::Dir && !plan.depth_first {
                walk.skip();
            }
            if state.quit {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// How symbolic links are followed, from the options before the paths.
fn follow_option(option: u8) -> Option<Follow> {
    match option {
        b'H' => Some(Follow::Operands),
        b'L' => Some(Follow::Always),
        b'P' => Some(Follow::Never),
        _ => None,
    }
}
