// The file that compile_ahead writes.
//
//   magic "MORTISEN"  format:u32  mode:u32  input:u32  0:u32
//   footprint:u64  contract:u64  code:u64  component:u64  sum:u64
//   contract bytes  code bytes  component bytes
//
// Little-endian. `sum` is FNV-1a of all else: it finds damage, and no intent. The component is what
// the code was made of, for those who want to look at it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <mortise/engine.h>
#include <mortise/runtime/detail/compile.h>
#include <mortise/runtime/result.h>

namespace mortise::detail {

inline constexpr std::string_view kNativeMagic = "MORTISEN";
bool is_native(std::span<const std::uint8_t> head);

ByteVector write_native(const Compiled&, mortise_engine_mode_t,
                        std::span<const std::uint8_t> component, mortise_input_t);

// Errors: bad_component.
Result<Compiled> read_native(std::span<const std::uint8_t> file, mortise_engine_mode_t,
                             std::string_view name);

// What it was made of: a part of `file`.
struct Original {
  std::span<const std::uint8_t> component;
  mortise_input_t kind;
};
Result<Original> original_of(std::span<const std::uint8_t> file, std::string_view name);

}  // namespace mortise::detail
