//! shuf - print lines in random order
//! Spec: GNU's. Options: -e, -i, -n, -o, -r, -z, --random-source. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Errno, Error, Result};
use base::inodes::Inodes;
use base::io::{Input, Output, chomp};
use base::number;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "shuf",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Print the lines of FILE in random order",
    operands: "[FILE]\n-e [STRING]...\n-i LO-HI",
    options: &[
        Opt::flag("e", "echo", "the operands are the lines"),
        Opt::value("i", "input-range", "LO-HI", Kind::Text, "the lines are the numbers from LO to HI"),
        Opt::value("n", "head-count", "NUM", Kind::Count, "print at most NUM lines"),
        Opt::value("o", "output", "FILE", Kind::Text, "write to FILE"),
        Opt::value("", "random-source", "FILE", Kind::Text, "take random bytes from FILE"),
        Opt::flag("r", "repeat", "lines may come again"),
        Opt::flag("z", "zero-terminated", "lines end with NUL, not newline"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// Random numbers: from a file, or a generator (xoshiro256**) that the kernel has seeded.
enum Random {
    /// With what is left of the bytes that were read: an even choice of so many numbers.
    File(Input, u128, u128),
    State([u64; 4]),
}

impl Random {
    fn new(source: Option<&[u8]>) -> Result<Random> {
        if let Some(path) = source {
            return Ok(Random::File(Input::open(path)?, 0, 1));
        }
        let mut state = [0u64; 4];
        for word in &mut state {
            let mut bytes = [0u8; 8];
            rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
            *word = u64::from_ne_bytes(bytes);
        }
        Ok(Random::State(state))
    }

    /// An even choice of 0 to `limit` - 1. From a file it takes no more bytes than it needs, and the same file gives the same choice as
    /// GNU's. From the generator it is the word as a fraction of `limit`; the words that would favour some are thrown away (Lemire, 2019:
    /// no division but for few).
    fn below(&mut self, limit: u64) -> Result<u64> {
        let limit = limit.max(1);
        let [a, b, c, d] = match self {
            Random::State(state) => state,
            Random::File(input, number, count) => {
                let limit = u128::from(limit);
                loop {
                    while *count < limit {
                        let Some(byte) = input.chunk()?.first().copied() else {
                            return Err(Error::message_of("%: end of file", &[input.name()]));
                        };
                        input.consume(1);
                        (*number, *count) = (*number << 8 | u128::from(byte), *count << 8);
                    }
                    let even = *count - *count % limit;
                    if *number < even {
                        let choice = *number % limit;
                        (*number, *count) = (*number / limit, even / limit);
                        return Ok(choice as u64);
                    }
                    (*number, *count) = (*number - even, *count - even);
                }
            }
        };
        loop {
            let word = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
            let shifted = *b << 17;
            *c ^= *a;
            *d ^= *b;
            *b ^= *c;
            *a ^= *d;
            *c ^= shifted;
            *d = d.rotate_left(45);
            let product = u128::from(word) * u128::from(limit);
            let low = product as u64;
            if low >= limit || low >= limit.wrapping_neg() % limit {
                return Ok((product >> 64) as u64);
            }
        }
    }
}

/// What is shuffled: lines, or a range of numbers that need not be in memory.
enum Lines {
    Texts(Texts),
    Range(u64, u64),
}

/// Lines of a text, each by a number with its beginning and, in the last bits, its length: half as large as a slice, so that more
/// of them are near when they are swapped.
struct Texts {
    text: Vec<u8>,
    places: Vec<u64>,
    end: u8,
}

const LENGTH_BITS: u32 = 24;
/// So many bytes or more: the line goes on to the next end.
const LONG: usize = (1 << LENGTH_BITS) - 1;

impl Texts {
    fn push(&mut self, start: usize, length: usize) {
        self.places.push((start as u64) << LENGTH_BITS | length.min(LONG) as u64);
    }

    #[inline(always)]
    fn get(&self, place: u64) -> &[u8] {
        let line = self.text.get((place >> LENGTH_BITS) as usize..).unwrap_or_default();
        let mut length = place as usize & LONG;
        if length == LONG {
            length = memchr::memchr(self.end, line).unwrap_or(line.len());
        }
        line.get(..length).unwrap_or_default()
    }
}

impl Lines {
    fn len(&self) -> u64 {
        match self {
            Lines::Texts(texts) => texts.places.len() as u64,
            Lines::Range(low, high) => high.saturating_sub(*low).saturating_add(1),
        }
    }

    fn push(&self, out: &mut Vec<u8>, index: u64) {
        match self {
            Lines::Texts(texts) => {
                let index = usize::try_from(index).unwrap_or(usize::MAX);
                out.extend_from_slice(texts.places.get(index).map_or(&[], |place| texts.get(*place)));
            }
            Lines::Range(low, _) => number::push_u64(out, low.saturating_add(index)),
        }
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let end = args.line_end();
    let mut texts = Texts { text: Vec::new(), places: Vec::new(), end };
    let lines = if let Some(range) = args.text("i") {
        args.between(0, 0)?;
        let bad = || Error::usage_of("invalid input range: '%'", &[range]);
        let at = range.iter().position(|byte| *byte == b'-').ok_or_else(bad)?;
        let (low, high) = range.split_at(at);
        let low = number::parse_u64(low).map_err(|_| bad())?;
        let high = number::parse_u64(high.get(1..).unwrap_or_default()).map_err(|_| bad())?;
        // An empty range (HI one below LO) is allowed.
        if high.saturating_add(1) < low {
            return Err(bad());
        }
        if high < low { Lines::Texts(texts) } else { Lines::Range(low, high) }
    } else {
        if args.has("e") {
            for operand in &args.operands {
                texts.push(texts.text.len(), operand.len());
                texts.text.extend_from_slice(operand);
            }
        } else {
            let path = args.between(0, 1)?.first().copied().unwrap_or(b"-");
            texts.text = cx.open(path)?.rest()?;
            let length = chomp(&texts.text, end).len();
            if !texts.text.is_empty() {
                texts.places.reserve(length / 32);
                let mut start = 0;
                while let Some(rest) = texts.text.get(start..length) {
                    let line = memchr::memchr(end, rest).unwrap_or(rest.len());
                    texts.push(start, line);
                    start += line + 1;
                }
            }
        }
        Lines::Texts(texts)
    };
    let mut random = Random::new(args.text("random-source"))?;
    let total = lines.len();
    let wanted = args.count("n");
    let mut file = match args.text("o") {
        Some(path) => Some(Output::create(path)?),
        None => None,
    };
    let output = file.as_mut().unwrap_or(&mut cx.stdout);
    let mut line = Vec::new();
    let mut print = |lines: &Lines, index: u64| {
        line.clear();
        lines.push(&mut line, index);
        line.push(end);
        output.put(&line)
    };
    if args.has("r") {
        if total == 0 && wanted != Some(0) {
            return Err(Error::message("no lines to repeat"));
        }
        let mut left = wanted;
        while left != Some(0) {
            left = left.map(|left| left.saturating_sub(1));
            let index = random.below(total)?;
            print(&lines, index)?;
        }
    } else if let Lines::Texts(mut texts) = lines {
        shuffle_texts(&mut texts, wanted.unwrap_or(total).min(total), &mut random, output)?;
    } else {
        shuffle(total, wanted.unwrap_or(total).min(total), &mut random, &mut |index| print(&lines, index))?;
    }
    if let Some(file) = &mut file {
        file.finish()?;
    }
    Ok(cx.status())
}

/// As [`shuffle`], of lines in memory: each is moved to its place, so that it is looked up once.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn shuffle_texts(texts: &mut Texts, wanted: u64, random: &mut Random, output: &mut Output) -> Result<()> {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let total = texts.places.len();
    let mut done = 0usize;
    while done < wanted.min(total) {
        // By the block, so that the processor waits for the memory of several at once: first the places, then the texts.
        let from = done;
        done = from.saturating_add(64).min(wanted).min(total);
        for place in from..done {
            let other = usize::try_from(random.below(total.saturating_sub(place) as u64)?).unwrap_or(0);
            texts.places.swap(place, place.saturating_add(other).min(total.saturating_sub(1)));
        }
        let block = texts.places.get(from..done).unwrap_or_default();
        for place in block {
            let text = texts.get(*place);
            core::hint::black_box((text.first().copied(), text.last().copied()));
        }
        for place in block {
            output.put(texts.get(*place))?;
            output.byte(texts.end)?;
        }
    }
    Ok(())
}

/// Fisher and Yates: the first `wanted` places of a random order of 0 to `total` - 1.
#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn shuffle(total: u64, wanted: u64, random: &mut Random, print: &mut dyn FnMut(u64) -> Result<()>) -> Result<()> {
    if wanted < total / 16 {
        // A few out of many: only the places that have moved are kept.
        let mut moved = Inodes::new();
        let mut values: Vec<u64> = Vec::new();
        for place in 0..wanted {
            let other = place.saturating_add(random.below(total.saturating_sub(place))?);
            let known = moved.find(0, place).and_then(|number| values.get(number as usize));
            let here = known.copied().unwrap_or(place);
            let number = moved.insert(0, other, u32::try_from(values.len()).unwrap_or(u32::MAX));
            let there = match number.and_then(|number| values.get_mut(number as usize)) {
                Some(value) => core::mem::replace(value, here),
                None => {
                    values.push(here);
                    other
                }
            };
            print(there)?;
        }
        return Ok(());
    }
    let count = usize::try_from(total).map_err(|_| Error::from(Errno::NOMEM))?;
    let mut order: Vec<u64> = Vec::new();
    order.try_reserve_exact(count).map_err(|_| Error::from(Errno::NOMEM))?;
    order.extend(0..total);
    for place in 0..wanted {
        let other = place.saturating_add(random.below(total.saturating_sub(place))?);
        let (place, other) = (usize::try_from(place).unwrap_or(0), usize::try_from(other).unwrap_or(0));
        order.swap(place, other);
        print(order.get(place).copied().unwrap_or(0))?;
    }
    Ok(())
}
