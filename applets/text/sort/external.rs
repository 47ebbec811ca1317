//! Sorting in memory, with temporary files for what does not fit, and merging.

use super::Plan;
use base::error::{Errno, Error, Result, ResultExt};
use base::io::{Input, Output, chomp};
use base::sys::thread::both;
use core::cmp::Ordering;
use rustix::fs::{Mode, OFlags};

/// A line in the text of a run, with its first key: offsets into the text, which is below 4 GiB.
#[derive(Clone, Copy)]
struct Line {
    prefix: u64,
    start: u32,
    length: u32,
    key: u32,
    key_length: u32,
}

/// The lines read so far: one run in memory, the others sorted in temporary files.
pub struct Runs<'p> {
    plan: &'p Plan,
    text: Vec<u8>,
    files: Vec<Input>,
}

/// Everything, in order.
pub enum Sorted {
    Memory(Run),
    Files(Vec<Input>),
}

/// A sorted run in memory: its lines in a few sorted parts.
pub struct Run {
    text: Vec<u8>,
    parts: Vec<Vec<Line>>,
}

impl<'p> Runs<'p> {
    pub fn new(plan: &'p Plan) -> Runs<'p> {
        Runs { plan, text: Vec::new(), files: Vec::new() }
    }

    /// How much text fits: a line costs as much again for its entry where lines are short.
    fn limit(&self) -> usize {
        (self.plan.memory / 2).min(u32::MAX as usize / 2)
    }

    /// Takes in an input to its end.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn read(&mut self, input: &mut Input) -> Result<()> {
        if let Some(fd) = input.fd()
            && let Ok(status) = rustix::fs::fstat(fd)
        {
            // A size that lies reserves no more than the limit.
            let size = usize::try_from(status.st_size).unwrap_or(0);
            if size > 0 && size < self.limit() && self.text.is_empty() {
                // All of it at once, where it stays.
                self.text = input.rest()?;
            } else {
                let size = size.min(self.limit().saturating_sub(self.text.len()));
                let _ = self.text.try_reserve(size.saturating_add(1));
            }
        }
        loop {
            let chunk = input.chunk()?;
            if chunk.is_empty() {
                break;
            }
            self.text.try_reserve(chunk.len()).map_err(|_| Error::from(Errno::NOMEM))?;
            self.text.extend_from_slice(chunk);
            let length = chunk.len();
            input.consume(length);
            if self.text.len() >= self.limit() {
                self.spill()?;
            }
        }
        // The last line of an input may lack its end; it must not run into the next input.
        if self.text.last().is_some_and(|last| *last != self.plan.end) {
            self.text.push(self.plan.end);
        }
        Ok(())
    }

    /// Sorts the whole lines there are into a temporary file.
    #[inline(never)]
    fn spill(&mut self) -> Result<()> {
        let Some(last) = memchr::memrchr(self.plan.end, &self.text) else {
            // One line larger than the memory wanted: it has to be held.
            if self.text.len() < u32::MAX as usize - (1 << 20) {
                return Ok(());
            }
            return Err(Error::message("line too long"));
        };
        let rest = self.text.split_off(last + 1);
        let run = Run::sort(core::mem::replace(&mut self.text, rest), self.plan);
        self.files.push(run.into_file(self.plan)?);
        // Not too many descriptors at once.
        if self.files.len() >= self.plan.batch {
            let files = core::mem::take(&mut self.files);
            self.files.push(merge_to_file(files, self.plan)?);
        }
        Ok(())
    }

    /// Sorts what is left.
    pub fn finish(mut self) -> Result<Sorted> {
        let run = Run::sort(core::mem::take(&mut self.text), self.plan);
        if self.files.is_empty() {
            return Ok(Sorted::Memory(run));
        }
        self.files.push(run.into_file(self.plan)?);
        Ok(Sorted::Files(self.files))
    }
}

impl Sorted {
    /// Hands out every line, without its end; with -u one of several equal.
    #[cfg_attr(speed_marks, optimize(speed))]
    pub fn put(self, plan: &Plan, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Sorted::Memory(run) => run.put(plan, put),
            Sorted::Files(files) => merge(files, plan, put),
        }
    }
}

/// Calls `work` for each part, all at the same time.
fn spread(parts: &mut [Vec<Line>], work: &(dyn Fn(&mut Vec<Line>) + Sync)) {
    match parts {
        [] => {}
        [only] => work(only),
        [first, rest @ ..] => both(&mut || spread(rest, work), &mut || work(first)),
    }
}

/// Sorts lines, by their prefixes alone or by all that counts: one copy of the standard library's sort for both.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn arrange(lines: &mut [Line], text: &[u8], plan: &Plan, by_prefix: bool) {
    lines.sort_unstable_by(|a, b| {
        a.prefix.cmp(&b.prefix).then_with(|| if by_prefix { Ordering::Equal } else { compare(text, plan, a, b) })
    });
}

