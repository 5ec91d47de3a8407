// Resources of the host's in the hands of real guests, honest and hostile.
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>

#include "tests/support.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using U32 = std::uint32_t;

// ---- interface test:res/store, as a binding has it ----

class Bucket {
 public:
  static constexpr auto resource = abi::host_resource<Bucket>("test:res/store", "bucket");

  virtual ~Bucket() = default;

  virtual Result<U32> size(CallContext&) = 0;
  virtual Result<void> absorb(CallContext&, std::unique_ptr<Bucket> other) = 0;
};

class Lid {
 public:
  static constexpr auto resource = abi::host_resource<Lid>("test:res/store", "lid");

  virtual ~Lid() = default;
};

class Store {
 public:
  static constexpr std::string_view interface = "test:res/store";

  virtual ~Store() = default;

  virtual Result<std::unique_ptr<Bucket>> new_bucket(CallContext&, U32 size) = 0;
  virtual Outcome<std::unique_ptr<Bucket>, std::string> open(CallContext&, U32 size) = 0;
  virtual Result<std::tuple<std::unique_ptr<Bucket>, std::unique_ptr<Lid>>> both(CallContext&) = 0;
  virtual Result<U32> sum(CallContext&, std::vector<Borrow<Bucket>> all) = 0;

  using Buckets = std::vector<Borrow<Bucket>>;
  using Own = std::unique_ptr<Bucket>;
  using NewBucket = abi::Function<"[constructor]bucket", Own, abi::Param<"size", U32>>;
  using Size = abi::Function<"[method]bucket.size", U32, abi::Param<"self", Borrow<Bucket>>>;
  using Absorb = abi::Function<"[method]bucket.absorb", void, abi::Param<"self", Borrow<Bucket>>,
                               abi::Param<"other", Own>>;
  using Open = abi::Function<"[static]bucket.open", std::expected<Own, std::string>,
                             abi::Param<"size", U32>>;
  using Both = abi::Function<"both", std::tuple<Own, std::unique_ptr<Lid>>>;
  using Sum = abi::Function<"sum", U32, abi::Param<"all", Buckets>>;
  using Functions =
      HostFunctions<Implements<NewBucket, &Store::new_bucket>, Implements<Size, &Bucket::size>,
                    Implements<Absorb, &Bucket::absorb>, Implements<Open, &Store::open>,
                    Implements<Both, &Store::both>, Implements<Sum, &Store::sum>>;
};

template <class F>
struct Storing : World<F> {
  struct Imports {
    Host<Store> store;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::store>;
  using HostResources = mortise::HostResources<Bucket, Lid>;
};

// ---- What answers it ----

// Writes down who goes.
struct Sized final : Bucket {
  Sized(U32 n, std::vector<U32>& to) : size_(n), gone(to) {}
  ~Sized() override { gone.push_back(size_); }

  Result<U32> size(CallContext&) override { return size_; }
  Result<void> absorb(CallContext& call, std::unique_ptr<Bucket> other) override {
    const Result<U32> more = other->size(call);
    size_ += *more;
    return {};
  }

  U32 size_;
  std::vector<U32>& gone;
};
struct PlainLid final : Lid {};

struct Shop : Store {
  Result<std::unique_ptr<Bucket>> new_bucket(CallContext&, U32 size) override {
    if (size == 666) return std::unique_ptr<Bucket>();
    ++made;
    return std::make_unique<Sized>(size, gone);
  }
  Outcome<std::unique_ptr<Bucket>, std::string> open(CallContext& call, U32 size) override {
    if (size > 100) return std::unexpected("too large");
    return *new_bucket(call, size);
  }
  Result<std::tuple<std::unique_ptr<Bucket>, std::unique_ptr<Lid>>> both(
      CallContext& call) override {
    return std::tuple(*new_bucket(call, 5), std::make_unique<PlainLid>());
  }
  Result<U32> sum(CallContext& call, std::vector<Borrow<Bucket>> all) override {
    U32 total = 0;
    for (const Borrow<Bucket>& one : all) total += *one->size(call);
    return total;
  }

