// The host's side of `echo`: copies what it sees, notes it, and returns the copy.
#include "tests/round_trip/harness.h"

namespace mortise::testing {
namespace {

template <class Method>
struct MethodOf;
template <class R, class... Ps>
struct MethodOf<R (echo::Host::*)(CallContext&, Ps...)> {
  using Returned = R;
  using Params = std::tuple<Ps...>;
};
template <auto Method>
using ReturnedBy = typename MethodOf<decltype(Method)>::Returned;
template <auto Method, std::size_t I>
using ParamOf = std::tuple_element_t<I, typename MethodOf<decltype(Method)>::Params>;

// The contract's result of a host function.
template <class Returned>
struct ResultOf;
template <class T>
struct ResultOf<Result<T>> {
  using Type = T;
};
template <class T, class E>
struct ResultOf<Outcome<T, E>> {
  using Type = std::expected<T, E>;
};

class Answers : public echo::Host {
 public:
  explicit Answers(Heard& heard) : heard_(heard) {}

#define MORTISE_ANSWER(method)                                                            \
  ReturnedBy<&echo::Host::method> method(CallContext&, ParamOf<&echo::Host::method, 0> v) \
      override {                                                                          \
    return answer<ReturnedBy<&echo::Host::method>>(v);                                    \
  }                                                                                       \
  static_assert(true)

  MORTISE_ANSWER(one_bool);
  MORTISE_ANSWER(one_s8);
  MORTISE_ANSWER(one_u8);
  MORTISE_ANSWER(one_s16);
  MORTISE_ANSWER(one_u16);
  MORTISE_ANSWER(one_s32);
  MORTISE_ANSWER(one_u32);
  MORTISE_ANSWER(one_s64);
  MORTISE_ANSWER(one_u64);
  MORTISE_ANSWER(one_f32);
  MORTISE_ANSWER(one_f64);
  MORTISE_ANSWER(one_char);
  MORTISE_ANSWER(one_string);
  MORTISE_ANSWER(list_bool);
  MORTISE_ANSWER(list_s8);
  MORTISE_ANSWER(list_u8);
  MORTISE_ANSWER(list_s16);
  MORTISE_ANSWER(list_u16);
  MORTISE_ANSWER(list_s32);
  MORTISE_ANSWER(list_u32);
  MORTISE_ANSWER(list_s64);
  MORTISE_ANSWER(list_u64);
  MORTISE_ANSWER(list_f32);
  MORTISE_ANSWER(list_f64);
  MORTISE_ANSWER(list_char);
  MORTISE_ANSWER(list_string);
  MORTISE_ANSWER(list_list);
  MORTISE_ANSWER(list_list_list);
  MORTISE_ANSWER(list_option);
  MORTISE_ANSWER(list_option_string);
  MORTISE_ANSWER(list_result);
  MORTISE_ANSWER(list_result_none);
  MORTISE_ANSWER(list_tuple);
  MORTISE_ANSWER(list_tuple_string);
  MORTISE_ANSWER(list_padded);
  MORTISE_ANSWER(list_person);
  MORTISE_ANSWER(list_enum);
  MORTISE_ANSWER(list_flags);
  MORTISE_ANSWER(list_variant);
  MORTISE_ANSWER(list_tree);
  MORTISE_ANSWER(option_bool);
  MORTISE_ANSWER(option_u64);
  MORTISE_ANSWER(option_f32);
  MORTISE_ANSWER(option_char);
  MORTISE_ANSWER(option_string);
  MORTISE_ANSWER(option_list);
  MORTISE_ANSWER(option_list_string);
  MORTISE_ANSWER(option_option);
  MORTISE_ANSWER(option_option_option);
  MORTISE_ANSWER(option_record);
  MORTISE_ANSWER(option_result);
  MORTISE_ANSWER(result_none);
  MORTISE_ANSWER(result_ok);
  MORTISE_ANSWER(result_error);
  MORTISE_ANSWER(result_error_float);
  MORTISE_ANSWER(result_both);
  MORTISE_ANSWER(result_floats);
  MORTISE_ANSWER(result_nested);
  MORTISE_ANSWER(result_records);
  MORTISE_ANSWER(tuple_one);
  MORTISE_ANSWER(tuple_one_string);
  MORTISE_ANSWER(tuple_two);
  MORTISE_ANSWER(tuple_mixed);
  MORTISE_ANSWER(tuple_sixteen);
  MORTISE_ANSWER(tuple_wide);
  MORTISE_ANSWER(record_small);
  MORTISE_ANSWER(record_scalars);
  MORTISE_ANSWER(record_padded);
  MORTISE_ANSWER(record_person);
  MORTISE_ANSWER(record_nested);
  MORTISE_ANSWER(variant_bare);
  MORTISE_ANSWER(variant_int_float);
  MORTISE_ANSWER(variant_long_double);
  MORTISE_ANSWER(variant_int_long);
  MORTISE_ANSWER(variant_float_double);
  MORTISE_ANSWER(variant_int_double);
  MORTISE_ANSWER(variant_long_float);
  MORTISE_ANSWER(variant_numbers);
  MORTISE_ANSWER(variant_pieces);
  MORTISE_ANSWER(variant_wide);
  MORTISE_ANSWER(variant_tree);
  MORTISE_ANSWER(enum_of_1);
  MORTISE_ANSWER(enum_of_2);
  MORTISE_ANSWER(enum_of_256);
  MORTISE_ANSWER(enum_of_257);
  MORTISE_ANSWER(flags_of_1);
  MORTISE_ANSWER(flags_of_8);
  MORTISE_ANSWER(flags_of_9);
  MORTISE_ANSWER(flags_of_16);
  MORTISE_ANSWER(flags_of_17);
  MORTISE_ANSWER(flags_of_32);
  MORTISE_ANSWER(fixed_numbers);
  MORTISE_ANSWER(fixed_bytes);
  MORTISE_ANSWER(fixed_floats);
  MORTISE_ANSWER(fixed_seventeen);
  MORTISE_ANSWER(fixed_in_record);
  MORTISE_ANSWER(fixed_records);
  MORTISE_ANSWER(fixed_fixed);
  MORTISE_ANSWER(fixed_lists);
  MORTISE_ANSWER(list_fixed);
  MORTISE_ANSWER(option_fixed);
  MORTISE_ANSWER(map_numbers);
  MORTISE_ANSWER(map_strings);
  MORTISE_ANSWER(map_bools);
  MORTISE_ANSWER(map_chars);
  MORTISE_ANSWER(map_records);
  MORTISE_ANSWER(map_maps);
  MORTISE_ANSWER(option_map);
  MORTISE_ANSWER(list_map);
  MORTISE_ANSWER(variant_rare);

#undef MORTISE_ANSWER

