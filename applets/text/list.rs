//! Text made visible, as the command `l` of sed and ed shows it.

/// Appends `text` with its unprintable bytes as escapes and a `$` at its end, wrapped behind a backslash so that no line is longer
/// than `width` columns. A `$` in the text is `escaped` where it must be told from that at the end.
pub fn push_listed(out: &mut Vec<u8>, text: &[u8], width: usize, escaped: bool) {
    const SIMPLE: &[u8; 16] = b"\\\\\x07a\x08b\x0cf\nn\rr\tt\x0bv";
    let mut column = 0usize;
    for byte in text {
        let octal = |shift: u32| b'0'.wrapping_add(byte.wrapping_shr(shift) & 7);
        let simple = SIMPLE.chunks_exact(2).find_map(|pair| (pair.first() == Some(byte)).then(|| pair.get(1))?);
        let (shown, length) = match simple {
            None if escaped && *byte == b'$' => ([b'\\', b'$', 0, 0], 2),
            Some(letter) => ([b'\\', *letter, 0, 0], 2),
            None if (32..127).contains(byte) => ([*byte, 0, 0, 0], 1),
            None => ([b'\\', octal(6), octal(3), octal(0)], 4usize),
        };
        if column.saturating_add(length) >= width && column > 0 {
            out.extend_from_slice(b"\\\n");
            column = 0;
        }
        out.extend_from_slice(shown.get(..length).unwrap_or_default());
        column = column.wrapping_add(length);
    }
    out.extend_from_slice(b"$\n");
}