/// Sorts lines that compare by their bytes: by their prefixes, then those whose prefixes are equal by the eight bytes from `depth`
/// on, and so forth. A line in memory is looked at once for eight bytes, not in each comparison.
#[cfg_attr(speed_marks, optimize(speed))]
fn by_prefix(lines: &mut [Line], text: &[u8], plan: &Plan, depth: u32) {
    arrange(lines, text, plan, true);
    for equal in lines.chunk_by_mut(|a, b| a.prefix == b.prefix) {
        let Some(prefix) = equal.first().map(|line| line.prefix).filter(|_| equal.len() > 1) else { continue };
        if equal.len() < 6 || depth > 256 || equal.iter().any(|line| line.length <= depth) {
            arrange(equal, text, plan, false);
            continue;
        }
        for line in equal.iter_mut() {
            let rest = slice(text, line.start.saturating_add(depth), line.length.saturating_sub(depth));
            line.prefix = plan.comparison.prefix(rest);
        }
        by_prefix(equal, text, plan, depth.saturating_add(8));
        // The merge of the parts compares the beginnings.
        equal.iter_mut().for_each(|line| line.prefix = prefix);
    }
}

impl Run {
    #[cfg_attr(speed_marks, optimize(speed))]
    fn sort(text: Vec<u8>, plan: &Plan) -> Run {
        let mut lines = Vec::with_capacity(text.len() / 32);
        let comparison = &plan.comparison;
        let plain = comparison.is_plain().is_some();
        let mut start = 0usize;
        let mut add = |from: usize, to: usize| {
            let line = text.get(from..to).unwrap_or_default();
            let key = if plain { line } else { comparison.first_key(line) };
            let offset = (key.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
            lines.push(Line {
                prefix: comparison.prefix(key),
                start: from as u32,
                length: line.len() as u32,
                key: if key.is_empty() { from as u32 } else { offset as u32 },
                key_length: key.len() as u32,
            });
        };
        for at in memchr::memchr_iter(plan.end, &text) {
            add(start, at);
            start = at + 1;
        }
        if start < text.len() {
            add(start, text.len());
        }
        // Below some thousand lines a thread costs more than it saves.
        let threads = if lines.len() < 8192 { 1 } else { plan.threads };
        let share = lines.len().div_ceil(threads.max(1)).max(1);
        let mut parts = Vec::new();
        while lines.len() > share {
            parts.push(lines.split_off(lines.len().saturating_sub(share)));
        }
        parts.push(lines);
        spread(&mut parts, &|part| {
            if plain { by_prefix(part, &text, plan, 8) } else { arrange(part, &text, plan, false) }
        });
        Run { text, parts }
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn line(&self, line: &Line) -> &[u8] {
        slice(&self.text, line.start, line.length)
    }

    #[cfg_attr(speed_marks, optimize(speed))]
    fn put(&self, plan: &Plan, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut parts: Vec<&[Line]> = self.parts.iter().map(Vec::as_slice).collect();
        let mut previous: Option<&Line> = None;
        loop {
            // Few parts: the least head is found by looking at each.
            let mut least: Option<(usize, &Line)> = None;
            for (index, part) in parts.iter().enumerate() {
                let Some(head) = part.first() else { continue };
                match least {
                    Some((_, best)) if compare(&self.text, plan, best, head) != Ordering::Greater => {}
                    _ => least = Some((index, head)),
                }
            }
            let Some((index, line)) = least else { return Ok(()) };
            if let Some(part) = parts.get_mut(index) {
                *part = part.get(1..).unwrap_or_default();
            }
            if plan.unique {
                if previous.is_some_and(|previous| same(&self.text, plan, previous, line)) {
                    continue;
                }
                previous = Some(line);
            }
            put(self.line(line))?;
        }
    }

    fn into_file(self, plan: &Plan) -> Result<Input> {
        let (mut output, name) = temporary(plan)?;
        self.put(plan, &mut |line| {
            output.put(line)?;
            output.byte(plan.end)
        })?;
        rewound(output, &name)
    }
}

#[cfg_attr(speed_marks, optimize(speed))]
fn slice(text: &[u8], start: u32, length: u32) -> &[u8] {
    let start = start as usize;
    text.get(start..start.saturating_add(length as usize)).unwrap_or_default()
}

/// The order of two lines of a run; equal ones stay as they came.
#[inline]
#[cfg_attr(speed_marks, optimize(speed))]
fn compare(text: &[u8], plan: &Plan, a: &Line, b: &Line) -> Ordering {
    a.prefix.cmp(&b.prefix).then_with(|| by_keys(text, plan, a, b)).then_with(|| a.start.cmp(&b.start))
}

#[cfg_attr(speed_marks, optimize(speed))]
fn by_keys(text: &[u8], plan: &Plan, a: &Line, b: &Line) -> Ordering {
    plan.comparison.compare_with_keys(
        slice(text, a.start, a.length),
        slice(text, a.key, a.key_length),
        slice(text, b.start, b.length),
        slice(text, b.key, b.key_length),
    )
}

#[cfg_attr(speed_marks, optimize(speed))]
fn same(text: &[u8], plan: &Plan, a: &Line, b: &Line) -> bool {
    a.prefix == b.prefix && by_keys(text, plan, a, b) == Ordering::Equal
}

/// A file without a name, which is gone with its descriptor.
fn temporary(plan: &Plan) -> Result<(Output, Vec<u8>)> {
    let directory = &plan.directory;
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    if let Ok(fd) = base::fs::open(directory.as_slice(), flags, Mode::from_raw_mode(0o600)) {
        return Ok((Output::owned(fd, directory), directory.clone()));
    }
    // Not every file system can: then a name that is taken away at once.
    let mut last = Errno::EXIST;
    for attempt in 0..64u32 {
        let mut name = base::bytes::fill("%/sort", &[directory.as_slice()]);
        let mut random = [0u8; 4];
        rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
        let number = u32::from_ne_bytes(random).wrapping_add(attempt);
        base::number::push_radix(&mut name, u64::from(number), 16, 8, b'0');
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        match base::fs::open(name.as_slice(), flags, Mode::from_raw_mode(0o600)) {
            Ok(fd) => {
                base::fs::unlink(name.as_slice()).at(&name)?;
                return Ok((Output::owned(fd, &name), name));
            }
            Err(errno) => last = errno,
        }
    }
    Err(Error::system(base::bytes::fill("cannot create temporary file in '%'", &[directory.as_slice()]), last))
}

fn rewound(mut output: Output, name: &[u8]) -> Result<Input> {
    output.finish()?;
    let fd = output.fd().map(rustix::io::dup).unwrap_or(Err(Errno::BADF)).at(name)?;
    rustix::fs::seek(&fd, rustix::fs::SeekFrom::Start(0)).at(name)?;
    Ok(Input::owned(fd, name))
}

/// Merges sorted inputs into a temporary file.
#[inline(never)]
pub fn merge_to_file(files: Vec<Input>, plan: &Plan) -> Result<Input> {
    let (mut output, name) = temporary(plan)?;
    merge(files, plan, &mut |line| {
        output.put(line)?;
        output.byte(plan.end)
    })?;
    rewound(output, &name)
}

/// An input that is merged, and its line now.
struct Head {
    input: Input,
    line: Vec<u8>,
    prefix: u64,
    index: usize,
}

impl Head {
    /// Moves to the next line; false at the end.
    fn next(&mut self, plan: &Plan) -> Result<bool> {
        let Some(line) = self.input.line(plan.end)? else { return Ok(false) };
        self.line.clear();
        self.line.extend_from_slice(chomp(line, plan.end));
        self.prefix = plan.comparison.prefix(plan.comparison.first_key(&self.line));
        Ok(true)
    }
}

/// Merges sorted inputs; of equal lines those of the earlier input come first.
#[cfg_attr(speed_marks, optimize(speed))]
pub fn merge(inputs: Vec<Input>, plan: &Plan, put: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    #[allow(clippy::vec_box, reason = "they change their places all the time")]
    let mut heads: Vec<Box<Head>> = Vec::new();
    for input in inputs {
        let index = heads.len();
        let mut head = Box::new(Head { input, line: Vec::new(), prefix: 0, index });
        if head.next(plan)? {
            heads.push(head);
        }
    }
    let before = |a: &Head, b: &Head| {
        let order = a.prefix.cmp(&b.prefix).then_with(|| plan.comparison.compare(&a.line, &b.line));
        order.then_with(|| a.index.cmp(&b.index)) == Ordering::Less
    };
    // A heap, the least at its root.
    for at in (0..heads.len() / 2).rev() {
        sink(&mut heads, at, &before);
    }
    let mut previous: Option<Vec<u8>> = None;
    while let Some(head) = heads.first_mut() {
        let again = plan.unique
            && previous.as_ref().is_some_and(|line| plan.comparison.compare(line, &head.line) == Ordering::Equal);
        if !again {
            put(&head.line)?;
            if plan.unique {
                let place = previous.get_or_insert_default();
                place.clear();
                place.extend_from_slice(&head.line);
            }
        }
        if !head.next(plan)? {
            heads.swap_remove(0);
        }
        sink(&mut heads, 0, &before);
    }
    Ok(())
}

/// Moves the entry at `at` down to where both below it are greater.
#[cfg_attr(speed_marks, optimize(speed))]
fn sink(heads: &mut [Box<Head>], mut at: usize, before: &dyn Fn(&Head, &Head) -> bool) {
    loop {
        let mut least = at;
        for child in [at.saturating_mul(2).saturating_add(1), at.saturating_mul(2).saturating_add(2)] {
            if let (Some(a), Some(b)) = (heads.get(child), heads.get(least))
                && before(a, b)
            {
                least = child;
            }
        }
        if least == at {
            return;
        }
        heads.swap(at, least);
        at = least;
    }
}
