// The world mortise:bench/noop-world (noop.wit) for C++ hosts. By hand, in the form of generated
// code.
#pragma once

#include <string_view>

#include <mortise/mortise.h>

#if MORTISE_BINDING_ABI != 1
#error "This binding was written for another version of Mortise."
#endif

namespace mortise_bench {

// interface nothing, exported
class Nothing {
 public:
  static constexpr std::string_view interface = "mortise:bench/nothing";

  using Noop = mortise::abi::Function<"noop", void>;
  using Functions = mortise::Functions<Noop>;

  explicit Nothing(mortise::CallTarget<Nothing> target) : target_(target) {}

  // noop: func()
  mortise::Result<void> noop() const { return target_.call<Noop>({}); }

 private:
  mortise::CallTarget<Nothing> target_;
};

// world noop-world
struct NoopWorld {
  static constexpr std::string_view name = "mortise:bench/noop-world";

  struct Imports {};
  using Exports = mortise::Exports<Nothing>;

  template <class Instance>
  class Accessors {
   public:
    Nothing nothing(const mortise::CallOptions& options = {}) {
      return Nothing(static_cast<Instance&>(*this).template target<Nothing>(options));
    }
  };
};

}  // namespace mortise_bench
