//! few - what a tree is made of in its thousands: lists that mostly have one entry, and texts that are mostly short. Neither asks
//! for memory of its own then.

use core::ops::{Deref, DerefMut};

/// A list, mostly of one.
#[derive(Debug, Clone)]
pub enum Few<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> Few<T> {
    /// All entries.
    #[inline(always)]
    pub fn as_slice(&self) -> &[T] {
        match self {
            Few::One(item) => core::slice::from_ref(item),
            Few::Many(list) => list,
        }
    }

    /// Adds one.
    #[inline(never)]
    pub fn push(&mut self, item: T) {
        *self = match core::mem::take(self) {
            Few::One(first) => Few::Many(vec![first, item]),
            Few::Many(list) if list.is_empty() => Few::One(item),
            Few::Many(mut list) => {
                list.push(item);
                Few::Many(list)
            }
        };
    }

    /// As a vector.
    pub fn into_vec(self) -> Vec<T> {
        match self {
            Few::One(item) => vec![item],
            Few::Many(list) => list,
        }
    }
}

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few::Many(Vec::new())
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    /// Where every moment counts, there is [`as_slice`](Few::as_slice).
    #[inline(never)]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Few::One(item) => core::slice::from_mut(item),
            Few::Many(list) => list,
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut list: Vec<T>) -> Few<T> {
        match list.pop() {
            Some(item) if list.is_empty() => Few::One(item),
            Some(item) => {
                list.push(item);
                Few::Many(list)
            }
            None => Few::Many(list),
        }
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        (**self).iter()
    }
}

/// Puts an entry into a list. What has entries of the same size shares it.
#[inline(never)]
pub fn insert<T>(list: &mut Vec<T>, at: usize, item: T) {
    list.insert(at, item);
}

/// Takes an entry out of a list, likewise.
#[inline(never)]
pub fn remove<T>(list: &mut Vec<T>, at: usize) -> T {
    list.remove(at)
}

/// How long a text is that needs no memory of its own.
const SHORT: usize = 22;

/// Bytes that do not change.
#[derive(Clone)]
pub enum Text {
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
}

impl Text {
    /// The text.
    #[inline(always)]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Text::Short(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Text::Long(bytes) => bytes,
        }
    }

    /// The first `length` bytes of `text`: of a longer one, copied without counting them.
    #[cfg_attr(speed_marks, optimize(speed))]
    #[inline(always)]
    pub fn first(text: &[u8], length: usize) -> Text {
        match text.first_chunk::<SHORT>() {
            Some(chunk) if length <= SHORT => Text::Short(length as u8, *chunk),
            _ => text.get(..length).unwrap_or(text).into(),
        }
    }
}

impl Default for Text {
    fn default() -> Text {
        Text::Short(0, [0; SHORT])
    }
}

impl Deref for Text {
    type Target = [u8];

    /// Where every moment counts, there is [`as_bytes`](Text::as_bytes).
    #[inline(never)]
    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&[u8]> for Text {
    #[cfg_attr(speed_marks, optimize(speed))]
    fn from(text: &[u8]) -> Text {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text);
                Text::Short(text.len() as u8, bytes)
            }
            None => Text::Long(text.into()),
        }
    }
}

impl From<Vec<u8>> for Text {
    fn from(text: Vec<u8>) -> Text {
        if text.len() <= SHORT { text.as_slice().into() } else { Text::Long(text.into()) }
    }
}

impl core::fmt::Debug for Text {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        (**self).fmt(f)
    }
}
