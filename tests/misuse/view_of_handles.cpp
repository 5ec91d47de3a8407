// error: a result with handles in it is not viewed: its reader would have to own them
#include <mortise/mortise.h>

class Cart : public mortise::GuestResource {
 public:
  static constexpr auto resource = mortise::abi::guest_resource("acme:shop/carts", "cart");
};

class Carts {
 public:
  static constexpr std::string_view interface = "acme:shop/carts";
  using Open = mortise::abi::Function<"open", Cart>;
  using Functions = mortise::Functions<Open>;
};

void look(const mortise::CallTarget<Carts>& carts) {
#if FIXED
  (void)carts.call<Carts::Open>({});
#else
  (void)carts.view<Carts::Open>({}, [](const Cart&) {});
#endif
}
