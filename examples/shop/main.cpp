// A host whose plugin calls back: the plugin decides what is paid, and asks the host for prices.
#include <cstdint>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shop.h"

namespace {

using acme::shop::Shop;
using acme::shop::checkout::Discount;
using acme::shop::checkout::LineRef;

// The host's side of interface prices. Instances share it, so it must not mind threads.
class Prices : public acme::shop::prices::Host {
 public:
  mortise::Outcome<std::uint64_t, std::string> price(mortise::CallContext& call,
                                                     std::string_view sku) override {
    if (sku == "unicorn") return mortise::Error(mortise::Error::Kind::io, "the stock is closed");
    const auto found = cents_.find(sku);
    if (found == cents_.end())
      return std::unexpected(std::string(call.plugin()) + " asks for " + std::string(sku));
    return found->second;
  }

 private:
  const std::map<std::string, std::uint64_t, std::less<>> cents_{{"book", 1250}, {"pen", 199}};
};

void print(const std::vector<LineRef>& lines, const Discount& discount,
           mortise::Instance<Shop>& instance) {
  const auto out = instance.checkout().total(lines, discount);
  if (out) {
    std::cout << "total: " << out->total << '\n';
    for (const std::string& note : out->notes) std::cout << "  " << note << '\n';
  } else if (const auto* said = out.refusal()) {
    std::cout << "refused: " << *said << '\n';
  } else {
    std::cout << "failed: " << out.failure()->message() << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  Prices prices;
  const mortise::Engine engine;
  const auto plugin =
      mortise::Plugin<Shop>::load(engine, argc > 1 ? argv[1] : "shop.wasm", {.prices = prices});
  if (!plugin) return std::cerr << plugin.error().to_string() << '\n', 1;
  auto instance = plugin->instantiate();
  if (!instance) return std::cerr << instance.error().to_string() << '\n', 1;

  print({{.sku = "book", .count = 2}, {.sku = "pen", .count = 1}}, Discount::Percent{10},
        *instance);
  print({{.sku = "pen", .count = 1}}, Discount::Cents{500}, *instance);
  print({{.sku = "bread", .count = 1}}, Discount::None{}, *instance);
  print({{.sku = "unicorn", .count = 1}}, Discount::None{}, *instance);
}
