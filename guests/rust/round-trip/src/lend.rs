//! How the parameters of imports are passed: what lies in memory of its own by reference, through
//! options, results and tuples.

use crate::test::round_trip::types::*;
use wit_bindgen::rt::Map;

pub trait Lend {
    type Lent<'a>
    where
        Self: 'a;
    fn lend(&self) -> Self::Lent<'_>;
}

macro_rules! copied {
    ($($T:ty)*) => {
        $(impl Lend for $T {
            type Lent<'a> = $T;
            fn lend(&self) -> $T {
                *self
            }
        })*
    };
}
copied! {
    () bool i8 u8 i16 u16 i32 u32 i64 u64 f32 f64 char
    Small Scalars Padded
    Bare IntFloat LongDouble IntLong FloatDouble IntDouble LongFloat Numbers
    Enum1 Enum2 Enum256 Enum257
    Flags1 Flags8 Flags9 Flags16 Flags17 Flags32
}

macro_rules! by_reference {
    ($($T:ty)*) => {
        $(impl Lend for $T {
            type Lent<'a> = &'a $T;
            fn lend(&self) -> &$T {
                self
            }
        })*
    };
}
by_reference! { Person Nested Pieces Wide Tree Rare FixedTexts }

impl Lend for String {
    type Lent<'a> = &'a str;
    fn lend(&self) -> &str {
        self
    }
}

impl<T: 'static> Lend for Vec<T> {
    type Lent<'a> = &'a [T];
    fn lend(&self) -> &[T] {
        self
    }
}

// As wit-bindgen 0.60 wants it. It frees too early what the elements of such a list own.
impl<T: Clone + 'static, const N: usize> Lend for [T; N] {
    type Lent<'a> = [T; N];
    fn lend(&self) -> [T; N] {
        self.clone()
    }
}

impl<K: 'static, V: 'static> Lend for Map<K, V> {
    type Lent<'a> = &'a Map<K, V>;
    fn lend(&self) -> &Map<K, V> {
        self
    }
}

impl<T: Lend + 'static> Lend for Option<T> {
    type Lent<'a> = Option<T::Lent<'a>>;
    fn lend(&self) -> Self::Lent<'_> {
        self.as_ref().map(T::lend)
    }
}

impl<T: Lend + 'static, E: Lend + 'static> Lend for Result<T, E> {
    type Lent<'a> = Result<T::Lent<'a>, E::Lent<'a>>;
    fn lend(&self) -> Self::Lent<'_> {
        self.as_ref().map(T::lend).map_err(E::lend)
    }
}

macro_rules! tuples {
    ($(($($T:ident $i:tt),*))*) => {
        $(impl<$($T: Lend + 'static),*> Lend for ($($T,)*) {
            type Lent<'a> = ($($T::Lent<'a>,)*);
            fn lend(&self) -> Self::Lent<'_> {
                ($(self.$i.lend(),)*)
            }
        })*
    };
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
}
