//! column - make columns of lines, or a table of fields
//! Spec: util-linux. Extras: none. Deviations: -E and -e are accepted and change nothing.

mod tree;

use base::io::chomp;
use base::term::width::{display_width, truncate};
use base::{Applet, Args, Context, Declaration, Error, Exec, Kind, Opt, Result, Status, number};

pub const APPLET: Applet = base::applet!(Declaration {
    name: "column",
    exec: Exec::no_fork("reads and writes its streams only"),
    summary: "Make columns of lines, or a table of fields",
    operands: "[FILE]...",
    notes: "COLUMNS is a list of names (of -N) or numbers from 1, with commas; 0 is all columns.",
    options: &[
        Opt::value("c", "output-width", "NUM", Kind::Text, "the width of the output (default: the terminal's)"),
        Opt::flag("x", "fillrows", "fill rows before columns"),
        Opt::flag("t", "table", "make a table, its fields between blanks"),
        Opt::value("s", "separator", "CHARS", Kind::Text, "fields end at each of CHARS, not at blanks"),
        Opt::value("o", "output-separator", "TEXT", Kind::Text, "put TEXT between columns (default two blanks)"),
        Opt::value("l", "table-columns-limit", "NUM", Kind::Count, "at most NUM columns; the last takes the rest"),
        Opt::value("N", "table-columns", "NAMES", Kind::Text, "head the columns with NAMES"),
        Opt::flag("d", "table-noheadings", "do not print the heads"),
        Opt::value("H", "table-hide", "COLUMNS", Kind::Text, "leave these out"),
        Opt::value("O", "table-order", "COLUMNS", Kind::Text, "these first"),
        Opt::value("R", "table-right", "COLUMNS", Kind::Text, "right-align these"),
        Opt::value("T", "table-truncate", "COLUMNS", Kind::Text, "cut these where the table is too wide"),
        Opt::value("W", "table-wrap", "COLUMNS", Kind::Text, "wrap these where the table is too wide"),
        Opt::value("E", "table-noextreme", "COLUMNS", Kind::Text, "accepted"),
        Opt::flag("e", "table-header-repeat", "accepted"),
        Opt::flag("L", "keep-empty-lines", "do not leave out empty lines"),
        Opt::value("r", "tree", "COLUMN", Kind::Text, "draw this column as a tree, of -i and -p"),
        Opt::value("i", "tree-id", "COLUMN", Kind::Text, "the column with the name of a row"),
        Opt::value("p", "tree-parent", "COLUMN", Kind::Text, "the column with the name of the row above"),
        Opt::flag("J", "json", "print the table as JSON"),
        Opt::value("n", "table-name", "NAME", Kind::Text, "the table's name in JSON (default table)"),
        Opt::flag("h", "", "show this help"),
    ],
    run,
    ..Declaration::DEFAULT
});

/// How a column is shown.
#[derive(Clone, Default)]
struct Column<'a> {
    name: &'a [u8],
    width: usize,
    /// Of the bits below.
    marks: u8,
}

const RIGHT: u8 = 1;
const TRUNCATED: u8 = 2;
const WRAPPED: u8 = 4;
const HIDDEN: u8 = 8;
/// It has its place in the order.
const PLACED: u8 = 16;

impl Column<'_> {
    /// Whether it has one of these marks.
    fn is(&self, marks: u8) -> bool {
        self.marks & marks != 0
    }
}

/// Where the cells of a table are: ranges of the text, row by row.
struct Table {
    text: Vec<u8>,
    rows: Vec<Vec<(usize, usize)>>,
}

impl Table {
    /// A cell; empty where the row is short.
    fn cell(&self, row: usize, column: usize) -> &[u8] {
        let range = self.rows.get(row).and_then(|row| row.get(column)).copied().unwrap_or((0, 0));
        self.text.get(range.0..range.1).unwrap_or_default()
    }
}

