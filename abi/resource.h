// own<R> and borrow<R>: handles of resources.
//
// A resource that the host defines is a class of the host's. own<R> is a std::unique_ptr<R>, and
// borrow<R> a Borrow<R>, which reads as R&. One that the guest defines is a class of handles.
// own<R> is an R, which can be moved and not copied, and borrow<R> a Borrow<R> too. Which of the
// two a class is says its member `resource`:
//
//   class Bucket {                // the host derives from it
//    public:
//     static constexpr auto resource =
//         mortise::abi::host_resource<Bucket>("acme:shop/store", "bucket");
//   class Cart : public mortise::GuestResource {
//    public:
//     static constexpr auto resource = mortise::abi::guest_resource("acme:shop/carts", "cart");
//
// Canonical ABI: lift_own, lift_borrow, lower_own, lower_borrow. The tables of handles are the
// engine's; whoever makes a call gives its context the Handles that speak with it.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include <mortise/abi/codec.h>

namespace mortise {

// borrow<R>: an R for as long as the call lasts. Made from an R where one is expected.
template <class R>
class Borrow {
 public:
  // Of nothing: not to be used or passed.
  Borrow() = default;
  Borrow(R& object) : object_(&object) {}  // NOLINT(google-explicit-constructor)
  // Handles are passed on, not changed.
  Borrow(const R& handle)  // NOLINT(google-explicit-constructor)
    requires(R::resource.of_guest)
      : object_(const_cast<R*>(&handle)) {}

  [[nodiscard]] R& operator*() const { return *object_; }
  [[nodiscard]] R* operator->() const { return object_; }
  operator R&() const { return *object_; }  // NOLINT(google-explicit-constructor)
  explicit operator bool() const { return object_ != nullptr; }

 private:
  R* object_ = nullptr;
};

}  // namespace mortise

namespace mortise::abi {

// A resource, told apart from others by its address.
struct Resource {
  std::string_view interface;  // which declares it; empty: the world does
  std::string_view name;
  bool of_guest;           // the guest defines it: it is exported
  void (*destroy)(void*);  // ends an object of the host's
};

namespace detail {

template <class R>
void destroy(void* object) {
  static_assert(std::has_virtual_destructor_v<R>, "the host derives from a resource's class");
  delete static_cast<R*>(object);
}

}  // namespace detail

template <class R>
constexpr Resource host_resource(std::string_view interface, std::string_view name) {
  return {.interface = interface, .name = name, .of_guest = false, .destroy = &detail::destroy<R>};
}
constexpr Resource guest_resource(std::string_view interface, std::string_view name) {
  return {.interface = interface, .name = name, .of_guest = true, .destroy = nullptr};
}

// An own of the guest's that the host holds: for the runtime alone to understand.
struct GuestHandle {
  std::shared_ptr<void> instance{};  // null: no handle
  std::uint32_t functions = 0;
  std::array<std::uint64_t, 5> engine{};
};

// What makes handles of objects, and objects of handles, during one call. All return false after a
// fault, or after the engine has refused, which it then remembers (FaultCode::handle_failed). What
// is not overridden is what no contract can ask for there.
class Handles {
 public:
  // Resources of the host's. The guest gets `object`, to keep or for the time of the call.
  virtual bool lower_own(LowerContext& context, const Resource&, void* /*object*/,
                         std::uint32_t& /*index*/) {
    return failed(context.fault);
  }
  virtual bool lower_borrow(LowerContext& context, const Resource&, void* /*object*/,
                            std::uint32_t& /*index*/) {
    return failed(context.fault);
  }
  // The host gets it back, or may use it during the call.
  virtual bool lift_own(LiftContext& context, const Resource&, std::uint32_t /*index*/,
                        void*& /*object*/) {
    return failed(context.fault);
  }
  virtual bool lift_borrow(LiftContext& context, const Resource&, std::uint32_t /*index*/,
                           void*& /*object*/) {
    return failed(context.fault);
  }

  // Resources of the guest's. After lower_guest with `own` the handle is none any more.
  virtual bool lower_guest(LowerContext& context, const Resource&, GuestHandle&, bool /*own*/,
                           std::uint32_t& /*index*/) {
    return failed(context.fault);
  }
  virtual bool lift_guest(LiftContext& context, const Resource&, std::uint32_t /*index*/,
                          GuestHandle&) {
    return failed(context.fault);
  }

