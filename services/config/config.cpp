#include <mortise/services/config/config.h>

#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

// Written from wit/services.
#include "config_world.h"

namespace mortise::services {

namespace {

using Values = std::map<std::string, std::string, std::less<>>;

// One of the interfaces, which differ in their names alone.
template <class Interface, class Refusal>
class Answering final : public Interface {
 public:
  explicit Answering(std::shared_ptr<const Values> values) : values_(std::move(values)) {}

  Outcome<std::optional<std::string>, Refusal> get(CallContext&, std::string_view key) override {
    const auto found = values_->find(key);
    if (found == values_->end()) return std::optional<std::string>();
    return std::optional(found->second);
  }

  Outcome<std::vector<std::tuple<std::string, std::string>>, Refusal> get_all(
      CallContext&) override {
    return std::vector<std::tuple<std::string, std::string>>(values_->begin(), values_->end());
  }

 private:
  std::shared_ptr<const Values> values_;
};

}  // namespace

Service config(Values values) {
  namespace rc = wasi::config_0_2_0_rc_1;
  namespace draft = wasi::config_0_2_0_draft;
  const auto shared = std::make_shared<const Values>(std::move(values));
  return Service::of<mortise_::services::Config>(
      {.config_0_2_0_rc_1_store =
           std::make_shared<Answering<rc::store::Host, rc::store::Error>>(shared),
       .config_0_2_0_draft_store =
           std::make_shared<Answering<draft::store::Host, draft::store::Error>>(shared),
       .runtime =
           std::make_shared<Answering<draft::runtime::Host, draft::runtime::ConfigError>>(shared)});
}

}  // namespace mortise::services
