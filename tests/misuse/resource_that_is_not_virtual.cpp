// error: static assertion failed: the host derives from a resource's class
#include <mortise/mortise.h>

class Bucket {
 public:
  static constexpr auto resource = mortise::abi::host_resource<Bucket>("acme:shop/store", "bucket");
#if FIXED
  virtual
#endif
      ~Bucket() = default;
};

constexpr auto destroy = Bucket::resource.destroy;
void end(Bucket* bucket) { destroy(bucket); }
