//! Decimal numbers of any length with a scale, the digits behind the point, as POSIX's bc counts them. Used by bc and dc.
//!
//! Limbs are aligned at the decimal point, so that sums need no shifting: `fraction(scale)` limbs stand behind it, the lowest
//! of them with zeros for the digits beyond the scale. Whole numbers below 10^18, which are most, take no memory of their own.

mod convert;
mod functions;
mod natural;

pub use convert::{Digits, Lines};
pub use functions::Function;

use core::cmp::Ordering;
use natural::{BASE, DIGITS};
use std::rc::Rc;

/// What a small number stays below.
const SMALL: i64 = 1_000_000_000_000_000_000;
/// A power's digits, at most; more would take hours and gigabytes.
const MOST_DIGITS: u64 = 1 << 30;

/// A number. Cloning is cheap.
#[derive(Clone)]
pub enum Number {
    /// A whole number of scale 0, nearer to zero than SMALL.
    Small(i64),
    /// Any other.
    Big(Rc<Big>),
}

/// The sign, the scale, and the digits.
pub struct Big {
    negative: bool,
    scale: usize,
    limbs: Vec<u32>,
}

/// A look at either kind of number.
#[derive(Clone, Copy)]
struct View<'a> {
    negative: bool,
    scale: usize,
    limbs: &'a [u32],
}

/// What a calculation may stumble over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    DivideByZero,
    NegativeRoot,
    TooLarge,
}

impl Trouble {
    /// What a message says of it.
    pub fn text(self) -> &'static str {
        match self {
            Trouble::DivideByZero => "divide by zero",
            Trouble::NegativeRoot => "square root of a negative number",
            Trouble::TooLarge => "number too large",
        }
    }
}

/// The limbs behind the point at this scale.
fn fraction(scale: usize) -> usize {
    scale.div_ceil(DIGITS)
}

/// Limbs with `from` behind the point, as limbs for `scale`: cut off, or filled up.
fn rescale(mut limbs: Vec<u32>, from: usize, scale: usize) -> Vec<u32> {
    let to = fraction(scale);
    if to < from {
        limbs.drain(..(from - to).min(limbs.len()));
    } else if to > from && !limbs.is_empty() {
        let mut longer = vec![0; to - from];
        longer.extend_from_slice(&limbs);
        limbs = longer;
    }
    let beyond = to * DIGITS - scale;
    if let (Some(low), 1..) = (limbs.first_mut(), beyond) {
        *low -= *low % 10u32.pow(beyond as u32);
    }
    natural::trim(&mut limbs);
    limbs
}

impl Number {
    pub const ZERO: Number = Number::Small(0);
    pub const ONE: Number = Number::Small(1);

    /// The number with these limbs, of which `fraction(scale)` stand behind the point.
    fn new(negative: bool, scale: usize, mut limbs: Vec<u32>) -> Number {
        natural::trim(&mut limbs);
        if scale == 0
            && let Some(small) = match limbs.as_slice() {
                [] => Some(0),
                [low] => Some(i64::from(*low)),
                [low, high] => Some(i64::from(*high) * i64::from(BASE) + i64::from(*low)),
                _ => None,
            }
        {
            return Number::Small(if negative { -small } else { small });
        }
        Number::Big(Rc::new(Big { negative: negative && !limbs.is_empty(), scale, limbs }))
    }

    /// A whole number.
    pub fn of(number: i64) -> Number {
        if number.unsigned_abs() < SMALL.unsigned_abs() {
            return Number::Small(number);
        }
        let mut limbs = Vec::new();
        natural::scale_up(&mut limbs, 1, number.unsigned_abs());
        Number::new(number < 0, 0, limbs)
    }

    /// Looks at it; `room` holds the limbs of a small one.
    fn view<'a>(&'a self, room: &'a mut [u32; 2]) -> View<'a> {
        match self {
            Number::Small(small) => {
                let size = small.unsigned_abs();
                let base = u64::from(BASE);
                *room = [(size % base) as u32, (size / base) as u32];
                let used = usize::from(size > 0) + usize::from(size >= base);
                View { negative: *small < 0, scale: 0, limbs: room.get(..used).unwrap_or_default() }
            }
            Number::Big(big) => View { negative: big.negative, scale: big.scale, limbs: &big.limbs },
        }
    }

