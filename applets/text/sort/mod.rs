//! sort - sort, merge, or check lines
//! Spec: POSIX.1-2024. Extras: GNU's -g -h -M -R -V -s -z -S -T --parallel --files0-from --batch-size. Deviations: no
//! --compress-program; --debug warns of nothing; lines compare by their bytes in every locale.

mod debug;
mod external;
mod keys;

use base::applet::{Applet, Dashed, Declaration, Exec, Kind, Opt};
use base::args::{Args, Given, Value};
use base::bytes::split;
use base::context::{Context, Status};
use base::error::{Error, Result, ResultExt};
use base::io::{Input, Output, chomp};
use base::meta::Meta;
use core::cmp::Ordering;
use external::Sorted;
use keys::{Comparison, Key, Modifiers};
use rustix::process::{Resource, getrlimit};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "sort",
    exec: Exec::no_fork("reads and writes its streams, and temporary files"),
    summary: "Sort the lines of all FILEs together",
    operands: "[FILE]...",
    notes: "KEYDEF is F[.C][OPTS][,F[.C][OPTS]]: from field F, character C, to the end of a field or the line;\n\
            OPTS are letters of bdfghiMnRrV. With no FILE, or when FILE is -, standard input is read.",
    options: &[
        Opt::flag("b", "ignore-leading-blanks", "ignore blanks before a key"),
        Opt::flag("d", "dictionary-order", "only blanks, letters and digits count"),
        Opt::flag("f", "ignore-case", "small letters are as great as capitals"),
        Opt::flag("g", "general-numeric-sort", "by floating point numbers"),
        Opt::flag("h", "human-numeric-sort", "by numbers with suffixes (2K, 1G)"),
        Opt::flag("i", "ignore-nonprinting", "only printable characters count"),
        Opt::flag("M", "month-sort", "by the names of months"),
        Opt::flag("n", "numeric-sort", "by numbers"),
        Opt::flag("R", "random-sort", "in random order, equal keys together"),
        Opt::flag("r", "reverse", "the greatest first"),
        Opt::flag("V", "version-sort", "with runs of digits as numbers"),
        Opt::value(
            "",
            "sort",
            "HOW",
            Kind::Choice(&["general-numeric", "human-numeric", "month", "numeric", "random", "version"]),
            "sort as -g, -h, -M, -n, -R, -V do, by name",
        ),
        Opt::value("k", "key", "KEYDEF", Kind::Text, "sort by this key"),
        Opt::value("t", "field-separator", "CHAR", Kind::Text, "fields are separated by CHAR"),
        Opt::flag("u", "unique", "print one of lines with equal keys"),
        Opt::flag("s", "stable", "keep the order of lines with equal keys"),
        Opt::flag("c", "", "check whether the input is sorted"),
        Opt::value(
            "",
            "check",
            "HOW",
            Kind::OptionalChoice(&["quiet", "silent", "diagnose-first"]),
            "the same; quiet: as -C",
        ),
        Opt::flag("C", "", "check, and print nothing"),
        Opt::flag("m", "merge", "the FILEs are sorted, only merge them"),
        Opt::value("o", "output", "FILE", Kind::Text, "write to FILE, which may be one of the inputs"),
        Opt::value("S", "buffer-size", "SIZE", Kind::Text, "use about SIZE of memory"),
        Opt::value("T", "temporary-directory", "DIR", Kind::Text, "put temporary files into DIR"),
        Opt::value("", "parallel", "NUM", Kind::Count, "sort with NUM threads"),
        Opt::value("", "files0-from", "F", Kind::Text, "read the files' names, each ended by NUL, from F"),
        Opt::value("", "batch-size", "NUM", Kind::Count, "merge at most NUM files at once"),
        Opt::value("", "compress-program", "PROG", Kind::Text, "taken, but temporary files stay as they are"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
        Opt::flag("", "debug", "underline what the keys are in each line"),
    ],
    // `-2` ends an old key.
    dashed: Dashed::Digit,
    usage_status: 2,
    failure: 2,
    run,
    ..Declaration::DEFAULT
});

/// Memory used where -S says nothing, in bytes: larger inputs go through temporary files.
const MEMORY: u64 = 1 << 30;

