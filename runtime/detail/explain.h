// From what the engine and abi report to words: every message about a component or a call is
// written here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <mortise/abi/fault.h>
#include <mortise/engine.h>
#include <mortise/runtime/error.h>
#include <mortise/runtime/limits.h>

namespace mortise::detail {

struct DeleteEngineError {
  void operator()(mortise_error_t* error) const { mortise_error_delete(error); }
};
using EngineError = std::unique_ptr<mortise_error_t, DeleteEngineError>;

inline std::string_view text(mortise_bytes_t bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};  // UTF-8, by the conventions
}
inline mortise_bytes_t bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The engine does not start.
Error explain_start(const mortise_error_t&);

// A component that was refused. `name` is the plugin's, `said` what the parser or compiler said;
// for the text format that is an excerpt of several lines.
Error refused_component(std::string_view name, std::string_view said, mortise_input_t);

// A component that does not compile or load.
Error explain_component(std::string_view name, const mortise_error_t&, mortise_input_t);

// What surrounded a failed call or instantiation.
struct Circumstances {
  std::string_view plugin;
  std::string_view function;  // "instantiation" for that
  std::uint64_t deadline_ms;
  std::uint64_t fuel;
  Bytes memory;
  Bytes stack;
};

// A call or instantiation that failed. `fault` is what abi recorded, if anything.
// The caller owns it.
ErrorBody* explain_call(const Circumstances&, const mortise_error_t&, const abi::Fault& fault);

// A call that failed in the host function `function` of `interface`: with an Error of that
// function, or with data between it and the plugin. The caller owns it.
ErrorBody* explain_host_call(const Circumstances&, const mortise_error_t&,
                             std::string_view interface, std::string_view function,
                             const abi::Fault& fault, std::optional<Error> failure);

}  // namespace mortise::detail
