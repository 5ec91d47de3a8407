#include <mortise/contract/detail/decode.h>

#include <cstddef>
#include <cstring>
#include <utility>

namespace mortise::contract::detail {

namespace {

// Takes values off the front; past the end everything is zero and `ok` is false.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  bool done() const { return left_.empty(); }

  std::uint8_t byte() {
    if (!take(1)) return 0;
    const std::uint8_t value = left_[0];
    left_ = left_.subspan(1);
    return value;
  }

  std::uint32_t number() {
    if (!take(4)) return 0;
    std::uint32_t value = 0;
    std::memcpy(&value, left_.data(), sizeof value);
    left_ = left_.subspan(4);
    return value;
  }

  std::string text() {
    const std::uint32_t size = number();
    if (!take(size)) return {};
    std::string value(reinterpret_cast<const char*>(left_.data()), size);  // bytes as text
    left_ = left_.subspan(size);
    return value;
  }

  // A count of items that take at least `least` bytes each: never more than there can be.
  std::uint32_t count(std::size_t least) {
    const std::uint32_t n = number();
    if (n > left_.size() / least) ok_ = false;
    return ok_ ? n : 0;
  }

  void fail() { ok_ = false; }

 private:
  bool take(std::size_t n) {
    if (n > left_.size()) ok_ = false;
    return ok_;
  }

  std::span<const std::uint8_t> left_;
  bool ok_ = true;
};

// `types` is how many types there are to refer to.
TypeId type_id(Reader& in, std::size_t types) {
  const TypeId id = in.number();
  if (id != kNone && id >= types) in.fail();
  return id;
}

std::vector<Member> members(Reader& in, std::size_t types) {
  std::vector<Member> all(in.count(8));
  for (Member& member : all) {
    member.name = in.text();
    member.type = type_id(in, types);
  }
  return all;
}

// How many members a kind has; more than that for the kinds that may have any number.
constexpr std::size_t kAny = 99;
std::size_t arity(Kind kind) {
  switch (kind) {
    case Kind::list:
    case Kind::fixed_list:
    case Kind::option:
    case Kind::stream:
    case Kind::future: return 1;
    case Kind::map:
    case Kind::result: return 2;
    case Kind::record:
    case Kind::tuple:
    case Kind::variant:
    case Kind::enumeration:
    case Kind::flags: return kAny;
    default: return 0;
  }
}

Type type(Reader& in, std::size_t types) {
  Type out;
  const std::uint8_t kind = in.byte();
  if (kind > static_cast<std::uint8_t>(Kind::error_context)) {
    in.fail();
    return out;
  }
  out.kind = static_cast<Kind>(kind);
  out.name = in.text();
  out.owner = in.text();
  out.length = in.number();
  out.members = members(in, types);
  const std::size_t expected = arity(out.kind);
  if (expected != kAny && expected != out.members.size()) in.fail();
  return out;
}

std::vector<Interface> interfaces(Reader& in, std::size_t types) {
  std::vector<Interface> all(in.count(8));
  for (Interface& interface : all) {
    interface.name = in.text();
    interface.functions.resize(in.count(13));
    for (Function& function : interface.functions) {
      function.name = in.text();
      function.is_async = in.byte() != 0;
      function.params = members(in, types);
      function.result = type_id(in, types);
    }
  }
  return all;
}

}  // namespace

std::optional<Contract> decode(std::span<const std::uint8_t> bytes) {
  Reader in(bytes);
  Contract contract;
  const std::uint32_t types = in.count(17);
  contract.types.reserve(types);
  for (std::uint32_t i = 0; i < types && in.ok(); ++i)
    contract.types.push_back(type(in, contract.types.size()));
  contract.imports = interfaces(in, contract.types.size());
  contract.exports = interfaces(in, contract.types.size());
  if (!in.ok() || !in.done()) return std::nullopt;
  return contract;
}

}  // namespace mortise::contract::detail
