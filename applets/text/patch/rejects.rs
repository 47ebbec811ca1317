//! rejects - the hunks that did not fit, as a patch of their own.

use super::parse::{Header, Hunk, Line, Side};
use base::number::push_u64;

/// Those of `hunks` that failed, under the files' names: as a context diff where `context`, else as a unified one.
pub fn text(header: &Header, hunks: &[Hunk], context: bool) -> Vec<u8> {
    let mut text = Vec::new();
    push_name(&mut text, if context { b"*** " } else { b"--- " }, &header.old);
    push_name(&mut text, if context { b"--- " } else { b"+++ " }, &header.new);
    for hunk in hunks {
        match context {
            _ if !hunk.failed => {}
            true => push_context(&mut text, hunk),
            false => push_unified(&mut text, hunk),
        }
    }
    text
}

fn push_name(out: &mut Vec<u8>, mark: &[u8], side: &Side) {
    out.extend_from_slice(mark);
    out.extend_from_slice(match side.line.get(4..) {
        Some(text) if !text.is_empty() => text,
        _ => b"/dev/null",
    });
    out.push(b'\n');
}

fn push_range(out: &mut Vec<u8>, first: usize, count: usize) {
    push_u64(out, first.saturating_sub(usize::from(count == 0)) as u64);
    if count != 1 {
        out.push(b',');
        push_u64(out, count as u64);
    }
}

fn push_line(out: &mut Vec<u8>, mark: &[u8], line: &Line) {
    out.extend_from_slice(mark);
    out.extend_from_slice(line.text);
    out.push(b'\n');
    if !line.newline {
        out.extend_from_slice(b"\\ No newline at end of file\n");
    }
}

fn push_title(out: &mut Vec<u8>, hunk: &Hunk) {
    out.extend_from_slice(hunk.title);
    out.push(b'\n');
}

fn push_unified(out: &mut Vec<u8>, hunk: &Hunk) {
    out.extend_from_slice(b"@@ -");
    push_range(out, hunk.old, hunk.count(b'+'));
    out.extend_from_slice(b" +");
    push_range(out, hunk.new, hunk.count(b'-'));
    out.extend_from_slice(b" @@");
    push_title(out, hunk);
    for line in &hunk.lines {
        push_line(out, &[line.sign], line);
    }
}

fn push_context(out: &mut Vec<u8>, hunk: &Hunk) {
    out.extend_from_slice(b"***************");
    push_title(out, hunk);
    for other in *b"+-" {
        let is_old = other == b'+';
        let first = if is_old { hunk.old } else { hunk.new };
        let count = hunk.count(other);
        out.extend_from_slice(if is_old { b"*** " } else { b"--- " });
        if count == 0 {
            push_u64(out, first.saturating_sub(1) as u64);
        } else {
            push_u64(out, first as u64);
            if count > 1 {
                out.push(b',');
                push_u64(out, first.saturating_add(count).saturating_sub(1) as u64);
            }
        }
        out.extend_from_slice(if is_old { b" ****\n" } else { b" ----\n" });
        let own = if other == b'+' { b'-' } else { b'+' };
        if !hunk.lines.iter().any(|line| line.sign == own) {
            continue;
        }
        // Lines of a run in which some go and some come are changed ones.
        for run in hunk.lines.chunk_by(|a, b| (a.sign == b' ') == (b.sign == b' ')) {
            let both = [b'-', b'+'].iter().all(|sign| run.iter().any(|line| line.sign == *sign));
            for line in run.iter().filter(|line| line.sign != other) {
                let mark = if both { b'!' } else { line.sign };
                push_line(out, &[mark, b' '], line);
            }
        }
    }
}
