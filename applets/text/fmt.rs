//! fmt - fill paragraphs to lines of a width
//! Spec: GNU's fmt. Deviations: widths are columns of characters, not bytes; of two ways to break a paragraph that are about
//! as good, the other may be taken. The rule: a line costs the square of what it misses of the goal, and half the square of its
//! difference from the next; a break is cheap behind a sentence or a comma, and dear behind the first word of a
//! sentence, before its last, and behind a period that ends none.

use base::applet::{Applet, Declaration, Exec, Kind, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};
use base::io::Input;
use base::term::width::display_width;

pub const APPLET: Applet = base::applet!(Declaration {
    name: "fmt",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Fill the paragraphs of each FILE to lines of about the same length",
    operands: "[FILE]...",
    notes: "With no FILE, or when FILE is -, standard input is read. Lines indented otherwise begin a paragraph.",
    options: &[
        Opt::flag("c", "crown-margin", "the first two lines may be indented otherwise"),
        Opt::flag("t", "tagged-paragraph", "the second line must be indented otherwise"),
        Opt::flag("s", "split-only", "split long lines, fill no short ones"),
        Opt::flag("u", "uniform-spacing", "one blank between words, two behind a sentence"),
        Opt::value("w", "width", "NUM", Kind::Text, "at most NUM columns (default 75)"),
        Opt::value("g", "goal", "NUM", Kind::Text, "aim at NUM columns (default 93% of the width)"),
        Opt::value("p", "prefix", "STRING", Kind::Text, "fill only lines that begin with STRING"),
    ],
    digits: "w",
    run,
    ..Declaration::DEFAULT
});

/// The longest paragraph that is looked at as a whole, in words.
const MOST: usize = 4000;

struct Word {
    /// Where it ends in the paragraph's text.
    end: usize,
    width: usize,
    /// Columns behind it.
    space: usize,
    /// It ends with a period or its like, perhaps with quotes behind.
    period: bool,
    /// It ends with a comma or its like.
    punctuation: bool,
    /// It begins with an opening bracket or quote.
    opens: bool,
    /// A sentence ends here.
    last: bool,
}

/// What a line begins with, in columns.
#[derive(Clone, Copy, PartialEq)]
struct Margin {
    prefix: usize,
    text: usize,
}

struct Format<'a> {
    width: usize,
    goal: usize,
    crown: bool,
    tagged: bool,
    split: bool,
    uniform: bool,
    prefix: &'a [u8],
    utf8: bool,
    tabs: bool,
    text: Vec<u8>,
    words: Vec<Word>,
    lines: usize,
    first: Margin,
    other: Margin,
    out: Vec<u8>,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let number = |id: &str, most: usize, what: &str| -> Result<Option<usize>> {
        let Some(text) = args.text(id) else { return Ok(None) };
        let value = base::number::parse_u64(text).ok().and_then(|value| usize::try_from(value).ok());
        let bad = || Error::message_of("invalid %: '%'", &[what.as_bytes(), text]);
        value.filter(|value| *value <= most).map(Some).ok_or_else(bad)
    };
    let given = number("w", 2500, "width")?;
    let goal = number("g", given.unwrap_or(75), "width")?;
    let width = given.unwrap_or(goal.map_or(75, |goal| goal.saturating_add(10)));
    let prefix = args.text("p").unwrap_or_default();
    let mut format = Format {
        width,
        goal: goal.unwrap_or(width.saturating_mul(187) / 200),
        crown: args.has("c"),
        tagged: args.has("t"),
        split: args.has("s"),
        uniform: args.has("u"),
        prefix: prefix.trim_ascii(),
        utf8: cx.is_utf8(),
        tabs: false,
        text: Vec::new(),
        words: Vec::new(),
        lines: 0,
        first: Margin { prefix: 0, text: 0 },
        other: Margin { prefix: 0, text: 0 },
        out: Vec::new(),
    };
    let operands = core::mem::take(&mut args.operands);
    cx.each_input(&operands, &mut |cx, input| format.input(cx, input))?;
    Ok(cx.status())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Counts the blanks at the front of `text` as columns from `column` on; gives the column behind and what follows.
