// Who decides about plugins beyond what their options say: whoever made the options, such as a
// policy.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <mortise/runtime/result.h>

namespace mortise {

// What is left out allows, or says nothing. Called while a plugin is loaded, on that thread. Must
// not throw.
struct Gate {
  // Looks at a component, or at what was compiled ahead of one, before anything is done with it.
  // An error is that of loading it. `name` is what messages call it.
  std::function<Result<void>(std::string_view name, std::span<const std::uint8_t> component)>
      admit{};
  // How an interface that it imports, and that nobody gives it, would be granted, as a line of the
  // error; empty: in no way.
  std::function<std::string(std::string_view interface)> how_to_grant{};
};

}  // namespace mortise
