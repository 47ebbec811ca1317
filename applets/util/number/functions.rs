//! The functions of bc's library: each is worked out with digits to spare and cut to the scale.

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
        let value = match self {
            Function::Sine => sine(x, scale, 0),
            Function::Cosine => sine(x, scale, 1),
            Function::ArcTangent => arc_tangent(x, scale),
            Function::Logarithm => logarithm(x, scale),
            Function::Exponential => exponential(x, scale),
            Function::Bessel => bessel(order, x, scale),
        }?;
        Ok(value.truncated(scale).with_scale(scale))
    }
}

fn small(number: i64) -> Number {
    Number::Small(number)
}

/// The sum of a series: `step` makes the next term of the last one and its index, from 1 on, until one is zero.
fn series(first: Number, step: &mut dyn FnMut(&Number, i64) -> Outcome) -> Outcome {
    let mut sum = first.clone();
    let mut term = first;
    let mut index = 1;
    loop {
        term = step(&term, index)?;
        if term.is_zero() {
            return Ok(sum);
        }
        sum = sum.add(&term);
        index += 1;
    }
}

/// Pi / 2.
fn half_pi(scale: usize) -> Outcome {
    let digits = scale + 4;
    let of_inverse = |inverse: i64| {
        let square = small(-inverse * inverse);
        let mut power = Number::ONE.divide(&small(inverse), digits)?;
        series(power.clone(), &mut |_, index| {
            power = power.divide(&square, digits)?;
            power.divide(&small(2 * index + 1), digits)
        })
    };
    // Machin: pi / 4 = 4 arctan(1/5) - arctan(1/239)
    let quarter = of_inverse(5)?.multiply(&small(4), digits).subtract(&of_inverse(239)?);
    Ok(quarter.multiply(&small(2), digits))
}

/// sin(x + quarters * pi / 2)
fn sine(x: &Number, scale: usize, quarters: i64) -> Outcome {
    if x.is_zero() && quarters == 0 {
        return Ok(Number::ZERO);
    }
    // What is reduced loses as many digits as there are before the point.
    let digits = scale + x.whole_digits() + 6;
    let right = half_pi(digits)?;
    let half = Number::parse(b".5", 10, false);
    let turns = x.divide(&right, 1)?;
    let turns = if x.is_negative() { turns.subtract(&half) } else { turns.add(&half) }.truncated(0);
    let digits = scale + 6;
    let rest = x.subtract(&turns.multiply(&right, digits + x.whole_digits())).truncated(digits);
    let quadrant = turns.remainder(&small(4), 0)?.add(&small(quarters + 4)).to_i64().unwrap_or(0) % 4;
    let square = rest.multiply(&rest, digits).truncated(digits).negated();
    let odd = quadrant % 2;
    // The sine starts with x and goes on by -x^2 / (2n (2n+1)), the cosine with 1 and by -x^2 / ((2n-1) 2n).
    let first = if odd == 0 { rest.with_scale(digits) } else { Number::ONE.with_scale(digits) };
    let value = series(first, &mut |term, index| {
        let below = 2 * index * if odd == 0 { 2 * index + 1 } else { 2 * index - 1 };
        term.multiply(&square, digits).divide(&small(below), digits)
    })?;
    Ok(if quadrant >= 2 { value.negated() } else { value })
}

fn arc_tangent(x: &Number, scale: usize) -> Outcome {
    if x.is_zero() {
        return Ok(Number::ZERO);
    }
    if x.is_negative() {
        return arc_tangent(&x.negated(), scale).map(|value| value.negated());
    }
    if x.compare(&Number::ONE).is_gt() {
        let digits = scale + 5;
        // The inverse of a large number needs no more digits than the result.
        let rest = arc_tangent(&Number::ONE.divide(x, digits)?, digits)?;
        return Ok(half_pi(digits)?.subtract(&rest));
    }
    // Halve the angle a few times, more for more digits: arctan x = 2 arctan(x / (1 + sqrt(1 + x^2))).
    let halvings = (scale / 100).clamp(3, 24);
    let digits = scale + halvings / 3 + 6;
    let mut x = x.truncated(digits).with_scale(digits);
    for _ in 0..halvings {
        let below = x.multiply(&x, digits).truncated(digits).add(&Number::ONE).root(digits)?.add(&Number::ONE);
        x = x.divide(&below, digits)?;
    }
    let square = x.multiply(&x, digits).truncated(digits).negated();
    let mut power = x.clone();
    let sum = series(x, &mut |_, index| {
        power = power.multiply(&square, digits).truncated(digits);
        power.divide(&small(2 * index + 1), digits)
    })?;
    Ok(sum.multiply(&small(1 << halvings), digits))
}