    pub fn is_zero(&self) -> bool {
        match self {
            Number::Small(small) => *small == 0,
            Number::Big(big) => big.limbs.is_empty(),
        }
    }

    pub fn is_negative(&self) -> bool {
        match self {
            Number::Small(small) => *small < 0,
            Number::Big(big) => big.negative,
        }
    }

    /// The digits behind the point.
    pub fn scale(&self) -> usize {
        match self {
            Number::Small(_) => 0,
            Number::Big(big) => big.scale,
        }
    }

    /// The digits before the point, 0 for a number below one.
    pub fn whole_digits(&self) -> usize {
        let mut room = [0; 2];
        let view = self.view(&mut room);
        let below = view.limbs.len().saturating_sub(fraction(view.scale));
        match view.limbs.last() {
            Some(top) if below > 0 => (below - 1) * DIGITS + top.ilog10() as usize + 1,
            _ => 0,
        }
    }

    /// The significant digits, those behind the point among them: `length()` of bc. The zeros before the first do not count.
    pub fn length(&self) -> usize {
        let mut room = [0; 2];
        let view = self.view(&mut room);
        let Some((top, rest)) = view.limbs.split_last() else { return 1 };
        let filled = fraction(view.scale) * DIGITS - view.scale;
        (rest.len() * DIGITS + top.ilog10() as usize + 1).saturating_sub(filled)
    }

