// What a plugin may do with what it was granted.
#pragma once

#include <cstdint>

namespace mortise::services {

enum class Access : std::uint8_t { read_only, read_write };

}  // namespace mortise::services
