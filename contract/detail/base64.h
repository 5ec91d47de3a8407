// Bytes as text: base64 as in RFC 4648, with padding.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mortise::contract::detail {

std::string to_base64(std::span<const std::uint8_t> bytes);

// False: the text is not what to_base64 makes of any bytes.
bool from_base64(std::string_view text, std::vector<std::uint8_t>& out);

}  // namespace mortise::contract::detail
