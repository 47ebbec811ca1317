//! ps - list processes
//! Spec: POSIX.1-2024, BusyBox. Extras: the usual options and columns of procps (`ps aux`, `ps -ef`, `ps -o ... -p ...`).
//! Deviations: without a selection all processes are listed, as BusyBox does.

mod columns;
mod options;
mod selection;

use crate::proc;
use base::{Applet, Args, Context, Declaration, Exec, Kind, Opt, Order, Place, Result, Status};
use columns::{Column, Machine, Row};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "ps",
    place: Place::Bin,
    exec: Exec::no_fork("reads /proc and writes"),
    summary: "List processes",
    operands: "[aux] [PID]...",
    notes: "COLUMNS are names with an optional =HEADING; ps -o help lists them. Without a dash: a x all, u by user, l long,\n\
            j by job, w wide, f as a tree, T H threads, k KEYS sort, p PIDS, t TTYS, U USERS, h no heading.",
    options: &[
        Opt::value("o", "format", "COLUMNS", Kind::Text, "print these columns"),
        Opt::flag("e", "", "all processes (-A too)"),
        Opt::flag("f", "", "full format (-F: more of it)"),
        Opt::flag("l", "", "long format"),
        Opt::flag("j", "", "job format"),
        Opt::flag("a", "", "those with a terminal, without session leaders"),
        Opt::flag("d", "", "all but session leaders"),
        Opt::value("p", "pid", "LIST", Kind::Text, "these processes"),
        Opt::value("", "ppid", "LIST", Kind::Text, "children of these"),
        Opt::value("C", "", "LIST", Kind::Text, "commands of these names"),
        Opt::value("u", "user", "LIST", Kind::Text, "processes of these users (-U: real ones)"),
        Opt::value("G", "Group", "LIST", Kind::Text, "processes of these groups"),
        Opt::value("g", "", "LIST", Kind::Text, "processes of these sessions (-s too)"),
        Opt::value("t", "tty", "LIST", Kind::Text, "processes on these terminals"),
        Opt::flag("N", "deselect", "all others"),
        Opt::flag("T", "", "threads (-L too)"),
        Opt::flag("H", "forest", "as a tree"),
        Opt::flag("w", "", "as wide as need be"),
        Opt::value("", "sort", "KEYS", Kind::Text, "sort by these columns, from high to low after a -"),
        Opt::flag("", "no-headers", "no heading"),
    ],
    order: Order::Raw,
    run,
    ..Declaration::DEFAULT
});

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let plan = options::parse(&args.operands)?;
    let mut rows = Vec::new();
    let mut users = base::users::Database::new();
    let selection = plan.selection.resolve(&mut users)?;
    for process in proc::all(plan.threads)? {
        let owner = proc::owner(process.pid).unwrap_or_default();
        if selection.contains(&process, &owner) != plan.deselect {
            rows.push(Row { process, owner, prefix: Vec::new(), place: usize::MAX });
        }
    }
    let found = !rows.is_empty();
    let machine = Machine::now(cx, &rows);
    for (column, down) in plan.sort.iter().rev() {
        base::order::sort(&mut rows, &mut |left, right| {
            let order = column.compare(left, right, &machine, &mut users);
            if *down { order.reverse() } else { order }
        });
    }
    if plan.forest {
        grow_tree(&mut rows);
    }
    let width = if plan.wide { None } else { base::term::columns(cx.env, cx.stdout.fd()) };
    let mut out = Vec::new();
    if plan.headings && plan.columns.iter().any(|column| !column.heading.is_empty()) {
        push_line(&mut out, &plan.columns, &machine, width, &mut |out, column| {
            out.extend_from_slice(&column.heading);
        });
    }
    for row in &rows {
        push_line(&mut out, &plan.columns, &machine, width, &mut |out, column| {
            column.push(out, row, &machine, &mut users);
        });
    }
    cx.stdout.put(&out)?;
    Ok(Status::truth(found))
}

/// A line: each column filled up to its width, the last one only where it is to the right.
fn push_line(
    out: &mut Vec<u8>,
    columns: &[Column],
    machine: &Machine,
    limit: Option<usize>,
    push: &mut dyn FnMut(&mut Vec<u8>, &Column),
) {
    let begin = out.len();
    let last = columns.len().saturating_sub(1);
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        let start = out.len();
        push(out, column);
        let width = machine.width(column);
        let missing = width.saturating_sub(out.len().saturating_sub(start));
        if column.kind.right {
            base::bytes::insert(out, start, b' ', missing);
        } else if index < last {
            out.resize(out.len().saturating_add(missing), b' ');
        }
    }
    if let Some(limit) = limit {
        let line = out.get(begin..).unwrap_or_default();
        let kept = base::term::width::truncate(line, limit, true).len();
        out.truncate(begin.saturating_add(kept));
    }
    out.push(b'\n');
}

/// Puts children below their parents, each with its depth drawn before its command.
#[inline(never)]
fn grow_tree(rows: &mut [Row]) {
    let mut places = 0;
    let mut stack = Vec::new();
    for root in 0..rows.len() {
        let Some(row) = rows.get(root) else { continue };
        let (pid, parent) = (row.process.pid, row.process.ppid);
        if parent != pid && rows.iter().any(|row| row.process.pid == parent) {
            continue;
        }
        stack.push((root, 0usize));
        while let Some((index, depth)) = stack.pop() {
            let Some(row) = rows.get_mut(index).filter(|row| row.place == usize::MAX) else { continue };
            row.place = places;
            places = places.saturating_add(1);
            if depth > 0 {
                row.prefix.resize(depth.saturating_sub(1).saturating_mul(4), b' ');
                row.prefix.extend_from_slice(b" \\_ ");
            }
            let pid = row.process.pid;
            for (child, row) in rows.iter().enumerate().rev() {
                if row.process.ppid == pid && row.process.pid != pid {
                    stack.push((child, depth.saturating_add(1)));
                }
            }
        }
    }
    // The numbers of processes that come and go while they are read may make a circle: these come last.
    base::order::sort(rows, &mut |left, right| left.place.cmp(&right.place));
}
