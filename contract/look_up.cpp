#include <mortise/contract/look_up.h>

#include <algorithm>
#include <cstddef>

#include <mortise/contract/text.h>

namespace mortise::contract {

namespace {

// "acme:shop/store" of "acme:shop/store@1.0.0".
std::string_view without_version(std::string_view interface) {
  return interface.substr(0, interface.find('@'));
}
// "store" of both.
std::string_view without_package(std::string_view interface) {
  const std::string_view name = without_version(interface);
  return name.substr(name.find('/') + 1);
}

bool is_called(const Interface& interface, std::string_view name) {
  return interface.name == name || without_version(interface.name) == name ||
         without_package(interface.name) == name;
}

// "`a`, `b` and 3 more".
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    out += concat(i == 0 ? "" : ", ", "`", escape(names[i], 100), "`");
  if (names.size() > kShown) out += concat(" and ", names.size() - kShown, " more");
  return out;
}

}  // namespace

std::expected<FoundFunction, std::string> look_up(const std::vector<Interface>& all,
                                                  std::string_view interface,
                                                  std::string_view function, std::string_view has) {
  std::vector<FoundFunction> found;
  std::vector<std::string> owners;
  std::vector<std::string_view> names;
  std::vector<std::string> interfaces;
  bool has_interface = interface.empty();
  std::uint32_t number = 0;
  for (const Interface& one : all) {
    if (!one.name.empty()) interfaces.push_back(one.name);
    const bool meant = interface.empty() || is_called(one, interface);
    has_interface = has_interface || meant;
    for (const Function& type : one.functions) {
      if (meant) names.push_back(type.name);
      if (meant && type.name == function) {
        found.push_back({.interface = &one, .function = &type, .number = number});
        owners.push_back(one.name.empty() ? type.name : concat(one.name, ".", type.name));
      }
      ++number;
    }
  }
  if (found.size() == 1) return found.front();
  // A function of the world has no other name than this; and a whole name is no shorter one.
  for (const FoundFunction& one : found)
    if (one.interface->name == interface) return one;
  if (found.size() > 1)
    return std::unexpected(concat("has more than one function `", escape(function, 100),
                                  "`: say which with its interface: ", listed(owners)));
  if (!has_interface)
    return std::unexpected(concat("does not ", has.substr(0, has.size() - 1), " the interface `",
                                  escape(interface, 100), "`: it ", has, " ",
                                  interfaces.empty() ? std::string("none") : listed(interfaces)));
  std::vector<std::string> near;
  for (const std::string_view one : near_names(function, names, 3)) near.emplace_back(one);
  return std::unexpected(
      concat(has, " no function `", escape(function, 100), "`",
             near.empty() ? std::string() : concat("; near it: ", listed(near))));
}

}  // namespace mortise::contract
