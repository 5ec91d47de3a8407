// Reads what the helper says of components and WIT (engine/src/describe.rs, engine/src/wit.rs).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <mortise/runtime/inspect.h>

namespace mortise::detail {

// Nothing: the bytes are not such a form. Both leave contracts out.
std::optional<Description> decode_description(std::span<const std::uint8_t> bytes);
std::optional<std::vector<WitWorld>> decode_worlds(std::span<const std::uint8_t> bytes);

}  // namespace mortise::detail
