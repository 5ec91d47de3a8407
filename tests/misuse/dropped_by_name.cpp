// error: no matching function for call to 'drop(Cart&)'
#include <utility>

#include <mortise/mortise.h>

class Cart : public mortise::GuestResource {
 public:
  static constexpr auto resource = mortise::abi::guest_resource("acme:shop/carts", "cart");
};

void end(Cart& cart) {
#if FIXED
  (void)mortise::drop(std::move(cart));
#else
  (void)mortise::drop(cart);
#endif
}