fn run(cx: &mut Context, args: &mut Args) -> Result<Status> {
    if args.has("h") {
        base::help::print(cx)?;
        return Ok(Status::SUCCESS);
    }
    let width = match args.text("c") {
        Some(b"unlimited" | b"0") => usize::MAX,
        Some(text) => match number::parse_u32(text) {
            Ok(width) => width as usize,
            Err(_) => return Err(Error::message_about("invalid columns argument:", text)),
        },
        None => base::term::columns(cx.env, cx.stdout.fd()).unwrap_or(80),
    };
    let keep = args.has("L");
    let mut text = Vec::new();
    let mut lines = Vec::new();
    cx.each_input(&args.operands, &mut |_, input| {
        while let Some(line) = input.line(b'\n')? {
            let line = chomp(line, b'\n');
            if keep || !line.iter().all(u8::is_ascii_whitespace) {
                lines.push((text.len(), text.len() + line.len()));
                text.extend_from_slice(line);
            }
        }
        Ok(())
    })?;
    if ["t", "J", "r"].iter().any(|id| args.has(id)) {
        table(cx, args, text, &lines, width)?;
    } else {
        let mut items = Vec::with_capacity(lines.len());
        for (from, to) in &lines {
            items.push(text.get(*from..*to).unwrap_or_default());
        }
        fill(cx, &items, width, args.has("x"))?;
    }
    Ok(cx.status())
}

/// Prints lines in columns as wide as the longest, set with tabs.
#[inline(never)]
fn fill(cx: &mut Context, items: &[&[u8]], width: usize, across: bool) -> Result<()> {
    const TAB: usize = 8;
    let utf8 = cx.is_utf8();
    let longest = items.iter().map(|item| display_width(item, utf8)).max().unwrap_or(0);
    let column = (longest / TAB + 1).saturating_mul(TAB);
    let columns = (width / column).clamp(1, items.len().max(1));
    let rows = items.len().div_ceil(columns);
    let mut out = Vec::new();
    for row in 0..rows {
        let mut at = 0;
        for place in 0..columns {
            let index = |place: usize| if across { row * columns + place } else { place * rows + row };
            let Some(item) = items.get(index(place)) else { break };
            out.extend_from_slice(item);
            at += display_width(item, utf8);
            if place + 1 < columns && index(place + 1) < items.len() {
                let end = (place + 1) * column;
                while at / TAB * TAB + TAB <= end {
                    out.push(b'\t');
                    at = at / TAB * TAB + TAB;
                }
            }
        }
        out.push(b'\n');
        cx.stdout.put(&out)?;
        out.clear();
    }
    Ok(())
}

/// The fields of a line: ranges of the text.
fn fields(text: &[u8], (from, to): (usize, usize), separators: Option<&[u8]>, limit: usize) -> Vec<(usize, usize)> {
    let mut fields = Vec::new();
    let mut at = from;
    let find = |at: usize, wanted: &dyn Fn(&u8) -> bool| {
        let rest = text.get(at..to).unwrap_or_default();
        rest.iter().position(wanted).map_or(to, |place| at + place)
    };
    loop {
        let last = fields.len() + 1 >= limit;
        if separators.is_none() {
            // What the last column takes begins behind one blank, but there must be something.
            let word = find(at, &|byte| !byte.is_ascii_whitespace());
            if word == to {
                return fields;
            }
            if !last {
                at = word;
            }
        }
        let end = match separators {
            _ if last => to,
            Some(chars) => find(at, &|byte| chars.contains(byte)),
            None => find(at, &u8::is_ascii_whitespace),
        };
        if last && at == to && limit > 1 {
            return fields;
        }
        fields.push((at, end));
        if end == to {
            return fields;
        }
        at = end + 1;
    }
}

/// The columns that a list names, by name or number; 0 means all.
fn listed(columns: &[Column], list: Option<&[u8]>) -> Result<Vec<usize>> {
    let mut indices = Vec::new();
    for name in base::bytes::split(list.unwrap_or_default(), b',') {
        let found = columns.iter().position(|column| column.name == name);
        match (found, number::parse_u32(name)) {
            _ if name.is_empty() => {}
            (Some(index), _) => indices.push(index),
            (None, Ok(0)) => indices.extend(0..columns.len()),
            (None, Ok(number)) => indices.push(number as usize - 1),
            (None, Err(_)) => return Err(Error::message_about("undefined column name", name)),
        }
    }
    Ok(indices)
}

