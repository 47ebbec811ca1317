//! tsort - put the items of a partial order into a total one
//! Spec: POSIX.1-2024. Deviations: none known.

use base::applet::{Applet, Declaration, Exec, Opt};
use base::args::Args;
use base::context::{Context, Status};
use base::error::{Error, Result};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "tsort",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Order the items so that the first of each pair in FILE comes before the second",
    operands: "[FILE]",
    notes: "With no FILE, or when FILE is -, standard input is read. A loop is reported and broken.",
    options: &[Opt::hidden("w", "")],
    run,
    ..Declaration::DEFAULT
});

#[derive(Default)]
struct Item<'a> {
    name: &'a [u8],
    before: usize,
    followers: Vec<usize>,
    done: bool,
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    let path = args.between(0, 1)?.first().copied().unwrap_or(b"-");
    let text = cx.open(path)?.rest()?;
    let mut words: Vec<&[u8]> = Vec::new();
    for word in text.split(u8::is_ascii_whitespace) {
        if !word.is_empty() {
            words.push(word);
        }
    }
    let shown: &[u8] = if path == b"-" { b"-" } else { path };
    if !words.len().is_multiple_of(2) {
        return Err(Error::message_of("%: input contains an odd number of tokens", &[shown]));
    }
    let (number, mut items) = numbered(&words);
    for pair in number.chunks_exact(2) {
        let &[from, to] = pair else { continue };
        if from == to {
            continue;
        }
        if let Some(item) = items.get_mut(from) {
            item.followers.push(to);
        }
        if let Some(item) = items.get_mut(to) {
            item.before += 1;
        }
    }
    // Those that nothing is left to precede, in the order in which they became so.
    let mut ready = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if item.before == 0 {
            ready.push(index);
        }
    }
    let (mut left, mut printed) = (items.len(), 0usize);
    while left > 0 {
        while let Some(next) = ready.get(printed) {
            printed += 1;
            let Some(item) = items.get_mut(*next) else { continue };
            item.done = true;
            left = left.saturating_sub(1);
            cx.stdout.put(item.name)?;
            cx.stdout.byte(b'\n')?;
            for follower in core::mem::take(&mut item.followers) {
                if let Some(item) = items.get_mut(follower) {
                    item.before = item.before.saturating_sub(1);
                    if item.before == 0 && !item.done {
                        ready.push(follower);
                    }
                }
            }
        }
        if left > 0 {
            break_loop(cx, shown, &mut items, &mut ready);
        }
    }
    Ok(cx.status())
}

/// A number for each word, the same for equal words, in the order of their first places; and the items so numbered.
fn numbered<'a>(words: &[&'a [u8]]) -> (Vec<usize>, Vec<Item<'a>>) {
    // Equal words stand together in this order, the first of them first.
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let order = base::order::indices(words.len(), &mut |a, b| word(a).cmp(word(b)));
    let mut first: Vec<usize> = (0..words.len()).collect();
    let mut leader = None;
    for at in order.iter().map(|at| *at as usize) {
        let same = leader.filter(|leader| word(*leader) == word(at)).unwrap_or(at);
        leader = Some(same);
        if let Some(slot) = first.get_mut(at) {
            *slot = same;
        }
    }
    let mut items: Vec<Item> = Vec::new();
    let mut number: Vec<usize> = Vec::with_capacity(words.len());
    for (at, leader) in first.into_iter().enumerate() {
        let known = if leader == at { None } else { number.get(leader).copied() };
        number.push(known.unwrap_or(items.len()));
        if known.is_none() {
            items.push(Item { name: word(at), ..Item::default() });
        }
    }
    (number, items)
}

/// Reports a loop among the items that are left, and cuts its last edge.
fn break_loop(cx: &mut Context, path: &[u8], items: &mut [Item], ready: &mut Vec<usize>) {
    // Every item left has one before it: walking backwards must come round.
    let mut predecessor: Vec<Option<usize>> = vec![None; items.len()];
    for (from, item) in items.iter().enumerate().filter(|(_, item)| !item.done) {
        for to in &item.followers {
            if let Some(slot) = predecessor.get_mut(*to) {
                *slot = Some(from);
            }
        }
    }
    let mut seen: Vec<usize> = Vec::new();
    let mut visited = vec![false; items.len()];
    let mut at = items.iter().position(|item| !item.done);
    let start = loop {
        let Some(here) = at else { return };
        match visited.get_mut(here) {
            Some(flag) if !*flag => *flag = true,
            _ => break here,
        }
        seen.push(here);
        at = predecessor.get(here).copied().flatten();
    };
    let from = seen.iter().position(|item| *item == start).unwrap_or(0);
    // In the order of the arrows, from the earliest on.
    let cycle = seen.get_mut(from..).unwrap_or_default();
    cycle.reverse();
    let earliest = cycle.iter().min().and_then(|least| cycle.iter().position(|member| member == least)).unwrap_or(0);
    let (before, after) = cycle.split_at(earliest);
    cx.warn(Error::message_of("%: input contains a loop:", &[path]));
    for member in after.iter().chain(before) {
        let name = items.get(*member).map_or(&b""[..], |item| item.name);
        cx.warn(Error::message(name));
    }
    let (Some(first), Some(last)) = (after.first().copied(), before.last().or(after.last()).copied()) else { return };
    if let Some(item) = items.get_mut(last)
        && let Some(position) = item.followers.iter().position(|follower| *follower == first)
    {
        item.followers.swap_remove(position);
    }
    if let Some(item) = items.get_mut(first) {
        item.before = item.before.saturating_sub(1);
        if item.before == 0 {
            ready.push(first);
        }
    }
}
