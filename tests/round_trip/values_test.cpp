// Numbers, characters and texts; functions of none, several and many parameters.
#include "tests/round_trip/harness.h"

MORTISE_ROUND_TRIP(OneBool, one_bool);
MORTISE_ROUND_TRIP(OneS8, one_s8);
MORTISE_ROUND_TRIP(OneU8, one_u8);
MORTISE_ROUND_TRIP(OneS16, one_s16);
MORTISE_ROUND_TRIP(OneU16, one_u16);
MORTISE_ROUND_TRIP(OneS32, one_s32);
MORTISE_ROUND_TRIP(OneU32, one_u32);
MORTISE_ROUND_TRIP(OneS64, one_s64);
MORTISE_ROUND_TRIP(OneU64, one_u64);
MORTISE_ROUND_TRIP(OneF32, one_f32);
MORTISE_ROUND_TRIP(OneF64, one_f64);
MORTISE_ROUND_TRIP(OneChar, one_char);
MORTISE_ROUND_TRIP(OneString, one_string);

MORTISE_ROUND_TRIP(Nothing, nothing);
MORTISE_ROUND_TRIP(TwoParams, two_params);
MORTISE_ROUND_TRIP(MixedParams, mixed_params);
MORTISE_ROUND_TRIP(SixteenCore, sixteen_core);
MORTISE_ROUND_TRIP(SeventeenCore, seventeen_core);
MORTISE_ROUND_TRIP(ManyTexts, many_texts);
