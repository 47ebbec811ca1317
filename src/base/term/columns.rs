//! The layout of `ls -C` and `ls -x`: as many columns as fit a line.

/// Rows and the width of each column, without the gap between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub rows: usize,
    pub columns: Vec<usize>,
}

/// Blanks between columns.
pub const GAP: usize = 2;

/// A column of one character with its gap.
const NARROWEST: usize = 3;

/// Arranges cells of the given widths in lines of less than `line` columns, `across` (-x) or down (-C).
/// Each column is as wide as its widest cell. There is always at least one column.
pub fn arrange(widths: &[usize], line: usize, across: bool) -> Layout {
    let count = widths.len();
    // As GNU's: the line's last place stays free, but columns of one character each may take it too.
    let mut columns = line.div_ceil(NARROWEST).clamp(1, count.max(1));
    loop {
        let rows = count.div_ceil(columns).max(1);
        if !across {
            // With so many rows the last columns may stay empty.
            columns = count.div_ceil(rows).max(1);
        }
        let mut sizes = vec![0; columns];
        let mut total = NARROWEST * columns;
        let mut fits = true;
        for (i, &width) in widths.iter().enumerate() {
            let at = if across { i % columns } else { i / rows };
            let gap = if at + 1 == columns { 0 } else { GAP };
            if let Some(size) = sizes.get_mut(at)
                && *size < width
            {
                let (old, new) = ((*size + gap).max(NARROWEST), (width + gap).max(NARROWEST));
                total += new - old;
                *size = width;
                fits &= new == old || total < line;
            }
            if !fits && columns > 1 {
                break;
            }
        }
        if fits || columns == 1 {
            return Layout { rows, columns: sizes };
        }
        columns -= 1;
    }
}

impl Layout {
    /// The index of the cell at `row` and `column`.
    pub fn index(&self, row: usize, column: usize, across: bool) -> usize {
        if across { row * self.columns.len() + column } else { column * self.rows + row }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arranges() {
        assert_eq!(arrange(&[3, 3, 3, 3], 13, false), Layout { rows: 2, columns: vec![3, 3] });
        assert_eq!(arrange(&[3, 3, 3], 14, true), Layout { rows: 1, columns: vec![3, 3, 3] });
        assert_eq!(arrange(&[100], 10, false), Layout { rows: 1, columns: vec![100] });
        assert_eq!(arrange(&[], 10, false), Layout { rows: 1, columns: vec![0] });
        assert_eq!(arrange(&[1; 6], 4, false), Layout { rows: 3, columns: vec![1, 1] });
        assert_eq!(arrange(&[1; 5], 8, false), Layout { rows: 2, columns: vec![1, 1, 1] });
    }
}