 protected:
  ~Handles() = default;

  static bool failed(Fault& fault) {
    fault.code = FaultCode::handle_failed;
    return false;
  }
};

template <class R>
concept HostResource = requires { requires !R::resource.of_guest; };
template <class R>
concept GuestResource = requires { requires R::resource.of_guest; };

namespace detail {

// What all handles share: one core value, or four bytes. `Own` is the form that crosses.
template <Kind kKind, class R, class Self>
struct HandleCodec {
  static constexpr Layout layout{.size = 4, .align = 4, .flat = 1};
  static constexpr Type type{.kind = kKind,
                             .name = R::resource.name,
                             .members = {},
                             .length = 0,
                             .resource = &R::resource};

  template <class T>
  static bool store(LowerContext& context, std::uint32_t at, const T& value) {
    std::uint32_t index = 0;
    if (!Self::lower_index(context, value, index)) [[unlikely]]
      return false;
    context.write(at, index);
    return true;
  }
  template <class T>
  static bool lower(LowerContext& context, Slot*& slots, const T& value) {
    std::uint32_t index = 0;
    if (!Self::lower_index(context, value, index)) [[unlikely]]
      return false;
    (slots++)->low = index;
    return true;
  }
  template <class T>
  static bool load(LiftContext& context, const std::byte* from, T& value) {
    return Self::lift_index(context, read<std::uint32_t>(from), value);
  }
  template <class T>
  static bool lift(LiftContext& context, const Slot*& slots, T& value) {
    return Self::lift_index(context, static_cast<std::uint32_t>((slots++)->low), value);
  }

  static bool no_object(LowerContext& context) {
    context.fault.code = FaultCode::host_no_object;
    return false;
  }
};

}  // namespace detail

// own, of the host's.
template <HostResource R>
struct Codec<std::unique_ptr<R>> : detail::HandleCodec<Kind::own, R, Codec<std::unique_ptr<R>>> {
  static bool lower_index(LowerContext& context, const std::unique_ptr<R>& own,
                          std::uint32_t& index) {
    if (own == nullptr) return Codec::no_object(context);
    // What is passed as an own is given away: parameters and results are the callee's by then, and
    // const only on their way through here.
    R* object = const_cast<std::unique_ptr<R>&>(own).release();  // NOLINT: see above
    return context.handles->lower_own(context, R::resource, object, index);
  }
  static bool lift_index(LiftContext& context, std::uint32_t index, std::unique_ptr<R>& own) {
    void* object = nullptr;
    if (!context.handles->lift_own(context, R::resource, index, object)) return false;
    own.reset(static_cast<R*>(object));
    return true;
  }
};

// own, of the guest's.
template <GuestResource R>
struct Codec<R> : detail::HandleCodec<Kind::own, R, Codec<R>> {
  static bool lower_index(LowerContext& context, const R& own, std::uint32_t& index) {
    // Given away, as above.
    auto& given = const_cast<R&>(own);  // NOLINT: see above
    return context.handles->lower_guest(context, R::resource, given.handle(), true, index);
  }
  static bool lift_index(LiftContext& context, std::uint32_t index, R& own) {
    return context.handles->lift_guest(context, R::resource, index, own.handle());
  }
};

// borrow, of either. No result has one: the guest never lends to the host what the host outlives.
template <class R>
struct Codec<Borrow<R>> : detail::HandleCodec<Kind::borrow, R, Codec<Borrow<R>>> {
  static bool lower_index(LowerContext& context, const Borrow<R>& borrow, std::uint32_t& index) {
    if (!borrow) return Codec::no_object(context);
    if constexpr (GuestResource<R>)
      return context.handles->lower_guest(context, R::resource, borrow->handle(), false, index);
    else
      return context.handles->lower_borrow(context, R::resource, &*borrow, index);
  }
  static bool lift_index(LiftContext& context, std::uint32_t index, Borrow<R>& borrow) {
    static_assert(HostResource<R>, "a guest lends nothing of its own");
    void* object = nullptr;
    if (!context.handles->lift_borrow(context, R::resource, index, object)) return false;
    borrow = Borrow<R>(*static_cast<R*>(object));
    return true;
  }
};

}  // namespace mortise::abi
