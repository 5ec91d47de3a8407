// error: use of deleted function 'Cart::Cart(const Cart&)'
#include <utility>

#include <mortise/mortise.h>

class Cart : public mortise::GuestResource {};

Cart other(Cart& cart) {
#if FIXED
  return std::move(cart);
#else
  return cart;
#endif
}
