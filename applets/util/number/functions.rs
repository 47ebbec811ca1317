//! The functions of bc's library: each is worked out with digits to spare and cut to the scale. How many digits, and in
//! which order, is what other bc's do: so the last digit, which may be wrong by a few, is wrong alike.

use super::{Number, Trouble};

type Outcome = Result<Number, Trouble>;

/// A function of the library.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Sine,
    Cosine,
    ArcTangent,
    Logarithm,
    Exponential,
    Bessel,
}

impl Function {
    /// The functions by their letters in bc.
    pub const ALL: [(&'static [u8], Function); 6] = [
        (b"s", Function::Sine),
        (b"c", Function::Cosine),
        (b"a", Function::ArcTangent),
        (b"l", Function::Logarithm),
        (b"e", Function::Exponential),
        (b"j", Function::Bessel),
    ];

    /// The value at `x` with `scale` digits; `order` is for Bessel's.
    pub fn at(self, x: &Number, order: &Number, scale: usize) -> Outcome {
        // Zero has no digits behind the point where it is what comes in, or nothing is left of.
        if x.is_zero() && matches!(self, Function::Sine | Function::ArcTangent)
            || self == Function::Logarithm && x.compare(&Number::ONE).is_eq()
        {
            return Ok(Number::ZERO);
        }
        match self {
            Function::Sine => Ok(sine(x, scale)),
            Function::Cosine => Ok(cosine(x, scale)),
            Function::ArcTangent => Ok(arc_tangent(x, scale)),
            Function::Logarithm => logarithm(x, scale),
            Function::Exponential => exponential(x, scale),
            Function::Bessel => bessel(order, x, scale),
        }
    }
}

fn small(number: i64) -> Number {
    Number::Small(number)
}

/// The digits of pi / 4 and of arctan(1/5), which serve at scales below 65.
const QUARTER_PI: &[u8] = b".7853981633974483096156608458198757210492923498437764552437361480";
const ARC_TANGENT_FIFTH: &[u8] = b".1973955598498807583700497651947902934475851037878521015176889402";

/// The sum of a series: `step` makes the next term of its index, from 1 on, until one is zero.
fn series(first: Number, step: &mut dyn FnMut(i64) -> Number) -> Number {
    let mut sum = first;
    let mut index = 1;
    loop {
        let term = step(index);
        if term.is_zero() {
            return sum;
        }
        sum = sum.add(&term);
        index += 1;
    }
}

/// The quotient by what cannot be zero.
#[inline(never)]
fn over(dividend: &Number, divisor: &Number, scale: usize) -> Number {
    dividend.divide(divisor, scale).unwrap_or(Number::ZERO)
}

/// The same number with `scale` digits behind the point.
fn cut(number: &Number, scale: usize) -> Number {
    over(number, &Number::ONE, scale)
}

fn decimal(text: &[u8]) -> Number {
    Number::parse(text, 10, false)
}

fn sine(x: &Number, scale: usize) -> Number {
    if x.is_negative() {
        return sine(&x.negated(), scale).negated();
    }
    let digits = scale.saturating_mul(11) / 10 + 2;
    let quarter = arc_tangent(&Number::ONE, digits);
    // The nearest multiple of pi, of which x is left.
    let turns = over(&over(x, &quarter, 0).add(&small(2)), &small(4), 0);
    let mut rest = x.subtract(&turns.multiply(&small(4), 0).multiply(&quarter, digits));
    if turns.remainder(&small(2), 0).is_ok_and(|rest| !rest.is_zero()) {
        rest = rest.negated();
    }
    let digits = scale + 2;
    let square = rest.multiply(&rest, digits).negated();
    let mut term = rest.clone();
    let value = series(rest, &mut |index| {
        let below = small((2 * index + 1) * (2 * index));
        term = term.multiply(&over(&square, &below, digits), digits);
        term.clone()
    });
    cut(&value, scale)
}

fn cosine(x: &Number, scale: usize) -> Number {
    let digits = scale.saturating_mul(12) / 10;
    let right = arc_tangent(&Number::ONE, digits).multiply(&small(2), digits);
    cut(&sine(&right.add(x), digits), scale)
}

fn arc_tangent(x: &Number, scale: usize) -> Number {
    if x.is_negative() {
        return arc_tangent(&x.negated(), scale).negated();
    }
    let fifth = decimal(b".2");
    if scale < 65 {
        for (known, value) in [(&Number::ONE, QUARTER_PI), (&fifth, ARC_TANGENT_FIFTH)] {
            if x.compare(known).is_eq() {
                return cut(&decimal(value), scale);
            }
        }
    }
    // arctan x = arctan .2 + arctan((x - .2) / (1 + .2 x)) until x is small.
    let mut x = x.clone();
    let mut of_fifth = Number::ZERO;
    if x.compare(&fifth).is_gt() {
        of_fifth = arc_tangent(&fifth, scale + 5);
    }
    let digits = scale + 3;
    let mut times = 0;
    while x.compare(&fifth).is_gt() {
        times += 1;
        x = over(&x.subtract(&fifth), &Number::ONE.add(&x.multiply(&fifth, digits)), digits);
    }
    let square = x.multiply(&x, digits).negated();
    let mut power = x.clone();
    let sum = series(x, &mut |index| {
        power = power.multiply(&square, digits);
        over(&power, &small(2 * index + 1), digits)
    });
    cut(&of_fifth.multiply(&small(times), scale).add(&sum), scale)
}

#[inline(never)]
fn exponential(x: &Number, scale: usize) -> Outcome {
    if x.is_negative() {
        // What is smaller than the last digit is not worked out.
        let size = i64::try_from(scale).unwrap_or(i64::MAX / 4).saturating_mul(3).saturating_add(3);
        if x.compare(&Number::of(-size)).is_lt() {
            return Ok(Number::ZERO);
        }
    }
    let inverse = x.is_negative();
    let mut x = x.absolute();
    let size = x.to_i64().filter(|size| *size < 1 << 31).ok_or(Trouble::TooLarge)?;
    let digits = 6 + scale + size as usize / 25 * 11 + size as usize % 25 * 11 / 25;
    // Halved below 1, and the result squared as often.
    let mut own = x.scale() + 1;
    let mut halvings = 0;
    while x.compare(&Number::ONE).is_gt() {
        halvings += 1;
        x = over(&x, &small(2), own);
        own += 1;
    }
    let mut power = x.clone();
    let mut factorial = Number::ONE;
    let mut value = series(x.add(&Number::ONE), &mut |index| {
        power = power.multiply(&x, digits);
        factorial = factorial.multiply(&small(index + 1), digits);
        over(&power, &factorial, digits)
    });
    for _ in 0..halvings {
        value = value.multiply(&value, digits);
    }
    Ok(if inverse { over(&Number::ONE, &value, scale) } else { cut(&value, scale) })
}

#[inline(never)]
fn logarithm(x: &Number, scale: usize) -> Outcome {
    if x.is_zero() || x.is_negative() {
        // What all bc's say where there is no logarithm.
        let huge = Number::of(10).power(&Number::of(scale as i64), 0)?;
        return Ok(cut(&Number::ONE.subtract(&huge), scale));
    }
    // Roots bring x near to 1, then ln x = 2 artanh((x - 1) / (x + 1)).
    let digits = scale + 6;
    let mut x = x.clone();
    let mut factor = small(2);
    while x.compare(&small(2)).is_ge() || x.compare(&decimal(b".5")).is_le() {
        factor = factor.multiply(&small(2), 0);
        x = x.root(digits)?;
    }
    let first = over(&x.subtract(&Number::ONE), &x.add(&Number::ONE), digits);
    let square = first.multiply(&first, digits);
    let mut power = first.clone();
    let sum = series(first, &mut |index| {
        power = power.multiply(&square, digits);
        over(&power, &small(2 * index + 1), digits)
    });
    Ok(cut(&sum.multiply(&factor, digits), scale))
}

/// Bessel's function of the first kind, of whole order.
#[inline(never)]
fn bessel(order: &Number, x: &Number, scale: usize) -> Outcome {
    let order = order.to_i64().filter(|order| order.unsigned_abs() < 1 << 16).ok_or(Trouble::TooLarge)?;
    let mut below = Number::ONE;
    for factor in 2..=order.abs() {
        below = below.multiply(&small(factor), 0);
    }
    let digits = scale.saturating_mul(3) / 2;
    let size = Number::of(order.abs());
    let first = x.power(&size, digits)?;
    let first = over(&over(&first, &small(2).power(&size, 0)?, digits), &below, digits);
    let square = over(&x.multiply(x, digits).negated(), &small(4), digits);
    let digits = digits + first.whole_digits();
    let mut term = Number::ONE;
    let sum = series(Number::ONE, &mut |index| {
        term = over(&term.multiply(&square, digits), &small(index), digits);
        term = over(&term, &small(order.abs() + index), digits);
        term.clone()
    });
    let value = cut(&first.multiply(&sum, digits), scale);
    Ok(if order < 0 && order % 2 != 0 { value.negated() } else { value })
}
