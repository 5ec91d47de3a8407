#include "order.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace orders {

namespace {

// Keys stay in the order in which they were put.
using Json = nlohmann::ordered_json;

// Reads fields until one is wrong, and remembers what that was.
class Reader {
 public:
  std::string text(const Json& object, const char* name) {
    const Json* const value = find(object, name, "text");
    return value != nullptr && check(value->is_string(), name, "text") ? value->get<std::string>()
                                                                       : std::string();
  }

  std::uint64_t number(const Json& object, const char* name, std::uint64_t most) {
    const Json* const value = find(object, name, "number");
    if (value == nullptr || !check(value->is_number_unsigned(), name, "number from 0 on")) return 0;
    const auto number = value->get<std::uint64_t>();
    return check(number <= most, name, "number of that size") ? number : 0;
  }

  const Json& list(const Json& object, const char* name) {
    static const Json none = Json::array();
    const Json* const value = find(object, name, "list");
    return value != nullptr && check(value->is_array(), name, "list") ? *value : none;
  }

  bool check(bool holds, const std::string& name, const char* what) {
    if (!holds && wrong_.empty()) wrong_ = "`" + name + "` is no " + what;
    return holds;
  }

  [[nodiscard]] const std::string& wrong() const { return wrong_; }

 private:
  const Json* find(const Json& object, const char* name, const char* what) {
    const auto found = object.find(name);
    return check(found != object.end(), name, what) ? &*found : nullptr;
  }

  std::string wrong_;
};

// What plugins said may not be UTF-8 once it is cut: such bytes are replaced, and no error.
std::string print(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

struct Printer {
  Json& out;

  void operator()(const Accepted& accepted) const {
    Json steps = Json::array();
    for (const Step& step : accepted.steps)
      steps.push_back({{"what", step.what}, {"cents", step.cents}});
    out["accepted"] = {{"steps", std::move(steps)}, {"total", accepted.total}};
  }
  void operator()(const Refused& refused) const { out["refused"] = refused.reasons; }
  void operator()(const Failed& failed) const {
    out["failed"] = {{"plugin", failed.plugin}, {"why", failed.why}};
  }
};

}  // namespace

std::expected<Order, std::string> parse_order(std::string_view json) {
  const Json read = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!read.is_object()) return std::unexpected("an order is an object of JSON");
  Reader reader;
  Order order{.id = reader.text(read, "id"),
              .customer = reader.text(read, "customer"),
              .country = reader.text(read, "country"),
              .lines = {}};
  for (const Json& line : reader.list(read, "lines")) {
    if (!reader.check(line.is_object(), "lines", "list of objects")) break;
    // Within 32 and 63 bits: the database's integers have a sign.
    const std::uint64_t count =
        reader.number(line, "count", std::numeric_limits<std::uint32_t>::max());
    const std::uint64_t cents =
        reader.number(line, "cents", std::numeric_limits<std::int64_t>::max());
    order.lines.push_back({.item = reader.text(line, "item"),
                           .count = static_cast<std::uint32_t>(count),
                           .cents = cents});
  }
  if (!reader.wrong().empty()) return std::unexpected(reader.wrong());
  return order;
}

std::string print_verdict(std::string_view id, const Verdict& verdict) {
  Json out = {{"id", id}};
  std::visit(Printer{out}, verdict);
  return print(out);
}

std::string print_malformed(std::size_t line, std::string_view why) {
  return print({{"line", line}, {"malformed", why}});
}

}  // namespace orders