fn exponential(x: &Number, scale: usize) -> Outcome {
    if x.is_zero() {
        return Ok(Number::ONE);
    }
    if x.is_negative() {
        // e^x below 10^-scale is zero; ten digits more than x has before the point tell it from what is not.
        let limit = Number::of(i64::try_from(scale).unwrap_or(i64::MAX / 4).saturating_mul(3).saturating_add(3));
        if x.negated().compare(&limit).is_gt() {
            return Ok(Number::ZERO);
        }
        return Number::ONE.divide(&exponential(&x.negated(), scale + 4)?, scale);
    }
    let size = x.to_i64().filter(|size| *size < 1 << 31).ok_or(Trouble::TooLarge)?;
    // Halve x below 1 / 2^halvings, and square the result as often; the digits before the result's point are about 0.44 x.
    let halvings = i64::from(size.checked_ilog2().map_or(0, |log| log + 1)) + 4 + (scale as i64 / 100).min(24);
    let digits = scale + (size as usize / 9 * 4 + 4) + halvings as usize / 3 + 8;
    let start = x.divide(&small(1 << halvings), digits)?;
    let mut value = series(Number::ONE.with_scale(digits), &mut |term, index| {
        term.multiply(&start, digits).truncated(digits).divide(&small(index), digits)
    })?;
    for _ in 0..halvings {
        value = value.multiply(&value, digits).truncated(digits);
    }
    Ok(value)
}

fn logarithm(x: &Number, scale: usize) -> Outcome {
    if x.is_zero() || x.is_negative() {
        // What all bc's say where there is no logarithm.
        return Ok(Number::ONE.subtract(&Number::of(10).power(&Number::of(scale as i64), 0)?));
    }
    match x.compare(&Number::ONE) {
        core::cmp::Ordering::Equal => return Ok(Number::ZERO),
        core::cmp::Ordering::Less => {
            let digits = scale + x.scale() + 5;
            return logarithm(&Number::ONE.divide(x, digits)?, scale).map(|value| value.negated());
        }
        core::cmp::Ordering::Greater => {}
    }
    // Roots bring x near to 1, then ln x = 2 artanh((x - 1) / (x + 1)).
    let digits = scale + x.whole_digits() + scale / 300 + 14;
    let near = Number::parse(if scale < 100 { b"1.1" } else { b"1.001" }, 10, false);
    let mut x = x.truncated(digits).with_scale(digits);
    let mut doublings = 1;
    while x.compare(&near).is_gt() {
        x = x.root(digits)?;
        doublings += 1;
    }
    let ratio = x.subtract(&Number::ONE).divide(&x.add(&Number::ONE), digits)?;
    let square = ratio.multiply(&ratio, digits).truncated(digits);
    let mut power = ratio.clone();
    let sum = series(ratio, &mut |_, index| {
        power = power.multiply(&square, digits).truncated(digits);
        power.divide(&small(2 * index + 1), digits)
    })?;
    sum.multiply(&Number::of(2).power(&small(doublings), 0)?, digits).divide(&Number::ONE, digits)
}

/// Bessel's function of the first kind, of whole order.
fn bessel(order: &Number, x: &Number, scale: usize) -> Outcome {
    let order = order.to_i64().filter(|order| order.unsigned_abs() < 1 << 24).ok_or(Trouble::TooLarge)?;
    if order < 0 {
        let value = bessel(&small(-order), x, scale)?;
        return Ok(if order % 2 == 0 { value } else { value.negated() });
    }
    let size = x.to_i64().map(i64::unsigned_abs).filter(|size| *size < 1 << 31).ok_or(Trouble::TooLarge)?;
    // Terms may be as large as e^x before they fall, and cancel each other.
    let digits = scale + size as usize / 9 * 4 + 10;
    let half = x.divide(&small(2), digits + 2)?;
    let mut first = Number::ONE.with_scale(digits);
    for factor in 1..=order {
        first = first.multiply(&half, digits).truncated(digits).divide(&small(factor), digits)?;
    }
    if first.is_zero() {
        return Ok(first);
    }
    let square = half.multiply(&half, digits).truncated(digits).negated();
    series(first, &mut |term, index| {
        let below = index * (index + order);
        term.multiply(&square, digits).truncated(digits).divide(&small(below), digits)
    })
}