  Result<void> nothing(CallContext&) override { return answer<Result<void>>(); }
  ReturnedBy<&echo::Host::two_params> two_params(CallContext&, std::uint8_t a,
                                                 std::string_view b) override {
    return answer<ReturnedBy<&echo::Host::two_params>>(a, b);
  }
  ReturnedBy<&echo::Host::mixed_params> mixed_params(CallContext&, bool a, std::string_view b,
                                                     double c, std::span<const std::uint8_t> d,
                                                     const std::optional<std::uint16_t>& e,
                                                     char32_t f, const echo::Padded& g,
                                                     const echo::TreeRef& h) override {
    return answer<ReturnedBy<&echo::Host::mixed_params>>(a, b, c, d, e, f, g, h);
  }
  ReturnedBy<&echo::Host::sixteen_core> sixteen_core(CallContext&, std::uint8_t a, std::int64_t b,
                                                     float c, double d, char32_t e, bool f,
                                                     std::uint16_t g, std::uint64_t h, float i,
                                                     std::int8_t j, double k, std::int16_t l,
                                                     std::uint32_t m, bool n, char32_t o,
                                                     std::int32_t p) override {
    return answer<ReturnedBy<&echo::Host::sixteen_core>>(a, b, c, d, e, f, g, h, i, j, k, l, m, n,
                                                         o, p);
  }
  ReturnedBy<&echo::Host::seventeen_core> seventeen_core(
      CallContext&, std::uint8_t a, std::int64_t b, float c, double d, char32_t e, bool f,
      std::uint16_t g, std::uint64_t h, float i, std::int8_t j, double k, std::int16_t l,
      std::uint32_t m, bool n, char32_t o, std::int32_t p, std::uint8_t q) override {
    return answer<ReturnedBy<&echo::Host::seventeen_core>>(a, b, c, d, e, f, g, h, i, j, k, l, m, n,
                                                           o, p, q);
  }
  ReturnedBy<&echo::Host::many_texts> many_texts(
      CallContext&, std::string_view a, ListView<std::string_view> b, std::string_view c,
      std::span<const std::uint64_t> d, std::string_view e, const echo::PersonRef& f,
      std::string_view g, const std::optional<std::string_view>& h, bool i) override {
    return answer<ReturnedBy<&echo::Host::many_texts>>(a, b, c, d, e, f, g, h, i);
  }

 private:
  template <class Returned, class... Views>
  Returned answer(const Views&... views) {
    using R = typename ResultOf<Returned>::Type;
    using Arguments = typename ArgumentsOf<R, sizeof...(Views)>::Type;
    auto arguments = owned<Arguments>(std::tuple<const Views&...>(views...));
    heard_.arguments = Text::of(arguments);
    ++heard_.calls;
    if constexpr (sizeof...(Views) == 0) {
      return {};
    } else if constexpr (sizeof...(Views) == 1) {
      return std::get<0>(std::move(arguments));
    } else {
      return arguments;
    }
  }

  Heard& heard_;
};

}  // namespace

std::unique_ptr<echo::Host> answers(Heard& heard) { return std::make_unique<Answers>(heard); }

}  // namespace mortise::testing
