// A host of golden/resources that implements and calls all that is in it. Compiled, not run.
#include "resources.h"

#include <array>
#include <chrono>
#include <utility>

namespace {

namespace store = acme::shop::store;
namespace carts = acme::shop::carts;

class Cursor final : public store::Cursor {
  mortise::Result<std::optional<std::tuple<std::string, store::Value>>> next(
      mortise::CallContext&) override {
    return std::tuple("a", store::Value{.name = "b", .count = 1});
  }
};

class Bucket final : public store::Bucket {
 public:
  mortise::Result<std::optional<store::Value>> get(mortise::CallContext&,
                                                   std::string_view key) override {
    return store::Value{.name = std::string(key), .count = 1};
  }
  mortise::Outcome<std::uint32_t, store::Failure> put(mortise::CallContext&, std::string_view,
                                                      const store::ValueRef& value, store::Level,
                                                      store::Rights rights) override {
    if (!rights.contains(store::Rights::write))
      return std::unexpected(store::Failure(store::Failure::Gone{}));
    last_ = store::Value(value);
    return last_.count;
  }
  mortise::Result<void> merge(mortise::CallContext& call, store::Bucket& other) override {
    return other.merge(call, *this);
  }
  mortise::Result<std::unique_ptr<store::Bucket>> swap(
      mortise::CallContext&, std::unique_ptr<store::Bucket> other) override {
    return other;
  }
  mortise::Result<std::unique_ptr<store::Cursor>> each(mortise::CallContext&) override {
    return std::make_unique<Cursor>();
  }