  U32 made = 0;
  std::vector<U32> gone{};
};

// ---- Guests ----

constexpr std::string_view kStore = R"((component
  (import "test:res/store" (instance $s
    (export "bucket" (type $b (sub resource)))
    (export "lid" (type $l (sub resource)))
    (export "[constructor]bucket" (func (param "size" u32) (result (own $b))))
    (export "[method]bucket.size" (func (param "self" (borrow $b)) (result u32)))
    (export "[method]bucket.absorb" (func (param "self" (borrow $b)) (param "other" (own $b))))
    (export "[static]bucket.open"
      (func (param "size" u32) (result (result (own $b) (error string)))))
    (export "both" (func (result (tuple (own $b) (own $l)))))
    (export "sum" (func (param "all" (list (borrow $b))) (result u32)))))
  (alias export $s "bucket" (type $bucket))
  (alias export $s "lid" (type $lid))
  (core module $mem
    (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $m (instantiate $mem))
  (core func $new (canon lower (func $s "[constructor]bucket")))
  (core func $size (canon lower (func $s "[method]bucket.size")))
  (core func $absorb (canon lower (func $s "[method]bucket.absorb")))
  (core func $open (canon lower (func $s "[static]bucket.open")
    (memory $m "mem") (realloc (func $m "realloc"))))
  (core func $both (canon lower (func $s "both") (memory $m "mem")))
  (core func $sum (canon lower (func $s "sum") (memory $m "mem")))
  (core func $drop (canon resource.drop $bucket))
  (core func $drop-lid (canon resource.drop $lid))
  (core module $code
    (import "s" "new" (func $new (param i32) (result i32)))
    (import "s" "size" (func $size (param i32) (result i32)))
    (import "s" "absorb" (func $absorb (param i32 i32)))
    (import "s" "open" (func $open (param i32 i32)))
    (import "s" "both" (func $both (param i32)))
    (import "s" "sum" (func $sum (param i32 i32) (result i32)))
    (import "s" "drop" (func $drop (param i32)))
    (import "s" "drop-lid" (func $drop-lid (param i32)))
    (import "s" "mem" (memory 1))
    (global $kept (mut i32) (i32.const 0))
    )";
constexpr std::string_view kEnd = R"()
  (core instance $i (instantiate $code (with "s" (instance
    (export "new" (func $new)) (export "size" (func $size)) (export "absorb" (func $absorb))
    (export "open" (func $open)) (export "both" (func $both)) (export "sum" (func $sum))
    (export "drop" (func $drop)) (export "drop-lid" (func $drop-lid))
    (export "mem" (memory $m "mem"))))))
  )";

// A component whose `run` has this code and this type.
std::string guest(std::string_view code, std::string_view type, std::string_view core) {
  return concat(kStore, "(func (export \"run\") ", core, " ", code, ")", kEnd,
                "(func (export \"run\") ", type, " (canon lift (core func $i \"run\"))))");
}
std::string counting(std::string_view code) {
  return guest(code, "(result u32)", "(result i32) (local i32 i32)");
}

using Number = abi::Function<"run", U32>;

template <class F>
Plugin<Storing<F>> load_storing(std::string_view wat, Host<Store> store,
                                const PluginOptions& options = {}) {
  auto plugin =
      Plugin<Storing<F>>::from_text(engine(), "guest", wat, {.store = std::move(store)}, options);
  EXPECT_TRUE(plugin) << plugin.error().to_string();
  return *std::move(plugin);
}

template <class F, class... Args>
auto run(std::string_view wat, Host<Store> store, const Args&... args) {
  auto instance = load_storing<F>(wat, std::move(store)).instantiate();
  EXPECT_TRUE(instance) << instance.error().to_string();
  return instance->call().run(args...);
}

// The message of a failure, without the way to it.
template <class T>
std::string message(const Result<T>& result) {
  return result ? "no error" : std::string(result.error().message());
}

TEST(HostResource, IsMadeCalledAndDropped) {
  Shop shop;
  const std::string wat = counting(R"(
    (local.set 0 (call $new (i32.const 42)))
    (local.set 1 (call $size (local.get 0)))
    (call $drop (local.get 0))
    (local.get 1))");
  EXPECT_EQ(run<Number>(wat, shop).value(), 42U);
  EXPECT_EQ(shop.gone, std::vector<U32>{42});
}

TEST(HostResource, GoesWithItsInstance) {
  Shop shop;
  const auto plugin = load_storing<Number>(counting("(call $new (i32.const 7))"), shop);
  {
    auto instance = plugin.instantiate().value();
    EXPECT_TRUE(instance.call().run());
    EXPECT_TRUE(instance.call().run());
    EXPECT_TRUE(shop.gone.empty());
  }
  EXPECT_EQ(shop.gone, (std::vector<U32>{7, 7}));
}

TEST(HostResource, GoesWhenAFaultEndsItsInstance) {
  Shop shop;
  auto instance =
      load_storing<Number>(counting("(drop (call $new (i32.const 7))) (unreachable)"), shop)
          .instantiate()
          .value();
  EXPECT_FALSE(instance.call().run());
  EXPECT_EQ(shop.gone, std::vector<U32>{7});
}

TEST(HostResource, IsGivenBackToTheHost) {
  Shop shop;
  const std::string wat = counting(R"(
    (local.set 0 (call $new (i32.const 40)))
    (call $absorb (local.get 0) (call $new (i32.const 2)))
    (call $size (local.get 0)))");
  EXPECT_EQ(run<Number>(wat, shop).value(), 42U);
  EXPECT_EQ(shop.gone, (std::vector<U32>{2, 42}));
}

TEST(HostResource, ComesInAResultInMemory) {
  Shop shop;
  const std::string wat = counting(R"(
    (call $open (i32.const 9) (i32.const 64))
    (i32.add (i32.mul (i32.const 100) (i32.load8_u (i32.const 64)))
             (call $size (i32.load (i32.const 68)))))");
  EXPECT_EQ(run<Number>(wat, shop).value(), 9U);
}

TEST(HostResource, IsRefusedWithTheContractsError) {
  Shop shop;
  const std::string wat = counting(R"(
    (call $open (i32.const 101) (i32.const 64))
    (i32.add (i32.mul (i32.const 100) (i32.load8_u (i32.const 64))) (i32.load (i32.const 72))))");
  EXPECT_EQ(run<Number>(wat, shop).value(), 109U);
  EXPECT_EQ(shop.made, 0U);
}

TEST(HostResource, OfTwoKindsComeTogether) {
  Shop shop;
  const std::string wat = counting(R"(
    (call $both (i32.const 64))
    (local.set 0 (call $size (i32.load (i32.const 64))))
    (call $drop-lid (i32.load (i32.const 68)))
    (call $drop (i32.load (i32.const 64)))
    (local.get 0))");
  EXPECT_EQ(run<Number>(wat, shop).value(), 5U);
  EXPECT_EQ(shop.gone, std::vector<U32>{5});
}

TEST(HostResource, IsLentInAList) {
  Shop shop;
  std::string code;
  for (int i = 0; i < 10; ++i)
    code += concat("(i32.store (i32.const ", 64 + 4 * i, ") (call $new (i32.const ", i + 1, ")))");
  const std::string wat = counting(code + "(call $sum (i32.const 64) (i32.const 10))");
  EXPECT_EQ(run<Number>(wat, shop).value(), 55U);
}

TEST(HostResource, PlacesAreUsedAgain) {
  Shop shop;
  const std::string wat = counting(R"(
    (loop $l
      (call $drop (call $new (i32.const 1)))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get 0) (i32.const 100000))))
    (i32.const 0))");
  EXPECT_TRUE(run<Number>(wat, shop));
  EXPECT_EQ(shop.gone.size(), 100'000U);
}

