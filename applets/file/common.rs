//! What several applets of the family share: names, questions, destinations.

use base::meta::Meta;
use base::{Args, Context, Error, Result};

/// The last component of a path, without slashes at its end; `/` of the root, as it is of the empty path.
pub fn base_name(path: &[u8]) -> &[u8] {
    let trimmed = trim_slashes(path);
    match memchr::memrchr(b'/', trimmed) {
        Some(at) if trimmed.len() > 1 => trimmed.get(at.saturating_add(1)..).unwrap_or(trimmed),
        _ => trimmed,
    }
}

/// `path` without slashes at its end; a path of slashes alone is `/`.
pub fn trim_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|b| *b != b'/').map_or(usize::from(!path.is_empty()), |at| at.saturating_add(1));
    path.get(..end).unwrap_or(path)
}

/// The path's directory: `.` where it names none.
pub fn dir_name(path: &[u8]) -> &[u8] {
    let trimmed = trim_slashes(path);
    match memchr::memrchr(b'/', trimmed) {
        Some(at) => {
            let head = trimmed.get(..at.saturating_add(1)).unwrap_or_default();
            trim_slashes(head)
        }
        None => b".",
    }
}

/// `name` in the directory `dir`.
pub fn join(dir: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = dir.to_vec();
    if !dir.is_empty() && !dir.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

/// Whether both paths are one directory entry.
pub fn same_entry(a: &[u8], b: &[u8]) -> bool {
    base_name(a) == base_name(b)
        && Meta::of(dir_name(a), true).is_ok_and(|m| Meta::of(dir_name(b), true).is_ok_and(|n| m.same(&n)))
}

/// Asks on standard error; the answer is read from standard input, and anything but a yes is a no.
pub fn ask(cx: &mut Context, question: &[&[u8]]) -> Result<bool> {
    cx.stdout.finish()?;
    let text = [cx.name, b": ", &question.concat(), b"? "].concat();
    cx.stderr.put(&text)?;
    cx.confirmed()
}

/// A message in which each `%` stands for the next of `names`, in quotes.
#[cold]
#[inline(never)]
pub fn told(text: &str, names: [&[u8]; 2]) -> Error {
    let mut message = Vec::new();
    let mut names = names.iter();
    for byte in text.bytes() {
        match names.as_slice().first() {
            Some(name) if byte == b'%' => {
                message.extend_from_slice(&[b"'", *name, b"'"].concat());
                names.next();
            }
            _ => message.push(byte),
        }
    }
    Error::message(message)
}

/// The words for a file's kind in questions.
pub fn kind_words(meta: &Meta) -> &'static [u8] {
    match meta.mode & base::mode::TYPE {
        base::mode::DIR => b"directory",
        base::mode::LINK => b"symbolic link",
        base::mode::BLOCK => b"block special file",
        base::mode::CHAR => b"character special file",
        base::mode::FIFO => b"fifo",
        base::mode::SOCKET => b"socket",
        _ if meta.size == 0 => b"regular empty file",
        _ => b"regular file",
    }
}

/// Where `cp`, `mv`, `ln` and `install` put things.
pub struct Destination<'a> {
    /// What is to be put there.
    pub sources: Vec<&'a [u8]>,
    pub path: &'a [u8],
    /// The sources go into it under their own names.
    pub is_dir: bool,
}

