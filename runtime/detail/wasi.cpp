#include <mortise/runtime/detail/wasi.h>

#include <algorithm>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/explain.h>

namespace mortise::detail {

namespace {

static_assert(static_cast<int>(WasiClock::Kind::per_call) == MORTISE_CLOCK_PER_CALL);
static_assert(static_cast<int>(WasiClock::Kind::real) == MORTISE_CLOCK_REAL);
static_assert(static_cast<int>(WasiClock::Kind::frozen) == MORTISE_CLOCK_FROZEN);

// As `escape`, with tabs as they are: in lines of output they are common, and do no harm.
std::string escape_line(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = std::min(text.find('\t'), text.size());
    out += escape(text.substr(0, end), SIZE_MAX);
    if (end == text.size()) return out;
    out += '\t';
    text.remove_prefix(end + 1);
  }
}

}  // namespace

bool is_wasi(std::string_view interface, std::string_view item) {
  return mortise_wasi_has({.interface = bytes(interface), .item = bytes(item)});
}

bool same_interface(std::string_view a, std::string_view b) {
  return a.substr(0, a.find('@')) == b.substr(0, b.find('@'));
}

void WasiLines::take(const void* context, const mortise_line_t* line) noexcept {
  const auto& self = *static_cast<const WasiLines*>(context);
  const auto hand_over = [&](WasiLine::Stream stream, std::string_view text) {
    self.wasi_.output.function()({.plugin = self.plugin_, .stream = stream, .text = text});
  };
  if (line->dropped != 0) {
    hand_over(WasiLine::Stream::notice,
              concat(line->dropped, line->dropped == 1 ? " more line was" : " more lines were",
                     " dropped: one call may print ", self.wasi_.lines, " (Wasi::lines)"));
    return;
  }
  std::string shown = escape_line(text(line->text));
  if (line->cut != 0) shown += concat(".. (", line->cut, " bytes more)");
  hand_over(line->stream == 0 ? WasiLine::Stream::out : WasiLine::Stream::err, shown);
}

mortise_wasi_t WasiLines::engine_form() const {
  return {.clock = static_cast<mortise_clock_t>(wasi_.clock.kind()),
          .seeded = wasi_.random.is_seeded(),
          .lines = wasi_.lines,
          .line_bytes = static_cast<std::uint32_t>(wasi_.line.count),  // checked at load
          .frozen_at = static_cast<std::uint64_t>(wasi_.clock.at().time_since_epoch().count()),
          .seed = wasi_.random.seed(),
          .line = wasi_.output.function() ? &take : nullptr,
          .context = this};
}

}  // namespace mortise::detail
