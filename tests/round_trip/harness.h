// One function of the contract, called with many values in every way there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include <mortise/mortise.h>

#include "round_trip.h"
#include "tests/round_trip/arbitrary.h"
#include "tests/round_trip/forms.h"
#include "tests/round_trip/text.h"

namespace mortise::testing {

namespace echo = test::round_trip::echo;
using test::round_trip::RoundTrip;

// The values that a function with N parameters and this result takes: it answers what it is given,
// several values as a tuple.
template <class R, std::size_t N>
struct ArgumentsOf {
  using Type = R;
};
template <class R>
struct ArgumentsOf<R, 1> {
  using Type = std::tuple<R>;
};
template <class R>
struct ArgumentsOf<R, 0> {
  using Type = std::tuple<>;
};

// What the host's functions were called with.
struct Heard {
  std::string arguments;
  int calls = 0;
};
// The host's side of `echo`.
std::unique_ptr<echo::Host> answers(Heard& heard);

// Which values: of MORTISE_ROUND_TRIP_SEED and MORTISE_ROUND_TRIP_CASES.
struct Plan {
  std::uint64_t seed;
  int cases;
};
const Plan& plan();

// Two instances of the guest, new ones for each test, and what its host heard.
class Guests {
 public:
  Guests();
  Instance<RoundTrip>& one() { return one_; }
  Instance<RoundTrip>& other() { return other_; }
  Heard& heard();

 private:
  Instance<RoundTrip> one_;
  Instance<RoundTrip> other_;
};

// Notes a call for the oracle.
void note(std::string_view interface, std::string_view function, std::string_view arguments,
          std::string_view answer);

// For each function and case its own, so that a case can be had again alone.
Random random_of(std::string_view function, int number);

// That what was got is what it should be; else a failure that says all there is to know.
bool same(std::string_view how, std::string_view function, int number, const std::string& given,
          const std::string& expected, const std::string& got);

// What a call returned, as text: the answer of the guest, or why there is none.
template <class R>
std::string text_of(const Result<R>& result) {
  if (!result) return "failure: " + result.error().to_string();
  if constexpr (std::is_void_v<R>) {
    return "()";
  } else {
    return Text::of(*result);
  }
}
template <class T, class E>
std::string text_of(Outcome<T, E> outcome) {
  return text_of(std::move(outcome).result());
}

// F is a function of `echo`; `call(guest, arguments..)` calls the one of that name.
template <class F, class Call>
class Property {
  static constexpr std::size_t kParams = std::tuple_size_v<typename F::Values>;
  using R = typename F::Result;
  using Arguments = typename ArgumentsOf<R, kParams>::Type;
  // Whether the result can be viewed in place.
  static constexpr bool kViewed = [] {
    if constexpr (std::is_void_v<R>) {
      return false;
    } else {
      return !std::is_same_v<abi::View<R>, R>;
    }
  }();

 public:
  explicit Property(Call call) : call_(call) {}

  void check() {
    for (int number = 0; number < plan().cases; ++number) {
      Random random = random_of(F::name, number);
      if (!check(arbitrary<Arguments>(random), number)) return;
    }
  }

 private:
  bool check(const Arguments& arguments, int number) {
    const std::string given = Text::of(arguments);
    const std::string expected = kParams == 1 ? given.substr(1, given.size() - 2) : given;
    const auto is_expected = [&](std::string_view how, const std::string& got) {
      return same(how, F::name, number, given, expected, got);
    };
    const auto answer = [&](const auto& guest) {
      return with(arguments, [&](const auto&... v) { return text_of(call_(guest, v...)); });
    };

    const std::string echoed = answer(guests_.one().echo());
    note("echo", F::name, given, echoed);
    if (!is_expected("echo", echoed)) return false;

    guests_.heard() = {};
    const std::string asked = answer(guests_.one().ask());
    note("ask", F::name, given, asked);
    if (!is_expected("ask", asked) ||
        !same("what the host heard", F::name, number, given, given, guests_.heard().arguments))
      return false;
    EXPECT_EQ(guests_.heard().calls, 1) << F::name;

    note("show", F::name, given, answer(guests_.one().show()));

    if constexpr (kViewed) {
      const auto copy = [](const auto& view) { return Text::of(owned<R>(view)); };
      // Another plugin is called with what still lies in the memory of the first.
      const auto pass_on = [&](const auto& view) {
        return passed_on(guests_.other().echo(), view);
      };
      if (!is_expected("echo, viewed", viewed(guests_.one().echo(), arguments, copy)) ||
          !is_expected("echo, passed on", viewed(guests_.one().echo(), arguments, pass_on)) ||
          !is_expected("ask, viewed", viewed(guests_.one().ask(), arguments, copy)))
        return false;
    }
    return true;
  }

  // Calls `use` with the arguments as the function takes them.
  template <class Use>
  static auto with(const Arguments& arguments, Use use) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return use(borrowed<std::tuple_element_t<I, typename F::Values>>(std::get<I>(arguments))...);
    }(std::make_index_sequence<kParams>{});
  }

  // What `read` makes of the result in place.
  template <class Guest, class Read>
  std::string viewed(const Guest& guest, const Arguments& arguments, const Read& read) const {
    return with(arguments, [&](const auto&... v) {
      const Result<std::string> seen = call_(guest, mortise::view, v..., read);
      return seen ? *seen : "failure: " + seen.error().to_string();
    });
  }

  template <class Guest, class View>
  std::string passed_on(const Guest& guest, const View& view) const {
    if constexpr (kParams == 1) {
      return text_of(call_(guest, view));
    } else {
      return std::apply([&](const auto&... v) { return text_of(call_(guest, v...)); }, view);
    }
  }

  Call call_;
  Guests guests_;
};

template <class F, class Call>
void check(Call call) {
  Property<F, Call>(call).check();
}

}  // namespace mortise::testing

// A test of one function: its name as a type and as a method.
#define MORTISE_ROUND_TRIP(Function, method)                                     \
  TEST(RoundTrip, Function) {                                                    \
    mortise::testing::check<mortise::testing::echo::Guest::Function>(            \
        [](const auto& guest, const auto&... v) { return guest.method(v...); }); \
  }                                                                              \
  static_assert(true)
