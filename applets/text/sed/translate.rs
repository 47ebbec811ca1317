//! The command `y`.

use super::script::Translation;
use base::pattern::set;

/// Translates the characters of `line`.
pub fn translate(translation: &Translation, line: &mut Vec<u8>) {
    if let Some(table) = &translation.bytes {
        return table.apply(line);
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
