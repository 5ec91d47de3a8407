// What a plugin imports and nobody provides, as it is said.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/runtime/error.h>
#include <mortise/runtime/gate.h>

namespace mortise::detail {

class Missing {
 public:
  explicit Missing(const Gate& gate) : gate_(gate) {}

  // A function, or "resource r". `others`: what is said of other versions of its interface, once
  // for each.
  void add(std::string_view interface, std::string_view item,
           const std::function<std::string()>& others = {});

  [[nodiscard]] bool is_empty() const { return count_ == 0; }
  // Denied. Where the gate has no advice, there is this; of it the second part is for those alone
  // who write the host.
  [[nodiscard]] Error error(std::string_view plugin, std::string_view advice,
                            std::string_view host_advice = {}) const;

 private:
  const Gate& gate_;
  std::string lines_{};
  std::size_t count_ = 0;
  std::string last_{};  // interface, which functions follow each other of
  std::vector<std::string> grants_{};
  bool ungranted_ = false;  // some cannot be granted at all
};

}  // namespace mortise::detail
