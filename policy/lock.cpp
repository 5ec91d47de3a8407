#include <mortise/policy/lock.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/policy/detail/file.h>
#include <mortise/policy/detail/reader.h>
#include <mortise/policy/detail/sha256.h>
#include <mortise/policy/words.h>

namespace mortise {

namespace {

using policy::Entered;
using policy::Entry;
using policy::Key;
using policy::Reader;
using policy::Table;

// ---- Reading -----------------------------------------------------------------------------------

constexpr std::string_view kHashForm = "a SHA-256 of 64 digits";

bool is_hash(const policy::Node& node) {
  constexpr std::size_t kDigits = 64;
  const auto* text = std::get_if<std::string>(&node.value);
  return text != nullptr && text->size() == kDigits &&
         text->find_first_not_of("0123456789abcdef") == std::string::npos;
}

template <auto Member>
void hash(Reader& reader, const Entry& entry, Approved& out) {
  if (!is_hash(entry.value)) return reader.reject(entry, kHashForm);
  out.*Member = std::get<std::string>(entry.value.value);
}

void children(Reader& reader, const Entry& entry, Approved& out) {
  const Entered entered(reader, entry);
  if (entered.table() == nullptr) return;
  for (const Entry& one : *entered.table()) {
    if (!is_hash(one.value))
      reader.reject(one, kHashForm);
    else
      out.children[one.key] = std::get<std::string>(one.value.value);
  }
}

constexpr std::array kApproved{
    Key<Approved>{.name = "component", .read = hash<&Approved::component>},
    Key<Approved>{.name = "contract", .read = hash<&Approved::contract>},
    Key<Approved>{.name = "exports", .read = policy::texts<&Approved::exports, 0>},
    Key<Approved>{.name = "imports", .read = policy::texts<&Approved::imports, 0>},
    Key<Approved>{.name = "grants", .read = policy::texts<&Approved::grants, 0>},
    Key<Approved>{.name = "children", .read = children},
};

void plugins(Reader& reader, const Entry& entry, Lock& out) {
  const Entered entered(reader, entry);
  if (entered.table() == nullptr) return;
  for (const Entry& one : *entered.table()) {
    const Entered inner(reader, one);
    if (inner.table() == nullptr) continue;
    Approved& read = out.plugins[one.key];
    read_table(reader, *inner.table(), kApproved, read);
    for (const std::string_view needed : {"component", "contract"})
      if (std::ranges::find(*inner.table(), needed, &Entry::key) == inner.table()->end())
        reader.complain(one.at,
                        concat("[plugins.", escape(one.key, 100), "] says no `", needed, "`"));
  }
}

constexpr std::array kLock{Key<Lock>{.name = "plugins", .read = plugins}};

// ---- Writing -----------------------------------------------------------------------------------

void append_list(std::string& out, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  out += concat(key, " = [\n");
  for (const std::string& text : texts) out += concat("  ", policy::quoted(text), ",\n");
  out += "]\n";
}

// ---- Contracts ---------------------------------------------------------------------------------

// Types by what they are, each after those that it refers to.
std::vector<std::string> type_hashes(const contract::Contract& contract) {
  std::vector<std::string> out;
  const auto of = [&](contract::TypeId id) {
    return id == contract::kNone ? std::string("-") : out[id];
  };
  for (const contract::Type& type : contract.types) {
    std::string text = concat(static_cast<unsigned>(type.kind), " ", policy::quoted(type.name), " ",
                              policy::quoted(type.owner), " ", type.length);
    for (const contract::Member& member : type.members)
      text += concat(" ", policy::quoted(member.name), " ", of(member.type));
    out.push_back(policy::sha256(text));
  }
  return out;
}

// A line for each function and type, in the order of their texts.
void append_interfaces(std::vector<std::string>& lines, std::string_view direction,
                       const std::vector<contract::Interface>& all,
                       const std::vector<std::string>& types) {
  const auto of = [&](contract::TypeId id) {
    return id == contract::kNone ? std::string_view("-") : std::string_view(types[id]);
  };
  for (const contract::Interface& interface : all) {
    const std::string place = concat(direction, " ", policy::quoted(interface.name), " ");
    for (const contract::Function& function : interface.functions) {
      std::string line = concat(place, function.is_async ? "async " : "",
                                policy::quoted(function.name), " ", of(function.result));
      for (const contract::Member& param : function.params)
        line += concat(" ", policy::quoted(param.name), " ", of(param.type));
      lines.push_back(std::move(line));
    }
    for (const contract::Declared& declared : interface.types)
      lines.push_back(
          concat(place, "type ", policy::quoted(declared.name), " ", of(declared.type)));
  }
}

// Interfaces that do something, by name; functions of the world itself one by one.
std::vector<std::string> names_of(const std::vector<contract::Interface>& all) {
  std::vector<std::string> out;
  for (const contract::Interface& interface : all) {
    if (interface.functions.empty()) continue;
    if (!interface.name.empty())
      out.push_back(interface.name);
    else
      for (const contract::Function& function : interface.functions) out.push_back(function.name);
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace

Result<Lock> Lock::read(const std::string& path) {
  Result<std::string> text = policy::read_file(path);
  if (!text) return std::unexpected(std::move(text).error());
  return parse(*text, std::filesystem::path(path).filename().string());
}

Result<Lock> Lock::parse(std::string_view text, std::string_view name) {
  const std::string shown = escape(name, 200);
  const auto read = policy::parse_document(text);
  if (!read) return std::unexpected(policy::syntax_error(shown, read.error()));
  Reader reader(shown, {});
  Lock out;
  read_table(reader, *read, kLock, out);
  if (!reader.is_fine()) return std::unexpected(reader.error());
  return out;
}

std::string Lock::text() const {
  std::string out =
      "# What was approved of each plugin. Written by `mortise audit --approve`; keep it with the\n"
      "# policy.\n";
  for (const auto& [name, approved] : plugins) {
    out += concat("\n[plugins.", policy::quoted(name), "]\n");
    out += concat("component = ", policy::quoted(approved.component), "\n");
    out += concat("contract = ", policy::quoted(approved.contract), "\n");
    append_list(out, "exports", approved.exports);
    append_list(out, "imports", approved.imports);
    append_list(out, "grants", approved.grants);
    if (approved.children.empty()) continue;
    out += concat("[plugins.", policy::quoted(name), ".children]\n");
    for (const auto& [child, hash] : approved.children)
      out += concat(policy::quoted(child), " = ", policy::quoted(hash), "\n");
  }
  return out;
}

Result<void> Lock::write(const std::string& path) const { return policy::write_file(path, text()); }

Result<void> Lock::change(const std::string& path, const std::function<void(Lock&)>& change) {
  const policy::File locked = policy::lock_folder_of(path);
  std::error_code error;
  Result<Lock> lock = std::filesystem::exists(path, error) ? read(path) : Lock();
  if (!lock) return std::unexpected(std::move(lock).error());
  change(*lock);
  return lock->write(path);
}

std::string component_hash(std::span<const std::uint8_t> component) {
  return policy::sha256(component);
}

std::string contract_hash(const contract::Contract& contract) {
  const std::vector<std::string> types = type_hashes(contract);
  std::vector<std::string> lines;
  append_interfaces(lines, "import", contract.imports, types);
  append_interfaces(lines, "export", contract.exports, types);
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += concat(line, "\n");
  return policy::sha256(text);
}

Result<std::string> component_hash(const std::string& path) {
  policy::Sha256 hash;
  const Result<void> read = policy::read_parts(
      path, [&](std::span<const std::uint8_t> part) { return hash.add(part), true; });
  if (!read)
    return std::unexpected(Error(read.error().kind(), std::string(read.error().message())));
  return hash.finish();
}

Result<Approved> approval(std::string component_hash, const contract::Contract& contract,
                          const Policy& policy, const PluginPolicy& plugin) {
  Approved out{.component = std::move(component_hash),
               .contract = contract_hash(contract),
               .exports = names_of(contract.exports),
               .imports = names_of(contract.imports),
               .grants = grant_lines(policy, plugin)};
  if (!plugin.plugins) return out;
  for (const auto& [name, file] : plugin.plugins->grant.listed) {
    Result<std::string> hash = mortise::component_hash(file);
    if (!hash) return std::unexpected(std::move(hash).error());
    out.children[name] = *std::move(hash);
  }
  return out;
}

std::vector<std::string> changes(const Approved& then, const Approved& now) {
  std::vector<std::string> out;
  const auto differ = [&](const std::vector<std::string>& before,
                          const std::vector<std::string>& after, std::string_view added,
                          std::string_view removed) {
    for (const std::string& one : beyond(before, after)) out.push_back(concat(added, escape(one)));
    for (const std::string& one : beyond(after, before))
      out.push_back(concat(removed, escape(one)));
  };
  if (then.component != now.component) out.emplace_back("is another component");
  differ(then.exports, now.exports, "exports now ", "no longer exports ");
  differ(then.imports, now.imports, "imports now ", "no longer imports ");
  if (then.contract != now.contract && then.exports == now.exports && then.imports == now.imports)
    out.emplace_back("has other functions or types in the interfaces that it had");
  differ(then.grants, now.grants, "is now granted ", "is no longer granted ");
  for (const auto& [name, hash] : now.children) {
    const auto before = then.children.find(name);
    if (before != then.children.end() && before->second != hash)
      out.push_back(concat("runs another component as `", escape(name, 100), "`"));
    if (before == then.children.end())
      out.push_back(concat("runs a component as `", escape(name, 100), "` that was not approved"));
  }
  return out;
}

std::vector<std::string> grant_lines(const Policy& policy, const PluginPolicy& plugin) {
  std::vector<std::string> out;
  for (const Granted& one : grants_of(policy, plugin))
    out.push_back(concat(one.grant, ": ", one.what));
  std::ranges::sort(out);
  return out;
}

std::vector<std::string> beyond(const std::vector<std::string>& approved,
                                const std::vector<std::string>& granted) {
  std::vector<std::string> out;
  for (const std::string& one : granted)
    if (std::ranges::find(approved, one) == approved.end()) out.push_back(one);
  return out;
}

}  // namespace mortise