#[inline(never)]
fn table(cx: &mut Context, args: &Args, text: Vec<u8>, lines: &[(usize, usize)], width: usize) -> Result<()> {
    let utf8 = cx.is_utf8();
    let limit = args.amount("l", usize::MAX);
    let separators = args.text("s");
    let names = args.text("N").map_or(Vec::new(), |names| base::bytes::split(names, b','));
    let mut count = names.len();
    let mut table = Table { text, rows: Vec::with_capacity(lines.len()) };
    for line in lines {
        let row = fields(&table.text, *line, separators, limit);
        count = count.max(row.len());
        table.rows.push(row);
    }
    let mut columns: Vec<Column> = Vec::new();
    for index in 0..count {
        columns.push(Column { name: names.get(index).copied().unwrap_or_default(), ..Column::default() });
    }
    let mut wanted = listed(&columns, args.text("O"))?;
    wanted.extend(0..count);
    for (id, mark) in [("H", HIDDEN), ("R", RIGHT), ("T", TRUNCATED), ("W", WRAPPED)] {
        for index in listed(&columns, args.text(id))? {
            if let Some(column) = columns.get_mut(index) {
                column.marks |= mark;
            }
        }
    }
    let mut order = Vec::new();
    for index in wanted {
        if let Some(column) = columns.get_mut(index)
            && !column.is(HIDDEN | PLACED)
        {
            column.marks |= PLACED;
            order.push(index);
        }
    }
    let mut tree = None;
    if let Some(drawn) = args.text("r") {
        let (Some(id), Some(parent)) = (args.text("i"), args.text("p")) else {
            return Err(Error::usage("-r needs -i and -p"));
        };
        let find = |name| -> Result<usize> { Ok(listed(&columns, Some(name))?.first().copied().unwrap_or(count)) };
        let (drawn, id, parent) = (find(drawn)?, find(id)?, find(parent)?);
        tree = (drawn.max(id).max(parent) < count).then_some((drawn, (id, parent)));
    }
    let nodes = tree::nodes(&table, tree.map(|tree| tree.1));
    if let Some((drawn, _)) = tree.filter(|_| !args.has("J")) {
        tree::draw(&mut table, &nodes, drawn, utf8);
    }
    if args.has("J") {
        return json(cx, args.text("n").unwrap_or(b"table"), &table, &columns, &order, &nodes);
    }
    if table.rows.is_empty() {
        return Ok(());
    }
    let heads = !names.is_empty() && !args.has("d");
    for (index, column) in columns.iter_mut().enumerate() {
        column.width = display_width(column.name, utf8);
        for row in 0..table.rows.len() {
            column.width = column.width.max(display_width(table.cell(row, index), utf8));
        }
    }
    let separator = args.text("o").unwrap_or(b"  ");
    // What is too much is taken from the columns that may be cut or wrapped.
    let between = display_width(separator, utf8).saturating_mul(order.len().saturating_sub(1));
    let shown = order.iter().filter_map(|index| columns.get(*index));
    let total = shown.fold(between, |sum, column| sum.saturating_add(column.width));
    let mut excess = total.saturating_sub(width);
    for column in columns.iter_mut().filter(|column| column.is(TRUNCATED | WRAPPED) && !column.is(HIDDEN)) {
        let less = excess.min(column.width.saturating_sub(1));
        column.width -= less;
        excess -= less;
    }
    let mut out = Vec::new();
    let mut cells = Vec::new();
    if heads {
        for index in &order {
            cells.push(columns.get(*index).map_or(&b""[..], |column| column.name));
        }
        print_row(&mut out, &mut cells, &columns, &order, separator, utf8);
    }
    for node in &nodes {
        cells.clear();
        for index in &order {
            cells.push(table.cell(node.row, *index));
        }
        print_row(&mut out, &mut cells, &columns, &order, separator, utf8);
        cx.stdout.put(&out)?;
        out.clear();
    }
    cx.stdout.put(&out)
}

