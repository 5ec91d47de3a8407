// What can be wrong with data on its way between host and guest.
//
// A fault is recorded, not thrown or formatted: the good path pays nothing for it, and whoever
// made the call turns it into words (runtime/detail/explain.cpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mortise::abi {

enum class FaultCode : std::uint8_t {
  none,

  // The guest's doing. `at` is an address in its memory.
  out_of_bounds,     // `size` elements of `unit` bytes at `at`, in a memory of `limit` bytes
  unaligned,         // `at` is not a multiple of `limit`
  bad_utf8,          // at `at`, which is byte `size` of the text
  bad_utf16,         // at `at`, which is code unit `size` of the text
  bad_char,          // `size` is no Unicode scalar value
  bad_discriminant,  // `size`, where there are `limit` cases

  // The guest hands over more than it may: `size` bytes more than the `limit` for one call.
  over_budget,
  // The host has no memory for `size` bytes.
  out_of_memory,

  // The host's doing.
  too_long,             // `size` bytes, of which a guest can hold `limit`
  host_bad_utf8,        // at byte `size` of the text
  host_bad_char,        // `size` is no Unicode scalar value
  host_bad_case,        // `size` is none of the `limit` values of its enum
  host_no_case,         // a variant that an exception has left without a value
  no_buffer,            // the host has no memory for the `size` bytes of a text to be converted
  not_filled,           // what should have written it has given up
  host_no_object,       // an own, or a borrow, of nothing
  host_other_instance,  // a handle of another instance, or of one that is gone

  host_lent,  // an own of an object that is lent in the same call

  // The guest's realloc failed. The engine knows more.
  realloc_failed,
  // A handle was refused. The engine knows more.
  handle_failed,
};

struct Fault {
  // Where in the value, outermost last: a field or case by name, an element by number.
  struct Step {
    const char* name;  // null: an element
    std::size_t name_size;
    std::uint64_t index;
  };

  FaultCode code = FaultCode::none;
  std::uint64_t at = 0;
  std::uint64_t size = 0;
  std::uint64_t unit = 1;
  std::uint64_t limit = 0;

  // The innermost steps of a longer path are kept. Not initialised, not even by `Fault()`: each
  // call makes one of these, and only a failing one looks at the first `depth` steps.
  std::array<Step, 8> path;
  std::size_t depth = 0;

  Fault() {}  // NOLINT: a defaulted one would let `Fault{}` clear the path first

  // Both return false, so that a failing path reads `return fault.in("name")`.
  bool in(std::string_view name) { return step({name.data(), name.size(), 0}); }
  bool in(std::uint64_t index) { return step({nullptr, 0, index}); }

 private:
  bool step(Step s) {
    if (depth < path.size()) path[depth] = s;
    ++depth;
    return false;
  }
};

}  // namespace mortise::abi
