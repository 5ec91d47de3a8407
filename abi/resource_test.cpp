#include <mortise/abi/resource.h>

#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <mortise/abi/function.h>
#include <mortise/abi/list.h>
#include <mortise/abi/option.h>
#include <mortise/abi/result.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

class Bucket {
 public:
  static constexpr auto resource = host_resource<Bucket>("test:res/store", "bucket");
  explicit Bucket(int& ended) : ended_(ended) {}
  virtual ~Bucket() { ++ended_; }

 private:
  int& ended_;
};
class Cart {
 public:
  static constexpr auto resource = guest_resource("test:res/carts", "cart");
  GuestHandle& handle() { return handle_; }

 private:
  GuestHandle handle_{};
};
using Own = std::unique_ptr<Bucket>;

static_assert(Lowerable<Own> && Liftable<Own>);
static_assert(Lowerable<Borrow<Bucket>> && Liftable<Borrow<Bucket>>);
static_assert(Lowerable<Cart> && Liftable<Cart>);
static_assert(Lowerable<Borrow<Cart>>);
static_assert(Codec<Own>::layout == Layout{.size = 4, .align = 4, .flat = 1});
static_assert(std::convertible_to<Bucket&, Borrow<Bucket>>);
static_assert(std::convertible_to<const Cart&, Borrow<Cart>>);
static_assert(!std::convertible_to<const Bucket&, Borrow<Bucket>>);

// A table of handles: the index of an object is its place plus 10.
class Table final : public Handles {
 public:
  bool lower_own(LowerContext&, const Resource&, void* object, std::uint32_t& index) override {
    return put(object, index);
  }
  bool lower_borrow(LowerContext&, const Resource&, void* object, std::uint32_t& index) override {
    return put(object, index);
  }
  bool lift_own(LiftContext& context, const Resource&, std::uint32_t index,
                void*& object) override {
    return get(context, index, object);
  }
  bool lift_borrow(LiftContext& context, const Resource&, std::uint32_t index,
                   void*& object) override {
    return get(context, index, object);
  }
  bool lower_guest(LowerContext&, const Resource&, GuestHandle& handle, bool own,
                   std::uint32_t& index) override {
    index = static_cast<std::uint32_t>(handle.engine[0]) + (own ? 100 : 0);
    return true;
  }
  bool lift_guest(LiftContext&, const Resource&, std::uint32_t index,
                  GuestHandle& handle) override {
    handle.engine[0] = index;
    return true;
  }

  std::vector<void*> objects{};

 private:
  bool put(void* object, std::uint32_t& index) {
    objects.push_back(object);
    index = static_cast<std::uint32_t>(objects.size() + 9);
    return true;
  }
  bool get(LiftContext& context, std::uint32_t index, void*& object) {
    if (index < 10 || index - 10 >= objects.size()) {
      context.fault.code = FaultCode::handle_failed;
      return false;
    }
    object = objects[index - 10];
    return true;
  }
};

// Lowers to core values, and lifts from them.
struct Call {
  template <class T>
  bool lower(const T& value) {
    LowerContext context(nullptr, nullptr, Encoding::utf8, fault);
    context.handles = &table;
    Slot* to = slots.data();
    return Codec<T>::lower(context, to, value);
  }
  template <class T>
  bool lift(T& value) {
    LiftContext context({}, Encoding::utf8, 1024, fault);
    context.handles = &table;
    const Slot* from = slots.data();
    return Codec<T>::lift(context, from, value);
  }

  Table table{};
  Fault fault{};
  std::array<Slot, 16> slots{};
};

TEST(Own, TellsItsResource) {
  const Type& type = Codec<Own>::type;
  EXPECT_EQ(type.kind, Kind::own);
  EXPECT_EQ(type.name, "bucket");
  EXPECT_EQ(type.resource, &Bucket::resource);
  EXPECT_EQ(Codec<Borrow<Bucket>>::type.kind, Kind::borrow);
  EXPECT_EQ(Codec<Cart>::type.resource, &Cart::resource);
}

TEST(Own, OfTheHostsIsGivenAwayAndComesBack) {
  Call call;
  int ended = 0;
  Own own = std::make_unique<Bucket>(ended);
  Bucket* object = own.get();
  ASSERT_TRUE(call.lower(own));
  EXPECT_EQ(own, nullptr);
  EXPECT_EQ(call.slots[0].low, 10U);
  Own back;
  ASSERT_TRUE(call.lift(back));
  EXPECT_EQ(back.get(), object);
  EXPECT_EQ(ended, 0);
}

TEST(Own, OfNothingIsAFault) {
  Call call;
  EXPECT_FALSE(call.lower(Own()));
  EXPECT_EQ(testing::text_of(call.fault), "host no object");
}

TEST(Own, ThatIsUnknownIsNotLifted) {
  Call call;
  call.slots[0].low = 77;
  Own own;
  EXPECT_FALSE(call.lift(own));
  EXPECT_EQ(own, nullptr);
}

TEST(Own, IsEndedByItsResource) {
  int ended = 0;
  Bucket::resource.destroy(std::make_unique<Bucket>(ended).release());
  EXPECT_EQ(ended, 1);
}

TEST(Own, OfTheGuestsGoesByItsHandle) {
  Call call;
  call.slots[0].low = 7;
  Cart cart;
  ASSERT_TRUE(call.lift(cart));
  ASSERT_TRUE(call.lower(cart));
  EXPECT_EQ(call.slots[0].low, 107U);
  ASSERT_TRUE(call.lower(Borrow<Cart>(cart)));
  EXPECT_EQ(call.slots[0].low, 7U);
}

TEST(Borrow, IsTheObject) {
  Call call;
  int ended = 0;
  Bucket bucket(ended);
  ASSERT_TRUE(call.lower(Borrow<Bucket>(bucket)));
  Borrow<Bucket> back;
  EXPECT_FALSE(back);
  ASSERT_TRUE(call.lift(back));
  EXPECT_EQ(&*back, &bucket);
  Bucket& reference = back;
  EXPECT_EQ(&reference, &bucket);
}

TEST(Borrow, OfNothingIsAFault) {
  Call call;
  EXPECT_FALSE(call.lower(Borrow<Bucket>()));
  EXPECT_EQ(testing::text_of(call.fault), "host no object");
}

// ---- How resources are numbered ----

TEST(Resources, AreListedOnceInTheOrderInWhichTheyComeUp) {
  using F = Function<"f", std::expected<std::tuple<Cart, Own>, std::string>,
                     Param<"a", std::vector<Borrow<Bucket>>>,
                     Param<"b", std::optional<std::tuple<Own, Cart>>>, Param<"c", Borrow<Cart>>>;
  EXPECT_EQ(F::param_resources, (std::array{&Bucket::resource, &Cart::resource}));
  EXPECT_EQ(F::result_resources, (std::array{&Cart::resource, &Bucket::resource}));
}

TEST(Resources, AreNoneInPlainTypes) {
  using F = Function<"f", std::string, Param<"a", std::vector<std::string>>>;
  EXPECT_TRUE(F::param_resources.empty());
  EXPECT_TRUE(F::result_resources.empty());
}

}  // namespace
}  // namespace mortise::abi
