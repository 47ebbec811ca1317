//! The command `y`.

use super::script::Translation;
use base::pattern::set;

/// Translates the characters of `line`.
pub fn translate(translation: &Translation, line: &mut Vec<u8>) {
    if let Some(table) = &translation.bytes {
        return translate_bytes(table, line);
    }
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line.as_slice();
    while let Some((member, length)) = set::decode(rest) {
        let (bytes, after) = rest.split_at(length);
        match translation.characters.binary_search_by_key(&member, |pair| pair.0) {
            Ok(at) => set::encode(translation.characters.get(at).map_or(member, |pair| pair.1), true, &mut out),
            Err(_) => out.extend_from_slice(bytes),
        }
        rest = after;
    }
    *line = out;
}

#[cfg_attr(speed_marks, optimize(speed))]
#[inline(never)]
fn translate_bytes(table: &[u8; 256], line: &mut [u8]) {
    for byte in line {
        *byte = table.get(usize::from(*byte)).copied().unwrap_or(*byte);
    }
}
