// Resources that a plugin defines, as the host holds them.
//
// An exported resource is a class of handles, derived from GuestResource:
//
//   mortise::Result<Cart> cart = instance.carts().new_cart("ada");
//   mortise::Result<void> added = cart->add("apple");
//
// A handle is move-only. Where the contract passes an own, it is given away, and empty afterwards;
// a borrow leaves it as it is. Destroying it runs the plugin's destructor under the plugin's
// limits; all that are destroyed between two calls share one deadline. What is left when that is
// used up, and what is destroyed in the middle of a call into the same instance, ends at the end of
// the next call, or of that one. It belongs to the thread that its instance belongs to. It may
// outlive the instance, and is good for nothing then.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <mortise/abi/resource.h>
#include <mortise/runtime/call_options.h>
#include <mortise/runtime/detail/call.h>
#include <mortise/runtime/result.h>

namespace mortise {

namespace detail {

// Between handles and their instance, which both may go first.
struct InstanceLink {
  InstanceCore* core;  // null: it is gone
};

// Null: an empty handle, or one whose instance is gone.
inline InstanceCore* instance_of(const abi::GuestHandle& handle) {
  const auto* link = static_cast<const InstanceLink*>(handle.instance.get());
  return link == nullptr ? nullptr : link->core;
}
// The error that says so.
Error no_instance(const abi::GuestHandle&, std::string_view interface, std::string_view function);

// Ends the resource. The handle is empty afterwards.
Result<void> drop_handle(abi::GuestHandle&, std::string_view resource, const CallOptions&);
void give_up_handle(const abi::GuestHandle&);

}  // namespace detail

class GuestResource {
 public:
  // None: what a handle is that was moved from or given away.
  GuestResource() = default;
  GuestResource(GuestResource&&) noexcept = default;
  GuestResource& operator=(GuestResource&& other) noexcept {
    if (this != &other) {
      give_up();
      handle_ = std::move(other.handle_);
    }
    return *this;
  }
  ~GuestResource() { give_up(); }

  // Whether there is a resource. It may be gone with its instance all the same.
  explicit operator bool() const { return handle_.instance != nullptr; }

  // For codecs.
  abi::GuestHandle& handle() { return handle_; }

 protected:
  // Calls function F of the interface that declares the resource.
  template <class Interface, class F>
  detail::Returned<F> call(const CallOptions& options,
                           const typename F::Arguments& arguments) const {
    detail::InstanceCore* core = detail::instance_of(handle_);
    if (core == nullptr) [[unlikely]]
      return std::unexpected(detail::no_instance(handle_, Interface::interface, F::name));
    return detail::call<F>(*core, index<Interface, F>(), options, arguments, &handle_);
  }
  // The same, with the result viewed in place by `read`. See mortise::view.
  template <class Interface, class F, class Read>
  detail::Viewing<F, Read> view(const CallOptions& options, const typename F::Arguments& arguments,
                                Read&& read) const {
    detail::InstanceCore* core = detail::instance_of(handle_);
    if (core == nullptr) [[unlikely]]
      return std::unexpected(detail::no_instance(handle_, Interface::interface, F::name));
    return detail::view<F>(*core, index<Interface, F>(), options, arguments, read, &handle_);
  }

 private:
  template <class Interface, class F>
  std::uint32_t index() const {
    return handle_.functions + Interface::Functions::template place<F>();
  }
  void give_up() {
    if (handle_.instance) detail::give_up_handle(handle_);
  }

  abi::GuestHandle handle_{};
};

// Ends a resource of a plugin's, as a call of its own, and says how its destructor fared. The
// handle is empty afterwards, unless the options allow no call: then the resource is still there.
template <abi::GuestResource R>
Result<void> drop(R&& handle, const CallOptions& options = {})
  requires(!std::is_lvalue_reference_v<R>)
{
  return detail::drop_handle(handle.handle(), R::resource.name, options);
}

// ---- What bindings are made of ----

// The resources of the host's that a world imports.
template <class... Rs>
struct HostResources {
  static constexpr std::array<const abi::Resource*, sizeof...(Rs)> info{&Rs::resource...};
};

}  // namespace mortise
