// Records and variants.
#include "tests/round_trip/harness.h"

MORTISE_ROUND_TRIP(RecordSmall, record_small);
MORTISE_ROUND_TRIP(RecordScalars, record_scalars);
MORTISE_ROUND_TRIP(RecordPadded, record_padded);
MORTISE_ROUND_TRIP(RecordPerson, record_person);
MORTISE_ROUND_TRIP(RecordNested, record_nested);

MORTISE_ROUND_TRIP(VariantBare, variant_bare);
MORTISE_ROUND_TRIP(VariantIntFloat, variant_int_float);
MORTISE_ROUND_TRIP(VariantLongDouble, variant_long_double);
MORTISE_ROUND_TRIP(VariantIntLong, variant_int_long);
MORTISE_ROUND_TRIP(VariantFloatDouble, variant_float_double);
MORTISE_ROUND_TRIP(VariantIntDouble, variant_int_double);
MORTISE_ROUND_TRIP(VariantLongFloat, variant_long_float);
MORTISE_ROUND_TRIP(VariantNumbers, variant_numbers);
MORTISE_ROUND_TRIP(VariantPieces, variant_pieces);
MORTISE_ROUND_TRIP(VariantWide, variant_wide);
MORTISE_ROUND_TRIP(VariantTree, variant_tree);
