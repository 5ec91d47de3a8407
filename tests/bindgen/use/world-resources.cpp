// A host of golden/world-resources. Compiled, not run.
#include "world-resources.h"

#include <utility>

namespace {

namespace front = acme::front::front;
using acme::front::money::Purse;

class OwnPurse final : public Purse {
  mortise::Result<bool> pay(mortise::CallContext&, std::uint64_t cents) override {
    return cents < 100;
  }
};

class Stamp final : public front::Stamp {};

class Shelf final : public front::Shelf {
  mortise::Outcome<void, std::string> put(mortise::CallContext&, front::Item item,
                                          front::Size) override {
    if (item.stamp) return std::unexpected("a stamp");
    return std::expected<void, std::string>();
  }
  mortise::Result<std::optional<front::Item>> take(mortise::CallContext&) override {
    return front::Item{.name = "a", .stamp = std::make_unique<Stamp>()};
  }
  mortise::Result<void> mix(mortise::CallContext& call, front::Shelf& other,
                            std::unique_ptr<Purse> purse) override {
    return other.mix(call, *this, std::move(purse));
  }
};

class World final : public acme::front::Front::Host {
  mortise::Result<std::unique_ptr<front::Shelf>> find(mortise::CallContext&,
                                                      std::string_view) override {
    return std::make_unique<Shelf>();
  }
  mortise::Result<void> post(mortise::CallContext& call, std::vector<front::Item> items,
                             front::Shelf& shelf) override {
    for (front::Item& item : items) (void)shelf.put(call, std::move(item), front::Size::small);
    return {};
  }
  mortise::Result<std::unique_ptr<front::Shelf>> new_shelf(mortise::CallContext&,
                                                           std::string_view) override {
    return std::make_unique<Shelf>();
  }
  mortise::Result<std::vector<std::unique_ptr<front::Shelf>>> shelf_all(
      mortise::CallContext&) override {
    return std::vector<std::unique_ptr<front::Shelf>>();
  }
};

class Crates final : public front::crates::Host {
  mortise::Result<void> stack(mortise::CallContext& call, std::unique_ptr<front::crates::Crate> a,
                              front::crates::Crate& b) override {
    (void)a->open(call);
    (void)b.open(call);
    return {};
  }
};

bool use(mortise::Instance<acme::front::Front>& instance) {
  OwnPurse purse;
  auto items = instance.world().run(std::make_unique<Shelf>(), purse);
  // No box to begin with: the plugin makes them.
  front::boxes::Box a;
  front::boxes::Box b;
  auto nested = instance.boxes().nest(std::move(a), b);
  if (nested) (void)nested->open(mortise::view, [](std::string_view said) { return said.size(); });
  return items && nested;
}

}  // namespace

int main() {
  const mortise::Engine engine;
  Crates crates;
  World world;
  auto plugin = mortise::Plugin<acme::front::Front>::load(engine, "front.wasm",
                                                          {.crates = crates, .world = world});
  if (!plugin) return 1;
  auto instance = plugin->instantiate();
  return instance && use(*instance) ? 0 : 1;
}