/// Everything the command line has said.
struct Plan {
    comparison: Comparison,
    unique: bool,
    end: u8,
    memory: usize,
    threads: usize,
    directory: Vec<u8>,
    batch: usize,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let mut operands: Vec<&[u8]> = args.operands.clone();
    let old = old_keys(&mut operands);
    let plan = plan(cx, args, &old)?;
    let list;
    if let Some(path) = args.text("files0-from") {
        if let Some(extra) = operands.first() {
            return Err(Error::usage_of("extra operand '%': not with --files0-from", &[*extra]));
        }
        list = cx.open(path)?.rest()?;
        operands.append(&mut split(chomp(&list, 0), 0));
    }
    if operands.is_empty() {
        operands.push(b"-");
    }
    let is_quiet = |given: &Given| given.id == "C" || matches!(given.value, Value::Choice("quiet" | "silent"));
    let quiet = args.given.iter().any(is_quiet);
    let aloud = args.given.iter().any(|given| matches!(given.id, "c" | "check") && !is_quiet(given));
    if let Some(both) = match (aloud, quiet, args.has("o"), args.has("debug")) {
        (true, true, ..) => Some("cC"),
        (true, _, true, _) => Some("co"),
        (_, true, true, _) => Some("Co"),
        (true, .., true) => Some("c --debug"),
        (_, true, _, true) => Some("C --debug"),
        _ => None,
    } {
        return Err(Error::message_of("options '-%' are incompatible", &[both.as_bytes()]));
    }
    if quiet || aloud {
        if let Some(extra) = operands.get(1) {
            return Err(Error::usage_of("extra operand '%' not allowed with -c", &[*extra]));
        }
        return check(cx, &plan, operands.first().copied().unwrap_or(b"-"), quiet);
    }
    let output = args.text("o");
    let annotated = args.has("debug").then(|| (&plan.comparison, cx.is_utf8()));
    if annotated.is_some() {
        cx.note(&Error::message("text ordering performed using simple byte comparison"));
    }
    let sorted = if args.has("m") {
        let (mut inputs, mut merged) = (Vec::new(), Vec::new());
        let target = output.and_then(|path| Meta::of(path, true).ok());
        for path in &operands {
            // Not too many descriptors at once.
            if inputs.len() >= plan.batch {
                merged.push(external::merge_to_file(core::mem::take(&mut inputs), &plan)?);
                if merged.len() >= plan.batch {
                    merged = vec![external::merge_to_file(merged, &plan)?];
                }
            }
            // A file that is merged onto itself, by whatever name, is read whole before it is written.
            let input = cx.open(path)?;
            let read = input.fd().and_then(|fd| Meta::of_fd(fd).ok());
            let itself = target.as_ref().zip(read).is_some_and(|(target, read)| target.same(&read));
            inputs.push(if itself { reread(input)? } else { input });
        }
        merged.append(&mut inputs);
        Sorted::Files(merged)
    } else {
        // A missing input is known before any is read.
        for path in operands.iter().filter(|path| **path != b"-") {
            rustix::fs::access(*path, rustix::fs::Access::READ_OK).at(path)?;
        }
        let mut runs = external::Runs::new(&plan);
        for path in &operands {
            runs.read(&mut cx.open(path)?)?;
        }
        runs.finish()?
    };
    let mut sink = Sink::open(cx, output, annotated)?;
    sorted.put(&plan, &mut |line| sink.put(cx, line, plan.end))?;
    sink.finish(cx)
}

fn reread(mut input: Input) -> Result<Input> {
    let name = input.name().to_vec();
    Ok(Input::memory(input.rest()?, &name))
}

/// Where the result goes: standard output, or the file of -o.
struct Sink<'a> {
    file: Option<Output>,
    /// --debug: what finds the keys that are shown, and whether characters are UTF-8.
    annotated: Option<(&'a Comparison, bool)>,
}

impl Sink<'_> {
    fn open<'a>(cx: &mut Context, path: Option<&[u8]>, annotated: Option<(&'a Comparison, bool)>) -> Result<Sink<'a>> {
        cx.stdout.finish()?;
        Ok(Sink { file: path.map(Output::create).transpose()?, annotated })
    }

    fn put(&mut self, cx: &mut Context, line: &[u8], end: u8) -> Result<()> {
        let output = self.file.as_mut().unwrap_or(&mut cx.stdout);
        if let Some((comparison, utf8)) = self.annotated {
            let mut shown = Vec::new();
            comparison.push_annotated(&mut shown, line, utf8);
            return output.put(&shown);
        }
        output.put(line)?;
        output.byte(end)
    }

    #[inline(never)]
    fn finish(self, cx: &mut Context) -> Result<Status> {
        if let Some(mut file) = self.file {
            file.finish()?;
        }
        Ok(cx.status())
    }
}

/// Takes the keys out of the operands that are written as `+FIELD.CHARACTER -FIELD.CHARACTER`, both counted from 0; gives
/// them as -k wants them.
fn old_keys(operands: &mut Vec<&[u8]>) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    while let Some(at) = operands.iter().position(|operand| is_old(operand, b'+')) {
        let mut key = Vec::new();
        push_old(&mut key, operands.remove(at), true);
        if operands.get(at).is_some_and(|operand| is_old(operand, b'-')) {
            key.push(b',');
            push_old(&mut key, operands.remove(at), false);
        }
        keys.push(key);
    }
    keys
}

fn is_old(operand: &[u8], sign: u8) -> bool {
    matches!(operand, [first, second, ..] if *first == sign && second.is_ascii_digit())
}

fn push_old(key: &mut Vec<u8>, text: &[u8], start: bool) {
    let text = text.get(1..).unwrap_or_default();
    let (field, used) = base::number::digits(text, 10);
    let mut rest = text.get(used..).unwrap_or_default();
    let mut character = 0;
    if let Some(after) = rest.strip_prefix(b".") {
        let (value, used) = base::number::digits(after, 10);
        character = value.unwrap_or(u64::MAX);
        rest = after.get(used..).unwrap_or_default();
    }
    let field = field.unwrap_or(u64::MAX);
    // A key that ends before the first character of a field ends with the field before.
    base::number::push_u64(key, if start || character > 0 { field.saturating_add(1) } else { field.max(1) });
    if start || character > 0 {
        key.push(b'.');
        base::number::push_u64(key, if start { character.saturating_add(1) } else { character });
    }
    key.extend_from_slice(rest);
}

