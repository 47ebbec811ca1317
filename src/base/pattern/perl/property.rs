//! The properties of `\p{…}` that are known: the common general categories and scripts.
//! Deviations: marks, punctuation and symbols beyond the Basic Multilingual Plane's usual blocks are not told apart.

use crate::pattern::set::{LAST, Set};

type Ranges = &'static [(u32, u32)];

const SCRIPTS: &[(&[u8], Ranges)] = &[
    (
        b"Arabic",
        &[
            (0x600, 0x604),
            (0x606, 0x60B),
            (0x60D, 0x61A),
            (0x61C, 0x61E),
            (0x620, 0x63F),
            (0x641, 0x64A),
            (0x656, 0x66F),
            (0x671, 0x6FF),
            (0x750, 0x77F),
            (0x8A0, 0x8FF),
            (0xFB50, 0xFDFF),
            (0xFE70, 0xFEFC),
        ],
    ),
    (b"Armenian", &[(0x531, 0x58F), (0xFB13, 0xFB17)]),
    (b"Cyrillic", &[(0x400, 0x52F), (0x1C80, 0x1C88), (0x1D2B, 0x1D2B), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)]),
    (b"Devanagari", &[(0x900, 0x950), (0x955, 0x963), (0x966, 0x97F)]),
    (b"Georgian", &[(0x10A0, 0x10FA), (0x10FC, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2D)]),
    (
        b"Greek",
        &[
            (0x370, 0x373),
            (0x375, 0x377),
            (0x37A, 0x37D),
            (0x37F, 0x37F),
            (0x384, 0x384),
            (0x386, 0x386),
            (0x388, 0x3E1),
            (0x3F0, 0x3FF),
            (0x1F00, 0x1FFE),
            (0x2126, 0x2126),
        ],
    ),
    (
        b"Han",
        &[
            (0x2E80, 0x2FD5),
            (0x3005, 0x3005),
            (0x3007, 0x3007),
            (0x3021, 0x3029),
            (0x3038, 0x303B),
            (0x3400, 0x4DBF),
            (0x4E00, 0x9FFF),
            (0xF900, 0xFAD9),
            (0x20000, 0x323AF),
        ],
    ),
    (b"Hangul", &[(0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3)]),
    (b"Hebrew", &[(0x591, 0x5F4), (0xFB1D, 0xFB4F)]),
    (b"Hiragana", &[(0x3041, 0x3096), (0x309D, 0x309F)]),
    (b"Katakana", &[(0x30A1, 0x30FA), (0x30FD, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF6F), (0xFF71, 0xFF9D)]),
    (
        b"Latin",
        &[
            (65, 90),
            (97, 122),
            (0xAA, 0xAA),
            (0xBA, 0xBA),
            (0xC0, 0xD6),
            (0xD8, 0xF6),
            (0xF8, 0x2B8),
            (0x2E0, 0x2E4),
            (0x1D00, 0x1D25),
            (0x1E00, 0x1EFF),
            (0x2071, 0x2071),
            (0x207F, 0x207F),
            (0x212A, 0x212B),
            (0x2C60, 0x2C7F),
            (0xA722, 0xA787),
            (0xFB00, 0xFB06),
            (0xFF21, 0xFF3A),
            (0xFF41, 0xFF5A),
        ],
    ),
    (b"Thai", &[(0xE01, 0xE3A), (0xE40, 0xE5B)]),
    (
        b"M",
        &[
            (0x300, 0x36F),
            (0x483, 0x489),
            (0x591, 0x5BD),
            (0x610, 0x61A),
            (0x64B, 0x65F),
            (0x900, 0x903),
            (0x93A, 0x93C),
            (0x93E, 0x94F),
            (0xE31, 0xE31),
            (0xE34, 0xE3A),
            (0xE47, 0xE4E),
            (0x1AB0, 0x1ACE),
            (0x1DC0, 0x1DFF),
            (0x20D0, 0x20F0),
            (0x302A, 0x302F),
            (0x3099, 0x309A),
            (0xFE00, 0xFE0F),
            (0xFE20, 0xFE2F),
        ],
    ),
    (
        b"Zs",
        &[
            (32, 32),
            (0xA0, 0xA0),
            (0x1680, 0x1680),
            (0x2000, 0x200A),
            (0x202F, 0x202F),
            (0x205F, 0x205F),
            (0x3000, 0x3000),
        ],
    ),
    (
        b"Z",
        &[
            (32, 32),
            (0xA0, 0xA0),
            (0x1680, 0x1680),
            (0x2000, 0x200A),
            (0x2028, 0x2029),
            (0x202F, 0x202F),
            (0x205F, 0x205F),
            (0x3000, 0x3000),
        ],
    ),
    (b"Cc", &[(0, 31), (127, 159)]),
    (b"Any", &[(0, LAST)]),
    (b"Sc", &[(36, 36), (0xA2, 0xA5), (0x20A0, 0x20C0)]),
    (
        b"Sm",
        &[
            (43, 43),
            (60, 62),
            (124, 124),
            (126, 126),
            (0xAC, 0xAC),
            (0xB1, 0xB1),
            (0xD7, 0xD7),
            (0xF7, 0xF7),
            (0x2190, 0x2194),
            (0x2200, 0x22FF),
            (0x27C0, 0x27E5),
            (0x2900, 0x2982),
            (0x2A00, 0x2AFF),
        ],
    ),
    (
        b"S",
        &[
            (36, 36),
            (43, 43),
            (60, 62),
            (94, 94),
            (96, 96),
            (124, 124),
            (126, 126),
            (0xA2, 0xA6),
            (0xA8, 0xA9),
            (0xAC, 0xAC),
            (0xAE, 0xB1),
            (0xB4, 0xB4),
            (0xB8, 0xB8),
            (0xD7, 0xD7),
            (0xF7, 0xF7),
            (0x20A0, 0x20C0),
            (0x2100, 0x2101),
            (0x2190, 0x2307),
            (0x230C, 0x2328),
            (0x232B, 0x2426),
            (0x249C, 0x24E9),
            (0x2500, 0x2767),
            (0x2794, 0x27C4),
            (0x2900, 0x2982),
            (0x2A00, 0x2BFF),
            (0x1F300, 0x1FAFF),
        ],
    ),
    (
        b"P",
        &[
            (33, 35),
            (37, 42),
            (44, 47),
            (58, 59),
            (63, 64),
            (91, 93),
            (95, 95),
            (123, 123),
            (125, 125),
            (0xA1, 0xA1),
            (0xA7, 0xA7),
            (0xAB, 0xAB),
            (0xB6, 0xB7),
            (0xBB, 0xBB),
            (0xBF, 0xBF),
            (0x37E, 0x37E),
            (0x387, 0x387),
            (0x55A, 0x55F),
            (0x60C, 0x60D),
            (0x61B, 0x61B),
            (0x61F, 0x61F),
            (0x66A, 0x66D),
            (0x964, 0x965),
            (0x2010, 0x2027),
            (0x2030, 0x2043),
            (0x2045, 0x2051),
            (0x2053, 0x205E),
            (0x207D, 0x207E),
            (0x2308, 0x230B),
            (0x2329, 0x232A),
            (0x2768, 0x2775),
            (0x2E00, 0x2E5D),
            (0x3001, 0x3003),
            (0x3008, 0x3011),
            (0x3014, 0x301F),
            (0x30FB, 0x30FB),
            (0xFF01, 0xFF03),
            (0xFF05, 0xFF0A),
            (0xFF0C, 0xFF0F),
            (0xFF1A, 0xFF1B),
            (0xFF1F, 0xFF20),
        ],
    ),
];

