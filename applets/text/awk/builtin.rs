//! The functions that awk has, as the parser and the compiler know them.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Builtin {
    And,
    Asort,
    Asorti,
    Atan2,
    Close,
    Compl,
    Cos,
    Exp,
    Fflush,
    Gensub,
    Gsub,
    Index,
    Int,
    Isarray,
    Length,
    Log,
    Lshift,
    Match,
    Mktime,
    Or,
    Patsplit,
    Rand,
    Rshift,
    Sin,
    Split,
    Sprintf,
    Sqrt,
    Srand,
    Strftime,
    Strtonum,
    Sub,
    Substr,
    System,
    Systime,
    Tolower,
    Toupper,
    Typeof,
    Xor,
}

/// What there is to know about one.
pub struct Facts {
    pub name: &'static str,
    pub builtin: Builtin,
    /// How many arguments it takes.
    pub least: usize,
    pub most: usize,
    /// By bits, from the first argument on: which are arrays, and which may be patterns.
    pub arrays: u8,
    pub patterns: u8,
    /// Whether it does or changes anything.
    effects: bool,
}

/// How many arguments are no limit.
const MANY: usize = usize::MAX;

const fn facts(
    name: &'static str,
    builtin: Builtin,
    least: usize,
    most: usize,
    arrays: u8,
    patterns: u8,
    effects: bool,
) -> Facts {
    Facts { name, builtin, least, most, arrays, patterns, effects }
}

/// In the order of the enumeration.
const TABLE: [Facts; 38] = [
    facts("and", Builtin::And, 2, MANY, 0, 0, false),
    facts("asort", Builtin::Asort, 1, 3, 0b11, 0, true),
    facts("asorti", Builtin::Asorti, 1, 3, 0b11, 0, true),
    facts("atan2", Builtin::Atan2, 2, 2, 0, 0, false),
    facts("close", Builtin::Close, 1, 2, 0, 0, true),
    facts("compl", Builtin::Compl, 1, 1, 0, 0, false),
    facts("cos", Builtin::Cos, 1, 1, 0, 0, false),
    facts("exp", Builtin::Exp, 1, 1, 0, 0, false),
    facts("fflush", Builtin::Fflush, 0, 1, 0, 0, true),
    facts("gensub", Builtin::Gensub, 3, 4, 0, 0b1, false),
    facts("gsub", Builtin::Gsub, 2, 3, 0, 0b1, true),
    facts("index", Builtin::Index, 2, 2, 0, 0, false),
    facts("int", Builtin::Int, 1, 1, 0, 0, false),
    facts("isarray", Builtin::Isarray, 1, 1, 0, 0, false),
    facts("length", Builtin::Length, 0, 1, 0, 0, false),
    facts("log", Builtin::Log, 1, 1, 0, 0, false),
    facts("lshift", Builtin::Lshift, 2, 2, 0, 0, false),
    facts("match", Builtin::Match, 2, 3, 0b100, 0b10, true),
    facts("mktime", Builtin::Mktime, 1, 2, 0, 0, false),
    facts("or", Builtin::Or, 2, MANY, 0, 0, false),
    facts("patsplit", Builtin::Patsplit, 2, 4, 0b1010, 0b100, true),
    facts("rand", Builtin::Rand, 0, 0, 0, 0, true),
    facts("rshift", Builtin::Rshift, 2, 2, 0, 0, false),
    facts("sin", Builtin::Sin, 1, 1, 0, 0, false),
    facts("split", Builtin::Split, 2, 4, 0b1010, 0b100, true),
    facts("sprintf", Builtin::Sprintf, 1, MANY, 0, 0, false),
    facts("sqrt", Builtin::Sqrt, 1, 1, 0, 0, false),
    facts("srand", Builtin::Srand, 0, 1, 0, 0, true),
    facts("strftime", Builtin::Strftime, 0, 3, 0, 0, false),
    facts("strtonum", Builtin::Strtonum, 1, 1, 0, 0, false),
    facts("sub", Builtin::Sub, 2, 3, 0, 0b1, true),
    facts("substr", Builtin::Substr, 2, 3, 0, 0, false),
    facts("system", Builtin::System, 1, 1, 0, 0, true),
    facts("systime", Builtin::Systime, 0, 0, 0, 0, false),
    facts("tolower", Builtin::Tolower, 1, 1, 0, 0, false),
    facts("toupper", Builtin::Toupper, 1, 1, 0, 0, false),
    facts("typeof", Builtin::Typeof, 1, 1, 0, 0, false),
    facts("xor", Builtin::Xor, 2, MANY, 0, 0, false),
];

/// The function with this name.
pub fn find(name: &[u8]) -> Option<Builtin> {
    TABLE.iter().find(|facts| facts.name.as_bytes() == name).map(|facts| facts.builtin)
}

impl Builtin {
    pub fn facts(self) -> &'static Facts {
        TABLE.get(self as usize).unwrap_or(&TABLE[0])
    }

    pub fn has_effects(self) -> bool {
        self.facts().effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        for (index, facts) in TABLE.iter().enumerate() {
            assert_eq!(facts.builtin as usize, index);
            assert_eq!(find(facts.name.as_bytes()), Some(facts.builtin));
        }
    }
}