// ---- Objects that the host passes to the guest's functions ----

using Take = abi::Function<"run", U32, abi::Param<"bucket", std::unique_ptr<Bucket>>>;
using Use = abi::Function<"run", U32, abi::Param<"bucket", Borrow<Bucket>>>;
using Give = abi::Function<"run", std::unique_ptr<Bucket>>;

TEST(HostResource, IsGivenToAGuest) {
  Shop shop;
  const std::string wat =
      guest("(call $size (local.get 0))", "(param \"bucket\" (own $bucket)) (result u32)",
            "(param i32) (result i32)");
  EXPECT_EQ(run<Take>(wat, shop, std::unique_ptr<Bucket>(new Sized(3, shop.gone))).value(), 3U);
  EXPECT_EQ(shop.gone, std::vector<U32>{3});
}

TEST(HostResource, IsLentToAGuest) {
  Shop shop;
  Sized mine(3, shop.gone);
  const std::string wat = guest(
      "(local.set 1 (call $size (local.get 0))) (call $drop (local.get 0)) (local.get 1)",
      "(param \"bucket\" (borrow $bucket)) (result u32)", "(param i32) (result i32) (local i32)");
  auto instance = load_storing<Use>(wat, shop).instantiate().value();
  EXPECT_EQ(instance.call().run(Borrow<Bucket>(mine)).value(), 3U);
  EXPECT_EQ(instance.call().run(Borrow<Bucket>(mine)).value(), 3U);
  EXPECT_TRUE(shop.gone.empty());
}