#[inline(never)]
fn plan(cx: &mut Context, args: &Args, old: &[Vec<u8>]) -> Result<Plan> {
    let mut global = Modifiers::default();
    let letter = match args.choice("sort") {
        Some("general-numeric") => Some(b'g'),
        Some("human-numeric") => Some(b'h'),
        Some("month") => Some(b'M'),
        Some("numeric") => Some(b'n'),
        Some("random") => Some(b'R'),
        Some(_) => Some(b'V'),
        None => None,
    };
    if let Some(letter) = letter {
        global.add(letter, true, true);
    }
    for given in &args.given {
        if let [letter] = given.id.as_bytes() {
            global.add(*letter, true, true);
        }
    }
    let separator = match args.text("t") {
        None => None,
        Some(b"\\0") => Some(0),
        Some([byte]) => Some(*byte),
        Some([]) => return Err(Error::usage("empty tab")),
        Some(text) => return Err(Error::usage_of("multi-character tab '%'", &[text])),
    };
    let mut list: Vec<Key> = Vec::new();
    let mut texts = args.texts("k");
    texts.extend(old.iter().map(Vec::as_slice));
    for text in texts {
        list.push(Key::parse(text, &global)?);
    }
    let bare = list.is_empty();
    if bare {
        list.push(Key::whole(&global));
    }
    for key in &list {
        if let Some(pair) = key.modifiers.conflict() {
            return Err(Error::usage_of("options '-%' are incompatible", &[pair.as_slice()]));
        }
    }
    let unique = args.has("u");
    let comparison = Comparison::new(list, separator, global.reverse, args.has("s") || unique, bare)?;
    let memory = match args.text("S") {
        Some(text) => memory(text)?,
        None => MEMORY,
    };
    let threads = match args.count("parallel") {
        Some(0) => return Err(Error::usage("number in parallel must be nonzero")),
        Some(number) => usize::try_from(number).unwrap_or(64).min(64),
        None => usize::try_from(base::sys::thread::processors()).unwrap_or(1).min(8),
    };
    let batch = args.amount("batch-size", if args.has("m") { 512 } else { 64 });
    // As many again may wait merged, and some are for the rest.
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(1024).saturating_sub(8) as usize / 2;
    let directory = args.text("T").or_else(|| cx.env.get(b"TMPDIR").filter(|text| !text.is_empty())).unwrap_or(b"/tmp");
    Ok(Plan {
        comparison,
        unique,
        end: args.line_end(),
        memory: usize::try_from(memory).unwrap_or(usize::MAX).max(64 * 1024),
        threads,
        directory: directory.to_vec(),
        batch: batch.min(descriptors).clamp(2, 512),
    })
}

/// The size of -S: KiB where there is no suffix (GNU), `b` for bytes, `%` of the memory there is.
#[inline(never)]
fn memory(text: &[u8]) -> Result<u64> {
    let bad = || Error::usage_of("invalid -S argument '%'", &[text]);
    if let Some(percent) = text.strip_suffix(b"%") {
        let percent = base::number::parse_u64(percent).map_err(|_| bad())?;
        let info = rustix::system::sysinfo();
        let total = u128::from(info.totalram).saturating_mul(u128::from(info.mem_unit));
        return Ok(u64::try_from(total.saturating_mul(u128::from(percent)) / 100).unwrap_or(u64::MAX));
    }
    if text.iter().all(u8::is_ascii_digit) {
        return Ok(base::number::parse_u64(text).map_err(|_| bad())?.saturating_mul(1024));
    }
    if let Some(bytes) = text.strip_suffix(b"b") {
        return base::number::parse_u64(bytes).map_err(|_| bad());
    }
    base::size::parse(text).map_err(|_| bad())
}

fn check(cx: &mut Context, plan: &Plan, path: &[u8], quiet: bool) -> Result<Status> {
    let mut input = cx.open(path)?;
    let mut previous: Option<Vec<u8>> = None;
    let mut number: u64 = 0;
    while let Some(line) = input.line(plan.end)? {
        let line = chomp(line, plan.end);
        number += 1;
        if let Some(before) = &previous {
            let order = plan.comparison.compare(before, line);
            if order == Ordering::Greater || plan.unique && order == Ordering::Equal {
                if !quiet {
                    let mut text = path.to_vec();
                    text.push(b':');
                    base::number::push_u64(&mut text, number);
                    text.extend_from_slice(b": disorder: ");
                    text.extend_from_slice(line);
                    cx.warn(Error::message(text));
                }
                return Ok(Status::FAILURE);
            }
        }
        let place = previous.get_or_insert_default();
        place.clear();
        place.extend_from_slice(line);
    }
    Ok(Status::SUCCESS)
}