/// Adds the property of this name; false if it is not known.
pub fn push(set: &mut Set, name: &[u8]) -> bool {
    if let Some((_, ranges)) = SCRIPTS.iter().find(|entry| entry.0 == name) {
        set.ranges.extend_from_slice(ranges);
        return true;
    }
    let class: &[u8] = match name {
        b"Lu" | b"Uppercase" => b"upper",
        b"Ll" | b"Lowercase" => b"lower",
        b"Xan" | b"L" | b"N" | b"Nd" | b"Alphabetic" => b"alnum",
        b"Xwd" => {
            set.push_word(true);
            return true;
        }
        b"Xsp" | b"Xps" => b"space",
        _ if name.ends_with(b"&") && name.len() == 2 && name.starts_with(b"L") => {
            set.push_class(b"lower", true);
            b"upper"
        }
        _ => return false,
    };
    if !matches!(name, b"L" | b"N" | b"Nd" | b"Alphabetic") {
        return set.push_class(class, true);
    }
    let mut all = Set::default();
    all.push_class(class, true);
    let wants = matches!(name, b"N" | b"Nd");
    for (low, high) in all.ranges {
        // Runs of thousands are letters.
        if high - low > 4096 {
            if !wants {
                set.push(low, high);
            }
            continue;
        }
        for letter in (low..=high).filter_map(char::from_u32) {
            if letter.is_numeric() == wants {
                set.push(u32::from(letter), u32::from(letter));
            }
        }
    }
    set.normalise();
    true
}
