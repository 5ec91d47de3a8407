// Which trace a call is part of: W3C Trace Context, as it stands in the headers of a request.
//
//   auto trace = mortise::TraceContext::parse(request["traceparent"], request["tracestate"]);
//   pool->processor({.trace = trace ? &*trace : nullptr}).process_data(input, meta);
//
// Host functions that the plugin calls find it in CallContext::trace, to hand on when they call
// another plugin or service; the observer of the plugin finds it in the report of the call. Plugins
// do not see it. Nothing here allocates.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string_view>

namespace mortise {

struct TraceContext {
  std::array<std::uint8_t, 16> trace_id{};  // not all zero
  std::array<std::uint8_t, 8> parent_id{};  // of the span that calls; not all zero
  bool sampled = false;
  // The header of that name, which vendors write: a view of what was parsed.
  std::string_view tracestate{};

  // What the two headers say. They come from strangers: whatever the standard does not allow is
  // refused, with the reason. A tracestate that is wrong is left out, as the standard wants it.
  [[nodiscard]] static std::expected<TraceContext, std::string_view> parse(
      std::string_view traceparent, std::string_view tracestate = {});

  // The header `traceparent`, of version 00: always 55 characters.
  struct Text {
    std::array<char, 55> characters{};
    [[nodiscard]] std::string_view view() const { return {characters.data(), characters.size()}; }
  };
  [[nodiscard]] Text traceparent() const;

  // The same trace, for what a span of the host's own calls.
  [[nodiscard]] TraceContext child(const std::array<std::uint8_t, 8>& span_id) const {
    TraceContext out = *this;
    out.parent_id = span_id;
    return out;
  }

  // Whether it is a `tracestate` that others would take: up to 32 members, up to 512 characters.
  [[nodiscard]] static bool is_tracestate(std::string_view);

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

}  // namespace mortise
