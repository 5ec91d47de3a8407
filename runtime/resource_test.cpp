// Resources that guests define, in the hands of the host.
#include <mortise/runtime/resource.h>

#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>

#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using Kind = Error::Kind;
using U32 = std::uint32_t;

// ---- interface test:res/carts, as a binding has it ----

class Cart : public GuestResource {
 public:
  static constexpr auto resource = abi::guest_resource("test:res/carts", "cart");

  Result<U32> size(const CallOptions& options = {}) const;
  Result<void> absorb(Cart other, const CallOptions& options = {}) const;
};

static_assert(!std::is_copy_constructible_v<Cart>);
static_assert(std::is_nothrow_move_constructible_v<Cart>);

class Carts {
 public:
  static constexpr std::string_view interface = "test:res/carts";

  using NewCart = abi::Function<"[constructor]cart", Cart, abi::Param<"size", U32>>;
  using CartSize = abi::Function<"[method]cart.size", U32, abi::Param<"self", Borrow<Cart>>>;
  using CartAbsorb = abi::Function<"[method]cart.absorb", void, abi::Param<"self", Borrow<Cart>>,
                                   abi::Param<"other", Cart>>;
  using CartOpen =
      abi::Function<"[static]cart.open", std::expected<Cart, U32>, abi::Param<"size", U32>>;
  using Dropped = abi::Function<"dropped", U32>;
  using Sum = abi::Function<"sum", U32, abi::Param<"all", std::vector<Borrow<Cart>>>>;
  using Many = abi::Function<"many", std::vector<Cart>, abi::Param<"count", U32>>;
  using Functions = mortise::Functions<NewCart, CartSize, CartAbsorb, CartOpen, Dropped, Sum, Many>;

  explicit Carts(CallTarget<Carts> target) : target_(target) {}

  Result<Cart> new_cart(U32 size) const { return target_.call<NewCart>({size}); }
  Outcome<Cart, U32> cart_open(U32 size) const { return target_.call<CartOpen>({size}); }
  Result<U32> dropped() const { return target_.call<Dropped>({}); }
  Result<U32> sum(const std::vector<Borrow<Cart>>& all) const { return target_.call<Sum>({all}); }
  Result<std::vector<Cart>> many(U32 count) const { return target_.call<Many>({count}); }

 private:
  CallTarget<Carts> target_;
};

Result<U32> Cart::size(const CallOptions& options) const {
  return call<Carts, Carts::CartSize>(options, {Borrow<Cart>(*this)});
}
Result<void> Cart::absorb(Cart other, const CallOptions& options) const {
  return call<Carts, Carts::CartAbsorb>(options, {Borrow<Cart>(*this), other});
}

struct CartWorld {
  static constexpr std::string_view name = "test:res/world";
  struct Imports {};
  // Something before it, so that its first function is not the first.
  using Ping = abi::Function<"ping", U32>;
  using Exports = mortise::Exports<OneFunction<Ping>, Carts>;

  template <class Instance>
  class Accessors {
   public:
    Carts carts(const CallOptions& options = {}) {
      return Carts(static_cast<Instance&>(*this).template target<Carts>(options));
    }
  };
};

// ---- The guest: a cart is its size. `dtor` is what its destructor does besides counting. ----

