// mortise::Wasi, in the form of the engine.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <mortise/engine.h>
#include <mortise/runtime/wasi.h>

namespace mortise::detail {

// Whether the engine has such a function or resource.
bool is_wasi(std::string_view interface, std::string_view item);

// Two names of one interface but for their versions.
bool same_interface(std::string_view a, std::string_view b);

// What a linked component refers to: where the lines of its instances go.
class WasiLines {
 public:
  WasiLines(std::string plugin, const Wasi& wasi) : plugin_(std::move(plugin)), wasi_(wasi) {}

  // Refers to this.
  [[nodiscard]] mortise_wasi_t engine_form() const;

 private:
  static void take(const void* context, const mortise_line_t* line) noexcept;

  std::string plugin_;
  Wasi wasi_;
};

}  // namespace mortise::detail
