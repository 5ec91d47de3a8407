// Reads the form in which the engine writes contracts (engine/src/contract/mod.rs).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <mortise/contract/model.h>

namespace mortise::contract::detail {

// Nothing: the bytes are not such a contract. They come from our own engine or compile helper,
// but every count and index is checked all the same.
std::optional<Contract> decode(std::span<const std::uint8_t> bytes);

}  // namespace mortise::contract::detail