    /// The whole part, where it fits.
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Number::Small(small) => Some(*small),
            Number::Big(big) if big.scale > 0 => match self.truncated(0) {
                Number::Small(small) => Some(small),
                Number::Big(_) => None,
            },
            Number::Big(_) => None,
        }
    }

    /// The same without the digits behind `scale`; with no more digits than there are.
    pub fn truncated(&self, scale: usize) -> Number {
        match self {
            Number::Big(big) if big.scale > scale => {
                Number::new(big.negative, scale, rescale(big.limbs.clone(), fraction(big.scale), scale))
            }
            _ => self.clone(),
        }
    }

    /// The same with exactly `scale` digits behind the point.
    pub fn with_scale(&self, scale: usize) -> Number {
        if scale == self.scale() {
            return self.clone();
        }
        let mut room = [0; 2];
        let view = self.view(&mut room);
        Number::new(view.negative, scale, rescale(view.limbs.to_vec(), fraction(view.scale), scale))
    }

    pub fn negated(&self) -> Number {
        match self {
            Number::Small(small) => Number::Small(-small),
            Number::Big(big) => Number::new(!big.negative, big.scale, big.limbs.clone()),
        }
    }

    pub fn absolute(&self) -> Number {
        if self.is_negative() { self.negated() } else { self.clone() }
    }

    pub fn add(&self, other: &Number) -> Number {
        if let (Number::Small(a), Number::Small(b)) = (self, other) {
            return Number::of(a + b);
        }
        self.sum(other, false)
    }

    pub fn subtract(&self, other: &Number) -> Number {
        if let (Number::Small(a), Number::Small(b)) = (self, other) {
            return Number::of(a - b);
        }
        self.sum(other, true)
    }

    fn sum(&self, other: &Number, subtract: bool) -> Number {
        let (mut room_a, mut room_b) = ([0; 2], [0; 2]);
        let (mut a, mut b) = (self.view(&mut room_a), other.view(&mut room_b));
        b.negative ^= subtract;
        let scale = a.scale.max(b.scale);
        // The one with more limbs behind the point is added to, or both are brought to the same number of them.
        if fraction(a.scale) < fraction(b.scale) {
            (a, b) = (b, a);
        }
        let shift = fraction(a.scale) - fraction(b.scale);
        let mut limbs = Vec::with_capacity(a.limbs.len().max(b.limbs.len() + shift) + 1);
        if a.negative == b.negative {
            limbs.extend_from_slice(a.limbs);
            natural::add(&mut limbs, b.limbs, shift);
            return Number::new(a.negative, scale, limbs);
        }
        if !b.limbs.is_empty() {
            limbs.resize(shift, 0);
        }
        limbs.extend_from_slice(b.limbs);
        let (negative, larger, smaller) = if natural::compare(&limbs, a.limbs) == Ordering::Less {
            (a.negative, &mut a.limbs.to_vec(), &limbs)
        } else {
            (b.negative, &mut limbs, &a.limbs.to_vec())
        };
        natural::subtract(larger, smaller);
        Number::new(negative, scale, core::mem::take(larger))
    }

    /// The product, cut to the scale that POSIX gives it under the global `scale`.
    pub fn multiply(&self, other: &Number, scale: usize) -> Number {
        if let (Number::Small(a), Number::Small(b)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
        {
            return Number::of(product);
        }
        let (mut room_a, mut room_b) = ([0; 2], [0; 2]);
        let (a, b) = (self.view(&mut room_a), other.view(&mut room_b));
        let result = a.scale.saturating_add(b.scale).min(scale.max(a.scale).max(b.scale));
        let limbs = natural::multiply(a.limbs, b.limbs);
        let limbs = rescale(limbs, fraction(a.scale) + fraction(b.scale), result);
        Number::new(a.negative != b.negative, result, limbs)
    }

    /// The quotient with `scale` digits behind the point.
    pub fn divide(&self, other: &Number, scale: usize) -> Result<Number, Trouble> {
        if other.is_zero() {
            return Err(Trouble::DivideByZero);
        }
        if let (Number::Small(a), Number::Small(b), 0) = (self, other, scale) {
            return Ok(Number::Small(a / b));
        }
        let (mut room_a, mut room_b) = ([0; 2], [0; 2]);
        let (a, b) = (self.view(&mut room_a), other.view(&mut room_b));
        let wanted = fraction(scale) + fraction(b.scale);
        let has = fraction(a.scale);
        let quotient = if wanted >= has {
            let mut shifted = Vec::with_capacity(a.limbs.len() + wanted - has);
            shifted.resize(wanted - has, 0);
            shifted.extend_from_slice(a.limbs);
            natural::divide(&shifted, b.limbs).0
        } else {
            natural::divide(a.limbs.get(has - wanted..).unwrap_or_default(), b.limbs).0
        };
        Ok(Number::new(a.negative != b.negative, scale, rescale(quotient, fraction(scale), scale)))
    }

    /// The quotient with `scale` digits, and what is left of `self` then.
    pub fn divide_with_rest(&self, other: &Number, scale: usize) -> Result<(Number, Number), Trouble> {
        if let (Number::Small(a), Number::Small(b @ (..=-1 | 1..)), 0) = (self, other, scale) {
            return Ok((Number::Small(a / b), Number::Small(a % b)));
        }
        let quotient = self.divide(other, scale)?;
        let result = self.scale().max(other.scale().saturating_add(scale));
        let rest = self.subtract(&quotient.multiply(other, result));
        Ok((quotient, rest.with_scale(result)))
    }

    /// `self % other`.
    pub fn remainder(&self, other: &Number, scale: usize) -> Result<Number, Trouble> {
        self.divide_with_rest(other, scale).map(|(_, rest)| rest)
    }

    /// The power; the digits of `exponent` behind the point do not count.
    pub fn power(&self, exponent: &Number, scale: usize) -> Result<Number, Trouble> {
        let result = if exponent.is_negative() { None } else { Some(scale.max(self.scale())) };
        let Some(times) = exponent.to_i64().map(i64::unsigned_abs) else {
            // Only these have powers of any size.
            let even = exponent.truncated(0).remainder(&Number::of(2), 0)?.is_zero();
            return match self {
                Number::Small(0) if exponent.is_negative() => Err(Trouble::DivideByZero),
                Number::Small(0 | 1) => Ok(self.clone()),
                Number::Small(-1) => Ok(if even { Number::ONE } else { self.clone() }),
                _ => Err(Trouble::TooLarge),
            };
        };
        if times == 0 {
            return Ok(Number::ONE);
        }
        let digits = ((self.whole_digits() + self.scale()) as u64).saturating_mul(times);
        if digits > MOST_DIGITS && !matches!(self, Number::Small(-1..=1)) {
            return Err(Trouble::TooLarge);
        }
        let mut power = self.clone();
        for bit in (0..times.ilog2()).rev() {
            let all = power.scale().saturating_mul(2);
            power = power.multiply(&power, all);
            if times >> bit & 1 == 1 {
                power = power.multiply(self, power.scale().saturating_add(self.scale()));
            }
        }
        match result {
            Some(result) => Ok(power.truncated(result)),
            None => Number::ONE.divide(&power, scale),
        }
    }

    /// `self ^ exponent % modulus`, of whole numbers.
    #[inline(never)]
    pub fn power_modulo(&self, exponent: &Number, modulus: &Number) -> Result<Number, Trouble> {
        let modulus = modulus.truncated(0);
        let mut exponent = exponent.truncated(0);
        if modulus.is_zero() {
            return Err(Trouble::DivideByZero);
        }
        if exponent.is_negative() {
            return Err(Trouble::TooLarge);
        }
        let mut base = self.truncated(0).remainder(&modulus, 0)?;
        let mut result = Number::ONE;
        while !exponent.is_zero() {
            // As many bits at once as a small number has.
            let (rest, bits) = exponent.divide_with_rest(&Number::of(1 << 30), 0)?;
            exponent = rest;
            let mut bits = bits.to_i64().unwrap_or(0);
            for _ in 0..30 {
                if bits & 1 == 1 {
                    result = result.multiply(&base, 0).remainder(&modulus, 0)?;
                }
                bits >>= 1;
                if bits == 0 && exponent.is_zero() {
                    break;
                }
                base = base.multiply(&base, 0).remainder(&modulus, 0)?;
            }
        }
        Ok(result)
    }

    /// The square root with the larger of `scale` and its own scale.
    pub fn root(&self, scale: usize) -> Result<Number, Trouble> {
        let scale = scale.max(self.scale());
        if self.is_negative() {
            return Err(Trouble::NegativeRoot);
        }
        if self.is_zero() {
            return Ok(Number::ZERO);
        }
        let mut room = [0; 2];
        let view = self.view(&mut room);
        let limbs = fraction(scale);
        let mut square = vec![0; (2 * limbs).saturating_sub(fraction(view.scale))];
        square.extend_from_slice(view.limbs);
        Ok(Number::new(false, scale, rescale(natural::root(&square), limbs, scale)))
    }

    pub fn compare(&self, other: &Number) -> Ordering {
        if let (Number::Small(a), Number::Small(b)) = (self, other) {
            return a.cmp(b);
        }
        let (mut room_a, mut room_b) = ([0; 2], [0; 2]);
        let (a, b) = (self.view(&mut room_a), other.view(&mut room_b));
        match (a.negative, b.negative) {
            (false, true) => return Ordering::Greater,
            (true, false) => return Ordering::Less,
            _ => {}
        }
        let (fraction_a, fraction_b) = (fraction(a.scale), fraction(b.scale));
        let more = fraction_a.max(fraction_b);
        // By the height of the top limb first; then limb by limb from there.
        let height = |view: &View, own: usize| if view.limbs.is_empty() { 0 } else { view.limbs.len() + more - own };
        let order = height(&a, fraction_a).cmp(&height(&b, fraction_b)).then_with(|| {
            let mut from_a = a.limbs.iter().rev();
            let mut from_b = b.limbs.iter().rev();
            loop {
                match (from_a.next(), from_b.next()) {
                    (None, None) => return Ordering::Equal,
                    (x, y) => match x.unwrap_or(&0).cmp(y.unwrap_or(&0)) {
                        Ordering::Equal => {}
                        order => return order,
                    },
                }
            }
        });
        if a.negative { order.reverse() } else { order }
    }
}