 private:
  store::Value last_;
};

class Token final : public store::Token {};

class Store final : public store::Host {
  mortise::Result<std::unique_ptr<store::Bucket>> new_bucket(mortise::CallContext&,
                                                             std::string_view) override {
    return std::make_unique<Bucket>();
  }
  mortise::Outcome<std::unique_ptr<store::Bucket>, std::string> bucket_open(
      mortise::CallContext&, std::string_view name) override {
    if (name.empty()) return std::unexpected("no name");
    return std::make_unique<Bucket>();
  }
  mortise::Result<std::uint32_t> bucket_count(mortise::CallContext&) override { return 1; }
  mortise::Outcome<std::unique_ptr<store::Cursor>, store::Failure> new_cursor(
      mortise::CallContext& call, store::Bucket& of) override {
    auto made = of.each(call);
    if (!made) return std::move(made).error();
    return *std::move(made);
  }
  mortise::Result<void> swallow(mortise::CallContext&, std::unique_ptr<store::Bucket>) override {
    return {};
  }
  mortise::Result<std::uint32_t> look(mortise::CallContext&, store::Bucket& b, store::Bucket& other,
                                      std::string_view) override {
    return &b == &other ? 1u : 0u;
  }
  mortise::Result<std::vector<std::unique_ptr<store::Bucket>>> all(mortise::CallContext&) override {
    std::vector<std::unique_ptr<store::Bucket>> all;
    all.push_back(std::make_unique<Bucket>());
    return all;
  }
  mortise::Outcome<std::vector<store::Entry>, store::Source> entries(
      mortise::CallContext&, std::vector<store::Entry> some, store::Entry best,
      store::Source origin) override {
    if (std::holds_alternative<store::Source::One>(origin))
      return std::unexpected(std::move(origin));
    best.token = std::make_unique<Token>();
    some.push_back(std::move(best));
    return some;
  }
  mortise::Outcome<std::optional<std::unique_ptr<store::Bucket>>,
                   std::tuple<std::uint32_t, std::unique_ptr<store::Token>>>
  maybe(mortise::CallContext&, std::optional<std::unique_ptr<store::Bucket>> b,
        std::tuple<std::unique_ptr<store::Bucket>, std::string>,
        std::expected<std::unique_ptr<store::Bucket>, std::unique_ptr<store::Token>> r) override {
    if (!r) return std::unexpected(std::tuple(1u, std::move(r).error()));
    return b;
  }
  mortise::Result<std::uint32_t> examine(
      mortise::CallContext& call, const store::View& one, const store::Views& all,
      const std::vector<mortise::Borrow<store::Bucket>>& items,
      const std::optional<mortise::Borrow<store::Bucket>>& some) override {
    for (const store::View& view : all)
      if (auto merged = view.of->merge(call, one.of); !merged)
        return std::unexpected(std::move(merged).error());
    store::Bucket& last = some ? **some : *items.front();
    (void)last.get(call, one.name);
    return 0;
  }
  mortise::Result<std::tuple<std::unique_ptr<store::Bucket>, std::unique_ptr<store::Bucket>>> many(
      mortise::CallContext&, store::Entry a, store::Entry b, store::Entry, store::Entry) override {
    return std::tuple(std::move(a.bucket), std::move(b.bucket));
  }
  mortise::Result<std::unique_ptr<store::Handle>> renamed(mortise::CallContext&,
                                                          std::unique_ptr<store::Handle> h,
                                                          store::Handles, store::Handle&) override {
    return h;
  }
  mortise::Result<store::Value> copy(mortise::CallContext&, const store::Plain&,
                                     const store::ValueRef& v) override {
    return store::Value{.name = std::string(v.name), .count = v.count};
  }
};

class Key final : public acme::shop::keys::Key {};

carts::Line line(carts::Cart cart) { return {.name = "a", .of = std::move(cart), .coupon = {}}; }

mortise::Result<void> use_cart(carts::Cart& cart, carts::Cart other, store::Bucket& bucket) {
  using namespace std::chrono_literals;
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  if (auto added = cart.add("apple", {.deadline = 10ms}); !added)
    return std::unexpected(std::move(added).error());
  (void)cart.items();
  (void)cart.items(mortise::view, [](auto items) { return items.size(); });
  (void)cart.describe("short", 1, {.fuel = mortise::Fuel(100)});
  (void)cart.describe(mortise::view, std::nullopt, 1, [](auto said) { return said.has_value(); });
  (void)cart.fill(std::make_unique<Bucket>(), bucket, bytes);
  (void)cart.compare(other);
  if (auto same = cart.merge(std::move(other))) (void)same->lines();
  return cart.sort(carts::Order::up, carts::Marks::gift | carts::Marks::fragile,
                   std::make_unique<Key>());
}

mortise::Result<void> use(mortise::Instance<acme::shop::Shop>& instance) {
  const carts::Guest guest = instance.carts();
  const auto make = [&] { return guest.new_cart("ada").value_or(carts::Cart()); };
  carts::Cart cart = make();
  Bucket bucket;
  (void)use_cart(cart, make(), bucket);

  (void)guest.cart_open("a");
  const std::vector<mortise::Borrow<carts::Cart>> lent{cart};
  (void)guest.cart_total(lent);
  auto coupon = guest.new_coupon("a");
  if (!coupon && coupon.refusal() != nullptr) (void)coupon.refusal()->why;
  (void)guest.peek(cart);
  (void)guest.peek(mortise::view, cart, [](auto) {});
  std::vector<carts::Line> lines;
  lines.push_back(line(make()));
  if (coupon)
    (void)guest.lines(std::move(lines), line(make()), carts::Payment::Less{*std::move(coupon)});
  if (auto piled = guest.piles({}, std::nullopt, make())) (void)std::get<0>(*piled).items();
  (void)guest.many(line(make()), line(make()), line(make()), line(make()), line(make()));
  Key key;
  (void)guest.mixed(make(), std::make_unique<Bucket>(), key);
  (void)guest.names(mortise::view, [](auto names) { return names.size(); });
  (void)guest.checkout(std::move(cart));

  carts::Cart basket = make();
  (void)instance.desk().serve(make(), {basket});
  (void)instance.desk().hand(std::make_unique<Bucket>());
  return mortise::drop(std::move(basket));
}

}  // namespace

int main() {
  const mortise::Engine engine;
  Store store;
  auto plugin = mortise::Plugin<acme::shop::Shop>::load(engine, "shop.wasm", {.store = store});
  if (!plugin) return 1;
  auto instance = plugin->instantiate();
  return instance && use(*instance) ? 0 : 1;
}
