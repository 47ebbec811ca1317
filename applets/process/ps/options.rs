//! The command line of ps: options with one dash, with two, and the BSD ones without.

use super::columns::{Column, KINDS};
use super::selection::Wanted;
use base::{Error, Result};

/// What is to be listed, and how.
pub struct Plan {
    pub selection: Wanted,
    pub deselect: bool,
    pub threads: bool,
    pub forest: bool,
    pub wide: bool,
    pub headings: bool,
    pub columns: Vec<Column>,
    pub sort: Vec<(Column, bool)>,
}

/// Letters of formats that were asked for.
#[derive(Default)]
struct Format {
    full: bool,
    extra: bool,
    long: bool,
    jobs: bool,
    user: bool,
    bsd_long: bool,
    bsd_jobs: bool,
    /// Any option that BusyBox does not have: the format is that of procps then.
    procps: bool,
    lwp: bool,
}

const BUSYBOX: &str = "pid,user,time,args";
const SIMPLE: &str = "pid,tty,time,comm=CMD";
const FULL: &str = "user=UID,pid,ppid,c,stime,tty,time,cmd";
const FULL_THREADS: &str = "user=UID,pid,ppid,lwp,c,nlwp,stime,tty,time,cmd";
const EXTRA: &str = "user=UID,pid,ppid,c,sz,rss,psr,stime,tty,time,cmd";
const LONG: &str = "f,s,uid,pid,ppid,c,opri,ni,addr,sz,wchan,tty,time,comm=CMD";
const JOBS: &str = "pid,pgid,sid,tty,time,comm=CMD";
const USER: &str = "user,pid,pcpu,pmem,vsz,rss,tty,stat,bsdstart=START,bsdtime,args";
const BSD: &str = "pid,tty,stat,bsdtime,args";
const BSD_LONG: &str = "f,uid,pid,ppid,priority,ni,vsz,rss,wchan,stat,tty,bsdtime,args";
const BSD_JOBS: &str = "ppid,pid,pgid,sid,tty,tpgid,stat,uid,bsdtime,args";

/// Reads the arguments.
#[inline(never)]
pub fn parse(arguments: &[&[u8]]) -> Result<Plan> {
    let mut plan = Plan {
        selection: Wanted::default(),
        deselect: false,
        threads: false,
        forest: false,
        wide: false,
        headings: true,
        columns: Vec::new(),
        sort: Vec::new(),
    };
    let mut format = Format::default();
    let mut bsd = false;
    let mut rest = arguments.iter().copied();
    while let Some(argument) = rest.next() {
        match argument {
            [b'-', b'-', long @ ..] => parse_long(long, &mut rest, &mut plan)?,
            // Everybody writes it so and means the BSD form.
            [b'-', letters @ ..] if base::bytes::place("aux auxw auxww", letters).is_some() => {
                parse_bsd(letters, &mut rest, &mut plan, &mut format)?;
            }
            [b'-', letters @ ..] if !letters.is_empty() => parse_unix(letters, &mut rest, &mut plan, &mut format)?,
            letters => {
                bsd = true;
                parse_bsd(letters, &mut rest, &mut plan, &mut format)?;
            }
        }
    }
    if plan.columns.is_empty() {
        let list = match &format {
            Format { user: true, .. } => USER,
            Format { bsd_long: true, .. } => BSD_LONG,
            Format { bsd_jobs: true, .. } => BSD_JOBS,
            Format { extra: true, .. } => EXTRA,
            Format { full: true, lwp: true, .. } => FULL_THREADS,
            Format { full: true, .. } => FULL,
            Format { long: true, .. } => LONG,
            Format { jobs: true, .. } => JOBS,
            Format { procps: true, .. } if bsd => BSD,
            Format { procps: true, .. } => SIMPLE,
            _ => BUSYBOX,
        };
        add_columns(list.as_bytes(), &mut plan.columns)?;
        if plan.threads && list != FULL_THREADS {
            // Threads are told apart by their own number.
            for column in &mut plan.columns {
                if column.kind.names == "pid tgid" {
                    column.kind = Column::named(b"lwp").map_or(column.kind, |column| column.kind);
                }
            }
        }
    }
    Ok(plan)
}

fn needed<'a>(attached: &'a [u8], rest: &mut dyn Iterator<Item = &'a [u8]>, shown: &[u8]) -> Result<&'a [u8]> {
    let value = if attached.is_empty() { rest.next() } else { Some(attached) };
    value.ok_or_else(|| Error::usage_about("option requires an argument --", shown))
}

#[inline(never)]
fn parse_unix<'a>(
    letters: &'a [u8],
    rest: &mut dyn Iterator<Item = &'a [u8]>,
    plan: &mut Plan,
    format: &mut Format,
) -> Result<()> {
    let mut letters = letters;
    while let Some((letter, after)) = letters.split_first() {
        letters = after;
        let shown = [*letter];
        if !matches!(letter, b'o' | b'T' | b'w' | b'Z') {
            format.procps = true;
        }
        match letter {
            b'A' | b'e' => plan.selection.all = true,
            b'a' => plan.selection.with_terminal = true,
            b'd' => plan.selection.no_leaders = true,
            b'N' => plan.deselect = true,
            b'f' => format.full = true,
            b'F' => format.extra = true,
            b'l' => format.long = true,
            b'j' => format.jobs = true,
            b'H' => plan.forest = true,
            b'w' => plan.wide = true,
            b'T' => plan.threads = true,
            b'L' => {
                plan.threads = true;
                format.lwp = true;
            }
            b'y' | b'c' | b'M' | b'm' | b'P' => {}
            b'o' | b'O' => {
                add_columns(needed(after, rest, &shown)?, &mut plan.columns)?;
                return Ok(());
            }
            b'p' | b'q' | b'C' | b'u' | b'U' | b'G' | b'g' | b's' | b't' => {
                return plan.selection.add(*letter, needed(after, rest, &shown)?);
            }
            _ => return Err(Error::usage(base::bytes::fill("invalid option -- '%'", &[&shown]))),
        }
    }
    Ok(())
}

