#include <mortise/runtime/detail/description.h>

#include <cstddef>
#include <string>

#include <mortise/contract/detail/form.h>

namespace mortise::detail {

namespace {

using contract::detail::Reader;

constexpr std::size_t kText = 4;

// So many items, of at least `least` bytes each.
template <class T, class Read>
std::vector<T> list(Reader& in, std::size_t least, Read read) {
  std::vector<T> all;
  const std::uint32_t count = in.count(least);
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) all.push_back(read());
  return all;
}

std::vector<std::string> texts(Reader& in) {
  return list<std::string>(in, kText, [&] { return in.text(); });
}

Description::Memory memory(Reader& in) {
  Description::Memory memory{.initial = {in.long_number()}, .most = std::nullopt};
  const bool limited = in.byte() != 0;
  const Bytes most{in.long_number()};
  if (limited) memory.most = most;
  return memory;
}

}  // namespace

// Members of a braced list are read in their order.
std::optional<Description> decode_description(std::span<const std::uint8_t> bytes) {
  Reader in(bytes);
  Description out;
  out.wit = in.text();
  out.notes = texts(in);
  out.labels = list<Description::Label>(
      in, 2 * kText, [&] { return Description::Label{.key = in.text(), .value = in.text()}; });
  out.tools = list<Description::Tool>(in, 3 * kText, [&] {
    return Description::Tool{.role = in.text(), .name = in.text(), .version = in.text()};
  });
  out.memories = list<Description::Memory>(in, 17, [&] { return memory(in); });
  out.modules = in.number();
  for (Bytes* size : {&out.code, &out.data, &out.debug, &out.custom}) *size = {in.long_number()};
  if (!in.ok() || !in.done()) return std::nullopt;
  return out;
}

std::optional<std::vector<WitWorld>> decode_worlds(std::span<const std::uint8_t> bytes) {
  Reader in(bytes);
  auto all = list<WitWorld>(in, 2 * kText, [&] {
    return WitWorld{.name = in.text(), .contract = {}, .notes = texts(in)};
  });
  if (!in.ok() || !in.done()) return std::nullopt;
  return all;
}

}  // namespace mortise::detail
