//! One line that says how far a transfer is.

use crate::number::{push_right, push_zeros};
use crate::size::push_human;

/// Appends `\r`, then percentage, bar, amount, speed and the time left, within `columns`. `total` may be unknown.
/// `seconds` is the time since the start; `name` is shown in front.
pub fn push_line(out: &mut Vec<u8>, name: &[u8], done: u64, total: Option<u64>, seconds: u64, columns: usize) {
    let start = out.len();
    out.push(b'\r');
    out.extend_from_slice(super::width::truncate(name, 20, true));
    out.resize(out.len().max(start + 21), b' ');
    let mut tail = Vec::new();
    tail.push(b' ');
    let mut amount = Vec::new();
    push_human(&mut amount, done, 1024);
    tail.resize(tail.len() + 6usize.saturating_sub(amount.len()), b' ');
    tail.extend_from_slice(&amount);
    let speed = done / seconds.max(1);
    let left = match total {
        Some(total) if speed > 0 => total.saturating_sub(done) / speed,
        _ => seconds,
    };
    tail.extend_from_slice(b"  ");
    push_zeros(&mut tail, (left / 3600).min(99), 2);
    tail.push(b':');
    push_zeros(&mut tail, left / 60 % 60, 2);
    tail.push(b':');
    push_zeros(&mut tail, left % 60, 2);
    tail.extend_from_slice(if total.is_some() && speed > 0 { b" ETA" } else { b"    " });
    if let Some(total) = total {
        let percent = if total == 0 { 100 } else { (u128::from(done) * 100 / u128::from(total)).min(100) as u64 };
        push_right(out, percent, 4);
        out.extend_from_slice(b"% |");
        let room = columns.saturating_sub(21 + 7 + 2 + tail.len()).min(60);
        let filled = (room as u64 * percent / 100) as usize;
        out.resize(out.len() + filled, b'*');
        out.resize(out.len() + room - filled, b' ');
        out.push(b'|');
    }
    out.extend_from_slice(&tail);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits() {
        for (done, total) in [(0, Some(0)), (5, Some(10)), (u64::MAX, Some(1)), (7, None)] {
            let mut v = Vec::new();
            push_line(&mut v, b"a file with a rather long name", done, total, 3, 80);
            assert!(v.len() <= 80 && v.starts_with(b"\ra file with a rather"));
        }
    }
}