fn parse_bsd<'a>(
    letters: &'a [u8],
    rest: &mut dyn Iterator<Item = &'a [u8]>,
    plan: &mut Plan,
    format: &mut Format,
) -> Result<()> {
    if letters.first().is_some_and(u8::is_ascii_digit) {
        return plan.selection.add(b'p', letters);
    }
    let mut letters = letters;
    while let Some((letter, after)) = letters.split_first() {
        letters = after;
        let shown = [*letter];
        if !matches!(letter, b'w' | b'T' | b'o') {
            format.procps = true;
        }
        match letter {
            b'a' => plan.selection.bsd_all = true,
            b'x' => plan.selection.bsd_without_terminal = true,
            b'u' => format.user = true,
            b'l' => format.bsd_long = true,
            b'j' => format.bsd_jobs = true,
            b'f' => plan.forest = true,
            b'w' => plan.wide = true,
            b'h' => plan.headings = false,
            b'T' | b'H' => plan.threads = true,
            b'r' => plan.selection.running = true,
            b'e' | b'c' | b'n' | b'S' | b'm' => {}
            b'o' | b'O' => {
                add_columns(needed(after, rest, &shown)?, &mut plan.columns)?;
                return Ok(());
            }
            b'k' => return add_keys(needed(after, rest, &shown)?, &mut plan.sort),
            b'p' | b't' | b'q' | b'U' => return plan.selection.add(*letter, needed(after, rest, &shown)?),
            _ => return Err(Error::usage(base::bytes::fill("invalid option -- '%'", &[&shown]))),
        }
    }
    Ok(())
}

#[inline(never)]
fn parse_long<'a>(long: &'a [u8], rest: &mut dyn Iterator<Item = &'a [u8]>, plan: &mut Plan) -> Result<()> {
    let equals = long.iter().position(|byte| *byte == b'=').unwrap_or(long.len());
    let (name, value) = long.split_at_checked(equals).unwrap_or((long, &[]));
    let attached = value.strip_prefix(b"=").unwrap_or_default();
    let mut value = || needed(attached, rest, name);
    match base::bytes::word(name) {
        "no-headers" | "no-heading" | "noheaders" | "noheadings" | "no-headings" => plan.headings = false,
        "headers" => {}
        "deselect" => plan.deselect = true,
        "forest" => plan.forest = true,
        "format" => add_columns(value()?, &mut plan.columns)?,
        "sort" => add_keys(value()?, &mut plan.sort)?,
        "pid" | "quick-pid" => plan.selection.add(b'p', value()?)?,
        "ppid" => plan.selection.add(b'P', value()?)?,
        "user" => plan.selection.add(b'u', value()?)?,
        "User" => plan.selection.add(b'U', value()?)?,
        "group" | "Group" => plan.selection.add(b'G', value()?)?,
        "sid" => plan.selection.add(b's', value()?)?,
        "tty" => plan.selection.add(b't', value()?)?,
        "cols" | "columns" | "width" | "rows" | "lines" => {
            value()?;
            plan.wide = true;
        }
        _ => return Err(Error::usage(base::bytes::fill("unrecognized option '--%'", &[long]))),
    }
    Ok(())
}

/// Adds the columns of a list: names with an optional heading, parted by commas or blanks.
fn add_columns(list: &[u8], columns: &mut Vec<Column>) -> Result<()> {
    for word in list.split(|byte| matches!(byte, b',' | b' ' | b'\t')).filter(|word| !word.is_empty()) {
        let equals = word.iter().position(|byte| *byte == b'=');
        let (name, heading) = match equals.and_then(|at| word.split_at_checked(at)) {
            Some((name, heading)) => (name, heading.strip_prefix(b"=")),
            None => (word, None),
        };
        let Some(mut column) = Column::named(name) else {
            let mut text = base::bytes::fill("bad -o argument '%', supported arguments: ", &[name]);
            for (index, kind) in KINDS.iter().enumerate() {
                text.extend_from_slice(if index > 0 { b"," } else { b"" });
                text.extend(kind.names.bytes().map(|byte| if byte == b' ' { b'|' } else { byte }));
            }
            return Err(Error::message(text));
        };
        if let Some(heading) = heading {
            column.heading = heading.to_vec();
        }
        columns.push(column);
    }
    Ok(())
}

fn add_keys(list: &[u8], sort: &mut Vec<(Column, bool)>) -> Result<()> {
    for word in list.split(|byte| *byte == b',') {
        let down = word.starts_with(b"-");
        let name = word.strip_prefix(b"-").or(word.strip_prefix(b"+")).unwrap_or(word);
        let column = Column::named(name).ok_or_else(|| Error::message_about("unknown sort key", name))?;
        sort.push((column, down));
    }
    Ok(())
}