std::string carts(std::string_view dtor = "", std::string_view size = "(local.get 0)",
                  std::string_view limit = "100") {
  return concat(R"((component
  (component $C
    (core module $d
      (global $dropped (mut i32) (i32.const 0))
      (func (export "dtor") (param i32)
        (global.set $dropped (i32.add (global.get $dropped) (local.get 0))) )",
                dtor, R"()
      (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $d (instantiate $d))
    (type $cart (resource (rep i32) (dtor (func $d "dtor"))))
    (core func $new (canon resource.new $cart))
    (core func $rep (canon resource.rep $cart))
    (core func $drop (canon resource.drop $cart))
    (core module $code
      (import "c" "new" (func $new (param i32) (result i32)))
      (import "c" "rep" (func $rep (param i32) (result i32)))
      (import "c" "drop" (func $drop (param i32)))
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
      (func (export "new") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "size") (param i32) (result i32) )",
                size, R"()
      (func (export "absorb") (param i32 i32) (call $drop (local.get 1)))
      (func (export "open") (param i32) (result i32)
        (i32.store (i32.const 64) (i32.gt_u (local.get 0) (i32.const )",
                limit, R"()))
        (i32.store (i32.const 68) (local.get 0))
        (if (i32.eqz (i32.load (i32.const 64)))
          (then (i32.store (i32.const 68) (call $new (local.get 0)))))
        (i32.const 64))
      (func (export "sum") (param i32 i32) (result i32) (local i32)
        (loop $l
          (if (local.get 1) (then
            (local.set 2 (i32.add (local.get 2) (i32.load (local.get 0))))
            (local.set 0 (i32.add (local.get 0) (i32.const 4)))
            (local.set 1 (i32.sub (local.get 1) (i32.const 1)))
            (br $l))))
        (local.get 2))
      (func (export "many") (param i32) (result i32) (local i32)
        (i32.store (i32.const 64) (i32.const 2048))
        (i32.store (i32.const 68) (local.get 0))
        (loop $l
          (if (i32.lt_u (local.get 1) (local.get 0)) (then
            (i32.store (i32.add (i32.const 2048) (i32.mul (i32.const 4) (local.get 1)))
                       (call $new (local.get 1)))
            (local.set 1 (i32.add (local.get 1) (i32.const 1)))
            (br $l))))
        (i32.const 64)))
    (core instance $i (instantiate $code (with "c" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
    (export $c "cart" (type $cart))
    (func (export "[constructor]cart") (param "size" u32) (result (own $c))
      (canon lift (core func $i "new")))
    (func (export "[method]cart.size") (param "self" (borrow $c)) (result u32)
      (canon lift (core func $i "size")))
    (func (export "[method]cart.absorb") (param "self" (borrow $c)) (param "other" (own $c))
      (canon lift (core func $i "absorb")))
    (func (export "[static]cart.open") (param "size" u32) (result (result (own $c) (error u32)))
      (canon lift (core func $i "open") (memory $i "mem")))
    (func (export "dropped") (result u32) (canon lift (core func $d "dropped")))
    (func (export "sum") (param "all" (list (borrow $c))) (result u32)
      (canon lift (core func $i "sum") (memory $i "mem") (realloc (func $i "realloc"))))
    (func (export "many") (param "count" u32) (result (list (own $c)))
      (canon lift (core func $i "many") (memory $i "mem"))))
  (instance $c (instantiate $C))
  (core module $p (func (export "run") (result i32) (i32.const 1)))
  (core instance $p (instantiate $p))
  (func (export "ping") (result u32) (canon lift (core func $p "run")))
  (export "test:res/carts" (instance $c))))");
}

Plugin<CartWorld> load_carts(std::string_view wat, const PluginOptions& options = {}) {
  auto plugin = Plugin<CartWorld>::from_text(engine(), "guest", wat, {}, options);
  EXPECT_TRUE(plugin) << plugin.error().to_string();
  return *std::move(plugin);
}

template <class T>
std::string message(const Result<T>& result) {
  return result ? "no error" : std::string(result.error().message());
}

TEST(GuestResource, IsMadeCalledAndDropped) {
  auto instance = load_carts(carts()).instantiate().value();
  {
    const Result<Cart> cart = instance.carts().new_cart(42);
    ASSERT_TRUE(cart) << cart.error().to_string();
    EXPECT_EQ(cart->size().value(), 42U);
    EXPECT_EQ(cart->size({.deadline = 1000ms}).value(), 42U);
    EXPECT_EQ(instance.carts().dropped().value(), 0U);
  }
  EXPECT_EQ(instance.carts().dropped().value(), 42U);
}

TEST(GuestResource, IsDroppedByName) {
  auto instance = load_carts(carts()).instantiate().value();
  EXPECT_TRUE(drop(instance.carts().new_cart(42).value()));
  EXPECT_EQ(instance.carts().dropped().value(), 42U);
}

TEST(GuestResource, StaysWhenTheOptionsAllowNoCall) {
  auto instance = load_carts(carts()).instantiate().value();
  Cart cart = instance.carts().new_cart(42).value();
  EXPECT_EQ(message(drop(std::move(cart), {.deadline = 0ms})),
            "guest: dropping a resource was not called: its deadline had passed");
  EXPECT_EQ(cart.size().value(), 42U);  // NOLINT(bugprone-use-after-move): it was not moved from
}

TEST(GuestResource, IsDroppedWhenAnotherIsAssigned) {
  auto instance = load_carts(carts()).instantiate().value();
  Cart cart = instance.carts().new_cart(40).value();
  cart = instance.carts().new_cart(2).value();
  EXPECT_EQ(instance.carts().dropped().value(), 40U);
  EXPECT_EQ(cart.size().value(), 2U);
}

TEST(GuestResource, MovesAndLeavesAnEmptyHandle) {
  auto instance = load_carts(carts()).instantiate().value();
  Cart one = instance.carts().new_cart(42).value();
  const Cart other = std::move(one);
  EXPECT_EQ(other.size().value(), 42U);
  EXPECT_FALSE(one);  // NOLINT(bugprone-use-after-move): what is looked at
  EXPECT_EQ(message(one.size()),
            "`test:res/carts: [method]cart.size` was not called: the handle is empty: it was never "
            "filled, or was moved from, or was given away");
}

TEST(GuestResource, IsGivenBack) {
  auto instance = load_carts(carts()).instantiate().value();
  const Cart cart = instance.carts().new_cart(1).value();
  Cart other = instance.carts().new_cart(41).value();
  EXPECT_TRUE(cart.absorb(std::move(other)));
  EXPECT_EQ(instance.carts().dropped().value(), 41U);
}

TEST(GuestResource, ComesInAResult) {
  auto instance = load_carts(carts()).instantiate().value();
  const Outcome<Cart, U32> cart = instance.carts().cart_open(42);
  ASSERT_TRUE(cart);
  EXPECT_EQ(cart->size().value(), 42U);
  const Outcome<Cart, U32> none = instance.carts().cart_open(101);
  ASSERT_NE(none.refusal(), nullptr);
  EXPECT_EQ(*none.refusal(), 101U);
}

TEST(GuestResource, ComesAndIsLentInLists) {
  auto instance = load_carts(carts()).instantiate().value();
  {
    const std::vector<Cart> all = instance.carts().many(20).value();
    ASSERT_EQ(all.size(), 20U);
    EXPECT_EQ(instance.carts().sum({all.begin(), all.end()}).value(), 190U);
  }
  EXPECT_EQ(instance.carts().dropped().value(), 190U);
}

TEST(GuestResource, OutlivesItsInstanceAndIsGoodForNothing) {
  Cart cart;
  {
    auto instance = load_carts(carts()).instantiate().value();
    cart = instance.carts().new_cart(42).value();
  }
  EXPECT_TRUE(cart);
  EXPECT_EQ(
      message(cart.size()),
      "`test:res/carts: [method]cart.size` was not called: the instance that the handle belongs "
      "to is gone");
  EXPECT_TRUE(drop(std::move(cart)));
}

TEST(GuestResource, FollowsAnInstanceThatMoves) {
  auto instance = load_carts(carts()).instantiate().value();
  const Cart cart = instance.carts().new_cart(42).value();
  auto moved = std::move(instance);
  EXPECT_EQ(cart.size().value(), 42U);
  EXPECT_EQ(moved.carts().dropped().value(), 0U);
}

TEST(GuestResource, OfAnotherInstanceIsRefused) {
  const auto plugin = load_carts(carts());
  auto one = plugin.instantiate().value();
  auto other = plugin.instantiate().value();
  const Cart here = one.carts().new_cart(1).value();
  Cart there = other.carts().new_cart(2).value();
  const Result<void> refused = here.absorb(std::move(there));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Kind::misuse);
  EXPECT_EQ(
      message(refused),
      "guest: [method]cart.absorb was given bad data by the host: parameter `other`: the handle "
      "is one of another instance, and each instance has resources of its own");
}

TEST(GuestResource, OfNothingIsRefused) {
  auto instance = load_carts(carts()).instantiate().value();
  const Cart cart = instance.carts().new_cart(1).value();
  EXPECT_EQ(
      message(cart.absorb(Cart())),
      "guest: [method]cart.absorb was given bad data by the host: parameter `other`: there is no "
      "resource: the pointer is null, or the handle empty");
  EXPECT_EQ(
      message(drop(Cart())),
      "there is no cart to drop: the handle was never filled, or was moved from, or was given "
      "away");
}

TEST(GuestResource, WithADestructorThatTrapsEndsTheInstance) {
  auto instance = load_carts(carts("(unreachable)")).instantiate().value();
  {
    const Result<void> dropped = drop(instance.carts().new_cart(1).value());
    ASSERT_FALSE(dropped);
    EXPECT_EQ(dropped.error().kind(), Kind::guest_trap);
    EXPECT_EQ(message(dropped),
              "guest: dropping a resource trapped: wasm `unreachable` instruction executed");
  }
  EXPECT_EQ(
      message(instance.carts().dropped()),
      "guest: dropped was not called: an earlier call failed and ended the instance; make a new "
      "one with Plugin::instantiate");
}

TEST(GuestResource, WithADestructorThatLoopsIsStoppedAtItsDeadline) {
  auto instance =
      load_carts(carts("(loop (br 0))"), {.limits = {.deadline = 20ms}}).instantiate().value();
  const Result<void> dropped = drop(instance.carts().new_cart(1).value());
  ASSERT_FALSE(dropped);
  EXPECT_EQ(message(dropped), "guest: dropping a resource was stopped at its deadline of 20 ms");
}

// What handles that were only destroyed have used of their deadline is nothing to this one.
TEST(GuestResource, IsDroppedUnderADeadlineOfItsOwn) {
  const std::string_view takes_about_a_millisecond =
      "(local.set 0 (i32.const 1000000))"
      "(loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))";
  auto instance = load_carts(carts(takes_about_a_millisecond), {.limits = {.deadline = 300ms}})
                      .instantiate()
                      .value();
  Cart cart = instance.carts().new_cart(42).value();
  std::vector<Cart> many;
  for (int i = 0; i < 500; ++i) many.push_back(instance.carts().new_cart(0).value());
  many.clear();
  EXPECT_TRUE(drop(std::move(cart)));
  EXPECT_EQ(instance.carts({.deadline = 60000ms}).dropped().value(), 42U);
}

TEST(GuestResource, IsForgottenWithAnInstanceThatEnded) {
  auto instance = load_carts(carts("", "(unreachable)")).instantiate().value();
  {
    const Cart cart = instance.carts().new_cart(42).value();
    EXPECT_FALSE(cart.size());
  }
  EXPECT_FALSE(instance.carts().dropped());
}

// A handle that a guest hands over and does not have.
TEST(GuestResource, ThatIsForgedIsRefused) {
  // With the limit at 0 nothing is made, and the size is taken for a handle.
  std::string wat = carts("", "(local.get 0)", "1000");
  const std::string_view made = "(then (i32.store (i32.const 68) (call $new (local.get 0))))";
  wat.replace(wat.find(made), made.size(), "(then (i32.store (i32.const 68) (i32.const 77)))");
  auto instance = load_carts(wat).instantiate().value();
  const Outcome<Cart, U32> cart = instance.carts().cart_open(1);
  ASSERT_NE(cart.failure(), nullptr);
  EXPECT_EQ(cart.failure()->message(),
            "guest: [static]cart.open broke the canonical ABI: unknown handle index 77");
}

}  // namespace
}  // namespace mortise::testing
