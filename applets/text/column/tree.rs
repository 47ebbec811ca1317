//! The rows of a table as a forest: which row is below which, in the order in which they are shown.

use super::Table;
use base::order;

/// A row's place in the forest.
#[derive(Clone, Copy)]
pub struct Node {
    pub row: usize,
    /// How many rows are above it.
    pub depth: usize,
    /// No other child of its parent comes behind it.
    last: bool,
}

/// A row's neighbours in the forest.
#[derive(Clone, Copy)]
struct Links {
    above: usize,
    first_below: usize,
    next: usize,
    placed: bool,
}

const NONE: usize = usize::MAX;

/// All rows, each with its children behind it: `below` has the columns with a row's name and its parent's. A row is below the last
/// one of that name. Rings come last, each with its first row above the others.
#[inline(never)]
pub fn nodes(table: &Table, below: Option<(usize, usize)>) -> Vec<Node> {
    let count = table.rows.len();
    let mut links = vec![Links { above: NONE, first_below: NONE, next: NONE, placed: false }; count];
    if let Some((id, parent)) = below {
        let name = |row: usize| table.cell(row, id);
        let names = order::indices(count, &mut |a, b| name(a).cmp(name(b)));
        for row in (0..count).rev() {
            let wanted = table.cell(row, parent);
            let end = names.partition_point(|other| name(*other as usize) <= wanted);
            let found = end.checked_sub(1).and_then(|last| names.get(last)).map(|last| *last as usize);
            if let Some(above) = found.filter(|above| name(*above) == wanted)
                && let Some(upper) = links.get_mut(above)
            {
                let next = core::mem::replace(&mut upper.first_below, row);
                if let Some(own) = links.get_mut(row) {
                    (own.above, own.next) = (above, next);
                }
            }
        }
    }
    let mut nodes = Vec::with_capacity(count);
    for ring in [false, true] {
        for root in 0..count {
            let (mut row, mut depth) = (root, 0usize);
            while let Some(link) = links.get_mut(row)
                && (row != root || !link.placed && (ring || link.above == NONE))
            {
                link.placed = true;
                let link = *link;
                // In a ring the root is also below another.
                let other = |row: usize| match links.get(row) {
                    Some(link) if row == root => link.next,
                    _ => row,
                };
                nodes.push(Node { row, depth, last: other(link.next) == NONE });
                let mut next = other(link.first_below);
                depth += 1;
                while next == NONE && row != root {
                    let Some(link) = links.get(row) else { break };
                    next = other(link.next);
                    row = link.above;
                    depth = depth.saturating_sub(1);
                }
                row = next;
            }
        }
    }
    nodes
}

/// Puts the lines of the tree before the cells of `column`: the new cells stand behind the text.
#[inline(never)]
pub fn draw(table: &mut Table, nodes: &[Node], column: usize, utf8: bool) {
    let (bar, branch, corner) = if utf8 { ("│ ", "├─", "└─") } else { ("| ", "|-", "`-") };
    // The lines before what is below a row of each depth, and where each row's own begin.
    let (mut lines, mut ends) = (Vec::new(), vec![0]);
    for node in nodes.iter().filter(|node| node.depth > 0) {
        ends.truncate(node.depth);
        lines.truncate(ends.last().copied().unwrap_or(0));
        let Some(row) = table.rows.get_mut(node.row) else { continue };
        row.resize(row.len().max(column + 1), (0, 0));
        let Some(cell) = row.get_mut(column) else { continue };
        let from = table.text.len();
        table.text.extend_from_slice(&lines);
        table.text.extend_from_slice(if node.last { corner } else { branch }.as_bytes());
        table.text.extend_from_within(cell.0..cell.1);
        *cell = (from, table.text.len());
        lines.extend_from_slice(if node.last { "  " } else { bar }.as_bytes());
        ends.push(lines.len());
    }
}
