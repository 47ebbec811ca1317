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

/// The rows as they are, none below another.
pub fn flat(table: &Table) -> Vec<Node> {
    (0..table.rows.len()).map(|row| Node { row, depth: 0, last: false }).collect()
}

const NONE: usize = usize::MAX;

/// All rows, each with its children behind it. A row is below the last one whose `id` column is its `parent` column; where that
/// makes a ring, the first row of the ring is above the others.
pub fn nodes(table: &Table, id: usize, parent: usize) -> Vec<Node> {
    let count = table.rows.len();
    let name = |row: usize, column| table.cell(row, column);
    let ids = order::indices(count, &mut |a, b| name(a, id).cmp(name(b, id)));
    let mut parents = vec![NONE; count];
    for (row, slot) in parents.iter_mut().enumerate() {
        let wanted = table.cell(row, parent);
        let end = ids.partition_point(|other| name(*other as usize, id) <= wanted);
        if let Some(above) = ids.get(..end).and_then(|ids| ids.last())
            && name(*above as usize, id) == wanted
        {
            *slot = *above as usize;
        }
    }
    cut_rings(&mut parents);
    // By parent, and then in the order of the input; what has none comes last.
    let above = |row: usize| parents.get(row).copied().unwrap_or(NONE);
    let children = order::indices(count, &mut |a, b| above(a).cmp(&above(b)));
    let mut nodes = Vec::with_capacity(count);
    let mut waiting = Vec::new();
    let push_children = |waiting: &mut Vec<Node>, of: usize, depth: usize| {
        let from = children.partition_point(|row| above(*row as usize) < of);
        let to = children.partition_point(|row| above(*row as usize) <= of);
        let mut last = depth > 0;
        for row in children.get(from..to).unwrap_or_default().iter().rev() {
            waiting.push(Node { row: *row as usize, depth, last });
            last = false;
        }
    };
    push_children(&mut waiting, NONE, 0);
    while let Some(node) = waiting.pop() {
        push_children(&mut waiting, node.row, node.depth + 1);
        nodes.push(node);
    }
    nodes
}

/// Takes its parent from the first row of each ring.
fn cut_rings(parents: &mut [usize]) {
    // In which walk a row was met: rows of earlier walks lead out of every ring.
    let mut met = vec![NONE; parents.len()];
    for start in 0..parents.len() {
        let mut row = start;
        while let Some(walk) = met.get_mut(row) {
            if *walk == NONE {
                *walk = start;
                row = parents.get(row).copied().unwrap_or(NONE);
                continue;
            }
            if *walk == start {
                let mut first = row;
                let mut member = parents.get(row).copied().unwrap_or(row);
                while member != row {
                    first = first.min(member);
                    member = parents.get(member).copied().unwrap_or(row);
                }
                if let Some(parent) = parents.get_mut(first) {
                    *parent = NONE;
                }
            }
            break;
        }
    }
}

/// Puts the lines of the tree before the cells of `column`: the new cells stand behind the text.
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