/// Reads the operands `SOURCE... DIR` or `SOURCE DEST`, with `-t DIR` and `-T`. `follow`: a symbolic link to a
/// directory counts as one.
pub fn destination<'a>(args: &Args<'a>, follow: bool) -> Result<Destination<'a>> {
    let operands = &args.operands;
    if let Some(dir) = args.text("t") {
        if args.has("T") {
            return Err(Error::usage("-t and -T exclude each other"));
        }
        args.between(1, usize::MAX)?;
        if !Meta::of(dir, true).map_err(|e| Error::system(dir, e))?.is_dir() {
            return Err(Error::system(dir, base::Errno::NOTDIR));
        }
        return Ok(Destination { sources: operands.clone(), path: dir, is_dir: true });
    }
    args.between(2, if args.has("T") { 2 } else { usize::MAX })?;
    let (path, sources) = operands.split_last().ok_or_else(|| Error::usage("missing operand"))?;
    let is_dir = !args.has("T") && Meta::of(*path, follow).is_ok_and(|m| m.is_dir());
    if !is_dir && sources.len() > 1 {
        let errno = match Meta::of(*path, true) {
            Err(errno) => errno,
            Ok(_) => base::Errno::NOTDIR,
        };
        return Err(Error::system(*path, errno));
    }
    Ok(Destination { sources: sources.to_vec(), path, is_dir })
}

impl Destination<'_> {
    /// The path that `source` gets.
    pub fn of(&self, source: &[u8]) -> Vec<u8> {
        if self.is_dir { join(self.path, base_name(source)) } else { self.path.to_vec() }
    }
}

/// A line on standard output that begins with the applet's name.
pub fn report_named(cx: &mut Context, parts: &[&[u8]]) -> Result<()> {
    let line = [cx.name, b": ", &parts.concat()].concat();
    report(cx, &[&line])
}

/// `'a' -> 'b'` and the like, a line on standard output.
pub fn report(cx: &mut Context, parts: &[&[u8]]) -> Result<()> {
    for part in parts {
        cx.stdout.put(part)?;
    }
    cx.stdout.byte(b'\n')
}

/// How many bytes of arguments a command may get besides its environment; each argument takes its length and nine more.
pub fn argument_room(env: &[std::ffi::CString]) -> usize {
    use rustix::process::{Resource, getrlimit};
    // The kernel allows a quarter of the stack's limit, at least 128 KiB, at most three quarters of 8 MiB.
    let stack = getrlimit(Resource::Stack).current.unwrap_or(8 << 20);
    let all = (stack / 4).clamp(128 << 10, 6 << 20);
    let env: usize = env.iter().map(|entry| entry.as_bytes().len().saturating_add(9)).sum();
    // What POSIX leaves to the command, and some for its name and the vectors' ends.
    usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(env).saturating_sub(4096)
}

/// The NoFork applet that `name` means, where the file that PATH finds for it is this very program.
pub fn own_applet(cx: &Context, name: &[u8]) -> Option<&'static base::Applet> {
    let path = cx.env.get(b"PATH").unwrap_or(base::command::DEFAULT_PATH);
    let file = base::command::find(name, path).ok()?;
    let applet = cx.registry.find(base_name(name))?;
    let same = Meta::of(file, true).ok()?.same(&Meta::of("/proc/self/exe", true).ok()?);
    (same && matches!(applet.exec, base::Exec::NoFork)).then_some(applet)
}

/// Runs a NoFork applet in this process, on the descriptors 1 and 2, and with our input where `shares_input`. Gives its status.
pub fn run_inside(
    cx: &mut Context,
    applet: &'static base::Applet,
    argv: &[&[u8]],
    env: &[std::ffi::CString],
    shares_input: bool,
) -> Result<u8> {
    use base::io::{Input, Output};
    let Some((name, arguments)) = argv.split_first() else { return Ok(0) };
    cx.stdout.finish()?;
    let env = base::command::ListedEnvironment(env);
    let stdout = Output::borrowed(base::sys::descriptor(1));
    let stderr = Output::unbuffered(base::sys::descriptor(2));
    let stdin = if shares_input { core::mem::replace(&mut cx.stdin, Input::null()) } else { Input::null() };
    let mut inner = Context::new(base_name(name), applet, cx.registry, &env, stdin, stdout, stderr);
    let status = inner.run(arguments);
    if shares_input {
        cx.stdin = core::mem::replace(&mut inner.stdin, Input::null());
    }
    Ok(status)
}

/// rename(2).
pub fn rename(from: &[u8], to: &[u8]) -> Result<(), base::Errno> {
    base::fs::rename(from, to)
}