/// Prints a row: a line, or as many as its wrapped cells take.
fn print_row(
    out: &mut Vec<u8>,
    cells: &mut [&[u8]],
    columns: &[Column],
    order: &[usize],
    separator: &[u8],
    utf8: bool,
) {
    loop {
        let mut goes_on = false;
        for (place, (cell, index)) in cells.iter_mut().zip(order).enumerate() {
            let Some(column) = columns.get(*index) else { continue };
            if place > 0 {
                out.extend_from_slice(separator);
            }
            let mut part = *cell;
            if column.is(TRUNCATED | WRAPPED) && display_width(part, utf8) > column.width {
                part = truncate(part, column.width, utf8);
                if part.is_empty() {
                    // A wide character in a narrow column.
                    part = cell.get(..base::term::width::next_char(cell).1.max(1)).unwrap_or(cell);
                }
            }
            *cell = if column.is(WRAPPED) { cell.get(part.len()..).unwrap_or_default() } else { b"" };
            goes_on |= !cell.is_empty();
            let free = column.width.saturating_sub(display_width(part, utf8));
            let last = place + 1 == order.len();
            if column.is(RIGHT) && !(last && part.is_empty()) {
                out.resize(out.len() + free, b' ');
            }
            out.extend_from_slice(part);
            if !column.is(RIGHT) && !last {
                out.resize(out.len() + free, b' ');
            }
        }
        out.push(b'\n');
        if !goes_on {
            return;
        }
    }
}

#[inline(never)]
fn json(
    cx: &mut Context,
    name: &[u8],
    table: &Table,
    columns: &[Column],
    order: &[usize],
    nodes: &[tree::Node],
) -> Result<()> {
    if columns.iter().any(|column| column.name.is_empty()) && !table.rows.is_empty() {
        return Err(Error::usage("option --table-columns required for --json"));
    }
    let mut out = b"{\n   ".to_vec();
    push_string(&mut out, name);
    out.extend_from_slice(b": [");
    /// A new line within so many rows.
    fn line(out: &mut Vec<u8>, above: usize, before: usize, text: &[u8]) {
        out.push(b'\n');
        out.resize(out.len() + 6 * above + before, b' ');
        out.extend_from_slice(text);
    }
    let close = |out: &mut Vec<u8>, from: usize, to: usize| {
        line(out, from, 6, b"}");
        for above in (to..from).rev() {
            line(out, above, 9, b"]");
            line(out, above, 6, b"}");
        }
    };
    let mut before = None;
    for node in nodes {
        match before {
            None => line(&mut out, 0, 6, b"{"),
            Some(depth) if node.depth > depth => {
                out.push(b',');
                line(&mut out, depth, 9, b"\"children\": [");
                line(&mut out, node.depth, 6, b"{");
            }
            Some(depth) => {
                close(&mut out, depth, node.depth);
                out.extend_from_slice(b",{");
            }
        }
        before = Some(node.depth);
        for (place, index) in order.iter().enumerate() {
            let Some(column) = columns.get(*index) else { continue };
            if place > 0 {
                out.push(b',');
            }
            line(&mut out, node.depth, 9, b"");
            push_string(&mut out, &column.name.to_ascii_lowercase());
            out.extend_from_slice(b": ");
            match table.cell(node.row, *index) {
                b"" => out.extend_from_slice(b"null"),
                cell => push_string(&mut out, cell),
            }
        }
        cx.stdout.put(&out)?;
        out.clear();
    }
    if let Some(depth) = before {
        close(&mut out, depth, 0);
    }
    out.extend_from_slice(b"\n   ]\n}\n");
    cx.stdout.put(&out)
}

fn push_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0..=31 => {
                out.extend_from_slice(b"\\u");
                number::push_radix(out, u64::from(*byte), 16, 4, b'0');
            }
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}