TEST(HostResource, IsHandedOverByAGuest) {
  Shop shop;
  const std::string wat =
      guest("(call $new (i32.const 8))", "(result (own $bucket))", "(result i32)");
  {
    const Result<std::unique_ptr<Bucket>> bucket = run<Give>(wat, shop);
    ASSERT_TRUE(bucket) << bucket.error().to_string();
    // The instance is gone, and the bucket is the host's.
    EXPECT_EQ(static_cast<Sized&>(**bucket).size_, 8U);
    EXPECT_TRUE(shop.gone.empty());
  }
  EXPECT_EQ(shop.gone, std::vector<U32>{8});
}

// ---- Mistakes of the host ----

TEST(HostResource, OfNothingIsRefused) {
  Shop shop;
  EXPECT_EQ(
      message(run<Number>(counting("(call $new (i32.const 666))"), shop)),
      "`test:res/store: [constructor]bucket` of the host returned bad data to guest: run: there "
      "is no resource: the pointer is null, or the handle empty");
  const std::string wat = guest("(i32.const 0)", "(param \"bucket\" (own $bucket)) (result u32)",
                                "(param i32) (result i32)");
  EXPECT_EQ(
      message(run<Take>(wat, shop, std::unique_ptr<Bucket>())),
      "guest: run was given bad data by the host: parameter `bucket`: there is no resource: the "
      "pointer is null, or the handle empty");
}

// ---- Guests that lie ----

TEST(HostileHandles, AreRefused) {
  struct Case {
    std::string_view what, code, said;
  };
  const Case cases[] = {
      {"forged", "(call $size (i32.const 77))", "unknown handle index 77"},
      {"zero", "(call $size (i32.const 0))", "unknown handle index 0"},
      {"negative", "(call $size (i32.const -1))", "unknown handle index 4294967295"},
      {"of another resource",
       R"((call $both (i32.const 64)) (call $size (i32.load (i32.const 68))))",
       "handle index 2 used with the wrong type, expected guest-defined resource but found a "
       "different guest-defined resource"},
      {"dropped", R"((local.set 0 (call $new (i32.const 1))) (call $drop (local.get 0))
        (call $size (local.get 0)))",
       "unknown handle index 1"},
      {"dropped twice", R"((local.set 0 (call $new (i32.const 1))) (call $drop (local.get 0))
        (call $drop (local.get 0)) (i32.const 0))",
       "unknown handle index 1"},
      {"given away", R"((local.set 0 (call $new (i32.const 1)))
        (call $absorb (call $new (i32.const 2)) (local.get 0)) (call $size (local.get 0)))",
       "unknown handle index 1"},
      {"given and lent", R"((local.set 0 (call $new (i32.const 1)))
        (call $absorb (local.get 0) (local.get 0)) (i32.const 0))",
       "cannot remove owned resource while borrowed"},
      {"in a list out of memory", "(call $sum (i32.const 65532) (i32.const 2))",
       "a list of handles reaches to 0x10004 in a memory of 65536 bytes"},
      {"in a list that is endless", "(call $sum (i32.const 0) (i32.const -1))",
       "a list of handles reaches to 0x3fffffffc in a memory of 65536 bytes"},
      {"in a list that is not aligned", "(call $sum (i32.const 65) (i32.const 1))",
       "a list of handles at 0x41 is not aligned to 4"},
  };
  for (const Case& one : cases) {
    Shop shop;
    const Result<U32> ran = run<Number>(counting(one.code), shop);
    ASSERT_FALSE(ran) << one.what;
    EXPECT_EQ(ran.error().kind(), Kind::guest_trap) << one.what;
    EXPECT_NE(ran.error().message().find(one.said), std::string::npos)
        << one.what << ": " << ran.error().message();
    EXPECT_EQ(shop.gone.size(), shop.made) << one.what;
  }
}

TEST(HostileHandles, KeptFromALoanEndTheCall) {
  Shop shop;
  Sized mine(3, shop.gone);
  const std::string wat = guest("(i32.const 0)", "(param \"bucket\" (borrow $bucket)) (result u32)",
                                "(param i32) (result i32)");
  EXPECT_EQ(
      message(run<Use>(wat, shop, Borrow<Bucket>(mine))),
      "guest: run broke the canonical ABI: borrow handles still remain at the end of the call");
  EXPECT_TRUE(shop.gone.empty());
}

