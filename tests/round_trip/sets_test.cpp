// Enums, flags, lists of fixed length and maps.
#include "tests/round_trip/harness.h"

MORTISE_ROUND_TRIP(EnumOf1, enum_of_1);
MORTISE_ROUND_TRIP(EnumOf2, enum_of_2);
MORTISE_ROUND_TRIP(EnumOf256, enum_of_256);
MORTISE_ROUND_TRIP(EnumOf257, enum_of_257);

MORTISE_ROUND_TRIP(FlagsOf1, flags_of_1);
MORTISE_ROUND_TRIP(FlagsOf8, flags_of_8);
MORTISE_ROUND_TRIP(FlagsOf9, flags_of_9);
MORTISE_ROUND_TRIP(FlagsOf16, flags_of_16);
MORTISE_ROUND_TRIP(FlagsOf17, flags_of_17);
MORTISE_ROUND_TRIP(FlagsOf32, flags_of_32);

MORTISE_ROUND_TRIP(FixedNumbers, fixed_numbers);
MORTISE_ROUND_TRIP(FixedBytes, fixed_bytes);
MORTISE_ROUND_TRIP(FixedFloats, fixed_floats);
MORTISE_ROUND_TRIP(FixedSeventeen, fixed_seventeen);
MORTISE_ROUND_TRIP(FixedInRecord, fixed_in_record);
MORTISE_ROUND_TRIP(FixedRecords, fixed_records);
MORTISE_ROUND_TRIP(FixedFixed, fixed_fixed);
MORTISE_ROUND_TRIP(FixedLists, fixed_lists);

MORTISE_ROUND_TRIP(MapNumbers, map_numbers);
MORTISE_ROUND_TRIP(MapStrings, map_strings);
MORTISE_ROUND_TRIP(MapBools, map_bools);
MORTISE_ROUND_TRIP(MapChars, map_chars);
MORTISE_ROUND_TRIP(MapRecords, map_records);
MORTISE_ROUND_TRIP(MapMaps, map_maps);

MORTISE_ROUND_TRIP(VariantRare, variant_rare);

// Those that a guest in Rust can take and cannot pass on. The oracle checks what it saw.
template <class T, class Call>
void show_only(std::string_view function, Call call) {
  for (int number = 0; number < mortise::testing::plan().cases; ++number) {
    mortise::testing::Random random = mortise::testing::random_of(function, number);
    const auto arguments = mortise::testing::arbitrary<std::tuple<T>>(random);
    mortise::testing::Guests guests;
    const mortise::Result<std::string> shown = call(guests.one().show(), std::get<0>(arguments));
    ASSERT_TRUE(shown) << shown.error().to_string();
    mortise::testing::note("show", function, mortise::testing::Text::of(arguments),
                           mortise::testing::Text::of(*shown));
  }
}

TEST(RoundTrip, FixedFlat) {
  show_only<std::array<std::string, 3>>("fixed-flat", [](const auto& guest, const auto& value) {
    return guest.fixed_flat(mortise::testing::borrowed<std::array<std::string_view, 3>>(value));
  });
}
TEST(RoundTrip, FixedFlatLists) {
  show_only<std::array<std::vector<bool>, 2>>(
      "fixed-flat-lists", [](const auto& guest, const auto& value) {
        return guest.fixed_flat_lists(
            mortise::testing::borrowed<std::array<mortise::ListView<bool>, 2>>(value));
      });
}