fn blanks<'a>(text: &'a [u8], mut column: usize, tabs: &mut bool) -> (usize, &'a [u8]) {
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first().filter(|(byte, _)| is_blank(**byte)) {
        rest = tail;
        if byte == b'\t' {
            *tabs = true;
            column = (column / 8).saturating_add(1).saturating_mul(8);
        } else {
            column += 1;
        }
    }
    (column, rest)
}

impl Format<'_> {
    fn input(&mut self, cx: &mut Context, input: &mut Input) -> Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let Some(bytes) = input.line(b'\n')? else { break };
            line.extend_from_slice(bytes.strip_suffix(b"\n").unwrap_or(bytes));
            self.line(&line);
            if self.out.len() > 30_000 {
                cx.stdout.put(&self.out)?;
                self.out.clear();
            }
        }
        self.flush();
        cx.stdout.put(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn line(&mut self, line: &[u8]) {
        let mut tabs = self.tabs;
        let (before, rest) = blanks(line, 0, &mut tabs);
        let Some(rest) = rest.strip_prefix(self.prefix) else {
            self.flush();
            self.out.extend_from_slice(line);
            self.out.push(b'\n');
            return;
        };
        let at = before.saturating_add(display_width(self.prefix, self.utf8));
        let (column, rest) = blanks(rest, at, &mut tabs);
        self.tabs = tabs;
        if rest.is_empty() {
            self.flush();
            if !self.prefix.is_empty() {
                self.margin(Margin { prefix: before, text: at });
            }
            self.out.push(b'\n');
            return;
        }
        let margin = Margin { prefix: if self.prefix.is_empty() { 0 } else { before }, text: column };
        let continues = margin.prefix == self.first.prefix
            && !self.split
            && match self.lines {
                0 => false,
                1 if self.crown => true,
                1 if self.tagged => margin.text != self.first.text,
                1 => margin == self.first,
                _ => margin == self.other,
            };
        if !continues {
            self.flush();
            self.first = margin;
            self.other.prefix = margin.prefix;
            if self.crown || !self.tagged || self.split {
                self.other = margin;
            } else if self.other.text == margin.text {
                // Where there is no second line to show it, and the last paragraph's would show nothing.
                self.other.text = if margin.text == 0 { 3 } else { 0 };
            }
        } else if self.lines == 1 {
            self.other = margin;
        }
        self.lines += 1;
        self.take(rest, column);
        if self.words.len() >= MOST {
            self.format(false);
        }
    }

    /// Adds the words of a line.
    fn take(&mut self, mut rest: &[u8], mut column: usize) {
        while !rest.is_empty() {
            let length = rest.iter().position(|byte| is_blank(*byte)).unwrap_or(rest.len());
            let (word, tail) = rest.split_at_checked(length).unwrap_or((rest, b""));
            let width = display_width(word, self.utf8);
            column = column.saturating_add(width);
            let (next, tail) = blanks(tail, column, &mut self.tabs);
            let ends = tail.is_empty();
            let closers = word.iter().rev().take_while(|byte| b")]'\"".contains(byte)).count();
            let core = word.get(..word.len().saturating_sub(closers)).unwrap_or_default();
            let period = core.last().is_some_and(|byte| b".?!".contains(byte));
            let gap = next.saturating_sub(column);
            let last = period && (ends || gap > 1);
            self.text.extend_from_slice(word);
            self.words.push(Word {
                end: self.text.len(),
                width,
                space: if ends || self.uniform { if last { 2 } else { 1 } } else { gap },
                period,
                punctuation: word.last().is_some_and(u8::is_ascii_punctuation),
                opens: word.first().is_some_and(|byte| b"([{'`\"".contains(byte)),
                last,
            });
            column = next;
            rest = tail;
        }
    }

    /// Ends the paragraph.
    fn flush(&mut self) {
        if let Some(word) = self.words.last_mut() {
            word.last = true;
            self.format(true);
        }
        self.lines = 0;
    }

    /// What it costs to begin a line with the word of this number.
    fn break_cost(&self, index: usize) -> i64 {
        let word = |index: Option<usize>| index.and_then(|index| self.words.get(index));
        let mut cost = 4900;
        let Some(before) = word(index.checked_sub(1)) else { return 0 };
        if before.period {
            cost += if before.last { -2500 } else { 360_000 };
        } else if before.punctuation {
            cost -= 1600;
        } else if word(index.checked_sub(2)).is_some_and(|word| word.last) {
            cost += 40_000 / before.width.saturating_add(2) as i64;
        }
        if let Some(here) = word(Some(index)) {
            if here.opens {
                cost -= 1600;
            } else if here.last {
                cost += 22_500 / here.width.saturating_add(2) as i64;
            }
        }
        cost
    }

    /// Breaks the paragraph and writes it; what is not whole keeps its last line.
    fn format(&mut self, whole: bool) {
        let count = self.words.len();
        // For the words from each on: the least cost, where the first line ends, and how long it is.
        let mut best = Vec::with_capacity(count + 1);
        for _ in 0..=count {
            best.push((0i64, count, 0usize));
        }
        for from in (0..count).rev() {
            let mut length = if from == 0 { self.first.text } else { self.other.text };
            let mut choice = (i64::MAX, count, 0);
            for to in from..count {
                let Some(word) = self.words.get(to) else { break };
                length = length.saturating_add(word.width);
                if to > from && length >= self.width {
                    break;
                }
                let next = to + 1;
                let &(rest, next_end, next_length) = best.get(next).unwrap_or(&(0, count, 0));
                let mut cost = rest;
                if next < count {
                    let short = self.goal as i64 - length as i64;
                    cost = cost.saturating_add(short.saturating_mul(short).saturating_mul(100));
                    if next_end < count {
                        let ragged = length as i64 - next_length as i64;
                        cost = cost.saturating_add(ragged.saturating_mul(ragged).saturating_mul(50));
                    }
                }
                if cost < choice.0 {
                    choice = (cost, next, length);
                }
                length = length.saturating_add(word.space);
            }
            choice.0 = choice.0.saturating_add(self.break_cost(from));
            if let Some(place) = best.get_mut(from) {
                *place = choice;
            }
        }
        let mut from = 0;
        let mut begin = 0;
        let text = core::mem::take(&mut self.text);
        while from < count {
            let end = best.get(from).map_or(count, |choice| choice.1).max(from + 1);
            if end >= count && !whole && from > 0 {
                break;
            }
            let margin = if from == 0 { self.first } else { self.other };
            self.margin(margin);
            let mut column = margin.text;
            for index in from..end {
                let Some(word) = self.words.get(index) else { break };
                let (stop, width, space) = (word.end, word.width, word.space);
                self.out.extend_from_slice(text.get(begin..stop).unwrap_or_default());
                begin = stop;
                column = column.saturating_add(width);
                if index + 1 < end {
                    column = self.space(column, column.saturating_add(space));
                }
            }
            self.out.push(b'\n');
            from = end;
        }
        self.words.drain(..from.min(count));
        for word in &mut self.words {
            word.end = word.end.saturating_sub(begin);
        }
        self.text.extend_from_slice(text.get(begin..).unwrap_or_default());
        self.first = if whole { self.first } else { self.other };
    }

    fn margin(&mut self, margin: Margin) {
        let mut column = self.space(0, margin.prefix);
        if !self.prefix.is_empty() {
            self.out.extend_from_slice(self.prefix);
            column = column.saturating_add(display_width(self.prefix, self.utf8));
        }
        self.space(column, margin.text);
    }

    /// Blanks from one column to another, with tabs where the input had some.
    fn space(&mut self, mut column: usize, to: usize) -> usize {
        while self.tabs && column < to {
            let stop = (column / 8).saturating_add(1).saturating_mul(8);
            if stop > to || stop == column.saturating_add(1) {
                break;
            }
            self.out.push(b'\t');
            column = stop;
        }
        self.out.resize(self.out.len().saturating_add(to.saturating_sub(column)), b' ');
        column.max(to)
    }
}