TEST(HostileHandles, GivenAwayFromALoanEndTheCall) {
  Shop shop;
  Sized mine(3, shop.gone);
  const std::string wat =
      guest("(call $absorb (call $new (i32.const 1)) (local.get 0)) (i32.const 0)",
            "(param \"bucket\" (borrow $bucket)) (result u32)", "(param i32) (result i32)");
  EXPECT_FALSE(run<Use>(wat, shop, Borrow<Bucket>(mine)));
  EXPECT_EQ(shop.gone, std::vector<U32>{1});
}

// ---- Hosts that are careless ----

TEST(CarelessHost, ThatCallsTheSameInstanceKeepsTheLoansOfItsCall) {
  struct Again : Shop {
    Result<U32> sum(CallContext&, std::vector<Borrow<Bucket>>) override {
      again();
      return 0;
    }
    std::function<void()> again{};
  } shop;
  Sized mine(3, shop.gone);
  Sized yours(4, shop.gone);
  // After the refused call, the place of the loan is not free for what the guest makes.
  const std::string wat = guest(R"(
      (drop (call $sum (i32.const 0) (i32.const 0)))
      (drop (call $new (i32.const 5)))
      (local.set 1 (call $size (local.get 0)))
      (call $drop (local.get 0))
      (local.get 1))",
                                "(param \"bucket\" (borrow $bucket)) (result u32)",
                                "(param i32) (result i32) (local i32)");
  auto instance = load_storing<Use>(wat, shop).instantiate().value();
  std::string said;
  shop.again = [&] { said = message(instance.call().run(Borrow<Bucket>(yours))); };
  EXPECT_EQ(instance.call().run(Borrow<Bucket>(mine)).value(), 3U);
  EXPECT_EQ(said,
            "guest: run was not called: the instance is in a call already, and a call into it from "
            "there is not possible");
}

using Both = abi::Function<"run", U32, abi::Param<"own", std::unique_ptr<Bucket>>,
                           abi::Param<"lent", Borrow<Bucket>>>;
constexpr std::string_view kBoth =
    "(param \"own\" (own $bucket)) (param \"lent\" (borrow $bucket)) (result u32)";
constexpr std::string_view kBothCore = "(param i32 i32) (result i32) (local i32)";

TEST(CarelessHost, ThatGivesWhatItLendsEndsItAfterTheLoan) {
  Shop shop;
  auto object = std::make_unique<Sized>(3, shop.gone);
  const Borrow<Bucket> lent(*object);
  const std::string wat = guest(R"(
      (call $drop (local.get 0))
      (local.set 2 (call $size (local.get 1)))
      (call $drop (local.get 1))
      (local.get 2))",
                                kBoth, kBothCore);
  EXPECT_EQ(run<Both>(wat, shop, std::unique_ptr<Bucket>(std::move(object)), lent).value(), 3U);
  EXPECT_EQ(shop.gone, std::vector<U32>{3});
}

TEST(CarelessHost, ThatGivesWhatItLendsDoesNotGetItBackMeanwhile) {
  Shop shop;
  auto object = std::make_unique<Sized>(3, shop.gone);
  const Borrow<Bucket> lent(*object);
  const std::string wat = guest(
      "(call $absorb (call $new (i32.const 1)) (local.get 0)) (i32.const 0)", kBoth, kBothCore);
  EXPECT_EQ(
      message(run<Both>(wat, shop, std::unique_ptr<Bucket>(std::move(object)), lent)),
      "guest: run cannot give `other` to `test:res/store: [method]bucket.absorb` of the host: "
      "the object is lent to the plugin and given to it, in one call");
}

TEST(HostileHandles, WithoutEndAreLimited) {
  Shop shop;
  const std::string wat =
      counting("(loop $l (drop (call $new (i32.const 1))) (br $l)) (i32.const 0)");
  auto instance =
      load_storing<Number>(wat, shop, {.limits = {.memory = MiB(1)}}).instantiate().value();
  const Result<U32> ran = instance.call().run();
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().message(),
            "guest: run holds more resource handles than a memory of 1 MiB allows "
            "(Limits::memory)");
  EXPECT_EQ(shop.gone.size(), shop.made);
}

}  // namespace
}  // namespace mortise::testing
