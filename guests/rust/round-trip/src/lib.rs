//! The guest of tests/round_trip: answers what it is given (`echo`), says what it saw (`show`), and
//! answers what the host answers (`ask`).

wit_bindgen::generate!({
    path: "../../../tests/round_trip/wit",
    world: "round-trip",
});

mod lend;

use std::fmt::Debug;

use exports::test::round_trip::{ask, echo, show};
use lend::Lend;
use test::round_trip::echo as host;
use test::round_trip::types::*;
use wit_bindgen::rt::Map;

struct RoundTrip;

/// Three implementations of each function, by its name and its parameters.
macro_rules! round_trips {
    ($($name:ident($($p:ident: $T:ty),*);)*) => {
        #[allow(unused_parens, clippy::unused_unit)] // of one type, of none
        impl echo::Guest for RoundTrip {
            $(fn $name($($p: $T),*) -> ($($T),*) {
                ($($p),*)
            })*
        }
        #[allow(unused_parens)]
        impl ask::Guest for RoundTrip {
            $(fn $name($($p: $T),*) -> ($($T),*) {
                host::$name($($p.lend()),*)
            })*
        }
        impl show::Guest for RoundTrip {
            $(fn $name($($p: $T),*) -> String {
                let seen: &[&dyn Debug] = &[$(&$p),*];
                seen.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(", ")
            })*
            fn fixed_flat(v: [String; 3]) -> String {
                format!("{v:?}")
            }
            fn fixed_flat_lists(v: [Vec<bool>; 2]) -> String {
                format!("{v:?}")
            }
        }
    };
}

round_trips! {
    one_bool(v: bool);
    one_s8(v: i8);
    one_u8(v: u8);
    one_s16(v: i16);
    one_u16(v: u16);
    one_s32(v: i32);
    one_u32(v: u32);
    one_s64(v: i64);
    one_u64(v: u64);
    one_f32(v: f32);
    one_f64(v: f64);
    one_char(v: char);
    one_string(v: String);

    list_bool(v: Vec<bool>);
    list_s8(v: Vec<i8>);
    list_u8(v: Vec<u8>);
    list_s16(v: Vec<i16>);
    list_u16(v: Vec<u16>);
    list_s32(v: Vec<i32>);
    list_u32(v: Vec<u32>);
    list_s64(v: Vec<i64>);
    list_u64(v: Vec<u64>);
    list_f32(v: Vec<f32>);
    list_f64(v: Vec<f64>);
    list_char(v: Vec<char>);
    list_string(v: Vec<String>);
    list_list(v: Vec<Vec<u16>>);
    list_list_list(v: Vec<Vec<Vec<String>>>);
    list_option(v: Vec<Option<u8>>);
    list_option_string(v: Vec<Option<String>>);
    list_result(v: Vec<Result<u32, String>>);
    list_result_none(v: Vec<Result<(), ()>>);
    list_tuple(v: Vec<(u8, u64)>);
    list_tuple_string(v: Vec<(String, f32, bool)>);
    list_padded(v: Vec<Padded>);
    list_person(v: Vec<Person>);
    list_enum(v: Vec<Enum257>);
    list_flags(v: Vec<Flags9>);
    list_variant(v: Vec<Numbers>);
    list_tree(v: Vec<Tree>);

    option_bool(v: Option<bool>);
    option_u64(v: Option<u64>);
    option_f32(v: Option<f32>);
    option_char(v: Option<char>);
    option_string(v: Option<String>);
    option_list(v: Option<Vec<i32>>);
    option_list_string(v: Option<Vec<String>>);
    option_option(v: Option<Option<u8>>);
    option_option_option(v: Option<Option<Option<String>>>);
    option_record(v: Option<Person>);
    option_result(v: Option<Result<f64, ()>>);

    result_none(v: Result<(), ()>);
    result_ok(v: Result<u32, ()>);
    result_error(v: Result<(), String>);
    result_error_float(v: Result<(), f32>);
    result_both(v: Result<String, u64>);
    result_floats(v: Result<f32, f64>);
    result_nested(v: Result<Result<f32, i64>, Option<char>>);
    result_records(v: Result<Nested, Tree>);

    tuple_one(v: (u8,));
    tuple_one_string(v: (String,));
    tuple_two(v: (u8, u64));
    tuple_mixed(v: (String, f32, char, Vec<u16>, bool));
    tuple_sixteen(v: ((u8, i64, f32, f64, char, bool, u16, u64), (f32, i8, f64, i16, u32, bool, char, i32)));
    tuple_wide(v: (u8, String, f32, Option<u64>, char, f64, Result<f32, u64>, Vec<u8>, i16, String, bool));

    record_small(v: Small);
    record_scalars(v: Scalars);
    record_padded(v: Padded);
    record_person(v: Person);
    record_nested(v: Nested);

    variant_bare(v: Bare);
    variant_int_float(v: IntFloat);
    variant_long_double(v: LongDouble);
    variant_int_long(v: IntLong);
    variant_float_double(v: FloatDouble);
    variant_int_double(v: IntDouble);
    variant_long_float(v: LongFloat);
    variant_numbers(v: Numbers);
    variant_pieces(v: Pieces);
    variant_wide(v: Wide);
    variant_tree(v: Tree);

    enum_of_1(v: Enum1);
    enum_of_2(v: Enum2);
    enum_of_256(v: Enum256);
    enum_of_257(v: Enum257);

    flags_of_1(v: Flags1);
    flags_of_8(v: Flags8);
    flags_of_9(v: Flags9);
    flags_of_16(v: Flags16);
    flags_of_17(v: Flags17);
    flags_of_32(v: Flags32);

    fixed_numbers(v: [u32; 4]);
    fixed_bytes(v: [u8; 3]);
    fixed_floats(v: [f64; 16]);
    fixed_seventeen(v: [f32; 17]);
    fixed_in_record(v: FixedTexts);
    fixed_records(v: [Padded; 2]);
    fixed_fixed(v: [[i16; 3]; 2]);
    fixed_lists(v: [Vec<bool>; 9]);
    list_fixed(v: Vec<[u8; 3]>);
    option_fixed(v: Option<[u64; 2]>);
    map_numbers(v: Map<u32, u64>);
    map_strings(v: Map<String, String>);
    map_bools(v: Map<bool, f32>);
    map_chars(v: Map<char, Vec<u16>>);
    map_records(v: Map<i16, Person>);
    map_maps(v: Map<i64, Map<String, Option<u8>>>);
    option_map(v: Option<Map<u8, f64>>);
    list_map(v: Vec<Map<String, u32>>);
    variant_rare(v: Rare);

    nothing();
    two_params(a: u8, b: String);
    mixed_params(a: bool, b: String, c: f64, d: Vec<u8>, e: Option<u16>, f: char, g: Padded, h: Tree);
    sixteen_core(a: u8, b: i64, c: f32, d: f64, e: char, f: bool, g: u16, h: u64, i: f32, j: i8, k: f64, l: i16, m: u32, n: bool, o: char, p: i32);
    seventeen_core(a: u8, b: i64, c: f32, d: f64, e: char, f: bool, g: u16, h: u64, i: f32, j: i8, k: f64, l: i16, m: u32, n: bool, o: char, p: i32, q: u8);
    many_texts(a: String, b: Vec<String>, c: String, d: Vec<u64>, e: String, f: Person, g: String, h: Option<String>, i: bool);
}

export!(RoundTrip);
