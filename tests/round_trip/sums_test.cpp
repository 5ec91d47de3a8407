// Options, results and tuples.
#include "tests/round_trip/harness.h"

MORTISE_ROUND_TRIP(OptionBool, option_bool);
MORTISE_ROUND_TRIP(OptionU64, option_u64);
MORTISE_ROUND_TRIP(OptionF32, option_f32);
MORTISE_ROUND_TRIP(OptionChar, option_char);
MORTISE_ROUND_TRIP(OptionString, option_string);
MORTISE_ROUND_TRIP(OptionList, option_list);
MORTISE_ROUND_TRIP(OptionListString, option_list_string);
MORTISE_ROUND_TRIP(OptionOption, option_option);
MORTISE_ROUND_TRIP(OptionOptionOption, option_option_option);
MORTISE_ROUND_TRIP(OptionRecord, option_record);
MORTISE_ROUND_TRIP(OptionResult, option_result);

MORTISE_ROUND_TRIP(ResultNone, result_none);
MORTISE_ROUND_TRIP(ResultOk, result_ok);
MORTISE_ROUND_TRIP(ResultError, result_error);
MORTISE_ROUND_TRIP(ResultErrorFloat, result_error_float);
MORTISE_ROUND_TRIP(ResultBoth, result_both);
MORTISE_ROUND_TRIP(ResultFloats, result_floats);
MORTISE_ROUND_TRIP(ResultNested, result_nested);
MORTISE_ROUND_TRIP(ResultRecords, result_records);

MORTISE_ROUND_TRIP(TupleOne, tuple_one);
MORTISE_ROUND_TRIP(TupleOneString, tuple_one_string);
MORTISE_ROUND_TRIP(TupleTwo, tuple_two);
MORTISE_ROUND_TRIP(TupleMixed, tuple_mixed);
MORTISE_ROUND_TRIP(TupleSixteen, tuple_sixteen);
MORTISE_ROUND_TRIP(TupleWide, tuple_wide);

MORTISE_ROUND_TRIP(OptionFixed, option_fixed);
MORTISE_ROUND_TRIP(OptionMap, option_map);
